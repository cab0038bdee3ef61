//! JSON into the tree, with or without comments and trailing commas.

use std::borrow::Cow;
use std::ops::Range;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{
    CollectOptions, CommentCollectionStrategy, ParseOptions, ParseResult, ParseStringErrorKind, parse_to_ast,
};

use super::build::{BYTES_PER_NODE, Builder, Collection};
use super::plain_json;
use super::{ProblemKind, Style, Text, Tree};

pub(super) fn parse(text: Text, relaxed: bool) -> Tree {
    let offset = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut builder = Builder::with_room(text.clone(), text.len() / BYTES_PER_NODE, 0);
    // Nearly every file is: in half of the time and a fraction of the memory.
    if plain_json::read(&text, offset, relaxed, &mut builder) {
        return builder.finish();
    }
    parse_whatever(text, offset, relaxed)
}

/// The same for a text that may hold anything.
pub(super) fn parse_whatever(text: Text, offset: usize, relaxed: bool) -> Tree {
    let mut builder = Builder::new(text.clone());
    let mut options = strict();
    options.allow_comments = relaxed;
    options.allow_trailing_commas = relaxed;
    let mut content = Cow::Borrowed(&text[offset..]);
    if ast(&content, &options).is_err_and(|error| is_lone_surrogate(&error)) {
        content = Cow::Owned(without_lone_surrogates(&content));
    }
    let mut writer = Writer { builder: &mut builder, offset };
    match ast(&content, &options) {
        Ok(parsed) => {
            match &parsed.value {
                Some(value) => writer.value(value),
                None => builder.problem(0..0, ProblemKind::Syntax("the file is empty".into())),
            }
            if let Some(place) = foreign_space(&content).filter(|_| !relaxed) {
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

/// What a text has that JSON has not, where it is close enough to JSON for some readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looseness {
    /// Liberties of JSON5 other than comments: trailing commas, keys without quotes, single quotes.
    Liberties,
    /// Comments, and perhaps the others as well: somebody knew that the reader takes them.
    Comments,
    /// Several values, one behind the other.
    Values,
}

/// What a text that is no JSON has more than JSON; `None` if no reader of JSON5 or of a stream could take it either.
pub fn looseness(text: &str) -> Option<Looseness> {
    let mut options = strict();
    options.allow_trailing_commas = true;
    options.allow_loose_object_property_names = true;
    options.allow_single_quoted_strings = true;
    options.allow_hexadecimal_numbers = true;
    options.allow_unary_plus_numbers = true;
    options.allow_bare_decimal_point_numbers = true;
    options.allow_non_finite_numbers = true;
    options.allow_extended_string_escapes = true;
    let mut rest = text.trim_start_matches('\u{feff}');
    if ast(rest, &options).is_ok_and(|parsed| parsed.value.is_some()) {
        return Some(Looseness::Liberties);
    }
    options.allow_comments = true;
    let mut several = false;
    loop {
        match ast(rest, &options) {
            Ok(parsed) => {
                parsed.value.as_ref()?;
                return Some(if several { Looseness::Values } else { Looseness::Comments });
            }
            Err(error) if matches!(error.kind(), ParseErrorKind::MultipleRootJsonValues) => {
                several = true;
                // Without progress this would not end.
                rest = rest.get(error.range().start..).filter(|next| next.len() < rest.len())?;
            }
            Err(_) => return None,
        }
    }
}

fn ast<'t>(text: &'t str, options: &ParseOptions) -> Result<ParseResult<'t>, ParseError> {
    let collect = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
    parse_to_ast(text, &collect, options)
}

fn strict() -> ParseOptions {
    ParseOptions {
        allow_comments: false,
        allow_trailing_commas: false,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

fn is_lone_surrogate(error: &ParseError) -> bool {
    matches!(error.kind(), ParseErrorKind::String(ParseStringErrorKind::InvalidUnicodeEscapeSequence(_)))
}

/// The same text with `\ufffd` for every half of a surrogate pair that stands alone. JSON's grammar allows these
/// (RFC 8259, section 8.2), though no text can hold what they mean.
fn without_lone_surrogates(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        mended += &rest[..at];
        rest = &rest[at..];
        let length = match (surrogate(rest), rest.get(6..).and_then(surrogate)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
            (Some(_), _) => {
                mended += "\\ufffd";
                rest = &rest[6..];
                continue;
            }
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        mended += &rest[..length];
        rest = &rest[length..];
    }
    mended + rest
}

/// The half of a surrogate pair that the text begins with, as `\udc00`.
fn surrogate(text: &str) -> Option<u32> {
    let digits =
        text.strip_prefix("\\u")?.get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok().filter(|half| (0xd800..0xe000).contains(half))
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
