//! Entries of the list of required variables: `NAME`, `NAME: kind`, `NAME: /pattern/`, each with modifiers.
//!
//! ```text
//! entry    = NAME [ ":" { word } ]
//! word     = kind | "/" pattern "/" | "optional" | "min-length=" number
//!          | "one-of(" value { "|" value } ")" | "equals(" value ")" | "account=" twelve digits
//! ```
//!
//! There is at most one kind or pattern. What people paste by mistake may be a secret, so no message quotes an
//! entry further than a name that looks like one.

use super::kind::{self, Kind};
use crate::settings::nearest;

/// A variable that is required, and what it is required to be.
#[derive(Clone)]
pub struct Entry {
    /// The variable's name.
    pub name: String,
    /// What it is, if the entry says so.
    pub kind: Option<Kind>,
    /// True if it may be missing.
    pub optional: bool,
    /// The fewest characters.
    pub min_length: Option<usize>,
    /// The only values that it may have.
    pub one_of: Option<Vec<String>>,
    /// The account of AWS that an access key id must belong to.
    pub account: Option<String>,
}

/// Why an entry cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The variable's name, if there is one that can be shown.
    pub name: Option<String>,
    /// What is wrong, to follow "entry 3".
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// Longest name that is taken for one.
const MAX_NAME: usize = 128;

/// Longest pattern, in characters.
const MAX_PATTERN: usize = 500;

/// Memory that a compiled pattern may take, in bytes.
const MAX_COMPILED: usize = 1 << 16;

const FORM: &str = "write `NAME`, `NAME: kind` or `NAME: /pattern/`, one entry a line";

/// Reads an entry.
pub fn parse(text: &str) -> Result<Entry, Malformed> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let nameless = |message: &str, help: &str| {
        Err(Malformed { name: None, message: message.to_owned(), help: help.to_owned() })
    };
    if rest.starts_with('=') {
        return nameless(
            "assigns a value; only the name belongs here",
            "write the name alone and hand the value over in `env:`; if it was a secret, replace it",
        );
    }
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || name.len() > MAX_NAME {
        return nameless("does not begin with the name of a variable", FORM);
    }
    if looks_like_a_value(name) {
        return nameless(
            "looks like the value of a secret, not like the name of a variable",
            "write the name, such as GEMINI_API_KEY, and hand the value over in `env:`",
        );
    }
    let wrong = |message: String, help: String| Malformed { name: Some(name.to_owned()), message, help };
    if rest.starts_with(',') {
        return Err(wrong("holds several names".to_owned(), "write one entry a line".to_owned()));
    }
    let Some(words) = rest.strip_prefix(':') else {
        if rest.is_empty() {
            return Ok(Entry::bare(name));
        }
        return Err(wrong(format!("has no `:` after `{name}`"), FORM.to_owned()));
    };
    let mut entry = Entry::bare(name);
    read_words(words, &mut entry).map_err(|(message, help)| wrong(message, help))?;
    Ok(entry)
}

impl Entry {
    /// An entry that only names the variable.
    pub fn bare(name: &str) -> Entry {
        Entry {
            name: name.to_owned(),
            kind: None,
            optional: false,
            min_length: None,
            one_of: None,
            account: None,
        }
    }

    /// True if the entry says anything about the value.
    pub fn is_bare(&self) -> bool {
        self.kind.is_none() && self.min_length.is_none() && self.one_of.is_none() && self.account.is_none()
    }

    /// True if the value is plain configuration whatever it is: nothing to mask, and ordinary words are values.
    pub fn is_plain(&self) -> bool {
        if self.one_of.is_some() {
            return true;
        }
        match &self.kind {
            Some(kind) => kind.is_plain().unwrap_or_else(|| kind::is_configuration(&self.name)),
            None => kind::is_configuration(&self.name),
        }
    }
}

/// True for text that is more likely a token than a name. Such text is never shown.
fn looks_like_a_value(name: &str) -> bool {
    let random = |word: &str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let small = word.chars().any(|c| c.is_ascii_lowercase());
        let capital = word.chars().any(|c| c.is_ascii_uppercase());
        (word.len() >= 16 && digits >= 2) || (word.len() >= 24 && small && capital)
    };
    name.split('_').any(random) || crate::credentials::providers::recognise(name).is_some()
}

type Wrong = (String, String);

fn read_words(text: &str, entry: &mut Entry) -> Result<(), Wrong> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(("says nothing after `:`".to_owned(), FORM.to_owned()));
    }
    while !rest.is_empty() {
        let after = if rest.starts_with('/') { pattern(rest, entry)? } else { word(rest, entry)? };
        rest = after.trim_start();
    }
    Ok(())
}

