//! composer.lock.

mod constraint;
mod hash;
mod held;
mod refused;
mod version;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package, comparable_url, host};
use super::super::report::Report;
use constraint::Constraint;
use held::{Held, STANDS_FOR};
use version::Version;

/// composer.lock.
pub struct Composer;

/// The two lists of packages.
const LISTS: [&str; 2] = ["packages", "packages-dev"];

/// Servers of git that Packagist sends to. Their archives of a commit have no hash; the commit is one.
const PUBLIC_HOSTS: &[&str] =
    &["api.github.com", "github.com", "codeload.github.com", "gitlab.com", "bitbucket.org", "packagist.org"];

impl Format for Composer {
    fn ecosystem(&self) -> &'static str {
        "composer"
    }

    fn tool(&self) -> &'static str {
        "composer"
    }

    fn names(&self) -> &'static [&'static str] {
        &["composer.lock"]
    }

    fn manifest(&self) -> &'static str {
        "composer.json"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Json)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        PUBLIC_HOSTS
    }

    fn repair(&self) -> &'static str {
        "composer update --lock"
    }

    fn registry_may_need_git(&self) -> bool {
        true
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Json)?;
        let start = root.range().start;
        if root.get("packages").is_none() {
            return Err(Unreadable::malformed("the file holds no list of packages", start..start));
        }
        let nodes: Vec<Node<'s>> = nodes(root).collect();
        // Composer's reader does not know the mark.
        if project.source.text().starts_with('\u{feff}') {
            return Err(Unreadable::malformed("the file begins with a byte order mark", 0..3));
        }
        let mut lock = Lock::default();
        for node in &nodes {
            lock.packages.push(package(*node)?);
        }
        connect(&nodes, &mut lock, project);
        Ok(lock)
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        match project.root(Syntax::Json) {
            Ok(root) => compare(root, lock, project, report),
            Err(_) => Declared::default(),
        }
    }

    fn wants_lock(&self, manifest: &Source, _project: &Project<'_>) -> bool {
        let root = manifest.tree(Syntax::Json).root();
        // A library leaves the choice to those who use it.
        let kind = root.and_then(|root| root.get("type")?.text());
        let is_library = kind.is_none_or(|kind| kind == "library");
        !is_library && root.is_some_and(|root| asked(root).next().is_some())
    }
}

fn nodes<'s>(root: Node<'s>) -> impl Iterator<Item = Node<'s>> {
    LISTS.iter().filter_map(move |list| root.get(list)).flat_map(|list| list.items())
}

