//! Ruby, as far as a Gemfile or gemspec can be read without running it: statements of words and literals.

use std::ops::Range;

/// A piece of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A name, keyword or number.
    Word(String),
    /// A string; nothing if only Ruby knows what it holds.
    Text(Option<String>),
    /// `:name`
    Symbol(String),
    /// `name:`
    Label(String),
    /// Any other sign.
    Sign(char),
}

impl Token {
    /// True for this word.
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Token::Word(text) if text == word)
    }
}

/// A statement.
#[derive(Debug)]
pub struct Statement {
    /// Its pieces.
    pub tokens: Vec<Token>,
    /// Where.
    pub place: Range<usize>,
}

/// The statements of a file, blocks not nested: `do` ends one, and `end` is one.
pub fn statements(text: &str) -> Vec<Statement> {
    let mut reader = Reader { text, at: 0, documents: Vec::new(), ready: Vec::new() };
    let mut result = Vec::new();
    let (mut tokens, mut start, mut end, mut depth) = (Vec::new(), 0, 0, 0_usize);
    loop {
        let piece = reader.next();
        let closes = match &piece {
            Piece::End => true,
            Piece::Line => depth == 0 && !goes_on(&tokens) && !reader.continues_with_a_call(),
            Piece::Token(Token::Sign(';'), _) => depth == 0,
            Piece::Token(..) => false,
        };
        match piece {
            Piece::Token(token, place) if !closes => {
                if tokens.is_empty() {
                    start = place.start;
                }
                end = place.end;
                match token {
                    Token::Sign('(' | '[' | '{') => depth += 1,
                    Token::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
                    _ => {}
                }
                tokens.push(token);
            }
            Piece::End => {
                if !tokens.is_empty() {
                    result.push(Statement { tokens, place: start..end });
                }
                return result;
            }
            _ if closes && !tokens.is_empty() => {
                result.push(Statement { tokens: std::mem::take(&mut tokens), place: start..end });
            }
            _ => {}
        }
    }
}

/// True if a statement cannot end here.
fn goes_on(tokens: &[Token]) -> bool {
    matches!(
        tokens.last(),
        Some(Token::Sign(',' | '\\' | '.' | '+' | '&' | '=' | '>' | '(')) | Some(Token::Label(_))
    )
}

enum Piece {
    Token(Token, Range<usize>),
    Line,
    End,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// The ends of texts that begin on the next line (`<<~END`).
    documents: Vec<String>,
    /// The rest of a list that is read already, its last piece first.
    ready: Vec<Token>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Passes over the texts that were begun on the line before.
    fn skip_documents(&mut self) {
        for end in std::mem::take(&mut self.documents) {
            let mut lines = self.rest().split_inclusive('\n');
            let length: usize = lines.by_ref().take_while(|line| line.trim() != end).map(str::len).sum();
            let last = self.rest()[length..].find('\n').map_or(self.rest().len() - length, |at| at + 1);
            self.at += length + last;
        }
    }

    /// True if the next line begins with `.`, so that it belongs to this one.
    fn continues_with_a_call(&self) -> bool {
        self.rest().trim_start().starts_with('.')
    }

    fn next(&mut self) -> Piece {
        if let Some(token) = self.ready.pop() {
            return Piece::Token(token, self.at..self.at);
        }
        loop {
            let rest = self.rest();
            let Some(first) = rest.chars().next() else { return Piece::End };
            let at_line_start = self.at == 0 || self.text[..self.at].ends_with('\n');
            if at_line_start && (rest.starts_with("__END__\n") || rest.trim_end() == "__END__") {
                self.at = self.text.len();
                return Piece::End;
            }
            if at_line_start && rest.starts_with("=begin") {
                self.at += rest.find("\n=end").map_or(rest.len(), |end| {
                    let after = end + "\n=end".len();
                    after + rest[after..].find('\n').unwrap_or(rest.len() - after)
                });
                continue;
            }
            match first {
                '\n' => {
                    self.at += 1;
                    self.skip_documents();
                    return Piece::Line;
                }
                '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
                '\\' if rest[1..].trim_start_matches([' ', '\t', '\r']).starts_with('\n') => {
                    self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
                }
                c if c.is_whitespace() || c == '\u{feff}' => self.at += c.len_utf8(),
                _ => break,
            }
        }
        let start = self.at;
        let token = self.token();
        Piece::Token(token, start..self.at)
    }

