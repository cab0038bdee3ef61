//! What `settings` of a pnpm-lock.yaml says it was resolved with, against pnpm's settings now.

use std::collections::BTreeSet;

use crate::location::Location;
use crate::tree::Node;

use super::super::super::node::spec::intersects;
use super::super::super::report::Report;
use super::settings::Era;
use super::sync::Comparison;

/// Up to this length pnpm writes peers out; 1000 characters.
const PEERS_SUFFIX: i64 = 1000;

impl Comparison<'_> {
    /// Settings that change what is resolved have the value that they had.
    pub fn flags(&self, report: &mut Report<'_>) {
        let flags = [
            ("autoInstallPeers", "auto-install-peers", self.peers_default()),
            ("excludeLinksFromLockfile", "exclude-links-from-lockfile", false),
        ];
        for (key, npmrc, default) in flags {
            let recorded = self.root.at(&["settings", key]).map(|node| node.as_bool());
            if recorded.is_some_and(|recorded| recorded != Some(self.settings.flag(key, npmrc, default))) {
                self.changed(key, report);
            }
        }
        // These are written only where they are not the default; pnpm before 9 does not know them.
        if !self.is_nine() {
            return;
        }
        let key = "injectWorkspacePackages";
        let recorded = self.root.at(&["settings", key]).and_then(|node| node.as_bool()) == Some(true);
        let now = self.settings.flag(key, "inject-workspace-packages", false);
        if self.settings.era != Era::Old && recorded != now {
            self.changed(key, report);
        }
        let key = "peersSuffixMaxLength";
        let recorded = self.root.at(&["settings", key]).and_then(|node| node.as_int());
        let now = self.settings.number(key, "peers-suffix-max-length");
        if recorded.unwrap_or(PEERS_SUFFIX) != now.unwrap_or(PEERS_SUFFIX) {
            self.changed(key, report);
        }
    }

    /// True if peers of projects are locked as if they were dependencies.
    pub fn installs_peers(&self) -> bool {
        let recorded = self.root.at(&["settings", "autoInstallPeers"]).and_then(|node| node.as_bool());
        // A lockfile of version 6 that does not say it may be pnpm 7's, which installs none.
        let may_be_seven = !self.is_nine() && self.settings.named.is_none();
        let now = || self.settings.flag("autoInstallPeers", "auto-install-peers", self.peers_default());
        recorded.unwrap_or_else(|| !may_be_seven && now())
    }

    fn peers_default(&self) -> bool {
        self.settings.era != Era::Old || self.has_peers_default()
    }

    /// Until version 6 of the lockfile, it records which packages may run scripts.
    pub fn builds(&self, report: &mut Report<'_>) {
        let version = self.root.get("lockfileVersion").and_then(|node| node.text()).unwrap_or_default();
        let is_nine = self.settings.named.as_deref().is_some_and(|named| intersects(named, ">=9"));
        if !version.starts_with('6') || is_nine {
            return;
        }
        for (key, empty_counts) in [("neverBuiltDependencies", false), ("onlyBuiltDependencies", true)] {
            let wanted = self.settings.get(key);
            let locked = self.root.get(key);
            let names = |node: Option<Node<'_>>| -> Option<BTreeSet<String>> {
                let names: BTreeSet<String> =
                    node?.items().filter_map(|item| Some(item.text()?.to_owned())).collect();
                (empty_counts || !names.is_empty()).then_some(names)
            };
            if names(wanted.map(|(node, _)| node)) != names(locked) {
                self.changed(key, report);
            }
        }
    }

    /// Reports a setting that has another value than the lockfile was resolved with.
    pub fn changed(&self, key: &str, report: &mut Report<'_>) {
        let recorded = self.root.at(&["settings", key]);
        let place = match (recorded, self.settings.get(key)) {
            (Some(node), _) => self.project.source.at_node(node),
            (None, Some((node, source))) => source.at_node(node),
            (None, None) => Location::file(self.project.source.path()),
        };
        let message = format!("the lockfile was resolved with another value of `{key}`");
        report.out_of_sync(place, message).subject(key);
    }
}
