//! What is found: a place in a text, what it looks like, and why it may be none.

use std::ops::Range;

use crate::checks::secrets::foreign::pattern::Pattern;
use crate::credentials::formats::Format;

/// What was found.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A credential whose format is known.
    Credential(&'static Format),
    /// A private key.
    PrivateKey,
    /// A JSON Web Token.
    Jwt,
    /// A password in a URL.
    Url,
    /// A password in a connection string, or behind an option.
    Connection,
    /// A password in a file in which a program keeps it.
    Settings,
    /// A value of a Kubernetes Secret.
    Manifest,
    /// A value of which only the name says that it is secret.
    Generic,
    /// What a rule of the repository's own finds.
    Own(&'static Pattern),
}

impl Kind {
    /// What findings, ignore files and reports of other tools call it.
    pub fn id(&self) -> &'static str {
        match self {
            Kind::Credential(format) => &format.id,
            Kind::PrivateKey => "private-key",
            Kind::Jwt => "jwt",
            Kind::Url => "url-password",
            Kind::Connection => "connection-string",
            Kind::Settings => "stored-login",
            Kind::Manifest => "kubernetes-secret-yaml",
            Kind::Generic => "generic-api-key",
            Kind::Own(rule) => &rule.id,
        }
    }

    /// The more a rule knows, the smaller its rank.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Kind::Credential(_) => 0,
            Kind::PrivateKey | Kind::Jwt => 1,
            // As gitleaks has it, what is called generic yields to everything else.
            Kind::Own(rule) if rule.id.contains("generic") => 5,
            Kind::Own(_) => 2,
            Kind::Url | Kind::Connection | Kind::Settings => 3,
            Kind::Manifest | Kind::Generic => 4,
        }
    }
}

/// Why something that looks like a secret may be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// An example or a filler.
    Placeholder,
    /// Its letters look like words.
    Words,
    /// Its checksum does not fit.
    Checksum,
    /// It is for a host that nobody else reaches.
    Local,
    /// It opens test systems only.
    ForTests,
    /// What stands there is none of what it says.
    Broken,
    /// A passphrase is needed to use it.
    Encrypted,
}

/// A place that looks like a secret.
#[derive(Clone)]
pub struct Hit {
    /// What it looks like.
    pub kind: Kind,
    /// Why it may be none.
    pub doubt: Option<Doubt>,
    /// The value, or the first line of a key, as bytes of the text.
    pub range: Range<usize>,
}

/// A hit, and the literal by which it was found. Others may overlap it.
#[derive(Clone)]
pub struct Raw {
    /// What was found.
    pub hit: Hit,
    /// Where the literal begins, as a byte of the text.
    pub start: u32,
}

/// True for what a filter takes out of a stream: everything but placeholders.
pub fn is_worth_masking(hit: &Hit) -> bool {
    !matches!(hit.doubt, Some(Doubt::Placeholder | Doubt::Words)) || matches!(hit.kind, Kind::PrivateKey)
}
