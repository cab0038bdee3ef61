//! Every form of the report, with foreign text in every part of a finding. Four bytes say where; the fields are path,
//! message, help, the message of a related place, the reason of a check, a note, and the file's text.
#![no_main]

use ci_guard_fuzz::fields;
use ci_guard_fuzz::report::{Words, holds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: ([u8; 4], &str)| {
    let ([line, column, lines, columns], text) = input;
    let [path, message, help, related, reason, note, source] = fields(text);
    let words = Words { path, message, help, related, reason, note, source };
    holds(&words, [line, column, lines, columns].map(u32::from));
});
