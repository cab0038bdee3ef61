//! Whether deno.lock and the manifests agree, as `deno install --frozen` decides it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::checkout::Source;
use crate::location::Location;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::node::spec::{range, satisfies};
use super::super::super::node::workspace;
use super::super::super::paths;
use super::super::super::report::Report;
use super::requirement::{of_import, of_package};
use super::{graph, split};

/// What a project asks for: `npm:name@range`, and where.
type Asked = BTreeMap<String, Location>;

/// Linked packages, and what each asks for by section.
type Links = BTreeMap<String, BTreeSet<(&'static str, String)>>;

/// Sections of linked packages that are recorded.
const LINKED: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];

/// Compares and reports.
pub(super) fn compare(root: Node<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let manifest = project.text(&project.beside("package.json"));
    let configuration = configuration(project.folder, project);
    if manifest.is_none() && configuration.is_none() {
        report.not_examined("deno.lock without a manifest beside it");
        return;
    }
    let settings = configuration.as_deref().and_then(|source| source.tree(Syntax::Jsonc).root());
    if let Some((source, lock)) = configuration.as_deref().zip(settings.and_then(|root| root.get("lock")))
        && is_elsewhere(source, lock, project, report)
    {
        return;
    }
    let package = manifest.as_deref().and_then(|source| source.tree(Syntax::Json).root());
    let recorded = root.at(&["workspace", "members"]);
    let members = members(settings, package, recorded, project);
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
    let comparison = Comparison { root, project, names, catalogs };
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
    comparison.links(configuration.as_deref(), report);
    if let Some((title, node)) = graph::lacking(root) {
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

/// The deno.json or deno.jsonc of a folder.
fn configuration(folder: &str, project: &Project<'_>) -> Option<Arc<Source>> {
    ["deno.json", "deno.jsonc"].iter().find_map(|name| project.text(&paths::file_in(folder, name)))
}

fn is_readable(manifest: &Source) -> bool {
    let is_package = manifest.path().ends_with("package.json");
    manifest.tree(if is_package { Syntax::Json } else { Syntax::Jsonc }).is_clean()
}

/// The manifests of a folder.
fn manifests(folder: &str, project: &Project<'_>) -> impl Iterator<Item = Arc<Source>> + use<> {
    let package = project.text(&paths::file_in(folder, "package.json"));
    package.into_iter().chain(configuration(folder, project))
}

/// The folders of the workspace: of `workspace` in deno.json, or of `workspaces` in package.json.
fn members(
    settings: Option<Node<'_>>,
    package: Option<Node<'_>>,
    recorded: Option<Node<'_>>,
    project: &Project<'_>,
) -> BTreeSet<String> {
    let in_deno = settings.and_then(|root| root.get("workspace"));
    let in_deno = in_deno.map(|node| node.get("members").unwrap_or(node));
    let list = in_deno.or_else(|| workspace::list(package?));
    let mut found: BTreeSet<String> = ["package.json", "deno.json"]
        .iter()
        .flat_map(|name| workspace::folders_with(list, name, project))
        .collect();
    // Manifests of another name are found where a folder is written out, or is recorded and may fit a pattern.
    let texts: Vec<&str> =
        list.into_iter().flat_map(|list| list.items()).filter_map(|item| item.as_str()).collect();
    let recorded = recorded.filter(|_| texts.iter().any(|text| paths::is_pattern(text)));
    let recorded = recorded.into_iter().flat_map(|table| table.entries()).filter_map(|(key, _)| key.text());
    let folders = texts.iter().copied().chain(recorded);
    let folders = folders.filter_map(|text| paths::join("", text.trim_end_matches('/')));
    let has_manifest =
        |folder: &String| project.checkout.contains(&project.beside(&paths::file_in(folder, "deno.jsonc")));
    found.extend(folders.filter(has_manifest));
    found
}

/// The table with the catalogs of the project: what package.json says goes before what deno.json says.
fn catalogs<'m>(package: Option<Node<'m>>, settings: Option<Node<'m>>) -> Option<Node<'m>> {
    let inner = package.and_then(|root| root.get("workspaces"));
    let has_one = |node: &Node<'_>| node.get("catalog").or_else(|| node.get("catalogs")).is_some();
    [package, inner, settings].into_iter().flatten().find(has_one)
}

struct Comparison<'c> {
    root: Node<'c>,
    project: &'c Project<'c>,
    /// Members of the workspace with their versions.
    names: HashMap<String, String>,
    /// The table that holds `catalog` and `catalogs`.
    catalogs: Option<Node<'c>>,
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
        let asked = configuration.as_deref().map(|source| self.of_deno(source)).unwrap_or_default();
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

    /// What a package.json asks for. Members that it names as such are not recorded.
    fn of_package(
        &self,
        source: &Source,
        recorded: Option<Node<'_>>,
        asked: &mut Asked,
        report: &mut Report<'_>,
    ) {
        let Some(root) = source.tree(Syntax::Json).root() else { return };
        for section in ["dependencies", "devDependencies"] {
            for (key, value) in root.get(section).into_iter().flat_map(|table| table.entries()) {
                let (Some(name), Some(spec)) = (key.text(), value.as_str()) else { continue };
                let place = source.at(key.range().start..value.range().end);
                let Some(wanted) = spec.strip_prefix("workspace:") else {
                    let specifier = of_package(name, self.catalogued(name, spec));
                    let Some(specifier) = specifier else { continue };
                    // Older versions of deno pass over these.
                    let is_new = spec.starts_with("catalog:") || spec.starts_with("jsr:");
                    if is_new && !holds(recorded, &specifier) {
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
        let named = |catalog: &str| self.catalogs?.at(&["catalogs", catalog]);
        let table = match catalog {
            "" | "default" => {
                self.catalogs.and_then(|table| table.get("catalog")).or_else(|| named("default"))
            }
            catalog => named(catalog),
        };
        table.and_then(|table| table.get(name)?.as_str()).unwrap_or(spec)
    }

    /// What a deno.json names: under `imports` and `scopes`, its own or those of the file that it names for them,
    /// and for the compiler.
    fn of_deno(&self, source: &Source) -> Asked {
        let mut asked = Asked::new();
        let Some(root) = source.tree(Syntax::Jsonc).root() else { return asked };
        imports(root, source, &mut asked);
        let named = root.get("importMap").and_then(|node| node.as_str());
        if let Some(path) = named.filter(|_| root.get("imports").or(root.get("scopes")).is_none())
            && let Some(path) = paths::join(paths::split(source.path()).0, path)
            && let Some(map) = self.project.text(&path)
            && let Some(root) = map.tree(Syntax::Jsonc).root()
        {
            imports(root, &map, &mut asked);
        }
        if let Some(options) = root.get("compilerOptions") {
            let texts = ["jsxImportSource", "jsxImportSourceTypes"].iter().filter_map(|key| options.get(key));
            let types = options.get("types").into_iter().flat_map(|list| list.items());
            for node in texts.chain(types) {
                let specifier = node.as_str().and_then(of_import);
                asked.extend(specifier.map(|specifier| (specifier, source.at_node(node))));
            }
        }
        asked
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

    /// What a linked package is called in the lockfile, and what it asks for.
    fn linked(&self, source: &Source) -> Option<(String, BTreeSet<(&'static str, String)>)> {
        let root = source.tree(Syntax::Jsonc).root()?;
        let text = |key: &str| root.get(key)?.as_str();
        let is_package = source.path().ends_with("package.json");
        let title =
            format!("{}:{}@{}", if is_package { "npm" } else { "jsr" }, text("name")?, text("version")?);
        if !is_package {
            return Some((title, self.of_deno(source).into_keys().map(|asked| (LINKED[0], asked)).collect()));
        }
        let mut asked = BTreeSet::new();
        for section in LINKED {
            let entries = root.get(section).into_iter().flat_map(|table| table.entries());
            let specifiers = entries.filter_map(|(key, value)| of_package(key.text()?, value.as_str()?));
            asked.extend(specifiers.map(|specifier| (section, specifier)));
        }
        Some((title, asked))
    }

    /// Packages that are taken from a folder, with what they ask for.
    fn links(&self, configuration: Option<&Source>, report: &mut Report<'_>) {
        let list = configuration.and_then(|source| {
            let root = source.tree(Syntax::Jsonc).root()?;
            root.get("links").or_else(|| root.get("patch"))
        });
        let mut linked = Links::new();
        for item in list.into_iter().flat_map(|list| list.items()) {
            let folder = item.as_str().and_then(|folder| paths::join(self.project.folder, folder));
            let found: Vec<Arc<Source>> =
                folder.into_iter().flat_map(|folder| manifests(&folder, self.project)).collect();
            if let Some(source) = configuration.filter(|_| found.is_empty()) {
                let message = "deno refuses a link to what is no package of the project";
                report.out_of_sync(source.at_node(item), message).subject("link");
            }
            linked.extend(found.iter().filter_map(|source| self.linked(source)));
        }
        let table = self.root.at(&["workspace", "links"]);
        let entries = table.into_iter().flat_map(|table| table.entries());
        let locked: Links = entries
            .filter_map(|(key, node)| {
                let lists = LINKED.iter().filter_map(|section| Some((*section, node.get(section)?)));
                let items = lists.flat_map(|(section, list)| list.items().map(move |item| (section, item)));
                let asked = items.filter_map(|(section, item)| Some((section, item.text()?.to_owned())));
                Some((key.text()?.to_owned(), asked.collect()))
            })
            .collect();
        let mut titles = linked.keys().chain(locked.keys());
        if let Some(differing) = titles.find(|title| linked.get(*title) != locked.get(*title)) {
            let place = match (configuration, list, table) {
                (Some(source), Some(list), _) => source.at_node(list),
                (.., Some(table)) => self.project.source.at_node(table),
                _ => Location::file(self.project.source.path()),
            };
            let message = format!("the lockfile was made with other links: `{differing}` differs");
            report.out_of_sync(place, message).subject("links");
        }
    }
}

/// What `imports` and `scopes` name.
fn imports(root: Node<'_>, source: &Source, asked: &mut Asked) {
    let scopes = root.get("scopes").into_iter().flat_map(|table| table.entries()).map(|(_, scope)| scope);
    for (key, value) in root.get("imports").into_iter().chain(scopes).flat_map(|table| table.entries()) {
        let specifier = value.as_str().and_then(of_import);
        let place = || source.at(key.range().start..value.range().end);
        asked.extend(specifier.map(|specifier| (specifier, place())));
    }
}

/// True if a list holds the text.
fn holds(list: Option<Node<'_>>, text: &str) -> bool {
    list.into_iter().flat_map(|list| list.items()).any(|item| item.text() == Some(text))
}
