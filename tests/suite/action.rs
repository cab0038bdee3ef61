//! The runner's protocol, end to end: `ci-guard action` as a step of a workflow.

use crate::support;
use crate::support::{Folder, Step};

const CLEAN: &str = "on: push
permissions: {}
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - run: make test
";

fn unpinned(number: usize) -> String {
    let steps: String = (0..number).map(|n| format!("      - uses: vendor/tool{n}@v1\n")).collect();
    format!(
        "on: push\npermissions: {{ contents: write }}\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n{steps}"
    )
}

const CI: &str = ".github/workflows/ci.yml";

#[test]
fn a_step_gets_annotations_summary_outputs_and_exit_code() {
    let repository = Folder::with(&[(CI, &unpinned(2))]);
    let step = Step::new();
    let run = step.run(
        repository.path(),
        &["action"],
        &[("INPUT_CHECKS", "integrity"), ("INPUT_MODE", "blocking")],
    );
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let warnings: Vec<&str> = run.out.lines().filter(|line| line.starts_with("::warning ")).collect();
    assert_eq!(warnings.len(), 2, "{}", run.out);
    assert!(
        warnings[0].contains("file=.github/workflows/ci.yml,line=7,endLine=7,col=15,endColumn=30::"),
        "{warnings:?}"
    );
    let outputs = step.outputs();
    assert_eq!(outputs["verdict"], "fail");
    assert_eq!((outputs["findings"].as_str(), outputs["blocking"].as_str()), ("2", "2"));
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&outputs["report"]).unwrap()).unwrap();
    assert_eq!(report["verdict"], "fail");
    let sarif: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&outputs["sarif"]).unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2);
    let summary = step.summary();
    assert!(summary.contains("## ❌ ci-guard: fail"), "{summary}");
    let link = "https://github.example/org/repo/blob/0123456789abcdef0123456789abcdef01234567/.github/workflows/ci.yml#L7";
    assert!(summary.contains(link), "{summary}");
}

#[test]
fn github_keeps_ten_annotations_of_a_level_and_the_rest_is_counted() {
    let repository = Folder::with(&[(CI, &unpinned(14))]);
    let run = Step::new().run(repository.path(), &["check", "integrity"], &[]);
    assert_eq!(run.code, 0);
    assert_eq!(run.out.matches("\n::warning ").count(), 10, "{}", run.out);
    assert!(run.out.contains("4 warnings more"), "{}", run.out);
}

#[test]
fn what_many_places_have_leaves_room_for_the_rest() {
    let head = "on:\n  workflow_dispatch: { inputs: { text: {} } }\npermissions: {}\njobs:\n";
    let job = "  test:\n    runs-on: ubuntu-24.04\n    steps:\n";
    let scripts = "      - run: echo \"${{ inputs.text }}\"\n".repeat(12);
    let uses = "      - uses: vendor/one@v1\n      - uses: vendor/two@v1\n";
    let repository = Folder::with(&[(CI, &format!("{head}{job}{scripts}{uses}"))]);
    let run = Step::new().run(repository.path(), &["check", "integrity"], &[]);
    let notices: Vec<&str> = run.out.lines().filter(|line| line.starts_with("::notice ")).collect();
    let of = |rule: &str| notices.iter().filter(|line| line.contains(rule)).count();
    assert_eq!((notices.len(), of("integrity/unpinned-uses")), (10, 2), "{}", run.out);
    let injections: Vec<bool> =
        notices.iter().take(4).map(|line| line.contains("integrity/template-injection")).collect();
    assert_eq!(injections, [true, false, false, true], "{}", run.out);
}

#[test]
fn annotations_name_files_as_the_workspace_has_them() {
    let workspace = Folder::new();
    workspace.write(&format!("checked/out/{CI}"), unpinned(1));
    let step = Step::new();
    let run = step.run(
        workspace.path(),
        &["action"],
        &[("INPUT_WORKING-DIRECTORY", "checked/out"), ("INPUT_CHECKS", "integrity")],
    );
    assert!(run.out.contains("file=checked/out/.github/workflows/ci.yml,"), "{}", run.out);
}

