//! deno.lock, versions 3 to 5.

mod graph;
mod scripts;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use crate::checkout::Source;
use crate::location::Location;
use crate::tree::{Node, Syntax};

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package};
use super::super::node::spec::{Spec, range, satisfies};
use super::super::node::{PUBLIC_HOSTS, integrity, workspace};
use super::super::paths;
use super::super::report::Report;

/// deno.lock.
pub struct Deno;

impl Format for Deno {
    fn ecosystem(&self) -> &'static str {
        "npm"
    }

    fn tool(&self) -> &'static str {
        "deno"
    }

    fn names(&self) -> &'static [&'static str] {
        &["deno.lock"]
    }

    fn manifest(&self) -> &'static str {
        "deno.json"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Json)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        PUBLIC_HOSTS
    }

    fn repair(&self) -> &'static str {
        "deno install"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Json)?;
        let start = root.range().start;
        let Some(version) = root.get("version") else {
            return Err(Unreadable::malformed("the file does not say its version", start..start));
        };
        if !matches!(version.text(), Some("3" | "4" | "5")) {
            let found = version.text().unwrap_or("of no kind").to_owned();
            return Err(Unreadable::Version { found, known: "3 to 5", place: version.range() });
        }
        let inner = root.get("packages").unwrap_or(root);
        let mut packages = Vec::new();
        for section in ["npm", "jsr"] {
            let table = inner.get(section).into_iter().flat_map(|table| table.entries());
            packages.extend(table.filter_map(|(key, node)| package(key, node, section)));
        }
        let remote = root.get("remote").into_iter().flat_map(|table| table.entries());
        packages.extend(remote.filter_map(|(key, hash)| module(key, hash)));
        let mut lock = Lock { packages, roots: Vec::new() };
        if inner.range() == root.range() {
            graph::connect(root, &mut lock);
        }
        Ok(lock)
    }

    fn contradiction(&self, package: &Package<'_>, file: &File<'_>) -> Option<String> {
        integrity::contradiction(package, file)
    }

    fn sync(&self, _lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let Ok(root) = project.root(Syntax::Json) else { return Declared::default() };
        if root.get("version").and_then(|node| node.text()) == Some("3") {
            report.not_verified(
                "version 3 was not compared with the manifest; `deno install` writes a newer one",
            );
            return Declared::default();
        }
        compare(root, project, report);
        Declared::default()
    }

    fn scripts(&self, _lock: &Lock<'_>, project: &Project<'_>) -> Option<Vec<(String, Range<usize>)>> {
        scripts::running(project.root(Syntax::Json).ok()?, project)
    }
}

fn package<'s>(key: Node<'s>, node: Node<'s>, section: &str) -> Option<Package<'s>> {
    let title = key.text()?;
    let (name, version) = split(title);
    let hash = node.get("integrity");
    let hashes = match (hash, section) {
        (Some(node), "npm") => integrity::hashes(node),
        (Some(node), _) => Few::One(sha256(node)),
        (None, _) => Few::none(),
    };
    // Only what does not come from the registry's own place says where it comes from.
    let url = node.get("tarball").and_then(|url| url.text()).map(Cow::Borrowed);
    let file = File { url, name: "", hashes, needs_hash: true, place: key.range() };
    Some(Package {
        name: Cow::Borrowed(name),
        version: Cow::Borrowed(version),
        origin: Origin::Registry(""),
        files: Few::One(file),
        needs: Vec::new(),
        place: key.range(),
    })
}

/// A module that a program imports by its URL. The program names the host, so it is not judged here.
fn module<'s>(key: Node<'s>, hash: Node<'s>) -> Option<Package<'s>> {
    let url = key.text()?;
    let insecure = url.starts_with("http:").then_some(Cow::Borrowed(url));
    let hashes = Few::One(sha256(hash));
    let file = File { url: insecure, name: "", hashes, needs_hash: true, place: key.range() };
    Some(Package {
        name: Cow::Borrowed(url),
        version: Cow::Borrowed(""),
        origin: Origin::Registry(""),
        files: Few::One(file),
        needs: Vec::new(),
        place: key.range(),
    })
}

