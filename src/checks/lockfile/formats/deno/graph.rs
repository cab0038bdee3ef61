//! What deno.lock says of who needs whom, in versions 4 and 5.

use std::collections::HashMap;
use std::slice::from_ref;

use crate::tree::Node;

use super::super::super::model::{Lock, MOST_EDGES};

/// Fills in what each package needs, and where all begins. Where one thing cannot be found, or too much, nothing is judged.
pub(super) fn connect(root: Node<'_>, lock: &mut Lock<'_>) {
    let Some((roots, needs)) = edges(root) else { return };
    lock.roots = roots;
    // Modules come with programs, which are not read.
    lock.roots.extend(needs.len()..lock.packages.len());
    for (package, needs) in lock.packages.iter_mut().zip(needs) {
        package.needs = needs;
    }
}

/// A package of npm that a specifier or another package names and that the file does not hold: deno calls such a file
/// corrupt. There is none where [`connect`] has found all.
pub(super) fn lacking<'s>(root: Node<'s>) -> Option<(String, Node<'s>)> {
    let packages = || root.get("npm").into_iter().flat_map(|table| table.entries());
    let mut index = Index::default();
    index.npm.reserve(root.get("npm").map_or(0, |table| table.entries().len()));
    for (place, (key, _)) in packages().enumerate() {
        index.npm.add(key.text()?, place);
    }
    let specifiers = root.get("specifiers").into_iter().flat_map(|table| table.entries());
    let named = specifiers.filter_map(|(key, version)| {
        let name = super::split(key.text()?.strip_prefix("npm:")?).0;
        Some((format!("{name}@{}", version.text()?), version))
    });
    let by_specifier = named.into_iter().find(|(title, _)| index.exact("npm", title).is_none());
    let lists = ["dependencies", "optionalDependencies"];
    let needed = packages().flat_map(|(_, node)| lists.map(|list| node.get(list))).flatten();
    let mut needed = needed.flat_map(|list| list.items()).filter_map(|item| Some((item.text()?, item)));
    by_specifier.or_else(|| {
        let (title, item) = needed.find(|(title, _)| index.find("npm", title).is_none())?;
        Some((title.to_owned(), item))
    })
}

/// The packages that the project names, and those that each package needs, by their place in the file.
fn edges(root: Node<'_>) -> Option<(Vec<usize>, Vec<Vec<usize>>)> {
    let mut index = Index::default();
    let mut nodes = Vec::new();
    for name in ["npm", "jsr"] {
        let table = root.get(name);
        let section = index.section(name);
        section.reserve(table.map_or(0, |table| table.entries().len()));
        for (key, node) in table.into_iter().flat_map(|table| table.entries()) {
            section.add(key.text()?, nodes.len());
            nodes.push((name, node));
        }
    }
    let mut roots = Vec::new();
    for (key, version) in root.get("specifiers").into_iter().flat_map(|table| table.entries()) {
        let (specifier, version) = (key.text()?, version.text()?);
        let (section, rest) = specifier.split_once(':')?;
        let place = index.exact(section, &format!("{}@{version}", super::split(rest).0))?;
        index.specifiers.insert(specifier, place);
        roots.push(place);
    }
    let (mut needs, mut number) = (Vec::new(), 0);
    for (section, node) in nodes {
        let mut own = Vec::new();
        for list in ["dependencies", "optionalDependencies", "optionalPeers"] {
            for item in node.get(list).into_iter().flat_map(|list| list.items()) {
                match index.find(section, item.text()?) {
                    Some(found) => {
                        number += found.len();
                        if number > MOST_EDGES {
                            return None;
                        }
                        own.extend(found);
                    }
                    None if list == "optionalPeers" => {}
                    None => return None,
                }
            }
        }
        needs.push(own);
    }
    Some((roots, needs))
}

/// Packages by section, and by what asks for them.
#[derive(Default)]
struct Index<'s> {
    npm: Section<'s>,
    jsr: Section<'s>,
    specifiers: HashMap<&'s str, usize>,
}

/// The packages of a registry, by key and by name.
#[derive(Default)]
struct Section<'s> {
    keys: HashMap<&'s str, usize>,
    names: HashMap<&'s str, Vec<usize>>,
}

impl<'s> Index<'s> {
    fn section(&mut self, name: &str) -> &mut Section<'s> {
        if name == "jsr" { &mut self.jsr } else { &mut self.npm }
    }

    fn exact(&self, section: &str, key: &str) -> Option<usize> {
        let section = match section {
            "npm" => &self.npm,
            "jsr" => &self.jsr,
            _ => return None,
        };
        section.keys.get(key).copied()
    }

    /// `name`, `name@version`, `alias@npm:name@version`, or a specifier such as `jsr:@std/path@1`.
    fn find(&self, section: &str, text: &str) -> Option<&[usize]> {
        let (mut is_jsr, mut text) = (section == "jsr", text);
        if memchr::memchr(b':', text.as_bytes()).is_some() {
            // Packages of npm name others as the file does, and not as somebody asks for them.
            if let Some(place) = self.specifiers.get(text).filter(|_| is_jsr) {
                return Some(from_ref(place));
            }
            if let Some((_, rest)) = text.split_once("npm:").or_else(|| text.split_once("jsr:")) {
                (is_jsr, text) = (text.contains("jsr:"), rest);
            }
        }
        let section = if is_jsr { &self.jsr } else { &self.npm };
        let name = super::split(text).0;
        // Most have no version, and no key is without one.
        let exact = (name.len() < text.len()).then(|| section.keys.get(text).map(from_ref)).flatten();
        exact.or_else(|| section.names.get(name).map(Vec::as_slice))
    }
}

impl<'s> Section<'s> {
    /// Makes room for so many.
    fn reserve(&mut self, number: usize) {
        self.keys.reserve(number);
        self.names.reserve(number);
    }

    fn add(&mut self, key: &'s str, place: usize) {
        self.keys.insert(key, place);
        self.names.entry(super::split(key).0).or_default().push(place);
    }
}
