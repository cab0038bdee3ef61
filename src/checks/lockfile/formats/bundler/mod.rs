//! Gemfile.lock of bundler.

mod arguments;
mod asked;
mod folders;
mod gemfile;
mod gemspec;
mod interpreter;
mod lock;
mod origins;
mod refused;
mod ruby;
mod sync;
pub(super) mod version;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::checkout::Source;
use crate::tree::Syntax;

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package};
use super::super::paths;
use super::super::report::Report;
use gemfile::Gemfile;
use lock::{Kind, Lockfile};

/// Gemfile.lock.
pub struct Bundler;

impl Format for Bundler {
    fn ecosystem(&self) -> &'static str {
        "rubygems"
    }

    fn tool(&self) -> &'static str {
        "bundler"
    }

    fn names(&self) -> &'static [&'static str] {
        &["gems.locked", "Gemfile.lock"]
    }

    fn usual_name(&self) -> &'static str {
        "Gemfile.lock"
    }

    fn manifest(&self) -> &'static str {
        "Gemfile"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        None
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        &["rubygems.org", "index.rubygems.org"]
    }

    fn repair(&self) -> &'static str {
        "bundle lock"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        Ok(model(&lock::read(project.source.text())?))
    }

    fn sync(&self, _lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let Ok(lock) = lock::read(project.source.text()) else { return Declared::default() };
        if lock.checksums.is_none() {
            report.not_examined(
                "Gemfile.lock without CHECKSUMS holds no hashes; `bundle lock --add-checksums` records them",
            );
        }
        let path = manifest_of(project);
        match Gemfile::read(&path, project) {
            Some(gemfile) => sync::compare(&gemfile, &lock, project, report),
            None => {
                report.not_examined("Gemfile.lock without a Gemfile beside it");
                Declared { partly: true, ..Declared::default() }
            }
        }
    }

    fn wants_lock(&self, manifest: &Source, project: &Project<'_>) -> bool {
        // The Gemfile of a gem is for those who work on it; the choice of versions is for those who use it.
        match Gemfile::read(manifest.path(), project) {
            Some(gemfile) => !gemfile.gems.is_empty() && !manifest.text().contains("gemspec"),
            None => false,
        }
    }
}

/// The Gemfile of this lockfile.
fn manifest_of(project: &Project<'_>) -> String {
    match paths::split(project.source.path()).1 {
        "gems.locked" => project.beside("gems.rb"),
        _ => project.beside("Gemfile"),
    }
}

fn model<'s>(lock: &Lockfile<'s>) -> Lock<'s> {
    let mut hashes: HashMap<(&str, &str), Vec<Hash<'s>>> = HashMap::new();
    for line in lock.checksums.iter().flatten() {
        let all = hashes.entry((line.name, line.version)).or_default();
        all.extend(line.hashes.iter().map(|(algorithm, digest, place)| Hash {
            algorithm,
            digest,
            encoding: Encoding::Hex,
            place: place.clone(),
        }));
    }
    let mut model = Lock::default();
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut needs: Vec<Vec<&str>> = Vec::new();
    for source in &lock.sources {
        let origin = match source.kind {
            Kind::Gem => Origin::Registry(source.option("remote").unwrap_or_default()),
            Kind::Git => Origin::Git(source.option("remote").unwrap_or_default(), source.option("revision")),
            Kind::Path | Kind::Plugin => Origin::Local,
        };
        let others =
            source.options.iter().filter(|(key, ..)| *key == "remote" && source.kind == Kind::Gem).skip(1);
        let others: Vec<_> = others.collect();
        for spec in &source.specs {
            let file = |url: Option<&'s str>, hashes, needs_hash, place| File {
                url: url.map(Cow::Borrowed),
                name: spec.version,
                hashes,
                needs_hash,
                place,
            };
            let mut files = Vec::new();
            if source.kind == Kind::Gem {
                let recorded = hashes.get(&(spec.name, spec.version)).cloned().unwrap_or_default();
                files.push(file(None, recorded.into(), lock.checksums.is_some(), spec.place.clone()));
            }
            // The gem may come from any of the registries.
            files.extend(
                others.iter().map(|(_, url, place)| file(Some(url), Few::none(), false, place.clone())),
            );
            by_name.entry(spec.name).or_default().push(model.packages.len());
            needs.push(spec.needs.iter().map(|(name, _)| *name).collect());
            model.packages.push(Package {
                name: Cow::Borrowed(spec.name),
                version: Cow::Borrowed(lock::without_platform(spec.version)),
                origin: origin.clone(),
                files: files.into(),
                needs: Vec::new(),
                place: spec.place.clone(),
            });
        }
    }
    for (package, needs) in model.packages.iter_mut().zip(needs) {
        package.needs = needs.iter().filter_map(|name| by_name.get(name)).flatten().copied().collect();
    }
    let wanted = lock.dependencies.iter().filter_map(|dependency| by_name.get(dependency.name));
    model.roots = wanted.flatten().copied().collect();
    model
}
