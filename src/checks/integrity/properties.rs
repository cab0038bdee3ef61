//! Properties of contexts that nothing defines: a step without that id, a job that is not waited for, a matrix key, an
//! input. GitHub gives the empty text for them, without a word.

use std::collections::HashMap;

use super::documents::{Document, Repository};
use super::{Reading, remote_actions};
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::settings::nearest;
use crate::tree::Node;
use crate::workflow::expression::ExprKind;
use crate::workflow::model::{Job, Step, Workflow};
use crate::workflow::scalar_text::source_range;
use crate::workflow::shape::Located;

pub(super) static UNKNOWN_PROPERTY: Rule = Rule {
    id: "integrity/unknown-property",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "an expression reads something that nothing defines, and gets the empty text",
    allow: None,
};

pub(super) fn read(Reading { document, validated, repository }: &Reading<'_>, record: &mut Record) {
    let world = World::of(document, repository);
    for located in &validated.expressions {
        let Ok(expr) = &located.embedded.parsed else { continue };
        let job = world.job_at(located.node);
        expr.accesses(&mut |part, path| {
            let Some(Undefined { name, message, mut known, severity }) = world.undefined(&path, job, located)
            else {
                return;
            };
            let start = located.embedded.start;
            let range = start + part.range.start..start + part.range.end;
            let place = document.source.at(source_range(document.source, located.node, range));
            known.sort_unstable();
            known.dedup();
            let finding =
                Finding::new(&UNKNOWN_PROPERTY, place, message).subject(path.clone()).severity(severity);
            record.push(match nearest(&name, known.iter().map(String::as_str)) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None if known.is_empty() => finding,
                None => finding.help(format!("there is: {}", known.join(", "))),
            });
        });
    }
}

/// Parts of an event that only some events have (GitHub's "Webhook events and payloads", 2026-08).
const PAYLOADS: [(&str, &[&str]); 13] = [
    ("client_payload", &["repository_dispatch"]),
    ("comment", &["commit_comment", "discussion_comment", "issue_comment", "pull_request_review_comment"]),
    ("commits", &["push"]),
    ("deployment_status", &["deployment_status"]),
    ("discussion", &["discussion", "discussion_comment"]),
    ("head_commit", &["push"]),
    ("issue", &["issue_comment", "issues"]),
    ("merge_group", &["merge_group"]),
    (
        "pull_request",
        &["pull_request", "pull_request_review", "pull_request_review_comment", "pull_request_target"],
    ),
    ("pusher", &["push"]),
    ("release", &["release"]),
    ("review", &["pull_request_review"]),
    ("workflow_run", &["workflow_run"]),
];

/// Names that exist, or `None` where they cannot be known.
type Names = Option<Vec<String>>;

/// A name that nothing defines.
struct Undefined {
    name: String,
    message: String,
    /// Names that exist instead.
    known: Vec<String>,
    severity: Severity,
}

/// What a document's expressions can refer to.
struct World<'d, 't> {
    workflow: Option<&'d Workflow<'t>>,
    inputs: Names,
    /// By job: ids of steps, keys of the matrix, jobs that are waited for.
    jobs: Vec<JobWorld<'d, 't>>,
    /// Ids of the steps of a composite action.
    own_steps: Vec<String>,
    /// The steps of a composite action.
    steps: Vec<Step<'t>>,
    /// True if steps run beside each other, so that their order says little.
    parallel: bool,
    /// Outputs of the action that a step uses, if they are known.
    outputs_of_action: Box<dyn Fn(&Step<'_>) -> Names + 'd>,
    outputs: HashMap<String, Names>,
}

struct JobWorld<'d, 't> {
    job: &'d Job<'t>,
    steps: Vec<String>,
    matrix: Names,
    needs: Vec<String>,
}

impl<'d, 't> World<'d, 't> {
    fn of(document: &'d Document<'t>, repository: &'d Repository<'_>) -> Self {
        let ids = |steps: &[crate::workflow::model::Step<'_>]| -> Vec<String> {
            steps.iter().filter_map(|step| Some(step.node.get("id")?.text()?.to_lowercase())).collect()
        };
        let workflow = document.workflow.as_ref();
        let jobs = workflow.iter().flat_map(|workflow| &workflow.jobs).map(|job| JobWorld {
            job,
            steps: ids(&job.steps),
            matrix: matrix_keys(job),
            needs: job.needs.iter().filter_map(|need| Some(need.text()?.to_lowercase())).collect(),
        });
        let outputs = workflow
            .iter()
            .flat_map(|workflow| &workflow.jobs)
            .map(|job| (job.id.to_lowercase(), outputs_of(job, repository)))
            .collect();
        let inputs = match workflow {
            Some(workflow) => workflow_inputs(workflow),
            None => Some(keys(document.root.get("inputs"))),
        };
        let own_steps = if workflow.is_none() { ids(&document.steps()) } else { Vec::new() };
        let steps = if workflow.is_none() { document.steps() } else { Vec::new() };
        let all = document.steps();
        let parallel = all.iter().any(|step| step.node.get("background").is_some())
            || document.source.text().contains("parallel:");
        let outputs_of_action = Box::new(move |step: &Step<'_>| {
            let Some(action) = repository.action(step.uses()?.text()?) else {
                return remote_actions::outputs_of(step);
            };
            let known = action.root.get("outputs");
            // What a container or script sets beyond its metadata is not seen by GitHub's own typing, and is there.
            (action.root.at(&["runs", "using"])?.text()? == "composite").then(|| keys(known))
        });
        World {
            workflow,
            inputs,
            jobs: jobs.collect(),
            own_steps,
            outputs,
            steps,
            parallel,
            outputs_of_action,
        }
    }

