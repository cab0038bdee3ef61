//! Commands, groups of commands, and what is between them.

use std::ops::Range;

use super::reader::Reader;
use super::{Command, Part, Word};

/// Groups within each other whose redirections are followed.
const MAX_GROUPS: usize = 50;

/// What is open while commands are read: the commands of this level, and what is half done.
#[derive(Default)]
pub struct Level {
    pub done: Vec<Command>,
    pub command: Command,
    /// Where groups began, as indexes into `done`.
    pub groups: Vec<usize>,
    /// The group that was closed last, while its redirections may follow.
    pub closed: Option<usize>,
    /// Commands that the next one reads from.
    feeds: Range<usize>,
    pub documents: Vec<Document>,
}

/// A here-document whose text has not come yet: the command that it belongs to, and how it ends.
pub struct Document {
    pub command: usize,
    pub delimiter: String,
    pub expands: bool,
    pub tabs: bool,
}

/// Words that open a group, and those that close one.
const OPENING: [&str; 6] = ["{", "if", "while", "until", "for", "case"];
const CLOSING: [&str; 4] = ["}", "fi", "done", "esac"];
/// Words between commands that are none.
const CONNECTING: [&str; 7] = ["then", "else", "elif", "do", "!", "time", "in"];

impl Level {
    /// Opens a group. The innermost ones are told apart, up to a number.
    pub fn open(&mut self) {
        if self.groups.len() >= MAX_GROUPS {
            self.groups.remove(0);
        }
        self.groups.push(self.done.len());
    }

    /// Ends the command that is being read. `pipes` says that the next one reads its output.
    pub fn end(&mut self, at: usize, pipes: bool) {
        let empty = self.command.words.is_empty() && self.command.assignments.is_empty();
        let mut command = std::mem::take(&mut self.command);
        let first = self.closed.take();
        if !empty || !command.writes.is_empty() {
            command.range.end = at;
            command.piped_from = std::mem::take(&mut self.feeds);
            self.done.push(command);
        }
        if pipes {
            let last = self.done.len();
            self.feeds = first.filter(|_| empty).unwrap_or(last.saturating_sub(1))..last;
        }
        self.command.range.start = at;
    }

    pub fn word(&mut self, word: Word, reader: &Reader<'_>) {
        let first = self.command.words.is_empty();
        let raw = reader.written(&word.range);
        if first && self.command.assignments.is_empty() {
            if OPENING.contains(&raw) {
                self.open();
                // `for NAME in …` and `case … in` are read as commands of that name.
                if !matches!(raw, "for" | "case") {
                    return;
                }
            } else if CLOSING.contains(&raw) {
                self.closed = self.groups.pop();
                return;
            } else if CONNECTING.contains(&raw) {
                return;
            }
        }
        // The number of a descriptor: `2>file`.
        if raw.bytes().all(|byte| byte.is_ascii_digit()) && matches!(reader.peek(), Some('<' | '>')) {
            return;
        }
        let declares = ["export", "local", "declare", "readonly", "typeset", "env"];
        let may_assign = first || self.command.name().is_some_and(|name| declares.contains(&name));
        match may_assign.then(|| assignment(&word)).flatten() {
            Some(assignment) => self.command.assignments.push(assignment),
            None => self.command.words.push(word),
        }
    }

    /// Where the command, or the group that was just closed, writes.
    pub fn writer(&mut self, word: &Word) {
        match self.closed {
            Some(start) if self.command.words.is_empty() => {
                self.done.iter_mut().skip(start).for_each(|command| command.writes.push(word.clone()));
            }
            _ => self.command.writes.push(word.clone()),
        }
    }

    /// What the command, or the first of the group that was just closed, reads.
    pub fn reader(&mut self, change: impl FnOnce(&mut Command)) {
        match self.closed.and_then(|start| self.done.get_mut(start)) {
            Some(command) if self.command.words.is_empty() => change(command),
            _ => change(&mut self.command),
        }
    }
}

/// `NAME=value` or `NAME+=value`.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Part::Text(text)) = word.parts.first() else { return None };
    let (name, value) = text.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    let legal = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !legal {
        return None;
    }
    let mut parts = word.parts.clone();
    parts[0] = Part::Text(value.to_owned());
    Some((name.to_owned(), Word { parts, range: word.range.clone() }))
}
