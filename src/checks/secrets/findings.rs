//! What is said about something that looks like a secret, and how loudly. Never its value.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::detect::{Doubt, Hit, Kind};
use super::place::Place;
use super::rules::{ASSIGNED_SECRET, CREDENTIAL, JSON_WEB_TOKEN, OWN_PATTERN, PRIVATE_KEY, URL_PASSWORD};
use crate::credentials::formats::Format;
use crate::credentials::shape::Shape;
use crate::finding::Finding;
use crate::location::{Location, Span};
use crate::rule::{Rule, Severity};

/// Rounds of the hash by which a secret is recognised again: guessing at a short password takes as many times longer.
const ROUNDS: u32 = 4096;

/// What becomes of a hit.
pub enum Judged {
    /// It is reported.
    Reported(Severity),
    /// It is only counted, for this reason.
    Counted(&'static str),
}

/// Where a hit stands in a file: comments that document code hold examples. A token with a format of its own is none.
/// The line is read only where it matters: a commit's file may have to be unpacked for it.
pub fn surroundings(hit: &Hit, file: Place, line: impl FnOnce() -> String) -> Place {
    match (file, hit.kind) {
        (Place::Source, Kind::Credential(_)) => file,
        (Place::Source, _) => file.of_line(&line()),
        _ => file,
    }
}

/// How loudly a hit is reported.
pub fn judge(hit: &Hit, place: Place) -> Judged {
    let placeholder = Judged::Counted("a placeholder, or the example of a documentation");
    match (hit.doubt, hit.kind, place) {
        (_, Kind::Settings | Kind::Manifest, Place::Source) => {
            Judged::Counted("a file with a login, as source code quotes it")
        }
        // Ranked down, not hidden: the file is no example, so the value may be none either.
        (
            Some(Doubt::Placeholder),
            Kind::Credential(_) | Kind::Generic | Kind::Jwt,
            Place::Ordinary | Place::Source,
        )
        | (
            Some(Doubt::Placeholder | Doubt::Words),
            Kind::Generic | Kind::Connection | Kind::Settings | Kind::Manifest,
            Place::Ordinary,
        )
        | (Some(Doubt::Words | Doubt::Local), Kind::Url, Place::Ordinary) => Judged::Reported(Severity::Note),
        (Some(Doubt::Placeholder), _, _) => placeholder,
        (
            Some(Doubt::Words),
            Kind::Url | Kind::Generic | Kind::Connection | Kind::Settings | Kind::Manifest,
            _,
        ) => placeholder,
        (Some(Doubt::Local), _, _) => Judged::Counted("a password for a host that nobody else reaches"),
        (Some(_), _, _) => Judged::Reported(Severity::Note),
        (None, Kind::Credential(format), Place::Example) if format.note => {
            Judged::Counted("a password hash or a public key in tests, examples or documentation")
        }
        (None, Kind::Credential(format), _) if format.note => Judged::Reported(Severity::Note),
        // Whoever writes a rule says where it holds.
        (None, Kind::Own(_), _) => Judged::Reported(OWN_PATTERN.severity),
        (None, Kind::Generic, Place::Generated) => Judged::Counted("a hash in a file that a program wrote"),
        (
            None,
            Kind::Generic | Kind::Url | Kind::Connection | Kind::Settings | Kind::Manifest,
            Place::Example,
        ) => Judged::Counted("a value in tests, examples or documentation that only its name calls secret"),
        (None, _, Place::Example) => Judged::Reported(Severity::Note),
        (None, kind, _) => Judged::Reported(rule(kind).severity),
    }
}

/// The rule that a kind belongs to.
pub fn rule(kind: Kind) -> &'static Rule {
    match kind {
        Kind::Credential(_) => &CREDENTIAL,
        Kind::PrivateKey => &PRIVATE_KEY,
        Kind::Jwt => &JSON_WEB_TOKEN,
        Kind::Url | Kind::Connection | Kind::Settings => &URL_PASSWORD,
        Kind::Generic | Kind::Manifest => &ASSIGNED_SECRET,
        Kind::Own(_) => &OWN_PATTERN,
    }
}

