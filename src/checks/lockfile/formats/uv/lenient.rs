//! Requirements that are none by PEP 508, and that uv reads nevertheless.

use std::borrow::Cow;
use std::ops::Range;

use regex_lite::Regex;

use super::super::super::python::requirement::Requirement;

/// What uv writes anew in `dependencies` and extras, one after the other until the text is a requirement
/// (`LenientRequirement` of uv 0.13): `>=7<8`, `!=~5.0`, `>=1.9.*`, `!=3.0*`, `>=3,`, `>dev`, `>=9.0a1.0`.
const MENDED: [(&str, &str); 7] = [
    ("([0-9])([<>=~^!])", "${1},${2}"),
    (r"!=~((?:[0-9]\.)*[0-9])", "!=${1}.*"),
    (r"([<>]=?)([0-9]+(?:\.[0-9]+)*)\.\*", "${1}${2}"),
    (r"([0-9]\.[0-9])\*", "${1}.*"),
    (r",\s*$", ""),
    (">dev", ">0.0.0dev"),
    (r"([0-9]+(?:\.[0-9])*(?:a|b|rc|post|dev)[0-9]+)\.0", "${1}"),
];

/// Reads a requirement as uv does everywhere: a comma may follow the last specifier.
pub fn requirement(text: &str, place: Range<usize>) -> Option<Requirement> {
    Requirement::parse(text, place.clone()).or_else(|| Requirement::parse(&without_last_comma(text)?, place))
}

/// Reads a requirement of `dependencies` or of an extra, where uv mends more.
pub fn mended(text: &str, place: Range<usize>) -> Option<Requirement> {
    if let Some(requirement) = requirement(text, place.clone()) {
        return Some(requirement);
    }
    let mut patched = text.to_owned();
    let rewrite = |text: &str, (pattern, by): (&str, &str)| -> Option<String> {
        Some(Regex::new(pattern).ok()?.replace_all(text, by).into_owned())
    };
    for mend in MENDED {
        let next = rewrite(&patched, mend)?;
        if next == patched {
            continue;
        }
        if let Some(found) = requirement(&next, place.clone()) {
            return Some(found);
        }
        patched = next;
    }
    requirement(&without_quotes(&patched), place)
}

fn without_last_comma(text: &str) -> Option<String> {
    let (written, marker) = text.split_at(text.find(';').unwrap_or(text.len()));
    let written = written.trim_end();
    let (inner, bracket) = written.strip_suffix(')').map_or((written, ""), |inner| (inner, ")"));
    let rest = inner.trim_end().strip_suffix(',')?.trim_end();
    let has_specifier = rest.contains(['<', '>', '=']) && !rest.ends_with(',');
    has_specifier.then(|| format!("{rest}{bracket} {marker}"))
}

/// Without quotes before the marker.
fn without_quotes(text: &str) -> Cow<'_, str> {
    let (written, marker) = text.split_at(text.find(';').unwrap_or(text.len()));
    match written.contains(['\'', '"']) {
        true => Cow::Owned(format!("{}{marker}", written.replace(['\'', '"'], ""))),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(found: Option<Requirement>, plain: &str) -> bool {
        let plain = Requirement::parse(plain, 0..0).unwrap();
        found.is_some_and(|found| found.specifiers == plain.specifiers && found.marker == plain.marker)
    }

    #[test]
    fn a_last_comma_is_no_fault() {
        for text in ["a>=3,", "a>=3 , ", "a (>=3,)", "a>=3,; os_name == 'nt'"] {
            let marker = if text.contains(';') { "; os_name == 'nt'" } else { "" };
            assert!(means(requirement(text, 0..0), &format!("a>=3{marker}")), "{text}");
        }
        for text in ["a,", "a (,)", "a>=3,,", "a>=3,,<4", "a ,>=3", "a>=3,;", "a>=3.*"] {
            assert!(requirement(text, 0..0).is_none(), "{text}");
        }
    }

    #[test]
    fn dependencies_are_mended_as_uv_does() {
        let pairs = [
            ("a>=3.*", "a>=3"),
            ("a>=7.2.0<8.0.0", "a>=7.2.0,<8.0.0"),
            ("a (!=~5.0,>=4.12)", "a (!=5.0.*,>=4.12)"),
            ("a>=2.7,!=3.0*,!=3.1*", "a>=2.7,!=3.0.*,!=3.1.*"),
            ("a>=2,<3.4.*,", "a>=2,<3.4"),
            ("a>dev", "a>0.0.0dev"),
            ("a>=9.0a1.0", "a>=9.0a1"),
            ("a>='3'; os_name == 'nt'", "a>=3; os_name == 'nt'"),
        ];
        for (text, plain) in pairs {
            assert!(means(mended(text, 0..0), plain), "{text}");
        }
        for text in ["a>=*", "a >>1", "a b", "a; nonsense"] {
            assert!(mended(text, 0..0).is_none(), "{text}");
        }
    }
}
