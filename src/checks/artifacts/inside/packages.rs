//! Packages of registries: what their names, their metadata and the git tag say, and whether it is the same.

use std::collections::{BTreeMap, BTreeSet};

use super::contents::Content;
use super::record;
use super::rules::{INCOMPLETE_METADATA, RECORD_MISMATCH, VERSION_MISMATCH};
use super::sink::Sink;
use super::versions::{self, same_name, same_version};
use crate::rule::Severity;

/// Bytes of a metadata file that are read.
const MAX_METADATA: usize = 1 << 20;

/// Bytes of a RECORD that are read: two hundred thousand files.
const MAX_RECORD: usize = 24 << 20;

/// What packages are held to.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    /// The git tag that the release is for.
    pub tag: Option<String>,
    /// The commit that is checked out.
    pub commit: Option<String>,
}

/// The registry that a file is for, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Wheel,
    Crate,
    /// A source distribution of Python, or a package of npm: the metadata tells.
    Tarball,
    None,
}

/// What is known of a package.
pub(super) struct Package {
    kind: Kind,
    file: String,
    metadata: BTreeMap<String, Vec<u8>>,
    /// Files with SHA-256 and size, of wheels.
    files: BTreeMap<String, ([u8; 32], u64)>,
    folders: BTreeSet<String>,
}

impl Package {
    /// For a file of this name.
    pub fn of(file: &str) -> Package {
        let kind = match file {
            _ if file.ends_with(".whl") => Kind::Wheel,
            _ if file.ends_with(".crate") => Kind::Crate,
            _ if [".tar.gz", ".tgz"].iter().any(|end| file.ends_with(end)) => Kind::Tarball,
            _ => Kind::None,
        };
        Package {
            kind,
            file: file.to_owned(),
            metadata: BTreeMap::new(),
            files: BTreeMap::new(),
            folders: BTreeSet::new(),
        }
    }

    /// True if it is a package.
    pub fn is_found(&self) -> bool {
        match self.kind {
            Kind::Wheel | Kind::Crate => true,
            Kind::Tarball => !self.metadata.is_empty(),
            Kind::None => false,
        }
    }

    /// How many bytes of a member are wanted.
    pub fn wants(&self, name: &str) -> usize {
        let Some((folder, last)) = name.split_once('/') else { return 0 };
        match (self.kind, last) {
            (Kind::Wheel, "RECORD") if folder.ends_with(".dist-info") => MAX_RECORD,
            (Kind::Wheel, "METADATA" | "WHEEL") if folder.ends_with(".dist-info") => MAX_METADATA,
            (Kind::Crate, "Cargo.toml" | ".cargo_vcs_info.json") => MAX_METADATA,
            (Kind::Tarball, "PKG-INFO" | "package.json") => MAX_METADATA,
            _ => 0,
        }
    }

    /// Takes in what a member holds.
    pub fn take(&mut self, name: String, content: Content) {
        if self.kind == Kind::None {
            return;
        }
        if let Some((folder, _)) = name.split_once('/')
            && self.folders.len() < 1000
        {
            self.folders.insert(folder.to_owned());
        }
        if self.wants(&name) > 0 {
            self.metadata.insert(name.clone(), content.kept);
        }
        if self.kind == Kind::Wheel {
            self.files.insert(name, (content.sha256, content.size));
        }
    }

    /// Says what is wrong with the package.
    pub fn judge(&self, expected: &Expected, sink: &mut Sink) {
        match self.kind {
            Kind::Wheel => self.wheel(expected, sink),
            Kind::Crate => self.cargo(expected, sink),
            Kind::Tarball if self.find("PKG-INFO").is_some() => self.sdist(expected, sink),
            Kind::Tarball if self.find("package.json").is_some() => self.npm(expected, sink),
            Kind::Tarball | Kind::None => {}
        }
    }

    /// The metadata file of this name: its path and text.
    fn find(&self, last: &str) -> Option<(&str, String)> {
        let wanted = |path: &&String| path.split_once('/').is_some_and(|(_, rest)| rest == last);
        let path = self.metadata.keys().find(wanted)?;
        Some((path, String::from_utf8_lossy(&self.metadata[path]).into_owned()))
    }

