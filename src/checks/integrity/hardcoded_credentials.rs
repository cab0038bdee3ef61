//! Passwords of container registries that stand in the workflow.

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;

pub(super) static HARDCODED_CREDENTIALS: Rule = Rule {
    id: "integrity/hardcoded-credentials",
    severity: Severity::Error,
    category: Category::Security,
    summary: "the password of a container registry stands in the workflow",
    allow: None,
};

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    for job in document.workflow.iter().flat_map(|workflow| &workflow.jobs) {
        let services = job.node.get("services").into_iter().flat_map(|services| services.entries());
        let services = services.map(|(name, service)| (name.text().unwrap_or_default(), service));
        let containers = job.node.get("container").map(|container| ("container", container));
        for (name, container) in containers.into_iter().chain(services) {
            let Some(password) = container.at(&["credentials", "password"]).filter(|node| is_literal(*node))
            else {
                continue;
            };
            let message = format!("the password for the image of `{name}` stands here for everybody to read");
            let finding = Finding::new(&HARDCODED_CREDENTIALS, document.source.at_node(password), message);
            let help = "revoke it, make it a secret, and write `password: ${{ secrets.REGISTRY_PASSWORD }}`";
            record.push(finding.help(help).subject(format!("{} {name}", job.id)).hide_source());
        }
    }
}

fn is_literal(node: Node<'_>) -> bool {
    node.text().is_some_and(|text| !text.is_empty() && !text.contains("${{"))
}
