//! Many faults with one cause are one finding: it counts them, names the first, and keeps the place of each.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::finding::Finding;
use crate::location::Location;
use crate::rule::Severity;

/// Faults of one kind in one lockfile that are reported one by one.
const MOST_SINGLE: usize = 5;

/// Names that are written out when several faults are reported as one.
const MOST_NAMED: usize = 3;

/// Places that a finding keeps. A lockfile with more faults is of another kind altogether.
pub const MOST_PLACES: usize = 1_000;

/// A fault of a package that other packages may have too.
#[derive(Debug)]
pub struct Common {
    /// Package or file, as people know it.
    pub title: String,
    /// Where.
    pub place: Location,
}

/// Makes findings of like faults: one for each, or one for all if there are many. `single` and `several` word
/// them; `several` gets the number and the first few names.
pub fn findings(
    faults: Vec<Common>,
    single: impl Fn(&Common) -> Finding,
    several: impl FnOnce(usize, &str, Location) -> Finding,
) -> Vec<Finding> {
    if faults.len() <= MOST_SINGLE {
        return faults.iter().map(single).collect();
    }
    let first = faults[0].place.clone();
    let subject = subject(faults.iter().map(|fault| &*fault.title).collect());
    let finding = several(faults.len(), &named(&faults), first).subject(subject);
    vec![with_places(finding, &faults[1..])]
}

/// The finding with the places of further faults.
pub fn with_places(finding: Finding, faults: &[Common]) -> Finding {
    faults
        .iter()
        .take(MOST_PLACES)
        .fold(finding, |finding, fault| finding.related(fault.place.clone(), format!("`{}`", fault.title)))
}

/// The first few names, and how many more there are.
pub fn named(faults: &[Common]) -> String {
    listed(&faults.iter().map(|fault| &*fault.title).collect::<Vec<_>>())
}

fn listed(titles: &[&str]) -> String {
    let mut names: Vec<String> = titles.iter().take(MOST_NAMED).map(|title| format!("`{title}`")).collect();
    match titles.len().saturating_sub(MOST_NAMED) {
        0 => {
            let last = names.pop().unwrap_or_default();
            if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) }
        }
        rest => format!("{} and {rest} more", names.join(", ")),
    }
}

/// What stands for all faults: with one more, or another one, it is no longer the finding that somebody accepted.
fn subject(mut parts: Vec<&str>) -> String {
    parts.sort_unstable();
    let digest = Sha256::digest(parts.join("\n"));
    format!("several {}", HEXLOWER.encode(&digest[..8]))
}

/// Joins the findings about one lockfile that say the same of different things.
pub fn join(all: Vec<Finding>) -> Vec<Finding> {
    join_by(all, |_| String::new())
}

/// Joins the findings about several lockfiles that one line of a manifest has put out of step.
pub fn join_places(all: Vec<Finding>) -> Vec<Finding> {
    join_by(all, |finding| finding.location.to_string())
}

fn join_by(all: Vec<Finding>, place: impl Fn(&Finding) -> String) -> Vec<Finding> {
    if all.len() <= MOST_SINGLE {
        return all;
    }
    let mut kinds: BTreeMap<(&str, Severity, String, String), Vec<Finding>> = BTreeMap::new();
    for finding in all {
        let kind = (finding.rule.id, finding.severity, place(&finding), kind(&finding.message));
        kinds.entry(kind).or_default().push(finding);
    }
    let joined = kinds.into_values().flat_map(|like| match like.len() {
        0..=MOST_SINGLE => like,
        _ => vec![as_one(like)],
    });
    joined.collect()
}

/// The sentence without what it is about: names in backticks, and words with digits.
fn kind(message: &str) -> String {
    let mut kind = String::with_capacity(message.len());
    for (number, part) in message.split('`').enumerate() {
        match number % 2 {
            0 => part.split(' ').for_each(|word| {
                kind.push_str(if word.bytes().any(|byte| byte.is_ascii_digit()) { "0" } else { word });
                kind.push(' ');
            }),
            _ => kind.push('`'),
        }
    }
    kind
}

