//! What we distribute: every crate in the lockfile comes from crates.io, and its licence allows distribution under ours.

use std::process::Command;

use serde_json::Value;

/// Licences that ask for no more than that their text goes along. Add one only after reading it.
const ALLOWED: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // For data: the certificate roots of webpki-roots.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    // The port of bzip2: as BSD, with altered versions marked as such.
    "bzip2-1.0.6",
];

/// What cargo knows, without a network: of all targets if their crates are there, otherwise of this machine's.
fn metadata() -> Value {
    let run = |more: &[&str]| {
        Command::new(env!("CARGO"))
            .args(["metadata", "--format-version=1", "--locked", "--offline"])
            .args(more)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap()
    };
    let mut output = run(&[]);
    if !output.status.success() {
        eprintln!("only this machine's crates were looked at: those of other targets were not downloaded");
        let rustc = Command::new("rustc").arg("-vV").output().unwrap();
        let text = String::from_utf8(rustc.stdout).unwrap();
        let host = text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        output = run(&["--filter-platform", host]);
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Whether an SPDX expression leaves a way that is allowed. `/` is the old way to write `OR`.
fn allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let result = any(&words, &mut at);
    result && at == words.len()
}

fn any(words: &[&str], at: &mut usize) -> bool {
    let mut result = all(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        result |= all(words, at);
    }
    result
}

fn all(words: &[&str], at: &mut usize) -> bool {
    let mut result = one(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        result &= one(words, at);
    }
    result
}

fn one(words: &[&str], at: &mut usize) -> bool {
    if words.get(*at) == Some(&"(") {
        *at += 1;
        let result = any(words, at);
        *at += 1;
        return result;
    }
    let Some(name) = words.get(*at) else { return false };
    *at += 1;
    let mut name = (*name).to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = format!("{name} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    ALLOWED.contains(&name.as_str())
}

#[test]
fn expressions_are_read() {
    for good in ["MIT", "MIT/Apache-2.0", "GPL-3.0-only OR MIT", "(MIT OR GPL-2.0) AND Unicode-3.0"] {
        assert!(allowed(good), "{good}");
    }
    for bad in ["", "GPL-3.0-only", "MIT AND GPL-3.0-only", "(MIT", "MIT MIT", "Apache-2.0 WITH Classpath"] {
        assert!(!allowed(bad), "{bad}");
    }
}

#[test]
fn every_crate_is_from_the_registry_and_may_be_distributed() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let mut wrong = Vec::new();
    for package in packages {
        let name = format!("{} {}", package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        let licence = package["license"].as_str().unwrap_or_default();
        if !allowed(licence) {
            wrong.push(format!("{name}: licence `{licence}`"));
        }
        let source = package["source"].as_str();
        let ours = ["ci-guard", "ci-guard-scan", "ci-guard-tree"].map(Some);
        let own = source.is_none() && ours.contains(&package["name"].as_str());
        if !own && source != Some("registry+https://github.com/rust-lang/crates.io-index") {
            wrong.push(format!("{name}: from {source:?}"));
        }
    }
    assert!(packages.len() > 50, "only {} crates", packages.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
