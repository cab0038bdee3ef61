//! Sets of ordered values as lists of intervals.

use std::cmp::Ordering;
use std::ops::Bound;

/// A set of values: disjoint intervals in order, none of which touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranges<T>(Vec<(Bound<T>, Bound<T>)>);

impl<T: Ord + Clone> Ranges<T> {
    /// Everything.
    pub fn full() -> Self {
        Ranges(vec![(Bound::Unbounded, Bound::Unbounded)])
    }

    /// Nothing.
    pub fn empty() -> Self {
        Ranges(Vec::new())
    }

    /// What lies between two bounds; nothing if they are crossed.
    pub fn between(lower: Bound<T>, upper: Bound<T>) -> Self {
        if is_crossed(&lower, &upper) { Ranges::empty() } else { Ranges(vec![(lower, upper)]) }
    }

    /// One value.
    pub fn only(value: T) -> Self {
        Ranges(vec![(Bound::Included(value.clone()), Bound::Included(value))])
    }

    /// Everything else.
    pub fn complement(&self) -> Self {
        let mut result = Vec::with_capacity(self.0.len() + 1);
        let mut lower = Bound::Unbounded;
        for (start, end) in &self.0 {
            match start {
                Bound::Unbounded => {}
                start => result.push((lower.clone(), opposite(start))),
            }
            match end {
                Bound::Unbounded => return Ranges(result),
                end => lower = opposite(end),
            }
        }
        result.push((lower, Bound::Unbounded));
        Ranges(result)
    }

    /// What both sets hold.
    pub fn intersection(&self, other: &Self) -> Self {
        let mut result = Vec::new();
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some((a_start, a_end)), Some((b_start, b_end))) = (a.peek(), b.peek()) {
            let start = if compare_lower(a_start, b_start).is_ge() { a_start } else { b_start };
            let a_ends_first = compare_upper(a_end, b_end).is_le();
            let end = if a_ends_first { a_end } else { b_end };
            if !is_crossed(start, end) {
                result.push((start.clone(), end.clone()));
            }
            if a_ends_first {
                a.next();
            } else {
                b.next();
            }
        }
        Ranges(result)
    }

    /// What either set holds.
    pub fn union(&self, other: &Self) -> Self {
        self.complement().intersection(&other.complement()).complement()
    }

    /// True if the set holds nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The intervals in order.
    pub fn intervals(&self) -> &[(Bound<T>, Bound<T>)] {
        &self.0
    }

    /// The least interval that holds the whole set; unbounded for the empty set.
    pub fn bounding(&self) -> (Bound<T>, Bound<T>) {
        let lower = self.0.first().map_or(Bound::Unbounded, |(lower, _)| lower.clone());
        let upper = self.0.last().map_or(Bound::Unbounded, |(_, upper)| upper.clone());
        (lower, upper)
    }
}

fn opposite<T: Clone>(bound: &Bound<T>) -> Bound<T> {
    match bound {
        Bound::Included(value) => Bound::Excluded(value.clone()),
        Bound::Excluded(value) => Bound::Included(value.clone()),
        Bound::Unbounded => Bound::Unbounded,
    }
}

fn is_crossed<T: Ord>(lower: &Bound<T>, upper: &Bound<T>) -> bool {
    match (lower, upper) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(a), Bound::Included(b)) => a > b,
        (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => a >= b,
    }
}

fn compare_lower<T: Ord>(a: &Bound<T>, b: &Bound<T>) -> Ordering {
    match (a, b) {
        (Bound::Unbounded, Bound::Unbounded) => Ordering::Equal,
        (Bound::Unbounded, _) => Ordering::Less,
        (_, Bound::Unbounded) => Ordering::Greater,
        (Bound::Included(a), Bound::Excluded(b)) => a.cmp(b).then(Ordering::Less),
        (Bound::Excluded(a), Bound::Included(b)) => a.cmp(b).then(Ordering::Greater),
        (Bound::Included(a), Bound::Included(b)) | (Bound::Excluded(a), Bound::Excluded(b)) => a.cmp(b),
    }
}

fn compare_upper<T: Ord>(a: &Bound<T>, b: &Bound<T>) -> Ordering {
    match (a, b) {
        (Bound::Unbounded, Bound::Unbounded) => Ordering::Equal,
        (Bound::Unbounded, _) => Ordering::Greater,
        (_, Bound::Unbounded) => Ordering::Less,
        (Bound::Included(a), Bound::Excluded(b)) => a.cmp(b).then(Ordering::Greater),
        (Bound::Excluded(a), Bound::Included(b)) => a.cmp(b).then(Ordering::Less),
        (Bound::Included(a), Bound::Included(b)) | (Bound::Excluded(a), Bound::Excluded(b)) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn holds(ranges: &Ranges<u8>, value: u8) -> bool {
        ranges.intervals().iter().any(|(lower, upper)| {
            (match lower {
                Bound::Included(v) => value >= *v,
                Bound::Excluded(v) => value > *v,
                Bound::Unbounded => true,
            }) && (match upper {
                Bound::Included(v) => value <= *v,
                Bound::Excluded(v) => value < *v,
                Bound::Unbounded => true,
            })
        })
    }

    fn ranges() -> impl Strategy<Value = Ranges<u8>> {
        let bound = || {
            (0u8..3, 0u8..12).prop_map(|(kind, v)| match kind {
                0 => Bound::Included(v),
                1 => Bound::Excluded(v),
                _ => Bound::Unbounded,
            })
        };
        proptest::collection::vec((bound(), bound()), 0..4).prop_map(|pairs| {
            pairs.into_iter().fold(Ranges::empty(), |sum, (a, b)| sum.union(&Ranges::between(a, b)))
        })
    }

    proptest! {
        #[test]
        fn sets_behave_as_sets(a in ranges(), b in ranges(), value in 0u8..12) {
            let (in_a, in_b) = (holds(&a, value), holds(&b, value));
            prop_assert_eq!(holds(&a.complement(), value), !in_a);
            prop_assert_eq!(holds(&a.intersection(&b), value), in_a && in_b);
            prop_assert_eq!(holds(&a.union(&b), value), in_a || in_b);
            prop_assert_eq!(a.complement().complement(), a);
        }
    }
}
