//! The parser's events, put into tables.

use std::borrow::Cow;

use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::EventReceiver;
use toml_parser::{ErrorSink, ParseError, Raw, Source, Span};

use super::super::build::{Builder, MAX_PROBLEMS};
use super::super::{Problem, Style, Text, Tree};
use super::tables::{Form, Key, ROOT, Tables};
use super::{MAX_DEPTH, range};

/// Takes the events of a whole text.
pub struct Reader<'t> {
    source: Source<'t>,
    tables: Tables,
    /// The table that the last header opened.
    table: u32,
    /// Where the header begins that is being read, and whether it is `[[`.
    header: Option<(usize, bool)>,
    /// The parts of the key that is being read.
    path: Vec<Key<'t>>,
    /// True if the key has more parts than anybody writes.
    too_long: bool,
    /// Where the next value goes: a table, and the key that is the last of the path.
    target: Option<u32>,
    /// Arrays and inline tables that are being read.
    open: Vec<u32>,
    /// Keys that stand twice, and what cannot be added to.
    problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    /// A reader of the text that the source is of.
    pub fn new(text: Text, source: Source<'t>) -> Self {
        let offset = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let range = offset..text.len();
        Reader {
            source,
            tables: Tables::new(Builder::new(text), range, 0),
            table: ROOT,
            header: None,
            path: Vec::new(),
            too_long: false,
            target: None,
            open: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The tree, with what the parser found as well.
    pub fn finish(self, problems: Vec<Problem>) -> Tree {
        let mut builder = self.tables.link(false);
        for problem in problems.into_iter().chain(self.problems) {
            builder.problem(problem.range, problem.kind);
        }
        builder.finish()
    }

    /// Forgets the key that was read.
    fn next_key(&mut self) {
        self.path.clear();
        self.too_long = false;
        self.target = None;
    }

    /// Puts a value where it belongs. What belongs nowhere, since its key is wrong, stands for itself.
    fn put(&mut self, value: u32) {
        match (self.open.last(), self.target.take(), self.path.last()) {
            (Some(&array), _, _) if self.tables.is_array(array) => self.tables.push(array, value),
            (_, Some(table), Some(key)) if self.header.is_none() => self.tables.insert(table, key, value),
            _ => {}
        }
    }

    fn start(&mut self, form: Form, span: Span) {
        let value = self.tables.open(form, range(span));
        self.put(value);
        self.open.push(value);
        self.path.clear();
    }

    /// Closes the innermost array or inline table, and what was left open in it.
    fn end(&mut self, is_array: bool, span: Span) {
        let Some(at) = self.open.iter().rposition(|&slot| self.tables.is_array(slot) == is_array) else {
            return;
        };
        for slot in self.open.drain(at..) {
            self.tables.close(slot, span.end());
        }
        self.next_key();
    }

    fn begin_header(&mut self, span: Span, is_array: bool) {
        self.open.clear();
        self.next_key();
        self.header = Some((span.start(), is_array));
    }

    fn end_header(&mut self, span: Span) {
        let Some((start, is_array)) = self.header.take() else { return };
        let path = if self.too_long { &[][..] } else { &self.path[..] };
        self.table = self.tables.header(path, start..span.end(), is_array, &mut self.problems);
        self.bound();
        self.next_key();
    }

    /// Nobody reads more.
    fn bound(&mut self) {
        self.problems.truncate(MAX_PROBLEMS);
    }

    fn scalar_value(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) -> Option<u32> {
        let raw = Raw::new_unchecked(self.source.get(span)?.as_str(), kind, span);
        let mut text = Cow::Borrowed("");
        let found = raw.decode_scalar(&mut text, error);
        let style = match (found, raw.as_bytes().first()) {
            (ScalarKind::String, Some(b'\'')) => Style::SingleQuoted,
            (ScalarKind::String, _) => Style::DoubleQuoted,
            _ => Style::Plain,
        };
        let (value, form) = resolved(found, text, span, error);
        let node = self.tables.builder.loose_scalar(range(span), &value, style);
        Some(self.tables.slot(node, form))
    }
}

/// The value as the tree has it, and its type.
fn resolved<'t>(
    kind: ScalarKind,
    text: Cow<'t, str>,
    span: Span,
    error: &mut dyn ErrorSink,
) -> (Cow<'t, str>, Form) {
    match kind {
        ScalarKind::String => (text, Form::String),
        ScalarKind::Boolean(value) => (Cow::Borrowed(if value { "true" } else { "false" }), Form::Boolean),
        ScalarKind::Float => (text, Form::Float),
        ScalarKind::DateTime => match text.parse::<toml::value::Datetime>() {
            Ok(date) => (Cow::Owned(date.to_string()), Form::Datetime),
            Err(why) => {
                error.report_error(ParseError::new(why.to_string()).with_unexpected(span));
                (text, Form::Datetime)
            }
        },
        ScalarKind::Integer(radix) => match radix.value() {
            2 => (Cow::Owned(format!("0b{text}")), Form::Integer),
            8 => (Cow::Owned(format!("0o{text}")), Form::Integer),
            16 => (Cow::Owned(format!("0x{text}")), Form::Integer),
            _ => (text, Form::Integer),
        },
    }
}

impl EventReceiver for Reader<'_> {
    fn std_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.begin_header(span, false);
    }

    fn std_table_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.end_header(span);
    }

    fn array_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.begin_header(span, true);
    }

    fn array_table_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.end_header(span);
    }

    fn inline_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) -> bool {
        self.start(Form::Inline, span);
        true
    }

    fn inline_table_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.end(false, span);
    }

    fn array_open(&mut self, span: Span, _error: &mut dyn ErrorSink) -> bool {
        self.start(Form::Array, span);
        true
    }

    fn array_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.end(true, span);
    }

    fn simple_key(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        let Some(raw) = self.source.get(span) else { return };
        let raw = Raw::new_unchecked(raw.as_str(), kind, span);
        // Arrays have no keys: one was left open by what the parser passed over.
        if self.header.is_none() && self.open.last().is_some_and(|&slot| self.tables.is_array(slot)) {
            self.open.clear();
        }
        let mut name = Cow::Borrowed("");
        raw.decode_key(&mut name, error);
        if self.path.len() >= MAX_DEPTH as usize {
            if !std::mem::replace(&mut self.too_long, true) {
                error.report_error(ParseError::new("recursion limit").with_unexpected(span));
            }
            return;
        }
        self.path.push(Key { range: range(span), name });
    }

    fn key_val_sep(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        let table = self.open.last().copied().unwrap_or(self.table);
        if !self.too_long && !self.tables.is_array(table) {
            self.target = self.tables.place(table, &self.path, &mut self.problems);
            self.bound();
        }
    }

    fn scalar(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        if let Some(value) = self.scalar_value(span, kind, error) {
            self.put(value);
        }
    }

    fn value_sep(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.next_key();
    }

    fn newline(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        // Outside of brackets it ends what was not whole.
        if self.open.is_empty() {
            self.header = None;
            self.next_key();
        }
    }
}
