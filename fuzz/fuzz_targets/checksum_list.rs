//! Checksum lists of every form: bounded reports, digests of the right length, and what is written again is read back.
#![no_main]

use ci_guard::checks::artifacts::list::{self, Hash, Style};
use ci_guard::hashing::Algorithm;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let read = list::parse(bytes);
    assert!(read.faults.len() <= list::MAX_FAULTS);
    let mut sha256 = Vec::new();
    for entry in &read.entries {
        assert!(entry.place.line >= 1);
        if let Hash::Strong(algorithm) = entry.hash {
            assert_eq!(entry.digest.len(), algorithm.digest_len());
            // An empty name, or `-`, has no line that any tool reads.
            let named = entry.name.clone().filter(|name| !matches!(name.as_bytes(), b"" | b"-"));
            let plain = named.filter(|name| !name.as_bytes().contains(&0));
            sha256.extend(
                plain.filter(|_| algorithm == Algorithm::Sha256).map(|name| (name, entry.digest.clone())),
            );
        }
    }
    sha256.sort();
    let lines: Vec<_> = sha256.iter().map(|(name, digest)| (name, digest.as_slice())).collect();
    for tag in [false, true] {
        let again = list::parse(&list::write(&lines, Style { escape: true, tag }));
        assert_eq!(again.faults, []);
        let mut pairs: Vec<_> =
            again.entries.into_iter().map(|entry| (entry.name.expect("a name"), entry.digest)).collect();
        pairs.sort();
        assert_eq!(pairs, sha256);
    }
});
