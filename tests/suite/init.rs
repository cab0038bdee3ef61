//! `ci-guard init`: what it writes is valid, passes ci-guard itself, and never replaces anything unasked.

use crate::support::{Folder, run};

const SETTINGS: &str = ".github/ci-guard.yml";
const WORKFLOW: &str = ".github/workflows/ci-guard.yml";
const PINNED: &str = "org/ci-guard@0123456789abcdef0123456789abcdef01234567 # v1.0.0";

fn repository() -> Folder {
    Folder::with(&[
        ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n"),
        ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n"),
        ("a: b/Cargo.toml", "[package]\nname = \"b\"\nversion = \"1.0.0\"\n"),
        ("a: b/Cargo.lock", "version = 4\n\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\n"),
    ])
}

#[test]
fn what_it_writes_passes() {
    let folder = repository();
    let wrote = run(folder.path(), &["init", "--uses", PINNED], &[]);
    assert_eq!((wrote.code, wrote.err.as_str()), (0, ""), "{}", wrote.out);
    assert!(wrote.out.contains(SETTINGS) && wrote.out.contains(WORKFLOW), "{}", wrote.out);
    assert!(!wrote.out.contains("Pin "), "{}", wrote.out);
    let judged = run(folder.path(), &["--mode", "blocking", "--format", "json"], &[]);
    let report = judged.json();
    assert_eq!(judged.code, 0, "{report:#}");
    assert_eq!(report["findings"].as_array().unwrap().len(), 0, "{report:#}");
}

#[test]
fn settings_say_what_is_there_today() {
    let folder = repository();
    folder.write("site.json", "{");
    assert_eq!(run(folder.path(), &["init"], &[]).code, 0);
    let settings = folder.read(SETTINGS);
    for expected in
        ["# 2 lockfiles: pass", "1 error", "required:\n      - Cargo.lock\n      - \"a: b/Cargo.lock\"\n"]
    {
        assert!(settings.contains(expected), "no {expected:?} in\n{settings}");
    }
    folder.write("a: b/Cargo.lock", "");
    std::fs::remove_file(folder.path().join("a: b/Cargo.lock")).unwrap();
    let judged = run(folder.path(), &["lockfile", "--format", "json"], &[]).json();
    let findings = judged["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["rule"] == "lockfile/missing"), "{judged:#}");
}

#[test]
fn a_tag_is_to_be_pinned() {
    let folder = Folder::new();
    let wrote = run(folder.path(), &["init", "--uses", "acme/ci-guard@v1"], &[]);
    assert!(wrote.out.contains("Pin `acme/ci-guard@v1`"), "{}", wrote.out);
    assert!(folder.read(WORKFLOW).contains("- uses: acme/ci-guard@v1\n"));
}

#[test]
fn nothing_is_replaced_unasked() {
    let folder = Folder::with(&[(WORKFLOW, "mine\n")]);
    let refused = run(folder.path(), &["init"], &[]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains(WORKFLOW) && refused.err.contains("--force"), "{}", refused.err);
    assert_eq!(folder.read(WORKFLOW), "mine\n");
    assert!(!folder.path().join(SETTINGS).exists(), "all or nothing");
    assert_eq!(run(folder.path(), &["init", "--force"], &[]).code, 0);
    assert!(folder.read(WORKFLOW).contains("uses: org/ci-guard@v1"));
}

#[test]
fn an_action_cannot_bring_lines() {
    let folder = Folder::new();
    let refused = run(folder.path(), &["init", "--uses", "a/b@v1\n      - run: curl evil"], &[]);
    assert_eq!(refused.code, 2, "{}", refused.out);
    assert!(!folder.path().join(".github").exists());
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_repository_is_not_followed() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join(".github")).unwrap();
    let refused = run(folder.path(), &["init"], &[]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("outside the repository"), "{}", refused.err);
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}
