//! What the check looks for.

use super::permit::{
    ACTOR_NOT_ALLOWED, CHANGE_FREEZE, EVENT_NOT_ALLOWED, NOT_ON_BRANCH, OLDER_THAN_DEPLOYED, REF_NOT_ALLOWED,
};
use crate::rule::{Category, Rule, Severity};

/// All rules of the check.
pub static ALL: &[&Rule] = &[
    &ABSENT,
    &BLANK,
    &PLACEHOLDER,
    &UNEXPANDED,
    &SECRET_REFERENCE,
    &PASTED_SHAPE,
    &WRONG_FORMAT,
    &WRONG_TYPE,
    &INVALID_CHECKSUM,
    &EXPIRED,
    &RETIRED_FORMAT,
    &LOCAL_ADDRESS,
    &SAME_VALUE,
    &MALFORMED_ENTRY,
    &UNKNOWN_ENVIRONMENT,
    &MISSING_TOOL,
    &MISSING_FILE,
    &REF_NOT_ALLOWED,
    &ACTOR_NOT_ALLOWED,
    &EVENT_NOT_ALLOWED,
    &CHANGE_FREEZE,
    &NOT_ON_BRANCH,
    &OLDER_THAN_DEPLOYED,
];

/// A required variable is not set, or empty.
pub static ABSENT: Rule = Rule {
    id: "preflight/absent",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a required secret or variable is not set, or is empty",
    allow: None,
};

/// Only white space.
pub static BLANK: Rule = Rule {
    id: "preflight/blank",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a required secret or variable holds white space only",
    allow: None,
};

/// A placeholder.
pub static PLACEHOLDER: Rule = Rule {
    id: "preflight/placeholder",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a placeholder stands where the value should be",
    allow: None,
};

/// An expression that nobody evaluated.
pub static UNEXPANDED: Rule = Rule {
    id: "preflight/unexpanded",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "an expression or variable was handed over as text instead of its value",
    allow: None,
};

/// The address of a secret instead of the secret.
pub static SECRET_REFERENCE: Rule = Rule {
    id: "preflight/secret-reference",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "the address of a secret in a store was handed over instead of the secret",
    allow: None,
};

/// Something came along when the value was copied.
pub static PASTED_SHAPE: Rule = Rule {
    id: "preflight/pasted-shape",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "something came along when the value was copied: a line break, quotes, its own name",
    allow: None,
};

/// Not the documented or declared format.
pub static WRONG_FORMAT: Rule = Rule {
    id: "preflight/wrong-format",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "the value does not have the format that its kind has",
    allow: None,
};

/// A credential, but another one.
pub static WRONG_TYPE: Rule = Rule {
    id: "preflight/wrong-type",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "the value is a credential of another kind than the variable is for",
    allow: None,
};

/// The checksum inside the token is wrong.
pub static INVALID_CHECKSUM: Rule = Rule {
    id: "preflight/invalid-checksum",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "the checksum inside the token does not fit: a character was lost or changed",
    allow: None,
};

/// No longer valid, or not yet.
pub static EXPIRED: Rule = Rule {
    id: "preflight/expired",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "the token says itself that it is no longer valid, or not yet",
    allow: None,
};

/// A kind of credential that its issuer gives up.
pub static RETIRED_FORMAT: Rule = Rule {
    id: "preflight/retired-format",
    severity: Severity::Warning,
    category: Category::Validity,
    summary: "the issuer no longer accepts credentials of this kind, or soon will not",
    allow: None,
};

/// An address of this machine in production.
pub static LOCAL_ADDRESS: Rule = Rule {
    id: "preflight/local-address",
    severity: Severity::Warning,
    category: Category::Validity,
    summary: "a value for production points at the machine that uses it",
    allow: None,
};

/// Two variables with one value.
pub static SAME_VALUE: Rule = Rule {
    id: "preflight/same-value",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "two required secrets have the same value",
    allow: None,
};

/// An entry of the list that cannot be read.
pub static MALFORMED_ENTRY: Rule = Rule {
    id: "preflight/malformed-entry",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "an entry of `required-secrets` cannot be read",
    allow: None,
};

/// An environment that the settings do not know.
pub static UNKNOWN_ENVIRONMENT: Rule = Rule {
    id: "preflight/unknown-environment",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "the settings list no secrets for the environment that is deployed to",
    allow: None,
};

/// A program that the deploy needs is not there, or too old.
pub static MISSING_TOOL: Rule = Rule {
    id: "preflight/missing-tool",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a required tool is not on the path, or older than it must be",
    allow: None,
};

/// A file that the deploy needs is not there.
pub static MISSING_FILE: Rule = Rule {
    id: "preflight/missing-file",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a required file is not there, or is empty",
    allow: None,
};
