//! Versions and requirements of RubyGems.

use std::cmp::Ordering;

/// Longer texts are nobody's versions.
const LONGEST: usize = 256;

/// A part of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Letters: a prerelease, before every number.
    Word(String),
    Number(u64),
}

/// A version as RubyGems compares it.
#[derive(Clone, Debug)]
pub struct Version(Vec<Part>);

impl Version {
    /// Reads a version; `None` for what RubyGems refuses.
    pub fn parse(text: &str) -> Option<Version> {
        let text = text.trim();
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
        let is_number = |c: char| c.is_ascii_digit();
        if text.len() > LONGEST || !text.starts_with(is_number) || !text.bytes().all(allowed) {
            return None;
        }
        let text = text.replace('-', ".pre.");
        let mut parts = Vec::new();
        for piece in text.split('.') {
            let mut rest = piece;
            if rest.is_empty() {
                return None;
            }
            while let Some(first) = rest.chars().next() {
                let digits = is_number(first);
                let end = rest.find(|c: char| is_number(c) != digits).unwrap_or(rest.len());
                let (part, after) = rest.split_at(end);
                parts.push(if digits {
                    Part::Number(part.parse().ok()?)
                } else {
                    Part::Word(part.to_owned())
                });
                rest = after;
            }
        }
        Some(Version(parts))
    }

    fn is_prerelease(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Word(_)))
    }

    /// The version without its prerelease.
    fn release(&self) -> Version {
        Version(self.0.iter().take_while(|part| matches!(part, Part::Number(_))).cloned().collect())
    }

    /// The first version that `~>` no longer allows.
    fn bump(&self) -> Version {
        let mut parts = self.release().0;
        if parts.len() > 1 {
            parts.pop();
        }
        if let Some(Part::Number(last)) = parts.last_mut() {
            *last = last.saturating_add(1);
        }
        Version(parts)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Version) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Version) -> Ordering {
        for at in 0..self.0.len().max(other.0.len()) {
            let zero = Part::Number(0);
            let (one, two) = (self.0.get(at).unwrap_or(&zero), other.0.get(at).unwrap_or(&zero));
            let order = match (one, two) {
                (Part::Word(one), Part::Word(two)) => one.cmp(two),
                (Part::Word(_), Part::Number(_)) => Ordering::Less,
                (Part::Number(_), Part::Word(_)) => Ordering::Greater,
                (Part::Number(one), Part::Number(two)) => one.cmp(two),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }
}

/// What a gem may be: all conditions hold.
#[derive(Clone, Debug, Default)]
pub struct Requirement(Vec<(String, Version)>);

impl Requirement {
    /// Reads conditions such as `~> 1.2`; `None` if one is none.
    pub fn parse<'t>(conditions: impl IntoIterator<Item = &'t str>) -> Option<Requirement> {
        let mut all = Vec::new();
        for condition in conditions.into_iter().flat_map(|text| text.split(',')) {
            let condition = condition.trim();
            let end = condition.find(|c: char| !"<>=!~".contains(c)).unwrap_or(condition.len());
            let (sign, version) = condition.split_at(end);
            let sign = if sign.is_empty() { "=" } else { sign };
            if !["=", "!=", ">", "<", ">=", "<=", "~>"].contains(&sign) {
                return None;
            }
            all.push((sign.to_owned(), Version::parse(version)?));
        }
        // What allows everything is the same as nothing.
        all.retain(|(sign, version)| {
            !(sign == ">=" && version.0.iter().all(|part| *part == Part::Number(0)))
        });
        crate::sorted::by(&mut all, Ord::cmp);
        all.dedup();
        Some(Requirement(all))
    }

    /// Reads conditions of a Gemfile or gemspec, of which each is a text of its own.
    pub fn of(conditions: &[String]) -> Option<Requirement> {
        let one = conditions.iter().all(|condition| !condition.contains(','));
        Requirement::parse(conditions.iter().map(String::as_str)).filter(|_| one)
    }

    /// True if the version is allowed.
    pub fn allows(&self, version: &Version) -> bool {
        self.0.iter().all(|(sign, wanted)| match sign.as_str() {
            "=" => version == wanted,
            "!=" => version != wanted,
            ">" => version > wanted,
            "<" => version < wanted,
            ">=" => version >= wanted,
            "<=" => version <= wanted,
            _ => version >= wanted && version.release() < wanted.bump(),
        })
    }

    /// True if both were written to mean the same, as bundler compares them.
    pub fn is_same(&self, other: &Requirement) -> bool {
        // `~> 1.0` and `~> 1.0.0` are equal as versions and differ in what they allow.
        let length = |version: &Version| version.0.len();
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|((sign, one), (other_sign, two))| {
                sign == other_sign && one == two && (sign != "~>" || length(one) == length(two))
            })
    }

    /// True if a prerelease is asked for by its name.
    pub fn names_prerelease(&self) -> bool {
        self.0.iter().any(|(_, version)| version.is_prerelease())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allows(requirement: &str, version: &str) -> bool {
        Requirement::parse([requirement]).unwrap().allows(&Version::parse(version).unwrap())
    }

    #[test]
    fn requirements_hold_what_rubygems_says() {
        assert!(allows("~> 1.2", "1.9.0") && !allows("~> 1.2", "2.0.0") && !allows("~> 1.2.0", "1.3"));
        assert!(allows("~> 1", "1.9") && !allows("~> 1", "2.0"));
        assert!(allows("1.0", "1.0.0") && allows("!= 1.1", "1.2") && allows(">= 1.0, < 2", "1.5"));
        assert!(!allows(">= 1.0", "1.0.0.rc1") && allows(">= 1.0.rc1", "1.0"));
        assert!(!allows("~> 1.0", "2.0.0.rc1"));
        assert!(Requirement::parse(["=> 1"]).is_none() && Version::parse("x").is_none());
    }

    #[test]
    fn requirements_are_compared_by_meaning() {
        let same = |one: &str, two: &str| {
            Requirement::parse([one]).unwrap().is_same(&Requirement::parse([two]).unwrap())
        };
        assert!(same("1.0", "= 1.0") && same(">= 1, < 2", "< 2, >= 1.0") && same(">= 0", ">=0"));
        assert!(!same("~> 1.0", "~> 1.0.0") && !same("~> 1.0", ">= 1.0"));
    }

    proptest! {
        #[test]
        fn nothing_crashes(requirement in "[0-9a-c.~<>=!, -]{0,24}", version in "[0-9a-b.-]{0,12}") {
            if let (Some(requirement), Some(version)) = (Requirement::parse([&*requirement]), Version::parse(&version)) {
                let _ = requirement.allows(&version);
            }
        }
    }
}
