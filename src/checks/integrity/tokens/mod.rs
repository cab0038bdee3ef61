//! Tokens that last longer, or reach further, than they need to.

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::model::Step;

pub(super) static BROAD_APP_TOKEN: Rule = Rule {
    id: "integrity/broad-app-token",
    severity: Severity::Note,
    category: Category::Security,
    summary: "a token of a GitHub App that has all rights of the app, or outlives its job",
    allow: None,
};

pub(super) static STORED_PUBLISH_TOKEN: Rule = Rule {
    id: "integrity/stored-publish-token",
    severity: Severity::Note,
    category: Category::SupplyChain,
    summary: "a stored token publishes a package, where the registry would trust the workflow itself",
    allow: None,
};

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    for step in document.steps() {
        record.findings.extend(app_token(document, &step));
        record.findings.extend(publish_token(document, &step));
    }
}

fn app_token(document: &Document<'_>, step: &Step<'_>) -> Option<Finding> {
    if !step.is_action("actions/create-github-app-token") {
        return None;
    }
    let finding = |node, message| Finding::new(&BROAD_APP_TOKEN, document.source.at_node(node), message);
    let on = |node: &Node<'_>| node.text() == Some("true");
    if let Some(kept) = step.input("skip-token-revoke").filter(on) {
        let message = "the token stays valid for up to an hour after the job";
        return Some(finding(kept, message).severity(Severity::Warning).help("take out `skip-token-revoke`"));
    }
    let inputs = step.with().into_iter().flat_map(|with| with.entries());
    let limited = inputs.filter_map(|(key, _)| key.text()).any(|key| key.starts_with("permission-"));
    (!limited).then(|| {
        finding(step.uses().unwrap_or(step.node), "this token has all rights that the app has")
            .help("name what it needs, such as `permission-contents: read`")
    })
}

/// Actions that publish, the input that holds the token, and the registry.
const ACTIONS: [(&str, &str, &str); 3] = [
    ("pypa/gh-action-pypi-publish", "password", "PyPI"),
    ("js-devtools/npm-publish", "token", "npm"),
    ("rubygems/configure-rubygems-credentials", "api-token", "RubyGems"),
];

/// Commands that publish, the variable that holds the token, and the registry.
const COMMANDS: [(&str, &str, &str); 5] = [
    ("cargo publish", "CARGO_REGISTRY_TOKEN", "crates.io"),
    ("gem push", "GEM_HOST_API_KEY", "RubyGems"),
    ("npm publish", "NODE_AUTH_TOKEN", "npm"),
    ("twine upload", "TWINE_PASSWORD", "PyPI"),
    ("uv publish", "UV_PUBLISH_TOKEN", "PyPI"),
];

fn publish_token(document: &Document<'_>, step: &Step<'_>) -> Option<Finding> {
    let secret = |node: &Node<'_>| node.text().is_some_and(|text| text.contains("secrets."));
    let by_action =
        ACTIONS.iter().find(|(action, _, _)| step.is_action(action)).and_then(|(_, input, registry)| {
            // A registry of one's own may know no other way.
            let elsewhere =
                step.input("repository-url").or(step.input("registry")).and_then(|url| url.text());
            let usual =
                elsewhere.is_none_or(|url| url.contains("pypi.org") || url.contains("registry.npmjs.org"));
            Some((step.input(input).filter(|_| usual)?, *registry))
        });
    let script = step.run().and_then(|run| run.text()).unwrap_or_default();
    let by_command = || {
        let elsewhere = ["--index", "--registry", "--repository-url", "--host", "--publish-url"];
        let (_, variable, registry) = COMMANDS.iter().find(|(command, _, _)| script.contains(command))?;
        let usual = !elsewhere.iter().any(|option| script.contains(option));
        Some((step.node.get("env").filter(|_| usual)?.get(variable)?, *registry))
    };
    let (node, registry) = by_action.or_else(by_command).filter(|(node, _)| secret(node))?;
    let message =
        format!("a stored token publishes to {registry}, which would trust this workflow by itself");
    let finding = Finding::new(&STORED_PUBLISH_TOKEN, document.source.at_node(node), message);
    let help = "name this workflow to the registry as a trusted publisher, give the job `id-token: write`, and delete the token";
    Some(finding.help(help).subject(registry))
}
