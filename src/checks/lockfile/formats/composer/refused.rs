//! What of composer.json Composer refuses before it looks at the lockfile.

use crate::checkout::Source;
use crate::tree::{Node, ProblemKind, Syntax};

use super::super::super::report::Report;
use super::constraint::Constraint;

/// Kinds of values, as the schema of composer.json names them.
const TEXT: u8 = 1;
const MAP: u8 = 2;
const LIST: u8 = 4;
const TRUTH: u8 = 8;

/// Members of which Composer demands a kind.
const KINDS: [(&str, u8); 29] = [
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
    for (name, kinds) in KINDS {
        let Some(node) = manifest.get(name).filter(|node| kind(*node) & kinds == 0) else { continue };
        let message = format!("`{name}` is of a kind that composer refuses");
        mend(source.at_node(node), message, name, report);
    }
    let stability = manifest.get("minimum-stability").filter(|node| kind(*node) == TEXT);
    if let Some(node) = stability.filter(|node| !STABILITIES.contains(&node.text().unwrap_or_default())) {
        let message = format!("`minimum-stability` is one of {}", STABILITIES.join(", "));
        mend(source.at_node(node), message, "minimum-stability", report);
    }
    let own = manifest.get("name").and_then(|name| name.as_str()).unwrap_or_default();
    if let Some(node) =
        manifest.get("name").filter(|_| !(own.is_empty() || own.contains('/') && is_name(own)))
    {
        mend(source.at_node(node), format!("`{own}` is no name of a package"), "name", report);
    }
    let platform = manifest.at(&["config", "platform"]);
    let is_odd = |(_, value): &(Node<'_>, Node<'_>)| kind(*value) & (TEXT | TRUTH) == 0;
    if let Some(node) =
        platform.filter(|node| kind(*node) != MAP || node.entries().any(|entry| is_odd(&entry)))
    {
        mend(
            source.at_node(node),
            "`config.platform` holds other than versions".to_owned(),
            "platform",
            report,
        );
    }
    for link in LINKS {
        for (key, value) in manifest.get(link).into_iter().flat_map(|table| table.entries()) {
            let name = key.text().unwrap_or_default();
            let is_itself = name == own && link.starts_with("require");
            let problem = match value.as_str() {
                _ if !is_name(name) => "is no name of a package",
                _ if is_itself => "is the package itself",
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
