//! What of a go.mod Go refuses before it looks at any hash.

use std::collections::HashMap;

use crate::checkout::Source;

use super::super::super::format::Project;
use super::super::super::paths;
use super::super::super::report::Report;
use super::manifest::{Local, Manifest, Required};

/// Bytes of go.mod files that are read for one lockfile beside its own. Those of Kubernetes have a third of it.
pub const MOST_TEXT: usize = 1 << 20;

/// Reports what is not written as Go demands it, and what is required and excluded.
pub fn judge(manifest: &Manifest<'_>, source: &Source, report: &mut Report<'_>) {
    grammar(manifest, source, report);
    for one in manifest.excluded() {
        let message = format!("`{} {}` is required and excluded", one.module, one.version);
        report.out_of_sync(source.at(one.place.clone()), message).subject(one.module);
    }
}

/// Reports what is not written as Go demands it.
pub fn grammar(manifest: &Manifest<'_>, source: &Source, report: &mut Report<'_>) {
    let name = paths::split(source.path()).1;
    let help = || format!("mend {name} first");
    if source.text().starts_with('\u{feff}') {
        let message = format!("{name} begins with a byte order mark, and Go refuses it");
        report.out_of_sync(source.at(0..3), message).help("remove the mark").subject("mark");
    }
    for (place, problem) in &manifest.problems {
        let message = format!("{problem}, so Go refuses {name}");
        report.out_of_sync(source.at(place.clone()), message).help(help()).subject(*problem);
    }
}

/// Folders that are taken for modules hold a go.mod, and what that requires is required here in no lower version,
/// unless a workspace puts all versions together.
pub fn folders(
    manifest: &Manifest<'_>,
    source: &Source,
    project: &Project<'_>,
    is_in_workspace: bool,
    report: &mut Report<'_>,
) {
    let submodules = project.text(".gitmodules");
    // What another repository holds cannot be seen here.
    let is_foreign = |folder: &str| {
        submodules.as_ref().is_some_and(|text| {
            let paths = text.text().lines().filter_map(|line| line.trim().strip_prefix("path = "));
            paths.into_iter().any(|other| paths::is_inside(folder, other) || folder == other)
        })
    };
    let given = manifest.versions();
    let mut left = MOST_TEXT;
    for local in manifest.locals() {
        let (one, written) = (local.required, local.written);
        let Some(folder) = &local.folder else {
            report.not_verified(format!(
                "`{}` is taken from `{written}`, outside of the repository",
                one.module
            ));
            continue;
        };
        let path = paths::file_in(folder, "go.mod");
        if !project.checkout.contains(&path) && !is_foreign(folder) {
            let message = format!("`{}` is taken from `{written}`, and there is no go.mod", one.module);
            report
                .out_of_sync(source.at(one.place.clone()), message)
                .help("mend go.mod first")
                .subject(one.module);
        } else if let Some(inner) = project.text(&path).filter(|_| !is_in_workspace) {
            match left.checked_sub(inner.text().len()) {
                None => {
                    report.not_verified("more is required by modules of the repository than is looked at")
                }
                Some(rest) => {
                    left = rest;
                    versions((manifest, &given), source, &local, &inner, report);
                }
            }
        }
    }
}

/// What the module in a folder requires is required here in no lower version, and so is its Go.
fn versions(
    (manifest, given): (&Manifest<'_>, &HashMap<&str, &Required<'_>>),
    source: &Source,
    local: &Local<'_, '_>,
    inner: &Source,
    report: &mut Report<'_>,
) {
    let theirs = Manifest::read(inner.text(), "");
    for other in theirs.needed() {
        let Some(here) = given.get(other.module).filter(|_| !manifest.is_excluded(other)) else {
            continue;
        };
        let number = |text: &str| semver::Version::parse(text.strip_prefix('v')?).ok();
        let (Some(wanted), Some(given)) = (number(other.version), number(here.version)) else { continue };
        if wanted.cmp_precedence(&given).is_gt() {
            let message = format!(
                "`{}` is required as {}, and `{}` requires {}",
                here.module, here.version, local.written, other.version
            );
            let there = inner.at(other.place.clone());
            report
                .out_of_sync(source.at(here.place.clone()), message)
                .related(there, "required here")
                .subject(here.module);
        }
    }
    // Since Go 1.21 a module names no older one than those that it requires.
    let is_newer = theirs.language > manifest.language && theirs.language >= Some((1, 21, 0, 0));
    if is_newer && manifest.language.is_some() {
        let message =
            format!("`{}` needs a newer Go than go.mod names; `go mod download` changes it", local.written);
        report.drift(source.at(local.required.place.clone()), message).subject(local.required.module);
    }
}
