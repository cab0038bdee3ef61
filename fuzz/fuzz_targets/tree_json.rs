//! JSON into the positioned tree, strict and relaxed. Strict JSON is what another parser takes for JSON as well, and
//! it says the same.
#![no_main]

use ci_guard::tree::{ProblemKind, Syntax, Tree};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// The other parser stops at 128 levels.
const COMPARED_DEPTH: usize = 100;

fuzz_target!(|text: &str| {
    let strict = ci_guard_fuzz::tree::holds(text, Syntax::Json);
    let relaxed = ci_guard_fuzz::tree::holds(text, Syntax::Jsonc);
    let (strict, relaxed) = (strict.tree(Syntax::Json), relaxed.tree(Syntax::Jsonc));
    if is_json(strict) {
        assert!(is_json(relaxed), "what is JSON is JSON with comments as well: {:?}", relaxed.problems);
        assert_eq!(strict.expanded_nodes, relaxed.expanded_nodes);
    }
    if text.matches(['[', '{']).count() > COMPARED_DEPTH || text.starts_with('\u{feff}') {
        return;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(other) => {
            assert!(is_json(strict), "{:?}", strict.problems);
            let own = strict.root().expect("a value").to_json();
            assert_eq!(without_numbers(own), without_numbers(other));
        }
        // Beyond the grammar the other parser has limits of its own.
        Err(error) if error.to_string().starts_with("number out of range") => {}
        Err(error) if error.to_string().contains("surrogate") => {}
        Err(error) if error.to_string().contains("hex escape") => {}
        Err(error) => assert!(!is_json(strict), "{error}"),
    }
});

fn is_json(tree: &Tree) -> bool {
    tree.problems.iter().all(|problem| matches!(problem.kind, ProblemKind::DuplicateKey { .. }))
}

/// How far numbers reach differs between parsers; where they stand does not.
fn without_numbers(value: Value) -> Value {
    match value {
        // Beyond the range of floating point there is null.
        Value::Number(_) | Value::Null => Value::Null,
        Value::Array(items) => items.into_iter().map(without_numbers).collect(),
        Value::Object(entries) => {
            entries.into_iter().map(|(key, value)| (key, without_numbers(value))).collect()
        }
        other => other,
    }
}
