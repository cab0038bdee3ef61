//! What the check looks for.

use crate::rule::{Category, Rule, Severity};

/// All rules of the check.
pub static ALL: &[&Rule] =
    &[&CREDENTIAL, &PRIVATE_KEY, &JSON_WEB_TOKEN, &URL_PASSWORD, &ASSIGNED_SECRET, &OWN_PATTERN];

/// A credential whose format is known.
pub static CREDENTIAL: Rule = Rule {
    id: "secrets/credential",
    severity: Severity::Error,
    category: Category::Security,
    summary: "a token or key of a known vendor stands in a file",
    allow: None,
};

/// A private key.
pub static PRIVATE_KEY: Rule = Rule {
    id: "secrets/private-key",
    severity: Severity::Error,
    category: Category::Security,
    summary: "a private key stands in a file",
    allow: None,
};

/// A JSON Web Token.
pub static JSON_WEB_TOKEN: Rule = Rule {
    id: "secrets/json-web-token",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "a signed JSON Web Token stands in a file",
    allow: None,
};

/// A password in a URL.
pub static URL_PASSWORD: Rule = Rule {
    id: "secrets/url-password",
    severity: Severity::Error,
    category: Category::Security,
    summary: "a URL or connection string holds a password",
    allow: None,
};

/// A value that its name calls secret.
pub static ASSIGNED_SECRET: Rule = Rule {
    id: "secrets/assigned-secret",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "a random value is assigned to a name that calls it a secret",
    allow: None,
};

/// What a rule of the repository's own finds.
pub static OWN_PATTERN: Rule = Rule {
    id: "secrets/own-pattern",
    severity: Severity::Error,
    category: Category::Security,
    summary: "a file holds what a rule of `.gitleaks.toml` looks for",
    allow: None,
};
