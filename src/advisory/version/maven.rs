//! Maven's order, after "Version Order Specification" of the POM reference.

use std::cmp::Ordering;

use super::numbers;

/// Qualifiers with a place of their own; the empty one is the release itself.
const QUALIFIERS: [&str; 7] = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];

#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    /// What stands before it: `.` or `-`; a change between digits and letters counts as `-`.
    hyphen: bool,
    text: String,
}

impl Token {
    fn is_number(&self) -> bool {
        numbers::is_number(&self.text)
    }

    fn is_null(&self) -> bool {
        self.text.is_empty() || self.text.bytes().all(|byte| byte == b'0')
    }

    /// What the other version has where this one has ended. Before a word it is the release itself, whatever stands
    /// between: Maven takes `1.0.jre8` for newer than `1.0`, though the specification speaks of zeros.
    fn padding(&self) -> Token {
        let is_zero = !self.hyphen && self.is_number();
        Token { hyphen: self.hyphen, text: if is_zero { "0".to_owned() } else { String::new() } }
    }
}

/// The order of two versions.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (tokens(a), tokens(b));
    for index in 0..a.len().max(b.len()) {
        let order = match (a.get(index), b.get(index)) {
            (Some(a), Some(b)) => token(a, b),
            (Some(a), None) => token(a, &a.padding()),
            (None, Some(b)) => token(&b.padding(), b),
            (None, None) => Ordering::Equal,
        };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

fn token(a: &Token, b: &Token) -> Ordering {
    match (a.is_number(), b.is_number()) {
        (true, true) if a.hyphen == b.hyphen => numbers::compare(&a.text, &b.text),
        // `-number` comes before `.number`.
        (true, true) => b.hyphen.cmp(&a.hyphen),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => rank(&a.text).cmp(&rank(&b.text)).then_with(|| a.text.cmp(&b.text)),
    }
}

/// Unknown qualifiers come last.
fn rank(text: &str) -> usize {
    QUALIFIERS.iter().position(|known| *known == text).unwrap_or(QUALIFIERS.len())
}

fn tokens(version: &str) -> Vec<Token> {
    let lower = version.to_lowercase();
    let mut tokens: Vec<Token> = Vec::new();
    let mut hyphen = false;
    let mut rest = lower.as_str();
    loop {
        let end = rest.find(['.', '-', '_']).unwrap_or(rest.len());
        let parts = numbers::transitions(&rest[..end]);
        if parts.is_empty() {
            tokens.push(Token { hyphen, text: "0".to_owned() });
        }
        for (index, part) in parts.iter().enumerate() {
            let followed_by_number = parts.get(index + 1).is_some();
            let text = alias(part, followed_by_number).to_owned();
            tokens.push(Token { hyphen: hyphen || index > 0, text });
        }
        match rest[end..].chars().next() {
            Some(separator) => {
                hyphen = separator == '-';
                rest = &rest[end + 1..];
            }
            None => break,
        }
    }
    trim(&mut tokens);
    tokens
}

fn alias(text: &str, followed_by_number: bool) -> &str {
    match text {
        "a" if followed_by_number => "alpha",
        "b" if followed_by_number => "beta",
        "m" if followed_by_number => "milestone",
        "cr" => "rc",
        "ga" | "final" | "release" => "",
        other => other,
    }
}

/// Takes out what means nothing at the end, and before every hyphen.
fn trim(tokens: &mut Vec<Token>) {
    let mut end = tokens.len();
    while end > 0 {
        let mut start = end;
        while start > 0 && tokens[start - 1].is_null() {
            start -= 1;
        }
        tokens.drain(start..end);
        end = start;
        // On to the token behind which the next hyphen stands.
        while end > 0 && !tokens[end - 1].hyphen {
            end -= 1;
        }
        end = end.saturating_sub(1);
    }
}
