//! The same work on many things, shared out among the threads of a pool that has one for each processor: a check that
//! is done helps those that are not.
//!
//! A thread that waits for others takes up whatever is to be done meanwhile, be it another check. So nothing here may be
//! called while a lock is held, or what is made only once is made: the other check might wait for it for ever.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::thread;

use rayon_core::{ThreadPool, ThreadPoolBuilder};

use crate::crash;

/// Things that one worker takes at a time.
const BATCH: usize = 16;

/// More threads than this wait for the disk.
const MAX_WORKERS: usize = 8;

/// Bytes of stack of a thread: one check may take up another on the way.
const STACK: usize = 8 << 20;

/// The results in the order of the things.
pub fn map<'t, T: Sync, R: Send>(things: &'t [T], work: impl Fn(&'t T) -> R + Sync) -> Vec<R> {
    map_with(things, || (), |(), thing| work(thing))
}

/// The same with something that every thread makes for itself.
pub fn map_with<'t, T: Sync, R: Send, S>(
    things: &'t [T],
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&S, &'t T) -> R + Sync,
) -> Vec<R> {
    map_by(BATCH, things, prepare, work, drop).0
}

/// The same for few things, or for some that are much more work than others: a worker takes one at a time.
pub fn each<'t, T: Sync, R: Send>(things: &'t [T], work: impl Fn(&'t T) -> R + Sync) -> Vec<R> {
    each_with(things, || (), |(), thing| work(thing))
}

/// The same with something that every thread makes for itself.
pub fn each_with<'t, T: Sync, R: Send, S>(
    things: &'t [T],
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&S, &'t T) -> R + Sync,
) -> Vec<R> {
    map_by(1, things, prepare, work, drop).0
}

/// The same; also returns what the threads made for themselves.
pub fn each_and_made<'t, T: Sync, R: Send, S: Send>(
    things: &'t [T],
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&S, &'t T) -> R + Sync,
) -> (Vec<R>, Vec<S>) {
    map_by(1, things, prepare, work, |own| own)
}

/// The results of two pieces of work that share nothing, done at the same time.
pub fn both<A: Send, B>(apart: impl Fn() -> A + Sync, own: impl FnOnce() -> B) -> (A, B) {
    let is_taken = AtomicBool::new(false);
    let worker = || (!is_taken.swap(true, Ordering::Relaxed)).then(&apart);
    let (own, all) = together(2, own, worker);
    (all.into_iter().flatten().next().expect("whoever came first did it"), own)
}

/// The same, one after the other where it is not much: the first time, threads have to be started for it.
pub fn both_if<A: Send, B>(is_much: bool, apart: impl Fn() -> A + Sync, own: impl FnOnce() -> B) -> (A, B) {
    if is_much {
        return both(apart, own);
    }
    let own = own();
    (apart(), own)
}

fn map_by<'t, T: Sync, R: Send, S, E: Send>(
    batch: usize,
    things: &'t [T],
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&S, &'t T) -> R + Sync,
    end: impl Fn(S) -> E + Sync,
) -> (Vec<R>, Vec<E>) {
    let next = AtomicUsize::new(0);
    let worker = || {
        let (mut done, mut own) = (Vec::new(), None);
        loop {
            let start = next.fetch_add(batch, Ordering::Relaxed);
            let Some(rest) = things.get(start..).filter(|rest| !rest.is_empty()) else {
                return (done, own.map(&end));
            };
            let own = own.get_or_insert_with(&prepare);
            done.push((start, rest.iter().take(batch).map(|thing| work(own, thing)).collect::<Vec<R>>()));
        }
    };
    let ((), all) = together(things.len().div_ceil(batch), || {}, worker);
    let (done, ends): (Vec<_>, Vec<Option<E>>) = all.into_iter().unzip();
    (in_order(done), ends.into_iter().flatten().collect())
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
        let (mut done, mut own) = (Vec::new(), None);
        loop {
            // It ends when nothing is left and nobody can send any more.
            let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((start, things)) = next else { return done };
            let own = own.get_or_insert_with(&prepare);
            done.push((start, things.into_iter().map(|thing| work(own, thing)).collect::<Vec<R>>()));
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

/// Works in this thread, when it has done what is to be done `first`, and in others of the pool, in `most` altogether.
fn together<F, R: Send>(
    most: usize,
    first: impl FnOnce() -> F,
    worker: impl Fn() -> R + Sync,
) -> (F, Vec<R>) {
    let Some(pool) = (most > 1).then(|| pool(0)).flatten() else { return (first(), vec![worker()]) };
    let all = Mutex::new(Vec::new());
    let check = crash::current();
    let work = || {
        let result = worker();
        all.lock().unwrap_or_else(PoisonError::into_inner).push(result);
    };
    let first = pool.in_place_scope(|scope| {
        for _ in 1..pool.current_num_threads().min(most) {
            scope.spawn(|_| crash::within(check, work));
        }
        let first = first();
        work();
        first
    });
    (first, all.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Starts the threads, this one among them: one for each processor, and no fewer than `least`, since some wait for
/// servers. Later calls change nothing; without it they are started when they have something to do.
pub fn start(least: usize) {
    pool(least);
}

/// `None` where the system starts no threads: this one does everything then.
fn pool(least: usize) -> Option<&'static ThreadPool> {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let start = || {
        let processors = thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS);
        let pool = ThreadPoolBuilder::new().num_threads(processors.max(least)).stack_size(STACK);
        pool.use_current_thread().build().ok()
    };
    POOL.get_or_init(start).as_ref()
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
