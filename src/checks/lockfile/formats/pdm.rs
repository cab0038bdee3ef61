//! pdm.lock, versions 4.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde_json::{Map, Value, json};

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::canonical::{Separators, sha256};
use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, File, Lock, Origin, Package, comparable_url, file_name, host};
use super::super::python::algebra::Logic;
use super::super::python::marker::Marker;
use super::super::python::requirement::Requirement;
use super::super::python::version::specifiers;
use super::super::python::{PUBLIC_HOSTS, files, normalised, project};
use super::super::report::Report;

/// pdm.lock.
pub struct Pdm;

impl Format for Pdm {
    fn ecosystem(&self) -> &'static str {
        "python"
    }

    fn tool(&self) -> &'static str {
        "pdm"
    }

    fn names(&self) -> &'static [&'static str] {
        &["pdm.lock"]
    }

    fn manifest(&self) -> &'static str {
        "pyproject.toml"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Toml)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        PUBLIC_HOSTS
    }

    fn repair(&self) -> &'static str {
        "pdm lock --update-reuse"
    }

    fn read<'s>(&self, surroundings: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = surroundings.root(Syntax::Toml)?;
        let start = root.range().start;
        let Some(metadata) = root.get("metadata") else {
            return Err(Unreadable::malformed(
                "the file has no `metadata`, so it was cut short",
                start..start,
            ));
        };
        if let Some(version) = metadata.get("lock_version") {
            let text = version.text().unwrap_or_default();
            if !is_known(text) {
                let found = text.to_owned();
                return Err(Unreadable::Version { found, known: "4.0 to 4.5", place: version.range() });
            }
        }
        let nodes: Vec<Node<'s>> = root.get("package").into_iter().flat_map(|list| list.items()).collect();
        let mut lock = Lock::default();
        let old_files = metadata.get("files").into_iter().flat_map(|table| table.entries());
        let old_files = old_files.filter_map(|(key, list)| Some((key.text()?, list))).collect();
        for node in &nodes {
            lock.packages.push(package(*node, &old_files)?);
        }
        connect(&nodes, &mut lock, surroundings)?;
        Ok(lock)
    }

    fn sync(&self, lock: &Lock<'_>, surroundings: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let path = surroundings.beside("pyproject.toml");
        let Some(source) = surroundings.text(&path) else {
            report.not_examined("pdm.lock without a pyproject.toml beside it");
            return Declared::default();
        };
        let tree = source.tree(Syntax::Toml);
        let (Some(manifest), true) = (tree.root(), tree.is_clean()) else {
            project::unreadable(&source, "pdm", report);
            return Declared::default();
        };
        if let Ok(locked) = surroundings.root(Syntax::Toml) {
            content_hash(manifest, locked, &source, surroundings, report);
        }
        let locked = surroundings.root(Syntax::Toml).ok();
        let logic = logic(manifest, locked);
        // Groups that were not locked are not expected.
        let groups = locked.map(groups).unwrap_or_default();
        let mut asked = project::asked_by(manifest, |group| groups.contains(group));
        if locked.is_some_and(is_for_some_platforms) {
            asked.retain(|wanted| wanted.is_unconditional(&logic));
        }
        project::compare(&asked, &source, lock, &logic, surroundings.source, report);
        // The members of a workspace are not locked.
        if manifest.at(&["tool", "pdm", "workspace"]).is_none() {
            project::complete(lock, surroundings, needs, &not_locked(manifest), report);
        }
        declared(manifest)
    }

    fn contradiction(&self, package: &Package<'_>, file: &File<'_>) -> Option<String> {
        files::contradiction(package, file.name)
    }
}

/// What an entry needs wherever it is installed.
fn needs(entry: Node<'_>) -> Vec<(String, Range<usize>)> {
    let list = entry.get("dependencies").into_iter().flat_map(|list| list.items());
    let read = list.filter_map(|item| Requirement::parse(item.as_str()?, item.range()));
    let always = read.filter(|needed| needed.marker == Marker::Constant(true));
    always.map(|needed| (needed.name, needed.place)).collect()
}

/// Names that are not locked: the project's own, and those that it has excluded.
fn not_locked(manifest: Node<'_>) -> HashSet<String> {
    let excluded = manifest.at(&["tool", "pdm", "resolution", "excludes"]);
    let excluded = excluded.into_iter().flat_map(|list| list.items());
    let all = manifest.at(&["project", "name"]).into_iter().chain(excluded);
    all.filter_map(|name| name.as_str()).map(normalised).collect()
}

/// What the lockfile says that it was made for.
fn targets<'s>(locked: Node<'s>) -> impl Iterator<Item = Node<'s>> {
    locked.at(&["metadata", "targets"]).into_iter().flat_map(|list| list.items())
}

