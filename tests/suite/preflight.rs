//! The `preflight` check from outside: no value gets out, what is masked is masked first, and the outputs say what
//! later steps need.

use crate::support;
use crate::support::{Folder, Step};
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER};

/// Nobody's secret. It stands in every value below, and must stand nowhere else.
const CANARY: &str = "cAnArY7vLw5Rs8YdNfHg";

/// An entry and a value for it, of every class that the check tells apart.
fn classes() -> Vec<(&'static str, String)> {
    let c = CANARY;
    let pem = |body: &str| format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    let kubeconfig = format!(
        "apiVersion: v1\nclusters:\n- name: c\n  cluster: {{server: 'https://k'}}\ncontexts:\n- name: x\n  \
         context: {{cluster: c, user: u}}\ncurrent-context: {c}\nusers:\n- name: u\n  user:\n    token: {c}\n"
    );
    let mut classes = vec![
        ("K", c.to_owned()),
        ("K", format!("{c}\n")),
        ("K", format!(" {c}")),
        ("K", format!("\"{c}\"")),
        ("K", format!("K={c}")),
        ("K", format!("Bearer {c}")),
        ("K", format!("\u{feff}{c}")),
        ("K", format!("\u{1b}[31m{c}\u{1b}[0m")),
        ("K", format!("{c}%2F{c}")),
        ("K", format!("<{c}>")),
        ("K", format!("${{{{ secrets.{c} }}}}")),
        ("K", format!("${{{c}}}")),
        ("K", format!("op://vault/{c}")),
        ("K", format!("insert-{}-here", "canary")),
        ("K: secret", c[..3].to_owned()),
        ("K: text", c.to_owned()),
        ("K: min-length=100", c.to_owned()),
        ("K: one-of(a|b)", c.to_owned()),
        ("K: /[a-z]+/", c.to_owned()),
        ("K: url", format!("https://u:{c}@host:99999/{c}")),
        ("K: url", format!("https://host/?token={c}")),
        ("K: dsn", format!("postgres://{c}:p@{c}@host/{c}")),
        ("K: postgres-url", format!("mysql://{c}@{c}/{c}")),
        ("K: json", format!("{{\"password\": \"{c}\", {c}}}")),
        ("K: json", format!("{{\n  \"password\": \"{c}\",\n  \"a\\tb\": \"x\\n{c}\"\n}}\n")),
        ("K: pem", pem(c)),
        ("K: pem", format!("-----BEGIN PRIVATE KEY-----\\n{c}")),
        ("K: pem", format!("ssh-ed25519 {c}")),
        ("K: kubeconfig", kubeconfig.clone()),
        ("K: kubeconfig", BASE64_NOPAD.encode(kubeconfig.as_bytes())),
        ("K: file", format!("/no/{c}")),
        ("K: jwt", format!("{c}.{c}.{c}")),
        ("K: age", format!("AGE-SECRET-KEY-1{c}")),
        ("K: pypi", format!("pypi-{c}")),
        ("K: gcp-service-account-json", format!("{{\"type\":\"service_account\",\"private_key\":\"{c}\"}}")),
        ("GH_TOKEN", format!("ghp_{c}")),
        ("NPM_TOKEN", c.to_owned()),
        ("OPENAI_API_KEY", format!("sk-ant-{c}")),
        ("STRIPE_SECRET_KEY", format!("pk_live_{c}")),
        ("AZURE_CLIENT_ID", c.to_owned()),
    ];
    for kind in ["port", "integer", "boolean", "duration", "email", "hex", "base64", "uuid"] {
        classes.push((Box::leak(format!("K: {kind}").into_boxed_str()), format!("{c}!")));
    }
    classes
}

/// Every form in which a value could leave.
fn forms(value: &str) -> Vec<String> {
    let bytes = value.as_bytes();
    let mut forms = vec![
        value.to_owned(),
        value.chars().rev().collect(),
        value.to_lowercase(),
        value.to_uppercase(),
        HEXLOWER.encode(bytes),
        value.chars().map(|c| format!("&#{};", c as u32)).collect(),
        value.chars().map(|c| format!("\\u{:04x}", c as u32)).collect(),
    ];
    for shift in 0..3 {
        let core = &bytes[shift..];
        let core = &core[..core.len() / 3 * 3];
        forms.push(BASE64_NOPAD.encode(core));
        forms.push(BASE64URL_NOPAD.encode(core));
    }
    // Markdown and terminals get characters in between that nobody sees.
    forms
}

#[track_caller]
fn assert_hidden(text: &str, what: &str) {
    let visible: String = text.chars().filter(|c| !matches!(c, '\u{2060}' | '\u{200b}' | '\\')).collect();
    let visible_lower = visible.to_lowercase();
    for form in forms(CANARY) {
        assert!(!text.contains(&form) && !visible.contains(&form), "{what} shows a value:\n{text}");
        assert!(!visible_lower.contains(&form.to_lowercase()), "{what} shows a value:\n{text}");
    }
    for part in [&CANARY[..8], &CANARY[6..14], &CANARY[12..]] {
        assert!(!visible.contains(part), "{what} shows a part of a value:\n{text}");
    }
}

