//! composer.lock.

mod constraint;
mod hash;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package, comparable_url, host};
use super::super::report::Report;

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

/// The packages that a manifest asks for: names with a vendor. The others are of PHP itself.
fn asked<'m>(manifest: Node<'m>) -> impl Iterator<Item = (Node<'m>, Node<'m>)> {
    let sections = ["require", "require-dev"].into_iter().filter_map(move |key| manifest.get(key));
    sections
        .flat_map(|table| table.entries())
        .filter(|(key, _)| key.text().is_some_and(|name| name.contains('/')))
}

/// Packages by the names that they have, provide and replace.
fn by_name(nodes: &[Node<'_>]) -> HashMap<String, Vec<usize>> {
    let mut names: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        let own = node.get("name").and_then(|name| name.text());
        let tables = ["provide", "replace"].iter().filter_map(|key| node.get(key));
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
        lock.roots = asked(root).filter_map(|(key, _)| find(key)).flatten().collect();
    }
}

/// As `composer validate` decides it.
fn compare(root: Node<'_>, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let path = project.beside("composer.json");
    let Some(source) = project.text(&path) else {
        report.not_examined("composer.lock without a composer.json beside it");
        return Declared::default();
    };
    let tree = source.tree(Syntax::Json);
    let (Some(manifest), true) = (tree.root(), tree.is_clean()) else {
        report.not_verified(format!("`{path}` cannot be read, so the two were not compared"));
        return Declared::default();
    };
    let wanted = hash::content_hash(manifest);
    let recorded = root.get("content-hash");
    if recorded.and_then(|node| node.text()) != Some(&wanted) {
        let start = manifest.range().start;
        let message = "what the manifest asks for has changed since the lockfile was made";
        let told = report.out_of_sync(source.at(start..start), message).subject("content-hash");
        if let Some(node) = recorded {
            told.related(project.source.at_node(node), format!("the hash is {wanted} now"));
        }
    }
    let nodes: Vec<Node<'_>> = nodes(root).collect();
    let names = by_name(&nodes);
    for (key, value) in asked(manifest) {
        let (name, constraint) = (key.text().unwrap_or_default(), value.as_str().unwrap_or("*"));
        let place = source.at(key.range().start..value.range().end);
        let Some(locked) = names.get(&name.to_ascii_lowercase()) else {
            let message = format!("`{name}` is asked for, and the lockfile does not hold it");
            report.out_of_sync(place, message).subject(name);
            continue;
        };
        let packages: Vec<&Package<'_>> = locked.iter().map(|&index| &lock.packages[index]).collect();
        let [package] = packages.as_slice() else { continue };
        if package.name == name.to_ascii_lowercase()
            && constraint::allows(constraint, &package.version) == Some(false)
        {
            let message =
                format!("`{name}` is asked for as `{constraint}` and locked at {}", package.version);
            report
                .unsatisfied(place, message)
                .related(project.source.at(package.place.clone()), format!("locked at {}", package.version))
                .subject(name);
        }
    }
    declared(manifest)
}

/// The repositories that the manifest names.
fn declared(manifest: Node<'_>) -> Declared {
    let repositories = manifest.get("repositories");
    let listed = repositories.into_iter().flat_map(|node| node.items());
    let named = repositories.into_iter().flat_map(|node| node.entries()).map(|(_, node)| node);
    let urls: Vec<&str> = listed.chain(named).filter_map(|node| node.get("url")?.text()).collect();
    let hosts = urls.iter().filter_map(|url| host(url)).collect();
    Declared { hosts, urls: urls.into_iter().map(comparable_url).collect() }
}
