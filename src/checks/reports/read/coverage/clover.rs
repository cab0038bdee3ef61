//! Clover XML (Istanbul, PHPUnit, OpenClover).

use std::io::Read;

use super::{Files, evidence};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::coverage::Share;
use crate::checks::reports::read::xml::{self, Element, Visitor};
use crate::checks::reports::refusal::Refusal;

/// Reads a report. Lines of methods count as lines, as the writers' own totals have it for statements.
pub fn read(input: impl Read) -> Result<Evidence, Refusal> {
    let mut reader = Reader::default();
    xml::walk(input, &mut reader)?;
    evidence(reader.files, Vec::new(), reader.made)
}

#[derive(Default)]
struct Reader {
    files: Files,
    file: Option<String>,
    made: Option<String>,
}

impl Visitor for Reader {
    fn open(&mut self, element: &Element<'_>, _line: u32) -> Result<(), Refusal> {
        match element.name() {
            "coverage" => self.made = element.attribute("generated").map(std::borrow::Cow::into_owned),
            "file" => {
                // Istanbul's `name` is the last part only, its `path` the whole; PHPUnit has the whole in `name`.
                let path =
                    element.attribute("path").or_else(|| element.attribute("name")).unwrap_or_default();
                self.files.entry(path.clone().into_owned()).or_default();
                self.file = Some(path.into_owned());
            }
            "line" => {
                let file = self.file.as_ref().and_then(|path| self.files.get_mut(path));
                let (Some(file), Some(at)) = (file, element.number("num")) else { return Ok(()) };
                let number = |name: &str| element.number(name);
                match element.attribute("type").as_deref() {
                    Some("cond") => {
                        let [yes, no] =
                            ["truecount", "falsecount"].map(|name| number(name).unwrap_or_default());
                        // Clover says how often each way was taken; Istanbul, which counts the line besides, how many
                        // branches were covered and how many were not.
                        let share = match number("count") {
                            Some(_) => Share { covered: yes, all: yes.saturating_add(no) },
                            None => Share { covered: u64::from(yes > 0) + u64::from(no > 0), all: 2 },
                        };
                        file.hit(at, number("count").unwrap_or(share.covered));
                        file.branch(at, share);
                    }
                    // PHPUnit lists methods on lines of their own, which hold no statement.
                    Some("method") => {}
                    _ => file.hit(at, number("count").unwrap_or_default()),
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str) -> Result<(), Refusal> {
        if name == "file" {
            self.file = None;
        }
        Ok(())
    }
}
