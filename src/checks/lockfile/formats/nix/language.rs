//! As much of Nix's language as a flake.nix needs: sets of literals; everything else is passed over.

use std::ops::Range;

/// Deeper sets are nobody's.
const DEEPEST: usize = 32;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Text(String),
    /// A path without quotes that begins in the flake's own folder, which Nix takes since 2.26 as a URL, and nowhere else.
    Path(String),
    /// `true` or `false`.
    Truth(bool),
    /// A set.
    Set(Vec<Entry>),
    /// Another path without quotes, a number or something to be computed: Nix takes none of them for a reference.
    Computed,
    /// Anything else.
    Other,
}

/// An attribute: its path, value and place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The names, from the outer to the inner.
    pub path: Vec<String>,
    /// The value.
    pub value: Value,
    /// Where.
    pub place: Range<usize>,
}

/// Reads a text from a place on.
pub struct Reader<'t> {
    pub text: &'t str,
    /// Where it is, in bytes.
    pub at: usize,
}

impl<'t> Reader<'t> {
    /// What is still to be read.
    pub fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Passes over blanks and comments.
    pub fn blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with('#') {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                self.at += trimmed.find("*/").map_or(trimmed.len(), |end| end + 2);
            } else {
                return;
            }
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        self.blank();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn name(&mut self) -> Option<String> {
        self.blank();
        if self.rest().starts_with('"') {
            return self.string();
        }
        let rest = self.rest();
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-'".contains(c))).unwrap_or(rest.len());
        self.at += end;
        (end > 0).then(|| rest[..end].to_owned())
    }

    /// `{ a.b = value; … }`; arguments of a function `outputs` go to `arguments`.
    pub fn set(&mut self, depth: usize, arguments: &mut Vec<(String, Range<usize>)>) -> Option<Vec<Entry>> {
        if depth > DEEPEST || !self.take("{") {
            return None;
        }
        let mut entries = Vec::new();
        while !self.take("}") {
            self.blank();
            let start = self.at;
            let mut path = vec![self.name()?];
            while self.take(".") {
                path.push(self.name()?);
            }
            if !self.take("=") {
                // `inherit (x) y;`
                return None;
            }
            self.blank();
            if depth == 0 && path == ["outputs"] {
                *arguments = self.arguments();
            }
            let value = self.value(depth);
            let end = self.at;
            if !self.take(";") {
                return None;
            }
            entries.push(Entry { path, value, place: start..end });
        }
        Some(entries)
    }

    fn value(&mut self, depth: usize) -> Value {
        let start = self.at;
        let value = match self.rest().chars().next() {
            Some('"') => self.string().map(Value::Text),
            Some('{') => self.set(depth + 1, &mut Vec::new()).map(Value::Set),
            Some('\'') if self.rest().starts_with("''") => {
                self.skip_string("''");
                let inner = self.text.get(start + 2..self.at.saturating_sub(2)).unwrap_or_default();
                let is_plain = !inner.contains(['\n', '$', '\'']);
                is_plain.then(|| Value::Text(inner.to_owned()))
            }
            _ => {
                let rest = self.rest();
                let end = rest.find(|c: char| c.is_whitespace() || c == ';').unwrap_or(rest.len());
                self.at += end;
                match &rest[..end] {
                    "true" => Some(Value::Truth(true)),
                    "false" => Some(Value::Truth(false)),
                    // URLs may stand without quotes.
                    text if text.contains(':') => Some(Value::Text(text.to_owned())),
                    text if text.starts_with(['/', '~']) || text.contains('$') => Some(Value::Computed),
                    text if text.contains('/') => Some(Value::Path(text.to_owned())),
                    _ => None,
                }
            }
        };
        self.blank();
        match value {
            Some(value) if self.rest().starts_with(';') => value,
            _ => {
                self.at = start;
                self.skip();
                // What begins as a string and goes on is computed, and so is what begins with a name.
                let first = self.text[start..].chars().next();
                let is_computed = first.is_some_and(|first| first == '"' || first.is_ascii_alphanumeric());
                if is_computed { Value::Computed } else { Value::Other }
            }
        }
    }

