//! What jobs wait for: jobs that do not exist, and jobs that wait for each other.

use std::collections::HashMap;

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::excerpt;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::settings::nearest;
use crate::workflow::model::Workflow;

pub(super) static UNKNOWN_JOB: Rule = Rule {
    id: "integrity/unknown-job",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "`needs` names a job that does not exist",
    allow: None,
};

pub(super) static NEEDS_CYCLE: Rule = Rule {
    id: "integrity/needs-cycle",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "jobs wait for each other, so that none can start",
    allow: None,
};

/// Findings of a file for which a similar name is looked for, among all jobs each time.
const MAX_SUGGESTIONS: usize = 50;

/// Jobs that a message lists.
const MAX_LISTED: usize = 20;

pub(super) static NO_FIRST_JOB: Rule = Rule {
    id: "integrity/no-first-job",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a workflow without a job that can start at once",
    allow: None,
};

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    let Some(workflow) = &document.workflow else { return };
    if let Some(jobs) = workflow.root.get("jobs").filter(|jobs| jobs.is_map())
        && workflow.jobs.iter().all(|job| !job.needs.is_empty())
    {
        let message = match workflow.jobs.is_empty() {
            true => "this workflow has no jobs",
            false => "every job of this workflow waits for another, so that none can start",
        };
        let place = workflow.jobs.first().map_or(jobs, |job| job.key);
        record.push(Finding::new(&NO_FIRST_JOB, document.source.at_node(place), message).subject("jobs"));
    }
    let index: HashMap<String, usize> =
        workflow.jobs.iter().enumerate().map(|(index, job)| (job.id.to_lowercase(), index)).collect();
    let ids = || workflow.jobs.iter().map(|job| job.id);
    let mut found = 0;
    for job in &workflow.jobs {
        for need in &job.needs {
            let Some(name) = need.text().filter(|name| !index.contains_key(&name.to_lowercase())) else {
                continue;
            };
            let finding = Finding::new(
                &UNKNOWN_JOB,
                document.source.at_node(*need),
                format!("`{}` needs `{name}`, and there is no such job", job.id),
            );
            found += 1;
            let near = nearest(name, ids().filter(|_| found <= MAX_SUGGESTIONS));
            record.push(finding.subject(name).help(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("jobs here: {}", excerpt::list(ids(), ", ", MAX_LISTED)),
            }));
        }
    }
    let cycle = in_cycles(workflow, &index);
    for (from, job) in workflow.jobs.iter().enumerate() {
        for need in &job.needs {
            let Some(&to) = need.text().and_then(|name| index.get(&name.to_lowercase())) else { continue };
            if cycle[from].is_some() && cycle[from] == cycle[to] {
                let message = match from == to {
                    true => format!("`{}` needs itself", job.id),
                    false => format!("`{}` and `{}` wait for each other", job.id, workflow.jobs[to].id),
                };
                record.push(
                    Finding::new(&NEEDS_CYCLE, document.source.at_node(*need), message)
                        .help("remove one of the `needs` of the cycle")
                        .subject(format!("{} {}", job.id, workflow.jobs[to].id)),
                );
            }
        }
    }
}

/// For each job the cycle that it is part of, by number. Tarjan's strongly connected components, without recursion.
fn in_cycles(workflow: &Workflow<'_>, index: &HashMap<String, usize>) -> Vec<Option<usize>> {
    let edges: Vec<Vec<usize>> = workflow
        .jobs
        .iter()
        .map(|job| {
            let named = job.needs.iter().filter_map(|need| need.text());
            named.filter_map(|name| index.get(&name.to_lowercase()).copied()).collect()
        })
        .collect();
    let count = edges.len();
    let mut order = vec![usize::MAX; count];
    let mut low = vec![0; count];
    let mut on_stack = vec![false; count];
    let mut component = vec![None; count];
    let (mut stack, mut next, mut cycles) = (Vec::new(), 0, 0);
    for root in 0..count {
        let mut work = if order[root] == usize::MAX { vec![(root, 0)] } else { Vec::new() };
        while let Some((node, edge)) = work.pop() {
            if edge == 0 {
                (order[node], low[node]) = (next, next);
                next += 1;
                stack.push(node);
                on_stack[node] = true;
            }
            match edges[node].get(edge) {
                Some(&to) => {
                    work.push((node, edge + 1));
                    if order[to] == usize::MAX {
                        work.push((to, 0));
                    } else if on_stack[to] {
                        low[node] = low[node].min(order[to]);
                    }
                }
                None => {
                    if let Some(&(parent, _)) = work.last() {
                        low[parent] = low[parent].min(low[node]);
                    }
                    if low[node] == order[node] {
                        let start = stack.iter().rposition(|&member| member == node).unwrap_or(0);
                        let members = stack.split_off(start);
                        let cyclic = members.len() > 1 || edges[node].contains(&node);
                        for member in members {
                            on_stack[member] = false;
                            component[member] = cyclic.then_some(cycles);
                        }
                        cycles += usize::from(cyclic);
                    }
                }
            }
        }
    }
    component
}
