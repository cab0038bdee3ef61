//! What a pnpm-lock.yaml records of each project: `importers`, or the top level where there is only one.

use crate::tree::Node;

/// The sections, weakest first: a name in several of them counts where it stands last.
pub const SECTIONS: [&str; 3] = ["devDependencies", "dependencies", "optionalDependencies"];

/// A project.
pub struct Importer<'s> {
    /// Its folder as seen from the lockfile; `.` for the lockfile's own.
    pub folder: &'s str,
    /// Its members.
    pub node: Node<'s>,
    /// What is locked for it.
    pub dependencies: Vec<Dependency<'s>>,
}

/// Something that is locked for a project.
pub struct Dependency<'s> {
    /// The section that it stands in.
    pub section: &'static str,
    /// Its name.
    pub name: &'s str,
    /// What the manifest asked for.
    pub specifier: Option<&'s str>,
    /// What it got, with peers.
    pub version: &'s str,
    /// Where it is written.
    pub node: Node<'s>,
}

/// All projects that are recorded.
pub fn locked(root: Node<'_>) -> Vec<Importer<'_>> {
    match root.get("importers") {
        Some(table) => {
            let entries = table.entries().filter_map(|(key, node)| Some((key.text()?, node)));
            entries.map(|(folder, node)| importer(folder, node)).collect()
        }
        None => vec![importer(".", root)],
    }
}

fn importer<'s>(folder: &'s str, node: Node<'s>) -> Importer<'s> {
    // Version 5 keeps what was asked for in a table of its own.
    let specifiers = node.get("specifiers");
    let mut dependencies = Vec::new();
    for section in SECTIONS {
        for (key, value) in node.get(section).into_iter().flat_map(|table| table.entries()) {
            let Some(name) = key.text() else { continue };
            let old = || specifiers?.get(name)?.text();
            let specifier = value.get("specifier").and_then(|node| node.text()).or_else(old);
            let version = value.get("version").and_then(|node| node.text()).or_else(|| value.text());
            let version = version.unwrap_or_default();
            dependencies.push(Dependency { section, name, specifier, version, node: key });
        }
    }
    Importer { folder, node, dependencies }
}
