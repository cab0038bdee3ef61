//! The rules of the check, by family. Those that need only the common model judge every format alike.

pub mod expected;
pub mod graph;
pub mod hashes;
pub mod names;
pub mod outside;
pub mod presence;
pub mod reading;
pub mod scripts;
pub mod sources;
pub mod sync;
pub mod together;

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
    &scripts::INSTALL_SCRIPT,
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
