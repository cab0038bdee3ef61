//! Whether a flake.lock is the one that `nix --no-update-lock-file` accepts.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::tree::Node;

use super::super::super::format::Project;
use super::super::super::model::{Declared, comparable_url, host};
use super::super::super::paths;
use super::super::super::report::Report;
use super::super::super::rules::names::NAME_MISMATCH;
use super::attributes;
use super::flake;
use super::language::{Entry, Value};
use super::reference::{self, Attributes};
use crate::finding::Finding;
use crate::sorted::IntoMap as _;

/// What a flake says of one input.
#[derive(Default)]
struct Input {
    url: Option<String>,
    attributes: Attributes,
    follows: Option<String>,
    /// Inputs of the input that follow others.
    inner: Vec<(Vec<String>, String)>,
    /// Inputs of the input that are asked for elsewhere, with their URLs.
    moved: Vec<(String, String)>,
    /// Inputs of the input of which something else is said.
    others: Vec<String>,
    /// What Nix does not take for an input.
    wrong: Option<&'static str>,
    place: Range<usize>,
    unknown: bool,
}

impl Input {
    fn add(&mut self, path: &[String], entry: &Entry) {
        let text = match &entry.value {
            Value::Text(text) => Some(text.clone()),
            // Nix writes the path as seen from the flake: without `./`.
            Value::Path(written) if path == ["url"] => {
                let path = paths::normal("", written);
                Some(format!("path:{}", if path.is_empty() { "." } else { &path }))
            }
            _ => None,
        };
        match (path, text) {
            ([], _) if entry.value == Value::Set(Vec::new()) => {}
            ([key], Some(text)) if key == "url" => self.url = Some(text),
            ([key], Some(text)) if key == "follows" => self.follows = Some(text),
            ([key], Some(text)) => drop(self.attributes.insert(key.clone(), text)),
            // Whether it is a flake is not what the lock is compared by.
            ([key], None) if let Value::Truth(truth) = entry.value => {
                if key != "flake" {
                    self.attributes.insert(key.clone(), truth.to_string());
                }
            }
            ([key], None) if matches!(entry.value, Value::Computed | Value::Path(_)) => {
                self.unknown = true;
                if key == "url" || key == "follows" {
                    self.wrong = Some("is not written as a text");
                }
            }
            ([inputs, inner @ .., last], Some(text)) if inputs == "inputs" && last == "follows" => {
                self.inner.push((inner.iter().filter(|part| *part != "inputs").cloned().collect(), text));
            }
            ([inputs, inner, last], Some(text)) if inputs == "inputs" && last == "url" => {
                self.moved.push((inner.clone(), text));
            }
            ([inputs, inner, ..], _) if inputs == "inputs" => self.others.push(inner.clone()),
            _ => self.unknown = true,
        }
    }

    /// True if it is written as attributes, of which the URL is one.
    fn is_set(&self) -> bool {
        self.attributes.contains_key("type")
    }

    /// Why Nix does not take it for an input.
    fn refused(&self) -> Option<&'static str> {
        let fragment = self.url.as_ref().and_then(|url| url.split_once('#'));
        let has_fragment = fragment.is_some_and(|(_, fragment)| !fragment.is_empty());
        match () {
            () if self.wrong.is_some() => self.wrong,
            () if self.attributes.contains_key("flake") => Some("says in a text whether it is a flake"),
            () if self.is_set() => None,
            () if self.url.is_some() && !self.attributes.is_empty() => {
                Some("has a URL and attributes beside it")
            }
            () if has_fragment => Some("has a URL with a fragment"),
            () => None,
        }
    }

    /// What is asked for; nothing if it is not known how Nix understands it.
    fn reference(&self, name: &str) -> Option<Attributes> {
        match &self.url {
            _ if self.unknown => None,
            Some(url) if self.is_set() => {
                let mut all = self.attributes.clone();
                all.insert("url".to_owned(), url.clone());
                Some(all)
            }
            Some(url) => reference::parse(url),
            None if self.attributes.is_empty() => {
                let id = [("type", "indirect"), ("id", name)];
                Some(id.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).into_map())
            }
            None => Some(self.attributes.clone()),
        }
    }
}

