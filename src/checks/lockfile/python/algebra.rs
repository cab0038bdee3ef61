//! Whether two markers are the same condition, however they are written.
//!
//! The values that a variable is compared with cut its domain into regions; within a region no comparison can
//! tell values apart. Both markers are then followed region by region. The effort is bounded: a marker that was
//! written to be expensive is "not known to be the same".

use std::cell::Cell;

use pep440_rs::Version;

use super::domain::{Domain, Lowered, bounds, regions};
use super::marker::Marker;
use super::ranges::Ranges;

/// Steps that one comparison may take. Real markers need a few dozen.
const MOST_STEPS: usize = 50_000;

/// Steps that all comparisons for one lockfile may take together.
const ALL_STEPS: usize = 20_000_000;

/// Steps that a comparison costs before the first one.
const FIRST_STEPS: usize = 50;

/// Compares the markers of one lockfile.
pub struct Logic {
    within: Option<Ranges<Version>>,
    steps: Cell<usize>,
}

impl Logic {
    /// Looks only at these Python versions, where they count.
    pub fn within(pythons: Option<Ranges<Version>>) -> Logic {
        Logic { within: pythons, steps: Cell::new(ALL_STEPS) }
    }

    /// Whether the two markers are true in the same environments with the Python versions that count.
    /// `None` if that would take too long to find out.
    pub fn equivalent(&self, one: &Marker, other: &Marker) -> Option<bool> {
        self.bounded(one, other, self.within.as_ref())
    }

    /// Whether the two markers are true in the same environments, whatever the Python version.
    pub fn same_everywhere(&self, one: &Marker, other: &Marker) -> Option<bool> {
        self.bounded(one, other, None)
    }

    /// True if the marker can never be true; false also if that is not known.
    pub fn is_never(&self, marker: &Marker) -> bool {
        self.same_everywhere(marker, &Marker::Constant(false)) == Some(true)
    }

    fn bounded(&self, one: &Marker, other: &Marker, within: Option<&Ranges<Version>>) -> Option<bool> {
        if one == other {
            return Some(true);
        }
        let left = self.steps.get().checked_sub(FIRST_STEPS)?;
        let mut steps = left.min(MOST_STEPS);
        let before = steps;
        let result = equivalent(one, other, within, &mut steps);
        self.steps.set(left - (before - steps));
        result
    }
}

fn equivalent(
    one: &Marker,
    other: &Marker,
    within: Option<&Ranges<Version>>,
    steps: &mut usize,
) -> Option<bool> {
    let mut domain = Domain::default();
    let mut parts = 0;
    domain.collect(one, &mut parts)?;
    domain.collect(other, &mut parts)?;
    *steps = steps.checked_sub(parts)?;
    if let Some(within) = within {
        domain.versions.entry("python_full_version").or_default().extend(bounds(within));
    }
    domain.finish()?;
    let (one, other) = (domain.lower(one)?, domain.lower(other)?);
    let allowed = within.and_then(|within| {
        let cuts = domain.versions.get("python_full_version")?;
        Some((domain.index("v python_full_version")?, regions(cuts, within)))
    });
    compare(&one, &other, &domain, allowed, steps)
}

/// Follows both markers through the regions of one variable after the other.
fn compare(
    one: &Lowered,
    other: &Lowered,
    domain: &Domain,
    allowed: Option<(usize, u128)>,
    steps: &mut usize,
) -> Option<bool> {
    if one == other {
        return Some(true);
    }
    *steps = steps.checked_sub(1)?;
    let variable = first_variable(one).into_iter().chain(first_variable(other)).min();
    let Some(variable) = variable else { return Some(false) };
    let among = allowed.filter(|(index, _)| *index == variable).map_or(u128::MAX, |(_, bits)| bits);
    let mut seen: Vec<(Lowered, Lowered)> = Vec::new();
    for region in 0..domain.variables[variable].1 {
        if among & (1 << region) == 0 {
            continue;
        }
        let pair = (restrict(one, variable, region, steps)?, restrict(other, variable, region, steps)?);
        if pair.0 == pair.1 || seen.contains(&pair) {
            continue;
        }
        if !compare(&pair.0, &pair.1, domain, allowed, steps)? {
            return Some(false);
        }
        seen.push(pair);
    }
    Some(true)
}

fn first_variable(marker: &Lowered) -> Option<usize> {
    match marker {
        Lowered::Constant(_) => None,
        Lowered::All(parts) | Lowered::Any(parts) => parts.iter().filter_map(first_variable).min(),
        Lowered::In(variable, _) => Some(*variable),
    }
}

