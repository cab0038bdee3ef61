//! `checksum` and `check artifacts` as users run them: with other tools' lists, under tampering, in the action.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support;
use crate::support::{Folder, Step, run};
use ci_guard::checks::artifacts::list::{self, Hash};
use ci_guard::checks::artifacts::manifest;
use proptest::prelude::*;

/// Files with names that lists can carry everywhere, and some that need escapes.
const PLAIN: [&str; 7] = ["app-1.0.run", "a b", "-rf", "*star", "ä", "sub/x", "a (1) = b"];
const STRANGE: [&str; 4] = ["back\\slash", "new\nline", "carriage\rreturn", "\\"];

fn filled(names: &[&str]) -> Folder {
    let folder = Folder::new();
    for name in names {
        folder.write(&format!("dist/{name}"), name);
    }
    folder
}

/// What a tool writes for these files; `None` if it is not here, or does not know these options.
fn tool(folder: &Path, command: &[&str], names: &[&str]) -> Option<Vec<u8>> {
    let (program, options) = command.split_first().unwrap();
    let output = Command::new(program).args(options).arg("--").args(names).current_dir(folder).output();
    let output = output.ok().filter(|output| output.status.success());
    if output.is_none() {
        println!("skipped: `{}` is not here", command.join(" "));
    }
    output.map(|output| output.stdout)
}

#[test]
fn whatever_coreutils_and_their_kin_write_is_read() {
    let all: Vec<&str> = if cfg!(unix) { [&PLAIN[..], &STRANGE[..]].concat() } else { PLAIN.to_vec() };
    let folder = filled(&all);
    let dist = folder.path().join("dist");
    let tools: [(&[&str], &[&str]); 15] = [
        (&["sha256sum"], &all),
        (&["sha256sum", "--binary"], &all),
        (&["sha256sum", "--text"], &all),
        (&["sha256sum", "--tag"], &all),
        (&["sha256sum", "--zero"], &all),
        (&["sha256sum", "--tag", "--zero"], &all),
        (&["sha512sum"], &all),
        (&["sha512sum", "--tag"], &all),
        (&["sha384sum"], &all),
        (&["sha224sum"], &all),
        (&["cksum", "-a", "sha256"], &all),
        (&["cksum", "-a", "sha256", "--untagged"], &all),
        (&["cksum", "-a", "sha256", "--base64"], &all),
        (&["shasum", "-a", "256"], &all),
        (&["shasum", "-a", "512", "-b"], &all),
    ];
    for (command, names) in tools {
        let Some(text) = tool(&dist, command, names) else { continue };
        let read = list::parse(&text);
        assert_eq!(read.faults, [], "{command:?}");
        let found: Vec<&[u8]> =
            read.entries.iter().map(|entry| entry.name.as_ref().unwrap().as_bytes()).collect();
        let meant: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
        assert_eq!(found, meant, "{command:?}");
        assert!(read.entries.iter().all(|entry| matches!(entry.hash, Hash::Strong(_))), "{command:?}");
        folder.write("dist/LIST", &text);
        let checked = run(
            folder.path(),
            &["check", "artifacts", "--checksums=dist/LIST", "--strict", "--mode=blocking"],
            &[],
        );
        if names.contains(&"\\") {
            // A name that starts with a backslash is a root on Windows; everything else is verified.
            assert_eq!(
                checked.json_findings(folder.path(), "LIST"),
                ["artifacts/extra", "artifacts/unsafe-path"]
            );
        } else {
            assert_eq!(checked.code, 0, "{command:?}: {}", checked.out);
        }
    }
    if let Some(text) = tool(&dist, &["openssl", "dgst", "-sha256"], &["ä", "a b"]) {
        assert_eq!(list::parse(&text).entries.len(), 2);
    }
    if let Some(text) = tool(&dist, &["b2sum", "--tag"], &["ä"]) {
        assert!(matches!(&list::parse(&text).entries[0].hash, Hash::Unsupported(name) if name == "BLAKE2b"));
    }
    if let Some(text) = tool(&dist, &["md5sum"], &["ä"]) {
        assert_eq!(list::parse(&text).entries[0].hash, Hash::Weak("MD5"));
    }
}

