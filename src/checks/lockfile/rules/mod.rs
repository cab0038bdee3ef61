//! The rules of the check, by family. Those that need only the common model judge every format alike.

pub mod expected;
pub mod graph;
pub mod hashes;
pub mod names;
pub mod outside;
pub mod presence;
pub mod reading;
pub mod sources;
pub mod sync;

use crate::finding::Finding;
use crate::location::Location;
use crate::rule::Rule;

use super::changes::rules as changes;
use super::online::rules as online;
use super::pipeline::{CACHE_KEY, UNLOCKED_INSTALL};
use super::second::SECOND_LOCKFILE;
use super::versions::WRONG_VERSION;

/// All rules of the check.
pub const ALL: &[&Rule] = &[
    &presence::MISSING,
    &presence::IGNORED,
    &SECOND_LOCKFILE,
    &reading::MERGE_CONFLICT,
    &reading::UNPARSABLE,
    &reading::UNSUPPORTED_VERSION,
    &WRONG_VERSION,
    &sync::OUT_OF_SYNC,
    &sync::VERSION_UNSATISFIED,
    &sync::DRIFT,
    &graph::UNREACHABLE_PACKAGE,
    &hashes::MISSING_HASH,
    &hashes::WEAK_HASH,
    &hashes::MALFORMED_HASH,
    &hashes::HASH_CHANGED,
    &sources::DISALLOWED_SOURCE,
    &sources::INSECURE_URL,
    &names::NAME_MISMATCH,
    &expected::EXPECTED_HASH,
    &changes::SOURCE_CHANGED,
    &changes::DOWNGRADED,
    &changes::UNEXPLAINED_CHANGE,
    &online::HASH_MISMATCH,
    &online::YANKED,
    &online::UNPUBLISHED,
    &online::TOO_NEW,
    &online::DEPRECATED,
    &UNLOCKED_INSTALL,
    &CACHE_KEY,
];

/// Faults of one kind in one lockfile that are reported one by one. More of them have one cause, and are
/// reported as one.
const MOST_SINGLE: usize = 5;

/// Names that are written out when several faults are reported as one.
const MOST_NAMED: usize = 3;

/// A fault of a package that other packages may have too.
#[derive(Debug)]
pub struct Common {
    /// Package or file, as people know it.
    pub title: String,
    /// Where.
    pub place: Location,
}

/// Makes findings of like faults: one for each, or one for all if there are many. `single` and `several` word
/// them; `several` gets the number and the first few names.
pub fn findings(
    faults: Vec<Common>,
    single: impl Fn(&Common) -> Finding,
    several: impl FnOnce(usize, &str, Location) -> Finding,
) -> Vec<Finding> {
    if faults.len() <= MOST_SINGLE {
        return faults.iter().map(single).collect();
    }
    let first = faults[0].place.clone();
    let mut finding = several(faults.len(), &named(&faults), first);
    for fault in faults.iter().skip(1).take(MOST_NAMED - 1) {
        finding = finding.related(fault.place.clone(), format!("`{}`", fault.title));
    }
    vec![finding]
}

/// The first few names, and how many more there are.
pub fn named(faults: &[Common]) -> String {
    let mut names: Vec<String> =
        faults.iter().take(MOST_NAMED).map(|fault| format!("`{}`", fault.title)).collect();
    match faults.len().saturating_sub(MOST_NAMED) {
        0 => {
            let last = names.pop().unwrap_or_default();
            if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) }
        }
        rest => format!("{} and {rest} more", names.join(", ")),
    }
}
