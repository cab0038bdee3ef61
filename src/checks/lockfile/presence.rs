//! Finds manifests without a lockfile, lockfiles that git ignores, and required ones that are not there.

use std::collections::BTreeSet;

use crate::checkout::ReadError;
use crate::checks::{Context, Record};
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::Severity;

use super::discover::{self, Found, Standing};
use super::format::{Format, Project};
use super::formats;
use super::paths::{self, Folders};
use super::report::repair;
use super::rules::presence::{IGNORED, MISSING};

/// Looks for lockfiles that should be there.
pub fn judge(found: &[Found<'_>], folders: &Folders, context: &Context<'_>, record: &mut Record) {
    let present: BTreeSet<&str> = found.iter().map(|lockfile| &*lockfile.entry.path).collect();
    let required = &context.settings.checks.lockfile.required;
    let (inside, outside): (Vec<_>, Vec<_>) =
        required.iter().map(|path| (path, paths::join("", path))).partition(|(_, inside)| inside.is_some());
    for (path, _) in outside {
        record.not_verified(format!("`{path}` is required and lies outside of the repository"));
    }
    let required: BTreeSet<String> = inside.into_iter().filter_map(|(_, inside)| inside).collect();
    let mut told = BTreeSet::new();
    for format in formats::ALL {
        for folder in folders.with(format.manifest(), "") {
            let manifest = paths::file_in(folder, format.manifest());
            if discover::standing(&manifest) != Standing::Own || is_covered(folder, *format, &present) {
                continue;
            }
            let lockfile = paths::file_in(folder, format.usual_name());
            if let Some(finding) = without_lockfile(folder, *format, folders, context) {
                let is_required = required.contains(&lockfile);
                told.insert(lockfile);
                record.push(if is_required { finding.severity(Severity::Error) } else { finding });
            }
        }
    }
    for path in required.iter().filter(|path| !told.contains(*path)) {
        if context.checkout.contains(path) {
            continue;
        }
        let message = format!("`{path}` is required and is not there");
        record.push(
            Finding::new(&MISSING, Location::file(path.clone()), message)
                .severity(Severity::Error)
                .help("make it and commit it, or take it out of `checks.lockfile.required`")
                .subject("required"),
        );
    }
}

/// True if this folder or one above holds a lockfile of the tool, or of another tool for the same packages.
fn is_covered(folder: &str, format: &dyn Format, present: &BTreeSet<&str>) -> bool {
    let names = || format.names().iter().chain(format.alternatives());
    paths::ancestors(folder)
        .any(|above| names().any(|name| present.contains(paths::file_in(above, name).as_str())))
}

fn without_lockfile(
    folder: &str,
    format: &dyn Format,
    folders: &Folders,
    context: &Context<'_>,
) -> Option<Finding> {
    let path = paths::file_in(folder, format.manifest());
    let source = context.checkout.read(&path).ok()?;
    let tool_versions = &context.settings.checks.lockfile.tool_versions;
    let project = Project { checkout: context.checkout, folders, folder, source: &source, tool_versions };
    if !format.wants_lock(&source, &project) {
        return None;
    }
    let command = repair(format.create(), folder);
    for name in format.names() {
        let lockfile = paths::file_in(folder, name);
        // The listing leaves out what git ignores; the disk does not.
        if !context.checkout.contains(&lockfile) && is_on_disk(&lockfile, context) {
            let message =
                format!("`{lockfile}` is there, but git ignores it, so nobody else installs what it says");
            return Some(
                Finding::new(&IGNORED, Location::file(path), message)
                    .help(format!("take it out of `.gitignore` and commit it (`git add -f {name}`)"))
                    .subject(lockfile),
            );
        }
    }
    let message =
        format!("packages are asked for, and no `{}` says which ones are installed", format.usual_name());
    let finding = Finding::new(&MISSING, Location::file(path), message)
        .help(format!("run {command} and commit the lockfile"))
        .subject(format.usual_name());
    let is_refused = format.refuses_none(&source, &project);
    Some(if is_refused { finding.severity(Severity::Error) } else { finding })
}

fn is_on_disk(path: &str, context: &Context<'_>) -> bool {
    matches!(context.checkout.read_bytes(path, 0), Ok(_) | Err(ReadError::TooLarge(_)))
}