#[test]
fn hostile_text_neither_commands_the_runner_nor_breaks_the_summary() {
    let hostile = "x%0A::error::injected\n::stop-commands::z\n##[error]y `|` </details><script>";
    let yaml =
        format!("on: push\njobs:\n  a: {{ {}: 1, runs-on: x }}\n", serde_json::to_string(hostile).unwrap());
    let repository = Folder::with(&[(CI, &yaml)]);
    let step = Step::new();
    let run = step.run(repository.path(), &["action"], &[("INPUT_CHECKS", "integrity")]);
    let mut stopped: Option<String> = None;
    let mut commands = Vec::new();
    for line in run.out.lines() {
        assert!(!line.contains("##["), "{line}");
        match &stopped {
            Some(word) if *line == format!("::{word}::") => stopped = None,
            Some(_) => {}
            None if line.starts_with("::stop-commands::") => {
                stopped = line.strip_prefix("::stop-commands::").map(str::to_owned)
            }
            None if line.trim_start().starts_with("::") => commands.push(line.to_owned()),
            None => {}
        }
    }
    assert!(!commands.is_empty());
    for command in commands {
        assert!(
            command.starts_with("::notice title=")
                || command.starts_with("::warning title=")
                || command.starts_with("::error title="),
            "{command}"
        );
        assert!(!command.starts_with("::error::injected"));
    }
    let summary = step.summary();
    assert!(!summary.contains("<script>") && !summary.contains("\n::"), "{summary}");
}

#[cfg(unix)]
#[test]
fn a_summary_or_output_that_cannot_be_written_never_passes() {
    use std::os::unix::fs::PermissionsExt;
    let repository = Folder::with(&[(CI, CLEAN)]);
    for broken in ["summary", "output"] {
        for how in ["missing", "folder", "binary", "read-only"] {
            let step = Step::new();
            let path = step.files.path().join(broken);
            match how {
                "missing" => std::fs::remove_file(&path).unwrap(),
                "folder" => {
                    std::fs::remove_file(&path).unwrap();
                    std::fs::create_dir(&path).unwrap();
                }
                "binary" => std::fs::write(&path, b"\xff\xfe\x00").unwrap(),
                _ => {
                    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
                    // For root nothing is read-only.
                    if std::fs::OpenOptions::new().append(true).open(&path).is_ok() {
                        eprintln!("skipped: this user may write read-only files");
                        continue;
                    }
                }
            }
            let run = step.run(repository.path(), &["action"], &[("INPUT_CHECKS", "integrity")]);
            assert_eq!(run.code, 3, "{broken} {how}: {}{}", run.out, run.err);
            assert!(
                run.out.contains(path.to_str().unwrap()),
                "{broken} {how}: the file is named\n{}",
                run.out
            );
            assert!(run.out.contains("the verdict is error"), "{broken} {how}: {}", run.out);
            if broken == "summary" {
                assert_eq!(step.outputs()["verdict"], "error");
            }
        }
    }
}

#[test]
fn a_failed_gate_stays_failed_when_outputs_cannot_be_written() {
    let repository = Folder::with(&[(CI, &unpinned(1))]);
    let step = Step::new();
    std::fs::remove_file(step.files.path().join("output")).unwrap();
    let run = step.run(repository.path(), &["check", "integrity", "--mode=blocking"], &[]);
    assert_eq!(run.code, 1, "{}", run.out);
}

