//! What a finding is recognised by from run to run: not its line number.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::finding::Finding;

/// The fingerprint of a finding: a hash of its rule, its file or name, and what it is about.
///
/// `line` is the source line it stands on; it serves where the finding names no subject, without the space
/// around it. `ordinal` tells apart several findings that agree in all of that, in the order of their places.
/// 32 hex digits.
pub fn of(finding: &Finding, line: &str, ordinal: usize) -> String {
    let place = finding.location.in_file().map_or_else(|| finding.location.name(), |(path, _)| path);
    let subject = finding.subject.as_deref().unwrap_or(line.trim());
    let mut hash = Sha256::new();
    for part in [finding.rule.id, place, subject, &ordinal.to_string()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    HEXLOWER.encode(&hash.finalize()[..16])
}
