//! Gems in folders: what they are and need is read again at every install.

use super::super::super::format::Project;
use super::super::super::paths;
use super::super::super::report::Report;
use super::gemspec::Gemspec;
use super::lock::{self, Lockfile, Source};
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
        let needs: Vec<_> = gem.needs.iter().filter(|need| !need.development).collect();
        for need in needs.iter().filter(|need| !need.perhaps) {
            let recorded = spec.needs.iter().find(|(name, _)| *name == need.name);
            let now =
                need.conditions.as_ref().and_then(|all| Requirement::parse(all.iter().map(String::as_str)));
            let then = recorded.and_then(|(_, text)| Requirement::parse((!text.is_empty()).then_some(*text)));
            let again = needs.iter().filter(|other| other.name == need.name).count() > 1;
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
            if !needs.iter().any(|need| need.name == *name) {
                let message =
                    format!("the lockfile records that `{}` needs `{name}`, which it does not", spec.name);
                report.out_of_sync(here.clone(), message).subject(*name);
            }
        }
    }
}
