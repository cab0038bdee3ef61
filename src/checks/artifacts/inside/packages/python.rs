//! Packages of Python: file name, METADATA, WHEEL and RECORD of wheels, PKG-INFO of source distributions.

use std::collections::BTreeSet;

use super::super::record;
use super::super::rules::{INCOMPLETE_METADATA, RECORD_MISMATCH, VERSION_MISMATCH};
use super::super::sink::Sink;
use super::super::versions::{self, same_name, same_version};
use super::super::words;
use super::{Expected, Package, differ, lacking};
use crate::rule::Severity;

impl Package {
    pub(super) fn wheel(&self, expected: &Expected, sink: &mut Sink) {
        match self.find("RECORD") {
            Some((path, text)) => record::compare(
                path,
                &text,
                &record::Files { files: &self.files, others: &self.others },
                sink,
            ),
            None => {
                let help = "build the wheel anew with a tool for wheels";
                sink.push(&RECORD_MISMATCH, "it has no RECORD: nothing says what it should hold", help);
            }
        }
        let infos: Vec<&String> = self.folders.iter().filter(|name| name.ends_with(".dist-info")).collect();
        if infos.len() > 1 {
            let message =
                format!("it has {} `.dist-info` folders, and readers take one of them", infos.len());
            sink.push(&VERSION_MISMATCH, message, "build it anew in an empty folder");
        }
        let stem = self.file.trim_end_matches(".whl");
        let parts: Vec<&str> = stem.split('-').collect();
        let by_file = match parts.as_slice() {
            [name, version, _, _, _] | [name, version, _, _, _, _] => Some((*name, *version)),
            _ => {
                let message =
                    format!("`{}` is no name of a wheel: NAME-VERSION-PYTHON-ABI-PLATFORM.whl", self.file);
                sink.push(&VERSION_MISMATCH, message, "keep the name that the build tool gives");
                None
            }
        };
        if let Some((path, text)) = self.find("METADATA") {
            let metadata = Headers::of(&text);
            metadata.complete(path, sink);
            self.python(&metadata, path, by_file, expected, sink);
        } else {
            sink.push_as(&INCOMPLETE_METADATA, Severity::Error, "it has no METADATA", "build the wheel anew");
        }
        let Some((path, text)) = self.find("WHEEL") else {
            return sink.push_as(
                &INCOMPLETE_METADATA,
                Severity::Error,
                "it has no WHEEL",
                "build the wheel anew",
            );
        };
        let said: BTreeSet<String> = Headers::of(&text).all("Tag").map(str::to_owned).collect();
        if let [.., python, abi, platform] = parts.as_slice()
            && by_file.is_some()
            && said != expanded(python, abi, platform)
        {
            let tags: Vec<&str> = said.iter().map(String::as_str).collect();
            let message = format!(
                "the file name is for `{python}-{abi}-{platform}`, `{path}` for {}",
                words::some(&tags)
            );
            let help = "tag the wheel with `wheel tags`, which writes both";
            sink.push_as(&VERSION_MISMATCH, Severity::Warning, message, help);
        }
    }

    pub(super) fn sdist(&self, expected: &Expected, sink: &mut Sink) {
        let Some((path, text)) = self.find("PKG-INFO") else { return };
        let metadata = Headers::of(&text);
        metadata.complete(path, sink);
        let stem = self.file.trim_end_matches(".tar.gz").trim_end_matches(".tgz");
        self.top(stem, sink);
        self.python(&metadata, path, stem.rsplit_once('-'), expected, sink);
    }

    /// What the metadata of Python says against the file name and the tag.
    fn python(
        &self,
        metadata: &Headers<'_>,
        path: &str,
        by_file: Option<(&str, &str)>,
        expected: &Expected,
        sink: &mut Sink,
    ) {
        let (Some(name), Some(version)) = (metadata.first("Name"), metadata.first("Version")) else { return };
        let python = |one: &str, other: &str| same_version(one, other, true);
        if let Some((file_name, file_version)) = by_file {
            differ((name, file_name), same_name(name, file_name), "name", path, sink);
            // In file names `-` of a version is `_`.
            let holds = python(version, file_version) || python(version, &file_version.replace('_', "-"));
            differ((version, file_version), holds, "version", path, sink);
        }
        versions::against_tag(name, version, expected.tag.as_deref(), &python, path, sink);
    }
}

/// The tags that a compressed tag stands for.
fn expanded(python: &str, abi: &str, platform: &str) -> BTreeSet<String> {
    let mut tags = BTreeSet::new();
    for python in python.split('.') {
        for abi in abi.split('.') {
            for platform in platform.split('.').take(64) {
                tags.insert(format!("{python}-{abi}-{platform}"));
            }
        }
    }
    tags
}

/// The headers of METADATA, WHEEL and PKG-INFO.
struct Headers<'t>(Vec<(&'t str, &'t str)>);

impl<'t> Headers<'t> {
    fn of(text: &'t str) -> Headers<'t> {
        let lines = text.lines().take_while(|line| !line.trim().is_empty());
        // What starts with a space goes on with the header before it.
        let lines = lines.filter(|line| !line.starts_with([' ', '\t']));
        Headers(
            lines.filter_map(|line| line.split_once(':')).map(|(key, value)| (key, value.trim())).collect(),
        )
    }

    fn all<'h>(&'h self, key: &'h str) -> impl Iterator<Item = &'t str> + 'h {
        self.0.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, value)| *value)
    }

    fn first<'h>(&'h self, key: &'h str) -> Option<&'t str> {
        self.all(key).find(|value| !value.is_empty())
    }

    /// What the index asks for, and what its readers look for.
    fn complete(&self, path: &str, sink: &mut Sink) {
        let missing = |keys: &[&'static str]| {
            keys.iter().copied().filter(|key| self.first(key).is_none()).collect::<Vec<_>>()
        };
        let help = "the build tool takes these from `[project]` in pyproject.toml";
        lacking(path, missing(&["Metadata-Version", "Name", "Version"]).into_iter(), help, sink);
        let mut wanted = missing(&["Summary", "Requires-Python"]);
        let licence = ["License", "License-Expression", "License-File"];
        if missing(&licence).len() == licence.len()
            && !self.all("Classifier").any(|c| c.starts_with("License "))
        {
            wanted.push("License-Expression");
        }
        if !wanted.is_empty() {
            let message = format!("`{path}` says nothing of {}", words::some(&wanted));
            sink.push_as(&INCOMPLETE_METADATA, Severity::Note, message, help);
        }
    }
}
