//! `snyk test --json`: one project, or a list of them with `--all-projects`.

use serde::Deserialize;

use super::{evidence, level};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::read::json::{self, or_default};
use crate::checks::reports::read::words;
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Many(Vec<Project>),
    One(Box<Project>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Project {
    #[serde(default, deserialize_with = "or_default")]
    vulnerabilities: Vec<Vulnerability>,
    dependency_count: Option<u64>,
    display_target_file: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vulnerability {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    severity: String,
    package_name: Option<String>,
    #[serde(default)]
    version: String,
    #[serde(default, deserialize_with = "or_default")]
    fixed_in: Vec<String>,
}

/// Reads a report.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let projects = match json::read(bytes)? {
        Document::Many(projects) => projects,
        Document::One(project) => vec![*project],
    };
    let problems = projects.iter().filter_map(|project| project.error.as_deref().map(words::trimmed));
    let problems: Vec<String> = problems.collect();
    let looked_at = projects.iter().filter(|project| project.error.is_none());
    let numbers: Option<Vec<u64>> = looked_at.map(|project| project.dependency_count).collect();
    let numbers = numbers.ok_or_else(|| Refusal::malformed("a project in it has no `dependencyCount`"))?;
    let scope = if problems.is_empty() { Scope::Counted(numbers.iter().sum()) } else { Scope::NotSaid };
    let found = projects.iter().flat_map(|project| {
        let path = project.display_target_file.as_deref().unwrap_or_default();
        project.vulnerabilities.iter().map(move |flaw| {
            Found::new(&flaw.id, level(&flaw.severity), words::trimmed(&flaw.title))
                .in_package(flaw.package_name.as_deref().unwrap_or_default(), &flaw.version)
                .fixed_in(&flaw.fixed_in)
                .at(path, None)
        })
    });
    Ok(evidence(Results::of("snyk", scope, found.collect())?.with_problems(problems)))
}
