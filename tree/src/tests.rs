use super::*;

fn parse(text: &str, syntax: Syntax) -> Tree {
    Tree::parse(text.into(), syntax)
}

fn slice<'a>(tree: &'a Tree, node: Node<'_>) -> &'a str {
    &tree.text()[node.range()]
}

#[test]
fn yaml_values_and_their_places() {
    let tree = parse(
        "on: push\njobs:\n  a: {x: 1, y: 'it''s'}\n  b:\n    - \"q\"\n    - >\n      folded\n      text\n",
        Syntax::Yaml,
    );
    assert!(tree.is_clean(), "{:?}", tree.problems);
    let root = tree.root().unwrap();
    assert_eq!(root.get("on").unwrap().as_str(), Some("push"));
    assert_eq!(root.at(&["jobs", "a", "x"]).unwrap().as_int(), Some(1));
    assert_eq!(root.at(&["jobs", "a", "y"]).unwrap().as_str(), Some("it's"));
    assert_eq!(slice(&tree, root.at(&["jobs", "a"]).unwrap()), "{x: 1, y: 'it''s'}");
    let items: Vec<_> = root.at(&["jobs", "b"]).unwrap().items().collect();
    assert_eq!(items[0].as_str(), Some("q"));
    assert_eq!(items[1].as_str(), Some("folded text\n"));
    assert_eq!(slice(&tree, root.entry("on").unwrap().0), "on");
}

#[test]
fn what_belongs_to_nothing_does_not_count() {
    fn walk(node: Node<'_>) -> u64 {
        let entries: u64 = node.entries().map(|(key, value)| walk(key) + walk(value)).sum();
        1 + entries + node.items().map(walk).sum::<u64>()
    }
    for (text, syntax) in [
        ("a: 1\nb: |\n c\nd\n", Syntax::Yaml),
        ("a: 1\n? [b, c", Syntax::Yaml),
        ("a: {b: 1, c", Syntax::Yaml),
        ("lit: |2-\n    one\n\n   two\nfold: >+.  a\n", Syntax::Yaml),
        ("[a]\nb = 1\nb = 2\n[a]\nc = \n= 3\nd = [1,\n", Syntax::Toml),
        ("a = { b = [1, 2], b = { c = 3 } }\na.d = 1\n", Syntax::Toml),
        ("\u{feff}[a]\nb = [1", Syntax::Toml),
    ] {
        let tree = parse(text, syntax);
        assert!(!tree.is_clean(), "{text}");
        assert_eq!(tree.documents().map(walk).sum::<u64>(), tree.expanded_nodes, "{text}");
    }
}

#[test]
fn yaml_core_schema() {
    for (text, value) in [
        ("on", Value::Str("on")),
        ("yes", Value::Str("yes")),
        ("True", Value::Bool(true)),
        ("", Value::Null),
        ("~", Value::Null),
        ("017", Value::Int(17)),
        ("0o17", Value::Int(15)),
        ("0x1F", Value::Int(31)),
        ("3.10", Value::Float(3.1)),
        ("1e3", Value::Float(1000.0)),
        ("1.2.3", Value::Str("1.2.3")),
        ("-", Value::Str("-")),
        ("+", Value::Str("+")),
        (".", Value::Str(".")),
        ("1_000", Value::Str("1_000")),
        ("-.inf", Value::Float(f64::NEG_INFINITY)),
        ("2026-12-31", Value::Str("2026-12-31")),
        ("12e03", Value::Float(12000.0)),
        ("0o", Value::Str("0o")),
    ] {
        assert_eq!(resolve_plain(text), value, "{text}");
    }
}

#[test]
fn a_tag_can_make_a_string_of_a_number() {
    let tree = parse("v: !!str 1\n", Syntax::Yaml);
    let value = tree.root().unwrap().get("v").unwrap();
    assert_eq!((value.tag(), value.as_str()), (Some("!!str"), Some("1")));
}

