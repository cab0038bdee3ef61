//! `osv-scanner --format json`.

use serde::Deserialize;

use super::{evidence, level};
use crate::advisory::Level;
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::read::json::{self, or_default};
use crate::checks::reports::read::words;
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
struct Document {
    #[serde(deserialize_with = "or_default")]
    results: Vec<Source>,
}

#[derive(Deserialize)]
struct Source {
    source: Path,
    #[serde(default, deserialize_with = "or_default")]
    packages: Vec<Packages>,
}

#[derive(Deserialize)]
struct Path {
    #[serde(default)]
    path: String,
}

#[derive(Deserialize)]
struct Packages {
    package: Package,
    #[serde(default, deserialize_with = "or_default")]
    vulnerabilities: Vec<Vulnerability>,
    #[serde(default, deserialize_with = "or_default")]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Package {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: String,
    #[serde(default)]
    summary: String,
    #[serde(default, deserialize_with = "or_default")]
    database_specific: Specific,
}

#[derive(Default, Deserialize)]
struct Specific {
    #[serde(default)]
    severity: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Group {
    ids: Vec<String>,
    #[serde(default)]
    max_severity: String,
}

/// Reads a report: one result for each group of aliases. The greatest score counts; without one, the database's word.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let document: Document = json::read(bytes)?;
    let mut found = Vec::new();
    for source in &document.results {
        for package in &source.packages {
            found.extend(package.groups.iter().filter_map(|group| package.found(group, &source.source.path)));
        }
    }
    Ok(evidence(Results::of("osv-scanner", Scope::NotSaid, found)?))
}

impl Packages {
    fn found(&self, group: &Group, path: &str) -> Option<Found> {
        let records = || self.vulnerabilities.iter().filter(|flaw| group.ids.contains(&flaw.id));
        let id = group.ids.iter().find(|id| id.starts_with("GHSA-")).or(group.ids.first())?;
        let word = |flaw: &Vulnerability| level(flaw.database_specific.severity.as_ref()?.as_str()?);
        let scored = group.max_severity.trim().parse().ok().map(Level::of_score);
        let summary = records().map(|flaw| flaw.summary.as_str()).find(|summary| !summary.is_empty());
        let found = Found::new(
            id,
            scored.or_else(|| records().filter_map(word).max()),
            words::trimmed(summary.unwrap_or_default()),
        );
        Some(found.in_package(&self.package.name, &self.package.version).at(path, None))
    }
}
