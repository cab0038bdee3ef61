//! pubspec.lock of Dart and Flutter.

mod sync;

use std::borrow::Cow;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package};
use super::super::report::Report;

/// pubspec.lock.
pub struct Pub;

impl Format for Pub {
    fn ecosystem(&self) -> &'static str {
        "pub"
    }

    fn tool(&self) -> &'static str {
        "dart pub"
    }

    fn names(&self) -> &'static [&'static str] {
        &["pubspec.lock"]
    }

    fn manifest(&self) -> &'static str {
        "pubspec.yaml"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Yaml)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        &["pub.dev", "pub.dartlang.org"]
    }

    fn repair(&self) -> &'static str {
        "dart pub get"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Yaml)?;
        let start = root.range().start;
        // Before Dart 2 it was one SDK.
        let sdks = root.get("sdks").or(root.get("sdk"));
        let (Some(packages), Some(_)) = (root.get("packages"), sdks) else {
            return Err(Unreadable::malformed(
                "`packages` or `sdks` is missing; the file may be cut off",
                start..start,
            ));
        };
        let packages = packages.entries().map(|(key, node)| package(key, node)).collect::<Result<_, _>>()?;
        Ok(Lock { packages, ..Lock::default() })
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        sync::compare(lock, project, report)
    }

    fn wants_lock(&self, manifest: &Source, _project: &Project<'_>) -> bool {
        // A package that is published leaves the choice to those who use it.
        let root = manifest.tree(Syntax::Yaml).root();
        let asks = |root: Node<'_>| root.get("dependencies").is_some_and(|node| node.entries().len() > 0);
        root.is_some_and(|root| {
            asks(root)
                && root.get("publish_to").and_then(|node| node.text()) == Some("none")
                && root.get("resolution").is_none()
        })
    }
}

fn package<'s>(key: Node<'s>, node: Node<'s>) -> Result<Package<'s>, Unreadable> {
    let text = |path: &[&str]| node.at(path).and_then(|value| value.text());
    let place = key.range();
    let (Some(source), Some(version)) = (text(&["source"]), text(&["version"])) else {
        return Err(Unreadable::malformed("a package has no source or no version", place));
    };
    let mut files = Vec::new();
    let origin = match source {
        "hosted" => {
            let hash = node.at(&["description", "sha256"]).and_then(|node| {
                let digest = node.text().filter(|text| !text.is_empty())?;
                Some(Hash { algorithm: "sha256", digest, encoding: Encoding::Hex, place: node.range() })
            });
            files.push(File {
                url: None,
                name: "",
                hashes: hash.into_iter().collect(),
                needs_hash: true,
                place: place.clone(),
            });
            Origin::Registry(text(&["description", "url"]).unwrap_or_default())
        }
        "git" => Origin::Git(
            text(&["description", "url"]).unwrap_or_default(),
            text(&["description", "resolved-ref"]),
        ),
        _ => Origin::Local,
    };
    Ok(Package {
        name: Cow::Borrowed(key.text().unwrap_or_default()),
        version: Cow::Borrowed(version),
        origin,
        files: files.into(),
        needs: Vec::new(),
        place,
    })
}