/// What a hit with this value is, in words that hold nothing of the secret part.
pub fn described(hit: &Hit, value: &[u8]) -> String {
    match hit.kind {
        Kind::Credential(format) => with_article(&named(format, value)),
        Kind::PrivateKey => "a private key".to_owned(),
        Kind::Jwt => "a JSON Web Token".to_owned(),
        Kind::Url => "the password of a URL".to_owned(),
        Kind::Connection => "the password of a connection".to_owned(),
        Kind::Settings => "the password of a login that a program keeps".to_owned(),
        Kind::Manifest => "a value of a Kubernetes Secret".to_owned(),
        Kind::Generic => "a value that its name calls a secret".to_owned(),
        Kind::Own(rule) if value.is_empty() => {
            format!("a file that the rule `{}` of `.gitleaks.toml` names", rule.id)
        }
        Kind::Own(rule) => format!("what the rule `{}` of `.gitleaks.toml` looks for", rule.id),
    }
}

/// Where a hit is: a rule may be about the file as such.
pub fn place(hit: &Hit, path: &str, span: Span) -> Location {
    if hit.range.is_empty() { Location::file(path) } else { Location::span(path, span) }
}

/// The finding about a hit with this value. `salt` is the repository's own.
pub fn finding(hit: &Hit, value: &[u8], severity: Severity, location: Location, salt: &str) -> Finding {
    let what = described(hit, value);
    let doubt = match hit.doubt {
        Some(Doubt::Checksum) => "; its checksum does not fit, so it opens nothing as it stands",
        Some(Doubt::Broken) => {
            "; what follows cannot be read as such a key, so it opens nothing as it stands"
        }
        Some(Doubt::ForTests) => "; it is one for tests",
        Some(Doubt::Encrypted) => "; it is encrypted with a passphrase",
        Some(Doubt::Words) => "; its letters look like words, so it may be none",
        Some(Doubt::Placeholder | Doubt::Local) => "; it looks like an example",
        None if matches!(hit.kind, Kind::Credential(format) if format.note) => {
            "; whoever has it can guess until the password is found"
        }
        None if severity == Severity::Note => "; the file looks like a test, an example or documentation",
        None => "",
    };
    Finding::new(rule(hit.kind), location, format!("{what} stands here for everybody to read{doubt}"))
        .severity(severity)
        .help(help(hit.kind, severity))
        .subject(format!("{} {}", hit.kind.id(), content_id(value, salt)))
        .hide_source()
}

fn help(kind: Kind, severity: Severity) -> String {
    let at = match kind {
        Kind::Credential(Format { revoke: Some(place), .. }) => format!(" ({place})"),
        _ => String::new(),
    };
    let verb = match kind {
        Kind::PrivateKey => "replace it wherever its public half is trusted",
        Kind::Url | Kind::Connection | Kind::Settings => "change the password",
        _ => "revoke it",
    };
    let ignore = format!("write `ci-guard: ignore[{}] why` in a comment on its line", rule(kind).id);
    if severity == Severity::Note {
        return format!("if it is real, {verb}{at}; if not, {ignore}");
    }
    format!(
        "{verb}{at}, then hand the new one over as a secret of the pipeline; taking it out of the file is not enough, \
         the history keeps it; if it is no secret, {ignore}"
    )
}

/// The title, and the public beginning of the value.
fn named(format: &Format, value: &[u8]) -> String {
    let prefixes = format.shapes.iter().flat_map(|look| Shape::prefixes(&look.shape));
    let known = prefixes.filter(|prefix| prefix.len() >= 3 && value.starts_with(prefix.as_bytes()));
    match known.max_by_key(String::len) {
        Some(prefix) => format!("{} (`{prefix}…`)", format.title),
        None => format.title.clone(),
    }
}

fn with_article(title: &str) -> String {
    let vowel = title.starts_with(['a', 'A', 'e', 'E', 'i', 'I', 'o', 'O']);
    format!("{} {title}", if vowel { "an" } else { "a" })
}

/// By what a secret is recognised again: a slow hash with the repository's salt. 16 hex digits.
pub fn content_id(value: &[u8], salt: &str) -> String {
    let mut hash = Sha256::new();
    hash.update((salt.len() as u64).to_le_bytes());
    hash.update(salt);
    hash.update(value);
    let mut digest = hash.finalize();
    for _ in 0..ROUNDS {
        digest = Sha256::digest(digest);
    }
    HEXLOWER.encode(&digest[..8])
}
