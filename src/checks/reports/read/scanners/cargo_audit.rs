//! `cargo audit --json`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::evidence;
use crate::advisory::{Level, cvss};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::read::json::{self, or_default};
use crate::checks::reports::read::words;
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
struct Document {
    lockfile: Lockfile,
    vulnerabilities: Vulnerabilities,
    #[serde(default, deserialize_with = "or_default")]
    warnings: BTreeMap<String, Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Lockfile {
    dependency_count: u64,
}

#[derive(Deserialize)]
struct Vulnerabilities {
    #[serde(default, deserialize_with = "or_default")]
    list: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    advisory: Option<Advisory>,
    package: Package,
    #[serde(default)]
    versions: Option<Versions>,
}

#[derive(Deserialize)]
struct Advisory {
    id: String,
    #[serde(default)]
    title: String,
    cvss: Option<String>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct Versions {
    #[serde(default, deserialize_with = "or_default")]
    patched: Vec<String>,
}

/// Reads a report. Warnings (unmaintained, unsound, yanked) are low, vulnerabilities as bad as their score.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let document: Document = json::read(bytes)?;
    let flaws = document.vulnerabilities.list.iter().map(|entry| {
        let score = entry.advisory.as_ref().and_then(|advisory| cvss::score(advisory.cvss.as_deref()?));
        entry.found("vulnerability", score.map(Level::of_score))
    });
    let warnings = document.warnings.iter();
    let warnings =
        warnings.flat_map(|(kind, list)| list.iter().map(|entry| entry.found(kind, Some(Level::Low))));
    let scope = Scope::Counted(document.lockfile.dependency_count);
    Ok(evidence(Results::of("cargo-audit", scope, flaws.chain(warnings).collect())?))
}

impl Entry {
    fn found(&self, kind: &str, level: Option<Level>) -> Found {
        let advisory = self.advisory.as_ref();
        let id = advisory.map_or(kind, |advisory| &advisory.id);
        let words = advisory
            .map_or_else(|| format!("this version is {kind}"), |advisory| words::trimmed(&advisory.title));
        let patched = self.versions.as_ref().map(|versions| versions.patched.as_slice()).unwrap_or_default();
        Found::new(id, level, words)
            .in_package(&self.package.name, &self.package.version)
            .fixed_in(patched)
            .at("Cargo.lock", None)
    }
}
