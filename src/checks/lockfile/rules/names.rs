//! The rule about files that are another package's.

use crate::checkout::Source;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

use super::super::format::Format;
use super::super::model::Lock;
use super::together::MOST_PLACES;

/// The download is another package or version than the entry says.
pub static NAME_MISMATCH: Rule = Rule {
    id: "lockfile/name-mismatch",
    severity: Severity::Error,
    category: Category::Security,
    summary: "an entry downloads the file of another package or version",
    allow: None,
};

/// Compares what each file's name says with the entry that it stands under.
pub fn judge(lock: &Lock<'_>, source: &Source, format: &dyn Format, repair: &str) -> Vec<Finding> {
    lock.packages
        .iter()
        .filter_map(|package| {
            // All files of a poisoned entry are wrong in the same way.
            let said = |file| Some((file, format.contradiction(package, file)?));
            let (file, says) = package.files.iter().find_map(said)?;
            let title = package.title();
            let message = format!("`{title}` is installed from the file of {says}");
            Some(
                Finding::new(&NAME_MISMATCH, source.at(file.place.clone()), message)
                    .help(format!("restore the entry from git, or remove it and run {repair}; then find out who changed it"))
                    .subject(title),
            )
        })
        .take(MOST_PLACES)
        .collect()
}
