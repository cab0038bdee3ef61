//! Values of every class, and what is said about them.

use std::path::Path;

use super::super::entry;
use super::super::kubeconfig;
use super::*;
use crate::credentials::jwt;
use crate::credentials::pem::tests::pem;
use crate::rule::Severity;

/// A deploy to production at second one million, from the folder of this package.
pub fn around(variables: &Environment) -> Surroundings<'_> {
    Surroundings::new(variables, Path::new(env!("CARGO_MANIFEST_DIR")), 1_000_000.0, Some("production"))
}

fn look_with(text: &str, value: &str, variables: &[(&str, &str)]) -> Vec<Problem> {
    let entry = entry::parse(text).unwrap_or_else(|malformed| panic!("{text}: {}", malformed.message));
    let variables = Environment::of(variables);
    problems(&entry, value, &around(&variables))
}

fn look(text: &str, value: &str) -> Vec<String> {
    look_with(text, value, &[]).iter().map(said).collect()
}

fn said(problem: &Problem) -> String {
    format!("{} {}", problem.severity.as_str(), problem.rule.id.trim_start_matches("preflight/"))
}

/// Letters and digits that are nobody's token, long enough for every format.
fn filler(length: usize) -> String {
    "k3Jx9QmZ7bT1vLw5Rs8YdNfHgPcUa2Ei4oXq".chars().cycle().take(length).collect()
}

fn hex(length: usize) -> String {
    "3f2b8c1e9d474a6b".chars().cycle().take(length).collect()
}

fn github() -> String {
    let body = filler(30);
    format!("ghp{}{body}{}", "_", std::str::from_utf8(&proofs::base62_checksum(body.as_bytes())).unwrap())
}

fn npm() -> String {
    github().replacen("ghp", "npm", 1)
}

fn aws_id(prefix: &str) -> String {
    format!("{prefix}{}", "QNZGKIQY56JQ7WML")
}

fn stripe(kind: &str) -> String {
    format!("{kind}{}", filler(24))
}

