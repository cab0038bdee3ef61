//! Text line by line, each of a bounded length.

use std::io::{BufRead as _, BufReader, Read};

use crate::checks::reports::refusal::Refusal;

/// Bytes of a line: paths and names of functions; mangled ones have some thousands of characters.
const MAX_LINE: u64 = 1 << 20;

/// Hands every line to `each`, with its number and without its end. Returns how many there were.
pub fn lines(
    input: impl Read,
    mut each: impl FnMut(&str, u32) -> Result<(), Refusal>,
) -> Result<u32, Refusal> {
    let mut input = BufReader::with_capacity(64 << 10, input);
    let mut buffer = Vec::new();
    let mut number: u32 = 0;
    loop {
        buffer.clear();
        let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut buffer);
        let read = read.map_err(|error| Refusal::Io(error.to_string()))?;
        if read == 0 {
            return Ok(number);
        }
        if read as u64 == MAX_LINE {
            return Err(Refusal::TooMuch(format!("a line in it is longer than {MAX_LINE} bytes")));
        }
        number = number.saturating_add(1);
        let text = String::from_utf8_lossy(&buffer);
        each(text.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']), number)?;
    }
}
