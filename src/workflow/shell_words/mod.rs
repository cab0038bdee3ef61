//! The words of a POSIX shell script, as far as quoting goes: what a command reads, quoted or not, and where its
//! output goes.
//!
//! This is no parser of the language, as `shell` is: it reads on through whatever is misshapen, and keeps the bytes of
//! every word, which whoever follows values needs. Control flow is passed over, and every command that is written
//! counts as run, in the order of writing. `${{ }}` is kept apart from text, whatever quotes it stands in.

mod level;
mod reader;

use std::ops::Range;

use super::expression;
use super::wrappers::{self, Kind, base_name};

/// The commands of a script in the order of writing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// The commands.
    pub commands: Vec<Command>,
}

/// A simple command with what belongs to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Command {
    /// `NAME=value` before the command, or all there is.
    pub assignments: Vec<(String, Word)>,
    /// The command and its arguments.
    pub words: Vec<Word>,
    /// Files that `>` and `>>` write, those of the groups around the command included.
    pub writes: Vec<Word>,
    /// Files that `<` reads.
    pub reads: Vec<Word>,
    /// Text that here-documents and here-strings hand over.
    pub here: Vec<Word>,
    /// Indexes of the commands whose output it reads.
    pub piped_from: Range<usize>,
    /// Bytes of the script.
    pub range: Range<usize>,
}

/// One word, quotes resolved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Word {
    /// What it is made of.
    pub parts: Vec<Part>,
    /// Bytes of the script.
    pub range: Range<usize>,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text as it is.
    Text(String),
    /// `$NAME` or `${NAME…}`
    Variable(Variable),
    /// `${{ … }}`, by its bytes
    Expression(Range<usize>),
    /// `$( … )`, backticks, `<( … )`
    Output(Script),
}

/// A variable that is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// True inside double quotes, where it is not split into words.
    pub quoted: bool,
    /// True if characters are taken out, or quoted for the shell, as in `${X//[^a-z]/}` and `${X@Q}`.
    pub filtered: bool,
    /// Bytes of the script.
    pub range: Range<usize>,
}

impl Word {
    /// The text, if there is nothing else in the word.
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// All text of the word; what is not text is left out.
    pub fn text(&self) -> String {
        self.parts
            .iter()
            .filter_map(|part| if let Part::Text(text) = part { Some(&**text) } else { None })
            .collect()
    }

    /// True if the word reads this variable itself, or is text that names it.
    pub fn names(&self, variable: &str) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Variable(read) => read.name == variable,
            Part::Text(text) => text.contains(variable),
            _ => false,
        })
    }

    fn push(&mut self, c: char) {
        self.push_text(c.encode_utf8(&mut [0; 4]));
    }

    fn push_text(&mut self, more: &str) {
        match self.parts.last_mut() {
            Some(Part::Text(text)) => text.push_str(more),
            _ => self.parts.push(Part::Text(more.to_owned())),
        }
    }
}

impl Command {
    /// The name of what is run, without its folder.
    pub fn name(&self) -> Option<&str> {
        self.words.first()?.literal().map(base_name)
    }

    /// The index of the word that names what is run behind wrappers of these kinds.
    pub fn behind(&self, kinds: &[Kind]) -> usize {
        wrappers::behind(&|at| Some(self.words.get(at)?.literal().unwrap_or("$")), kinds)
    }

    /// The name of what is run behind `sudo`, `env` and the like, without its folder.
    pub fn program(&self) -> Option<&str> {
        self.words.get(self.behind(&[Kind::Starter]))?.literal().map(base_name)
    }
}

/// Splits a script into commands and words. Never fails: what is misshapen is read as well as it can be.
pub fn read(text: &str) -> Script {
    let expressions = expression::embedded(text).into_iter().map(|found| found.outer).collect();
    Script { commands: reader::Reader::new(text, expressions).commands(None) }
}

#[cfg(test)]
mod tests;
