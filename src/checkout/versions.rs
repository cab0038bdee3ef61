//! Blobs one after the other, as packs store them: each right behind the one it differs from.

use std::collections::HashMap;
use std::marker::PhantomData;

use ci_guard_scan::Piece;
use gix::object::Kind;

use super::Git;
use super::arrivals::{Arrival, Reader};
use super::packs::{Families, Packs, Visit};
use crate::parallel;

/// A blob that this one differs from in some pieces: what was made of it, and the pieces.
pub type Before<'b, S> = Option<(&'b S, &'b [Piece])>;

impl Git {
    /// Makes something of each blob of at most `limit` bytes: `look` makes a state of a blob and of that of its base,
    /// `keep` makes the result of a state. The error says why a blob cannot be had.
    pub fn look_through<S, R: Send>(
        &self,
        arrivals: &[&Arrival],
        limit: u64,
        look: impl Fn(Before<'_, S>, &[u8]) -> S + Sync,
        keep: impl Fn(&Arrival, &S, &[u8]) -> R + Sync,
    ) -> Vec<Result<R, String>> {
        let repository = self.repository.to_thread_local();
        let packs = Packs::open(&repository);
        let numbers = parallel::map(arrivals, |arrival| packs.number(&arrival.blob));
        let numbers: HashMap<u32, usize> =
            numbers.into_iter().zip(0..).filter_map(|(number, place)| Some((number?, place))).collect();
        let families = Families::of(&packs, numbers.keys().copied());
        let visitors = families.visit(&[Kind::Blob], limit, || Visitor {
            state: PhantomData,
            arrivals,
            numbers: &numbers,
            look: &look,
            keep: &keep,
            done: Vec::new(),
        });
        let mut results: Vec<Option<Result<R, String>>> = Vec::new();
        results.resize_with(arrivals.len(), || None);
        for (place, result) in visitors.into_iter().flat_map(|visitor| visitor.done) {
            if let Some(slot) = results.get_mut(place) {
                *slot = Some(Ok(result));
            }
        }
        // What is in no pack, or rests on something in another one.
        let rest: Vec<usize> = (0..results.len()).filter(|place| results[*place].is_none()).collect();
        let read = |reader: &Reader, place: &usize| {
            let bytes = reader.read(arrivals[*place], limit)?;
            Ok(keep(arrivals[*place], &look(None, &bytes), &bytes))
        };
        let more = parallel::map_with(&rest, || self.reader(), read);
        for (place, result) in rest.into_iter().zip(more) {
            results[place] = Some(result);
        }
        results.into_iter().flatten().collect()
    }
}

struct Visitor<'v, S, L, K, R> {
    /// A thread makes states and keeps none.
    state: PhantomData<fn() -> S>,
    arrivals: &'v [&'v Arrival],
    numbers: &'v HashMap<u32, usize>,
    look: &'v L,
    keep: &'v K,
    done: Vec<(usize, R)>,
}

impl<S, R, L: Fn(Before<'_, S>, &[u8]) -> S, K: Fn(&Arrival, &S, &[u8]) -> R> Visit
    for Visitor<'_, S, L, K, R>
{
    type State = S;

    fn object(&mut self, number: Option<u32>, _kind: Kind, base: Before<'_, S>, bytes: &[u8]) -> S {
        let state = (self.look)(base, bytes);
        if let Some(place) = number.and_then(|number| self.numbers.get(&number)) {
            self.done.push((*place, (self.keep)(self.arrivals[*place], &state, bytes)));
        }
        state
    }
}
