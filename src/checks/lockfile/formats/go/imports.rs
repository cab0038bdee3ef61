//! What the sources of a Go module import, compared with the modules that its go.mod names.

use std::collections::HashSet;

use crate::checkout::Source;

use super::super::super::format::Project;
use super::super::super::paths;
use super::super::super::report::Report;
use super::manifest::Manifest;

/// Files that are read. A module with more of them is left to Go.
const MOST_FILES: usize = 5_000;

/// Every import is of the module itself, of Go, or of a module that go.mod names. Returns the modules of which something
/// may be imported; nothing if that is not known.
pub fn compare<'m>(
    manifest: &Manifest<'m>,
    project: &Project<'_>,
    report: &mut Report<'_>,
) -> Option<HashSet<&'m str>> {
    let own = manifest.own()?;
    let nested: Vec<&str> = project.folders.with("go.mod", project.folder).collect();
    let is_here = |path: &str| {
        let (folder, name) = paths::split(path);
        let is_go = name.ends_with(".go") && !name.starts_with(['_', '.']);
        is_go
            && paths::is_inside(folder, project.folder)
            && !folder
                .split('/')
                .any(|part| part == "vendor" || part == "testdata" || part.starts_with(['_', '.']))
            && !nested.iter().any(|other| *other != project.folder && paths::is_inside(folder, other))
    };
    let files: Vec<&str> = project
        .checkout
        .listing()
        .files
        .iter()
        .map(|entry| &*entry.path)
        .filter(|path| is_here(path))
        .collect();
    if files.len() > MOST_FILES {
        report.not_examined("imports of a Go module with very many files");
        return None;
    }
    let modules: HashSet<&'m str> = manifest.modules().chain([own]).collect();
    let mut used = HashSet::new();
    // What lies in a module of its own below this one is not of this one.
    let is_nested = |import: &str| {
        let inner = import.strip_prefix(own).and_then(|rest| rest.strip_prefix('/'));
        let folder = inner.map(|inner| paths::file_in(project.folder, inner));
        folder.is_some_and(|folder| {
            nested.iter().any(|other| *other != project.folder && paths::is_inside(&folder, other))
        })
    };
    // Most files import the same.
    let mut seen: HashSet<String> = HashSet::new();
    for path in files {
        let Some(source) = project.text(path).filter(|source| !is_ignored(source)) else { continue };
        for (import, place) in imports(source.text()) {
            let is_foreign = import.split('/').next().is_some_and(|first| first.contains('.'));
            if !is_foreign || seen.contains(import) {
                continue;
            }
            seen.insert(import.to_owned());
            let ends = import.match_indices('/').map(|(at, _)| at).chain([import.len()]);
            let found = ends.filter_map(|end| modules.get(&import[..end])).copied();
            let found: Vec<&'m str> = found.filter(|module| *module != own || !is_nested(import)).collect();
            used.extend(&found);
            if !found.is_empty() {
                continue;
            }
            let message = format!("`{import}` is imported, and go.mod names no module that provides it");
            report.out_of_sync(source.at(place), message).subject(import);
        }
    }
    Some(used)
}

/// True for files that no build takes.
fn is_ignored(source: &Source) -> bool {
    let head = source.text().lines().take_while(|line| !line.starts_with("package "));
    head.map(str::trim).any(|line| line == "//go:build ignore" || line == "// +build ignore")
}

/// The imports of a file, which all stand before anything else.
fn imports(text: &str) -> Vec<(&str, std::ops::Range<usize>)> {
    let mut result = Vec::new();
    let mut start = 0;
    let (mut inside, mut comment) = (false, false);
    // A `;` is as good as the end of a line, and stands in no import.
    for physical in text.split_inclusive(['\n', ';']) {
        let offset = start;
        start += physical.len();
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
                let Some(from) = physical.find(['"', '`']) else { continue };
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
