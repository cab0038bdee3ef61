//! Cargo.lock, versions 1 to 4.

mod by_name;
mod features;
mod manifest;
mod refused;
mod sync;
mod whole;
mod workspace;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

use ci_guard_scan::{compare, leading, same};

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package};
use super::super::paths;
use super::super::report::Report;

/// Cargo.lock.
pub struct Cargo;

/// The index of crates.io as Cargo.lock has always written it, and as it is really fetched.
const CRATES_IO: [&str; 2] =
    ["registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/"];

/// What Cargo up to 1.95 writes.
const NEWEST: i64 = 4;

impl Format for Cargo {
    fn ecosystem(&self) -> &'static str {
        "cargo"
    }

    fn tool(&self) -> &'static str {
        "cargo"
    }

    fn names(&self) -> &'static [&'static str] {
        &["Cargo.lock"]
    }

    fn manifest(&self) -> &'static str {
        "Cargo.toml"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Toml)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        &["index.crates.io", "static.crates.io"]
    }

    fn repair(&self) -> &'static str {
        "cargo update --workspace"
    }

    fn create(&self) -> &'static str {
        "cargo generate-lockfile"
    }

    fn refuses_unreachable(&self) -> bool {
        true
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Toml)?;
        let start = root.range().start;
        if root.entries().len() == 0 {
            return Err(Unreadable::malformed("the file is empty", start..start));
        }
        if let Some(version) = root.get("version")
            && !version.as_int().is_some_and(|number| (1..=NEWEST).contains(&number))
        {
            let found = version.text().unwrap_or("of no kind").to_owned();
            return Err(Unreadable::Version { found, known: "1 to 4", place: version.range() });
        }
        let entries = entries(root)?;
        let checksums = checksums(root);
        let names = Names::of(&entries);
        let mut lock = Lock { packages: Vec::with_capacity(entries.len()), ..Lock::default() };
        for (index, entry) in entries.iter().enumerate() {
            let needs = entry.needs(&entries, &names)?;
            if entry.source.is_none() {
                lock.roots.push(index);
            }
            lock.packages.push(Package {
                name: Cow::Borrowed(entry.name),
                version: Cow::Borrowed(entry.version),
                origin: entry.origin(),
                files: entry.files(&checksums),
                needs,
                place: entry.place.clone(),
            });
        }
        Ok(lock)
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let Ok(root) = project.root(Syntax::Toml) else { return Declared::default() };
        sync::compare(root, lock, project, report)
    }

    fn wants_lock(&self, manifest: &Source, project: &Project<'_>) -> bool {
        let tree = manifest.tree(Syntax::Toml);
        let Some(root) = tree.root() else { return false };
        let above = paths::ancestors(project.folder).skip(1);
        let mut workspaces = above.filter_map(|folder| project.text(&paths::file_in(folder, "Cargo.toml")));
        let in_workspace = workspaces.any(|source| {
            let root = source.tree(Syntax::Toml).root();
            root.is_some_and(|root| root.get("workspace").is_some())
        });
        let is_root = root.get("workspace").is_some();
        is_root || (!in_workspace && manifest::dependency_tables(root).next().is_some())
    }
}

/// A `[[package]]`.
pub(super) struct Entry<'s> {
    name: &'s str,
    version: &'s str,
    source: Option<&'s str>,
    /// Its source without the commit; empty if it has none.
    plain: &'s str,
    /// Where the name is written.
    place: Range<usize>,
    checksum: Option<Node<'s>>,
    dependencies: Option<Node<'s>>,
    /// True if another package stands in for it.
    is_replaced: bool,
}

impl<'s> Entry<'s> {
    fn key(&self) -> Key<'s> {
        (self.name, self.version, self.plain)
    }

    /// The indexes of the packages that it needs.
    fn needs(&self, entries: &[Entry<'_>], names: &Names) -> Result<Vec<usize>, Unreadable> {
        let mut needs = Vec::with_capacity(self.dependencies.map_or(0, |list| list.items().len()));
        for node in self.written() {
            let text = node.text().unwrap_or_default();
            needs.push(names.need(entries, text).ok_or_else(|| {
                let message = format!("`{}` needs `{text}`, which the file does not hold", self.name);
                Unreadable::malformed(message, node.range())
            })?);
        }
        Ok(needs)
    }

    /// What it says it needs.
    fn written(&self) -> impl Iterator<Item = Node<'s>> + use<'s> {
        self.dependencies.into_iter().flat_map(|list| list.items())
    }

    fn origin(&self) -> Origin<'s> {
        let Some(source) = self.source else { return Origin::Local };
        if CRATES_IO.iter().any(|known| same(known.as_bytes(), source.as_bytes())) {
            return Origin::Registry("https://index.crates.io/");
        }
        match source.split_once('+') {
            Some(("git", url)) => {
                let (url, commit) =
                    url.split_once('#').map_or((url, None), |(url, commit)| (url, Some(commit)));
                Origin::Git(url.split('?').next().unwrap_or(url), commit)
            }
            Some(("registry" | "sparse", url)) => Origin::Registry(url),
            // Folders and local registries.
            _ => Origin::Local,
        }
    }

    fn files(&self, checksums: &HashMap<&'s str, Node<'s>>) -> Few<File<'s>> {
        let Origin::Registry(_) = self.origin() else { return Few::none() };
        let key = || format!("checksum {} {} ({})", self.name, self.version, self.source.unwrap_or_default());
        let old = || checksums.get(key().as_str()).copied();
        let checksum = self.checksum.or_else(old).filter(|node| node.text() != Some("<none>"));
        let hash = checksum.map(|node| Hash {
            algorithm: "sha256",
            digest: node.text().unwrap_or_default(),
            encoding: Encoding::Hex,
            place: node.range(),
        });
        let hashes = hash.into_iter().collect();
        Few::One(File { url: None, name: "", hashes, needs_hash: true, place: self.place.clone() })
    }
}

