use super::*;
use crate::Tree;

/// The place in the text, the message and the help of the first problem.
fn explained(text: &str, syntax: Syntax) -> (String, String, String) {
    let tree = Tree::parse(text.into(), syntax);
    let problem = tree.problems.first().unwrap_or_else(|| panic!("nothing is wrong with {text:?}"));
    let Explanation { range, message, help } = problem.explain(text, syntax);
    (text[range].to_owned(), message, help.unwrap_or_default())
}

/// The parser's words may change with its version; these tests say so.
#[test]
fn yaml_errors_speak_of_what_was_written() {
    const UNCLOSED: &str = "the bracket that line 1 opens is not closed before this, or a `,` is missing";
    for (text, place, message, help) in [
        ("a:\n\tb: 1\n", "\t", "a tab stands in the indentation", "spaces"),
        ("a: 1\n\tb: 1\n", "\t", "a tab stands in the indentation", "spaces"),
        ("a: |\n\tx\n", "\t", "a tab stands in the indentation", "spaces"),
        ("a: \"open\nb: 1\n", "\"", "this quote is never closed", "closing `\"`"),
        ("a: 'it's'\n", "s", "text follows the closing quote", "`''`"),
        ("a: \"x\" y\n", "y", "text follows the closing quote", "`\\\"`"),
        ("a: \"C:\\path\"\n", "\\p", "`\\p` is no escape in YAML", "single quotes"),
        ("a: [1, 2\n", "[", "this `[` is never closed", "`]`"),
        ("a: {b: 1\n", "{", "this `{` is never closed", "`}`"),
        ("a: [1}\n", "[", "this `[` is closed by the wrong bracket", "`]`"),
        ("a: ]\n", "]", "this `]` closes nothing", "quote"),
        ("a: [1, 2\nb: 3\n", ":", UNCLOSED, "close the bracket"),
        ("a: {b: 1\nc: 2\n", ":", UNCLOSED, "close the bracket"),
        ("a: b: c\n", ":", "this `:` cannot stand here", "put the value in quotes"),
        ("a:1\nb: 2\n", ":", "this `:` cannot stand here", "a space behind the `:`"),
        ("a: b\n  c: d\n", ":", "this `:` cannot stand here", "indent the line like the one above"),
        ("foo\nb: 2\n", ":", "this `:` cannot stand here", "add its `:`"),
        ("a:\n    b: 1\n  c: 2\n", "c", "the indentation of this line fits no line above", "align"),
        ("a:\n  - x\n - y\n", "-", "a `-` item stands where a key is expected", "indent"),
        ("- a\nb: 1\n", "b", "a key stands where a `-` item is expected", "indent"),
        ("a: - b\n", "-", "a `-` item cannot begin here", "line of its own"),
        ("{a: - b}\n", "-", "a `-` item cannot stand inside brackets", "commas"),
        ("a: 1\nfoo\n", "f", "this line is no `key: value`", "add the `:`"),
        ("  a: 1\nb: 2\n", "b", "this line belongs to nothing above it", "align"),
        ("a: %x\n", "%", "a value cannot begin with `%`", "quotes"),
        ("a: `x`\n", "`", "a value cannot begin with a backtick", "quotes"),
        ("a: *\n", "*", "a value cannot begin with `*`", "quotes"),
        ("a: *x\n", "*x", "there is no anchor `x` above", "`&x`"),
        ("a: !<x\n", "!", "this tag is malformed", "quotes"),
        ("a: [,]\n", ",", "a value is missing before this `,`", "remove"),
        ("a: |x\n", "|", "text follows this `|`", "next line"),
        ("a: \u{1}\n", "\u{1}", "the control character U+0001 is not allowed", "remove"),
        ("a: 1\n\u{feff}b: 2\n", "\u{feff}", "a byte-order mark stands inside the text", "remove"),
    ] {
        let found = explained(text, Syntax::Yaml);
        assert_eq!((&*found.0, &*found.1), (place, message), "{text:?}");
        assert!(found.2.contains(help), "{text:?}: {}", found.2);
    }
}

#[test]
fn json_errors_speak_of_what_was_written() {
    for (text, place, message) in [
        ("", "", "the file is empty"),
        ("{\"a\": 1 \"b\": 2}", "", "a comma is missing here"),
        ("{\"a\": 1,}", ",", "this comma has no entry behind it"),
        ("{\"a\" 1}", "1", "a `:` is missing before this"),
        ("{a: 1}", "a", "a key must be in double quotes"),
        ("['a']", "'", "text must be in double quotes"),
        ("{\"a\": True}", "True", "this is no JSON value"),
        ("{\"a\": 01}", "", "a number cannot begin with `0`"),
        ("{\"a\": 1", "{", "this `{` is never closed"),
        ("[1", "[", "this `[` is never closed"),
        ("[\"x", "\"", "this text is never closed"),
        ("[\"x\ny\"]", "\n", "a line break stands inside a text"),
        ("[\"\\x\"]", "\\x", "`\\x` is no escape in JSON"),
        ("{\"a\": 1,, \"b\": 2}", ",", "an entry is missing before this comma"),
        ("{} {}", "{", "text follows the end of the value"),
        ("// c\n{}", "// c", "JSON has no comments"),
        ("{\"a\":}", "}", "`}` cannot stand here"),
        ("<html>", "<", "`<` cannot stand here"),
    ] {
        let found = explained(text, Syntax::Json);
        assert_eq!((&*found.0, &*found.1), (place, message), "{text:?}");
    }
}

#[test]
fn toml_errors_speak_of_what_was_written() {
    for (text, message) in [
        ("a = b\n", "this is no value that TOML knows"),
        ("a = \n", "a value is missing here"),
        ("a 1\n", "this key has no value"),
        ("a: 1\n", "`:` cannot stand behind a key"),
        ("[a] x\n", "text follows the end of the line's value"),
        ("a = 'x\n", "a quote in this line is never closed"),
        ("a = [1,\n", "an array is never closed"),
        ("[a\nb = 1\n", "a `]` is missing here"),
        ("[[a]\nb = 1\n", "a `]` is missing here"),
    ] {
        assert_eq!(explained(text, Syntax::Toml).1, message, "{text:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_an_explanation_panic(pieces in proptest::collection::vec("[-a-c01é:\\[\\]{}&*!|>'\"#%@`, \n\t=\\\\]{0,6}", 0..20)) {
        let text = pieces.concat();
        for syntax in [Syntax::Yaml, Syntax::Json, Syntax::Jsonc, Syntax::Toml] {
            for problem in &Tree::parse(text.as_str().into(), syntax).problems {
                let explanation = problem.explain(&text, syntax);
                let _ = &text[explanation.range];
                proptest::prop_assert!(!explanation.message.ends_with('.'));
            }
        }
    }
}
