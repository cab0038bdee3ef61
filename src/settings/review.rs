//! What a pull request changes about its own guard, compared with the base.

use super::read::Loaded;
use super::{Base, config};
use crate::finding::Finding;
use crate::location::Location;
use crate::policy::{UNREVIEWED_EXCEPTION, UNREVIEWED_SETTINGS};
use crate::rule::Severity;
use crate::tree::Syntax;

/// What is to be said about the settings of a pull request.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) findings: Vec<Finding>,
    pub(super) not_verified: Vec<String>,
}

impl Notes {
    pub(super) fn change(&mut self, path: &str, what: &str) {
        let message =
            format!("{what}; this run used the base's, and the change takes effect after the merge");
        self.findings
            .push(Finding::new(&UNREVIEWED_SETTINGS, Location::file(path), message).subject("changed"));
    }

    pub(super) fn compare(&mut self, proposed: Option<&Loaded>, reviewed: &Loaded) {
        let Some(proposed) = proposed else {
            return self.change(reviewed.source.path(), "this pull request removes the settings file");
        };
        if proposed.source.text() != reviewed.source.text() {
            self.change(proposed.source.path(), "this pull request changes the settings");
        }
        let known = |waiver: &config::WaiverText| {
            reviewed
                .config
                .waivers
                .iter()
                .any(|w| (&w.rule, &w.path, w.expires) == (&waiver.rule, &waiver.path, waiver.expires))
        };
        self.new_waivers(proposed, Severity::Note, &known, "is new in this pull request");
    }

    pub(super) fn unknown(&mut self, base: &Base, proposed: Option<&Loaded>) {
        let Base::Missing(reason) = base else { return };
        self.not_verified.push(format!(
            "{reason}, so it cannot be seen whether this pull request changes ci-guard's own settings; \
             give the checkout step `fetch-depth: 2`"
        ));
        let Some(proposed) = proposed else { return };
        self.new_waivers(proposed, Severity::Warning, &|_| false, "cannot be compared with the base");
        if let Some(path) = &proposed.config.baseline {
            let message = "the baseline cannot be compared with the base, so it is not honoured";
            self.findings.push(
                Finding::new(&UNREVIEWED_EXCEPTION, Location::file(path), message)
                    .help("give the checkout step `fetch-depth: 2`")
                    .subject("baseline"),
            );
        }
    }

    fn new_waivers(
        &mut self,
        proposed: &Loaded,
        severity: Severity,
        known: &dyn Fn(&config::WaiverText) -> bool,
        why: &str,
    ) {
        let tree = proposed.source.tree(Syntax::Yaml);
        let nodes = tree.root().and_then(|root| root.get("waivers"));
        let nodes: Vec<_> = nodes.map(|node| node.items().collect()).unwrap_or_default();
        for (waiver, node) in proposed.config.waivers.iter().zip(nodes) {
            if known(waiver) {
                continue;
            }
            let message = format!("the waiver for `{}` {why}, so it is not honoured", waiver.rule);
            let help = match severity {
                Severity::Note => {
                    "it takes effect once it is merged; merge it first in a pull request of its own"
                }
                _ => "give the checkout step `fetch-depth: 2`",
            };
            self.findings.push(
                Finding::new(&UNREVIEWED_EXCEPTION, proposed.source.at_node(node), message)
                    .severity(severity)
                    .help(help)
                    .subject(format!("{} {}", waiver.rule, waiver.path)),
            );
        }
    }
}