/// Reads `/pattern/`, and returns what follows. The last `/` before white space or the end closes it.
fn pattern<'t>(text: &'t str, entry: &mut Entry) -> Result<&'t str, Wrong> {
    let closes = |at: &usize| text[at + 1..].is_empty() || text[at + 1..].starts_with(char::is_whitespace);
    let Some(end) = text.rmatch_indices('/').map(|(at, _)| at).filter(|at| *at > 0).find(closes) else {
        let help = "write `/…/`; flags stand inside, such as `(?i)`";
        return Err(("has a pattern without its closing `/`".to_owned(), help.to_owned()));
    };
    let source = &text[1..end];
    if source.is_empty() || source.chars().count() > MAX_PATTERN {
        let message = format!("has a pattern that is empty or longer than {MAX_PATTERN} characters");
        return Err((message, "write a shorter one".to_owned()));
    }
    let compile = |text: &str| regex_lite::RegexBuilder::new(text).size_limit(MAX_COMPILED).build();
    // Alone first: what closes our group would make a pattern of another meaning.
    let whole = compile(source).and_then(|_| compile(&format!(r"\A(?:{source})\z")));
    let Ok(compiled) = whole else {
        let help = "it must be a regular expression without look-around and back-references, and match the whole value";
        return Err(("has a pattern that cannot be read".to_owned(), help.to_owned()));
    };
    set_kind(Kind::Pattern(compiled), entry)?;
    Ok(&text[end + 1..])
}

/// Reads one word, and returns what follows.
fn word<'t>(text: &'t str, entry: &mut Entry) -> Result<&'t str, Wrong> {
    let end = text.find(|c: char| c.is_whitespace() || c == '(').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    if let Some(inside) = rest.strip_prefix('(') {
        let Some((inside, after)) = inside.split_once(')') else {
            return Err((
                "has a `(` without its `)`".to_owned(),
                "write `one-of(A|B)` or `equals(A)`".to_owned(),
            ));
        };
        let values: Vec<String> = match word {
            "one-of" => inside.split('|').map(|value| value.trim().to_owned()).collect(),
            "equals" => vec![inside.trim().to_owned()],
            _ => return Err(unknown(word)),
        };
        if values.iter().any(String::is_empty) {
            return Err((
                format!("has an empty value in `{word}`"),
                format!("write what stands between the bars of `{word}(…)`"),
            ));
        }
        entry.one_of = Some(values);
        return Ok(after);
    }
    match word.split_once('=') {
        Some(("min-length", number)) => match number.parse() {
            Ok(number) => entry.min_length = Some(number),
            Err(_) => {
                return Err((
                    "has a `min-length` that is no number".to_owned(),
                    "write `min-length=20`".to_owned(),
                ));
            }
        },
        Some(("account", account)) => {
            if account.len() != 12 || !account.chars().all(|c| c.is_ascii_digit()) {
                return Err((
                    "has an `account` that is not of twelve digits".to_owned(),
                    "write `account=123456789012`".to_owned(),
                ));
            }
            entry.account = Some(account.to_owned());
        }
        Some(_) => return Err(unknown(word)),
        None if word == "optional" => entry.optional = true,
        None => match Kind::named(word) {
            Some(kind) => set_kind(kind, entry)?,
            None => return Err(unknown(word)),
        },
    }
    Ok(rest)
}

fn set_kind(kind: Kind, entry: &mut Entry) -> Result<(), Wrong> {
    match entry.kind {
        None => {
            entry.kind = Some(kind);
            Ok(())
        }
        Some(_) => Err(("names two kinds".to_owned(), "keep one of them".to_owned())),
    }
}

/// The word itself is shown only where it is nearly a known one: it may be a value.
fn unknown(word: &str) -> Wrong {
    let before = word.split(['=', '(']).next().unwrap_or_default();
    let modifiers = ["optional", "min-length", "one-of", "equals", "account"];
    let kinds = kind::words();
    match nearest(before, kinds.iter().copied().chain(modifiers)) {
        Some(near) => (format!("has an unknown kind `{before}`"), format!("did you mean `{near}`?")),
        None => (
            "has an unknown kind".to_owned(),
            format!(
                "kinds are {}, and the credentials that `ci-guard explain preflight` lists; \
                 or a pattern in `/…/`, `optional`, `min-length=20`, `one-of(A|B)`, `equals(A)`",
                kind::FORMATS.join(", ")
            ),
        ),
    }
}

#[cfg(test)]
mod tests;
