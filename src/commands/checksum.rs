//! `ci-guard checksum`: hashes artifacts and writes their list. What it refuses always blocks.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use crate::checkout::Checkout;
use crate::checks::Record;
use crate::checks::Unit;
use crate::checks::checksum::{self, Prepared, Target};
use crate::cli::ChecksumCommand;
use crate::console::Console;
use crate::delivery;
use crate::engine::{self, Run};
use crate::environment::Environment;
use crate::policy::{Mode, Policy};
use crate::progress::Shown;
use crate::redact::Redactor;
use crate::report::{Exit, Report, Surroundings};
use crate::runner::Runner;

/// Runs the command.
pub fn run(command: ChecksumCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let start = Instant::now();
    let root = command.target.root.clone().unwrap_or_else(|| ".".into());
    let failed = |message: String, console: &mut Console<'_>| {
        delivery::failure(Report::failed(Exit::Usage, message), environment, console)
    };
    let checkout = match Checkout::open(&root) {
        Ok(checkout) => checkout,
        Err(error) => return failed(format!("{error:#}"), console),
    };
    let arguments = &command.arguments;
    if arguments.manifest.is_some() && arguments.manifest == arguments.checksums {
        return failed("the list and the manifest cannot be the same file".to_owned(), console);
    }
    let runner = Runner::of(environment);
    let mut record = Record::default();
    let mut prepared = Shown::of(&command.report, environment)
        .while_at(|| checksum::prepare(arguments, &checkout, &runner, environment, &mut record));
    write(&mut prepared, &checkout, &runner, &mut record);
    let mut run = engine::recorded(
        "checksum",
        Unit { one: "artifact", many: "artifacts" },
        prepared.examined,
        record,
        &checkout,
    );
    run.duration = start.elapsed();
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    // A list that is wrong is worse than none, so there is nothing advisory about it.
    let policy = Policy { forced_mode: Some(Mode::Blocking), ..Policy::advisory(today) };
    let redactor = Redactor::of(environment, []);
    let mut runs = [run];
    let judgement = policy.judge(runs.iter_mut().map(Run::evidence).collect());
    let report = Report::new(&runs, judgement, &policy, &redactor);
    let colour = delivery::colour(&command.report, environment, console);
    let around = Surroundings { checkout: Some(&checkout), runner: &runner, redactor: &redactor, colour };
    delivery::deliver(report, &command.report, &around, console)
}

/// Writes the files, the list last: where it stands, everything else does.
fn write(prepared: &mut Prepared, checkout: &Checkout, runner: &Runner, record: &mut Record) {
    for (target, content) in &prepared.files {
        let folder = target.path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written =
            folder.map_err(anyhow::Error::new).and_then(|()| delivery::replace(&target.path, content));
        if let Err(error) = written {
            return record.not_verified(format!("`{}` could not be written: {error:#}", target.shown));
        }
    }
    prepared.notes.drain(..).for_each(|note| record.note(note));
    if let Some(handover) = prepared.handover.take() {
        let mut options = std::fs::OpenOptions::new();
        let appended = options
            .append(true)
            .create(true)
            .open(&handover.file)
            .and_then(|mut file| file.write_all(handover.lines.as_bytes()));
        match appended {
            Ok(()) => record.note("the runner's list of artifacts names them, for actions/attest"),
            Err(error) => record.not_verified(format!("the runner's list of artifacts: {error}")),
        }
    }
    for (name, target) in [("checksums", &prepared.list), ("manifest", &prepared.manifest)] {
        if let Some(target) = target {
            record.output(name, path_for_steps(target, checkout.root(), runner));
        }
    }
    if let Some(subjects) = prepared.subjects.take() {
        record.outputs.insert("subjects", subjects);
    }
}

/// A path as later steps take it: relative to the workspace, which has another name inside a container. Outside of
/// Actions it is the path that the report shows.
fn path_for_steps(target: &Target, root: &Path, runner: &Runner) -> String {
    let Some(workspace) = runner.workspace.as_ref().and_then(|path| path.canonicalize().ok()) else {
        return target.shown.clone();
    };
    let inside = target.path.strip_prefix(&workspace).ok().filter(|_| root.starts_with(&workspace));
    match inside.and_then(Path::to_str) {
        Some(path) => path.replace('\\', "/"),
        None => target.path.display().to_string(),
    }
}
