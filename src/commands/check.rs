//! `ci-guard check`: the way through the house.

use std::mem::ManuallyDrop;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::checkout::Checkout;
use crate::checks::{self, Check, Context, Record};
use crate::cli::CheckCommand;
use crate::commands::mend;
use crate::console::Console;
use crate::delivery;
use crate::engine::{self, Run};
use crate::environment::Environment;
use crate::finding::Finding;
use crate::policy::{Judged, Mode};
use crate::progress::Shown;
use crate::redact::Redactor;
use crate::report::{Exit, Report, Surroundings};
use crate::runner::Runner;
use crate::settings::{self, Baseline, LoadError, Settings};
use crate::sorted::IntoMap as _;

/// The check that `required-secrets` is for.
const PREFLIGHT: &str = "preflight";

/// Runs the command.
pub fn run(command: CheckCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let told = !command.arguments.preflight.required_secrets.is_empty();
    if told && !command.checks.is_empty() && !command.checks.iter().any(|name| name == PREFLIGHT) {
        // Nobody who lists what must be there means that it is not looked at.
        let message = "`required-secrets` means nothing without the check `preflight`; name that as well";
        return delivery::failure(Report::failed(Exit::Usage, message), environment, console);
    }
    let root = command.target.root.clone().unwrap_or_else(|| ".".into());
    let checkout = match Checkout::open(&root) {
        Ok(checkout) => checkout,
        Err(error) => {
            return delivery::failure(
                Report::failed(Exit::Usage, format!("{error:#}")),
                environment,
                console,
            );
        }
    };
    // The process ends with the command: giving back every text and tree one by one only takes time.
    let checkout = ManuallyDrop::new(checkout);
    let runner = Runner::of(environment);
    match settings::load(&command.settings, command.arguments.clone(), &checkout, &runner) {
        Ok(settings) => judge(&command, &settings, &checkout, &runner, environment, console),
        Err(LoadError::Unreadable(error)) => {
            delivery::failure(Report::failed(Exit::Usage, format!("{error:#}")), environment, console)
        }
        Err(LoadError::Invalid(findings)) => {
            let redactor = Redactor::of(environment, []);
            let report = invalid_settings(findings, &redactor);
            let colour = delivery::colour(&command.report, environment, console);
            let around =
                Surroundings { checkout: Some(&checkout), runner: &runner, redactor: &redactor, colour };
            delivery::deliver(report, &command.report, &around, console)
        }
    }
}

