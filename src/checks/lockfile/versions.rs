//! Which version of a tool the repository names, and whether its lockfile is one that this version can use.

use std::collections::BTreeMap;

use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};
use crate::tree::{Node, Syntax};

use super::format::{Format, Project};
use super::paths;

/// A lockfile of another version than the tool's.
pub static WRONG_VERSION: Rule = Rule {
    id: "lockfile/wrong-version",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "the lockfile is not of the version that the named version of the tool uses",
    allow: None,
};

/// Tools of which the version makes a difference, sorted.
pub const TOOLS: [&str; 8] = ["bun", "cargo", "deno", "npm", "pnpm", "poetry", "uv", "yarn"];

/// True for what can stand for versions of a tool.
pub fn is_version(text: &str) -> bool {
    span(text).is_some()
}

/// Versions of tools by name, as the setting `tool-versions` has them.
pub type ToolVersions = BTreeMap<String, String>;

/// No versions.
pub static UNNAMED: ToolVersions = ToolVersions::new();

/// Major and minor version.
type Version = (u64, u64);

/// The version of a tool that the repository names.
pub struct Named {
    /// As it is written.
    pub text: String,
    /// Where, unless it is the settings file.
    pub place: Option<Location>,
    /// The oldest that is meant.
    pub oldest: Version,
    /// The newest that is meant; absent: any later one.
    pub newest: Option<Version>,
}

impl Named {
    fn of(text: &str, place: Option<Location>) -> Option<Named> {
        let (oldest, newest) = span(text)?;
        Some(Named { text: text.to_owned(), place, oldest, newest })
    }
}

/// The version of a tool that holds in a lockfile's folder: that of the settings, of the tool's own key in a
/// manifest, or of a version manager's file, in this order; of several files of a kind the nearest.
pub fn named(tool: &str, project: &Project<'_>) -> Option<Named> {
    if let Some(text) = project.tool_versions.get(tool) {
        return Named::of(text, None);
    }
    let own = match tool {
        "npm" | "pnpm" | "yarn" | "bun" => package_manager(tool, project),
        "cargo" => toolchain(project),
        "poetry" => at(project, "pyproject.toml", &["tool", "poetry", "requires-poetry"]),
        _ => None,
    };
    own.or_else(|| managed(tool, project))
}

/// `packageManager` or `devEngines.packageManager` of the nearest package.json that has one.
fn package_manager(tool: &str, project: &Project<'_>) -> Option<Named> {
    for folder in paths::ancestors(project.folder) {
        let Some(source) = project.text(&paths::file_in(folder, "package.json")) else { continue };
        let Some(root) = source.tree(Syntax::Json).root() else { continue };
        if let Some(node) = root.get("packageManager") {
            let (name, version) = node.text()?.split_once('@')?;
            // A hash of the tool may follow.
            let version = version.split('+').next().unwrap_or(version);
            return Named::of(version, Some(source.at_node(node))).filter(|_| name == tool);
        }
        let Some(engines) = root.at(&["devEngines", "packageManager"]) else { continue };
        let several: Vec<Node<'_>> = if engines.is_seq() { engines.items().collect() } else { vec![engines] };
        let own =
            several.into_iter().find(|node| node.get("name").and_then(|name| name.text()) == Some(tool));
        let node = own?.get("version")?;
        return Named::of(node.text()?, Some(source.at_node(node)));
    }
    None
}

/// The channel of rust-toolchain.toml, if it is a version.
fn toolchain(project: &Project<'_>) -> Option<Named> {
    paths::ancestors(project.folder).find_map(|folder| {
        ["rust-toolchain.toml", "rust-toolchain"].iter().find_map(|name| {
            let source = project.text(&paths::file_in(folder, name))?;
            let line = source.text().lines().next()?.trim();
            if *name == "rust-toolchain" && !line.starts_with('[') {
                return Named::of(line, Some(source.at(0..line.len())));
            }
            let node = source.tree(Syntax::Toml).root()?.at(&["toolchain", "channel"])?;
            Named::of(node.text()?, Some(source.at_node(node)))
        })
    })
}

fn at(project: &Project<'_>, name: &str, path: &[&str]) -> Option<Named> {
    let source = project.text(&project.beside(name))?;
    let node = source.tree(Syntax::Toml).root()?.at(path)?;
    Named::of(node.text()?, Some(source.at_node(node)))
}

