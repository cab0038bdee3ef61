//! What a project asks for, and what uv.lock records of that.

use std::collections::BTreeSet;

use super::super::super::python::marker::Marker;
use super::super::super::python::normalised;
use super::super::super::python::requirement::{Need, Strictness, difference};
use super::super::super::report::Report;
use super::members::{Groups, Members};
use super::pyproject::Pyproject;
use super::sources::{Heading, Lowering, Unclear};
use super::sync::{Comparison, tell};
use super::workspace::Workspace;

/// Requirements of extras that name extras of the same project are followed this often.
const MOST_FLATTENED: usize = 10_000;

impl Members<'_, '_, '_> {
    /// What a project asks for, sources applied.
    pub fn requirements(&self, member: &Pyproject, workspace: &Workspace) -> Result<Vec<Need>, Unclear> {
        let list = member.requirements().map_err(|place| not_a_requirement(member, place))?;
        let lowering = Lowering::of(self.comparison.project, workspace, member, &self.comparison.logic);
        let mut needs = Vec::with_capacity(list.len());
        for (requirement, extra) in list {
            let heading = extra.as_deref().map_or(Heading::Always, Heading::Extra);
            needs.extend(lowering.lower(requirement, heading)?);
        }
        Ok(needs)
    }

    /// The dependency groups of a project, sources applied.
    pub fn groups(
        comparison: &Comparison<'_, '_>,
        member: &Pyproject,
        workspace: &Workspace,
    ) -> Result<Groups, Unclear> {
        let groups = member.groups().map_err(|place| not_a_requirement(member, place))?;
        let lowering = Lowering::of(comparison.project, workspace, member, &comparison.logic);
        let mut result = Groups::new();
        for (name, requirements) in groups {
            let mut needs = Vec::with_capacity(requirements.len());
            for requirement in requirements {
                needs.extend(lowering.lower(requirement, Heading::Group(name))?);
            }
            result.insert(name.clone(), needs);
        }
        Ok(result)
    }

    /// Compares groups by name.
    pub fn compare_groups(
        &self,
        member: &Pyproject,
        ours: &Groups,
        theirs: &Groups,
        keeps_empty: bool,
        name: &str,
        report: &mut Report<'_>,
    ) {
        let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        for group in names {
            let (one, other) = (ours.get(group), theirs.get(group));
            if keeps_empty && (one.is_none() || other.is_none()) {
                let only_empty = one.or(other).is_some_and(Vec::is_empty);
                if only_empty {
                    let message = match one.is_some() {
                        true => format!("the group `{group}` of `{name}` is not in the lockfile"),
                        false => format!(
                            "the lockfile has a group `{group}` of `{name}`, which is no longer there"
                        ),
                    };
                    let table = member.at(&["dependency-groups"]);
                    let key = table.into_iter().flat_map(|table| table.entries()).map(|(key, _)| key);
                    let key = key.into_iter().find(|key| key.text().map(normalised).as_ref() == Some(group));
                    let place = key.map_or(member.name_place(), |key| key.range());
                    report
                        .out_of_sync(member.source.at(place), message)
                        .subject(format!("group {name} {group}"));
                    continue;
                }
            }
            let empty = Vec::new();
            let label = format!(" in the group `{group}`");
            self.compare_needs(member, one.unwrap_or(&empty), other.unwrap_or(&empty), name, &label, report);
        }
    }

    /// Compares two lists of needs, and reports what only one of them has.
    pub fn compare_needs(
        &self,
        member: &Pyproject,
        ours: &[Need],
        theirs: &[Need],
        name: &str,
        label: &str,
        report: &mut Report<'_>,
    ) {
        let comparison = self.comparison;
        let strict = difference(ours, theirs, &comparison.logic, comparison.strictness());
        if strict.is_empty() && !strict.undecided {
            return;
        }
        let new = difference(ours, theirs, &comparison.logic, Strictness::Meaning);
        if new.undecided {
            report.not_verified(format!("a marker of `{name}`{label} is too complex to compare"));
            return;
        }
        let strict_only = new.is_empty();
        let shown = if strict_only { strict } else { new };
        let mut others: Vec<&Need> = shown.only_second;
        for need in shown.only_first {
            let pair = others.iter().position(|other| other.name == need.name);
            let pair = pair.map(|index| others.remove(index));
            let message = match pair {
                Some(other) => {
                    format!("`{name}` asks for `{}`{label}, and the lockfile has `{}`", need.text, other.text)
                }
                None => {
                    format!("`{name}` asks for `{}`{label}, and the lockfile does not know that", need.text)
                }
            };
            let place = member.source.at(need.place.clone());
            let Some(told) = tell(report, comparison.era, strict_only, place, message) else { continue };
            let told = told.subject(format!("{name} {} {label}", need.name));
            if let Some(other) = pair {
                told.related(comparison.project.source.at(other.place.clone()), "the lockfile");
            }
        }
        for other in others {
            let message =
                format!("the lockfile has `{name}` ask for `{}`{label}, which it no longer does", other.text);
            let place = comparison.project.source.at(other.place.clone());
            let Some(told) = tell(report, comparison.era, strict_only, place, message) else { continue };
            let told = told.subject(format!("{name} {} {label}", other.name));
            told.related(member.source.at(member.name_place()), "the manifest");
        }
    }

    /// True if the locked requirements are the project's with extras of its own written out.
    pub fn is_flattened(&self, name: &str, needs: &[Need], locked: &[Need]) -> bool {
        let is_own = |need: &Need| need.name == name;
        let mut flat: Vec<Need> = needs.iter().filter(|need| !is_own(need)).cloned().collect();
        let mut queue: Vec<(String, Marker)> = Vec::new();
        let follow = |need: &Need, queue: &mut Vec<(String, Marker)>| {
            queue.extend(need.extras.iter().map(|extra| (extra.clone(), need.marker.clone())));
        };
        needs.iter().filter(|need| is_own(need)).for_each(|need| follow(need, &mut queue));
        let mut steps = 0;
        while let Some((extra, marker)) = queue.pop() {
            for need in needs {
                steps += 1;
                if steps > MOST_FLATTENED {
                    return false;
                }
                let Some(own) = without_extra(&need.marker, &extra) else { continue };
                let joined = Need { marker: own.and(marker.clone()), ..need.clone() };
                if self.comparison.logic.is_never(&joined.marker) {
                    continue;
                }
                if is_own(need) {
                    follow(&joined, &mut queue);
                } else {
                    flat.push(joined);
                }
            }
        }
        difference(&flat, locked, &self.comparison.logic, Strictness::Meaning).is_empty()
    }
}

/// The marker under the assumption that the extra, and no other, is asked for; `None` if it does not depend on
/// that extra.
fn without_extra(marker: &Marker, extra: &str) -> Option<Marker> {
    let wanted = Marker::extra(extra);
    match marker {
        marker if *marker == wanted => Some(Marker::Constant(true)),
        Marker::All(parts) => {
            let at = parts.iter().position(|part| without_extra(part, extra).is_some())?;
            let mut result = without_extra(&parts[at], extra)?;
            for (index, part) in parts.iter().enumerate() {
                if index != at {
                    result = result.and(part.clone());
                }
            }
            Some(result)
        }
        _ => None,
    }
}

fn not_a_requirement(member: &Pyproject, place: std::ops::Range<usize>) -> Unclear {
    let span = member.source.span(place);
    Unclear::Refused(format!("line {} of `{}` is no requirement", span.line, member.source.path()))
}