    /// The job that a value stands in.
    fn job_at(&self, node: Node<'_>) -> Option<&JobWorld<'d, 't>> {
        let at = node.range().start;
        // An anchored part is used by several jobs; where it is written says nothing about them.
        self.jobs.iter().find(|world| world.job.node.range().contains(&at))
    }

    /// What is wrong with an access, and the names that exist instead.
    fn undefined(
        &self,
        path: &str,
        job: Option<&JobWorld<'_, '_>>,
        located: &Located<'_>,
    ) -> Option<Undefined> {
        let parts: Vec<&str> = path.split('.').collect();
        let name = *parts.get(1).filter(|name| **name != "*")?;
        // A context that does not exist here at all is another rule's matter.
        if !located.allowed.context(parts[0]) {
            return None;
        }
        let undefined = |message: String, known: Vec<String>| Undefined {
            name: name.to_owned(),
            message,
            known,
            severity: Severity::Warning,
        };
        let missing = |names: &[String]| !names.iter().any(|known| known.eq_ignore_ascii_case(name));
        match parts[0] {
            "steps" => {
                let steps = job.map_or(&self.own_steps, |job| &job.steps);
                (self.workflow.is_none() || job.is_some()).then_some(())?;
                if missing(steps) {
                    return Some(undefined(format!("no step here has the id `{name}`"), steps.clone()));
                }
                self.of_step(name, &parts, job, located.node)
            }
            "secrets" => self.undeclared_secret(name),
            "github" if name == "event" && !chooses(located) => self.of_another_event(&parts),
            "matrix" => {
                let keys = job?.matrix.as_ref()?;
                let falls_back = located.embedded.parsed.as_ref().is_ok_and(|expr| expr.falls_back(path));
                (missing(keys) && !falls_back).then(|| match keys.is_empty() {
                    true => undefined(format!("`matrix.{name}`: this job has no matrix"), Vec::new()),
                    false => undefined(format!("the matrix of this job has no `{name}`"), keys.clone()),
                })
            }
            "needs" => {
                let job = job?;
                if missing(&job.needs) {
                    let message = format!("this job does not wait for `{name}`, so `needs.{name}` is empty");
                    return Some(undefined(message, job.needs.clone()));
                }
                self.undefined_output(name, &parts)
            }
            "jobs" => {
                let ids: Vec<String> = self.outputs.keys().cloned().collect();
                if missing(&ids) {
                    return Some(undefined(format!("there is no job `{name}`"), ids));
                }
                self.undefined_output(name, &parts)
            }
            "inputs" => {
                let inputs = self.inputs.as_ref()?;
                missing(inputs).then(|| undefined(format!("there is no input `{name}`"), inputs.clone()))
            }
            _ => None,
        }
    }

    fn undefined_output(&self, job: &str, parts: &[&str]) -> Option<Undefined> {
        let output = *parts.get(3).filter(|name| parts.get(2) == Some(&"outputs") && **name != "*")?;
        let known = self.outputs.get(job)?.as_ref()?;
        let missing = !known.iter().any(|name| name.eq_ignore_ascii_case(output));
        missing.then(|| Undefined {
            name: output.to_owned(),
            message: format!("the job `{job}` has no output `{output}`"),
            known: known.clone(),
            severity: Severity::Warning,
        })
    }

