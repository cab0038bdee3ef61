//! GitHub's own suite of expressions, when it is here: `CI_GUARD_LANGUAGESERVICES` names a checkout of
//! actions/languageservices. Without it the test says that it skipped.

use ci_guard::workflow::expression::parse;

#[test]
fn the_official_expressions_parse_as_they_should() {
    let Some(folder) = std::env::var_os("CI_GUARD_LANGUAGESERVICES") else {
        eprintln!("skipped: CI_GUARD_LANGUAGESERVICES names no checkout of actions/languageservices");
        return;
    };
    let folder = std::path::Path::new(&folder).join("expressions/testdata");
    let (mut right, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let Ok(groups) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
        for case in groups.as_object().unwrap().values().filter_map(|group| group.as_array()).flatten() {
            let Some(expression) = case["expr"].as_str() else { continue };
            let kind = case["err"]["kind"].as_str().unwrap_or_default();
            let parsed = parse(expression);
            // Errors of evaluation are none of the grammar.
            let expected = !matches!(kind, "lexing" | "parsing");
            if parsed.is_ok() == expected {
                right += 1;
            } else {
                wrong.push(format!("{expression:?}: {} but {:?}", case["err"], parsed.err()));
            }
        }
    }
    let all = right + wrong.len();
    println!("{right} of {all} agree\n{}", wrong.join("\n"));
    assert!(right * 100 >= all * 98, "{right} of {all} agree:\n{}", wrong.join("\n"));
}