/// Compares flake.nix and flake.lock.
pub fn compare(root: Node<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let path = project.beside("flake.nix");
    let Some(source) = project.text(&path) else {
        report.not_examined("flake.lock without a flake.nix beside it");
        return Declared::default();
    };
    let nodes = root.get("nodes");
    let forged = |report: &mut Report<'_>| {
        nodes
            .into_iter()
            .flat_map(|nodes| nodes.entries())
            .for_each(|(key, node)| origin(key, node, project, report));
    };
    forged(report);
    let Some(flake) = flake::read(source.text()) else {
        report.not_verified(format!(
            "`{path}`: the inputs are not written as Nix demands it, so they were not compared"
        ));
        return Declared::default();
    };
    let mark = source
        .text()
        .starts_with('\u{feff}')
        .then(|| (0..3, "a byte order mark stands before it".to_owned()));
    for (place, problem) in mark.iter().chain(&flake.problems) {
        let message = format!("{problem}, so Nix refuses the flake");
        report
            .out_of_sync(source.at(place.clone()), message)
            .help("mend the flake first")
            .subject(problem.clone());
    }
    if flake.is_broken {
        return Declared::default();
    }
    let mut inputs: BTreeMap<String, Input> = BTreeMap::new();
    for entry in flake::flat(&flake.inputs) {
        let Some((name, path)) = entry.path.split_first() else { continue };
        let input = inputs.entry(name.clone()).or_default();
        if input.place.is_empty() {
            input.place = entry.place.clone();
        }
        input.add(path, &entry);
    }
    for (name, place) in flake.arguments.iter().filter(|(name, _)| name != "self") {
        inputs.entry(name.clone()).or_insert_with(|| Input { place: place.clone(), ..Input::default() });
    }
    let first = root.get("root").and_then(|node| node.text()).unwrap_or_default();
    let recorded = nodes.and_then(|nodes| nodes.get(first)?.get("inputs"));
    let known: BTreeMap<&str, (Node<'_>, Node<'_>)> = recorded
        .into_iter()
        .flat_map(|node| node.entries())
        .filter_map(|(key, value)| Some((key.text()?, (key, value))))
        .into_map();
    for (name, input) in &inputs {
        let place = source.at(input.place.clone());
        if let Some(problem) = input.refused() {
            let message = format!("the input `{name}` {problem}, so Nix refuses the flake");
            report.out_of_sync(place, message).help("mend the flake first").subject(name.clone());
            continue;
        }
        let Some((key, value)) = known.get(name.as_str()) else {
            report
                .out_of_sync(place, format!("the input `{name}` is not in the lockfile"))
                .subject(name.clone());
            continue;
        };
        let here = project.source.at(key.range());
        if let Some(message) = one(name, input, *value, nodes) {
            report.out_of_sync(place, message).related(here, "recorded here").subject(name.clone());
        }
    }
    for (name, (key, _)) in known.iter().filter(|(name, _)| !inputs.contains_key(**name)) {
        let message = format!("the lockfile records the input `{name}`, which the flake does not have");
        report.out_of_sync(project.source.at(key.range()), message).subject(*name);
    }
    declared(nodes)
}