/// The marker where the variable lies in the region.
fn restrict(marker: &Lowered, variable: usize, region: usize, steps: &mut usize) -> Option<Lowered> {
    *steps = steps.checked_sub(1)?;
    let absorbing = matches!(marker, Lowered::Any(_));
    Some(match marker {
        Lowered::Constant(value) => Lowered::Constant(*value),
        Lowered::In(index, bits) if *index == variable => Lowered::Constant(bits & (1 << region) != 0),
        Lowered::In(index, bits) => Lowered::In(*index, *bits),
        Lowered::All(parts) | Lowered::Any(parts) => {
            let mut kept: Vec<Lowered> = Vec::with_capacity(parts.len());
            for part in parts {
                match restrict(part, variable, region, steps)? {
                    Lowered::Constant(value) if value == absorbing => return Some(Lowered::Constant(value)),
                    Lowered::Constant(_) => {}
                    part if kept.contains(&part) => {}
                    part => kept.push(part),
                }
            }
            match kept.len() {
                0 => Lowered::Constant(!absorbing),
                1 => kept.remove(0),
                _ if absorbing => Lowered::Any(kept),
                _ => Lowered::All(kept),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::version::{release_ranges, specifiers};
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        Logic::within(None).equivalent(&Marker::parse(one).unwrap(), &Marker::parse(other).unwrap()).unwrap()
    }

    #[test]
    fn markers_are_compared_by_meaning() {
        assert!(same("python_version < '3.11'", "python_full_version < '3.11'"));
        assert!(same("python_version<\"3.11\"", "('3.11' > python_version)"));
        assert!(same("python_version > '3.10'", "python_full_version >= '3.11'"));
        assert!(same("python_version <= '3.10'", "python_full_version < '3.11'"));
        assert!(same("python_version == '3.10'", "python_full_version == '3.10.*'"));
        assert!(same(
            "python_version in '3.9 3.10'",
            "python_full_version >= '3.9' and python_full_version < '3.11'"
        ));
        assert!(same("python_version >= '3.10.1'", "python_full_version >= '3.11'"));
        assert!(same("platform_system == 'Windows'", "sys_platform == 'win32'"));
        assert!(same("os_name == 'nt' or os_name != 'nt'", "extra == 'x' or extra != 'X'"));
        assert!(same(
            "not_so == 'x'".replace("not_so", "os_name").as_str(),
            "os_name == 'x' and os_name != 'y'"
        ));
        assert!(same(
            "sys_platform == 'win32' or (python_version >= '3.12' and platform_machine != 'arm64')",
            "(python_full_version >= '3.12' and platform_machine != 'arm64') or sys_platform == 'win32'"
        ));
        assert!(!same("python_version < '3.11'", "python_full_version <= '3.11'"));
        assert!(!same("os_name == 'nt'", "sys_platform == 'win32'"));
        assert!(!same("'x' in os_name", "os_name in 'x'"));
    }

    #[test]
    fn pythons_that_are_excluded_do_not_count() {
        let within = release_ranges(&specifiers(">=3.10").unwrap());
        let marker = Marker::parse("python_version >= '3.9'").unwrap();
        let logic = Logic::within(Some(within));
        assert_eq!(logic.equivalent(&marker, &Marker::Constant(true)), Some(true));
        assert_eq!(logic.same_everywhere(&marker, &Marker::Constant(true)), Some(false));
        let old = Marker::parse("python_version < '3.8'").unwrap();
        assert_eq!(logic.equivalent(&old, &Marker::Constant(false)), Some(true));
        assert!(!logic.is_never(&old));
        assert_eq!(logic.equivalent(&Marker::Constant(true), &Marker::Constant(false)), Some(false));
    }

    #[test]
    fn expensive_markers_are_given_up() {
        let pairs = |sign: &str| {
            let pair = |i| format!("(extra == 'a{i}' and extra {sign} 'b{i}')");
            (0..60).map(pair).collect::<Vec<_>>().join(" or ")
        };
        let one_text = pairs("==");
        let one = Marker::parse(&one_text).unwrap();
        let mut parts: Vec<&str> = one_text.split(" or ").collect();
        parts.reverse();
        let reversed = parts.join(" or ");
        let other = Marker::parse(&reversed).unwrap();
        let logic = Logic::within(None);
        assert_ne!(logic.equivalent(&one, &other), Some(false));
        assert!(logic.steps.get() >= ALL_STEPS - MOST_STEPS - FIRST_STEPS);
        assert!(Marker::parse(&"(".repeat(100_000)).is_none());
    }

    fn markers() -> impl Strategy<Value = String> {
        let atom = prop_oneof![
            (0usize..6, 7u8..13).prop_map(|(op, minor)| {
                let op = ["<", "<=", ">", ">=", "==", "!="][op];
                format!("python_version {op} '3.{minor}'")
            }),
            (0usize..2, 0usize..3).prop_map(|(op, name)| {
                format!("sys_platform {} '{}'", ["==", "!="][op], ["linux", "win32", "darwin"][name])
            }),
            (0usize..2, 0usize..2).prop_map(|(op, name)| format!(
                "extra {} '{}'",
                ["==", "!="][op],
                ["a", "b"][name]
            )),
        ];
        atom.prop_recursive(4, 12, 3, |inner| {
            (proptest::collection::vec(inner, 1..3), any::<bool>())
                .prop_map(|(parts, any)| format!("({})", parts.join(if any { " or " } else { " and " })))
        })
    }

    proptest! {
        #[test]
        fn laws_of_logic_hold(a in markers(), b in markers()) {
            prop_assert!(same(&format!("({a}) and ({b})"), &format!("{b} and {a}")), "commutes");
            prop_assert!(same(&a, &format!("{a} or ({a} and {b})")), "absorbs");
            let (a, b) = (Marker::parse(&a).unwrap(), Marker::parse(&b).unwrap());
            let both = a.clone().and(b.clone()).not();
            let de_morgan = Marker::Any(vec![a.clone().not(), b.not()]);
            let logic = Logic::within(None);
            prop_assert_eq!(logic.equivalent(&both, &de_morgan), Some(true));
            prop_assert!(logic.is_never(&a.clone().and(a.not())));
        }

        #[test]
        fn nothing_crashes(text in ".{0,80}") {
            if let Some(marker) = Marker::parse(&text) {
                let _ = Logic::within(None).equivalent(&marker, &Marker::Constant(true));
            }
        }
    }
}
