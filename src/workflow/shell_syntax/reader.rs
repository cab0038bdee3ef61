//! Characters and words: quotes, substitutions, here-documents, and where each of them ends.

use std::ops::Range;

use super::{Fault, FaultKind};

/// Constructs within each other that are followed; nobody writes more.
const MAX_DEPTH: usize = 40;

/// Why there is nothing to say about the rest.
pub(super) enum Stop {
    /// No shell reads this.
    Fault(Fault),
    /// A shell may read this.
    GivenUp,
}

pub(super) type Read<T = ()> = Result<T, Stop>;

/// A here-document whose text has not come yet.
struct Document {
    delimiter: String,
    tabs: bool,
    range: Range<usize>,
}

/// Something that waits to be closed.
pub(super) struct Open {
    pub range: Range<usize>,
    pub closing: &'static str,
}

/// Somewhere in a script.
pub(super) struct Reader<'s> {
    pub text: &'s str,
    pub at: usize,
    /// True if `sh` reads it, for which some quotes mean less.
    pub posix: bool,
    /// What is open, the innermost last.
    pub open: Vec<Open>,
    documents: Vec<Document>,
    depth: usize,
    /// Bytes that may still be looked at; what is read twice counts twice.
    budget: usize,
}

impl<'s> Reader<'s> {
    pub fn new(text: &'s str, posix: bool) -> Self {
        let budget = text.len().saturating_mul(16) + 4096;
        Reader { text, at: 0, posix, open: Vec::new(), documents: Vec::new(), depth: 0, budget }
    }

    pub fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    pub fn starts(&self, text: &str) -> bool {
        self.text.as_bytes()[self.at..].starts_with(text.as_bytes())
    }

    pub fn eat(&mut self, text: &str) -> bool {
        let eaten = self.starts(text);
        if eaten {
            self.at += text.len();
        }
        eaten
    }

    pub fn spend(&mut self, bytes: usize) -> Read {
        self.budget = self.budget.checked_sub(bytes).ok_or(Stop::GivenUp)?;
        Ok(())
    }

