//! Reads the tables of facts that the program carries: TOML files, which `build.rs` writes as JSON.

use serde::de::DeserializeOwned;

/// The text of a table, by its place below `src` without its `.toml`.
macro_rules! text {
    ($place:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/facts/", $place, ".json"))
    };
}
pub(crate) use text;

/// A table, from its text.
pub fn table<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