#[test]
fn every_duplicate_is_found_where_it_stands() {
    let yaml = "a: 1\nb: {c: 1, c: 2}\na: 3\n";
    let tree = parse(yaml, Syntax::Yaml);
    let found: Vec<_> = tree.problems.iter().map(|p| (&yaml[p.range.clone()], p.range.start)).collect();
    assert_eq!(found, [("c", 15), ("a", 21)]);
    assert!(matches!(&tree.problems[0].kind, ProblemKind::DuplicateKey { first, .. } if first.start == 9));
    // The last one counts.
    assert_eq!(tree.root().unwrap().get("a").unwrap().as_int(), Some(3));

    let json = format!("{{{}\"k3\": 0}}", (0..40).map(|n| format!("\"k{n}\": {n}, ")).collect::<String>());
    let tree = parse(&json, Syntax::Json);
    assert_eq!(tree.problems.len(), 1, "{:?}", tree.problems);
}

#[test]
fn an_alias_bomb_is_counted_and_not_expanded() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let refs = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("a{level}: &a{level} [{refs}]\n");
    }
    let tree = parse(&text, Syntax::Yaml);
    assert!(tree.is_clean());
    assert!(tree.expanded_nodes > 1_000_000_000_000_000_000);
    assert!(tree.nodes().count() < 300);
    let tree = parse("a: &a abc\nb: [*a, *a]\n", Syntax::Yaml);
    assert_eq!(tree.expanded_bytes, 2 + 3 * 3, "two keys, and the text three times");
}

