//! Requirements files with hashes, which pip installs exactly as they are.

mod lines;
mod refused;

use std::borrow::Cow;

use crate::checkout::{Checkout, Source};
use crate::tree::Syntax;

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package, comparable_url, host};
use super::super::paths;
use super::super::python::project::{self, Asked};
use super::super::python::requirement::Requirement;
use super::super::python::{PUBLIC_HOSTS, beside};
use super::super::report::Report;
use super::super::rules::sources::INSECURE_URL;
use crate::finding::Finding;
use lines::{Line, lines};

/// requirements.txt.
pub struct Requirements;

/// The index that is meant where a file names none.
const PYPI: &str = "https://pypi.org/simple";

/// Options that name an index.
const INDEXES: [&str; 5] = ["-i", "--index-url", "--extra-index-url", "-f", "--find-links"];

impl Format for Requirements {
    fn ecosystem(&self) -> &'static str {
        "python"
    }

    fn tool(&self) -> &'static str {
        "pip"
    }

    fn names(&self) -> &'static [&'static str] {
        &["requirements.txt"]
    }

    fn is_lockfile(&self, path: &str, checkout: &Checkout) -> bool {
        let (folder, name) = paths::split(path);
        let named = name.contains("requirements") || paths::split(folder).1 == "requirements";
        // Without hashes it is a list of wishes like any other.
        let hashed = || checkout.read(path).is_ok_and(|source| source.text().contains("--hash="));
        named && name.ends_with(".txt") && hashed()
    }

    fn manifest(&self) -> &'static str {
        "requirements.in"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        None
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        PUBLIC_HOSTS
    }

    fn takes_any_hash(&self) -> bool {
        true
    }

    fn repair(&self) -> &'static str {
        "pip-compile --generate-hashes"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let lines = lines(project.source.text());
        let index = lines.iter().find_map(|line| option(line, &["-i", "--index-url"])).unwrap_or(PYPI);
        let packages = lines.iter().filter_map(|line| package(line, project.source.text(), index)).collect();
        Ok(Lock { packages, ..Lock::default() })
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let text = project.source.text();
        pinned(lock, project, report);
        refused::judge(project, report);
        trusted(project, report);
        let head: String = text.lines().take_while(|line| line.starts_with('#')).collect();
        let (_, name) = paths::split(report.path());
        let exported = head.contains("uv export");
        // Other lists beside a uv.lock may be for other purposes.
        if exported || name == "requirements.txt" {
            beside::compare(lock, exported, project, report);
        }
        let input = format!("{}.in", report.path().strip_suffix(".txt").unwrap_or(report.path()));
        let Some(source) = project.text(&input) else { return declared(project) };
        let wishes = lines(source.text());
        let asked: Vec<Asked> = wishes.iter().filter_map(|line| wish(line, source.text())).collect();
        let mut declared = declared(project);
        declared.hosts.extend(wishes.iter().filter_map(|line| option(line, &INDEXES)).filter_map(host));
        let urls = asked.iter().filter_map(|wish| wish.text.split_once('@'));
        declared.urls.extend(urls.map(|(_, url)| comparable_url(url)));
        let logic = project::logic(None);
        let (certain, conditional): (Vec<Asked>, Vec<Asked>) =
            asked.into_iter().partition(|wish| wish.is_unconditional(&logic));
        if !conditional.is_empty() {
            report.not_examined("requirements with a condition: a list does not say for which Python it is");
        }
        project::compare(&certain, &source, lock, &logic, project.source, report);
        declared
    }
}

/// The value of an option.
fn option<'s>(line: &Line<'s>, names: &[&str]) -> Option<&'s str> {
    let (first, _) = line.words.first()?;
    let (name, value) = first.split_once('=').map_or((*first, None), |(name, value)| (name, Some(value)));
    let value = value.or_else(|| line.words.get(1).map(|(word, _)| *word));
    names.contains(&name).then_some(value).flatten()
}

/// The requirement of a line, without its hashes.
fn requirement(line: &Line<'_>, text: &str) -> Option<Requirement> {
    let (first, start) = line.words.first()?;
    if first.starts_with('-') {
        return None;
    }
    let words = line.words.iter().take_while(|(word, _)| !word.starts_with("--"));
    let end = words.last().map_or(start.end, |(_, place)| place.end);
    let place = start.start..end;
    let written = text.get(place.clone())?.replace(['\\', '\n', '\r'], " ");
    Requirement::parse(&written, place)
}

fn wish(line: &Line<'_>, text: &str) -> Option<Asked> {
    let Requirement { name, specifiers, url, marker, text, place, .. } = requirement(line, text)?;
    let versions = if url.is_some() { Vec::new() } else { vec![specifiers] };
    Some(Asked { name, versions, marker, text, place })
}

