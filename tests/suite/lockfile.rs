//! The `lockfile` check in a repository of git.

use crate::support::{Folder, git, run};

const MANIFEST: &str = "[package]
name = \"app\"
version = \"0.1.0\"

[dependencies]
itoa = \"1\"
";

const LOCKFILE: &str = "version = 4

[[package]]
name = \"app\"
version = \"0.1.0\"
dependencies = [
 \"itoa\",
]

[[package]]
name = \"itoa\"
version = \"1.0.18\"
source = \"registry+https://github.com/rust-lang/crates.io-index\"
checksum = \"8f42a60cbdf9a97f5d2305f08a87dc4e09308d1276d28c869c684d7777685682\"
";

/// The rules that a repository with this `.gitignore` raises; `None` where there is no git.
fn raised(ignored: &str) -> Option<Vec<String>> {
    let files = [("Cargo.toml", MANIFEST), ("Cargo.lock", LOCKFILE), (".gitignore", ignored)];
    let folder = Folder::with(&files);
    git(folder.path(), &["init", "-q"])?;
    git(folder.path(), &["add", "-A"])?;
    let report = run(folder.path(), &["check", "lockfile", "--format=json"], &[]).json();
    let findings = report["findings"].as_array().unwrap();
    Some(findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn a_lockfile_that_git_ignores_is_found() {
    let (Some(ignored), Some(other)) = (raised("Cargo.lock\n"), raised("target/\n")) else { return };
    assert_eq!(ignored, ["lockfile/ignored"]);
    assert!(other.is_empty(), "{other:?}");
}
