//! What an access path of the event brings in.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Kind, Origin, Taint, Writer};
use crate::checks::integrity::data;
use crate::checks::integrity::reach::Events;

struct Sources {
    exact: HashMap<&'static str, Origin>,
    /// Those that end in `.*`, without it.
    prefixes: Vec<(&'static str, Origin)>,
}

static SOURCES: LazyLock<Sources> = LazyLock::new(|| {
    let mut sources = Sources { exact: HashMap::new(), prefixes: Vec::new() };
    for [path, kind, writer, events] in data::SOURCES.rows::<4>() {
        let object = path.strip_prefix("github.event.").and_then(|rest| rest.split('.').next());
        let carried = match (events, object) {
            ("-", Some(object)) => Events::carrying(object),
            (listed, _) => Events::listed(listed).or(Events::caller()),
        };
        let writer = if writer == "outsider" { Writer::Outsider } else { Writer::Insider };
        let origin = Origin { name: path.to_owned(), kind: Kind::parse(kind), writer, events: carried };
        if let Some(prefix) = path.strip_suffix(".*") {
            sources.prefixes.push((prefix, origin.clone()));
        }
        sources.exact.insert(path, origin);
    }
    sources
});

/// What the path reads, if people write it: a value, or an object that holds such values.
pub fn of(path: &str) -> Option<Taint> {
    if !path.starts_with("github") {
        return None;
    }
    if let Some(origin) = SOURCES.exact.get(path) {
        return Some(Taint::of(origin.clone()));
    }
    let below = |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
    if let Some((_, origin)) = SOURCES.prefixes.iter().find(|(prefix, _)| below(prefix)) {
        return Some(Taint::of(Origin { name: path.to_owned(), ..origin.clone() }));
    }
    let held = |inner: &&Origin| inner.name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
    let mut held: Vec<&Origin> =
        SOURCES.exact.values().filter(held).filter(|inner| inner.kind.is_text()).collect();
    // A table by hash has no order; findings have.
    crate::sorted::by(&mut held, |a, b| a.name.cmp(&b.name));
    let outsiders = held.iter().any(|inner| inner.writer == Writer::Outsider);
    let writer = if outsiders { Writer::Outsider } else { Writer::Insider };
    held.retain(|inner| inner.writer == writer);
    let kind =
        held.iter().fold(None, |kind: Option<Kind>, inner| Some(kind.unwrap_or_default().or(inner.kind)))?;
    let events = held.iter().fold(Events::NONE, |events, inner| events.or(inner.events));
    Some(Taint::of(Origin { name: path.to_owned(), kind, writer, events }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(path: &str) -> Origin {
        of(path).unwrap().origins.remove(0)
    }

    #[test]
    fn values_prefixes_and_objects() {
        let title = one("github.event.issue.title");
        assert!(title.kind.is_text() && !title.kind.has_lines() && title.writer == Writer::Outsider);
        assert!(!title.events.and(Events::named("issue_comment")).is_empty());
        assert!(title.events.and(Events::named("push")).is_empty());
        assert!(one("github.event.client_payload.a.b").writer == Writer::Insider);
        assert!(one("github.event.issue").kind.has_lines());
        assert!(one("github.event").writer == Writer::Outsider);
        assert!(one("github.event.pull_request.head.sha").kind.names_code());
        for clean in ["github.sha", "github.event.number", "env.x", "github.event.issue.number", "githubx"] {
            assert!(of(clean).is_none(), "{clean}");
        }
    }
}
