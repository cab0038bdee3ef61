use super::read::faults;
use super::*;
use crate::policy::Mode;

fn messages(text: &str) -> Vec<String> {
    let source = Source::new("x.yml", text.to_owned());
    let (_, faults) = faults(&source);
    faults
        .into_iter()
        .map(|fault| format!("{}: {}", source.at(fault.range), fault.message).replace("x.yml:", ""))
        .collect()
}

#[test]
fn every_key_of_the_design_is_known() {
    let text = "version: 1
mode: advisory
fail-on: error
on-not-verified: report
milestones: { M0: reached, M1: 2099-01-15, M2: pending }
checks:
  integrity: { mode: blocking }
  lockfile: { mode: advisory, blocking-from: 2027-01-15, required: [uv.lock] }
  files: { exclude: ['vendor/**'], blocking-from: M1 }
  preflight: { secrets: { production: [GEMINI_API_KEY, DATABASE_URL] } }
  policy: { mode: blocking }
rules:
  integrity/unpinned-uses: { mode: blocking, allow: ['actions/*'] }
required-checks:
  main: [\"Lint Python Code\", \"Python Unit Tests (3.12)\"]
waivers:
  - { rule: integrity/unpinned-uses, path: .github/workflows/nightly.yml,
      reason: vendor publishes no commit yet, approved-by: '@org/platform', expires: 2026-12-31 }
baseline: .github/ci-guard.baseline.json
";
    assert_eq!(messages(text), Vec::<String>::new());
    let config = check_text(text).unwrap();
    assert_eq!(config.checks.integrity.mode, Some(Mode::Blocking));
    assert_eq!(config.required_checks["main"].len(), 2);
    assert_eq!(config.waivers[0].expires.0.to_string(), "2026-12-31");
}

#[test]
fn all_faults_are_reported_at_once_with_line_and_column() {
    let text = "version: 2\nmdoe: advisory\nchecks:\n  integrity: { mode: louder, blocking-from: [x] }\n  files: 3\nrules: []\n";
    assert_eq!(
        messages(text),
        [
            "1:10: `version` must be `1`",
            "2:1: unknown key `mdoe`",
            "4:22: `mode` must be `blocking`, `advisory` or `off`",
            "4:45: `blocking-from` must be a string",
            "5:10: `files` must be a mapping",
            "6:8: `rules` must be a mapping",
        ]
    );
}

#[test]
fn what_is_left_empty_is_not_set() {
    assert_eq!(
        messages("version: 1\nmode:\nchecks:\n  integrity:\nwaivers:\nrules:\n"),
        Vec::<String>::new()
    );
}

#[test]
fn text_is_text_even_if_it_looks_like_something_else() {
    let config = check_text("version: 1\nrequired-checks: { main: [3.10, true, 2026-01-01] }\n");
    assert!(config.is_ok_and(|config| config.required_checks["main"] == ["3.10", "true", "2026-01-01"]));
}

#[test]
fn rubbish_is_refused_with_a_word() {
    for text in [
        "",
        "# nothing\n",
        "[]",
        "42",
        "version: 1\n---\nversion: 1\n",
        "version: 1\n\tmode: x",
        "a: &a [*a]\n",
    ] {
        assert!(!messages(text).is_empty(), "{text:?}");
    }
}

#[test]
fn the_nearest_word_is_near() {
    assert_eq!(nearest("lockfil", ["lockfile", "files"]), Some("lockfile"));
    assert_eq!(nearest("integirty", ["integrity", "files"]), Some("integrity"));
    assert_eq!(nearest("banana", ["integrity", "files"]), None);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(pieces in proptest::collection::vec("(version: 1\n|mode: |checks:\n|  lockfile: |\\{|\\}|\\[|\\]|, |[a-z-]{1,9}: |\n|  |- |&a |\\*a |'|\"|[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2})", 0..40)) {
        let _ = check_text(&pieces.concat());
    }
}

#[test]
fn no_word_is_near_to_a_very_long_one_and_that_is_known_at_once() {
    let start = std::time::Instant::now();
    for _ in 0..1000 {
        assert_eq!(nearest(&"integrity".repeat(100_000), ["integrity", "files"]), None);
    }
    assert!(start.elapsed().as_secs() < 60);
}
