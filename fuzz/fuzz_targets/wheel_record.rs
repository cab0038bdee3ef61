//! RECORD of a wheel: whatever it holds, lines are read or the number of the first bad one is told.
#![no_main]

use ci_guard::checks::artifacts::inside::record;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match record::parse(text) {
        Ok(lines) => assert!(lines.len() <= text.lines().count()),
        Err(line) => assert!(line >= 1 && line <= text.lines().count()),
    }
});
