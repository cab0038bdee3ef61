//! Credentials whose format says what they are.

use std::ops::Range;

use super::random;
use super::window::Window;
use super::{Doubt, Hit, Kind};
use crate::credentials::formats::{Format, Look};
use crate::credentials::proofs;
use crate::credentials::providers::Checksum;

/// Bytes of a value behind which nobody looks for its end.
const LONGEST: usize = 400;

/// The credential at an anchor of one of its shapes.
pub fn at(
    window: &Window<'_>,
    format: &'static Format,
    look: &Look,
    before: (usize, usize),
    literal: usize,
) -> Option<Hit> {
    let range = (before.0..=before.1).rev().find_map(|back| {
        let start = window.start.checked_sub(back)?;
        // A value that begins with a sign begins everywhere.
        let sign = !window.at(start).is_ascii_alphanumeric() && window.at(start) != b'_';
        let end = (sign || window.begins(start)).then(|| look.shape.end_at(window.text, start))??;
        // What is longer than any run is read goes on.
        let ended = window.ends(end) || end - start >= LONGEST;
        (ended && end >= window.end).then_some(start..end)
    })?;
    if is_inside_base64(window, range.start) {
        return None;
    }
    let value = window.part(range.clone());
    let snowflake = || std::str::from_utf8(value).is_ok_and(proofs::snowflake_fits);
    if format.checksum == Some(Checksum::Snowflake) && !snowflake() {
        return None;
    }
    let body = value.get(literal..).unwrap_or_default();
    Some(Hit {
        kind: Kind::Credential(format),
        doubt: doubt(format, value, body),
        range: window.whole(range),
    })
}

/// True in the midst of a long text in base64, in which every short literal turns up.
fn is_inside_base64(window: &Window<'_>, start: usize) -> bool {
    const LONG: usize = 60;
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+');
    matches!(window.before(start), b'/' | b'+')
        && (0..start).rev().take(LONG).take_while(|place| base64(window.at(*place))).count() == LONG
}

/// A value that was assigned to a name which says what it is.
pub fn named(format: &'static Format, value: &[u8], range: Range<usize>) -> Hit {
    Hit { kind: Kind::Credential(format), doubt: doubt(format, value, value), range }
}

fn doubt(format: &Format, value: &[u8], body: &[u8]) -> Option<Doubt> {
    if let Some(doubt) = super::dummy::doubt(value) {
        return Some(doubt);
    }
    let text = std::str::from_utf8(value).ok()?;
    let proof = match format.checksum {
        Some(Checksum::Github) => proofs::github_checksum(text),
        Some(Checksum::FineGrained) => proofs::fine_grained_checksum(text),
        Some(Checksum::Zuplo) => proofs::zuplo_checksum(text),
        Some(Checksum::Gitlab) => proofs::gitlab_checksum(text),
        // That it holds an account says little: most ids that somebody makes up do as well.
        Some(Checksum::AwsAccount) => proofs::aws_account_fits(text).filter(|fits| !fits),
        Some(Checksum::Macaroon) => proofs::pypi_host(text).map(|_| true),
        Some(Checksum::Snowflake) | None => None,
    };
    match proof {
        Some(true) => return None,
        Some(false) => return Some(Doubt::Checksum),
        None => {}
    }
    if format.test_marks.iter().any(|mark| text.contains(mark.as_str())) {
        return Some(Doubt::ForTests);
    }
    // Letters that nobody drew by lot: `sk-proj-my-own-key-of-the-project`.
    let few = body.len() >= 16 && random::entropy(body) < 2.8;
    let words = body.len() >= 16 && body.iter().any(u8::is_ascii_lowercase) && random::surprise(body) < 4.3;
    let hex = body.iter().all(u8::is_ascii_hexdigit);
    (few || (words && !hex)).then_some(Doubt::Words)
}
