//! Sorting by one algorithm that is compiled once. The sorts of the standard library are compiled anew for every type
//! and every order, five kilobytes each, and collecting into a map brings one for every place that does it: together
//! they were a twentieth of the program. What sorts much, or a type that others sort as well, uses the library's own.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Sorts as `slice::sort_by` does: equal items keep their order.
pub fn by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let order = order(items.len(), &mut |a, b| compare(&items[a], &items[b]));
    arrange(items, order);
}

/// Sorts as `slice::sort_by_key` does.
pub fn by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    by(items, |a, b| key(a).cmp(&key(b)));
}

/// Pairs that become a map.
pub trait IntoMap<K: Ord, V>: IntoIterator<Item = (K, V)> + Sized {
    /// Collects into a map. Of two pairs with one key the later stays.
    fn into_map(self) -> BTreeMap<K, V> {
        let mut map = BTreeMap::new();
        map.extend(self);
        map
    }
}

impl<K: Ord, V, I: IntoIterator<Item = (K, V)>> IntoMap<K, V> for I {}

/// Which item comes first, second, and so on.
fn order(length: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_by(|&a, &b| compare(a, b));
    order
}

/// Moves every item to its place, one cycle of places after the other.
fn arrange<T>(items: &mut [T], mut order: Vec<usize>) {
    for start in 0..items.len() {
        let mut place = start;
        loop {
            let from = std::mem::replace(&mut order[place], place);
            if from == start {
                break;
            }
            items.swap(place, from);
            place = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::IntoMap as _;

    proptest! {
        #[test]
        fn it_sorts_as_the_library_does(items in proptest::collection::vec((0..20_u8, any::<u16>()), 0..200)) {
            let mut expected = items.clone();
            expected.sort_by_key(|item| std::cmp::Reverse(item.0));
            let mut ours = items.clone();
            super::by_key(&mut ours, |item| std::cmp::Reverse(item.0));
            prop_assert_eq!(&ours, &expected);
            expected.sort_by_key(|item| item.0);
            super::by_key(&mut ours, |item| item.0);
            prop_assert_eq!(&ours, &expected);
            prop_assert_eq!(items.clone().into_map(), items.into_iter().collect());
        }
    }
}
