//! Secrets in what people write of commits and in tags, and in archives of commits long gone; and that no command shows
//! one, wherever it is planted, however much it is asked to say.

use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::support::{Folder, Run, Step, git, run};

/// Made up, put together here so that nobody's scanner takes this file for a leak.
fn token(number: u8) -> String {
    format!(
        "ghp{}{}vQ2mZ7pLw4RtB8sJdYc3NfHg6TqWe5AuK",
        "_",
        ["kX9", "mY8", "nW7", "pV6", "qU5", "rT4", "sS3"][usize::from(number)]
    )
}

const IN_A_FILE: u8 = 0;
const IN_A_MESSAGE: u8 = 1;
const IN_A_TAG: u8 = 2;
const IN_AN_ARCHIVE: u8 = 3;
const IN_A_WORKFLOW: u8 = 4;
const IN_A_NAME: u8 = 5;
const IN_SETTINGS: u8 = 6;

fn commit(at: &Path, message: &str) -> String {
    git(at, &["add", "-A"]).unwrap();
    git(at, &["commit", "-qm", message]).unwrap();
    git(at, &["rev-parse", "HEAD"]).unwrap()
}

/// A repository with a canary wherever foreign text comes from, and the commit before all of them. `None` where there
/// is no git or no tar.
fn planted() -> Option<(Folder, String)> {
    let folder = Folder::with(&[("app.py", "print(1)\n")]);
    let at = folder.path().to_owned();
    git(&at, &["init", "-q", "-b", "main"])?;
    let base = commit(&at, "base");
    folder.write("app.py", format!("TOKEN = \"{}\"\n", token(IN_A_FILE)));
    commit(&at, &format!("Use the new token\n\nIt is {} and nobody else has it.", token(IN_A_MESSAGE)));
    git(&at, &["tag", "-a", "v1", "-m", &format!("First release\n\nmade with {}", token(IN_A_TAG))])?;
    folder.write("inner/settings.py", format!("TOKEN = \"{}\"\n", token(IN_AN_ARCHIVE)));
    let tar =
        std::process::Command::new("tar").args(["-czf", "build.tar.gz", "inner"]).current_dir(&at).status();
    tar.is_ok_and(|status| status.success()).then_some(())?;
    std::fs::remove_dir_all(at.join("inner")).unwrap();
    commit(&at, "build");
    std::fs::remove_file(at.join("build.tar.gz")).unwrap();
    let workflow = format!(
        "on: push\nenv: {{ A: {0}, A: {0} }}\njobs:\n  a:\n    runs-on: nowhere-{0}\n    steps:\n      - uses: a/b@{0}\n      \
         - run: curl -H 'Authorization: Bearer {0}' http://x | sh || true\n        {0}: 1\n",
        token(IN_A_WORKFLOW)
    );
    folder.write(".github/workflows/ci.yml", workflow);
    folder.write(&format!("keys/{}.txt", token(IN_A_NAME)), format!("{}\n", token(IN_A_NAME)));
    folder.write(
        ".gitleaks.toml",
        format!("[[rules]]\nid = \"{0}\"\nregex = '''{0}('''\n[{0}]\n", token(IN_SETTINGS)),
    );
    folder.write(
        "package.json",
        format!("{{\"dependencies\": {{\"a\": \"https://u:{0}@x.io/a.tgz\", \"a\": {0}", token(IN_SETTINGS)),
    );
    folder.write("package-lock.json", format!("{{\"lockfileVersion\": \"{}\"}}", token(IN_SETTINGS)));
    commit(&at, &format!("{}: work", token(IN_A_MESSAGE)));
    Some((folder, base))
}

/// What was found: the place, and the kind of the place.
fn found(run: &Run) -> Vec<(String, String)> {
    let report = run.json();
    let findings = report["findings"].as_array().unwrap().iter();
    let words = |finding: &serde_json::Value| {
        let kind = finding["location"]["kind"].as_str().unwrap().to_owned();
        (kind, finding["message"].as_str().unwrap().to_owned())
    };
    findings.filter(|finding| finding["rule"].as_str().unwrap().starts_with("secrets/")).map(words).collect()
}

fn count(found: &[(String, String)], kind: &str, part: &str) -> usize {
    found.iter().filter(|(place, message)| place == kind && message.contains(part)).count()
}

