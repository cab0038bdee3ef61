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
