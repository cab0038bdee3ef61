//! Numbers of any length, as digits.

use std::cmp::Ordering;

/// Compares two texts of digits as numbers.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// True for digits only, and at least one.
pub fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Splits a text where digits meet anything else.
pub fn transitions(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut last: Option<bool> = None;
    for (at, c) in text.char_indices() {
        let digit = c.is_ascii_digit();
        if last.is_some_and(|last| last != digit) {
            parts.push(&text[start..at]);
            start = at;
        }
        last = Some(digit);
    }
    if start < text.len() {
        parts.push(&text[start..]);
    }
    parts
}
