//! Failures that count for nothing: `continue-on-error`, `|| true`, pipes, scripts that go on; and jobs in which
//! nothing else is left.

use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Rule, Severity};
use crate::workflow::shell::ShellKind;
use crate::workflow::wrappers::base_name;

use super::super::actions::{self, Role};
use super::super::commands;
use super::super::jobs::{JobFacts, StepFacts};
use super::fate::{Fate, Loss};
use super::{FORGIVEN_FAILURE, JOB_CANNOT_FAIL, LOST_FAILURE, LOST_IN_PIPE, SWALLOWED_FAILURE, severity};

pub(super) fn look(job: &JobFacts<'_, '_>, jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    let masked =
        |step: &StepFacts<'_, '_>| step.forgiven.is_some() || step.checks().any(|fate| fate.loss.is_some());
    if (job.forgiven.is_none() && !job.steps.iter().any(masked)) || is_bot(job) {
        return;
    }
    let before = record.findings.len();
    for step in &job.steps {
        forgiven_step(job, step, record);
        for fate in step.checks() {
            if let Some(loss) = &fate.loss
                && !is_repeated(job, step, fate)
                && !is_read_later(job, step, fate)
            {
                lost(job, step, fate, loss, record);
            }
        }
    }
    forgiven_job(job, jobs, record);
    if record.findings.len() > before {
        cannot_fail(job, record);
    }
}

fn forgiven_step(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>, record: &mut Record) {
    let Some(key) = step.forgiven else { return };
    let Some(what) = purpose(step) else { return };
    let repeated = step.checks().all(|fate| is_repeated(job, step, fate)) && step.checks().next().is_some();
    // Within the step, nothing that it repeats fails either.
    let elsewhere = |fate: &Fate<'_>| {
        job.steps
            .iter()
            .filter(|other| other.index != step.index && other.forgiven.is_none() && same_folder(step, other))
            .any(|other| other.checks().any(|second| second.known.name == fate.known.name))
    };
    if job.asks_for(step) || (repeated && step.checks().all(elsewhere)) {
        return;
    }
    let message =
        format!("`continue-on-error` forgives {what} of this step: the job is green whatever it finds");
    let finding = Finding::new(&FORGIVEN_FAILURE, job.scene.file.source.at_node(key), message)
        .severity(severity(job, &FORGIVEN_FAILURE))
        .help("remove it; if some findings are accepted, name them to the tool instead")
        .subject(format!("{} {}", job.scene.id(), step.index));
    record.push(finding);
}

/// What of a step is there to fail, in words.
fn purpose(step: &StepFacts<'_, '_>) -> Option<String> {
    if step.role == Some(Role::Check) {
        let uses = step.step.step.uses().and_then(|uses| uses.text()).unwrap_or_default();
        return Some(format!("`{}`", actions::slug(uses)));
    }
    step.checks().next().map(|fate| format!("`{}`", fate.known.name))
}

/// A job that fails and is forgiven: its own check turns red, and everything else takes it for a success.
/// Source: actions/runner#1161, confirmed there by GitHub.
fn forgiven_job(job: &JobFacts<'_, '_>, jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    let Some(key) = job.forgiven else { return };
    let Some(what) = job.steps.iter().find_map(purpose) else { return };
    let waits = |other: &&JobFacts<'_, '_>| {
        other.needs.iter().filter_map(|at| jobs.get(*at)).any(|own| std::ptr::eq(own.scene, job.scene))
    };
    let (consequence, level) = match jobs.iter().find(waits) {
        Some(other) => (
            format!("`{}`, which waits for it, reads `success` whatever it finds", other.scene.id()),
            severity(job, &FORGIVEN_FAILURE),
        ),
        None => ("the run is green, and only the job's own check turns red".to_owned(), Severity::Note),
    };
    let message =
        format!("`continue-on-error` forgives everything in this job, {what} among it: {consequence}");
    let finding = Finding::new(&FORGIVEN_FAILURE, job.scene.file.source.at_node(key), message)
        .severity(level)
        .help("remove it; so that the other legs of a matrix go on, write `fail-fast: false`")
        .subject(job.scene.id());
    record.push(finding);
}

