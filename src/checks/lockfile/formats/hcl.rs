//! The words of HCL, as far as blocks and literals go.

use std::ops::Range;

/// Words of a text. Nobody writes as many; each takes many times the memory that its text does.
const MOST_TOKENS: usize = 1 << 20;

/// A word of HCL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A name or number.
    Word(String),
    /// A quoted string, escapes as they are written.
    Text(String),
    /// Any other sign.
    Sign(char),
}

impl Token {
    /// True for this name.
    pub fn is(&self, name: &str) -> bool {
        matches!(self, Token::Word(word) if word == name)
    }
}

/// All words of a text with their places; nothing if there are too many.
pub fn tokens(text: &str) -> Option<Vec<(Token, Range<usize>)>> {
    let mut result = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if result.len() == MOST_TOKENS {
            return None;
        }
        let rest = &text[at..];
        let line_end = || rest.find('\n').unwrap_or(rest.len());
        if first.is_whitespace() || first == '\u{feff}' {
            at += first.len_utf8();
        } else if first == '#' || rest.starts_with("//") {
            at += line_end();
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else if rest.starts_with("<<") {
            at += heredoc(rest);
        } else if first == '"' {
            let length = string(rest);
            let closed = length > 1 && rest[..length].ends_with('"');
            let inner = &rest[1..length - usize::from(closed)];
            result.push((Token::Text(inner.to_owned()), at..at + length));
            at += length;
        } else {
            let is_name = |c: char| c.is_alphanumeric() || "_-".contains(c);
            let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            let length_or_sign = if length == 0 { first.len_utf8() } else { length };
            let token = if length == 0 { Token::Sign(first) } else { Token::Word(rest[..length].to_owned()) };
            result.push((token, at..at + length_or_sign));
            at += length_or_sign;
        }
    }
    Some(result)
}

/// The length of a string with its quotes. What stands in `${ }` may hold quotes of its own.
fn string(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '"' if depth == 0 => return at + 1,
            '\n' if depth == 0 => return at,
            '{' if depth > 0 || text[..at].ends_with(['$', '%']) => depth += 1,
            '}' if depth > 0 => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of `<<WORD … WORD`.
fn heredoc(text: &str) -> usize {
    const BEGIN: &str = "<<";
    let head = text.strip_prefix(BEGIN).unwrap_or(text);
    let head = head.strip_prefix('-').unwrap_or(head);
    let end = head.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(head.len());
    let (word, behind) = head.split_at(end);
    if word.is_empty() || !behind.trim_start_matches([' ', '\t', '\r']).starts_with('\n') {
        return BEGIN.len();
    }
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        at += line.len();
        if number > 0 && line.trim() == word {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_told_apart() {
        let text = "# x\na \"b${c(\"d\")}\" { // y\n e-f = <<-END\n \"no\n END\n}\n\"cut";
        let all: Vec<Token> = tokens(text).unwrap().into_iter().map(|(token, _)| token).collect();
        assert!(
            all[0].is("a") && all[1] == Token::Text("b${c(\"d\")}".to_owned()) && all[3].is("e-f"),
            "{all:?}"
        );
        assert_eq!(all[5], Token::Sign('}'));
        assert_eq!(all[6], Token::Text("cut".to_owned()));
        assert_eq!(tokens("<<<<EOF\na\nEOF\nb").unwrap().len(), 1);
        assert!(tokens(&"{".repeat(MOST_TOKENS + 1)).is_none());
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "[a\"{}$\\\\<E\n#/*= é-]{0,32}") {
            for (_, place) in tokens(&text).unwrap() {
                let _ = &text[place];
            }
        }
    }
}
