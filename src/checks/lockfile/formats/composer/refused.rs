//! What of composer.json Composer refuses before it looks at the lockfile.

use crate::checkout::Source;
use crate::tree::{Node, ProblemKind, Syntax};

use super::super::super::report::Report;
use super::constraint::Constraint;
use super::version::Version;

/// Kinds of values, as the schema of composer.json names them.
const TEXT: u8 = 1;
const MAP: u8 = 2;
const LIST: u8 = 4;
const TRUTH: u8 = 8;

/// Members of which Composer demands a kind; `*` is each of a list or mapping.
const KINDS: [(&str, u8); 49] = [
    ("name", TEXT),
    ("description", TEXT),
    ("version", TEXT),
    ("type", TEXT),
    ("minimum-stability", TEXT),
    ("homepage", TEXT),
    ("readme", TEXT),
    ("time", TEXT),
    ("target-dir", TEXT),
    ("license", TEXT | LIST),
    ("bin", TEXT | LIST),
    ("keywords", LIST),
    ("authors", LIST),
    ("funding", LIST),
    ("include-path", LIST),
    ("require", MAP),
    ("require-dev", MAP),
    ("replace", MAP),
    ("conflict", MAP),
    ("provide", MAP),
    ("suggest", MAP),
    ("support", MAP),
    ("autoload", MAP),
    ("autoload-dev", MAP),
    ("config", MAP),
    ("scripts", MAP),
    ("prefer-stable", TRUTH),
    ("extra", MAP | LIST),
    ("repositories", MAP | LIST),
    ("abandoned", TEXT | TRUTH),
    ("authors.*", MAP),
    ("keywords.*", TEXT),
    ("bin.*", TEXT),
    ("suggest.*", TEXT),
    ("autoload.psr-4", MAP),
    ("autoload.psr-4.*", TEXT | LIST),
    ("autoload.classmap", LIST),
    ("autoload.files", LIST),
    ("autoload-dev.psr-4", MAP),
    ("autoload-dev.classmap", LIST),
    ("autoload-dev.files", LIST),
    ("config.allow-plugins", MAP | TRUTH),
    ("config.allow-plugins.*", TRUTH),
    ("config.lock", TRUTH),
    ("config.optimize-autoloader", TRUTH),
    ("config.platform", MAP),
    ("config.platform.*", TEXT | TRUTH),
    ("config.sort-packages", TRUTH),
    ("config.vendor-dir", TEXT),
];

/// What `autoload` may hold.
const AUTOLOAD: [&str; 5] = ["psr-0", "psr-4", "classmap", "files", "exclude-from-classmap"];

/// Kinds of repositories.
const REPOSITORIES: [&str; 16] = [
    "composer",
    "vcs",
    "git",
    "github",
    "gitlab",
    "bitbucket",
    "git-bitbucket",
    "forgejo",
    "hg",
    "svn",
    "fossil",
    "perforce",
    "path",
    "artifact",
    "pear",
    "package",
];

/// Members that name packages with constraints.
const LINKS: [&str; 5] = ["require", "require-dev", "replace", "conflict", "provide"];

/// Values of `minimum-stability`.
const STABILITIES: [&str; 5] = ["stable", "RC", "beta", "alpha", "dev"];

/// The manifest's root; nothing, and a word about it, if it is no JSON.
pub fn root<'m>(source: &'m Source, report: &mut Report<'_>) -> Option<Node<'m>> {
    let tree = source.tree(Syntax::Json);
    let is_double = |kind: &ProblemKind| matches!(kind, ProblemKind::DuplicateKey { .. });
    let mut problems = tree.problems.iter().filter(|problem| !is_double(&problem.kind));
    let problem = problems.next();
    if problem.is_some_and(|problem| problem.is_limit()) {
        report.not_verified(format!("`{}` cannot be read, so the two were not compared", source.path()));
        return None;
    }
    let mark = source.text().starts_with('\u{feff}').then_some(0..0);
    let place = problem.map(|problem| problem.range.clone()).or(mark);
    match (tree.root(), place) {
        (Some(root), None) => Some(root),
        (_, place) => {
            let message = format!("`{}` is no JSON that composer reads", source.path());
            mend(source.at(place.unwrap_or(0..0)), message, "unreadable manifest", report);
            None
        }
    }
}

fn mend(place: crate::location::Location, message: String, subject: &str, report: &mut Report<'_>) {
    report.out_of_sync(place, message).help("mend the manifest first").subject(subject);
}

