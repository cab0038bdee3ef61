//! JSON as Python writes it, for tools that keep a hash of the manifest in their lockfile.

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What stands between items, and between a key and its value.
#[derive(Clone, Copy)]
pub enum Separators {
    /// `", "` and `": "`: Python's default.
    Spaced,
    /// `","` and `":"`
    Tight,
}

/// SHA-256 in hexadecimal of what `json.dumps(value, sort_keys=True)` writes.
pub fn sha256(value: &Value, separators: Separators) -> String {
    HEXLOWER.encode(&Sha256::digest(dumps(value, separators).as_bytes()))
}

/// What `json.dumps(value, sort_keys=True)` writes: keys in the order of their code points, everything else than
/// ASCII escaped.
pub fn dumps(value: &Value, separators: Separators) -> String {
    let mut text = String::new();
    write(value, separators, &mut text);
    text
}

fn write(value: &Value, separators: Separators, text: &mut String) {
    let (comma, colon) = match separators {
        Separators::Spaced => (", ", ": "),
        Separators::Tight => (",", ":"),
    };
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(string) => quote(string, text),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { comma });
                write(item, separators, text);
            }
            text.push(']');
        }
        Value::Object(entries) => {
            // Bytes of UTF-8 are in the order of the code points.
            let mut entries: Vec<_> = entries.iter().collect();
            crate::sorted::by(&mut entries, |a, b| a.0.cmp(b.0));
            text.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                text.push_str(if index == 0 { "" } else { comma });
                quote(key, text);
                text.push_str(colon);
                write(value, separators, text);
            }
            text.push('}');
        }
    }
}

fn quote(string: &str, text: &mut String) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            ' '..='~' => text.push(c),
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
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_written_as_python_does() {
        let value = json!({ "b": [1, true, null], "a": { "é": "\u{1f600}\"\u{7f}\n" } });
        let spaced = "{\"a\": {\"\\u00e9\": \"\\ud83d\\ude00\\\"\\u007f\\n\"}, \"b\": [1, true, null]}";
        assert_eq!(dumps(&value, Separators::Spaced), spaced);
        assert_eq!(dumps(&json!({ "a": [], "b": {} }), Separators::Tight), "{\"a\":[],\"b\":{}}");
    }
}
