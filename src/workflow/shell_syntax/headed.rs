//! What stands behind `for`, `select`, `case` and `[[`: each has a grammar of its own.

use super::reader::{Read, Reader, Stop};

impl Reader<'_> {
    pub(super) fn each(&mut self) -> Read {
        self.blank();
        if self.starts("((") {
            if !self.arithmetic()? {
                return Err(Stop::GivenUp);
            }
            self.blank();
            self.eat(";");
        } else {
            if matches!(self.byte(0), None | Some(b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>')) {
                return Err(self.unexpected());
            }
            self.word()?;
            self.blank();
            if self.byte(0) == Some(b';') {
                self.at += 1;
            } else {
                self.newlines()?;
                if self.plain() == "in" {
                    self.at += 2;
                    self.line_of_words()?;
                    self.eat(";");
                }
            }
        }
        self.newlines()?;
        match self.plain() {
            "{" => {
                self.at += 1;
                self.commands()?;
                self.expect("}")
            }
            _ => self.repeated(),
        }
    }

    pub(super) fn case(&mut self) -> Read {
        self.blank();
        let subject = self.at;
        self.word()?;
        if self.at == subject {
            return Err(self.unexpected());
        }
        self.newlines()?;
        self.expect("in")?;
        loop {
            self.newlines()?;
            if self.plain() == "esac" {
                return self.expect("esac");
            }
            self.patterns()?;
            self.list()?;
            if !(self.eat(";;&") || self.eat(";;") || self.eat(";&")) {
                return self.expect("esac");
            }
        }
    }

    /// `(a|b)`, the first bracket optional.
    fn patterns(&mut self) -> Read {
        self.eat("(");
        loop {
            self.blank();
            let start = self.at;
            self.word()?;
            if self.at == start {
                return Err(self.unexpected());
            }
            self.blank();
            if self.eat(")") {
                return Ok(());
            }
            if !self.eat("|") {
                return Err(self.unexpected());
            }
        }
    }

    /// Up to `]]`. What is compared with what is not looked at.
    pub(super) fn test(&mut self) -> Read {
        let mut open = 0_usize;
        loop {
            self.newlines()?;
            let start = self.at;
            match self.byte(0) {
                None => return Err(self.unexpected()),
                Some(b';') => return Err(self.unexpected()),
                Some(b'(') => {
                    open += 1;
                    self.at += 1;
                }
                Some(b')') => {
                    open = open.saturating_sub(1);
                    self.at += 1;
                }
                Some(b'&' | b'|' | b'<' | b'>') => self.at += 1,
                Some(_) => {
                    // Patterns and what `=~` takes have brackets of their own, which are no command's.
                    match self.word() {
                        Err(Stop::GivenUp) if self.at > start => {
                            self.at += usize::from(self.byte(0) == Some(b'('));
                        }
                        other => other?,
                    }
                    if &self.text[start..self.at] == "]]" {
                        return Ok(());
                    }
                }
            }
        }
    }
}