pub(super) fn entries(root: Node<'_>) -> Result<Vec<Entry<'_>>, Unreadable> {
    // Cargo before 1.18 kept the package of the folder itself apart.
    let apart = root.get("root").into_iter();
    let list = root.get("package");
    let mut entries = Vec::with_capacity(list.map_or(0, |list| list.items().len()) + 1);
    for node in apart.chain(list.into_iter().flat_map(|list| list.items())) {
        entries.push(entry(node)?);
    }
    Ok(entries)
}

fn entry<'s>(node: Node<'s>) -> Result<Entry<'s>, Unreadable> {
    let keys = ["name", "version", "source", "checksum", "dependencies", "replace"];
    let [written, version, source, checksum, dependencies, replace] = node.get_each(keys);
    let text = |value: Option<Node<'s>>| value.and_then(|value| value.as_str());
    let (Some(name), Some(version)) = (text(written), text(version)) else {
        return Err(Unreadable::malformed(
            "a package has no name or no version",
            node.range().start..node.range().start,
        ));
    };
    let place = written.map_or(node.range(), |name| name.range());
    let source = text(source);
    let plain = source.map_or("", plain);
    let is_replaced = replace.is_some();
    Ok(Entry { name, version, source, plain, place, checksum, dependencies, is_replaced })
}

/// Entries in the order of name, version and source, each with the beginning of its name: most names differ there.
pub(super) struct Names(Vec<(u64, u32)>);

impl Names {
    fn of(entries: &[Entry<'_>]) -> Names {
        let begins = entries.iter().map(|entry| leading(entry.name.as_bytes()));
        let mut all: Vec<(u64, u32)> = begins.zip(0..).collect();
        // Cargo writes them nearly so; only where it does not is there something to be moved.
        let keys = |a: u32, b: u32| order(entries[a as usize].key(), entries[b as usize].key());
        all.sort_by(|(begin, a), (other, b)| begin.cmp(other).then_with(|| keys(*a, *b)));
        Names(all)
    }

    /// The entries whose names begin alike, and what stands behind those.
    fn from(&self, name: &str) -> (u64, &[(u64, u32)]) {
        let begin = leading(name.as_bytes());
        (begin, &self.0[self.0.partition_point(|(other, _)| *other < begin)..])
    }

    /// The entries whose names begin alike.
    fn near(&self, name: &str) -> &[(u64, u32)] {
        let (begin, rest) = self.from(name);
        &rest[..rest.partition_point(|(other, _)| *other == begin)]
    }

    /// The entries of a name.
    pub(super) fn named<'e>(
        &'e self,
        entries: &'e [Entry<'_>],
        name: &str,
    ) -> impl Iterator<Item = usize> + use<'e> {
        let near = self.near(name);
        let from = near.partition_point(|(_, index)| entries[*index as usize].name < name);
        let count = near[from..].partition_point(|(_, index)| entries[*index as usize].name == name);
        near[from..from + count].iter().map(|(_, index)| *index as usize)
    }

    /// The entry that `name`, `name version` or `name version (source)` means.
    fn need(&self, entries: &[Entry<'_>], text: &str) -> Option<usize> {
        let (name, rest) = split_at(text, b' ');
        let (version, source) = if rest.is_empty() { ("", "") } else { split_at(rest, b' ') };
        // Edges of older files repeat the commit, and it is the same source without.
        let source = if source.is_empty() { "" } else { plain(source.trim_matches(['(', ')'])) };
        let fits = |index: usize| {
            let (known, known_version, known_source) = entries[index].key();
            same(name.as_bytes(), known.as_bytes())
                && (version.is_empty() || version == known_version)
                && (source.is_empty() || source == known_source)
        };
        // Hardly any name begins as many others do.
        let (begin, rest) = self.from(name);
        let few = rest.iter().take(FEW).take_while(|(other, _)| *other == begin);
        let found = few.map(|(_, index)| *index as usize).find(|index| fits(*index));
        if found.is_some() || rest.get(FEW).is_none_or(|(other, _)| *other != begin) {
            return found;
        }
        let wanted = (name, version, source);
        let near = self.near(name);
        let from = near.partition_point(|(_, index)| order(entries[*index as usize].key(), wanted).is_lt());
        Some(near.get(from)?.1 as usize).filter(|index| fits(*index))
    }
}

/// Entries up to which each is looked at.
const FEW: usize = 16;

/// A name, a version and a source: by what an entry is found.
type Key<'s> = (&'s str, &'s str, &'s str);

/// Compares names, then versions, then sources.
fn order(a: Key<'_>, b: Key<'_>) -> Ordering {
    let texts = [(a.0, b.0), (a.1, b.1), (a.2, b.2)];
    let mut orders = texts.into_iter().map(|(a, b)| compare(a.as_bytes(), b.as_bytes()));
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// A source without its commit.
fn plain(source: &str) -> &str {
    split_at(source, b'#').0
}

/// What stands before a byte of ASCII, and what stands behind it.
fn split_at(text: &str, byte: u8) -> (&str, &str) {
    memchr::memchr(byte, text.as_bytes()).map_or((text, ""), |at| (&text[..at], &text[at + 1..]))
}

/// Version 1 keeps checksums in a table of their own.
fn checksums<'s>(root: Node<'s>) -> HashMap<&'s str, Node<'s>> {
    let table = root.get("metadata").into_iter().flat_map(|table| table.entries());
    table.filter_map(|(key, value)| Some((key.text()?, value))).collect()
}
