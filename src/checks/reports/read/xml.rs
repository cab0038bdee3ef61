//! XML, element by element: bounded, without entities, and with the lines on which things stand.
//!
//! Test reports hold whatever a test printed: bytes that are no UTF-8 are replaced rather than refused, because
//! what counts stands in the elements around them.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, XmlVersion};

use crate::checks::reports::refusal::Refusal;

/// Bytes that one tag, text or comment may have.
const MAX_EVENT: usize = 16 << 20;

/// Elements inside one another. Reports have about ten.
const MAX_DEPTH: usize = 200;

/// Bytes read at once.
const CHUNK: usize = 64 << 10;

/// Who wants to know what stands in a document.
pub trait Visitor {
    /// An element begins on this line.
    fn open(&mut self, element: &Element<'_>, line: u32) -> Result<(), Refusal>;
    /// An element ends.
    fn close(&mut self, name: &str) -> Result<(), Refusal>;
    /// Text in the element that is open, in any number of pieces.
    fn text(&mut self, _text: &str) {}
}

/// The start of an element.
pub struct Element<'a> {
    start: &'a BytesStart<'a>,
}

impl Element<'_> {
    /// Its name without a prefix.
    pub fn name(&self) -> &str {
        local(self.start.name().0)
    }

    /// The value of an attribute, by its name without a prefix. Of two the first counts.
    pub fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut attributes = self.start.attributes();
        let attributes = attributes.with_checks(false).flatten();
        let attribute = attributes.into_iter().find(|attribute| local(attribute.key.0) == name)?;
        // A reference to an entity that nobody knows stays as it is written.
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        Some(value.unwrap_or_else(|_| Cow::Owned(attribute.value.into_owned())))
    }

    /// The value of an attribute that is a whole number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.attribute(name)?.trim().parse().ok()
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Reads a whole document. Everything that it opens must be closed, and there must be an element.
pub fn walk(input: impl Read, visitor: &mut dyn Visitor) -> Result<(), Refusal> {
    let line = Rc::new(Cell::new(1));
    let budget = Rc::new(Cell::new(MAX_EVENT));
    let feed = Feed::new(input, line.clone(), budget.clone());
    let mut reader = quick_xml::Reader::from_reader(feed);
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().allow_dangling_amp = true;
    let mut open: Vec<Box<str>> = Vec::new();
    let mut roots = 0;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        budget.set(MAX_EVENT);
        let began = line.get();
        let event = reader.read_event_into(&mut buffer).map_err(|error| refusal(&error, line.get()))?;
        match event {
            Event::Start(start) => {
                if open.is_empty() {
                    roots += 1;
                    if roots > 1 {
                        let message = "something follows after the end of the document".to_owned();
                        return Err(Refusal::Malformed { line: Some(began), message });
                    }
                }
                if open.len() >= MAX_DEPTH {
                    return Err(Refusal::TooMuch(format!(
                        "more than {MAX_DEPTH} elements lie in one another"
                    )));
                }
                let element = Element { start: &start };
                open.push(element.name().into());
                visitor.open(&element, began)?;
            }
            Event::End(end) => {
                open.pop();
                visitor.close(local(end.name().0))?;
            }
            Event::Text(text) if !open.is_empty() => visitor.text(&text),
            Event::CData(text) if !open.is_empty() => visitor.text(&text),
            Event::GeneralRef(reference) if !open.is_empty() => {
                let character = reference.resolve_char_ref().ok().flatten().map(String::from);
                let known = quick_xml::escape::resolve_predefined_entity(&reference).map(str::to_owned);
                visitor.text(&character.or(known).unwrap_or_else(|| format!("&{};", &*reference)));
            }
            // JaCoCo and Cobertura name their DTD; one that defines entities belongs to an attack.
            Event::DocType(doctype) if doctype.contains("<!ENTITY") => {
                let message =
                    "its document type defines entities, which no test or coverage tool does".to_owned();
                return Err(Refusal::Malformed { line: Some(began), message });
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match open.last() {
        Some(name) => {
            Err(Refusal::Truncated { line: line.get(), message: format!("`<{name}>` is never closed") })
        }
        None if roots == 0 => Err(Refusal::no("XML element")),
        None => Ok(()),
    }
}

fn refusal(error: &Error, line: u32) -> Refusal {
    match error {
        Error::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            Refusal::TooMuch(format!("a single text or tag in it is larger than {} MiB", MAX_EVENT >> 20))
        }
        Error::Io(error) => Refusal::Io(error.to_string()),
        Error::Syntax(error) => Refusal::Truncated { line, message: error.to_string() },
        error => Refusal::Malformed { line: Some(line), message: format!("no valid XML: {error}") },
    }
}

/// What the parser reads: UTF-8 whatever comes in, with lines counted, and only so much for one event.
struct Feed<R> {
    inner: R,
    buffer: Vec<u8>,
    /// What was not handed out yet.
    from: usize,
    /// The end of what may be handed out; the rest is a character that is not complete.
    to: usize,
    line: Rc<Cell<u32>>,
    budget: Rc<Cell<usize>>,
}

impl<R: Read> Feed<R> {
    fn new(inner: R, line: Rc<Cell<u32>>, budget: Rc<Cell<usize>>) -> Feed<R> {
        Feed { inner, buffer: Vec::with_capacity(CHUNK), from: 0, to: 0, line, budget }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.to);
        (self.from, self.to) = (0, 0);
        let kept = self.buffer.len();
        let read = self.inner.by_ref().take((CHUNK - kept) as u64).read_to_end(&mut self.buffer)?;
        self.to = replace_invalid(&mut self.buffer, read == 0);
        Ok(())
    }
}