fn lost(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>, fate: &Fate<'_>, loss: &Loss, record: &mut Record) {
    let name = &fate.known.name;
    let what = fate.known.kind.noun();
    let (rule, message, help): (&'static Rule, String, String) = match loss {
        Loss::Swallowed(range) => {
            let swallower = step.step.script.as_ref().and_then(|script| script.text.get(range.clone()));
            let swallower = swallower.unwrap_or_default().lines().next().unwrap_or_default();
            (
                &SWALLOWED_FAILURE,
                format!("`|| {swallower}` swallows every failure of `{name}`"),
                format!("remove it, so that {what} can fail"),
            )
        }
        Loss::Piped => (
            &LOST_IN_PIPE,
            format!(
                "the pipe loses the failure of `{name}`: without `pipefail` only its last command counts"
            ),
            "write `shell: bash` for this step, which switches `pipefail` on, or `set -o pipefail` in front"
                .to_owned(),
        ),
        Loss::Chained => (
            &LOST_FAILURE,
            format!("the failure of `{name}` is lost: `set -e` does not end a script in front of `&&`"),
            format!("write `{name}` on a line of its own"),
        ),
        Loss::NotLast if is_powershell(step) => (
            &LOST_FAILURE,
            format!("the failure of `{name}` is lost: this shell ends as the last program that it runs"),
            match is_cmd(step) {
                true => format!("write `{name}` into a step of its own, or add `|| exit /b 1` behind it"),
                false => format!(
                    "write `{name}` into a step of its own, or add `if ($LASTEXITCODE) {{ exit $LASTEXITCODE }}`"
                ),
            },
        ),
        Loss::NotLast => (
            &LOST_FAILURE,
            format!("the failure of `{name}` is lost: `set -e` is off, and the script goes on"),
            "remove `set +e`, or keep `$?` and end with it".to_owned(),
        ),
        Loss::Background => (
            &LOST_FAILURE,
            format!(
                "the failure of `{name}` is lost: it runs in the background and nobody waits for its exit code"
            ),
            "keep `$!` and `wait` for it by that number".to_owned(),
        ),
        Loss::Condition => (
            &LOST_FAILURE,
            format!(
                "the failure of `{name}` is lost: it is a condition, and whatever it decides only prints"
            ),
            "add `exit 1` where it failed".to_owned(),
        ),
    };
    let Some(place) = step.at(fate.range.clone()) else { return };
    let finding = Finding::new(rule, place, message).severity(severity(job, rule)).help(help);
    record.push(finding.subject(format!("{} {} {name}", job.scene.id(), step.index)));
}

fn is_powershell(step: &StepFacts<'_, '_>) -> bool {
    step.step.script.as_ref().is_some_and(|script| script.shell.kind == ShellKind::PowerShell) || is_cmd(step)
}

fn is_cmd(step: &StepFacts<'_, '_>) -> bool {
    step.step.script.as_ref().is_some_and(|script| script.shell.kind == ShellKind::Cmd)
}

/// Words of jobs that make commits or pull requests: what they run is no gate.
const BOTS: [&str; 5] =
    ["create-pull-request", "gh pr create", "git push", "git-auto-commit-action", "autofix-ci/action"];

/// True if the job mends or proposes something rather than judging it.
pub(in super::super) fn is_bot(job: &JobFacts<'_, '_>) -> bool {
    BOTS.iter().any(|word| job.scene.mentions(word))
        || job.scene.file.path().ends_with("/copilot-setup-steps.yml")
}

/// True if the same tool runs again on as much, and fails with it: the first one wrote a report.
fn is_repeated(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>, fate: &Fate<'_>) -> bool {
    let own = paths(fate);
    let sound = |other: &&StepFacts<'_, '_>| {
        other.index == step.index || (other.forgiven.is_none() && same_folder(step, other))
    };
    job.steps.iter().filter(sound).any(|other| {
        other.checks().filter(|second| second.loss.is_none() && second.known.name == fate.known.name).any(
            |second| {
                let others = paths(second);
                let another = other.index != step.index || second.range != fate.range;
                another
                    && (others.is_empty() || own.iter().all(|path| others.contains(path)) && !own.is_empty())
            },
        )
    })
}

/// True if two steps begin in the same folder.
fn same_folder(one: &StepFacts<'_, '_>, other: &StepFacts<'_, '_>) -> bool {
    let folder = |step: &StepFacts<'_, '_>| {
        let own = step.step.step.node.get("working-directory").and_then(|node| node.text());
        own.unwrap_or_default().trim_end_matches('/').to_owned()
    };
    folder(one) == folder(other)
}

