//! The JSON Schemas of the documents that people write for ci-guard, and that it writes for them.
//!
//! They are generated from the types that read these documents. A test does it, because the generator is larger than
//! what it generates.

/// The schema of the settings file.
pub const SETTINGS: &str = include_str!("../schema/ci-guard.schema.json");

/// The schema of the manifest of artifacts.
pub const MANIFEST: &str = include_str!("../schema/manifest.schema.json");

#[cfg(test)]
mod tests {
    use schemars::{JsonSchema, schema_for};

    use crate::checks::artifacts::manifest::Manifest;
    use crate::settings::Config;

    /// `UPDATE=1 cargo test schema::` writes the files anew.
    fn agrees<T: JsonSchema>(title: &str, file: &str, committed: &str) {
        let mut schema = schema_for!(T);
        schema.insert("title".into(), title.into());
        let generated = format!("{:#}\n", serde_json::Value::from(schema));
        if std::env::var_os("UPDATE").is_some() {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(file);
            return std::fs::write(path, generated).unwrap();
        }
        assert_eq!(
            committed.replace("\r\n", "\n"),
            generated,
            "schema/{file} differs (UPDATE=1 rewrites it)"
        );
    }

    #[test]
    fn the_schemas_are_those_of_the_types() {
        agrees::<Config>("ci-guard settings", "ci-guard.schema.json", super::SETTINGS);
        agrees::<Manifest>("ci-guard manifest", "manifest.schema.json", super::MANIFEST);
    }
}
