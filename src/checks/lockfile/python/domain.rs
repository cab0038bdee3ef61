//! The variables of markers, and the regions into which the values that they are compared with cut their domains.

use std::collections::BTreeMap;
use std::ops::Bound;

use pep440_rs::Version;

use super::marker::{Marker, Test};
use super::ranges::Ranges;

/// Regions that one variable may have.
const MOST_REGIONS: usize = 127;

/// Parts that two markers may have together.
const MOST_PARTS: usize = 2_000;

/// The variables of the markers and where their domains are cut.
#[derive(Default)]
pub(super) struct Domain {
    /// Cuts of the variables that hold versions.
    pub versions: BTreeMap<&'static str, Vec<Version>>,
    texts: BTreeMap<&'static str, Vec<String>>,
    flags: BTreeMap<String, ()>,
    /// Names of all variables, in the order in which they are followed, and their number of regions.
    pub variables: Vec<(String, usize)>,
}

/// A marker over numbered variables and sets of regions.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Lowered {
    /// Always, or never.
    Constant(bool),
    /// All of them.
    All(Vec<Lowered>),
    /// One of them.
    Any(Vec<Lowered>),
    /// The variable lies in one of these regions.
    In(usize, u128),
}

impl Domain {
    /// Takes in the cuts of a marker; nothing if it is too large.
    pub fn collect(&mut self, marker: &Marker, parts: &mut usize) -> Option<()> {
        *parts += 1;
        if *parts > MOST_PARTS {
            return None;
        }
        match marker {
            Marker::Constant(_) => {}
            Marker::All(inner) | Marker::Any(inner) => {
                inner.iter().try_for_each(|part| self.collect(part, parts))?;
            }
            Marker::Test(Test::Version(key, set)) => {
                self.versions.entry(key).or_default().extend(bounds(set));
            }
            Marker::Test(Test::Text(key, set)) => self.texts.entry(key).or_default().extend(bounds(set)),
            Marker::Test(Test::Flag(key, _)) => drop(self.flags.insert(key.clone(), ())),
        }
        Some(())
    }

    /// Numbers the variables; nothing if one has too many regions.
    pub fn finish(&mut self) -> Option<()> {
        for (key, cuts) in &mut self.versions {
            crate::sorted::by(cuts, Ord::cmp);
            cuts.dedup();
            self.variables.push((format!("v {key}"), 2 * cuts.len() + 1));
        }
        for (key, cuts) in &mut self.texts {
            crate::sorted::by(cuts, Ord::cmp);
            cuts.dedup();
            self.variables.push((format!("t {key}"), 2 * cuts.len() + 1));
        }
        self.variables.extend(self.flags.keys().map(|key| (format!("f {key}"), 2)));
        self.variables.iter().all(|(_, regions)| *regions <= MOST_REGIONS).then_some(())
    }

    /// The number of a variable.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.variables.iter().position(|(known, _)| known == name)
    }

    /// A marker over the numbered variables.
    pub fn lower(&self, marker: &Marker) -> Option<Lowered> {
        let inner = |parts: &[Marker]| parts.iter().map(|part| self.lower(part)).collect::<Option<Vec<_>>>();
        Some(match marker {
            Marker::Constant(value) => Lowered::Constant(*value),
            Marker::All(parts) => Lowered::All(inner(parts)?),
            Marker::Any(parts) => Lowered::Any(inner(parts)?),
            Marker::Test(Test::Version(key, set)) => {
                Lowered::In(self.index(&format!("v {key}"))?, regions(self.versions.get(key)?, set))
            }
            Marker::Test(Test::Text(key, set)) => {
                Lowered::In(self.index(&format!("t {key}"))?, regions(self.texts.get(key)?, set))
            }
            Marker::Test(Test::Flag(key, value)) => {
                Lowered::In(self.index(&format!("f {key}"))?, if *value { 0b10 } else { 0b01 })
            }
        })
    }
}

/// The values at which a set begins and ends.
pub(super) fn bounds<T: Clone + Ord>(set: &Ranges<T>) -> Vec<T> {
    let value = |bound: &Bound<T>| match bound {
        Bound::Included(value) | Bound::Excluded(value) => Some(value.clone()),
        Bound::Unbounded => None,
    };
    set.intervals().iter().flat_map(|(lower, upper)| [value(lower), value(upper)]).flatten().collect()
}

/// The regions that a set covers, as bits. With cuts c0 < c1 < …, region 2i+1 is the value ci itself and the
/// even ones are what lies between.
pub(super) fn regions<T: Ord + Clone>(cuts: &[T], set: &Ranges<T>) -> u128 {
    let position = |value: &T| cuts.binary_search(value).unwrap_or_else(|place| place);
    let mut bits = 0u128;
    for (lower, upper) in set.intervals() {
        let first = match lower {
            Bound::Unbounded => 0,
            Bound::Included(value) => 2 * position(value) + 1,
            Bound::Excluded(value) => 2 * position(value) + 2,
        };
        let last = match upper {
            Bound::Unbounded => 2 * cuts.len(),
            Bound::Included(value) => 2 * position(value) + 1,
            Bound::Excluded(value) => 2 * position(value),
        };
        for region in first..=last.min(MOST_REGIONS) {
            bits |= 1 << region.min(MOST_REGIONS);
        }
    }
    bits
}
