//! Packages of registries: what their names, their metadata and the git tag say, and whether it is the same.

mod python;

use std::collections::{BTreeMap, BTreeSet};

use super::contents::Content;
use super::record;
use super::rules::{INCOMPLETE_METADATA, VERSION_MISMATCH};
use super::sink::Sink;
use super::versions::{self, same_name, same_version};
use crate::hashing::Algorithm;
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
    /// Digests other than SHA-256 that RECORD asks for.
    others: BTreeMap<String, Vec<u8>>,
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
            others: BTreeMap::new(),
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

    /// The files of a wheel that RECORD lists with another digest than SHA-256.
    pub fn other_digests(&self) -> BTreeMap<String, Algorithm> {
        match self.find("RECORD") {
            Some((_, text)) if self.kind == Kind::Wheel => record::other_digests(&text),
            _ => BTreeMap::new(),
        }
    }

    /// Takes in these digests.
    pub fn know(&mut self, digests: BTreeMap<String, Vec<u8>>) {
        self.others = digests;
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
