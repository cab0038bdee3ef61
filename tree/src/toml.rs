//! TOML into the tree.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::build::{Builder, Collection};
use super::{ProblemKind, Style, Tree};

/// Errors for which an earlier place is searched in the text; a file with more is no longer read one by one.
const MAX_SEARCHED: usize = 100;

pub(super) fn parse(text: Arc<str>) -> Tree {
    let mut builder = Builder::new(text.clone());
    let offset = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let (root, errors) = DeTable::parse_recoverable(&text[offset..]);
    for (number, error) in errors.iter().enumerate() {
        let content = &text[offset..];
        let range = error.span().unwrap_or(0..0);
        let end = range.end.min(content.len());
        let range = range.start.min(end)..end;
        let duplicate = error.message() == "duplicate key" && number < MAX_SEARCHED;
        let kind = match duplicate.then(|| first_place(content, &range)).flatten() {
            Some(first) => ProblemKind::DuplicateKey {
                key: content[range.clone()].to_owned(),
                first: first.start + offset..first.end + offset,
            },
            None => ProblemKind::Syntax(error.message().to_owned()),
        };
        builder.problem(range.start + offset..range.end + offset, kind);
    }
    Writer { builder: &mut builder, offset }.table(root.get_ref(), 0..text.len() - offset);
    builder.finish()
}

/// Where a key that stands twice stood first. The parser knows and does not tell, so the text is searched: for the
/// same header, for the same key in the lines since the last header, or for the same key in the same braces.
fn first_place(text: &str, key: &Range<usize>) -> Option<Range<usize>> {
    let line = text[..key.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = text[line..key.end].len() - text[line..key.end].trim_start().len();
    let (path, name) = (&text[line + indent..key.end], &text[key.clone()]);
    if path.starts_with('[') {
        return find_line(&text[..line], path, "]").map(|end| end - name.len()..end);
    }
    if path.contains(['{', '=']) {
        let braces = line + text[line..key.start].rfind('{')? + 1;
        let mut from = braces;
        while let Some(found) = text[from..key.start].find(name).map(|at| from + at) {
            let end = found + name.len();
            let before = text[braces..found].trim_end();
            if (before.is_empty() || before.ends_with(',')) && text[end..].trim_start().starts_with('=') {
                return Some(found..end);
            }
            from = end;
        }
        return None;
    }
    let header = text[..line].rfind("\n[").map_or(0, |at| at + 1);
    find_line(&text[header..line], path, "=.").map(|end| header + end - name.len()..header + end)
}

/// Where `path` ends in the first line that begins with it and goes on with one of `next`.
fn find_line(text: &str, path: &str, next: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start();
        let end = start + line.len() - content.len() + path.len();
        start += line.len();
        let goes_on = |rest: &str| rest.trim_start().starts_with(|c| next.contains(c));
        if content.strip_prefix(path).is_some_and(goes_on) {
            return Some(end);
        }
    }
    None
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
