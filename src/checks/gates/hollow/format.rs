//! Formatters that rewrite files where they should compare.

use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::Severity;
use crate::workflow::shell::List;

use super::super::commands::{self, unwrapped};
use super::super::formatters;
use super::super::jobs::{JobFacts, StepFacts};
use super::{FORMATTER_REWRITES, severity};

/// Words that say that somebody compares what the formatter did.
const COMPARES: [&str; 5] = ["git diff", "git status", "git ls-files", "diff ", "--exit-code"];

/// Words that say that the result is committed.
const COMMITS: [&str; 6] = [
    "git commit",
    "git push",
    "stefanzweifel/git-auto-commit-action",
    "EndBug/add-and-commit",
    "create-pull-request",
    "autofix-ci/action",
];

pub(super) fn look(job: &JobFacts<'_, '_>, record: &mut Record) {
    if !job.scene.file.workflow.is_started_by(&["pull_request", "pull_request_target", "merge_group"]) {
        return;
    }
    let formats = |step: &StepFacts<'_, '_>| {
        step.step.script.as_ref().is_some_and(|script| commands::words(script.text).any(formatters::is_one))
    };
    if !job.steps.iter().any(formats) {
        return;
    }
    let commits = COMMITS.iter().any(|word| job.scene.mentions(word));
    let compares = COMPARES.iter().any(|word| job.scene.mentions(word));
    if (compares || calls_scripts(job)) && !commits {
        return;
    }
    for step in &job.steps {
        let Some(script) = &step.step.script else { continue };
        let Some(list) = script.list() else { continue };
        for (range, call) in calls(list) {
            let (what, help) = match commits {
                true => (
                    "and the result is committed: what was reviewed is not what is merged",
                    "compare, and let people commit",
                ),
                false => ("and succeeds: a file in another format passes", "let it compare"),
            };
            let message = format!("`{}` rewrites files here, {what}", call.name);
            let finding = Finding::new(&FORMATTER_REWRITES, script.at(range), message)
                .severity(if commits { Severity::Note } else { severity(job, &FORMATTER_REWRITES) })
                .help(format!("{help}: add `{}`", call.fix))
                .subject(format!("{} {} {}", job.scene.id(), step.index, call.name));
            record.push(finding);
        }
    }
}

/// True if a script of the repository runs, which may compare.
fn calls_scripts(job: &JobFacts<'_, '_>) -> bool {
    let lists = job.steps.iter().filter_map(|step| step.step.script.as_ref()?.list());
    let mut found = false;
    for list in lists {
        list.walk(&mut |command| {
            let words = command.simple().map(|simple| simple.words.as_slice()).unwrap_or_default();
            let first = words.first().map(|word| word.text.as_str()).unwrap_or_default();
            let local = first.contains('/') && !first.contains("/bin/");
            found |= local || words.iter().take(2).any(|word| word.text.ends_with(".sh"));
        });
    }
    found
}

/// Formatters that rewrite.
fn calls(list: &List) -> Vec<(std::ops::Range<usize>, formatters::Call)> {
    let mut found = Vec::new();
    list.walk(&mut |command| {
        let Some(simple) = command.simple() else { return };
        let call = formatters::of(unwrapped(&simple.words)).filter(|call| !call.checks);
        let asks = simple.words.iter().any(|word| matches!(&*word.text, "--version" | "--help" | "-V"));
        let only_name = simple.words.len() <= 1;
        if let Some(call) = call.filter(|_| !asks && !only_name) {
            found.push((command.range.clone(), call));
        }
    });
    found
}
