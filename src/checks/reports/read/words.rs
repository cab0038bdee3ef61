//! Foreign words cut to what a finding can hold, and the places that they name.

use crate::checks::reports::model::tests::Mentioned;
use crate::excerpt;

/// Bytes of a message that are shown.
const MAX_MESSAGE: usize = 600;

/// Lines of a message that are shown.
const MAX_LINES: usize = 3;

/// Places that are taken from one text.
const MAX_PLACES: usize = 24;

/// The first lines that say something, on one line, without colours.
pub fn trimmed(text: &str) -> String {
    let plain = without_escapes(excerpt::head(text, 64 << 10));
    // bandit puts the password that it found into its message.
    let plain = match plain.split_once("hardcoded password: ") {
        Some((before, _)) => format!("{before}hardcoded password"),
        None => plain,
    };
    let lines = plain.lines().map(str::trim).filter(|line| !line.is_empty());
    let first: Vec<&str> = lines.take(MAX_LINES).collect();
    excerpt::shortened(first.join(" / "), MAX_MESSAGE)
}

/// The text without the sequences that colour a terminal.
pub fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        rest = match after.strip_prefix('[') {
            Some(sequence) => {
                let end = sequence.find(|c: char| c.is_ascii_alphabetic() || c == '~');
                end.map_or("", |end| &sequence[end + 1..])
            }
            None => after,
        };
    }
    plain.push_str(rest);
    plain
}

/// Places of the form `path:line` in a text, such as a traceback, in the order in which they stand.
pub fn places(text: &str) -> Vec<Mentioned> {
    let mut found: Vec<Mentioned> = Vec::new();
    for line in text.lines() {
        if let Some(place) = python_frame(line) {
            found.push(place);
        }
        let words = line.split([' ', '\t', '(', ')', '[', ']', '"', '\'', '<', '>', ',', '`']);
        found.extend(words.filter_map(place));
        if found.len() >= MAX_PLACES {
            found.truncate(MAX_PLACES);
            break;
        }
    }
    found
}

/// Files in which a class or module of this name may stand: that of Python's `tests.test_a.TestB`, of Java's
/// `com.acme.CartTest`, and paths as vitest has them.
pub fn files_of_class(class: &str) -> Vec<Mentioned> {
    let at = |path: String| Mentioned { path, line: None };
    if class.is_empty() || class.len() > 500 || class.contains(char::is_whitespace) {
        return Vec::new();
    }
    if class.contains('/') {
        return vec![at(class.to_owned())];
    }
    let path = class.replace('.', "/");
    let mut files: Vec<Mentioned> =
        ["py", "java", "kt"].iter().map(|end| at(format!("{path}.{end}"))).collect();
    files.extend(path.rsplit_once('/').map(|(module, _)| at(format!("{module}.py"))));
    files
}

/// `File "a.py", line 3, in f`
fn python_frame(line: &str) -> Option<Mentioned> {
    let (path, rest) = line.trim_start().strip_prefix("File \"")?.split_once("\", line ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some(Mentioned { path: path.to_owned(), line: Some(digits.parse().ok()?) })
}

/// `path:line`, `path:line:column` or `path:line:` as a whole word.
fn place(word: &str) -> Option<Mentioned> {
    let word = word.strip_prefix("file://").unwrap_or(word);
    // A drive letter is no path of its own.
    let skip = if word.as_bytes().get(1) == Some(&b':') { 2 } else { 0 };
    let colon = word.get(skip..)?.find(':')? + skip;
    let (path, rest) = (&word[..colon], &word[colon + 1..]);
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let line: u32 = rest.get(..digits)?.parse().ok()?;
    let follows = rest[digits..].chars().next();
    let is_path = path.len() > 2 && path.contains('.') && !path.ends_with('.');
    (is_path && line > 0 && follows.is_none_or(|c| c == ':' || c == '.'))
        .then(|| Mentioned { path: path.to_owned(), line: Some(line) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracebacks_of_all_languages_name_places() {
        let of = |text: &str| {
            let show = |m: Mentioned| format!("{}@{}", m.path, m.line.unwrap_or_default());
            places(text).into_iter().map(show).collect::<Vec<_>>()
        };
        assert_eq!(of("tests/test_a.py:12: AssertionError"), ["tests/test_a.py@12"]);
        assert_eq!(of("  File \"/w/a.py\", line 3, in f"), ["/w/a.py@3"]);
        assert_eq!(of("panicked at src/lib.rs:10:5:\nassertion"), ["src/lib.rs@10"]);
        assert_eq!(of("\tat com.acme.FooTest.bar(FooTest.java:42)"), ["FooTest.java@42"]);
        assert_eq!(of("at Object.<anonymous> (/w/a.test.js:5:17)"), ["/w/a.test.js@5"]);
        assert_eq!(of("    a_test.go:7: want 1"), ["a_test.go@7"]);
        assert_eq!(of(r"C:\w\a.cs:line 3 C:\w\b.cpp:9"), [r"C:\w\b.cpp@9"]);
        assert!(of("at 12:30:05 http://x.example:80/ localhost:80 a: 1 ::3").is_empty());
    }

    #[test]
    fn messages_are_short_and_plain() {
        assert_eq!(trimmed("\n \u{1b}[31mred\u{1b}[0m \n\n b\nc\nd"), "red / b / c");
        assert!(trimmed(&"é".repeat(4_000)).len() <= MAX_MESSAGE + 3);
        assert_eq!(without_escapes("a\u{1b}"), "a");
        assert_eq!(trimmed("Possible hardcoded password: 'hunter2'"), "Possible hardcoded password");
    }
}
