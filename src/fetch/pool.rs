//! Work on many things at once, in plain threads: what waits for a network needs no processor.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::crash;

/// Bytes of a worker's stack: it reads one document.
const STACK: usize = 1 << 20;

/// Does `work` for every item, at most `most` at a time. Results are in the order of the items.
pub fn each<T: Sync, R: Send>(items: &[T], most: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, work(item)));
        }
    };
    let check = crash::current();
    let helper = || crash::within(check, worker);
    let mut results = thread::scope(|scope| {
        let start = || thread::Builder::new().stack_size(STACK).spawn_scoped(scope, helper).ok();
        let others: Vec<_> = (1..most.min(items.len())).map_while(|_| start()).collect();
        // This thread works as well, so that it gets done even where no other can be started.
        let mut results = worker();
        for other in others {
            match other.join() {
                Ok(more) => results.extend(more),
                // The engine says that the check crashed.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    crate::sorted::by_key(&mut results, |(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stay_in_order() {
        let items: Vec<usize> = (0..200).collect();
        let results = each(&items, 8, |item| item * 2);
        assert!(results.len() == 200 && results.iter().enumerate().all(|(at, result)| *result == at * 2));
        assert!(each(&[0; 0], 8, |item| *item).is_empty());
    }
}