impl<R: Read> Read for Feed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(into.len());
        into[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for Feed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.budget.get() == 0 {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        if self.from == self.to {
            self.refill()?;
        }
        Ok(&self.buffer[self.from..self.to])
    }

    fn consume(&mut self, amount: usize) {
        let end = (self.from + amount).min(self.to);
        let breaks = self.buffer[self.from..end].iter().filter(|byte| **byte == b'\n').count();
        self.line.set(self.line.get().saturating_add(breaks as u32));
        self.budget.set(self.budget.get().saturating_sub(end - self.from));
        self.from = end;
    }
}

/// Puts `?` for every byte that is no UTF-8. Returns how much is complete: the last character may not be.
fn replace_invalid(bytes: &mut [u8], is_end: bool) -> usize {
    let mut done = 0;
    while let Err(error) = std::str::from_utf8(&bytes[done..]) {
        let start = done + error.valid_up_to();
        let Some(length) = error.error_len() else {
            if is_end {
                bytes[start..].fill(b'?');
                return bytes.len();
            }
            return start;
        };
        bytes[start..start + length].fill(b'?');
        done = start + length;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Seen(String);

    impl Visitor for Seen {
        fn open(&mut self, element: &Element<'_>, line: u32) -> Result<(), Refusal> {
            let value = element.attribute("a").unwrap_or_default().into_owned();
            self.0 += &format!("<{}@{line} {value}>", element.name());
            Ok(())
        }

        fn close(&mut self, name: &str) -> Result<(), Refusal> {
            self.0 += &format!("</{name}>");
            Ok(())
        }

        fn text(&mut self, text: &str) {
            self.0 += text;
        }
    }

    fn seen(bytes: &[u8]) -> Result<String, Refusal> {
        let mut seen = Seen::default();
        walk(bytes, &mut seen).map(|()| seen.0)
    }

    #[test]
    fn elements_attributes_and_text_arrive() {
        let text = b"\xef\xbb\xbf<?xml version='1.0'?>\n<r>\n<x:e a='1 &lt; 2 &foo;'/>a &amp; &#98; &foo; & <![CDATA[<]]></r>\n";
        assert_eq!(seen(text).unwrap(), "<r@2 >\n<e@3 1 &lt; 2 &foo;></e>a & b &foo; & <</r>");
    }

    #[test]
    fn other_bytes_are_replaced() {
        assert_eq!(seen(b"<r a='\xe9'>\xff\xc3</r>").unwrap(), "<r@1 ?>??</r>");
        let long = format!("<r>{}é</r>", "x".repeat(CHUNK - 4));
        assert_eq!(seen(long.as_bytes()).unwrap().len(), long.len() + 3);
    }

    #[test]
    fn what_is_cut_off_or_hostile_is_refused() {
        let cut = |text: &str| matches!(seen(text.as_bytes()), Err(Refusal::Truncated { .. }));
        for text in ["<r><e>", "<r", "<r><![CDATA[x", "<r a='", "<r><!-- x"] {
            assert!(cut(text), "{text}: {:?}", seen(text.as_bytes()));
        }
        for text in ["", " \n", "<!-- x -->"] {
            assert!(matches!(seen(text.as_bytes()), Err(Refusal::Empty(_))), "{text}");
        }
        let bomb = r#"<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><r>&b;</r>"#;
        for text in [bomb, "<r></e>", "<r/><r/>", "<r></r></r>"] {
            assert!(matches!(seen(text.as_bytes()), Err(Refusal::Malformed { .. })), "{text}");
        }
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        assert!(matches!(seen(deep.as_bytes()), Err(Refusal::TooMuch(_))));
        let endless = io::Cursor::new(b"<r>").chain(io::repeat(b'x'));
        assert!(matches!(walk(endless, &mut Seen::default()), Err(Refusal::TooMuch(_))));
        let endless = io::Cursor::new(b"<r a='").chain(io::repeat(b'x'));
        assert!(matches!(walk(endless, &mut Seen::default()), Err(Refusal::TooMuch(_))));
    }
}
