//! Tokens of an expression.

use std::borrow::Cow;
use std::ops::Range;

use super::ExprError;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    Open,
    Close,
    OpenIndex,
    CloseIndex,
    Dot,
    Star,
    Comma,
    Not,
    And,
    Or,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Null,
    Bool(bool),
    Number(f64),
    String(Cow<'t, str>),
    Name(&'t str),
}

pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub fn new(text: &'t str) -> Self {
        Lexer { text, at: 0 }
    }

    /// All tokens with their places.
    pub fn tokens(mut self) -> Result<Vec<(Token<'t>, Range<usize>)>, ExprError> {
        // Words are longer than this, operators shorter.
        let mut tokens = Vec::with_capacity(self.text.len() / 4 + 2);
        loop {
            self.skip_space();
            if self.at >= self.text.len() {
                return Ok(tokens);
            }
            let start = self.at;
            let token = self.next(tokens.last().map(|(token, _)| token))?;
            tokens.push((token, start..self.at));
        }
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        // Most tokens follow one another.
        if !rest.starts_with(|c: char| c.is_ascii_graphic()) {
            self.at += rest.len() - rest.trim_start().len();
        }
    }

    fn next(&mut self, previous: Option<&Token>) -> Result<Token<'t>, ExprError> {
        let bytes = self.text.as_bytes();
        let (first, second) = (bytes[self.at], bytes.get(self.at + 1).copied());
        let (token, length) = match (first, second) {
            (b'(', _) => (Token::Open, 1),
            (b')', _) => (Token::Close, 1),
            (b'[', _) => (Token::OpenIndex, 1),
            (b']', _) => (Token::CloseIndex, 1),
            (b',', _) => (Token::Comma, 1),
            (b'*', _) => (Token::Star, 1),
            (b'!', Some(b'=')) => (Token::NotEqual, 2),
            (b'!', _) => (Token::Not, 1),
            (b'>', Some(b'=')) => (Token::GreaterOrEqual, 2),
            (b'>', _) => (Token::Greater, 1),
            (b'<', Some(b'=')) => (Token::LessOrEqual, 2),
            (b'<', _) => (Token::Less, 1),
            (b'=', Some(b'=')) => (Token::Equal, 2),
            (b'&', Some(b'&')) => (Token::And, 2),
            (b'|', Some(b'|')) => (Token::Or, 2),
            (b'\'', _) => return self.string(),
            // After a value a dot reaches for a property; anywhere else it begins a number.
            (b'.', _) if is_value_end(previous) => (Token::Dot, 1),
            (b'-' | b'+' | b'.' | b'0'..=b'9', _) => return self.number(),
            _ => return self.word(previous),
        };
        self.at += length;
        Ok(token)
    }

    fn string(&mut self) -> Result<Token<'t>, ExprError> {
        let start = self.at + 1;
        let mut doubled = false;
        let mut end = start;
        loop {
            let Some(quote) = self.text[end..].find('\'') else {
                return Err(error(self.at..self.text.len(), "the string is never closed by `'`"));
            };
            end += quote + 1;
            if !self.text[end..].starts_with('\'') {
                break;
            }
            doubled = true;
            end += 1;
        }
        self.at = end;
        let written = &self.text[start..end - 1];
        Ok(Token::String(if doubled { written.replace("''", "'").into() } else { written.into() }))
    }

    fn number(&mut self) -> Result<Token<'t>, ExprError> {
        let start = self.at;
        let end = self.boundary();
        let text = &self.text[start..end];
        self.at = end;
        match number(text) {
            Some(value) => Ok(Token::Number(value)),
            None => Err(error(start..end, format!("`{text}` is no number"))),
        }
    }

    fn word(&mut self, previous: Option<&Token>) -> Result<Token<'t>, ExprError> {
        let start = self.at;
        let end = self.boundary();
        let word = &self.text[start..end];
        let legal = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        if !legal {
            let end = if end > start {
                end
            } else {
                start + self.text[start..].chars().next().map_or(0, char::len_utf8)
            };
            let word = &self.text[start..end];
            let message = match word.chars().next() {
                Some('"') => "strings stand in single quotes".to_owned(),
                _ => format!("`{word}` is unexpected here"),
            };
            return Err(error(start..end, message));
        }
        self.at = end;
        // Behind a dot every word is the name of a property.
        if previous == Some(&Token::Dot) {
            return Ok(Token::Name(word));
        }
        Ok(match word {
            "null" => Token::Null,
            "true" => Token::Bool(true),
            "false" => Token::Bool(false),
            "NaN" => Token::Number(f64::NAN),
            "Infinity" => Token::Number(f64::INFINITY),
            _ => Token::Name(word),
        })
    }

    /// Where a word or number ends: at space or punctuation. A dot ends a word, and belongs to a number.
    fn boundary(&self) -> usize {
        let rest = &self.text[self.at..];
        let numeric = rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
        let signed = rest.starts_with(['-', '+', '.']);
        let mut end = self.at + usize::from(signed);
        while let Some(byte) = self.text.as_bytes().get(end) {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => end += 1,
                b'.' if numeric => end += 1,
                _ => match self.text[end..].chars().next() {
                    Some(c) if !is_punctuation(c) && !c.is_whitespace() => end += c.len_utf8(),
                    _ => break,
                },
            }
        }
        end
    }
}

/// What ends a word.
fn is_punctuation(c: char) -> bool {
    matches!(c, '.' | '(' | ')' | '[' | ']' | ',' | '!' | '>' | '<' | '=' | '&' | '|' | '\'' | '*')
}

/// True for a token with which a value can end.
fn is_value_end(token: Option<&Token>) -> bool {
    matches!(token, Some(Token::Close | Token::CloseIndex | Token::Name(_) | Token::Star))
}

fn number(text: &str) -> Option<f64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    let signed = digits.len() < text.len();
    let radix = |digits: &str, radix| i32::from_str_radix(digits, radix).ok().map(f64::from);
    if let Some(hex) = digits.strip_prefix("0x").filter(|_| !signed) {
        return radix(hex, 16);
    }
    if let Some(octal) = digits.strip_prefix("0o").filter(|_| !signed) {
        return radix(octal, 8);
    }
    if digits == "Infinity" {
        return Some(sign * f64::INFINITY);
    }
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !plain || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    digits.parse::<f64>().ok().map(|value| sign * value)
}

fn error(range: Range<usize>, message: impl Into<String>) -> ExprError {
    ExprError { range, message: message.into() }
}