#[test]
fn an_alias_inside_its_anchor_is_a_problem_and_no_loop() {
    let tree = parse("a: &x [1, *x]\n", Syntax::Yaml);
    assert!(matches!(tree.problems[0].kind, ProblemKind::RecursiveAlias));
    assert_eq!(tree.root().unwrap().to_json().to_string(), r#"{"a":[1,null]}"#);
}

#[test]
fn an_unknown_anchor_is_a_problem_and_the_rest_is_read() {
    let tree = parse("a: *nope\nb: 2\n", Syntax::Yaml);
    assert!(matches!(&tree.problems[0].kind, ProblemKind::UnknownAnchor(name) if name == "nope"));
    assert_eq!(tree.root().unwrap().get("b").unwrap().as_int(), Some(2));
}

#[test]
fn anchors_and_aliases_resolve() {
    let tree = parse("a: &x {k: v}\nb: *x\n", Syntax::Yaml);
    let root = tree.root().unwrap();
    assert_eq!(root.at(&["b", "k"]).unwrap().as_str(), Some("v"));
    assert_eq!(slice(&tree, root.get("b").unwrap()), "*x");
    assert_eq!(root.get("a").unwrap().anchor(), Some("x"));
}

#[test]
fn documents_and_comments() {
    let tree = parse("# head\na: 1 # side\n---\nb: 2\n", Syntax::Yaml);
    assert_eq!(tree.documents().len(), 2);
    let comments: Vec<_> = tree.comments.iter().map(|c| &tree.text()[c.range.clone()]).collect();
    assert_eq!(comments, ["# head", "# side"]);
}

#[test]
fn a_byte_order_mark_is_not_content() {
    let tree = parse("\u{feff}a: 1\n", Syntax::Yaml);
    let (key, value) = tree.root().unwrap().entry("a").unwrap();
    assert_eq!((slice(&tree, key), value.as_int()), ("a", Some(1)));
    assert!(parse("\u{feff}{\"a\": 1}", Syntax::Json).is_clean());
    assert!(parse("\u{feff}a = 1", Syntax::Toml).is_clean());
}

#[test]
fn deep_nesting_is_a_problem_and_no_crash() {
    for (open, syntax) in
        [("[", Syntax::Yaml), ("[", Syntax::Json), ("{\"a\":", Syntax::Json), ("a = [", Syntax::Toml)]
    {
        let text =
            if syntax == Syntax::Toml { format!("a = {}", "[".repeat(50_000)) } else { open.repeat(50_000) };
        assert!(parse(&text, syntax).problems.iter().any(Problem::is_limit), "{syntax:?}");
    }
    let block: String = (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(parse(&block, Syntax::Yaml).problems[0].is_limit());
    assert!(!parse("a: [", Syntax::Yaml).problems[0].is_limit());
}

#[test]
fn json_is_strict_unless_comments_are_allowed() {
    for bad in [
        "{a: 1}",
        "[1,]",
        "// c\n1",
        "{\"a\" 1}",
        "[1 2]",
        "'a'",
        "0x1",
        "+1",
        ".5",
        "5.",
        "NaN",
        "01",
        "\"\t\"",
        "",
        "1 2",
        "[1",
        "{\"a\":}",
        "tru",
        "1\u{b}",
        "[1,\u{a0}2]",
    ] {
        assert!(!parse(bad, Syntax::Json).is_clean(), "{bad:?} is no JSON");
    }
    for good in
        ["1", "\"a\\u0041\u{a0}\\\"\u{2003}\"", "{}", "[]", "[1,2.5e-3,true,null]", " {\"a\":{\"b\":[]}} \n"]
    {
        let tree = parse(good, Syntax::Json);
        assert!(tree.is_clean(), "{good}: {:?}", tree.problems);
    }
    assert!(parse("{\"a\": 1, /* c */ \"b\": [1,],} // d", Syntax::Jsonc).is_clean());
}

#[test]
fn toml_values_and_their_places() {
    let text = "[package]\nname = \"x\"\nversion = '1'\n\n[[package.dep]]\nn = 0x10\n[[package.dep]]\nd = 2026-11-21\nq.w = true\n";
    let tree = parse(text, Syntax::Toml);
    assert!(tree.is_clean(), "{:?}", tree.problems);
    let root = tree.root().unwrap();
    assert_eq!(root.at(&["package", "name"]).unwrap().as_str(), Some("x"));
    assert_eq!(slice(&tree, root.at(&["package", "name"]).unwrap()), "\"x\"");
    let deps: Vec<_> = root.at(&["package", "dep"]).unwrap().items().collect();
    assert_eq!(deps[0].get("n").unwrap().as_int(), Some(16));
    assert_eq!(deps[1].get("d").unwrap().text(), Some("2026-11-21"));
    assert_eq!(deps[1].at(&["q", "w"]).unwrap().as_bool(), Some(true));
}

#[test]
fn toml_reports_all_errors_and_keeps_the_rest() {
    let tree = parse("a = \nb = 2\nb = 3\n", Syntax::Toml);
    assert!(tree.problems.len() >= 2, "{:?}", tree.problems);
    assert_eq!(tree.root().unwrap().get("b").unwrap().as_int(), Some(2));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC{0,200}", pieces in proptest::collection::vec("[-a-z0-9:\\[\\]{}&*!|>'\"#%@, \n\t=.\\\\/]{0,12}", 0..30)) {
        for text in [text, pieces.concat()] {
            for syntax in [Syntax::Yaml, Syntax::Json, Syntax::Jsonc, Syntax::Toml] {
                let tree = Tree::parse(text.as_str().into(), syntax);
                for node in tree.nodes() {
                    let _ = (&tree.text()[node.range()], node.text(), node.value());
                }
                for problem in &tree.problems {
                    let _ = &tree.text()[problem.range.clone()];
                }
            }
        }
    }
}

#[test]
fn yaml_is_read_as_libyaml_reads_it_where_yaml_1_2_is_stricter() {
    let text = "a:\n  b: 'one\n  two\n\n  it''s'\n  c: \"x\ny\"\nd: [1]# note\ne: é\n";
    let tree = parse(text, Syntax::Yaml);
    assert!(tree.is_clean(), "{:?}", tree.problems);
    let root = tree.root().unwrap();
    assert_eq!(root.at(&["a", "b"]).unwrap().as_str(), Some("one two\nit's"));
    assert_eq!(slice(&tree, root.at(&["a", "b"]).unwrap()), "'one\n  two\n\n  it''s'");
    assert_eq!(root.at(&["a", "c"]).unwrap().as_str(), Some("x y"));
    assert_eq!(slice(&tree, root.get("e").unwrap()), "é");
    assert_eq!(tree.comments.len(), 1);
    assert_eq!(slice(&tree, root.get("d").unwrap()), "[1]");

    let broken = parse("a:\n  b: 'one\n  two'\nc: [\n", Syntax::Yaml);
    assert_eq!(broken.problems.len(), 1, "{:?}", broken.problems);
    assert!(broken.problems[0].range.start >= 20);
    for missing in ["a: 'open\nb: x\n", "a: \"open\nb: \"x\"\n", "a: 'x\n---\nb'\n"] {
        let problems = parse(missing, Syntax::Yaml).problems;
        assert_eq!(problems[0].range.start, 3, "{missing}: {problems:?}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(3_000))]
    #[test]
    fn both_readers_of_json_agree(
        pieces in proptest::collection::vec(proptest::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\\u0041\\n\"", "\"\\ud83d\\ude00\"", "\"\\u12\"", "\"\\x\"", "\"é\"",
            "1", "01", "1.", "1e5", "-1.5E+3", "+1", "true", "null", "nul", " ", "\n", "\u{a0}", "\"\t\"", "/",
        ]), 0..12),
        whole in proptest::bool::ANY,
    ) {
        let text = if whole { format!("{{\"k\": [{}]}}", pieces.join(",")) } else { pieces.concat() };
        let mut builder = super::build::Builder::new(text.as_str().into());
        if super::plain_json::read(&text, 0, false, &mut builder) {
            let plain = builder.finish();
            let other = match serde_json::from_str::<serde_json::Value>(&text) {
                // A number may be larger than that reader holds.
                Err(error) if error.to_string().contains("out of range") => return Ok(()),
                other => other.map_err(|error| {
                    proptest::test_runner::TestCaseError::fail(format!("{text}: {error}"))
                })?,
            };
            let plain = plain.root().unwrap().to_json();
            proptest::prop_assert!(are_alike(&plain, &other), "{text}: {plain} and {other}");
        } else if !text.contains("\\ud83d") {
            proptest::prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_err(), "{text}");
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(3_000))]
    #[test]
    fn both_readers_of_json_with_trailing_commas_agree(
        pieces in proptest::collection::vec(proptest::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\": [1, ],", "{\"c\": 2,}", "[3,\n],", "[,]", ",,", " ", "//", "null",
        ]), 0..12),
        open in proptest::sample::select(vec!["[", "{", ""]),
    ) {
        let close = if open == "[" { "]" } else if open == "{" { "}" } else { "" };
        let text = format!("{open}{}{close}", pieces.concat());
        let mut builder = super::build::Builder::new(text.as_str().into());
        let is_plain = super::plain_json::read(&text, 0, true, &mut builder);
        let other = super::json::parse_whatever(text.as_str().into(), 0, true);
        if is_plain {
            let plain = builder.finish();
            let nodes = |tree: &Tree| tree.nodes().map(|node| (node.range(), node.style())).collect::<Vec<_>>();
            proptest::prop_assert_eq!(&plain.problems, &other.problems, "{}", text);
            proptest::prop_assert_eq!(nodes(&plain), nodes(&other), "{}", text);
        } else if !text.contains("//") {
            proptest::prop_assert!(!other.is_clean(), "{}", text);
        }
    }
}

