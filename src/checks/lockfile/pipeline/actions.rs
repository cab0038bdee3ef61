//! Installs in composite actions of this repository.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::Record;
use crate::tree::Syntax;
use crate::workflow::library::File;
use crate::workflow::model::{Step, steps};
use crate::workflow::reference::Reference;
use crate::workflow::shell::shell_of_action;

use super::super::paths;
use super::installs::{Scene, Steps};

/// Actions that use one another are followed this deep, as GitHub does.
const DEEPEST: usize = 10;

/// Looks at the actions that the workflows use. Those that they do not use are for other repositories, which have
/// lockfiles of their own.
pub fn judge(files: &[File<'_>], scene: &Scene<'_>, record: &mut Record) {
    let mut open: Vec<String> = Vec::new();
    for file in files {
        for job in &file.workflow.jobs {
            open.extend(job.steps.iter().filter_map(folder_of));
        }
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut sources = BTreeMap::new();
    for _ in 0..DEEPEST {
        let mut next = Vec::new();
        for folder in open.drain(..) {
            if !seen.insert(folder.clone()) {
                continue;
            }
            let names = ["action.yml", "action.yaml"].map(|name| paths::file_in(&folder, name));
            let Some(source) = names.iter().find_map(|path| scene.checkout.read(path).ok()) else { continue };
            let root = source.tree(Syntax::Yaml).root();
            let list = root.and_then(|root| root.at(&["runs", "steps"]));
            next.extend(list.map(steps).unwrap_or_default().iter().filter_map(folder_of));
            sources.insert(folder, source);
        }
        open = next;
    }
    for (folder, source) in &sources {
        let root = source.tree(Syntax::Yaml).root();
        let Some(list) = root.and_then(|root| root.at(&["runs", "steps"])) else { continue };
        let all = steps(list);
        let around = Steps {
            source,
            owner: folder,
            steps: &all,
            shell: &|step| shell_of_action(step).kind,
            around: &[],
        };
        around.judge(scene, record);
    }
}

/// The folder of the action of this repository that a step uses.
fn folder_of(step: &Step<'_>) -> Option<String> {
    match Reference::parse(step.uses()?.text()?)? {
        Reference::Local(path) => paths::join("", path),
        _ => None,
    }
}
