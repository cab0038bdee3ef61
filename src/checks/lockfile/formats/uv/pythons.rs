//! `requires-python` of the members against that of uv.lock.

use pep440_rs::Version;

use crate::rule::Severity;

use crate::tree::Node;

use super::super::super::python::ranges::Ranges;
use super::super::super::python::version::{release_ranges, specifiers, version};
use super::super::super::report::Report;
use super::sync::Comparison;

impl Comparison<'_, '_> {
    /// Compares `requires-python`.
    pub fn requires_python(&self, report: &mut Report<'_>) {
        let Some(locked_node) = self.root.get("requires-python") else {
            let start = self.root.range().start;
            let message = "the lockfile does not say which Python versions it is for";
            report.out_of_sync(self.project.source.at(start..start), message).subject("requires-python");
            return;
        };
        let locked_text = locked_node.text().unwrap_or_default();
        let mut range = Ranges::full();
        let mut first = None;
        for member in self.workspace.members.values() {
            let Some(written) = member.requires_python() else { continue };
            let Some(specifiers) = specifiers(written.text) else {
                report.not_verified(format!("`requires-python = {}` cannot be read", written.text));
                return;
            };
            range = range.intersection(&release_ranges(&specifiers));
            first.get_or_insert((member, written));
        }
        let Some((member, written)) = first else {
            return self.undeclared_python(locked_text, locked_node, report);
        };
        let Some(locked) = &self.python else { return };
        if !range.is_empty() && is_same_span(&range, locked) {
            return;
        }
        let several = self.workspace.members.len() > 1;
        let message = format!(
            "`requires-python` {} `{}`, and the lockfile is for `{locked_text}`",
            if several {
                "of the members comes to another range than the lockfile's; one of them says"
            } else {
                "is"
            },
            written.text
        );
        report
            .out_of_sync(member.source.at(written.place), message)
            .related(self.project.source.at_node(locked_node), "the lockfile")
            .subject("requires-python");
    }

    /// Without `requires-python` uv takes the version of the Python that it runs with.
    fn undeclared_python(&self, locked: &str, node: Node<'_>, report: &mut Report<'_>) {
        let named = self.project.text(&self.project.beside(".python-version"));
        let named = named.as_ref().and_then(|source| source.text().lines().next().map(str::trim));
        let minor = named.and_then(version).and_then(|version| match version.release() {
            [major, minor, ..] => Some(format!(">={major}.{minor}")),
            _ => None,
        });
        let place = self.manifest(self.workspace.root.at(&["project"]));
        let related = self.project.source.at_node(node);
        let help =
            format!("write `requires-python = \"{locked}\"` below `[project]`, then run {}", report.repair());
        match minor {
            Some(minor) if minor == locked => {}
            Some(minor) => {
                let message = format!(
                    "`requires-python` is not declared, so `{minor}` of `.python-version` counts; the lockfile is for `{locked}`"
                );
                report
                    .out_of_sync(place, message)
                    .related(related, "the lockfile")
                    .subject("requires-python")
                    .help(help);
            }
            None => {
                let message = format!(
                    "`requires-python` is not declared, so the lockfile's `{locked}` holds only where uv happens to run with that Python"
                );
                report
                    .out_of_sync(place, message)
                    .related(related, "the lockfile")
                    .severity(Severity::Warning)
                    .subject("requires-python")
                    .help(help);
            }
        }
    }
}

fn is_same_span(one: &Ranges<Version>, other: &Ranges<Version>) -> bool {
    one.bounding() == other.bounding()
}
