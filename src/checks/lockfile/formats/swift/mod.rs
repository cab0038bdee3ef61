//! Package.resolved of Swift.

mod manifest;
mod sync;
mod xcode;

use std::borrow::Cow;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Lock, Origin, Package, comparable_url};
use super::super::report::Report;

/// Package.resolved.
pub struct Swift;

impl Format for Swift {
    fn ecosystem(&self) -> &'static str {
        "swift"
    }

    fn tool(&self) -> &'static str {
        "swift"
    }

    fn names(&self) -> &'static [&'static str] {
        &["Package.resolved"]
    }

    fn manifest(&self) -> &'static str {
        "Package.swift"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Json)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        &["github.com", "gitlab.com", "bitbucket.org"]
    }

    fn repair(&self) -> &'static str {
        "swift package resolve"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Json)?;
        let start = root.range().start;
        let version = root.get("version");
        if !version.and_then(|node| node.as_int()).is_some_and(|number| (1..=3).contains(&number)) {
            let found = version.and_then(|node| node.text()).unwrap_or("none").to_owned();
            let place = version.map_or(start..start, |node| node.range());
            return Err(Unreadable::Version { found, known: "1 to 3", place });
        }
        let Some(pins) = root.get("pins").or_else(|| root.at(&["object", "pins"])) else {
            return Err(Unreadable::malformed("the file holds no pins", start..start));
        };
        let packages = pins.items().map(package).collect::<Result<_, _>>()?;
        Ok(Lock { packages, ..Lock::default() })
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let hosts = sync::compare(lock, project, report);
        // Packages may need others from wherever they like, and their manifests are not here.
        Declared { hosts, partly: true, ..Declared::default() }
    }
}

fn package(node: Node<'_>) -> Result<Package<'_>, Unreadable> {
    let text = |path: &[&str]| node.at(path).and_then(|value| value.text());
    let name = text(&["identity"]).or_else(|| text(&["package"]));
    let url = text(&["location"]).or_else(|| text(&["repositoryURL"]));
    let (Some(name), Some(url)) = (name, url) else {
        let start = node.range().start;
        return Err(Unreadable::malformed("a pin has no identity or no location", start..start));
    };
    let place =
        node.get("identity").or_else(|| node.get("package")).map_or(node.range(), |node| node.range());
    let origin = match text(&["kind"]) {
        Some("registry") => Origin::Registry(""),
        Some("localSourceControl") => Origin::Local,
        _ => Origin::Git(url, text(&["state", "revision"])),
    };
    let version = Cow::Borrowed(text(&["state", "version"]).unwrap_or_default());
    // Advisories know packages by where they lie.
    let name = if url.contains("://") { Cow::Owned(comparable_url(url)) } else { Cow::Borrowed(name) };
    Ok(Package { name, version, origin, files: Few::none(), needs: Vec::new(), place })
}
