//! What pip refuses of a requirements file with hashes before it looks at a package: tried with pip 23.2.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::checkout::Source;

use super::super::super::format::Project;
use super::super::super::paths;
use super::super::super::python::marker::Marker;
use super::super::super::python::requirement::Requirement;
use super::super::super::report::Report;
use super::lines::{Line, lines};
use super::{option, requirement};

/// Options that a line may begin with. pip takes the beginning of a name for the name.
const OPTIONS: [&str; 18] = [
    "-i",
    "-c",
    "-r",
    "-e",
    "-f",
    "--index-url",
    "--extra-index-url",
    "--no-index",
    "--constraint",
    "--requirement",
    "--editable",
    "--find-links",
    "--no-binary",
    "--only-binary",
    "--prefer-binary",
    "--require-hashes",
    "--pre",
    "--trusted-host",
];

/// Others that pip has had, or that only other tools have.
const OTHER_OPTIONS: [&str; 4] =
    ["--use-feature", "--process-dependency-links", "--no-allow-external", "--uploaded-prior-to"];

/// The most files that include each other. Nobody has as many.
const MOST_FILES: usize = 100;

/// Reports what pip refuses.
pub fn judge(project: &Project<'_>, report: &mut Report<'_>) {
    let head: String = project.source.text().lines().take_while(|line| line.starts_with('#')).collect();
    let path = report.path().to_owned();
    let mut reading = Reading {
        project,
        is_exported: head.contains("uv "),
        seen: HashSet::from([path.clone()]),
        lacks_hash: false,
        pins: HashMap::new(),
    };
    reading.file(&path, project.source, report);
}

struct Reading<'p> {
    project: &'p Project<'p>,
    /// uv exports what pip does not take beside hashes, and installs it.
    is_exported: bool,
    seen: HashSet<String>,
    /// True once a requirement without a hash was told about.
    lacks_hash: bool,
    /// What is asked for without a condition.
    pins: HashMap<String, String>,
}

impl Reading<'_> {
    fn file(&mut self, path: &str, source: &Source, report: &mut Report<'_>) {
        for line in lines(source.text()) {
            let Some((first, _)) = line.words.first() else { continue };
            let fault = if first.starts_with('-') {
                self.option(path, &line, report)
            } else {
                self.requirement(&line, source.text())
            };
            if let Some(fault) = fault {
                let subject = fault.clone();
                let help = "mend the line, or keep what can have no hash in a file of its own";
                report.out_of_sync(source.at(line.place()), fault).help(help).subject(subject);
            }
        }
    }

    fn option(&mut self, path: &str, line: &Line<'_>, report: &mut Report<'_>) -> Option<String> {
        let first = line.words[0].0;
        let name = first.split('=').next().unwrap_or(first);
        let is_known =
            |known: &&str| known.starts_with(name) || (known.len() == 2 && first.starts_with(*known));
        if !OPTIONS.iter().chain(&OTHER_OPTIONS).any(is_known) {
            return Some(format!("pip knows no option `{name}` for a line of its own"));
        }
        if option(line, &["-e", "--editable"]).is_some() && !self.is_exported {
            return Some("pip refuses an editable package where hashes are given".to_owned());
        }
        let other = option(line, &["-r", "--requirement", "-c", "--constraint"])?;
        if other.contains("://") || other.contains("${") {
            return None;
        }
        let other = paths::join(paths::split(path).0, other)?;
        let Some(source) = self.project.text(&other) else {
            let is_missing = !self.project.checkout.contains(&other);
            return is_missing.then(|| format!("pip refuses the file because `{other}` is not there"));
        };
        let included = option(line, &["-r", "--requirement"]).is_some();
        if included && self.seen.len() < MOST_FILES && self.seen.insert(other.clone()) {
            let source: Arc<Source> = source;
            self.file(&other, &source, report);
        }
        None
    }

    fn requirement(&mut self, line: &Line<'_>, text: &str) -> Option<String> {
        let mut hashes = line.words.iter().filter(|(word, _)| word.starts_with("--hash"));
        let is_broken = |word: &str| word.strip_prefix("--hash=").is_some_and(|value| !value.contains(':'));
        if let Some((word, _)) = hashes.clone().find(|(word, _)| is_broken(word)) {
            return Some(format!("`{word}` does not say what kind of hash it is, which pip refuses"));
        }
        let first = line.words[0].0;
        let Some(read) = requirement(line, text) else {
            // Paths, archives and variables are taken, too.
            let is_name = !line.words.iter().any(|(word, _)| word.contains(['/', '\\', '$', '@']));
            let is_folder = first.starts_with("./") || first.starts_with("../");
            return match (is_folder && hashes.next().is_none() && !self.is_exported, is_name) {
                (true, _) => Some(format!("pip refuses the folder `{first}` where hashes are given")),
                (false, true)
                    if !first.ends_with(".whl") && !first.ends_with(".gz") && !first.ends_with(".zip") =>
                {
                    Some(format!("`{first}` is followed by what pip cannot read"))
                }
                _ => None,
            };
        };
        let Requirement { name, url, marker, .. } = &read;
        let is_repository =
            url.as_ref().is_some_and(|_| line.words.iter().any(|(word, _)| word.contains("git+")));
        if is_repository && !self.is_exported {
            return Some(format!("pip refuses the repository of `{name}` where hashes are given"));
        }
        // Elsewhere it may not be asked for.
        if !matches!(marker, Marker::Constant(true)) {
            return None;
        }
        if url.is_none() && hashes.next().is_none() {
            // The others have a finding of their own.
            if std::mem::replace(&mut self.lacks_hash, true) {
                return None;
            }
            return Some(format!("pip refuses the file because `{name}` has no hash, and others have"));
        }
        let pin = super::pin(&read)?;
        let known = self.pins.entry(name.clone()).or_insert_with(|| pin.clone());
        (*known != pin).then(|| format!("`{name}` is asked for as {known} and as {pin}, which pip refuses"))
    }
}
