//! Secrets in commits: what a pull request brings in, what history holds, what is staged; and that no output ever
//! shows one.

use std::path::Path;

use crate::support;
use crate::support::{Folder, Run, Step, git, run};

/// Made up; three of them, so that each can be told from the others.
const ADDED_THEN_REMOVED: &str = "w6Tn3KzQ8rPd5VxJ2mLb";
const ON_A_SIDE_BRANCH: &str = "c9Hs4FyGt7Xq2RkW6vNp";
const IN_A_MERGE: &str = "j5Bd8MwLz3Qv7TnX4kRf";

fn commit(at: &Path, message: &str) -> String {
    git(at, &["add", "-A"]).unwrap();
    git(at, &["commit", "-qm", message]).unwrap();
    git(at, &["rev-parse", "HEAD"]).unwrap()
}

fn secret(folder: &Folder, path: &str, value: &str) {
    folder.write(path, format!("SIGNING_SECRET = \"{value}\"\n"));
}

/// A pull request with a secret that was added and removed, one on a merged side branch, and one that a merge brought
/// in by itself in a file that was renamed later. `None` where there is no git.
fn proposal() -> Option<(Folder, String)> {
    let folder = Folder::with(&[("app.py", "print(1)\n")]);
    let at = folder.path().to_owned();
    git(&at, &["init", "-q", "-b", "main"])?;
    let base = commit(&at, "base");
    git(&at, &["checkout", "-qb", "work"])?;
    secret(&folder, "first.py", ADDED_THEN_REMOVED);
    commit(&at, "add");
    std::fs::remove_file(at.join("first.py")).unwrap();
    commit(&at, "remove");
    git(&at, &["checkout", "-qb", "side", &base])?;
    secret(&folder, "side.py", ON_A_SIDE_BRANCH);
    commit(&at, "side");
    std::fs::remove_file(at.join("side.py")).unwrap();
    commit(&at, "side is clean again");
    git(&at, &["checkout", "-q", "work"])?;
    git(&at, &["merge", "-q", "--no-ff", "--no-commit", "side"])?;
    secret(&folder, "merged.py", IN_A_MERGE);
    commit(&at, "merge");
    git(&at, &["mv", "merged.py", "renamed.py"])?;
    commit(&at, "rename");
    git(&at, &["checkout", "-qb", "test-merge", &base])?;
    git(&at, &["merge", "-q", "--no-ff", "-m", "merge", "work"])?;
    Some((folder, base))
}

fn on_pull_request(at: &Path, base: &str, arguments: &[&str]) -> Run {
    let step = Step::new();
    step.files.write("event.json", format!("{{\"pull_request\":{{\"base\":{{\"sha\":\"{base}\"}}}}}}"));
    let head = git(at, &["rev-parse", "HEAD"]).unwrap();
    let variables = [
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF", "refs/pull/7/merge"),
        ("GITHUB_SHA", head.as_str()),
    ];
    step.run(at, &[&["check", "secrets"], arguments].concat(), &variables)
}

fn paths(run: &Run) -> Vec<String> {
    let report = run.json();
    let path = |finding: &serde_json::Value| finding["location"]["path"].as_str().unwrap().to_owned();
    report["findings"].as_array().unwrap().iter().map(path).collect()
}

fn notes(run: &Run) -> String {
    run.json()["checks"][0]["notes"].to_string()
}

#[test]
fn a_pull_request_is_looked_through_commit_by_commit() {
    let Some((folder, base)) = proposal() else { return eprintln!("skipped: there is no git") };
    let run = on_pull_request(folder.path(), &base, &["--format=json", "--mode=blocking"]);
    assert_eq!(paths(&run), ["first.py", "renamed.py", "side.py"], "{run:?}");
    assert!(notes(&run).contains("(complete)"), "{}", notes(&run));
    assert_eq!(run.code, 1);
}

#[test]
fn a_shallow_clone_says_what_it_could_not_see() {
    let Some((folder, base)) = proposal() else { return eprintln!("skipped: there is no git") };
    let url = format!("file://{}", folder.path().display());
    for (depth, rung) in [("2", "(net-diff)"), ("1", "(tip-only)")] {
        let clone = Folder::new();
        let place = clone.path().join("clone");
        let depth = format!("--depth={depth}");
        git(clone.path(), &["clone", "-q", &depth, "--branch", "test-merge", &url, "clone"]).unwrap();
        let run = on_pull_request(&place, &base, &["--format=json"]);
        assert_eq!(paths(&run), ["renamed.py"], "{run:?}");
        assert!(notes(&run).contains(rung), "{}", notes(&run));
        let history = support::run(&place, &["check", "secrets", "--scan=history", "--format=json"], &[]);
        assert_eq!(history.code, 3, "{history:?}");
    }
}

#[test]
fn what_the_base_has_already_is_not_new() {
    let folder = Folder::new();
    let at = folder.path().to_owned();
    secret(&folder, "old.py", ADDED_THEN_REMOVED);
    if git(&at, &["init", "-q", "-b", "main"]).is_none() {
        return eprintln!("skipped: there is no git");
    }
    let base = commit(&at, "base");
    folder.write("old.py", format!("import os\nSIGNING_SECRET = \"{ADDED_THEN_REMOVED}\"\n"));
    commit(&at, "edit");
    let since = run(&at, &["check", "secrets", "--since", &base, "--format=json"], &[]);
    assert!(paths(&since).is_empty(), "{since:?}");
    let tree = run(&at, &["check", "secrets", "--format=json"], &[]);
    assert_eq!(paths(&tree), ["old.py"]);
}

