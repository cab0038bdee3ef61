//! Steps that stop a run when whoever started it has no rights: what comes after them is guarded.

use crate::checks::integrity::documents::Document;
use crate::workflow::model::{Job, Step};

/// Actions that ask for the rights of whoever caused the event.
const ACTIONS: [&str; 14] = [
    "actions-cool/check-user-permission",
    "prince-chrismc/check-actor-permissions-action",
    "sushichop/action-repository-permission",
    "lannonbr/repo-permission-check-action",
    "skjnldsv/check-actor-permission",
    "im-open/is-actor-authorized",
    "morfien101/actions-authorized-user",
    "tspascoal/get-user-teams-membership",
    "themoddinginquisition/actions-team-membership",
    "peter-evans/slash-command-dispatch",
    "github/branch-deploy",
    "github/command",
    "scherermichael-oss/action-has-permission",
    "octokit/is-member-action",
];

/// What calls of GitHub's interface hold that ask for somebody's rights.
const CALLS: [&str; 9] = [
    "/collaborators/",
    "/collaborators\"",
    "getCollaboratorPermissionLevel",
    "checkCollaborator",
    "checkMembershipForUser",
    "getMembershipForUser",
    "/permission",
    "/memberships/",
    "author_association",
];

/// One of these stands in each of them.
const PARTS_OF_CALLS: [&str; 4] = ["ollaborator", "embership", "/permission", "author_association"];

fn holds_call(text: &str) -> bool {
    PARTS_OF_CALLS.iter().any(|part| text.contains(part)) && CALLS.iter().any(|call| text.contains(call))
}

/// True if something in a file may ask for rights: few files do.
pub fn may_ask(text: &str, steps: &[Step<'_>]) -> bool {
    holds_call(text) || steps.iter().any(|step| step.is_one_of(&ACTIONS))
}

/// True if the step asks whether somebody has rights.
fn asks_for_rights(step: &Step<'_>) -> bool {
    let text = step.run().or_else(|| step.input("script")).and_then(|node| node.text()).unwrap_or_default();
    holds_call(text) || step.is_one_of(&ACTIONS)
}

/// True if the step asks for rights, and fails or exits without them.
pub fn stops_without_rights(document: &Document<'_>, step: &Step<'_>) -> bool {
    if !document.may_ask_for_rights {
        return false;
    }
    let text = step.run().or_else(|| step.input("script")).and_then(|node| node.text()).unwrap_or_default();
    let stops = ["exit 1", "setFailed", "throw ", "process.exit", "exit(1)", "core.error"];
    asks_for_rights(step) && (stops.iter().any(|word| text.contains(word)) || step.is_one_of(&ACTIONS))
}

/// True if some step of the job asks for rights, so that what waits for the job may depend on the answer.
pub fn decides(document: &Document<'_>, job: &Job<'_>) -> bool {
    document.may_ask_for_rights && job.steps.iter().any(asks_for_rights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_one_of_the_parts() {
        for call in CALLS {
            assert!(PARTS_OF_CALLS.iter().any(|part| call.contains(part)), "{call}");
        }
    }
}
