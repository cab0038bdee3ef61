//! What the sources of a Go module import, compared with the modules that its go.mod names.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use crate::checkout::Source;

use super::super::super::format::Project;
use super::super::super::paths;
use super::super::super::report::{Report, repair};
use super::builds::{Built, built, is_usually_named};
use super::manifest::Manifest;
use super::workspace::Member;

/// Files that are read. A module with more of them is left to Go.
const MOST_FILES: usize = 5_000;

/// The modules of which something may be imported.
#[derive(Default)]
pub struct Imported<'m> {
    /// In what is usually built.
    pub usually: HashSet<&'m str>,
    /// Only in tests, on other systems or with tags.
    pub sometimes: HashSet<&'m str>,
}

/// Every import is of the module itself, of Go, or of a module that go.mod names, or another one of the workspace.
/// So it is in the packages of local modules that are imported. Nothing is returned if that is not known.
pub fn compare<'m>(
    manifest: &Manifest<'m>,
    workspace: &[Member<'m>],
    project: &Project<'_>,
    report: &mut Report<'_>,
) -> Option<Imported<'m>> {
    let search = Search::new(manifest, workspace, project)?;
    let files = search.files(manifest);
    if files.len() > MOST_FILES {
        report.not_examined("imports of a Go module with very many files");
        return None;
    }
    let mut imported = Imported::default();
    let mut seen: HashSet<String> = HashSet::new();
    let mut rest: Vec<Arc<Source>> = Vec::new();
    let mut packages: Vec<String> = Vec::new();
    for path in files {
        let Some(source) = project.text(path) else { continue };
        let (built, all) = read(&source);
        match built {
            Built::Usually => {}
            Built::Sometimes => {
                rest.push(source);
                continue;
            }
            Built::Never => continue,
        }
        for (import, place) in unseen(all, &mut seen) {
            let found = search.modules(import);
            packages.extend(search.folder(import, &found));
            if found.is_empty() {
                search.refuse(&source, place, report);
            }
            imported.usually.extend(found);
        }
    }
    // Where modules do not list all that is needed, a local one may import what only modules elsewhere name.
    let is_closed = manifest.lists_all() && workspace.is_empty();
    let mut known: HashSet<String> = packages.iter().cloned().collect();
    let mut left = MOST_FILES;
    while let Some(folder) = packages.pop() {
        for source in search.package(&folder, &mut left) {
            let (built, all) = read(&source);
            if built != Built::Usually {
                continue;
            }
            for (import, place) in unseen(all, &mut seen) {
                let found = search.modules(import);
                packages.extend(search.folder(import, &found).filter(|other| known.insert(other.clone())));
                if found.is_empty() && is_closed {
                    search.refuse(&source, place, report);
                }
                imported.usually.extend(found);
            }
        }
    }
    for source in rest {
        for (import, place) in unseen(imports(source.text()), &mut seen) {
            let found = search.modules(import);
            if found.is_empty() {
                let message = format!(
                    "only tests or some builds import `{import}`, and go.mod names no module that provides it"
                );
                report.drift(source.at(place), message).subject(import);
            }
            imported.sometimes.extend(found);
        }
    }
    Some(imported)
}

/// An import, and where it is written.
type Import<'s> = (&'s str, Range<usize>);

/// When a file is built, and what it imports. With C in it, the former depends on the compilers that are there.
fn read(source: &Source) -> (Built, Vec<Import<'_>>) {
    let all = imports(source.text());
    match built(source.path(), source.text()) {
        Built::Usually if all.iter().any(|(import, _)| *import == "C") => (Built::Sometimes, all),
        built => (built, all),
    }
}

/// The imports from elsewhere that were not seen before: most files import the same.
fn unseen<'s>(mut all: Vec<Import<'s>>, seen: &mut HashSet<String>) -> Vec<Import<'s>> {
    all.retain(|(import, _)| {
        let is_foreign = import.split('/').next().is_some_and(|first| first.contains('.'));
        is_foreign && !seen.contains(*import) && seen.insert((*import).to_owned())
    });
    all
}

/// Where imports lead to.
struct Search<'m, 'p> {
    project: &'p Project<'p>,
    own: &'m str,
    folder: &'m str,
    modules: HashSet<&'m str>,
    /// The folders of modules that are taken from the repository.
    locals: HashMap<&'m str, String>,
    /// The folders of modules below this one.
    nested: Vec<&'p str>,
}

