use super::*;
use crate::location::Span;
use crate::rule::{Category, Rule};

static ERROR: Rule = rule("integrity/some-error", Severity::Error);
static WARNING: Rule = rule("integrity/some-warning", Severity::Warning);
static NOTE: Rule = rule("integrity/some-note", Severity::Note);

const fn rule(id: &'static str, severity: Severity) -> Rule {
    Rule { id, severity, category: Category::Validity, summary: "", allow: None }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn policy() -> Policy {
    Policy::advisory(day("2026-11-21"))
}

fn found(rule: &'static Rule) -> Fingerprinted {
    let span = Span { line: 1, column: 1, end_line: 1, end_column: 2 };
    Fingerprinted {
        finding: Finding::new(rule, Location::span("a/b.yml", span), "m"),
        fingerprint: format!("print of {}", rule.id),
        ignored: None,
    }
}

fn evidence(findings: Vec<Fingerprinted>) -> Vec<Evidence> {
    vec![Evidence { check: "integrity", not_verified: false, findings }]
}

fn setting(mode: Option<Mode>, from: Option<BlockingFrom>) -> ModeSetting {
    ModeSetting { mode, blocking_from: from, promotion: None }
}

fn waiver(rule: &str, path: &str, expires: &str) -> Waiver {
    Waiver {
        rule: rule.to_owned(),
        matcher: crate::settings::glob(path).unwrap().compile_matcher(),
        reason: "because".to_owned(),
        approved_by: "@org/people".to_owned(),
        expires: day(expires),
        location: Location::file("settings"),
    }
}

fn ids(judgement: &Judgement) -> Vec<&'static str> {
    judgement.findings.iter().map(|judged| judged.finding.rule.id).collect()
}

