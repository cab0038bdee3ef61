//! The inputs that a flake.nix declares. Nix itself demands that they are literals, so they can be read exactly.

use std::collections::HashSet;
use std::ops::Range;

use super::language::{Entry, Reader, Value};

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
pub fn read(text: &str) -> Option<Flake> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn inputs_are_read() {
        let text = "{\n  description = \"x\"; # y\n  nixConfig = { a = [ 1 ]; };\n  inputs = { a.url = \"github:o/r\"; b = { url = \"path:./b\"; flake = false; inputs.a.follows = \"a\"; }; };\n  inputs.c.url = github:o/c;\n  outputs = { self, a, b, ... }@inputs: let x = \"${a}\"; in with x; { y = ''z''; };\n}\n";
        let flake = read(text).unwrap();
        let all: Vec<String> = flat(&flake.inputs).iter().map(|entry| entry.path.join(".")).collect();
        assert_eq!(all, ["a.url", "b.url", "b.flake", "b.inputs.a.follows", "c.url"]);
        let names: Vec<&str> = flake.arguments.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["self", "a", "b"]);
    }

    #[test]
    fn what_is_no_literal_is_not_guessed() {
        assert!(read("{ inputs = (import ./x.nix); outputs = _: { }; }").is_none());
        let computed = "{ inputs = import ./x.nix; foo = 1; outputs = _: { }; }";
        assert_eq!(read(computed).unwrap().problems.len(), 2);
        assert!(read("let x = 1; in { }").unwrap().is_broken);
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "(inputs|outputs|let|in|[{}=;.,?()\\[\\]\"'$a:/ #*é\\\\]){0,40}") {
            if let Some(flake) = read(&text) {
                for entry in flat(&flake.inputs) {
                    let _ = &text[entry.place];
                }
            }
        }
    }
}
