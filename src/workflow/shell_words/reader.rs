//! Reads characters into words, and words into commands.

use std::ops::Range;

use ci_guard_scan::Bytes;

use super::level::{Document, Level};
use super::{Command, Part, Script, Variable, Word};

/// Substitutions within each other that are followed; nobody writes more.
const MAX_DEPTH: usize = 20;

// Bytes that are more than text: outside quotes, inside double quotes and here-documents, inside single quotes.
static SPECIAL: Bytes = Bytes::of(b" \t\r\n;&|()<>`'\"\\$");
static SPECIAL_IN_QUOTES: Bytes = Bytes::of(b"`\"\\$");
static SPECIAL_IN_SINGLE_QUOTES: Bytes = Bytes::of(b"'$");

/// Somewhere in a script.
pub struct Reader<'s> {
    text: &'s str,
    at: usize,
    expressions: Vec<Range<usize>>,
    depth: usize,
    in_backticks: bool,
}

impl<'s> Reader<'s> {
    /// At the start of a script, whose expressions are at these bytes.
    pub fn new(text: &'s str, expressions: Vec<Range<usize>>) -> Self {
        Reader { text, at: 0, expressions, depth: 0, in_backticks: false }
    }

    /// What is written there.
    pub fn written(&self, range: &Range<usize>) -> &'s str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// The next character.
    pub fn peek(&self) -> Option<char> {
        match self.text.as_bytes().get(self.at)? {
            byte if byte.is_ascii() => Some(char::from(*byte)),
            _ => self.text[self.at..].chars().next(),
        }
    }

    /// Adds the text up to the next byte that is more than that.
    fn text(&mut self, special: &Bytes, word: &mut Word) {
        let rest = &self.text[self.at..];
        let length = rest.bytes().position(|byte| special.holds(byte)).unwrap_or(rest.len());
        if length > 0 {
            word.push_text(&rest[..length]);
            self.at += length;
        }
    }

    fn starts(&self, text: &str) -> bool {
        self.text[self.at..].starts_with(text)
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let eaten = self.starts(text);
        if eaten {
            self.at += text.len();
        }
        eaten
    }

    /// The expression that begins here; the reader moves behind it.
    fn expression(&mut self) -> Option<Part> {
        if !self.starts("${{") {
            return None;
        }
        let index = self.expressions.binary_search_by_key(&self.at, |range| range.start).ok()?;
        // A here-document may end in the middle of what looks like an expression.
        let range = self.expressions.get(index).filter(|range| range.end <= self.text.len())?.clone();
        self.at = range.end;
        Some(Part::Expression(range))
    }

    /// Commands up to the end, or up to the character that closes a substitution.
    pub fn commands(&mut self, until: Option<char>) -> Vec<Command> {
        let mut level = Level::default();
        level.command.range.start = self.at;
        while let Some(c) = self.peek() {
            if Some(c) == until && (c != ')' || level.groups.is_empty()) {
                self.at += 1;
                break;
            }
            match c {
                '\n' => {
                    self.at += 1;
                    level.end(self.at, false);
                    self.documents(&mut level);
                }
                ' ' | '\t' | '\r' => self.at += 1,
                '\\' if self.starts("\\\n") => self.at += 2,
                '\\' if self.starts("\\\r\n") => self.at += 3,
                '#' => self.at += self.text[self.at..].find('\n').unwrap_or(self.text.len() - self.at),
                ';' => {
                    self.at += 1;
                    level.end(self.at, false);
                }
                '|' => {
                    let or = self.eat("||");
                    if !or {
                        self.at += 1;
                        self.eat("&");
                    }
                    level.end(self.at, !or);
                }
                '&' if self.starts("&>") => {
                    self.at += 1;
                    self.redirection(&mut level);
                }
                '&' => {
                    self.at += 1;
                    self.eat("&");
                    level.end(self.at, false);
                }
                '(' => {
                    self.at += 1;
                    level.end(self.at, false);
                    level.open();
                }
                ')' => {
                    self.at += 1;
                    level.end(self.at, false);
                    level.closed = level.groups.pop();
                }
                '<' | '>' if !self.starts("<(") && !self.starts(">(") => self.redirection(&mut level),
                _ => {
                    let word = self.word();
                    level.word(word, self);
                }
            }
        }
        level.end(self.at, false);
        level.done
    }

