//! Credentials with an inside: keys, tokens and documents that say themselves what is wrong with them.

use std::borrow::Cow;

use super::entry::Entry;
use super::inspect::Surroundings;
use super::kind::Format;
use super::problem::Problem;
use super::rules::{INVALID_CHECKSUM, WRONG_FORMAT, WRONG_TYPE};
use super::{format, keys, kubeconfig};
use crate::credentials::providers::{Form, Provider};
use crate::credentials::secret::SecretJson;
use crate::credentials::{pem, proofs};

/// True if a value is clearly meant to have this form.
pub fn has_form(form: Form, value: &str) -> bool {
    match form {
        Form::Jwt => value.starts_with("ey") && value.matches('.').count() == 2,
        Form::PrivateKey => value.contains("-----BEGIN "),
        Form::Age => value.to_ascii_uppercase().contains("AGE-SECRET-KEY-1"),
        Form::Kubeconfig => kubeconfig::text(value).is_some(),
        Form::ServiceAccount => service_account(value).is_some(),
        Form::Dsn => value.contains("://"),
        Form::Uuid => format::is_uuid(value),
    }
}

/// What is wrong inside a value of a form.
pub fn problems(entry: &Entry, value: &str, row: &Provider, around: &Surroundings<'_>) -> Vec<Problem> {
    match row.form {
        Some(Form::Jwt) => format::jwt(value, row.role.as_deref(), around),
        Some(Form::PrivateKey) => keys::private_key(value, around),
        Some(Form::Age) => age(value).into_iter().collect(),
        Some(Form::Kubeconfig) => kubeconfig::problems(value, around.production, around.now),
        Some(Form::ServiceAccount) => service_account_problem(value).into_iter().collect(),
        Some(Form::Dsn) => format::url(value, &row.schemes, around),
        Some(Form::Uuid) => format::problems(Format::Uuid, value, &entry.name, around),
        None => Vec::new(),
    }
}

/// Secret keys of age, one a line, with comments between them.
fn age(value: &str) -> Option<Problem> {
    let keys = || value.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let secret = |line: &str| line.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-1");
    let help = "store the file that `age-keygen` wrote";
    match keys().next() {
        Some(line) if line.starts_with("age1") => {
            let what = "is a recipient of age, with which one can only encrypt";
            Some(Problem::new(&WRONG_TYPE, what, "store the secret key, which begins with AGE-SECRET-KEY-1"))
        }
        Some(_) if keys().all(secret) => (!keys().all(proofs::bech32_checksum)).then(|| {
            let what = "holds a checksum that does not fit the rest: a character was lost or changed";
            Problem::new(&INVALID_CHECKSUM, what, help)
        }),
        _ => Some(Problem::new(
            &WRONG_FORMAT,
            "is no secret key of age: it does not begin with `AGE-SECRET-KEY-1`",
            help,
        )),
    }
}

/// The JSON of a service account, as it is or in base64.
fn service_account(value: &str) -> Option<SecretJson> {
    let text: Cow<'_, str> = match SecretJson::parse(value) {
        Some(json) => return json.0.get("type").is_some().then_some(json),
        None => value.trim().into(),
    };
    let json = SecretJson::from_bytes(data_encoding::BASE64.decode(text.as_bytes()).ok()?)?;
    json.0.get("type").is_some().then_some(json)
}

fn service_account_problem(value: &str) -> Option<Problem> {
    let Some(json) = service_account(value) else {
        let what = "is no service account key: JSON with a `type`";
        return Some(Problem::new(
            &WRONG_FORMAT,
            what,
            "store the JSON file that Google Cloud gave you, as it is or in base64",
        ));
    };
    let text = |key: &str| json.0.get(key).and_then(serde_json::Value::as_str);
    match text("type") {
        Some("service_account") => {}
        // Workload identity: no key inside, and better for it.
        Some("external_account") => return None,
        _ => {
            let what = "is a credential of Google Cloud, but not of a service account";
            return Some(Problem::new(&WRONG_TYPE, what, "create a key of a service account"));
        }
    }
    if let Some(missing) =
        ["project_id", "client_email", "private_key"].iter().find(|key| text(key).is_none())
    {
        let what = format!("is a service account key without `{missing}`");
        return Some(Problem::new(&WRONG_FORMAT, what, "store the whole file"));
    }
    let key = text("private_key").unwrap_or_default();
    if key.contains("\\n") {
        let what = "is a service account key whose line ends are escaped twice";
        return Some(Problem::new(&WRONG_FORMAT, what, "store the file itself: `gh secret set NAME < FILE`"));
    }
    pem::blocks(key).err().map(|_| {
        let what = "is a service account key whose `private_key` is damaged";
        Problem::new(&WRONG_FORMAT, what, "store the whole file: `gh secret set NAME < FILE`")
    })
}

/// For a variable that has several uses: the value must say that it is this one.
pub fn fits_loosely(row: &Provider, value: &str) -> bool {
    match row.form {
        Some(Form::Dsn) => {
            let scheme = value.split("://").next().unwrap_or_default().to_ascii_lowercase();
            value.contains("://") && row.schemes.iter().any(|known| scheme.split('+').next() == Some(known))
        }
        Some(form) => has_form(form, value),
        None => false,
    }
}
