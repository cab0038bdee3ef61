//! The files of `patchedDependencies`: pnpm refuses a lockfile that was made with other patches.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::checkout::ReadError;

use super::super::super::paths;
use super::super::super::report::Report;
use super::settings::Era;
use super::sync::Comparison;

/// Digits of the hash that pnpm 10 and later record, SHA-256. Older ones have a short one of their own.
const DIGITS: usize = 64;

impl Comparison<'_> {
    /// Every patch is the one that is recorded.
    pub fn patches(&self, report: &mut Report<'_>) {
        let key = "patchedDependencies";
        let Some((table, source)) = self.settings.get(key) else { return };
        if self.settings.is_doubtful(key) {
            return;
        }
        for (name, node) in table.entries() {
            let (Some(name), Some(path)) = (name.text(), node.text()) else { continue };
            let Some(recorded) = self.root.get(key).and_then(|table| table.get(name)) else { continue };
            if let Some(fault) = self.patch_fault(path, recorded, report) {
                let message = format!("the patch of `{name}`, `{path}`, {fault}");
                let told = report.out_of_sync(source.at_node(node), message);
                told.related(self.project.source.at_node(recorded), "the lockfile")
                    .subject(format!("patch {name}"));
            }
        }
    }

    /// What is wrong with the patch at `path`.
    fn patch_fault(
        &self,
        path: &str,
        recorded: crate::tree::Node<'_>,
        report: &mut Report<'_>,
    ) -> Option<&'static str> {
        let recorded_path = recorded.get("path").and_then(|node| node.text());
        let is_moved =
            recorded_path.is_some_and(|recorded| paths::normal("", recorded) != paths::normal("", path));
        // pnpm 11 and later do not record where it lies.
        if is_moved && self.settings.era == Era::Ten && !path.starts_with('/') {
            return Some("lies elsewhere in the lockfile");
        }
        let hash = recorded.get("hash").unwrap_or(recorded).text().filter(|hash| hash.len() == DIGITS)?;
        let place = paths::join(self.project.folder, path);
        match place.map_or(Err(ReadError::Outside), |place| self.project.read(&place)) {
            Ok(source) => {
                (patch_hash(source.text()) != hash).then_some("is another than the lockfile was made with")
            }
            Err(ReadError::Missing) => Some("is not there"),
            Err(error) => {
                report.not_verified(format!("the patch `{path}` was not compared: {error}"));
                None
            }
        }
    }
}

/// Line ends do not count.
fn patch_hash(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.replace("\r\n", "\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_do_not_change_the_hash() {
        let patch =
            "diff --git a/index.js b/index.js\n--- a/index.js\n+++ b/index.js\n@@ -1,1 +1,1 @@\n-a\n+b\n";
        // As pnpm 10 and 12 record it.
        let recorded = "1e6f4b73e140e236e6237c384e688b472b52686d849884f0f93082a8c3bb6217";
        assert_eq!(patch_hash(patch), recorded);
        assert_eq!(patch_hash(&patch.replace('\n', "\r\n")), recorded);
    }
}