fn read_all(folder: &std::path::Path, what: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, what);
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            assert_hidden(&text, &format!("{what}: {}", path.display()));
        }
    }
}

const OUTPUTS: [&str; 6] = ["text", "json", "sarif", "github", "markdown", "junit"];

#[test]
fn no_value_gets_out_on_the_command_line() {
    for (entry, value) in classes() {
        let what = format!("{entry} = {value:?}");
        let folder = Folder::new();
        let name = entry.split(':').next().unwrap();
        let mut arguments = vec![
            "check",
            "preflight",
            "--mode=blocking",
            "--environment=production",
            "--required-secrets",
            entry,
        ];
        let outputs: Vec<String> =
            OUTPUTS.iter().map(|format| format!("--output={format}=report.{format}")).collect();
        arguments.extend(outputs.iter().map(String::as_str));
        for format in ["text", "json", "github"] {
            let stdout = format!("--format={format}");
            let arguments: Vec<&str> = arguments.iter().copied().chain([stdout.as_str()]).collect();
            let run = support::run(folder.path(), &arguments, &[(name, &value), ("SECOND", &value)]);
            assert!((0..=3).contains(&run.code), "{what}: {run:?}");
            assert_hidden(&run.out, &what);
            assert_hidden(&run.err, &what);
            read_all(folder.path(), &what);
        }
    }
}

#[test]
fn in_actions_values_only_stand_in_masks_and_those_come_first() {
    for (entry, value) in classes() {
        let what = format!("{entry} = {value:?}");
        let name = entry.split(':').next().unwrap();
        let workspace = Folder::with(&[(
            ".github/ci-guard.yml",
            &format!(
                "version: 1\nchecks:\n  preflight:\n    secrets:\n      production: ['{}']\n",
                entry.replace('\'', "''")
            ),
        )]);
        let step = Step::new();
        let inputs = [
            ("INPUT_CHECKS", "preflight"),
            ("INPUT_MODE", "blocking"),
            ("INPUT_ENVIRONMENT", "production"),
            ("INPUT_REQUIRED-SECRETS", "SECOND"),
            (name, &value),
            ("SECOND", &value),
        ];
        let run = step.run(workspace.path(), &["action"], &inputs);
        let lines: Vec<&str> = run.out.lines().collect();
        let masks = lines.iter().take_while(|line| line.starts_with("::add-mask::")).count();
        let (first, rest) = lines.split_at(masks);
        assert!(rest.iter().all(|line| !line.contains("add-mask")), "{what}: a mask comes late\n{}", run.out);
        assert!(!rest.is_empty(), "{what}: {run:?}");
        for mask in first {
            let masked = mask.trim_start_matches("::add-mask::");
            assert!(masked.chars().count() >= 4, "{what}: {mask}");
        }
        assert_hidden(&rest.join("\n"), &what);
        assert_hidden(&run.err, &what);
        read_all(step.files.path(), &what);
    }
}

#[test]
fn a_value_in_the_place_of_a_name_is_not_shown_either() {
    let entries = [
        CANARY.to_owned(),
        format!("K={CANARY}"),
        format!("K: {CANARY}"),
        format!("K: one-of({CANARY}"),
        format!("K: /{CANARY}"),
        format!("K {CANARY}"),
        format!("ghp_{CANARY}"),
        format!("K: min-length={CANARY}"),
    ];
    for entry in entries {
        let folder = Folder::new();
        let run = support::run(
            folder.path(),
            &["check", "preflight", "--format=json", "--required-secrets", &entry],
            &[],
        );
        let finding = run.json()["findings"][0]["rule"].clone();
        assert_eq!(finding, "preflight/malformed-entry", "{entry}");
        assert_hidden(&run.out, &entry);
        let step = Step::new();
        let run = step.run(
            folder.path(),
            &["action"],
            &[("INPUT_CHECKS", "preflight"), ("INPUT_REQUIRED_SECRETS", &entry)],
        );
        assert_hidden(&run.out, &entry);
        read_all(step.files.path(), &entry);
        // In the settings file it is a fault with its place, and the line is not shown.
        let settings = format!(
            "version: 1\nchecks:\n  preflight:\n    secrets:\n      production:\n        - '{entry}'\n"
        );
        let folder = Folder::with(&[(".github/ci-guard.yml", &settings)]);
        for format in ["text", "json", "markdown", "sarif", "junit", "github"] {
            let run = support::run(folder.path(), &["check", "preflight", "--format", format], &[]);
            assert_eq!(run.code, 2, "{entry}: {run:?}");
            assert_hidden(&format!("{}{}", run.out, run.err), &entry);
        }
    }
}

