//! What a script writes to the runner's files: outputs and variables, one to a line, or with a delimiter.
//!
//! Source: `FileCommandManager.cs` in actions/runner: `NAME=value`, or `NAME<<DELIMITER`, lines, `DELIMITER`.

use super::values::Values;
use super::{Taint, union};

/// The outputs of a step.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    named: Values,
    /// Those whose name ends so.
    ending: Vec<(&'static str, Taint)>,
    /// Whatever the name: a line that an outsider wrote may set any.
    all: Option<Taint>,
}

impl Outputs {
    pub fn of(named: Values) -> Outputs {
        Outputs { named, ..Outputs::default() }
    }

    /// The output of a name, in lower case.
    pub fn get(&self, name: &str) -> Option<Taint> {
        let ending = self.ending.iter().find(|(end, _)| name.ends_with(end)).map(|(_, taint)| taint.clone());
        union([self.named.get(name).cloned(), ending, self.all.clone()])
    }

    /// All of them together.
    pub fn any(&self) -> Option<Taint> {
        let mut names: Vec<&String> = self.named.keys().collect();
        names.sort_unstable();
        union(names.into_iter().map(|name| self.named.get(name).cloned()).chain([self.all.clone()]))
    }

    pub fn set(&mut self, name: &str, taint: Taint) {
        let known = self.named.remove(&name.to_lowercase());
        self.named.extend(union([known, Some(taint)]).map(|taint| (name.to_lowercase(), taint)));
    }

    pub fn set_ending(&mut self, end: &'static str, taint: Taint) {
        self.ending.push((end, taint));
    }

    pub fn set_all(&mut self, taint: Taint) {
        self.all = union([self.all.take(), Some(taint)]);
    }

    pub fn into_named(self) -> Values {
        self.named
    }
}

/// A piece of what is written.
pub enum Piece {
    Text(String),
    /// What is not known to the reader of the script: clean, or not.
    Value(Option<Taint>),
}

/// A file of the runner's, as it is written line by line.
#[derive(Default)]
pub struct File {
    pub outputs: Outputs,
    /// What lets an outsider write lines of their own.
    pub breaks_out: Option<Taint>,
    /// The name and the delimiter of the value that is being written.
    open: Option<Open>,
    line: Line,
}

struct Open {
    name: String,
    delimiter: String,
    /// True if the delimiter stands in the script, where everybody can read it.
    known: bool,
}

#[derive(Default)]
struct Line {
    /// Text up to the first value.
    start: String,
    /// Text behind it.
    text: String,
    has_value: bool,
    taint: Option<Taint>,
}

impl File {
    /// Takes what is written next. A line may come in several pieces.
    pub fn write(&mut self, pieces: impl IntoIterator<Item = Piece>) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    for (index, part) in text.split('\n').enumerate() {
                        if index > 0 {
                            self.end_line();
                        }
                        if !self.line.has_value {
                            self.line.start.push_str(part);
                        }
                        self.line.text.push_str(part);
                    }
                }
                Piece::Value(taint) => {
                    self.line.has_value = true;
                    let known = self.line.taint.take();
                    self.line.taint = union([known, taint]);
                }
            }
        }
    }

    /// Ends the line that is being written.
    pub fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if let Some(open) = &self.open {
            let closes = !line.has_value && line.text.trim() == open.delimiter
                || line.has_value
                    && !open.known
                    && line.taint.is_none()
                    && line.text.trim() == open.delimiter;
            if closes {
                self.open = None;
            } else if let Some(taint) = line.taint {
                let (name, known) = (open.name.clone(), open.known);
                if known {
                    self.break_out(taint.clone().only(|origin| origin.kind.has_lines()));
                }
                self.outputs.set(&name, taint);
            }
            return;
        }
        if let Some((name, delimiter)) = line.text.split_once("<<") {
            let name = name.trim_start();
            if is_name(name) && line.taint.is_none() {
                let open = Open {
                    name: name.to_owned(),
                    delimiter: delimiter.trim().to_owned(),
                    known: !line.has_value,
                };
                self.open = Some(open);
                return;
            }
        }
        let Some(taint) = line.taint else { return };
        let name = line.start.split_once('=').map(|(name, _)| name.trim_start()).filter(|name| is_name(name));
        let Some(name) = name else {
            // The whole line is the outsider's, its name too.
            return self.break_out(Some(taint));
        };
        self.break_out(taint.clone().only(|origin| origin.kind.has_lines()));
        self.outputs.set(name, taint);
    }

    fn break_out(&mut self, taint: Option<Taint>) {
        self.breaks_out = union([self.breaks_out.take(), taint]);
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::integrity::taint::sources;

    fn file(lines: &[&[&str]]) -> File {
        let mut file = File::default();
        for line in lines {
            let piece = |text: &&str| match text.strip_prefix('$') {
                Some(path) => Piece::Value(sources::of(path)),
                None => Piece::Text((*text).to_owned()),
            };
            file.write(line.iter().map(piece));
            file.end_line();
        }
        file
    }

    #[test]
    fn lines_and_delimiters() {
        let one = file(&[&["a=", "$github.event.issue.title"], &["b=1"]]);
        assert!(one.outputs.get("a").is_some() && one.outputs.get("b").is_none() && one.breaks_out.is_none());
        let many = file(&[&["a=", "$github.event.issue.body"]]);
        assert!(many.breaks_out.is_some());
        let known = file(&[&["a<<EOF"], &["$github.event.issue.body"], &["EOF"], &["b=", "$github.sha"]]);
        assert!(
            known.breaks_out.is_some()
                && known.outputs.get("a").is_some()
                && known.outputs.get("b").is_none()
        );
        let random = file(&[&["a<<", "$github.sha"], &["$github.event.issue.body"], &["", "$github.sha"]]);
        assert!(random.breaks_out.is_none() && random.outputs.get("a").is_some());
        let whole = file(&[&["$github.event.issue.title"]]);
        assert!(whole.breaks_out.is_some());
    }
}
