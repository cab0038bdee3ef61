//! Keys, types and words that GitHub does not accept, each at its place.

use super::Reading;
use super::unparsable::DUPLICATE_KEY;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::shape::{self, FaultKind, Unknown};

pub(super) static UNKNOWN_KEY: Rule = Rule {
    id: "integrity/unknown-key",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a key that GitHub does not know at this place",
    allow: None,
};

pub(super) static MISSING_KEY: Rule = Rule {
    id: "integrity/missing-key",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a key that GitHub needs is not there",
    allow: None,
};

pub(super) static WRONG_TYPE: Rule = Rule {
    id: "integrity/wrong-type",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a value of a kind that GitHub does not accept here",
    allow: None,
};

pub(super) static INVALID_VALUE: Rule = Rule {
    id: "integrity/invalid-value",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a word, id or name that GitHub does not accept here",
    allow: None,
};

pub(super) fn read(Reading { document, validated, .. }: &Reading<'_>, record: &mut Record) {
    for fault in &validated.faults {
        let place = document.source.at(one_line(document.source.text(), fault.range.clone()));
        let finding = |rule, message: String| Finding::new(rule, place.clone(), message);
        record.push(match &fault.kind {
            FaultKind::UnknownKey { .. } => unknown_key(&fault.kind, place),
            FaultKind::MissingKey { keys, inside } => {
                let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                finding(&MISSING_KEY, format!("{inside} needs {}", keys.join(" or ")))
            }
            FaultKind::SameKey { key, first } => {
                let message =
                    format!("`{key}` stands twice: GitHub does not tell capitals from small letters");
                finding(&DUPLICATE_KEY, message)
                    .related(document.source.at(first.clone()), "it stands here first")
            }
            // Events without filters, such as `create`: GitHub passes over what stands under them.
            FaultKind::WrongType { key, wanted, .. } if wanted == "nothing" => {
                finding(&WRONG_TYPE, format!("`{key}` takes neither filters nor types, so these do nothing"))
                    .severity(Severity::Warning)
                    .help("remove them, and test `github.ref_type` or `github.ref` in an `if`")
            }
            FaultKind::WrongType { key, wanted, quoted } => {
                let what = if key.is_empty() { "this".to_owned() } else { format!("`{key}`") };
                let finding = finding(&WRONG_TYPE, format!("{what} must be {wanted}"));
                if *quoted { finding.help("remove the quotes: with them it is text") } else { finding }
            }
            FaultKind::WrongWord { key, word, allowed, near, may_be_new } => {
                let finding = finding(&INVALID_VALUE, format!("`{word}` is no value of `{key}`"));
                // Words that GitHub may have added since are no reason to fail.
                let severity =
                    if near.is_some() || !may_be_new { Severity::Error } else { Severity::Warning };
                finding.severity(severity).help(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known values: {} (as of {})", allowed.join(", "), shape::DATE),
                })
            }
            FaultKind::BadValue(message) => finding(&INVALID_VALUE, message.clone()),
            FaultKind::NoExpression { key } => {
                finding(&INVALID_VALUE, format!("no expression may stand in `{key}`"))
                    .help("GitHub reads this before there is anything to evaluate; write the value itself")
            }
            FaultKind::TooDeep => finding(
                &INVALID_VALUE,
                "this is nested deeper than the 50 levels that GitHub reads".to_owned(),
            ),
            FaultKind::UnknownTag(tag) => {
                finding(&INVALID_VALUE, format!("GitHub does not know the tag `{tag}`"))
                    .help("remove the tag")
            }
        });
    }
}

/// A misspelt or misplaced key is an error; one that nobody knows may be newer than our tables.
fn unknown_key(kind: &FaultKind, place: crate::location::Location) -> Finding {
    let FaultKind::UnknownKey { key, inside, near, known, misplaced, unknown } = kind else {
        return Finding::new(&UNKNOWN_KEY, place, "unknown key");
    };
    let finding = Finding::new(&UNKNOWN_KEY, place, format!("`{key}` is no key of {inside}")).subject(key);
    let severity = match unknown {
        Unknown::Ignored if near.is_none() => Severity::Note,
        Unknown::Ignored => Severity::Warning,
        Unknown::Refused => Severity::Error,
        Unknown::MayBeNew if near.is_some() || *misplaced => Severity::Error,
        Unknown::MayBeNew => Severity::Note,
    };
    finding.severity(severity).help(match (near, unknown) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Unknown::Ignored) => "GitHub ignores it; remove it, or correct its name".to_owned(),
        (None, Unknown::Refused) => format!("here are known: {}", known.join(", ")),
        (None, Unknown::MayBeNew) if *misplaced => {
            format!("it belongs elsewhere; here are known: {}", known.join(", "))
        }
        (None, Unknown::MayBeNew) => format!("GitHub knew these on {}: {}", shape::DATE, known.join(", ")),
    })
}

/// The first line of a range: a long value is not underlined as a whole.
fn one_line(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let first = text[range.clone()].lines().next().unwrap_or_default();
    range.start..range.start + first.trim_end().len()
}
