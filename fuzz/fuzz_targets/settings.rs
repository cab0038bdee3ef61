//! The settings file.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match ci_guard::settings::check_text(text) {
        Ok(config) => assert_eq!(config.version, 1, "no other version is understood"),
        Err(faults) => assert!(faults > 0, "a file that is refused says why"),
    }
});
