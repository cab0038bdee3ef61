//! Versions and advisories: orders are the same from both sides, and records of any shape are decided.
#![no_main]

use ci_guard::advisory::osv::{Record, decide};
use ci_guard::advisory::version::Scheme;
use ci_guard::advisory::cvss;
use libfuzzer_sys::fuzz_target;

const ECOSYSTEMS: [&str; 6] = ["npm", "NuGet", "PyPI", "RubyGems", "Maven", "Packagist"];

fuzz_target!(|text: &str| {
    let (a, b) = text.split_once('\n').unwrap_or((text, "1.0.0"));
    for scheme in ECOSYSTEMS.into_iter().filter_map(Scheme::of) {
        let order = scheme.compare(a, b);
        assert_eq!(order, scheme.compare(b, a).map(std::cmp::Ordering::reverse));
    }
    if let Some(score) = cvss::score(a) {
        assert!((0.0..=10.0).contains(&score));
    }
    if let Ok(record) = serde_json::from_str::<Record>(b) {
        for affected in &record.affected {
            let _ = (decide(affected, a), record.level(affected));
        }
    }
});
