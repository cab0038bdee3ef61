//! The file with hooks: pnpm refuses a lockfile that was made with other hooks than those that are there.

use std::sync::Arc;

use crate::checkout::Source;

use super::super::super::report::Report;
use super::patches::file_hash;
use super::settings::Era;
use super::sync::Comparison;

impl Comparison<'_> {
    /// The hooks are those that the lockfile was made with. pnpm before 9 does not record them.
    pub fn pnpmfile(&self, report: &mut Report<'_>) {
        let recorded = self.root.get("pnpmfileChecksum").filter(|_| self.is_nine());
        match (self.hooks(), recorded) {
            _ if !self.is_nine() => {}
            (Some(file), None) => {
                let message = "the lockfile was made without these hooks";
                report.out_of_sync(file.at(0..0), message).subject("pnpmfile");
            }
            (Some(file), Some(node)) => {
                let text = node.text().unwrap_or_default();
                if file_hash(file.text(), text).is_some_and(|hash| hash != text) {
                    let told = report.out_of_sync(file.at(0..0), "the lockfile was made with other hooks");
                    told.related(self.project.source.at_node(node), "the lockfile").subject("pnpmfile");
                }
            }
            (None, Some(node)) if !self.may_have_other_hooks() => {
                let message = "the lockfile was made with hooks that are not there";
                report.out_of_sync(self.project.source.at_node(node), message).subject("pnpmfile");
            }
            (None, _) => {}
        }
    }

    /// The file with hooks, if it has any that are recorded.
    fn hooks(&self) -> Option<Arc<Source>> {
        if self.settings.flag("ignorePnpmfile", "ignore-pnpmfile", false) {
            return None;
        }
        let named = self.settings.npmrc_value("pnpmfile");
        let names = match &named {
            Some(name) => [name.as_str(), ""],
            None if self.settings.era == Era::Old => [".pnpmfile.cjs", ""],
            None => [".pnpmfile.mjs", ".pnpmfile.cjs"],
        };
        let file = names.iter().find_map(|name| self.project.text(&self.project.beside(name)))?;
        let hooks: &[&str] = match self.settings.era {
            Era::Old => &["hooks"],
            _ => &["readPackage", "afterAllResolved"],
        };
        hooks.iter().any(|hook| file.text().contains(hook)).then_some(file)
    }

    /// True if hooks may come from elsewhere: a file that is not there, or packages of settings.
    fn may_have_other_hooks(&self) -> bool {
        let names = [".pnpmfile.mjs", ".pnpmfile.cjs"];
        let is_set = |key: &str| self.settings.get(key).is_some();
        is_set("pnpmfile")
            || is_set("configDependencies")
            || self.settings.npmrc_value("pnpmfile").is_some()
            || names.iter().any(|name| self.project.text(&self.project.beside(name)).is_some())
    }
}