/// Mode of everything, of the check, of the rule, forced by the command line; lowest severity; found; verdict.
#[test]
fn table() {
    use Mode::{Advisory, Blocking, Off};
    use Verdict::{Fail, Pass};
    type Row = (Mode, Option<Mode>, Option<Mode>, Option<Mode>, Severity, &'static Rule, Verdict, usize);
    let rows: [Row; 22] = [
        (Advisory, None, None, None, Severity::Warning, &ERROR, Pass, 1),
        (Blocking, None, None, None, Severity::Warning, &ERROR, Fail, 1),
        (Blocking, None, None, None, Severity::Warning, &WARNING, Fail, 1),
        (Blocking, None, None, None, Severity::Warning, &NOTE, Pass, 1),
        (Blocking, None, None, None, Severity::Error, &WARNING, Pass, 1),
        (Blocking, None, None, None, Severity::Error, &ERROR, Fail, 1),
        // The check's own mode wins over the whole file's, the rule's over the check's.
        (Advisory, Some(Blocking), None, None, Severity::Warning, &ERROR, Fail, 1),
        (Blocking, Some(Advisory), None, None, Severity::Warning, &ERROR, Pass, 1),
        (Advisory, Some(Advisory), Some(Blocking), None, Severity::Warning, &ERROR, Fail, 1),
        (Blocking, Some(Blocking), Some(Advisory), None, Severity::Warning, &ERROR, Pass, 1),
        (Advisory, Some(Blocking), None, None, Severity::Warning, &NOTE, Pass, 1),
        // What is off is not reported.
        (Blocking, Some(Off), None, None, Severity::Warning, &ERROR, Pass, 0),
        (Blocking, None, Some(Off), None, Severity::Warning, &ERROR, Pass, 0),
        (Blocking, Some(Off), Some(Blocking), None, Severity::Warning, &ERROR, Pass, 0),
        // The command line wins over the file, and revives nothing.
        (Advisory, None, None, Some(Blocking), Severity::Warning, &ERROR, Fail, 1),
        (Blocking, None, None, Some(Advisory), Severity::Warning, &ERROR, Pass, 1),
        (Blocking, Some(Blocking), Some(Blocking), Some(Advisory), Severity::Warning, &ERROR, Pass, 1),
        (Advisory, Some(Advisory), Some(Advisory), Some(Blocking), Severity::Warning, &WARNING, Fail, 1),
        (Advisory, Some(Off), None, Some(Blocking), Severity::Warning, &ERROR, Pass, 0),
        (Advisory, None, Some(Off), Some(Blocking), Severity::Warning, &ERROR, Pass, 0),
        (Advisory, None, None, Some(Blocking), Severity::Warning, &NOTE, Pass, 1),
        (Advisory, None, None, Some(Blocking), Severity::Error, &WARNING, Pass, 1),
    ];
    for (number, (whole, check, rule, forced, fail_on, found_rule, verdict, reported)) in
        rows.into_iter().enumerate()
    {
        let mut policy = policy();
        policy.default_mode = whole;
        policy.forced_mode = forced;
        policy.fail_on = fail_on;
        policy.checks.insert("integrity".into(), setting(check, None));
        policy.rules.insert(found_rule.id.into(), setting(rule, None));
        let judgement = policy.judge(evidence(vec![found(found_rule)]));
        assert_eq!((judgement.verdict, judgement.findings.len()), (verdict, reported), "row {number}");
    }
}

#[test]
fn a_day_or_a_milestone_makes_blocking() {
    let blocking = |from: BlockingFrom| {
        let mut policy = policy();
        policy.milestones.insert("reached".into(), Milestone::Reached);
        policy.milestones.insert("pending".into(), Milestone::Pending);
        policy.milestones.insert("past".into(), Milestone::From(day("2026-11-21")));
        policy.milestones.insert("future".into(), Milestone::From(day("2026-11-22")));
        policy.checks.insert("integrity".into(), setting(Some(Mode::Advisory), Some(from)));
        policy.check_mode("integrity") == Mode::Blocking
    };
    assert!(blocking(BlockingFrom::Date(day("2026-11-21"))));
    assert!(!blocking(BlockingFrom::Date(day("2026-11-22"))));
    for (name, expected) in
        [("reached", true), ("pending", false), ("past", true), ("future", false), ("unknown", false)]
    {
        assert_eq!(blocking(BlockingFrom::Milestone(name.into())), expected, "{name}");
    }
    let mut policy = policy();
    policy.rules.insert(ERROR.id.into(), setting(None, Some(BlockingFrom::Date(day("2026-01-01")))));
    assert_eq!(policy.rule_mode(&ERROR), Mode::Blocking);
    assert_eq!(policy.rule_mode(&WARNING), Mode::Advisory);
    // What is switched off is not promoted by a date.
    policy
        .rules
        .insert(ERROR.id.into(), setting(Some(Mode::Off), Some(BlockingFrom::Date(day("2026-01-01")))));
    assert_eq!(policy.rule_mode(&ERROR), Mode::Off);
}

#[test]
fn a_waiver_holds_through_its_last_day_and_for_its_path_only() {
    for (path, expires, passes, also) in [
        ("a/b.yml", "2026-11-21", true, None),
        ("a/*.yml", "2027-01-01", true, None),
        ("**", "2027-01-01", true, None),
        ("a/b.yml", "2026-11-20", false, Some("policy/expired-waiver")),
        ("*.yml", "2027-01-01", false, Some("policy/unused-waiver")),
        ("a/c.yml", "2027-01-01", false, Some("policy/unused-waiver")),
    ] {
        let mut policy = policy();
        policy.default_mode = Mode::Blocking;
        policy.waivers = vec![waiver(ERROR.id, path, expires)];
        let judgement = policy.judge(evidence(vec![found(&ERROR)]));
        assert_eq!(judgement.verdict == Verdict::Pass, passes, "{path} {expires}");
        assert_eq!(ids(&judgement).get(1).copied(), also, "{path} {expires}");
        let waived = judgement.findings[0].waived_by.as_deref();
        assert_eq!(waived.is_some_and(|by| by.contains("@org/people")), passes, "{path} {expires}");
    }
}

#[test]
fn a_waiver_of_a_check_that_did_not_run_is_not_called_unused() {
    let mut policy = policy();
    policy.waivers = vec![waiver("lockfile/missing", "**", "2027-01-01")];
    assert!(policy.judge(evidence(vec![])).findings.is_empty());
    assert_eq!(
        ids(&policy.judge(vec![Evidence { check: "lockfile", not_verified: false, findings: vec![] }])),
        ["policy/unused-waiver"]
    );
}

#[test]
fn the_baseline_accepts_what_it_knows_and_says_what_is_gone() {
    let mut policy = policy();
    policy.default_mode = Mode::Blocking;
    policy.baseline_path = Some("baseline.json".into());
    policy.baseline.insert(format!("print of {}", ERROR.id), ERROR.id.into());
    policy.baseline.insert("print of something gone".into(), WARNING.id.into());
    policy.baseline.insert("of a check that did not run".into(), "files/duplicate-key".into());
    let judgement = policy.judge(evidence(vec![found(&ERROR)]));
    assert_eq!(judgement.verdict, Verdict::Pass);
    assert_eq!(judgement.findings[0].waived_by.as_deref(), Some("baseline"));
    assert_eq!(ids(&judgement)[1], "policy/stale-baseline");
    assert!(judgement.findings[1].finding.message.contains("1 of the baseline's 3"));
    assert_eq!(policy.judge(evidence(vec![found(&WARNING)])).verdict, Verdict::Fail, "new ones block");
}

#[test]
fn what_could_not_be_looked_at_fails_a_blocking_gate_only() {
    let unverified = vec![Evidence { check: "integrity", not_verified: true, findings: vec![] }];
    let mut policy = policy();
    assert_eq!(policy.judge(unverified.clone()).verdict, Verdict::Pass);
    policy.default_mode = Mode::Blocking;
    let judgement = policy.judge(unverified.clone());
    assert_eq!((judgement.verdict, judgement.unverified), (Verdict::Error, vec!["integrity"]));
    policy.fail_on_not_verified = false;
    assert_eq!(policy.judge(unverified.clone()).verdict, Verdict::Pass);
    // A blocking finding says more than a missing look.
    policy.fail_on_not_verified = true;
    let both = vec![Evidence { check: "integrity", not_verified: true, findings: vec![found(&ERROR)] }];
    assert_eq!(policy.judge(both).verdict, Verdict::Fail);
}

#[test]
fn an_ignore_comment_with_a_reason_excepts() {
    let mut policy = policy();
    policy.default_mode = Mode::Blocking;
    let ignored = Fingerprinted { ignored: Some("tried out".into()), ..found(&ERROR) };
    let judgement = policy.judge(evidence(vec![ignored]));
    assert_eq!(judgement.verdict, Verdict::Pass);
    assert_eq!(judgement.findings[0].waived_by.as_deref(), Some("ignore comment: tried out"));
}