/// The same value, where the last bit of a number may differ: serde_json reads them in a hurry.
fn are_alike(one: &serde_json::Value, other: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| are_alike(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|((key, one), (same, other))| key == same && are_alike(one, other))
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() && other.is_f64() => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= one.abs() * 2.0 * f64::EPSILON
        }
        _ => one == other,
    }
}

#[test]
fn json_may_hold_halves_of_surrogate_pairs() {
    let text = r#"{"a": "\ud800", "b": "\\ud800", "c": "\ud83d\ude00\udfff", "d": 1, "d": 2}"#;
    let tree = parse(text, Syntax::Json);
    assert_eq!(tree.problems.len(), 1, "{:?}", tree.problems);
    let root = tree.root().unwrap();
    let value = |key: &str| root.get(key).unwrap().as_str();
    assert_eq!((value("a"), value("b"), value("c")), (Some("\u{fffd}"), Some("\\ud800"), Some("😀\u{fffd}")));
    assert_eq!(slice(&tree, root.get("a").unwrap()), r#""\ud800""#);
    assert!(!parse(r#"["\ud800", "\uZZZZ"]"#, Syntax::Json).is_clean());
}

#[test]
fn loose_json_is_told_from_broken_json() {
    use Looseness::{Comments, Liberties, Values};
    for (loose, how) in [
        ("{a: 1}", Liberties),
        ("[1,]", Liberties),
        ("{'a': 0x1}", Liberties),
        ("// c\n[1,]", Comments),
        ("{\"a\": 1}\n{\"a\": 2}\n", Values),
        ("{}[] // c", Values),
        ("1 2 3", Values),
    ] {
        assert!(!parse(loose, Syntax::Json).is_clean(), "{loose}");
        assert_eq!(looseness(loose), Some(how), "{loose}");
    }
    for broken in ["", "{\"a\" 1}", "[1 2]", "{", "{}}", "[\"a\"],", "tru", "{\"a\": b c}", "// only"] {
        assert_eq!(looseness(broken), None, "{broken}");
    }
}

#[test]
fn a_key_that_is_written_again_keeps_its_name() {
    let text = "['it''s'.b]\n";
    assert!(!parse(text, Syntax::Toml).is_clean());
    let text = "[\"a\".b]\nx = 1\n[a]\ny = 2\n[\"c\\u0064\".e]\n[cd]\nz = 3\n[f.g]\n['f']\n";
    let tree = parse(text, Syntax::Toml);
    assert!(tree.is_clean(), "{:?}", tree.problems);
    let names: Vec<_> =
        tree.root().unwrap().entries().map(|(key, _)| (key.text(), slice(&tree, key))).collect();
    assert_eq!(names, [(Some("a"), "a"), (Some("cd"), "cd"), (Some("f"), "'f'")]);
    assert_eq!(tree.root().unwrap().at(&["a", "b", "x"]).unwrap().as_int(), Some(1));
}

#[test]
fn toml_duplicates_know_where_the_key_stood_first() {
    for (text, key, first, second) in [
        ("a = 1\nb = 2\na = 3\n", "a", 0, 12),
        ("[t]\nx = 1\n[u]\nx = 1\n  x = 2\n", "x", 14, 22),
        ("[t.u]\n[v]\n[t.u]\n", "u", 3, 13),
        ("a.b = 1\na.b = 2\n", "b", 2, 10),
        ("a = {b = 1, ab = 2, b = 3}\n", "b", 5, 20),
        ("\u{feff}a = 1\r\na = 2\r\n", "a", 3, 10),
        ("'k' = 1\n'k' = 2\n", "'k'", 0, 8),
    ] {
        let tree = parse(text, Syntax::Toml);
        let [problem] = &tree.problems[..] else { panic!("{text}: {:?}", tree.problems) };
        assert_eq!((&text[problem.range.clone()], problem.range.start), (key, second), "{text}");
        let ProblemKind::DuplicateKey { first: place, .. } = &problem.kind else { panic!("{problem:?}") };
        assert_eq!((&text[place.clone()], place.start), (key, first), "{text}");
    }
    // `x` alone is no first place of `x.y`, so the parser's words stay.
    let tree = parse("x = 1\nx.y = 2\n", Syntax::Toml);
    assert!(matches!(&tree.problems[0].kind, ProblemKind::Syntax(_)), "{:?}", tree.problems);
}

/// Checked against libyaml.
#[test]
fn tabs_are_refused_where_libyaml_refuses_them() {
    for bad in [
        "a: 1\n\tb: 2\n",
        "# c\n\ta: 1\n",
        "\ta: 1\n",
        "\u{feff}\ta: 1\n",
        "a:\n  - x\n\t  - y\n",
        "a:\n\t  b: 1\n",
        "a:\n  \tb: 1\n",
        "---\n\ta: 1\n",
        "a: {}\n\tb: {}\n",
        "a: \"x\"\n\tb: 1\n",
        "- a\n\t- b\n",
    ] {
        let tree = parse(bad, Syntax::Yaml);
        let problem = tree.problems.first().unwrap_or_else(|| panic!("{bad:?}"));
        let place = problem.explain(bad, Syntax::Yaml);
        assert_eq!(
            (&bad[place.range], &*place.message),
            ("\t", "a tab stands in the indentation"),
            "{bad:?}"
        );
    }
    for good in [
        "a: 'x\n\ty'\n",
        "a: \"x\n  \ty\n\tz\"\n",
        "a: [\n\tb]\n",
        "a:\n  b: [\n\tc,\n\t d]\n",
        "{\n\t\"a\": 1\n}\n",
        "a: b\n  \tc\n",
        "a:\tb\nc: d\t# e\n",
        "a: |\n  x\n  \ty\n",
        "a: b\n\t# comment\nc: d\n",
        "a:\n\t\n  b: 1\n",
    ] {
        let tree = parse(good, Syntax::Yaml);
        assert!(tree.is_clean(), "{good:?}: {:?}", tree.problems);
    }
    let nothing = |text: &str| parse(text, Syntax::Yaml).tab_before_nothing();
    assert_eq!(nothing("a: b\n\t# comment\nc: d\n"), Some(5));
    assert_eq!(nothing("a:\n  \t\n  b: 1\n"), Some(5));
    assert_eq!(nothing("a: |\n  x\n  \t\n  y\nb: [\n\t\n]\nc: \"d\n\t\n\"\n"), None);
}

/// A line of TOML over few names, so that tables meet.
fn toml_line() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let key = prop_oneof![3 => "[abc]", 2 => "[abc]\\.[abc]", 1 => "[abc]\\.\"[ab]\"\\.[abc]"];
    let inline = (key.clone(), key.clone()).prop_map(|(a, b)| format!("{{{a} = 1, {b} = [2, {{c = 'x'}}]}}"));
    let value = prop_oneof![
        Just("1".to_owned()),
        Just("\"\\u0041\"".to_owned()),
        Just("[1, [true],\n 0x1f]".to_owned()),
        Just("1979-05-27 07:32:00Z".to_owned()),
        inline
    ];
    prop_oneof![
        2 => key.clone().prop_map(|key| format!("[{key}]")),
        2 => key.clone().prop_map(|key| format!("[[{key}]]")),
        4 => (key, value).prop_map(|(key, value)| format!("{key} = {value}")),
    ]
}

fn is_same(node: Node<'_>, value: &::toml::Value) -> bool {
    match value {
        ::toml::Value::Table(table) => {
            node.is_map()
                && node.entries().len() == table.len()
                && table.iter().all(|(key, value)| node.get(key).is_some_and(|node| is_same(node, value)))
        }
        ::toml::Value::Array(items) => {
            node.is_seq()
                && node.items().len() == items.len()
                && node.items().zip(items).all(|(node, value)| is_same(node, value))
        }
        ::toml::Value::String(text) => node.as_str() == Some(text),
        ::toml::Value::Integer(number) => node.as_int() == Some(*number),
        ::toml::Value::Boolean(value) => node.as_bool() == Some(*value),
        ::toml::Value::Datetime(date) => node.text() == Some(&*date.to_string()),
        ::toml::Value::Float(_) => false,
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2_000))]
    #[test]
    fn toml_means_what_the_crate_says(lines in proptest::collection::vec(toml_line(), 1..9)) {
        let text = lines.join("\n");
        let tree = parse(&text, Syntax::Toml);
        match text.parse::<::toml::Table>() {
            Ok(table) => {
                proptest::prop_assert!(tree.is_clean(), "{text}\n{:?}", tree.problems);
                let same = is_same(tree.root().unwrap(), &::toml::Value::Table(table));
                proptest::prop_assert!(same, "{text}\n{:?}", tree.root());
            }
            Err(error) => proptest::prop_assert!(!tree.is_clean(), "{text}\n{error}"),
        }
    }
}

