//! Required checks that cannot report: a pull request that waits for one of them waits for ever.

mod locked;
mod names;
mod rules;
mod suggest;

use crate::checks::Record;
use crate::finding::Finding;
use crate::location::{Location, Span};
use crate::rule::Rule;
use crate::settings::RequiredCheck;
use crate::workflow::event::{self, Decision, Event, Reason};
use crate::workflow::names::pattern_matches;

use super::actions::Role;
use super::commands::Kind;
use super::jobs::JobFacts;
use super::scene::Scene;
use names::{Reported, is_pull};

pub use locked::{LOCK, Locked};
pub use names::{Listed, list};
pub use rules::{
    AMBIGUOUS_NAME, MISSING_BASE, NAMES_CHANGED, NEVER_REPORTS, NO_MERGE_GROUP, NOT_ON_PULL_REQUESTS,
    NOT_REQUIRED, PATH_FILTERED, SKIPPED_MATRIX, UNKNOWN_NAME,
};

/// Everything that this family can find.
pub(super) const RULES: [&Rule; 10] = [
    &NEVER_REPORTS,
    &NOT_ON_PULL_REQUESTS,
    &MISSING_BASE,
    &PATH_FILTERED,
    &NO_MERGE_GROUP,
    &SKIPPED_MATRIX,
    &AMBIGUOUS_NAME,
    &UNKNOWN_NAME,
    &NOT_REQUIRED,
    &NAMES_CHANGED,
];

/// Bytes of a list of names.
const MAX_LIST: u64 = 1 << 20;

/// The required names: of the settings, and of the file that the command line names.
fn wanted(context: &crate::checks::Context<'_>, record: &mut Record) -> Vec<RequiredCheck> {
    let mut wanted = context.settings.required_checks.clone();
    let Some(path) = &context.settings.arguments.gates.required_names else { return wanted };
    let shown = path.display().to_string().replace('\\', "/");
    let text = std::fs::metadata(path)
        .and_then(
            |meta| if meta.len() > MAX_LIST { Err(std::io::ErrorKind::FileTooLarge.into()) } else { Ok(()) },
        )
        .and_then(|()| std::fs::read_to_string(path));
    match text {
        Ok(text) => wanted.extend(lines(&text, &shown)),
        Err(error) => record.not_verified(format!("the required names in `{shown}`: {error}")),
    }
    wanted
}

/// A name on each line; empty lines and lines that start with `#` are none.
fn lines(text: &str, path: &str) -> Vec<RequiredCheck> {
    let name = |(index, line): (usize, &str)| {
        let name = line.trim();
        if name.is_empty() || name.starts_with('#') {
            return None;
        }
        let line_number = u32::try_from(index + 1).ok()?;
        let end = u32::try_from(line.chars().count() + 1).ok()?;
        let span = Span { line: line_number, column: 1, end_line: line_number, end_column: end };
        let location = Location::span(path, span);
        Some(RequiredCheck { branch: "**".to_owned(), name: name.to_owned(), location })
    };
    text.lines().enumerate().filter_map(name).collect()
}

pub(super) fn look(scene: &Scene<'_>, jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    let required = wanted(scene.context, record);
    if required.is_empty() && !scene.context.checkout.contains(LOCK) {
        return;
    }
    let reported = names::reported(scene);
    locked::look(scene, &reported, record);
    for check in &required {
        judge(check, &reported, scene, record);
    }
    if required.is_empty() {
        return;
    }
    not_required(&required, &reported, scene, jobs, record);
}

/// Judges the required names, and nothing else. Returns how many there are.
pub(super) fn verify(scene: &Scene<'_>, record: &mut Record) -> usize {
    let required = wanted(scene.context, record);
    let reported = names::reported(scene);
    required.iter().for_each(|check| judge(check, &reported, scene, record));
    required.len()
}

/// The branch, where it is one and no pattern.
fn base(check: &RequiredCheck) -> Option<&str> {
    (!check.branch.contains(['*', '?', '[', '+', '!'])).then_some(&*check.branch)
}

