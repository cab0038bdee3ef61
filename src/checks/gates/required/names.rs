//! The names that a repository reports, with the events that make it do so.

use crate::workflow::event::{self, Decision, Event};
use crate::workflow::library::{self, File};
use crate::workflow::model::Trigger;
use crate::workflow::names::{self, CheckName, Run};

use super::super::scene::Scene;

/// A name with where it comes from.
pub struct Reported<'t> {
    /// The workflow.
    pub file: &'t File<'t>,
    /// The name.
    pub name: CheckName<'t>,
    /// Events of the workflow that make it report, in the order of writing.
    pub events: Vec<&'t str>,
}

/// A name as `required list` shows it.
pub type Listed<'t> = Reported<'t>;

impl Reported<'_> {
    /// True if it reports on pull requests.
    pub fn on_pull(&self) -> bool {
        self.events.iter().any(|event| is_pull(event))
    }
}

/// True if a commit that is pushed to a pull request makes it report, whatever files change.
pub(super) fn on_pushes(own: &Reported<'_>) -> bool {
    let pushed = |trigger: &Trigger<'_>| {
        let event = Event { name: trigger.name, kind: Some("synchronize"), ..Event::default() };
        is_pull(trigger.name) && !matches!(event::of_trigger(trigger, event), Decision::Not(_))
    };
    own.on_pull() && own.file.workflow.triggers.iter().any(pushed)
}

/// True for the events of pull requests.
pub fn is_pull(event: &str) -> bool {
    matches!(event, "pull_request" | "pull_request_target")
}

/// Every name that the workflows report for some event.
pub(super) fn reported<'t>(scene: &Scene<'t>) -> Vec<Reported<'t>> {
    list(scene.files, None, None)
}

/// The names that the workflows report: for all events or one, for all branches or one.
pub fn list<'t>(files: &'t [File<'t>], event: Option<&str>, base: Option<&str>) -> Vec<Reported<'t>> {
    let resolve = |path: &str| library::at(files, path);
    let mut reported = Vec::new();
    for file in files {
        let mut own: Vec<Reported<'t>> = Vec::new();
        for trigger in &file.workflow.triggers {
            let wanted = event.is_none_or(|event| event == trigger.name) && trigger.name != "workflow_call";
            let happens = Event { name: trigger.name, branch: base, ..Event::default() };
            if !wanted || matches!(event::of_trigger(trigger, happens), Decision::Not(_)) {
                continue;
            }
            let run = Run { event: trigger.name, base };
            merge(&mut own, names::names(&file.workflow, file.path(), run, &resolve), file, trigger.name);
        }
        reported.append(&mut own);
    }
    reported
}

/// Adds the names of one event to those of the others: the same name of the same job is one with two events.
fn merge<'t>(own: &mut Vec<Reported<'t>>, names: Vec<CheckName<'t>>, file: &'t File<'t>, event: &'t str) {
    let known = own.len();
    let mut taken = vec![false; known];
    for (index, name) in names.into_iter().enumerate() {
        let same = |at: &usize| {
            own.get(*at).is_some_and(|other| {
                let whole = (&other.name.name, other.name.pattern, &other.name.jobs);
                !taken[*at] && whole == (&name.name, name.pattern, &name.jobs)
            })
        };
        // Most names do not depend on the event, and stand at the same place of both lists.
        let found = Some(index).filter(|at| *at < known && same(at)).or_else(|| (0..known).find(same));
        match found {
            Some(at) => {
                taken[at] = true;
                own[at].events.push(event);
                // Whether a condition skips the job is asked where the name is waited for.
                if is_pull(event) {
                    own[at].name.when_skipped = name.when_skipped;
                }
            }
            None => own.push(Reported { file, name, events: vec![event] }),
        }
    }
}

/// True if the workflows that report a name cover each other's paths: one takes what the other leaves out.
pub(super) fn complementary(own: &[&Reported<'_>]) -> bool {
    let filters = |own: &Reported<'_>, key: &str| -> Option<Vec<String>> {
        let trigger = own.file.workflow.triggers.iter().find(|trigger| is_pull(trigger.name))?;
        let list = trigger.filters?.get(key)?;
        let mut texts: Vec<String> = list.items().filter_map(|item| item.text().map(str::to_owned)).collect();
        texts.extend(list.text().map(str::to_owned));
        crate::sorted::by(&mut texts, Ord::cmp);
        Some(texts)
    };
    own.iter().any(|one| {
        let Some(paths) = filters(one, "paths") else { return false };
        own.iter().any(|other| {
            let ignored = filters(other, "paths-ignore").is_some_and(|ignored| ignored == paths);
            let negated = filters(other, "paths").is_some_and(|others| {
                let positive: Vec<String> =
                    others.iter().filter_map(|text| text.strip_prefix('!').map(str::to_owned)).collect();
                !positive.is_empty() && positive == paths
            });
            ignored || negated
        })
    })
}
