//! Images of a matrix that a scan of another job leaves out.

use crate::checks::Record;
use crate::finding::Finding;
use crate::workflow::names::{Expansion, Rest, Scope, expand};

use super::super::jobs::{JobFacts, StepFacts};
use super::images::SCANNERS;
use super::{IMAGE_LEFT_OUT, pushes_image};

pub(super) fn look(jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    let pushed: Vec<(&JobFacts<'_, '_>, Vec<String>)> =
        jobs.iter().filter_map(|job| Some((job, images(job, pushed_name)?))).collect();
    for scan in jobs {
        let Some(scanned) = images(scan, scanned_name) else { continue };
        for (push, names) in pushed.iter().filter(|(push, _)| !std::ptr::eq(*push, scan)) {
            compare(scan, &scanned, push, names, record);
        }
    }
}

fn compare(
    scan: &JobFacts<'_, '_>,
    scanned: &[String],
    push: &JobFacts<'_, '_>,
    pushed: &[String],
    record: &mut Record,
) {
    let (there, missing): (Vec<&String>, Vec<&String>) =
        pushed.iter().partition(|image| scanned.iter().any(|own| same(own, image)));
    // One name in common may be chance; two are the same set of images.
    let Some(matrix) = scan.scene.job.node.at(&["strategy", "matrix"]).filter(|_| there.len() > 1) else {
        return;
    };
    if missing.is_empty() {
        return;
    }
    let place = matrix.entries().next().map_or(matrix, |(_, values)| values);
    let quoted: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    let message = format!(
        "`{}` scans {} of the {} images that `{}` pushes, and not {}",
        scan.scene.id(),
        there.len(),
        pushed.len(),
        push.scene.id(),
        quoted.join(", ")
    );
    let finding = Finding::new(&IMAGE_LEFT_OUT, scan.scene.file.source.at_node(place), message)
        .help("add them to the matrix")
        .related(push.scene.place(), "they are pushed here")
        .subject(format!("{} {}", scan.scene.id(), push.scene.id()));
    record.push(finding);
}

/// True if two names stand for one image, whose owner or prefix one of them may have in front.
fn same(one: &str, other: &str) -> bool {
    let ends = |long: &str, short: &str| {
        long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with(['-', '_', '.']))
    };
    ends(one, other) || ends(other, one)
}

type Named = fn(&StepFacts<'_, '_>) -> Option<String>;

/// The images of a job with a matrix, one for each leg; `None` where a run decides.
fn images(job: &JobFacts<'_, '_>, named: Named) -> Option<Vec<String>> {
    let template = job.steps.iter().find_map(named).filter(|text| text.contains("matrix."))?;
    let Expansion::Legs(legs) = expand(job.scene.job.node.at(&["strategy", "matrix"]), &Scope::default())
    else {
        return None;
    };
    let mut names: Vec<String> = Vec::new();
    for leg in legs {
        let scope = Scope::default().with("matrix", leg.context, Rest::Null);
        let name = short(&scope.text(&template).print());
        if name.is_empty() {
            return None;
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Some(names)
}

/// The last part of an image's name that is known: without registry, owner, tag and digest.
fn short(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let name = last.split(['@', ':']).next().unwrap_or(last);
    let known = name.rsplit(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))).next();
    known.unwrap_or(name).trim_start_matches(['-', '_', '.']).to_owned()
}

/// The image that a step pushes, or names for the step that does.
fn pushed_name(step: &StepFacts<'_, '_>) -> Option<String> {
    let own = &step.step.step;
    let input = if own.is_action("docker/metadata-action") {
        own.input("images")
    } else if pushes_image(step) {
        own.input("tags")
    } else {
        None
    };
    input?.text()?.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
}

fn scanned_name(step: &StepFacts<'_, '_>) -> Option<String> {
    let scan = &step.step.step;
    let (_, input) = SCANNERS.iter().find(|(slug, _)| scan.is_action(slug))?;
    scan.input(input)?.text().map(str::to_owned)
}
