//! `npm audit --json` of npm 7 and later, and the older form that npm 6 and `pnpm audit --json` write.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{evidence, level};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::read::json::{self, any_text, or_default};
use crate::checks::reports::read::words;
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(default, deserialize_with = "or_default")]
    vulnerabilities: BTreeMap<String, Vulnerability>,
    #[serde(default, deserialize_with = "or_default")]
    advisories: BTreeMap<String, Advisory>,
    metadata: Option<Metadata>,
    error: Option<Failure>,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(default)]
    code: String,
    #[serde(default)]
    summary: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    dependencies: Option<Dependencies>,
    total_dependencies: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Dependencies {
    Total { total: u64 },
    Number(u64),
}

#[derive(Deserialize)]
struct Vulnerability {
    #[serde(default)]
    via: Vec<Via>,
    #[serde(default, rename = "fixAvailable")]
    fix: Fix,
}

/// The name of a package through which the flaw comes, or the flaw itself.
#[derive(Deserialize)]
#[serde(untagged)]
enum Via {
    Flaw { title: String, url: Option<String>, severity: String, range: Option<String> },
    Through(serde::de::IgnoredAny),
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Fix {
    Package {
        name: String,
        version: String,
    },
    Flag(bool),
    #[default]
    None,
}

#[derive(Deserialize)]
struct Advisory {
    #[serde(default, deserialize_with = "any_text")]
    id: String,
    module_name: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    patched_versions: Option<String>,
    github_advisory_id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    #[serde(default)]
    version: String,
}

/// Reads a report. npm writes a report of its own failure as well; that is none.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let document: Document = json::read(bytes)?;
    if let Some(Failure { code, summary }) = document.error {
        let words = words::trimmed(&summary);
        return Err(Refusal::malformed(match code.is_empty() {
            // Where the registry refuses, the words stand beside the error.
            true => format!("npm could not look: {}", words::trimmed(&document.message)),
            false => format!("npm could not look ({code}): {words}"),
        }));
    }
    let metadata = document.metadata.ok_or_else(|| Refusal::malformed("it has no `metadata`"))?;
    let total = match metadata.dependencies {
        Some(Dependencies::Total { total } | Dependencies::Number(total)) => Some(total),
        None => metadata.total_dependencies,
    };
    let flaws = document.vulnerabilities.iter().flat_map(|(package, flaw)| flaw.found(package));
    let found: Vec<Found> = flaws.chain(document.advisories.values().map(Advisory::found)).collect();
    Ok(evidence(Results::of("npm audit", total.map_or(Scope::NotSaid, Scope::Counted), found)?))
}

impl Vulnerability {
    fn found(&self, package: &str) -> Vec<Found> {
        let remedy = match &self.fix {
            Fix::Package { name, version } => Some(format!("update `{name}` to `{version}`")),
            Fix::Flag(true) => Some("run `npm audit fix`".to_owned()),
            Fix::Flag(false) | Fix::None => None,
        };
        let flaws = self.via.iter().filter_map(|via| match via {
            Via::Flaw { title, url, severity, range } => Some((title, url, severity, range)),
            Via::Through(_) => None,
        });
        let found = flaws.map(|(title, url, severity, range)| {
            let id = url.as_deref().and_then(|url| url.rsplit('/').next()).unwrap_or("advisory");
            let range = range.as_deref().filter(|range| !range.is_empty() && *range != "*");
            let title = range.map_or_else(|| title.clone(), |range| format!("{title} (in {range})"));
            let found = Found::new(id, level(severity), words::trimmed(&title)).in_package(package, "");
            Found { remedy: remedy.clone(), ..found }.at("package-lock.json", None)
        });
        found.collect()
    }
}

impl Advisory {
    fn found(&self) -> Found {
        let version = self.findings.first().map_or("", |finding| finding.version.as_str());
        let id = self.github_advisory_id.as_deref().unwrap_or(&self.id);
        let patched: Vec<&str> =
            self.patched_versions.iter().map(String::as_str).filter(|p| *p != "<0.0.0").collect();
        Found::new(id, level(&self.severity), words::trimmed(&self.title))
            .in_package(&self.module_name, version)
            .fixed_in(&patched)
    }
}
