//! Where secrets are looked for: however git stores its objects, whatever the event, and whatever a proposal says
//! about it.

use std::path::Path;

use crate::support::{Folder, Run, Step, git, run};

/// Made up; each can be told from the others.
const GONE: &str = "w6Tn3KzQ8rPd5VxJ2mLb";
const THERE: &str = "c9Hs4FyGt7Xq2RkW6vNp";

fn commit(at: &Path, message: &str) -> String {
    git(at, &["add", "-A"]).unwrap();
    git(at, &["commit", "-qm", message]).unwrap();
    git(at, &["rev-parse", "HEAD"]).unwrap()
}

fn secret(folder: &Folder, path: &str, value: &str) {
    folder.write(path, format!("# settings\nSIGNING_SECRET = \"{value}\"\n"));
}

/// A file in many versions, one of which held a secret, and one that holds one now. `None` where there is no git.
fn repository(init: &[&str]) -> Option<Folder> {
    let folder = Folder::new();
    let at = folder.path().to_owned();
    git(&at, &[&["init", "-q", "-b", "main"], init].concat())?;
    for version in 0..12 {
        let lines: String =
            (0..200).map(|line| format!("line {line} of version {}\n", version * line)).collect();
        let held = if version == 5 { format!("SIGNING_SECRET = \"{GONE}\"\n") } else { String::new() };
        folder.write("app.py", format!("{lines}{held}{lines}"));
        commit(&at, "version");
    }
    secret(&folder, "config/live.py", THERE);
    commit(&at, "live");
    Some(folder)
}

fn found(run: &Run) -> Vec<String> {
    let report = run.json();
    let text = |finding: &serde_json::Value| {
        let path = finding["location"]["path"].as_str().unwrap();
        let line = finding["location"]["line"].as_u64();
        let gone = finding["message"].as_str().unwrap().contains("not in the last one");
        format!("{path}:{}{}", line.unwrap_or(0), if gone { " gone" } else { "" })
    };
    report["findings"].as_array().unwrap().iter().map(text).collect()
}

fn history(at: &Path) -> Run {
    run(at, &["check", "secrets", "--scan=history", "--format=json"], &[])
}

const BOTH: [&str; 2] = ["app.py:0 gone", "config/live.py:2"];

#[test]
fn loose_objects_packs_and_borrowed_ones_hold_the_same() {
    let Some(folder) = repository(&[]) else { return eprintln!("skipped: there is no git") };
    let at = folder.path();
    let loose = history(at);
    assert_eq!(found(&loose), BOTH, "{loose:?}");
    git(at, &["gc", "-q"]).unwrap();
    let packed = history(at);
    assert_eq!(packed.json()["findings"], loose.json()["findings"]);
    // A second pack, loose objects beside it, and a clone that borrows them all.
    folder.write("other.py", "x = 1\n");
    commit(at, "more");
    git(at, &["repack", "-qd"]).unwrap();
    folder.write("other.py", "x = 2\n");
    commit(at, "and more");
    assert_eq!(found(&history(at)), BOTH);
    let clone = Folder::new();
    git(clone.path(), &["clone", "-q", "--shared", at.to_str().unwrap(), "borrowed"]).unwrap();
    assert_eq!(found(&history(&clone.path().join("borrowed"))), BOTH);
}

#[test]
fn a_repository_of_sha_256_is_read_like_any_other() {
    let Some(folder) = repository(&["--object-format=sha256"]) else {
        return eprintln!("skipped: there is no git, or an old one");
    };
    assert_eq!(found(&history(folder.path())), BOTH);
    git(folder.path(), &["gc", "-q"]).unwrap();
    assert_eq!(found(&history(folder.path())), BOTH);
}

