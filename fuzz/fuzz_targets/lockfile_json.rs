//! Lockfiles in the family `json`, each beside its manifest.
#![no_main]

use ci_guard_fuzz::lockfile::{JSON, holds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| holds(JSON, bytes));
