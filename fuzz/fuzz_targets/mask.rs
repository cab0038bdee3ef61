//! The filter of `ci-guard mask`, and with it the engine of `secrets`: where the stream is cut changes nothing, and a
//! known value never passes.
#![no_main]

use ci_guard::masking::{Filter, Known};
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "k4Zq-canary-9PwX";

/// Bytes after which the filter writes for the first time, about.
const FIRST_CUT: usize = 64 << 10;

fuzz_target!(|bytes: &[u8]| {
    let (shift, text) = match bytes {
        [high, low, text @ ..] => (usize::from(u16::from_be_bytes([*high, *low])) % 4096, text),
        _ => return,
    };
    let mut text = text.to_vec();
    text.extend_from_slice(SECRET.as_bytes());
    let plain = masked(&text);
    assert!(!plain.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()));
    // The same text across the place of the first cut.
    let mut far = vec![b'\n'; FIRST_CUT - shift];
    let before = far.len();
    far.extend_from_slice(&text);
    far.resize(far.len() + (16 << 10), b'\n');
    let out = masked(&far);
    assert_eq!(out[before..out.len() - (16 << 10)], plain);
});

fn masked(text: &[u8]) -> Vec<u8> {
    let mut filter = Filter::new(Known::of([SECRET]));
    let mut out = Vec::new();
    text.chunks(1000).for_each(|piece| filter.push(piece, &mut out));
    filter.finish(&mut out);
    out
}
