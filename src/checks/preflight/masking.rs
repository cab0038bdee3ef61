//! Which required values are kept out of the log, and which parts of them.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::entry::Entry;
use super::kind::{Format, Kind};
use super::kubeconfig;
use super::required;
use super::url::Url;
use crate::credentials::secret::{Secret, SecretJson};
use crate::credentials::standin;
use crate::environment::Environment;
use crate::runner::masks::{self, Masks};
use crate::settings::Settings;

/// Keys of JSON documents whose values are no secrets: masking a project's name would black out half of a log.
const PUBLIC_KEYS: &[&str] = &[
    "type",
    "project_id",
    "projectid",
    "client_email",
    "client_id",
    "clientid",
    "tenantid",
    "tenant_id",
    "subscriptionid",
    "subscription_id",
    "auth_uri",
    "token_uri",
    "auth_provider_x509_cert_url",
    "client_x509_cert_url",
    "universe_domain",
    "name",
    "username",
    "user",
    "email",
    "host",
    "hostname",
    "region",
    "zone",
    "environment",
    "env",
    "version",
    "kind",
    "apiversion",
    "id",
    "url",
    "uri",
    "endpoint",
    "alg",
    "kty",
    "use",
];

/// True if an entry's value is never a secret, whatever it is.
pub fn is_plain(entry: &Entry) -> bool {
    // A URL is plain unless it lets somebody in; that depends on the value.
    !matches!(entry.kind, Some(Kind::Format(Format::Url))) && entry.is_plain()
}

/// All strings that the runner is to mask.
pub fn masks(settings: &Settings, environment: &Environment) -> Masks {
    let mut masks = Masks::default();
    for entry in required::secret_entries(settings) {
        if let Some(value) = environment.get(&entry.name) {
            add(&entry, value, &mut masks);
        }
    }
    masks
}

/// True if the value is a secret that cannot be masked, because it is too short or stands in every log.
pub fn cannot_be_masked(entry: &Entry, value: &str) -> bool {
    let text = value.trim();
    is_secret(entry, value) && (text.chars().count() < masks::SHORTEST || masks::is_common(text))
}

fn add(entry: &Entry, value: &str, masks: &mut Masks) {
    if !is_secret(entry, value) {
        return;
    }
    if let Some(json) = SecretJson::parse(value).filter(|json| json.0.is_object() || json.0.is_array()) {
        leaves("", &json.0, masks);
        // The lines of a document are mostly names; on one line it is a value like any other.
        if !value.trim().contains('\n') {
            masks.add(value);
        }
        return;
    }
    if let Some(config) = kubeconfig::text(value) {
        credentials(config.text(), masks);
        if !value.trim().contains('\n') {
            masks.add(value);
        }
        return;
    }
    masks.add(value);
    if let Ok(url) = Url::parse(value.trim())
        && let Some(password) = url.password.or(url.user.filter(|user| user.len() >= 16))
    {
        masks.add(password);
        if let Some(decoded) = Secret::from_bytes(percent_decode_str(password).collect()) {
            masks.add(decoded.text());
        }
    }
}

/// True if there is something to hide: a stand-in is no secret, and a URL may be none.
fn is_secret(entry: &Entry, value: &str) -> bool {
    if is_plain(entry) || standin::of(value, &entry.name, false).is_some() {
        return false;
    }
    match &entry.kind {
        Some(Kind::Format(Format::Url | Format::Dsn)) => {
            Url::parse(value.trim()).map_or(true, |url| url.holds_secret())
        }
        _ => true,
    }
}

/// The credentials in a kubeconfig. Its other lines, such as `users:`, stand in many logs.
fn credentials(text: &str, masks: &mut Masks) {
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let key = key.trim_start_matches(['-', ' ', '"', '{']).to_ascii_lowercase();
        let secret = ["token", "password", "secret", "key", "data"].iter().any(|word| key.contains(word));
        if secret {
            masks.add(value.trim_matches([' ', '"', '\'', ',', '}']));
        }
    }
}

/// Depth is bounded by the parser.
fn leaves(key: &str, value: &Value, masks: &mut Masks) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| leaves(key, value, masks)),
        Value::Array(items) => items.iter().for_each(|item| leaves(key, item, masks)),
        Value::String(text) if !is_public_leaf(key, text) => {
            masks.add(text);
        }
        _ => {}
    }
}

fn is_public_leaf(key: &str, text: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let address = Url::parse(text).is_ok_and(|url| !url.holds_secret());
    PUBLIC_KEYS.contains(&key.as_str()) || address
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::preflight::entry;

    fn masked(entry: &str, value: &str) -> Vec<String> {
        let mut masks = Masks::default();
        add(&entry::parse(entry).unwrap_or_else(|_| panic!("{entry}")), value, &mut masks);
        masks.commands().map(|command| command["::add-mask::".len()..].to_owned()).collect()
    }

    #[test]
    fn secrets_are_masked_and_configuration_is_not() {
        assert!(masked("KEY", "hunter2-canary").contains(&"hunter2-canary".to_owned()));
        for (entry, value) in [
            ("PORT: port", "8080"),
            ("N: integer", "123456789"),
            ("REGION", "eu-west-1"),
            ("MODE: one-of(alpha-mode|beta-mode)", "alpha-mode"),
            ("SITE: url", "https://example.com/path"),
            ("KEY", "changeme-please-here"),
            ("KEY", "${{ secrets.X }}"),
            ("KEY", "abc"),
            ("KEY", "production"),
            ("A: azure-guid", "3f2b8c1e-9d47-4a6b-8e15-7c0a2d9f4b63"),
        ] {
            assert_eq!(masked(entry, value), [""; 0], "{entry} {value}");
        }
    }

    #[test]
    fn parts_that_turn_up_alone_are_masked_too() {
        let dsn = masked("D: dsn", "postgres://app:p%40ss-word@db.example/app");
        assert!(
            dsn.contains(&"p@ss-word".to_owned()) && dsn.contains(&"p%2540ss-word".to_owned()),
            "{dsn:?}"
        );
        let json =
            masked("J: json", "{\n \"project_id\": \"my-project\",\n \"key\": \"line-one\\nline-two\"\n}\n");
        for line in ["line-one", "line-two"] {
            assert!(json.contains(&line.to_owned()), "{json:?}");
        }
        assert!(!json.iter().any(|mask| mask.contains("my-project") || mask.contains('{')), "{json:?}");
        assert!(masked("S: url", "https://host/x?token=abcdefgh").len() > 3);
        let config = masked(
            "K: kubeconfig",
            &kubeconfig::tests::GOOD.replace("{token: not-a-token}", "\n    token: not-a-token"),
        );
        assert!(
            config.contains(&"not-a-token".to_owned()) && !config.contains(&"users:".to_owned()),
            "{config:?}"
        );
    }

    #[test]
    fn a_secret_that_cannot_be_masked_is_known() {
        let entry = entry::parse("PIN: secret").unwrap_or_else(|_| panic!());
        assert!(cannot_be_masked(&entry, "a7c") && cannot_be_masked(&entry, "2468"));
        assert!(!cannot_be_masked(&entry, "a-long-value"));
    }
}
