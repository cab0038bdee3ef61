//! Sorting by one algorithm that is compiled once. The sorts of the standard library are compiled anew for every type
//! and every order, five kilobytes each, and collecting into a map brings one for every place that does it: together
//! they were a twentieth of the program. What sorts much, or a type that others sort as well, uses the library's own.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use ci_guard_scan::{compare, leading, shared_length};

/// Sorts as `slice::sort_by` does: equal items keep their order.
pub fn by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let order = order(items.len(), &mut |a, b| compare(&items[a], &items[b]));
    arrange(items, order);
}

/// Sorts by bytes, such as names.
pub fn by_bytes<T>(items: &mut [T], bytes: impl Fn(&T) -> &[u8]) {
    if items.is_sorted_by(|a, b| compare(bytes(a), bytes(b)).is_le()) {
        return;
    }
    let order = order_of_bytes(&items.iter().map(&bytes).collect::<Vec<_>>());
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

/// Items that become a set.
pub trait IntoSet<T: Ord>: IntoIterator<Item = T> + Sized {
    /// Collects into a set.
    fn into_set(self) -> BTreeSet<T> {
        let mut set = BTreeSet::new();
        set.extend(self);
        set
    }
}

impl<T: Ord, I: IntoIterator<Item = T>> IntoSet<T> for I {}

/// Which item comes first, second, and so on.
fn order(length: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_by(|&a, &b| compare(a, b));
    order
}

/// Which of all comes first, second, and so on. Most names differ in the eight bytes behind those that all begin with:
/// these are sorted as numbers, and only where they are the same the rest is compared.
pub fn order_of_bytes(all: &[&[u8]]) -> Vec<usize> {
    if all.is_sorted_by(|a, b| compare(a, b).is_le()) {
        return (0..all.len()).collect();
    }
    let shared = all.iter().fold(usize::MAX, |shared, bytes| shared_length(all[0], bytes).min(shared));
    let mut numbered: Vec<(u64, usize)> =
        all.iter().enumerate().map(|(index, bytes)| (leading(&bytes[shared..]), index)).collect();
    by_number(&mut numbered);
    for same in numbered.chunk_by_mut(|(a, _), (b, _)| a == b).filter(|same| same.len() > 1) {
        by(same, |(_, a), (_, b)| all[*a].cmp(all[*b]));
    }
    numbered.into_iter().map(|(_, index)| index).collect()
}

/// Pairs up to which each is moved to its place: counting digits takes longer.
const FEW: usize = 64;

/// Sorts by the first number; what is the same keeps its order.
fn by_number(pairs: &mut Vec<(u64, usize)>) {
    match pairs.len() <= FEW {
        true => by_insertion(pairs),
        false => by_digits(pairs),
    }
}

fn by_insertion(pairs: &mut [(u64, usize)]) {
    for end in 1..pairs.len() {
        let (pair, mut place) = (pairs[end], end);
        while place > 0 && pairs[place - 1].0 > pair.0 {
            pairs[place] = pairs[place - 1];
            place -= 1;
        }
        pairs[place] = pair;
    }
}

/// Digit by digit from the last one: after each, what is the same keeps its order.
fn by_digits(pairs: &mut Vec<(u64, usize)>) {
    let differing = pairs.iter().fold(0, |bits, (number, _)| bits | (number ^ pairs[0].0));
    let mut sorted = pairs.clone();
    for shift in (0..64).step_by(8).filter(|shift| (differing >> shift) & 0xff != 0) {
        let digit = |number: u64| (number >> shift) as usize & 0xff;
        // Where the first with each digit goes, and then the next.
        let mut places = [0; 256];
        pairs.iter().for_each(|(number, _)| places[digit(*number)] += 1);
        let mut next = 0;
        places.iter_mut().for_each(|place| next += std::mem::replace(place, next));
        for pair in &*pairs {
            let place = &mut places[digit(pair.0)];
            sorted[*place] = *pair;
            *place += 1;
        }
        std::mem::swap(pairs, &mut sorted);
    }
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

        #[test]
        fn bytes_are_sorted_as_the_library_does(mut items in proptest::collection::vec("(dist/)?[a\u{0}-]{0,12}", 0..150)) {
            let mut expected = items.clone();
            expected.sort();
            super::by_bytes(&mut items, |item| item.as_bytes());
            prop_assert_eq!(items, expected);
        }
    }
}
