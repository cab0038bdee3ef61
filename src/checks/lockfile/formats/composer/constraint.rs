//! Composer's version constraints.

use super::version::{Version, Written, without_flag};

/// Constraints longer than this are nobody's.
const LONGEST: usize = 1024;

/// A constraint that holds if every comparison of one of its parts does.
#[derive(Debug)]
pub struct Constraint(Vec<Vec<Compared>>);

/// `sign version`; anything if there is none.
type Compared = Option<(&'static str, Version)>;

impl Constraint {
    /// Reads it; nothing if Composer cannot.
    pub fn parse(text: &str) -> Option<Constraint> {
        if text.len() > LONGEST {
            return Some(Constraint(vec![Vec::new()]));
        }
        let mut parts = Vec::new();
        for part in text.trim().replace("||", "|").split('|') {
            let part = part.trim();
            let mut all = Vec::new();
            words(part).into_iter().try_for_each(|word| one(word, &mut all))?;
            parts.push(all);
        }
        Some(Constraint(parts))
    }

    /// True if it allows the version.
    pub fn allows(&self, version: &Version) -> bool {
        let holds =
            |compared: &Compared| compared.as_ref().is_none_or(|(sign, other)| version.is(sign, other));
        self.0.iter().any(|all| all.iter().all(holds))
    }
}

/// The comparisons of a part, which blanks and commas separate unless one of them belongs to a range, an alias or an
/// operator.
fn words(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut result, mut start, mut at) = (Vec::new(), 0, 1);
    while at < bytes.len() {
        let goes_on = b"=>< ,".contains(&bytes[at - 1]) || bytes[..at].ends_with(b"as");
        match separator(bytes, at).filter(|_| !goes_on && text.is_char_boundary(at)) {
            Some(end) => {
                result.push(&text[start..at]);
                start = end;
                at = end + 1;
            }
            None => at += 1,
        }
    }
    result.push(&text[start.min(text.len())..]);
    result
}

/// Where the separator ends that begins here.
fn separator(bytes: &[u8], at: usize) -> Option<usize> {
    let blanks = |from: usize| bytes[from..].iter().take_while(|byte| **byte == b' ').count();
    (0..=blanks(at)).rev().find_map(|skipped| {
        let sign = at + skipped;
        let is_sign = matches!(bytes.get(sign), Some(b' ' | b','))
            && bytes[sign - 1] != b'-'
            && bytes.get(sign + 1) != Some(&b'-');
        let behind = sign + 1;
        let ends = |end: &usize| {
            let rest = &bytes[*end..];
            !rest.is_empty() && rest[0] != b',' && !rest.starts_with(b"as")
        };
        is_sign.then(|| (0..=blanks(behind)).rev().map(|more| behind + more).find(ends))?
    })
}

/// Adds what one word compares with.
fn one(text: &str, all: &mut Vec<Compared>) -> Option<()> {
    let text = match text.split_once(" as ") {
        Some((version, alias)) if !version.contains([' ', ',']) && !alias.trim().contains([' ', ',']) => {
            version
        }
        _ => text,
    };
    let (bare, flag) = without_flag(text);
    let (text, flag) = if bare.contains([' ', ',']) { (text, None) } else { (bare, flag) };
    let text = if text.is_empty() && flag.is_some() { "*" } else { text };
    let lower = text.to_ascii_lowercase();
    let text = match text.split_once('#') {
        Some((branch, _)) if lower.starts_with("dev-") || branch.to_ascii_lowercase().ends_with(".x-dev") => {
            branch
        }
        _ => text,
    };
    let stars = lower.strip_prefix('v').unwrap_or(&lower);
    if !stars.is_empty() && stars.split('.').all(|part| part == "x" || part == "*") {
        let lowest = Written::parse("0")?.version().dev();
        let is_all = stars == lower && stars.len() == 1;
        all.push((!is_all).then_some((">=", lowest)));
        return Some(());
    }
    let sign = text.chars().next()?;
    if let Some(written) = text.strip_prefix(['~', '^']) {
        let written = Written::parse(written)?;
        let given = written.numbers.len();
        let position = match sign {
            '~' => (given + usize::from(written.is_branch)).saturating_sub(1).max(1),
            _ => (1..given.min(3)).find(|at| written.numbers[at - 1] != 0).unwrap_or(given.min(3)),
        };
        all.push(Some((">=", lowest(&written))));
        all.push(Some(("<", written.raised(position, 1))));
        return Some(());
    }
    if let Some(range) = with_star(text) {
        let position = range.numbers.len();
        all.push(Some((">=", range.raised(position, 0))));
        all.push(Some(("<", range.raised(position, 1))));
        return Some(());
    }
    if let Some((from, to)) = text.split_once(" - ") {
        let (from, to) = (Written::parse(from.trim_end())?, Written::parse(to.trim_start())?);
        all.push(Some((">=", lowest(&from))));
        let upper = if to.numbers.len() >= 3 || !to.is_plain() {
            ("<=", to.version())
        } else {
            ("<", to.raised(to.numbers.len(), 1))
        };
        all.push(Some(upper));
        return Some(());
    }
    all.push(Some(compared(text, flag)?));
    Some(())
}

