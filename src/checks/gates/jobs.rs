//! What is known of a job's steps: which known commands they run and what becomes of their failures.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use crate::parallel;
use crate::tree::Node;
use crate::workflow::names::{Expansion, Scope, expand};
use crate::workflow::names::{Rest, Value};

use super::actions::{self, Role};
use super::commands::{self, Kind};
use super::hollow::fate::{self, Fate};
use super::scene::{JobScene, Scene, StepScene};

/// A step with everything that it is there to find.
pub(super) struct StepFacts<'s, 't> {
    pub step: &'s StepScene<'t>,
    pub index: usize,
    /// Known commands of its script.
    pub fates: Vec<Fate<'s>>,
    /// What its action is for.
    pub role: Option<Role>,
    /// The `continue-on-error` that makes every failure of the step count for nothing.
    pub forgiven: Option<Node<'t>>,
}

/// A job with its steps.
pub(super) struct JobFacts<'s, 't> {
    pub scene: &'s JobScene<'t>,
    /// Indexes of the jobs that it waits for, in the list of all.
    pub needs: Vec<usize>,
    pub steps: Vec<StepFacts<'s, 't>>,
    /// The job's own `continue-on-error`, if it holds for every leg.
    pub forgiven: Option<Node<'t>>,
}

/// The facts of every job, in the order of the scene.
pub(super) fn facts<'s, 't>(scene: &'s Scene<'t>) -> Vec<JobFacts<'s, 't>> {
    let key = |job: &JobScene<'t>| (job.file.path(), job.id());
    let places: HashMap<(&str, &str), usize> =
        scene.jobs.iter().enumerate().map(|(at, job)| (key(job), at)).collect();
    let needs = |job: &JobScene<'t>| -> Vec<usize> {
        let ids = job.job.needs.iter().filter_map(|need| need.text());
        ids.filter_map(|id| places.get(&(job.file.path(), id)).copied()).collect()
    };
    parallel::each(&scene.jobs, |job| JobFacts { needs: needs(job), ..of_job(job) })
}

/// Jobs that are followed from one; chains that are longer are generated.
const MAX_AWAITED: usize = 300;

/// The jobs that a job waits for, directly or not, as indexes; `None` if there are too many to tell.
pub(super) fn awaited(job: &JobFacts<'_, '_>, jobs: &[JobFacts<'_, '_>]) -> Option<BTreeSet<usize>> {
    let mut found = BTreeSet::new();
    let mut open = job.needs.clone();
    while let Some(at) = open.pop() {
        if found.insert(at) {
            if found.len() > MAX_AWAITED {
                return None;
            }
            open.extend(jobs.get(at).into_iter().flat_map(|other| &other.needs));
        }
    }
    Some(found)
}

/// The facts of one job, without those that it waits for.
pub(super) fn of_job<'s, 't>(scene: &'s JobScene<'t>) -> JobFacts<'s, 't> {
    let scope = Scope::default().with("inputs", Value::Map(Vec::new()), Rest::Unknown);
    let scopes = match expand(scene.job.node.at(&["strategy", "matrix"]), &scope) {
        Expansion::None => vec![scope.clone()],
        Expansion::Legs(legs) => {
            legs.into_iter().map(|leg| scope.clone().with("matrix", leg.context, Rest::Null)).collect()
        }
        Expansion::Open(_) => vec![scope.clone().with("matrix", Value::Map(Vec::new()), Rest::Unknown)],
    };
    let steps = scene.steps.iter().enumerate().map(|(index, step)| StepFacts {
        step,
        index,
        fates: fates(step),
        role: step.step.uses().and_then(|uses| actions::role(uses.text()?)),
        forgiven: forgiven(step.step.node, &scopes),
    });
    JobFacts { scene, needs: Vec::new(), steps: steps.collect(), forgiven: forgiven(scene.job.node, &scopes) }
}

fn fates<'s>(step: &'s StepScene<'_>) -> Vec<Fate<'s>> {
    let Some(script) = step.script.as_ref().filter(|script| commands::occur_in(script.text)) else {
        return Vec::new();
    };
    let Some(list) = script.list() else { return Vec::new() };
    fate::of(list, script.text, script.shell)
}

/// `continue-on-error`, if it is true for every leg of the matrix.
fn forgiven<'t>(node: Node<'t>, scopes: &[Scope]) -> Option<Node<'t>> {
    let (key, value) = node.entry("continue-on-error")?;
    let holds = |scope: &Scope| Value::of(value, &|text| scope.text(text)).truth() == Some(true);
    scopes.iter().all(holds).then_some(key)
}

impl JobFacts<'_, '_> {
    /// True if a later part of the job asks how this step ended.
    pub fn asks_for(&self, step: &StepFacts<'_, '_>) -> bool {
        let id = step.step.step.node.get("id").and_then(|id| id.text());
        id.is_some_and(|id| {
            ["outcome", "conclusion"].iter().any(|what| {
                self.scene.mentions(&format!("steps.{id}.{what}"))
                    || self.scene.mentions(&format!("steps['{id}'].{what}"))
            }) || self.scene.mentions("toJSON(steps)")
                || self.scene.mentions("steps.*.outcome")
        })
    }

    /// True if a command of one of these kinds runs.
    pub fn runs(&self, wanted: impl Fn(Kind) -> bool) -> bool {
        self.steps.iter().any(|step| step.fates.iter().any(|fate| wanted(fate.known.kind)))
    }
}

impl<'s> StepFacts<'s, '_> {
    /// The commands that are there to fail.
    pub fn checks(&self) -> impl Iterator<Item = &Fate<'s>> {
        self.fates.iter().filter(|fate| fate.known.kind.is_check())
    }

    /// Where a part of its script is written.
    pub fn at(&self, range: Range<usize>) -> Option<crate::location::Location> {
        self.step.script.as_ref().map(|script| script.at(range))
    }
}
