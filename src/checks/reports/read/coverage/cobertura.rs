//! Cobertura XML (coverage.py, gcovr, coverlet, PHPUnit, Istanbul, cargo-tarpaulin, gocover-cobertura).

use std::io::Read;

use super::{Files, evidence};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::coverage::Share;
use crate::checks::reports::read::xml::{self, Element, Visitor};
use crate::checks::reports::refusal::Refusal;

/// Reads a report. Lines are those of `<class>`, each counted once; those of its methods only where it has none of its
/// own: Istanbul lists there where functions begin, which its other reports do not count.
pub fn read(input: impl Read) -> Result<Evidence, Refusal> {
    let mut reader = Reader::default();
    xml::walk(input, &mut reader)?;
    evidence(reader.files, reader.sources, reader.made)
}

#[derive(Default)]
struct Reader {
    files: Files,
    sources: Vec<String>,
    file: Option<String>,
    /// Lines of the methods of the class: number, hits, branches.
    of_methods: Vec<(u64, u64, Option<Share>)>,
    in_methods: bool,
    /// True if the class has lines of its own.
    has_lines: bool,
    in_source: bool,
    made: Option<String>,
}

impl Visitor for Reader {
    fn open(&mut self, element: &Element<'_>, line: u32) -> Result<(), Refusal> {
        match element.name() {
            "coverage" => {
                self.made = element.attribute("timestamp").map(std::borrow::Cow::into_owned);
            }
            "source" => {
                self.in_source = true;
                self.sources.push(String::new());
            }
            "class" => {
                let Some(path) = element.attribute("filename").filter(|path| !path.is_empty()) else {
                    let message = "a `<class>` has no `filename`".to_owned();
                    return Err(Refusal::Malformed { line: Some(line), message });
                };
                self.files.entry(path.clone().into_owned()).or_default();
                self.file = Some(path.into_owned());
            }
            "methods" => self.in_methods = true,
            "line" => {
                let file = self.file.as_ref().and_then(|path| self.files.get_mut(path));
                let (Some(file), Some(at)) = (file, element.number("number")) else { return Ok(()) };
                let times = element.attribute("hits").and_then(|hits| hits.trim().parse::<f64>().ok());
                let times = times.unwrap_or_default().max(0.0) as u64;
                let share = element.attribute("condition-coverage").and_then(|text| conditions(&text));
                if self.in_methods {
                    self.of_methods.push((at, times, share));
                    return Ok(());
                }
                self.has_lines = true;
                file.hit(at, times);
                if let Some(share) = share {
                    file.branch(at, share);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str) -> Result<(), Refusal> {
        match name {
            "methods" => self.in_methods = false,
            "class" => {
                let file = self.file.take().and_then(|path| self.files.get_mut(&path));
                if let Some(file) = file.filter(|_| !self.has_lines) {
                    for (at, times, share) in &self.of_methods {
                        file.hit(*at, *times);
                        share.iter().for_each(|share| file.branch(*at, *share));
                    }
                }
                self.of_methods.clear();
                self.has_lines = false;
            }
            "source" => self.in_source = false,
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let Some(source) = self.sources.last_mut().filter(|_| self.in_source) {
            source.push_str(crate::excerpt::head(text.trim(), 4 << 10));
        }
    }
}

/// `50% (1/2)`
fn conditions(text: &str) -> Option<Share> {
    let (_, rest) = text.split_once('(')?;
    let (covered, all) = rest.trim_end_matches([')', ' ']).split_once('/')?;
    Some(Share { covered: covered.trim().parse().ok()?, all: all.trim().parse().ok()? })
}
