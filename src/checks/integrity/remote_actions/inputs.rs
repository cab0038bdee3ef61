//! What steps hand to actions of other repositories: inputs that they have, and those that they need.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::version::Version;
use crate::checks::Record;
use crate::checks::integrity::documents::Document;
use crate::checks::integrity::local_actions::ACTION_INPUTS;
use crate::checks::integrity::{Scene, data};
use crate::finding::Finding;
use crate::rule::Severity;
use crate::settings::nearest;

/// What follows the name of an input in the table.
const MARKS: [char; 2] = ['!', '~'];

/// The inputs of some versions of an action, in lower case; those that must be given end with `!`, deprecated ones with
/// `~`.
struct Known {
    versions: std::ops::RangeInclusive<u64>,
    inputs: BTreeSet<&'static str>,
}

/// What the table says of an action, whatever its case.
fn known(action: &str) -> Arc<[Known]> {
    /// Of the actions that were asked for, in lower case.
    static ASKED: Mutex<BTreeMap<String, Arc<[Known]>>> = Mutex::new(BTreeMap::new());
    let action = action.to_lowercase();
    let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = asked.get(&action) {
        return Arc::clone(known);
    }
    let known: Arc<[Known]> = read(&action).into();
    if !known.is_empty() {
        asked.insert(action, Arc::clone(&known));
    }
    known
}

fn read(action: &str) -> Vec<Known> {
    let mut known: Vec<Known> = Vec::new();
    for [_, versions, inputs] in data::ACTION_INPUTS.named(action) {
        let (first, last) = versions.split_once('-').unwrap_or((versions, versions));
        let (Ok(first), Ok(last)) = (first.parse(), last.parse()) else { continue };
        let differs = inputs.starts_with(['+', '-']);
        let before = known.last().filter(|_| differs).map(|before| before.inputs.clone());
        let mut all = before.unwrap_or_default();
        for input in inputs.split(',') {
            match input.strip_prefix('-') {
                Some(gone) => all.remove(gone),
                None => all.insert(input.trim_start_matches('+')),
            };
        }
        known.push(Known { versions: first..=last, inputs: all });
    }
    known
}

fn of_version<'k>(known: &'k [Known], version: &Version) -> Option<&'k BTreeSet<&'static str>> {
    known.iter().find(|known| known.versions.contains(&version.first())).map(|known| &known.inputs)
}

pub(in crate::checks::integrity) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    for used in &document.used {
        let (Some(step), Some(version)) = (used.step, &used.version) else { continue };
        let known = known(used.action);
        let Some(inputs) = of_version(&known, version) else { continue };
        let named = |name: &str| inputs.iter().copied().find(|input| input.trim_end_matches(MARKS) == name);
        let mut missing: Vec<&str> = inputs.iter().filter_map(|input| input.strip_suffix('!')).collect();
        let action = used.action;
        for (key, _) in step.with().iter().flat_map(|with| with.entries()) {
            let Some(name) = key.text() else { continue };
            let lower = name.to_lowercase();
            missing.retain(|input| *input != lower);
            // A list that an expression puts in may hold anything.
            if name.contains("${{") {
                missing.clear();
            }
            let known = named(&lower);
            if known.is_some_and(|input| input.ends_with('~')) {
                let message = format!("the input `{name}` of `{action}` {} is deprecated", version.shown());
                let finding = Finding::new(&ACTION_INPUTS, document.source.at_node(key), message);
                let help = format!("what replaces it is said in the `action.yml` of `{}`", used.repository);
                record.push(finding.severity(Severity::Note).help(help).subject(name));
            }
            if name.contains("${{") || known.is_some() {
                continue;
            }
            let message = format!("`{action}` {} has no input `{name}`", version.shown());
            let finding = Finding::new(&ACTION_INPUTS, document.source.at_node(key), message).subject(name);
            record.push(match nearest(&lower, inputs.iter().map(|input| input.trim_end_matches(MARKS))) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                // It may be newer than the table.
                None => finding
                    .severity(Severity::Note)
                    .help(format!("none was known on {}; GitHub passes it over", data::ACTION_INPUTS.date)),
            });
        }
        for input in missing {
            let message = format!("`{action}` {} needs the input `{input}`", version.shown());
            let finding = Finding::new(&ACTION_INPUTS, document.source.at_node(used.node), message);
            record.push(finding.help(format!("add `{input}:` under `with:`")).subject(input));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_differ_from_those_before_them() {
        let has = |action: &str, version: &str, input: &str| {
            of_version(&known(action), &Version::parse(version).unwrap()).map(|inputs| inputs.contains(input))
        };
        assert_eq!(has("actions/checkout", "v1", "fetch-depth"), Some(true));
        assert_eq!(has("Actions/Checkout", "v1", "filter"), Some(false));
        assert_eq!(has("Actions/Checkout", "v4", "filter"), Some(true));
        assert_eq!(has("actions/checkout", "v4.2.1", "filter"), Some(true));
        assert_eq!(has("actions/cache/save", "5", "key!"), Some(true));
        assert_eq!(has("actions/checkout", "v400", "ref"), None);
        assert_eq!(has("nobody/knows", "v1", "ref"), None);
    }

    #[test]
    fn the_table_is_whole() {
        for [action, ..] in data::ACTION_INPUTS.rows::<3>() {
            assert!(action.contains('/'), "{action}");
            let known = known(action);
            assert_eq!(known.len(), data::ACTION_INPUTS.named::<3>(action).count(), "{action}");
            for version in known.iter() {
                assert!(!version.inputs.is_empty(), "{action}");
                assert!(version.inputs.iter().all(|input| !input.starts_with(['+', '-'])), "{action}");
            }
        }
    }
}
