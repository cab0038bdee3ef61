//! What steps hand to actions of other repositories: inputs that they have, and those that they need.

use std::collections::{BTreeSet, HashMap};
use std::sync::{LazyLock, OnceLock};

use super::version::Version;
use crate::checks::Record;
use crate::checks::integrity::documents::Document;
use crate::checks::integrity::local_actions::ACTION_INPUTS;
use crate::checks::integrity::{Scene, data};
use crate::finding::Finding;
use crate::rule::Severity;
use crate::settings::nearest;

/// The inputs of some versions of an action, in lower case; those that must be given end with `!`, deprecated ones with
/// `~`.
struct Known {
    versions: std::ops::RangeInclusive<u64>,
    inputs: BTreeSet<&'static str>,
}

/// What follows the name of an input in the table.
const MARKS: [char; 2] = ['!', '~'];

/// What the table says of an action.
#[derive(Default)]
struct Action {
    /// Version numbers, and inputs or how they differ from the line before.
    lines: Vec<(&'static str, &'static str)>,
    /// What the lines come to, once somebody uses the action.
    known: OnceLock<Vec<Known>>,
}

/// By action, in lower case.
static ACTIONS: LazyLock<HashMap<&'static str, Action>> = LazyLock::new(|| {
    let mut actions: HashMap<&str, Action> = HashMap::new();
    let mut action = "";
    for [name, versions, inputs] in data::ACTION_INPUTS.rows::<3>() {
        if name != "=" {
            action = name;
        }
        actions.entry(action).or_default().lines.push((versions, inputs));
    }
    actions
});

impl Action {
    fn known(&self) -> &[Known] {
        self.known.get_or_init(|| {
            let mut known: Vec<Known> = Vec::new();
            for (versions, inputs) in &self.lines {
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
        })
    }
}

/// The inputs of a version of an action, if they are known.
fn inputs_of(action: &str, version: &Version) -> Option<&'static BTreeSet<&'static str>> {
    let known = ACTIONS.get(&*action.to_lowercase())?.known();
    known.iter().find(|known| known.versions.contains(&version.first())).map(|known| &known.inputs)
}

pub(in crate::checks::integrity) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    for used in &document.used {
        let (Some(step), Some(version)) = (used.step, &used.version) else { continue };
        let Some(inputs) = inputs_of(used.action, version) else { continue };
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
        let inputs = |action, version| inputs_of(action, &Version::parse(version).unwrap());
        assert!(inputs("actions/checkout", "v1").unwrap().contains("fetch-depth"));
        assert!(!inputs("Actions/Checkout", "v1").unwrap().contains("filter"));
        assert!(inputs("actions/checkout", "v4.2.1").unwrap().contains("filter"));
        assert!(inputs("actions/cache/save", "5").unwrap().contains("key!"));
        assert!(inputs("actions/checkout", "v400").is_none() && inputs("nobody/knows", "v1").is_none());
    }

    #[test]
    fn the_table_is_whole() {
        let rows = data::ACTION_INPUTS.rows::<3>().count();
        assert_eq!(rows, ACTIONS.values().map(|action| action.known().len()).sum::<usize>());
        for (action, lines) in ACTIONS.iter() {
            assert!(action.contains('/') && *action == action.to_lowercase(), "{action}");
            for known in lines.known() {
                assert!(!known.inputs.is_empty(), "{action}");
                assert!(known.inputs.iter().all(|input| !input.starts_with(['+', '-'])), "{action}");
            }
        }
    }
}
