//! The book in `docs/`: a page for each check and rule, and the tables of the reference, from the source.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ci_guard::checks;
use ci_guard::rule::Rule;
use serde_json::Value;

use super::{root, sync};
use crate::support;

/// Groups of rules: those of the checks, of the command `checksum`, and of what all checks share.
fn groups() -> BTreeMap<&'static str, Vec<&'static Rule>> {
    let mut groups: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for check in checks::ALL {
        groups.entry(check.name()).or_default();
    }
    for rule in checks::rules() {
        groups.entry(rule.check()).or_default().push(rule);
    }
    groups
}

/// What a group proves, in a line.
fn summary(group: &str) -> &'static str {
    match group {
        "checksum" => "writes checksums and a manifest of release artifacts (a command)",
        "policy" => "exceptions themselves: waivers, baseline, ignore comments (part of every run)",
        "settings" => "the settings file itself (part of every run)",
        name => checks::named(name).unwrap().summary(),
    }
}

fn explain(name: &str) -> String {
    let run = support::run(&root(), &["explain", name], &[]);
    assert_eq!(run.code, 0, "explain {name}: {}", run.err);
    run.out.replace("\r\n", "\n")
}

fn table_of(group: &str, rules: &[&Rule], folder: &str) -> String {
    let mut table = String::from("| rule | severity | category | finds |\n|---|---|---|---|\n");
    for rule in rules {
        let name = rule.id.split_once('/').unwrap().1;
        let (severity, category) = (rule.severity.as_str(), rule.category.as_str());
        let finds = rule.summary.replace('|', "\\|");
        table += &format!("| [`{group}/{name}`]({folder}{name}.md) | {severity} | {category} | {finds} |\n");
    }
    if rules.is_empty() { String::new() } else { table }
}