fn package(node: Node<'_>) -> Result<Package<'_>, Unreadable> {
    let text = |path: &[&str]| node.at(path).and_then(|value| value.as_str());
    let (Some(name), Some(version)) = (text(&["name"]), text(&["version"])) else {
        let start = node.range().start;
        return Err(Unreadable::malformed("a package has no name or no version", start..start));
    };
    let place = node.get("name").map_or(node.range(), |name| name.range());
    let of_version = node.get("version").map_or(place.clone(), |node| node.range());
    if Version::parse(version).is_none() {
        return Err(Unreadable::malformed(
            format!("`{name}` has a version that composer cannot read"),
            of_version,
        ));
    }
    if let Some(dist) =
        node.get("dist").filter(|dist| dist.get("type").is_none() || dist.get("url").is_none())
    {
        return Err(Unreadable::malformed(
            format!("the archive of `{name}` has no type or no URL"),
            dist.range(),
        ));
    }
    let url = text(&["dist", "url"]);
    let kind = text(&["dist", "type"]);
    let origin = match (kind, text(&["source", "url"])) {
        (Some("path"), _) => Origin::Local,
        (None, Some(url)) => Origin::Git(url, text(&["source", "reference"])),
        _ => Origin::Registry(""),
    };
    let files = match (&origin, url) {
        (Origin::Registry(_), Some(url)) => {
            let archive = file(node, url, text(&["dist", "reference"]));
            let beside =
                text(&["source", "url"]).filter(|other| host(other).as_deref() != Some("github.com"));
            std::iter::once(archive).chain(beside.map(|url| source(node, url))).collect()
        }
        _ => Vec::new(),
    };
    let name = Cow::Owned(name.to_ascii_lowercase());
    Ok(Package {
        name,
        version: Cow::Borrowed(version),
        origin,
        files: files.into(),
        needs: Vec::new(),
        place,
    })
}

/// The repository that composer takes in place of the archive where it cannot have that, or is told to.
fn source<'s>(node: Node<'s>, url: &'s str) -> File<'s> {
    File {
        url: Some(Cow::Borrowed(url)),
        name: "",
        hashes: Few::none(),
        needs_hash: false,
        place: node.at(&["source", "url"]).map_or(node.range(), |node| node.range()),
    }
}

fn file<'s>(node: Node<'s>, url: &'s str, reference: Option<&str>) -> File<'s> {
    let shasum = node.at(&["dist", "shasum"]).filter(|node| node.text().is_some_and(|text| !text.is_empty()));
    let hash = shasum.map(|node| Hash {
        algorithm: "sha1",
        digest: node.text().unwrap_or_default(),
        encoding: Encoding::Hex,
        place: node.range(),
    });
    // The archive of a commit that its URL names needs no other hash.
    let by_commit = reference.is_some_and(|commit| commit.len() == 40 && url.contains(commit));
    let trusted = host(url).is_some_and(|host| PUBLIC_HOSTS.contains(&host.as_str()));
    File {
        url: Some(Cow::Borrowed(url)),
        name: url.rsplit('/').next().unwrap_or(url),
        hashes: hash.into_iter().collect(),
        needs_hash: !(by_commit && trusted),
        place: node.at(&["dist", "url"]).map_or(node.range(), |node| node.range()),
    }
}

/// The packages that a manifest asks for, and true for those of development: names with a vendor. The others are of
/// PHP itself.
fn asked<'m>(manifest: Node<'m>) -> impl Iterator<Item = (bool, Node<'m>, Node<'m>)> {
    let sections = [("require", false), ("require-dev", true)].into_iter();
    let sections = sections.filter_map(move |(key, is_dev)| Some((is_dev, manifest.get(key)?)));
    let all = sections.flat_map(|(is_dev, table)| {
        hash::distinct(table).into_iter().map(move |(key, value)| (is_dev, key, value))
    });
    all.filter(|(_, key, _)| key.text().is_some_and(|name| name.contains('/')))
}

/// The versions that the lockfile gives to packages beside their own.
fn given(root: Node<'_>) -> HashMap<&str, Vec<&str>> {
    let mut all: HashMap<&str, Vec<&str>> = HashMap::new();
    for entry in root.get("aliases").into_iter().flat_map(|list| list.items()) {
        let text = |key: &str| entry.get(key).and_then(|node| node.text());
        if let (Some(name), Some(version)) = (text("package"), text("alias_normalized")) {
            all.entry(name).or_default().push(version);
        }
    }
    all
}

/// Packages by the names that they have, provide and replace.
fn by_name(nodes: &[Node<'_>]) -> HashMap<String, Vec<usize>> {
    let mut names: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        let own = node.get("name").and_then(|name| name.text());
        let tables = STANDS_FOR.iter().filter_map(|key| node.get(key));
        let others = tables.flat_map(|table| table.entries()).filter_map(|(key, _)| key.text());
        for name in own.into_iter().chain(others) {
            names.entry(name.to_ascii_lowercase()).or_default().push(index);
        }
    }
    names
}

