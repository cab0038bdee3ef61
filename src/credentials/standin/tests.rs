//! What stands in for a value, and what does not.

use super::*;

fn kind(value: &str) -> &'static str {
    match of(value, "API_KEY", false) {
        None => "value",
        Some(StandIn::Blank) => "blank",
        Some(StandIn::Placeholder(_)) => "placeholder",
        Some(StandIn::Unexpanded(_)) => "unexpanded",
        Some(StandIn::Reference(_)) => "reference",
    }
}

#[test]
fn what_stands_in_for_a_value_is_recognised() {
    let aws_example = format!("AKIA{}EXAMPLE", "IOSFODNN7");
    let cases = [
        ("", "blank"),
        ("   ", "blank"),
        ("changeme", "placeholder"),
        ("CHANGE_ME", "placeholder"),
        ("xxx", "placeholder"),
        ("XXXXXXXX", "placeholder"),
        ("<your-key>", "placeholder"),
        ("<GEMINI_API_KEY>", "placeholder"),
        ("${{ secrets.X }}", "unexpanded"),
        ("${GEMINI_API_KEY}", "unexpanded"),
        ("$GEMINI_API_KEY", "unexpanded"),
        ("null", "placeholder"),
        ("undefined", "placeholder"),
        ("None", "placeholder"),
        ("your-api-key-here", "placeholder"),
        ("YOUR_API_KEY", "placeholder"),
        ("insert token here", "placeholder"),
        ("sk-xxxxxxxx", "placeholder"),
        (&aws_example, "placeholder"),
        ("***", "placeholder"),
        ("000000", "placeholder"),
        ("{{ api_key }}", "unexpanded"),
        ("[REDACTED]", "placeholder"),
        ("todo", "placeholder"),
        ("op://vault/item/field", "reference"),
        ("%API_KEY%", "unexpanded"),
        ("aaaaaaaaaa", "placeholder"),
    ];
    assert_eq!(cases.len(), 27);
    for (value, expected) in cases {
        assert_eq!(kind(value), expected, "{value:?}");
    }
    let more = [
        ("\u{feff}\u{a0}\n", "blank"),
        ("$(cat key)", "unexpanded"),
        ("$env:KEY", "unexpanded"),
        ("${KEY:-none}", "unexpanded"),
        ("https://${{ secrets.HOST }}/", "unexpanded"),
        ("projects/p/secrets/s/versions/latest", "reference"),
        ("https://v.vault.azure.net/secrets/name", "reference"),
        ("00000000-0000-0000-0000-000000000000", "placeholder"),
        ("xoxb-xxxx-xxxx-xxxxxxxx", "placeholder"),
        ("sk-...", "placeholder"),
        ("api_key", "placeholder"),
        ("API-KEY", "placeholder"),
        ("replace-with-real-key", "placeholder"),
        ("1234567890", "placeholder"),
        ("n/a", "placeholder"),
    ];
    for (value, expected) in more {
        assert_eq!(kind(value), expected, "{value:?}");
    }
}

#[test]
fn values_are_left_alone() {
    // Built from parts, so that no scanner takes this file for a leak.
    let random = "k3Jx9QmZ7bT1vLw5Rs8YdNfHgPcUa2Ei4oXq";
    let values = [
        format!("AIza{}", &random[..35]),
        format!("AQ.{}", &random[..30]),
        format!("ghp{}{random}", "_"),
        format!("postgres://{}:{}@db.example.com:5432/app", "app", &random[..12]),
        "hunter2-real-secret".to_owned(),
        "correct horse battery staple".to_owned(),
        "3f2b8c1e-9d47-4a6b-8e15-7c0a2d9f4b63".to_owned(),
        format!("xoxb{}123456789012-123456789012-{}", "-", &random[..24]),
        "mysecretpassword99".to_owned(),
    ];
    assert_eq!(values.len(), 9);
    for value in values {
        assert_eq!(kind(&value), "value", "{value:?}");
    }
    for value in
        ["vault: my word", "a$B", "100%", "{\"a\":1}", "[1,2]", "use-5tronger-key", "p@ss{word}", "x"]
    {
        assert_eq!(kind(value), "value", "{value:?}");
    }
}

#[test]
fn ordinary_words_are_values_of_plain_configuration() {
    for value in ["test", "default", "none", "0", "1", "admin", "API_KEY", "my-key-service"] {
        assert_eq!(of(value, "API_KEY", true), None, "{value:?}");
    }
    assert!(of("changeme", "REGION", true).is_some());
    assert!(of("<region>", "REGION", true).is_some());
}

proptest::proptest! {
    #[test]
    fn any_text_can_be_looked_at(value in "(?s)(\\PC|[-_<>{}$%\\[\\]x0.]|\n){0,60}", plain: bool) {
        let _ = of(&value, "NAME", plain);
    }

    #[test]
    fn random_tokens_are_values(value in "[A-Za-z0-9_-]{24,64}") {
        proptest::prop_assume!(value.chars().collect::<std::collections::BTreeSet<_>>().len() > 8);
        assert_eq!(of(&value, "NAME", false), None);
    }
}
