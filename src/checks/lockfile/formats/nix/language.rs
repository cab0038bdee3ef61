//! The inputs that a flake.nix declares. Nix itself demands that they are literals, so they can be read exactly.

use std::collections::HashSet;
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

/// A flake.
#[derive(Debug, Default)]
pub struct Flake {
    /// What it says of its inputs.
    pub inputs: Vec<Entry>,
    /// Arguments of `outputs` that are named.
    pub arguments: Vec<(String, Range<usize>)>,
    /// True if nothing else could be read.
    pub is_broken: bool,
    /// What Nix refuses, and where.
    pub problems: Vec<(Range<usize>, String)>,
}

/// Attributes that a flake may have.
const ATTRIBUTES: [&str; 4] = ["description", "inputs", "outputs", "nixConfig"];

/// Reads a flake; nothing if it is none that Nix takes, or cannot be read.
pub fn flake(text: &str) -> Option<Flake> {
    let mut reader = Reader { text, at: 0 };
    let mut flake = Flake::default();
    reader.blank();
    if !["{", "(", "rec"].iter().any(|start| reader.rest().starts_with(start)) {
        flake.problems.push((0..0, "flake.nix is no set of attributes".to_owned()));
        flake.is_broken = true;
        return Some(flake);
    }
    let entries = reader.set(0, &mut flake.arguments)?;
    let mut seen: HashSet<String> = HashSet::new();
    for entry in flat(&entries) {
        let path = entry.path.join(".");
        if !seen.insert(path.clone()) {
            let message = format!("`{path}` is set twice");
            flake.problems.push((entry.place, message));
        }
    }
    if !entries.iter().any(|entry| entry.path.first().is_some_and(|name| name == "outputs")) {
        flake.problems.push((0..0, "the flake has no `outputs`".to_owned()));
    }
    for mut entry in entries {
        let first = entry.path.remove(0);
        let is_wrong = match first.as_str() {
            "inputs" => entry.path.is_empty() && entry.value == Value::Other,
            name => !ATTRIBUTES.contains(&name),
        };
        if is_wrong && first == "inputs" {
            return None;
        }
        let is_computed = entry.path.is_empty() && matches!(entry.value, Value::Computed | Value::Path(_));
        if is_wrong || (is_computed && matches!(first.as_str(), "inputs" | "description")) {
            let problem = if is_wrong { "is none that a flake may have" } else { "is no literal" };
            flake.problems.push((entry.place.clone(), format!("`{first}` {problem}")));
        }
        if first == "inputs" && !is_computed {
            flake.inputs.push(entry);
        }
    }
    Some(flake)
}

/// All attributes that a value sets, with their whole paths.
pub fn flat(entries: &[Entry]) -> Vec<Entry> {
    let mut result = Vec::new();
    let mut open: Vec<(Vec<String>, &Entry)> =
        entries.iter().rev().map(|entry| (Vec::new(), entry)).collect();
    while let Some((mut path, entry)) = open.pop() {
        path.extend(entry.path.iter().cloned());
        match &entry.value {
            Value::Set(inner) if !inner.is_empty() => {
                open.extend(inner.iter().rev().map(|entry| (path.clone(), entry)));
            }
            value => result.push(Entry { path, value: value.clone(), place: entry.place.clone() }),
        }
    }
    result
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Passes over blanks and comments.
    fn blank(&mut self) {
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
    fn set(&mut self, depth: usize, arguments: &mut Vec<(String, Range<usize>)>) -> Option<Vec<Entry>> {
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn inputs_are_read() {
        let text = "{\n  description = \"x\"; # y\n  nixConfig = { a = [ 1 ]; };\n  inputs = { a.url = \"github:o/r\"; b = { url = \"path:./b\"; flake = false; inputs.a.follows = \"a\"; }; };\n  inputs.c.url = github:o/c;\n  outputs = { self, a, b, ... }@inputs: let x = \"${a}\"; in with x; { y = ''z''; };\n}\n";
        let flake = flake(text).unwrap();
        let all: Vec<String> = flat(&flake.inputs).iter().map(|entry| entry.path.join(".")).collect();
        assert_eq!(all, ["a.url", "b.url", "b.flake", "b.inputs.a.follows", "c.url"]);
        let names: Vec<&str> = flake.arguments.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["self", "a", "b"]);
    }

    #[test]
    fn what_is_no_literal_is_not_guessed() {
        assert!(flake("{ inputs = (import ./x.nix); outputs = _: { }; }").is_none());
        let computed = "{ inputs = import ./x.nix; foo = 1; outputs = _: { }; }";
        assert_eq!(flake(computed).unwrap().problems.len(), 2);
        assert!(flake("let x = 1; in { }").unwrap().is_broken);
    }

    #[test]
    fn brackets_that_were_not_opened_end_nothing() {
        for (text, rest) in [(")], b", ", b"), ("[ 1, { } ] }", "}"), ("(", "")] {
            let mut reader = Reader { text, at: 0 };
            reader.skip_default();
            assert_eq!(reader.rest(), rest, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "(inputs|outputs|let|in|[{}=;.,?()\\[\\]\"'$a:/ #*é\\\\]){0,40}") {
            if let Some(flake) = flake(&text) {
                for entry in flat(&flake.inputs) {
                    let _ = &text[entry.place];
                }
            }
        }
    }
}
