//! What workflows and actions are given by those who call or start them.

use std::collections::HashMap;
use std::rc::Rc;

use super::{Flow, JobFlow, Site};
use crate::checks::integrity::documents::{Document, Repository};
use crate::checks::integrity::reach::Events;
use crate::checks::integrity::taint::values::{Scope, Values};
use crate::checks::integrity::taint::{Kind, Origin, Taint, Writer};
use crate::tree::Node;
use crate::workflow::model::Step;

impl<'d> Flow<'d> {
    /// The inputs of a workflow or action, from all who call or start it.
    pub fn inputs_of(&self, document: &'d Document<'d>) -> Rc<Values> {
        let path = document.source.path();
        if let Some(known) = self.inputs.borrow().get(path) {
            return known.clone();
        }
        self.inputs.borrow_mut().insert(path, Rc::default());
        let mut inputs = Values::new();
        let mut add = |name: String, taint: Taint| match inputs.get_mut(&name) {
            Some(known) => known.merge(taint),
            None => drop(inputs.insert(name, taint)),
        };
        for (name, definition, writer) in declared(document) {
            if is_free_text(definition) {
                let events = match writer {
                    Writer::Insider => Events::named("workflow_dispatch"),
                    _ => Events::caller(),
                };
                let origin = Origin { name: format!("inputs.{name}"), kind: Kind::TEXT, writer, events };
                add(name.to_lowercase(), Taint::of(origin));
            }
        }
        for site in self.sites().get(path).into_iter().flatten() {
            for (name, taint) in self.deeper(|| self.given_at(document, site)) {
                add(name, taint);
            }
        }
        let inputs = Rc::new(inputs);
        self.inputs.borrow_mut().insert(path, inputs.clone());
        inputs
    }

    /// What a place hands over to what it uses.
    fn given_at(&self, callee: &'d Document<'d>, site: &Site<'d>) -> Values {
        let inputs = self.inputs_of(site.document);
        let job = site.job.and_then(|index| Some((index, site.document.workflow.as_ref()?.jobs.get(index)?)));
        match (job, site.step) {
            (Some((index, job)), None) => {
                let flow = JobFlow { reach: self.reach_of_job(site.document, index), ..JobFlow::default() };
                self.bound(callee, site.with, &Scope::whole(site.document, Some(job), &flow, &inputs))
            }
            (job, Some(step)) => {
                let flow = match job {
                    Some((index, _)) => self.job(site.document, index),
                    None => self.action(site.document),
                };
                let job = job.map(|(_, job)| job);
                // A step of what is being computed just now is not known yet.
                match Scope::of_step(site.document, job, &flow, step, &inputs) {
                    Some(scope) => self.bound(callee, site.with, &scope),
                    None => Values::new(),
                }
            }
            _ => Values::new(),
        }
    }

    /// The inputs that a `with` gives, and the defaults of those that it does not.
    pub(super) fn bound(
        &self,
        callee: &'d Document<'d>,
        with: Option<Node<'d>>,
        scope: &Scope<'_, 'd>,
    ) -> Values {
        let given = with.into_iter().flat_map(|with| with.entries());
        let given: HashMap<String, Node<'d>> =
            given.filter_map(|(key, value)| Some((key.text()?.to_lowercase(), value))).collect();
        let mut values = Values::new();
        for (name, definition, _) in declared(callee) {
            if !is_free_text(definition) {
                continue;
            }
            let value = match given.get(&name.to_lowercase()) {
                Some(value) => Some((*value, scope.document)),
                None => definition.get("default").map(|value| (value, callee)),
            };
            let Some((value, document)) = value else { continue };
            let hop = || (document.source.at_node(value), format!("into the input `{name}`"));
            if let Some(taint) = self.text(value, &Scope { document, ..*scope }) {
                values.insert(name.to_lowercase(), taint.through(hop));
            }
        }
        values
    }

    pub(super) fn sites(&self) -> &HashMap<&'d str, Vec<Site<'d>>> {
        self.sites.get_or_init(|| {
            let mut sites: HashMap<&'d str, Vec<Site<'d>>> = HashMap::new();
            let mut add = |path: &'d str, site: Site<'d>| sites.entry(path).or_default().push(site);
            for document in self.repository.all() {
                let steps =
                    |job: Option<usize>, steps: &[Step<'d>], add: &mut dyn FnMut(&'d str, Site<'d>)| {
                        for (index, step) in steps.iter().enumerate() {
                            let uses = step.uses().and_then(|uses| uses.text());
                            if let Some(action) = uses.and_then(|uses| self.repository.action(uses)) {
                                let with = step.with();
                                add(action.source.path(), Site { document, job, step: Some(index), with });
                            }
                        }
                    };
                let Some(workflow) = &document.workflow else {
                    steps(None, &document.steps(), &mut add);
                    continue;
                };
                for (index, job) in workflow.jobs.iter().enumerate() {
                    steps(Some(index), &job.steps, &mut add);
                    let path = job.uses().and_then(|uses| uses.text()).and_then(Repository::callee_path);
                    if let Some(callee) = path.and_then(|path| self.repository.document(path)) {
                        let with = job.node.get("with");
                        add(callee.source.path(), Site { document, job: Some(index), step: None, with });
                    }
                }
            }
            sites
        })
    }
}

/// The inputs that a workflow or action declares, and who gives them.
fn declared<'d>(document: &Document<'d>) -> Vec<(&'d str, Node<'d>, Writer)> {
    let of = |node: Option<Node<'d>>, writer| {
        let entries = node.into_iter().flat_map(|inputs| inputs.entries());
        entries.filter_map(move |(key, definition)| Some((key.text()?, definition, writer)))
    };
    let Some(workflow) = &document.workflow else {
        return of(document.root.get("inputs"), Writer::Caller).collect();
    };
    let inputs = |event: &str| workflow.trigger(event)?.filters?.get("inputs");
    of(inputs("workflow_call"), Writer::Caller)
        .chain(of(inputs("workflow_dispatch"), Writer::Insider))
        .collect()
}

/// True if the input can be any text.
fn is_free_text(definition: Node<'_>) -> bool {
    let kind = definition.get("type").and_then(|kind| kind.text()).unwrap_or("string");
    !matches!(kind, "boolean" | "number" | "choice" | "environment")
}
