//! Files that the user expects among the artifacts.

use glob::{MatchOptions, Pattern};

use super::beside::Beside;
use super::claims::Claims;
use super::name::Name;
use super::rules::EXPECTED_MISSING;
use super::sources::Source;
use crate::checkout::Checkout;
use crate::checks::Record;
use crate::checks::checksum::select;
use crate::finding::Finding;
use crate::location::Location;

/// Records every pattern that no listed artifact matches. A listed one that is missing or corrupt has a finding of
/// its own.
pub(super) fn record_missing(
    patterns: &[String],
    sources: &[Source],
    claims: &Claims,
    beside: &mut Beside,
    checkout: &Checkout,
    record: &mut Record,
) {
    for text in patterns {
        let text = text.strip_prefix("./").unwrap_or(text);
        let pattern = match Pattern::new(text) {
            Ok(pattern) => Expected { text, pattern },
            Err(error) => {
                record.not_verified(format!("`--expect {text}` is no pattern: {}", error.msg));
                continue;
            }
        };
        if claims.iter().any(|claim| pattern.is_match(&claim.name, &claim.shown)) {
            continue;
        }
        let unlisted = beside.files().find(|file| pattern.is_match(&file.name, &file.shown)).cloned();
        if let Some(file) = &unlisted {
            beside.explain(file);
        }
        let on_disk = || select::select(&[text.to_owned()], checkout.root()).files.into_iter().next();
        let found = unlisted.map(|file| file.shown).or_else(|| on_disk().map(|file| file.path.to_string()));
        let (message, help) = match (found, sources.is_empty()) {
            (Some(found), false) => (
                format!("`{found}` is expected, and no list names it"),
                "write the list anew, with a pattern that takes it in",
            ),
            // That there is no list is said already.
            (Some(_), true) => continue,
            (None, _) => (
                format!("`{text}` is expected, and there is no such file"),
                "look at the step that builds it",
            ),
        };
        let location = Location::Artifact { name: text.to_owned() };
        record.push(Finding::new(&EXPECTED_MISSING, location, message).help(help).subject("expected"));
    }
}

/// A pattern of `--expect`.
struct Expected<'a> {
    text: &'a str,
    pattern: Pattern,
}

impl Expected<'_> {
    /// True if it means the name in the list, the path from the root, or, without folders in it, the last part.
    fn is_match(&self, name: &Name, shown: &str) -> bool {
        let options = MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        let one = |text: &str| text == self.text || self.pattern.matches_with(text, options);
        let last = || String::from_utf8_lossy(name.last()).into_owned();
        one(&name.to_text()) || one(shown) || (!self.text.contains('/') && one(&last()))
    }
}
