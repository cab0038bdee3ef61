//! `ci-guard history`: runs are appended to the history, and what it shows is listed.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use super::deploy::{Said, report};
use crate::checkout::Checkout;
use crate::checks::{self, Unit};
use crate::cli::history::{HistoryCommand, ListCommand, RecordCommand};
use crate::cli::{CheckArguments, ListFormat, SettingsArguments, TargetArguments};
use crate::console::Console;
use crate::delivery;
use crate::environment::Environment;
use crate::history::place::{BranchPlace, Place};
use crate::history::{History, MAX_BYTES, place, record};
use crate::policy::Policy;
use crate::report::pretty;
use crate::report::{Exit, Report, count};
use crate::runner::Runner;
use crate::settings::{self, LoadError, Settings};

const RUNS: Unit = Unit { one: "run", many: "runs" };

/// Largest report that a record is made of, in bytes.
const MAX_REPORT: u64 = 256 << 20;

/// Runs the command.
pub fn run(command: &HistoryCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    match command {
        HistoryCommand::Record(command) => {
            report(("history", RUNS), &command.report, environment, console, |runner, _| {
                record(command, runner).unwrap_or_else(|said| *said)
            })
        }
        HistoryCommand::List(command) => list(command, environment, console),
    }
}

/// Where the history stands and what is in it.
struct Stand {
    checkout: Checkout,
    policy: Policy,
    place: Place,
    /// Empty before the first run.
    text: String,
}

fn stand(
    target: &TargetArguments,
    options: &SettingsArguments,
    named: Option<&Path>,
    runner: &Runner,
) -> Result<Stand, Box<Said>> {
    let usage = |text: String| Box::new(Said::usage(text));
    let root = target.root.clone().unwrap_or_else(|| ".".into());
    let checkout = Checkout::open(&root).map_err(|error| usage(format!("{error:#}")))?;
    let loaded = settings::load(options, CheckArguments::default(), &checkout, runner);
    let Settings { policy, history, .. } = loaded.map_err(|error| match error {
        LoadError::Unreadable(error) => usage(format!("{error:#}")),
        LoadError::Invalid(_) => {
            usage("the settings file is not valid; `ci-guard check` says why".to_owned())
        }
    })?;
    let place = match named {
        Some(path) => Place::File(path.to_string_lossy().into_owned()),
        None => history.ok_or_else(|| {
            usage("no history is named: write `history` in the settings, or give `--history`".to_owned())
        })?,
    };
    let unseen = |why: String| Box::new(Said::not_verified(why));
    let text = match &place {
        Place::Branch(own) => {
            place::of_branch(own, &checkout).or_else(|why| first_of_branch(own, &checkout, why))
        }
        Place::File(path) => file(&checkout.root().join(path)),
    };
    let text = text.map_err(unseen)?;
    Ok(Stand { checkout, policy, place, text })
}

/// A branch that is not there is the beginning of a history only where all branches would be.
fn first_of_branch(place: &BranchPlace, checkout: &Checkout, why: String) -> Result<String, String> {
    let missing = checkout.git().is_some_and(|git| git.branch(&place.branch) == Ok(None));
    if missing { Ok(String::new()) } else { Err(why) }
}

