//! Names that are one slip away from an action that everybody uses.

use crate::checks::Record;
use crate::checks::integrity::documents::Document;
use crate::checks::integrity::{Scene, data};
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

pub(in crate::checks::integrity) static LOOKALIKE_ACTION: Rule = Rule {
    id: "integrity/lookalike-action",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "an owner whose name is one slip away from that of a popular action",
    allow: None,
};

pub(in crate::checks::integrity) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    for used in &document.used {
        let owner = used.repository.find('/').map_or(&*used.repository, |slash| &used.repository[..=slash]);
        if data::POPULAR_ACTIONS.begun::<1>(owner).next().is_some() {
            continue;
        }
        let mut popular = data::POPULAR_ACTIONS.rows::<1>();
        let Some([meant]) = popular.find(|[name]| is_one_slip(name, &used.repository)) else { continue };
        let message =
            format!("`{}` is not `{meant}`, but of somebody else with nearly the same name", used.action);
        let finding = Finding::new(&LOOKALIKE_ACTION, document.source.at_node(used.node), message);
        record.push(finding.help(format!("write `{meant}`, if that is meant")).subject(used.action));
    }
}

/// True if one letter is missing, too much, another one, or swapped with the next.
fn is_one_slip(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    if long == short || long.len() - short.len() > 1 {
        return false;
    }
    let same = long.iter().zip(short).take_while(|(x, y)| x == y).count();
    let rest = |text: &'_ [u8], skip: usize| text.get(same + skip..).unwrap_or_default().to_vec();
    let swapped = long.get(same) == short.get(same + 1) && long.get(same + 1) == short.get(same);
    match long.len() == short.len() {
        true => rest(long, 1) == rest(short, 1) || (swapped && rest(long, 2) == rest(short, 2)),
        false => rest(long, 1) == rest(short, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips() {
        for slip in [
            "actons/checkout",
            "actionss/checkout",
            "actiosn/checkout",
            "actions/chekout",
            "octions/checkout",
        ] {
            assert!(is_one_slip("actions/checkout", slip), "{slip}");
        }
        for other in ["actions/checkout", "actions/cache", "acts/checkout", "", "actions/checkout-x"] {
            assert!(!is_one_slip("actions/checkout", other), "{other}");
        }
    }
}
