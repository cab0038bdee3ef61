//! What actions do with the token of the run, held against what the job's token may do: too little, and too much.

use super::documents::Document;
use super::{Scene, data, executes};
use crate::checks::Record;
use crate::excerpt;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::model::{Job, Step, Workflow};
use crate::workflow::permissions::{Level, Permissions};

pub(super) static LACKING_PERMISSIONS: Rule = Rule {
    id: "integrity/lacking-permissions",
    severity: Severity::Warning,
    category: Category::Validity,
    summary: "an action needs more than the token of its job may do",
    allow: None,
};

pub(super) static UNNEEDED_PERMISSIONS: Rule = Rule {
    id: "integrity/unneeded-permissions",
    severity: Severity::Note,
    category: Category::Security,
    summary: "a token may write what no step of its job writes",
    allow: None,
};

/// Words in a script or variable that hand the token on.
const TOKEN_WORDS: [&str; 5] =
    ["github.token", "GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_ID_TOKEN", "toJSON(github)"];

/// Words in the names of inputs and variables that give an action something to prove itself with.
const TOKEN_INPUTS: [&str; 6] = ["token", "key", "apikey", "password", "pat", "credentials"];

pub(super) fn look(document: &Document<'_>, scene: &Scene<'_>, record: &mut Record) {
    let Some(workflow) = &document.workflow else { return };
    let heirs = workflow.jobs.iter().filter(|job| job.node.get("permissions").is_none()).count();
    for (index, job) in workflow.jobs.iter().enumerate() {
        let own = job.node.get("permissions");
        let Some(given) = own.or_else(|| workflow.root.get("permissions")) else { continue };
        // What an expression gives is not known.
        if given.text().is_some_and(|text| text.contains("${{")) {
            continue;
        }
        for step in &job.steps {
            record.findings.extend(lacking(document, job, step, given));
        }
        // What several jobs share is the matter of another rule.
        if own.is_some() || heirs == 1 {
            let Some(found) = unneeded(document, workflow, job, given) else { continue };
            let strangers = scene
                .repository
                .document(document.source.path())
                .is_some_and(|document| scene.flow.reach_of_job(document, index).has_outsiders());
            record.push(if strangers { found.severity(Severity::Warning) } else { found });
        }
    }
}

/// What the table says of a step's action: what it needs, and what it may use.
fn known(step: &Step<'_>) -> Option<(&'static str, &'static str)> {
    data::ACTION_PERMISSIONS.named(&step.action()?).next().map(|[_, needs, may]| (needs, may))
}

fn lacking(document: &Document<'_>, job: &Job<'_>, step: &Step<'_>, given: Node<'_>) -> Option<Finding> {
    let (needs, _) = known(step).filter(|(needs, _)| *needs != "-")?;
    if brings_own_token(step) {
        return None;
    }
    let permissions = Permissions::of(given);
    let has = |one: &str| {
        one.split_once(':').is_none_or(|(scope, level)| {
            let wanted = if level == "write" { Level::Write } else { Level::Read };
            permissions.level(scope) >= wanted
        })
    };
    let missing: Vec<&str> = needs.split(',').filter(|any| !any.split('|').any(has)).collect();
    if missing.is_empty() {
        return None;
    }
    let words = |any: &str| {
        let each: Vec<String> = any.split('|').map(|one| format!("`{}`", one.replace(':', ": "))).collect();
        each.join(" or ")
    };
    let all: Vec<String> = missing.iter().map(|any| words(any)).collect();
    let uses = step.uses()?;
    let action = uses.text()?.split('@').next().unwrap_or_default();
    let message = format!("`{action}` needs {}, which `permissions` does not give", all.join(" and "));
    let first = missing[0].split('|').next().unwrap_or_default().replace(':', ": ");
    let help =
        format!("add `{first}` to `permissions` of the job `{}`, or give the action another token", job.id);
    let finding = Finding::new(&LACKING_PERMISSIONS, document.source.at_node(uses), message);
    Some(finding.help(help).subject(format!("{} {action}", job.id)))
}

