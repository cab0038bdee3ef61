//! A value that is never shown, and is wiped when it goes.

use zeroize::{Zeroize as _, Zeroizing};

/// A copy of a secret, or of a part of one. It has neither `Display` nor a `Debug` that shows anything, and its
/// memory is overwritten when it is dropped. (The process's own environment block stays as the system made it.)
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps a copy.
    pub fn of(text: &str) -> Secret {
        Secret(Zeroizing::new(text.to_owned()))
    }

    /// Takes over text that was made from a secret.
    pub fn from_string(text: String) -> Secret {
        Secret(Zeroizing::new(text))
    }

    /// Text in bytes that were decoded from a secret; bytes that are no UTF-8 are wiped at once.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Secret> {
        match String::from_utf8(bytes) {
            Ok(text) => Some(Secret::from_string(text)),
            Err(error) => {
                error.into_bytes().zeroize();
                None
            }
        }
    }

    /// The text, for comparisons and for nothing that is shown.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// JSON that was read from a secret: every text in it is wiped when it goes.
pub struct SecretJson(pub serde_json::Value);

impl SecretJson {
    /// Reads JSON; `None` if it is none.
    pub fn parse(text: &str) -> Option<SecretJson> {
        serde_json::from_str(text).ok().map(SecretJson)
    }

    /// Reads JSON from bytes that were decoded from a secret, and wipes them.
    pub fn from_bytes(mut bytes: Vec<u8>) -> Option<SecretJson> {
        let json = serde_json::from_slice(&bytes).ok().map(SecretJson);
        bytes.zeroize();
        json
    }
}

impl Drop for SecretJson {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Depth is bounded by the parser, which refuses more than 128 levels.
fn wipe(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => text.zeroize(),
        serde_json::Value::Array(items) => items.iter_mut().for_each(wipe),
        serde_json::Value::Object(map) => map.values_mut().for_each(wipe),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_shows_what_is_inside() {
        assert_eq!(format!("{:?}", Some(Secret::of("canary"))), "Some(Secret)");
        assert!(Secret::from_bytes(vec![0xff]).is_none());
    }

    #[test]
    fn json_is_wiped_to_the_last_leaf() {
        let mut json = SecretJson::parse(r#"{"a": ["canary", {"b": "canary"}]}"#).unwrap();
        wipe(&mut json.0);
        assert_eq!(json.0.to_string(), r#"{"a":["",{"b":""}]}"#);
    }
}