fn as_one(mut like: Vec<Finding>) -> Finding {
    // Formats find them in the order of a table that is another in every run.
    crate::sorted::by(&mut like, |a, b| (&a.location, &a.message).cmp(&(&b.location, &b.message)));
    let of = |finding: &Finding| finding.subject.clone().unwrap_or_else(|| finding.message.clone());
    let subjects: Vec<String> = like.iter().map(of).collect();
    let named = |one: &Finding| -> Vec<String> {
        one.message.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let names: Vec<Vec<String>> = like.iter().map(named).collect();
    // They are told apart by the first name that is not the same in all.
    let differs = |at: &usize| names.iter().any(|of_one| of_one.get(*at) != names[0].get(*at));
    let which = (0..names[0].len()).find(differs).unwrap_or(0);
    let about: Vec<&str> =
        names.iter().skip(1).filter_map(|of_one| of_one.get(which)).map(String::as_str).collect();
    let more = match about.is_empty() {
        true => String::new(),
        false => format!(", about {}", listed(&about)),
    };
    let subject = subject(subjects.iter().map(String::as_str).collect());
    let number = like.len() - 1;
    let mut rest = like.into_iter();
    let Some(mut first) = rest.next() else { unreachable!("called with many") };
    first.message = format!("{}; {number} more faults are of this kind{more}", first.message);
    for other in rest.take(MOST_PLACES) {
        first = first.related(other.location, other.message);
    }
    first.subject(subject)
}

#[cfg(test)]
mod tests {
    use super::super::sync::{DRIFT, OUT_OF_SYNC};
    use super::*;

    fn fault(number: usize) -> Finding {
        let message = format!("`p{number}` is 1.{number} in its manifest and 1.0 in `Cargo.lock`");
        let place = Location::file(format!("p{number}/Cargo.toml"));
        Finding::new(&OUT_OF_SYNC, place, message).subject(format!("version p{number}"))
    }

    #[test]
    fn many_faults_with_one_cause_are_one_finding_that_names_the_place_of_each() {
        let mut all: Vec<Finding> = (0..62).map(fault).collect();
        all.push(Finding::new(&OUT_OF_SYNC, Location::file("q"), "`q` asks for `r`, which is not there"));
        all.push(Finding::new(&DRIFT, Location::file("q"), "`q` is 1.0 in its manifest and 1.0 in `x`"));
        let joined = join(all.clone());
        assert_eq!(joined.len(), 3);
        all.reverse();
        assert_eq!(format!("{:?}", join(all)), format!("{joined:?}"), "whatever the order");
        let one = joined.iter().find(|finding| finding.related.len() == 61).unwrap();
        assert_eq!(
            one.message,
            "`p0` is 1.0 in its manifest and 1.0 in `Cargo.lock`; 61 more faults are of this kind, about `p1`, \
             `p10`, `p11` and 58 more"
        );
        for number in 1..62 {
            let path = format!("p{number}/Cargo.toml");
            assert!(one.related.iter().any(|(place, _)| place.name() == path), "{path}");
        }
        assert_eq!(join((0..5).map(fault).collect()).len(), 5);
    }

    #[test]
    fn locks_that_one_line_puts_out_of_step_are_one_finding() {
        let of = |number: usize, line: u32| {
            let message = format!("`exclude-newer` is set, and `p{number}/uv.lock` was resolved without");
            let span = crate::location::Span { line, column: 1, end_line: line, end_column: 2 };
            Finding::new(&OUT_OF_SYNC, Location::span("pyproject.toml", span), message)
        };
        let all: Vec<Finding> = (0..8).map(|number| of(number, 1)).chain([of(9, 2)]).collect();
        let joined = join_places(all);
        assert_eq!(joined.len(), 2);
        let one = joined.iter().find(|finding| finding.related.len() == 7).unwrap();
        assert!(
            one.message.ends_with("about `p1/uv.lock`, `p2/uv.lock`, `p3/uv.lock` and 4 more"),
            "{}",
            one.message
        );
    }

    #[test]
    fn one_fault_more_is_another_finding() {
        let subject = |number: usize| join((0..number).map(fault).collect())[0].subject.clone();
        assert_eq!(subject(20), subject(20));
        assert_ne!(subject(20), subject(21));
    }
}
