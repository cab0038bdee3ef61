//! Tests of the chain, the count and the record.

use jiff::Timestamp;

use super::progress::{Need, Progress};
use super::record::{line, refusal};
use super::*;
use crate::environment::Environment;
use crate::rule::Severity;
use crate::runner::Runner;

const CLEAN: &str = "";
const DIRTY: &str = r#"{"rule":"integrity/unpinned-uses","severity":"warning","waived_by":null}"#;
const WAIVED: &str = r#"{"rule":"integrity/unpinned-uses","severity":"error","waived_by":"x"}"#;

fn report(outcome: &str, findings: &str) -> Vec<u8> {
    format!(
        r#"{{"schema":1,"tool":{{"name":"ci-guard","version":"0.1.0"}},"verdict":"pass",
            "checks":[{{"name":"integrity","outcome":"{outcome}"}}],"findings":[{findings}]}}"#
    )
    .into_bytes()
}

fn day(number: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + number * 86_400).unwrap()
}

/// A history of runs, each a day, an outcome and findings.
fn text(runs: &[(i64, &str, &str)]) -> String {
    let mut text = String::new();
    for (number, (on, outcome, findings)) in runs.iter().enumerate() {
        let history = History::parse(&text).unwrap();
        let runner = Runner { run_id: number.to_string(), run_attempt: "1".into(), ..Runner::default() };
        let line =
            line(&report(outcome, findings), &history, format!("commit{on}"), &runner, day(*on)).unwrap();
        text += &serde_json::to_string(&line).unwrap();
        text.push('\n');
    }
    text
}

fn need(clean_runs: u32) -> Need {
    Need { clean_runs, over: None, max_gap: None, not_after: None }
}

fn progress(runs: &[(i64, &str, &str)], name: &str, need: Need, now: i64) -> Progress {
    Progress::of(&History::parse(&text(runs)).unwrap(), name, need, Severity::Warning, day(now))
}

#[test]
fn clean_runs_in_a_row_are_counted() {
    let runs = [(0, "pass", CLEAN), (1, "findings", DIRTY), (2, "findings", WAIVED), (3, "pass", CLEAN)];
    let at = progress(&runs, "integrity", need(3), 3);
    assert_eq!((at.clean, at.reached), (2, None));
    assert_eq!(at.broken.as_ref().map(|(at, commit)| (*at, commit.as_str())), Some((day(1), "commit1")));
    assert!(
        at.words().starts_with("it blocks after 3 clean runs in a row; so far 2; the last"),
        "{}",
        at.words()
    );
    assert_eq!(progress(&runs, "integrity", need(2), 3).reached, Some(day(3)));
    // Another rule of the same check was clean all the time.
    assert_eq!(progress(&runs, "integrity/no-timeout", need(4), 3).reached, Some(day(3)));
    assert_eq!(progress(&runs, "files", need(1), 3).clean, 0);
}

#[test]
fn what_could_not_look_or_was_not_there_is_no_clean_run() {
    let runs = [(0, "pass", CLEAN), (1, "not-verified", CLEAN), (2, "not-applicable", CLEAN)];
    let at = progress(&runs, "integrity", need(3), 3);
    assert_eq!((at.clean, at.broken.is_some()), (0, true));
}

#[test]
fn findings_that_do_not_block_do_not_count() {
    let history = History::parse(&text(&[(0, "findings", DIRTY)])).unwrap();
    let at = |least| Progress::of(&history, "integrity", need(1), least, day(1)).reached.is_some();
    assert_eq!((at(Severity::Warning), at(Severity::Error)), (false, true));
}

#[test]
fn once_reached_stays_reached() {
    let runs = [(0, "pass", CLEAN), (1, "pass", CLEAN), (2, "findings", DIRTY)];
    assert_eq!(progress(&runs, "integrity", need(2), 3).reached, Some(day(1)));
}

#[test]
fn the_same_commit_counts_once_a_day() {
    let same = [(0, "pass", CLEAN), (0, "pass", CLEAN), (0, "pass", CLEAN)];
    assert_eq!(progress(&same, "integrity", need(3), 0).clean, 1);
}

