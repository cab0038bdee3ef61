use super::*;
use serde_json::json;

fn run(id: u64, name: &str, app: u64, conclusion: Option<&str>) -> CheckRun {
    let status = if conclusion.is_some() { "completed" } else { "in_progress" };
    serde_json::from_value(json!({
        "id": id, "name": name, "status": status, "conclusion": conclusion,
        "started_at": format!("2026-01-01T00:00:{id:02}Z"), "app": {"id": app, "slug": format!("app-{app}")},
    }))
    .unwrap()
}

fn status(id: u64, context: &str, state: &str) -> Status {
    serde_json::from_value(json!({"id": id, "context": context, "state": state})).unwrap()
}

fn required(name: &str, app: Option<u64>) -> Required {
    Required { name: name.to_owned(), app, by: "a ruleset".to_owned() }
}

#[test]
fn what_nobody_reported_is_missing() {
    let standing = standing(&required("test", None), &[status(1, "lint", "success")], &[]);
    assert!(matches!(standing, Standing::Missing(_)), "{standing:?}");
}

#[test]
fn the_newest_of_each_app_counts() {
    let rerun = [run(1, "test", 7, Some("failure")), run(2, "test", 7, Some("success"))];
    assert_eq!(standing(&required("test", None), &[], &rerun), Standing::Passed);
    let back = [run(3, "test", 7, Some("failure")), run(2, "test", 7, Some("success"))];
    assert!(matches!(standing(&required("test", None), &[], &back), Standing::Failed(_)));
    // Another app's success does not replace it.
    let two = [run(1, "test", 7, Some("failure")), run(2, "test", 8, Some("success"))];
    let Standing::Failed(words) = standing(&required("test", None), &[], &two) else { panic!() };
    assert!(words.contains("app-7"), "{words}");
    assert_eq!(standing(&required("test", Some(8)), &[], &two), Standing::Passed);
    let Standing::Missing(words) = standing(&required("test", Some(9)), &[], &two) else { panic!() };
    assert!(words.contains("app 9"), "{words}");
}

#[test]
fn a_status_and_a_run_of_one_name_both_count() {
    let runs = [run(1, "test", 7, Some("success"))];
    let failed = [status(1, "test", "failure")];
    assert!(matches!(standing(&required("test", None), &failed, &runs), Standing::Failed(_)));
    let newer = [status(1, "test", "failure"), status(2, "Test", "success")];
    assert_eq!(standing(&required("test", None), &newer, &runs), Standing::Passed);
    // A status says nothing about an app that is named.
    let only = standing(&required("test", Some(7)), &newer, &[]);
    assert!(matches!(only, Standing::Missing(_)), "{only:?}");
}

#[test]
fn conclusions_are_those_of_github() {
    for (conclusion, passes) in [
        ("success", true),
        ("skipped", true),
        ("neutral", true),
        ("failure", false),
        ("cancelled", false),
        ("timed_out", false),
        ("action_required", false),
        ("stale", false),
        ("startup_failure", false),
    ] {
        let standing = standing(&required("a", None), &[], &[run(1, "a", 1, Some(conclusion))]);
        assert_eq!(standing == Standing::Passed, passes, "{conclusion}");
    }
    let standing = standing(&required("a", None), &[], &[run(1, "a", 1, None)]);
    assert!(matches!(standing, Standing::Pending(_)));
}

#[test]
fn rules_and_protection_are_read() {
    let rules: Vec<crate::github::model::BranchRule> = serde_json::from_value(json!([
        {"type": "deletion"},
        {"type": "required_status_checks", "parameters": {"required_status_checks": [
            {"context": "test", "integration_id": 15368}, {"context": "lint"}]}},
    ]))
    .unwrap();
    let names: Vec<_> = of_rules(&rules).into_iter().map(|required| (required.name, required.app)).collect();
    assert_eq!(names, [("test".to_owned(), Some(15368)), ("lint".to_owned(), None)]);
    let branch: crate::github::model::Branch = serde_json::from_value(json!({
        "protected": true,
        "protection": {"required_status_checks": {"contexts": ["a", "b"], "checks": [{"context": "a", "app_id": -1}]}},
    }))
    .unwrap();
    let names: Vec<_> =
        of_protection(&branch).into_iter().map(|required| (required.name, required.app)).collect();
    assert_eq!(names, [("a".to_owned(), None), ("b".to_owned(), None)]);
}
