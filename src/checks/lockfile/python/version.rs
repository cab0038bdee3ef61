//! Versions and version specifiers of PEP 440, and the sets that they stand for.

use std::ops::Bound;
use std::str::FromStr;

use pep440_rs::{LocalSegment, Operator, Prerelease, Version, VersionSpecifier, VersionSpecifiers};

use super::ranges::Ranges;

/// Digits in one number of a version. More fit no arithmetic, and nobody has them.
const MOST_DIGITS: usize = 15;

/// A version, if the text is one.
pub fn version(text: &str) -> Option<Version> {
    is_reasonable(text).then(|| Version::from_str(text.trim()).ok()).flatten()
}

/// Version specifiers such as `>=2.31, <3`; nothing for an empty text is everything.
pub fn specifiers(text: &str) -> Option<VersionSpecifiers> {
    is_reasonable(text).then(|| VersionSpecifiers::from_str(text.trim()).ok()).flatten()
}

/// True if no number is too long to be read here.
pub fn is_reasonable(text: &str) -> bool {
    text.len() <= 1000 && text.split(|c: char| !c.is_ascii_digit()).all(|digits| digits.len() <= MOST_DIGITS)
}

/// The versions that all specifiers admit.
pub fn ranges(specifiers: &VersionSpecifiers) -> Ranges<Version> {
    specifiers.iter().fold(Ranges::full(), |all, one| all.intersection(&range(one)))
}

/// True if the specifiers admit the version. The library lets `<1.0b10` admit no pre-release of 1.0, and the sets know
/// nothing of local versions in `<=1.0`.
pub fn admits(specifiers: &VersionSpecifiers, version: Version) -> bool {
    specifiers.contains(&version) || !ranges(specifiers).intersection(&Ranges::only(version)).is_empty()
}

/// The releases that all specifiers admit: what comes before and after a release counts as the release itself,
/// as for `requires-python`.
pub fn release_ranges(specifiers: &VersionSpecifiers) -> Ranges<Version> {
    specifiers.iter().fold(Ranges::full(), |all, one| all.intersection(&release_range(one)))
}

fn range(specifier: &VersionSpecifier) -> Ranges<Version> {
    let version = specifier.version().clone();
    match specifier.operator() {
        Operator::Equal => equal(version),
        Operator::NotEqual => equal(version).complement(),
        Operator::ExactEqual => Ranges::only(version),
        Operator::TildeEqual => {
            let upper = first(next_series(&version));
            Ranges::between(Bound::Included(version), Bound::Excluded(upper))
        }
        Operator::LessThan if version.any_prerelease() => {
            Ranges::between(Bound::Unbounded, Bound::Excluded(version))
        }
        Operator::LessThan => Ranges::between(Bound::Unbounded, Bound::Excluded(first(version))),
        Operator::LessThanEqual => Ranges::between(Bound::Unbounded, Bound::Included(version)),
        // `>1.0` admits no post-release and no local version of 1.0.
        Operator::GreaterThan => match (version.dev(), version.post()) {
            (Some(dev), _) => {
                Ranges::between(Bound::Included(version.with_dev(Some(dev + 1))), Bound::Unbounded)
            }
            (None, Some(post)) => {
                Ranges::between(Bound::Included(version.with_post(Some(post + 1))), Bound::Unbounded)
            }
            (None, None) => Ranges::between(Bound::Excluded(version.with_max(Some(0))), Bound::Unbounded),
        },
        Operator::GreaterThanEqual => Ranges::between(Bound::Included(version), Bound::Unbounded),
        Operator::EqualStar => series(version),
        Operator::NotEqualStar => series(version).complement(),
    }
}

/// What lies before every pre-release of a version: `<3` admits none of them.
fn first(version: Version) -> Version {
    version.with_min(Some(0))
}

/// `==1.0` admits 1.0 and its local versions, such as 1.0+cpu.
fn equal(version: Version) -> Ranges<Version> {
    if !version.local().is_empty() {
        return Ranges::only(version);
    }
    let last = version.clone().with_local(vec![LocalSegment::Number(u64::MAX)]);
    Ranges::between(Bound::Included(version), Bound::Included(last))
}