trait Findings {
    fn json_findings(&self, folder: &Path, list: &str) -> Vec<String>;
}

impl Findings for support::Run {
    /// The rules of the same run, as JSON tells them.
    fn json_findings(&self, folder: &Path, list: &str) -> Vec<String> {
        let list = format!("--checksums=dist/{list}");
        let again =
            run(folder, &["check", "artifacts", &list, "--strict", "--mode=blocking", "--format=json"], &[]);
        assert_eq!(again.code, self.code);
        rules(&again)
    }
}

fn rules(run: &support::Run) -> Vec<String> {
    let findings = run.json()["findings"].clone();
    let mut rules: Vec<String> =
        findings.as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap().to_owned()).collect();
    rules.sort();
    rules
}

/// `sha256sum --check --strict` on a list of ours.
fn verify_with(program: &[&str], dist: &Path, list: &str) {
    let (name, options) = program.split_first().unwrap();
    let Ok(output) = Command::new(name).args(options).arg(list).current_dir(dist).output() else {
        return println!("skipped: `{name}` is not here");
    };
    assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn lists_of_ours_pass_other_tools() {
    let folder = filled(&PLAIN);
    let dist = folder.path().join("dist");
    let strict: &[&str] = &["sha256sum", "--check", "--strict", "--quiet"];
    let written = run(folder.path(), &["checksum", "dist", "--per-file"], &[]);
    assert_eq!(written.code, 0, "{}", written.out);
    verify_with(strict, &dist, "SHA256SUMS");
    verify_with(&["shasum", "-a", "256", "--check"], &dist, "SHA256SUMS");
    verify_with(strict, &dist, "./a b.sha256");
    verify_with(strict, &dist.join("sub"), "x.sha256");
    let text = folder.read("dist/SHA256SUMS");
    let mut names: Vec<&str> = text.lines().map(|line| &line[66..]).collect();
    let in_order = names.clone();
    names.sort_unstable();
    assert_eq!(names, in_order);
    if let Some(theirs) = tool(&dist, &["sha256sum"], &names) {
        assert_eq!(text.as_bytes(), theirs);
    }
    assert_eq!(run(folder.path(), &["checksum", "dist", "--tag", "!dist/**/*.sha256"], &[]).code, 0);
    verify_with(strict, &dist, "SHA256SUMS");
    assert!(folder.read("dist/SHA256SUMS").starts_with("SHA256 (*star) = "));
}

#[cfg(unix)]
#[test]
fn escaped_lists_pass_coreutils_and_come_back() {
    let folder = filled(&["plain", "back\\slash", "new\nline", "carriage\rreturn"]);
    let dist = folder.path().join("dist");
    let refused = run(folder.path(), &["checksum", "dist", "--format=json"], &[]);
    assert_eq!((refused.code, rules(&refused)), (1, vec!["checksum/unportable-name".to_owned(); 3]));
    for options in [&["--escape"][..], &["--escape", "--tag"]] {
        let written =
            run(folder.path(), &[&["checksum", "dist", "--manifest=dist/m.json"], options].concat(), &[]);
        assert_eq!(written.code, 0, "{}", written.out);
        verify_with(&["sha256sum", "--check", "--strict", "--quiet"], &dist, "SHA256SUMS");
        let list =
            ["check", "artifacts", "--checksums=dist/SHA256SUMS", "--manifest=dist/m.json", "--strict"];
        let checked = run(folder.path(), &[&list[..], &["--mode=blocking"]].concat(), &[]);
        assert_eq!(checked.code, 0, "{}", checked.out);
    }
}

#[test]
fn a_refused_list_leaves_what_stood_there() {
    let folder = filled(&["a", "b"]);
    folder.write("dist/SHA256SUMS", "old");
    let refused = run(folder.path(), &["checksum", "dist/*", "dist/*.bin", "--manifest=m.json"], &[]);
    assert_eq!(refused.code, 1);
    assert_eq!(folder.read("dist/SHA256SUMS"), "old");
    assert!(!folder.path().join("m.json").exists());
    assert_eq!(run(folder.path(), &["checksum", "dist/*"], &[]).code, 0);
    let entries = std::fs::read_dir(folder.path().join("dist")).unwrap();
    let names: BTreeSet<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(
        names,
        BTreeSet::from(["a", "b", "SHA256SUMS"].map(str::to_owned)),
        "nothing temporary is left"
    );
}

#[test]
fn what_cannot_be_written_is_not_passed() {
    let folder = filled(&["a"]);
    folder.write("dist/LIST/in-the-way", "x");
    folder.write("file", "x");
    let run = |arguments: &[&str]| run(folder.path(), &[&["checksum", "dist/a"], arguments].concat(), &[]);
    for list in ["--checksums=file/SHA256SUMS", "--manifest=file/m.json"] {
        let result = run(&[list]);
        assert!(result.code == 3 || result.code == 1, "{list}: {}", result.out);
        assert!(!folder.path().join("dist/SHA256SUMS").exists(), "the list is written last");
    }
    let result = run(&["--checksums=dist/LIST"]);
    assert_eq!(result.code, 3, "{}", result.out);
    assert!(result.out.contains("`dist/LIST` could not be written"), "{}", result.out);
    assert!(!result.out.contains("lists 1 artifact"), "{}", result.out);
    let same = run(&["--checksums=dist/x", "--manifest=dist/x"]);
    assert_eq!(same.code, 2, "{}", same.out);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(std::env::temp_dir(), folder.path().join("out")).unwrap();
        assert_eq!(run(&["--checksums=out/SHA256SUMS"]).code, 1);
        assert_eq!(run(&["--manifest=out/manifest.json"]).code, 1);
    }
}

