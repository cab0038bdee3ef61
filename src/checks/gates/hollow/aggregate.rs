//! Jobs that stand for others: a summary that only prints, a gate that leaves a job out, or that is skipped when it
//! is needed.

use std::collections::BTreeSet;

use crate::checks::Record;
use crate::finding::Finding;
use crate::workflow::shell::{CommandKind, List};

use super::super::actions;
use super::super::jobs::{JobFacts, awaited};
use super::fate::only_prints;
use super::{HOLLOW_SUMMARY, SKIPPED_GATE, UNREAD_RESULT, severity};

/// Words in a job's id or name that promise a judgement.
const PROMISES: [&str; 15] = [
    "gate",
    "gates",
    "success",
    "summary",
    "status",
    "green",
    "required",
    "complete",
    "completed",
    "passed",
    "done",
    "result",
    "results",
    "conclusion",
    "ok",
];

/// The action that judges `toJSON(needs)`.
const ALLS_GREEN: &str = "re-actors/alls-green";

pub(super) fn look(job: &JobFacts<'_, '_>, jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    if job.scene.job.needs.is_empty() || job.scene.job.uses().is_some() || job.steps.is_empty() {
        return;
    }
    let text = job.scene.file.source.text().get(job.scene.job.node.range()).unwrap_or_default();
    let read = Read::of(text, job);
    if is_hollow(job) {
        if promises(job) {
            hollow(job, &read, record);
        }
        return;
    }
    let judges = read.all || !read.ids.is_empty();
    if !judges || !fails(job) {
        return;
    }
    skipped(job, record);
    unread(job, &read, record);
    missing(job, jobs, &read, record);
}

/// Which results a job reads.
struct Read {
    all: bool,
    ids: BTreeSet<String>,
}

impl Read {
    fn of(text: &str, job: &JobFacts<'_, '_>) -> Read {
        let lower = text.split_ascii_whitespace().collect::<String>().to_ascii_lowercase();
        let all =
            ["needs.*.result", "tojson(needs)", "needs.*.outputs"].iter().any(|form| lower.contains(form))
                || (lower.contains("failure()") || lower.contains("!success()")) && !lower.contains("steps.");
        let ids = job.scene.job.needs.iter().filter_map(|need| need.text());
        let ids = ids.filter(|id| {
            let forms = [
                format!("needs.{id}.result"),
                format!("needs['{id}'].result"),
                format!("needs[\"{id}\"].result"),
            ];
            forms.iter().any(|form| lower.contains(&form.to_ascii_lowercase()))
        });
        Read { all, ids: ids.map(str::to_owned).collect() }
    }
}

/// True if every step only prints.
fn is_hollow(job: &JobFacts<'_, '_>) -> bool {
    job.scene.job.node.get("outputs").is_none()
        && job.scene.job.node.get("environment").is_none()
        && job.steps.iter().all(|step| match &step.step.script {
            Some(script) => script.list().is_some_and(only_prints),
            None => false,
        })
}

fn promises(job: &JobFacts<'_, '_>) -> bool {
    let name = job.scene.job.node.get("name").and_then(|name| name.text()).unwrap_or_default();
    let said = format!("{} {name}", job.scene.id()).to_lowercase();
    let mut words = said.split(|c: char| !c.is_alphanumeric());
    words.any(|word| PROMISES.contains(&word)) || job.scene.id().eq_ignore_ascii_case("ci")
}

/// The condition of the job.
fn condition<'t>(job: &JobFacts<'_, 't>) -> &'t str {
    job.scene.job.node.get("if").and_then(|node| node.text()).unwrap_or_default()
}

/// True if the job runs when one of the others fails.
fn always(job: &JobFacts<'_, '_>) -> bool {
    let condition = condition(job);
    let either = condition.contains("success()") && condition.contains("failure()");
    condition.contains("always()")
        || (condition.contains("!cancelled()") && !condition.contains("failure()"))
        || either
}

fn hollow(job: &JobFacts<'_, '_>, read: &Read, record: &mut Record) {
    let own_condition = condition(job);
    if !own_condition.is_empty()
        && !["always()", "cancelled()", "success()", "failure()"].iter().any(|f| own_condition.contains(f))
    {
        return;
    }
    let consequence = match (always(job), read.all || !read.ids.is_empty()) {
        (true, true) => "it shows the results of the jobs that it waits for, and is green whatever they are",
        (true, false) => "it is green whatever became of the jobs that it waits for",
        (false, _) => "it is skipped when one of them fails, and a skipped check counts as passed",
    };
    let message = format!("the job `{}` only prints: {consequence}", job.scene.id());
    let help = "give it `if: always()` and a step that fails unless every `needs.*.result` is `success`";
    let finding = Finding::new(&HOLLOW_SUMMARY, job.scene.place(), message)
        .severity(severity(job, &HOLLOW_SUMMARY))
        .help(help)
        .subject(job.scene.id());
    record.push(finding);
}