/// Fills in what each package needs, and where all begins.
fn connect(nodes: &[Node<'_>], lock: &mut Lock<'_>, project: &Project<'_>) {
    let names = by_name(nodes);
    let find = |key: Node<'_>| names.get(&key.text().unwrap_or_default().to_ascii_lowercase()).cloned();
    for (index, node) in nodes.iter().enumerate() {
        let table = node.get("require").into_iter().flat_map(|table| table.entries());
        lock.packages[index].needs = table.filter_map(|(key, _)| find(key)).flatten().collect();
    }
    let manifest = project.text(&project.beside("composer.json"));
    if let Some(root) = manifest.as_ref().and_then(|source| source.tree(Syntax::Json).root()) {
        lock.roots = asked(root).filter_map(|(_, key, _)| find(key)).flatten().collect();
    }
}

/// As `composer validate` decides it.
fn compare(root: Node<'_>, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let path = project.beside("composer.json");
    let Some(source) = project.text(&path) else {
        report.not_examined("composer.lock without a composer.json beside it");
        return Declared { partly: true, ..Declared::default() };
    };
    let Some(manifest) = refused::root(&source, report) else { return Declared::default() };
    if manifest.at(&["config", "lock"]).and_then(|node| node.as_bool()) == Some(false) {
        report.not_examined("composer.lock of a composer.json that turns it off");
        return declared(manifest);
    }
    refused::judge(manifest, &source, report);
    hashed(root, manifest, &source, project, report);
    let nodes: Vec<Node<'_>> = nodes(root).collect();
    let names = by_name(&nodes);
    let first_dev = root.get("packages").map_or(0, |list| list.items().count());
    let (given, own) = (given(root), by_name(&[manifest]));
    for (is_dev, key, value) in asked(manifest) {
        let (name, constraint) = (key.text().unwrap_or_default(), value.as_str().unwrap_or_default());
        let place = source.at(key.range().start..value.range().end);
        let folded = name.to_ascii_lowercase();
        let held = names.get(&folded).into_iter().flatten();
        let held = held.map(|&at| {
            let given = given.get(&*lock.packages[at].name).map_or(&[][..], |given| given);
            (at, Held::read(nodes[at], given, at >= first_dev))
        });
        let held: Vec<(usize, Held<'_>)> = held.collect();
        let mut fitting = held.iter().filter(|(_, held)| is_dev || !held.is_dev).peekable();
        if fitting.peek().is_none() {
            // Since Composer 2.6 the project itself may stand in for what it asks for.
            if own.contains_key(&folded) {
                continue;
            }
            let how = if held.is_empty() { "does not hold it" } else { "holds it for development only" };
            report.out_of_sync(place, format!("`{name}` is asked for, and the lockfile {how}")).subject(name);
            continue;
        }
        let Some(wanted) = Constraint::parse(constraint).filter(|_| constraint != "self.version") else {
            continue;
        };
        let is_met = fitting.clone().any(|(_, held)| held.meets(&folded, &wanted));
        if let (false, Some((at, held))) = (is_met, fitting.next()) {
            let package = &lock.packages[*at];
            let what = if held.is(&folded) { "locked at" } else { "stood in for by another, of version" };
            report
                .unsatisfied(
                    place,
                    format!("`{name}` is asked for as `{constraint}` and {what} {}", package.version),
                )
                .related(project.source.at(package.place.clone()), format!("locked at {}", package.version))
                .subject(name);
        }
    }
    declared(manifest)
}

/// Compares the hash of what decides the resolution. Before Composer 1.3 it was that of the whole manifest.
fn hashed(
    lock: Node<'_>,
    manifest: Node<'_>,
    source: &Source,
    project: &Project<'_>,
    report: &mut Report<'_>,
) {
    let given = |key: &str| lock.get(key).filter(|node| node.text().is_some_and(|text| !text.is_empty()));
    let (recorded, wanted) = match (given("content-hash"), given("hash")) {
        (None, Some(old)) => (Some(old), hash::of(source.text())),
        (recorded, _) => (recorded, hash::content_hash(manifest)),
    };
    if recorded.and_then(|node| node.text()) == Some(&wanted) {
        return;
    }
    let start = manifest.range().start;
    let message = "what the manifest asks for has changed since the lockfile was made";
    let told = report.out_of_sync(source.at(start..start), message).subject("content-hash");
    if let Some(node) = recorded {
        told.related(project.source.at_node(node), format!("the hash is {wanted} now"));
    }
}

/// The repositories that the manifest names.
fn declared(manifest: Node<'_>) -> Declared {
    let repositories = manifest.get("repositories");
    let listed = repositories.into_iter().flat_map(|node| node.items());
    let named = repositories.into_iter().flat_map(|node| node.entries()).map(|(_, node)| node);
    let urls: Vec<&str> = listed.chain(named).filter_map(|node| node.get("url")?.text()).collect();
    let mut hosts: Vec<String> = urls.iter().filter_map(|url| host(url)).collect();
    if hosts.iter().any(|host| host == "asset-packagist.org") {
        // It hands on what npm has.
        hosts.push("registry.npmjs.org".to_owned());
    }
    Declared { hosts, urls: urls.into_iter().map(comparable_url).collect(), ..Declared::default() }
}