/// The lowest version of a range: with its prereleases, unless one is named.
fn lowest(written: &Written) -> Version {
    if written.is_plain() { written.version().dev() } else { written.version() }
}

/// `1.2.*` in its numbers.
fn with_star(text: &str) -> Option<Written> {
    let mut base = text;
    while let Some(shorter) = [".*", ".x", ".X"].iter().find_map(|star| base.strip_suffix(star)) {
        base = shorter;
    }
    Written::parse(base).filter(|written| base != text && written.is_plain() && written.numbers.len() <= 3)
}

/// A version with an operator before it.
fn compared(text: &str, flag: Option<u8>) -> Option<(&'static str, Version)> {
    const SIGNS: [(&str, &str); 8] = [
        ("<>", "!="),
        ("!=", "!="),
        (">=", ">="),
        ("<=", "<="),
        ("==", "="),
        (">", ">"),
        ("<", "<"),
        ("=", "="),
    ];
    let found = SIGNS.into_iter().find(|(sign, _)| text.starts_with(sign));
    let (sign, written) = found.map_or(("=", text), |(sign, means)| (means, &text[sign.len()..]));
    let written = written.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/');
    let version = Version::parse(written).or_else(|| {
        // `feature-dev` is the branch `feature`.
        let branch = written.strip_suffix("-dev").filter(|_| written.chars().all(is_name))?;
        Some(Version::Branch(format!("dev-{branch}")))
    })?;
    let version = match flag {
        Some(rank) if sign != "=" && rank < 4 && version.is_stable() => version.staged(rank),
        // Without a stage that is written, prereleases lie above or below together with the version.
        _ if matches!(sign, "<" | ">=") && !names_stage(written) => version.dev(),
        _ => version,
    };
    Some((sign, version))
}

/// True if a version names a stage behind a `-`. Composer does not look for `RC` here.
fn names_stage(written: &str) -> bool {
    let lower = written.to_ascii_lowercase();
    let named = ["stable", "beta", "b", "alpha", "a", "patch", "pl", "p", "dev"];
    lower.rsplit_once('-').is_some_and(|(_, stage)| {
        let stage = stage.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        named.contains(&stage) || stage.is_empty()
    }) || lower.ends_with("-dev")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allows(constraint: &str, version: &str) -> Option<bool> {
        Some(Constraint::parse(constraint)?.allows(&Version::parse(version)?))
    }

    #[test]
    fn constraints_hold_what_composer_says() {
        assert_eq!(allows("^1.2", "1.9.0"), Some(true));
        assert_eq!(allows("^1.2", "v2.0.0"), Some(false));
        assert_eq!(allows("^0.3", "0.4.0"), Some(false));
        assert_eq!(allows("~1.2", "1.9"), Some(true));
        assert_eq!(allows("~1.2.3", "1.3.0"), Some(false));
        assert_eq!(allows("1.2.*", "1.2.7"), Some(true));
        assert_eq!(allows(">=1.0 <2.0 || ^3.1", "3.2.0"), Some(true));
        assert_eq!(allows("1.0 - 2.0", "2.0.9"), Some(true));
        assert_eq!(allows("1.0 - 2.0.0", "2.0.9"), Some(false));
        assert_eq!(allows("^2.0@beta", "2.1.0"), Some(true));
        assert_eq!(allows("^1.0", "1.1.0-beta1"), Some(true));
        assert_eq!(allows("<2.1", "2.1.0-beta3"), Some(false));
        assert_eq!(allows(">=2.1.0-beta4", "2.1.0-beta3"), Some(false));
        assert_eq!(allows("dev-main as 1.0.0", "dev-main"), Some(true));
        assert_eq!(allows("dev-main", "1.0.0"), Some(false));
        assert_eq!(allows("^2.5", "2.x-dev"), Some(true));
        assert_eq!(allows("2.1.*", "2.x-dev"), Some(false));
    }

    #[test]
    fn what_composer_cannot_read_is_none() {
        for text in ["^^1.4", "not a version", "", "!=1.3.*", "~>1.2", "1.0.* - 1.4.*", "1.4.0.0.0"] {
            assert!(Constraint::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn numbers_may_be_as_long_as_they_like() {
        let most = format!("{}.x-dev", u64::MAX);
        assert_eq!(allows(&most, &most), Some(true));
        assert_eq!(allows("^18446744073709551614", "1.0"), Some(false));
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "[0-9^~<>=!|., *@a-]{0,24}|[é1.x -]{0,9}", version in "[0-9.vbx-]{0,12}") {
            let (constraint, version) = (Constraint::parse(&text), Version::parse(&version));
            if let (Some(constraint), Some(version)) = (constraint, version) {
                let _ = constraint.allows(&version);
            }
        }
    }
}
