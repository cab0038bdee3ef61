//! Media types of what is released, by name.

/// Endings and media types: those of IANA's registry where it has one, else what the field uses.
const TYPES: [(&str, &str); 42] = [
    (".apk", "application/vnd.android.package-archive"),
    (".asc", "application/pgp-signature"),
    (".br", "application/x-brotli"),
    (".bz2", "application/x-bzip2"),
    (".cdx.json", "application/vnd.cyclonedx+json"),
    (".crate", "application/gzip"),
    (".css", "text/css"),
    (".csv", "text/csv"),
    (".deb", "application/vnd.debian.binary-package"),
    (".dmg", "application/x-apple-diskimage"),
    (".dll", "application/vnd.microsoft.portable-executable"),
    (".exe", "application/vnd.microsoft.portable-executable"),
    (".gem", "application/x-tar"),
    (".gz", "application/gzip"),
    (".html", "text/html"),
    (".intoto.jsonl", "application/vnd.in-toto.bundle"),
    (".iso", "application/vnd.efi.iso"),
    (".jar", "application/java-archive"),
    (".js", "text/javascript"),
    (".json", "application/json"),
    (".md", "text/markdown"),
    (".msi", "application/x-msi"),
    (".nupkg", "application/zip"),
    (".pdf", "application/pdf"),
    (".pkg", "application/octet-stream"),
    (".png", "image/png"),
    (".rpm", "application/x-rpm"),
    (".sigstore.json", "application/vnd.dev.sigstore.bundle+json"),
    (".spdx.json", "application/spdx+json"),
    (".svg", "image/svg+xml"),
    (".tar", "application/x-tar"),
    (".tgz", "application/gzip"),
    (".toml", "application/toml"),
    (".txt", "text/plain"),
    (".vsix", "application/zip"),
    (".wasm", "application/wasm"),
    (".whl", "application/zip"),
    (".xml", "application/xml"),
    (".xz", "application/x-xz"),
    (".yaml", "application/yaml"),
    (".zip", "application/zip"),
    (".zst", "application/zstd"),
];

/// The media type of a file with this name.
pub(super) fn of(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let matching = TYPES.iter().filter(|(ending, _)| name.ends_with(ending));
    matching.max_by_key(|(ending, _)| ending.len()).map_or("application/octet-stream", |(_, media)| media)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_longest_ending_says_the_type() {
        assert_eq!(of("a-1.0-py3-none-any.whl"), "application/zip");
        assert_eq!(of("a.tar.gz"), "application/gzip");
        assert_eq!(of("a.cdx.json"), "application/vnd.cyclonedx+json");
        assert_eq!(of("A.JSON"), "application/json");
        assert_eq!(of("ci-guard"), "application/octet-stream");
    }
}
