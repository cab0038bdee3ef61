//! `trivy --format json`: images, file systems, repositories, configuration.

use serde::Deserialize;

use super::{evidence, level};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::read::json::{self, or_default};
use crate::checks::reports::read::words;
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    schema_version: u32,
    created_at: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    results: Vec<Target>,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "PascalCase")]
#[derive(Default)]
struct Target {
    target: String,
    #[serde(deserialize_with = "or_default")]
    vulnerabilities: Vec<Vulnerability>,
    #[serde(deserialize_with = "or_default")]
    misconfigurations: Vec<Misconfiguration>,
    #[serde(deserialize_with = "or_default")]
    secrets: Vec<Secret>,
    #[serde(deserialize_with = "or_default")]
    licenses: Vec<License>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Vulnerability {
    #[serde(rename = "VulnerabilityID")]
    id: String,
    pkg_name: String,
    installed_version: String,
    fixed_version: String,
    severity: String,
    title: String,
    description: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Misconfiguration {
    #[serde(rename = "ID")]
    id: String,
    title: String,
    message: String,
    resolution: String,
    severity: String,
    status: String,
    cause_metadata: Cause,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Cause {
    start_line: u32,
}

/// What was found is in `Match` and `Code`, which are never read.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Secret {
    #[serde(rename = "RuleID")]
    id: String,
    title: String,
    severity: String,
    start_line: u32,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct License {
    name: String,
    pkg_name: String,
    file_path: String,
    severity: String,
}

/// Reads a report.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let document: Document = json::read(bytes)?;
    if document.schema_version < 2 {
        return Err(Refusal::malformed("it is of a version of trivy before 0.20; update trivy"));
    }
    let scope = Scope::Counted(document.results.len() as u64);
    let found = document.results.iter().flat_map(Target::found).collect();
    Ok(evidence(Results::of("trivy", scope, found)?).made(document.created_at))
}

impl Target {
    fn found(&self) -> Vec<Found> {
        let vulnerabilities = self.vulnerabilities.iter().map(|flaw| {
            let words = if flaw.title.is_empty() { &flaw.description } else { &flaw.title };
            let fixed: Vec<&str> = flaw.fixed_version.split(',').collect();
            Found::new(&flaw.id, level(&flaw.severity), words::trimmed(words))
                .in_package(&flaw.pkg_name, &flaw.installed_version)
                .fixed_in(&fixed)
                .at(&self.target, None)
        });
        let wrong = self.misconfigurations.iter().filter(|wrong| wrong.status != "PASS");
        let wrong = wrong.map(|wrong| {
            let words = if wrong.message.is_empty() { &wrong.title } else { &wrong.message };
            let found = Found::new(&wrong.id, level(&wrong.severity), words::trimmed(words));
            let remedy = words::trimmed(&wrong.resolution);
            Found { remedy: Some(remedy).filter(|remedy| !remedy.is_empty()), ..found }
                .at(&self.target, Some(wrong.cause_metadata.start_line))
        });
        let secrets = self.secrets.iter().map(|secret| {
            Found::new(
                &secret.id,
                level(&secret.severity),
                format!("{}: a secret is in the file", secret.title),
            )
            .at(&self.target, Some(secret.start_line))
            .secret()
        });
        let licenses = self.licenses.iter().map(|license| {
            Found::new("license", level(&license.severity), format!("licence {}", license.name))
                .in_package(&license.pkg_name, "")
                .at(if license.file_path.is_empty() { &self.target } else { &license.file_path }, None)
        });
        vulnerabilities.chain(wrong).chain(secrets).chain(licenses).collect()
    }
}
