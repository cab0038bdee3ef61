//! The files of `patchedDependencies`: pnpm refuses a lockfile that was made with other patches.

use data_encoding::{BASE32_NOPAD, BASE64, HEXLOWER};
use md5::Md5;
use sha2::{Digest as _, Sha256};

use crate::checkout::ReadError;

use super::super::super::paths;
use super::super::super::report::Report;
use super::settings::Era;
use super::sync::Comparison;

impl Comparison<'_> {
    /// Every patch is the one that is recorded.
    pub fn patches(&self, report: &mut Report<'_>) {
        let key = "patchedDependencies";
        let Some((table, source)) = self.settings.get(key) else { return };
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
        if is_moved && self.settings.era != Era::New && !path.starts_with('/') {
            return Some("lies elsewhere in the lockfile");
        }
        let hash = recorded.get("hash").unwrap_or(recorded).text()?;
        let place = paths::join(self.project.folder, path);
        match place.map_or(Err(ReadError::Outside), |place| self.project.read(&place)) {
            Ok(source) => (file_hash(source.text(), hash)? != hash)
                .then_some("is another than the lockfile was made with"),
            Err(ReadError::Missing) => Some("is not there"),
            Err(error) => {
                report.not_verified(format!("the patch `{path}` was not compared: {error}"));
                None
            }
        }
    }
}

/// The hash of a file in the form of the one that is recorded: pnpm 10 and later have SHA-256, earlier ones MD5 in
/// base 32. Line ends do not count. Nothing for other forms.
pub fn file_hash(text: &str, recorded: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n");
    match (recorded.len(), recorded.starts_with("sha256-")) {
        (_, true) => Some(format!("sha256-{}", BASE64.encode(&Sha256::digest(text)))),
        (64, _) => Some(HEXLOWER.encode(&Sha256::digest(text))),
        (26, _) => Some(BASE32_NOPAD.encode(&Md5::digest(text)).to_ascii_lowercase()),
        _ => None,
    }
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
        assert_eq!(file_hash(patch, recorded).as_deref(), Some(recorded));
        assert_eq!(file_hash(&patch.replace('\n', "\r\n"), recorded).as_deref(), Some(recorded));
        // As pnpm 8 and 9 record it.
        let recorded = "ek363czcrlcplwms6oxyxcsrxm";
        assert_eq!(file_hash(patch, recorded).as_deref(), Some(recorded));
    }
}
