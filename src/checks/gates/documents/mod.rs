//! Documents that repeat what the workflows say: parts between marks are compared, and `ci-guard document` rewrites
//! them.

mod blocks;
mod tables;

pub(super) use tables::names as secret_names;

use crate::checkout::Checkout;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::library::File;

use super::jobs::JobFacts;
use super::scene::Scene;

pub static STALE_DOCUMENT: Rule = Rule {
    id: "gates/stale-document",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "a document that says something else about the workflows than they do",
    allow: None,
};

/// Everything that this family can find.
pub(super) const RULES: [&Rule; 1] = [&STALE_DOCUMENT];

pub(super) fn look(scene: &Scene<'_>, _: &[JobFacts<'_, '_>], record: &mut Record) {
    let named = &scene.context.settings.checks.gates.documents;
    for path in paths(scene.context.checkout, named) {
        let source = match scene.context.checkout.read(&path) {
            Ok(source) => source,
            // Nobody asked for this one in particular.
            Err(_) if !named.contains(&path) => continue,
            Err(error) => {
                record.not_verified(format!("{path}: {error}"));
                continue;
            }
        };
        for block in blocks::find(source.text()) {
            let problem = match block.kind {
                None => Some((
                    format!("there is no table `{}`", block.name),
                    "write workflows, triggers or secrets".to_owned(),
                )),
                Some(kind) if block.body.is_empty() && !block.closed => Some((
                    format!("this part is never closed by `{}`", blocks::end(kind.as_str())),
                    "add the mark behind it".to_owned(),
                )),
                Some(kind) => {
                    let current = source.text().get(block.body.clone()).unwrap_or_default();
                    let same = blocks::plain(current) == blocks::plain(&tables::table(kind, scene.files));
                    let words = format!("the {} here are not those of the workflows", kind.as_str());
                    (!same).then(|| {
                        (
                            words,
                            "run `ci-guard document`, which rewrites what stands between the marks"
                                .to_owned(),
                        )
                    })
                }
            };
            if let Some((message, help)) = problem {
                let finding = Finding::new(&STALE_DOCUMENT, source.at(block.mark.clone()), message);
                record.push(finding.help(help).subject(block.name));
            }
        }
    }
}

/// The documents that are looked at: those in the root and in `.github`, and those that the settings name.
pub fn paths(checkout: &Checkout, named: &[String]) -> Vec<String> {
    let is_document = |path: &str| {
        let beside = path.strip_prefix(".github/").unwrap_or(path);
        path.ends_with(".md") && !beside.contains('/')
    };
    let mut paths: Vec<String> = checkout.files(is_document).map(|entry| entry.path.to_string()).collect();
    paths.extend(named.iter().cloned());
    crate::sorted::by(&mut paths, Ord::cmp);
    paths.dedup();
    paths
}

/// The text of a document with its parts as the workflows have them; `None` if it has no marks.
pub fn document(text: &str, files: &[File<'_>]) -> Option<String> {
    blocks::rewritten(text, &|kind| tables::table(kind, files))
}
