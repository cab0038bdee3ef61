//! Both readers say the same of what both can read.

use std::fmt::Write;

use proptest::prelude::*;
use proptest::sample::select;

use super::super::{Node, Text, Tree};
use super::{parse_whatever, plain};

/// All that a tree says of a value, keys and places included. The numbers of nodes are the readers' own.
fn told(node: Node<'_>, into: &mut String) {
    let _ = write!(into, "{:?} {:?} {:?}", node.range(), node.style(), node.text());
    for (key, value) in node.entries() {
        into.push_str("\nkey ");
        told(key, into);
        into.push_str(" = ");
        told(value, into);
    }
    for item in node.items() {
        into.push_str("\nitem ");
        told(item, into);
    }
    into.push_str(if node.is_map() { "}" } else { "]" });
}

fn all_told(tree: &Tree) -> String {
    let mut all = format!("{} {}\n", tree.expanded_nodes, tree.expanded_bytes);
    tree.documents().for_each(|root| told(root, &mut all));
    all
}

/// True if the plain reader read it.
fn is_read(text: &str) -> bool {
    let text: Text = text.into();
    let Some(plain) = plain::read(&text) else { return false };
    let other = parse_whatever(text.clone());
    assert!(other.is_clean(), "{text:?}: {:?}", other.problems);
    assert_eq!(all_told(&plain), all_told(&other), "{text:?}");
    true
}

fn key() -> impl Strategy<Value = String> {
    let part =
        || select(vec!["a", "b", "c", "\"a\"", "'b'", "\"\"", "d-e_1", "1", "\"\\u0061\"", "é", "\"é\""]);
    prop_oneof![
        8 => part().prop_map(str::to_owned),
        2 => (part(), part()).prop_map(|(a, b)| format!("{a}.{b}")),
        1 => (part(), part()).prop_map(|(a, b)| format!("{a} . {b}")),
    ]
}

fn value() -> impl Strategy<Value = String> {
    let scalar = select(vec![
        "1",
        "0",
        "01",
        "-1",
        "+1",
        "1_0",
        "1.5",
        "1e3",
        "0x1f",
        "999999999999999999999",
        "true",
        "false",
        "truer",
        "\"x\"",
        "\"\"",
        "\"\"\"\"\"\"",
        "\"\"\"x\n\"\"\"",
        "''",
        "'x\\'",
        "'''x'''",
        "\"\\n\"",
        "\"#\"",
        "\"é\t\"",
        "\"\u{7f}\"",
        "1979-05-27",
        "07:32:00",
        "inf",
        "nan",
        "x",
        "",
        "\"x",
        "'x\n'",
        "\"\"\"",
        "{",
        "[",
        "\"x\"\"",
    ]);
    let scalar = scalar.prop_map(str::to_owned);
    scalar.prop_recursive(3, 12, 4, |inner| {
        let gap = || select(vec!["", " ", "\n", " # [\n", "\t", "\n\n    ", "\r\n"]);
        let item =
            (gap(), inner.clone(), gap()).prop_map(|(before, item, after)| format!("{before}{item}{after}"));
        let array = (proptest::collection::vec(item, 0..4), select(vec!["", ",", ", ", ",,"]))
            .prop_map(|(items, end)| format!("[{}{end}]", items.join(",")));
        let entry = (key(), inner, select(vec![" = ", "=", "\t=\t", " =\n", " "]))
            .prop_map(|(key, value, equals)| format!("{key}{equals}{value}"));
        let gap = || select(vec!["", " ", "  ", "\n"]);
        let table = (gap(), proptest::collection::vec(entry, 0..4), select(vec!["", " ", ",", "\n"]))
            .prop_map(|(gap, entries, end)| format!("{{{gap}{}{end}}}", entries.join(", ")));
        prop_oneof![array, table]
    })
}

/// Tables in an array that are written alike, but for one of them now and then.
fn alike() -> impl Strategy<Value = String> {
    let scalar = || {
        select(vec![
            "\"\"",
            "\"x\"",
            "\"x, b = 1\"",
            "'y'",
            "''",
            "0",
            "12",
            "true",
            "false",
            "01",
            "1.5",
            "\"\\n\"",
            "\"\"\"\"\"\"",
            "\"#\"",
            "[]",
            "[1]",
            "{}",
            "\"z",
            "truer",
        ])
    };
    let shape = select(vec![
        "{ a = @, b = @ }",
        "{a=@,b=@}",
        "{ \"a\" = @, b-c = @ }",
        "{ a = @, a = @ }",
        "{ a.b = @, c = @ }",
        "{\ta = @, b = @ , }",
        "{ a = @, b = @ } # \"",
    ]);
    let table = (shape, scalar(), scalar(), any::<bool>());
    (proptest::collection::vec(table, 1..7)).prop_map(|tables| {
        let first = tables[0].0;
        let one = |(shape, a, b, own): &(&str, &str, &str, bool)| {
            let shape = if *own { shape } else { first };
            shape.replacen('@', a, 1).replacen('@', b, 1)
        };
        format!("t = [\n{},\n]", tables.iter().map(one).collect::<Vec<_>>().join(",\n"))
    })
}