/// The version in a file of asdf or mise.
fn managed(tool: &str, project: &Project<'_>) -> Option<Named> {
    let tool = if tool == "cargo" { "rust" } else { tool };
    paths::ancestors(project.folder).find_map(|folder| {
        if let Some(source) = project.text(&paths::file_in(folder, ".tool-versions")) {
            let mut start = 0;
            for line in source.text().split_inclusive('\n') {
                let at = start;
                start += line.len();
                let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
                if words.next() == Some(tool) {
                    return Named::of(words.next()?, Some(source.at(at..at + line.trim_end().len())));
                }
            }
        }
        ["mise.toml", ".mise.toml"].iter().find_map(|name| {
            let source = project.text(&paths::file_in(folder, name))?;
            let node = source.tree(Syntax::Toml).root()?.at(&["tools", tool])?;
            let node = node.get("version").unwrap_or(node);
            Named::of(node.text()?, Some(source.at_node(node)))
        })
    })
}

/// The oldest and the newest version that a text means: `9.1.2`, `9`, `^9.1`, `~9.1`, `>=9,<11`. Nothing for
/// what is no version, such as `latest`.
fn span(text: &str) -> Option<(Version, Option<Version>)> {
    const ANY: u64 = u64::MAX;
    let mut result: Option<(Version, Option<Version>)> = None;
    for part in text.split([' ', ',']).filter(|part| !part.is_empty()) {
        let at = part.find(|c: char| !matches!(c, '^' | '~' | '>' | '<' | '=' | 'v'))?;
        let (sign, digits) = part.split_at(at);
        let mut numbers = digits.split(['.', '-', '+']).map_while(|number| number.parse::<u64>().ok());
        let major = numbers.next()?;
        let minor = numbers.next();
        let low = (major, minor.unwrap_or(0));
        let (oldest, newest) = match sign.trim_end_matches('v') {
            "" | "=" | "==" => (low, Some((major, minor.unwrap_or(ANY)))),
            "^" => (low, Some((major, ANY))),
            "~" | "~=" => (low, Some((major, minor.unwrap_or(ANY)))),
            ">=" | ">" => (low, None),
            "<=" => ((0, 0), Some((major, minor.unwrap_or(ANY)))),
            "<" if low.1 > 0 => ((0, 0), Some((major, low.1 - 1))),
            "<" => ((0, 0), Some((major.checked_sub(1)?, ANY))),
            _ => return None,
        };
        result = Some(match result {
            None => (oldest, newest),
            Some((low, high)) => (
                low.max(oldest),
                match (high, newest) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                },
            ),
        });
    }
    result
}

/// What a version of a lockfile asks of its tool. As their documentation, their sources and their users have it in
/// November 2026.
struct Asks {
    /// The oldest version of the tool that reads it, and what earlier ones do.
    since: (Version, &'static str),
    /// The first version of the tool that wants another one, and what it does.
    ended: Option<(Version, &'static str)>,
}

const IGNORES: &str = "does not take it for a lockfile, and a frozen install fails";
const REFUSES: &str = "refuses it";
const REWRITES: &str = "would rewrite it, which a frozen install refuses";

/// Versions of the lockfile that yarn 2 and later wrote, and the first yarn that writes another one. Found by running
/// yarn 3.0 to 4.18 in November 2026.
const YARN_WRITES: [(&str, Version); 6] =
    [("4", (3, 1)), ("5", (3, 2)), ("6", (4, 0)), ("7", (4, 0)), ("8", (4, 14)), ("9", (4, 15))];

/// The version of the lockfile as it is shown, where it stands, and what it asks; nothing where every version of the
/// tool reads it.
fn asks<'s>(format: &dyn Format, project: &Project<'s>) -> Option<(String, std::ops::Range<usize>, Asks)> {
    let source = project.source;
    let node = |path: &[&str], syntax: Syntax| -> Option<Node<'s>> {
        let tree = source.tree(syntax);
        tree.documents().last()?.at(path)
    };
    let version = |path: &[&str], syntax: Syntax| {
        let node = node(path, syntax)?;
        Some((node.text()?.to_owned(), node.range()))
    };
    let asks = |since, words| Asks { since: (since, words), ended: None };
    let until = |since, words, ended, then| Asks { since: (since, words), ended: Some((ended, then)) };
    let (shown, place) = match format.tool() {
        "pnpm" => version(&["lockfileVersion"], Syntax::Yaml)?,
        "npm" | "bun" => version(&["lockfileVersion"], Syntax::Json)?,
        "cargo" | "deno" => {
            let syntax = if format.tool() == "cargo" { Syntax::Toml } else { Syntax::Json };
            version(&["version"], syntax)?
        }
        "poetry" => version(&["metadata", "lock-version"], Syntax::Toml)?,
        "yarn" => match format.syntax(source) {
            Some(_) => {
                ("of yarn 2 and later".to_owned(), node(&["__metadata", "version"], Syntax::Yaml)?.range())
            }
            None => {
                let line = source.text().lines().next().unwrap_or_default().len();
                ("of yarn 1".to_owned(), 0..line)
            }
        },
        _ => return None,
    };
    let asked = match (format.tool(), shown.split('.').next().unwrap_or_default()) {
        ("pnpm", "9") => asks((9, 0), IGNORES),
        ("pnpm", "6") => until((7, 24), IGNORES, (10, 0), IGNORES),
        ("pnpm", "5") => until((3, 0), IGNORES, (9, 0), IGNORES),
        // Before npm 7 only `dependencies` is read, which version 3 does not have.
        ("npm", "3") => asks((7, 0), "does not see the packages in it"),
        // Earlier ones know the binary form alone.
        ("bun", _) => asks((1, 1), IGNORES),
        ("cargo", "4") => asks((1, 78), REFUSES),
        ("cargo", "3") => asks((1, 53), REFUSES),
        ("deno", "5") => asks((2, 3), REFUSES),
        ("deno", "4") => asks((2, 0), REFUSES),
        ("poetry", "2") => asks((1, 3), REFUSES),
        ("yarn", "of yarn 1") => until((0, 0), REWRITES, (2, 0), REWRITES),
        ("yarn", _) => {
            let number = node(&["__metadata", "version"], Syntax::Yaml).and_then(|node| node.text());
            match YARN_WRITES.iter().find(|(written, _)| Some(*written) == number) {
                Some((_, ended)) => until((2, 0), "cannot read it", *ended, REWRITES),
                None => asks((2, 0), "cannot read it"),
            }
        }
        _ => return None,
    };
    Some((shown, place, asked))
}

