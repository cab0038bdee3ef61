//! Images of containers and services that somebody can replace.

use super::documents::Document;
use super::{Scene, Unpinned, power};
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::reference::has_digest;

pub(super) static UNPINNED_IMAGE: Rule = Rule {
    id: "integrity/unpinned-image",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "an image of a container or service that its owner can replace",
    allow: None,
};

pub(super) fn sweep(scene: &Scene<'_>, record: &mut Record) {
    scene.repository.all().iter().for_each(|document| images(document, scene, record));
}

fn images<'d>(document: &'d Document<'d>, scene: &Scene<'d>, record: &mut Record) {
    let all = scene.context.settings.checks.integrity.unpinned == Unpinned::All;
    for (index, job) in document.workflow.iter().flat_map(|workflow| &workflow.jobs).enumerate() {
        let services = job.node.get("services").into_iter().flat_map(|services| services.entries());
        let containers = job.node.get("container").into_iter().chain(services.map(|(_, service)| service));
        for container in containers {
            let image = if container.is_scalar() { Some(container) } else { container.get("image") };
            let Some(found) = image.and_then(|image| judge(document, image)) else { continue };
            let harmless = !all && power::of_job(document, index, scene).is_none();
            record.push(if harmless { found.severity(Severity::Note) } else { found });
        }
    }
}

fn judge(document: &Document<'_>, node: Node<'_>) -> Option<Finding> {
    let image = node.text()?.trim();
    let image = image.strip_prefix("docker://").unwrap_or(image);
    if image.is_empty() || image.contains("${{") || has_digest(image) {
        return None;
    }
    // A colon before the last slash is the port of a registry.
    let name = image.rsplit('/').next().unwrap_or(image);
    let tag = name.split('@').next().and_then(|name| name.split_once(':')).map(|(_, tag)| tag);
    let (severity, message) = match tag {
        None => {
            (Severity::Warning, format!("the image `{image}` is whatever is newest on the day of the run"))
        }
        Some("latest") => {
            (Severity::Warning, format!("the image `{image}` is whatever is newest on the day of the run"))
        }
        Some(_) => (Severity::Note, format!("the image `{image}` can be replaced by its owner")),
    };
    let finding = Finding::new(&UNPINNED_IMAGE, document.source.at_node(node), message).severity(severity);
    let image = image.split('@').next().unwrap_or_default();
    Some(finding.help(format!("write `{image}@sha256:<digest>`")).subject(image))
}
