//! JaCoCo XML (JaCoCo, Kover).

use std::io::Read;

use super::{Files, evidence};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::coverage::Share;
use crate::checks::reports::read::xml::{self, Element, Visitor};
use crate::checks::reports::refusal::Refusal;

/// Reads a report. Paths are those of packages: `com/acme/Foo.java`.
pub fn read(input: impl Read) -> Result<Evidence, Refusal> {
    let mut reader = Reader::default();
    xml::walk(input, &mut reader)?;
    evidence(reader.files, Vec::new(), reader.made)
}

#[derive(Default)]
struct Reader {
    files: Files,
    package: String,
    file: Option<String>,
    made: Option<String>,
}

impl Visitor for Reader {
    fn open(&mut self, element: &Element<'_>, _line: u32) -> Result<(), Refusal> {
        let text = |name: &str| element.attribute(name).unwrap_or_default().into_owned();
        match element.name() {
            "sessioninfo" => self.made = self.made.take().max(Some(text("dump"))),
            "package" => self.package = text("name"),
            "sourcefile" => {
                let path = match self.package.as_str() {
                    "" => text("name"),
                    package => format!("{package}/{}", text("name")),
                };
                self.files.entry(path.clone()).or_default();
                self.file = Some(path);
            }
            "line" => {
                let file = self.file.as_ref().and_then(|path| self.files.get_mut(path));
                let (Some(file), Some(at)) = (file, element.number("nr")) else { return Ok(()) };
                let number = |name: &str| element.number(name).unwrap_or_default();
                file.hit(at, number("ci"));
                let (missed, covered) = (number("mb"), number("cb"));
                if missed > 0 || covered > 0 {
                    file.branch(at, Share { covered, all: missed.saturating_add(covered) });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str) -> Result<(), Refusal> {
        match name {
            "sourcefile" => self.file = None,
            "package" => self.package.clear(),
            _ => {}
        }
        Ok(())
    }
}
