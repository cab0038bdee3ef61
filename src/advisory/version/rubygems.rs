//! `Gem::Version`: numbers and words between dots; a word makes a pre-release.

use std::cmp::Ordering;

use super::numbers;

/// The order; `None` if one is no version of RubyGems.
pub fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (a.replace('-', ".pre."), b.replace('-', ".pre."));
    let (a, b) = (segments(&a)?, segments(&b)?);
    for index in 0..a.len().max(b.len()) {
        let (left, right) = (a.get(index).copied().unwrap_or("0"), b.get(index).copied().unwrap_or("0"));
        let order = match (numbers::is_number(left), numbers::is_number(right)) {
            (true, true) => numbers::compare(left, right),
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => left.cmp(right),
        };
        if order.is_ne() {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}

/// The parts, without zeros at the end of the numbers before the first word, and at the very end.
fn segments(text: &str) -> Option<Vec<&str>> {
    let valid = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    if !valid || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let parts: Vec<&str> = text.split('.').flat_map(numbers::transitions).collect();
    let word = parts.iter().position(|part| !numbers::is_number(part)).unwrap_or(parts.len());
    let (release, rest) = parts.split_at(word);
    let trimmed = |parts: &[&str]| {
        let zeros = parts.iter().rev().take_while(|part| part.bytes().all(|byte| byte == b'0')).count();
        parts.len() - zeros
    };
    let mut segments = release[..trimmed(release)].to_vec();
    segments.extend(&rest[..trimmed(rest)]);
    Some(segments)
}
