//! Which variables are required in this run: those of the command line or the inputs, and those that the settings
//! list for the environment that is deployed to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use sha2::{Digest as _, Sha256};

use super::entry::{self, Entry, Malformed};
use super::permit::{self, Permit};
use super::tool::{self, Need};
use crate::settings::{Base, Fault, Settings, nearest};
use crate::tree::Node;

/// An entry as the settings file has it: `"NAME: kind"`, or `NAME: kind` without quotes, which YAML reads as a
/// mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryText(pub String);

impl<'de> Deserialize<'de> for EntryText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(EntryText(text)),
            Value::Object(map) => Ok(EntryText(match map.iter().next() {
                Some((name, Value::String(words))) => format!("{name}: {words}"),
                Some((name, other)) => format!("{name}: {other}"),
                None => String::new(),
            })),
            _ => Err(D::Error::custom("an entry must be `NAME` or `NAME: kind`")),
        }
    }
}

#[cfg(test)]
impl schemars::JsonSchema for EntryText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Entry".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "`NAME`, or `NAME: kind` with modifiers.",
            "anyOf": [
                {"type": "string"},
                {"type": "object", "additionalProperties": {"type": "string"}}
            ]
        })
    }
}

/// What is required in this run.
#[derive(Default)]
pub struct Required {
    /// The variables, each name once, unless entries want different things of it.
    pub entries: Vec<Entry>,
    /// Tools and files.
    pub needs: Vec<Need>,
    /// The environment, and who may deploy to it, what and when.
    pub permit: Option<(String, Permit)>,
    /// Hash of all of it: two runs with the same one require the same.
    pub hash: String,
    /// Entries of the inputs that cannot be read, with their numbers from 1.
    pub malformed: Vec<(usize, Malformed)>,
    /// The environment that the settings do not know, with the nearest that they know.
    pub unknown: Option<(String, Option<String>)>,
    /// Environments whose entries were not asked for, because no environment was named.
    pub unselected: Vec<String>,
    /// True if the settings are those of a pull request whose base cannot be seen. A stranger could have written
    /// them, and learn a value by asking again and again what it looks like.
    pub untrusted: bool,
    /// True if the settings list nothing for this environment on purpose.
    pub nothing_on_purpose: bool,
}

/// What is required in this run.
pub fn of(settings: &Settings) -> Required {
    let arguments = &settings.arguments.preflight;
    let options = &settings.checks.preflight;
    let mut required = Required::default();
    let mut texts: Vec<&str> = given(&arguments.required_secrets).collect();
    let environment = arguments.environment.as_deref().filter(|name| !name.is_empty());
    let listed: BTreeSet<&String> = options.secrets.keys().chain(options.environments.keys()).collect();
    let given = texts.len();
    if matches!(settings.base, Base::Missing(_)) && !listed.is_empty() {
        required.untrusted = true;
    } else {
        match environment {
            None => required.unselected = listed.into_iter().cloned().collect(),
            Some(name) if listed.iter().any(|known| *known == name) => {
                let entries = options.secrets.get(name);
                texts.extend(entries.into_iter().flatten().map(|text| text.0.as_str()));
                required.permit =
                    options.environments.get(name).map(|permit| (name.to_owned(), permit.clone()));
                required.nothing_on_purpose = required.permit.is_none() && entries.is_some_and(Vec::is_empty);
            }
            Some(_) if listed.is_empty() => {}
            Some(name) => {
                let near = nearest(name, listed.into_iter().map(String::as_str)).map(str::to_owned);
                required.unknown = Some((name.to_owned(), near));
            }
        }
    }
    let mut entries = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let malformed = match tool::parse(text) {
            Some(Ok(need)) if required.needs.contains(&need) => continue,
            Some(Ok(need)) => {
                required.needs.push(need);
                continue;
            }
            Some(Err(malformed)) => malformed,
            None => match entry::parse(text) {
                Ok(entry) => {
                    entries.push(entry);
                    continue;
                }
                Err(malformed) => malformed,
            },
        };
        // What cannot be read in the settings was reported when they were read.
        if index < given {
            required.malformed.push((index + 1, malformed));
        }
    }
    required.hash = hash(environment, &texts, required.permit.as_ref().map(|(_, permit)| permit));
    required.entries = merged(entries);
    required
}

