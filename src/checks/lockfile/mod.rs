//! The `lockfile` check: what will be installed is what was reviewed.
//!
//! Each format is read into one model (`model`), which the common rules judge (`rules`); how a tool decides
//! whether lockfile and manifest agree is known by its format alone (`formats`).

mod canonical;
mod changes;
mod discover;
mod few;
mod format;
mod formats;
mod kept;
mod lock_hash;
mod model;
mod node;
mod online;
mod options;
pub mod packages;
mod paths;
mod pipeline;
mod presence;
mod python;
mod report;
mod rules;
mod runtime;
mod second;
mod versions;

use anyhow::Result;

pub use kept::{KEPT, text as kept_hashes};
pub(super) use model::host;
pub(crate) use options::faults;
pub use options::{AllowedHosts, Arguments, Options};

use crate::checkout::{Checkout, Entry, Source};
use crate::checks::{Check, Context, Outcome, Record, Unit};
use crate::finding::Finding;
use crate::parallel;
use crate::rule::{Rule, Severity};
use crate::settings::Base;
use crate::workflow::library::is_workflow;

use changes::Changes;
use discover::Found;
use format::{Format, Project, Unreadable};
use lock_hash::LockHash;
use model::{Declared, Lock};
use online::Online;
use paths::Folders;
use report::Report;
use rules::expected::{self, Hashed};
use rules::sources::Allowed;
use rules::together::{join, join_places};
use rules::{graph, hashes, names, outside, reading, scripts, sources};

/// What will be installed is what was reviewed.
pub struct Lockfile;

impl Check for Lockfile {
    fn name(&self) -> &'static str {
        "lockfile"
    }

    fn summary(&self) -> &'static str {
        "what will be installed is what was reviewed"
    }

    fn unit(&self) -> Unit {
        Unit { one: "lockfile", many: "lockfiles" }
    }

    fn rules(&self) -> &'static [&'static Rule] {
        rules::ALL
    }

    fn online(&self) -> Option<&'static str> {
        Some("what the registries publish")
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
        let (found, passed_over) = discover::lockfiles(context.checkout);
        let folders = Folders::of(context.checkout, &formats::manifests());
        passed_over.iter().for_each(|(_, reason)| record.not_examined(*reason));
        let chosen = chosen(&found, record);
        let look = |(entry, format): &(&Entry, &dyn Format)| {
            (entry.path.clone(), examine(&entry.path, *format, &folders, context))
        };
        let known: Vec<&str> = found.iter().map(|lockfile| &*lockfile.entry.path).collect();
        let hash = || wants_hash(context).then(|| LockHash::of(&known, context.checkout));
        // The lockfiles are most of it: this thread begins with them, since another may be slow to wake.
        let is_much = chosen.len() > 1 || context.checkout.files(is_workflow).next().is_some();
        let ((installs, hash), mut examined) = parallel::both_if(
            is_much,
            || (pipeline::judge(context.checkout, &known), hash()),
            || parallel::each(&chosen, look),
        );
        crate::sorted::by(&mut examined, |(a, _), (b, _)| a.cmp(b));
        let mut sum = Examined::default();
        examined.into_iter().for_each(|(_, one)| sum.add(one));
        record.merge(sum.record);
        record.say_once();
        sum.changes.report(record);
        record.findings = join_places(std::mem::take(&mut record.findings));
        sum.online.judge(context, record);
        presence::judge(&found, &folders, context, record);
        second::judge(&found, context.checkout, record);
        record.merge(installs);
        let hash = hash.unwrap_or_default();
        outputs(&hash, context, record);
        compare(&known, &hash, context, record);
        Ok(match chosen.len() {
            0 if record.findings.is_empty() && record.not_verified.is_empty() => {
                Outcome::NotApplicable(nothing(found.len()))
            }
            examined => Outcome::Examined(examined),
        })
    }
}

/// The lockfiles of a repository that are its own, relative to its root and sorted. `lock-hash` is the hash of
/// these.
pub fn paths(checkout: &Checkout) -> Vec<String> {
    let (found, _) = discover::lockfiles(checkout);
    found.iter().map(|lockfile| lockfile.entry.path.to_string()).collect()
}

