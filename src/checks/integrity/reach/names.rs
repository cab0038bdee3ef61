//! Access paths that say who somebody is, or what somebody with rights has decided.

/// How an author belongs to the repository.
pub fn is_association(path: &str) -> bool {
    path.ends_with(".author_association")
}

/// True if outsiders are among the associations that a text names.
pub fn outsider_association(text: &str) -> bool {
    let text = text.to_uppercase();
    ["NONE", "CONTRIBUTOR", "FIRST_TIME", "MANNEQUIN"].iter().any(|word| text.contains(word))
}

/// Who wrote what the event is about. Unlike `github.actor` it does not change with later events.
pub fn is_author(path: &str) -> bool {
    const PEOPLE: [&str; 10] = [
        "github.event.comment.user.",
        "github.event.issue.user.",
        "github.event.pull_request.user.",
        "github.event.review.user.",
        "github.event.discussion.user.",
        "github.event.sender.",
        "github.event.workflow_run.actor.",
        "github.event.workflow_run.triggering_actor.",
        "github.event.head_commit.author.username",
        "github.actor_id",
    ];
    PEOPLE.iter().any(|prefix| path.starts_with(prefix)) && !path.ends_with(".type")
}

/// Where a proposal comes from.
pub fn is_head_repository(path: &str) -> bool {
    const REPOSITORIES: [&str; 3] = [
        "github.event.pull_request.head.repo.",
        "github.event.workflow_run.head_repository.",
        "github.event.pull_request.head.user.login",
    ];
    const NAMES: [&str; 5] = ["full_name", "owner.login", "login", "id", "node_id"];
    REPOSITORIES.iter().any(|prefix| path.starts_with(prefix))
        && NAMES.iter().any(|name| path.ends_with(name))
}

/// A label, which takes the right to set one.
pub fn is_label(path: &str) -> bool {
    path.starts_with("github.event.")
        && (path.contains(".labels.") || path.ends_with(".labels") || path.starts_with("github.event.label."))
}

/// Parts of names that people give to what decides whether somebody may do something.
const VERDICTS: [&str; 18] = [
    "perm", "auth", "member", "allow", "trust", "access", "team", "collab", "maintain", "owner", "safe",
    "verif", "approv", "eligib", "admin", "guard", "is_org", "is-org",
];

/// An output of an earlier step or job whose name says that it decides about rights.
pub fn is_verdict(path: &str) -> bool {
    (path.starts_with("needs.") || path.starts_with("steps."))
        && VERDICTS.iter().any(|word| path.contains(word))
}
