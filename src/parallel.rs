//! The same work on many things, in more threads as long as there are processors for them, each named after the check
//! that it works for.
//!
//! A thread that no processor is free for would be waited for without having done anything, so none is started then. But
//! whoever has more to do looks again after each thing, and gets help as soon as another check is done.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::thread;

/// Things that one worker takes at a time.
const BATCH: usize = 16;

/// More workers than this wait for the disk.
const MAX_WORKERS: usize = 8;

/// Threads that compute now: the one that the program starts with, and those that took a processor.
static BUSY: AtomicUsize = AtomicUsize::new(1);

/// A processor for a thread that computes.
pub struct Processor(());

impl Processor {
    /// For a thread that computes in any case.
    pub fn take() -> Processor {
        BUSY.fetch_add(1, Ordering::Relaxed);
        Processor(())
    }

    /// If one is free.
    fn free() -> Option<Processor> {
        // One thread more than processors: some wait for each other.
        let most = processors().min(MAX_WORKERS) + 1;
        let one_more = |busy| (busy < most).then_some(busy + 1);
        let taken = BUSY.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        taken.is_ok().then(|| Processor(()))
    }

    /// Leaves that of this thread to others while it waits for them.
    pub fn leave<T>(wait: impl FnOnce() -> T) -> T {
        BUSY.fetch_sub(1, Ordering::Relaxed);
        let result = wait();
        BUSY.fetch_add(1, Ordering::Relaxed);
        result
    }
}

impl Drop for Processor {
    fn drop(&mut self) {
        BUSY.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A thread that works for this one, under its name: a crash is then known to be that of the check.
pub fn helper() -> thread::Builder {
    thread::Builder::new().name(crate::crash::current().unwrap_or_default())
}

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

/// The results of two pieces of work that share nothing. What is done `apart` is another thread's, if a processor is free
/// at once or when this thread's `own` work asks for help.
pub fn both<A: Send, B>(apart: impl Fn() -> A + Sync, own: impl FnOnce(&dyn Fn()) -> B) -> (A, B) {
    let is_taken = AtomicBool::new(false);
    let worker = |_: &dyn Fn()| (!is_taken.swap(true, Ordering::Relaxed)).then(&apart);
    let (own, all) = together(2, own, worker);
    (all.into_iter().flatten().next().expect("whoever came first did it"), own)
}

fn map_by<'t, T: Sync, R: Send, S, E: Send>(
    batch: usize,
    things: &'t [T],
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&S, &'t T) -> R + Sync,
    end: impl Fn(S) -> E + Sync,
) -> (Vec<R>, Vec<E>) {
    let next = AtomicUsize::new(0);
    let worker = |ask_for_help: &dyn Fn()| {
        let mut done = Vec::new();
        let own = prepare();
        loop {
            let start = next.fetch_add(batch, Ordering::Relaxed);
            let Some(rest) = things.get(start..).filter(|rest| !rest.is_empty()) else {
                return (done, end(own));
            };
            if rest.len() > batch {
                ask_for_help();
            }
            done.push((start, rest.iter().take(batch).map(|thing| work(&own, thing)).collect::<Vec<R>>()));
        }
    };
    let ((), all) = together(things.len().div_ceil(batch), |_| {}, worker);
    let (done, ends): (Vec<_>, Vec<E>) = all.into_iter().unzip();
    (in_order(done), ends)
}

/// The same while `find` still finds the things: it hands over each. Also returns what it comes to.
pub fn map_while<T: Send, R: Send, S, F>(
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&S, T) -> R + Sync,
    find: impl FnOnce(&mut dyn FnMut(T)) -> F,
) -> (F, Vec<R>) {
    let (sender, receiver) = mpsc::channel::<(usize, Vec<T>)>();
    let receiver = Mutex::new(receiver);
    let worker = |_: &dyn Fn()| {
        let mut done = Vec::new();
        let own = prepare();
        loop {
            // It ends when nothing is left and nobody can send any more.
            let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((start, things)) = next else { return done };
            done.push((start, things.into_iter().map(|thing| work(&own, thing)).collect::<Vec<R>>()));
        }
    };
    let search = |ask_for_help: &dyn Fn()| {
        let (mut start, mut batch) = (0, Vec::new());
        let mut send = |batch: &mut Vec<T>| {
            let things = std::mem::replace(batch, Vec::with_capacity(BATCH));
            let length = things.len();
            // Workers receive as long as anyone can send.
            let _ = sender.send((start, things));
            start += length;
            ask_for_help();
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

/// Works in this thread and in others that a processor is free for, in `most` altogether. This one starts when it has done
/// what is to be done `first`. Both are given what asks for help, in case a processor has become free.
fn together<F, R: Send>(
    most: usize,
    first: impl FnOnce(&dyn Fn()) -> F,
    worker: impl Fn(&dyn Fn()) -> R + Sync,
) -> (F, Vec<R>) {
    thread::scope(|scope| {
        let others = RefCell::new(Vec::new());
        let ask_for_help = || {
            let mut others = others.borrow_mut();
            while others.len() + 1 < most
                && let Some(processor) = Processor::free()
            {
                let worker = &worker;
                let work = move || {
                    let _processor = processor;
                    worker(&|| {})
                };
                match helper().spawn_scoped(scope, work) {
                    Ok(other) => others.push(other),
                    Err(_) => break,
                }
            }
        };
        ask_for_help();
        let first = first(&ask_for_help);
        let mut all = vec![worker(&ask_for_help)];
        for other in others.take() {
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
        for ask in [false, true] {
            let own = |ask_for_help: &dyn Fn()| {
                if ask {
                    ask_for_help();
                }
                "two"
            };
            assert_eq!(super::both(|| 1, own), (1, "two"));
        }
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
