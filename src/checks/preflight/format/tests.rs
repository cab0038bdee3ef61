//! Good and other values of every common format.

use super::*;
use crate::checks::preflight::inspect::tests::around;
use crate::checks::preflight::kind::FORMATS;
use crate::checks::preflight::kind::Kind;
use crate::credentials::pem::tests::pem as some_pem;
use crate::environment::Environment;

fn found(kind: &str, value: &str) -> Vec<String> {
    let Some(Kind::Format(format)) = Kind::named(kind) else { panic!("{kind}") };
    let environment = Environment::default();
    problems(format, value, "NAME", &around(&environment)).into_iter().map(|problem| problem.what).collect()
}

#[test]
fn good_values_pass() {
    let json = some_pem("PRIVATE KEY", 180);
    let cases = [
        ("secret", "anything at all"),
        ("text", "x"),
        ("url", "https://example.com"),
        ("dsn", "postgresql+asyncpg://u:9f8e7d6c@db.example/x"),
        ("json", "{\"a\": [1]}\n"),
        ("pem", &json),
        ("port", "65535"),
        ("integer", "-12"),
        ("boolean", "Yes"),
        ("duration", "1h30m"),
        ("duration", "1.5s"),
        ("duration", "500ms"),
        ("duration", "PT1H30M"),
        ("file", "Cargo.toml"),
        ("email", "a.b@example.com"),
        ("hex", "00ffAB"),
        ("base64", "aGk="),
        ("base64", "_-aa"),
        ("uuid", "3f2b8c1e-9d47-4a6b-8e15-7c0a2d9f4b63"),
    ];
    for (kind, value) in cases {
        assert_eq!(found(kind, value), [""; 0], "{kind} {value}");
    }
}

#[test]
fn other_values_do_not() {
    let cases = [
        ("url", "example.com"),
        ("url", "https://"),
        ("dsn", "db.example:5432"),
        ("json", "{a: 1}"),
        ("json", "\"{\\\"a\\\":1}\""),
        ("pem", "MIIE"),
        ("pem", "ssh-ed25519 AAAA comment"),
        ("pem", "PuTTY-User-Key-File-3: ssh-ed25519"),
        ("kubeconfig", "x"),
        ("port", "0"),
        ("port", "+80"),
        ("port", "65536"),
        ("integer", "1.5"),
        ("integer", "-"),
        ("boolean", "ja"),
        ("duration", "30"),
        ("duration", "1h30"),
        ("duration", ""),
        ("duration", "P"),
        ("file", "no/such/file"),
        ("file", "src"),
        ("email", "a@b"),
        ("email", "a b@c.de"),
        ("hex", "0x12"),
        ("hex", "abc"),
        ("base64", "a b"),
        ("uuid", "3f2b8c1e"),
        ("jwt", "a.b.c"),
    ];
    for (kind, value) in cases {
        assert_eq!(found(kind, value).len(), 1, "{kind} {value}");
    }
}

#[test]
fn a_pem_is_what_its_variable_says() {
    let environment = Environment::default();
    let check =
        |name: &str, label: &str| problems(Format::Pem, &some_pem(label, 180), name, &around(&environment));
    assert!(check("TLS_CERT", "CERTIFICATE").is_empty());
    assert!(check("CA_BUNDLE", "CERTIFICATE").is_empty());
    assert_eq!(check("TLS_KEY", "CERTIFICATE")[0].rule.id, WRONG_TYPE.id);
    assert_eq!(check("DEPLOY_KEY", "PUBLIC KEY")[0].rule.id, WRONG_TYPE.id);
    assert_eq!(check("DEPLOY_KEY", "ENCRYPTED PRIVATE KEY")[0].severity, Severity::Note);
    let with = Environment::of(&[("DEPLOY_KEY_PASSPHRASE", "x")]);
    let around = around(&with);
    assert!(problems(Format::Pem, &some_pem("ENCRYPTED PRIVATE KEY", 180), "K", &around).is_empty());
}

#[test]
fn connection_strings_are_looked_into() {
    let environment = Environment::default();
    let rules = |value: &str| -> Vec<&str> {
        url(value, &["postgres".to_owned()], &around(&environment))
            .iter()
            .map(|problem| problem.rule.id)
            .collect()
    };
    assert_eq!(rules("mysql://u:p@h/db"), [WRONG_FORMAT.id]);
    assert_eq!(rules("postgres://u:${PASS}@h/db"), [UNEXPANDED.id]);
    assert_eq!(rules("postgres://u:password@h/db"), [PLACEHOLDER.id]);
    assert_eq!(rules("postgres://postgres:postgres@localhost/db"), [LOCAL_ADDRESS.id]);
    assert_eq!(rules("postgres://u@h/db"), [""; 0]);
}

proptest::proptest! {
    #[test]
    fn any_value_can_be_held_against_any_format(value in "(?s)(\\PC|[.:/@=-]|\n|[0-9a-f]){0,60}", index in 0..FORMATS.len()) {
        let _ = found(FORMATS[index], &value);
    }
}
