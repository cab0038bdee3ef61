//! The hash of composer.json that composer.lock keeps, over JSON as PHP writes it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use data_encoding::HEXLOWER;
use md5::{Digest, Md5};

use crate::tree::{Node, Value};

/// Members that decide what is resolved, in alphabetical order, `config.platform` among them.
const RELEVANT: [&str; 11] = [
    "conflict",
    "extra",
    "minimum-stability",
    "name",
    "prefer-stable",
    "provide",
    "replace",
    "repositories",
    "require",
    "require-dev",
    "version",
];

/// `content-hash`: MD5 of the relevant members, sorted at the top level only.
pub fn content_hash(manifest: Node<'_>) -> String {
    let mut members: Vec<(&str, String)> = Vec::new();
    for key in RELEVANT {
        if let Some(node) = manifest.get(key).filter(|node| !node.is_null()) {
            members.push((key, encoded(node)));
        }
    }
    if let Some(platform) = manifest.at(&["config", "platform"]).filter(|node| !node.is_null()) {
        members.push(("config", format!("{{\"platform\":{}}}", encoded(platform))));
    }
    crate::sorted::by_key(&mut members, |(key, _)| *key);
    let members: Vec<String> = members.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    let text = if members.is_empty() { "[]".to_owned() } else { format!("{{{}}}", members.join(",")) };
    of(&text)
}

/// The MD5 of a text.
pub fn of(text: &str) -> String {
    HEXLOWER.encode(&Md5::digest(text.as_bytes()))
}

fn encoded(node: Node<'_>) -> String {
    let mut text = String::new();
    write(node, &mut text);
    text
}

/// PHP knows one kind of array: a mapping with the keys 0, 1, … is a list, and so is one without keys.
fn write(node: Node<'_>, text: &mut String) {
    if node.is_map() {
        let entries = distinct(node);
        let is_list =
            entries.iter().enumerate().all(|(at, (key, _))| key.text() == Some(at.to_string().as_str()));
        text.push(if is_list { '[' } else { '{' });
        for (at, (key, value)) in entries.into_iter().enumerate() {
            text.push_str(if at == 0 { "" } else { "," });
            if !is_list {
                quote(key.text().unwrap_or_default(), text);
                text.push(':');
            }
            write(value, text);
        }
        text.push(if is_list { ']' } else { '}' });
    } else if node.is_seq() {
        text.push('[');
        for (at, item) in node.items().enumerate() {
            text.push_str(if at == 0 { "" } else { "," });
            write(item, text);
        }
        text.push(']');
    } else {
        match node.value() {
            Some(Value::Str(string)) => quote(string, text),
            Some(Value::Bool(value)) => text.push_str(if value { "true" } else { "false" }),
            None | Some(Value::Null) => text.push_str("null"),
            Some(Value::Int(_) | Value::Float(_)) => text.push_str(&number(node.text().unwrap_or_default())),
        }
    }
}

/// The entries of a mapping. Of a key that stands several times the last value counts, at the first place.
pub fn distinct(node: Node<'_>) -> Vec<(Node<'_>, Node<'_>)> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut result: Vec<(Node<'_>, Node<'_>)> = Vec::new();
    for (key, value) in node.entries() {
        match places.entry(key.text().unwrap_or_default()) {
            Entry::Occupied(place) => result[*place.get()] = (key, value),
            Entry::Vacant(place) => {
                place.insert(result.len());
                result.push((key, value));
            }
        }
    }
    result
}

/// A number as PHP writes what it has read: the shortest digits, and an exponent for what is very long.
fn number(text: &str) -> String {
    if let Ok(whole) = text.parse::<i64>() {
        return whole.to_string();
    }
    let Ok(value) = text.parse::<f64>() else { return text.to_owned() };
    let plain = value.to_string();
    let digits = plain.trim_start_matches('-');
    let is_short = (1e-4..1e17).contains(&value.abs()) || digits == "0";
    if is_short {
        return plain;
    }
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let zeros = part.len() - part.trim_start_matches('0').len();
    let (exponent, digits) = match whole {
        "0" => (format!("-{}", zeros + 1), &part[zeros..]),
        whole => (format!("+{}", whole.len() - 1), whole.trim_end_matches('0')),
    };
    let sign = if value < 0.0 { "-" } else { "" };
    let (first, rest) = digits.split_at(digits.len().min(1));
    format!("{sign}{first}.{}e{exponent}", if rest.is_empty() { "0" } else { rest })
}

fn quote(string: &str, text: &mut String) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '/' => text.push_str("\\/"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            ' '..='\u{7f}' => text.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use crate::checkout::Source;
    use crate::tree::Syntax;

    #[test]
    fn json_is_written_as_php_does() {
        let text = r#"{ "b/é": [1, 2.50, 1.0, 1E25, -1e-7, -0, true], "0": {}, "m": { "0": "x", "1": null }, "0": 1 }"#;
        let source = Source::new("composer.json", text.to_owned());
        let root = source.tree(Syntax::Json).root().unwrap();
        assert_eq!(
            super::encoded(root),
            r#"{"b\/\u00e9":[1,2.5,1,1.0e+25,-1.0e-7,0,true],"0":1,"m":["x",null]}"#
        );
    }
}
