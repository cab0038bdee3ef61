//! Characters that nobody sees, and that change what a file says.

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

pub(super) static HIDDEN_CHARACTERS: Rule = Rule {
    id: "integrity/hidden-characters",
    severity: Severity::Error,
    category: Category::Security,
    summary: "characters that turn text around or cannot be seen",
    allow: None,
};

/// Characters that turn the order of text around, so that it reads otherwise than it runs (CVE-2021-42574).
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters without width. Those that join emoji and letters of some scripts are left out.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{180e}' | '\u{115f}' | '\u{1160}' | '\u{3164}'
    )
}

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    let text = document.source.text();
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let skipped = text.len() - body.len();
    if body.is_ascii() {
        return;
    }
    for (hides, severity, what) in [
        (
            turns as fn(char) -> bool,
            Severity::Error,
            "turns the text around, so that it reads otherwise than it runs",
        ),
        (is_invisible, Severity::Warning, "cannot be seen"),
    ] {
        // Bytes first: nearly all of a file is ASCII, which hides nothing.
        let others = body.bytes().enumerate().filter(|(_, byte)| *byte >= 0xc0);
        let characters = others.filter_map(|(at, _)| Some((at, body[at..].chars().next()?)));
        let mut found = characters.filter(|(_, c)| hides(*c));
        let Some((at, c)) = found.next() else { continue };
        let more = match found.count() {
            0 => String::new(),
            more => format!("; there are {more} more in this file"),
        };
        let range = skipped + at..skipped + at + c.len_utf8();
        let message = format!("the character U+{:04X} {what}{more}", u32::from(c));
        let finding = Finding::new(&HIDDEN_CHARACTERS, document.source.at(range), message);
        record.push(
            finding.severity(severity).help("take it out; in a string, write it as an escape").subject(what),
        );
    }
}