#[test]
fn a_partial_clone_says_what_is_not_there() {
    let Some(folder) = repository(&[]) else { return eprintln!("skipped: there is no git") };
    git(folder.path(), &["config", "uploadpack.allowFilter", "true"]).unwrap();
    let url = format!("file://{}", folder.path().display());
    for (filter, missing) in [
        ("blob:none", "`app.py`: its content is not in this clone"),
        ("tree:0", "a tree is not in this clone"),
    ] {
        let clone = Folder::new();
        let filter = format!("--filter={filter}");
        git(clone.path(), &["clone", "-q", "--no-checkout", &filter, &url, "partial"]).unwrap();
        let run = history(&clone.path().join("partial"));
        assert_eq!(run.code, 3, "{run:?}");
        assert!(run.json()["checks"][0]["reason"].as_str().unwrap().contains(missing), "{run:?}");
    }
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let Some(inner) = repository(&[]) else { return eprintln!("skipped: there is no git") };
    let outer = Folder::with(&[("main.py", "print(1)\n")]);
    let at = outer.path();
    git(at, &["init", "-q", "-b", "main"]).unwrap();
    let url = inner.path().to_str().unwrap();
    git(at, &["-c", "protocol.file.allow=always", "submodule", "add", "-q", url, "inner"]).unwrap();
    commit(at, "submodule");
    assert!(found(&history(at)).is_empty());
    assert_eq!(found(&history(&at.join("inner"))), BOTH);
}

fn on_event(at: &Path, name: &str, event: &str, arguments: &[&str]) -> Run {
    let step = Step::new();
    step.files.write("event.json", event);
    let head = git(at, &["rev-parse", "HEAD"]).unwrap();
    let variables = [("GITHUB_EVENT_NAME", name), ("GITHUB_SHA", head.as_str())];
    step.run(at, &[&["check", "secrets", "--format=json"], arguments].concat(), &variables)
}

fn notes(run: &Run) -> String {
    run.json()["checks"][0]["notes"].to_string()
}

#[test]
fn a_push_and_a_merge_queue_are_looked_through_commit_by_commit() {
    let Some(folder) = repository(&[]) else { return eprintln!("skipped: there is no git") };
    let at = folder.path();
    let before = git(at, &["rev-parse", "HEAD~8"]).unwrap();
    let push = on_event(at, "push", &format!("{{\"before\":\"{before}\"}}"), &[]);
    assert_eq!(found(&push), BOTH, "{push:?}");
    assert!(notes(&push).contains("8 commits"), "{}", notes(&push));
    let queue = format!("{{\"merge_group\":{{\"base_sha\":\"{before}\"}}}}");
    assert_eq!(found(&on_event(at, "merge_group", &queue, &[])), BOTH);
    // A force push: nobody has the commit before any more.
    let forced = on_event(at, "push", &format!("{{\"before\":\"{}\"}}", "1".repeat(40)), &[]);
    assert_eq!(found(&forced), BOTH[1..], "{forced:?}");
    assert!(notes(&forced).contains("(tip-only)"), "{}", notes(&forced));
    // A new branch.
    let new = on_event(at, "push", &format!("{{\"before\":\"{}\"}}", "0".repeat(40)), &[]);
    assert_eq!(found(&new), BOTH[1..]);
}

