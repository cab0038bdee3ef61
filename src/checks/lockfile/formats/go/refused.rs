//! What of a go.mod Go refuses before it looks at any hash.

use crate::checkout::Source;

use super::super::super::format::Project;
use super::super::super::paths;
use super::super::super::report::Report;
use super::manifest::Manifest;

/// Reports what is not written as Go demands it, and what is required and excluded.
pub fn judge(manifest: &Manifest<'_>, source: &Source, report: &mut Report<'_>) {
    if source.text().starts_with('\u{feff}') {
        let message = "go.mod begins with a byte order mark, and Go refuses it";
        report.out_of_sync(source.at(0..3), message).help("remove the mark").subject("mark");
    }
    for (place, problem) in &manifest.problems {
        let message = format!("{problem}, so Go refuses go.mod");
        report.out_of_sync(source.at(place.clone()), message).help("mend go.mod first").subject(*problem);
    }
    for one in manifest.excluded() {
        let message = format!("`{} {}` is required and excluded", one.module, one.version);
        report.out_of_sync(source.at(one.place.clone()), message).subject(one.module);
    }
}

/// Folders that are taken for modules hold a go.mod, and what that requires is required here in no lower version.
pub fn folders(manifest: &Manifest<'_>, source: &Source, project: &Project<'_>, report: &mut Report<'_>) {
    let submodules = project.text(".gitmodules");
    for (one, target) in manifest.folders() {
        let Some(folder) = paths::join(project.folder, target).filter(|_| !target.starts_with('/')) else {
            continue;
        };
        let path = paths::file_in(&folder, "go.mod");
        let is_there = project.checkout.contains(&path);
        // What another repository holds cannot be seen here.
        let is_foreign = submodules.as_ref().is_some_and(|text| {
            let paths = text.text().lines().filter_map(|line| line.trim().strip_prefix("path = "));
            paths.into_iter().any(|other| paths::is_inside(&folder, other) || folder == other)
        });
        if !is_there && !is_foreign {
            let message = format!("`{}` is taken from `{target}`, and there is no go.mod", one.module);
            report
                .out_of_sync(source.at(one.place.clone()), message)
                .help("mend go.mod first")
                .subject(one.module);
            continue;
        }
        let Some(inner) = project.text(&path) else { continue };
        for other in Manifest::read(inner.text()).required() {
            let Some(here) = manifest.version_of(other.module) else { continue };
            let number = |text: &str| semver::Version::parse(text.strip_prefix('v')?).ok();
            let (Some(wanted), Some(given)) = (number(other.version), number(here.version)) else { continue };
            if wanted.cmp_precedence(&given).is_gt() {
                let message = format!(
                    "`{}` is required as {}, and `{target}` requires {}",
                    here.module, here.version, other.version
                );
                let there = inner.at(other.place.clone());
                report
                    .out_of_sync(source.at(here.place.clone()), message)
                    .related(there, "required here")
                    .subject(here.module);
            }
        }
    }
}
