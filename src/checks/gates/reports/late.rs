//! Uploads that run whatever happened, of a file that is then not there.

use crate::checks::Record;
use crate::finding::Finding;
use crate::tree::Node;

use super::super::actions;
use super::super::commands::Kind;
use super::super::jobs::{JobFacts, StepFacts};
use super::tools::Writes;
use super::{REPORT_MAY_BE_MISSING, paths};

/// An upload of one file, whose name is known and which some step before it writes.
pub(super) struct Upload<'u, 's, 't> {
    pub step: &'u StepFacts<'s, 't>,
    pub slug: &'u str,
    /// The file from the workspace.
    pub path: &'u str,
}

pub(super) fn look(
    job: &JobFacts<'_, '_>,
    writes: &[Writes],
    upload: &Upload<'_, '_, '_>,
    record: &mut Record,
) {
    let node = upload.step.step.step.node;
    let before: Vec<(&StepFacts<'_, '_>, &Writes)> =
        job.steps.iter().zip(writes).take_while(|(step, _)| step.index < upload.step.index).collect();
    let wrote = |writes: &Writes| writes.files.iter().any(|file| file == upload.path);
    let Some((writer, _)) = before.iter().find(|(_, writes)| wrote(writes)) else { return };
    let shown = paths::name(upload.path);
    let found = if fails_without(upload) {
        let Some((key, condition)) = node.entry("if").filter(|(_, node)| runs_anyway(*node)) else { return };
        let text = condition.text().unwrap_or_default();
        // Somebody asks for the file, or for the step that writes it.
        if text.contains("hashFiles")
            || text.contains("steps.")
            || writer.index == 0
            || writer.step.step.node.get("if").is_some_and(runs_anyway)
        {
            return;
        }
        let earlier = before.iter().find(|(step, _)| step.index < writer.index && may_fail(step));
        let Some((earlier, _)) = earlier else { return };
        let message = format!(
            "when a step before the one that writes `{shown}` fails, the file is not there, and this upload fails as well"
        );
        let help = format!("write `if: ${{{{ !cancelled() && hashFiles('{}') != '' }}}}`", upload.path);
        Some((key, message, help, (*earlier, "this step may fail before it is written")))
    } else {
        let masked = writer
            .fates
            .iter()
            .find(|fate| fate.known.kind == Kind::Test && (fate.loss.is_some() || writer.forgiven.is_some()));
        let Some(fate) = masked else { return };
        let silent = !is_loud(upload.step);
        let Some(uses) = upload.step.step.step.uses().filter(|_| silent) else { return };
        let message = format!(
            "when `{}` fails before it writes `{shown}`, nobody hears of it: its failure is masked, and `{}` succeeds without the file",
            fate.known.name, upload.slug
        );
        let help = match upload.slug {
            "codecov/codecov-action" => "let the tests fail, or set `fail_ci_if_error: true`".to_owned(),
            _ => "let the tests fail, or set `if-no-files-found: error`".to_owned(),
        };
        Some((uses, message, help, (*writer, "it is written here")))
    };
    let Some((place, message, help, (related, words))) = found else { return };
    let source = job.scene.file.source;
    let finding = Finding::new(&REPORT_MAY_BE_MISSING, source.at_node(place), message)
        .help(help)
        .related(source.at_node(related.step.step.node), words)
        .subject(format!("{} {}", job.scene.id(), upload.path));
    record.push(finding);
}

/// True if the upload itself fails when the file is not there.
fn fails_without(upload: &Upload<'_, '_, '_>) -> bool {
    upload.slug.eq_ignore_ascii_case("github/codeql-action/upload-sarif") || is_loud(upload.step)
}

/// True if the step is told to fail without the file.
fn is_loud(step: &StepFacts<'_, '_>) -> bool {
    let says =
        |name: &str, value: &str| step.step.step.input(name).and_then(|node| node.text()) == Some(value);
    says("if-no-files-found", "error") || says("fail_ci_if_error", "true") || says("fail-on-error", "true")
}

/// True for a condition that holds after a failure.
fn runs_anyway(condition: Node<'_>) -> bool {
    let text = condition.text().unwrap_or_default();
    text.contains("always()") || text.contains("cancelled()") || text.contains("failure()")
}

/// True for a step that builds what the next ones look at: checkouts and tools that are set up rarely fail.
fn may_fail(step: &StepFacts<'_, '_>) -> bool {
    let uses = step.step.step.uses().and_then(|uses| uses.text()).unwrap_or_default();
    let builds =
        |fate: &super::super::hollow::fate::Fate<'_>| fate.known.kind == Kind::Build && fate.loss.is_none();
    let pushes = actions::slug(uses).eq_ignore_ascii_case("docker/build-push-action");
    step.forgiven.is_none() && (pushes || step.fates.iter().any(builds))
}