/// The `lock-hash` of a repository; `None` without lockfiles, or if one of them cannot be read.
pub fn lock_hash(checkout: &Checkout) -> Option<String> {
    let paths = paths(checkout);
    LockHash::of(&paths.iter().map(String::as_str).collect::<Vec<_>>(), checkout).hash
}

fn nothing(unread: usize) -> String {
    match unread {
        0 => "there is no lockfile".to_owned(),
        _ => "there is no lockfile that can be read yet".to_owned(),
    }
}

/// True if the folder holds a lockfile that the tool prefers to this one.
fn is_shadowed(path: &str, format: &dyn Format, found: &[Found<'_>]) -> bool {
    let (folder, name) = paths::split(path);
    if !format.names().contains(&name) {
        return false;
    }
    let preferred = format.names().iter().take_while(|known| **known != name);
    preferred
        .map(|known| paths::file_in(folder, known))
        .any(|other| found.iter().any(|f| *f.entry.path == other))
}

/// The lockfiles that are read, each with its format, the largest first. What is left out is counted.
fn chosen<'f>(found: &'f [Found<'_>], record: &mut Record) -> Vec<(&'f Entry, &'static dyn Format)> {
    let mut chosen = Vec::new();
    for lockfile in found {
        let path = &*lockfile.entry.path;
        match lockfile.format {
            None => record.not_examined(format!("there is no reader for {} yet", paths::split(path).1)),
            Some(format) if is_shadowed(path, format, found) => {
                record.not_examined(format!("{} takes the other lockfile in the same folder", format.tool()));
            }
            Some(format) => chosen.push((lockfile.entry, format)),
        }
    }
    crate::sorted::by_key(&mut chosen, |(entry, _)| std::cmp::Reverse(entry.size));
    chosen
}

/// What was seen in one lockfile, or in several.
#[derive(Default)]
struct Examined {
    record: Record,
    changes: Changes,
    online: Online,
}

impl Examined {
    fn add(&mut self, other: Examined) {
        self.record.merge(other.record);
        self.changes.add(other.changes);
        self.online.add(other.online);
    }
}

/// Bytes of a lockfile from which on it is compared with the manifests while the rest is judged. To start a thread takes
/// as long as a thirtieth of that.
const LARGE: usize = 2 << 20;

/// Looks at one lockfile.
fn examine(path: &str, format: &dyn Format, folders: &Folders, context: &Context<'_>) -> Examined {
    let mut examined = Examined::default();
    look_at(path, format, folders, context, &mut examined);
    examined
}

fn look_at(
    path: &str,
    format: &dyn Format,
    folders: &Folders,
    context: &Context<'_>,
    Examined { record, changes, online }: &mut Examined,
) {
    let (folder, _) = paths::split(path);
    let repair = format.repair_at(path);
    let source = match context.checkout.read(path) {
        Ok(source) => source,
        Err(error) => return record.push(reading::unreadable(path, &error)),
    };
    if !is_whole(&source, format, &repair, record) {
        return;
    }
    let tool_versions = &context.settings.checks.lockfile.tool_versions;
    let project = Project { checkout: context.checkout, folders, folder, source: &source, tool_versions };
    let lock = match listed(format, &project, context) {
        Ok(lock) => lock,
        Err(why) => return record.push(reading::unusable(&source, format, why, &repair)),
    };
    versions::judge(format, &project, &repair, record);
    let mut report = Report::new(record, format, path, folder);
    let alone = || Alone::of(&lock, &source, format, &repair);
    let sync = || match folders.is_enough() {
        true => {
            report.not_verified("so much was read for other lockfiles that it was not compared");
            Declared { partly: true, ..Declared::default() }
        }
        false => format.sync(&lock, &project, &mut report),
    };
    let (alone, declared) = parallel::both_if(source.text().len() >= LARGE && !lock.is_sound, alone, sync);
    // After a dependency was removed from the manifest, what only it needed is unreachable: the same fault.
    let unreachable = if report.is_out_of_sync() { Vec::new() } else { alone.unreachable };
    if let Some(first) = unreachable.first().filter(|_| format.refuses_unreachable()) {
        let message = format!("{} refuses a lockfile with packages that nothing needs", format.tool());
        report.out_of_sync(first.location.clone(), message).subject("unreachable");
    }
    drop(report);
    let list = context.settings.checks.lockfile.hosts(format.ecosystem());
    let allowed = Allowed::of(list, format.public_hosts(), &declared);
    let mut findings = alone.hashes;
    findings.extend(sources::judge(&lock, &source, format, &allowed));
    let policy = &context.settings.checks.lockfile;
    findings.extend(outside::judge(&lock, &project, format, policy.local_paths.as_deref()));
    findings.extend(scripts::judge(&lock, &project, format, policy.install_scripts.as_deref(), record));
    findings.extend(alone.names);
    findings.extend(unreachable);
    join(findings).into_iter().for_each(|finding| record.push(finding));
    let unchanged = changes.take(&lock, &source, (format, folders), context, record);
    if context.settings.online {
        let cool_down = online::cool_down(context).is_some();
        online.take(&lock, &source, format, &declared, (cool_down, unchanged.as_ref()));
    }
}

/// The lockfile in the common model. Its packages are left out where none of them is at fault, unless each is compared
/// with the base or a registry.
fn listed<'s>(
    format: &dyn Format,
    project: &Project<'s>,
    context: &Context<'_>,
) -> Result<Lock<'s>, Unreadable> {
    let compares_each = context.settings.online || !matches!(context.settings.base, Base::WorkTree);
    match !compares_each && format.is_sound(project.source.text()) {
        true => Ok(Lock { is_sound: true, ..Lock::default() }),
        false => format.read(project),
    }
}