fn file(path: &Path) -> Result<String, String> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Ok(meta) if meta.is_file() && meta.len() <= MAX_BYTES => {
            std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
        }
        Ok(_) => Err(format!("{} is no file of at most {} MiB", path.display(), MAX_BYTES >> 20)),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn record(command: &RecordCommand, runner: &Runner) -> Result<Said, Box<Said>> {
    let Stand { checkout, policy: _, place, text } =
        stand(&command.target, &command.settings, command.history.as_deref(), runner)?;
    if let Some(why) = record::refusal(runner) {
        return Ok(Said::note(format!("nothing is recorded: {why}")));
    }
    let refused = |text: String| Box::new(Said::not_verified(text));
    let history = History::parse(&text)
        .map_err(|broken| refused(format!("{place}: {broken}; nothing is recorded until it is restored")))?;
    let path = &command.from_report;
    let shown = path.display();
    let size =
        std::fs::metadata(path).map_err(|error| Box::new(Said::usage(format!("{shown}: {error}"))))?.len();
    if size > MAX_REPORT {
        return Err(Box::new(Said::usage(format!("{shown} is larger than {} MiB", MAX_REPORT >> 20))));
    }
    let report = std::fs::read(path).map_err(|error| Box::new(Said::usage(format!("{shown}: {error}"))))?;
    let own = checkout.git().and_then(|git| git.head());
    let commit = if runner.sha.is_empty() { own.unwrap_or_default() } else { runner.sha.clone() };
    let now = jiff::Timestamp::now();
    let line = record::line(&report, &history, commit, runner, now)
        .map_err(|error| Box::new(Said::usage(format!("{shown}: {error:#}"))))?;
    let same = |known: &crate::history::Line| {
        !line.run.is_empty() && (&known.run, &known.attempt) == (&line.run, &line.attempt)
    };
    if history.lines.iter().any(same) {
        return Ok(Said::note(format!("attempt {} of run {} is in {place} already", line.attempt, line.run)));
    }
    let json = serde_json::to_string(&line).map_err(|error| refused(error.to_string()))?;
    let next = format!("{text}{json}\n");
    write(&place, &next, &line.run, &checkout, now.as_second())
        .map_err(|error| refused(format!("could not write {place}: {error:#}")))?;
    let number = history.lines.len() + 1;
    let mut said = Said::note(format!("appended to {place}; it has {}", count(number, "run")));
    if let Place::Branch(BranchPlace { branch, .. }) = &place {
        said.notes.push(format!(
            "`git push origin {branch}` publishes it; if somebody was faster, fetch and record again"
        ));
    }
    Ok(said)
}

fn write(place: &Place, text: &str, run: &str, checkout: &Checkout, now: i64) -> anyhow::Result<()> {
    match place {
        Place::File(path) => {
            let path = checkout.root().join(path);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            delivery::replace(&path, text)
        }
        Place::Branch(own) => {
            let git = checkout.git().ok_or_else(|| anyhow::anyhow!("the checkout is no git repository"))?;
            let parent = git.branch(&own.branch).map_err(anyhow::Error::msg)?;
            let message = format!("Run {} [skip ci]\n", if run.is_empty() { "by hand" } else { run });
            git.append_to_branch(&own.branch, parent.as_deref(), (own.file(), text), &message, now)?;
            Ok(())
        }
    }
}

fn list(command: &ListCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let runner = Runner::of(environment);
    let Stand { policy, place, text, .. } =
        match stand(&command.target, &command.settings, command.history.as_deref(), &runner) {
            Ok(stand) => stand,
            Err(said) => {
                let (exit, why) = said.stopped.unwrap_or((Exit::Usage, String::new()));
                return delivery::failure(Report::failed(exit, why), environment, console);
            }
        };
    let history = match History::parse(&text) {
        Ok(history) => history,
        Err(broken) => {
            let report = Report::failed(Exit::Fail, format!("{place}: {broken}"));
            return delivery::failure(report, environment, console);
        }
    };
    let names = checks::ALL.iter().map(|check| check.name()).chain(["policy"]);
    let counted: Vec<_> = names.filter_map(|name| Some((name, policy.promotion(name)?))).collect();
    match command.format {
        ListFormat::Json => {
            let checks: Vec<_> = counted
                .iter()
                .map(|(name, progress)| {
                    json!({
                        "name": name,
                        "mode": policy.check_mode(name).as_str(),
                        "clean_runs": progress.clean,
                        "needed": progress.need.clean_runs,
                        "reached": progress.reached.map(|at| at.to_string()),
                    })
                })
                .collect();
            let document = json!({"runs": history.lines, "checks": checks});
            console.document(&pretty(&document));
        }
        ListFormat::Text => console.document(&words(&place, &history, &counted, &policy)),
    }
    Exit::Pass
}

fn words(
    place: &Place,
    history: &History,
    counted: &[(&str, &crate::history::progress::Progress)],
    policy: &Policy,
) -> String {
    let mut text = format!("{place}: {}, each follows the one before\n", count(history.lines.len(), "run"));
    if let (Some(first), Some(last)) = (history.lines.first(), history.lines.last()) {
        let commit: String = last.commit.chars().take(12).collect();
        let _ =
            writeln!(text, "from {} to {}; the newest is of {commit}: {}", first.at, last.at, last.verdict);
    }
    for (name, progress) in counted {
        let _ = writeln!(text, "{name} ({}): {}", policy.check_mode(name).as_str(), progress.words());
    }
    if counted.is_empty() {
        text += "nothing waits for clean runs: `checks.<check>.blocking-after` in the settings does\n";
    }
    text
}
