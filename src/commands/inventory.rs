//! `ci-guard inventory`: every workflow with what starts it, what its jobs are for, and what they use.

use std::collections::BTreeMap;

use serde_json::json;

use crate::checkout::Checkout;
use crate::checks::gates::{self, Inventory};
use crate::cli::ListFormat;
use crate::cli::gates::InventoryCommand;
use crate::console::Console;
use crate::delivery;
use crate::environment::Environment;
use crate::report::pretty;
use crate::report::{Exit, Report};
use crate::sorted::IntoMap as _;
use crate::workflow::library::Library;

/// Runs the command.
pub fn run(command: &InventoryCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let root = command.target.root.clone().unwrap_or_else(|| ".".into());
    let checkout = match Checkout::open(&root) {
        Ok(checkout) => checkout,
        Err(error) => {
            let report = Report::failed(Exit::Usage, format!("{error:#}"));
            return delivery::failure(report, environment, console);
        }
    };
    let library = Library::of(&checkout);
    let (files, broken) = library.files();
    let inventory = gates::inventory(&files);
    let text = match command.format {
        ListFormat::Text => {
            let workflows = inventory.iter().map(text).collect::<Vec<_>>().join("\n");
            let missing = missing(&inventory);
            if missing.is_empty() || inventory.is_empty() {
                workflows
            } else {
                format!("{workflows}\nno known command or action is there for: {}\n", missing.join(", "))
            }
        }
        ListFormat::Json => {
            let whole = json!({
                "workflows": inventory,
                "capabilities": capabilities(&inventory),
                "missing": missing(&inventory),
            });
            pretty(&whole)
        }
    };
    console.document(&text);
    let unreadable: Vec<&str> =
        library.unreadable.iter().map(|(path, _)| path.as_str()).chain(broken).collect();
    for path in &unreadable {
        console.err(&format!("{path} cannot be read, so it is missing here\n"));
    }
    if unreadable.is_empty() { Exit::Pass } else { Exit::NotVerified }
}

/// What a pipeline may be for, in the order of a change's way.
const CAPABILITIES: [&str; 8] = ["format", "lint", "types", "test", "scan", "build", "publish", "deploy"];

/// The workflows that are there for each capability.
fn capabilities(inventory: &[Inventory]) -> BTreeMap<&'static str, Vec<&str>> {
    let of = |name: &'static str| {
        let own = inventory.iter().filter(|own| own.categories.contains(name));
        (name, own.map(|own| own.workflow.as_str()).collect())
    };
    CAPABILITIES.into_iter().map(of).into_map()
}

/// Capabilities that no workflow has, as far as its commands and actions are known.
fn missing(inventory: &[Inventory]) -> Vec<&'static str> {
    let there = |name: &&str| inventory.iter().any(|own| own.categories.contains(name));
    CAPABILITIES.into_iter().filter(|name| !there(name)).collect()
}

/// One workflow for people.
fn text(own: &Inventory) -> String {
    let jobs = own.jobs.iter().map(|job| {
        let categories: Vec<&str> = job.categories.iter().copied().collect();
        let mut facts = vec![job.job.clone()];
        facts.extend((!categories.is_empty()).then(|| format!("({})", categories.join(", "))));
        facts.extend(job.calls.as_ref().map(|calls| format!("calls {calls}")));
        facts.extend((!job.needs.is_empty()).then(|| format!("after {}", job.needs.join(", "))));
        facts.extend(job.environment.as_ref().map(|name| format!("in {name}")));
        facts.join(" ")
    });
    let permissions = match &own.permissions {
        None => "the repository's default".to_owned(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let list = |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(", ");
    let rows = [
        ("started by", [own.events.join(", "), own.schedules.join(", ")].join(" ")),
        ("for", own.categories.iter().copied().collect::<Vec<_>>().join(", ")),
        ("permissions", permissions),
        ("secrets", list(&own.secrets)),
        ("movable", list(&own.movable)),
        ("jobs", jobs.collect::<Vec<_>>().join("; ")),
    ];
    let shown =
        |text: &str| text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect::<String>();
    let rows = rows.iter().filter(|(_, value)| !value.trim().is_empty());
    let rows: String = rows.map(|(name, value)| format!("  {name:11}  {}\n", shown(value.trim()))).collect();
    format!("{}  {}\n{rows}", shown(&own.workflow), shown(&own.name))
}