    /// A step that has not run yet, or an output that its action does not have.
    fn of_step(
        &self,
        id: &str,
        parts: &[&str],
        job: Option<&JobWorld<'_, '_>>,
        at: Node<'_>,
    ) -> Option<Undefined> {
        let has_id = |step: &&Step<'_>| {
            step.node.get("id").and_then(|own| own.text()).is_some_and(|own| own.eq_ignore_ascii_case(id))
        };
        let steps = job.map_or(self.steps.as_slice(), |job| job.job.steps.as_slice());
        let step = steps.iter().find(has_id)?;
        let within = |step: &Step<'_>| step.node.range().contains(&at.range().start);
        // Aliases and parallel steps say nothing about the order.
        let place = steps.iter().position(within);
        let own = steps.iter().position(|step| has_id(&step));
        if let (Some(place), Some(own)) = (place, own)
            && own >= place
            && !step.node.is_alias()
            && !self.parallel
        {
            let message = match own == place {
                true => format!("the step `{id}` has not run when this is read: it is this one"),
                false => format!("the step `{id}` has not run when this is read: it comes later"),
            };
            let name = id.to_owned();
            return Some(Undefined { name, message, known: Vec::new(), severity: Severity::Warning });
        }
        let output = *parts.get(3).filter(|name| parts.get(2) == Some(&"outputs") && **name != "*")?;
        let known = (self.outputs_of_action)(step)?;
        let missing = !known.iter().any(|name| name.eq_ignore_ascii_case(output));
        // What other repositories have may be newer than the table.
        let far = step.action().is_some() && nearest(output, known.iter().map(String::as_str)).is_none();
        missing.then(|| Undefined {
            name: output.to_owned(),
            message: format!("the action of the step `{id}` has no output `{output}`"),
            known,
            severity: if far { Severity::Note } else { Severity::Warning },
        })
    }

    /// A part of the event that none of the workflow's events has.
    fn of_another_event(&self, parts: &[&str]) -> Option<Undefined> {
        let name = *parts.get(2)?;
        let (_, events) = PAYLOADS.iter().find(|(part, _)| *part == name)?;
        let triggers = &self.workflow?.triggers;
        // A called workflow sees the event of its caller.
        let may_be = |name: &str| name == "workflow_call" || events.contains(&name);
        if triggers.is_empty() || triggers.iter().any(|trigger| may_be(trigger.name)) {
            return None;
        }
        Some(Undefined {
            name: name.to_owned(),
            message: format!(
                "no event that starts this workflow has `github.event.{name}`: it is always empty"
            ),
            known: events.iter().map(|event| (*event).to_owned()).collect(),
            severity: Severity::Note,
        })
    }

    /// A secret that a workflow which is only called does not declare: it is there only if the caller inherits its own.
    fn undeclared_secret(&self, name: &str) -> Option<Undefined> {
        let [call] = self.workflow?.triggers.as_slice() else { return None };
        let declared = call.filters?.entry("secrets").filter(|_| call.name == "workflow_call")?;
        let known = keys(Some(declared.1));
        let missing = !name.eq_ignore_ascii_case("github_token")
            && !known.iter().any(|own| own.eq_ignore_ascii_case(name));
        missing.then(|| Undefined {
            name: name.to_owned(),
            message: format!("this workflow does not declare the secret `{name}`: it is there only where callers write `secrets: inherit`"),
            known,
            severity: Severity::Note,
        })
    }
}

fn keys(node: Option<Node<'_>>) -> Vec<String> {
    node.iter()
        .flat_map(|node| node.entries())
        .filter_map(|(key, _)| Some(key.text()?.to_lowercase()))
        .collect()
}

/// Inputs of all the events that have some. An expression cannot know which event started the run.
fn workflow_inputs(workflow: &Workflow<'_>) -> Names {
    let of = |event: &str| {
        workflow.trigger(event).map(|trigger| keys(trigger.filters.and_then(|f| f.get("inputs"))))
    };
    let (manual, called) = (of("workflow_dispatch"), of("workflow_call"));
    if manual.is_none() && called.is_none() {
        return Some(Vec::new());
    }
    Some(manual.into_iter().chain(called).flatten().collect())
}

/// Keys of a matrix with those that `include` adds; `None` if an expression makes them.
fn matrix_keys(job: &Job<'_>) -> Names {
    let Some(strategy) = job.node.get("strategy") else { return Some(Vec::new()) };
    if strategy.is_scalar() {
        return None;
    }
    let Some(matrix) = strategy.get("matrix") else { return Some(Vec::new()) };
    if !matrix.is_map() {
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for (key, value) in matrix.entries() {
        match key.text()? {
            "exclude" => {}
            "include" if !value.is_seq() => return None,
            "include" => {
                for item in value.items() {
                    if !item.is_map() {
                        return None;
                    }
                    names.extend(keys(Some(item)));
                }
            }
            name => names.push(name.to_lowercase()),
        }
    }
    names.sort_unstable();
    names.dedup();
    Some(names)
}

/// Outputs that a job declares, or that the workflow it calls does.
fn outputs_of(job: &Job<'_>, repository: &Repository<'_>) -> Names {
    let Some(uses) = job.uses() else { return Some(keys(job.node.get("outputs"))) };
    let path = Repository::callee_path(uses.text()?)?;
    let callee = repository.document(path)?.workflow.as_ref()?;
    Some(keys(callee.trigger("workflow_call")?.filters.and_then(|filters| filters.get("outputs"))))
}

/// True if an expression says what else to take, or looks at the event's name first: what is empty then is meant so.
fn chooses(located: &Located<'_>) -> bool {
    let Ok(expr) = &located.embedded.parsed else { return false };
    let mut chooses = false;
    expr.walk(&mut |part| {
        chooses |= matches!(part.kind, ExprKind::Any(_))
            || part.path().is_some_and(|path| path == "github.event_name");
    });
    chooses
}
