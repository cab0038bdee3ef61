//! GitHub's own suite of workflows, when it is here: `CI_GUARD_LANGUAGESERVICES` names a checkout of
//! actions/languageservices. Without it the test says that it skipped.
//!
//! A case with errors counts as right when an error or warning of ours stands on every line that GitHub names (a
//! warning where GitHub's own answer depends on settings that no checkout holds); a case without, when we report
//! nothing of severity error. Callees of other repositories are made local, on the same line.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support;

/// Cases that differ for a reason, with the reason.
const DIFFERENCES: &[(&str, &str)] = &[
    ("errors-anchor-tag", "anchors are supported since 2025-09-18"),
    (
        "events-mapping-all",
        "has a filter and its `-ignore` twin in one event, which GitHub's documentation forbids",
    ),
    ("events-single-invalid", "the service itself ignores these keys: the case skips C#"),
];

struct Case {
    name: String,
    options: String,
    workflow: String,
    callees: Vec<(String, String)>,
    /// File and line of each error that GitHub reports.
    errors: Vec<(String, u64)>,
}

#[test]
fn the_official_workflows_are_judged_as_github_judges_them() {
    let Some(folder) = std::env::var_os("CI_GUARD_LANGUAGESERVICES") else {
        eprintln!("skipped: CI_GUARD_LANGUAGESERVICES names no checkout of actions/languageservices");
        return;
    };
    let folder = Path::new(&folder).join("workflow-parser/testdata/reader");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (mut right, mut wrong) = (0, Vec::new());
    for path in &paths {
        let case = read(path);
        match judge(&case) {
            Ok(()) => right += 1,
            Err(difference) => wrong.push(format!("{}: {difference}", case.name)),
        }
    }
    let explained =
        |line: &&String| !DIFFERENCES.iter().any(|(name, _)| line.starts_with(&format!("{name}:")));
    println!("{right} of {} agree\n{}", paths.len(), wrong.join("\n"));
    let unexplained: Vec<_> = wrong.iter().filter(explained).collect();
    let explained = wrong.len() - unexplained.len();
    assert!((right + explained) * 100 >= paths.len() * 98, "{right} of {} agree", paths.len());
    assert!(
        unexplained.is_empty(),
        "{}",
        unexplained.iter().map(|line| line.as_str()).collect::<Vec<_>>().join("\n")
    );
}

fn read(path: &Path) -> Case {
    let text = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let mut parts: Vec<String> = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push_str(line);
        }
    }
    let expected: serde_json::Value = serde_json::from_str(parts.last().unwrap()).unwrap_or_default();
    parts.pop();
    let options = parts.remove(0);
    let workflow = parts.remove(0);
    let callees: Vec<(String, String)> = parts
        .chunks(2)
        .map(|pair| (pair[0].trim().to_owned(), pair.get(1).cloned().unwrap_or_default()))
        .collect();
    let messages = expected["errors"].as_array().cloned().unwrap_or_default();
    let errors = messages.iter().map(|error| place(error["Message"].as_str().unwrap_or_default())).collect();
    Case { name: path.file_stem().unwrap().to_str().unwrap().to_owned(), options, workflow, callees, errors }
}

/// The limits of the case, as settings.
fn settings(options: &str) -> String {
    let limit = |name: &str| -> Option<usize> {
        let line = options.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split('#').next()?.trim().parse().ok()
    };
    let limits = [
        ("characters", limit("max-file-size")),
        ("depth", limit("max-depth")),
        ("jobs", limit("max-job-limit")),
        ("memory", limit("max-result-size")),
        // GitHub counts the calls, and we what calls and is called.
        ("levels", limit("max-nested-reusable-workflows-depth").map(|calls| calls + 1)),
    ];
    let given = limits.into_iter().filter_map(|(name, limit)| Some(format!("{name}: {}", limit?)));
    let given = given.collect::<Vec<_>>().join(", ");
    format!("version: 1\nchecks: {{ integrity: {{ limits: {{ {given} }} }} }}\n")
}

/// The file and line in `file (Line: 7, Col: 14): …`; line 0 where none is named.
fn place(message: &str) -> (String, u64) {
    let message = message.strip_prefix("In ").unwrap_or(message);
    let Some((file, rest)) = message.split_once(" (Line: ") else {
        return (message.split(": ").next().unwrap_or_default().to_owned(), 0);
    };
    (file.to_owned(), rest.split(',').next().unwrap().parse().unwrap())
}

fn judge(case: &Case) -> Result<(), String> {
    let folder = support::Folder::new();
    let own = format!(".github/workflows/{}.yml", case.name);
    let local = |number: usize| format!(".github/workflows/callee-{number}.yml");
    let localise = |text: &str| {
        case.callees.iter().enumerate().fold(text.to_owned(), |text, (number, (name, _))| {
            text.replace(name.as_str(), &format!("./{}", local(number)))
        })
    };
    folder.write(&own, localise(&case.workflow));
    for (number, (_, text)) in case.callees.iter().enumerate() {
        folder.write(&local(number), localise(text));
    }
    folder.write(".github/ci-guard.yml", settings(&case.options));
    let report = support::run(folder.path(), &["check", "integrity", "--format=json"], &[]).json();
    let findings = report["findings"].as_array().unwrap();
    let ours: BTreeSet<(String, u64)> = findings
        .iter()
        // What GitHub accepts may still be a trap; and runners retire after the suite was written.
        .filter(|finding| {
            let refused = finding["severity"] == "error" && finding["category"] == "validity";
            let gone = finding["rule"] == "integrity/retired-runner";
            refused && !gone || !case.errors.is_empty()
        })
        .filter(|finding| finding["severity"] != "note")
        .map(|finding| {
            let location = &finding["location"];
            (location["path"].as_str().unwrap_or_default().to_owned(), location["line"].as_u64().unwrap_or(0))
        })
        .collect();
    let said = || {
        let line = |f: &serde_json::Value| {
            format!(
                "{}:{} {}",
                f["location"]["path"].as_str().unwrap_or("?"),
                f["location"]["line"],
                f["message"]
            )
        };
        findings.iter().filter(|f| f["severity"] == "error").map(line).collect::<Vec<_>>().join(" | ")
    };
    if case.errors.is_empty() {
        return if ours.is_empty() { Ok(()) } else { Err(format!("GitHub accepts it; we say {}", said())) };
    }
    let renamed = |file: &str| {
        let number = case.callees.iter().position(|(name, _)| name == file);
        number.map_or_else(|| file.to_owned(), local)
    };
    let missed: Vec<String> = case
        .errors
        .iter()
        .filter(|(file, line)| match line {
            0 => ours.is_empty(),
            line => !ours.contains(&(renamed(file), *line)),
        })
        .map(|(file, line)| format!("{file}:{line}"))
        .collect();
    if missed.is_empty() {
        return Ok(());
    }
    let options: Vec<&str> =
        case.options.lines().filter(|line| !line.starts_with("include-source")).collect();
    Err(format!("missed {}; options {options:?}; we say {}", missed.join(", "), said()))
}
