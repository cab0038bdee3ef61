//! Whether what a member asks for is really what would be installed. uv does not look.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::tree::Node;

use super::super::super::model::{Origin, Package};
use super::super::super::python::marker::Marker;
use super::super::super::python::version::{admits, version};
use super::super::super::python::{normal, normalised};
use super::super::super::report::Report;
use super::graph::{self, Context};
use super::members::Members;
use super::pyproject::Pyproject;
use super::sync::owner_name;

impl<'s> Members<'_, '_, 's> {
    /// What a member asks for without conditions is there, in a version that it asks for. uv does not look.
    pub fn edges(&self, member: &Pyproject, (index, node): (usize, Node<'s>), report: &mut Report<'_>) {
        let Ok(requirements) = member.requirements() else { return };
        let name = owner_name(member);
        let changed = self.changed_elsewhere();
        // For which extra, if for one, and the entry.
        let lock = self.comparison.lock;
        let found: Vec<(Option<Cow<'_, str>>, &Package<'_>)> = graph::edges(node)
            .zip(&lock.packages[index].needs)
            .filter_map(|((context, _), &target)| match context {
                Context::Always => Some((None, &lock.packages[target])),
                Context::Extra(name) => Some((Some(normal(name)), &lock.packages[target])),
                Context::Group(_) => None,
            })
            .collect();
        let several = |wanted: &str, extra: &Option<String>| {
            requirements.iter().filter(|(one, own)| one.name == wanted && own == extra).count() > 1
        };
        for (requirement, extra) in requirements {
            let is_plain = requirement.url.is_none() && requirement.name != name;
            if !is_plain || changed.contains(&requirement.name) || several(&requirement.name, extra) {
                continue;
            }
            let mut targets = found
                .iter()
                .filter(|(of, target)| target.name == requirement.name && of.as_deref() == extra.as_deref())
                .map(|(_, target)| *target);
            let place = || member.source.at(requirement.place.clone());
            let subject = format!("edge {name} {}", requirement.name);
            if targets.clone().next().is_none() {
                if extra.is_none() && requirement.marker == Marker::Constant(true) && !report.is_out_of_sync()
                {
                    let message = format!(
                        "`{name}` asks for `{}`, and the lockfile would not install it",
                        requirement.text
                    );
                    report
                        .out_of_sync(place(), message)
                        .related(
                            self.comparison.project.source.at_node(node.get("name").unwrap_or(node)),
                            "its entry",
                        )
                        .subject(subject);
                }
                continue;
            }
            let outside = targets.find(|package| {
                let is_registry = matches!(package.origin, Origin::Registry(_));
                is_registry && version(&package.version).is_some_and(|v| !admits(&requirement.specifiers, v))
            });
            if let Some(package) = outside {
                let message =
                    format!("`{name}` asks for `{}`, locked is {}", requirement.text, package.version);
                report
                    .unsatisfied(place(), message)
                    .related(
                        self.comparison.project.source.at(package.place.clone()),
                        format!("locked at {}", package.version),
                    )
                    .subject(subject);
            }
        }
    }

    /// Names whose requirements are replaced or left out by settings.
    fn changed_elsewhere(&self) -> BTreeSet<String> {
        let root = &self.comparison.workspace.root;
        let lists = ["override-dependencies", "exclude-dependencies"].iter().filter_map(|key| root.uv(key));
        let texts = lists.flat_map(|list| list.items()).filter_map(|item| item.text());
        let name = |text: &str| {
            let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
            normalised(&text[..end.unwrap_or(text.len())])
        };
        texts.map(name).collect()
    }
}
