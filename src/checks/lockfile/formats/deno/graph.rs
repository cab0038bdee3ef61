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
/// corrupt.
pub(super) fn lacking<'s>(root: Node<'s>) -> Option<(String, Node<'s>)> {
    let packages = || root.get("npm").into_iter().flat_map(|table| table.entries());
    let mut index = Index::default();
    for (place, (key, _)) in packages().enumerate() {
        index.add("npm", key.text()?, place);
    }
    let specifiers = root.get("specifiers").into_iter().flat_map(|table| table.entries());
    let named = specifiers.filter_map(|(key, version)| {
        let name = super::split(key.text()?.strip_prefix("npm:")?).0;
        Some((format!("{name}@{}", version.text()?), version))
    });
    let by_specifier = named.into_iter().find(|(title, _)| index.exact("npm", title).is_none());
    let lists = ["dependencies", "optionalDependencies"];
    let needed = packages().flat_map(|(_, node)| lists.map(|list| node.get(list))).flatten();
    let needed =
        needed.flat_map(|list| list.items()).filter_map(|item| Some((item.text()?.to_owned(), item)));
    by_specifier.or_else(|| needed.into_iter().find(|(title, _)| index.find("npm", title).is_none()))
}

/// The packages that the project names, and those that each package needs, by their place in the file.
fn edges(root: Node<'_>) -> Option<(Vec<usize>, Vec<Vec<usize>>)> {
    let mut index = Index::default();
    let mut nodes = Vec::new();
    for section in ["npm", "jsr"] {
        for (key, node) in root.get(section).into_iter().flat_map(|table| table.entries()) {
            index.add(section, key.text()?, nodes.len());
            nodes.push((section, node));
        }
    }
    let mut roots = Vec::new();
    for (key, version) in root.get("specifiers").into_iter().flat_map(|table| table.entries()) {
        let (specifier, version) = (key.text()?, version.text()?);
        let (section, rest) = specifier.split_once(':')?;
        let place = index.exact(section, &format!("{}@{version}", super::split(rest).0))?;
        index.specifiers.insert(specifier.to_owned(), place);
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
                    None if list == "dependencies" => return None,
                    None => {}
                }
            }
        }
        needs.push(own);
    }
    Some((roots, needs))
}

/// Packages by section and key, by name, and by what asks for them.
#[derive(Default)]
struct Index {
    keys: HashMap<String, usize>,
    names: HashMap<String, Vec<usize>>,
    specifiers: HashMap<String, usize>,
}

impl Index {
    fn add(&mut self, section: &str, key: &str, place: usize) {
        self.keys.insert(format!("{section}:{key}"), place);
        self.names.entry(format!("{section}:{}", super::split(key).0)).or_default().push(place);
    }

    fn exact(&self, section: &str, key: &str) -> Option<usize> {
        self.keys.get(&format!("{section}:{key}")).copied()
    }

    /// `name`, `name@version`, `alias@npm:name@version`, or a specifier such as `jsr:@std/path@1`.
    fn find(&self, section: &str, text: &str) -> Option<&[usize]> {
        if let Some(place) = self.specifiers.get(text) {
            return Some(from_ref(place));
        }
        let (section, text) = match text.split_once("npm:").or_else(|| text.split_once("jsr:")) {
            Some((_, rest)) => (if text.contains("jsr:") { "jsr" } else { "npm" }, rest),
            None => (section, text),
        };
        let exact = self.keys.get(&format!("{section}:{text}")).map(from_ref);
        let named = || self.names.get(&format!("{section}:{}", super::split(text).0)).map(Vec::as_slice);
        exact.or_else(named)
    }
}
