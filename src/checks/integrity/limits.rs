//! What GitHub refuses for its size or its combination: matrices of more than 256 jobs, groups of concurrency, shells.

use super::Scene;
use super::documents::Document;
use super::shapes::INVALID_VALUE;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::Severity;
use crate::settings::nearest;
use crate::tree::Node;
use crate::workflow::model::Job;

/// Jobs that one matrix may make (GitHub's "Usage limits").
const MAX_MATRIX: usize = 256;

/// Characters of a concurrency group (`WorkflowTemplateConverter`, `ConvertToConcurrency`).
const MAX_GROUP: usize = 400;

/// Shells that the runner knows by name (`ScriptHandlerHelpers.cs`).
const SHELLS: [&str; 6] = ["bash", "sh", "pwsh", "powershell", "cmd", "python"];

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    names_of_variables(document, record);
    let mut report = |node: Node<'_>, message: String, help: Option<&str>| {
        let finding = Finding::new(&INVALID_VALUE, document.source.at_node(node), message);
        record.push(Finding { help: help.map(str::to_owned), ..finding });
    };
    if let Some(workflow) = &document.workflow {
        concurrency(workflow.root, &mut report);
        shell(workflow.root.at(&["defaults", "run", "shell"]), None, &mut report);
        for job in &workflow.jobs {
            concurrency(job.node, &mut report);
            matrix(job, &mut report);
            shell(job.node.at(&["defaults", "run", "shell"]), Some(job), &mut report);
            for step in &job.steps {
                // A step with a condition may be meant for another leg of a matrix, or for nothing.
                let job = Some(job).filter(|_| step.node.get("if").is_none());
                shell(step.node.get("shell"), job, &mut report);
            }
        }
    } else {
        document.steps().iter().for_each(|step| shell(step.node.get("shell"), None, &mut report));
    }
}

/// Variables whose names no shell can read. The runner passes them on all the same.
fn names_of_variables(document: &Document<'_>, record: &mut Record) {
    let jobs = document.workflow.iter().flat_map(|workflow| &workflow.jobs).map(|job| job.node);
    let steps = document.steps();
    let containers = jobs.clone().filter_map(|job| job.get("container"));
    let owners = jobs.chain(containers).chain(steps.iter().map(|step| step.node)).chain([document.root]);
    for (key, _) in owners.filter_map(|owner| owner.get("env")).flat_map(|env| env.entries()) {
        let Some(name) = key.text().filter(|name| !name.contains("${{")) else { continue };
        if name.contains(|c: char| c.is_whitespace() || matches!(c, '=' | '&')) {
            let message = format!("no script can read a variable called `{name}`");
            let finding = Finding::new(&INVALID_VALUE, document.source.at_node(key), message).subject(name);
            record.push(finding.severity(Severity::Warning).help("use letters, digits and `_`"));
        }
    }
}

type Report<'r> = dyn FnMut(Node<'_>, String, Option<&str>) + 'r;

fn concurrency(node: Node<'_>, report: &mut Report<'_>) {
    let Some(concurrency) = node.get("concurrency") else { return };
    let group = concurrency.get("group").unwrap_or(concurrency);
    if let Some(text) = group.text().filter(|text| !text.contains("${{") && text.chars().count() > MAX_GROUP)
    {
        let message =
            format!("a concurrency group has at most {MAX_GROUP} characters, not {}", text.chars().count());
        report(group, message, None);
    }
    let cancels = concurrency.get("cancel-in-progress").and_then(|node| node.as_bool()) == Some(true);
    if let Some(queue) = concurrency.get("queue").filter(|queue| cancels && queue.text() == Some("max")) {
        let message = "`queue: max` and `cancel-in-progress: true` exclude each other".to_owned();
        report(queue, message, Some("a run that is cancelled needs no queue; remove one of the two"));
    }
}

/// Counts only what is written out: an expression may make any number.
fn matrix(job: &Job<'_>, report: &mut Report<'_>) {
    let Some(matrix) = job.node.at(&["strategy", "matrix"]).filter(|matrix| matrix.is_map()) else { return };
    if matrix.get("exclude").is_some() {
        return;
    }
    let vectors = matrix.entries().filter(|(key, _)| !matches!(key.text(), Some("include" | "exclude")));
    let mut product = 1usize;
    let mut any = false;
    for (_, vector) in vectors {
        if !vector.is_seq() {
            return;
        }
        any = true;
        product = product.saturating_mul(vector.items().len());
    }
    if any && product > MAX_MATRIX {
        let message = format!("this matrix makes {product} jobs; GitHub starts at most {MAX_MATRIX}");
        report(matrix, message, Some("split the job, or leave out combinations with `exclude`"));
    }
}

fn shell(node: Option<Node<'_>>, job: Option<&Job<'_>>, report: &mut Report<'_>) {
    let Some((node, name)) = node.and_then(|node| Some((node, node.text()?))) else { return };
    if name.is_empty() || name.contains("${{") || name.contains("{0}") {
        return;
    }
    let Some(program) = name.split_whitespace().next() else { return };
    // The runner looks its shells up without regard to case.
    let lower = name.to_lowercase();
    if !SHELLS.contains(&&*lower) {
        let near = nearest(program, SHELLS);
        let message = format!("there is no shell `{name}`");
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "known: {}; any other is written with its arguments and `{{0}}` for the script",
                SHELLS.join(", ")
            ),
        };
        return report(node, message, Some(&help));
    }
    let label =
        job.and_then(|job| job.node.get("runs-on")).and_then(|runs_on| runs_on.text()).unwrap_or_default();
    let hosted_unix = ["ubuntu-", "macos-"].iter().any(|prefix| label.starts_with(prefix));
    if hosted_unix && matches!(&*lower, "cmd" | "powershell") {
        let message = format!("there is no `{name}` on `{label}`");
        report(node, message, Some("use `pwsh`, which is on every runner, or `bash`"));
    }
}
