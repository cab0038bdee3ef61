//! Values that are known to be secret, in every form in which they turn up.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::runner::masks::Masks;

/// Longer values are looked for in pieces of this many bytes, so that the stream need not be held back for longer.
const PIECE: usize = 4 << 10;

/// Values that are known to be secret.
#[derive(Default)]
pub struct Known {
    forms: Option<AhoCorasick>,
    /// Values that are too short or too common to be taken out.
    pub refused: usize,
}

impl Known {
    /// Knows these values: as they are, line by line, in base64, hex and percent-encoding, and as JSON writes them.
    pub fn of<'v>(values: impl IntoIterator<Item = &'v str>) -> Known {
        let mut masks = Masks::default();
        let mut forms: Vec<Vec<u8>> = Vec::new();
        let mut refused = 0;
        for value in values {
            if !masks.add(value) {
                refused += 1;
                continue;
            }
            forms.extend(written_otherwise(value.trim()));
        }
        masks.strings().for_each(|form| forms.extend(pieces(form.as_bytes())));
        Known { forms: built(forms), refused }
    }

    /// Knows only what encoders make of these values, for callers that look for the values themselves.
    pub fn encoded<'v>(values: impl IntoIterator<Item = &'v str>) -> Known {
        let mut masks = Masks::default();
        let mut forms: Vec<Vec<u8>> = Vec::new();
        for value in values {
            masks.add_encoded(value);
            forms.extend(written_otherwise(value));
        }
        masks.strings().for_each(|form| forms.extend(pieces(form.as_bytes())));
        Known { forms: built(forms), refused: 0 }
    }

    /// Where a form stands, from `start` on. Ranges may overlap.
    pub fn find(&self, text: &[u8], start: usize) -> Vec<Range<usize>> {
        let (Some(forms), Some(text)) = (&self.forms, text.get(start..)) else { return Vec::new() };
        forms.find_overlapping_iter(text).map(|found| start + found.start()..start + found.end()).collect()
    }
}

/// A value as JSON and as addresses write it.
fn written_otherwise(value: &str) -> Vec<Vec<u8>> {
    let escaped = serde_json::Value::from(value).to_string();
    let encoded = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    let forms = [escaped.trim_matches('"'), &encoded, &encoded.to_ascii_lowercase()];
    forms.into_iter().flat_map(|form| pieces(form.as_bytes())).collect()
}

/// Fails only beyond billions of states, and then nothing would be masked: the caller must not go on.
fn built(mut forms: Vec<Vec<u8>>) -> Option<AhoCorasick> {
    crate::sorted::by_bytes(&mut forms, |form| form);
    forms.dedup();
    (!forms.is_empty()).then(|| {
        let forms = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&forms);
        forms.expect("a few thousand short forms fit")
    })
}

/// A form, or pieces that cover it if it is long.
fn pieces(form: &[u8]) -> Vec<Vec<u8>> {
    if form.len() <= PIECE {
        return vec![form.to_vec()];
    }
    let mut pieces: Vec<Vec<u8>> = form.chunks_exact(PIECE).map(<[u8]>::to_vec).collect();
    pieces.push(form[form.len() - PIECE..].to_vec());
    pieces
}
