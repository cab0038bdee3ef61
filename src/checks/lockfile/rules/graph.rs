//! The rule about packages that nothing needs.

use crate::checkout::Source;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

use super::super::model::Lock;
use super::together::{Common, findings};

/// Recorded, and needed by nothing.
pub static UNREACHABLE_PACKAGE: Rule = Rule {
    id: "lockfile/unreachable-package",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "the lockfile records a package that nothing needs",
    allow: None,
};

/// The packages that cannot be reached from the roots, as indexes.
pub fn unreachable(lock: &Lock<'_>) -> Vec<usize> {
    if lock.roots.is_empty() {
        return Vec::new();
    }
    let mut reached = vec![false; lock.packages.len()];
    let mut queue: Vec<usize> = lock.roots.clone();
    while let Some(index) = queue.pop() {
        let Some(seen) = reached.get_mut(index) else { continue };
        if !std::mem::replace(seen, true) {
            queue.extend(&lock.packages[index].needs);
        }
    }
    (0..reached.len()).filter(|&index| !reached[index]).collect()
}

/// The findings about unreachable packages.
pub fn judge(lock: &Lock<'_>, source: &Source, repair: &str) -> Vec<Finding> {
    let common = |index: usize| {
        let package = &lock.packages[index];
        Common { title: package.title(), place: source.at(package.place.clone()) }
    };
    let faults: Vec<Common> = unreachable(lock).into_iter().map(common).collect();
    let help = format!("find out how it came there; {repair} writes the file without it");
    findings(
        faults,
        |fault| {
            let message = format!("nothing in this project needs `{}`", fault.title);
            let finding = Finding::new(&UNREACHABLE_PACKAGE, fault.place.clone(), message);
            finding.help(help.clone()).subject(fault.title.clone())
        },
        |number, names, place| {
            let message = format!("nothing in this project needs {number} of the packages: {names}");
            Finding::new(&UNREACHABLE_PACKAGE, place, message).help(help.clone())
        },
    )
}
