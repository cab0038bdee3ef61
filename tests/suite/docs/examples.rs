//! The examples in the book are judged: every workflow passes the default checks, every settings file is valid, every
//! command is known, every link leads somewhere.

use std::fs;
use std::path::{Path, PathBuf};

use super::root;
use crate::support;

/// What the book writes for the released action, and a pinned form of it.
const PLACEHOLDER: &str = "uses: org/ci-guard@v1";
const PINNED: &str = "uses: org/ci-guard@0123456789abcdef0123456789abcdef01234567";

/// Pages that people write; those of checks and rules are run by `rules.rs`.
fn written() -> Vec<PathBuf> {
    let mut pages =
        vec![root().join("README.md"), root().join("RELEASING.md"), root().join("CONTRIBUTING.md")];
    for folder in ["docs", "docs/reference", "docs/recipes"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// Fenced blocks of a page: what stands behind the fence, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let body: String =
            lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        blocks.push((info.to_owned(), body));
    }
    blocks
}

/// The files of a page, as repositories: a file that stands there a second time begins the next one.
fn repositories(page: &str) -> Vec<Vec<(String, String)>> {
    let mut repositories: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for (info, body) in blocks(page) {
        let Some((_, file)) = info.split_once(" file=") else { continue };
        if repositories.last().unwrap().iter().any(|(path, _)| path == file) {
            repositories.push(Vec::new());
        }
        let text = body.replace(PLACEHOLDER, PINNED);
        repositories.last_mut().unwrap().push((file.to_owned(), text));
    }
    repositories.retain(|files| !files.is_empty());
    repositories
}

#[test]
fn workflows_pass_and_settings_are_valid() {
    let (mut wrong, mut judged) = (Vec::new(), 0);
    for path in written() {
        let page = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        for files in repositories(&page) {
            let folder = support::Folder::new();
            for (file, text) in &files {
                folder.write(file, text);
                judged += 1;
            }
            // Not `lockfile`: the lockfiles that settings require are not on the page.
            let check = ["check", "integrity", "files", "--mode=blocking"];
            if files.iter().any(|(_, text)| text.contains("baseline: ")) {
                support::run(folder.path(), &["check", "files", "--no-config", "--write-baseline"], &[]);
            }
            let run = support::run(folder.path(), &check, &[]);
            if run.code != 0 {
                let names: Vec<&str> = files.iter().map(|(file, _)| file.as_str()).collect();
                wrong.push(format!(
                    "{} {names:?}: exit code {}\n{}{}",
                    path.display(),
                    run.code,
                    run.out,
                    run.err
                ));
            }
        }
    }
    assert!(judged > 15, "only {judged} examples were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn yaml_without_a_file_is_a_part_of_a_workflow_that_would_pass() {
    let mut wrong = Vec::new();
    for path in written() {
        let page = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        for (info, body) in blocks(&page) {
            if info != "yaml" || !body.trim_start().starts_with("- uses: ") {
                continue;
            }
            let steps: String = body
                .replace(PLACEHOLDER, PINNED)
                .lines()
                .map(|line| format!("      {}\n", line.strip_prefix("      ").unwrap_or(line)))
                .collect();
            // The steps of a whole, in which what they refer to exists.
            let workflow = format!(
                "on: push\npermissions: {{}}\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    outputs:\n      lock-hash: x\n    steps:\n      - run: make\n  build:\n    needs: test\n    runs-on: ubuntu-24.04\n    steps:\n{steps}"
            );
            let folder = support::Folder::with(&[(".github/workflows/part.yml", &workflow)]);
            let run = support::run(folder.path(), &["check", "integrity", "--mode=blocking"], &[]);
            if run.code != 0 {
                wrong.push(format!("{}:\n{workflow}\n{}", path.display(), run.out));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands_are_known() {
    let mut wrong = Vec::new();
    for path in written() {
        let page = fs::read_to_string(&path).unwrap();
        for (info, body) in blocks(&page) {
            if info != "console" {
                continue;
            }
            for command in body.lines().filter_map(|line| line.strip_prefix("$ ci-guard")) {
                let words: Vec<&str> = command.split(" #").next().unwrap().split_whitespace().collect();
                let folder = support::Folder::with(&[("README.md", ""), ("names.txt", "Test\n")]);
                let run = support::run(folder.path(), &words, &[]);
                if run.code == 2 {
                    wrong.push(format!("{}: ci-guard {}\n{}", path.display(), words.join(" "), run.err));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn links_inside_the_repository_lead_somewhere() {
    let mut wrong = Vec::new();
    let mut pages = written();
    pages.extend(["checks/README.md", "checks/integrity.md"].map(|it| root().join("docs").join(it)));
    for path in pages {
        let page = fs::read_to_string(&path).unwrap();
        for part in page.split("](").skip(1) {
            let target = part.split(')').next().unwrap();
            if target.contains("://") || target.starts_with('#') || target.contains('\n') {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let place = path.parent().unwrap().join(file);
            let broken = !place.exists() || !anchor.is_empty() && !has_anchor(&place, anchor);
            if broken {
                wrong.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a page has a heading that GitHub gives this anchor.
fn has_anchor(page: &Path, anchor: &str) -> bool {
    let text = fs::read_to_string(page).unwrap();
    text.lines().filter(|line| line.starts_with('#')).any(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept: String = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect();
        kept.replace(' ', "-") == anchor
    })
}
