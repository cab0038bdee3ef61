//! Whether deno.lock and the manifests agree, as `deno install --frozen` decides it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::checkout::Source;
use crate::location::Location;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::model::Lock;
use super::super::super::node::spec::{range, satisfies};
use super::super::super::node::workspace::are_too_many;
use super::super::super::paths;
use super::super::super::report::Report;
use super::imports::{self, Asked};
use super::members::{configuration, is_readable, list, manifests, members};
use super::requirement::of_package;
use super::{graph, links, split};

/// True if the lockfile of a folder above records this folder: deno reads that one alone.
fn is_of_member(project: &Project<'_>) -> bool {
    paths::ancestors(project.folder).skip(1).any(|above| {
        let lockfile = project.text(&paths::file_in(above, "deno.lock"));
        let root = lockfile.as_ref().and_then(|source| source.tree(Syntax::Json).root());
        let folder = paths::relative(project.folder, above);
        root.and_then(|root| root.at(&["workspace", "members", &folder])).is_some()
    })
}

/// Compares and reports.
pub(super) fn compare(root: Node<'_>, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let manifest = project.text(&project.beside("package.json"));
    let configuration = configuration(project.folder, project);
    if manifest.is_none() && configuration.is_none() {
        report.not_examined("deno.lock without a manifest beside it");
        return;
    }
    if is_of_member(project) {
        return report.not_examined("deno.lock of a member of a workspace, which has its own lockfile");
    }
    let settings = configuration.as_deref().and_then(|source| source.tree(Syntax::Jsonc).root());
    if let Some((source, lock)) = configuration.as_deref().zip(settings.and_then(|root| root.get("lock")))
        && is_elsewhere(source, lock, project, report)
    {
        return;
    }
    let package = manifest.as_deref().and_then(|source| source.tree(Syntax::Json).root());
    let recorded = root.at(&["workspace", "members"]);
    let list = list(settings, package);
    if are_too_many(list) {
        return report.not_verified("the workspace has too many patterns, so the two were not compared");
    }
    let members = members(list, recorded, project);
    let mut names = HashMap::new();
    let of_members = members.iter().flat_map(|folder| manifests(&project.beside(folder), project));
    let of_members: Vec<Arc<Source>> = of_members.collect();
    if let Some(source) =
        manifests(project.folder, project).chain(of_members.clone()).find(|it| !is_readable(it))
    {
        report.not_verified(format!("`{}` cannot be read, so it was not compared", source.path()));
        return;
    }
    for source in of_members {
        let root = source.tree(Syntax::Jsonc).root();
        let text = |key: &str| Some(root?.get(key)?.as_str()?.to_owned());
        names.extend(text("name").zip(text("version")));
    }
    let catalogs = catalogs(package, settings);
    let specifiers = root.get("specifiers").into_iter().flat_map(|table| table.entries());
    let specifiers = specifiers.filter_map(|(key, version)| Some((key.text()?, version))).collect();
    let comparison = Comparison { root, project, names, specifiers, catalogs };
    comparison.project("", &["workspace"], report);
    for member in &members {
        comparison.project(member, &["workspace", "members", member], report);
    }
    for (folder, _) in recorded.into_iter().flat_map(|table| table.entries()) {
        let text = folder.text().unwrap_or_default();
        if !members.contains(text) {
            let message =
                format!("the lockfile records the member `{text}`, and the workspace has none there");
            report.out_of_sync(project.source.at_node(folder), message).subject(format!("no member {text}"));
        }
    }
    comparison.overrides(manifest.as_deref(), report);
    links::compare(root, configuration.as_deref(), project, report);
    if lock.roots.is_empty()
        && let Some((title, node)) = graph::lacking(root)
    {
        let message = format!("the lockfile names `{title}`, which it does not hold");
        report.out_of_sync(project.source.at_node(node), message).subject(format!("lacks {title}"));
    }
}

/// True if the configuration says that the lockfile is another file, or that there is none.
fn is_elsewhere(source: &Source, lock: Node<'_>, project: &Project<'_>, report: &mut Report<'_>) -> bool {
    let path = lock.as_str().or_else(|| lock.get("path")?.as_str());
    match path.and_then(|path| paths::join(project.folder, path)) {
        None if lock.as_bool() != Some(false) => return false,
        Some(path) if path == project.source.path() => return false,
        Some(path) if !project.checkout.contains(&path) => {
            let message = format!("`lock` names `{path}`, which is not there, and not the lockfile");
            report.out_of_sync(source.at_node(lock), message).subject("lock");
        }
        _ => report.not_examined("deno.lock that the configuration does not use"),
    }
    true
}

