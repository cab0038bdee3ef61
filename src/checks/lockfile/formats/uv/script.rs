//! The lockfile of a single script against the metadata that is written in the script (PEP 723).

use std::sync::Arc;

use crate::checkout::{ReadError, Source};
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
    let script = match project.read(path) {
        Ok(script) => script,
        Err(ReadError::Missing) => {
            let message = format!("the lockfile is for the script `{path}`, which is not there");
            report
                .out_of_sync(Location::file(report.path()), message)
                .help("remove the lockfile, or bring back the script")
                .subject("script");
            return Declared::default();
        }
        Err(why) => {
            report.not_verified(format!("`{path}` cannot be read: {why}"));
            return Declared::default();
        }
    };
    let metadata = match metadata(&script) {
        Ok(metadata) => metadata,
        Err(lack) => {
            report.out_of_sync(Location::file(path), lack.message()).help(lack.help()).subject("script");
            return Declared::default();
        }
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
    let workspace = Workspace::alone(manifest);
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

/// The first line of the block, as uv looks for it.
const OPENING: &str = "# /// script";

/// The last line of the block.
const CLOSING: &str = "# ///";

/// Why a script has no metadata.
#[derive(Debug, PartialEq, Eq)]
enum Lack {
    Absent,
    Unclosed,
    Several,
}

impl Lack {
    fn message(&self) -> &'static str {
        match self {
            Lack::Absent => "the script has no block `# /// script`, so nothing of the lockfile is for it",
            Lack::Unclosed => "the block `# /// script` is not closed, so uv refuses the script",
            Lack::Several => "the script has several blocks `# /// script`, so uv refuses it",
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Lack::Absent => "remove the lockfile, or write the block: `uv init --script` shows how",
            Lack::Unclosed => "close it with `# ///`, and begin each of its lines with `# `",
            Lack::Several => "join the blocks to one",
        }
    }
}

/// The metadata as the pyproject.toml of a project with these dependencies, every line where it is in the script.
fn metadata(script: &Source) -> Result<Source, Lack> {
    let lines: Vec<&str> = script.text().lines().collect();
    let start = lines.iter().position(|line| *line == OPENING).ok_or(Lack::Absent)?;
    let end = end(&lines, start).ok_or(Lack::Unclosed)?;
    let another = lines[end..].iter().position(|line| *line == OPENING);
    if another.is_some_and(|at| self::end(&lines, end + at).is_some()) {
        return Err(Lack::Several);
    }
    let mut text = "\n".repeat(start);
    text.push_str("[project]\n");
    for line in &lines[start + 1..end] {
        text.push(' ');
        text.push_str(line.strip_prefix('#').unwrap_or_default());
        text.push('\n');
    }
    text.push_str(&"\n".repeat(lines.len() - end));
    Ok(Source::new(script.path(), text))
}

/// The line that closes the block: the last that can among the comments that follow.
fn end(lines: &[&str], start: usize) -> Option<usize> {
    let block = lines[start + 1..].iter().take_while(|line| **line == "#" || line.starts_with("# "));
    let closing = block.enumerate().filter(|(_, line)| **line == CLOSING).last();
    closing.map(|(index, _)| start + 1 + index)
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
        assert_eq!(found.text().lines().count(), script.lines().count());
        assert!(is_lock("a.py.lock") && !is_lock(".py.lock") && !is_lock("uv.lock"));
    }

    #[test]
    fn blocks_that_uv_refuses() {
        let lack = |text: &str| metadata(&Source::new("a.py", text.to_owned())).err();
        let block = "# /// script\n# dependencies = []\n#\n# ///\n";
        assert_eq!(lack(block), None);
        assert_eq!(lack(&block.replace('\n', "\r\n")), None);
        assert_eq!(lack(&format!("{block}x = 1\n# /// script\n# never closed\n")), None);
        assert_eq!(lack("import rich\n"), Some(Lack::Absent));
        assert_eq!(lack(&format!("  {block}")), Some(Lack::Absent));
        assert_eq!(lack("# /// script\n# x = 1\n"), Some(Lack::Unclosed));
        assert_eq!(lack(&block.replace("# dep", "#dep")), Some(Lack::Unclosed));
        assert_eq!(lack(&block.replace("# ///\n", "#///\n")), Some(Lack::Unclosed));
        assert_eq!(lack(&format!("{block}x = 1\n{block}")), Some(Lack::Several));
    }
}
