//! The same work on many things, in as many threads as there are processors, each named after the thread that asks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Things that one worker takes at a time.
const BATCH: usize = 16;

/// More workers than this wait for the disk.
const MAX_WORKERS: usize = 8;

/// A thread that works for this one, under its name: a crash is then known to be that of the check.
pub fn helper() -> thread::Builder {
    let name = thread::current().name().unwrap_or_default().to_owned();
    thread::Builder::new().name(name)
}

/// The results in the order of the things.
pub fn map<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_with(things, || (), |(), thing| work(thing))
}

/// The same with something that every thread makes for itself.
pub fn map_with<T: Sync, R: Send, S: Send>(
    things: &[T],
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&S, &T) -> R + Sync,
) -> Vec<R> {
    map_by(BATCH, things, prepare, work).0
}

/// The same for things of which the first are the most work: a worker takes one at a time. Also returns what the
/// threads made for themselves.
pub fn map_one_by_one<T: Sync, R: Send, S: Send>(
    things: &[T],
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&S, &T) -> R + Sync,
) -> (Vec<R>, Vec<S>) {
    map_by(1, things, prepare, work)
}

fn map_by<T: Sync, R: Send, S: Send>(
    batch: usize,
    things: &[T],
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&S, &T) -> R + Sync,
) -> (Vec<R>, Vec<S>) {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let workers = processors.min(MAX_WORKERS).min(things.len().div_ceil(batch));
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        let own = prepare();
        loop {
            let start = next.fetch_add(batch, Ordering::Relaxed);
            let Some(rest) = things.get(start..).filter(|rest| !rest.is_empty()) else { return (done, own) };
            done.push((start, rest.iter().take(batch).map(|thing| work(&own, thing)).collect::<Vec<R>>()));
        }
    };
    let (mut batches, own) = thread::scope(|scope| {
        let others: Vec<_> = (1..workers).filter_map(|_| helper().spawn_scoped(scope, worker).ok()).collect();
        let (mut batches, own) = worker();
        let mut all = vec![own];
        for other in others {
            match other.join() {
                Ok((more, own)) => {
                    batches.extend(more);
                    all.push(own);
                }
                // The engine says that the check crashed.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        (batches, all)
    });
    crate::sorted::by_key(&mut batches, |(start, _)| *start);
    let mut results = Vec::with_capacity(things.len());
    batches.into_iter().for_each(|(_, batch)| results.extend(batch));
    (results, own)
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_keep_their_order() {
        let things: Vec<usize> = (0..1000).collect();
        assert_eq!(super::map(&things, |n| n * 2), things.iter().map(|n| n * 2).collect::<Vec<_>>());
        assert!(super::map(&[0; 0], |n| *n).is_empty());
    }
}
