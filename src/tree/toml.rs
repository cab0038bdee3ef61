//! TOML into the tree.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::build::{Builder, Collection};
use super::{ProblemKind, Style, Tree};

pub(super) fn parse(text: Arc<str>) -> Tree {
    let mut builder = Builder::new(text.clone());
    let offset = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let (root, errors) = DeTable::parse_recoverable(&text[offset..]);
    for error in &errors {
        let range = error.span().unwrap_or(0..0);
        let range = range.start + offset..(range.end + offset).min(text.len());
        builder.problem(range, ProblemKind::Syntax(error.message().to_owned()));
    }
    Writer { builder: &mut builder, offset }.table(root.get_ref(), 0..text.len() - offset);
    builder.finish()
}

struct Writer<'b> {
    builder: &'b mut Builder,
    offset: usize,
}

impl Writer<'_> {
    fn table(&mut self, table: &DeTable<'_>, range: Range<usize>) {
        self.builder.begin(Collection::Map, Style::Block, range.start + self.offset);
        // The parser sorts by key; people think in the order of writing.
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let written = &self.builder.text()[self.shift(key.span())];
            let style = match written.as_bytes().first() {
                Some(b'"') => Style::DoubleQuoted,
                Some(b'\'') => Style::SingleQuoted,
                _ => Style::Plain,
            };
            self.builder.scalar(self.shift(key.span()), key.get_ref(), style);
            self.value(value);
        }
        self.builder.end(Some(range.end + self.offset));
    }

    /// Recursion is bounded by the parser's own limit.
    fn value(&mut self, value: &Spanned<DeValue<'_>>) {
        let range = self.shift(value.span());
        match value.get_ref() {
            DeValue::String(text) => {
                let style = match self.builder.text().as_bytes().get(range.start) {
                    Some(b'\'') => Style::SingleQuoted,
                    _ => Style::DoubleQuoted,
                };
                self.builder.scalar(range, text, style);
            }
            DeValue::Integer(number) => {
                let text = match number.radix() {
                    2 => format!("0b{}", number.as_str()),
                    8 => format!("0o{}", number.as_str()),
                    16 => format!("0x{}", number.as_str()),
                    _ => number.as_str().to_owned(),
                };
                self.builder.scalar(range, &text, Style::Plain);
            }
            DeValue::Float(number) => drop(self.builder.scalar(range, number.as_str(), Style::Plain)),
            DeValue::Boolean(boolean) => {
                let text = if *boolean { "true" } else { "false" };
                self.builder.scalar(range, text, Style::Plain);
            }
            DeValue::Datetime(date) => drop(self.builder.scalar(range, &date.to_string(), Style::Plain)),
            DeValue::Array(array) => {
                self.builder.begin(Collection::Seq, Style::Flow, range.start);
                for element in array.iter() {
                    self.value(element);
                }
                self.builder.end(Some(range.end));
            }
            DeValue::Table(table) => self.table(table, value.span()),
        }
    }

    fn shift(&self, range: Range<usize>) -> Range<usize> {
        range.start + self.offset..range.end + self.offset
    }
}