#[test]
fn later_steps_get_the_list_the_manifest_and_the_subjects() {
    let workspace = filled(&["app.bin", "my app.img"]);
    workspace.write("pkg/dist/x.bin", "x");
    let step = Step::new();
    let variables = [
        ("INPUT_COMMAND", "checksum"),
        ("INPUT_ARTIFACTS", "dist/*\n  !dist/*.map\n"),
        ("INPUT_MANIFEST", "dist/manifest.json"),
        ("GITHUB_RUN_ID", "42"),
        ("GITHUB_RUN_ATTEMPT", "2"),
        ("GITHUB_REF", "refs/tags/v1"),
        ("GITHUB_WORKFLOW_REF", "org/repo/.github/workflows/release.yml@refs/tags/v1"),
        ("SOURCE_DATE_EPOCH", "1700000000"),
    ];
    let result = step.run(workspace.path(), &["action"], &variables);
    assert_eq!(result.code, 0, "{}", result.out);
    let outputs = step.outputs();
    assert_eq!(outputs["checksums"], "dist/SHA256SUMS");
    assert_eq!(outputs["manifest"], "dist/manifest.json");
    let subjects = data_encoding::BASE64.decode(outputs["subjects"].as_bytes()).unwrap();
    assert_eq!(String::from_utf8(subjects).unwrap(), workspace.read("dist/SHA256SUMS"));
    let summary = step.summary();
    assert!(summary.contains("| SHA-256 | size | name |") && summary.contains("`my app.img` |"), "{summary}");
    let manifest = manifest::parse(workspace.read("dist/manifest.json").as_bytes()).unwrap();
    let build = &manifest.build;
    assert_eq!(build.repository.as_deref(), Some("org/repo"));
    assert_eq!(build.commit.as_deref(), Some("0123456789abcdef0123456789abcdef01234567"));
    assert_eq!(build.git_ref.as_deref(), Some("refs/tags/v1"));
    assert_eq!(build.source_date_epoch, Some(1_700_000_000));
    let run = build.run.as_ref().unwrap();
    assert_eq!((run.id, run.attempt), (42, 2));
    assert_eq!(run.url, "https://github.example/org/repo/actions/runs/42/attempts/2");
    assert_eq!(manifest.artifacts[0].path, "dist/app.bin");

    let step = Step::new();
    let variables =
        [("INPUT_COMMAND", "checksum"), ("INPUT_ARTIFACTS", "dist/*"), ("INPUT_WORKING-DIRECTORY", "pkg")];
    assert_eq!(step.run(workspace.path(), &["action"], &variables).code, 0);
    assert_eq!(step.outputs()["checksums"], "pkg/dist/SHA256SUMS");

    let step = Step::new();
    let variables = [("INPUT_COMMAND", "checksum"), ("INPUT_ARTIFACTS", "dist/*.deb")];
    assert_eq!(step.run(workspace.path(), &["action"], &variables).code, 1);
    let outputs = step.outputs();
    assert_eq!(outputs["verdict"], "fail");
    assert!(!outputs.contains_key("checksums") && !outputs.contains_key("subjects"));
}

