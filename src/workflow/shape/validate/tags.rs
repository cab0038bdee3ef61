//! Tags of values.

use super::FaultKind;
use crate::tree::{Node, Style, Value, resolve_plain};

/// What GitHub's reader has against a tag: it knows the core schema's, on plain scalars that are what the tag says.
pub(super) fn fault_of(node: Node<'_>) -> Option<FaultKind> {
    let tag = node.tag()?;
    let name = tag.strip_prefix("!!").or_else(|| tag.strip_prefix("!<tag:yaml.org,2002:")?.strip_suffix('>'));
    let plain = resolve_plain(node.text().unwrap_or_default());
    let fits = match name {
        Some("str" | "map" | "seq") => return None,
        None if tag == "!" => return None,
        Some("null") => plain == Value::Null,
        Some("bool") => matches!(plain, Value::Bool(_)),
        Some("int") => matches!(plain, Value::Int(_)),
        Some("float") => matches!(plain, Value::Int(_) | Value::Float(_)),
        _ => return Some(FaultKind::UnknownTag(tag.to_owned())),
    };
    let message = match node.style() {
        Style::Plain if fits => return None,
        Style::Plain => format!("`{}` is not what the tag `{tag}` says", node.text().unwrap_or_default()),
        _ => format!("a value with the tag `{tag}` must not be quoted"),
    };
    Some(FaultKind::BadValue(message))
}
