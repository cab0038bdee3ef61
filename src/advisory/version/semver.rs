//! Semantic Versioning 2, read as loosely as registries and databases write it.

use std::cmp::Ordering;

use super::numbers;

/// The order; `None` if one does not start with a number. Build metadata does not count.
pub fn compare(a: &str, b: &str, any_case: bool) -> Option<Ordering> {
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    let places = 0..a.numbers.len().max(b.numbers.len());
    let mut orders = places.map(|place| numbers::compare(a.number(place), b.number(place)));
    let by_number = orders.find(|order| order.is_ne());
    Some(by_number.unwrap_or_else(|| before(a.before, b.before, any_case)))
}

struct Version<'v> {
    numbers: Vec<&'v str>,
    /// The pre-release, without `-`.
    before: Option<&'v str>,
}

impl Version<'_> {
    fn number(&self, place: usize) -> &str {
        self.numbers.get(place).copied().unwrap_or("0")
    }

    fn parse(text: &str) -> Option<Version<'_>> {
        let text = text.strip_prefix(['v', 'V', '=']).unwrap_or(text);
        let text = text.split('+').next().unwrap_or_default();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (numbers, rest) = text.split_at(end);
        let numbers: Vec<&str> = numbers.trim_end_matches('.').split('.').collect();
        if !numbers.iter().all(|number| numbers::is_number(number)) {
            return None;
        }
        // `1.0rc1` is what Go and others call a pre-release too.
        let before = rest.strip_prefix('-').unwrap_or(rest);
        Some(Version { numbers, before: (!before.is_empty()).then_some(before) })
    }
}

fn before(a: Option<&str>, b: Option<&str>, any_case: bool) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => {
            let pairs = a.split('.').zip(b.split('.'));
            let first = pairs.map(|(a, b)| identifier(a, b, any_case)).find(|order| order.is_ne());
            first.unwrap_or_else(|| a.split('.').count().cmp(&b.split('.').count()))
        }
    }
}

fn identifier(a: &str, b: &str, any_case: bool) -> Ordering {
    match (numbers::is_number(a), numbers::is_number(b)) {
        (true, true) => numbers::compare(a, b),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) if any_case => a.to_lowercase().cmp(&b.to_lowercase()),
        (false, false) => a.cmp(b),
    }
}