/// Hash of what is required: the environment, the entries in any order, and the permit.
fn hash(environment: Option<&str>, texts: &[&str], permit: Option<&Permit>) -> String {
    let sorted: BTreeSet<&str> = texts.iter().map(|text| text.trim()).collect();
    let mut hasher = Sha256::new();
    for part in [environment.unwrap_or_default()].into_iter().chain(sorted) {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hasher.update(permit.map(Permit::words).unwrap_or_default().as_bytes());
    data_encoding::HEXLOWER.encode(&hasher.finalize())
}

/// Names of all variables that may hold a secret: required in this run or in any environment.
pub fn secret_names(settings: &Settings) -> Vec<String> {
    secret_entries(settings)
        .into_iter()
        .map(|entry| entry.name)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// The entries behind [`secret_names`].
pub fn secret_entries(settings: &Settings) -> Vec<Entry> {
    let listed = settings.checks.preflight.secrets.values().flatten().map(|text| text.0.as_str());
    let all = given(&settings.arguments.preflight.required_secrets).chain(listed);
    let entries =
        all.filter(|text| tool::parse(text).is_none()).filter_map(|text| match entry::parse(text) {
            Ok(entry) => Some(entry),
            // Whatever the rest of it was to mean: the variable is to be kept out of sight.
            Err(malformed) => malformed.name.map(|name| Entry::bare(&name)),
        });
    merged(entries.collect()).into_iter().filter(|entry| !super::masking::is_plain(entry)).collect()
}

/// Faults of the entries in the settings file.
pub(crate) fn faults(root: Node<'_>, faults: &mut Vec<Fault>) {
    permit::faults(root, faults);
    let Some(secrets) = root.at(&["checks", "preflight", "secrets"]) else { return };
    for (environment, list) in secrets.entries() {
        for item in list.items() {
            if let Some(fault) = fault(item, environment.text().unwrap_or_default()) {
                faults.push(fault);
            }
        }
    }
}

fn fault(item: Node<'_>, environment: &str) -> Option<Fault> {
    let mut pairs = item.entries();
    let text = match (item.text(), pairs.next(), pairs.next()) {
        (Some(text), ..) => text.to_owned(),
        (None, Some((name, words)), None) => {
            format!("{}: {}", name.text().unwrap_or_default(), words.text().unwrap_or_default())
        }
        _ => {
            let fault = Fault::new(item.range(), format!("an entry of `{environment}` must be one variable"));
            return Some(fault.help("write `- NAME` or `- NAME: kind`").hide_source());
        }
    };
    let malformed = match tool::parse(&text) {
        Some(need) => need.err()?,
        None => entry::parse(&text).err()?,
    };
    let message = format!("this entry of `{environment}` {}", malformed.message);
    // The line may hold what somebody pasted.
    Some(Fault::new(item.range(), message).help(malformed.help).hide_source())
}

/// The entries of the inputs: one a line, empty lines and comments left out.
fn given(texts: &[String]) -> impl Iterator<Item = &str> {
    let lines = texts.iter().flat_map(|text| text.lines()).map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// One entry for each name where that is possible: a bare entry adds nothing to one that says more, and what one
/// entry needs the other cannot make optional.
fn merged(entries: Vec<Entry>) -> Vec<Entry> {
    let mut by_name: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        by_name.entry(entry.name.clone()).or_default().push(entry);
    }
    let mut result = Vec::new();
    for mut same in by_name.into_values() {
        let optional = same.iter().all(|entry| entry.optional);
        if same.iter().any(|entry| !entry.is_bare()) {
            same.retain(|entry| !entry.is_bare());
        } else {
            same.truncate(1);
        }
        result.extend(same.into_iter().map(|entry| Entry { optional, ..entry }));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(texts: &[&str]) -> Vec<(String, bool, bool)> {
        let entries =
            texts.iter().map(|text| entry::parse(text).unwrap_or_else(|_| panic!("{text}"))).collect();
        merged(entries)
            .into_iter()
            .map(|entry| (entry.name.clone(), entry.is_bare(), entry.optional))
            .collect()
    }

    #[test]
    fn a_name_is_required_once() {
        assert_eq!(entries(&["B", "A", "B"]), [("A".into(), true, false), ("B".into(), true, false)]);
        assert_eq!(entries(&["A: optional", "A: port", "A"]), [("A".into(), false, false)]);
        assert_eq!(entries(&["A: optional", "A: port optional"]), [("A".into(), false, true)]);
    }

    #[test]
    fn inputs_are_read_line_by_line() {
        let texts = ["A\n\n# what B is for\nB: port\n".to_owned(), "C".to_owned()];
        assert_eq!(given(&texts).collect::<Vec<_>>(), ["A", "B: port", "C"]);
    }

    #[test]
    fn the_settings_take_entries_with_and_without_quotes() {
        let read = |json: &str| {
            serde_json::from_str::<Vec<EntryText>>(json)
                .map(|all| all.into_iter().map(|e| e.0).collect::<Vec<_>>())
        };
        assert_eq!(
            read(r#"["A", "B: port", {"C": "url optional"}]"#).unwrap(),
            ["A", "B: port", "C: url optional"]
        );
        assert!(read("[[1]]").is_err());
    }
}
