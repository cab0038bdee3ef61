//! The manifest: what was built, from what and where, as one JSON document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Version of the format. Readers refuse others; fields may be added to it.
pub const SCHEMA: u32 = 1;

/// What was built, from what and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Manifest {
    /// Version of this format.
    #[cfg_attr(test, schemars(extend("const" = 1)))]
    pub schema: u32,
    /// What wrote the manifest.
    pub tool: Tool,
    /// What the artifacts were built from, as far as it is known.
    #[serde(default)]
    pub build: Build,
    /// The artifacts, sorted by name.
    pub artifacts: Vec<Artifact>,
    /// Container images of the same release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<Container>,
}

/// What wrote the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What the artifacts were built from. Absent is what is not known, such as the run outside of GitHub Actions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Build {
    /// The repository, `owner/name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The commit that was checked out, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The ref that the run was for, such as `refs/tags/v1.0`.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub git_ref: Option<String>,
    /// The workflow file and its ref, such as `owner/name/.github/workflows/release.yml@refs/tags/v1.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// The run of GitHub Actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// `SOURCE_DATE_EPOCH` of the build: the time that it gave its files, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_date_epoch: Option<u64>,
    /// The `lock-hash` of the repository's lockfiles: what was installed for the build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_hash: Option<String>,
    /// Versions of the tools that built, by name, as `--tool` gave them, and the runner's image.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tools: BTreeMap<String, String>,
}

/// A run of GitHub Actions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Run {
    /// Its number.
    pub id: u64,
    /// Its attempt, from 1.
    pub attempt: u64,
    /// Its web page.
    pub url: String,
}

/// A file that was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Artifact {
    /// Its name as the checksum list has it: relative to the list's folder, with `/`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub name: String,
    /// Its path when it was hashed, relative to the repository root.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// What it holds.
    pub digest: Digest,
    /// Its media type, by its name.
    pub media_type: String,
}

/// A container image that was pushed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Container {
    /// Its name with the registry, such as `ghcr.io/owner/image`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub name: String,
    /// The digest of its image manifest.
    pub digest: Digest,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Digest {
    /// SHA-256 in lowercase hex.
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9a-f]{64}$")))]
    pub sha256: String,
}

/// A manifest that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestError {
    /// It is no manifest: why, and where.
    Malformed {
        /// What is wrong.
        reason: String,
        /// Line, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
    },
    /// It is of another version of the format.
    Version(u64),
}

/// Reads a manifest.
pub fn parse(bytes: &[u8]) -> Result<Manifest, ManifestError> {
    /// The one field that every version has.
    #[derive(Deserialize)]
    struct Version {
        schema: Option<u64>,
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let version: Version = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    if let Some(other) = version.schema.filter(|&schema| schema != u64::from(SCHEMA)) {
        return Err(ManifestError::Version(other));
    }
    serde_json::from_slice(bytes).map_err(|error| malformed(&error))
}

fn malformed(error: &serde_json::Error) -> ManifestError {
    let number = |number: usize| u32::try_from(number.max(1)).unwrap_or(u32::MAX);
    // The place stands in the finding's location; foreign values, which the error quotes, need not be shown.
    let reason = match error.classify() {
        serde_json::error::Category::Data => {
            let text = error.to_string();
            let text = text.split(" at line ").next().unwrap_or_default();
            match text.starts_with("missing field") || text.starts_with("duplicate field") {
                true => text.to_owned(),
                false => "a value is of the wrong kind".to_owned(),
            }
        }
        _ => "it is no JSON".to_owned(),
    };
    ManifestError::Malformed { reason, line: number(error.line()), column: number(error.column()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_manifest_says_where() {
        let place = |text: &str| match parse(text.as_bytes()) {
            Err(ManifestError::Malformed { reason, line, column }) => format!("{line}:{column}: {reason}"),
            other => format!("{other:?}"),
        };
        assert_eq!(place("{"), "1:1: it is no JSON");
        assert_eq!(place("[]"), "1:2: a value is of the wrong kind");
        assert_eq!(place("{}"), "1:2: missing field `schema`");
        assert_eq!(place("{\"schema\": 2, \"artifacts\": \"other\"}"), "Err(Version(2))");
        assert_eq!(place("{\"schema\": 1,\n \"tool\": 7}"), "2:10: a value is of the wrong kind");
        assert!(place(&format!("{{\"x\":{}", "[".repeat(100_000))).contains("it is no JSON"));
    }

    #[test]
    fn a_later_field_does_not_hurt() {
        let text = r#"{"schema":1,"tool":{"name":"x","version":"9","new":1},"artifacts":[],"new":{}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap().artifacts, []);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..100)) {
            let _ = parse(&bytes);
        }
    }
}
