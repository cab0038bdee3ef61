//! A reader of XML that knows just enough to say whether a document is well-formed.

/// Fails unless tags are balanced, attributes quoted, characters allowed and entities known.
pub fn well_formed(document: &str) {
    let bad = document
        .chars()
        .find(|&c| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{fffe}' | '\u{ffff}'));
    assert_eq!(bad, None, "a character that XML cannot hold");
    let mut rest = document;
    let mut open: Vec<&str> = Vec::new();
    while let Some(at) = rest.find('<') {
        text(&rest[..at]);
        let end = rest[at..].find('>').expect("a tag ends") + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('?') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "tags are closed in order");
            continue;
        }
        let (body, alone) = tag.strip_suffix('/').map_or((tag, false), |body| (body, true));
        let (name, attributes) = body.split_once(' ').unwrap_or((body, ""));
        assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "<{name}>");
        attributes_hold(attributes);
        if !alone {
            open.push(name);
        }
    }
    assert_eq!(rest.trim(), "");
    assert_eq!(open, [""; 0], "every tag is closed");
}

fn attributes_hold(mut attributes: &str) {
    while !attributes.trim().is_empty() {
        let (name, rest) = attributes.trim_start().split_once("=\"").expect("name=\"value\"");
        assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase()), "{name:?}");
        let (value, rest) = rest.split_once('"').expect("a quote that closes");
        assert!(!value.contains('\n'));
        text(value);
        attributes = rest;
    }
}

fn text(text: &str) {
    assert!(!text.contains('<'));
    for part in text.split('&').skip(1) {
        let (entity, _) = part.split_once(';').expect("an entity ends");
        let known = matches!(entity, "lt" | "gt" | "amp" | "quot" | "apos");
        assert!(known || entity.strip_prefix('#').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())));
    }
}
