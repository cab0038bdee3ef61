use super::judged::{MAX_TEXT, clean};
use super::*;
use crate::location::Location;
use crate::redact::Redactor;

#[test]
fn usage_wins_over_failure_and_failure_over_not_verified() {
    assert_eq!(Exit::Fail.or(Exit::NotVerified), Exit::Fail);
    assert_eq!(Exit::NotVerified.or(Exit::Fail), Exit::Fail);
    assert_eq!(Exit::Fail.or(Exit::Usage), Exit::Usage);
    assert_eq!(Exit::Pass.or(Exit::NotVerified), Exit::NotVerified);
}

#[test]
fn a_secret_goes_before_a_text_is_cut() {
    let secret = "hunter2-".repeat(100);
    let environment = crate::environment::Environment::of(&[("API_TOKEN", &secret)]);
    let redactor = Redactor::of(&environment, []);
    let rule = crate::checks::rules().next().unwrap();
    let message = format!("{}{secret}", "x".repeat(MAX_TEXT - 100));
    let finding = crate::finding::Finding::new(rule, Location::Repository, message);
    let mut judged = Judged { finding, fingerprint: String::new(), blocking: false, waived_by: None };
    clean(&mut judged, &redactor);
    assert!(!judged.finding.message.contains("hunter2"), "{}", judged.finding.message);
    judged.finding.message = "é".repeat(MAX_TEXT);
    clean(&mut judged, &redactor);
    assert_eq!(judged.finding.message.len(), MAX_TEXT + '…'.len_utf8());
}

#[test]
fn notes_that_say_the_same_of_many_places_are_shown_once() {
    let rule = crate::checks::rules().next().unwrap();
    let judged = |path: &str, message: &str, severity| {
        let finding = crate::finding::Finding::new(rule, Location::file(path), message).severity(severity);
        Judged { finding, fingerprint: String::new(), blocking: false, waived_by: None }
    };
    let all = [
        judged("a", "one", Severity::Note),
        judged("b", "one", Severity::Note),
        judged("c", "one", Severity::Warning),
        judged("d", "two", Severity::Note),
        judged("e", "one", Severity::Note),
        judged("f", "one", Severity::Warning),
    ];
    let folded = folded(&all.iter().collect::<Vec<_>>());
    let name = |judged: &&Judged| judged.finding.location.name().to_owned();
    let shown: Vec<String> = folded
        .iter()
        .map(|(first, others)| [name(first)].into_iter().chain(others.iter().map(name)).collect())
        .collect();
    assert_eq!(shown, ["abe", "c", "d", "f"]);
    assert_eq!(rest(&folded, 0), 6);
    assert_eq!(rest(&folded, 1), 3);
}
