//! What the lines of a mix.lock need of each other, and repositories that nobody seems to ask for.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use crate::checkout::Source;
use crate::finding::Finding;

use super::super::super::format::Project;
use super::super::super::model::{Lock, Origin, Package, comparable_url};
use super::super::super::report::Report;
use super::super::super::rules::names::NAME_MISMATCH;
use super::manifest::asked;
use super::parts;

/// What is known of the packages of a lockfile.
pub struct Known<'p> {
    project: &'p Project<'p>,
    /// The manifests.
    manifests: Vec<&'p Arc<Source>>,
    /// What they ask for, and whether that lies in a folder of this repository.
    asked: HashMap<&'p str, bool>,
    /// False if only Elixir knows all that they ask for.
    is_complete: bool,
    /// Packages of Hex by the name that they are asked for.
    lines: HashMap<&'p str, Line<'p>>,
}

/// A package of Hex.
struct Line<'p> {
    /// Its name at Hex.
    package: &'p str,
    /// What it cannot do without.
    needs: Vec<&'p str>,
    place: Range<usize>,
}

impl<'p> Known<'p> {
    /// Reads the manifests and the lockfile.
    pub fn of(manifests: impl Iterator<Item = &'p Arc<Source>>, project: &'p Project<'p>) -> Known<'p> {
        let manifests: Vec<&Arc<Source>> = manifests.collect();
        let mut known = Known {
            project,
            asked: HashMap::new(),
            is_complete: true,
            lines: lines(project.source.text()),
            manifests: Vec::new(),
        };
        for manifest in &manifests {
            let (all, is_complete) = asked(manifest.text());
            known.is_complete &= is_complete;
            all.iter().for_each(|one| *known.asked.entry(one.name).or_default() |= one.beside);
        }
        known.manifests = manifests;
        known
    }

    /// True if no words that can be read here ask for any of those repositories that no manifest names: a package of
    /// another repository may, which Mix does not record, or nobody does any more and Mix passes over the line. Packages
    /// of Hex ask for packages of Hex only.
    pub fn are_strangers_unasked(&self, lock: &Lock<'_>, urls: &HashSet<String>) -> bool {
        let is_stranger = |package: &&Package<'_>| match package.origin {
            Origin::Git(url, _) => !urls.contains(&comparable_url(url)),
            _ => false,
        };
        let mut strangers = lock.packages.iter().filter(is_stranger).map(|package| &*package.name).peekable();
        let needed: HashSet<&str> = self.lines.values().flat_map(|line| line.needs.iter().copied()).collect();
        let is_asked = |name: &str| self.asked.contains_key(name) || needed.contains(name);
        strangers.peek().is_some() && !strangers.any(is_asked)
    }

    /// Tells what is not there although it is needed, and what is another package.
    pub fn judge(&self, lock: &Lock<'_>, report: &mut Report<'_>) {
        if !self.is_complete {
            return;
        }
        let locked: HashSet<&str> = lock.packages.iter().map(|package| &*package.name).collect();
        let renamed = self.renamed();
        let mut reached: HashSet<&str> = HashSet::new();
        let mut ahead: Vec<&str> = self.asked.keys().copied().collect();
        while let Some(name) = ahead.pop() {
            let Some(line) = self.lines.get(name).filter(|_| reached.insert(name)) else { continue };
            let place = self.project.source.at(line.place.clone());
            for need in &line.needs {
                let is_beside = self.asked.get(need) == Some(&true);
                if !locked.contains(need) && !is_beside {
                    let message = format!("`{name}` needs `{need}`, and the lockfile does not hold it");
                    report.out_of_sync(place.clone(), message).subject(format!("{name} {need}"));
                }
                ahead.push(need);
            }
            if line.package != name && !renamed.contains(line.package) {
                let message = format!("`{name}` is installed as `{}`, which nobody asks for", line.package);
                report.push(
                    Finding::new(&NAME_MISMATCH, place, message)
                        .help("restore the line from git, or remove it and run `mix deps.get`; then find out who changed it")
                        .subject(name),
                );
            }
        }
    }

    /// Names at Hex under which something is asked for that is called otherwise here.
    fn renamed(&self) -> HashSet<&str> {
        let texts = self.manifests.iter().map(|source| source.text()).chain([self.project.source.text()]);
        texts.flat_map(names_at_hex).collect()
    }
}

/// What stands in `hex: :name`, `hex: :"name"` and `hex: "name"`.
fn names_at_hex(text: &str) -> impl Iterator<Item = &str> {
    let is_end = |c: char| !(c.is_alphanumeric() || c == '_' || c == '-');
    let behind = text.split("hex: ").skip(1).map(|rest| rest.strip_prefix(':').unwrap_or(rest));
    behind.filter_map(move |rest| rest.strip_prefix('"').unwrap_or(rest).split(is_end).next())
}

/// The packages of Hex. A line of another kind was found to be one of git, or was refused.
fn lines(text: &str) -> HashMap<&str, Line<'_>> {
    let read = |line| {
        let (name, tuple) = super::entry(line)?;
        let parts = parts(tuple);
        let package = parts.get(1).filter(|_| parts[0] == ":hex")?.strip_prefix(':')?;
        let list = parts.get(5)?.strip_prefix('[')?.strip_suffix(']')?;
        let start = name.as_ptr() as usize - text.as_ptr() as usize;
        Some((
            name,
            Line { package: package.trim_matches('"'), needs: needs(list), place: start..start + name.len() },
        ))
    };
    text.lines().filter_map(|line| read(line.trim())).collect()
}

/// `{:name, "~> 1.0", [hex: :name, repo: "hexpm", optional: false]}`
fn needs(list: &str) -> Vec<&str> {
    let tuples = parts(list).into_iter().filter_map(|tuple| tuple.strip_prefix("{:")?.split_once(','));
    tuples
        .filter(|(_, rest)| !rest.contains("optional: true"))
        .map(|(name, _)| name.trim_matches('"'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_read() {
        let line = r#"%{
  "jason": {:hex, :jason, "1.4.1", "aa", [:mix], [{:decimal, "~> 1.0 or ~> 2.0", [hex: :decimal, repo: "hexpm", optional: true]}, {:b, "~> 1.0", [hex: :c, repo: "hexpm", optional: false]}], "hexpm", "bb"},
  "d": {:git, "https://x.example/d.git", "00", []},
}"#;
        let all = lines(line);
        assert_eq!(all.len(), 1);
        let jason = &all["jason"];
        assert_eq!((jason.package, jason.needs.as_slice()), ("jason", &["b"][..]));
        assert_eq!(&line[jason.place.clone()], "jason");
        assert_eq!(names_at_hex(line).collect::<Vec<_>>(), ["decimal", "c"]);
        assert_eq!(names_at_hex("hex: \"a_b\" hex: :\"c\" hex: ").collect::<Vec<_>>(), ["a_b", "c", ""]);
    }
}
