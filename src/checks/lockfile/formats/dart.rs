//! pubspec.lock of Dart and Flutter.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use semver::Version;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package, comparable_url, host};
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
        let (Some(packages), Some(_)) = (root.get("packages"), root.get("sdks")) else {
            return Err(Unreadable::malformed(
                "`packages` or `sdks` is missing; the file may be cut off",
                start..start,
            ));
        };
        let packages = packages.entries().map(|(key, node)| package(key, node)).collect::<Result<_, _>>()?;
        Ok(Lock { packages, roots: Vec::new() })
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let path = project.beside("pubspec.yaml");
        let Some(source) = project.text(&path) else {
            report.not_examined("pubspec.lock without a pubspec.yaml beside it");
            return Declared::default();
        };
        let tree = source.tree(Syntax::Yaml);
        let (Some(manifest), true) = (tree.root(), tree.is_clean()) else {
            report.not_verified(format!("`{path}` cannot be read, so the two were not compared"));
            return Declared::default();
        };
        let is_workspace = manifest.get("workspace").is_some();
        let overrides = project.text(&project.beside("pubspec_overrides.yaml"));
        let overrides_root = overrides.as_ref().and_then(|file| file.tree(Syntax::Yaml).root());
        let mut overridden = keys(manifest, "dependency_overrides");
        overridden.extend(overrides_root.iter().flat_map(|root| keys(*root, "dependency_overrides")));
        let locked: HashMap<&str, &Package<'_>> =
            lock.packages.iter().map(|package| (&*package.name, package)).collect();
        let mut declared = Declared::default();
        for (section, recorded) in [("dependencies", "direct main"), ("dev_dependencies", "direct dev")] {
            for (key, value) in manifest.get(section).into_iter().flat_map(|node| node.entries()) {
                let name = key.text().unwrap_or_default();
                let url = |path: &[&str]| value.at(path).and_then(|node| node.text());
                declared.hosts.extend(
                    [url(&["hosted", "url"]), url(&["hosted"])].into_iter().flatten().filter_map(host),
                );
                declared
                    .urls
                    .extend([url(&["git", "url"]), url(&["git"])].into_iter().flatten().map(comparable_url));
                if overridden.contains(name) {
                    continue;
                }
                let place = source.at(key.range());
                let Some(package) = locked.get(name) else {
                    let message = format!("`{name}` is asked for, and the lockfile does not hold it");
                    report.out_of_sync(place, message).subject(name);
                    continue;
                };
                let text = value.text().or_else(|| value.get("version")?.text()).unwrap_or("any");
                if matches!(package.origin, Origin::Registry(_))
                    && allows(text, &package.version) == Some(false)
                {
                    let message =
                        format!("`{name}` is asked for as `{text}` and locked at {}", package.version);
                    let here = project.source.at(package.place.clone());
                    report
                        .unsatisfied(place, message)
                        .related(here, format!("locked at {}", package.version))
                        .subject(name);
                }
            }
            if is_workspace {
                continue;
            }
            let asked = keys(manifest, section);
            let root = project.root(Syntax::Yaml).ok();
            let packages =
                root.and_then(|root| root.get("packages")).into_iter().flat_map(|node| node.entries());
            for (key, node) in packages {
                let name = key.text().unwrap_or_default();
                let is_direct = node.get("dependency").and_then(|node| node.text()) == Some(recorded);
                if is_direct && !asked.contains(name) {
                    let message = format!(
                        "the lockfile records `{name}` as a direct dependency, and the manifest does not ask for it"
                    );
                    report.out_of_sync(project.source.at(key.range()), message).subject(name);
                }
            }
        }
        declared
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

/// The keys of a section.
fn keys<'s>(root: Node<'s>, section: &str) -> HashSet<&'s str> {
    root.get(section).into_iter().flat_map(|node| node.entries()).filter_map(|(key, _)| key.text()).collect()
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

/// True if a constraint allows a version; nothing for what is not understood.
fn allows(constraint: &str, version: &str) -> Option<bool> {
    let version = Version::parse(version).ok()?;
    let mut result = true;
    for word in constraint.split_whitespace() {
        if word == "any" {
            continue;
        }
        let end = word.find(|c: char| !"<>=^".contains(c))?;
        let (sign, written) = word.split_at(end);
        let wanted = Version::parse(written).ok()?;
        result &= match sign {
            "^" => {
                let next = match wanted.major {
                    0 => Version::new(0, wanted.minor.checked_add(1)?, 0),
                    major => Version::new(major.checked_add(1)?, 0, 0),
                };
                version >= wanted
                    && (version.major, version.minor, version.patch) < (next.major, next.minor, next.patch)
            }
            ">=" => version >= wanted,
            ">" => version > wanted,
            "<=" => version <= wanted,
            "<" => version < wanted,
            "" | "=" => version == wanted,
            _ => return None,
        };
    }
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_hold_what_pub_says() {
        assert_eq!(allows("^1.2.0", "1.9.0"), Some(true));
        assert_eq!(allows("^0.2.0", "0.3.0"), Some(false));
        assert_eq!(allows(">=1.0.0 <2.0.0", "2.0.0"), Some(false));
        assert_eq!(allows("any", "2.0.0"), Some(true));
        assert_eq!(allows(">=1.0", "2.0.0"), None);
    }
}
