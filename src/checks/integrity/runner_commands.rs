//! Commands to the runner that are switched off, or will be, because whatever prints a line can give them.

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::scalar_text::Places;

pub(super) static INSECURE_COMMANDS: Rule = Rule {
    id: "integrity/insecure-commands",
    severity: Severity::Error,
    category: Category::Security,
    summary: "whatever a step prints may set variables and the search path",
    allow: None,
};

pub(super) static DEPRECATED_COMMAND: Rule = Rule {
    id: "integrity/deprecated-command",
    severity: Severity::Warning,
    category: Category::Validity,
    summary: "a command to the runner that it no longer takes, or soon will not",
    allow: None,
};

const SWITCH: &str = "ACTIONS_ALLOW_UNSECURE_COMMANDS";

/// Commands, what replaces them, and whether they are off already (`Constants.cs` in actions/runner).
const COMMANDS: [(&str, &str, bool); 4] = [
    ("::set-env ", "echo \"NAME=value\" >> \"$GITHUB_ENV\"", true),
    ("::add-path::", "echo \"folder\" >> \"$GITHUB_PATH\"", true),
    ("::set-output ", "echo \"name=value\" >> \"$GITHUB_OUTPUT\"", false),
    ("::save-state ", "echo \"name=value\" >> \"$GITHUB_STATE\"", false),
];

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    let workflow = document.workflow.as_ref();
    let whole = workflow.map(|workflow| workflow.root);
    let jobs = workflow.into_iter().flat_map(|workflow| workflow.jobs.iter().map(|job| job.node));
    let steps = document.steps();
    let mut allowed = false;
    for node in whole.into_iter().chain(jobs).chain(steps.iter().map(|step| step.node)) {
        if let Some(value) = node.get("env").and_then(|env| env.get(SWITCH)).filter(|value| is_on(*value)) {
            allowed = true;
            let message =
                "with this, any line that a step prints may set variables and the search path of the job";
            let finding = Finding::new(&INSECURE_COMMANDS, document.source.at_node(value), message);
            record.push(finding.help("take it out, and write to the files `$GITHUB_ENV` and `$GITHUB_PATH`"));
        }
    }
    for run in steps.iter().filter_map(|step| step.run()) {
        commands(document, run, allowed, record);
    }
}

fn is_on(value: Node<'_>) -> bool {
    value.text().is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1")
}

fn commands<'d>(document: &Document<'d>, run: Node<'d>, allowed: bool, record: &mut Record) {
    let text = run.text().unwrap_or_default();
    let mut places = Places::new(document.source);
    for (command, instead, is_off) in COMMANDS {
        let printed = text.match_indices(command).find(|(at, _)| is_printed(text, *at));
        let Some((at, _)) = printed else { continue };
        let name = command.trim_matches([' ', ':']);
        let (severity, message) = match is_off && !allowed {
            true => (Severity::Error, format!("the runner no longer takes `{name}`: the step fails")),
            false => (Severity::Warning, format!("`{name}` is deprecated, and will be switched off")),
        };
        let at = document.source.at(places.of(run, at..at + command.trim_end_matches([' ', ':']).len()));
        let finding = Finding::new(&DEPRECATED_COMMAND, at, message).severity(severity);
        record.push(finding.help(format!("write `{instead}`")).subject(name));
    }
}

/// True if the line prints the command, rather than searching for it or speaking of it.
fn is_printed(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let before = &text[start..at];
    let prints = ["echo", "printf", "print", "Write-Output", "Write-Host", "console.log"];
    !before.trim_start().starts_with('#') && prints.iter().any(|word| before.contains(word))
}