/// The paths among a command's arguments.
fn paths<'s>(fate: &Fate<'s>) -> Vec<&'s str> {
    let words = fate.known.arguments().iter().map(|word| word.text.as_str());
    words.filter(|text| !text.starts_with('-') && text.contains('/')).collect()
}

/// True if the command writes a file that a later step reads, so that somebody may judge it there.
fn is_read_later(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>, fate: &Fate<'_>) -> bool {
    let Some(script) = &step.step.script else { return false };
    let Some(text) = script.text.get(fate.range.clone()) else { return false };
    let line_end = script.text.get(fate.range.end..).and_then(|rest| rest.find('\n')).unwrap_or(0);
    let redirected = script.text.get(fate.range.end..fate.range.end + line_end).unwrap_or_default();
    let files = text.split([' ', '=', '"', '\'', '\t', '\n']).chain(redirected.split([' ', '"', '\'']));
    let names: Vec<&str> = files.map(base_name).filter(|name| looks_like_report(name)).collect();
    let after = script.text.get(fate.range.end..).unwrap_or_default();
    names.iter().any(|name| {
        after.get(line_end..).is_some_and(|rest| rest.contains(name))
            || job.steps.iter().filter(|later| later.index > step.index).any(|later| reads(later, name))
    })
}

fn looks_like_report(name: &str) -> bool {
    [".xml", ".json", ".sarif", ".txt", ".log", ".html"]
        .iter()
        .any(|ending| name.len() > ending.len() && name.ends_with(ending))
}

/// Actions that bring a file somewhere and judge nothing.
const CARRIERS: [&str; 4] =
    ["actions/upload-artifact", "codecov/*", "github/codeql-action/*", "actions/cache*"];

fn reads(step: &StepFacts<'_, '_>, name: &str) -> bool {
    if let Some(script) = &step.step.script {
        return script.text.contains(name);
    }
    let uses = step.step.step.uses().and_then(|uses| uses.text()).unwrap_or_default();
    let carries = CARRIERS.iter().any(|entry| actions::names(entry, actions::slug(uses)));
    let inputs = step.step.step.with();
    !carries
        && inputs
            .iter()
            .flat_map(|with| with.entries())
            .any(|(_, value)| value.text().is_some_and(|text| text.contains(name)))
}

/// A job in which every check is lost.
fn cannot_fail(job: &JobFacts<'_, '_>, record: &mut Record) {
    let mut checks = Vec::new();
    for step in &job.steps {
        let forgiven = step.forgiven.is_some() && !job.asks_for(step);
        if step.role == Some(Role::Check) {
            checks.push(forgiven);
        }
        checks.extend(step.checks().map(|fate| forgiven || fate.loss.is_some()));
        let others = step.fates.iter().any(|fate| !fate.known.kind.is_check() && fate.loss.is_none());
        if !forgiven && (others || fails_on_purpose(step)) {
            return;
        }
    }
    if checks.is_empty() || !checks.iter().all(|lost| *lost) {
        return;
    }
    let message = format!(
        "nothing that the job `{}` checks can make it fail: its result says nothing about what its checks find",
        job.scene.id()
    );
    let level =
        if severity(job, &JOB_CANNOT_FAIL) == Severity::Note { Severity::Note } else { Severity::Error };
    let finding = Finding::new(&JOB_CANNOT_FAIL, job.scene.place(), message)
        .severity(level)
        .help("let at least one of its checks fail the job, or do not require it")
        .subject(job.scene.id());
    record.push(finding);
}

/// True if a script has an `exit` of its own that is no success.
fn fails_on_purpose(step: &StepFacts<'_, '_>) -> bool {
    let list = step.step.script.as_ref().and_then(|script| script.list());
    let Some(list) = list else { return step.step.script.is_some() };
    let mut found = false;
    list.walk(&mut |command| {
        let Some(simple) = command.simple() else { return };
        let code = simple.arguments().first().map(|word| word.text.as_str());
        let exits = simple.name() == Some("exit") && code.is_some_and(|code| code != "0");
        // A script of the repository may do anything.
        let calls = simple.words.first().is_some_and(|word| {
            let name =
                commands::unwrapped(&simple.words).first().map_or(word.text.as_str(), |word| &word.text);
            name.starts_with("./")
                || [".sh", ".py", ".rb", ".js", ".pl"].iter().any(|end| name.ends_with(end))
        });
        found |= exits || calls || simple.name() == Some("false");
    });
    found
}
