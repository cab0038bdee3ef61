//! Expressions of workflows: alone, and inside a text.
#![no_main]

use ci_guard::workflow::expression::{Expr, ExprError, embedded, parse};
use ci_guard_fuzz::inside;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    holds(text, &parse(text));
    let mut end = 0;
    for found in embedded(text) {
        inside(text, &found.outer);
        assert!(found.outer.start >= end, "expressions follow each other");
        assert!(text[found.outer.clone()].starts_with("${{"));
        assert_eq!(found.start, found.outer.start + 3);
        end = found.outer.end;
        let inner = text[found.start..found.outer.end].strip_suffix("}}").unwrap_or_default();
        holds(inner, &found.parsed);
    }
});

fn holds(text: &str, parsed: &Result<Expr, ExprError>) {
    match parsed {
        Err(error) => {
            inside(text, &error.range);
            assert!(!error.message.is_empty());
        }
        Ok(expr) => {
            expr.walk(&mut |part| {
                inside(text, &part.range);
                assert!(expr.range.start <= part.range.start && part.range.end <= expr.range.end);
                let _ = part.path();
            });
            expr.accesses(&mut |part, path| {
                inside(text, &part.range);
                assert_eq!(path, path.to_lowercase());
            });
        }
    }
}