#[test]
fn good_values_raise_nothing() {
    let age = format!(
        "AGE-SECRET-KEY-1{0}{1}",
        "Q".repeat(52),
        proofs::bech32_ending("age-secret-key-", &"q".repeat(52)).to_uppercase()
    );
    let account =
        serde_json::json!({"type": "service_account", "project_id": "p", "client_email": "a@b.example",
        "private_key": pem("PRIVATE KEY", 200)})
        .to_string();
    let cases = [
        ("GH_TOKEN", github()),
        ("GITHUB_TOKEN", format!("ghs{}1234_{}", "_", filler(200))),
        ("MY_GH_TOKEN", format!("ghs{}{}", "_", filler(36))),
        ("NPM_TOKEN", npm()),
        ("GEMINI_API_KEY", format!("AQ.{}", filler(40))),
        ("GOOGLE_MAPS_API_KEY", format!("AIza{}", filler(35))),
        ("AWS_ACCESS_KEY_ID", aws_id("AKIA")),
        ("AWS_SECRET_ACCESS_KEY", filler(40)),
        ("STRIPE_SECRET_KEY", stripe("sk_live_")),
        ("AZURE_CLIENT_ID", "3f2b8c1e-9d47-4a6b-8e15-7c0a2d9f4b63".to_owned()),
        ("CLOUDFLARE_API_TOKEN", filler(40)),
        ("CLOUDFLARE_API_TOKEN", format!("cfut_{}", filler(48))),
        ("SUPABASE_SERVICE_ROLE_KEY", jwt::tests::token(r#"{"role":"service_role","exp":2000000}"#)),
        ("SUPABASE_SERVICE_ROLE_KEY", format!("sb_secret_{}", filler(30))),
        ("SSH_PRIVATE_KEY", pem("PRIVATE KEY", 200)),
        ("SOPS_AGE_KEY", format!("# created\n{age}\n")),
        ("KUBE_CONFIG_DATA", kubeconfig::tests::GOOD.to_owned()),
        ("GCP_SA_KEY", account.clone()),
        ("GCP_SA_KEY", data_encoding::BASE64.encode(account.as_bytes())),
        ("DATABASE_URL", format!("postgres://app:{}@db.example:5432/app", filler(12))),
        ("DATABASE_URL", "sqlserver://whatever.example;x=y".to_owned()),
        ("POSTGRES_URL", format!("jdbc:postgresql://db.example/app?user=app&password={}", filler(12))),
        ("DOCKER_PASSWORD", "an ordinary password".to_owned()),
        ("SLACK_WEBHOOK_URL", format!("https://chat.example/hooks/{}", filler(26))),
        ("SLACK_WEBHOOK_URL", format!("https://hooks.slack.com/services/{}", filler(44))),
        ("NODE_AUTH_TOKEN", github()),
        ("ANYTHING", filler(20)),
        ("WHATEVER: secret", "x".to_owned()),
        ("REGION", "test".to_owned()),
        ("MODE: one-of(test|live)", "test".to_owned()),
        ("MODE: /test|live/", "test".to_owned()),
        ("J: json", "[1]".to_owned()),
        ("KUBECONFIG", "/etc/deploy/kubeconfig".to_owned()),
        ("NPM_TOKEN: secret", "a token of another registry".to_owned()),
    ];
    for (entry, value) in cases {
        assert_eq!(look(entry, &value), [""; 0], "{entry} {value:?}");
    }
}

#[test]
fn wrong_types_are_told_apart() {
    let error = "error wrong-type";
    let cases = [
        ("STRIPE_SECRET_KEY", stripe("pk_live_"), error),
        ("STRIPE_SECRET_KEY", stripe("sk_test_"), error),
        ("STRIPE_PUBLISHABLE_KEY", stripe("sk_live_"), error),
        ("AWS_ACCESS_KEY_ID", filler(40), error),
        ("AWS_SECRET_ACCESS_KEY", aws_id("AKIA"), error),
        ("PROD_AWS_ACCESS_KEY_ID", aws_id("ASIA"), error),
        ("AWS_ACCESS_KEY_ID: aws-access-key-id account=123456789012", aws_id("AKIA"), error),
        ("AZURE_CLIENT_SECRET", "3f2b8c1e-9d47-4a6b-8e15-7c0a2d9f4b63".to_owned(), error),
        ("CLOUDFLARE_API_TOKEN", hex(37), error),
        ("OPENAI_API_KEY", format!("sk-ant-api03-{}AA", filler(93)), error),
        ("OPENAI_KEY", "sk-ant-cut-off".to_owned(), error),
        ("ANTHROPIC_API_KEY", format!("sk-ant-admin01-{}", filler(60)), error),
        ("ANTHROPIC_API_KEY", format!("AQ.{}", filler(40)), error),
        ("GEMINI_API_KEY", format!("GOCSPX-{}", filler(28)), error),
        ("GEMINI_API_KEY", format!("ya29.{}", filler(40)), error),
        ("GEMINI_API_KEY", r#"{"type":"service_account"}"#.to_owned(), error),
        ("GEMINI_API_KEY", "https://aistudio.google.com/".to_owned(), error),
        ("OPENAI_ORG_TOKEN", github(), error),
        ("SLACK_BOT_TOKEN", format!("xoxp-{}", filler(30)), error),
        ("SENTRY_AUTH_TOKEN", "https://abc@o1.ingest.sentry.io/1".to_owned(), error),
        ("DOPPLER_TOKEN", format!("dp.pt.{}", filler(43)), error),
        ("SUPABASE_SERVICE_ROLE_KEY", jwt::tests::token(r#"{"role":"anon"}"#), error),
        ("SUPABASE_ANON_KEY", jwt::tests::token(r#"{"role":"service_role"}"#), error),
        ("SOPS_AGE_KEY", format!("age1{}", "q".repeat(58)), error),
        ("SSH_PRIVATE_KEY", pem("PUBLIC KEY", 100), error),
        ("GCP_SA_KEY", r#"{"type":"authorized_user"}"#.to_owned(), error),
        ("DEPLOY: github-pat", format!("ghs{}{}", "_", filler(36)), error),
        ("RELEASE", format!("ghs{}{}", "_", filler(36)), "note wrong-type"),
    ];
    for (entry, value, expected) in cases {
        assert_eq!(look(entry, &value), [expected], "{entry} {value:?}");
    }
    let with = |name: &str| look_with("AWS_ACCESS_KEY_ID", &aws_id("ASIA"), &[(name, "x")]).len();
    assert_eq!((with("AWS_SESSION_TOKEN"), with("OTHER")), (0, 1));
    assert_eq!(
        look_with("OPENAI_API_KEY", &format!("gsk_{}", filler(40)), &[("OPENAI_BASE_URL", "x")])[0].severity,
        Severity::Note
    );
}

#[test]
fn formats_are_errors_only_where_somebody_guarantees_them() {
    let cut = |text: String| text[..text.len() - 3].to_owned();
    let cases = [
        ("GH_TOKEN", cut(github()), "error wrong-format"),
        ("NODE_AUTH_TOKEN", cut(npm()), "error wrong-format"),
        ("SLACK_WEBHOOK_URL", "hooks".to_owned(), "error wrong-format"),
        ("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T0/B0".to_owned(), "error wrong-format"),
        ("NPM_TOKEN", "hunter2-real-secret".to_owned(), "error wrong-format"),
        ("STRIPE_SECRET_KEY", "hunter2-real-secret".to_owned(), "error wrong-format"),
        ("AZURE_TENANT_ID", "my-tenant".to_owned(), "error wrong-format"),
        ("SSH_PRIVATE_KEY", "hunter2-real-secret".to_owned(), "error wrong-format"),
        ("POSTGRES_URL", "db.example".to_owned(), "error wrong-format"),
        ("GCP_SA_KEY", "hunter2-real-secret".to_owned(), "error wrong-format"),
        ("K: jwt", "hunter2-real-secret".to_owned(), "error wrong-format"),
        ("K: /[a-z]{3}/", "abcd".to_owned(), "error wrong-format"),
        ("K: min-length=30", "hunter2-real-secret".to_owned(), "error wrong-format"),
        ("K: equals(a)", "b".to_owned(), "error wrong-format"),
        ("GEMINI_API_KEY", "hunter2-real-secret".to_owned(), "note wrong-format"),
        ("OPENAI_API_KEY", format!("sk-{}", filler(30)), "note wrong-format"),
        ("REDIS_URL", "http://redis.example".to_owned(), "note wrong-format"),
    ];
    for (entry, value, expected) in cases {
        assert_eq!(look(entry, &value), [expected], "{entry} {value:?}");
    }
}

#[test]
fn what_a_token_says_about_itself_is_believed() {
    let last = |text: String, with: &str| format!("{}{with}", &text[..text.len() - 1]);
    let other = if github().ends_with('x') { "y" } else { "x" };
    assert_eq!(look("GH_TOKEN", &last(github(), other)), ["error invalid-checksum"]);
    assert_eq!(look("ANY_NAME", &last(github(), other)), ["error invalid-checksum"]);
    assert_eq!(look("NPM_TOKEN", &last(npm(), other)), ["error invalid-checksum"]);
    let fine = format!("github{}_{}_{}", "_pat", filler(22), filler(59));
    assert_eq!(look("GH_TOKEN", &fine), ["warning invalid-checksum"]);
    assert_eq!(
        look("SOPS_AGE_KEY", &format!("AGE-SECRET-KEY-1{}", "Q".repeat(58))),
        ["error invalid-checksum"]
    );
    assert_eq!(look("ID_TOKEN", &jwt::tests::token(r#"{"exp":1}"#)), ["error expired"]);
    assert_eq!(look("K: jwt", &jwt::tests::token(r#"{"nbf":9000000}"#)), ["error expired"]);
    assert_eq!(look("GEMINI_API_KEY", &format!("AIza{}", filler(35))), ["warning retired-format"]);
    let pypi = |host: &str| {
        let bytes = [&[2, 1, host.len() as u8], host.as_bytes(), &[2; 60]].concat();
        format!("pypi-{}", data_encoding::BASE64URL_NOPAD.encode(&bytes))
    };
    assert_eq!(look("PYPI_API_TOKEN", &pypi("pypi.org")), [""; 0]);
    assert_eq!(look("PYPI_API_TOKEN", &pypi("test.pypi.org")), ["error wrong-type"]);
    assert_eq!(look("TEST_PYPI_API_TOKEN", &pypi("test.pypi.org")), [""; 0]);
    assert_eq!(look("DATABASE_URL", "postgres://a:b3x9@localhost/x"), ["warning local-address"]);
}

#[test]
fn what_came_along_is_reported_and_the_rest_is_looked_at() {
    assert_eq!(look("GH_TOKEN", &format!("{}\n", github())), ["error pasted-shape"]);
    assert_eq!(
        look("GH_TOKEN", &format!("GH_TOKEN=\"{}\"", github())),
        ["error pasted-shape", "error pasted-shape"]
    );
    assert_eq!(look("GH_TOKEN", " hunter2-real-secret"), ["error pasted-shape", "error wrong-format"]);
    assert_eq!(
        look("SSH_PRIVATE_KEY", &pem("PRIVATE KEY", 200).replace('\n', "\\n")),
        ["error pasted-shape"]
    );
    assert_eq!(
        look("SSH_PRIVATE_KEY", &pem("PRIVATE KEY", 200).replace('\n', "\r\n")),
        ["error pasted-shape"]
    );
    assert_eq!(look("ANY", "a%2Fb%3D"), ["note pasted-shape"]);
    assert_eq!(look("ANY", "  "), ["error blank"]);
    assert_eq!(look("ANY", "changeme\n"), ["error placeholder"]);
    assert_eq!(look("MY_KEY", "my_key"), ["error placeholder"]);
    assert_eq!(look("ANY", "${{ secrets.ANY }}"), ["error unexpanded"]);
    assert_eq!(look("ANY", "op://vault/item/field"), ["error secret-reference"]);
}

#[test]
fn an_environment_is_production_if_it_says_so() {
    let variables = Environment::default();
    let production = |name| Surroundings::new(&variables, Path::new("."), 0.0, Some(name)).production;
    assert!(production("production") && production("eu-prod") && production("Prod/eu") && production("live"));
    assert!(!production("staging") && !production("products") && !production("deliver"));
}

proptest::proptest! {
    #[test]
    fn no_message_holds_a_part_of_the_value(
        value in "[A-Za-z0-9]{6}[!-~]{0,30}",
        entry in proptest::sample::select(vec![
            "GH_TOKEN", "NPM_TOKEN", "OPENAI_API_KEY", "DATABASE_URL", "ANY", "K: url", "K: json", "K: pem", "K: jwt", "K: dsn",
            "K: kubeconfig", "K: file", "K: duration", "K: hex", "K: age", "K: pypi", "K: gcp-service-account-json", "K: email",
        ]),
        before in proptest::sample::select(vec!["", "ghp_", "sk-ant-", "postgres://", "{\"type\":\"", "-----BEGIN ", "API_KEY=", "Bearer "]),
        after in proptest::sample::select(vec!["", "\n", "\"", "==", "@localhost/x", "-----", " "]),
    ) {
        let text = format!("{before}{value}{after}");
        for problem in look_with(entry, &text, &[]) {
            let shown = format!("{} {}", problem.what, problem.help);
            proptest::prop_assert!(!shown.contains(&value), "{}", problem.rule.id);
        }
    }
}
