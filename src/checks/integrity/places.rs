//! Every step of the repository with what is known of it: who gets there, and what values it sees.

use std::rc::Rc;

use super::Scene;
use super::documents::Document;
use super::taint::flow::{JobFlow, StepFlow};
use super::taint::values::{Scope, Values};
use crate::workflow::model::{Job, Step};

/// A job, or an action.
pub(super) struct JobPlace<'d> {
    pub document: &'d Document<'d>,
    /// The job, unless this is an action.
    pub job: Option<&'d Job<'d>>,
    pub steps: Vec<Step<'d>>,
    pub flow: Rc<JobFlow>,
    inputs: Rc<Values>,
}

/// A step of a job or action.
pub(super) struct StepPlace<'p, 'd> {
    pub around: &'p JobPlace<'d>,
    pub index: usize,
    pub step: Step<'d>,
    pub flow: &'p StepFlow,
}

impl<'d> JobPlace<'d> {
    /// Its steps in order.
    pub fn places(&self) -> impl Iterator<Item = StepPlace<'_, 'd>> {
        let steps = self.steps.iter().zip(&self.flow.steps).enumerate();
        steps.map(|(index, (step, flow))| StepPlace { around: self, index, step: *step, flow })
    }

    /// What tells it from others in a fingerprint.
    pub fn id(&self) -> &str {
        self.job.map_or("action", |job| job.id)
    }
}

impl<'p, 'd> StepPlace<'p, 'd> {
    /// What the step's expressions see.
    pub fn scope(&self) -> Option<Scope<'p, 'd>> {
        let around = self.around;
        Scope::of_step(around.document, around.job, &around.flow, self.index, &around.inputs)
    }
}

/// The jobs of a workflow, or the action itself.
pub(super) fn of_document<'d>(document: &'d Document<'d>, scene: &Scene<'d>) -> Vec<JobPlace<'d>> {
    let inputs = scene.flow.inputs_of(document);
    let Some(workflow) = &document.workflow else {
        let steps = document.steps();
        if steps.is_empty() {
            return Vec::new();
        }
        let flow = scene.flow.action(document);
        return vec![JobPlace { document, job: None, steps, flow, inputs }];
    };
    let jobs = workflow.jobs.iter().enumerate().map(|(index, job)| JobPlace {
        document,
        job: Some(job),
        steps: job.steps.clone(),
        flow: scene.flow.job(document, index),
        inputs: inputs.clone(),
    });
    jobs.collect()
}
