//! YAML into the positioned tree.
#![no_main]

use ci_guard::tree::Syntax;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    ci_guard_fuzz::tree::holds(text, Syntax::Yaml);
});