fn line() -> impl Strategy<Value = String> {
    let end = select(vec!["", "", "", " ", " # why", "#", "\t", " x", "\r", "\u{1}"]);
    let expression = prop_oneof![
        1 => key().prop_map(|key| format!("[{key}]")),
        1 => key().prop_map(|key| format!("[[{key}]]")),
        1 => select(vec!["", "# note", "[ a ]", "[a", "[a]]", "[[a] ]", "a", "=", "  b = 2"]).prop_map(str::to_owned),
        6 => (key(), value()).prop_map(|(key, value)| format!("{key} = {value}")),
    ];
    (expression, end).prop_map(|(expression, end)| expression + end)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]
    #[test]
    fn both_readers_of_toml_agree(
        lines in proptest::collection::vec(line(), 0..6),
        start in select(vec!["", "", "\n", "\u{feff}", "# first\n"]),
        end in select(vec!["\n", "", "\n\n"]),
    ) {
        is_read(&format!("{start}{}{end}", lines.join("\n")));
    }

    #[test]
    fn both_readers_agree_on_tables_that_are_written_alike(text in alike()) {
        is_read(&text);
    }

    #[test]
    fn both_readers_agree_on_long_strings(quotes in select(vec!["\"", "'", "\"\"\"", "'''"]), inner in long_string(), end in select(vec!["", "\"", "''", "\"\"\"", " # \""])) {
        is_read(&format!("a = {quotes}{inner}{quotes}{end}\nb = [{quotes}{inner}{quotes}{end}]"));
    }
}

fn long_string() -> impl Strategy<Value = String> {
    let part = select(vec![
        "x",
        "é",
        " ",
        "\n",
        "\"",
        "\"\"",
        "'",
        "''",
        "\\",
        "\\\\",
        "\\\"",
        "\\n",
        "\\e",
        "\\q",
        "\\u00e9",
        "\\ud800",
        "\\x41",
        "\\U0001F600",
        "\\\n  ",
        "\\ \n",
        "#",
        "\t",
    ]);
    proptest::collection::vec(part, 0..7).prop_map(|parts| parts.concat())
}

#[test]
fn what_tools_write_is_read_as_it_is_written() {
    let lockfiles = [
        "version = 1\nrevision = 3\nrequires-python = \">=3.9\"\nresolution-markers = [\n    \"a == 'b'\",\n]\n\n\
         [options]\nexclude-newer = \"2026-01-01T00:00:00Z\"\n\n[[package]]\nname = \"a\"\nversion = \"1\"\n\
         source = { registry = \"https://pypi.org/simple\" }\ndependencies = [\n    { name = \"b\", marker = \"x\" },\n]\n\
         sdist = { url = \"u\", hash = \"sha256:0\", size = 12, upload-time = \"t\" }\nwheels = [\n    { url = \"u\" },\n]\n\n\
         [package.optional-dependencies]\nx = [\n    { name = \"c\" },\n]\n\n[package.metadata]\nrequires-dist = []\n\n\
         [package.metadata.requires-dev]\ndev = [{ name = \"d\", specifier = \">=1\" }]\n\n[[package]]\nname = \"b\"\n",
        "# This file is automatically @generated by Cargo.\nversion = 4\n\n[[package]]\nname = \"a\"\ndependencies = [\n \"b\",\n \"c\",\n]\n",
        "[[package]]\nname = \"a\"\noptional = false\nfiles = [\n    {file = \"f\", hash = \"h\"},\n]\n\n\
         [package.dependencies]\nb = {version = \"*\", markers = \"m\"}\n\n[extras]\nx = []\n\n[metadata]\nlock-version = \"2.1\"\n",
        "[package]\nname = \"a\"\nversion.workspace = true\n\n[target.'cfg(unix)'.dependencies]\nb = \"1\"\n",
        "[tool.x]\npattern = \".*lazy=\\\"selectin\\\"|\\\\s*$\"\ntext = \"\"\"\nseveral \\\n  lines\n\"\"\"\npath = '''C:\\x'''\n",
        "",
    ];
    for text in lockfiles {
        assert!(is_read(text), "{text}");
    }
    for text in [
        "a = \"\\q\"\n",
        "a = \"\"\"b\"\n",
        "a = 1\r\n",
        "a = 1\na = 2\n",
        "a = 1.5\n",
        "[a]\n[a]\n",
        "a = {b = 1, b = 2}\n",
    ] {
        assert!(!is_read(text), "{text}");
    }
}