fn judge(
    command: &CheckCommand,
    settings: &Settings,
    checkout: &Checkout,
    runner: &Runner,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Exit {
    let secrets = checks::preflight::secret_names(settings);
    if runner.in_actions {
        mask(settings, environment, console);
    }
    let redactor = Redactor::of(environment, secrets.iter().map(String::as_str));
    let checks = plan(&command.checks, settings);
    let (mut fixed, mut unfixed) = (None, None);
    if command.fix {
        if runner.in_actions && runner.is_proposal() {
            let message =
                "`--fix` would rewrite what is proposed before it is judged; run it where you commit";
            return delivery::failure(Report::failed(Exit::Usage, message), environment, console);
        }
        let task = mend::Task { checks: &checks, settings, environment, runner, online: settings.online };
        unfixed = mend::run(&task, checkout, console);
        // The files are others now, and none of them is kept.
        fixed = Checkout::open(checkout.root()).ok();
    }
    let checkout = fixed.as_ref().unwrap_or(checkout);
    let wants_outputs = delivery::brings_outputs(&command.report, runner);
    let context = Context { checkout, settings, environment, runner, wants_outputs };
    let mut runs = Shown::of(&command.report, environment).while_at(|| engine::run(&checks, &context));
    runs.extend(about_settings(settings, checkout));
    runs.extend(unfixed);
    let judgement = settings.policy.judge(runs.iter_mut().map(Run::evidence).collect());
    let mut report = Report::new(&runs, judgement, &settings.policy, &redactor);
    report.settings.clone_from(&settings.document);
    if asked_for_history(&runs, settings) && report.exit == Exit::Pass {
        report.exit = Exit::NotVerified;
    }
    if command.write_baseline {
        let path = checkout.root().join(&settings.baseline_path);
        if let Err(error) = write_baseline(&report.findings, &path) {
            report = Report::failed(Exit::NotVerified, format!("could not write the baseline: {error:#}"));
        } else {
            let number = report.findings.len();
            console.out(&format!("wrote {number} findings to {}\n", settings.baseline_path));
            report.exit = Exit::Pass;
        }
    }
    if settings.arguments.preflight.record_preflight {
        let said = super::deploy::passed::of_check(&runs, settings, &command.store, runner, environment);
        let line = said.unwrap_or_else(|reason| {
            if report.exit == Exit::Pass {
                report.exit = Exit::NotVerified;
            }
            reason
        });
        let line = redactor.clean(&line).into_owned();
        if let Some(check) = report.checks.iter_mut().find(|check| check.name == PREFLIGHT) {
            check.notes.push(line);
        } else {
            console.err(&format!("ci-guard: {line}\n"));
        }
    }
    let colour = delivery::colour(&command.report, environment, console);
    let around = Surroundings { checkout: Some(checkout), runner, redactor: &redactor, colour };
    delivery::deliver(report, &command.report, &around, console)
}

/// The checks that were named; without names the default ones and those that were told what to look at, unless
/// they are off.
fn plan(named: &[String], settings: &Settings) -> Vec<&'static dyn Check> {
    let told = |name: &str| name == PREFLIGHT && !settings.arguments.preflight.required_secrets.is_empty();
    let wanted = |check: &&'static dyn Check| match named {
        [] => {
            let meant = checks::DEFAULT.contains(&check.name()) || told(check.name());
            meant && settings.policy.check_mode(check.name()) != Mode::Off
        }
        names => names.iter().any(|name| name == check.name()),
    };
    checks::ALL.iter().copied().filter(wanted).collect()
}

/// True if somebody asked for the whole history and it could not be looked at: no mode makes that a success.
fn asked_for_history(runs: &[Run], settings: &Settings) -> bool {
    settings.arguments.secrets.scan == Some(checks::secrets::Scan::History)
        && runs.iter().any(|run| run.check == "secrets" && !run.not_verified.is_empty())
}

/// The first thing that is printed: what the runner must keep out of the log.
fn mask(settings: &Settings, environment: &Environment, console: &mut Console<'_>) {
    let masks = checks::preflight::masks(settings, environment);
    for command in masks.commands() {
        console.out(&format!("{command}\n"));
    }
}

/// What is to be said about the settings, as the evidence of a check of its own.
fn about_settings(settings: &Settings, checkout: &Checkout) -> Option<Run> {
    if settings.findings.is_empty() && settings.not_verified.is_empty() {
        return None;
    }
    let mut record = Record::default();
    settings.findings.iter().for_each(|finding| record.push(finding.clone()));
    settings.not_verified.iter().for_each(|reason| record.not_verified(reason));
    Some(engine::recorded(
        "policy",
        checks::Unit { one: "settings file", many: "settings files" },
        1,
        record,
        checkout,
    ))
}

fn invalid_settings(findings: Vec<Finding>, redactor: &Redactor) -> Report {
    let number = findings.len();
    let judged = |finding: Finding| Judged {
        fingerprint: crate::fingerprint::of(&finding, &finding.message, 0),
        finding,
        blocking: true,
        waived_by: None,
    };
    let mut report = Report::failed(
        Exit::Usage,
        format!("{} in the settings file; nothing was checked", crate::report::count(number, "error")),
    );
    report.findings = findings.into_iter().map(judged).collect();
    for judged in &mut report.findings {
        judged.finding.message = redactor.clean(&judged.finding.message).into_owned();
    }
    report
}

fn write_baseline(findings: &[Judged], path: &Path) -> Result<()> {
    let pairs = findings.iter().map(|judged| (judged.fingerprint.clone(), judged.finding.rule.id.to_owned()));
    let baseline = Baseline { version: 1, findings: pairs.into_map() };
    let text = serde_json::to_string_pretty(&baseline).context("the baseline")?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    delivery::replace(path, &format!("{text}\n"))
}
