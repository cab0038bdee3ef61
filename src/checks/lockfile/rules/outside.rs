//! Packages that are taken from a folder outside of the repository, where nobody has reviewed what lies there.

use globset::GlobSet;

use crate::finding::Finding;
use crate::rule::Severity;
use crate::settings;

use super::super::format::{Format, Project};
use super::super::model::{Lock, Origin};
use super::super::paths;
use super::sources::DISALLOWED_SOURCE;
use super::together::MOST_PLACES;

/// Judges the paths that a lockfile records: against `listed`, if the settings list which may be, and otherwise those
/// that lead out of the repository. What the manifest names was seen with it.
pub fn judge(
    lock: &Lock<'_>,
    project: &Project<'_>,
    format: &dyn Format,
    listed: Option<&[String]>,
) -> Vec<Finding> {
    if let Some(listed) = listed {
        return unlisted(lock, project, &settings::glob_set(listed));
    }
    let manifest = project.text(&project.beside(format.manifest()));
    let is_named = |path: &str| {
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
        manifest.as_ref().is_some_and(|source| source.text().contains(last))
    };
    let local = lock.packages.iter().filter(|package| package.origin == Origin::Local);
    let files = local.flat_map(|package| package.files.iter().map(move |file| (package, file)));
    files
        .filter_map(|(package, file)| Some((package, file, file.url.as_deref()?)))
        .filter(|(_, _, path)| leads_out(project.folder, path) && !is_named(path))
        .take(MOST_PLACES)
        .map(|(package, file, path)| {
            let title = package.title();
            let message =
                format!("`{title}` is taken from `{path}`, outside of the repository, and the manifest does not say so");
            Finding::new(&DISALLOWED_SOURCE, project.source.at(file.place.clone()), message)
                .severity(Severity::Warning)
                .help("find out how it came there; if it is meant, name the path in the manifest")
                .subject(title)
        })
        .collect()
}

/// What the policy does not list. The project itself is no dependency.
fn unlisted(lock: &Lock<'_>, project: &Project<'_>, listed: &GlobSet) -> Vec<Finding> {
    let local = lock.packages.iter().filter(|package| package.origin == Origin::Local);
    let paths = local.flat_map(|package| {
        package.files.iter().filter_map(move |file| Some((package, file, file.url.as_deref()?)))
    });
    let unlisted = paths.filter(|(_, _, path)| {
        let normal = paths::normal(project.folder, path.strip_prefix("file:").unwrap_or(path));
        normal != project.folder && !listed.is_match(&normal)
    });
    unlisted
        .take(MOST_PLACES)
        .map(|(package, file, path)| {
            let title = package.title();
            let message = format!("`{title}` is taken from `{path}`, which `local-paths` does not list");
            Finding::new(&DISALLOWED_SOURCE, project.source.at(file.place.clone()), message)
                .help("find out how it came there; if it is meant, add the path to `local-paths` under `checks.lockfile`")
                .subject(title)
        })
        .collect()
}

/// True if a path of a lockfile in `folder` ends outside of the repository.
fn leads_out(folder: &str, path: &str) -> bool {
    let path = path.strip_prefix("file:").unwrap_or(path);
    let is_drive = path.get(1..3).is_some_and(|colon| colon == ":/" || colon == ":\\");
    if path.starts_with(['/', '~', '\\']) || is_drive || path.contains("://") {
        return true;
    }
    let normal = paths::normal(folder, path);
    normal == ".." || normal.starts_with("../")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leaves_the_repository_leads_out() {
        for path in ["../../x", "/x", "file:///x", "~/x", "C:/x", "file:../../x.tgz"] {
            assert!(leads_out("a", path), "{path}");
        }
        for path in ["../x", "x/../..", ".", "", "b/c"] {
            assert!(!leads_out("a", path), "{path}");
        }
    }
}