#[test]
fn messages_of_commits_and_tags_are_looked_through() {
    let Some((folder, base)) = planted() else { return eprintln!("skipped: there is no git or no tar") };
    let at = folder.path();
    let history = found(&run(at, &["check", "secrets", "--scan=history", "--format=json"], &[]));
    assert_eq!(count(&history, "message", "(line 3 of the message of commit "), 1, "{history:?}");
    assert_eq!(count(&history, "message", "(line 1 of the message of commit "), 1, "{history:?}");
    assert_eq!(count(&history, "message", "(line 3 of the message of tag "), 1, "{history:?}");
    let diff = run(at, &["check", "secrets", "--scan=diff", "--since", &base, "--format=json"], &[]);
    assert_eq!(count(&found(&diff), "message", "of the message of commit "), 2, "{diff:?}");
    assert!(diff.out.contains("every blob and message of 3 commits"), "{}", diff.out);
    // An entry of an ignore file has no path.
    let report = run(at, &["check", "secrets", "--scan=history", "--format=gitleaks"], &[]);
    let report = report.json();
    let entries =
        report.as_array().unwrap().iter().filter(|entry| entry["File"] == "" && entry["StartLine"] == 1);
    let prints: Vec<&str> = entries.map(|entry| entry["Fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), 1, "{report}");
    std::fs::remove_file(at.join(".gitleaks.toml")).unwrap();
    folder.write(".gitleaksignore", format!("{}\n", prints[0]));
    let history = found(&run(at, &["check", "secrets", "--scan=history", "--format=json"], &[]));
    assert_eq!(count(&history, "message", "(line 1 of the message of commit "), 0, "{history:?}");
}

#[test]
fn archives_of_old_commits_are_opened_on_request() {
    let Some((folder, base)) = planted() else { return eprintln!("skipped: there is no git or no tar") };
    let at = folder.path();
    let inside = "of `inner/settings.py` in this archive, commit ";
    for scan in [&["--scan=history"][..], &["--scan=diff", "--since", &base]] {
        let arguments = [&["check", "secrets", "--format=json"][..], scan].concat();
        assert_eq!(count(&found(&run(at, &arguments, &[])), "file", inside), 0, "{scan:?}");
        let arguments = [&arguments[..], &["--scan-archives"]].concat();
        let run = run(at, &arguments, &[]);
        assert_eq!(count(&found(&run), "file", inside), 1, "{scan:?} {run:?}");
    }
}

/// What a secret looks like: its beginning, and all of it in what others write.
fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let mut forms = vec![
        secret[..12].to_owned(),
        secret[20..].to_owned(),
        data_encoding::HEXLOWER.encode(&bytes[4..]),
        utf8_percent_encode(&secret[..12], NON_ALPHANUMERIC).to_string(),
    ];
    for start in 4..7 {
        let core = &bytes[start..];
        forms.push(data_encoding::BASE64_NOPAD.encode(&core[..core.len() / 3 * 3]));
    }
    forms
}

#[test]
fn no_command_shows_a_planted_secret() {
    let Some((folder, base)) = planted() else { return eprintln!("skipped: there is no git or no tar") };
    let at = folder.path();
    let canaries: Vec<(u8, String)> =
        (0..7).flat_map(|number| forms(&token(number)).into_iter().map(move |form| (number, form))).collect();
    let commands: &[&[&str]] = &[
        &["check"],
        &["check", "secrets"],
        &["check", "secrets", "--scan=history", "--scan-archives"],
        &["check", "secrets", "--scan=diff", "--since", &base, "--scan-archives"],
        &["check", "--strict", "--online"],
        &["simulate"],
        &["inventory"],
        &["lockfiles"],
        &["required", "list"],
        &["rules"],
    ];
    let outputs = Folder::new();
    for arguments in commands {
        for format in ["text", "json", "sarif", "github", "markdown", "junit", "gitleaks"] {
            let (step, file) =
                (Step::new(), format!("--output={format}={}", outputs.path().join(format).display()));
            let format = format!("--format={format}");
            let loud = [
                ("RUNNER_DEBUG", "1"),
                ("ACTIONS_STEP_DEBUG", "true"),
                ("RUST_LOG", "trace"),
                ("RUST_BACKTRACE", "full"),
                // Nobody answers there.
                ("GITHUB_API_URL", "http://127.0.0.1:9"),
                ("HTTPS_PROXY", "http://127.0.0.1:9"),
            ];
            let all = if arguments[0] == "check" { vec![format.as_str(), &file] } else { vec![] };
            let quiet = run(at, &[arguments, &all[..]].concat(), &loud);
            let inside = step.run(at, &[arguments, &all[..]].concat(), &loud);
            assert!(quiet.code < 4 && inside.code < 4, "{arguments:?} {quiet:?} {inside:?}");
            let written = std::fs::read_dir(outputs.path()).unwrap();
            let files: String =
                written.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
            let shown = [
                &quiet.out,
                &quiet.err,
                &inside.out,
                &inside.err,
                &files,
                &step.files.read("output"),
                &step.summary(),
            ]
            .map(String::as_str)
            .concat();
            for (number, canary) in &canaries {
                assert!(
                    !shown.contains(canary),
                    "{arguments:?} {format} shows canary {number}: `{canary}` in\n{shown}"
                );
            }
        }
    }
}
