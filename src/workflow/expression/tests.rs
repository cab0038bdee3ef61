use super::*;

fn paths(text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    parse(text).unwrap().accesses(&mut |_, path| paths.push(path));
    paths
}

#[test]
fn accesses_are_paths() {
    assert_eq!(paths("github.event.pull_request.title"), ["github.event.pull_request.title"]);
    assert_eq!(paths("GitHub['event'].Issue[0].body"), ["github.event.issue.*.body"]);
    assert_eq!(
        paths("matrix[matrix.key] && contains(needs.*.result, 'x')"),
        ["matrix.*", "matrix.key", "needs.*.result"]
    );
    assert_eq!(paths("fromJSON(steps.a.outputs.b).c"), ["steps.a.outputs.b"]);
    assert_eq!(paths("!(a || b == c)"), ["a", "b", "c"]);
}

#[test]
fn ranges_are_those_of_the_text() {
    let text = " a.b && f( c , 'x' )[0]";
    let expr = parse(text).unwrap();
    let mut parts = Vec::new();
    expr.walk(&mut |part| parts.push(&text[part.range.clone()]));
    assert_eq!(
        parts,
        ["a.b && f( c , 'x' )[0]", "a.b", "a", "f( c , 'x' )[0]", "f( c , 'x' )", "c", "'x'", "0"]
    );
}

#[test]
fn what_is_no_expression_says_why_and_where() {
    for (text, at, message) in [
        ("", 0, "the expression is empty"),
        ("a b", 2, "this is unexpected here"),
        ("a.", 2, "the expression ends too early"),
        ("'a", 0, "the string is never closed by `'`"),
        ("\"a\"", 0, "strings stand in single quotes"),
        ("f(a", 3, "`,` or `)` is missing at the end"),
        ("a == ", 4, "the expression ends too early"),
        ("1x", 0, "`1x` is no number"),
        ("a[0", 3, "`]` is missing at the end"),
        ("a & b", 2, "`&` is unexpected here"),
        ("'a'.b", 3, ""),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.message.contains(message), "{text:?}: {error:?}");
        assert_eq!(error.range.start, at, "{text:?}: {error:?}");
    }
    assert!(parse(&"!".repeat(50)).is_err());
    assert!(parse(&format!("{}a", "!".repeat(50))).unwrap_err().message.contains("50 levels"));
    assert!(parse(&format!("{}a{}", "(".repeat(60), ")".repeat(60))).is_ok());
    assert!(parse(&format!("{}a{}", "(".repeat(9_000), ")".repeat(9_000))).is_err());
    assert!(parse(&vec!["a"; 4_000].join(" && ")).is_ok());
    assert!(parse(&"!".repeat(20_000)).is_err());
}

#[test]
fn all_expressions_of_a_text_are_found() {
    let text = "a ${{ b }} ${{ '}}' }} ${{ }} ${{ c";
    let found = embedded(text);
    let outer: Vec<_> = found.iter().map(|e| &text[e.outer.clone()]).collect();
    assert_eq!(outer, ["${{ b }}", "${{ '}}' }}", "${{ }}", "${{ c"]);
    assert_eq!(found.iter().map(|e| e.parsed.is_ok()).collect::<Vec<_>>(), [true, true, false, false]);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "(?s)(\\PC|[a-z.'()\\[\\]!&|=<>*, ${}0-9-]){0,60}") {
        let _ = parse(&text);
        for found in embedded(&text) {
            let _ = &text[found.outer];
        }
    }
}