#[test]
fn in_a_folder_of_the_repository_its_own_files_are_looked_at() {
    let folder = Folder::with(&[("app/main.py", "print(1)\n")]);
    let at = folder.path().to_owned();
    if git(&at, &["init", "-q", "-b", "main"]).is_none() {
        return eprintln!("skipped: there is no git");
    }
    let base = commit(&at, "base");
    // An equal folder lies outside, and comes first.
    for path in ["aaa/keys/key.py", "app/keys/key.py", "application/other.py"] {
        secret(&folder, path, ADDED_THEN_REMOVED);
    }
    commit(&at, "add");
    let app = at.join("app");
    for arguments in [&["--since", &base], &["--scan", "history"]] {
        let run = run(&app, &[&["check", "secrets", "--format=json"], &arguments[..]].concat(), &[]);
        assert_eq!(paths(&run), ["keys/key.py"], "{run:?}");
    }
}

#[test]
fn a_folder_that_moves_into_itself_is_looked_at_there() {
    let folder = Folder::with(&[("a/b/main.py", "print(1)\n")]);
    let at = folder.path().to_owned();
    if git(&at, &["init", "-q", "-b", "main"]).is_none() {
        return eprintln!("skipped: there is no git");
    }
    let base = commit(&at, "base");
    // It lies above the folder that is looked at, and then is that folder.
    secret(&folder, "a/key.py", ADDED_THEN_REMOVED);
    commit(&at, "above");
    std::fs::remove_dir_all(at.join("a")).unwrap();
    folder.write("a/b/b/main.py", "print(1)\n");
    secret(&folder, "a/b/key.py", ADDED_THEN_REMOVED);
    commit(&at, "moved");
    for arguments in [&["--since", &base], &["--scan", "history"]] {
        let run =
            run(&at.join("a/b"), &[&["check", "secrets", "--format=json"], &arguments[..]].concat(), &[]);
        assert_eq!(paths(&run), ["key.py"], "{run:?}");
    }
}

#[test]
fn history_and_the_index_are_looked_through() {
    let Some((folder, _)) = proposal() else { return eprintln!("skipped: there is no git") };
    let at = folder.path();
    let history = run(at, &["check", "secrets", "--scan=history", "--format=json"], &[]);
    assert_eq!(paths(&history), ["first.py", "renamed.py", "side.py"], "{history:?}");
    assert_eq!(history.code, 0);
    secret(&folder, "new.py", "Zt5Kq8Wn3Xv7Rb2Jm6Lp");
    let before = run(at, &["check", "secrets", "--scan=staged", "--format=json"], &[]);
    assert!(paths(&before).is_empty(), "{before:?}");
    git(at, &["add", "-A"]).unwrap();
    let staged = run(at, &["check", "secrets", "--scan=staged", "--format=json"], &[]);
    assert_eq!(paths(&staged), ["new.py"], "{staged:?}");
}

#[test]
fn no_output_shows_a_secret() {
    let Some((folder, base)) = proposal() else { return eprintln!("skipped: there is no git") };
    let at = folder.path();
    let canaries = [ADDED_THEN_REMOVED, ON_A_SIDE_BRANCH, IN_A_MERGE];
    let outputs = Folder::new();
    for format in ["text", "json", "sarif", "github", "markdown", "junit"] {
        let file = format!("--output={format}={}", outputs.path().join(format).display());
        let format = format!("--format={format}");
        let runs = [
            run(at, &["check", "secrets", &format, &file], &[]),
            run(at, &["check", "secrets", "--scan=history", &format, &file], &[]),
            on_pull_request(at, &base, &[&format, &file]),
        ];
        for run in runs {
            let written = std::fs::read_dir(outputs.path()).unwrap();
            let files: String =
                written.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
            let shown = format!("{}{}{files}", run.out, run.err);
            for canary in canaries {
                let encoded = data_encoding::BASE64.encode(canary.as_bytes());
                let hex = data_encoding::HEXLOWER.encode(canary.as_bytes());
                for form in [canary, encoded.as_str(), hex.as_str(), &canary[..10]] {
                    assert!(!shown.contains(form), "{format} shows `{form}`");
                }
            }
        }
    }
}

#[test]
fn a_stream_is_filtered() {
    let folder = Folder::new();
    let log = folder.write("build.log", "start\nuser k4Zq-canary-9PwX\nend \u{e4}\n");
    let log = log.to_str().unwrap();
    let variables = [("DEPLOY_TOKEN", "k4Zq-canary-9PwX")];
    let filtered = run(folder.path(), &["mask", log], &variables);
    assert_eq!((filtered.code, filtered.out.as_str()), (0, "start\nuser ***\nend \u{e4}\n"));
    let unset = run(folder.path(), &["mask", "--secret", "NOT_THERE", log], &[]);
    assert_eq!((unset.code, unset.out.as_str()), (2, ""));
    assert_eq!(run(folder.path(), &["mask", "none"], &[]).code, 3);
}

#[test]
fn of_many_keys_in_a_folder_of_tests_one_note_is_enough() {
    let key = |letter: &str| {
        format!("TOKEN = \"ghp_{}\"\n", letter.repeat(3) + &"k4Zq9Xw2Lm7Rt5Yb8Nc3".repeat(2)[..33])
    };
    let folder = Folder::with(&[
        ("tests/certificates/one.py", &*key("a")),
        ("tests/certificates/two.py", &*key("b")),
        ("tests/other/three.py", &*key("c")),
        ("src/four.py", &*key("d")),
        ("src/five.py", &*key("e")),
    ]);
    let run = run(folder.path(), &["check", "secrets", "--format", "json"], &[]);
    let report = run.json();
    let paths: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|f| f["location"]["path"].as_str())
        .collect();
    assert_eq!(paths, ["src/five.py", "src/four.py", "tests/certificates/one.py", "tests/other/three.py"]);
    assert!(run.out.contains("one more of its kind in a folder of tests"), "{}", run.out);
}
