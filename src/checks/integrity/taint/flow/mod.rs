//! The way of values through jobs, actions and calls of the whole repository. What is asked for is computed once.

mod inputs;
mod outputs;
mod reaches;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::environment::{Own, Variables};
use super::foreign::{self, Foreign};
use super::posix::Sink;
use super::protocol::Outputs;
use super::script::Script;
use super::values::{Scope, Values};
use super::{lines, posix, shells};
use crate::checks::integrity::documents::{Document, Repository};
use crate::checks::integrity::reach::{Reach, guards};
use crate::tree::Node;
use crate::workflow::model::{Job, Step, Workflow};

/// Jobs, calls and actions within each other that are followed. Longer chains are nobody's.
const MAX_DEPTH: usize = 40;

/// Steps of actions that are followed for the users of the actions one by one. Real repositories have some hundreds.
const MAX_FOLLOWED: usize = 20_000;

/// Strangers' files that are told apart in a job.
const MAX_FOREIGN: usize = 8;

/// What is known of a job, or of an action.
#[derive(Default)]
pub struct JobFlow {
    pub reach: Reach,
    pub steps: Vec<StepFlow>,
    pub outputs: Values,
    /// Variables on their way through its steps.
    pub variables: Variables,
    /// Indexes of the steps that have ids, in lower case.
    ids: HashMap<String, usize>,
}

/// What is known of a step.
#[derive(Default)]
pub struct StepFlow {
    pub reach: Reach,
    /// The variables that are its own.
    pub env: Own,
    pub outputs: Outputs,
    /// Where in its script values end badly.
    pub sinks: Vec<Sink>,
    /// Strangers' files that it brings.
    pub brings: Option<Foreign>,
}

impl JobFlow {
    /// The step with this id, in lower case.
    pub fn step(&self, id: &str) -> Option<(usize, &StepFlow)> {
        let index = *self.ids.get(id)?;
        Some((index, self.steps.get(index)?))
    }
}

/// A place that uses a workflow or action of the repository.
#[derive(Clone, Copy)]
struct Site<'d> {
    document: &'d Document<'d>,
    /// Index of the job; absent in an action.
    job: Option<usize>,
    /// Index of the step; absent for a job that calls a workflow.
    step: Option<usize>,
    with: Option<Node<'d>>,
}

