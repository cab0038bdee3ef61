//! Statements of in-toto: the one that a gate writes about what it verified, and those that artifacts are held against.

use crate::support::{self, Folder, Step, git, run};
use data_encoding::BASE64;
use serde_json::{Value, json};

/// An artifact with its list and its statement.
fn release() -> Folder {
    let folder = Folder::with(&[("dist/a.bin", "one"), ("dist/b c.bin", "two")]);
    let image = format!("ghcr.io/o/app@sha256:{}", "AB".repeat(32));
    let arguments = [
        "checksum",
        "dist/*.bin",
        "--statement=dist/artifacts.intoto.json",
        "--manifest=dist/manifest.json",
        "--container",
        &image,
    ];
    let written = run(folder.path(), &arguments, &[]);
    assert_eq!(written.code, 0, "{}", written.out);
    assert!(
        written.out.contains("ghcr.io/o/app") && written.out.contains(&"ab".repeat(32)),
        "{}",
        written.out
    );
    folder
}

const CHECK: [&str; 3] = ["check", "artifacts", "--mode=blocking"];

fn gate(folder: &Folder, more: &[&str]) -> (i32, Value) {
    let arguments = [&CHECK[..], &["--output=in-toto=gate.intoto.json"], more].concat();
    let run = run(folder.path(), &arguments, &[]);
    let gate = serde_json::from_str(&folder.read("gate.intoto.json")).unwrap();
    support::expect_schema("gate.schema.json", &gate);
    (run.code, gate)
}

#[test]
fn what_was_verified_is_stated() {
    let folder = release();
    folder.write(".github/ci-guard.yml", "version: 1\n");
    let (code, stated) = gate(&folder, &["--checksums=dist/SHA256SUMS"]);
    assert_eq!((code, &stated["predicate"]["result"]), (0, &json!("PASSED")));
    assert_eq!(stated["subject"][0]["name"], "a.bin");
    // SHA-256 of "one".
    let one = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
    assert_eq!(stated["subject"][0]["digest"]["sha256"], one);
    assert_eq!(stated["subject"].as_array().unwrap().len(), 2);
    assert_eq!(stated["predicate"]["passedTests"], json!(["artifacts"]));
    assert_eq!(stated["predicate"]["configuration"][0]["name"], ".github/ci-guard.yml");
    // What is corrupt is no subject, and the result says so.
    folder.write("dist/a.bin", "One");
    let (code, stated) = gate(&folder, &["--checksums=dist/SHA256SUMS"]);
    assert_eq!((code, &stated["predicate"]["result"]), (1, &json!("FAILED")));
    assert_eq!(stated["predicate"]["failedTests"], json!(["artifacts/corrupt"]));
    assert_eq!(
        (stated["subject"].as_array().unwrap().len(), &stated["subject"][0]["name"]),
        (1, &json!("b c.bin"))
    );
}

#[test]
fn of_nothing_there_is_no_statement() {
    let folder = Folder::with(&[("a.txt", "x")]);
    let run = run(folder.path(), &["check", "files", "--output=in-toto=gate.intoto.json"], &[]);
    assert_eq!(run.code, 3, "{}", run.out);
    assert!(run.err.contains("no commit and no verified artifact"), "{}", run.err);
    assert!(!folder.path().join("gate.intoto.json").exists());
    let run = support::run(folder.path(), &["check", "files", "--format=in-toto"], &[]);
    assert_eq!((run.code, run.out.as_str()), (3, ""));
}

#[test]
fn the_commit_is_a_subject_and_what_could_not_be_looked_at_is_no_pass() {
    let folder = Folder::with(&[("a.txt", "x")]);
    let at = folder.path();
    let Some(_) = git(at, &["init", "-q"]) else { return eprintln!("skipped: there is no git") };
    git(at, &["add", "-A"]).unwrap();
    git(at, &["commit", "-qm", "x"]).unwrap();
    let head = git(at, &["rev-parse", "HEAD"]).unwrap();
    let (code, stated) = gate(&folder, &[]);
    assert_eq!((code, &stated["predicate"]["result"]), (3, &json!("FAILED")));
    assert_eq!(stated["predicate"]["failedTests"], json!(["artifacts"]));
    assert_eq!(stated["subject"][0]["digest"]["gitCommit"], head.trim());
    let advisory = ["check", "artifacts", "--mode=advisory", "--format=in-toto"];
    let stated = run(at, &advisory, &[]).json();
    assert_eq!(stated["predicate"]["result"], "WARNED", "{stated}");
}