/// True if the job can fail on purpose.
fn fails(job: &JobFacts<'_, '_>) -> bool {
    job.steps.iter().any(|step| match (&step.step.script, step.step.step.uses()) {
        (Some(script), _) => script.list().is_none_or(decides),
        (None, Some(uses)) => actions::slug(uses.text().unwrap_or_default()).eq_ignore_ascii_case(ALLS_GREEN),
        _ => false,
    })
}

/// True if the script exits, or ends with a test.
fn decides(list: &List) -> bool {
    let mut found = false;
    list.walk(&mut |command| {
        found |= matches!(command.kind, CommandKind::Test | CommandKind::Arithmetic);
        found |= command.simple().is_some_and(|simple| {
            matches!(simple.name(), Some("exit" | "false" | "[" | "test" | "grep" | "jq"))
        });
    });
    found
}

fn only_judges(job: &JobFacts<'_, '_>) -> bool {
    job.steps.len() <= 3 && !job.steps.iter().any(|step| !step.fates.is_empty() || step.role.is_some())
}

fn skipped(job: &JobFacts<'_, '_>, record: &mut Record) {
    if !condition(job).is_empty() || !only_judges(job) || !promises(job) {
        return;
    }
    let message = format!(
        "the job `{}` is skipped when one of the jobs that it judges fails, and a skipped check counts as passed",
        job.scene.id()
    );
    let finding = Finding::new(&SKIPPED_GATE, job.scene.place(), message)
        .severity(severity(job, &SKIPPED_GATE))
        .help("add `if: always()` to the job")
        .subject(job.scene.id());
    record.push(finding);
}

/// A job that it waits for and whose result it does not read.
fn unread(job: &JobFacts<'_, '_>, read: &Read, record: &mut Record) {
    if read.all || !only_judges(job) || !always(job) || !promises(job) {
        return;
    }
    for need in &job.scene.job.needs {
        let Some(id) = need.text() else { continue };
        if read.ids.contains(id) || job.scene.mentions(&format!("needs.{id}.")) {
            continue;
        }
        let message = format!("the job `{}` waits for `{id}` and does not read its result", job.scene.id());
        let finding = Finding::new(&UNREAD_RESULT, job.scene.file.source.at_node(*need), message)
            .severity(severity(job, &UNREAD_RESULT))
            .help(format!("compare `needs.{id}.result` as well, or judge `needs.*.result`"))
            .subject(format!("{} {id}", job.scene.id()));
        record.push(finding);
    }
}

/// A job with checks of the same workflow that a gate does not wait for.
fn missing(job: &JobFacts<'_, '_>, jobs: &[JobFacts<'_, '_>], read: &Read, record: &mut Record) {
    if !read.all || !always(job) || !promises(job) || !only_judges(job) {
        return;
    }
    let Some(covered) = awaited(job, jobs) else { return };
    let covered: BTreeSet<&str> =
        covered.into_iter().filter_map(|at| jobs.get(at)).map(|other| other.scene.id()).collect();
    let own = jobs.iter().filter(|other| std::ptr::eq(other.scene.file, job.scene.file));
    let forgotten = own.filter(|other| {
        let id = other.scene.id();
        let conditional = other.scene.job.node.get("if").is_some();
        let has_checks = other.runs(super::super::commands::Kind::is_check);
        id != job.scene.id()
            && !covered.contains(id)
            && !conditional
            && has_checks
            && other.forgiven.is_none()
    });
    let forgotten: Vec<_> = forgotten.collect();
    // A gate of a few jobs among many is not meant for all of them.
    if forgotten.len() * 2 > job.scene.job.needs.len() {
        return;
    }
    for other in forgotten {
        let id = other.scene.id();
        let message = format!(
            "the job `{}` judges the others and does not wait for `{id}`, which has checks too",
            job.scene.id()
        );
        let finding = Finding::new(&UNREAD_RESULT, job.scene.place(), message)
            .severity(severity(job, &UNREAD_RESULT))
            .help(format!("add `{id}` to its `needs`"))
            .related(other.scene.place(), format!("`{id}` is here"))
            .subject(format!("{} {id}", job.scene.id()));
        record.push(finding);
    }
}
