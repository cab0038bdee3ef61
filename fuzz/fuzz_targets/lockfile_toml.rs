//! Lockfiles in the family `toml`, each beside its manifest.
#![no_main]

use ci_guard_fuzz::lockfile::{TOML, holds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| holds(TOML, bytes));