/// What is wrong with one required name: the first of these.
fn judge(check: &RequiredCheck, reported: &[Reported<'_>], scene: &Scene<'_>, record: &mut Record) {
    let finding = |rule, message: String| {
        Finding::new(rule, check.location.clone(), message)
            .subject(format!("{} {}", check.branch, check.name))
    };
    let name = check.name.as_str();
    let exact: Vec<&Reported<'_>> =
        reported.iter().filter(|own| !own.name.pattern && own.name.name.trim() == name.trim()).collect();
    if exact.is_empty() {
        let open = reported
            .iter()
            .find(|own| own.name.pattern && own.on_pull() && pattern_matches(&own.name.name, name));
        match open {
            Some(own) if !own.name.name.starts_with('*') => {
                let message = format!(
                    "`{name}` cannot be verified: only a run knows which names `{}` of {} stands for",
                    own.name.name,
                    own.file.path()
                );
                record.push(finding(&UNKNOWN_NAME, message));
            }
            _ => record.push(suggest::never(check, reported, finding)),
        }
        return;
    }
    let (on_pull, others): (Vec<&Reported<'_>>, Vec<&Reported<'_>>) =
        exact.iter().partition(|own| own.on_pull());
    if on_pull.is_empty() {
        let events: Vec<String> =
            others.iter().flat_map(|own| own.events.iter().map(|e| format!("`{e}`"))).collect();
        let message = format!(
            "`{name}` never reports on a pull request: {} runs on {} only",
            others.first().map_or("its workflow", |own| own.file.path()),
            events.join(", ")
        );
        let help = "add `pull_request` to the events of the workflow, or do not require this check";
        record.push(finding(&NOT_ON_PULL_REQUESTS, message).help(help));
        return;
    }
    filters(check, &on_pull, scene, record, &finding);
    skipped(check, &on_pull, record, &finding);
    ambiguous(check, &on_pull, record, &finding);
}

type Make<'f> = &'f dyn Fn(&'static Rule, String) -> Finding;

/// Filters of the workflows that report the name.
fn filters(
    check: &RequiredCheck,
    own: &[&Reported<'_>],
    scene: &Scene<'_>,
    record: &mut Record,
    finding: Make<'_>,
) {
    let name = &check.name;
    let decide = |own: &Reported<'_>, kind: Option<&'static str>| {
        let triggers = own.file.workflow.triggers.iter().filter(|trigger| is_pull(trigger.name));
        let decisions = triggers.map(|trigger| {
            event::of_trigger(
                trigger,
                Event { name: trigger.name, kind, branch: base(check), ..Event::default() },
            )
        });
        decisions.min_by_key(|decision| match decision {
            Decision::Runs => 0,
            Decision::DependsOnPaths => 1,
            Decision::Not(_) => 2,
        })
    };
    let path = own.first().map_or("", |own| own.file.path());
    let decisions: Vec<Option<Decision>> = own.iter().map(|own| decide(own, Some("synchronize"))).collect();
    let all_not =
        |reason: &Reason| decisions.iter().all(|d| matches!(d, Some(Decision::Not(own)) if own == reason));
    if all_not(&Reason::Branch) {
        let message = format!(
            "`{name}` never reports for `{}`: the filters of {path} leave that branch out",
            check.branch
        );
        let help = format!("add `{}` to `branches` of `pull_request` in {path}", check.branch);
        record.push(finding(&MISSING_BASE, message).help(help));
    } else if all_not(&Reason::Kind) {
        let message = format!(
            "`{name}` does not report when commits are pushed to a pull request: `types` in {path} lacks `synchronize`"
        );
        let help = "add `synchronize` to `types`, or remove `types`: the default has opened, synchronize and reopened";
        record.push(finding(&NOT_ON_PULL_REQUESTS, message).help(help));
    } else if !decisions.iter().any(|d| matches!(d, Some(Decision::Runs))) && !names::complementary(own) {
        let message = format!(
            "`{name}` does not report when no changed file matches the path filters of {path}, and then blocks"
        );
        let help = "remove the path filter and let the job decide what to do, or add a workflow that reports the \
                    same name for the other paths";
        record.push(finding(&PATH_FILTERED, message).help(help));
    }
    merge_group(check, own, scene, record, finding);
}

/// With a merge queue, every required check must report there as well.
fn merge_group(
    check: &RequiredCheck,
    own: &[&Reported<'_>],
    scene: &Scene<'_>,
    record: &mut Record,
    finding: Make<'_>,
) {
    let knows = |file: &crate::workflow::library::File<'_>| file.workflow.trigger("merge_group").is_some();
    let queue = match scene.context.settings.checks.gates.merge_queue {
        Some(queue) => queue,
        None => scene.files.iter().any(knows),
    };
    if queue && !own.iter().any(|own| knows(own.file)) {
        let path = own.first().map_or("", |own| own.file.path());
        let message = format!(
            "`{}` never reports in the merge queue: {path} lacks the event `merge_group`",
            check.name
        );
        record.push(finding(&NO_MERGE_GROUP, message).help(format!("add `merge_group:` to `on` in {path}")));
    }
}

/// A job that its own condition skips is never expanded, so its legs do not report.
fn skipped(check: &RequiredCheck, own: &[&Reported<'_>], record: &mut Record, finding: Make<'_>) {
    let Some(first) = own.first() else { return };
    let Some(unexpanded) = &first.name.when_skipped else { return };
    // Where another job reports the name as well, one of them may run whenever the other does not.
    if own.iter().all(|own| own.name.when_skipped.is_some() && own.name.jobs == first.name.jobs) {
        let message = format!(
            "`{}` does not report when the condition of its job skips it: it is then called `{unexpanded}`",
            check.name
        );
        let help =
            "move the condition into the steps, or require a job that needs this one and runs `if: always()`";
        record.push(finding(&SKIPPED_MATRIX, message).help(help));
    }
}

fn ambiguous(check: &RequiredCheck, own: &[&Reported<'_>], record: &mut Record, finding: Make<'_>) {
    // Of jobs that are called or expanded, one that is skipped has another name: conditions may leave one of them.
    let alternatives = own.iter().all(|own| own.name.when_skipped.is_some());
    if own.len() > 1 && !alternatives && !names::complementary(own) {
        let mut jobs: Vec<String> =
            own.iter().map(|own| format!("`{}` in {}", own.name.jobs.join("/"), own.file.path())).collect();
        jobs.dedup();
        let message = format!(
            "`{}` is the name of {} check runs ({}); which of them counts is left to chance",
            check.name,
            own.len(),
            jobs.join(", ")
        );
        record.push(finding(&AMBIGUOUS_NAME, message).help("give the jobs different names"));
    }
}

/// Jobs of pull requests that no branch requires.
fn not_required(
    required: &[RequiredCheck],
    reported: &[Reported<'_>],
    scene: &Scene<'_>,
    jobs: &[JobFacts<'_, '_>],
    record: &mut Record,
) {
    let allowed = scene.context.settings.allowed(&NOT_REQUIRED);
    let mut seen = std::collections::BTreeSet::new();
    // What runs when a pull request gets a label or is closed tells whoever merges nothing.
    for own in reported.iter().filter(|own| names::on_pushes(own)) {
        let name = &own.name.name;
        let is_required = |check: &RequiredCheck| {
            check.name.trim() == name.trim() || (own.name.pattern && pattern_matches(name, &check.name))
        };
        let meant = |check: &RequiredCheck| suggest::is_meant(&check.name, own);
        let excepted = allowed.iter().any(|entry| entry == name || pattern_matches(entry, name));
        if excepted
            || is_housekeeping(own, jobs)
            || required.iter().any(|check| is_required(check) || meant(check))
            || !seen.insert((own.file.path(), own.name.jobs.clone()))
        {
            continue;
        }
        let message =
            format!("`{name}` runs on pull requests and is not required: it can fail and the merge goes on");
        let location = own.file.source.at_node(own.name.key);
        let help = "add the name to `required-checks` and to the branch's protection, or to \
                    `rules.gates/not-required.allow`";
        record.push(Finding::new(&NOT_REQUIRED, location, message).help(help).subject(name));
    }
}

/// True for jobs that only `pull_request_target` starts and that check nothing: they label, greet and assign.
fn is_housekeeping(own: &Reported<'_>, jobs: &[JobFacts<'_, '_>]) -> bool {
    let id = own.name.jobs.first();
    let mut same =
        jobs.iter().filter(|job| job.scene.file.path() == own.file.path() && Some(&job.scene.id()) == id);
    own.file.workflow.trigger("pull_request").is_none()
        && same.all(|job| {
            let checks =
                job.runs(Kind::is_check) || job.steps.iter().any(|step| step.role == Some(Role::Check));
            job.scene.job.uses().is_none() && !checks
        })
}
