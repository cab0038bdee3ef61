//! The same work on many things, in as many threads as there are processors, each named after the thread that asks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
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
pub fn map<'t, T: Sync, R: Send>(things: &'t [T], work: impl Fn(&'t T) -> R + Sync) -> Vec<R> {
    map_with(things, || (), |(), thing| work(thing))
}

/// The same with something that every thread makes for itself.
pub fn map_with<'t, T: Sync, R: Send, S: Send>(
    things: &'t [T],
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&S, &'t T) -> R + Sync,
) -> Vec<R> {
    map_by(BATCH, things, prepare, work).0
}

/// The same for things of which the first are the most work: a worker takes one at a time. Also returns what the
/// threads made for themselves.
pub fn map_one_by_one<'t, T: Sync, R: Send, S: Send>(
    things: &'t [T],
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&S, &'t T) -> R + Sync,
) -> (Vec<R>, Vec<S>) {
    map_by(1, things, prepare, work)
}

/// The results of two pieces of work that share nothing, done at the same time.
pub fn both<A: Send, B: Send>(first: impl Fn() -> A + Sync, second: impl Fn() -> B + Sync) -> (A, B) {
    thread::scope(|scope| match helper().spawn_scoped(scope, &first) {
        Ok(other) => {
            let second = second();
            // The engine says that the check crashed.
            (other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), second)
        }
        Err(_) => (first(), second()),
    })
}

fn map_by<'t, T: Sync, R: Send, S: Send>(
    batch: usize,
    things: &'t [T],
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&S, &'t T) -> R + Sync,
) -> (Vec<R>, Vec<S>) {
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
    let ((), all) = together(things.len().div_ceil(batch), || {}, worker);
    let (done, own): (Vec<_>, Vec<S>) = all.into_iter().unzip();
    (in_order(done), own)
}

/// The same while `find` still finds the things: it hands over each. Also returns what it comes to.
pub fn map_while<T: Send, R: Send, S, F>(
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&S, T) -> R + Sync,
    find: impl FnOnce(&mut dyn FnMut(T)) -> F,
) -> (F, Vec<R>) {
    let (sender, receiver) = mpsc::channel::<(usize, Vec<T>)>();
    let receiver = Mutex::new(receiver);
    let worker = || {
        let mut done = Vec::new();
        let own = prepare();
        loop {
            // It ends when nothing is left and nobody can send any more.
            let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((start, things)) = next else { return done };
            done.push((start, things.into_iter().map(|thing| work(&own, thing)).collect::<Vec<R>>()));
        }
    };
    let search = || {
        let (mut start, mut batch) = (0, Vec::new());
        let mut send = |batch: &mut Vec<T>| {
            let things = std::mem::replace(batch, Vec::with_capacity(BATCH));
            let length = things.len();
            // Workers receive as long as anyone can send.
            let _ = sender.send((start, things));
            start += length;
        };
        let found = find(&mut |thing| {
            batch.push(thing);
            if batch.len() >= BATCH {
                send(&mut batch);
            }
        });
        send(&mut batch);
        drop(sender);
        found
    };
    let (found, done) = together(usize::MAX, search, worker);
    (found, in_order(done))
}

/// Works in as many threads as there are processors, but not in more than `most`. This thread is one of them once it has
/// done what is to be done `first`.
fn together<F, R: Send>(
    most: usize,
    first: impl FnOnce() -> F,
    worker: impl Fn() -> R + Sync,
) -> (F, Vec<R>) {
    let workers = processors().min(MAX_WORKERS).min(most);
    thread::scope(|scope| {
        let others: Vec<_> =
            (1..workers).filter_map(|_| helper().spawn_scoped(scope, &worker).ok()).collect();
        let first = first();
        let mut all = vec![worker()];
        for other in others {
            match other.join() {
                Ok(result) => all.push(result),
                // The engine says that the check crashed.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        (first, all)
    })
}

/// Asked for once: the system keeps the answer in several files.
fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// The results of all workers' batches, each of which says where it starts.
fn in_order<R>(done: Vec<Vec<(usize, Vec<R>)>>) -> Vec<R> {
    let mut batches: Vec<(usize, Vec<R>)> = done.into_iter().flatten().collect();
    crate::sorted::by_key(&mut batches, |(start, _)| *start);
    let mut results = Vec::with_capacity(batches.iter().map(|(_, batch)| batch.len()).sum());
    batches.into_iter().for_each(|(_, batch)| results.extend(batch));
    results
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_keep_their_order() {
        let things: Vec<usize> = (0..1000).collect();
        assert_eq!(super::map(&things, |n| n * 2), things.iter().map(|n| n * 2).collect::<Vec<_>>());
        assert!(super::map(&[0; 0], |n| *n).is_empty());
        assert_eq!(super::both(|| 1, || "two"), (1, "two"));
    }

    #[test]
    fn work_is_done_while_more_is_found() {
        for number in [0, 1, 16, 1000] {
            let find = |found: &mut dyn FnMut(usize)| (0..number).for_each(found);
            let (_, results) = super::map_while(|| (), |(), n| n * 2, find);
            assert_eq!(results, (0..number).map(|n| n * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    #[should_panic(expected = "while things are found")]
    fn a_search_that_fails_leaves_nobody_waiting() {
        let find = |_: &mut dyn FnMut(usize)| assert!(std::hint::black_box(false), "while things are found");
        super::map_while(|| (), |(), n| n, find);
    }
}
