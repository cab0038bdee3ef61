//! JSON into the tree, with or without comments and trailing commas.

use std::ops::Range;
use std::sync::Arc;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use super::build::{Builder, Collection};
use super::{ProblemKind, Style, Tree};

pub(super) fn parse(text: Arc<str>, relaxed: bool) -> Tree {
    let mut builder = Builder::new(text.clone());
    let offset = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let collect = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
    let options = ParseOptions {
        allow_comments: relaxed,
        allow_trailing_commas: relaxed,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let mut writer = Writer { builder: &mut builder, offset };
    match parse_to_ast(&text[offset..], &collect, &options) {
        Ok(parsed) => {
            match &parsed.value {
                Some(value) => writer.value(value),
                None => builder.problem(0..0, ProblemKind::Syntax("the file is empty".into())),
            }
            if let Some(place) = foreign_space(&text[offset..]).filter(|_| !relaxed) {
                let message = "only space, tab and line break may stand between values".to_owned();
                let place = place.start + offset..place.end + offset;
                builder.problem(place, ProblemKind::Syntax(message));
            }
        }
        Err(error) => {
            let range = error.range();
            let (start, end) = (range.start + offset, (range.end + offset).min(text.len()));
            let message = error.kind().to_string();
            builder.problem(start.min(end)..end, ProblemKind::Syntax(lowercase_first(&message)));
        }
    }
    builder.finish()
}

struct Writer<'b> {
    builder: &'b mut Builder,
    offset: usize,
}

impl Writer<'_> {
    /// Recursion is bounded by the parser's own limit of 512 levels.
    fn value(&mut self, value: &Value<'_>) {
        let range = value.start() + self.offset..value.end() + self.offset;
        match value {
            Value::StringLit(string) => self.string(range, &string.value),
            Value::NumberLit(number) => drop(self.builder.scalar(range, number.value, Style::Plain)),
            Value::BooleanLit(boolean) => {
                let text = if boolean.value { "true" } else { "false" };
                self.builder.scalar(range, text, Style::Plain);
            }
            Value::NullKeyword(_) => drop(self.builder.scalar(range, "null", Style::Plain)),
            Value::Object(object) => {
                self.builder.begin(Collection::Map, Style::Flow, range.start);
                for property in &object.properties {
                    let name = property.name.range();
                    let place = name.start + self.offset..name.end + self.offset;
                    self.string(place, property.name.as_str());
                    self.value(&property.value);
                }
                self.builder.end(Some(range.end));
            }
            Value::Array(array) => {
                self.builder.begin(Collection::Seq, Style::Flow, range.start);
                for element in &array.elements {
                    self.value(element);
                }
                self.builder.end(Some(range.end));
            }
        }
    }

    fn string(&mut self, range: Range<usize>, value: &str) {
        let written = &self.builder.text()[range.clone()];
        if let Some(at) = written.bytes().position(|byte| byte < 0x20) {
            let place = range.start + at..range.start + at + 1;
            let message = "a control character in a string must be escaped".to_owned();
            self.builder.problem(place, ProblemKind::Syntax(message));
        }
        self.builder.scalar(range, value, Style::DoubleQuoted);
    }
}

/// The first space outside of strings that JSON does not know, such as a no-break space; the parser takes them all.
fn foreign_space(text: &str) -> Option<Range<usize>> {
    let foreign = |c: char| c.is_whitespace() && !matches!(c, ' ' | '\t' | '\n' | '\r');
    let mut chars = text.char_indices();
    let mut quoted = false;
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => drop(chars.next()),
            c if !quoted && foreign(c) => return Some(at..at + c.len_utf8()),
            _ => {}
        }
    }
    None
}

fn lowercase_first(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
