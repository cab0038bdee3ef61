//! Actions of this repository that a step uses: they exist, they are checked out by then, and they get what they take.

use super::Scene;
use super::documents::{Document, Repository};
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::settings::nearest;
use crate::tree::Node;
use crate::workflow::model::Step;
use crate::workflow::reference::Reference;

pub(super) static UNKNOWN_ACTION: Rule = Rule {
    id: "integrity/unknown-action",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a step uses an action of this repository that is not there",
    allow: None,
};

pub(super) static ACTION_INPUTS: Rule = Rule {
    id: "integrity/action-inputs",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "an action gets an input that it does not have, or lacks one that it needs",
    allow: None,
};

pub(super) fn look(document: &Document<'_>, scene: &Scene<'_>, record: &mut Record) {
    let lists: Vec<Vec<Step<'_>>> = match &document.workflow {
        Some(workflow) => workflow.jobs.iter().map(|job| job.steps.clone()).collect(),
        None => vec![document.steps()],
    };
    for steps in lists {
        for (index, step) in steps.iter().enumerate() {
            let Some(uses) = step.uses() else { continue };
            let Some(folder) = uses.text().and_then(folder_of) else { continue };
            // What an earlier step puts into the workspace is not in this checkout.
            if steps[..index].iter().any(brings_other_files) {
                continue;
            }
            one(document, step, uses, &folder, scene, record);
        }
    }
}

/// The folder of the action, without slash at either end; empty for the root.
fn folder_of(uses: &str) -> Option<String> {
    let path = match Reference::parse(uses)? {
        Reference::Local(path) => path.trim_start_matches('.'),
        Reference::Own(path) => path,
        _ => return None,
    };
    let path = path.trim_matches('/');
    (!path.contains("..") && !path.contains("${{")).then(|| path.to_owned())
}

/// True if the step checks out another repository, or into a folder, or makes files by a script.
fn brings_other_files(step: &Step<'_>) -> bool {
    let checkout = step.is_action("actions/checkout");
    (checkout && (step.input("repository").is_some() || step.input("path").is_some()))
        || step.is_action("actions/download-artifact")
        || step.run().and_then(|run| run.text()).is_some_and(|script| {
            ["git clone", "git checkout", "git worktree", "gh repo clone"]
                .iter()
                .any(|word| script.contains(word))
        })
}

fn one(
    document: &Document<'_>,
    step: &Step<'_>,
    uses: Node<'_>,
    folder: &str,
    scene: &Scene<'_>,
    record: &mut Record,
) {
    let in_folder = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let metadata = ["action.yml", "action.yaml"].map(in_folder);
    let found = metadata.iter().find(|path| scene.repository.has_file(path));
    let Some(path) = found else {
        if scene.repository.has_file(&in_folder("Dockerfile"))
            || is_checked_out_deeper(folder, scene.repository)
        {
            return;
        }
        let message =
            format!("there is no `action.yml` in `{}`", if folder.is_empty() { "." } else { folder });
        record.push(Finding::new(&UNKNOWN_ACTION, document.source.at_node(uses), message).subject(folder));
        return;
    };
    let Some(action) = scene.repository.document(path) else { return };
    inputs(document, step, uses, action, record);
}

/// True if the path without its first folders names an action of this repository: whoever calls this one checks the
/// repository out into these folders.
fn is_checked_out_deeper(folder: &str, repository: &Repository<'_>) -> bool {
    let mut rests = folder.match_indices('/').map(|(at, _)| &folder[at + 1..]);
    rests.any(|rest| {
        ["action.yml", "action.yaml"].iter().any(|name| repository.has_file(&format!("{rest}/{name}")))
    })
}

fn inputs(
    document: &Document<'_>,
    step: &Step<'_>,
    uses: Node<'_>,
    action: &Document<'_>,
    record: &mut Record,
) {
    let declared = action.root.get("inputs");
    let names: Vec<&str> =
        declared.iter().flat_map(|inputs| inputs.entries()).filter_map(|(key, _)| key.text()).collect();
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let is_container = action.root.at(&["runs", "using"]).and_then(|using| using.text()) == Some("docker");
    let given = step.with();
    for (key, _) in given.iter().flat_map(|given| given.entries()) {
        let Some(name) = key.text() else { continue };
        let of_the_runner = is_container && matches!(name, "args" | "entrypoint");
        if of_the_runner || names.iter().any(|known| same(known, name)) {
            continue;
        }
        let message = format!("this action has no input `{name}`; GitHub passes it over with a warning");
        let finding = Finding::new(&ACTION_INPUTS, document.source.at_node(key), message).subject(name);
        record.push(match nearest(name, names.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None if names.is_empty() => finding.help("it takes no inputs; remove it"),
            None => finding.help(format!("it has: {}", names.join(", "))),
        });
    }
    for (key, input) in declared.iter().flat_map(|inputs| inputs.entries()) {
        let Some(name) = key.text() else { continue };
        let required = input.get("required").and_then(|node| node.text()) == Some("true");
        let filled = input.get("default").is_some()
            || given
                .iter()
                .flat_map(|given| given.entries())
                .any(|(k, _)| k.text().is_some_and(|k| same(k, name)));
        if required && !filled {
            let message =
                format!("this action needs the input `{name}`; GitHub does not check that it is given");
            record.push(
                Finding::new(&ACTION_INPUTS, document.source.at_node(uses), message)
                    .help(format!("add `{name}:` under `with:`"))
                    .subject(name),
            );
        }
    }
}

impl Repository<'_> {
    /// Names under which the workflows of the repository know each other.
    pub fn workflow_names(&self) -> Vec<&str> {
        let documents = self.documents();
        documents
            .filter_map(|document| Some(super::triggers::name_of(document, document.workflow.as_ref()?)))
            .collect()
    }
}
