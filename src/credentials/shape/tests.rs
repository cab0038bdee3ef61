//! How shapes are read, said and matched.

use super::*;

fn shape(text: &str) -> Shape {
    Shape::parse(text).unwrap()
}

#[test]
fn shapes_are_read_and_said() {
    assert_eq!(shape("ghp_<base62:36>").words(), "`ghp_`, then 36 letters and digits");
    assert_eq!(shape("(sk|rk)_<digit:10-13>").words(), "`sk` or `rk`, then `_`, then 10 to 13 digits");
    assert_eq!(shape("AQ.<base64url:20+>").words(), "`AQ.`, then at least 20 letters, digits, `_` and `-`");
    assert_eq!(shape("(sk|rk)_(a|b)_<digit:1>").prefixes(), ["sk_a_", "sk_b_", "rk_a_", "rk_b_"]);
    for wrong in ["", "<hex>", "<hex:x>", "<hex:3-1>", "<nope:3>", "<hex:3", "(a|b"] {
        assert!(Shape::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_whole_value_counts_and_parts_may_overlap() {
    let slack = shape("xoxb-<digit:2-3>-<word:0+>");
    assert!(slack.matches("xoxb-12-"));
    assert!(slack.matches("xoxb-123-ab-c"));
    assert!(!slack.matches("xoxb-1234-ab"));
    assert!(!slack.matches("xoxb-12-a b"));
    assert!(!slack.matches("xoxb-12-ä"));
    // The run must give back what the literal needs.
    assert!(shape("<base62:1+>AA").matches("AAAA"));
    assert!(!shape("<base62:1+>AA").matches("AA"));
    assert!(shape("<hex:2>(|-x)").matches("ab") && shape("<hex:2>(|-x)").matches("ab-x"));
    assert!(shape("<hex:2>-<digit:0-1>").matches("ab-1"));
}

#[test]
fn differences_are_named_without_the_value() {
    let shape = shape("ghp_<base62:36>");
    let filled = |n: usize| format!("ghp_{}", "a".repeat(n));
    assert_eq!(shape.difference("gho_"), Difference::Start);
    assert_eq!(shape.difference(&filled(35)), Difference::TooShort);
    assert_eq!(shape.difference(&filled(37)), Difference::TooLong);
    assert_eq!(shape.difference(&format!("{}-", filled(35))), Difference::Characters);
    assert!(shape.is_fixed() && shape.is_distinctive());
    assert!(!Shape::parse("SK<hex:32>").unwrap().is_distinctive());
}

#[test]
fn a_long_value_costs_no_more_than_its_length() {
    let shape = shape("<printable:0+>x<printable:0+>y<printable:0+>z");
    assert!(!shape.matches(&"xy".repeat(500_000)));
}