fn sha256(node: Node<'_>) -> Hash<'_> {
    let digest = node.text().unwrap_or_default();
    Hash { algorithm: "sha256", digest, encoding: Encoding::Hex, place: node.range() }
}

/// `@scope/name@1.0.0_peer@2` in name and version.
fn split(title: &str) -> (&str, &str) {
    let from = usize::from(title.starts_with('@'));
    let at = title.get(from..).and_then(|rest| rest.find('@')).map(|at| at + from);
    let (name, version) = at.map_or((title, ""), |at| (&title[..at], &title[at + 1..]));
    (name, version.split('_').next().unwrap_or(version))
}

/// What a project asks for: `npm:name@range`, and where.
type Asked = BTreeMap<String, Location>;

/// As `deno install --frozen` decides it.
fn compare(root: Node<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let manifest = project.text(&project.beside("package.json"));
    let configuration =
        ["deno.json", "deno.jsonc"].iter().find_map(|name| project.text(&project.beside(name)));
    if manifest.is_none() && configuration.is_none() {
        report.not_examined("deno.lock without a manifest beside it");
        return;
    }
    let in_package =
        manifest.as_deref().and_then(|source| source.tree(Syntax::Json).root()?.get("workspaces"));
    let in_deno =
        configuration.as_deref().and_then(|source| source.tree(Syntax::Jsonc).root()?.get("workspace"));
    let members = workspace::matching(in_package.or(in_deno), project);
    let names: HashMap<String, String> = members
        .iter()
        .filter_map(|member| Some((member.name.clone(), member.root()?.get("version")?.text()?.to_owned())))
        .collect();
    let comparison = Comparison { root, project, names };
    comparison.project("", &["workspace"], report);
    let recorded = root.at(&["workspace", "members"]);
    for member in &members {
        comparison.project(&member.location, &["workspace", "members", &member.location], report);
    }
    for (folder, _) in recorded.into_iter().flat_map(|table| table.entries()) {
        let text = folder.text().unwrap_or_default();
        let is_there = members.iter().any(|member| member.location == text)
            || ["deno.json", "deno.jsonc"]
                .iter()
                .any(|name| project.checkout.contains(&paths::file_in(&project.beside(text), name)));
        if !is_there {
            let message =
                format!("the lockfile records the member `{text}`, and the workspace has none there");
            report.out_of_sync(project.source.at_node(folder), message).subject(format!("no member {text}"));
        }
    }
}

struct Comparison<'c> {
    root: Node<'c>,
    project: &'c Project<'c>,
    /// Members of the workspace with their versions.
    names: HashMap<String, String>,
}

impl Comparison<'_> {
    fn project(&self, folder: &str, path: &[&str], report: &mut Report<'_>) {
        let folder =
            if folder.is_empty() { self.project.folder.to_owned() } else { self.project.beside(folder) };
        let recorded = self.root.at(path);
        if let Some(source) = self.project.text(&paths::file_in(&folder, "package.json")) {
            let asked = Self::of_package(&source);
            let list = recorded.and_then(|node| node.at(&["packageJson", "dependencies"]));
            self.judge(source.path(), &asked, list, report);
        }
        let names = ["deno.json", "deno.jsonc"];
        if let Some(source) = names.iter().find_map(|name| self.project.text(&paths::file_in(&folder, name)))
        {
            let asked = of_deno(&source);
            self.judge(source.path(), &asked, recorded.and_then(|node| node.get("dependencies")), report);
        }
    }

    fn judge(&self, title: &str, asked: &Asked, list: Option<Node<'_>>, report: &mut Report<'_>) {
        let items: Vec<Node<'_>> = list.into_iter().flat_map(|list| list.items()).collect();
        let locked: BTreeSet<&str> = items.iter().filter_map(|item| item.text()).collect();
        for (specifier, place) in asked {
            if !locked.contains(specifier.as_str()) {
                let message =
                    format!("`{title}` asks for `{specifier}`, and the lockfile does not know that");
                report.out_of_sync(place.clone(), message).subject(format!("{title} {specifier}"));
                continue;
            }
            self.version(specifier, place, report);
        }
        for item in items.iter().filter(|item| !asked.contains_key(item.text().unwrap_or_default())) {
            let text = item.text().unwrap_or_default();
            let message = format!("the lockfile has `{title}` ask for `{text}`, which it does not");
            report
                .out_of_sync(self.project.source.at_node(*item), message)
                .subject(format!("{title} {text}"));
        }
    }

    /// The version that a specifier stands for is one that it allows.
    fn version(&self, specifier: &str, place: &Location, report: &mut Report<'_>) {
        let (name, wanted) = split(specifier.split_once(':').map_or(specifier, |(_, rest)| rest));
        // A member is linked and has no version of its own here.
        if self.names.get(name).is_some_and(|version| satisfies(version, wanted) != Some(false)) {
            return;
        }
        let Some(node) = self.root.get("specifiers").and_then(|table| table.get(specifier)) else {
            let message = format!("the lockfile does not say which version `{specifier}` is");
            report.out_of_sync(place.clone(), message).subject(format!("specifier {specifier}"));
            return;
        };
        let version = node.text().unwrap_or_default().split('_').next().unwrap_or_default();
        if range(wanted).is_some() && satisfies(version, wanted) == Some(false) {
            let message = format!("`{specifier}` is asked for, and locked is {version}");
            report
                .unsatisfied(place.clone(), message)
                .related(self.project.source.at_node(node), format!("locked at {version}"))
                .subject(specifier);
        }
    }

    fn of_package(source: &Source) -> Asked {
        let mut asked = Asked::new();
        let Some(root) = source.tree(Syntax::Json).root() else { return asked };
        for section in ["dependencies", "devDependencies"] {
            for (key, value) in root.get(section).into_iter().flat_map(|table| table.entries()) {
                let (Some(name), Some(spec)) = (key.text(), value.as_str()) else { continue };
                // A member of the workspace is asked for like any other package.
                let spec = spec.strip_prefix("workspace:").unwrap_or(spec);
                if let Some(specifier) = specifier(name, spec) {
                    asked.insert(specifier, source.at(key.range().start..value.range().end));
                }
            }
        }
        asked
    }
}