/// Compares markers as far as the Python versions go that the lockfile was made for.
fn logic(manifest: Node<'_>, locked: Option<Node<'_>>) -> Logic {
    let requires = |node: Node<'_>| node.as_str().and_then(specifiers);
    let made_for =
        locked.into_iter().flat_map(targets).map(|target| requires(target.get("requires_python")?));
    match made_for.collect::<Option<Vec<_>>>() {
        Some(sets) if !sets.is_empty() => project::logic_of(&sets),
        _ => {
            let own = manifest.at(&["project", "requires-python"]).and_then(requires);
            project::logic_of(own.as_slice())
        }
    }
}

/// True if the lockfile was only made for some platforms or interpreters: a condition may hold on none of them.
fn is_for_some_platforms(locked: Node<'_>) -> bool {
    let is_some =
        |target: Node<'_>| target.get("platform").or_else(|| target.get("implementation")).is_some();
    let mut targets = targets(locked).peekable();
    targets.peek().is_some() && targets.all(is_some)
}

fn package<'s>(node: Node<'s>, old_files: &HashMap<&str, Node<'s>>) -> Result<Package<'s>, Unreadable> {
    let text = |key: &str| node.get(key).and_then(|value| value.as_str());
    let Some(name) = text("name") else {
        let start = node.range().start;
        return Err(Unreadable::malformed("a package has no name", start..start));
    };
    let place = node.get("name").map_or(node.range(), |name| name.range());
    let origin = match (text("git"), text("url"), text("path")) {
        (Some(url), ..) => Origin::Git(url, text("revision")),
        (_, Some(url), _) => Origin::Url(url),
        (.., Some(_)) => Origin::Local,
        // Which index a file comes from is not recorded.
        (None, None, None) => Origin::Registry(""),
    };
    let needs_hash = matches!(origin, Origin::Registry(_) | Origin::Url(_));
    let version = text("version").unwrap_or_default();
    // Locks before 4.3 keep all files in one table.
    let old = || old_files.get(format!("{name} {version}").as_str()).copied();
    let written = node.get("files").or_else(old).into_iter().flat_map(|list| list.items());
    let mut files: Vec<File<'s>> = written.map(|node| file(node, needs_hash)).collect();
    if files.is_empty() && needs_hash {
        files.push(File { url: None, name: "", hashes: Few::none(), needs_hash, place: place.clone() });
    }
    if origin == Origin::Local {
        files.extend(text("path").map(|path| File::local(path, place.clone())));
    }
    let name = if normalised(name) == name { Cow::Borrowed(name) } else { Cow::Owned(normalised(name)) };
    let version = Cow::Borrowed(version);
    Ok(Package { name, version, origin, files: files.into(), needs: Vec::new(), place })
}