#[test]
fn toml_of_many_tables_and_keys_is_read_in_pieces() {
    let mut text = String::from("first = [\n");
    (0..3_000).for_each(|number| text.push_str(&format!(" {{n = {number}}},\n")));
    text.push_str("]\n");
    for number in 0..3_000 {
        text.push_str(&format!("[[t]]\nk{number} = '''\n[[t]]\n'''\n[t.sub]\nx = {number}\n"));
    }
    text.push_str("[many]\n");
    (0..3_000).for_each(|number| text.push_str(&format!("k{number} = {number}\n")));
    text.push_str("k7 = 0\n[[t]]\n");
    let tree = parse(&text, Syntax::Toml);
    let [problem] = &tree.problems[..] else { panic!("{:?}", tree.problems) };
    let ProblemKind::DuplicateKey { first, .. } = &problem.kind else { panic!("{problem:?}") };
    assert_eq!(&text[first.start..first.end + 4], "k7 = 7");
    let root = tree.root().unwrap();
    assert_eq!(root.get("first").unwrap().items().len(), 3_000);
    let tables: Vec<_> = root.get("t").unwrap().items().collect();
    assert_eq!(tables.len(), 3_001);
    assert_eq!(tables[2_999].at(&["sub", "x"]).unwrap().as_int(), Some(2_999));
    assert_eq!(tables[8].get("k8").unwrap().text(), Some("[[t]]\n"));
    assert_eq!(root.at(&["many", "k2999"]).unwrap().as_int(), Some(2_999));
}
/// The lines of a YAML block: the first without its indentation, which depends on what it stands behind.
fn yaml_block() -> impl proptest::strategy::Strategy<Value = Vec<String>> {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    let end = || {
        select(vec!["", "", "", "", "", " ", " # note", "#", "\n", "\n# a - b", "\n  # c", "\t", " :", "\r"])
    };
    let scalar = select(vec![
        "x",
        "y z",
        "--z",
        "-",
        "'it''s'",
        "\"q\\n\"",
        "\"\\u00e9\\b\\/\\f\"",
        "\"\\u0000\"",
        "\"\\ud83d\\ude00\"",
        "\"\\x41\\é\"",
        "\"\"",
        "u:v",
        "v#w",
        "~",
        "[a, b]",
        "[]",
        "{k: v, l: [m]}",
        "{}",
        "[a,\n  b\n]",
        "[\n c: d]",
        "{a: [}",
        "? o",
        "&p q",
        "*p",
        "!!str r",
        "h: i",
        "é",
        "'c",
        "...",
        "---",
        "%x",
        "1",
        "k:",
        "a\n  b",
        "\"a\n  b\"",
        "[a]: b",
        "{\"a\":1}",
        "[-1, -]",
        "",
        "",
    ]);
    let leaf = (scalar, end()).prop_map(|(scalar, end)| vec![format!("{scalar}{end}")]);
    let line = select(vec!["t", " u", "  v", "", " ", "    ", "# w", "\tx", "- y", "z: a"]);
    let text =
        (select(vec!["|", ">", "|-", ">-", "|+", ">+", "|2", "| # b", ">- "]), 1..4usize, vec(line, 0..5))
            .prop_map(|(header, indent, lines)| {
                let lines = lines.iter().map(|line| format!("{:indent$}{line}", ""));
                std::iter::once(header.to_owned()).chain(lines).collect()
            });
    prop_oneof![3 => leaf, 1 => text].prop_recursive(4, 16, 4, move |inner| {
        let key = select(vec!["a", "b", "c d", "\"e\"", "'f'", "<<", "--g", "h ", "? i", "on"]);
        // How far the value is indented; in the line of its key, or of its dash, if there is no end to that.
        let own_line = prop_oneof![2 => Just(None), 3 => end().prop_map(Some)];
        let entry = (key, own_line.clone(), 0..5usize, inner.clone());
        let map = vec(entry, 1..4).prop_map(|entries| {
            let entries = entries.into_iter().map(|(key, own, indent, value)| match own {
                None => joined(&format!("{key}: "), 0, value),
                Some(end) => [vec![format!("{key}:{end}")], indented(indent, value)].concat(),
            });
            entries.collect::<Vec<_>>().concat()
        });
        let item = (select(vec!["- ", "-   "]), own_line, 1..4usize, inner);
        let seq = vec(item, 1..4).prop_map(|items| {
            let items = items.into_iter().map(|(dash, own, indent, value)| match own {
                None => joined(dash, dash.len(), value),
                Some(end) => [vec![format!("-{end}")], indented(indent, value)].concat(),
            });
            items.collect::<Vec<_>>().concat()
        });
        prop_oneof![map, seq]
    })
}

