//! Names compared with each other, eight bytes at a time: those of a kind begin alike.

use std::cmp::Ordering;

/// Compares bytes as slices are compared.
pub fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let length = a.len().min(b.len());
    let (one, other) = (&a[..length], &b[..length]);
    let words = one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    let differing = words.map(|(a, b)| numbers(a, b)).find(|(a, b)| a != b);
    let order = match (differing, one.last_chunk(), other.last_chunk()) {
        (Some((a, b)), ..) => a.cmp(&b),
        // What these have in common with the words before is the same.
        (None, Some(a), Some(b)) => {
            let (a, b) = numbers(a, b);
            a.cmp(&b)
        }
        (None, ..) => one.cmp(other),
    };
    order.then(a.len().cmp(&b.len()))
}

/// Eight bytes each, as numbers that sort as they do.
fn numbers(a: &[u8; 8], b: &[u8; 8]) -> (u64, u64) {
    (u64::from_be_bytes(*a), u64::from_be_bytes(*b))
}

/// True if both are the same.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && begins(a, b)
}

/// True if the text begins like this.
pub fn begins(text: &[u8], beginning: &[u8]) -> bool {
    let Some(text) = text.get(..beginning.len()) else { return false };
    let mut words = text.as_chunks::<8>().0.iter().zip(beginning.as_chunks::<8>().0);
    match (text.last_chunk::<8>(), beginning.last_chunk()) {
        // The end differs more often than what comes before.
        (Some(end), Some(other)) => end == other && words.all(|(a, b)| a == b),
        _ => match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
            (Some(four), Some(end)) => {
                Some(four) == beginning.first_chunk() && Some(end) == beginning.last_chunk()
            }
            _ => text.iter().eq(beginning),
        },
    }
}

/// The first eight bytes as a number that sorts as they do; zeros where there are fewer.
pub fn leading(bytes: &[u8]) -> u64 {
    let mut eight = [0; 8];
    let length = bytes.len().min(8);
    eight[..length].copy_from_slice(&bytes[..length]);
    u64::from_be_bytes(eight)
}

/// How many bytes both begin with.
pub fn shared_length(a: &[u8], b: &[u8]) -> usize {
    let words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
    let length = 8 * words.take_while(|(a, b)| a == b).count();
    length + a[length..].iter().zip(&b[length..]).take_while(|(a, b)| a == b).count()
}

/// Looks at one slot after another for each name before it gives up: names may be made to want the same slots.
const MOST_LOOKS: usize = 16;

/// True if all are told apart at a glance, as the names of nearly all lists are. False says nothing.
pub fn are_distinct(names: &[&[u8]]) -> bool {
    // Half of it stays empty, so that hardly any name finds its slot taken.
    let mut slots = vec![0; (2 * names.len()).next_power_of_two()];
    let mask = slots.len() - 1;
    names.iter().all(|name| {
        let glance = glance(name);
        let looks = (0..MOST_LOOKS).map(|look| (glance as usize).wrapping_add(look) & mask);
        for slot in looks {
            match slots[slot] {
                0 => {
                    slots[slot] = glance;
                    return true;
                }
                other if other == glance => return false,
                _ => {}
            }
        }
        false
    })
}

/// A number that differs for most names that do, and is not 0.
fn glance(name: &[u8]) -> u64 {
    let (words, rest) = name.as_chunks::<8>();
    let mix = |number: u64, word: u64| {
        let product = (number ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        product ^ (product >> 32)
    };
    let number = words.iter().fold(name.len() as u64, |number, word| mix(number, u64::from_le_bytes(*word)));
    rest.iter().fold(number, |number, &byte| mix(number, u64::from(byte))) | 1 << 63
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_are_compared_as_the_library_does(a in "[ab]{0,20}", b in "[ab]{0,20}") {
            let longer = format!("{a}{b}");
            for other in [&b, &longer] {
                let (a, b) = (a.as_bytes(), other.as_bytes());
                prop_assert_eq!(compare(a, b), a.cmp(b));
                prop_assert!(leading(a).cmp(&leading(b)).then(a.cmp(b)) == a.cmp(b));
                prop_assert_eq!(same(a, b), a == b);
                prop_assert_eq!(begins(b, a), b.starts_with(a));
                prop_assert!(same(a, a) && begins(a, &a[..a.len() / 2]));
            }
        }

        #[test]
        fn no_name_that_is_there_twice_is_passed_over(names in proptest::collection::vec("[ab]{0,12}", 0..200)) {
            let all: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
            let number = all.iter().collect::<std::collections::HashSet<_>>().len();
            prop_assert!(number == all.len() || !are_distinct(&all));
        }
    }

    #[test]
    fn usual_names_are_distinct() {
        let names: Vec<String> = (0..500).map(|n| format!("pkg-1.{n}-cp312-manylinux_x86_64.whl")).collect();
        let names: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
        assert!(are_distinct(&names) && are_distinct(&[]));
    }
}
