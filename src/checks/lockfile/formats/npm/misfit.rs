//! Whether an entry of the lockfile is what is asked for, and why not.

use super::super::super::model::comparable_url;
use super::super::super::node::edges::Edge;
use super::super::super::node::spec::{Spec, satisfies};
use super::super::super::paths;
use super::entries::Entry;
use super::sync::{Asker, Comparison};

/// Why an entry is not what is asked for.
pub(super) enum Misfit {
    /// Its version lies outside of the range.
    Version(String),
    /// It comes from somewhere else, in words.
    Source(String),
}

impl<'s> Comparison<'_, 's> {
    /// Why the entry is not what the edge asks for, overrides considered.
    pub(super) fn misfit(&self, from: &Asker<'_>, edge: &Edge<'_>, index: usize) -> Option<Misfit> {
        let own = || self.misfit_of(from.location, edge.spec, index);
        let set = from.set.map(|set| self.overrides.below(set, edge.name, edge.spec));
        let Some((value, key)) = set.and_then(|set| self.overrides.value(set, edge.name)) else {
            return own();
        };
        let overridden = self.misfit_of(from.location, value, index)?;
        // npm also leaves a version that the override is not for.
        if own().is_none() && self.misfit_of(from.location, key, index).is_some() {
            return None;
        }
        Some(overridden)
    }

    fn misfit_of(&self, location: &str, spec: &str, index: usize) -> Option<Misfit> {
        let entry = &self.entries.all[index];
        match Spec::of(spec) {
            Spec::Range(range) => self.outside(&range, index),
            Spec::Alias(name, inner) => {
                if !entry.package_name().eq_ignore_ascii_case(&name) {
                    return Some(Misfit::Source(format!("`{name}`")));
                }
                match *inner {
                    Spec::Range(range) => self.outside(&range, index),
                    _ => None,
                }
            }
            Spec::Git(repository, reference) => git_misfit(&repository, reference.as_deref(), entry),
            Spec::Remote(url) => {
                let same = entry.resolved() == Some(url.as_str());
                (!same).then(|| Misfit::Source(format!("`{url}`")))
            }
            Spec::Folder(path) => {
                if path.starts_with(['/', '~']) {
                    return None;
                }
                let wanted = paths::normal(location, &path);
                let old = || entry.resolved().is_some_and(|resolved| resolved.starts_with("file:"));
                let same = entry.link == Some(wanted.as_str()) || (self.entries.is_old && old());
                // With `install-links` a folder is copied instead.
                let copied =
                    entry.link.is_none() && entry.resolved().is_some_and(|url| url.starts_with("file:"));
                (!same && !copied).then(|| Misfit::Source(format!("the folder `{path}`")))
            }
            Spec::Archive(path) => {
                let same = entry.resolved().is_some_and(|resolved| resolved.starts_with("file:"));
                (!same).then(|| Misfit::Source(format!("the archive `{path}`")))
            }
            Spec::Tag | Spec::Foreign(_) => None,
        }
    }

    fn outside(&self, range: &str, index: usize) -> Option<Misfit> {
        let entry = &self.entries.all[index];
        let version = self.version(entry);
        let misfit = || Some(Misfit::Version(range.to_owned()));
        if version.is_empty() {
            // What comes from elsewhere need not have one.
            let from_registry =
                entry.link.is_none() && entry.resolved().is_none_or(|url| url.starts_with("http"));
            let is_workspace = entry.link.is_some_and(|location| self.versions.contains_key(location));
            // A link to a folder that the lockfile does not know has none.
            let to_nothing = entry.link.is_some_and(|location| self.entries.at(location).is_none());
            let needs_one =
                (from_registry && !self.entries.is_old && !entry.is_local()) || is_workspace || to_nothing;
            return if needs_one && range != "*" { misfit() } else { None };
        }
        if satisfies(version, range) == Some(false) { misfit() } else { None }
    }

    /// The version: for folders of the project what their manifest says now.
    pub(super) fn version<'a>(&'a self, entry: &'a Entry<'s>) -> &'a str {
        let location = entry.link.unwrap_or(&entry.location);
        if let Some(workspace) = self.versions.get(location) {
            let root = workspace.root();
            return root.and_then(|root| root.get("version")?.as_str()).unwrap_or_default();
        }
        let target = entry.link.and_then(|location| self.entries.at(location));
        target.map_or(entry.version(), |index| self.entries.all[index].version())
    }
}

fn git_misfit(repository: &str, reference: Option<&str>, entry: &Entry<'_>) -> Option<Misfit> {
    let wanted = || {
        let reference = reference.map(|reference| format!(" at `{reference}`")).unwrap_or_default();
        Some(Misfit::Source(format!("the repository `{repository}`{reference}")))
    };
    let Some(resolved) = entry.resolved() else { return wanted() };
    let (address, commit) =
        resolved.split_once('#').map_or((resolved, None), |(url, commit)| (url, Some(commit)));
    // npm before 7 took archives of GitHub's instead.
    let is_archive = address.starts_with("https://codeload.github.com/");
    let found = match Spec::of(resolved) {
        Spec::Git(found, _) => found,
        _ => comparable_url(address).replace("codeload.github.com/", "github.com/"),
    };
    let same = found.eq_ignore_ascii_case(repository)
        || (is_archive && found.to_lowercase().starts_with(&format!("{}/", repository.to_lowercase())));
    if !same {
        return wanted();
    }
    match reference {
        Some(reference) if reference.len() == 40 && reference.bytes().all(|b| b.is_ascii_hexdigit()) => {
            let same = commit == Some(reference) || (is_archive && address.ends_with(reference));
            if same { None } else { wanted() }
        }
        Some(reference) => match reference.strip_prefix("semver:") {
            Some(range) if satisfies(entry.version(), range) == Some(false) => {
                Some(Misfit::Version(range.to_owned()))
            }
            _ => None,
        },
        None => None,
    }
}