    /// `> file`, `2>&1`, `< file`, `<<< text`, `<< END`
    fn redirection(&mut self, level: &mut Level) {
        let writes = self.peek() == Some('>');
        if self.eat("<<<") {
            let word = self.argument();
            level.reader(|command| command.here.push(word));
        } else if self.eat("<<") {
            let tabs = self.eat("-");
            let start = self.at;
            let word = self.argument();
            let raw = &self.text[start..self.at];
            let expands = !raw.contains(['\'', '"', '\\']);
            let command = level.closed.unwrap_or(level.done.len());
            level.documents.push(Document { command, delimiter: word.text(), expands, tabs });
        } else {
            self.at += 1;
            let appends = self.eat(">") || self.eat("|");
            // A copy of a descriptor: `>&2`, `2>&1`, `<&3`.
            if !appends && self.eat("&") {
                self.argument();
                return;
            }
            let word = self.argument();
            match writes {
                true => level.writer(&word),
                false => level.reader(|command| command.reads.push(word)),
            }
        }
    }

    /// The word behind a redirection.
    fn argument(&mut self) -> Word {
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.at += 1;
        }
        self.word()
    }

    /// A word up to what ends it. Always moves, unless the word is empty.
    fn word(&mut self) -> Word {
        let start = self.at;
        let mut word = Word::default();
        loop {
            self.text(&SPECIAL, &mut word);
            let Some(c) = self.peek() else { break };
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | ')' => break,
                '(' => break,
                '`' if self.in_backticks => break,
                '<' | '>' if self.starts("<(") || self.starts(">(") => {
                    self.at += 2;
                    self.substitution(')', &mut word);
                }
                '<' | '>' => break,
                '\'' => {
                    self.at += 1;
                    self.single_quoted(&mut word);
                }
                '"' => {
                    self.at += 1;
                    self.expanding(&mut word, Some('"'));
                }
                '\\' => {
                    self.at += 1;
                    match self.bump() {
                        Some('\n') | None => {}
                        Some(c) => word.push(c),
                    }
                }
                _ => self.part(c, false, &mut word),
            }
        }
        word.range = start..self.at;
        word
    }

    fn single_quoted(&mut self, word: &mut Word) {
        // An empty word is a word.
        if word.parts.is_empty() {
            word.parts.push(Part::Text(String::new()));
        }
        loop {
            self.text(&SPECIAL_IN_SINGLE_QUOTES, word);
            if let Some(part) = self.expression() {
                word.parts.push(part);
                continue;
            }
            match self.bump() {
                Some('\'') | None => return,
                Some(c) => word.push(c),
            }
        }
    }

    /// Text in double quotes, or of a here-document, in which variables count.
    fn expanding(&mut self, word: &mut Word, until: Option<char>) {
        if word.parts.is_empty() {
            word.parts.push(Part::Text(String::new()));
        }
        loop {
            self.text(&SPECIAL_IN_QUOTES, word);
            let Some(c) = self.peek() else { return };
            if Some(c) == until {
                self.at += 1;
                return;
            }
            if c == '`' && self.in_backticks {
                return;
            }
            if c == '\\' {
                self.at += 1;
                match self.bump() {
                    Some('\n') | None => {}
                    Some(c @ ('$' | '`' | '"' | '\\')) => word.push(c),
                    Some(c) => {
                        word.push('\\');
                        word.push(c);
                    }
                }
                continue;
            }
            self.part(c, true, word);
        }
    }

    /// One character, or what begins with it: an expression, a variable, a substitution.
    fn part(&mut self, c: char, quoted: bool, word: &mut Word) {
        if let Some(part) = self.expression() {
            word.parts.push(part);
            return;
        }
        self.at += c.len_utf8();
        match c {
            '`' => self.substitution('`', word),
            '$' => self.dollar(quoted, word),
            c => word.push(c),
        }
    }

    /// What follows a `$`.
    fn dollar(&mut self, quoted: bool, word: &mut Word) {
        let start = self.at - 1;
        if self.starts("((") {
            self.arithmetic();
        } else if self.eat("(") {
            self.substitution(')', word);
        } else if self.eat("{") {
            self.braced(start, quoted, word);
        } else if !quoted && self.eat("'") {
            self.single_quoted(word);
        } else {
            match self.name() {
                Some(name) => {
                    let range = start..self.at;
                    word.parts.push(Part::Variable(Variable { name, quoted, filtered: false, range }));
                }
                None => word.push('$'),
            }
        }
    }

    fn name(&mut self) -> Option<String> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = rest.get(..length).filter(|name| !name.is_empty())?;
        self.at += length;
        Some(name.to_owned())
    }

    /// `${NAME…}` behind its brace.
    fn braced(&mut self, start: usize, quoted: bool, word: &mut Word) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let length = self.eat("#");
        self.eat("!");
        let name = self.name();
        let rest = &self.text[self.at..];
        let filtered = ["/[^", "//[^", "@Q"].iter().any(|operation| rest.starts_with(operation));
        let mut inner = Word::default();
        while let Some(c) = self.peek() {
            match c {
                '}' => break,
                '\\' => {
                    self.at += 1;
                    self.bump();
                }
                _ => self.part(c, quoted, &mut inner),
            }
        }
        self.depth -= 1;
        self.eat("}");
        if let Some(name) = name.filter(|_| !length) {
            let range = start..self.at;
            word.parts.push(Part::Variable(Variable { name, quoted, filtered, range }));
        }
        // Values that stand in for it: `${A:-$B}`.
        word.parts.extend(inner.parts.into_iter().filter(|part| !matches!(part, Part::Text(_))));
    }

    /// `$(( … ))` gives a number, whatever stands in it.
    fn arithmetic(&mut self) {
        let mut open = 0;
        while let Some(c) = self.bump() {
            match c {
                '(' => open += 1,
                ')' => open -= 1,
                _ => {}
            }
            if open == 0 {
                return;
            }
        }
    }

    fn substitution(&mut self, until: char, word: &mut Word) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let outer = std::mem::replace(&mut self.in_backticks, until == '`');
        let commands = self.commands(Some(until));
        self.in_backticks = outer;
        self.depth -= 1;
        word.parts.push(Part::Output(Script { commands }));
    }

    /// The texts of the here-documents of the line that has just ended.
    fn documents(&mut self, level: &mut Level) {
        for document in std::mem::take(&mut level.documents) {
            let start = self.at;
            let mut end = start;
            let rest = &self.text[start..];
            for line in rest.split_inclusive('\n') {
                let text = line.trim_end_matches(['\n', '\r']);
                let text = if document.tabs { text.trim_start_matches('\t') } else { text };
                if text == document.delimiter {
                    self.at = end + line.len();
                    break;
                }
                end += line.len();
                self.at = end;
            }
            let mut word = Word { range: start..end, ..Word::default() };
            let (after, whole) = (self.at, self.text);
            (self.text, self.at) = (&whole[..end], start);
            match document.expands {
                true => self.expanding(&mut word, None),
                false => loop {
                    self.text(&SPECIAL_IN_SINGLE_QUOTES, &mut word);
                    match self.expression() {
                        Some(part) => word.parts.push(part),
                        None => match self.bump() {
                            Some(c) => word.push(c),
                            None => break,
                        },
                    }
                },
            }
            (self.text, self.at) = (whole, after);
            if let Some(command) = level.done.get_mut(document.command) {
                command.here.push(word);
            }
        }
    }
}