    /// `"…"` without interpolation.
    fn string(&mut self) -> Option<String> {
        let mut value = String::new();
        let body = self.at + 1;
        let mut chars = self.text[body..].char_indices();
        while let Some((offset, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = body + offset + 1;
                    return Some(value);
                }
                '\\' => value.push(chars.next()?.1),
                '$' if self.text[body + offset..].starts_with("${") => return None,
                c => value.push(c),
            }
        }
        None
    }

    /// Passes over an expression, to the `;` that ends it.
    fn skip(&mut self) {
        let mut depth = 0_usize;
        // `let … in` holds semicolons of its own.
        let mut lets = 0_usize;
        loop {
            self.blank();
            let rest = self.rest();
            let Some(first) = rest.chars().next() else { return };
            if first == '"' {
                self.skip_string("\"");
                continue;
            }
            if rest.starts_with("''") {
                self.skip_string("''");
                continue;
            }
            let length =
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-'".contains(c))).unwrap_or(rest.len());
            // A path may end with such a word: `./patchelf.spec.in`.
            let is_part = self.text[..self.at].ends_with(['.', '/']);
            match &rest[..length] {
                "let" if !is_part => lets += 1,
                "in" if !is_part => lets = lets.saturating_sub(1),
                _ => {}
            }
            if length > 0 {
                self.at += length;
                continue;
            }
            match first {
                '{' | '(' | '[' => depth += 1,
                '}' | ')' | ']' if depth == 0 => return,
                '}' | ')' | ']' => depth -= 1,
                // `with x; …` and `assert x; …` are caught by what follows: nothing after the end is a name and `=`.
                ';' if depth == 0 && lets == 0 && self.ends_here() => return,
                _ => {}
            }
            self.at += first.len_utf8();
        }
    }

    /// True if behind this `;` the next attribute begins, or the set ends.
    fn ends_here(&self) -> bool {
        let mut ahead = Reader { text: self.text, at: self.at + 1 };
        ahead.blank();
        if ahead.rest().starts_with('}') || ahead.rest().is_empty() {
            return true;
        }
        let mut named = ahead.name().is_some();
        while named && ahead.take(".") {
            named = ahead.name().is_some();
        }
        ahead.blank();
        named && ahead.rest().starts_with('=') && !ahead.rest().starts_with("==")
    }

    fn skip_string(&mut self, quote: &str) {
        self.at += quote.len();
        loop {
            let rest = self.rest();
            let Some(first) = rest.chars().next() else { return };
            if quote == "''"
                && (rest.starts_with("'''") || rest.starts_with("''$") || rest.starts_with("''\\"))
            {
                self.at += 3;
            } else if rest.starts_with(quote) {
                self.at += quote.len();
                return;
            } else if first == '\\' && quote == "\"" {
                self.at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            } else if rest.starts_with("${") {
                // What stands inside may hold strings with the same quotes.
                self.at += 2;
                self.interpolation();
            } else {
                self.at += first.len_utf8();
            }
        }
    }

    fn interpolation(&mut self) {
        let mut depth = 1_usize;
        while let Some(first) = self.rest().chars().next() {
            self.at += first.len_utf8();
            match first {
                '{' => depth += 1,
                '}' => depth -= 1,
                '"' => self.at += self.rest().find('"').map_or(0, |end| end + 1),
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// Passes over a default, to the `,` or `}` that ends it.
    fn skip_default(&mut self) {
        let mut depth = 0_usize;
        loop {
            self.blank();
            match self.rest().chars().next() {
                None => return,
                Some(',' | '}') if depth == 0 => return,
                Some('"') => {
                    self.skip_string("\"");
                    continue;
                }
                Some('{' | '(' | '[') => depth += 1,
                Some('}' | ')' | ']') => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += self.rest().chars().next().map_or(0, char::len_utf8);
        }
    }

    /// The names in `{ self, nixpkgs, ... }@inputs:`.
    fn arguments(&self) -> Vec<(String, Range<usize>)> {
        let mut ahead = Reader { text: self.text, at: self.at };
        let mut names = Vec::new();
        if !ahead.rest().starts_with('{') {
            // `inputs @ { … }:`
            if ahead.name().is_none() || !ahead.take("@") {
                return names;
            }
            ahead.blank();
        }
        if !ahead.take("{") {
            return names;
        }
        loop {
            ahead.blank();
            let start = ahead.at;
            if ahead.take("}") || ahead.take("...") {
                return names;
            }
            let Some(name) = ahead.name() else { return names };
            let end = ahead.at;
            names.push((name, start..end));
            // With a default it is an input all the same.
            if ahead.take("?") {
                ahead.skip_default();
            }
            if !ahead.take(",") {
                return names;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_that_were_not_opened_end_nothing() {
        for (text, rest) in [(")], b", ", b"), ("[ 1, { } ] }", "}"), ("(", "")] {
            let mut reader = Reader { text, at: 0 };
            reader.skip_default();
            assert_eq!(reader.rest(), rest, "{text}");
        }
    }
}
