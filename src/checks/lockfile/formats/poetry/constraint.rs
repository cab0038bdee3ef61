//! Poetry's own version constraints: `^1.2`, `~1.2`, `1.*`, and several with `||`.

use pep440_rs::VersionSpecifiers;

use super::super::super::python::version::{specifiers, version};

/// Constraints longer than this are nobody's.
const LONGEST: usize = 1024;

/// The sets of versions of which one has to hold; `None` if the text cannot be read.
pub fn parse(text: &str) -> Option<Vec<VersionSpecifiers>> {
    if text.len() > LONGEST {
        return None;
    }
    text.replace("||", "|").split('|').map(all).collect()
}

/// Several that have to hold together, with commas or spaces between them.
fn all(text: &str) -> Option<VersionSpecifiers> {
    let mut parts: Vec<String> = Vec::new();
    // `>= 1.2` is one constraint, `>=1.2 <2` are two.
    let mut sign = String::new();
    for word in text.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty()) {
        if word.chars().all(|c| "<>=!~^".contains(c)) {
            sign.push_str(word);
            continue;
        }
        parts.push(one(&format!("{sign}{word}"))?);
        sign.clear();
    }
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    sign.is_empty().then(|| specifiers(&parts.join(","))).flatten()
}

/// One constraint in the words of PEP 440; empty for any version.
fn one(text: &str) -> Option<String> {
    if text == "*" {
        return Some(String::new());
    }
    if let Some(base) = text.strip_prefix('^') {
        return between(base, caret);
    }
    if let Some(base) = text.strip_prefix('~').filter(|base| !base.starts_with('=')) {
        return between(base, |release| if release.len() > 1 { 1 } else { 0 });
    }
    if text.starts_with(['<', '>', '=', '!', '~']) {
        // Poetry also writes a single `=`.
        let single = text.strip_prefix('=').filter(|rest| !rest.starts_with('='));
        return Some(single.map_or(text.to_owned(), |rest| format!("=={rest}")));
    }
    Some(format!("=={text}"))
}

/// The part of a version that `^` holds: the first that is not zero.
fn caret(release: &[u64]) -> usize {
    release.iter().position(|part| *part != 0).unwrap_or(release.len().saturating_sub(1))
}

/// From the version up to the next one in the part that `held` names.
fn between(base: &str, held: impl Fn(&[u64]) -> usize) -> Option<String> {
    let lowest = version(base.trim())?;
    let mut next = lowest.release().to_vec();
    next.truncate(held(lowest.release()) + 1);
    let last = next.last_mut()?;
    *last = last.checked_add(1)?;
    let next: Vec<String> = next.iter().map(u64::to_string).collect();
    Some(format!(">={lowest},<{}", next.join(".")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(constraint: &str, text: &str) -> bool {
        let version = version(text).unwrap();
        parse(constraint).unwrap().iter().any(|set| set.contains(&version))
    }

    #[test]
    fn constraints_hold_what_poetry_says() {
        assert!(holds("^1.2.3", "1.9") && !holds("^1.2.3", "2.0") && !holds("^1.2.3", "1.2.2"));
        assert!(holds("^0.2.3", "0.2.9") && !holds("^0.2.3", "0.3"));
        assert!(holds("^0.0.3", "0.0.3") && !holds("^0.0.3", "0.0.4"));
        assert!(holds("^0", "0.9") && !holds("^0", "1.0"));
        assert!(holds("~1.2", "1.2.9") && !holds("~1.2", "1.3") && holds("~1", "1.9"));
        assert!(holds("*", "3") && holds("1.2.*", "1.2.7") && holds("1.2", "1.2.0"));
        assert!(holds(">=1,<2 || ^3.1", "3.2") && !holds(">= 1, < 2", "2.0"));
        assert!(holds("~=1.2", "1.9") && holds("=1.2", "1.2"));
        assert!(parse("next").is_none());
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "[0-9^~<>=!|., *a]{0,24}") {
            let _ = parse(&text);
        }
    }
}