/// Everything that is known so far.
pub struct Flow<'d> {
    repository: &'d Repository<'d>,
    sites: OnceCell<HashMap<&'d str, Vec<Site<'d>>>>,
    names: OnceCell<HashMap<&'d str, &'d Workflow<'d>>>,
    ids: RefCell<HashMap<&'d str, Rc<HashMap<String, usize>>>>,
    inputs: RefCell<HashMap<&'d str, Rc<Values>>>,
    jobs: RefCell<HashMap<(&'d str, usize), Rc<JobFlow>>>,
    reaches: RefCell<HashMap<(&'d str, usize), Reach>>,
    depth: Cell<usize>,
    followed: Cell<usize>,
    gave_up: Cell<bool>,
}

/// Stands for the file itself where an index of a job is asked for.
const WHOLE: usize = usize::MAX;

impl<'d> Flow<'d> {
    pub fn new(repository: &'d Repository<'d>) -> Self {
        Flow {
            repository,
            sites: OnceCell::new(),
            names: OnceCell::new(),
            ids: RefCell::default(),
            inputs: RefCell::default(),
            jobs: RefCell::default(),
            reaches: RefCell::default(),
            depth: Cell::new(0),
            followed: Cell::new(0),
            gave_up: Cell::new(false),
        }
    }

    /// The flow of a job. While it is being computed, an empty one.
    pub fn job(&self, document: &'d Document<'d>, index: usize) -> Rc<JobFlow> {
        let key = (document.source.path(), index);
        let known = self.jobs.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            self.jobs.borrow_mut().insert(key, Rc::default());
            let flow = Rc::new(self.deeper(|| self.job_anew(document, index)));
            self.jobs.borrow_mut().insert(key, flow.clone());
            flow
        })
    }

    /// The flow of an action for all its users together.
    pub fn action(&self, document: &'d Document<'d>) -> Rc<JobFlow> {
        let key = (document.source.path(), WHOLE);
        let known = self.jobs.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            self.jobs.borrow_mut().insert(key, Rc::default());
            let inputs = self.inputs_of(document);
            let flow = Rc::new(self.deeper(|| self.action_with(document, &inputs, self.reach_of(document))));
            self.jobs.borrow_mut().insert(key, flow.clone());
            flow
        })
    }

    /// True if another file calls or uses it.
    pub fn is_used(&self, document: &Document<'_>) -> bool {
        self.sites().contains_key(document.source.path())
    }

    /// Forgets what is known of the jobs of a workflow that no other file asks for: it would be a fifth of the memory of
    /// a run.
    pub fn forget(&self, document: &'d Document<'d>) {
        if self.is_used(document) {
            return;
        }
        let path = document.source.path();
        let jobs = document.workflow.iter().flat_map(|workflow| 0..workflow.jobs.len());
        let mut known = self.jobs.borrow_mut();
        jobs.for_each(|index| drop(known.remove(&(path, index))));
    }

    /// True if a value was not followed to its end, because there was no end to it.
    pub fn gave_up(&self) -> bool {
        self.gave_up.get()
    }

    /// Runs what may come back here, within bounds.
    fn deeper<T: Default>(&self, inner: impl FnOnce() -> T) -> T {
        if self.depth.get() >= MAX_DEPTH || self.followed.get() >= MAX_FOLLOWED {
            self.gave_up.set(true);
            return T::default();
        }
        self.depth.set(self.depth.get() + 1);
        let result = inner();
        self.depth.set(self.depth.get() - 1);
        result
    }

    /// The index of the job with this id, whatever its case.
    fn job_index(&self, document: &'d Document<'d>, id: &str) -> Option<usize> {
        let workflow = document.workflow.as_ref()?;
        let mut ids = self.ids.borrow_mut();
        let ids = ids.entry(document.source.path()).or_insert_with(|| {
            let ids = workflow.jobs.iter().enumerate().map(|(index, job)| (job.id.to_lowercase(), index));
            Rc::new(ids.collect())
        });
        ids.get(&id.to_lowercase()).copied()
    }

    fn job_anew(&self, document: &'d Document<'d>, index: usize) -> JobFlow {
        let Some(workflow) = &document.workflow else { return JobFlow::default() };
        let Some(job) = workflow.jobs.get(index) else { return JobFlow::default() };
        let inputs = self.inputs_of(document);
        let reach = self.reach_of_job(document, index);
        let mut flow = JobFlow { reach, ..JobFlow::default() };
        for of in [workflow.root.get("env"), job.node.get("env")] {
            let set = self.environment(of, &Scope::whole(document, Some(job), &flow, &inputs));
            flow.variables.set(0, set);
        }
        self.steps(document, Some(job), &job.steps, &inputs, &mut flow);
        let values = job.node.get("outputs").into_iter().flat_map(|outputs| outputs.entries());
        let values = values.map(|(key, value)| (key, Some(value)));
        let scope = Scope::whole(document, Some(job), &flow, &inputs);
        flow.outputs = self.given_out(values, &scope, "as an output of the job");
        flow
    }

    fn action_with(&self, document: &'d Document<'d>, inputs: &Values, reach: Reach) -> JobFlow {
        let steps = document.steps();
        self.followed.set(self.followed.get() + 1 + steps.len());
        let mut flow = JobFlow { reach, ..JobFlow::default() };
        self.steps(document, None, &steps, inputs, &mut flow);
        let outputs = document.root.get("outputs").into_iter().flat_map(|outputs| outputs.entries());
        let values = outputs.map(|(key, output)| (key, output.get("value")));
        let scope = Scope::whole(document, None, &flow, inputs);
        flow.outputs = self.given_out(values, &scope, "as an output of the action");
        flow
    }

    fn given_out(
        &self,
        values: impl Iterator<Item = (Node<'d>, Option<Node<'d>>)>,
        scope: &Scope<'_, 'd>,
        what: &str,
    ) -> Values {
        let source = scope.document.source;
        let taints = values.filter_map(|(key, value)| {
            let value = value?;
            let hop = || (source.at_node(value), what.to_owned());
            Some((key.text()?.to_lowercase(), self.text(value, scope)?.through(hop)))
        });
        taints.collect()
    }

    fn steps(
        &self,
        document: &'d Document<'d>,
        job: Option<&Job<'d>>,
        steps: &[Step<'d>],
        inputs: &Values,
        flow: &mut JobFlow,
    ) {
        let mut reach = flow.reach;
        let mut foreign: Vec<Foreign> = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let own = reach.behind(step.node.get("if"));
            let scope = Scope { reach: own, ..Scope::whole(document, job, flow, inputs) };
            let env: Own = self.environment(step.node.get("env"), &scope).collect();
            let mut known = StepFlow { reach: own, ..StepFlow::default() };
            let scope = Scope { own: Some(&env), ..scope };
            let set = self.step(step, &scope, &foreign, &mut known);
            known.brings = known.brings.or_else(|| foreign::brought_by(self, step, &scope));
            if foreign.len() >= MAX_FOREIGN && known.brings.is_some() {
                foreign.remove(0);
            }
            foreign.extend(known.brings.clone());
            known.env = env;
            if guards::stops_without_rights(document, step) {
                reach = reach.guarded();
            }
            if let Some(id) = step.node.get("id").and_then(|id| id.text()) {
                flow.ids.insert(id.to_lowercase(), index);
            }
            flow.steps.push(known);
            flow.variables.set(index + 1, set.into_iter().map(|(name, taint)| (name, Some(taint))));
        }
    }

    /// What a step gives out, and the variables that it sets for the steps after it.
    fn step(
        &self,
        step: &Step<'d>,
        scope: &Scope<'_, 'd>,
        foreign: &[Foreign],
        known: &mut StepFlow,
    ) -> Values {
        let github_script = || step.input("script").filter(|_| step.is_action("actions/github-script"));
        if let Some(node) = step.run().or_else(github_script) {
            let text = node.text().unwrap_or_default();
            let script = Script::new(self, node, scope, foreign);
            let shell = step.run().map_or(shells::Shell::JavaScript, |_| shells::of(step, scope));
            let result = match shell {
                shells::Shell::Posix => posix::follow(text, &script),
                shell => lines::follow(text, shell, &script),
            };
            (known.outputs, known.sinks, known.brings) = (result.outputs, result.sinks, result.brings);
            return result.env;
        }
        let Some(uses) = step.uses().and_then(|uses| uses.text()) else { return Values::new() };
        let Some(action) = self.repository.action(uses) else {
            known.outputs = foreign::outputs_of(step, scope, foreign);
            return Values::new();
        };
        let inputs = self.bound(action, step.with(), scope);
        if inputs.is_empty() && !has_own_sources(action) {
            return Values::new();
        }
        let flow = self.deeper(|| self.action_with(action, &inputs, scope.reach));
        known.brings = flow.steps.iter().rev().find_map(|step| step.brings.clone());
        known.outputs = Outputs::of(flow.outputs);
        flow.variables.into_last()
    }

    fn environment(
        &self,
        env: Option<Node<'d>>,
        scope: &Scope<'_, 'd>,
    ) -> impl Iterator<Item = (String, Option<super::Taint>)> + use<'d> {
        let entries = env.into_iter().flat_map(|env| env.entries());
        let values = entries.filter_map(|(key, value)| {
            let name = key.text()?;
            let place = || (scope.document.source.at_node(value), format!("into the variable `{name}`"));
            Some((name.to_lowercase(), self.text(value, scope).map(|taint| taint.through(place))))
        });
        values.collect::<Vec<_>>().into_iter()
    }
}

/// True if the action itself reads the event, files, or what is next to it.
fn has_own_sources(action: &Document<'_>) -> bool {
    const SOURCES: [&str; 6] = [
        "github.event",
        "github.head_ref",
        "GITHUB_EVENT_PATH",
        "GITHUB_HEAD_REF",
        "gh pr",
        "context.payload",
    ];
    SOURCES.iter().any(|source| action.source.text().contains(source))
}