#[test]
fn later_steps_get_the_statement() {
    let folder = release();
    let step = Step::new();
    let variables = [
        ("INPUT_COMMAND", "check"),
        ("INPUT_CHECKS", "artifacts"),
        ("INPUT_CHECKSUMS", "dist/SHA256SUMS"),
        ("GITHUB_RUN_ID", "7"),
        ("GITHUB_RUN_ATTEMPT", "2"),
        ("GITHUB_REPOSITORY", "o/r"),
        ("GITHUB_SERVER_URL", "https://github.com"),
    ];
    let run = step.run(folder.path(), &["action"], &variables);
    assert_eq!(run.code, 0, "{}", run.out);
    let text = std::fs::read_to_string(&step.outputs()["gate"]).unwrap();
    let stated: Value = serde_json::from_str(&text).unwrap();
    support::expect_schema("gate.schema.json", &stated);
    assert_eq!(stated["predicate"]["url"], "https://github.com/o/r/actions/runs/7/attempts/2");
}

#[test]
fn artifacts_are_held_against_statements() {
    let folder = release();
    let statement: Value = serde_json::from_str(&folder.read("dist/artifacts.intoto.json")).unwrap();
    let mut files = statement;
    files["subject"].as_array_mut().unwrap().push(json!({"name": "git", "digest": {"gitCommit": "00"}}));
    let text = files.to_string();
    let envelope =
        json!({"payload": BASE64.encode(text.as_bytes()), "payloadType": "application/vnd.in-toto+json"});
    let bundle = json!({"mediaType": "x", "dsseEnvelope": envelope});
    std::fs::remove_file(folder.path().join("dist/SHA256SUMS")).unwrap();
    for (name, text) in [
        ("dist/bare.intoto.json", text.clone()),
        ("dist/lines.intoto.jsonl", format!("{envelope}\n{envelope}\n")),
        ("dist/a.sigstore.json", bundle.to_string()),
    ] {
        folder.write(name, &text);
        for option in ["--manifest", "--checksums"] {
            let given = format!("{option}={name}");
            let passed = run(folder.path(), &[&CHECK[..], &[&given]].concat(), &[]);
            assert_eq!(passed.code, 0, "{name}: {}", passed.out);
            assert!(passed.out.contains("2 artifacts"), "{}", passed.out);
            assert_eq!(
                passed.out.contains("was not verified"),
                name != "dist/bare.intoto.json",
                "{}",
                passed.out
            );
        }
    }
    folder.write("dist/a.bin", "One");
    let given = "--manifest=dist/bare.intoto.json";
    let failed = run(folder.path(), &[&CHECK[..], &[given]].concat(), &[]);
    assert!(failed.code == 1 && failed.out.contains("artifacts/corrupt"), "{}", failed.out);
    for (what, text) in [
        ("no subject", r#"{"_type":"https://in-toto.io/Statement/v1"}"#.to_owned()),
        ("nothing", r#"{"_type":"https://in-toto.io/Statement/v1","subject":[]}"#.to_owned()),
        ("cut off", text[..text.len() / 2].to_owned()),
        ("a broken payload", r#"{"payload":"AAAA"}"#.to_owned()),
    ] {
        folder.write("dist/bare.intoto.json", &text);
        let failed = run(folder.path(), &[&CHECK[..], &[given]].concat(), &[]);
        assert_eq!(failed.code, 1, "{what}: {}", failed.out);
    }
}

#[test]
fn containers_are_named_by_their_digest_only() {
    let folder = Folder::with(&[("dist/a", "x")]);
    for wrong in ["ghcr.io/o/app:latest", "app@sha256:abc", "@sha256:00", "a b@sha256:00"] {
        let run = run(folder.path(), &["checksum", "dist/a", "--container", wrong], &[]);
        assert!(run.code == 2 && run.err.contains("NAME@sha256:DIGEST"), "{wrong}: {}", run.err);
    }
}
