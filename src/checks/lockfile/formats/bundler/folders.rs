//! Gems in folders: what they are and need is read again at every install.

use std::collections::HashMap;

use super::super::super::format::Project;
use super::super::super::paths;
use super::super::super::report::Report;
use super::gemspec::Gemspec;
use super::lock::{self, Lockfile, Source, Spec};
use super::version::{Requirement, Version};

/// Gems in one folder that are looked at.
const MOST_FOLDERS: usize = 200;

/// Compares what a lockfile says of the gems of a folder with what their gemspecs say.
pub fn compare(source: &Source<'_>, lock: &Lockfile<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let Some(folder) = source.option("remote").and_then(|remote| paths::join(project.folder, remote)) else {
        return;
    };
    let names: Vec<&str> = source.specs.iter().map(|spec| spec.name).collect();
    for spec in source.specs.iter().take(MOST_FOLDERS) {
        let is_it = |gem: &Gemspec| gem.name.as_deref().is_none_or(|name| name == spec.name);
        let Some(gem) = Gemspec::of(spec.name, &folder, project).filter(is_it) else {
            let known = project.has_folder(&folder) || folder.is_empty();
            // A gem of exactly one version needs no gemspec.
            let exact = format!("= {}", spec.version);
            let is_made_up =
                lock.dependencies.iter().any(|one| one.name == spec.name && one.conditions == exact);
            if !known || (!is_made_up && Gemspec::are_others(spec.name, &folder, &names, project)) {
                let message =
                    format!("`{}` is locked from the folder `{folder}`, and is not there", spec.name);
                report.out_of_sync(project.source.at(spec.place.clone()), message).subject(spec.name);
            }
            continue;
        };
        let here = project.source.at(spec.place.clone());
        let start = gem.source.at(0..0);
        let version = gem.version.as_deref().filter(|version| Version::parse(version).is_some());
        match version {
            // RubyGems writes `-` in this way, and everything else as it stands.
            Some(now) if now.trim().replace('-', ".pre.") != lock::without_platform(spec.version) => {
                let message =
                    format!("`{}` is {now} now, and the lockfile records {}", spec.name, spec.version);
                report.out_of_sync(start, message).related(here, "recorded here").subject(spec.name);
                continue;
            }
            None => report.not_verified(format!(
                "only Ruby knows the version of `{}` in `{}`, so it was not compared",
                spec.name,
                gem.source.path()
            )),
            _ => {}
        }
        needs(&gem, spec, project, report);
    }
    if source.specs.len() > MOST_FOLDERS {
        report.not_verified(format!(
            "more than {MOST_FOLDERS} gems are in the folder `{folder}`; only these were compared"
        ));
    }
}

/// Compares what is recorded that a gem needs with what its gemspec says.
fn needs(gem: &Gemspec, spec: &Spec<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let here = project.source.at(spec.place.clone());
    let recorded: HashMap<&str, &str> = spec.needs.iter().rev().map(|(name, text)| (*name, *text)).collect();
    let needs: Vec<_> = gem.needs.iter().filter(|need| !need.development).collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    needs.iter().for_each(|need| *times.entry(&need.name).or_default() += 1);
    for need in needs.iter().filter(|need| !need.perhaps) {
        let recorded = recorded.get(need.name.as_str());
        let now = need.conditions.as_ref().and_then(|all| Requirement::parse(all.iter().map(String::as_str)));
        let then = recorded.and_then(|text| Requirement::parse((!text.is_empty()).then_some(*text)));
        let again = times.get(need.name.as_str()).is_some_and(|times| *times > 1);
        let same = match (recorded, now, then) {
            (None, ..) => false,
            (Some(_), Some(now), Some(then)) => again || now.is_same(&then),
            _ => true,
        };
        if !same {
            let message =
                format!("`{}` needs `{}` otherwise than the lockfile records", spec.name, need.name);
            let place = gem.source.at(need.place.clone());
            report
                .out_of_sync(place, message)
                .related(here.clone(), "recorded here")
                .subject(need.name.clone());
        }
    }
    for (name, _) in spec.needs.iter().filter(|_| gem.complete) {
        if !times.contains_key(name) {
            let message =
                format!("the lockfile records that `{}` needs `{name}`, which it does not", spec.name);
            report.out_of_sync(here.clone(), message).subject(*name);
        }
    }
}