/// What the catalogs of the project hold, by their names and those of packages: what package.json says goes before what
/// deno.json says.
fn catalogs<'m>(
    package: Option<Node<'m>>,
    settings: Option<Node<'m>>,
) -> HashMap<(&'m str, &'m str), &'m str> {
    let inner = package.and_then(|root| root.get("workspaces"));
    let [mut plain, mut named] = [None; 2];
    for table in [settings, inner, package].into_iter().flatten() {
        let [one, several] = ["catalog", "catalogs"].map(|key| table.get(key));
        if one.or(several).is_some() {
            (plain, named) = (one, several);
        }
    }
    let named = named.into_iter().flat_map(|tables| tables.entries());
    let named = named.filter_map(|(key, table)| Some((key.text()?, table)));
    let named = named.filter(|(name, _)| plain.is_none() || *name != DEFAULT);
    let tables = named.chain(plain.map(|table| (DEFAULT, table)));
    let all = tables.flat_map(|(name, table)| table.entries().map(move |(key, spec)| (name, key, spec)));
    all.filter_map(|(name, key, spec)| Some(((name, key.text()?), spec.as_str()?))).collect()
}

/// The catalog that is meant where none is named.
const DEFAULT: &str = "default";

struct Comparison<'c> {
    root: Node<'c>,
    project: &'c Project<'c>,
    /// Members of the workspace with their versions.
    names: HashMap<String, String>,
    /// The versions that specifiers stand for.
    specifiers: HashMap<&'c str, Node<'c>>,
    /// What catalogs hold.
    catalogs: HashMap<(&'c str, &'c str), &'c str>,
}

impl Comparison<'_> {
    fn project(&self, folder: &str, path: &[&str], report: &mut Report<'_>) {
        let folder =
            if folder.is_empty() { self.project.folder.to_owned() } else { self.project.beside(folder) };
        let recorded = self.root.at(path);
        let package = self.project.text(&paths::file_in(&folder, "package.json"));
        let mut asked = Asked::new();
        let list = recorded.and_then(|node| node.at(&["packageJson", "dependencies"]));
        if let Some(source) = &package {
            self.of_package(source, list, &mut asked, report);
        }
        self.judge(&paths::file_in(&folder, "package.json"), &asked, list, report);
        let configuration = configuration(&folder, self.project);
        let asked =
            configuration.as_deref().map(|source| imports::asked(source, self.project)).unwrap_or_default();
        let list = recorded.and_then(|node| node.get("dependencies"));
        let title = configuration
            .map_or_else(|| paths::file_in(&folder, "deno.json"), |source| source.path().to_owned());
        self.judge(&title, &asked, list, report);
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
        let Some(node) = self.specifiers.get(specifier).copied() else {
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

    /// What a package.json asks for. Members that it names as such are not recorded.
    fn of_package(
        &self,
        source: &Source,
        recorded: Option<Node<'_>>,
        asked: &mut Asked,
        report: &mut Report<'_>,
    ) {
        let Some(root) = source.tree(Syntax::Json).root() else { return };
        let recorded: HashSet<&str> =
            recorded.into_iter().flat_map(|list| list.items()).filter_map(|item| item.text()).collect();
        for section in ["dependencies", "devDependencies"] {
            for (key, value) in root.get(section).into_iter().flat_map(|table| table.entries()) {
                let (Some(name), Some(spec)) = (key.text(), value.as_str()) else { continue };
                let place = source.at(key.range().start..value.range().end);
                let Some(wanted) = spec.strip_prefix("workspace:") else {
                    let specifier = of_package(name, self.catalogued(name, spec));
                    let Some(specifier) = specifier else { continue };
                    // Older versions of deno pass over these.
                    let is_new = spec.starts_with("catalog:") || spec.starts_with("jsr:");
                    if is_new && !recorded.contains(specifier.as_str()) {
                        let message = format!(
                            "`{name}` is asked for as `{spec}`, and the lockfile does not know that; deno 2.9 does"
                        );
                        report.drift(place, message).subject(format!("{} {specifier}", source.path()));
                    } else {
                        asked.insert(specifier, place);
                    }
                    continue;
                };
                if let Some(version) = self.names.get(name)
                    && satisfies(version, wanted) == Some(false)
                {
                    let message = format!("`{name}` is asked for as `{spec}`, and is {version} here");
                    report.unsatisfied(place, message).subject(name);
                }
            }
        }
    }

    /// What a `catalog:` stands for; anything else as it is.
    fn catalogued<'t>(&'t self, name: &str, spec: &'t str) -> &'t str {
        let Some(catalog) = spec.strip_prefix("catalog:") else { return spec };
        let catalog = if catalog.is_empty() { DEFAULT } else { catalog };
        self.catalogs.get(&(catalog, name)).copied().unwrap_or(spec)
    }

    /// `overrides` of the root's package.json, as they are written.
    fn overrides(&self, manifest: Option<&Source>, report: &mut Report<'_>) {
        let wanted =
            manifest.and_then(|source| source.tree(Syntax::Json).root()?.get("overrides").zip(Some(source)));
        let locked = self.root.at(&["workspace", "packageJson", "overrides"]);
        if wanted.map(|(node, _)| node.to_json()) != locked.map(|node| node.to_json()) {
            let here = locked
                .map_or(Location::file(self.project.source.path()), |node| self.project.source.at_node(node));
            let place = wanted.map_or(here, |(node, source)| source.at_node(node));
            report.out_of_sync(place, "the lockfile was made with other `overrides`").subject("overrides");
        }
    }
}