/// Reports members of a wrong kind, names and constraints that are none.
pub fn judge(manifest: Node<'_>, source: &Source, report: &mut Report<'_>) {
    for (path, kinds) in KINDS {
        let Some(node) = all_at(manifest, path).into_iter().find(|node| kind(*node) & kinds == 0) else {
            continue;
        };
        let message = match path.strip_suffix(".*") {
            Some(outer) => format!("`{outer}` holds what is of a kind that composer refuses"),
            None => format!("`{path}` is of a kind that composer refuses"),
        };
        mend(source.at_node(node), message, path, report);
    }
    let stability = manifest.get("minimum-stability").filter(|node| kind(*node) == TEXT);
    if let Some(node) = stability.filter(|node| !STABILITIES.contains(&node.text().unwrap_or_default())) {
        let message = format!("`minimum-stability` is one of {}", STABILITIES.join(", "));
        mend(source.at_node(node), message, "minimum-stability", report);
    }
    let name = manifest.get("name");
    let own = name.and_then(|name| name.as_str()).unwrap_or_default();
    if let Some(node) = name.filter(|_| !(own.is_empty() || own.contains('/') && is_name(own))) {
        mend(source.at_node(node), format!("`{own}` is no name of a package"), "name", report);
    }
    versions(manifest, source, report);
    autoload(manifest, source, report);
    repositories(manifest, source, report);
    for link in LINKS {
        for (key, value) in manifest.get(link).into_iter().flat_map(|table| table.entries()) {
            let name = key.text().unwrap_or_default();
            let is_itself = name.eq_ignore_ascii_case(own);
            let problem = match value.as_str() {
                _ if !is_name(name) => "is no name of a package",
                _ if is_itself => "is the package itself",
                _ if link == "conflict" && manifest.at(&["replace", name]).is_some() => "is replaced, too",
                Some("self.version") => continue,
                Some(text) if Constraint::parse(text).is_some() => continue,
                Some(_) => "has a constraint that composer cannot read",
                None => "has no constraint",
            };
            let place = source.at(key.range().start..value.range().end);
            mend(place, format!("`{name}` in `{link}` {problem}"), name, report);
        }
    }
}

/// The versions of the package itself and of what `config.platform` feigns.
fn versions(manifest: Node<'_>, source: &Source, report: &mut Report<'_>) {
    let all = ["version", "config.platform.*"].into_iter().flat_map(|path| all_at(manifest, path));
    for (node, text) in all.filter_map(|node| Some((node, node.as_str()?))) {
        if Version::parse(text).is_none() {
            mend(
                source.at_node(node),
                format!("`{text}` is no version that composer can read"),
                text,
                report,
            );
        }
    }
}

fn autoload(manifest: Node<'_>, source: &Source, report: &mut Report<'_>) {
    let all = manifest.get("autoload").into_iter().flat_map(|table| table.entries());
    let unknown = all.map(|(key, _)| key).filter(|key| !AUTOLOAD.contains(&key.text().unwrap_or_default()));
    let message = "is nothing that `autoload` may hold";
    let spaces = manifest.at(&["autoload", "psr-4"]).into_iter().flat_map(|table| table.entries());
    let is_open = |key: &Node<'_>| key.text().is_some_and(|name| !name.is_empty() && !name.ends_with('\\'));
    let open = spaces.map(|(key, _)| key).filter(is_open).map(|key| (key, "does not end with `\\\\`"));
    for (key, problem) in unknown.map(|key| (key, message)).chain(open) {
        let name = key.text().unwrap_or_default();
        mend(source.at_node(key), format!("`{name}` {problem}"), name, report);
    }
}

fn repositories<'m>(manifest: Node<'m>, source: &Source, report: &mut Report<'_>) {
    let Some(all) = manifest.get("repositories") else { return };
    let is_off = |node: Node<'_>| node.as_bool() == Some(false);
    let only =
        |node: Node<'m>| node.entries().next().filter(|_| node.entries().len() == 1).map(|(_, value)| value);
    for node in all_at(all, "*") {
        let kind = node.get("type").and_then(|kind| kind.as_str());
        let problem = match kind {
            Some(kind) if !REPOSITORIES.contains(&kind) => "is of a type that composer does not know",
            Some("package") if node.get("package").is_some() => continue,
            Some(_) if node.get("url").is_some() => continue,
            Some(_) => "does not say where it is",
            // `false`, or `{"packagist.org": false}` in a list, turns one off.
            None if all.is_map() && is_off(node) => continue,
            None if all.is_seq() && only(node).is_some_and(is_off) => continue,
            None => "has no type",
        };
        mend(source.at_node(node), format!("a repository {problem}"), "repositories", report);
    }
}

/// What lies at a path.
fn all_at<'m>(node: Node<'m>, path: &str) -> Vec<Node<'m>> {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let next: Vec<Node<'m>> = match key {
        "*" => node.items().chain(node.entries().map(|(_, value)| value)).collect(),
        key => node.get(key).into_iter().collect(),
    };
    match rest {
        Some(rest) => next.into_iter().flat_map(|node| all_at(node, rest)).collect(),
        None => next,
    }
}

fn kind(node: Node<'_>) -> u8 {
    match () {
        () if node.is_map() => MAP,
        () if node.is_seq() => LIST,
        () if node.as_bool().is_some() => TRUTH,
        () if node.as_str().is_some() => TEXT,
        () => 0,
    }
}

/// True for packages, which have a vendor, and for what is of PHP itself.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        part.bytes().all(allowed) && !part.is_empty()
    };
    match name.split_once('/') {
        Some((vendor, package)) => is_part(vendor) && is_part(package),
        None => {
            let name = name.to_ascii_lowercase();
            let is_extension = |start: &str| name.strip_prefix(start).is_some_and(is_part);
            let own = ["php", "hhvm", "composer", "composer-plugin-api", "composer-runtime-api"];
            own.contains(&name.as_str()) || ["php-", "ext-", "lib-"].into_iter().any(is_extension)
        }
    }
}
