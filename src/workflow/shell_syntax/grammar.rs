//! Commands: what may follow what.

use std::ops::Range;

use super::reader::{Open, Read, Reader, Stop};
use super::{Fault, FaultKind};

/// Words that end a list of commands; each closes something, or goes on with it.
const ENDING: [&str; 8] = ["then", "else", "elif", "fi", "do", "done", "esac", "}"];

/// The first fault of a script without expressions.
pub(super) fn first_fault(script: &str, posix: bool) -> Option<Fault> {
    // Line ends of Windows, and bytes that YAML lets through and shells do not.
    if memchr::memchr2(b'\r', 0, script.as_bytes()).is_some() || continues_a_keyword(script) {
        return None;
    }
    let mut reader = Reader::new(script, posix);
    match reader.whole() {
        Err(Stop::Fault(fault)) => Some(fault),
        Err(Stop::GivenUp) | Ok(()) => None,
    }
}

impl Reader<'_> {
    fn whole(&mut self) -> Read {
        self.list()?;
        if self.at < self.text.len() {
            return Err(self.unexpected());
        }
        self.end()
    }

    /// What stands here cannot stand here; or the script ends here, and something is open.
    pub(super) fn unexpected(&mut self) -> Stop {
        self.blank();
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            // What a here-document swallows is missing further down.
            if let Err(stop) = self.end() {
                return stop;
            }
            if let Some(open) = self.open.last() {
                return Reader::unclosed(open.range.clone(), open.closing);
            }
        }
        let sign = ["&&", "||", ";;", "|&"].into_iter().find(|sign| rest.starts_with(sign)).map(str::len);
        let width = sign.unwrap_or_else(|| self.plain().len());
        let width = if width == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { width };
        let range = match rest.is_empty() {
            // Nothing follows what stands last.
            true => last_word(self.text),
            false => self.at..self.at + width,
        };
        let open = self.open.last().map(|open| (open.range.clone(), open.closing));
        Stop::Fault(Fault { range, kind: FaultKind::Unexpected { open } })
    }

    /// Commands up to what ends a list. Says whether there was any.
    pub(super) fn list(&mut self) -> Read<bool> {
        self.deeper(|reader| {
            let mut any = false;
            loop {
                reader.newlines()?;
                if reader.ends() {
                    return Ok(any);
                }
                let compound = reader.and_or()?;
                any = true;
                reader.blank();
                match reader.byte(0) {
                    None | Some(b'\n' | b')') => {}
                    Some(b';') if matches!(reader.byte(1), Some(b';' | b'&')) => return Ok(any),
                    Some(b';') => reader.at += 1,
                    Some(b'&') if reader.byte(1) != Some(b'&') => reader.at += 1,
                    _ if compound && reader.ends() => return Ok(any),
                    _ => return Err(reader.unexpected()),
                }
            }
        })
    }

    /// A list that must have something in it.
    pub(super) fn commands(&mut self) -> Read {
        match self.list()? {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    /// True where a list ends.
    fn ends(&self) -> bool {
        match self.byte(0) {
            None | Some(b')') => true,
            Some(b';') => matches!(self.byte(1), Some(b';' | b'&')),
            _ => ENDING.contains(&self.plain()),
        }
    }

    /// `a && b || c`. Says whether the last command was a compound one, behind which a word may end the list.
    fn and_or(&mut self) -> Read<bool> {
        loop {
            let compound = self.pipeline()?;
            self.blank();
            if !self.eat("&&") && !self.eat("||") {
                return Ok(compound);
            }
            self.newlines()?;
        }
    }

    fn pipeline(&mut self) -> Read<bool> {
        loop {
            let bare = self.prefixes();
            self.blank();
            if bare && matches!(self.byte(0), None | Some(b'\n' | b';')) {
                return Ok(false);
            }
            let compound = self.command()?;
            self.blank();
            if self.starts("||") || !self.eat("|") {
                return Ok(compound);
            }
            self.eat("&");
            self.newlines()?;
        }
    }

    /// `!` and `time`.
    fn prefixes(&mut self) -> bool {
        let mut any = false;
        loop {
            self.blank();
            let word = self.plain();
            if !(word == "!" && self.byte(1) != Some(b'(')) && word != "time" {
                return any;
            }
            self.at += word.len();
            any = true;
            self.blank();
            if word == "time" && self.plain() == "-p" {
                self.at += 2;
            }
        }
    }

    /// One command. True if it is a compound one.
    fn command(&mut self) -> Read<bool> {
        self.blank();
        if self.byte(0) == Some(b'(') {
            if !(self.byte(1) == Some(b'(') && self.arithmetic()?) {
                self.subshell()?;
            }
            self.redirections()?;
            return Ok(true);
        }
        if self.compound()? {
            self.redirections()?;
            return Ok(true);
        }
        if ENDING.contains(&self.plain()) {
            return Err(self.unexpected());
        }
        match self.byte(0) {
            None | Some(b'\n' | b';' | b'&' | b'|' | b')') if !self.starts("&>") => Err(self.unexpected()),
            _ => self.simple(),
        }
    }

    fn subshell(&mut self) -> Read {
        let opening = self.at..self.at + 1;
        self.at += 1;
        self.opened(opening.clone(), ")", |reader| {
            reader.commands()?;
            reader.close_bracket(opening)
        })
    }

    /// The bracket that closes what `opening` opened.
    pub(super) fn close_bracket(&mut self, opening: Range<usize>) -> Read {
        self.blank();
        match self.byte(0) {
            Some(b')') => {
                self.at += 1;
                Ok(())
            }
            None => {
                self.end()?;
                Err(Reader::unclosed(opening, ")"))
            }
            Some(_) => Err(self.unexpected()),
        }
    }

    /// Reads what is inside of something that is open.
    fn opened<T>(
        &mut self,
        range: Range<usize>,
        closing: &'static str,
        read: impl FnOnce(&mut Self) -> Read<T>,
    ) -> Read<T> {
        self.open.push(Open { range, closing });
        let result = self.deeper(read)?;
        self.open.pop();
        Ok(result)
    }

    /// A word that must stand here.
    pub(super) fn expect(&mut self, word: &'static str) -> Read {
        if self.plain() != word {
            return Err(self.unexpected());
        }
        self.at += word.len();
        Ok(())
    }

    /// `if`, `for` and the like, if one of them begins here.
    fn compound(&mut self) -> Read<bool> {
        let word = self.plain();
        let range = self.at..self.at + word.len();
        let closing = match word {
            "if" => "fi",
            "while" | "until" | "for" | "select" => "done",
            "case" => "esac",
            "{" => "}",
            "[[" => "]]",
            "function" => return self.function().map(|()| true),
            "coproc" => return Err(Stop::GivenUp),
            _ => return Ok(false),
        };
        self.at += word.len();
        self.opened(range, closing, |reader| match word {
            "if" => reader.branches(),
            "while" | "until" => {
                reader.commands()?;
                reader.repeated()
            }
            "for" | "select" => reader.each(),
            "case" => reader.case(),
            "{" => {
                reader.commands()?;
                reader.expect("}")
            }
            _ => reader.test(),
        })?;
        Ok(true)
    }

    /// Behind `if`.
    fn branches(&mut self) -> Read {
        loop {
            self.commands()?;
            self.expect("then")?;
            self.commands()?;
            match self.plain() {
                "elif" => self.at += 4,
                "else" => {
                    self.at += 4;
                    self.commands()?;
                    return self.expect("fi");
                }
                _ => return self.expect("fi"),
            }
        }
    }

    /// `do … done`
    pub(super) fn repeated(&mut self) -> Read {
        self.expect("do")?;
        self.commands()?;
        self.expect("done")
    }

    /// Commands between brackets of whatever kind, or `[[ … ]]`, behind a function's name.
    fn body(&mut self) -> Read {
        self.newlines()?;
        let found = match self.byte(0) {
            Some(b'(') => self.command()?,
            _ => self.compound()?,
        };
        if !found {
            return Err(self.unexpected());
        }
        self.redirections()
    }

    /// At `function`.
    fn function(&mut self) -> Read {
        self.at += "function".len();
        self.blank();
        self.word()?;
        self.blank();
        if self.eat("(") {
            self.blank();
            if !self.eat(")") {
                return Err(self.unexpected());
            }
        }
        self.deeper(Self::body)
    }

    /// Words and redirections; or the head of a function, with its body.
    fn simple(&mut self) -> Read<bool> {
        let mut words = 0;
        loop {
            self.blank();
            if self.redirection()? {
                words += 2;
                continue;
            }
            match self.byte(0) {
                None | Some(b'\n' | b';' | b'&' | b'|' | b')') => return Ok(false),
                Some(b'(') if words == 1 => {
                    self.at += 1;
                    self.blank();
                    if !self.eat(")") {
                        return Err(self.unexpected());
                    }
                    self.deeper(Self::body)?;
                    return Ok(true);
                }
                Some(b'(') => return Err(self.unexpected()),
                Some(_) => {
                    self.word()?;
                    words += 1;
                }
            }
        }
    }

    /// What may follow a compound command.
    fn redirections(&mut self) -> Read {
        loop {
            self.blank();
            let word = self.plain();
            let next = self.text.as_bytes().get(self.at + word.len());
            let numbered = word.bytes().all(|byte| byte.is_ascii_digit()) || word.starts_with('{');
            if !word.is_empty() && numbered && matches!(next, Some(b'<' | b'>')) {
                self.at += word.len();
            }
            if !self.redirection()? {
                return Ok(());
            }
        }
    }

    /// `> file`, `2>&1`, `<<EOF`: the number before it is a word.
    fn redirection(&mut self) -> Read<bool> {
        let start = self.at;
        let file = (self.starts("<(") || self.starts(">(")) && !self.starts("<<") && !self.starts(">>");
        if file || !(self.starts("<") || self.starts(">") || self.starts("&>")) {
            return Ok(false);
        }
        if self.eat("<<<") {
            // A string.
        } else if self.eat("<<-") {
            return self.here(start, true).map(|()| true);
        } else if self.eat("<<") {
            return self.here(start, false).map(|()| true);
        } else {
            let _ = self.eat("&>>")
                || self.eat("&>")
                || self.eat(">>")
                || self.eat(">|")
                || self.eat("<>")
                || self.eat(">&")
                || self.eat("<&")
                || self.eat(">")
                || self.eat("<");
        }
        self.blank();
        let target = self.at;
        self.word()?;
        match self.at == target {
            true => Err(self.unexpected()),
            false => Ok(true),
        }
    }

    pub(super) fn line_of_words(&mut self) -> Read {
        loop {
            self.blank();
            match self.byte(0) {
                None | Some(b'\n' | b';') => return Ok(()),
                Some(b'&' | b'|' | b'(' | b')') => return Err(self.unexpected()),
                Some(b'<' | b'>') if self.byte(1) != Some(b'(') => return Err(self.unexpected()),
                Some(_) => self.word()?,
            }
        }
    }
}

/// True if a line is continued right behind a word that means something, which is one word with what follows.
fn continues_a_keyword(script: &str) -> bool {
    let mut before = script.match_indices('\\').filter_map(|(at, _)| {
        let rest = &script[at + 1..];
        (rest.is_empty() || rest.starts_with('\n')).then(|| &script[..at])
    });
    before.any(|before| ENDING.iter().any(|word| before.ends_with(word)))
}

/// The last word of a script.
fn last_word(script: &str) -> Range<usize> {
    let text = script.trim_end();
    let start = text.rfind(|c: char| c.is_ascii_whitespace()).map_or(0, |at| at + 1);
    start..text.len()
}