#[test]
fn a_proposal_cannot_silence_its_own_leak() {
    let folder = Folder::with(&[("app.py", "print(1)\n")]);
    let at = folder.path();
    if git(at, &["init", "-q", "-b", "main"]).is_none() {
        return eprintln!("skipped: there is no git");
    }
    let base = commit(at, "base");
    folder.write(
        "leak.py",
        format!("SIGNING_SECRET = \"{THERE}\"  # gitleaks:allow ci-guard: ignore[secrets] no\n"),
    );
    let accepted = run(at, &["check", "secrets", "--write-baseline"], &[]);
    assert_eq!(accepted.code, 0, "{accepted:?}");
    folder.write(
        ".gitleaks.toml",
        "[extend]\ndisabledRules = [\"generic-api-key\"]\n[allowlist]\npaths = ['''.*''']\n",
    );
    folder.write(".gitleaksignore", "leak.py:generic-api-key:1\n");
    folder.write(
        ".secrets.baseline",
        format!("{{\"results\":{{\"leak.py\":[{{\"hashed_secret\":\"{}\"}}]}}}}", "0".repeat(40)),
    );
    folder.write(
        ".github/ci-guard.yml",
        "version: 1\nchecks:\n  secrets: { mode: off, exclude: [leak.py] }\nwaivers:\n  - { rule: secrets/assigned-secret, path: leak.py, reason: mine, approved-by: me, expires: 2099-01-01 }\n",
    );
    let head = commit(at, "leak");
    let event =
        format!("{{\"pull_request\":{{\"base\":{{\"sha\":\"{base}\"}},\"head\":{{\"sha\":\"{head}\"}}}}}}");
    for name in ["pull_request", "pull_request_target"] {
        let run = on_event(at, name, &event, &["--mode=blocking"]);
        let of_secrets: Vec<String> =
            found(&run).into_iter().filter(|place| place.starts_with("leak.py")).collect();
        assert_eq!(of_secrets, ["leak.py:1"], "{name}: {run:?}");
        assert_eq!(run.code, 1, "{name}: {run:?}");
        for file in [".gitleaks.toml", ".gitleaksignore", ".secrets.baseline"] {
            assert!(
                notes(&run).contains(&format!("`{file}` is new in this pull request")),
                "{}",
                notes(&run)
            );
        }
    }
}

#[test]
fn files_that_are_named_and_standard_input_are_looked_at() {
    let folder = Folder::with(&[("clean.py", "x = 1\n")]);
    let elsewhere = Folder::new();
    secret(&elsewhere, "deploy.env", THERE);
    let file = elsewhere.path().join("deploy.env");
    let named = format!("--scan-file={}", file.display());
    let run_on = |argument: &str| run(folder.path(), &["check", "secrets", "--format=json", argument], &[]);
    let report = run_on(&named);
    assert!(found(&report)[0].ends_with("deploy.env:2"), "{report:?}");
    assert!(found(&run_on("--scan-file=clean.py")).is_empty());
    let missing = run_on("--scan-file=none");
    assert_eq!(missing.json()["checks"][0]["outcome"], "not-verified", "{missing:?}");
    let mut command = crate::support::command(folder.path());
    command
        .args(["check", "secrets", "--format=json", "--scan-file=-"])
        .stdin(std::fs::File::open(&file).unwrap());
    let report = crate::support::finish(command);
    assert_eq!(found(&report), ["stdin:2"], "{report:?}");
}

#[test]
fn archives_are_opened_on_request() {
    let folder = Folder::new();
    secret(&folder, "inner/settings.py", THERE);
    let at = folder.path();
    let make =
        std::process::Command::new("tar").args(["-czf", "build.tar.gz", "inner"]).current_dir(at).status();
    if !make.is_ok_and(|status| status.success()) {
        return eprintln!("skipped: there is no tar");
    }
    std::fs::remove_dir_all(at.join("inner")).unwrap();
    let closed = run(at, &["check", "secrets", "--format=json"], &[]);
    assert!(found(&closed).is_empty(), "{closed:?}");
    let open = run(at, &["check", "secrets", "--format=json", "--scan-archives"], &[]);
    assert_eq!(found(&open), ["build.tar.gz:0"], "{open:?}");
    assert!(open.out.contains("line 2 of `inner/settings.py`"), "{}", open.out);
    assert!(!open.out.contains(THERE));
}

#[test]
fn the_report_of_gitleaks_holds_places_and_no_values() {
    let Some(folder) = repository(&[]) else { return eprintln!("skipped: there is no git") };
    let report = run(folder.path(), &["check", "secrets", "--scan=history", "--format=gitleaks"], &[]);
    let list = report.json();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 2, "{report:?}");
    let gone = list.iter().find(|entry| entry["File"] == "app.py").unwrap();
    assert_eq!((gone["RuleID"].as_str(), gone["StartLine"].as_u64()), (Some("generic-api-key"), Some(201)));
    let print = gone["Fingerprint"].as_str().unwrap();
    assert_eq!(print, format!("{}:app.py:generic-api-key:201", gone["Commit"].as_str().unwrap()));
    assert!(!report.out.contains(&GONE[..8]) && !report.out.contains(&THERE[..8]));
}
