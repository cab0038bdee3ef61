//! Reports as other programs read them: SARIF against its schema and code scanning's wants, JUnit, Markdown.

use crate::support;
use crate::support::Folder;
use serde_json::Value;

const CI: &str = ".github/workflows/über weiß.yml";
const SOURCE: &str = "on: pull_request_target
jobs:
  test:
    needs: [tset]
    runs-on: ubuntu-24.04
    steps:
      - uses: vendor/tool@v1
      - run: echo ${{ github.head_ref }}
";

/// The JSON Schema of SARIF 2.1.0, out of the crate that carries it.
fn sarif_schema() -> Option<Value> {
    // Without a platform, the crates of all platforms must be there.
    let rustc = std::process::Command::new("rustc").arg("-vV").output().ok()?;
    let rustc = String::from_utf8(rustc.stdout).ok()?;
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: "))?;
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline", "--filter-platform", host, "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .ok()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).ok()?;
    let package =
        metadata["packages"].as_array()?.iter().find(|package| package["name"] == "serde-sarif")?.clone();
    let folder = std::path::Path::new(package["manifest_path"].as_str()?).parent()?.to_owned();
    let text = std::fs::read_to_string(folder.join("src/schema.json")).ok()?;
    let mut schema: Value = serde_json::from_str(&text).ok()?;
    // `…]?$` is no regular expression as JSON Schema defines them. We write no language.
    for kind in ["run", "toolComponent"] {
        schema["definitions"][kind]["properties"]["language"].as_object_mut()?.remove("pattern")?;
    }
    Some(schema)
}

#[test]
fn sarif_is_what_code_scanning_accepts() {
    let repository = Folder::with(&[(CI, SOURCE)]);
    let run =
        support::run(repository.path(), &["check", "integrity", "--format=sarif", "--mode=blocking"], &[]);
    assert_eq!(run.code, 1, "the exit code does not depend on the format");
    let sarif = run.json();
    match sarif_schema() {
        Some(schema) => {
            let validator = jsonschema::validator_for(&schema).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&sarif)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{}", errors.join("\n"));
        }
        None => eprintln!("skipped: the schema of SARIF is not in the crate cache"),
    }
    let driver = &sarif["runs"][0]["tool"]["driver"];
    let rules = driver["rules"].as_array().unwrap();
    assert!(rules.iter().all(|rule| rule["help"]["markdown"].as_str().is_some_and(|help| help.len() > 50)));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() >= 4);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], ".github/workflows/%C3%BCber%20wei%C3%9F.yml");
        assert!(result["partialFingerprints"]["ciGuardFingerprint/v1"].as_str().unwrap().len() == 32);
    }
}

#[test]
fn fingerprints_stay_when_lines_move_and_differ_between_faults() {
    let prints = |text: &str| -> Vec<String> {
        let repository = Folder::with(&[(".github/workflows/ci.yml", text)]);
        let report = support::run(repository.path(), &["check", "integrity", "--format=json"], &[]).json();
        let findings = report["findings"].as_array().unwrap();
        let mut prints: Vec<String> =
            findings.iter().map(|f| f["fingerprint"].as_str().unwrap().to_owned()).collect();
        prints.sort();
        prints
    };
    let twice = SOURCE.replace(
        "      - uses: vendor/tool@v1\n",
        "      - uses: vendor/tool@v1\n      - uses: vendor/tool@v1\n",
    );
    let before = prints(&twice);
    let mut unique = before.clone();
    unique.dedup();
    assert_eq!(before, unique, "two faults never share a fingerprint");
    let moved = format!(
        "# a comment\n\n{}",
        twice.replace("      - uses", "        - uses").replace("      - run", "        - run")
    );
    assert_eq!(before, prints(&moved));
}

#[test]
fn junit_counts_add_up() {
    let repository = Folder::with(&[(CI, SOURCE)]);
    let run = support::run(
        repository.path(),
        &["check", "integrity", "files", "--format=junit", "--mode=blocking"],
        &[],
    );
    let xml = &run.out;
    let count = |part: &str| xml.matches(part).count();
    let attribute = |name: &str| -> usize {
        let start = xml.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
        xml[start..].split('"').next().unwrap().parse().unwrap()
    };
    assert_eq!(attribute("tests"), count("<testcase "));
    assert_eq!(attribute("failures"), count("<failure "));
    assert!(count("<failure ") >= 3, "{xml}");
}

#[test]
fn several_reports_are_written_in_one_run() {
    let repository = Folder::with(&[(".github/workflows/ci.yml", SOURCE)]);
    let outputs = ["json=a.json", "sarif=b.sarif", "junit=c.xml", "markdown=d.md", "text=e.txt"];
    let mut arguments = vec!["check", "integrity"];
    for output in &outputs {
        arguments.extend(["--output", output]);
    }
    let run = support::run(repository.path(), &arguments, &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    for output in outputs {
        let file = output.split_once('=').unwrap().1;
        assert!(
            repository.read(file).contains("integrity/untrusted-checkout")
                || repository.read(file).contains("template-injection"),
            "{file}"
        );
    }
    let run =
        support::run(repository.path(), &["check", "integrity", "--output", "json=no/such/folder/x"], &[]);
    assert_eq!(run.code, 3, "{}", run.err);
    assert!(run.err.contains("no/such/folder/x"), "{}", run.err);
}

#[test]
fn the_report_goes_through_a_pipe_that_closes_early() {
    let repository = Folder::new();
    for n in 0..200 {
        repository.write(&format!(".github/workflows/w{n}.yml"), SOURCE);
    }
    let mut child = support::command(repository.path())
        .args(["check", "integrity", "--mode=blocking"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "the verdict does not depend on the reader");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
