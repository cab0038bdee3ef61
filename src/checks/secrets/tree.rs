//! The files as they are checked out.

use anyhow::Result;

use super::detect::detector;
use super::foreign::Foreign;
use super::{Found, Told, excluded, knows_tracked, packed, report, text};
use crate::checkout::{Checkout, Entry, MAX_TEXT_FILE, ReadError};
use crate::checks::{Context, Outcome, Record};
use crate::parallel;

/// What came of a file.
enum Verdict {
    /// Nothing was found.
    Clean,
    /// Something was found in this text.
    Hits(Vec<u8>, Vec<super::Hit>),
    /// It is an archive.
    Archive(packed::Inside),
    /// It is no text.
    Binary,
    /// It could not be read, and why.
    Unread(ReadError),
}

/// Looks at every tracked file.
pub fn look(context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
    let checkout = context.checkout;
    let exclude = excluded(context)?;
    let all = context.settings.arguments.secrets.untracked || !knows_tracked(checkout);
    let left_out = |entry: &Entry| {
        !exclude.is_empty() && exclude.matched_path_or_any_parents(&*entry.path, false).is_ignore()
    };
    let mut chosen = Vec::new();
    for entry in checkout.listing().files.iter().filter(|entry| all || entry.tracked) {
        if left_out(entry) {
            record.not_examined("excluded by the settings");
        } else {
            chosen.push(entry);
        }
    }
    if chosen.is_empty() {
        return Ok(Outcome::NotApplicable("the repository has no files".to_owned()));
    }
    let foreign = Foreign::read(context, record);
    let archives = context.settings.arguments.secrets.scan_archives;
    let verdicts = parallel::map(&chosen, |entry| examine(entry, checkout, &foreign, archives));
    let salt = &context.settings.checks.secrets.salt;
    let (mut examined, mut told) = (0, Told::new());
    for (entry, verdict) in chosen.iter().zip(verdicts) {
        match verdict {
            Verdict::Clean => examined += 1,
            Verdict::Hits(text, hits) => {
                examined += 1;
                let found = Found { path: &entry.path, text: &text, hits };
                report(&found, &foreign, salt, &mut told, record);
            }
            Verdict::Archive(inside) => {
                examined += 1;
                packed::report(&entry.path, &inside, &packed::Version::default(), &foreign, salt, record);
            }
            Verdict::Binary => record.not_examined("a binary file"),
            Verdict::Unread(error) => record.not_verified(format!("`{}`: {error}", entry.path)),
        }
    }
    Ok(Outcome::Examined(examined))
}

fn examine(entry: &Entry, checkout: &Checkout, foreign: &Foreign, archives: bool) -> Verdict {
    let bytes = match checkout.read_bytes(&entry.path, MAX_TEXT_FILE) {
        Ok(bytes) => bytes,
        Err(error) => return Verdict::Unread(error),
    };
    if archives && let Some(inside) = packed::look(&entry.path, &bytes, foreign) {
        return Verdict::Archive(inside);
    }
    let Some(text) = text::of(&bytes) else { return Verdict::Binary };
    let hits = foreign.with_own(detector().scan(&text), &text, &entry.path, "");
    if hits.is_empty() { Verdict::Clean } else { Verdict::Hits(text.into_owned(), hits) }
}