/// Every generated page: its path below `docs/checks`, and its text.
fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let mut index = String::from(
        "# Checks and rules\n\nEvery rule has a page with an example that raises it and one that does not; \
         both are tests. `ci-guard explain RULE` shows the same page in a terminal.\n\n\
         | check | what it proves | rules |\n|---|---|---|\n",
    );
    let groups = groups();
    for (group, rules) in &groups {
        index += &format!("| [`{group}`]({group}.md) | {} | {} |\n", summary(group), rules.len());
    }
    for (group, rules) in &groups {
        let shown = match *group {
            "policy" | "settings" => format!("{}.\n", capital(summary(group))),
            name => explain(name).split("\n## Rules\n").next().unwrap().trim().to_owned() + "\n",
        };
        let mut page = format!("# {group}\n\n{shown}");
        if !rules.is_empty() {
            let table = table_of(group, rules, &format!("{group}/"));
            page += &format!("\n## Rules\n\n{table}");
            index += &format!("\n## {group}\n\n{table}");
        }
        page += "\n[All checks](README.md)\n";
        pages.insert(format!("{group}.md"), page);
        for rule in rules {
            let name = rule.id.split_once('/').unwrap().1;
            let page = format!("{}\n\n[All rules of {group}](../{group}.md)\n", explain(rule.id).trim_end());
            pages.insert(format!("{group}/{name}.md"), page);
        }
    }
    pages.insert("README.md".to_owned(), index);
    pages
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[test]
fn every_check_and_rule_has_its_page_and_there_are_no_others() {
    let folder = root().join("docs/checks");
    let pages = pages();
    let mut wrong = Vec::new();
    for (path, text) in &pages {
        let path = folder.join(path);
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
        }
        wrong.extend(support::expect_file(&path, text).err());
    }
    for path in files_below(&folder) {
        if !pages.contains_key(&path) {
            if std::env::var_os("UPDATE").is_some() {
                fs::remove_file(folder.join(&path)).unwrap();
            } else {
                wrong.push(format!("docs/checks/{path} is of no check or rule (UPDATE=1 removes it)"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Paths with `/`, relative to the folder.
fn files_below(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            paths.extend(files_below(&entry.path()).into_iter().map(|path| format!("{name}/{path}")));
        } else {
            paths.push(name);
        }
    }
    paths
}

#[test]
fn the_reference_lists_inputs_outputs_and_settings() {
    let row = |name: &str, text: &str| format!("| `{name}` | {} |\n", text.replace('|', "\\|"));
    let inputs: String = ci_guard::inputs()
        .iter()
        .map(|input| {
            let default =
                if input.default.is_empty() { "" } else { &format!(" Default: `{}`.", input.default) };
            row(&input.name, &format!("{}.{default}", input.description))
        })
        .collect();
    let table = |body: &str, head: &str| format!("\n| {head} | |\n|---|---|\n{body}\n");
    sync(
        "docs/reference/inputs.md",
        "<!-- inputs:begin -->",
        "<!-- inputs:end -->",
        &table(&inputs, "input"),
    );
    let outputs: String = ci_guard::OUTPUTS.iter().map(|(name, text)| row(name, text)).collect();
    sync(
        "docs/reference/outputs.md",
        "<!-- outputs:begin -->",
        "<!-- outputs:end -->",
        &table(&outputs, "output"),
    );
    let schema: Value =
        serde_json::from_str(&support::run(&root(), &["schema"], &[]).out).expect("the schema is JSON");
    let mut rows = String::from("\n| key | value | meaning |\n|---|---|---|\n");
    keys(&schema, &schema, "", &mut rows);
    sync(
        "docs/reference/settings.md",
        "<!-- settings:begin -->",
        "<!-- settings:end -->",
        &format!("{rows}\n"),
    );
}

#[test]
fn the_json_report_is_shown_as_it_is() {
    let folder = support::Folder::with(&[(
        ".github/workflows/ci.yml",
        "on: push\npermissions: {}\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v5\n",
    )]);
    let run = support::run(folder.path(), &["check", "integrity", "--mode=blocking", "--format=json"], &[]);
    let mut report = run.json();
    report["checks"][0]["duration_ms"] = 1.into();
    let notes = report["checks"][0]["notes"].as_array_mut().unwrap();
    notes.retain(|note| !support::OLD_FACTS.iter().any(|words| note.as_str().unwrap().contains(words)));
    let text = serde_json::to_string_pretty(&report).unwrap();
    sync(
        "docs/reference/json-report.md",
        "<!-- report:begin -->",
        "<!-- report:end -->",
        &format!("\n```json\n{text}\n```\n\n"),
    );
}

/// Rows for the keys of an object in a JSON Schema, and of what lies below them.
fn keys(schema: &Value, node: &Value, prefix: &str, rows: &mut String) {
    let Some(properties) = node.get("properties").and_then(Value::as_object) else { return };
    for (key, value) in properties {
        let target = resolve(schema, value);
        let path = format!("{prefix}{key}");
        let text = [value, target].iter().find_map(|it| it.get("description").and_then(Value::as_str));
        let text = text.unwrap_or_default().replace(['\n', '|'], " ");
        *rows += &format!("| `{path}` | {} | {text} |\n", kind(schema, target));
        keys(schema, target, &format!("{path}."), rows);
        for (member, mark) in [("items", "[]."), ("additionalProperties", ".NAME.")] {
            if let Some(inner) = target.get(member) {
                keys(schema, resolve(schema, inner), &format!("{path}{mark}"), rows);
            }
        }
    }
}

/// Follows a reference, also one that may be null.
fn resolve<'a>(schema: &'a Value, node: &'a Value) -> &'a Value {
    if let Some(name) = node.get("$ref").and_then(Value::as_str) {
        return schema.pointer(name.trim_start_matches('#')).unwrap_or(node);
    }
    let mut choices = node.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    match choices.find(|choice| choice.get("$ref").is_some()) {
        Some(choice) => resolve(schema, choice),
        None => node,
    }
}

/// What a value may be, in words.
fn kind(schema: &Value, node: &Value) -> String {
    let constants = node.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let mut words: Vec<String> =
        constants.filter_map(|it| it.get("const")?.as_str().map(|word| format!("`{word}`"))).collect();
    let listed = node.get("enum").and_then(Value::as_array).into_iter().flatten();
    words.extend(listed.filter_map(|it| it.as_str().map(|word| format!("`{word}`"))));
    if !words.is_empty() {
        return words.join(", ");
    }
    if let Some(constant) = node.get("const") {
        return format!("`{constant}`");
    }
    let types: Vec<&str> = match node.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let name = types.into_iter().find(|it| *it != "null").unwrap_or("see its meaning");
    match name {
        "array" => {
            let inner = node.get("items").map_or_else(String::new, |it| kind(schema, resolve(schema, it)));
            if inner == "object" { "list".to_owned() } else { format!("list: {inner}") }
        }
        "object" if node.get("properties").is_none() => "map".to_owned(),
        "boolean" => "`true`, `false`".to_owned(),
        name => name.to_owned(),
    }
}
