//! `grype -o json`.

use serde::Deserialize;

use super::{evidence, level};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::read::json::{self, or_default};
use crate::checks::reports::read::words;
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(deserialize_with = "or_default")]
    matches: Vec<Match>,
    #[serde(default, deserialize_with = "or_default")]
    ignored_matches: Vec<serde::de::IgnoredAny>,
    descriptor: Descriptor,
}

#[derive(Deserialize)]
struct Descriptor {
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Match {
    vulnerability: Vulnerability,
    artifact: Artifact,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    fix: Fix,
}

#[derive(Default, Deserialize)]
struct Fix {
    #[serde(default, deserialize_with = "or_default")]
    versions: Vec<String>,
}

#[derive(Deserialize)]
struct Artifact {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default, deserialize_with = "or_default")]
    locations: Vec<Location>,
}

#[derive(Deserialize)]
struct Location {
    path: String,
}

/// Reads a report.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let document: Document = json::read(bytes)?;
    let found = document.matches.iter().map(|found| {
        let (flaw, artifact) = (&found.vulnerability, &found.artifact);
        let path = artifact.locations.first().map_or("", |location| location.path.as_str());
        Found::new(&flaw.id, level(&flaw.severity), words::trimmed(&flaw.description))
            .in_package(&artifact.name, &artifact.version)
            .fixed_in(&flaw.fix.versions)
            .at(path.trim_start_matches('/'), None)
    });
    let results = Results::of("grype", Scope::NotSaid, found.collect())?;
    Ok(evidence(results.with_accepted(document.ignored_matches.len())).made(document.descriptor.timestamp))
}
