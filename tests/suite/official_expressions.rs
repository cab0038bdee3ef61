//! GitHub's own suite of expressions, when it is here: `CI_GUARD_LANGUAGESERVICES` names a checkout of
//! actions/languageservices. Without it the test says that it skipped.

use ci_guard::workflow::contexts;
use ci_guard::workflow::expression::{ExprKind, parse};

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
            // Names, arguments and what may be empty are judged where the expression stands, not by the grammar.
            let accepted = if parsed.is_ok() { accepted_in_a_workflow(expression) } else { false };
            if accepted == expected {
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

/// True if every function exists and gets as many arguments as it takes. Which contexts there are differs from case to case.
fn accepted_in_a_workflow(text: &str) -> bool {
    let Ok(expr) = parse(text) else { return false };
    let mut accepted = true;
    expr.walk(&mut |part| {
        let ExprKind::Call(name, arguments) = &part.kind else { return };
        let function = contexts::function(name);
        let fits = |function: &contexts::Function| (function.min..=function.max).contains(&arguments.len());
        accepted &= function.as_ref().is_some_and(fits);
        accepted &= !name.eq_ignore_ascii_case("case") || arguments.len() % 2 == 1;
    });
    accepted
}