fn indented(indent: usize, lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| format!("{:indent$}{line}", "")).collect()
}

/// The first line behind `start`, the others indented.
fn joined(start: &str, indent: usize, lines: Vec<String>) -> Vec<String> {
    let mut lines = indented(indent, lines);
    lines[0] = format!("{start}{}", &lines[0][indent..]);
    lines
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(20_000))]
    #[test]
    fn both_readers_of_yaml_agree(
        lines in yaml_block(),
        start in proptest::sample::select(vec!["", "", "---\n", "# first\n", "\n", "  "]),
        end in proptest::sample::select(vec!["\n", "\n", "", "\n\n", "\n  \n"]),
        between in proptest::sample::select(vec!["---\n", "---\n---\n", "---\n# second\n\n", "--- \n", "...\n---\n", "---\n..."]),
        more in proptest::option::of(yaml_block()),
        fault in proptest::option::of((proptest::sample::select(vec!["", " ", "\n", "#", "-", ":", "'", "]"]), 0..80usize)),
    ) {
        let mut text = format!("{start}{}{end}", lines.join("\n"));
        text += &more.map(|more| format!("{between}{}\n", more.join("\n"))).unwrap_or_default();
        if let Some((fault, at)) = fault.filter(|(_, at)| text.is_char_boundary(*at) && text.is_char_boundary(at + 1)) {
            text.replace_range(at..at + 1, fault);
        }
        let text: Text = text.into();
        let mut builder = build::Builder::new(text.clone());
        if plain_yaml::read(&text, &mut builder) {
            let (plain, other) = (builder.finish(), yaml::parse_whatever(text.clone()));
            proptest::prop_assert!(format!("{plain:?}") == format!("{other:?}"), "{text:?}\n{plain:?}\n{other:?}");
        }
    }
}

