//! What jobs and workflows give to those who wait for them or call them.

use super::Flow;
use crate::checks::integrity::documents::{Document, Repository};
use crate::checks::integrity::taint::{Taint, union};
use crate::workflow::expression;

impl<'d> Flow<'d> {
    /// What a job of the same workflow gives out: an output, or any.
    pub fn output_of_job(&self, document: &'d Document<'d>, id: &str, name: Option<&str>) -> Option<Taint> {
        let workflow = document.workflow.as_ref()?;
        let index = self.job_index(document, id)?;
        let job = workflow.jobs.get(index)?;
        if let Some(uses) = job.uses() {
            let callee = self.repository.document(Repository::callee_path(uses.text()?)?)?;
            return self.deeper(|| self.output_of_workflow(callee, name));
        }
        let flow = self.job(document, index);
        match name {
            Some(name) => flow.outputs.get(name).cloned(),
            None => union(flow.outputs.values().map(|taint| Some(taint.clone()))),
        }
    }

    /// What a workflow gives to those who call it.
    fn output_of_workflow(&self, callee: &'d Document<'d>, name: Option<&str>) -> Option<Taint> {
        let trigger = callee.workflow.as_ref()?.trigger("workflow_call")?;
        let outputs = trigger.filters?.get("outputs")?;
        let values = outputs.entries().filter_map(|(key, output)| {
            let wanted = name.is_none_or(|name| key.text().is_some_and(|key| key.eq_ignore_ascii_case(name)));
            output.get("value").filter(|_| wanted)?.text()
        });
        union(values.map(|value| {
            // `jobs.<id>.outputs.<name>` is all that it can be.
            let mut found = None;
            for embedded in expression::embedded(value) {
                if let Ok(expr) = &embedded.parsed {
                    expr.accesses(&mut |_, path| {
                        let parts: Vec<&str> = path.split('.').collect();
                        if let ["jobs", id, "outputs", output] = parts.as_slice() {
                            found = found.take().or_else(|| self.output_of_job(callee, id, Some(output)));
                        }
                    });
                }
            }
            found
        }))
    }
}
