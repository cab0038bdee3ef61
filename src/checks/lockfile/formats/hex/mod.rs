//! mix.lock of Elixir.

mod graph;
mod manifest;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::checkout::Source;
use crate::tree::Syntax;

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package, comparable_url};
use super::super::paths;
use super::super::report::Report;
use super::bundler::version::{Requirement, Version};
use graph::Known;
use manifest::{asked, option, quoted, repositories};

/// mix.lock.
pub struct Mix;

impl Format for Mix {
    fn ecosystem(&self) -> &'static str {
        "hex"
    }

    fn tool(&self) -> &'static str {
        "mix"
    }

    fn names(&self) -> &'static [&'static str] {
        &["mix.lock"]
    }

    fn manifest(&self) -> &'static str {
        "mix.exs"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        None
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        &["repo.hex.pm", "hex.pm"]
    }

    fn repair(&self) -> &'static str {
        "mix deps.get"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let text = project.source.text();
        let mut lock = Lock::default();
        let mut closed = false;
        for line in text.lines().map(str::trim) {
            // Old versions opened the map in the line of its first entry, and closed it in that of its last.
            let line = line.strip_prefix("%{").filter(|entry| entry.starts_with('"')).unwrap_or(line);
            let without = line.strip_suffix('}').filter(|entry| entry.ends_with('}'));
            closed |= without.is_some();
            let line = without.unwrap_or(line);
            let offset = line.as_ptr() as usize - text.as_ptr() as usize;
            match line {
                "" | "%{" => {}
                "}" | "%{}" => closed = true,
                line => {
                    let place = offset..offset + line.len();
                    let package = package(line, offset)
                        .ok_or_else(|| Unreadable::malformed("a line is none that mix writes", place))?;
                    lock.packages.push(package);
                }
            }
        }
        if !closed {
            let end = text.trim_end().len();
            return Err(Unreadable::malformed("the map is not closed; the file may be cut off", end..end));
        }
        Ok(lock)
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        if project.text(&project.beside("mix.exs")).is_none() {
            report.not_examined("mix.lock without a mix.exs beside it");
            return Declared::default();
        }
        let locked: HashMap<&str, &Package<'_>> =
            lock.packages.iter().map(|package| (&*package.name, package)).collect();
        let (own, taken) = manifests(project);
        let mut partly = false;
        for manifest in &own {
            partly |= !compare(manifest, &locked, project, report);
        }
        let repositories = own.iter().chain(&taken).flat_map(|manifest| repositories(manifest.text()));
        let urls: HashSet<String> = repositories.map(|url| comparable_url(&url)).collect();
        let known = Known::of(own.iter().chain(&taken), project);
        partly |= known.are_strangers_unasked(lock, &urls);
        if !partly {
            known.judge(lock, report);
        }
        Declared { urls: urls.into_iter().collect(), partly, ..Declared::default() }
    }

    fn wants_lock(&self, manifest: &Source, project: &Project<'_>) -> bool {
        // A package of Hex leaves the choice to those who use it; an umbrella has one lockfile above.
        let text = manifest.text();
        let (asked, _) = asked(text);
        !text.contains("package:")
            && !text.contains("lockfile:")
            && asked.iter().any(|one| !one.beside)
            && project.folder.is_empty()
    }
}

/// The manifests that a lockfile is for: the one beside it, and those of an umbrella's applications. And those of folders
/// that they take, and these again: what they ask for stands in the lockfile, too.
fn manifests(project: &Project<'_>) -> (Vec<Arc<Source>>, Vec<Arc<Source>>) {
    let read = |folder: &str| project.text(&paths::file_in(folder, "mix.exs"));
    let mut own: Vec<Arc<Source>> = read(project.folder).into_iter().collect();
    let applications = own.first().and_then(|root| quoted(option(root.text(), "apps_path:")?));
    if let Some(above) = applications.and_then(|path| paths::join(project.folder, path)) {
        let folders = project.folders.with("mix.exs", &above);
        own.extend(folders.filter(|folder| paths::split(folder).0 == above).filter_map(read));
    }
    let (mut taken, mut seen) = (Vec::new(), HashSet::new());
    let folders = |manifest: &Source| -> Vec<String> {
        let here = paths::split(manifest.path()).0;
        asked(manifest.text()).0.iter().filter_map(|one| paths::join(here, one.path?)).collect()
    };
    let mut ahead: Vec<String> = own.iter().flat_map(|manifest| folders(manifest)).collect();
    while let Some(folder) = ahead.pop() {
        if !seen.insert(folder.clone()) {
            continue;
        }
        if let Some(manifest) = read(&folder) {
            ahead.extend(folders(&manifest));
            taken.push(manifest);
        }
    }
    (own, taken)
}

