//! PEP 440.

use std::cmp::Ordering;
use std::str::FromStr;

use pep440_rs::Version;

/// Digits of one number that the parser's arithmetic holds.
const MOST_DIGITS: usize = 15;

/// The order; `None` if one is no version of PEP 440.
pub fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(parse(a)?.cmp(&parse(b)?))
}

fn parse(text: &str) -> Option<Version> {
    let longest = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
    longest.filter(|digits| *digits <= MOST_DIGITS).and_then(|_| Version::from_str(text).ok())
}
