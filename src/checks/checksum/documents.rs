//! What is written besides the list and the manifest: a Statement of in-toto, its bare predicate, a stamp for packages.

use serde::Serialize;

use super::Arguments;
use crate::checks::artifacts::manifest::{Build, Digest, Manifest, Tool};
use crate::report::in_toto::STATEMENT;

/// The type of our predicate: the manifest. It is a name, not an address.
pub const PREDICATE: &str = "urn:ci-guard:artifact-manifest:v1";

/// A document that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Document {
    /// A Statement over the artifacts, unsigned.
    Statement,
    /// The predicate alone, as `actions/attest` takes it.
    Predicate,
    /// What was built from what, without artifacts, to be packed into them.
    BuildInfo,
}

impl Document {
    /// The documents that are asked for, and where they are to be written.
    pub fn asked(arguments: &Arguments) -> impl Iterator<Item = (Document, &str)> {
        let all = [
            (Document::Statement, &arguments.statement),
            (Document::Predicate, &arguments.predicate),
            (Document::BuildInfo, &arguments.build_info),
        ];
        all.into_iter().filter_map(|(document, given)| Some((document, given.as_deref()?)))
    }

    /// Its text.
    pub fn text(self, manifest: &Manifest) -> Vec<u8> {
        match self {
            Document::Statement => json(&Statement {
                kind: STATEMENT,
                subject: manifest
                    .artifacts
                    .iter()
                    .map(|artifact| Subject { name: &artifact.name, digest: &artifact.digest })
                    .chain(
                        manifest.containers.iter().map(|of| Subject { name: &of.name, digest: &of.digest }),
                    )
                    .collect(),
                predicate_type: PREDICATE,
                predicate: manifest,
            }),
            Document::Predicate => json(manifest),
            Document::BuildInfo => json(&Info { tool: &manifest.tool, build: &manifest.build }),
        }
    }
}

/// Statement v1 of in-toto.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Statement<'m> {
    #[serde(rename = "_type")]
    kind: &'static str,
    subject: Vec<Subject<'m>>,
    predicate_type: &'static str,
    predicate: &'m Manifest,
}

/// An artifact by its name and digest.
#[derive(Serialize)]
struct Subject<'m> {
    name: &'m str,
    digest: &'m Digest,
}

/// A stamp for packages.
#[derive(Serialize)]
struct Info<'m> {
    tool: &'m Tool,
    build: &'m Build,
}

/// Strings, numbers and lists: nothing in it can fail to become JSON.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).unwrap_or_default();
    text.push(b'\n');
    text
}
