//! The lockfile of a single script against the metadata that is written in the script (PEP 723).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::checkout::Source;
use crate::location::Location;
use crate::tree::Node;

use super::super::super::format::Project;
use super::super::super::model::{Declared, Lock};
use super::super::super::python::version::{release_ranges, specifiers};
use super::super::super::report::Report;
use super::declared::declared;
use super::members::Members;
use super::pyproject::Pyproject;
use super::settings::Settings;
use super::sync::Comparison;
use super::workspace::Workspace;
use super::{options, wire};

/// What is added to the name of a script.
pub const SUFFIX: &str = ".lock";

/// True for the name of a script's lockfile.
pub fn is_lock(name: &str) -> bool {
    name.strip_suffix(SUFFIX).is_some_and(|script| script.len() > 3 && script.ends_with(".py"))
}

/// Compares as `uv lock --check --script` does, reports, and returns what the script names as sources.
pub fn compare(root: Node<'_>, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let path = project.source.path().strip_suffix(SUFFIX).unwrap_or_default();
    let Some(script) = project.text(path) else {
        report.not_examined("the lockfile of a script that is not there");
        return Declared::default();
    };
    let Some(metadata) = metadata(&script) else {
        let message = "the script has no block `# /// script`, so nothing of the lockfile is for it";
        report
            .out_of_sync(Location::file(path), message)
            .help("remove the lockfile, or write the block: `uv init --script` shows how")
            .subject("script");
        return Declared::default();
    };
    let manifest = Pyproject::new(String::new(), Arc::new(metadata));
    if !manifest.source.tree(crate::tree::Syntax::Toml).is_clean() {
        report.not_verified(format!("the metadata of `{path}` is no TOML, so it was not compared"));
        return Declared::default();
    }
    let around = Settings::of(project);
    let settings = match Settings::of_script(manifest.source.clone()) {
        Some(own) => own.above(around),
        None => around,
    };
    let workspace = Workspace {
        root: manifest,
        members: BTreeMap::new(),
        required: BTreeMap::new(),
        problems: Vec::new(),
    };
    let comparison = Comparison::of(root, lock, project, &workspace, &settings);
    match settings.joined() {
        Some(key) => report.not_verified(format!(
            "the script and its folder both have `{key}`, which uv joins, so the two were not compared"
        )),
        None => {
            options::compare(root, &settings, comparison.era, project, report);
            comparison.metadata(report);
            comparison.indexes(report);
        }
    }
    comparison.script_python(report);
    comparison.lists(report);
    comparison.script_requirements(path, report);
    declared(&workspace, &settings)
}

impl Comparison<'_, '_> {
    /// `requires-python` of the script; without it uv takes that of the Python that it runs with.
    fn script_python(&self, report: &mut Report<'_>) {
        let (Some(written), Some(locked)) = (self.workspace.root.requires_python(), &self.python) else {
            return;
        };
        let Some(wanted) = specifiers(written.text) else {
            return report.not_verified(format!("`requires-python = {}` cannot be read", written.text));
        };
        if release_ranges(&wanted).bounding() == locked.bounding() {
            return;
        }
        let locked = self.root.get("requires-python").and_then(|node| node.text()).unwrap_or_default();
        let message = format!("`requires-python` is `{}`, and the lockfile is for `{locked}`", written.text);
        report
            .out_of_sync(self.workspace.root.source.at(written.place), message)
            .related(self.locked(&["requires-python"]), "the lockfile")
            .subject("requires-python");
    }

    /// What the script asks for, and what the lockfile records of that.
    fn script_requirements(&self, path: &str, report: &mut Report<'_>) {
        let members = Members { comparison: self };
        let script = &self.workspace.root;
        let Some(theirs) = wire::needs(self.root.at(&["manifest", "requirements"])) else {
            return report.not_verified("the requirements that the lockfile records cannot be read");
        };
        match members.requirements(script, self.workspace) {
            Ok(ours) => members.compare_needs(script, &ours, &theirs, path, "", report),
            Err(why) => self.unclear(why, "the script's dependencies", Location::file(path), report),
        }
    }
}

/// The metadata as the pyproject.toml of a project with these dependencies, every line where it is in the script.
fn metadata(script: &Source) -> Option<Source> {
    let mut text = String::new();
    let mut state = State::Before;
    for line in script.text().lines() {
        match state {
            State::Before if line.trim_end() == "# /// script" => {
                text.push_str("[project]");
                state = State::Inside;
            }
            State::Inside if line.trim_end() == "# ///" => state = State::Behind,
            State::Inside => match line.strip_prefix('#') {
                Some(rest) => {
                    text.push(' ');
                    text.push_str(rest);
                }
                None => return None,
            },
            _ => {}
        }
        text.push('\n');
    }
    matches!(state, State::Behind).then(|| Source::new(script.path(), text))
}

enum State {
    Before,
    Inside,
    Behind,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_keeps_its_lines() {
        let script = "#!/usr/bin/env python\n# /// script\n# requires-python = \">=3.12\"\n# dependencies = [\n#   \"rich\",\n# ]\n#\n# [tool.uv]\n# exclude-newer = \"1 day\"\n# ///\nimport rich\n";
        let found = metadata(&Source::new("a.py", script.to_owned())).unwrap();
        let lines: Vec<&str> = found.text().lines().collect();
        assert_eq!(lines[1], "[project]");
        assert_eq!(lines[4].trim(), "\"rich\",");
        assert_eq!(lines[4].find('"'), script.lines().nth(4).unwrap().find('"'));
        assert!(metadata(&Source::new("a.py", "# /// script\n# x = 1\n".to_owned())).is_none());
        assert!(metadata(&Source::new("a.py", "import rich\n".to_owned())).is_none());
        assert!(is_lock("a.py.lock") && !is_lock(".py.lock") && !is_lock("uv.lock"));
    }
}
