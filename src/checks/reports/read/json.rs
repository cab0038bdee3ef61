//! JSON documents of other tools: only what is needed of them, unknown members skipped, `null` as absent.

use serde::de::{Deserialize, DeserializeOwned, Deserializer};

use crate::checks::reports::refusal::Refusal;

/// Reads a document into what is needed of it.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
        .map_err(|error| refusal(&error))
}

/// What is wrong with a document.
pub fn refusal(error: &serde_json::Error) -> Refusal {
    let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
    let text = error.to_string();
    let words = text.split(" at line ").next().unwrap_or_default();
    match error.classify() {
        serde_json::error::Category::Eof => Refusal::Truncated { line, message: words.to_owned() },
        serde_json::error::Category::Data => {
            Refusal::Malformed { line: Some(line), message: words.to_owned() }
        }
        _ => Refusal::Malformed { line: Some(line), message: format!("no valid JSON: {words}") },
    }
}

/// For members that some writers set to `null`.
pub fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// For numbers that some writers quote or write with a fraction, and text where others have numbers.
pub fn any_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => text,
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    })
}

/// For whole numbers: a fraction is cut off, and what is no number counts as absent.
pub fn any_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Number(number) => {
            number.as_u64().or_else(|| number.as_f64().filter(|n| *n >= 0.0).map(|n| n as u64))
        }
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, serde::Deserialize, PartialEq)]
    #[serde(default)]
    struct Doc {
        #[serde(deserialize_with = "or_default")]
        list: Vec<u8>,
        #[serde(deserialize_with = "any_number")]
        number: Option<u64>,
        #[serde(deserialize_with = "any_text")]
        text: String,
    }

    #[test]
    fn writers_are_taken_as_they_are() {
        let doc: Doc = read(b"\xef\xbb\xbf{\"list\":null,\"number\":3.0,\"text\":7,\"other\":[{}]}").unwrap();
        assert_eq!(doc, Doc { list: Vec::new(), number: Some(3), text: "7".into() });
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(matches!(read::<Doc>(b"{\"list\": [1,\n"), Err(Refusal::Truncated { line: 2, .. })));
        assert!(matches!(read::<Doc>(b"{\"list\": {}}"), Err(Refusal::Malformed { line: Some(1), .. })));
        assert!(matches!(read::<Doc>(b"{} x"), Err(Refusal::Malformed { .. })));
        let deep = "[".repeat(100_000);
        assert!(read::<serde_json::Value>(deep.as_bytes()).is_err());
    }
}
