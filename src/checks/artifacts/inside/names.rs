//! Which members must not be shipped, and which must be there.

use anyhow::Result;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::rule::Severity;

/// Names of files that hold credentials, or are there to be kept at home.
const SECRET: [&str; 14] = [
    ".env",
    ".npmrc",
    ".pypirc",
    ".netrc",
    ".git-credentials",
    ".htpasswd",
    ".dockercfg",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    ".pgpass",
    ".yarnrc.yml",
    ".terraformrc",
];

/// Ends of names of key stores.
const KEY_STORES: [&str; 6] = [".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk"];

/// Ends of names of examples of `.env`, which everybody ships.
const EXAMPLES: [&str; 6] = ["example", "sample", "template", "dist", "defaults", "schema"];

/// What systems, editors and tools leave behind.
const JUNK: [&str; 8] = [
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
    "npm-debug.log",
    "yarn-error.log",
    ".coverage",
    "core.dump",
    ".eslintcache",
];

/// Folders that are nobody's business.
const JUNK_FOLDERS: [&str; 6] =
    ["__pycache__", ".idea", ".claude", ".mypy_cache", ".pytest_cache", "node_modules/.cache"];

/// Files of settings in which credentials may stand, and what they stand behind there.
const SETTINGS: [(&str, &[&str]); 2] =
    [(".npmrc", &["_auth", "_password"]), (".yarnrc.yml", &["npmAuthToken", "npmAuthIdent"])];

/// Bytes of such a file that are read.
pub(super) const MAX_SETTINGS: usize = 64 << 10;

/// What credentials stand behind in a file of this name, if it may have some and is harmless without.
pub(super) fn settings(name: &str) -> Option<&'static [&'static str]> {
    let last = name.rsplit('/').next().unwrap_or(name);
    SETTINGS.iter().find(|(file, _)| *file == last).map(|(_, marks)| *marks)
}

/// Why a member must not be shipped.
pub(super) fn forbidden(name: &str) -> Option<(Severity, &'static str)> {
    let last = name.rsplit('/').next().unwrap_or(name);
    let lower = last.to_ascii_lowercase();
    let folders = || name.split('/').rev().skip(1);
    if folders().any(|folder| folder == ".git") {
        return Some((Severity::Error, "it is part of a repository of git, with its history and settings"));
    }
    if folders().any(|folder| matches!(folder, ".ssh" | ".aws" | ".gnupg" | ".kube")) {
        return Some((Severity::Error, "its folder is one of credentials"));
    }
    if SECRET.contains(&last) {
        return Some((Severity::Error, "files of this name hold credentials"));
    }
    if let Some(rest) = lower.strip_prefix(".env.")
        && !EXAMPLES.iter().any(|end| rest.ends_with(end))
    {
        return Some((Severity::Error, "files of this name hold credentials"));
    }
    if KEY_STORES.iter().any(|end| lower.ends_with(end)) {
        return Some((Severity::Error, "it is a store of keys"));
    }
    if JUNK.contains(&last) || folders().any(|folder| JUNK_FOLDERS.contains(&folder)) {
        return Some((Severity::Note, "a tool or system left it behind"));
    }
    None
}

/// True for the text of a licence.
pub(super) fn is_licence(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let by_name =
        ["licen", "copying", "unlicense", "copyright", "notice"].iter().any(|start| last.starts_with(start))
            || last.contains("license")
            || last.contains("licence");
    by_name || name.to_ascii_lowercase().split('/').any(|folder| folder == "licenses" || folder == "licences")
}

/// Patterns of the settings: without `/` they mean the last part of a name.
pub(super) fn patterns(patterns: &[String]) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let whole = if pattern.contains('/') { pattern.clone() } else { format!("**/{pattern}") };
        set.add(GlobBuilder::new(&whole).literal_separator(true).build()?);
    }
    Ok(set.build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_must_stay_at_home() {
        let severity = |name: &str| forbidden(name).map(|(severity, _)| severity);
        for name in
            ["p/.env", "p/.env.production", ".git/config", "p/.ssh/known_hosts", "p/id_rsa", "a/x.pfx"]
        {
            assert_eq!(severity(name), Some(Severity::Error), "{name}");
        }
        for name in ["p/.DS_Store", "p/__pycache__/x.pyc"] {
            assert_eq!(severity(name), Some(Severity::Note), "{name}");
        }
        for name in ["p/.env.example", "p/.gitignore", "p/cacert.pem", "p/env", ".github/x.yml", "p/a.map"] {
            assert_eq!(severity(name), None, "{name}");
        }
        assert!(
            is_licence("x.dist-info/licenses/MIT.txt")
                && is_licence("p/LICENSE-MIT")
                && is_licence("p/COPYING")
        );
        assert!(!is_licence("p/src/lib.rs"));
    }

    #[test]
    fn patterns_mean_names_or_paths() {
        let set = patterns(&["*.map".to_owned(), "package/src/**".to_owned()]).unwrap();
        assert!(set.is_match("package/dist/a.map") && set.is_match("package/src/x/y"));
        assert!(!set.is_match("package/dist/a.js"));
        assert!(patterns(&["[".to_owned()]).is_err());
    }
}
