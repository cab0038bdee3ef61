//! Lockfiles of several tools for one manifest: at most one of them is what the pipeline installs.

use std::collections::BTreeMap;

use crate::checkout::Checkout;
use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Syntax;

use super::discover::Found;
use super::paths;

/// A second lockfile for the same manifest.
pub static SECOND_LOCKFILE: Rule = Rule {
    id: "lockfile/second-lockfile",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "two lockfiles say what one manifest installs, and they need not say the same",
    allow: None,
};

/// Lockfiles for one manifest, each with its tool. Of one tool's the first counts.
struct Rivals {
    manifest: &'static str,
    lockfiles: &'static [(&'static str, &'static str)],
}

const RIVALS: [Rivals; 2] = [
    Rivals {
        manifest: "package.json",
        lockfiles: &[
            ("npm-shrinkwrap.json", "npm"),
            ("package-lock.json", "npm"),
            ("pnpm-lock.yaml", "pnpm"),
            ("yarn.lock", "yarn"),
            ("bun.lock", "bun"),
            ("bun.lockb", "bun"),
        ],
    },
    Rivals {
        manifest: "pyproject.toml",
        lockfiles: &[("uv.lock", "uv"), ("poetry.lock", "poetry"), ("pdm.lock", "pdm")],
    },
];

/// Looks for folders with more than one.
pub fn judge(found: &[Found<'_>], checkout: &Checkout, record: &mut Record) {
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for lockfile in found {
        let (folder, name) = paths::split(&lockfile.entry.path);
        folders.entry(folder).or_default().push(name);
    }
    for (folder, names) in folders.iter().filter(|(_, names)| names.len() > 1) {
        for rivals in &RIVALS {
            let there: Vec<(&str, &str)> =
                rivals.lockfiles.iter().copied().filter(|(name, _)| names.contains(name)).collect();
            if there.len() > 1 {
                several(folder, rivals.manifest, &there, checkout, record);
            }
        }
    }
}

fn several(folder: &str, manifest: &str, there: &[(&str, &str)], checkout: &Checkout, record: &mut Record) {
    let named = named(folder, manifest, checkout);
    let counts = there.iter().find(|(_, tool)| named.as_deref() == Some(*tool));
    let tool = there[0].1;
    let one_tool = there.iter().all(|(_, other)| *other == tool);
    let (kept, why) = match (counts, one_tool) {
        (Some(kept), _) => (kept, format!("the project names {}, which takes", kept.1)),
        (None, true) => (&there[0], format!("{tool} takes")),
        (None, false) => {
            let list: Vec<String> = there.iter().map(|(name, _)| format!("`{name}`")).collect();
            let message = format!(
                "{} are for the same `{manifest}`, and nothing says which of them the project installs from",
                list.join(" and ")
            );
            let name = match manifest {
                "package.json" => " and name its tool in package.json (`\"packageManager\": \"npm@11.0.0\"`)",
                _ => "",
            };
            let mut finding = Finding::new(&SECOND_LOCKFILE, place(folder, there[1].0), message)
                .help(format!("keep the one that the pipeline installs from{name}, and `git rm` the others"))
                .subject(there[1].0);
            for (name, _) in there.iter().filter(|(name, _)| *name != there[1].0) {
                finding = finding.related(place(folder, name), "another one");
            }
            return record.push(finding);
        }
    };
    for (name, _) in there.iter().filter(|(name, _)| *name != kept.0) {
        let message = format!("{why} `{}`, so nothing keeps `{name}` in step with `{manifest}`", kept.0);
        record.push(
            Finding::new(&SECOND_LOCKFILE, place(folder, name), message)
                .related(place(folder, kept.0), "the one that counts")
                .help(format!("`git rm {}`", paths::file_in(folder, name)))
                .subject(*name),
        );
    }
}

fn place(folder: &str, name: &str) -> Location {
    Location::file(paths::file_in(folder, name))
}

/// The tool that a package.json names, here or above.
fn named(folder: &str, manifest: &str, checkout: &Checkout) -> Option<String> {
    if manifest != "package.json" {
        return None;
    }
    paths::ancestors(folder).find_map(|above| {
        let source = checkout.read(&paths::file_in(above, manifest)).ok()?;
        let text = source.tree(Syntax::Json).root()?.get("packageManager")?.text()?;
        Some(text.split('@').next()?.to_owned())
    })
}
