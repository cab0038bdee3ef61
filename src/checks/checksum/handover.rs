//! The runner's own list of artifacts, `GITHUB_ARTIFACTS`, from which `actions/attest` takes its subjects.
//!
//! Facts are those of actions/runner 2.336 (`CreateArtifactsFileCommand.cs`): a path a line, relative to the workspace;
//! `=` and folders are refused, and so are two files of one name that differ; 500 subjects a job, 1 MiB of text.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Artifact;
use crate::checkout::Checkout;
use crate::checks::Record;
use crate::checks::artifacts::manifest::Container;
use crate::environment::Environment;
use crate::runner::Runner;

/// Artifacts that the runner takes in a job.
const MAX_SUBJECTS: usize = 500;

/// Bytes that the runner's file may hold.
const MAX_BYTES: u64 = 1 << 20;

/// Lines for the runner's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// The runner's file.
    pub file: PathBuf,
    /// What is added to it.
    pub lines: String,
}

/// Prepares the lines; what the runner would refuse is said before anything is written.
pub(super) fn prepare(
    (artifacts, containers): (&[Artifact], &[Container]),
    checkout: &Checkout,
    runner: &Runner,
    environment: &Environment,
    record: &mut Record,
) -> Option<Handover> {
    let Some(file) = environment.non_empty("GITHUB_ARTIFACTS").map(PathBuf::from) else {
        record.note(
            "this runner keeps no list of artifacts (GITHUB_ARTIFACTS): give `subject-checksums` to attest",
        );
        return None;
    };
    let mut refuse =
        |why: String| record.not_verified(format!("the runner would refuse its list of artifacts: {why}"));
    let number = artifacts.len() + containers.len();
    if number > MAX_SUBJECTS {
        refuse(format!("it takes {MAX_SUBJECTS} artifacts of a job, and these are {number}"));
        return None;
    }
    let workspace = runner.workspace.as_ref().and_then(|path| path.canonicalize().ok());
    let root = checkout.root();
    let Some(inside) = workspace.as_ref().and_then(|workspace| root.strip_prefix(workspace).ok()) else {
        refuse("the repository does not lie in the workspace".to_owned());
        return None;
    };
    let inside = inside.to_string_lossy().replace('\\', "/");
    let mut lines = String::new();
    let mut names: BTreeMap<&[u8], &[u8]> = BTreeMap::new();
    for artifact in artifacts {
        let path = artifact.picked.path.to_string();
        let line = if inside.is_empty() { path.clone() } else { format!("{inside}/{path}") };
        if line.contains(['=', '\n', '\r']) || line.starts_with('#') || line.trim() != line {
            refuse(format!("the path `{path}` holds `=`, or what the runner takes for something else"));
            return None;
        }
        if names.insert(artifact.name.last(), &artifact.digest).is_some_and(|other| other != artifact.digest)
        {
            refuse(format!("two artifacts that differ are called as `{path}` is"));
            return None;
        }
        lines += &line;
        lines.push('\n');
    }
    for Container { name, digest } in containers {
        lines += &format!("oci://{name}@sha256:{}\n", digest.sha256);
    }
    let there = std::fs::metadata(&file).map_or(0, |meta| meta.len());
    if there + lines.len() as u64 > MAX_BYTES {
        refuse("it would be larger than 1 MiB".to_owned());
        return None;
    }
    Some(Handover { file, lines })
}
