//! What stands behind `uses:`: a local path, an action or workflow of a repository, or an image.

use std::ops::Range;

/// A parsed `uses`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference<'t> {
    /// `./path`: in this repository as checked out.
    Local(&'t str),
    /// `$/path`: in the repository and commit that the file itself comes from.
    Own(&'t str),
    /// `docker://image`
    Image(&'t str),
    /// `owner/name/path@ref`
    Remote {
        /// Owner of the repository.
        owner: &'t str,
        /// Name of the repository.
        name: &'t str,
        /// Path in the repository, without slash at the start; empty for its root.
        path: &'t str,
        /// Branch, tag or commit.
        git_ref: &'t str,
        /// Where the ref is in the text, in bytes.
        ref_range: Range<usize>,
    },
}

impl<'t> Reference<'t> {
    /// Parses the text behind `uses`; `None` if GitHub would refuse it.
    pub fn parse(text: &'t str) -> Option<Reference<'t>> {
        if let Some(image) = text.strip_prefix("docker://") {
            return (!image.is_empty()).then_some(Reference::Image(image));
        }
        if text == "." || text.starts_with("./") || text.starts_with(".\\") {
            return Some(Reference::Local(text));
        }
        if let Some(path) = text.strip_prefix("$/") {
            return (!path.contains('@')).then_some(Reference::Own(path));
        }
        let (action, git_ref) = text.split_once('@')?;
        let mut parts = action.splitn(3, '/');
        let (owner, name, path) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
        if owner.is_empty() || name.is_empty() || git_ref.is_empty() {
            return None;
        }
        let ref_range = action.len() + 1..text.len();
        Some(Reference::Remote { owner, name, path, git_ref, ref_range })
    }
}

/// True for a full commit: 40 hex digits, or 64 in a repository that uses SHA-256.
pub fn is_commit(git_ref: &str) -> bool {
    matches!(git_ref.len(), 40 | 64) && git_ref.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// True for an image that is named by its digest.
pub fn has_digest(image: &str) -> bool {
    image
        .split_once("@sha256:")
        .is_some_and(|(_, digest)| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(Reference::parse("./a"), Some(Reference::Local("./a")));
        assert_eq!(Reference::parse("$/a/b"), Some(Reference::Own("a/b")));
        assert_eq!(Reference::parse("docker://alpine:3"), Some(Reference::Image("alpine:3")));
        let remote = Reference::parse("o/n/a/b@v1");
        assert_eq!(
            remote,
            Some(Reference::Remote { owner: "o", name: "n", path: "a/b", git_ref: "v1", ref_range: 8..10 })
        );
        for bad in ["o@v1", "o/n", "o/n@", "/n@v1", "", "docker://"] {
            assert_eq!(Reference::parse(bad), None, "{bad}");
        }
        assert!(is_commit(&"a".repeat(40)) && !is_commit("v4") && !is_commit(&"g".repeat(40)));
        assert!(has_digest(&format!("a@sha256:{}", "0".repeat(64))) && !has_digest("a@sha256:0"));
    }
}
