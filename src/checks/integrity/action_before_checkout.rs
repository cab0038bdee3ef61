//! Actions of the repository that are used before the repository is there.

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::model::Step;

pub(super) static ACTION_BEFORE_CHECKOUT: Rule = Rule {
    id: "integrity/action-before-checkout",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "an action of the repository is used before the repository is checked out",
    allow: None,
};

/// Words of a script that may bring the repository by other means.
const BRINGING: [&str; 9] = ["git", "gh ", "curl", "wget", "tar ", "unzip", "cp ", "rsync", "svn"];

pub(super) fn look(document: &Document<'_>, scene: &Scene<'_>, record: &mut Record) {
    for job in document.workflow.iter().flat_map(|workflow| &workflow.jobs) {
        // A machine of one's own may have the files of the job before.
        let runner = job.node.get("runs-on").and_then(|runner| runner.text()).unwrap_or_default();
        if !["ubuntu-", "windows-", "macos-"].iter().any(|name| runner.starts_with(name)) {
            continue;
        }
        for step in &job.steps {
            // One that is nowhere in the repository is another rule's matter.
            let is_own = |text: &str| text.starts_with("./") && scene.repository.action(text).is_some();
            let uses = step.uses().filter(|uses| uses.text().is_some_and(is_own));
            if let Some(uses) = uses {
                let message = "the repository is not checked out yet, so that this action is not found";
                let finding = Finding::new(&ACTION_BEFORE_CHECKOUT, document.source.at_node(uses), message);
                let help = "use `actions/checkout` before it, or name the action by `$/` in place of `./`";
                record.push(finding.help(help).subject(job.id));
                break;
            }
            if may_bring(step) {
                break;
            }
        }
    }
}

/// True unless it is sure that the step does not bring the repository.
fn may_bring(step: &Step<'_>) -> bool {
    match step.run().and_then(|run| run.text()) {
        Some(script) => BRINGING.iter().any(|word| script.contains(word)),
        None => {
            let action = step.action().unwrap_or_default();
            !action.starts_with("actions/setup-")
                && action != "actions/cache"
                && action != "step-security/harden-runner"
        }
    }
}
