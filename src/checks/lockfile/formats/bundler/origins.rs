//! Where gems come from: registries, repositories and folders.

use super::super::super::format::Project;
use super::super::super::model::comparable_url;
use super::super::super::paths;
use super::super::super::report::Report;
use super::asked::{Asked, From};
use super::gemfile::Gemfile;
use super::lock::{Kind, Lockfile, Source};
use super::sync::Index;

/// In which way the gem comes from elsewhere than the Gemfile says.
pub fn moved(gem: &Asked, source: &Source<'_>, pinned: bool, index: &Index<'_, '_>) -> Option<String> {
    let remote = source.option("remote").unwrap_or_default();
    let same_folder = |one: &str, two: &str| paths::normal("", one) == paths::normal("", two);
    let same_url = |one: &str, two: &str| comparable_url(one) == comparable_url(two);
    let same_literal = |one: &str, two: &str| match index.trims_urls {
        true => one.trim_end_matches('/') == two.trim_end_matches('/'),
        false => one == two,
    };
    let is_default = |url: &str| index.registries.iter().any(|other| is_same_registry(other, url));
    // Gems of a folder that is named elsewhere are taken from there.
    let is_only = index.times.get(gem.name.as_str()).is_none_or(|times| *times == 1);
    let needs_no_pin = matches!(&gem.from, From::Registry(url) if is_default(url));
    match &gem.from {
        From::Default if pinned && is_only => match source.kind {
            Kind::Git => Some("is asked for from the registry, and locked from git".to_owned()),
            Kind::Path => Some("is asked for from the registry, and locked from a folder".to_owned()),
            Kind::Gem
                if !index.registries.is_empty() && !index.registries.iter().any(|url| names(source, url)) =>
            {
                Some(format!(
                    "has no source of its own in the Gemfile, and is locked from `{}`",
                    comparable_url(remote)
                ))
            }
            Kind::Gem | Kind::Plugin => None,
        },
        From::Path(path) if source.kind != Kind::Path || !same_folder(path, remote) => {
            Some(format!("is asked for from the folder `{path}`, and locked from elsewhere"))
        }
        // A short form is a URL in a way that the Gemfile may change.
        From::Git(url, _, is_literal)
            if source.kind != Kind::Git
                || !(if *is_literal { same_literal(url, remote) } else { same_url(url, remote) }) =>
        {
            Some(format!("is asked for from git at `{}`, and locked from elsewhere", comparable_url(url)))
        }
        From::Path(_) | From::Git(..) | From::Registry(_) if !pinned && !needs_no_pin => {
            Some("has a source of its own in the Gemfile, and none in the lockfile".to_owned())
        }
        From::Git(_, wanted, _) => {
            let differs = |key: &str| {
                let wanted = wanted.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str());
                wanted != source.option(key)
            };
            let key = ["branch", "tag", "ref", "submodules", "glob"].into_iter().find(|key| differs(key))?;
            Some(format!("has another {key} in the Gemfile than in the lockfile"))
        }
        From::Registry(url) if source.kind != Kind::Gem || !names(source, url) => {
            Some(format!("is asked for from `{}`, and locked from elsewhere", comparable_url(url)))
        }
        _ => None,
    }
}

fn names(source: &Source<'_>, url: &str) -> bool {
    source.options.iter().any(|(key, value, _)| *key == "remote" && is_same_registry(value, url))
}

fn is_same_registry(one: &str, two: &str) -> bool {
    let is_plain = |url: &str| url.starts_with("http://");
    comparable_url(one) == comparable_url(two) && is_plain(one) == is_plain(two)
}

/// Compares the registries that hold for all gems.
pub fn registries(gemfile: &Gemfile, lock: &Lockfile<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let own = gemfile.gems.iter().filter_map(|gem| match &gem.from {
        From::Registry(url) => Some(url.as_str()),
        _ => None,
    });
    let known: Vec<String> =
        gemfile.sources.iter().map(String::as_str).chain(own).map(comparable_url).collect();
    if gemfile.gems.iter().any(|gem| gem.from == From::Unknown) {
        return;
    }
    let is_locked = |url: &str| {
        lock.sources.iter().filter(|source| source.kind == Kind::Gem).any(|source| names(source, url))
    };
    let missing = gemfile.sources.iter().filter(|url| !gemfile.some_sources && !is_locked(url));
    for url in missing {
        let message =
            format!("the Gemfile takes gems from `{}`, and the lockfile does not", comparable_url(url));
        report.out_of_sync(project.source.at(0..0), message).subject("source");
    }
    let remotes =
        lock.sources.iter().filter(|source| source.kind == Kind::Gem).flat_map(|source| &source.options);
    for (_, url, place) in remotes.filter(|(key, ..)| *key == "remote") {
        // Without a source in the Gemfile the public registry counts.
        let implied = known.is_empty() && comparable_url(url) == "rubygems.org";
        if !known.contains(&comparable_url(url)) && !implied {
            let message = format!(
                "the lockfile takes gems from `{}`, which the Gemfile does not name",
                comparable_url(url)
            );
            report.out_of_sync(project.source.at(place.clone()), message).subject(comparable_url(url));
        }
    }
}
