//! What a branch requires: rulesets, branch protection, settings, and what the caller adds.

use serde_json::Value;

use super::Required;
use crate::github::model::{Branch, BranchRule};
use crate::github::{Error, GitHub};

/// What a branch requires, and what could not be seen.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The requirements, each once.
    pub required: Vec<Required>,
    /// What could not be seen, in words.
    pub unseen: Vec<String>,
}

/// Requirements in rulesets. An `integration_id` names the app.
pub fn of_rules(rules: &[BranchRule]) -> Vec<Required> {
    let rules = rules.iter().filter(|rule| rule.kind == "required_status_checks");
    let lists = rules.filter_map(|rule| rule.parameters.get("required_status_checks")?.as_array());
    let entry = |entry: &Value| {
        Some(Required {
            name: entry.get("context")?.as_str()?.to_owned(),
            app: entry.get("integration_id").and_then(Value::as_u64),
            by: "a ruleset".to_owned(),
        })
    };
    lists.flatten().filter_map(entry).collect()
}

/// Requirements in the protection of a branch. `app_id` -1 means any app.
pub fn of_protection(branch: &Branch) -> Vec<Required> {
    let Some(checks) = branch.protection.get("required_status_checks") else { return Vec::new() };
    let by = || "branch protection".to_owned();
    let array = |key: &str| checks.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut required: Vec<Required> = array("checks")
        .iter()
        .filter_map(|entry| {
            let app = entry.get("app_id").and_then(Value::as_u64);
            Some(Required { name: entry.get("context")?.as_str()?.to_owned(), app, by: by() })
        })
        .collect();
    for name in array("contexts").iter().filter_map(Value::as_str) {
        if !required.iter().any(|known| known.name == name) {
            required.push(Required { name: name.to_owned(), app: None, by: by() });
        }
    }
    required
}

/// Everything that a branch requires; `also` comes from the settings and the caller.
pub fn of_branch(github: &GitHub, branch: &str, also: &[Required]) -> Result<Sources, Error> {
    let mut sources = Sources { required: of_rules(&github.rules(branch)?), unseen: Vec::new() };
    match github.branch(branch) {
        Ok(found) => {
            let known = found.protection.get("required_status_checks").is_some();
            if found.protected && !known {
                sources.unseen.push(format!(
                    "`{branch}` is protected, and the token does not see what its protection requires; list it under \
                     `required-checks` in the settings"
                ));
            }
            sources.required.extend(of_protection(&found));
        }
        // Rules may hold for a branch that does not exist yet.
        Err(Error::NotFound { .. }) => {}
        Err(error) => return Err(error),
    }
    sources.required.extend(also.iter().cloned());
    crate::sorted::by(&mut sources.required, Ord::cmp);
    sources.required.dedup_by(|one, other| one.name == other.name && one.app == other.app);
    Ok(sources)
}