#[test]
fn what_most_files_hold_is_read_as_it_is_written() {
    let text = "# why\n---\nname: CI\n\"on\":\n  push:\n    branches: [main, 'a b']\njobs:\n  t: # one\n    steps:\n    \
                - run: |\n        a: b # c\n\n          d\n      env: {A: \"1\\n\"}\n    - uses: x@y\n      with:\n        \
                k: >-\n          e\n          f\n\n           g\n";
    assert!(plain_yaml::read(text, &mut build::Builder::new(text.into())));
    let steps = parse(text, Syntax::Yaml);
    let steps = steps.root().unwrap().at(&["jobs", "t", "steps"]).unwrap();
    let run = steps.items().next().unwrap().get("run").unwrap();
    assert_eq!(run.text(), Some("a: b # c\n\n  d\n"));
    assert_eq!(slice(steps.tree, run), "|\n        a: b # c\n\n          d\n");
    let folded = steps.items().nth(1).unwrap().at(&["with", "k"]).unwrap();
    assert_eq!(folded.text(), Some("e f\n\n g"));
    assert_eq!(steps.range().start, text.find("- run").unwrap(), "a sequence begins with its dash");
}

#[test]
fn columns_are_found_in_tables_however_they_are_written() {
    let text = "t = [\n  { a = 1, b = \"x\" },\n  { a = 2, b = \"yy\" },\n  { b = 'z', a = 3 },\n  { b = 'w', a = 4 },\n  \
                { a = 5 },\n  { a = 6 },\n  { a = [7], b = 8 },\n  { a = 9, b = \"\" },\n]\n[u]\nb = 1\n";
    let tree = parse(text, Syntax::Toml);
    let [tables, other] = tree.root().unwrap().get_each(["t", "u"]).map(Option::unwrap);
    let mut columns = Columns::new(&tree, ["b", "a", "c"]);
    let mut told = |table| {
        columns.of(table).map(|value| value.map_or("-", |value| value.text().unwrap_or("[]"))).join(" ")
    };
    let found: Vec<String> = tables.items().map(&mut told).collect();
    assert_eq!(found, ["x 1 -", "yy 2 -", "z 3 -", "w 4 -", "- 5 -", "- 6 -", "8 [] -", " 9 -"]);
    assert_eq!([told(other), told(tables)], ["1 - -", "- - -"]);
    let others = parse("t = [{ x = 0, b = 1 }, { x = 0, b = 2 }]", Syntax::Toml);
    let mut columns = Columns::new(&tree, ["b"]);
    let others =
        others.root().unwrap().get("t").unwrap().items().map(|table| columns.of(table)[0].unwrap().text());
    assert!(others.eq([Some("1"), Some("2")]), "tables of another tree are looked at, too");
}
