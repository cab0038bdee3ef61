//! Variables without quotes: the shell splits what they hold into words, and whoever wrote it adds arguments.

use super::posix::{Follower, Sink, SinkKind};
use crate::workflow::shell_words::{Command, Part, Word};

/// Commands to which a word more is no harm, and words of the shell itself, where nothing is split or all is meant to be.
const HARMLESS: [&str; 14] = [
    "echo", "printf", "[[", "case", "for", "select", "export", "local", "declare", "readonly", "typeset",
    "return", "exit", ":",
];

impl Follower<'_, '_, '_> {
    /// Finds the variables whose text becomes arguments of a command.
    pub(super) fn split(&mut self, command: &Command) {
        let start = command.behind(&[crate::workflow::wrappers::Kind::Starter]);
        let name = command.words.get(start).and_then(Word::literal).unwrap_or_default();
        if HARMLESS.contains(&name) || name.starts_with("((") {
            return;
        }
        for word in command.words.iter().skip(start + 1) {
            for part in &word.parts {
                let Part::Variable(variable) = part else { continue };
                if variable.quoted || variable.filtered {
                    continue;
                }
                let words = self.part(part).and_then(|taint| taint.only(|origin| origin.kind.has_words()));
                let Some(taint) = words else { continue };
                let by = if name.is_empty() { "a command" } else { name };
                self.result.sinks.push(Sink {
                    kind: SinkKind::Split,
                    taint,
                    range: variable.range.clone(),
                    by: by.to_owned(),
                });
            }
        }
    }
}