#[test]
fn a_long_summary_is_cut_at_a_section_and_points_to_the_report() {
    let repository = Folder::new();
    for n in 0..40 {
        repository.write(&format!(".github/workflows/w{n}.yml"), unpinned(9));
    }
    let step = Step::new();
    let filler = "x".repeat(1024 * 1024 - 20_000);
    step.files.write("summary", format!("{filler}\n"));
    let run = step.run(repository.path(), &["check", "integrity"], &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    let summary = step.summary();
    assert!(summary.len() <= 1024 * 1024, "{}", summary.len());
    let ours = &summary[filler.len()..];
    assert!(ours.contains("1 section left out") && ours.contains("report.json"), "{ours}");
    assert_eq!(ours.matches("<details>").count(), ours.matches("</details>").count());
}

#[test]
fn inputs_that_mean_nothing_are_errors_and_all_of_them_are_named() {
    let repository = Folder::with(&[(CI, CLEAN)]);
    let step = Step::new();
    let run = step.run(
        repository.path(),
        &["action"],
        &[("INPUT_CHEKS", "integrity"), ("INPUT_STRICT", "yes"), ("INPUT_ARTIFACTS", "x")],
    );
    assert_eq!(run.code, 2);
    for part in [
        "did you mean `checks`",
        "input `strict` must be true or false",
        "input `artifacts` means nothing to the command `check`",
    ] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    assert_eq!(step.outputs()["verdict"], "error");
    let run = Step::new().run(repository.path(), &["action"], &[("INPUT_CHECKS", "integirty")]);
    assert_eq!(run.code, 2);
    assert!(run.out.contains("did you mean `integrity`"), "{}", run.out);
    let run = Step::new().run(repository.path(), &["action"], &[("INPUT_MODE", "loud")]);
    assert_eq!(run.code, 2);
    assert!(run.out.contains("input `mode`") && run.out.contains("advisory, blocking"), "{}", run.out);
}

#[test]
fn the_mode_of_an_input_overrides_the_file_and_off_stays_off() {
    let settings = "version: 1\nmode: blocking\nchecks: { files: { mode: 'off' } }\n";
    let repository =
        Folder::with(&[(CI, &unpinned(1)), (".github/ci-guard.yml", settings), ("broken.json", "{")]);
    let run = Step::new().run(repository.path(), &["action"], &[("INPUT_MODE", "advisory")]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(!run.out.contains("broken.json"), "{}", run.out);
    let run = Step::new().run(repository.path(), &["action"], &[]);
    assert_eq!(run.code, 1, "{}", run.out);
}

#[test]
fn a_machine_format_is_one_document_and_the_rest_goes_to_standard_error() {
    let repository = Folder::with(&[(CI, &unpinned(1))]);
    for (format, code) in [("json", 0), ("sarif", 0)] {
        let run = Step::new().run(repository.path(), &["check", "integrity", "--format", format], &[]);
        assert_eq!(run.code, code);
        serde_json::from_str::<serde_json::Value>(&run.out).unwrap();
        assert!(run.err.contains("::warning "), "{}", run.err);
    }
    // Also when the command line or the settings are wrong.
    let run = support::run(repository.path(), &["check", "--nope", "--format=json"], &[]);
    assert_eq!((run.code, run.json()["verdict"].as_str()), (2, Some("error")));
    repository.write(".github/ci-guard.yml", "version: 2\n");
    let run = support::run(repository.path(), &["check", "--format", "json"], &[]);
    assert_eq!((run.code, run.json()["verdict"].as_str()), (2, Some("error")));
    assert_eq!(run.json()["findings"][0]["rule"], "settings/invalid");
    let run = support::run(repository.path(), &["check", "--format", "json", "--root", "nowhere"], &[]);
    assert_eq!((run.code, run.json()["verdict"].as_str()), (2, Some("error")));
}

#[test]
fn known_secrets_are_kept_out_of_every_report() {
    let canary = "canary-5f1d9c2e77";
    let yaml = format!(
        "on: push\npermissions: {{ contents: write }}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: o/{canary}@v1\n"
    );
    let repository = Folder::with(&[(CI, &yaml)]);
    for format in ["text", "json", "sarif", "github", "markdown", "junit"] {
        let step = Step::new();
        let run = step.run(
            repository.path(),
            &["check", "integrity", "--format", format],
            &[("API_TOKEN", canary)],
        );
        let report = step
            .outputs()
            .get("report")
            .map(|path| std::fs::read_to_string(path).unwrap())
            .unwrap_or_default();
        for text in [&run.out, &run.err, &step.summary(), &step.files.read("output"), &report] {
            assert!(!text.contains(canary), "{format}: {text}");
        }
    }
}
