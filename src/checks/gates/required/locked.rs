//! The file that `required lock` writes: the names of the checks of pull requests, so that a pull request that
//! changes one shows it.

use serde::{Deserialize, Serialize};

use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;

use super::super::scene::Scene;
use super::NAMES_CHANGED;
use super::names::{Reported, is_pull};

/// Where the names are kept, relative to the repository root.
pub const LOCK: &str = ".github/ci-guard.checks.json";

/// The file.
#[derive(Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// Version of this format.
    pub version: u32,
    /// Names and patterns, sorted.
    pub names: Vec<String>,
}

impl Locked {
    /// The names that pull requests report.
    pub fn of(reported: &[Reported<'_>]) -> Locked {
        let on_pull = reported.iter().filter(|own| own.events.iter().any(|event| is_pull(event)));
        let mut names: Vec<String> = on_pull.map(|own| own.name.name.clone()).collect();
        crate::sorted::by(&mut names, Ord::cmp);
        names.dedup();
        Locked { version: 1, names }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let names: Vec<String> =
            self.names.iter().map(|name| format!("    {}", serde_json::Value::from(name.as_str()))).collect();
        format!("{{\n  \"version\": {},\n  \"names\": [\n{}\n  ]\n}}\n", self.version, names.join(",\n"))
    }
}

/// Compares the file with the workflows, if there is one.
pub(super) fn look(scene: &Scene<'_>, reported: &[Reported<'_>], record: &mut Record) {
    if !scene.context.checkout.contains(LOCK) {
        return;
    }
    let read = scene.context.checkout.read(LOCK).map_err(|error| error.to_string());
    let locked = read
        .and_then(|source| serde_json::from_str::<Locked>(source.text()).map_err(|error| error.to_string()));
    let locked = match locked {
        Ok(locked) => locked,
        Err(error) => return record.not_verified(format!("{LOCK}: {error}")),
    };
    let now = Locked::of(reported);
    let missing = |from: &Locked, of: &Locked| -> Vec<String> {
        from.names.iter().filter(|name| !of.names.contains(name)).map(|name| format!("`{name}`")).collect()
    };
    let (gone, new) = (missing(&locked, &now), missing(&now, &locked));
    if gone.is_empty() && new.is_empty() {
        return;
    }
    let part =
        |words: &str, names: &[String]| (!names.is_empty()).then(|| format!("{words} {}", names.join(", ")));
    let parts: Vec<String> = [part("no longer", &gone), part("new", &new)].into_iter().flatten().collect();
    let finding = Finding::new(
        &NAMES_CHANGED,
        Location::file(LOCK),
        format!("the checks of pull requests have other names than here: {}", parts.join("; ")),
    );
    record.push(
        finding
            .help("correct the required checks of the branch, then run `ci-guard required lock`")
            .subject("names"),
    );
}
