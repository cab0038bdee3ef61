//! Inside of archives: what is packed is sound, complete, and nothing besides.

mod compare;
mod contents;
mod inspect;
mod names;
mod nested;
mod packages;
mod paths;
pub mod record;
mod rehash;
pub(super) mod rules;
mod sink;
mod versions;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::{Arguments, place, words};
use crate::archive::{self, Format, Limits};
use crate::checks::{Context, Record};
use crate::hashing::{self, Algorithm, Job};
use crate::parallel;
use crate::rule::Rule;
use crate::sorted::IntoMap as _;
use contents::Contents;
use inspect::{Inspector, Policy};
use packages::Expected;
use sink::Sink;

/// Rules whose `allow` names members.
const LET_PASS: [&Rule; 7] = [
    &rules::ESCAPING_MEMBER,
    &rules::SPECIAL_MEMBER,
    &rules::WRITABLE_MEMBER,
    &rules::DUPLICATE_MEMBER,
    &rules::FORBIDDEN_MEMBER,
    &rules::SECRET_INSIDE,
    &rules::BUILD_PATH,
];

/// Seconds by which the times of zip may be off, because they say no zone.
const ZONES: i64 = 14 * 3600 + 2;

/// An artifact that holds what was listed.
#[derive(Clone, Debug)]
pub(super) struct Artifact {
    /// As reports show it.
    pub shown: String,
    /// Its file name.
    pub file: String,
    /// Where it is.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
}

/// Looks into the archives, and compares artifacts with those of a second build.
pub(super) fn look(artifacts: &[Artifact], context: &Context<'_>, record: &mut Record) {
    let arguments = &context.settings.arguments.artifacts;
    let Some(policy) = policy(arguments, context, record) else { return };
    let rebuilt = arguments.rebuilt.as_deref().and_then(|folder| rebuilt(folder, context, record));
    let mut order: Vec<&Artifact> = artifacts.iter().collect();
    crate::sorted::by_key(&mut order, |artifact| std::cmp::Reverse(artifact.size));
    let mut done =
        parallel::each(&order, |artifact| (&artifact.shown, inspect(artifact, &policy, rebuilt.as_deref())));
    crate::sorted::by(&mut done, |a, b| a.0.cmp(b.0));
    let (mut archives, mut members) = (0, 0);
    for (_, (sink, number)) in done {
        if let Some(number) = number {
            archives += 1;
            members += number;
        }
        sink.record(record);
    }
    if archives > 0 {
        let archives = words::count(archives, "archive");
        record.note(format!("{archives} with {} looked into", words::count(members, "member")));
    }
}

/// One artifact: what was found, and how many members it has if it is an archive.
fn inspect(artifact: &Artifact, policy: &Policy, rebuilt: Option<&Path>) -> (Sink, Option<usize>) {
    let format = Format::of(&artifact.file);
    let again = rebuilt.map(|folder| folder.join(&artifact.file));
    let Some(format) = format else {
        let mut sink = Sink::new(&artifact.shown);
        if let Some(again) = again {
            reproduced(artifact, &again, None, &mut sink);
        }
        return (sink, None);
    };
    let mut inspector = Inspector::new(policy, &artifact.shown, &artifact.file, format == Format::Zip);
    let limits = Limits::default();
    let read = File::open(&artifact.path).and_then(|mut file| {
        archive::read(&mut file, format, limits, &mut inspector)?;
        rehash::again(&mut file, artifact.size, format, limits, &mut inspector.package)
    });
    let members = inspector.members;
    let mut sink = inspector.finish();
    if let Err(error) = read {
        sink.not_verified(format!("it cannot be read: {error}"));
    }
    if let Some(again) = again {
        reproduced(artifact, &again, Some(format), &mut sink);
    }
    (sink, Some(members))
}

/// Compares an artifact with that of a second build.
fn reproduced(artifact: &Artifact, again: &Path, format: Option<Format>, sink: &mut Sink) {
    let Ok(second) = place::resolve(again, again.parent().unwrap_or(again)) else {
        let help = "build into the folder that `--rebuilt` names, with the same names";
        return sink.push(&rules::NOT_REPRODUCIBLE, "the second build has no file of its name", help);
    };
    let job = |path: &Path| Job { path: path.to_owned(), algorithms: Algorithm::Sha256.into() };
    let hashed = hashing::hash_all(vec![job(&artifact.path), job(&second)]);
    let digests: Vec<Option<Vec<u8>>> = hashed.into_iter().map(|hashed| Some(hashed.ok()?.digests)).collect();
    match digests.as_slice() {
        [Some(one), Some(other)] if one == other => {}
        [Some(_), Some(_)] => match compare::difference(&artifact.path, &second, format) {
            Ok(what) => {
                let help = "set SOURCE_DATE_EPOCH, sort what is packed, and map build folders away";
                let message = format!("the second build is another one: {what}");
                sink.push(&rules::NOT_REPRODUCIBLE, message, help);
            }
            Err(error) => sink.not_verified(format!("the second build cannot be compared: {error}")),
        },
        _ => sink.not_verified("the second build cannot be compared: one of the two cannot be read"),
    }
}

/// The folder of the second build.
fn rebuilt(given: &str, context: &Context<'_>, record: &mut Record) -> Option<PathBuf> {
    match context.checkout.root().join(given).canonicalize() {
        Ok(folder) if folder.is_dir() => Some(folder),
        Ok(_) => {
            record.not_verified(format!("`--rebuilt {given}` is no folder"));
            None
        }
        Err(error) => {
            record.not_verified(format!("`--rebuilt {given}`: {error}"));
            None
        }
    }
}

/// What archives are held to, by the settings and by where this runs.
fn policy(arguments: &Arguments, context: &Context<'_>, record: &mut Record) -> Option<Policy> {
    let settings = context.settings;
    let options = &settings.checks.artifacts;
    let by_rule: BTreeMap<&'static str, Vec<String>> = LET_PASS
        .iter()
        .map(|rule| (rule.id, settings.allowed(rule).to_vec()))
        .filter(|(_, patterns)| !patterns.is_empty())
        .into_map();
    let (allowed, wrong) = inspect::allowed_of(by_rule);
    wrong.into_iter().for_each(|reason| record.not_verified(reason));
    let mut read = |key: &str, patterns: &[String]| match names::patterns(patterns) {
        Ok(set) => Some(set),
        Err(error) => {
            record.not_verified(format!("`checks.artifacts.{key}`: {error:#}"));
            None
        }
    };
    let forbidden = read("forbidden-members", &options.forbidden_members)?;
    let mut required = Vec::new();
    for pattern in &options.required_members {
        required.push((pattern.clone(), read("required-members", std::slice::from_ref(pattern))?));
    }
    let epoch = context.environment.non_empty("SOURCE_DATE_EPOCH").map(|text| (text, text.parse().ok()));
    if let Some((text, None)) = epoch {
        record.not_verified(format!("SOURCE_DATE_EPOCH is no number of seconds: `{text}`"));
    }
    let workspace = context.runner.workspace.as_ref().map(|path| path.display().to_string());
    let own = [Some(context.checkout.root().display().to_string()), workspace];
    let tag = arguments
        .release_tag
        .clone()
        .or_else(|| context.runner.git_ref.strip_prefix("refs/tags/").map(str::to_owned));
    Some(Policy {
        allowed,
        forbidden,
        required,
        contents: Contents::new(own.into_iter().flatten(), &settings.checks.secrets.salt),
        epoch: epoch.and_then(|(_, epoch)| epoch),
        slack: ZONES,
        identity: Expected { tag, commit: context.checkout.git().and_then(|git| git.head()) },
    })
}
