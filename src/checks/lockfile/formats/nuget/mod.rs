//! packages.lock.json of NuGet.

mod framework;
mod msbuild;
mod project;
mod range;
mod sync;

use std::borrow::Cow;

use crate::checkout::{Checkout, Source};
use crate::tree::{Node, Syntax};

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package};
use super::super::paths;
use super::super::report::Report;

/// packages.lock.json.
pub struct Nuget;

impl Format for Nuget {
    fn ecosystem(&self) -> &'static str {
        "nuget"
    }

    fn tool(&self) -> &'static str {
        "dotnet"
    }

    fn names(&self) -> &'static [&'static str] {
        &["packages.lock.json"]
    }

    fn is_lockfile(&self, path: &str, _checkout: &Checkout) -> bool {
        let name = paths::split(path).1;
        name == "packages.lock.json" || of_project(name).is_some()
    }

    fn manifest(&self) -> &'static str {
        "Directory.Packages.props"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Json)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        &["api.nuget.org", "www.nuget.org"]
    }

    fn repair(&self) -> &'static str {
        "dotnet restore --force-evaluate"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Json)?;
        let start = root.range().start;
        let version = root.get("version");
        if !version.and_then(|node| node.as_int()).is_some_and(|number| (1..=2).contains(&number)) {
            let found = version.and_then(|node| node.text()).unwrap_or("none").to_owned();
            let place = version.map_or(start..start, |node| node.range());
            return Err(Unreadable::Version { found, known: "1 and 2", place });
        }
        let Some(frameworks) = root.get("dependencies") else {
            return Err(Unreadable::malformed("the file holds no dependencies", start..start));
        };
        let mut lock = Lock::default();
        for (_, framework) in frameworks.entries() {
            for (key, node) in framework.entries() {
                lock.packages.push(package(key, node)?);
            }
        }
        Ok(lock)
    }

    fn sync(&self, _lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        if let Ok(root) = project.root(Syntax::Json) {
            sync::compare(root, project, report);
        }
        Declared::default()
    }
}

/// The project in `packages.<project>.lock.json`, in which `_` stands for blanks: it is for that project alone.
fn of_project(name: &str) -> Option<&str> {
    name.strip_prefix("packages.")?.strip_suffix(".lock.json").filter(|project| !project.is_empty())
}

fn package<'s>(key: Node<'s>, node: Node<'s>) -> Result<Package<'s>, Unreadable> {
    let text = |name: &str| node.get(name).and_then(|value| value.text());
    let place = key.range();
    let is_project = text("type") == Some("Project");
    let version = match text("resolved") {
        Some(version) => version,
        None if is_project => "",
        None => return Err(Unreadable::malformed("a package has no resolved version", place)),
    };
    let hash = node.get("contentHash").and_then(|node| {
        Some(Hash {
            algorithm: "sha512",
            digest: node.text()?,
            encoding: Encoding::Base64,
            place: node.range(),
        })
    });
    let file = File {
        url: None,
        name: "",
        hashes: hash.into_iter().collect(),
        needs_hash: !is_project,
        place: place.clone(),
    };
    Ok(Package {
        name: Cow::Borrowed(key.text().unwrap_or_default()),
        version: Cow::Borrowed(version),
        origin: if is_project { Origin::Local } else { Origin::Registry("https://api.nuget.org") },
        files: if is_project { Few::none() } else { Few::One(file) },
        needs: Vec::new(),
        place,
    })
}