/// In which way an input differs from what is recorded.
fn one(name: &str, input: &Input, recorded: Node<'_>, nodes: Option<Node<'_>>) -> Option<String> {
    let way = |node: Node<'_>| node.items().filter_map(|item| item.text()).collect::<Vec<_>>().join("/");
    if let Some(follows) = &input.follows {
        let differs = !recorded.is_seq() || way(recorded) != *follows;
        return differs
            .then(|| format!("the input `{name}` follows `{follows}`, and the lockfile records otherwise"));
    }
    if recorded.is_seq() {
        return Some(format!("the lockfile lets the input `{name}` follow another, and the flake does not"));
    }
    let node = nodes?.get(recorded.text()?)?;
    let mut original = attributes(node.get("original"));
    let mut wanted = input.reference(name)?;
    // A path is recorded without the `./` in some versions.
    if let (Some(path), Some(recorded)) = (wanted.get_mut("path"), original.get_mut("path"))
        && path.strip_prefix("./") == Some(recorded)
    {
        path.clone_from(recorded);
    }
    if let Some(key) = reference::difference(&wanted, &original) {
        let says = |all: &Attributes| all.get(key).map_or("nothing".to_owned(), |value| format!("`{value}`"));
        return Some(format!(
            "the input `{name}` asks for {key} {}, and the lockfile was made for {}",
            says(&wanted),
            says(&original)
        ));
    }
    for (path, target) in &input.inner {
        let [inner] = path.as_slice() else { continue };
        // An input that the other flake does not have is only warned about.
        let Some(value) = node.get("inputs").and_then(|inputs| inputs.get(inner)) else { continue };
        if !value.is_seq() || way(value) != *target {
            return Some(format!(
                "`{inner}` of the input `{name}` follows `{target}`, and the lockfile records otherwise"
            ));
        }
    }
    let inner = node.get("inputs").into_iter().flat_map(|inputs| inputs.entries());
    for (key, value) in inner {
        let inner = key.text().unwrap_or_default();
        let moved = input.moved.iter().find(|(other, _)| other == inner).map(|(_, url)| url);
        let follows =
            |(path, _): &(Vec<String>, String)| matches!(path.as_slice(), [other] if other == inner);
        // What an input lets its own inputs follow begins with its name.
        let is_own = value.items().next().and_then(|first| first.text()) == Some(name);
        let is_ours = moved.is_some()
            || input.inner.iter().any(follows)
            || input.others.iter().any(|other| other == inner);
        if value.is_seq() && !is_own && !is_ours {
            return Some(format!(
                "the lockfile lets `{inner}` of the input `{name}` follow another, and the flake does not"
            ));
        }
        if let Some(url) = moved
            && let (Some(wanted), Some(target)) = (reference::parse(url), value.text())
            && let Some(found) = nodes?.get(target)
            && let Some(key) = reference::difference(&wanted, &attributes(found.get("original")))
        {
            return Some(format!("`{inner}` of the input `{name}` is locked for another {key} than `{url}`"));
        }
    }
    None
}

/// What was locked is what was asked for, as far as the two can be compared: the same repository, and the commit
/// if one is named.
fn origin(key: Node<'_>, node: Node<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let (original, locked) = (attributes(node.get("original")), attributes(node.get("locked")));
    if original.get("type") != locked.get("type") {
        return;
    }
    let keys: &[&str] = match original.get("type").map(String::as_str) {
        Some("github" | "gitlab" | "sourcehut") => &["owner", "repo", "host", "rev"],
        Some("git") => &["url", "rev"],
        Some("path") => &["path"],
        _ => return,
    };
    let plain = |value: Option<&String>, key: &str| {
        value.map(|value| if key == "url" { comparable_url(value) } else { value.to_ascii_lowercase() })
    };
    let differs = |key: &&&str| match (plain(original.get(**key), key), plain(locked.get(**key), key)) {
        (Some(asked), Some(locked)) => asked != locked,
        (None, Some(_)) => **key == "host",
        _ => false,
    };
    let Some(differs) = keys.iter().find(differs) else { return };
    let name = key.text().unwrap_or_default();
    let says = |all: &Attributes| all.get(*differs).cloned().unwrap_or_default();
    let message = format!(
        "`{name}` is installed from {differs} `{}`, and `{}` was asked for",
        says(&locked),
        says(&original)
    );
    let place = node.at(&["locked", differs]).map_or(key.range(), |node| node.range());
    report.push(
        Finding::new(&NAME_MISMATCH, project.source.at(place), message)
            .help("restore the entry from git, or remove it and run `nix flake lock`; then find out who changed it")
            .subject(name),
    );
}

/// What the flake and its inputs ask for: the lockfile records it beside what was found.
fn declared(nodes: Option<Node<'_>>) -> Declared {
    let urls = nodes
        .into_iter()
        .flat_map(|nodes| nodes.entries())
        .filter_map(|(_, node)| node.at(&["original", "url"]).and_then(|url| url.text()));
    let urls: Vec<&str> = urls.collect();
    let mut hosts: Vec<String> = urls.iter().filter_map(|url| host(url)).collect();
    if hosts.iter().any(|host| host == "flakehub.com") {
        // Its archives lie there.
        hosts.push("api.flakehub.com".to_owned());
    }
    Declared { hosts, urls: urls.into_iter().map(comparable_url).collect(), ..Declared::default() }
}