#[test]
fn the_manifest_has_a_schema() {
    let folder = Folder::new();
    let schema = run(folder.path(), &["schema", "--of=manifest"], &[]).json();
    assert_eq!(schema["title"], "ci-guard manifest");
    assert_eq!(schema["properties"]["schema"]["const"], 1);
    assert_eq!(run(folder.path(), &["schema"], &[]).json()["title"], "ci-guard settings");
    let page = run(folder.path(), &["explain", "checksum"], &[]);
    assert!(page.code == 0 && page.out.contains("checksum/no-match"));
}

/// What somebody did to a release, the rule that notices, and words of the message.
type Tampering = (&'static str, fn(&Folder), &'static str, &'static str);

const TAMPERINGS: [Tampering; 36] = [
    (
        "a byte was changed",
        |f| drop(f.write("dist/app.bin", "a Wheel\n")),
        "corrupt",
        "it has the size that was listed",
    ),
    (
        "the end was cut off",
        |f| drop(f.write("dist/app.bin", "a whe")),
        "corrupt",
        "truncated: 5 bytes instead of 8",
    ),
    (
        "something was added",
        |f| drop(f.write("dist/app.bin", "a wheel\n\n")),
        "corrupt",
        "has grown: 9 bytes instead of 8",
    ),
    ("it was emptied", |f| drop(f.write("dist/app.bin", "")), "corrupt", "is empty; its SHA-256"),
    (
        "two were swapped",
        |f| {
            f.write("dist/app.bin", "a tarball\n");
            f.write("dist/app.app", "a wheel\n");
        },
        "corrupt",
        "`dist/app.bin` holds what is listed as `dist/app.app`",
    ),
    (
        "one overwrote the other",
        |f| drop(f.write("dist/app.app", "a wheel\n")),
        "corrupt",
        "`dist/app.app` holds what is listed as `dist/app.bin`",
    ),
    (
        "one is missing",
        |f| std::fs::remove_file(f.path().join("dist/app.bin")).unwrap(),
        "missing",
        "is listed and not there",
    ),
    (
        "one was renamed",
        |f| rename(f, "dist/app.bin", "dist/app-2.bin"),
        "renamed",
        "`dist/app-2.bin` is the same file",
    ),
    (
        "one was moved",
        |f| {
            std::fs::create_dir(f.path().join("dist/old")).unwrap();
            rename(f, "dist/app.bin", "dist/old/app.bin");
        },
        "renamed",
        "`dist/old/app.bin` is the same file",
    ),
    (
        "case was changed",
        |f| {
            rename(f, "dist/app.bin", "dist/t");
            rename(f, "dist/t", "dist/APP.bin");
        },
        "renamed",
        "`dist/APP.bin` is the same file",
    ),
    (
        "one became a folder",
        |f| {
            std::fs::remove_file(f.path().join("dist/app.bin")).unwrap();
            f.write("dist/app.bin/x", "");
        },
        "missing",
        "is listed as a file, and is a folder",
    ),
    ("a file was added", |f| drop(f.write("dist/evil.sh", "x")), "extra", "`dist/evil.sh` is not listed"),
    ("a hidden file was added", |f| drop(f.write("dist/.env", "x")), "extra", "`dist/.env` is not listed"),
    (
        "a file was added deep down",
        |f| drop(f.write("dist/a/b/c", "x")),
        "extra",
        "`dist/a/b/c` is not listed",
    ),
    (
        "a copy was added",
        |f| drop(f.write("dist/copy.bin", "a wheel\n")),
        "extra",
        "`dist/copy.bin` is not listed",
    ),
    (
        "a signature of nothing was added",
        |f| drop(f.write("dist/evil.sig", "x")),
        "extra",
        "`dist/evil.sig` is not listed",
    ),
    (
        "the list was emptied",
        |f| drop(f.write("dist/SHA256SUMS", "")),
        "empty-list",
        "`dist/SHA256SUMS` lists nothing",
    ),
    (
        "the list holds comments only",
        |f| drop(f.write("dist/SHA256SUMS", "# none\n\n")),
        "empty-list",
        "so nothing is verified",
    ),
    (
        "the list is a page of HTML",
        |f| drop(f.write("dist/SHA256SUMS", "<html>\n<p>\n</html>\n")),
        "malformed-line",
        "none of its 3 lines can be read",
    ),
    (
        "the list is UTF-16",
        |f| drop(f.write("dist/SHA256SUMS", [0xff, 0xfe, b'a', 0])),
        "malformed-line",
        "UTF-16",
    ),
    ("a digest was cut", |f| edit(f, |l| l[1..].to_owned()), "malformed-line", "63 hex digits are no digest"),
    (
        "a digit was doubled",
        |f| edit(f, |l| format!("0{l}")),
        "malformed-line",
        "65 hex digits are no digest",
    ),
    (
        "a digit became a letter",
        |f| edit(f, |l| format!("g{}", &l[1..])),
        "malformed-line",
        "a character that is no hex digit",
    ),
    ("a line lost its name", |f| edit(f, |l| l[..64].to_owned()), "malformed-line", "the line names no file"),
    (
        "a name became standard input",
        |f| edit(f, |l| format!("{}-", &l[..66])),
        "malformed-line",
        "`-` stands for standard input",
    ),
    (
        "an escape is unknown",
        |f| edit(f, |l| format!("\\{l}\\t")),
        "malformed-line",
        "an escape that is none of",
    ),
    (
        "a tag has the wrong digest",
        |f| edit(f, |l| format!("SHA512 (app.app) = {}", &l[..64])),
        "malformed-line",
        "not one of SHA-512, which has 128",
    ),
    (
        "a line is listed again, otherwise",
        |f| append(f, &format!("{}  app.bin\n", "0".repeat(64))),
        "duplicate-entry",
        "listed twice, with different digests",
    ),
    (
        "and in another spelling",
        |f| append(f, &format!("{}  ./app.bin\n", "0".repeat(64))),
        "duplicate-entry",
        "`dist/app.bin` is listed twice, with different digests",
    ),
    (
        "the list has MD5 only",
        |f| edit(f, |l| format!("{}  app.app", &l[..32])),
        "weak-hash",
        "is listed with MD5 only",
    ),
    (
        "the list has SHA-1 only",
        |f| edit(f, |l| format!("{}  app.app", &l[..40])),
        "weak-hash",
        "is listed with SHA-1 only",
    ),
    (
        "a name is absolute",
        |f| edit(f, |l| format!("{}/etc/hostname", &l[..66])),
        "unsafe-path",
        "`/etc/hostname` is not followed: it is absolute",
    ),
    (
        "a name leads up",
        |f| edit(f, |l| format!("{}../app.app", &l[..66])),
        "unsafe-path",
        "it leads up with `..`",
    ),
    (
        "a name leads up on Windows",
        |f| edit(f, |l| format!("{}x\\..\\..\\y", &l[..66])),
        "unsafe-path",
        "`x\\..\\..\\y` is not followed",
    ),
    (
        "a name has a drive",
        |f| edit(f, |l| format!("{}C:app.app", &l[..66])),
        "unsafe-path",
        "starts with a drive letter",
    ),
    (
        "the manifest is of another build",
        |f| {
            let text = f.read("dist/manifest.json").replace("app.app", "lib.run");
            f.write("dist/manifest.json", text);
        },
        "lists-disagree",
        "is in `dist/manifest.json` and not in `dist/SHA256SUMS`",
    ),
];

fn rename(folder: &Folder, from: &str, to: &str) {
    std::fs::rename(folder.path().join(from), folder.path().join(to)).unwrap();
}

/// Changes the first line of the list.
fn edit(folder: &Folder, change: impl Fn(&str) -> String) {
    let text = folder.read("dist/SHA256SUMS");
    let (first, rest) = text.split_once('\n').unwrap();
    folder.write("dist/SHA256SUMS", format!("{}\n{rest}", change(first)));
}

fn append(folder: &Folder, line: &str) {
    let text = folder.read("dist/SHA256SUMS") + line;
    folder.write("dist/SHA256SUMS", text);
}

#[test]
fn tampering_is_noticed_and_named() {
    let manifest = "--manifest=dist/manifest.json";
    let check =
        ["check", "artifacts", "--checksums=dist/SHA256SUMS", "--strict", "--mode=blocking", "--format=json"];
    let mut failures = Vec::new();
    for (what, tamper, rule, words) in TAMPERINGS {
        let folder = Folder::with(&[("dist/app.bin", "a wheel\n"), ("dist/app.app", "a tarball\n")]);
        assert_eq!(run(folder.path(), &["checksum", "dist/*", manifest], &[]).code, 0);
        assert_eq!(run(folder.path(), &[&check[..], &[manifest]].concat(), &[]).code, 0);
        tamper(&folder);
        // The manifest's SHA-256 makes up for a weak hash in the list.
        let with = if rule == "weak-hash" { &[][..] } else { &[manifest][..] };
        let result = run(folder.path(), &[&check[..], with].concat(), &[]);
        let findings = result.json()["findings"].clone();
        let told = findings.as_array().unwrap().iter().any(|finding| {
            finding["rule"] == format!("artifacts/{rule}")
                && finding["message"].as_str().unwrap().contains(words)
                && finding["blocking"] == true
        });
        if result.code != 1 || !told {
            failures.push(format!("{what}: exit {}, {findings:#}", result.code));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let messages: BTreeSet<&str> = TAMPERINGS.iter().map(|(_, _, _, words)| *words).collect();
    assert_eq!(messages.len(), TAMPERINGS.len(), "each is told in words of its own");
}

#[test]
fn a_hostile_list_does_not_fill_the_report() {
    let folder = Folder::new();
    let lines = |n: usize| format!("{}  ../{n}\n", "0".repeat(64));
    folder.write("dist/SHA256SUMS", (0..700).map(lines).collect::<String>());
    let result = run(folder.path(), &["check", "artifacts", "--mode=blocking", "--format=json"], &[]);
    let findings = result.json()["findings"].clone();
    let findings = findings.as_array().unwrap();
    assert_eq!((result.code, findings.len()), (1, 501));
    let told = |finding: &serde_json::Value| {
        finding["message"].as_str().unwrap().ends_with("and 199 more findings like it")
    };
    assert!(findings.iter().any(told));
}

#[test]
fn a_comment_in_a_list_excuses_nothing() {
    let folder = filled(&["app.bin"]);
    let digest = "0".repeat(32);
    for list in [
        format!("# ci-guard: ignore[artifacts/weak-hash] it is fine\n{digest}  app.bin\n"),
        format!("{digest}  app.bin # ci-guard: ignore[artifacts/weak-hash] it is fine\n"),
    ] {
        folder.write("dist/SHA256SUMS", &list);
        let result = run(folder.path(), &["check", "artifacts", "--mode=blocking"], &[]);
        assert_eq!(result.code, 1, "{}", result.out);
    }
}

#[test]
fn a_missing_expected_file_is_told_apart_from_an_unlisted_one() {
    let folder = filled(&["app.bin"]);
    assert_eq!(run(folder.path(), &["checksum", "dist/*"], &[]).code, 0);
    folder.write("dist/app.deb", "x");
    let check = |pattern: &str| {
        let expect = format!("--expect={pattern}");
        let result =
            run(folder.path(), &["check", "artifacts", &expect, "--mode=blocking", "--format=json"], &[]);
        let findings = result.json()["findings"].clone();
        (result.code, findings[0]["message"].as_str().unwrap_or_default().to_owned())
    };
    for pattern in ["app.bin", "*.bin", "dist/*.bin", "**/*.bin", "./dist/app.bin"] {
        assert_eq!(check(pattern).0, 0, "{pattern}");
    }
    assert_eq!(check("*.deb"), (1, "`dist/app.deb` is expected, and no list names it".to_owned()));
    assert_eq!(check("*.rpm"), (1, "`*.rpm` is expected, and there is no such file".to_owned()));
}

#[test]
fn files_of_git_are_not_extra_beside_a_list_in_the_root() {
    let folder = Folder::with(&[
        ("app.bin", "x"),
        ("README.md", "# x\n"),
        ("src/main.rs", "fn main() {}\n"),
        (".gitignore", "*.bin\nSHA256SUMS\n"),
    ]);
    if support::git(folder.path(), &["init", "-q"]).is_none() {
        return println!("skipped: git is not here");
    }
    support::git(folder.path(), &["add", "-A"]);
    support::git(folder.path(), &["commit", "-qm", "x"]);
    assert_eq!(run(folder.path(), &["checksum", "app.bin"], &[]).code, 0);
    let check = ["check", "artifacts", "--strict", "--mode=blocking"];
    let clean = run(folder.path(), &check, &[]);
    assert_eq!(clean.code, 0, "{}", clean.out);
    folder.write("evil.bin", "x");
    assert_eq!(run(folder.path(), &check, &[]).code, 1);
}

#[cfg(unix)]
#[test]
fn a_pipe_among_the_artifacts_does_not_hang_anything() {
    let folder = filled(&["a"]);
    let pipe = folder.path().join("dist/pipe");
    if !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        return println!("skipped: mkfifo is not here");
    }
    let refused = run(folder.path(), &["checksum", "dist/*", "--format=json"], &[]);
    assert_eq!(rules(&refused), ["checksum/not-a-file"]);
    let digest = "0".repeat(64);
    folder.write("dist/SHA256SUMS", format!("{digest}  pipe\n"));
    let checked =
        run(folder.path(), &["check", "artifacts", "--strict", "--mode=blocking", "--format=json"], &[]);
    assert_eq!(rules(&checked), ["artifacts/extra", "artifacts/missing"]);
    let list = run(folder.path(), &["check", "artifacts", "--checksums=dist/pipe", "--mode=blocking"], &[]);
    assert_eq!(list.code, 3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_checksum_lists_the_check_verifies(
        files in prop::collection::btree_map("[a-z]{1,3}(/[a-zäß!?*\\[ ()=#-]{1,6}x){0,2}", prop::collection::vec(any::<u8>(), 1..40), 1..8),
        tag: bool,
    ) {
        let folder = Folder::new();
        for (name, content) in &files {
            let place = folder.path().join("dist").join(name);
            // A name can be that of a folder of another.
            if std::fs::create_dir_all(place.parent().unwrap()).is_ok() && !place.exists() {
                let _ = std::fs::write(&place, content);
            }
        }
        let tag: &[&str] = if tag { &["--tag"] } else { &[] };
        let written = run(folder.path(), &[&["checksum", "dist", "--checksums=dist/SHA256SUMS", "--manifest=m.json"], tag].concat(), &[]);
        if !written.out.contains("starts or ends with a space") {
            prop_assert_eq!(written.code, 0, "{}", written.out);
            let list = ["check", "artifacts", "--checksums=dist/SHA256SUMS", "--manifest=m.json", "--strict", "--mode=blocking"];
            let checked = run(folder.path(), &list, &[]);
            prop_assert_eq!(checked.code, 0, "{}", checked.out);
        }
    }
}
