//! Files that stand beside artifacts and lists and are about them: signatures, attestations, single digests.

use super::name::Name;

/// Endings of detached signatures, certificates and attestations, behind the whole name of what they are about:
/// GnuPG, minisign, signify, cosign and sigstore, in-toto and SLSA.
const ABOUT: [&str; 16] = [
    ".asc",
    ".att",
    ".attestation.json",
    ".bundle",
    ".cert",
    ".crt",
    ".gpg",
    ".intoto.json",
    ".intoto.jsonl",
    ".minisig",
    ".pem",
    ".provenance",
    ".sig",
    ".sign",
    ".sigstore",
    ".sigstore.json",
];

/// Attestations over several files stand under names of their own.
const OVER_ALL: [&str; 4] = [".intoto.jsonl", "attestation.json", "attestation.jsonl", "attestations.jsonl"];

/// Endings of lists for a single file, behind its name.
const SINGLE_LISTS: [&str; 9] =
    [".md5", ".sha1", ".sha224", ".sha256", ".sha256.txt", ".sha256sum", ".sha384", ".sha512", ".sha512sum"];

/// What a signature or attestation is about, if the name is that of one.
pub fn signed_by(name: &Name) -> Option<Name> {
    without_ending(name, &ABOUT)
}

/// True if a signature or attestation is about the file `about`, by their names.
pub fn signs(name: &[u8], about: &[u8]) -> bool {
    let ending = name.strip_prefix(about);
    ending.is_some_and(|ending| ABOUT.iter().any(|one| one.as_bytes() == ending))
}

/// True if this is an attestation over more than one file.
pub fn is_over_all(name: &Name) -> bool {
    OVER_ALL.iter().any(|ending| name.last().ends_with(ending.as_bytes()))
}

/// The file that a list for a single file is about.
pub fn listed_by(name: &Name) -> Option<Name> {
    without_ending(name, &SINGLE_LISTS)
}

fn without_ending(name: &Name, endings: &[&str]) -> Option<Name> {
    let bytes = name.as_bytes();
    let stem =
        endings.iter().filter_map(|ending| bytes.strip_suffix(ending.as_bytes())).min_by_key(|s| s.len())?;
    (!stem.is_empty() && !stem.ends_with(b"/")).then(|| Name::new(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_companion_says_what_it_is_about() {
        let about = |name: &str| signed_by(&name.into()).map(|name| name.to_string());
        assert_eq!(about("d/SHA256SUMS.asc").as_deref(), Some("d/SHA256SUMS"));
        assert_eq!(about("a.whl.sigstore.json").as_deref(), Some("a.whl"));
        assert_eq!(about("d/.sig"), None);
        assert_eq!(about("a.whl"), None);
        assert!(signs(b"a.whl.sigstore.json", b"a.whl") && !signs(b"a.whl", b"a.whl"));
        assert!(!signs(b"a.whl.sig.txt", b"a.whl") && !signs(b"b.sig", b"a"));
        assert_eq!(listed_by(&"a.tar.gz.sha256".into()), Some("a.tar.gz".into()));
        assert!(is_over_all(&"multiple.intoto.jsonl".into()) && !is_over_all(&"a.json".into()));
    }
}