/// True if the step is given a token, key or password that is not the one of the run.
fn brings_own_token(step: &Step<'_>) -> bool {
    let values =
        ["with", "env"].into_iter().filter_map(|key| step.node.get(key)).flat_map(|map| map.entries());
    values.filter_map(|(key, value)| Some((key.text()?.to_ascii_lowercase(), value.text()?.trim()))).any(
        |(key, value)| {
            let names = key.split(['-', '_']).any(|word| TOKEN_INPUTS.contains(&word));
            let of_run = value.contains("github.token") || value.contains("secrets.GITHUB_TOKEN");
            names && !value.is_empty() && !of_run
        },
    )
}

fn unneeded(
    document: &Document<'_>,
    workflow: &Workflow<'_>,
    job: &Job<'_>,
    given: Node<'_>,
) -> Option<Finding> {
    if job.uses().is_some() || job.steps.is_empty() || hands_token_on(workflow.root.get("env")) {
        return None;
    }
    let keeps = job.steps.iter().any(|step| {
        let kept = step.input("persist-credentials").and_then(|kept| kept.text());
        step.is_action("actions/checkout") && kept != Some("false")
    });
    let written = given.entries().filter(|(_, level)| level.text() == Some("write"));
    let idle = |scope: &str| {
        !hands_token_on(job.node.get("env")) && !job.steps.iter().any(|step| may_write(step, scope, keeps))
    };
    let written = written.filter_map(|(key, _)| Some((key, key.text()?)));
    let idle: Vec<(Node<'_>, &str)> = written.filter(|(_, scope)| idle(scope)).collect();
    let (first, _) = *idle.first()?;
    let scopes: Vec<String> = idle.iter().map(|(_, scope)| format!("`{scope}`")).collect();
    let scopes = excerpt::list(scopes.iter().map(String::as_str), ", ", 20);
    let message = format!("the token may write {scopes}, and no step of the job `{}` does", job.id);
    let finding = Finding::new(&UNNEEDED_PERMISSIONS, document.source.at_node(first), message);
    Some(finding.help("take it out, or write `read`").subject(format!("{} {scopes}", job.id)))
}

/// True unless the step surely does not write with the token. `keeps`: a checkout has left it in the workspace.
fn may_write(step: &Step<'_>, scope: &str, keeps: bool) -> bool {
    let Some(script) = step.run().and_then(|run| run.text()) else {
        let names = |may: &str| {
            may == "*" || may.split([',', '|']).any(|one| one.split_once(':') == Some((scope, "write")))
        };
        return known(step).is_none_or(|(needs, may)| names(needs) || names(may));
    };
    if hands_token_on(Some(step.node)) {
        return true;
    }
    match scope {
        "contents" => keeps && (script.contains("git ") || executes::anything(step)),
        // Every step can ask for one.
        "id-token" => executes::anything(step),
        _ => false,
    }
}

/// True if a text in it speaks of the token.
fn hands_token_on(node: Option<Node<'_>>) -> bool {
    let Some(node) = node else { return false };
    if let Some(text) = node.text() {
        return TOKEN_WORDS.iter().any(|word| text.contains(word));
    }
    node.entries().any(|(key, value)| hands_token_on(Some(key)) || hands_token_on(Some(value)))
        || node.items().any(|item| hands_token_on(Some(item)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkout::Source;
    use crate::tree::Syntax;

    #[test]
    fn a_path_is_no_token() {
        let own = |text: &str| {
            let source = Source::new("a.yml", format!("uses: o/a@v1\nwith: {{{text}}}\n"));
            brings_own_token(&Step::of(source.tree(Syntax::Yaml).root().unwrap()))
        };
        assert!(own("github_token: \"${{ secrets.BOT }}\"") && own("deploy-key: x") && own("pat: x"));
        assert!(!own("path: dist") && !own("publish_path: dist") && !own("token: \"${{ github.token }}\""));
    }
    use crate::workflow::shape::workflow::PERMISSION_FIELDS;

    #[test]
    fn the_table_names_scopes_and_levels_that_there_are() {
        for [action, needs, may] in data::ACTION_PERMISSIONS.rows::<3>() {
            assert_eq!(action, action.to_lowercase());
            for one in needs.split([',', '|']).chain(may.split(',')).filter(|one| !matches!(*one, "-" | "*"))
            {
                let (scope, level) = one.split_once(':').unwrap_or_default();
                assert!(PERMISSION_FIELDS.iter().any(|field| field.key == scope), "{action}: {one}");
                assert!(matches!(level, "read" | "write"), "{action}: {one}");
            }
        }
        assert!(data::ACTION_PERMISSIONS.rows::<3>().count() >= 150);
    }
}
