//! Podfile.lock of CocoaPods.

mod sync;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Lock, Origin, Package, comparable_url};
use super::super::report::Report;

/// Podfile.lock.
pub struct CocoaPods;

/// Where pods come from when nobody says otherwise.
const TRUNK: &str = "https://cdn.cocoapods.org";

impl Format for CocoaPods {
    fn ecosystem(&self) -> &'static str {
        "cocoapods"
    }

    fn tool(&self) -> &'static str {
        "pod"
    }

    fn names(&self) -> &'static [&'static str] {
        &["Podfile.lock"]
    }

    fn manifest(&self) -> &'static str {
        "Podfile"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Yaml)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        &["cdn.cocoapods.org"]
    }

    fn repair(&self) -> &'static str {
        "pod install"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Yaml)?;
        let start = root.range().start;
        // The last section, in every version since 1.0.
        if root.get("COCOAPODS").is_none() {
            return Err(Unreadable::malformed(
                "`COCOAPODS` is missing; the file may be cut off",
                start..start,
            ));
        }
        let origins = Origins::of(root);
        let mut lock = Lock::default();
        let mut needed: Vec<Vec<&str>> = Vec::new();
        for item in items(root, "PODS") {
            let (title, needs) = match item.entries().next() {
                Some((key, needs)) => (key, Some(needs)),
                None => (item, None),
            };
            let Some((name, version)) = title.text().and_then(titled) else {
                return Err(Unreadable::malformed("a pod has no version", title.range()));
            };
            lock.packages.push(Package {
                name: Cow::Borrowed(name),
                version: Cow::Borrowed(version),
                origin: origins.origin(whole(name)),
                files: Few::none(),
                needs: Vec::new(),
                place: title.range(),
            });
            let list = needs.into_iter().flat_map(|list| list.items());
            needed.push(list.filter_map(|need| Some(named(need.text()?))).collect());
        }
        let index: HashMap<&str, usize> =
            lock.packages.iter().enumerate().map(|(at, package)| (&*package.name, at)).collect();
        let find = |name: &&str| index.get(*name).copied();
        let roots = items(root, "DEPENDENCIES").filter_map(|item| find(&named(item.text()?))).collect();
        let needs: Vec<Vec<usize>> =
            needed.iter().map(|names| names.iter().filter_map(find).collect()).collect();
        lock.roots = roots;
        for (package, needs) in lock.packages.iter_mut().zip(needs) {
            package.needs = needs;
        }
        Ok(lock)
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        sync::compare(lock, project, report)
    }

    fn wants_lock(&self, manifest: &Source, _project: &Project<'_>) -> bool {
        sync::asked(manifest.text()).next().is_some()
    }
}

fn items<'s>(root: Node<'s>, section: &str) -> impl Iterator<Item = Node<'s>> {
    root.get(section).into_iter().flat_map(|list| list.items())
}

/// `Name/Part (1.2.3)` in its two parts.
fn titled(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(" (")?;
    Some((name, rest.strip_suffix(')')?))
}

/// The name in `Name (~> 1.0)`.
fn named(text: &str) -> &str {
    text.split_once(" (").map_or(text, |(name, _)| name)
}

/// The pod that a part belongs to.
fn whole(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// Where each pod comes from.
struct Origins<'s> {
    external: HashMap<&'s str, Node<'s>>,
    checkouts: HashMap<&'s str, Node<'s>>,
    repositories: HashMap<&'s str, &'s str>,
}

impl<'s> Origins<'s> {
    fn of(root: Node<'s>) -> Origins<'s> {
        let table = |name: &str| -> HashMap<&'s str, Node<'s>> {
            let entries = root.get(name).into_iter().flat_map(|table| table.entries());
            entries.filter_map(|(key, value)| Some((key.text()?, value))).collect()
        };
        let mut repositories = HashMap::new();
        for (url, list) in root.get("SPEC REPOS").into_iter().flat_map(|table| table.entries()) {
            let url = match url.text().unwrap_or_default() {
                "trunk" => TRUNK,
                // What trunk was before it had a name.
                url if comparable_url(url).eq_ignore_ascii_case("github.com/cocoapods/specs") => TRUNK,
                url => url,
            };
            repositories.extend(list.items().filter_map(|pod| Some((pod.text()?, url))));
        }
        Origins { external: table("EXTERNAL SOURCES"), checkouts: table("CHECKOUT OPTIONS"), repositories }
    }

    fn origin(&self, name: &str) -> Origin<'s> {
        let Some(node) = self.external.get(name) else {
            return Origin::Registry(self.repositories.get(name).copied().unwrap_or_default());
        };
        let text = |node: &Node<'s>, key: &str| node.get(key).and_then(|value| value.text());
        if let Some(url) = text(node, ":git") {
            let checkout = self.checkouts.get(name);
            return Origin::Git(url, checkout.and_then(|checkout| text(checkout, ":commit")));
        }
        match text(node, ":http").or_else(|| text(node, ":podspec")).filter(|url| url.contains("://")) {
            Some(url) => Origin::Url(url),
            None => Origin::Local,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_read() {
        assert_eq!(titled("A/B (1.0.0)"), Some(("A/B", "1.0.0")));
        assert_eq!(named("A (~> 1.0, < 2)"), "A");
        assert_eq!(whole("A/B/C"), "A");
    }
}
