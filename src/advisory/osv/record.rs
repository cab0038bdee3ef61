//! One record, as far as it is needed.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::advisory::{Level, cvss};

/// One record. Unknown members are skipped, `null` counts as absent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Record {
    /// `GHSA-…`, `RUSTSEC-…`, `CVE-…`.
    pub id: String,
    /// Other ids of the same flaw.
    #[serde(deserialize_with = "or_default")]
    pub aliases: Vec<String>,
    /// Set if the record was taken back.
    pub withdrawn: Option<String>,
    /// When it was changed last, RFC 3339.
    #[serde(deserialize_with = "or_default")]
    pub modified: String,
    /// One line.
    #[serde(deserialize_with = "or_default")]
    pub summary: String,
    /// What it is about.
    #[serde(deserialize_with = "or_default")]
    pub affected: Vec<Affected>,
    /// How bad it is, if that is the same for all packages.
    #[serde(deserialize_with = "or_default")]
    pub severity: Vec<Severity>,
    #[serde(deserialize_with = "or_default")]
    database_specific: Map<String, Value>,
}

/// A package that a record is about.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Affected {
    /// Its name; absent where a record is about commits only.
    #[serde(deserialize_with = "or_default")]
    pub package: Package,
    /// Versions as ranges.
    #[serde(deserialize_with = "or_default")]
    pub ranges: Vec<Range>,
    /// Versions one by one.
    #[serde(deserialize_with = "or_default")]
    pub versions: Vec<String>,
    /// How bad it is for this package.
    #[serde(deserialize_with = "or_default")]
    pub severity: Vec<Severity>,
    #[serde(deserialize_with = "or_default")]
    database_specific: Map<String, Value>,
}

/// A package by ecosystem and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Package {
    /// `npm`, `PyPI`, `Packagist:https://…`
    pub ecosystem: String,
    /// Its name, in the ecosystem's own form.
    pub name: String,
}

/// A range of versions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Range {
    /// `SEMVER`, `ECOSYSTEM` or `GIT`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it begins and ends.
    #[serde(deserialize_with = "or_default")]
    pub events: Vec<Event>,
}

/// Where a range begins or ends; exactly one of the members is set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Event {
    /// The first version that has the flaw; `0` is before all others.
    pub introduced: Option<String>,
    /// The first version that has it no more.
    pub fixed: Option<String>,
    /// The last version that is known to have it.
    pub last_affected: Option<String>,
    /// Versions from here on are not meant.
    pub limit: Option<String>,
}

/// A severity as a database writes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Severity {
    /// `CVSS_V2`, `CVSS_V3`, `CVSS_V4`, or a distribution's own.
    #[serde(rename = "type")]
    pub kind: String,
    /// A vector, or a word.
    pub score: String,
}

fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// What kind of flaw a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nobody maintains the package, or it is worth knowing: what RustSec calls informational.
    Informational,
    /// A vulnerability.
    Vulnerability,
    /// The package was made to do harm.
    Malicious,
}

impl Record {
    /// What kind of flaw it is about, for one of its packages.
    pub fn kind(&self, affected: &Affected) -> Kind {
        match () {
            () if self.id.starts_with("MAL-") => Kind::Malicious,
            () if affected.database_specific.get("informational").is_some_and(|value| !value.is_null()) => {
                Kind::Informational
            }
            () => Kind::Vulnerability,
        }
    }

    /// The greatest score of all valid vectors.
    pub fn score(&self, affected: &Affected) -> Option<f64> {
        self.scored(affected).map(|(score, _)| score)
    }

    /// The greatest score of all valid vectors, with its vector.
    pub fn scored<'r>(&'r self, affected: &'r Affected) -> Option<(f64, &'r str)> {
        let severities = self.severity.iter().chain(&affected.severity);
        let vectors = severities.filter(|severity| severity.kind.starts_with("CVSS_"));
        let scored = vectors.filter_map(|own| Some((cvss::score(&own.score)?, own.score.as_str())));
        scored.max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// How bad it is: by score, otherwise by the database's own word; malicious packages are critical. `None` if
    /// nobody says.
    pub fn level(&self, affected: &Affected) -> Option<Level> {
        if self.kind(affected) == Kind::Malicious {
            return Some(Level::Critical);
        }
        let word = |value: &Value| Level::of_word(value.as_str()?);
        let own = |specific: &Map<String, Value>| specific.get("severity").and_then(word);
        let distribution = || {
            let severities = self.severity.iter().chain(&affected.severity);
            severities.filter_map(|severity| Level::of_word(&severity.score)).max()
        };
        let scored = self.score(affected).map(Level::of_score);
        scored
            .or_else(|| own(&affected.database_specific))
            .or_else(|| own(&self.database_specific))
            .or_else(distribution)
    }

    /// Its id and all others.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.id.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}
