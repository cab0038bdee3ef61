//! Whether a Gemfile.lock is the one that `bundle install` with `BUNDLE_FROZEN` accepts.

use std::collections::{HashMap, HashSet};

use super::super::super::format::Project;
use super::super::super::model::{Declared, comparable_url, host};
use super::super::super::report::Report;
use super::asked::{Asked, From};
use super::gemfile::Gemfile;
use super::interpreter::{Interpreter, is_allowed};
use super::lock::{self, Dependency, Kind, Lockfile, Source, Spec};
use super::version::{Requirement, Version};
use super::{folders, origins};

/// Compares Gemfile, gemspecs and lockfile.
pub fn compare(
    gemfile: &Gemfile,
    lock: &Lockfile<'_>,
    project: &Project<'_>,
    report: &mut Report<'_>,
) -> Declared {
    if let Some(place) = &gemfile.dynamic {
        report.not_verified(format!(
            "{place}: only Ruby knows which gems are asked for here; the rest of the Gemfile was compared"
        ));
    }
    let unclear: Vec<String> =
        gemfile.gems.iter().filter(|gem| gem.perhaps).map(|gem| format!("`{}`", gem.name)).collect();
    if !unclear.is_empty() {
        report.not_verified(format!(
            "only Ruby knows whether {} are asked for, so their lines were not compared",
            unclear.iter().take(3).cloned().collect::<Vec<_>>().join(", ")
        ));
    }
    let is_vague = |gem: &&Asked| !gem.perhaps && (gem.conditions.is_none() || gem.from == From::Unknown);
    if let Some(gem) = gemfile.gems.iter().find(is_vague) {
        report.not_verified(format!(
            "only Ruby knows in which versions `{}` is asked for, or from where, so that was not compared",
            gem.name
        ));
    }
    for (source, place, message) in &gemfile.refused {
        let subject = message.clone();
        report
            .out_of_sync(source.at(place.clone()), message.clone())
            .help("mend the Gemfile first")
            .subject(subject);
    }
    ruby(gemfile, lock, project, report);
    checksums(lock, project, report);
    let index = Index::of(gemfile, lock);
    for gem in gemfile.gems.iter().filter(|gem| !gem.perhaps) {
        one(gem, &index, project, report);
    }
    if gemfile.dynamic.is_none() {
        for dependency in &lock.dependencies {
            if index.times.contains_key(dependency.name) {
                continue;
            }
            let message = format!(
                "the lockfile records that `{}` is asked for, and the Gemfile does not ask for it",
                dependency.name
            );
            report.out_of_sync(project.source.at(dependency.place.clone()), message).subject(dependency.name);
        }
        origins::registries(gemfile, lock, project, report);
    }
    for source in lock.sources.iter().filter(|source| source.kind == Kind::Path) {
        folders::compare(source, lock, project, report);
    }
    if !lock.has_platforms {
        let place = project.source.at(lock.heading..lock.heading);
        report
            .out_of_sync(place, "the lockfile does not say for which platforms it was made")
            .subject("platforms");
    }
    whole(lock, project, report);
    declared(gemfile)
}

/// True if a bundler of this version or a later one wrote the lockfile, and so reads it.
fn is_since(version: &str, lock: &Lockfile<'_>) -> bool {
    lock.bundler.and_then(Version::parse).is_some_and(|written| Some(written) >= Version::parse(version))
}

/// Since 2.6.7 bundler refuses a lockfile with hashes that has no line for one of its gems.
fn checksums(lock: &Lockfile<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let Some(lines) = lock.checksums.as_ref().filter(|_| is_since("2.6.7", lock)) else { return };
    let lines: HashSet<(&str, &str)> = lines.iter().map(|line| (line.name, line.version)).collect();
    let specs = lock.sources.iter().flat_map(|source| &source.specs);
    for spec in specs.filter(|spec| !lines.contains(&(spec.name, spec.version))) {
        let message = format!("`{} ({})` has no line in the section CHECKSUMS", spec.name, spec.version);
        report.out_of_sync(project.source.at(spec.place.clone()), message).subject(spec.name);
    }
}

/// Since 2.6 bundler refuses a lockfile that names a Ruby where the Gemfile does not, and the other way round, or one
/// that the Gemfile does not allow.
fn ruby(gemfile: &Gemfile, lock: &Lockfile<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    if !is_since("2.6", lock) || gemfile.dynamic.is_some() {
        return;
    }
    let place = lock.ruby.as_ref().map_or(lock.heading..lock.heading, |(_, place)| place.clone());
    let message = match (&gemfile.ruby, &lock.ruby) {
        (Interpreter::Any, Some(_)) => {
            "the lockfile names a version of Ruby, and the Gemfile does not".to_owned()
        }
        (Interpreter::Named(_), None) => {
            "the Gemfile names a version of Ruby, and the lockfile does not".to_owned()
        }
        (Interpreter::Named(None), Some(_)) => {
            return report.not_verified("only Ruby knows which version of Ruby the Gemfile names");
        }
        (Interpreter::Named(Some(wanted)), Some((locked, _))) if !is_allowed(locked, wanted) => {
            format!("the Gemfile asks for Ruby {}, and the lockfile was made for {locked}", wanted.join(", "))
        }
        _ => return,
    };
    report.out_of_sync(project.source.at(place), message).subject("ruby");
}

