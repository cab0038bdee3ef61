//! Whether a script of `run` can be read by bash at all: the first thing in it that no shell understands.
//!
//! Neither the tree of [`shell`](super::shell) nor the words of [`shell_words`](super::shell_words) can say this: one
//! knows only that there is none, the other reads on through everything. This reader knows bash's grammar (5.2, and
//! what POSIX sh has of it) and stops at the first fault. Wherever bash itself can be told otherwise while the script
//! runs (`shopt -s extglob`), or an expression may stand for anything, it gives up: it never reports what a shell might
//! read.

mod grammar;
mod headed;
mod reader;

use std::ops::Range;

use super::expression;

/// What a shell cannot read, with bytes of the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it is.
    pub range: Range<usize>,
    /// What it is.
    pub kind: FaultKind,
}

/// The kinds of [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Nothing closes what opens here.
    Unclosed {
        /// What would close it.
        closing: &'static str,
    },
    /// A word or sign where none such can stand.
    Unexpected {
        /// What bash waits for, and what opened it, if it is inside of something.
        open: Option<(Range<usize>, &'static str)>,
    },
    /// No line ends this here-document: the rest of the script is text.
    Document {
        /// The line that is missing.
        delimiter: String,
    },
}

/// The first fault of a script, if it has one. `posix` says that it is `sh` that reads it.
pub fn fault(script: &str, posix: bool) -> Option<Fault> {
    let expressions = expression::embedded(script);
    let mut blanked = String::with_capacity(script.len());
    let mut at = 0;
    for embedded in &expressions {
        blanked.push_str(&script[at..embedded.outer.start]);
        blanked.extend(std::iter::repeat_n('x', embedded.outer.len()));
        at = embedded.outer.end;
    }
    blanked.push_str(&script[at..]);
    // A value may hold more than a word: what stands beside one is not judged.
    let fault = grammar::first_fault(&blanked, posix)?;
    let touched = expressions
        .iter()
        .any(|embedded| embedded.outer.start <= fault.range.end && fault.range.start <= embedded.outer.end);
    (!touched).then_some(fault)
}

#[cfg(test)]
mod tests;
