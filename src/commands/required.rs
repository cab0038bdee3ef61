//! `ci-guard required`: the names of check runs that the repository reports.

use serde_json::json;

use crate::checkout::Checkout;
use crate::checks::gates::{self, Listed};
use crate::cli::{ListFormat, RequiredCommand, RequiredList, RequiredTask};
use crate::console::Console;
use crate::delivery;
use crate::environment::Environment;
use crate::report::{Exit, Report};
use crate::workflow::library::Library;

/// Runs the command.
pub fn run(command: &RequiredCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    match &command.task {
        RequiredTask::List(list) => self::list(list, environment, console),
    }
}

fn list(command: &RequiredList, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let root = command.target.root.clone().unwrap_or_else(|| ".".into());
    let checkout = match Checkout::open(&root) {
        Ok(checkout) => checkout,
        Err(error) => {
            return delivery::failure(
                Report::failed(Exit::Usage, format!("{error:#}")),
                environment,
                console,
            );
        }
    };
    let library = Library::of(&checkout);
    let (files, broken) = library.files();
    let names = gates::list(&files, command.event.as_deref(), command.base.as_deref());
    let text = match command.format {
        ListFormat::Text => table(&names),
        ListFormat::Json => {
            format!("{:#}\n", json!({ "names": names.iter().map(entry).collect::<Vec<_>>() }))
        }
    };
    console.document(&text);
    let unreadable = library.unreadable.iter().map(|(path, _)| path.as_str()).chain(broken);
    let unreadable: Vec<&str> = unreadable.collect();
    for path in &unreadable {
        console.err(&format!("{path} cannot be read, so its names are missing\n"));
    }
    if unreadable.is_empty() { Exit::Pass } else { Exit::NotVerified }
}

fn entry(own: &Listed<'_>) -> serde_json::Value {
    json!({
        "name": own.name.name,
        "pattern": own.name.pattern,
        "workflow": own.file.path(),
        "job": own.name.jobs.join("/"),
        "events": own.events,
    })
}

/// A name on each line, with its workflow, its job and its events.
fn table(names: &[Listed<'_>]) -> String {
    let width = names.iter().map(|own| own.name.name.chars().count()).max().unwrap_or(0);
    let line = |own: &Listed<'_>| {
        let name: String =
            own.name.name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        let pattern = if own.name.pattern { "  (pattern)" } else { "" };
        let (path, job) = (own.file.path(), own.name.jobs.join("/"));
        format!("{name:width$}  {path} {job}  {}{pattern}\n", own.events.join(","))
    };
    names.iter().map(line).collect()
}