    fn token(&mut self) -> Token {
        let rest = &self.text[self.at..];
        let first = rest.chars().next().unwrap_or(' ');
        if matches!(first, '"' | '\'') {
            return self.string(first);
        }
        if let Some(token) = self.percent() {
            return token;
        }
        if let Some(name) = rest.strip_prefix("<<").and_then(|rest| rest.strip_prefix(['~', '-'])) {
            let quote = name.chars().next().filter(|c| matches!(c, '"' | '\''));
            let name = word(quote.map_or(name, |_| &name[1..]));
            if !name.is_empty() {
                self.documents.push(name.to_owned());
                self.at += 3 + usize::from(quote.is_some()) + name.len();
                self.at += usize::from(quote.is_some_and(|quote| self.rest().starts_with(quote)));
                return Token::Text(None);
            }
        }
        if rest.starts_with("::") {
            self.at += 2;
            return Token::Sign(':');
        }
        if let Some(name) = rest.strip_prefix(':').map(word).filter(|name| !name.is_empty()) {
            self.at += 1 + name.len();
            return Token::Symbol(name.to_owned());
        }
        let name = word(rest);
        if name.is_empty() {
            self.at += first.len_utf8();
            return Token::Sign(first);
        }
        self.at += name.len();
        let after = self.rest();
        if after.starts_with(':') && !after.starts_with("::") {
            self.at += 1;
            return Token::Label(name.to_owned());
        }
        Token::Word(name.to_owned())
    }

    /// `%w[a b]` and `%i[a b]` as the lists that they stand for, and `%q(a)` as text.
    fn percent(&mut self) -> Option<Token> {
        let text = self.text;
        let mut signs = text[self.at..].strip_prefix('%')?.chars();
        let (kind, open) = (signs.next()?, signs.next()?);
        let close = match open {
            '(' => ')',
            '[' => ']',
            '{' => '}',
            '<' => '>',
            '|' | '!' | '/' => open,
            _ => return None,
        };
        let (inner, _) =
            signs.as_str().split_once(close).filter(|(inner, _)| !inner.contains([open, '\\']))?;
        let of = |text: &str| Token::Text((!text.contains("#{")).then(|| text.to_owned()));
        let token = match kind {
            'q' | 'Q' => of(inner),
            'w' | 'W' | 'i' | 'I' => {
                self.ready.push(Token::Sign(']'));
                for word in inner.split_ascii_whitespace().rev() {
                    let is_text = kind.eq_ignore_ascii_case(&'w');
                    let word = if is_text { of(word) } else { Token::Symbol(word.to_owned()) };
                    self.ready.extend([Token::Sign(','), word]);
                }
                Token::Sign('[')
            }
            _ => return None,
        };
        self.at += "%w[".len() + inner.len() + close.len_utf8();
        Some(token)
    }

    fn string(&mut self, quote: char) -> Token {
        let body = self.at + 1;
        let (mut value, mut known) = (String::new(), true);
        let mut chars = self.text[body..].char_indices();
        while let Some((offset, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.at = body + offset + 1;
                    let after = self.rest();
                    // `"path": …` is a label.
                    if after.starts_with(':') && !after.starts_with("::") && known {
                        self.at += 1;
                        return Token::Label(value);
                    }
                    return Token::Text(known.then_some(value));
                }
                '\\' => {
                    let escaped = chars.next().map(|(_, c)| c);
                    match escaped {
                        Some(c @ ('\\' | '"' | '\'')) => value.push(c),
                        _ => known = false,
                    }
                }
                '#' if quote == '"' && self.text[body + offset..].starts_with("#{") => known = false,
                c => value.push(c),
            }
        }
        self.at = self.text.len();
        Token::Text(None)
    }
}

/// The name at the beginning of a text.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let end = end
        + usize::from(end > 0 && text[end..].starts_with(['?', '!']) && !text[end + 1..].starts_with('='));
    &text[..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn statements_are_told_apart() {
        let text = "# x\ngem 'a', # why\n  '~> 1'\ngem(\"b#{c}\", :path => \"d\"); end\n=begin\ngem 'no'\n=end\nfoo\n  .bar\n__END__\ngem 'no'\n";
        let all = statements(text);
        assert_eq!(all.len(), 4, "{all:?}");
        assert_eq!(all[0].tokens[3], Token::Text(Some("~> 1".to_owned())));
        assert_eq!(all[1].tokens[2], Token::Text(None));
        assert!(all[1].tokens.contains(&Token::Symbol("path".to_owned())));
        assert!(all[2].tokens[0].is("end"));
        assert_eq!(&text[all[0].place.clone()], "gem 'a', # why\n  '~> 1'");
    }

    #[test]
    fn lists_of_words_are_lists() {
        let all = statements("a %w[b c], %i(d), %q{e f}, %Q(#{g}), 7 %w");
        let text = |text: &str| Token::Text(Some(text.to_owned()));
        let list = [Token::Sign('['), text("b"), Token::Sign(','), text("c"), Token::Sign(',')];
        assert_eq!(all[0].tokens[1..6], list);
        let found = |token| all[0].tokens.contains(&token);
        assert!(found(Token::Symbol("d".to_owned())) && found(text("e f")) && found(Token::Text(None)));
        assert!(found(Token::Sign('%')));
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "[a:#'\"\\\\{}(),.=\n ébegin_END<~%wq-]{0,48}") {
            for statement in statements(&text) {
                let _ = &text[statement.place];
            }
        }
    }
}
