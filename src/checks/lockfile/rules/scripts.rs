//! The rule about packages that run scripts of their own when they are installed.

use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::settings;

use super::super::format::{Format, Project};
use super::super::model::Lock;
use super::together::MOST_PLACES;

/// It runs a script, and nobody said that it may.
pub static INSTALL_SCRIPT: Rule = Rule {
    id: "lockfile/install-script",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "a package that the policy does not list runs a script when it is installed",
    allow: None,
};

/// Judges what runs, if the settings list what may.
pub fn judge(
    lock: &Lock<'_>,
    project: &Project<'_>,
    format: &dyn Format,
    listed: Option<&[String]>,
    record: &mut Record,
) -> Vec<Finding> {
    let Some(listed) = listed.filter(|_| format.ecosystem() == "npm") else { return Vec::new() };
    let Some(scripts) = format.scripts(lock, project) else {
        record.not_verified(format!(
            "{}: neither it nor the project says which packages run scripts when they are installed",
            project.source.path()
        ));
        return Vec::new();
    };
    let listed = settings::glob_set(listed);
    let runs = scripts.into_iter().filter(|(name, _)| !listed.is_match(name));
    runs.take(MOST_PLACES)
        .map(|(name, place)| {
            let message = format!(
                "`{name}` runs a script of its own when it is installed, and `install-scripts` does not list it"
            );
            Finding::new(&INSTALL_SCRIPT, project.source.at(place), message)
                .help(format!(
                    "read what it runs (`npm view {name} scripts`); if it may, add it to `install-scripts` under `checks.lockfile`"
                ))
                .subject(name)
        })
        .collect()
}
