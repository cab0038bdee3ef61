//! Takes secrets out of a stream and leaves every other byte as it is, in constant memory.
//!
//! Two kinds are taken out: values that are known, in the forms in which they turn up in logs, wherever the pieces
//! of the stream are cut; and what the engine of the `secrets` check recognises by its format.

mod known;

use std::borrow::Cow;
use std::ops::Range;

use crate::checks::secrets::detect::{Detector, Hit, Kind, detector, is_worth_masking};

pub use known::Known;

/// What is written in the place of a secret.
const MASK: &[u8] = b"***";

/// Bytes that are looked at together.
const CHUNK: usize = 64 << 10;

/// Bytes at the end that wait for what follows: more than a known value or what a rule looks at.
const HOLD: usize = 8 << 10;

/// Bytes that were written already and that rules look back at.
const CONTEXT: usize = 1 << 10;

/// Bytes of a private key behind its first line. None is longer.
const LONGEST_KEY: usize = 64 << 10;

/// Letters that the line of a key has at least.
const KEY_LINE: usize = 16;

/// A text without what looks like a credential.
pub fn masked(text: &str) -> String {
    let mut filter = Filter::new(Known::of(std::iter::empty()));
    let mut out = Vec::with_capacity(text.len());
    filter.push(text.as_bytes(), &mut out);
    filter.finish(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// A short text without what its format shows to be a credential. Hashes and random values behind telling names stay:
/// reports are about them.
pub fn without_credentials(text: &str) -> Cow<'_, str> {
    if !may_hold_credential(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let is_told = |hit: &Hit| {
        !matches!(hit.kind, Kind::Generic | Kind::Manifest | Kind::Own(_)) && is_worth_masking(hit)
    };
    let hits = detector().scan(text.as_bytes());
    let mut hits = hits.into_iter().filter(is_told).peekable();
    if hits.peek().is_none() {
        return Cow::Borrowed(text);
    }
    let (mut clean, mut end) = (String::new(), 0);
    for hit in hits {
        clean += text.get(end..hit.range.start).unwrap_or_default();
        clean += "***";
        end = hit.range.end;
    }
    clean += text.get(end..).unwrap_or_default();
    Cow::Owned(clean)
}

/// True for a short text of which [`without_credentials`] would take something out.
pub fn has_credentials(text: &str) -> bool {
    matches!(without_credentials(text), Cow::Owned(_))
}

/// True for texts that are worth asking the engine about, which takes a while to make.
fn may_hold_credential(text: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    text.split(|byte| !part(byte)).any(may_be_drawn) || names_user(text) || has(b"PRIVATE KEY-----")
}

/// True if somebody's name and password may stand before the host of a URL.
fn names_user(text: &[u8]) -> bool {
    memchr::memmem::find_iter(text, b"://").any(|at| {
        let rest = text.get(at + 3..).unwrap_or_default();
        let mut authority = rest.iter().take_while(|byte| byte.is_ascii_graphic() && **byte != b'/');
        authority.any(|byte| *byte == b':') && authority.any(|byte| *byte == b'@')
    })
}

/// True for what could be drawn by lot: long, with digits among the letters, and no words with a number before or behind
/// them, as the ids of jobs are (`e2e-tests-on-loongarch64`).
fn may_be_drawn(run: &[u8]) -> bool {
    const SHORTEST: usize = 16;
    const LONG_PART: usize = 8;
    let is_mixed = |text: &[u8]| {
        let digits = text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::is_ascii_digit);
        digits.clone().zip(digits.skip(1)).filter(|(one, next)| one != next).count() > 1
    };
    let long = |part: &[u8]| part.len() >= LONG_PART && is_mixed(part);
    run.len() >= SHORTEST
        && is_mixed(run)
        && !run.iter().all(u8::is_ascii_hexdigit)
        && (run.iter().any(u8::is_ascii_uppercase) || run.split(|byte| matches!(byte, b'_' | b'-')).any(long))
}

/// The filter. Its buffer holds secrets, so it has no `Debug`.
pub struct Filter {
    known: Known,
    detector: &'static Detector,
    buffer: Vec<u8>,
    /// Bytes at the front of the buffer that were written already.
    written: usize,
    /// Bytes behind those that belong to something whose mask was written already.
    masked: usize,
    /// Bytes in which lines of a private key may still follow.
    key_left: usize,
}

impl Filter {
    /// A filter that takes out these values, and what looks like a credential.
    pub fn new(known: Known) -> Filter {
        let buffer = Vec::with_capacity(CHUNK + HOLD + CONTEXT);
        Filter { known, detector: detector(), buffer, written: 0, masked: 0, key_left: 0 }
    }

    /// Takes in a piece of the stream; what is ready is appended to `out`.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        for part in piece.chunks(CHUNK) {
            self.buffer.extend_from_slice(part);
            if self.buffer.len() >= self.written + CHUNK + HOLD {
                self.write_until(self.buffer.len() - HOLD, out);
            }
        }
    }

    /// Appends the rest.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.write_until(self.buffer.len(), out);
    }

    /// Writes the buffer up to `end`, and keeps what the next round looks back at.
    fn write_until(&mut self, end: usize, out: &mut Vec<u8>) {
        let mut ranges = self.known.find(&self.buffer, self.written);
        self.detected(end, &mut ranges);
        crate::sorted::by_key(&mut ranges, |range| (range.start, range.end));
        let mut at = self.written;
        // Nothing is written for what is left of a range whose mask was written in the round before.
        let mut hidden = at + self.masked;
        at = hidden.min(end);
        for range in ranges {
            if range.end <= hidden {
                continue;
            }
            if range.start >= end {
                break;
            }
            if range.start >= hidden {
                out.extend_from_slice(self.buffer.get(at..range.start).unwrap_or_default());
                out.extend_from_slice(MASK);
            }
            hidden = range.end;
            at = hidden.min(end);
        }
        out.extend_from_slice(self.buffer.get(at..end).unwrap_or_default());
        self.masked = hidden.saturating_sub(end);
        let kept = end.saturating_sub(CONTEXT);
        self.buffer.drain(..kept);
        self.written = end - kept;
    }

    /// What the engine recognises, with the lines of private keys.
    fn detected(&mut self, end: usize, ranges: &mut Vec<Range<usize>>) {
        let mut keys = Vec::new();
        if self.key_left > 0 {
            keys.push((self.written, self.key_left));
        }
        for hit in self.detector.scan(&self.buffer) {
            if matches!(hit.kind, Kind::PrivateKey) && hit.range.end >= self.written {
                keys.push((hit.range.end, LONGEST_KEY));
            } else if is_worth_masking(&hit) {
                ranges.push(hit.range.start..self.end_of_token(hit.range));
            }
        }
        self.key_left = 0;
        for (start, left) in keys {
            let stop = (start + left).min(self.buffer.len());
            let body = self.buffer.get(start..stop).unwrap_or_default();
            let length = memchr::memmem::find(body, b"-----END").unwrap_or(body.len());
            lines_of_key(body.get(..length).unwrap_or_default(), start, ranges);
            // Without a last line the next round goes on; a key that begins there is found there.
            let until = if length < body.len() { start + length } else { start + left };
            if start < end {
                self.key_left = self.key_left.max(until.saturating_sub(end));
            }
        }
    }

    /// Tokens that are longer than what a rule looks at go on.
    fn end_of_token(&self, range: Range<usize>) -> usize {
        const LONG: usize = 380;
        if range.len() < LONG {
            return range.end;
        }
        let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.+/=".contains(byte);
        let rest = self.buffer.get(range.end..).unwrap_or_default();
        range.end + rest.iter().take(HOLD / 2).take_while(|byte| goes_on(byte)).count()
    }
}

/// The runs of base64 in the body of a key, whatever the log puts in front of each line.
fn lines_of_key(body: &[u8], offset: usize, ranges: &mut Vec<Range<usize>>) {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let mut start = None;
    for place in 0..=body.len() {
        let inside = body.get(place).is_some_and(|byte| is_base64(*byte));
        match (inside, start) {
            (true, None) => start = Some(place),
            (false, Some(from)) => {
                if place - from >= KEY_LINE {
                    ranges.push(offset + from..offset + place);
                }
                start = None;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