    /// Reads one level deeper.
    pub fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Stop::GivenUp);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    pub fn unclosed(range: Range<usize>, closing: &'static str) -> Stop {
        Stop::Fault(Fault { range, kind: FaultKind::Unclosed { closing } })
    }

    /// Passes blanks, continued lines and comments.
    pub fn blank(&mut self) {
        loop {
            match self.byte(0) {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\\') if self.starts("\\\n") => self.at += 2,
                Some(b'#') => {
                    let rest = &self.text.as_bytes()[self.at..];
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                _ => return,
            }
        }
    }

    /// Passes blanks and line ends, with the here-documents behind them.
    pub fn newlines(&mut self) -> Read {
        loop {
            self.blank();
            if self.byte(0) != Some(b'\n') {
                return Ok(());
            }
            self.line_end()?;
        }
    }

    /// Passes a line end, and the texts of the here-documents that the line began.
    pub fn line_end(&mut self) -> Read {
        self.at += 1;
        self.spend(1)?;
        for document in std::mem::take(&mut self.documents) {
            self.document(document)?;
        }
        Ok(())
    }

    fn document(&mut self, document: Document) -> Read {
        let mut start = self.at;
        for line in self.text[start..].split_inclusive('\n') {
            let text = line.strip_suffix('\n').unwrap_or(line);
            let text = if document.tabs { text.trim_start_matches('\t') } else { text };
            start += line.len();
            if text == document.delimiter {
                self.at = start;
                return Ok(());
            }
            // `EOF)`: bash takes the bracket of a substitution for the end of the line.
            let closes = |rest: &str| rest.starts_with(')') || rest.starts_with('`');
            if self.depth > 0 && text.strip_prefix(&*document.delimiter).is_some_and(closes) {
                self.at = start - line.len() + (line.len() - line.trim_start_matches('\t').len());
                self.at += document.delimiter.len();
                return Ok(());
            }
        }
        let kind = FaultKind::Document { delimiter: document.delimiter };
        Err(Stop::Fault(Fault { range: document.range, kind }))
    }

    /// The end of the script: no here-document may be left.
    pub fn end(&mut self) -> Read {
        match self.documents.pop() {
            Some(document) => self.document(document),
            None => Ok(()),
        }
    }

    /// The word behind `<<` or `<<-`, whose text comes with the next lines.
    pub fn here(&mut self, start: usize, tabs: bool) -> Read {
        self.blank();
        let from = self.at;
        self.word()?;
        let raw = &self.text[from..self.at];
        if raw.is_empty() || raw.contains(['$', '`', '\n']) {
            return Err(Stop::GivenUp);
        }
        let delimiter = raw.replace(['\'', '"', '\\'], "");
        self.documents.push(Document { delimiter, tabs, range: start..self.at });
        Ok(())
    }

    /// The bytes up to the next sign or blank, which are no word yet.
    pub fn plain(&self) -> &'s str {
        let rest = &self.text[self.at..];
        let end = rest.find([' ', '\t', '\n', ';', '&', '|', '(', ')', '<', '>']);
        &rest[..end.unwrap_or(rest.len())]
    }

    /// Passes a word: up to a blank or sign outside of quotes. Empty if none begins here.
    pub fn word(&mut self) -> Read {
        let start = self.at;
        while let Some(byte) = self.byte(0) {
            match byte {
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b')' => break,
                b'<' | b'>' if self.byte(1) == Some(b'(') => {
                    self.at += 1;
                    self.substitution()?;
                }
                b'<' | b'>' => break,
                b'(' if !self.joined_bracket(start)? => break,
                b'(' => {}
                _ => self.piece(false)?,
            }
        }
        self.spend(self.at - start)
    }

    /// `@(a|b)` and `NAME=(…)`: what a bracket within a word belongs to. False if it is a sign of its own.
    fn joined_bracket(&mut self, start: usize) -> Read<bool> {
        let raw = &self.text[start..self.at];
        if raw.ends_with(['?', '*', '+', '@', '!']) || (raw.contains('[') && !raw.ends_with(']')) {
            let assigns = raw.ends_with("]=") || raw.ends_with("+=");
            // Whether a pattern may stand here is switched while the script runs; an index may hold anything.
            if !assigns {
                return Err(Stop::GivenUp);
            }
        }
        if raw.ends_with('=') {
            self.array()?;
            return Ok(true);
        }
        Ok(false)
    }

    /// `( one two )` of an assignment.
    fn array(&mut self) -> Read {
        let opening = self.at..self.at + 1;
        self.at += 1;
        self.deeper(|reader| {
            loop {
                reader.newlines()?;
                match reader.byte(0) {
                    None => return Err(Self::unclosed(opening, ")")),
                    Some(b')') => {
                        reader.at += 1;
                        return Ok(());
                    }
                    Some(b';' | b'&' | b'|' | b'(') => return Err(Stop::GivenUp),
                    Some(b'<' | b'>') if reader.byte(1) != Some(b'(') => return Err(Stop::GivenUp),
                    Some(_) => reader.word()?,
                }
            }
        })
    }

    /// One character, or what begins with it.
    fn piece(&mut self, in_quotes: bool) -> Read {
        let start = self.at;
        let byte = self.byte(0).ok_or(Stop::GivenUp)?;
        self.at += 1;
        match byte {
            b'\\' => {
                self.at = (self.at + 1).min(self.text.len());
                Ok(())
            }
            b'\'' if !in_quotes => self.up_to(b'\'', start),
            b'"' => self.double_quoted(start),
            b'`' => self.backticks(start),
            b'$' => self.dollar(in_quotes, start),
            _ => Ok(()),
        }
    }

    /// Text in single quotes, of which `start` is the first.
    fn up_to(&mut self, closing: u8, start: usize) -> Read {
        let rest = &self.text.as_bytes()[self.at..];
        let end = memchr::memchr(closing, rest).ok_or_else(|| Self::unclosed(start..self.at, "'"))?;
        self.at += end + 1;
        self.spend(end)
    }

    /// `$'…'`, where a backslash counts.
    fn escaped(&mut self, start: usize) -> Read {
        while let Some(byte) = self.byte(0) {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'\'' {
                return Ok(());
            }
        }
        self.at = self.text.len();
        Err(Self::unclosed(start..start + 2, "'"))
    }

    fn double_quoted(&mut self, start: usize) -> Read {
        self.deeper(|reader| {
            loop {
                match reader.byte(0) {
                    None => return Err(Self::unclosed(start..start + 1, "\"")),
                    Some(b'"') => {
                        reader.at += 1;
                        return reader.spend(reader.at - start);
                    }
                    Some(_) => reader.piece(true)?,
                }
            }
        })
    }

    /// What runs in backticks is read when it runs.
    fn backticks(&mut self, start: usize) -> Read {
        while let Some(byte) = self.byte(0) {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'`' {
                return Ok(());
            }
        }
        self.at = self.text.len();
        Err(Self::unclosed(start..start + 1, "`"))
    }

    fn dollar(&mut self, in_quotes: bool, start: usize) -> Read {
        match self.byte(0) {
            Some(b'(') if self.byte(1) == Some(b'(') => {
                if self.arithmetic()? {
                    return Ok(());
                }
                self.substitution()
            }
            Some(b'(') => self.substitution(),
            Some(b'{') => self.braced(start, in_quotes),
            Some(b'[') => Err(Stop::GivenUp),
            Some(b'\'') if !in_quotes => {
                self.at += 1;
                self.escaped(start)
            }
            Some(b'$' | b'#' | b'?' | b'!' | b'@' | b'*' | b'-' | b'_' | b'0'..=b'9') => {
                self.at += 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// `${NAME…}`, at its brace.
    fn braced(&mut self, start: usize, in_quotes: bool) -> Read {
        self.at += 1;
        self.deeper(|reader| {
            loop {
                match reader.byte(0) {
                    None => return Err(Self::unclosed(start..start + 2, "}")),
                    Some(b'}') => {
                        reader.at += 1;
                        return reader.spend(reader.at - start);
                    }
                    // In double quotes, `'` is a letter for sh, and for some versions of bash.
                    Some(b'\'') if in_quotes && reader.posix => return Err(Stop::GivenUp),
                    Some(_) => reader.piece(false)?,
                }
            }
        })
    }

    /// `((…))` at its first bracket. False, and the reader where it was, if it is none.
    pub fn arithmetic(&mut self) -> Read<bool> {
        let start = self.at;
        self.at += 2;
        let found = self.deeper(|reader| {
            let mut open = 0_usize;
            loop {
                reader.spend(1)?;
                match reader.byte(0) {
                    None => return Ok(false),
                    Some(b'(') => {
                        open += 1;
                        reader.at += 1;
                    }
                    Some(b')') if open > 0 => {
                        open -= 1;
                        reader.at += 1;
                    }
                    Some(b')') => return Ok(reader.eat("))")),
                    Some(_) => reader.piece(false)?,
                }
            }
        });
        match found {
            Ok(true) => Ok(true),
            Ok(false) | Err(Stop::Fault(_)) => {
                self.at = start;
                Ok(false)
            }
            Err(given_up) => Err(given_up),
        }
    }

    /// Commands in brackets, at the opening one.
    pub fn substitution(&mut self) -> Read {
        let opening = self.at..self.at + 1;
        self.at += 1;
        self.deeper(|reader| {
            reader.open.push(Open { range: opening.clone(), closing: ")" });
            reader.list()?;
            reader.close_bracket(opening)?;
            reader.open.pop();
            Ok(())
        })
    }
}
