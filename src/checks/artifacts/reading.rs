//! What is said about a list or manifest while it is read, and where in it things stand.

use super::companion;
use super::list::{self, Problem};
use super::name::Name;
use super::rules::{EMPTY_LIST, MALFORMED_LINE};
use super::sources::{Kind, Source};
use super::words;
use crate::checkout;
use crate::checks::Record;
use crate::finding::Finding;
use crate::location::{Location, Span};
use crate::tree::Syntax;

/// Lines of one list that are reported one by one.
const MAX_REPORTED: usize = 50;

/// Records the lines that cannot be read: one by one, or together if none can.
pub(super) fn record_faults(source: &Source, list: &list::List, record: &mut Record) {
    let number = list.faults.len() + list.more_faults;
    match list.faults.as_slice() {
        [first, _, _, ..] if list.entries.is_empty() => {
            let message =
                format!("`{}` is no checksum list: none of its {number} lines can be read", source.shown);
            let location = Location::span(&*source.shown, first.place.into());
            let help = "an error page that was saved in its place looks like this: see how it was downloaded";
            record.push(Finding::new(&MALFORMED_LINE, location, message).help(help).subject("no list"));
        }
        faults => {
            for fault in faults.iter().take(MAX_REPORTED) {
                let finding = malformed(source, fault.place.into(), &fault.problem.to_string());
                record.push(match fault.problem {
                    Problem::Utf16 => {
                        finding.help("write it as UTF-8; in PowerShell: `| Out-File -Encoding ascii`")
                    }
                    _ => finding.help("write the list with `ci-guard checksum` or `sha256sum`"),
                });
            }
            if number > MAX_REPORTED {
                let rest = words::count(number - MAX_REPORTED, "more line");
                let location = Location::file(&*source.shown);
                let message = format!("{rest} of `{}` cannot be read", source.shown);
                record.push(Finding::new(&MALFORMED_LINE, location, message).subject("more"));
            }
        }
    }
}

pub(super) fn malformed(source: &Source, span: Span, problem: &str) -> Finding {
    let location = Location::span(&*source.shown, span);
    let message = match source.kind {
        Kind::Manifest => format!("the manifest cannot be read: {problem}"),
        Kind::Statement => format!("the statement cannot be read: {problem}"),
        Kind::List | Kind::Single => format!("line {} cannot be read: {problem}", span.line),
    };
    Finding::new(&MALFORMED_LINE, location, message)
}

pub(super) fn empty(source: &Source) -> Finding {
    let message = format!("`{}` lists nothing, so nothing is verified", source.shown);
    let help = "a list is empty if the step that writes it failed: look there";
    Finding::new(&EMPTY_LIST, Location::file(&*source.shown), message).help(help).subject("empty")
}

/// The file that a digest without name is about: that of `a.tar.gz.sha256`.
pub(super) fn own_name(source: &Source) -> Option<Name> {
    let name = Name::from(source.shown.rsplit('/').next().unwrap_or_default());
    companion::listed_by(&name)
}

/// Digests of the same length as ours, by the name of their list.
pub(super) fn unnamed_hash(list: &str) -> Option<&'static str> {
    let name = list.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match () {
        () if says(&["b2sum", "blake2"]) => Some("BLAKE2"),
        () if says(&["b3sum", "blake3"]) => Some("BLAKE3"),
        () if says(&["sha3-", "sha3sum"]) => Some("SHA-3"),
        () => None,
    }
}

/// Where each of so many artifacts stands in the array `key` of a JSON document.
pub(super) fn places(source: &Source, key: &str, number: usize) -> Vec<Location> {
    let whole = || vec![Location::file(&*source.shown); number];
    let Ok(text) = std::str::from_utf8(&source.bytes) else { return whole() };
    let text = checkout::Source::new(&source.shown, text.to_owned());
    let tree = text.tree(Syntax::Json);
    let artifacts = tree.root().and_then(|root| root.get(key));
    let Some(artifacts) = artifacts.filter(|node| node.items().len() == number) else {
        return whole();
    };
    artifacts.items().map(|item| text.at_node(item.get("name").unwrap_or(item))).collect()
}
