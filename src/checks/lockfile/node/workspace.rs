//! The workspaces of a package.json, and the sources that a project names.

use std::ops::Range;
use std::sync::Arc;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::format::Project;
use super::super::model::{Declared, Lock, comparable_url, host, scheme};
use super::super::paths::{self, Patterns};
use super::super::report::Report;
use super::edges::edges;
use super::spec::Spec;

/// A folder of the project with a package of its own.
pub struct Workspace {
    /// As seen from the lockfile's folder: `packages/a`.
    pub location: String,
    /// The name under which the others find it.
    pub name: String,
    /// Its package.json.
    pub source: Arc<Source>,
}

impl Workspace {
    /// The root of its package.json.
    pub fn root(&self) -> Option<Node<'_>> {
        self.source.tree(Syntax::Json).root()
    }
}

/// The root of a manifest; where it cannot be read, that is told.
pub fn readable<'s>(source: &'s Source, report: &mut Report<'_>) -> Option<Node<'s>> {
    let tree = source.tree(Syntax::Json);
    let root = tree.root().filter(|_| tree.is_clean());
    if root.is_none() {
        report.not_verified(format!("`{}` cannot be read, so it was not compared", source.path()));
    }
    root
}

/// The root of a manifest that can be read, and whose workspaces do not have more patterns than are looked at.
pub fn usable(source: &Source) -> Option<Node<'_>> {
    let tree = source.tree(Syntax::Json);
    tree.root().filter(|root| tree.is_clean() && !are_too_many(list(*root)))
}

/// True if a list has more patterns than are looked at.
pub fn are_too_many(list: Option<Node<'_>>) -> bool {
    paths::are_too_many(texts(list))
}

/// The workspaces that the manifest declares, sorted by folder.
pub fn workspaces(manifest: Node<'_>, project: &Project<'_>) -> Vec<Workspace> {
    matching(list(manifest), project)
}

/// The same as yarn 1 has them: it passes over what begins with `!`.
pub fn workspaces_of_yarn_1(manifest: Node<'_>, project: &Project<'_>) -> Vec<Workspace> {
    let (wanted, _) = patterns(list(manifest));
    found(&wanted, &Patterns::default(), project)
}

/// True for a member of a project further up, as yarn 1 has them: it takes the lockfile of that one.
pub fn is_member_of_yarn_1(project: &Project<'_>) -> bool {
    paths::ancestors(project.folder).skip(1).any(|folder| {
        let above = Project { folder, ..*project };
        let source = above.text(&above.beside("package.json"));
        let root = source.as_ref().and_then(|source| source.tree(Syntax::Json).root());
        let members = root.map(|root| workspaces_of_yarn_1(root, &above)).unwrap_or_default();
        members.iter().any(|member| above.beside(&member.location) == project.folder)
    })
}

