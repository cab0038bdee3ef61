//! Reads the tables of facts that the program carries.

use serde::de::DeserializeOwned;

use crate::tree::{Syntax, Tree};

/// A table in TOML. It reaches its type through JSON values, which are read into many other types anyway: serde's way
/// from TOML would be compiled for each of these tables.
pub fn table<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let tree = Tree::parse(text.into(), Syntax::Toml);
    if let Some(problem) = tree.problems.first() {
        return Err(format!("{problem:?}"));
    }
    let value = tree.root().map(|root| root.to_json()).unwrap_or_default();
    serde_json::from_value(value).map_err(|error| error.to_string())
}
