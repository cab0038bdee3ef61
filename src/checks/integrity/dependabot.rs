//! What dependabot may do with proposals: run their code, or take them on the day of their release.

use super::documents::Document;
use super::{Scene, fixes};
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

pub(super) static DEPENDABOT_EXECUTION: Rule = Rule {
    id: "integrity/dependabot-execution",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "dependabot may run the code of the packages that it updates",
    allow: None,
};

pub(super) static DEPENDABOT_COOLDOWN: Rule = Rule {
    id: "integrity/dependabot-cooldown",
    severity: Severity::Note,
    category: Category::SupplyChain,
    summary: "dependabot proposes releases on the day that they appear",
    allow: None,
};

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    if !document.source.path().starts_with(".github/dependabot.") {
        return;
    }
    let updates: Vec<_> =
        document.root.get("updates").into_iter().flat_map(|updates| updates.items()).collect();
    for update in &updates {
        let key = "insecure-external-code-execution";
        if let Some(value) = update.get(key).filter(|value| value.text() == Some("allow")) {
            let message =
                "dependabot runs code of the packages that it updates, with the tokens of the registries";
            let finding = Finding::new(&DEPENDABOT_EXECUTION, document.source.at_node(value), message);
            let fix = fixes::cooldown::deny(value);
            record.push(finding.help(format!("take out `{key}`, or write `{key}: deny`")).fix(fix));
        }
    }
    let hasty: Vec<_> =
        updates.iter().filter(|update| update.is_map() && update.get("cooldown").is_none()).collect();
    if let Some(first) = hasty.first() {
        let place = first.entry("package-ecosystem").map_or(**first, |(key, _)| key);
        let message = match hasty.len() {
            1 => "a release is proposed on the day that it appears".to_owned(),
            count => format!("{count} updates propose a release on the day that it appears"),
        };
        let finding = Finding::new(&DEPENDABOT_COOLDOWN, document.source.at_node(place), message);
        record.push(
            finding
                .help("write `cooldown: { default-days: 7 }`; security updates do not wait for it")
                .subject("")
                .fix(fixes::cooldown::fix(document, &hasty)),
        );
    }
}
