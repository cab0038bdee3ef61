//! Lockfiles in the family `lines`, each beside its manifest.
#![no_main]

use ci_guard_fuzz::lockfile::{LINES, holds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| holds(LINES, bytes));