impl<'m: 'p, 'p> Search<'m, 'p> {
    fn new(
        manifest: &Manifest<'m>,
        workspace: &[Member<'m>],
        project: &'p Project<'p>,
    ) -> Option<Search<'m, 'p>> {
        let (own, folder) = (manifest.own()?, manifest.folder);
        let others = workspace.iter().flat_map(|other| other.manifest.modules().chain(other.manifest.own()));
        let modules = manifest.modules().chain([own]).chain(others).collect();
        let locals = manifest.locals().filter_map(|local| Some((local.required.of, local.folder?))).collect();
        let below = project.folders.with("go.mod", folder);
        let nested = below.filter(|other| *other != folder).collect();
        Some(Search { project, own, folder, modules, locals, nested })
    }

    /// The sources of the module, as far as `./...` finds them.
    fn files(&self, manifest: &Manifest<'_>) -> Vec<&'p str> {
        let is_here = |path: &&str| {
            let (folder, name) = paths::split(path);
            is_source(name)
                && paths::is_inside(folder, self.folder)
                && !folder
                    .split('/')
                    .any(|part| part == "vendor" || part == "testdata" || part.starts_with(['_', '.']))
                && !self.nested.iter().any(|other| paths::is_inside(folder, other))
                && !manifest.ignores(folder)
        };
        self.below(self.folder).filter(is_here).collect()
    }

    /// The sources of a package whose names do not say that they are rarely built.
    fn package(&self, folder: &str, left: &mut usize) -> Vec<Arc<Source>> {
        let files = self.below(folder).filter(|path| {
            let (parent, name) = paths::split(path);
            parent == folder && is_source(name) && is_usually_named(name)
        });
        let files: Vec<_> = files.take(*left).filter_map(|path| self.project.text(path)).collect();
        *left -= files.len();
        files
    }

    /// The files whose paths begin with that of a folder.
    fn below<'f>(&self, folder: &'f str) -> impl Iterator<Item = &'p str> + use<'m, 'p, 'f> {
        let files = &self.project.checkout.listing().files;
        let start = files.partition_point(|entry| &*entry.path < folder);
        files[start..].iter().map(|entry| &*entry.path).take_while(move |path| path.starts_with(folder))
    }

    /// The modules that may provide a package, the shortest path first.
    fn modules(&self, import: &str) -> Vec<&'m str> {
        let ends = import.match_indices('/').map(|(at, _)| at).chain([import.len()]);
        let found = ends.filter_map(|end| self.modules.get(&import[..end])).copied();
        found.filter(|module| *module != self.own || !self.is_nested(import)).collect()
    }

    /// True for what lies in a module of its own below this one.
    fn is_nested(&self, import: &str) -> bool {
        let inner = import.strip_prefix(self.own).and_then(|rest| rest.strip_prefix('/'));
        let folder = inner.map(|inner| paths::file_in(self.folder, inner));
        folder.is_some_and(|folder| self.nested.iter().any(|other| paths::is_inside(&folder, other)))
    }

    /// Reports an import that no module provides.
    fn refuse(&self, source: &Source, place: Range<usize>, report: &mut Report<'_>) {
        let import = &source.text()[place.clone()];
        let message = format!("`{import}` is imported, and go.mod names no module that provides it");
        let command = repair("go mod tidy", self.folder);
        report
            .out_of_sync(source.at(place), message)
            .help(format!("run {command}, review what it changes, and commit it"))
            .subject(import);
    }

    /// The folder of a package of a local module.
    fn folder(&self, import: &str, found: &[&'m str]) -> Option<String> {
        let module = found.last()?;
        let inner = import[module.len()..].trim_start_matches('/');
        Some(paths::file_in(self.locals.get(module)?, inner))
            .map(|path| path.trim_end_matches('/').to_owned())
    }
}

/// True for the names of sources.
fn is_source(name: &str) -> bool {
    name.ends_with(".go") && !name.starts_with(['_', '.'])
}

/// The imports of a file, which all stand before anything else.
fn imports(text: &str) -> Vec<Import<'_>> {
    let mut result = Vec::new();
    let mut start = 0;
    let (mut inside, mut comment) = (false, false);
    // A `;` is as good as the end of a line, and stands in no import.
    for end in memchr::memchr2_iter(b'\n', b';', text.as_bytes()).map(|at| at + 1).chain([text.len()]) {
        let offset = std::mem::replace(&mut start, end);
        let physical = &text[offset..end];
        let line = physical.trim();
        if comment || line.starts_with("/*") {
            comment = !line.contains("*/");
            continue;
        }
        let begins = line.starts_with("import ") || line.starts_with("import(");
        match line {
            "" | ";" | ")" => inside = inside && line != ")",
            _ if line.starts_with("//") || line.starts_with("package ") => {}
            _ if begins || inside => {
                inside = (inside || line.contains('(')) && !line.contains(')');
                let Some(from) = memchr::memchr2(b'"', b'`', physical.as_bytes()) else { continue };
                let quote = char::from(physical.as_bytes()[from]);
                let Some(length) = physical[from + 1..].find(quote) else { continue };
                let place = offset + from + 1..offset + from + 1 + length;
                result.push((&text[place.clone()], place));
            }
            // The first declaration ends the imports.
            _ => break,
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::imports;

    #[test]
    fn imports_are_found() {
        let text = "// c\n/* d\n*/\npackage x\n\nimport \"a.b/c\"\nimport (\n\t\"fmt\"\n\n\t_ \"d.e/f\" // why\n)\n\nvar s = \"g.h/i\"\n";
        let found: Vec<&str> = imports(text).into_iter().map(|(import, _)| import).collect();
        assert_eq!(found, ["a.b/c", "fmt", "d.e/f"]);
        let text = "package x; import _ `a.b/c`\nimport ( \"fmt\"; \"d.e/f\" ); import \"g.h/i\"\n";
        let found: Vec<&str> = imports(text).into_iter().map(|(import, _)| import).collect();
        assert_eq!(found, ["a.b/c", "fmt", "d.e/f", "g.h/i"]);
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "[import (\"`;a.é\n)/*]{0,60}") {
            let _ = imports(&text);
        }
    }
}
