//! Who can start the workflows and jobs of a repository, through calls and waiting.

use super::{Flow, Site, WHOLE};
use crate::checks::integrity::documents::Document;
use crate::checks::integrity::reach::{self, Events, Reach, guards};
use crate::workflow::model::Workflow;

impl<'d> Flow<'d> {
    /// Who can start a workflow, or get to an action.
    pub fn reach_of(&self, document: &'d Document<'d>) -> Reach {
        let key = (document.source.path(), WHOLE);
        if let Some(known) = self.reaches.borrow().get(&key) {
            return *known;
        }
        self.reaches.borrow_mut().insert(key, Reach::default());
        let own = document.workflow.as_ref().map_or_else(
            || Reach { open: Events::caller(), ..Reach::default() },
            |workflow| reach::of_workflow(workflow, &|name| self.workflow_named(name)),
        );
        let sites = self.sites().get(key.0).into_iter().flatten();
        let reach = sites.fold(own, |reach, site| {
            reach.or(self.deeper(|| match site.job {
                Some(job) => self.reach_of_site(site, job),
                None => self.reach_of(site.document),
            }))
        });
        self.reaches.borrow_mut().insert(key, reach);
        reach
    }

    fn reach_of_site(&self, site: &Site<'d>, job: usize) -> Reach {
        let reach = self.reach_of_job(site.document, job);
        let step = site.step.and_then(|index| {
            let job = site.document.workflow.as_ref()?.jobs.get(job)?;
            let guarded =
                job.steps.iter().take(index).any(|step| guards::stops_without_rights(site.document, step));
            Some((job.steps.get(index)?, guarded))
        });
        match step {
            Some((step, true)) => reach.behind(step.node.get("if")).guarded(),
            Some((step, false)) => reach.behind(step.node.get("if")),
            None => reach,
        }
    }

    /// The workflow of this name, or of this path if it has none.
    fn workflow_named(&self, name: &str) -> Option<&'d Workflow<'d>> {
        let names = self.names.get_or_init(|| {
            let workflows = self.repository.all().iter().filter_map(|document| {
                let workflow = document.workflow.as_ref()?;
                let name = workflow.root.get("name").and_then(|name| name.text());
                Some((name.unwrap_or(document.source.path()), workflow))
            });
            workflows.collect()
        });
        names.get(name).copied()
    }

    /// Who can start a job.
    pub fn reach_of_job(&self, document: &'d Document<'d>, index: usize) -> Reach {
        let key = (document.source.path(), index);
        if let Some(known) = self.reaches.borrow().get(&key) {
            return *known;
        }
        self.reaches.borrow_mut().insert(key, Reach::default());
        let reach = self.deeper(|| self.reach_of_job_anew(document, index));
        self.reaches.borrow_mut().insert(key, reach);
        reach
    }

    fn reach_of_job_anew(&self, document: &'d Document<'d>, index: usize) -> Reach {
        let whole = self.reach_of(document);
        let workflow = document.workflow.as_ref();
        let Some((workflow, job)) = workflow.and_then(|workflow| Some((workflow, workflow.jobs.get(index)?)))
        else {
            return whole;
        };
        let condition = job.node.get("if");
        let text = condition.and_then(|node| node.text()).unwrap_or_default();
        let mut reach = whole.behind(condition);
        // A job that runs whatever became of those before it is not kept back by them.
        let regardless = ["always()", "failure()", "cancelled()"].iter().any(|word| text.contains(word));
        for need in job.needs.iter().filter_map(|need| need.text()).filter(|_| !regardless) {
            let Some(before) = self.job_index(document, need) else { continue };
            reach = reach.and(self.reach_of_job(document, before));
            let before = &workflow.jobs[before];
            let asked = guards::decides(document, before) && text.contains(&format!("needs.{}", before.id));
            if asked || before.steps.iter().any(|step| guards::stops_without_rights(document, step)) {
                reach = reach.guarded();
            }
        }
        // An environment may wait for an approval.
        if job.node.get("environment").is_some() { reach.guarded() } else { reach }
    }
}