fn package<'s>(line: &Line<'s>, text: &'s str, index: &'s str) -> Option<Package<'s>> {
    if let Some(url) = option(line, &INDEXES) {
        // An index is a source like any other.
        let name = Cow::Borrowed(line.words[0].0.split('=').next().unwrap_or_default());
        let origin = Origin::Registry(url);
        let version = Cow::Borrowed("");
        return Some(Package {
            name,
            version,
            origin,
            files: Few::none(),
            needs: Vec::new(),
            place: line.place(),
        });
    }
    if let Some(url) = option(line, &["-e", "--editable"]).filter(|url| url.contains("://")) {
        let name = url.rsplit_once("#egg=").map_or("an editable package", |(_, name)| name);
        let url = url.split('#').next().unwrap_or(url);
        return Some(Package {
            name: Cow::Borrowed(name),
            version: Cow::Borrowed(""),
            origin: repository(url),
            files: Few::none(),
            needs: Vec::new(),
            place: line.place(),
        });
    }
    let requirement = requirement(line, text)?;
    let place = requirement.place.clone();
    let version = pin(&requirement).unwrap_or_default();
    let written =
        requirement.url.as_ref().and_then(|_| line.words.iter().find(|(word, _)| word.contains("://")));
    let address = written.map(|(word, _)| *word);
    let origin = match address.map(|url| url.trim_start_matches('@')) {
        Some(url) => repository(url),
        None => Origin::Registry(index),
    };
    let needs_hash = !matches!(origin, Origin::Git(..));
    let hashes = line.words.iter().filter_map(|(word, place)| {
        let (algorithm, digest) = word.strip_prefix("--hash=")?.split_once(':')?;
        Some(Hash { algorithm, digest, encoding: Encoding::Hex, place: place.clone() })
    });
    // Each hash is of another file, and which one is not recorded.
    let files =
        vec![File { url: None, name: "", hashes: hashes.collect(), needs_hash, place: place.clone() }];
    let name = Cow::Owned(requirement.name);
    Some(Package {
        name,
        version: Cow::Owned(version),
        origin,
        files: files.into(),
        needs: Vec::new(),
        place,
    })
}

/// A repository with what stands behind the last `@` of its path, or an archive.
fn repository(url: &str) -> Origin<'_> {
    if !url.starts_with("git+") {
        return Origin::Url(url);
    }
    let reference = url.rsplit_once('@').filter(|(_, reference)| !reference.contains("/"));
    let (url, commit) = reference.map_or((url, None), |(url, commit)| (url, Some(commit)));
    Origin::Git(url, commit.map(|commit| commit.split('#').next().unwrap_or(commit)))
}

/// `--trusted-host`: whoever stands between may answer for it.
fn trusted(project: &Project<'_>, report: &mut Report<'_>) {
    for line in lines(project.source.text()) {
        let Some(host) = option(&line, &["--trusted-host"]) else { continue };
        let message =
            format!("`--trusted-host {host}` takes packages from it without looking at its certificate");
        let finding = Finding::new(&INSECURE_URL, project.source.at(line.place()), message);
        report.push(
            finding
                .help("remove the line; give a private server a certificate that machines trust")
                .subject(host),
        );
    }
}

/// The version that a requirement allows alone.
fn pin(requirement: &Requirement) -> Option<String> {
    let text = requirement.text.split(';').next()?;
    let (_, version) = text.split_once("==")?;
    let version = version.trim_start_matches('=').trim();
    let is_one = !version.is_empty() && !version.contains([',', '*', '<', '>', '!', '~', ' ']);
    is_one.then(|| version.to_owned())
}

/// With hashes pip wants every requirement pinned.
fn pinned(lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let is_loose = |package: &&Package<'_>| {
        matches!(package.origin, Origin::Registry(_))
            && package.version.is_empty()
            && !package.files.is_empty()
            && !is_series(project.source.text().get(package.place.clone()).unwrap_or_default())
    };
    for package in lock.packages.iter().filter(is_loose) {
        let message = format!(
            "`{}` is not pinned with `==`, and pip refuses that where hashes are given",
            package.name
        );
        report
            .out_of_sync(project.source.at(package.place.clone()), message)
            .subject(package.name.to_string());
    }
}

/// True for `==3.*`, which pip takes for a pin.
fn is_series(text: &str) -> bool {
    let wanted = text.split(';').next().unwrap_or(text);
    wanted.contains("==") && wanted.contains('*') && !wanted.contains([',', '<', '>', '!', '~'])
}

/// Indexes that a pyproject.toml beside it names.
fn declared(project: &Project<'_>) -> Declared {
    let mut declared = Declared::default();
    let Some(source) = project.text(&project.beside("pyproject.toml")) else { return declared };
    let Some(root) = source.tree(Syntax::Toml).root() else { return declared };
    let tables = [&["tool", "uv", "index"], &["tool", "poetry", "source"], &["tool", "pdm", "source"]];
    let tables = tables.iter().filter_map(|path| root.at(*path)).flat_map(|list| list.items());
    declared.hosts.extend(tables.filter_map(|index| host(index.get("url")?.text()?)));
    declared.urls.extend(project::urls(root).iter().map(|url| comparable_url(url)));
    declared
}
