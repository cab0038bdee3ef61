//! Package.resolved of Swift.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Lock, Origin, Package, comparable_url, host};
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
        Ok(Lock { packages, roots: Vec::new() })
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        // Which package needs which is not recorded, so every pin may be one that another package asks for.
        let urls: Vec<&str> = lock
            .packages
            .iter()
            .filter_map(|package| match package.origin {
                Origin::Git(url, _) => Some(url),
                _ => None,
            })
            .collect();
        let declared =
            Declared { hosts: urls.iter().filter_map(|url| host(url)).collect(), ..Declared::default() };
        let path = project.beside("Package.swift");
        let Some(source) = project.text(&path) else {
            report.not_examined("Package.resolved without a Package.swift beside it");
            return declared;
        };
        let text = source.text();
        if ["#if", "ProcessInfo", "getenv", "dependencies.append", "dependencies +="]
            .iter()
            .any(|word| text.contains(word))
        {
            report.not_verified(format!(
                "`{path}`: only Swift knows what is asked for, so it was not compared"
            ));
            return declared;
        }
        let pinned: HashSet<String> =
            urls.iter().map(|url| comparable_url(url).to_ascii_lowercase()).collect();
        for (url, place) in asked(text) {
            if !pinned.contains(&comparable_url(url).to_ascii_lowercase()) {
                let message =
                    format!("`{}` is asked for, and the lockfile does not pin it", comparable_url(url));
                report.out_of_sync(source.at(place), message).subject(comparable_url(url));
            }
        }
        declared
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

/// Characters between `.package(` and `url:`; there are a name and blanks.
const FURTHEST: usize = 1000;

/// The URLs in `.package(url: "…")`, comments left out.
fn asked(text: &str) -> Vec<(&str, std::ops::Range<usize>)> {
    let mut result = Vec::new();
    let mut start = 0;
    let mut in_comment = false;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        in_comment |= line.contains("/*");
        if in_comment {
            in_comment = !line.contains("*/");
            continue;
        }
        if line.trim_start().starts_with("//") {
            continue;
        }
        let Some(found) = line.find("url:") else { continue };
        let rest = line[found + 4..].trim_start();
        let Some(url) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
        // Archives of binary targets have a checksum of their own.
        let near =
            text[..at + found].char_indices().rev().take(FURTHEST).find(|(_, c)| matches!(c, '(' | ')'));
        let before = near.map_or("", |(open, _)| &text[..=open]);
        if url.contains("://") && before.ends_with(".package(") {
            let offset = at + (url.as_ptr() as usize - line.as_ptr() as usize);
            result.push((url, offset..offset + url.len()));
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_read() {
        let text = "dependencies: [\n  .package(url: \"https://x.example/a.git\", from: \"1.0.0\"),\n  // .package(url: \"https://x.example/b\"),\n  .binaryTarget(name: \"c\", url: \"https://x.example/c.zip\"),\n]";
        let all: Vec<_> = asked(text);
        assert_eq!(all.len(), 1);
        assert_eq!(&text[all[0].1.clone()], "https://x.example/a.git");
    }
}
