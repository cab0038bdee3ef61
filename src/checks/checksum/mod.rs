//! What `ci-guard checksum` hashes and writes.

mod documents;
mod handover;
mod media;
pub(crate) mod names;
mod origin;
mod own;
mod pattern;
mod refusal;
mod rules;
pub(crate) mod select;
mod target;

use std::path::Path;

use data_encoding::{BASE64, HEXLOWER};

use crate::checkout::Checkout;
use crate::checks::artifacts::list::{self, Style};
use crate::checks::artifacts::manifest::{self, Manifest};
use crate::checks::artifacts::name::Name;
use crate::checks::artifacts::words;
use crate::checks::{Column, Output, Record, Table};
use crate::environment::Environment;
use crate::finding::Finding;
use crate::hashing::{self, Algorithm, HashError, Hashed, Job};
use crate::location::Location;
use crate::masking;
use crate::rule::Rule;
use crate::runner::Runner;
pub use handover::Handover;
use own::Own;
use select::Picked;
pub use target::Target;

/// All rules of the command.
pub const RULES: &[&Rule] = &rules::ALL;

/// The list's name if the user gives none.
const DEFAULT_LIST: &str = "SHA256SUMS";

/// Files that the report shows.
const MAX_SHOWN: usize = 100;

/// Larger lists are no output of a step, in bytes: it is the limit of actions/attest for a list, and jobs hand
/// over no more than 1 MiB to each other.
const MAX_SUBJECTS: usize = 512 << 10;

/// Subjects that actions/attest takes.
const MAX_ATTESTED: usize = 1024;

/// What is hashed and where it is written.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Checksums")]
#[group(skip)]
pub struct Arguments {
    /// Artifacts to hash, as patterns; a folder is taken whole, !PATTERN leaves out, ?PATTERN may match nothing
    #[arg(value_name = "PATTERN", required = true)]
    pub artifacts: Vec<String>,
    /// Checksum list to write [default: SHA256SUMS in the folder that holds all artifacts]
    #[arg(long, value_name = "FILE")]
    pub checksums: Option<String>,
    /// Manifest to write: names, sizes, digests and what they were built from, in JSON
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<String>,
    /// in-toto Statement to write, unsigned: the artifacts as subjects, the manifest as predicate
    #[arg(long, value_name = "FILE")]
    pub statement: Option<String>,
    /// Predicate of that Statement alone to write, as actions/attest takes it
    #[arg(long, value_name = "FILE")]
    pub predicate: Option<String>,
    /// Stamp for packages to write: commit, ref, run and tools, without artifacts
    #[arg(long, value_name = "FILE")]
    pub build_info: Option<String>,
    /// Version of a tool that built the artifacts, for the manifest; may be repeated
    #[arg(long, value_name = "NAME=VERSION", value_parser = tool)]
    pub tool: Vec<String>,
    /// Container image that belongs to the release, by its digest; for manifest, statement and summary; may be repeated
    #[arg(long, value_name = "NAME@sha256:DIGEST", value_parser = container)]
    pub container: Vec<manifest::Container>,
    /// Hand the artifacts to the runner's own list, so that actions/attest needs no inputs
    #[arg(long)]
    pub for_attest: bool,
    /// Write a list FILE.sha256 beside each artifact as well
    #[arg(long)]
    pub per_file: bool,
    /// Write BSD lines into the checksum list: SHA256 (name) = digest
    #[arg(long)]
    pub tag: bool,
    /// Write names with line breaks or backslashes as coreutils do, instead of refusing them
    #[arg(long)]
    pub escape: bool,
    /// Take empty files as well
    #[arg(long)]
    pub allow_empty: bool,
}

/// What the command came to: what it looked at, and what is to be written.
#[derive(Debug, Default)]
pub struct Prepared {
    /// Artifacts that were hashed.
    pub examined: usize,
    /// Files to write, in this order, the list last. Empty if anything was refused.
    pub files: Vec<(Target, Vec<u8>)>,
    /// The list among them.
    pub list: Option<Target>,
    /// The manifest among them.
    pub manifest: Option<Target>,
    /// Base64 of the list in its plain form, if it is small enough for an output.
    pub subjects: Option<Output>,
    /// What the runner is told of the artifacts.
    pub handover: Option<Handover>,
    /// What is said of the files once they are written.
    pub notes: Vec<String>,
}

fn tool(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((name, version)) if !name.is_empty() && !version.is_empty() => Ok(text.to_owned()),
        _ => Err("write NAME=VERSION, such as rustc=1.95.0".to_owned()),
    }
}

fn container(text: &str) -> Result<manifest::Container, String> {
    let parts = text.trim_start_matches("oci://").split_once("@sha256:");
    let is_digest = |digest: &str| digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b'=');
    match parts.filter(|(name, digest)| is_name(name) && is_digest(digest)) {
        Some((name, digest)) => Ok(manifest::Container {
            name: name.to_owned(),
            digest: manifest::Digest { sha256: digest.to_ascii_lowercase() },
        }),
        None => Err("write NAME@sha256:DIGEST, as the step that pushes the image says".to_owned()),
    }
}