/// Both files by the names of gems.
pub struct Index<'a, 's> {
    /// The registries that hold for all gems.
    pub registries: &'a [String],
    /// How often the Gemfile asks for each.
    pub times: HashMap<&'a str, usize>,
    dependencies: HashMap<&'s str, &'a Dependency<'s>>,
    /// True if a `/` at the end of a repository's URL says nothing.
    pub trims_urls: bool,
    specs: HashMap<&'s str, (&'a Source<'s>, &'a Spec<'s>)>,
}

impl<'a, 's> Index<'a, 's> {
    fn of(gemfile: &'a Gemfile, lock: &'a Lockfile<'s>) -> Self {
        let mut times = HashMap::new();
        gemfile.gems.iter().for_each(|gem| *times.entry(gem.name.as_str()).or_default() += 1);
        let mut specs = HashMap::new();
        for source in &lock.sources {
            for spec in &source.specs {
                specs.entry(spec.name).or_insert((source, spec));
            }
        }
        let dependencies = lock.dependencies.iter().map(|dependency| (dependency.name, dependency)).collect();
        Index { registries: &gemfile.sources, times, dependencies, trims_urls: is_since("2.6", lock), specs }
    }
}

/// One gem of the Gemfile.
fn one(gem: &Asked, index: &Index<'_, '_>, project: &Project<'_>, report: &mut Report<'_>) {
    let place = gem.source.at(gem.place.clone());
    let name = gem.name.as_str();
    let Some(recorded) = index.dependencies.get(name) else {
        let message = format!("`{name}` is asked for, and the lockfile does not record it");
        report.out_of_sync(place, message).subject(name);
        return;
    };
    let again = index.times.get(name).is_some_and(|times| *times > 1);
    let wanted = gem.conditions.as_ref().map(|all| Requirement::of(all));
    if let Some(None) = &wanted {
        let message = format!("`{name}` has a condition that bundler cannot read");
        report.out_of_sync(place, message).help("mend the condition first").subject(name);
        return;
    }
    let written = if recorded.conditions.is_empty() { None } else { Some(recorded.conditions) };
    if let Some(Some(wanted)) = &wanted
        && !again
        && let Some(old) = Requirement::parse(written)
        && !old.is_same(wanted)
    {
        let asked = gem.conditions.iter().flatten().cloned().collect::<Vec<_>>().join(", ");
        let says = |text: &str| if text.is_empty() { ">= 0".to_owned() } else { text.to_owned() };
        let message = format!(
            "`{name}` is asked for as `{}`, and the lockfile was made for `{}`",
            says(&asked),
            says(recorded.conditions)
        );
        let here = project.source.at(recorded.place.clone());
        report.out_of_sync(place, message).related(here, "recorded here").subject(name);
        return;
    }
    let Some((source, spec)) = index.specs.get(name) else {
        if name == "bundler" || gem.somewhere {
            return;
        }
        let message = format!("`{name}` is asked for, and the lockfile holds no version of it");
        report.out_of_sync(place, message).subject(name);
        return;
    };
    if let Some(says) = origins::moved(gem, source, recorded.pinned, index) {
        let here = project.source.at(spec.place.clone());
        let message = format!("`{name}` {says}");
        report.out_of_sync(place, message).related(here, "recorded here").subject(name);
        return;
    }
    let version = lock::without_platform(spec.version);
    if let (Some(Some(wanted)), Some(locked)) = (&wanted, Version::parse(version))
        && !wanted.allows(&locked)
        && !wanted.names_prerelease()
    {
        let message = format!(
            "`{name}` is asked for as `{}` and locked at {version}",
            gem.conditions.iter().flatten().cloned().collect::<Vec<_>>().join(", ")
        );
        let here = project.source.at(spec.place.clone());
        report.unsatisfied(place, message).related(here, format!("locked at {version}")).subject(name);
    }
}

/// What the lockfile says of itself: everything that is needed is there, in a version that fits.
fn whole(lock: &Lockfile<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let mut versions: HashMap<&str, Vec<&str>> = HashMap::new();
    for spec in lock.sources.iter().flat_map(|source| &source.specs) {
        versions.entry(spec.name).or_default().push(lock::without_platform(spec.version));
    }
    for spec in lock.sources.iter().flat_map(|source| &source.specs) {
        for (name, conditions) in spec.needs.iter().filter(|(name, _)| *name != "bundler") {
            let problem = match versions.get(name) {
                None => format!("`{}` needs `{name}`, and the lockfile does not hold it", spec.name),
                Some(locked) => {
                    let Some(wanted) = Requirement::parse((!conditions.is_empty()).then_some(*conditions))
                    else {
                        continue;
                    };
                    let fits = |version: &&str| {
                        Version::parse(version).is_none_or(|version| wanted.allows(&version))
                    };
                    if locked.iter().any(fits) {
                        continue;
                    }
                    format!(
                        "`{}` needs `{name}` as `{conditions}`, and the lockfile holds {}",
                        spec.name, locked[0]
                    )
                }
            };
            report.out_of_sync(project.source.at(spec.place.clone()), problem).subject(*name);
        }
    }
}

fn declared(gemfile: &Gemfile) -> Declared {
    let mut declared = Declared { partly: gemfile.dynamic.is_some(), ..Declared::default() };
    let named = gemfile.sources.iter().chain(&gemfile.templates);
    declared.hosts.extend(named.filter_map(|url| host(url)));
    for gem in &gemfile.gems {
        match &gem.from {
            From::Registry(url) => declared.hosts.extend(host(url)),
            From::Git(url, ..) => declared.urls.push(comparable_url(url)),
            _ => {}
        }
    }
    declared
}
