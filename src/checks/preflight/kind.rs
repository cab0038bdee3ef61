//! Kinds: what the value of a variable is required to be.

use regex_lite::Regex;

use crate::credentials::providers::{self, Provider};

/// What the value of a variable is required to be.
#[derive(Clone)]
pub enum Kind {
    /// A common format.
    Format(Format),
    /// One of these credentials.
    Providers(Vec<&'static Provider>),
    /// Text that this pattern matches as a whole.
    Pattern(Regex),
}

/// Common formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Anything that must not be shown.
    Secret,
    /// Anything that may be shown.
    Text,
    /// A URL with a host.
    Url,
    /// A JSON document.
    Json,
    /// Keys or certificates in PEM.
    Pem,
    /// A kubeconfig, as text or in base64.
    Kubeconfig,
    /// A connection string: scheme, credentials, host.
    Dsn,
    /// A number from 1 to 65535.
    Port,
    /// A whole number.
    Integer,
    /// `true` or `false`, and what programs take for them.
    Boolean,
    /// A number with a unit.
    Duration,
    /// The path of a file that exists.
    File,
    /// An e-mail address.
    Email,
    /// Pairs of hex digits.
    Hex,
    /// Base64, in either alphabet.
    Base64,
    /// A UUID.
    Uuid,
    /// A JSON Web Token.
    Jwt,
}

/// The words for the common formats.
pub const FORMATS: &[&str] = &[
    "secret",
    "text",
    "url",
    "json",
    "pem",
    "kubeconfig",
    "dsn",
    "port",
    "integer",
    "boolean",
    "duration",
    "file",
    "email",
    "hex",
    "base64",
    "uuid",
    "jwt",
];

impl Format {
    fn named(word: &str) -> Option<Format> {
        Some(match word {
            "secret" => Format::Secret,
            "text" => Format::Text,
            "url" => Format::Url,
            "json" => Format::Json,
            "pem" => Format::Pem,
            "kubeconfig" => Format::Kubeconfig,
            "dsn" => Format::Dsn,
            "port" => Format::Port,
            "integer" => Format::Integer,
            "boolean" => Format::Boolean,
            "duration" => Format::Duration,
            "file" => Format::File,
            "email" => Format::Email,
            "hex" => Format::Hex,
            "base64" => Format::Base64,
            "uuid" => Format::Uuid,
            "jwt" => Format::Jwt,
            _ => return None,
        })
    }
}

impl Kind {
    /// The kind that users call by this word.
    pub fn named(word: &str) -> Option<Kind> {
        if let Some(format) = Format::named(word) {
            return Some(Kind::Format(format));
        }
        let rows = providers::of_kind(word);
        (!rows.is_empty()).then_some(Kind::Providers(rows))
    }

    /// Whether values of this kind are plain configuration; `None` if the kind does not say.
    pub fn is_plain(&self) -> Option<bool> {
        match self {
            Kind::Format(format) => match format {
                Format::Text | Format::Port | Format::Integer | Format::Boolean => Some(true),
                Format::Duration | Format::File | Format::Email | Format::Url => Some(true),
                Format::Hex | Format::Base64 | Format::Uuid => None,
                _ => Some(false),
            },
            Kind::Providers(rows) => Some(rows.iter().all(|row| !row.secret)),
            Kind::Pattern(_) => None,
        }
    }
}

/// All words for kinds.
pub fn words() -> Vec<&'static str> {
    FORMATS.iter().copied().chain(providers::kinds()).collect()
}

/// True if a variable's name says that it holds configuration and no secret, such as AWS_REGION.
pub fn is_configuration(name: &str) -> bool {
    const LAST_WORDS: &[&str] = &[
        "REGION",
        "ZONE",
        "LOCATION",
        "HOST",
        "HOSTNAME",
        "DOMAIN",
        "ENDPOINT",
        "PORT",
        "ENV",
        "ENVIRONMENT",
        "STAGE",
        "TIER",
        "NAME",
        "USER",
        "USERNAME",
        "EMAIL",
        "VERSION",
        "LEVEL",
        "MODE",
        "MODEL",
        "DEBUG",
        "BUCKET",
        "PROJECT",
        "ORG",
        "TEAM",
        "OWNER",
        "REPO",
        "REPOSITORY",
        "REGISTRY",
        "IMAGE",
        "TAG",
        "BRANCH",
        "NAMESPACE",
        "CLUSTER",
        "SERVICE",
        "CHANNEL",
        "TIMEOUT",
        "INTERVAL",
        "REPLICAS",
        "COUNT",
        "LIMIT",
        "PATH",
        "DIR",
        "FOLDER",
        "FILE",
        "LANG",
        "LOCALE",
        "ENABLED",
        "ID",
    ];
    let name = name.to_ascii_uppercase();
    let hint = providers::by_name(&name);
    if let [first, ..] = hint.strict.as_slice() {
        return !first.secret;
    }
    let last = name.rsplit('_').next().unwrap_or_default();
    LAST_WORDS.contains(&last) || providers::is_flag(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_a_kind() {
        for word in words() {
            assert!(Kind::named(word).is_some(), "{word}");
        }
        assert!(Kind::named("nothing").is_none());
    }

    #[test]
    fn names_tell_configuration_from_secrets() {
        for name in ["AWS_REGION", "DB_HOST", "AZURE_TENANT_ID", "NODE_ENV", "APP_CLIENT_ID", "HAS_API_KEY"] {
            assert!(is_configuration(name), "{name}");
        }
        for name in ["API_KEY", "DEPLOY_TOKEN", "DATABASE_URL", "AWS_ACCESS_KEY_ID", "WHATEVER"] {
            assert!(!is_configuration(name), "{name}");
        }
    }
}
