//! Many literals in a text, and in what one version of a text differs from another. A crate of its own, because it is
//! built for speed where the rest of the program is built small: every byte of a history goes through it.

mod automaton;
mod bytes;
mod compare;
mod delta;
mod follow;
mod joined;
mod literals;

pub use bytes::{Bytes, are_base64, are_graphic, are_hexadecimal};
pub use compare::{are_distinct, begins, compare, leading, same, shared_length};
pub use delta::{Piece, apply};
pub use follow::{Same, follow, seek};
pub use literals::{Anchor, Literals};

/// Makes a buffer at least so long, and somewhat longer when it grows: what comes next is often a little larger. What it
/// held is lost then; what is behind the length is left as it was.
pub fn fit(buffer: &mut Vec<u8>, length: usize) {
    if buffer.len() < length {
        *buffer = vec![0; length + length / 4];
    }
}
