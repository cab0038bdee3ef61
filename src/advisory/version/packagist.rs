//! PHP's `version_compare`, as Composer uses it.

use std::cmp::Ordering;

use super::numbers;

/// The order of two versions.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (parts(a), parts(b));
    for index in 0..a.len().max(b.len()) {
        let order = match (a.get(index), b.get(index)) {
            (Some(a), Some(b)) => part(a, b),
            // More numbers are newer, unless they are all 0, as Composer fills up; a word may be older.
            (Some(a), None) if numbers::is_number(a) => numbers::compare(a, "0"),
            (None, Some(b)) if numbers::is_number(b) => numbers::compare("0", b),
            (Some(a), None) => part(a, "#"),
            (None, Some(b)) => part("#", b),
            (None, None) => Ordering::Equal,
        };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

fn part(a: &str, b: &str) -> Ordering {
    match (numbers::is_number(a), numbers::is_number(b)) {
        (true, true) => numbers::compare(a, b),
        (true, false) => rank("#").cmp(&rank(b)).then(Ordering::Greater),
        (false, true) => rank(a).cmp(&rank("#")).then(Ordering::Less),
        (false, false) => rank(a).cmp(&rank(b)),
    }
}

/// Words in PHP's order; `#` is a number, and unknown words come first.
fn rank(word: &str) -> usize {
    const WORDS: [&[&str]; 6] =
        [&["dev"], &["alpha", "a"], &["beta", "b"], &["rc", "c"], &["#"], &["pl", "p", "patch"]];
    WORDS.iter().position(|words| words.contains(&word)).map_or(0, |place| place + 1)
}

/// The parts, with the release filled up to four numbers as Composer does.
fn parts(version: &str) -> Vec<String> {
    const NUMBERS: usize = 4;
    let lower = version.to_lowercase();
    let text = lower.strip_prefix('v').unwrap_or(&lower);
    let words = text.split(['.', '-', '_', '+']).flat_map(numbers::transitions);
    let mut parts: Vec<String> = words.map(str::to_owned).collect();
    let release = parts.iter().take_while(|part| numbers::is_number(part)).count();
    let missing = NUMBERS.saturating_sub(release);
    parts.splice(release..release, std::iter::repeat_n("0".to_owned(), missing));
    parts
}
