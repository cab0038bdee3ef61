//! An expression of a script, moved into a variable of the step.

use super::quoting::{self, Quotes};
use super::{entry, indent};
use crate::checkout::Source;
use crate::fix::{Edit, Fix};
use crate::tree::{Node, Style};
use crate::workflow::expression::{Embedded, Expr};
use crate::workflow::scalar_text::Places;

/// The longest name that is made.
const MAX_NAME: usize = 60;

/// The variable and its use in the script of a step. `shared` are the mappings of variables around the step.
pub fn fix(
    source: &Source,
    step: Node<'_>,
    run: Node<'_>,
    found: &Embedded,
    shared: &[Node<'_>],
) -> Option<Fix> {
    let script = run.text()?;
    let literal = run.style() == Style::Literal;
    // A quote at the start would quote the whole of a plain scalar.
    let plain = run.style() == Style::Plain && found.outer.start > 0 && !script.contains('\n');
    if run.is_alias() || step.is_alias() || !(literal || plain) {
        return None;
    }
    let expression = script.get(found.outer.clone())?;
    let unsafe_in_plain = |text: &str| text.contains(": ") || text.contains(" #") || text.contains('\n');
    if unsafe_in_plain(expression) || !expression.ends_with("}}") {
        return None;
    }
    let quotes = quoting::at(script, found.outer.start)?;
    let mut maps = vec![step.get("env")];
    maps.extend(shared.iter().map(|map| Some(*map)));
    let maps: Vec<Node<'_>> = maps.into_iter().flatten().collect();
    // What the step has already is used again.
    let own = step.get("env").and_then(|env| {
        let mut entries = env.entries();
        entries.find(|(_, value)| value.text() == Some(expression)).and_then(|(key, _)| key.text())
    });
    let wanted = name_of(found.parsed.as_ref().ok()?)?;
    let is_taken =
        |name: &str| script.contains(name) || maps.iter().any(|map| !map.is_map() || map.get(name).is_some());
    let name = match own {
        Some(name) => name.to_owned(),
        None => std::iter::once(wanted.clone())
            .chain((2..20).map(|number| format!("{wanted}_{number}")))
            .find(|name| !is_taken(name))?,
    };
    let used = match quotes {
        Quotes::None => format!("\"${{{name}}}\""),
        Quotes::Double => format!("${{{name}}}"),
    };
    let place = Places::new(source).of(run, found.outer.clone());
    if source.text().get(place.clone()) != Some(expression) {
        return None;
    }
    let mut edits = vec![Edit::replace(place, used)];
    if own.is_none() {
        let (key, _) = step.entry("run")?;
        indent(source, key)?;
        edits.push(entry(source, step, "env", key, &format!("{name}: {expression}"))?);
    }
    Some(Fix::new(format!("gives the value to the script as `{name}`"), edits))
}

/// A name for a value: `github.event.pull_request.title` is `PULL_REQUEST_TITLE`.
fn name_of(expr: &Expr) -> Option<String> {
    let path = expr.path().filter(|path| !path.contains('*'))?;
    let rest = path.strip_prefix("github.event.").or_else(|| path.strip_prefix("github.")).unwrap_or(&path);
    let legal = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name: String = rest.chars().map(legal).collect();
    // One word alone may be a variable that programs know, such as PATH; and some names belong to the runner.
    let known = ["GITHUB_", "RUNNER_", "ACTIONS_"].iter().any(|prefix| name.starts_with(prefix));
    let name = if known || !name.contains('_') { format!("VALUE_OF_{name}") } else { name };
    (name.len() <= MAX_NAME && !name.starts_with(|c: char| c.is_ascii_digit())).then_some(name)
}
