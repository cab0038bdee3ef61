//! The whole program on a repository whose only workflow is the input, bytes of any kind.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let report = ci_guard_fuzz::whole::check("integrity", ".github/workflows/ci.yml", bytes);
    assert_eq!(report["checks"][0]["examined"], 1);
});