/// An artifact on its way into the list.
struct Artifact {
    picked: Picked,
    name: Name,
    size: u64,
    digest: Vec<u8>,
}

/// Picks and hashes the artifacts, and makes what is to be written. Nothing is written yet.
pub fn prepare(
    arguments: &Arguments,
    checkout: &Checkout,
    runner: &Runner,
    environment: &Environment,
    record: &mut Record,
) -> Prepared {
    let root = checkout.root();
    let find = |hash: &mut dyn FnMut(Job)| listed(arguments, root, hash, record);
    let (found, results) = hashing::hash_while(root, find);
    let Some((own, named)) = found else {
        record.note("nothing was written");
        return Prepared::default();
    };
    let artifacts = hashed(named, results, record);
    let empty = artifacts.iter().filter(|artifact| artifact.size == 0).map(|artifact| &artifact.picked);
    refusal::record_empty(empty, arguments, record);
    if refusal::is_refused(record) {
        record.note("nothing was written");
        return Prepared { examined: artifacts.len(), ..Prepared::default() };
    }
    let handover = match arguments.for_attest {
        true => {
            let containers = &arguments.container;
            handover::prepare((&artifacts, containers), checkout, runner, environment, record)
        }
        false => None,
    };
    if refusal::is_refused(record) {
        record.note("nothing was written");
        return Prepared { examined: artifacts.len(), ..Prepared::default() };
    }
    let build = (own.manifest.is_some() || !own.documents.is_empty())
        .then(|| origin::of(checkout, runner, environment, &arguments.tool, record));
    record.table(table(&artifacts));
    if !arguments.container.is_empty() {
        record.table(containers(&arguments.container));
    }
    Prepared { handover, ..written(arguments, own, &artifacts, build, root, record) }
}

/// The files to list, with their names in it, and where that is written; `None` if something keeps it from being
/// written. Each file is handed over to be hashed as soon as it is found.
fn listed(
    arguments: &Arguments,
    root: &Path,
    hash: &mut dyn FnMut(Job),
    record: &mut Record,
) -> Option<(Own, Vec<(Picked, Name)>)> {
    let algorithms = Algorithm::Sha256.into();
    let mut selection = select::select_telling(&arguments.artifacts, root, &mut |picked| {
        hash(Job { path: picked.place().to_owned(), algorithms });
    });
    let own = Own::of(arguments, &mut selection, root, record);
    refusal::record_selection(&selection, record);
    let own = own?;
    let named = named(selection.files, &own, root, record);
    let listed: Vec<names::Listed<'_>> =
        named.iter().map(|(picked, name)| names::Listed::new(&picked.path, name, picked.by_itself)).collect();
    names::record(&listed, arguments.escape, record);
    if refusal::is_refused(record) {
        let is_empty =
            |picked: &&Picked| std::fs::metadata(root.join(picked.place())).is_ok_and(|meta| meta.len() == 0);
        refusal::record_empty(named.iter().map(|(picked, _)| picked).filter(is_empty), arguments, record);
        return None;
    }
    Some((own, named))
}

/// The files with their names in the list.
fn named(files: Vec<Picked>, own: &Own, root: &Path, record: &mut Record) -> Vec<(Picked, Name)> {
    let relation = own.list.relation(root);
    let mut named = Vec::with_capacity(files.len());
    for picked in files {
        match relation.as_ref().and_then(|relation| relation.name_of(&picked.path)) {
            Some(name) => named.push((picked, name)),
            None => {
                let message =
                    format!("`{}` does not lie below the folder of `{}`", picked.path, own.list.shown);
                let help = "names in a list only lead down: write the list to a folder around all artifacts";
                let location = Location::Artifact { name: picked.path.to_string() };
                record.push(Finding::new(&rules::OUTSIDE, location, message).help(help).subject("list"));
            }
        }
    }
    named
}

/// The files with what they hold. The results stand in the order in which the files were picked.
fn hashed(
    named: Vec<(Picked, Name)>,
    results: Vec<Result<Hashed, HashError>>,
    record: &mut Record,
) -> Vec<Artifact> {
    let mut results: Vec<Option<Result<Hashed, HashError>>> = results.into_iter().map(Some).collect();
    let mut artifacts = Vec::with_capacity(named.len());
    for (picked, name) in named {
        let Some(result) = results.get_mut(picked.number).and_then(Option::take) else { continue };
        let how = match result {
            Ok(hashed) => {
                artifacts.push(Artifact { picked, name, size: hashed.size, digest: hashed.digests });
                continue;
            }
            Err(HashError::Changed(how)) => how,
            Err(HashError::Missing) => "was removed",
            Err(HashError::NotAFile) => "was replaced",
            Err(HashError::Io(error)) => {
                record.not_verified(format!("`{}` cannot be read: {error}", picked.path));
                continue;
            }
        };
        let message = format!("`{}` {how} while it was read", picked.path);
        let help = "write the list after everything that writes artifacts has ended";
        let location = Location::Artifact { name: picked.path.to_string() };
        let finding = Finding::new(&rules::CHANGED_WHILE_READING, location, message);
        record.push(finding.help(help).subject("changed"));
    }
    artifacts
}