/// Holds the version of a lockfile against the version of its tool that the repository names.
pub fn judge(format: &dyn Format, project: &Project<'_>, repair: &str, record: &mut Record) {
    let Some((shown, place, asks)) = asks(format, project) else { return };
    let Some(named) = named(format.tool(), project) else { return };
    let (since, before) = asks.since;
    let too_old = named.newest.is_some_and(|newest| newest < since);
    let too_new = asks.ended.filter(|(ended, _)| named.oldest >= *ended);
    let otherwise = match (too_old, too_new) {
        (true, _) => before,
        (false, Some((_, then))) => then,
        (false, None) => return,
    };
    let tool = format.tool();
    let version = if shown.starts_with("of ") { shown } else { format!("of version {shown}") };
    let message = format!(
        "the lockfile is {version}, and the repository names {tool} {}, which {otherwise}",
        named.text
    );
    let help = match too_old {
        true => format!(
            "name {tool} {}.{} or later, or write the lockfile with the {tool} that is named: {repair}",
            since.0, since.1
        ),
        false => format!("write the lockfile with the {tool} that is named: {repair}"),
    };
    let mut finding =
        Finding::new(&WRONG_VERSION, project.source.at(place), message).help(help).subject(tool);
    if let Some(place) = named.place {
        // What is named further up may not be meant for a folder that nobody installs in, such as an example.
        let is_here = place.in_file().is_none_or(|(path, _)| paths::split(path).0 == project.folder);
        finding = if is_here { finding } else { finding.severity(Severity::Warning) };
        finding = finding.related(place, "the version that is named");
    }
    record.push(finding);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_mean_spans_of_versions() {
        const ANY: u64 = u64::MAX;
        assert_eq!(span("9.1.2+sha512.abc"), Some(((9, 1), Some((9, 1)))));
        assert_eq!(span("9"), Some(((9, 0), Some((9, ANY)))));
        assert_eq!(span("v1.22.22"), Some(((1, 22), Some((1, 22)))));
        assert_eq!(span("^9.1"), Some(((9, 1), Some((9, ANY)))));
        assert_eq!(span(">=1.8,<2.0"), Some(((1, 8), Some((1, ANY)))));
        assert_eq!(span(">=9 <11.3"), Some(((9, 0), Some((11, 2)))));
        assert_eq!(span(">=2.0"), Some(((2, 0), None)));
        assert_eq!(span("stable"), None);
        assert_eq!(span("nightly-2026-01-01"), None);
        assert_eq!(span(""), None);
    }
}
