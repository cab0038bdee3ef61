//! `pip-audit -f json`. It knows no severities, and passes over what it cannot find in its index.

use serde::Deserialize;

use super::evidence;
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::read::json::{self, or_default};
use crate::checks::reports::read::words;
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    /// Since 2.4.
    Object { dependencies: Vec<Dependency> },
    /// Before.
    List(Vec<Dependency>),
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default, deserialize_with = "or_default")]
    vulns: Vec<Vulnerability>,
    skip_reason: Option<String>,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    fix_versions: Vec<String>,
    #[serde(default)]
    description: String,
}

/// Reads a report.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let (Document::Object { dependencies } | Document::List(dependencies)) = json::read(bytes)?;
    let skipped: Vec<&Dependency> = dependencies.iter().filter(|one| one.skip_reason.is_some()).collect();
    let problems: Vec<String> =
        skipped.iter().filter_map(|one| one.skip_reason.as_deref().map(words::trimmed)).collect();
    let found = dependencies.iter().flat_map(|package| {
        package.vulns.iter().map(move |flaw| {
            Found::new(&flaw.id, None, words::trimmed(&flaw.description))
                .in_package(&package.name, &package.version)
                .fixed_in(&flaw.fix_versions)
        })
    });
    let audited = (dependencies.len() - skipped.len()) as u64;
    Ok(evidence(Results::of("pip-audit", Scope::Counted(audited), found.collect())?.with_problems(problems)))
}