fn release_range(specifier: &VersionSpecifier) -> Ranges<Version> {
    let version = specifier.version().only_release();
    match specifier.operator() {
        Operator::Equal | Operator::ExactEqual => Ranges::only(version),
        Operator::NotEqual => Ranges::only(version).complement(),
        Operator::TildeEqual => {
            let upper = next_series(&version);
            Ranges::between(Bound::Included(version), Bound::Excluded(upper))
        }
        Operator::LessThan => Ranges::between(Bound::Unbounded, Bound::Excluded(version)),
        Operator::LessThanEqual => Ranges::between(Bound::Unbounded, Bound::Included(version)),
        Operator::GreaterThan => Ranges::between(Bound::Excluded(version), Bound::Unbounded),
        Operator::GreaterThanEqual => Ranges::between(Bound::Included(version), Bound::Unbounded),
        Operator::EqualStar => release_series(&version),
        Operator::NotEqualStar => release_series(&version).complement(),
    }
}

/// What follows after every version that `~=` admits: the release without its last number, plus one.
fn next_series(version: &Version) -> Version {
    let release = version.release();
    let kept = release.len().saturating_sub(1).max(1);
    bumped(&release[..kept.min(release.len())]).with_epoch(version.epoch())
}

fn bumped(release: &[u64]) -> Version {
    let mut release = release.to_vec();
    if let Some(last) = release.last_mut() {
        *last = last.saturating_add(1);
    }
    Version::new(release)
}

/// `==3.9.*`
fn series(version: Version) -> Ranges<Version> {
    let low = version.with_dev(Some(0));
    let high = match (low.post(), low.pre()) {
        (Some(post), _) => low.clone().with_post(Some(post + 1)),
        (None, Some(pre)) => {
            low.clone().with_pre(Some(Prerelease { kind: pre.kind, number: pre.number + 1 }))
        }
        (None, None) => first(bumped(low.release()).with_epoch(low.epoch())),
    };
    Ranges::between(Bound::Included(low), Bound::Excluded(high))
}

/// `==3.9.*` among releases.
pub fn release_series(version: &Version) -> Ranges<Version> {
    let high = bumped(version.release());
    Ranges::between(Bound::Included(version.only_release()), Bound::Excluded(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        ranges(&specifiers(a).unwrap()) == ranges(&specifiers(b).unwrap())
    }

    #[test]
    fn specifiers_are_sets_of_versions() {
        assert!(same("~=2.31", ">=2.31,<3"));
        assert!(same("~=2.31", ">=2.31, ==2.*"));
        assert!(same("==8.1.7", "==8.1.7.0"));
        assert!(same("<3,>=2", ">= 2.0 , < 3.0"));
        assert!(same(">=v2.31", ">=2.31"));
        assert!(!same(">=2", ">2"));
        assert!(!same("<3", "<=3"));
        assert!(!same("<3", "<3.dev0"));
        assert!(!same("==1.0", ">=1.0,<=1.0"));
        assert!(!same("==1.0", "===1.0"));
        assert!(!same("==1.0", "==1.0.post1"));
    }

    #[test]
    fn versions_are_admitted() {
        let admits = |text, v| admits(&specifiers(text).unwrap(), version(v).unwrap());
        assert!(admits(">=1.0b9,<1.0b10", "1.0b9"));
        assert!(admits("<=1.0", "1.0+cpu"));
        assert!(!admits("<1.0", "1.0b9"));
        assert!(!admits(">=1.0b9,<1.0b10", "1.0b10"));
    }

    #[test]
    fn requires_python_is_a_range_of_releases() {
        let bounds = |text| release_ranges(&specifiers(text).unwrap()).bounding();
        assert_eq!(bounds(">=3.10"), bounds(">=3.10.0, !=3.9.*"));
        assert_eq!(bounds(">=3.10,<4"), bounds("~=3.10"));
        assert_ne!(bounds(">=3.10"), bounds(">=3.10, <4"));
    }

    #[test]
    fn absurd_versions_are_none() {
        assert!(version("18446744073709551615.1").is_none());
        assert!(specifiers("~=18446744073709551615.18446744073709551615").is_none());
        assert!(specifiers("~=1").is_none());
        assert!(specifiers("").is_some());
    }
}
