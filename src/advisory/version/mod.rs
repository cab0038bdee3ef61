//! Which of two versions is the newer: each ecosystem has its own order.

mod maven;
mod numbers;
mod packagist;
mod pep440;
mod rubygems;
mod semver;

use std::cmp::Ordering;

/// Characters of the longest version that is compared. Longer ones belong to nobody.
const MAX_VERSION: usize = 256;

/// An order of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Semantic Versioning 2, with or without `v` and with any number of parts.
    Semver,
    /// The same, letters in any case (NuGet).
    NuGet,
    /// PEP 440.
    Pep440,
    /// `Gem::Version`.
    RubyGems,
    /// Maven's `ComparableVersion`.
    Maven,
    /// Composer, which follows PHP's `version_compare`.
    Packagist,
}

impl Scheme {
    /// The order of an ecosystem as OSV names it, such as `PyPI` or `Packagist:https://…`; `None` if it has one that
    /// is not known here.
    pub fn of(ecosystem: &str) -> Option<Scheme> {
        let name = ecosystem.split(':').next().unwrap_or_default();
        Some(match name {
            "npm" | "crates.io" | "Go" | "Hex" | "Pub" | "SwiftURL" | "GitHub Actions" | "Julia" => {
                Scheme::Semver
            }
            "NuGet" => Scheme::NuGet,
            "PyPI" => Scheme::Pep440,
            "RubyGems" => Scheme::RubyGems,
            "Maven" => Scheme::Maven,
            "Packagist" => Scheme::Packagist,
            _ => return None,
        })
    }

    /// The order of two versions; `None` if one of them is none of this scheme.
    pub fn compare(self, a: &str, b: &str) -> Option<Ordering> {
        let (a, b) = (a.trim(), b.trim());
        if a.is_empty() || b.is_empty() || a.len() > MAX_VERSION || b.len() > MAX_VERSION {
            return None;
        }
        match self {
            Scheme::Semver => semver::compare(a, b, false),
            Scheme::NuGet => semver::compare(a, b, true),
            Scheme::Pep440 => pep440::compare(a, b),
            Scheme::RubyGems => rubygems::compare(a, b),
            Scheme::Maven => Some(maven::compare(a, b)),
            Scheme::Packagist => Some(packagist::compare(a, b)),
        }
    }

    /// True if two texts are the same version.
    pub fn same(self, a: &str, b: &str) -> bool {
        a == b || self.compare(a, b) == Some(Ordering::Equal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Scheme; 6] =
        [Scheme::Semver, Scheme::NuGet, Scheme::Pep440, Scheme::RubyGems, Scheme::Maven, Scheme::Packagist];

    fn is_sorted(scheme: Scheme, versions: &[&str]) {
        for (index, a) in versions.iter().enumerate() {
            for (other, b) in versions.iter().enumerate() {
                assert_eq!(scheme.compare(a, b), Some(index.cmp(&other)), "{scheme:?}: {a} and {b}");
            }
        }
    }

    #[test]
    fn each_ecosystem_has_its_order() {
        let semver = [
            "0",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "v1.0.1",
            "1.10",
            "2",
            "2.0.0.1",
            "20240101000000",
        ];
        is_sorted(Scheme::Semver, &semver);
        is_sorted(Scheme::NuGet, &["1.0.0-ALPHA", "1.0.0-beta", "1.0.0", "1.0.0.1", "1.0.1"]);
        is_sorted(Scheme::Pep440, &["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1.1", "1!0.1"]);
        is_sorted(Scheme::RubyGems, &["1.0.a", "1.0.a.2", "1.0.b1", "1.0.rc1", "1.0", "1.0.1", "1.0.10"]);
        is_sorted(
            Scheme::Maven,
            &["1-alpha-1", "1-beta", "1-m1", "1-rc1", "1-SNAPSHOT", "1", "1-sp", "1-1", "1.1", "1.2", "1.10"],
        );
        is_sorted(
            Scheme::Packagist,
            &["1.0-dev", "1.0-alpha1", "1.0-beta2", "1.0-RC1", "1.0", "1.0-p1", "1.0.1"],
        );
    }

    #[test]
    fn some_texts_are_one_version() {
        for (scheme, a, b) in [
            (Scheme::Semver, "1.0.0+build", "v1.0.0"),
            (Scheme::Semver, "1", "1.0.0"),
            (Scheme::NuGet, "1.0-Beta", "1.0.0.0-beta"),
            (Scheme::Pep440, "1.0.0", "1.0"),
            (Scheme::Pep440, "v1.0-rc.1", "1.0rc1"),
            (Scheme::RubyGems, "1.0.0", "1"),
            (Scheme::RubyGems, "1.0-rc1", "1.0.pre.rc1"),
            (Scheme::Maven, "1.0.0", "1-ga"),
            (Scheme::Maven, "1-a1", "1-alpha-1"),
            (Scheme::Maven, "1.0-cr1", "1.0-rc1"),
            (Scheme::Packagist, "v1.0", "1.0"),
        ] {
            assert!(scheme.same(a, b), "{scheme:?}: {a} and {b}");
        }
    }

    #[test]
    fn what_is_no_version_is_not_compared() {
        assert_eq!(Scheme::Pep440.compare("2004d", "1"), None);
        assert_eq!(Scheme::Semver.compare("latest", "1.0.0"), None);
        assert_eq!(Scheme::Maven.compare("", "1"), None);
        assert_eq!(Scheme::Maven.compare(&"1".repeat(MAX_VERSION + 1), "1"), None);
        assert_eq!(Scheme::of("Debian:12"), None);
        assert_eq!(Scheme::of("Packagist:https://packages.drupal.org/8"), Some(Scheme::Packagist));
    }

    proptest! {
        #[test]
        fn orders_are_orders(a in "[0-9a-zA-Z.+_-]{0,12}", b in "[0-9a-zA-Z.+_-]{0,12}", any in ".{0,20}") {
            for scheme in ALL {
                prop_assert_eq!(scheme.compare(&a, &b), scheme.compare(&b, &a).map(Ordering::reverse), "{:?}", scheme);
                prop_assert!(scheme.compare(&a, &a).is_none_or(|order| order == Ordering::Equal));
                let _ = scheme.compare(&any, &a);
            }
        }
    }
}
