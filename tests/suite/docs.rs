//! Documents that repeat what the source knows: `action.yml`, `docker/action.yml`, tables of the README, the book.
//! `UPDATE=1 cargo test docs` rewrites the parts between their marks.

mod book;
mod examples;
mod releasing;

use std::path::{Path, PathBuf};

use crate::support;
use ci_guard::checks;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// Replaces what stands between two marks, or complains that it differs.
fn sync(file: &str, begin: &str, end: &str, body: &str) {
    let path = root().join(file);
    let text = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let (before, rest) = text.split_once(begin).unwrap_or_else(|| panic!("{file} has no mark {begin}"));
    let (_, after) = rest.split_once(end).unwrap_or_else(|| panic!("{file} has no mark {end}"));
    let expected = format!("{before}{begin}\n{body}{end}{after}");
    if let Err(difference) = support::expect_file(&path, &expected) {
        panic!("{difference}");
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[test]
fn the_actions_declare_what_the_source_knows() {
    let inputs = |launcher: bool| -> String {
        let of_launcher = ["binary", "download-url", "token"];
        let wanted = |name: &str| launcher || !of_launcher.contains(&name);
        ci_guard::inputs()
            .iter()
            .filter(|input| wanted(&input.name))
            .map(|input| {
                format!(
                    "  {}:\n    description: {}\n    default: {}\n",
                    input.name,
                    quoted(&input.description),
                    quoted(input.default)
                )
            })
            .collect()
    };
    let outputs: String = ci_guard::OUTPUTS
        .iter()
        .map(|(name, description)| format!("  {name}:\n    description: {}\n", quoted(description)))
        .collect();
    for (file, launcher) in [("action.yml", true), ("docker/action.yml", false)] {
        sync(file, "# inputs:begin (generated)", "# inputs:end", &format!("inputs:\n{}", inputs(launcher)));
        sync(file, "# outputs:begin (generated)", "# outputs:end", &format!("outputs:\n{outputs}"));
    }
}

#[test]
fn the_action_of_the_lock_declares_its_part() {
    const INPUTS: [&str; 15] = [
        "environment",
        "wait",
        "commit",
        "reason",
        "link",
        "allow-older",
        "require-preflight",
        "manifest-hash",
        "remote",
        "lock-ref",
        "lock-api",
        "working-directory",
        "binary",
        "download-url",
        "token",
    ];
    let inputs: String = ci_guard::inputs()
        .iter()
        .filter(|input| INPUTS.contains(&input.name.as_str()))
        .map(|input| {
            let required = if input.name == "environment" { "    required: true\n" } else { "" };
            let (name, text) = (&input.name, quoted(&input.description));
            format!("  {name}:\n    description: {text}\n{required}    default: {}\n", quoted(input.default))
        })
        .collect();
    let command =
        "  command:\n    description: \"What to do; leave it as it is\"\n    default: \"lock acquire\"\n";
    let outputs: String = ci_guard::OUTPUTS
        .iter()
        .filter(|(name, _)| ["verdict", "locked", "lock-token", "report"].contains(name))
        .map(|(name, description)| format!("  {name}:\n    description: {}\n", quoted(description)))
        .collect();
    let file = "lock/action.yml";
    sync(file, "# inputs:begin (generated)", "# inputs:end", &format!("inputs:\n{command}{inputs}"));
    sync(file, "# outputs:begin (generated)", "# outputs:end", &format!("outputs:\n{outputs}"));
}

#[test]
fn the_readme_lists_inputs_outputs_and_checks() {
    let row = |name: &str, text: &str| format!("| `{name}` | {} |\n", text.replace('|', "\\|"));
    let inputs: String =
        ci_guard::inputs().iter().map(|input| row(&input.name, &input.description)).collect();
    sync(
        "README.md",
        "<!-- inputs:begin -->",
        "<!-- inputs:end -->",
        &format!("\n| input | |\n|---|---|\n{inputs}\n"),
    );
    let outputs: String = ci_guard::OUTPUTS.iter().map(|(name, text)| row(name, text)).collect();
    sync(
        "README.md",
        "<!-- outputs:begin -->",
        "<!-- outputs:end -->",
        &format!("\n| output | |\n|---|---|\n{outputs}\n"),
    );
    let mut listed = String::new();
    for check in checks::ALL {
        let rules: Vec<String> =
            check.rules().iter().map(|rule| rule.id.split_once('/').unwrap().1.to_owned()).collect();
        let default = if checks::DEFAULT.contains(&check.name()) { "" } else { " (when named)" };
        listed += &format!("| `{}`{default} | {} | {} |\n", check.name(), check.summary(), rules.join(", "));
    }
    sync(
        "README.md",
        "<!-- checks:begin -->",
        "<!-- checks:end -->",
        &format!("\n| check | what it proves | rules |\n|---|---|---|\n{listed}\n"),
    );
}

#[test]
fn the_readme_shows_what_a_run_prints() {
    let repository = support::Folder::with(&[
        (
            ".github/workflows/ci.yml",
            "on: push\npermissions:\n  contents: read\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      \
             - uses: actions/checkout@v5\n      - run: cargo test --locked\n",
        ),
        ("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"1.0.0\"\nedition = \"2024\"\n"),
        ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"shop\"\nversion = \"1.0.0\"\n"),
    ]);
    let shown = |text: &str| support::without_times(text).replace("TIME", "1 ms");
    let report = support::run(repository.path(), &[], &[]);
    let block = format!("\n```console\n$ ci-guard\n{}```\n\n", shown(&report.out));
    sync("README.md", "<!-- report:begin -->", "<!-- report:end -->", &block);
    let step = support::Step::new();
    step.run(repository.path(), &["check"], &[]);
    let summary: String = shown(&step.summary())
        .lines()
        .map(|line| match line.split_once("](https://") {
            // There is no such repository.
            Some((before, after)) => {
                let after = after.split_once(')').unwrap().1;
                format!("{before}](#two-commands){after}")
            }
            None => line.to_owned(),
        })
        .map(|line| format!("> {line}").trim_end().to_owned() + "\n")
        .collect();
    sync("README.md", "<!-- summary:begin -->", "<!-- summary:end -->", &format!("\n{summary}\n"));
}

#[test]
fn the_help_of_every_command_is_as_reviewed() {
    let folder = support::Folder::new();
    let mut text = String::new();
    let commands = [
        "",
        "check",
        "checksum",
        "lock",
        "lock acquire",
        "lock verify",
        "lock release",
        "lock status",
        "lock list",
        "lock history",
        "lock passed",
        "lock gc",
        "rollback",
        "rollback begin",
        "rollback finish",
        "rollback unfreeze",
        "health",
        "required wait",
        "status set",
        "status summary",
        "rules",
        "explain",
        "init",
        "schema",
        "completions",
        "action",
    ];
    for command in commands {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let run = support::run(folder.path(), &arguments, &[("COLUMNS", "100")]);
        assert_eq!(run.code, 0);
        text += &format!("$ ci-guard {}\n{}\n", arguments.join(" "), run.out.trim_end());
        text.push('\n');
    }
    let text: String = text.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    support::expect_file(&root().join("tests/expected/help.txt"), &text)
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_schema_command_prints_the_reviewed_schemas() {
    let folder = support::Folder::new();
    for (of, file) in [("settings", "ci-guard.schema.json"), ("manifest", "manifest.schema.json")] {
        let run = support::run(folder.path(), &["schema", "--of", of], &[]);
        assert_eq!(run.out, std::fs::read_to_string(root().join("schema").join(file)).unwrap());
    }
}

#[test]
fn no_document_or_source_speaks_of_the_machine_it_was_written_on() {
    let mut stack = vec![root()];
    let own = ["target", ".git", "corpus", "artifacts", "node_modules"];
    let forbidden =
        [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/home/", "me"), concat!("/tm", "p/w/")];
    let mut found = Vec::new();
    while let Some(folder) = stack.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && !own.contains(&name.as_str()) {
                stack.push(entry.path());
            } else if kind.is_file() {
                let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
                let hits = forbidden.iter().filter(|word| text.contains(**word));
                found.extend(hits.map(|word| format!("{}: {word}", entry.path().display())));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
