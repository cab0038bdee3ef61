//! The tables that documents repeat.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{Node, Syntax};
use crate::workflow::expression;
use crate::workflow::library::File;

use super::blocks::Kind;

/// The table of a kind, in Markdown.
pub(super) fn table(kind: Kind, files: &[File<'_>]) -> String {
    match kind {
        Kind::Workflows => workflows(files),
        Kind::Triggers => triggers(files),
        Kind::Secrets => used(files, "secret", "secrets."),
        Kind::Variables => used(files, "variable", "vars."),
    }
}

/// Foreign text in a cell.
fn cell(text: &str) -> String {
    let one_line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    one_line.replace('|', "\\|").replace('<', "&lt;").trim().to_owned()
}

fn code(text: &str) -> String {
    format!("`{}`", cell(text).replace('`', "'"))
}

fn list(node: Option<Node<'_>>) -> String {
    let Some(node) = node else { return String::new() };
    let texts: Vec<&str> = if node.is_seq() {
        node.items().filter_map(|item| item.text()).collect()
    } else {
        node.text().into_iter().collect()
    };
    texts.iter().map(|text| code(text)).collect::<Vec<_>>().join(", ")
}

fn file_name<'f>(file: &File<'f>) -> &'f str {
    let path = file.path();
    path.rsplit('/').next().unwrap_or(path)
}

fn workflows(files: &[File<'_>]) -> String {
    let row = |file: &File<'_>| {
        let events: Vec<String> = file.workflow.triggers.iter().map(|trigger| code(trigger.name)).collect();
        let jobs: Vec<String> = file.workflow.jobs.iter().map(|job| code(job.id)).collect();
        format!(
            "| {} | {} | {} | {} |\n",
            cell(file.name()),
            code(file_name(file)),
            events.join(", "),
            jobs.join(", ")
        )
    };
    let rows: String = files.iter().map(row).collect();
    format!("| workflow | file | started by | jobs |\n|---|---|---|---|\n{rows}")
}

fn triggers(files: &[File<'_>]) -> String {
    let mut rows = String::new();
    for file in files {
        for trigger in &file.workflow.triggers {
            let get = |key: &str| trigger.filters.and_then(|filters| filters.get(key));
            let crons = trigger
                .filters
                .iter()
                .flat_map(|filters| filters.items())
                .filter_map(|item| item.get("cron")?.text());
            let mut details: Vec<String> = crons.map(code).collect();
            for key in
                ["branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "types"]
            {
                if get(key).is_some() {
                    details.push(format!("{key} {}", list(get(key))));
                }
            }
            rows += &format!("| {} | {} | {} |\n", cell(file.name()), code(trigger.name), details.join("; "));
        }
    }
    format!("| workflow | event | only |\n|---|---|---|\n{rows}")
}

/// Everything of a context that expressions read, with the workflows that do.
fn used(files: &[File<'_>], what: &str, context: &str) -> String {
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        for node in file.source.tree(Syntax::Yaml).nodes() {
            let text = node.text().filter(|text| text.contains("${{"));
            for name in text.map(|text| of_context(text, context)).unwrap_or_default() {
                used.entry(name).or_default().insert(code(file_name(file)));
            }
        }
    }
    let row = |(name, files): (&String, &BTreeSet<String>)| {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        format!("| {} | {} |\n", code(name), files.join(", "))
    };
    let rows: String = used.iter().map(row).collect();
    format!("| {what} | used in |\n|---|---|\n{rows}")
}

/// The secrets that the expressions of a text read, the run's own token left out.
pub(in super::super) fn names(text: &str) -> Vec<String> {
    of_context(text, "secrets.")
}

fn of_context(text: &str, context: &str) -> Vec<String> {
    let mut names = Vec::new();
    for embedded in expression::embedded(text) {
        let Ok(expr) = &embedded.parsed else { continue };
        expr.accesses(&mut |_, path| {
            let name = path.strip_prefix(context).map(str::to_uppercase);
            names.extend(name.filter(|name| name != "GITHUB_TOKEN" && !name.contains(['*', '.'])));
        });
    }
    names
}