/// What a manifest asks for against what is locked. False if only Elixir knows all of it.
fn compare(
    manifest: &Source,
    locked: &HashMap<&str, &Package<'_>>,
    project: &Project<'_>,
    report: &mut Report<'_>,
) -> bool {
    let (asked, complete) = asked(manifest.text());
    if !complete {
        report.not_verified(format!(
            "`{}`: only Elixir knows all that is asked for; what is literal was compared",
            manifest.path()
        ));
    }
    for one in asked.iter().filter(|one| !one.beside) {
        let place = manifest.at(one.place.clone());
        let Some(package) = locked.get(one.name) else {
            if complete {
                let message = format!("`{}` is asked for, and the lockfile does not hold it", one.name);
                report.out_of_sync(place, message).subject(one.name);
            }
            continue;
        };
        let Some(text) = one.requirement.filter(|_| matches!(package.origin, Origin::Registry(_))) else {
            continue;
        };
        let (Some(requirement), Some(version)) = (requirement(text), Version::parse(&package.version)) else {
            continue;
        };
        if !requirement.iter().any(|one| one.allows(&version)) {
            let message =
                format!("`{}` is asked for as `{text}` and locked at {}", one.name, package.version);
            let here = project.source.at(package.place.clone());
            report
                .unsatisfied(place, message)
                .related(here, format!("locked at {}", package.version))
                .subject(one.name);
        }
    }
    complete
}

/// `"name": {:hex, :name, "version", "inner", […], […], "repository", "outer"},`
fn package(line: &str, offset: usize) -> Option<Package<'_>> {
    let line_place = |part: &str| {
        let start = offset + (part.as_ptr() as usize - line.as_ptr() as usize);
        start..start + part.len()
    };
    let (name, tuple) = entry(line)?;
    let parts = parts(tuple);
    let text = |at: usize| parts.get(at).and_then(|part: &&str| part.strip_prefix('"')?.strip_suffix('"'));
    let place = line_place(name);
    let base = |version, origin, files| Package {
        name: Cow::Borrowed(name),
        version: Cow::Borrowed(version),
        origin,
        files,
        needs: Vec::new(),
        place: place.clone(),
    };
    match *parts.first()? {
        ":hex" => {
            let version = text(2)?;
            let hash = |at: usize| {
                let digest = text(at).filter(|digest| !digest.is_empty())?;
                Some(Hash { algorithm: "sha256", digest, encoding: Encoding::Hex, place: line_place(digest) })
            };
            // The inner one is of older versions of the tool; the outer one is over the whole archive.
            let hashes: Vec<Hash<'_>> = hash(7).or_else(|| hash(3)).into_iter().collect();
            let file =
                File { url: None, name: "", hashes: hashes.into(), needs_hash: true, place: place.clone() };
            let origin = match text(6) {
                None | Some("hexpm") => Origin::Registry("https://repo.hex.pm"),
                // Private repositories and organisations are configured on the machine.
                Some(_) => Origin::Registry(""),
            };
            Some(base(version, origin, Few::One(file)))
        }
        ":git" => Some(base("", Origin::Git(text(1)?, text(2)), Few::none())),
        _ => None,
    }
}

/// The name of a line, and what stands in its tuple.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.strip_prefix('"')?.split_once("\":")?;
    Some((name, rest.trim().trim_end_matches(',').strip_prefix('{')?.strip_suffix('}')?))
}

/// The parts of a tuple at its outer level.
fn parts(tuple: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start) = (0_usize, false, 0);
    let mut result = Vec::new();
    for (at, c) in tuple.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                result.push(tuple[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    result.push(tuple[start..].trim());
    result
}

/// A requirement of Elixir: one of these has to hold.
fn requirement(text: &str) -> Option<Vec<Requirement>> {
    let all =
        |text: &str| Requirement::parse(text.split(" and ").map(|part| part.trim_start_matches("==").trim()));
    text.split(" or ").map(all).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_read() {
        let line = r#""jason": {:hex, :jason, "1.4.1", "aa", [:mix], [{:decimal, "~> 1.0 or ~> 2.0", [hex: :decimal, repo: "hexpm", optional: true]}], "hexpm", "bb"},"#;
        let package = package(line, 0).unwrap();
        assert_eq!(
            (&*package.name, &*package.version, package.files[0].hashes[0].digest),
            ("jason", "1.4.1", "bb")
        );
        assert_eq!(&line[package.files[0].hashes[0].place.clone()], "bb");
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "(defp deps do\n|\\{:|\"a\":|hex|[{}\\[\\],\" é:\n]){0,16}") {
            let _ = package(text.trim(), 0);
        }
    }
}
