//! Reports of other tools: whatever the bytes are, each reader ends, and what it takes for evidence holds something.
#![no_main]

use ci_guard::checks::reports::model::Content;
use ci_guard::checks::reports::{Format, Input, read_any};
use libfuzzer_sys::fuzz_target;

const WORDS: [&str; 12] = [
    "junit", "sarif", "lcov", "cobertura", "jacoco", "clover", "llvm-cov", "npm-audit", "trivy", "go-bench", "k6",
    "k6-stream",
];

fuzz_target!(|bytes: &[u8]| {
    let named = WORDS.iter().filter_map(|word| Format::named(word)?.read(Input::Whole(bytes)).ok());
    let found = read_any(bytes).ok().map(|(_, evidence)| evidence);
    for evidence in named.chain(found) {
        match evidence.content {
            Content::Tests(tests) => assert!(tests.counts().ran() > 0 || !tests.hidden().is_empty()),
            Content::Coverage(coverage) => {
                let lines = coverage.lines();
                assert!(lines.all > 0 && lines.covered <= lines.all);
            }
            Content::Results(results) => assert!(results.found().iter().all(|found| found.message.len() < 4096)),
            Content::Measures(measures) => assert!(!measures.all().is_empty()),
        }
    }
});
