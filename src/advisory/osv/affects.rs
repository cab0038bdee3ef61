//! Whether a version has a flaw: the evaluation that the OSV schema describes.

use std::cmp::Ordering;

use super::record::{Affected, Event, Range};
use crate::advisory::version::Scheme;

/// Whether a version has a flaw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It has it. The first later versions that have it no more, the nearest first.
    Affected(Vec<String>),
    /// It has it not.
    Safe,
    /// Versions that cannot be compared.
    Unknown,
}

/// Whether `version` of a package has the flaw that `affected` describes.
pub fn decide(affected: &Affected, version: &str) -> Decision {
    let scheme = Scheme::of(&affected.package.ecosystem);
    let same = |known: &String| known == version || scheme.is_some_and(|scheme| scheme.same(known, version));
    let listed = affected.versions.iter().any(same);
    let mut unknown = false;
    let mut inside = listed;
    for range in affected.ranges.iter().filter(|range| range.kind != "GIT") {
        let scheme = if range.kind == "SEMVER" { Some(scheme.unwrap_or(Scheme::Semver)) } else { scheme };
        match scheme.and_then(|scheme| is_inside(scheme, range, version)) {
            Some(is_inside) => inside |= is_inside,
            None => unknown = true,
        }
    }
    match (inside, unknown) {
        (true, _) => {
            Decision::Affected(scheme.map(|scheme| fixes(scheme, affected, version)).unwrap_or_default())
        }
        // A list of versions is complete where there is one.
        (false, true) if affected.versions.is_empty() => Decision::Unknown,
        (false, _) => Decision::Safe,
    }
}

/// `None` if something cannot be compared.
fn is_inside(scheme: Scheme, range: &Range, version: &str) -> Option<bool> {
    let mut events: Vec<(&str, &Event)> =
        range.events.iter().filter_map(|event| Some((place(event)?, event))).collect();
    let mut comparable = true;
    crate::sorted::by(&mut events, |(a, left), (b, right)| {
        let order = compare(scheme, a, b).unwrap_or_else(|| {
            comparable = false;
            Ordering::Equal
        });
        order.then_with(|| turn(left).cmp(&turn(right)))
    });
    if !comparable {
        return None;
    }
    let mut inside = false;
    for (at, event) in events {
        let order = compare(scheme, version, at)?;
        if event.introduced.is_some() {
            inside |= order.is_ge();
        } else if event.last_affected.is_some() {
            inside &= order.is_le();
        } else {
            inside &= order.is_lt();
        }
    }
    Some(inside)
}

/// At one version, one range ends before the next begins, and a range can end where it begins.
fn turn(event: &Event) -> usize {
    match event {
        Event { introduced: Some(_), .. } => 1,
        Event { last_affected: Some(_), .. } => 2,
        _ => 0,
    }
}

fn place(event: &Event) -> Option<&str> {
    let Event { introduced, fixed, last_affected, limit } = event;
    let limit = limit.as_ref().filter(|limit| *limit != "*");
    introduced.as_ref().or(fixed.as_ref()).or(last_affected.as_ref()).or(limit).map(String::as_str)
}

/// `0` comes before every version, pre-releases of 0 included.
fn compare(scheme: Scheme, a: &str, b: &str) -> Option<Ordering> {
    match (a == "0", b == "0") {
        (true, true) => Some(Ordering::Equal),
        (true, false) => Some(Ordering::Less),
        (false, true) => Some(Ordering::Greater),
        (false, false) => scheme.compare(a, b),
    }
}

/// The versions after this one in which the flaw is mended, the nearest first.
fn fixes(scheme: Scheme, affected: &Affected, version: &str) -> Vec<String> {
    let events = affected.ranges.iter().filter(|range| range.kind != "GIT").flat_map(|range| &range.events);
    let later = |fixed: &&String| scheme.compare(fixed, version).is_some_and(Ordering::is_gt);
    let mut fixes: Vec<String> =
        events.filter_map(|event| event.fixed.as_ref()).filter(later).cloned().collect();
    crate::sorted::by(&mut fixes, |a, b| scheme.compare(a, b).unwrap_or(Ordering::Equal));
    fixes.dedup();
    fixes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn affected(ecosystem: &str, kind: &str, events: &str, versions: &str) -> Affected {
        let text = format!(
            r#"{{"package":{{"ecosystem":"{ecosystem}","name":"x"}},"versions":[{versions}],
                "ranges":[{{"type":"{kind}","events":[{events}]}},{{"type":"GIT","events":[{{"introduced":"0"}}]}}]}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn ranges_are_those_of_the_schema() {
        let events =
            r#"{"fixed":"1.2.0"},{"introduced":"0"},{"introduced":"2.0.0"},{"last_affected":"2.1.0"}"#;
        let flaw = affected("npm", "SEMVER", events, "");
        let at = |version: &str| decide(&flaw, version);
        for version in ["0.0.0-alpha", "1.1.9", "1.2.0-rc.1"] {
            assert_eq!(at(version), Decision::Affected(vec!["1.2.0".into()]), "{version}");
        }
        assert_eq!(at("2.1.0"), Decision::Affected(Vec::new()));
        for version in ["1.2.0", "1.9.9", "2.0.0-rc.1", "2.1.1"] {
            assert_eq!(at(version), Decision::Safe, "{version}");
        }
        assert_eq!(at("latest"), Decision::Unknown);
    }

    #[test]
    fn lists_count_as_well() {
        let flaw = affected("PyPI", "ECOSYSTEM", r#"{"introduced":"0"},{"fixed":"1.0"}"#, r#""2.0","2004d""#);
        assert_eq!(decide(&flaw, "2.0.0"), Decision::Affected(Vec::new()));
        assert_eq!(decide(&flaw, "2004d"), Decision::Affected(Vec::new()));
        assert_eq!(decide(&flaw, "2004e"), Decision::Safe);
        assert_eq!(decide(&flaw, "1.0.dev1"), Decision::Affected(vec!["1.0".into()]));
        let other = affected("Hackage", "ECOSYSTEM", r#"{"introduced":"0"}"#, "");
        assert_eq!(decide(&other, "1.0"), Decision::Unknown);
    }

    #[test]
    fn a_range_can_be_one_version() {
        let flaw = affected("npm", "SEMVER", r#"{"introduced":"1.0.0"},{"last_affected":"1.0.0"}"#, "");
        let at = |version: &str| decide(&flaw, version) == Decision::Affected(Vec::new());
        assert_eq!([at("0.9.0"), at("1.0.0"), at("1.0.1")], [false, true, false]);
    }

    #[test]
    fn limits_end_ranges() {
        let flaw = affected("npm", "SEMVER", r#"{"introduced":"1.0.0"},{"limit":"2.0.0"},{"limit":"*"}"#, "");
        assert_eq!(decide(&flaw, "1.5.0"), Decision::Affected(Vec::new()));
        assert_eq!(decide(&flaw, "2.0.0"), Decision::Safe);
    }
}