/// True if a file is the lockfile itself, and of its syntax. What it is otherwise is told.
fn is_whole(source: &Source, format: &dyn Format, repair: &str, record: &mut Record) -> bool {
    if reading::is_pointer(source) {
        record.not_verified(format!(
            "{} is a pointer of Git LFS and not the lockfile: check out with `lfs: true`",
            source.path()
        ));
        return false;
    }
    let conflict = reading::conflict(source, repair).into_iter();
    let mut faults: Vec<Finding> = conflict.collect();
    if faults.is_empty()
        && let Some(syntax) = format.syntax(source)
    {
        faults = reading::syntax(source, syntax, repair);
    }
    let is_whole = faults.is_empty();
    faults.into_iter().for_each(|finding| record.push(finding));
    is_whole
}

/// Findings about what a lockfile says of itself, whatever the manifests ask for.
struct Alone {
    hashes: Vec<Finding>,
    names: Vec<Finding>,
    unreachable: Vec<Finding>,
}

impl Alone {
    fn of(lock: &Lock<'_>, source: &Source, format: &dyn Format, repair: &str) -> Alone {
        Alone {
            hashes: hashes::judge(lock, source, format, repair),
            names: names::judge(lock, source, format, repair),
            unreachable: graph::judge(lock, source, repair),
        }
    }
}

/// True if anybody asks for the hash of all lockfiles.
fn wants_hash(context: &Context<'_>) -> bool {
    context.wants_outputs || !context.settings.arguments.lockfile.expected_lock_hash.is_empty()
}

fn outputs(hash: &LockHash, context: &Context<'_>, record: &mut Record) {
    hash.unread.iter().for_each(|reason| record.not_verified(reason.clone()));
    if let Some(hash) = hash.hash.as_ref().filter(|_| context.wants_outputs) {
        record.clean_output("lock-hash", hash.clone());
        record.clean_output("cache-key", runtime::cache_key(context, hash));
    }
}

/// The comparison with the hashes that are expected.
fn compare(paths: &[&str], hash: &LockHash, context: &Context<'_>, record: &mut Record) {
    if hash.unread.is_empty() {
        kept::judge(paths, context.checkout, record);
    }
    let read = |path: &str| Hashed::read(path, context.checkout).ok();
    for given in &context.settings.arguments.lockfile.expected_lock_hash {
        if let Some(finding) = expected::judge(given, paths, hash.hash.as_deref(), read) {
            record.push(finding.severity(Severity::Error));
        }
    }
}