#[test]
fn runs_must_span_the_time_and_gaps_begin_anew() {
    let runs: Vec<_> = (0..4).map(|n| (n, "pass", CLEAN)).collect();
    let over = Need { over: Some(7 * 86_400), ..need(3) };
    let at = progress(&runs, "integrity", over, 3);
    assert_eq!((at.clean, at.reached, at.span()), (4, None, 3 * 86_400));
    assert!(at.words().contains("over 3 of 7 days"), "{}", at.words());
    let gap = Need { max_gap: Some(2 * 86_400), ..need(5) };
    assert_eq!(progress(&runs, "integrity", gap.clone(), 4).clean, 4);
    assert_eq!(progress(&runs, "integrity", gap.clone(), 9).clean, 0);
    let late: Vec<_> = [0, 1, 9].map(|n| (n, "pass", CLEAN)).into();
    assert_eq!(progress(&late, "integrity", gap, 9).clean, 1);
}

#[test]
fn a_history_that_was_touched_is_broken() {
    let whole = text(&[(0, "pass", CLEAN), (1, "findings", DIRTY), (2, "pass", CLEAN)]);
    assert_eq!(History::parse(&whole).unwrap().lines.len(), 3);
    assert_eq!(History::parse(&whole.replace('\n', "\r\n")).unwrap().lines.len(), 3);
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let edited = whole.replace(r#""warning":1"#, r#""warning":0"#);
    for (text, line, words) in [
        (edited.as_str(), 3, "does not follow line 2"),
        (&[lines[0], lines[2]].concat(), 2, "does not follow line 1"),
        (&lines[1..].concat(), 1, "lines before it were taken out"),
        (whole.trim_end(), 3, "cut off"),
        ("{}\n", 1, "no record of a run"),
        ("\n", 1, "no record of a run"),
        (&whole.replacen(r#""schema":1"#, r#""schema":2"#, 1), 1, "newer ci-guard"),
    ] {
        let broken = History::parse(text).unwrap_err();
        assert!(broken.line == line && broken.why.contains(words), "{broken}");
    }
    let backwards = History::parse(&text(&[(9, "pass", CLEAN)])).unwrap();
    let old = line(&report("pass", ""), &backwards, String::new(), &Runner::default(), day(0)).unwrap();
    let text = format!("{}{}\n", text(&[(9, "pass", CLEAN)]), serde_json::to_string(&old).unwrap());
    assert!(History::parse(&text).unwrap_err().why.contains("older"), "{text}");
}

#[test]
fn what_is_no_report_is_refused() {
    let history = History::default();
    for text in [
        "",
        "{}",
        "[]",
        r#"{"schema":1,"tool":{"name":"other","version":"1"},"verdict":"pass","checks":[],"findings":[]}"#,
    ] {
        assert!(
            line(text.as_bytes(), &history, String::new(), &Runner::default(), day(0)).is_err(),
            "{text}"
        );
    }
    let empty = String::from_utf8(report("pass", "")).unwrap();
    let start = empty.find("\"checks\":[").unwrap() + 10;
    let none = format!("{}{}", &empty[..start], &empty[empty[start..].find(']').unwrap() + start..]);
    assert!(line(none.as_bytes(), &history, String::new(), &Runner::default(), day(0)).is_err(), "{none}");
}

#[test]
fn only_runs_of_the_branch_are_recorded() {
    let on = |event: &str, git_ref: &str, payload: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("event.json");
        std::fs::write(&path, payload).unwrap();
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_REF", git_ref),
            ("GITHUB_EVENT_PATH", path.to_str().unwrap()),
        ];
        refusal(&Runner::of(&Environment::of(&variables))).is_none()
    };
    let main = r#"{"repository":{"default_branch":"main"}}"#;
    assert!(on("push", "refs/heads/main", main));
    assert!(on("schedule", "refs/heads/main", "{}"));
    assert!(!on("push", "refs/heads/other", main));
    assert!(!on("push", "refs/tags/v1", "{}"));
    assert!(!on("pull_request", "refs/pull/7/merge", main));
    assert!(!on("merge_group", "refs/heads/gh-readonly-queue/main/x", main));
    assert!(refusal(&Runner::default()).is_none());
}