/// Everything that is to be written.
fn written(
    arguments: &Arguments,
    own: Own,
    artifacts: &[Artifact],
    build: Option<manifest::Build>,
    root: &Path,
    record: &mut Record,
) -> Prepared {
    let entries: Vec<(&Name, &[u8])> =
        artifacts.iter().map(|artifact| (&artifact.name, artifact.digest.as_slice())).collect();
    let style = Style { escape: arguments.escape, tag: arguments.tag };
    let bytes: u64 = artifacts.iter().map(|artifact| artifact.size).sum();
    let number = words::count(artifacts.len(), "artifact");
    let mut notes = vec![format!("`{}` lists {number} ({})", own.list.shown, words::size(bytes))];
    let mut files = Vec::new();
    if let Some(manifest) = &own.manifest {
        notes.push(format!("`{}` is their manifest", manifest.shown));
    }
    if arguments.per_file {
        notes.push("each has a list of its own beside it, with `.sha256` behind its name".to_owned());
        for artifact in artifacts {
            let last = Name::new(artifact.name.last());
            let text = list::write(&[(&last, &artifact.digest)], style);
            match own::single(artifact, root) {
                Some(target) => files.push((target, text)),
                None => record.not_verified(format!("`{}.sha256` cannot be written", artifact.picked.path)),
            }
        }
    }
    if let Some(build) = build {
        let manifest = manifest(artifacts, &arguments.container, build);
        files.extend(own.manifest.iter().map(|target| (target.clone(), documents::json(&manifest))));
        for (document, target) in &own.documents {
            files.push((target.clone(), document.text(&manifest)));
        }
    }
    files.push((own.list.clone(), list::write(&entries, style)));
    let subjects = subjects(&entries, record);
    Prepared {
        examined: artifacts.len(),
        files,
        list: Some(own.list),
        manifest: own.manifest,
        subjects,
        handover: None,
        notes,
    }
}

/// The manifest.
fn manifest(artifacts: &[Artifact], containers: &[manifest::Container], build: manifest::Build) -> Manifest {
    let mut recorded: Vec<manifest::Artifact> = artifacts
        .iter()
        .map(|artifact| manifest::Artifact {
            name: artifact.name.to_string(),
            path: artifact.picked.path.to_string(),
            size: artifact.size,
            digest: manifest::Digest { sha256: HEXLOWER.encode(&artifact.digest) },
            media_type: media::of(&artifact.name.to_text()).to_owned(),
        })
        .collect();
    crate::sorted::by(&mut recorded, |a, b| a.name.cmp(&b.name));
    let tool = manifest::Tool {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    Manifest { schema: manifest::SCHEMA, tool, build, artifacts: recorded, containers: containers.to_vec() }
}

/// The list as other actions take it in an input: plain lines, whatever form was asked for.
fn subjects(entries: &[(&Name, &[u8])], record: &mut Record) -> Option<Output> {
    if entries.len() > MAX_ATTESTED {
        record.note(format!("actions/attest takes {MAX_ATTESTED} subjects at most: attest the list itself"));
    }
    let length: usize = entries.iter().map(|(name, _)| list::line_length(name)).sum();
    if length > MAX_SUBJECTS {
        record.note("the output `subjects` is not set: the list is larger than 512 KiB; hand over the file");
        return None;
    }
    if entries.iter().any(|(name, _)| name.as_bytes().iter().any(|byte| b"\\\r\n".contains(byte))) {
        record.note("the output `subjects` is not set: other tools do not read escaped names");
        return None;
    }
    // Names are all that is foreign in it.
    let is_clean = |(name, _): &(&Name, &[u8])| !masking::has_credentials(&name.to_text());
    let text = BASE64.encode(&list::write(entries, Style::default()));
    Some(Output { text, is_clean: entries.iter().all(is_clean) })
}

fn containers(containers: &[manifest::Container]) -> Table {
    let row = |of: &manifest::Container| vec![of.digest.sha256.clone(), of.name.clone()];
    Table {
        columns: vec![Column::code("SHA-256"), Column::code("container")],
        rows: containers.iter().take(MAX_SHOWN).map(row).collect(),
        more: containers.len().saturating_sub(MAX_SHOWN),
    }
}

fn table(artifacts: &[Artifact]) -> Table {
    let row = |artifact: &Artifact| {
        vec![HEXLOWER.encode(&artifact.digest), words::size(artifact.size), artifact.name.to_string()]
    };
    Table {
        columns: vec![Column::code("SHA-256"), Column::text("size"), Column::code("name")],
        rows: artifacts.iter().take(MAX_SHOWN).map(row).collect(),
        more: artifacts.len().saturating_sub(MAX_SHOWN),
    }
}
