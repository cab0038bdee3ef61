//! What an access path of the event brings in.

use super::{Kind, Origin, Taint, Writer};
use crate::checks::integrity::data;
use crate::checks::integrity::reach::Events;

/// A row of the table as the origin of what is read at `path`.
fn origin([row, kind, writer, events]: [&str; 4], path: &str) -> Origin {
    let object = row.strip_prefix("github.event.").and_then(|rest| rest.split('.').next());
    let carried = match (events, object) {
        ("-", Some(object)) => Events::carrying(object),
        (listed, _) => Events::listed(listed).or(Events::caller()),
    };
    let writer = if writer == "outsider" { Writer::Outsider } else { Writer::Insider };
    Origin { name: path.to_owned(), kind: Kind::parse(kind), writer, events: carried }
}

/// What the path reads, if people write it: a value, or an object that holds such values.
pub fn of(path: &str) -> Option<Taint> {
    if !path.starts_with("github") {
        return None;
    }
    if let Some(row) = row(path) {
        return Some(Taint::of(origin(row, path)));
    }
    let start = format!("{path}.");
    let held = data::SOURCES.begun(&start).map(|row| origin(row, row[0]));
    let mut held: Vec<Origin> = held.filter(|inner| inner.kind.is_text()).collect();
    let outsiders = held.iter().any(|inner| inner.writer == Writer::Outsider);
    let writer = if outsiders { Writer::Outsider } else { Writer::Insider };
    held.retain(|inner| inner.writer == writer);
    let kind =
        held.iter().fold(None, |kind: Option<Kind>, inner| Some(kind.unwrap_or_default().or(inner.kind)))?;
    let events = held.iter().fold(Events::NONE, |events, inner| events.or(inner.events));
    Some(Taint::of(Origin { name: path.to_owned(), kind, writer, events }))
}

/// The row of the path itself, or of everything below one that it goes through: `PATH.*`.
fn row(path: &str) -> Option<[&'static str; 4]> {
    let above = path.rmatch_indices('.').map(|(dot, _)| format!("{}.*", &path[..dot]));
    std::iter::once(path.to_owned()).chain(above).find_map(|name| data::SOURCES.named(&name).next())
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