/// The list of patterns under `workspaces`.
pub fn list(manifest: Node<'_>) -> Option<Node<'_>> {
    let declared = manifest.get("workspaces");
    declared.map(|node| if node.is_seq() { node } else { node.get("packages").unwrap_or(node) })
}

/// The folders with a package.json that a list of patterns names, sorted, without those that a pattern behind `!`
/// names, wherever in the list it stands: tried with npm 11, pnpm 12, yarn 4 and bun 1.4.
pub fn matching(list: Option<Node<'_>>, project: &Project<'_>) -> Vec<Workspace> {
    let (wanted, excluded) = patterns(list);
    found(&wanted, &excluded, project)
}

fn texts(list: Option<Node<'_>>) -> impl Iterator<Item = &str> {
    list.into_iter().flat_map(|list| list.items()).filter_map(|item| item.text())
}

/// The patterns of a list, and those behind `!`.
fn patterns(list: Option<Node<'_>>) -> (Patterns, Patterns) {
    let (excluded, wanted): (Vec<&str>, Vec<&str>) = texts(list).partition(|text| text.starts_with('!'));
    let of_manifests = |pattern: &str| {
        let pattern = pattern.trim_start_matches('!').trim_start_matches("./").trim_end_matches('/');
        // The tools look for manifests, so `a/**` finds `a` itself, too.
        paths::file_in(pattern, "package.json")
    };
    let all = |texts: Vec<&str>| Patterns::of(texts.into_iter().map(of_manifests));
    (all(wanted), all(excluded))
}

fn found(wanted: &Patterns, excluded: &Patterns, project: &Project<'_>) -> Vec<Workspace> {
    let found = folders(wanted, excluded, "package.json", project);
    found.into_iter().filter_map(|location| workspace(location, project)).collect()
}

/// The folders with a file of this name that a list of patterns names, sorted.
pub fn folders_with(list: Option<Node<'_>>, name: &str, project: &Project<'_>) -> Vec<String> {
    let (wanted, excluded) = patterns(list);
    folders(&wanted, &excluded, name, project)
}

fn folders(wanted: &Patterns, excluded: &Patterns, name: &str, project: &Project<'_>) -> Vec<String> {
    let fits = |patterns: &Patterns, location: &str| {
        let manifest = paths::file_in(location, "package.json");
        let mut globs =
            patterns.globs.iter().filter(|glob| steps_up(glob.glob().glob()) == steps_up(location));
        patterns.paths.contains(&manifest) || globs.any(|glob| glob.is_match(&manifest))
    };
    // A pattern may begin further up.
    let written = wanted.globs.iter().map(|glob| glob.glob().glob());
    let written = written.chain(wanted.paths.iter().map(String::as_str));
    let steps = written.map(steps_up).max().unwrap_or_default();
    let start = paths::ancestors(project.folder).take(steps + 1).last().unwrap_or_default();
    let folders = project.folders.with(name, start);
    let mut found: Vec<String> = folders
        .map(|folder| paths::relative(folder, project.folder))
        .filter(|location| location != "." && !location.split('/').any(|part| part == "node_modules"))
        .filter(|location| fits(wanted, location) && !fits(excluded, location))
        .collect();
    crate::sorted::by(&mut found, Ord::cmp);
    found
}

/// How many folders a pattern goes up before it goes down.
fn steps_up(pattern: &str) -> usize {
    pattern.split('/').take_while(|part| *part == "..").count()
}

fn workspace(location: String, project: &Project<'_>) -> Option<Workspace> {
    let folder = paths::join(project.folder, &location)?;
    let source = project.text(&paths::file_in(&folder, "package.json"))?;
    let name = source.tree(Syntax::Json).root().and_then(|root| root.get("name")?.as_str());
    let name = name.unwrap_or(paths::split(&location).1).to_owned();
    Some(Workspace { location, name, source })
}

/// True if the manifest asks for packages, no workspace above it does so in its place, and the project uses this
/// tool: the one that `packageManager` names, npm where it names none.
pub fn wants_lock(manifest: &Source, project: &Project<'_>, tool: &str) -> bool {
    let Some(root) = manifest.tree(Syntax::Json).root() else { return false };
    let named = root.get("packageManager").and_then(|node| node.text()?.split('@').next());
    let in_workspace = || {
        paths::ancestors(project.folder).skip(1).any(|folder| {
            let source = project.text(&paths::file_in(folder, "package.json"));
            source.is_some_and(|source| {
                source.tree(Syntax::Json).root().is_some_and(|root| root.get("workspaces").is_some())
            })
        })
    };
    let asks = |name: &str| root.get(name).is_some_and(|table| table.entries().len() > 0);
    let asks = asks("dependencies") || asks("devDependencies") || asks("optionalDependencies");
    asks && named.unwrap_or("npm") == tool && !in_workspace()
}

/// The sources that manifests and `.npmrc` name.
pub fn declared(manifest: Node<'_>, workspaces: &[Workspace], project: &Project<'_>) -> Declared {
    let mut declared = Declared::default();
    if let Some(source) = project.text(&project.beside(".npmrc")) {
        let settings = source.text().lines().filter_map(|line| line.trim().split_once('='));
        let registries = settings.filter(|(key, _)| {
            let key = key.trim();
            key == "registry" || key.ends_with(":registry")
        });
        declared.hosts.extend(registries.filter_map(|(_, url)| host(url.trim().trim_matches(['"', '\'']))));
    }
    let manifests = workspaces.iter().filter_map(Workspace::root).chain([manifest]);
    manifests.flat_map(|manifest| edges(manifest, true)).for_each(|edge| declare(edge.spec, &mut declared));
    for (_, value) in manifest.get("overrides").into_iter().flat_map(|table| table.entries()) {
        let text = value.as_str().filter(|text| scheme(text).is_some());
        declared.urls.extend(text.map(comparable_url));
    }
    declared
}

/// Adds the source that a specifier names itself, if it does.
pub fn declare(spec: &str, declared: &mut Declared) {
    // Ranges of versions are by far the most.
    if !spec.contains([':', '/']) {
        return;
    }
    match Spec::of(spec) {
        Spec::Git(repository, _) => declared.urls.push(repository),
        Spec::Remote(url) => {
            let url = comparable_url(&url);
            // yarn clones the repository that GitHub makes an archive of.
            if let Some((repository, _)) = url.split_once("/tarball/") {
                declared.urls.push(repository.to_owned());
            }
            declared.urls.push(url);
        }
        _ if spec.trim().starts_with("jsr:") => declared.hosts.push(JSR.to_owned()),
        _ => {}
    }
}

/// Where JSR serves its packages to tools that are made for npm.
pub const JSR: &str = "npm.jsr.io";

/// True if `.npmrc` of the project says that peers do not matter.
pub fn ignores_peers(project: &Project<'_>) -> bool {
    says(project, &["legacy-peer-deps=true", "force=true"])
}

/// True if `.npmrc` of the project says that no scripts of packages are run.
pub fn ignores_scripts(project: &Project<'_>) -> bool {
    says(project, &["ignore-scripts=true"])
}

/// True if a line of `.npmrc` is one of these.
fn says(project: &Project<'_>, wanted: &[&str]) -> bool {
    let Some(source) = project.text(&project.beside(".npmrc")) else { return false };
    let words = |line: &str| line.split_whitespace().collect::<String>();
    source.text().lines().map(words).any(|line| wanted.contains(&line.as_str()))
}

/// The packages of the lockfile that a list in the settings names.
pub fn of_names<'n>(lock: &Lock<'_>, names: impl Iterator<Item = &'n str>) -> Vec<(String, Range<usize>)> {
    let names: Vec<&str> = names.map(descriptor_name).collect();
    let named = lock.packages.iter().filter(|package| names.contains(&&*package.name));
    named.map(|package| (package.name.to_string(), package.place.clone())).collect()
}

/// `name` of `name@version`.
fn descriptor_name(text: &str) -> &str {
    let from = usize::from(text.starts_with('@'));
    text.get(from..).and_then(|rest| rest.find('@')).map_or(text, |at| &text[..from + at])
}