/// `npm:name@range` as the lockfile writes it; nothing for folders and other protocols.
fn specifier(name: &str, spec: &str) -> Option<String> {
    if let Some(rest) = spec.strip_prefix("jsr:") {
        return Some(format!("jsr:{}", canonical_title(rest)));
    }
    match Spec::of(spec) {
        Spec::Range(_) | Spec::Tag => Some(format!("npm:{name}@{}", canonical(spec))),
        Spec::Alias(..) => Some(format!("npm:{}", canonical_title(spec.strip_prefix("npm:")?))),
        _ => None,
    }
}

fn canonical_title(title: &str) -> String {
    let (name, range) = split(title);
    let range = if range.is_empty() { "*".to_owned() } else { canonical(range) };
    format!("{name}@{range}")
}

/// `^4.0.0` and `^4` are written as `4`.
fn canonical(range: &str) -> String {
    let range = range.trim();
    let parts: Option<Vec<u64>> = range
        .strip_prefix('^')
        .map(|rest| rest.split('.').map(|part| part.parse().ok()).collect::<Option<_>>())
        .unwrap_or_default();
    match parts.as_deref() {
        Some([major, rest @ ..]) if *major > 0 && rest.len() <= 2 && rest.iter().all(|part| *part == 0) => {
            major.to_string()
        }
        _ if range.is_empty() => "*".to_owned(),
        _ => range.to_owned(),
    }
}

/// `imports` of a deno.json that name packages.
fn of_deno(source: &Source) -> Asked {
    let mut asked = Asked::new();
    let Some(root) = source.tree(Syntax::Jsonc).root() else { return asked };
    for (key, value) in root.get("imports").into_iter().flat_map(|table| table.entries()) {
        let Some((protocol, rest)) = value.as_str().and_then(|text| text.split_once(':')) else { continue };
        if !matches!(protocol, "npm" | "jsr") {
            continue;
        }
        let rest = rest.trim_start_matches('/');
        // What follows the version is a path inside the package.
        let (name, range) = split(rest);
        let name = if range.is_empty() { package_of(name) } else { name };
        let range = range.split('/').next().unwrap_or(range);
        let title = if range.is_empty() { name.to_owned() } else { format!("{name}@{range}") };
        asked.insert(
            format!("{protocol}:{}", canonical_title(&title)),
            source.at(key.range().start..value.range().end),
        );
    }
    asked
}

/// The package's part of a path.
fn package_of(path: &str) -> &str {
    let parts = if path.starts_with('@') { 2 } else { 1 };
    let end = path.match_indices('/').nth(parts - 1).map_or(path.len(), |(at, _)| at);
    &path[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_as_deno_does() {
        assert_eq!(canonical("^7.0.0"), "7");
        assert_eq!(canonical("^4"), "4");
        assert_eq!(canonical("^4.3.0"), "^4.3.0");
        assert_eq!(canonical("^0.1.0"), "^0.1.0");
        assert_eq!(specifier("a", "npm:@b/c@^1.0.0").as_deref(), Some("npm:@b/c@1"));
        assert_eq!(specifier("a", "file:../a"), None);
        assert_eq!(package_of("@std/path/posix"), "@std/path");
    }
}
