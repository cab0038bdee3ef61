//! What a finding is recognised by from run to run: not its line number.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::excerpt;
use crate::finding::Finding;

/// Bytes of a line that serve: a file can be one line, and hold thousands of findings.
const MAX_LINE: usize = 4096;

/// The fingerprint of a finding: a hash of its rule, its file or name, and what it is about.
///
/// `line` is the source line it stands on; it serves where the finding names no subject, without the space
/// around it and what lies beyond its first 4 KiB. `ordinal` tells apart several findings that agree in all of that, in the order of their places.
/// 32 hex digits.
pub fn of(finding: &Finding, line: &str, ordinal: usize) -> String {
    let place = finding.location.in_file().map_or_else(|| finding.location.name(), |(path, _)| path);
    let line = line.trim();
    let subject = finding.subject.as_deref().unwrap_or(excerpt::head(line, MAX_LINE));
    let mut hash = Sha256::new();
    for part in [finding.rule.id, place, subject, &ordinal.to_string()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    HEXLOWER.encode(&hash.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Location;

    #[test]
    fn the_space_around_a_line_and_its_far_end_do_not_count() {
        let rule = crate::checks::rules().next().expect("a rule");
        let finding = Finding::new(rule, Location::file("x"), "");
        let long = format!("a{}", "é".repeat(MAX_LINE));
        assert_eq!(of(&finding, &long, 0), of(&finding, &format!("  {long} b"), 0));
        assert_ne!(of(&finding, &long, 0), of(&finding, &format!("b{long}"), 0));
        assert_ne!(of(&finding, &long, 0), of(&finding, &long, 1));
    }
}
