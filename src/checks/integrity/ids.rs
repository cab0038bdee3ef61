//! Ids of steps that stand twice in a job or composite action.

use std::collections::HashMap;

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::model::Step;

pub(super) static DUPLICATE_ID: Rule = Rule {
    id: "integrity/duplicate-id",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "two steps of a job with the same id",
    allow: None,
};

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    match &document.workflow {
        Some(workflow) => workflow.jobs.iter().for_each(|job| steps(document, &job.steps, record)),
        None => steps(document, &document.steps(), record),
    }
}

fn steps(document: &Document<'_>, steps: &[Step<'_>], record: &mut Record) {
    let mut seen: HashMap<String, Node<'_>> = HashMap::new();
    for id in steps.iter().filter_map(|step| step.node.get("id")) {
        let Some(text) = id.text().filter(|text| !text.is_empty()) else { continue };
        match seen.get(&text.to_lowercase()) {
            Some(first) => record.push(
                Finding::new(
                    &DUPLICATE_ID,
                    document.source.at_node(id),
                    format!("another step has the id `{text}`"),
                )
                .related(document.source.at_node(*first), "it stands here first")
                .subject(text),
            ),
            None => drop(seen.insert(text.to_lowercase(), id)),
        }
    }
}
