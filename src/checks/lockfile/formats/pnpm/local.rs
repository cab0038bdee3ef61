//! What lies in the repository itself: pnpm 12 looks at its manifests, too, before it takes a lockfile for frozen.

use crate::tree::{Node, Syntax};

use super::super::super::node::spec::satisfies;
use super::super::super::paths;
use super::super::super::report::Report;
use super::importers::Dependency;
use super::packages::without_peers;
use super::settings::Era;
use super::sync::Comparison;

impl Comparison<'_> {
    /// A dependency of a project in `folder` is still what the lockfile took it for.
    pub fn local(&self, folder: &str, locked: &Dependency<'_>, report: &mut Report<'_>) {
        if self.settings.era != Era::New {
            return;
        }
        let specifier = locked.specifier.unwrap_or_default();
        let linked = locked.version.strip_prefix("link:").zip(specifier.strip_prefix("workspace:"));
        let copied = without_peers(locked.version).strip_prefix("file:");
        let (at, fault) = match (linked, copied) {
            (Some((at, range)), _) => (paths::join(&self.project.beside(folder), at), Fault::Range(range)),
            (None, Some(at)) => {
                let key = format!("{}@{}", locked.name, locked.version);
                let snapshot = self.root.get("snapshots").and_then(|table| table.get(&key));
                let Some(snapshot) = snapshot else { return };
                (paths::join(self.project.folder, at), Fault::Needs(snapshot))
            }
            (None, None) => return,
        };
        let Some(manifest) = at.and_then(|at| self.project.text(&paths::file_in(&at, "package.json"))) else {
            return;
        };
        let Some(what) = manifest.tree(Syntax::Json).root().and_then(|root| fault.of(root)) else { return };
        let message = format!("`{}` is not what the lockfile took it for: {what}", locked.name);
        let told = report.out_of_sync(self.project.source.at_node(locked.node), message);
        told.subject(format!("local {}", locked.name));
    }
}

/// What a manifest may not be any more.
enum Fault<'s> {
    /// Of a version that is asked for.
    Range(&'s str),
    /// One that asks for what is locked for it.
    Needs(Node<'s>),
}

impl Fault<'_> {
    fn of(&self, manifest: Node<'_>) -> Option<String> {
        match self {
            Fault::Range(range) => {
                let version = manifest.get("version")?.text()?;
                let is_outside = satisfies(version, range) == Some(false);
                is_outside.then(|| format!("`{range}` is asked for, and it is {version}"))
            }
            Fault::Needs(snapshot) => needs(manifest, *snapshot),
        }
    }
}

/// Something that a manifest asks for and that is not locked for it, or the other way round.
fn needs(manifest: Node<'_>, snapshot: Node<'_>) -> Option<String> {
    const LOCKED: [&str; 2] = ["dependencies", "optionalDependencies"];
    const ASKED: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];
    let find = |node: Node<'_>, sections: &[&str], name: &str| {
        sections.iter().any(|section| node.get(section).is_some_and(|table| table.get(name).is_some()))
    };
    for section in LOCKED {
        for (key, value) in manifest.get(section).into_iter().flat_map(|table| table.entries()) {
            let (Some(name), Some(asked)) = (key.text(), value.text()) else { continue };
            if !find(snapshot, &LOCKED, name) {
                return Some(format!("it asks for `{name}` now"));
            }
            let locked = snapshot.get(section).and_then(|table| table.get(name)?.text()).map(without_peers);
            if locked.is_some_and(|locked| satisfies(locked, asked) == Some(false)) {
                return Some(format!("it asks for `{name}` as `{asked}`"));
            }
        }
        for (key, _) in snapshot.get(section).into_iter().flat_map(|table| table.entries()) {
            if let Some(name) = key.text().filter(|name| !find(manifest, &ASKED, name)) {
                return Some(format!("it does not ask for `{name}` any more"));
            }
        }
    }
    None
}