fn file(node: Node<'_>, needs_hash: bool) -> File<'_> {
    let url = node.get("url").and_then(|url| url.as_str());
    let path = url.or_else(|| node.get("file").and_then(|file| file.as_str())).unwrap_or_default();
    File {
        url: url.map(Cow::Borrowed),
        name: file_name(path),
        hashes: node.get("hash").map(files::hash).into_iter().collect(),
        needs_hash,
        place: node.range(),
    }
}

/// Fills in what each package needs, and where all begins.
fn connect(nodes: &[Node<'_>], lock: &mut Lock<'_>, surroundings: &Project<'_>) -> Result<(), Unreadable> {
    let manifest = surroundings.text(&surroundings.beside("pyproject.toml"));
    let root = manifest.as_ref().and_then(|source| source.tree(Syntax::Toml).root());
    let names = project::by_name(lock);
    let needs = nodes.iter().map(|node| {
        let list = node.get("dependencies").into_iter().flat_map(|list| list.items());
        let read = list.filter_map(|item| Requirement::parse(item.as_str()?, item.range()));
        read.map(|requirement| requirement.name).collect()
    });
    // Groups in pdm's own table may hold what only pdm reads; reachability is not judged then.
    let asked = root.filter(|root| root.at(&["tool", "pdm", "dev-dependencies"]).is_none());
    let asked = asked.map(project::asked).unwrap_or_default();
    let asked: Vec<String> = asked.into_iter().map(|wanted| wanted.name).collect();
    let mut needs = project::called(&names, needs.chain([asked]))?;
    lock.roots = needs.pop().unwrap_or_default();
    for (package, needs) in lock.packages.iter_mut().zip(needs) {
        package.needs = needs;
    }
    Ok(())
}

/// The newest minor version of lockfiles 4 that pdm reads: that of pdm 2.29 (2026).
const NEWEST_MINOR: u32 = 5;

/// True for the versions of lockfiles that pdm takes for its own or for older ones.
fn is_known(version: &str) -> bool {
    let (major, minor) = numbers(version);
    major == 4 && minor <= NEWEST_MINOR
}

/// Locks before 4.5 know overrides only, and not the whole table `resolution`.
fn is_before_resolution(version: &str) -> bool {
    numbers(version) < (4, 5)
}

fn numbers(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// The groups that the lockfile was made for. Without a list of them, only what the project itself needs is sure to be
/// there.
fn groups(locked: Node<'_>) -> HashSet<String> {
    match locked.at(&["metadata", "groups"]) {
        Some(groups) => groups.items().filter_map(|item| item.as_str()).map(normalised).collect(),
        None => HashSet::from([project::DEFAULT_GROUP.to_owned()]),
    }
}

/// Compares the hash of the manifest with the recorded one.
fn content_hash(
    manifest: Node<'_>,
    locked: Node<'_>,
    source: &Source,
    surroundings: &Project<'_>,
    report: &mut Report<'_>,
) {
    let start = manifest.range().start;
    let place = source.at(start..start);
    if locked.at(&["metadata", "lock_inputs"]).is_some() {
        return report.not_verified("it records what it was made of as `lock_inputs`, which is not compared");
    }
    let Some(recorded) = locked.at(&["metadata", "content_hash"]) else {
        let message = "the lockfile does not say for which manifest it was made";
        report.out_of_sync(place, message).subject("content_hash");
        return;
    };
    let (algorithm, digest) = recorded.as_str().and_then(|text| text.split_once(':')).unwrap_or_default();
    if may_be_right(algorithm, digest) {
        return report
            .not_verified(format!("its hash of the manifest is `{algorithm}`, which is not compared"));
    }
    let wanted = hashes(manifest, locked);
    if algorithm == "sha256" && wanted.iter().any(|hash| hash == digest) {
        return;
    }
    if let Some(reason) = unhashed(manifest) {
        return report.not_verified(format!("{reason}, so the hash of the manifest was not compared"));
    }
    let message = match algorithm {
        "sha256" => "what the manifest asks for has changed since the lockfile was made",
        _ => "the lockfile records no hash that can be that of the manifest",
    };
    report
        .out_of_sync(place, message)
        .subject("content_hash")
        .related(surroundings.source.at_node(recorded), format!("the hash is sha256:{} now", wanted[0]));
}

/// True if the hash is of another kind than pdm writes, and as long as those are: pdm then makes one of that kind.
fn may_be_right(algorithm: &str, digest: &str) -> bool {
    const LENGTHS: [(&str, usize); 6] =
        [("md5", 32), ("sha1", 40), ("sha224", 56), ("sha256", 64), ("sha384", 96), ("sha512", 128)];
    let known = LENGTHS.iter().find(|(name, _)| *name == algorithm);
    // Python knows more kinds than these.
    algorithm != "sha256" && !digest.is_empty() && known.is_none_or(|(_, length)| *length == digest.len())
}

/// What pdm adds to the hash from elsewhere, if the manifest says so.
fn unhashed(manifest: Node<'_>) -> Option<&'static str> {
    let tool = |name: &str| manifest.at(&["tool", name]).is_some();
    if manifest.at(&["tool", "pdm", "workspace"]).is_some() {
        return Some("the manifests of a workspace count");
    }
    let converted = manifest.get("project").is_none() && (tool("poetry") || tool("flit"));
    converted.then_some("the project is described in the words of another tool")
}

/// The hashes that pdm accepts. The first is that of the version which wrote the lockfile; newer ones accept their own
/// in a lockfile of an older version, too.
fn hashes(manifest: Node<'_>, locked: Node<'_>) -> Vec<String> {
    let version = locked.at(&["metadata", "lock_version"]).and_then(|node| node.text()).unwrap_or_default();
    let ways: &[bool] = if is_before_resolution(version) { &[true, false] } else { &[false] };
    ways.iter().map(|&old| sha256(&relevant(manifest, old), Separators::Spaced)).collect()
}

/// What pdm makes its hash of.
fn relevant(manifest: Node<'_>, before_resolution: bool) -> Value {
    let value = |path: &[&str], or: Value| manifest.at(path).map_or(or, |node| node.to_json());
    let mut groups: Map<String, Value> = Map::new();
    for path in [&["dependency-groups"][..], &["tool", "pdm", "dev-dependencies"]] {
        for (key, list) in manifest.at(path).into_iter().flat_map(|table| table.entries()) {
            let group = groups.entry(normalised(key.text().unwrap_or_default())).or_insert_with(|| json!([]));
            if let Value::Array(items) = group {
                items.extend(list.items().map(|item| item.to_json()));
            }
        }
    }
    let mut all = json!({
        "sources": value(&["tool", "pdm", "source"], json!([])),
        "dependencies": value(&["project", "dependencies"], json!([])),
        "dev-dependencies": groups,
        "optional-dependencies": value(&["project", "optional-dependencies"], json!({})),
        "requires-python": value(&["project", "requires-python"], json!("")),
    });
    if before_resolution {
        all["overrides"] = value(&["tool", "pdm", "resolution", "overrides"], json!({}));
    } else {
        all["resolution"] = value(&["tool", "pdm", "resolution"], json!({}));
    }
    all
}

fn declared(manifest: Node<'_>) -> Declared {
    let sources = manifest.at(&["tool", "pdm", "source"]).into_iter().flat_map(|list| list.items());
    let hosts = sources.filter_map(|source| host(source.get("url")?.text()?)).collect();
    let urls = project::urls(manifest).iter().map(|url| comparable_url(url)).collect();
    Declared { hosts, urls, ..Declared::default() }
}