    fn wheel(&self, expected: &Expected, sink: &mut Sink) {
        match self.find("RECORD") {
            Some((path, text)) => record::compare(path, &text, &self.files, sink),
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
                super::words::some(&tags)
            );
            let help = "tag the wheel with `wheel tags`, which writes both";
            sink.push_as(&VERSION_MISMATCH, Severity::Warning, message, help);
        }
    }

    fn sdist(&self, expected: &Expected, sink: &mut Sink) {
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

    fn npm(&self, expected: &Expected, sink: &mut Sink) {
        let Some((path, text)) = self.find("package.json") else { return };
        let help = "every package of npm has a name and a version";
        let json: serde_json::Value = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
            Ok(json) => json,
            Err(error) => {
                let message = format!("`{path}` cannot be read: {error}");
                return sink.push_as(&INCOMPLETE_METADATA, Severity::Error, message, help);
            }
        };
        let field = |key: &str| json[key].as_str().filter(|value| !value.is_empty());
        lacking(path, ["name", "version"].into_iter().filter(|key| field(key).is_none()), help, sink);
        if json["private"].as_bool() == Some(true) {
            let message = format!("`{path}` says `private`: npm refuses to publish it");
            sink.push(&INCOMPLETE_METADATA, message, "take `private` out, or do not ship the package");
        }
        let (Some(name), Some(version)) = (field("name"), field("version")) else { return };
        let scoped = name.trim_start_matches('@').replace('/', "-");
        let stem = self.file.trim_end_matches(".tgz").trim_end_matches(".tar.gz");
        let bare = name.rsplit('/').next().unwrap_or(name);
        let fits = [scoped.as_str(), bare].iter().any(|name| stem == format!("{name}-{version}"));
        // People give tarballs names of their own; one that ends with another version is a mistake.
        let others =
            [scoped.as_str(), bare].iter().find_map(|name| stem.strip_prefix(name)?.strip_prefix('-'));
        let other = others.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && !fits);
        if let Some(other) = other {
            differ((version, other), false, "version", path, sink);
        }
        let same = |one: &str, other: &str| same_version(one, other, false);
        versions::against_tag(name, version, expected.tag.as_deref(), &same, path, sink);
    }

    fn cargo(&self, expected: &Expected, sink: &mut Sink) {
        let stem = self.file.trim_end_matches(".crate");
        self.top(stem, sink);
        let help = "pack it with `cargo package`";
        let Some((path, text)) = self.find("Cargo.toml") else {
            return sink.push_as(&INCOMPLETE_METADATA, Severity::Error, "it has no Cargo.toml", help);
        };
        let package = match toml::from_str::<toml::Table>(&text) {
            Ok(table) => table.get("package").cloned(),
            Err(error) => {
                let message = format!("`{path}` cannot be read: {}", error.message());
                return sink.push_as(&INCOMPLETE_METADATA, Severity::Error, message, help);
            }
        };
        let field = |key: &str| package.as_ref()?.get(key)?.as_str();
        lacking(path, ["name", "version"].into_iter().filter(|key| field(key).is_none()), help, sink);
        if field("license").or(field("license-file")).is_none() || field("description").is_none() {
            let message = format!("`{path}` has no licence or no description: crates.io asks for both");
            sink.push(&INCOMPLETE_METADATA, message, "add `license` and `description` to Cargo.toml");
        }
        let (Some(name), Some(version)) = (field("name"), field("version")) else { return };
        let said = format!("{name}-{version}");
        differ((&said, stem), said == stem, "name and version", path, sink);
        let same = |one: &str, other: &str| same_version(one, other, false);
        versions::against_tag(name, version, expected.tag.as_deref(), &same, path, sink);
        let vcs = self.find(".cargo_vcs_info.json");
        let git = vcs.and_then(|(_, text)| serde_json::from_str::<serde_json::Value>(&text).ok());
        let git = git.as_ref().map(|json| &json["git"]);
        let commit = git.and_then(|git| git["sha1"].as_str());
        // Only a crate that was packed for this tag was packed from this commit.
        if let (Some(commit), Some(head), Some(_)) = (commit, &expected.commit, &expected.tag)
            && commit != head
        {
            let message = format!("it was packed from the commit {commit}, and {head} is checked out");
            sink.push(&VERSION_MISMATCH, message, "pack it from the commit that is released");
        }
        if git.is_some_and(|git| git["dirty"].as_bool() == Some(true)) {
            let help = "pack it without `--allow-dirty`";
            let message = "it was packed with changes that are not committed";
            sink.push_as(&VERSION_MISMATCH, Severity::Note, message, help);
        }
    }

    /// Everything lies in one folder that is called as the file is.
    fn top(&self, stem: &str, sink: &mut Sink) {
        let other = self.folders.iter().find(|folder| *folder != stem);
        if let Some(other) = other {
            let holds = other.split_once('-').is_some() && same_name(other, stem);
            let severity = if holds { Severity::Note } else { Severity::Warning };
            let message = format!("it holds the folder `{other}`, and should hold `{stem}` alone");
            sink.push_as(&VERSION_MISMATCH, severity, message, "pack it anew under its own name");
        }
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

fn differ((said, by_file): (&str, &str), same: bool, what: &str, path: &str, sink: &mut Sink) {
    if !same {
        let message = format!("the {what} is `{by_file}` by the file name and `{said}` by `{path}`");
        sink.push(&VERSION_MISMATCH, message, "build it anew; do not rename what a build tool wrote");
    }
}

fn lacking<'k>(path: &str, keys: impl Iterator<Item = &'k str>, help: &str, sink: &mut Sink) {
    let keys: Vec<&str> = keys.collect();
    if !keys.is_empty() {
        let message = format!("`{path}` lacks {}", super::words::some(&keys));
        sink.push_as(&INCOMPLETE_METADATA, Severity::Error, message, help);
    }
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
            let message = format!("`{path}` says nothing of {}", super::words::some(&wanted));
            sink.push_as(&INCOMPLETE_METADATA, Severity::Note, message, help);
        }
    }
}
