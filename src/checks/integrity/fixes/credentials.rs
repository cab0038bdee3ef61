//! `persist-credentials: false` for a checkout whose job uses the token nowhere else.

use super::{below, entry, only_reads};
use crate::checks::integrity::documents::Document;
use crate::fix::Fix;
use crate::workflow::model::{Job, Step};

/// The input, unless the checkout says something about it or a step of the job may need what it keeps.
pub fn fix(document: &Document<'_>, job: &Job<'_>, checkout: &Step<'_>) -> Option<Fix> {
    let others = job.steps.iter().filter(|step| step.node != checkout.node);
    let unused = others.clone().all(|step| only_reads(step, document.source));
    if !unused || checkout.input("persist-credentials").is_some() || checkout.node.is_alias() {
        return None;
    }
    let (key, uses) = checkout.node.entry("uses")?;
    let input = "persist-credentials: false";
    let edit = match checkout.node.get("with") {
        None => below(document.source, key, uses, &["with:", &format!("  {input}")])?,
        Some(_) => entry(document.source, checkout.node, "with", key, input)?,
    };
    Some(Fix::new("gives the checkout `persist-credentials: false`", vec![edit]))
}