#[test]
fn the_outputs_say_what_is_missing() {
    let folder = Folder::new();
    let run = |variables: &[(&str, &str)]| {
        let step = Step::new();
        let all: Vec<(&str, &str)> =
            [("INPUT_CHECKS", "preflight"), ("INPUT_REQUIRED-SECRETS", "B_TOKEN\nA_TOKEN\nPORT: port")]
                .into_iter()
                .chain(variables.iter().copied())
                .collect();
        let run = step.run(folder.path(), &["action"], &all);
        assert_eq!(run.code, 0, "{run:?}");
        let outputs = step.outputs();
        (outputs["ready"].clone(), outputs["missing"].clone())
    };
    let good = [("A_TOKEN", CANARY), ("B_TOKEN", "k3Jx9QmZ7bT1"), ("PORT", "80")];
    assert_eq!(run(&good), ("true".into(), String::new()));
    assert_eq!(run(&[]), ("false".into(), "A_TOKEN\nB_TOKEN\nPORT".into()));
    assert_eq!(
        run(&[("A_TOKEN", "changeme"), ("B_TOKEN", " "), ("PORT", "80")]),
        ("false".into(), "A_TOKEN\nB_TOKEN".into())
    );
    assert_eq!(
        run(&[("A_TOKEN", CANARY), ("B_TOKEN", "k3Jx9QmZ7bT1"), ("PORT", "x")]),
        ("false".into(), String::new())
    );
    // A value that is its own name must not black out the report.
    assert_eq!(
        run(&[("A_TOKEN", "A_TOKEN"), ("B_TOKEN", "k3Jx9QmZ7bT1"), ("PORT", "80")]),
        ("false".into(), "A_TOKEN".into())
    );
}

#[test]
fn a_list_of_what_is_required_is_never_ignored() {
    let folder = Folder::new();
    let run = |arguments: &[&str]| {
        let run = support::run(folder.path(), arguments, &[]);
        (run.code, run.out + &run.err)
    };
    let (code, text) = run(&["check", "--required-secrets=A_TOKEN"]);
    assert!(code == 0 && text.contains("preflight/absent"), "{text}");
    let (code, text) = run(&["check", "files", "--required-secrets=A_TOKEN"]);
    assert!(code == 2 && text.contains("without the check `preflight`"), "{text}");
}

#[test]
fn nothing_required_is_no_pass() {
    let folder = Folder::new();
    let run = |arguments: &[&str]| {
        let all: Vec<&str> = ["check", "preflight", "--mode=blocking", "--format=json"]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        let run = support::run(folder.path(), &all, &[]);
        (
            run.code,
            run.json()["checks"][0]["outcome"].as_str().unwrap().to_owned(),
            run.json()["outputs"]["ready"].clone(),
        )
    };
    assert_eq!(run(&[]), (3, "not-verified".into(), "false".into()));
    assert_eq!(run(&["--environment=production"]), (3, "not-verified".into(), "false".into()));
    folder.write(
        ".github/ci-guard.yml",
        "version: 1\nchecks: {preflight: {secrets: {production: [A_TOKEN], preview: []}}}\n",
    );
    assert_eq!(run(&[]), (3, "not-verified".into(), "false".into()));
    assert_eq!(run(&["--environment=preview"]), (0, "not-applicable".into(), "true".into()));
    assert_eq!(run(&["--environment=production"]), (1, "findings".into(), "false".into()));
    assert_eq!(run(&["--environment=produktion"]), (1, "findings".into(), "false".into()));
}

#[test]
fn a_fork_is_told_that_it_gets_no_secrets() {
    let folder = Folder::new();
    let step = Step::new();
    step.files.write(
        "event.json",
        r#"{"pull_request": {"head": {"repo": {"full_name": "me/repo"}}, "base": {"repo": {"full_name": "org/repo"}}}}"#,
    );
    let variables = [
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("INPUT_CHECKS", "preflight"),
        ("INPUT_REQUIRED-SECRETS", "A_TOKEN"),
        ("A_TOKEN", ""),
    ];
    let run = step.run(folder.path(), &["action"], &variables);
    assert!(run.out.contains("pull request from a fork"), "{}", run.out);
    assert!(step.summary().contains("pull request from a fork"));
}

#[test]
fn settings_that_a_stranger_may_have_written_ask_nothing_about_values() {
    let settings = "version: 1\nchecks: {preflight: {secrets: {production: ['A_TOKEN: /k.*/', 'A_TOKEN: min-length=30']}}}\n";
    let folder = Folder::with(&[(".github/ci-guard.yml", settings)]);
    let step = Step::new();
    let variables = [
        ("GITHUB_EVENT_NAME", "pull_request_target"),
        ("INPUT_CHECKS", "preflight"),
        ("INPUT_ENVIRONMENT", "production"),
        ("A_TOKEN", CANARY),
    ];
    let run = step.run(folder.path(), &["action"], &variables);
    assert!(run.out.contains("not looked at"), "{}", run.out);
    assert!(!run.out.contains("preflight/wrong-format"), "{}", run.out);
    assert_eq!(step.outputs()["ready"], "false");
}

#[cfg(unix)]
#[test]
fn a_value_that_is_no_text_is_a_finding() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Folder::new();
    let mut command = support::command(folder.path());
    command.args(["check", "preflight", "--format=json", "--required-secrets=K"]);
    command.env("K", std::ffi::OsStr::from_bytes(b"\xff\xfecanary"));
    let run = support::finish(command);
    assert_eq!(run.json()["findings"][0]["rule"], "preflight/wrong-format");
    assert!(!run.out.contains("canary"));
}
