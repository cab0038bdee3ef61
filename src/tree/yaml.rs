//! YAML into the tree, from the events of a YAML 1.2 parser.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle, Tag};

use super::build::{Builder, Collection};
use super::{ProblemKind, Style, Tree};

pub(super) fn parse(text: Arc<str>) -> Tree {
    let mut builder = Builder::new(text.clone());
    // A byte-order mark is not content; positions stay those of the file.
    let offset = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let options = granit_parser::options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        max_buffered_comment_events: 100_000,
    };
    let mut reader = Reader { builder: &mut builder, offset, anchors: HashMap::new(), last: 0 };
    for next in Parser::new_from_str_with_options(&text[offset..], options) {
        match next {
            Ok((event, span)) => reader.event(event, &span),
            Err(error) => {
                let at = offset + error.marker().byte_offset().unwrap_or(0);
                reader.syntax_error(at, error.info());
                break;
            }
        }
    }
    builder.finish()
}

struct Reader<'b> {
    builder: &'b mut Builder,
    offset: usize,
    anchors: HashMap<usize, u32>,
    last: u32,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, span: &Span) {
        let range = self.range(span);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let range = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => self.with_header(range),
                    _ => range,
                };
                self.last = self.builder.scalar(range, &value, scalar_style(style));
                self.properties(anchor, tag.as_deref());
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.last = self.builder.begin(Collection::Seq, structure_style(style), range.start);
                self.properties(anchor, tag.as_deref());
            }
            Event::MappingStart(style, anchor, tag) => {
                self.last = self.builder.begin(Collection::Map, structure_style(style), range.start);
                self.properties(anchor, tag.as_deref());
            }
            // A block's end event lies where the next thing begins; only brackets have an end of their own.
            Event::SequenceEnd | Event::MappingEnd => {
                self.builder.end((!range.is_empty()).then_some(range.end))
            }
            Event::Alias(id) => match self.anchors.get(&id) {
                Some(&target) => self.builder.alias(range, target),
                None => self.unknown_alias(range),
            },
            Event::UnresolvedAlias(_) => self.unknown_alias(range),
            Event::Anchor(_, name) => self.builder.anchor(self.last, &name),
            Event::Comment(..) => self.builder.comment(range),
            _ => {}
        }
    }

    /// A block scalar with its `|` or `>`: the parser's range begins with the first line of text.
    fn with_header(&self, range: Range<usize>) -> Range<usize> {
        let before = &self.builder.text()[..range.start];
        let line = before.trim_end().rfind('\n').map_or(0, |at| at + 1);
        let header = before[line..].trim_end();
        let code = header.find(" #").map_or(header, |comment| &header[..comment]);
        match code.rfind(['|', '>']) {
            Some(at) => line + at..range.end,
            None => range,
        }
    }

    fn properties(&mut self, anchor: usize, tag: Option<&Tag>) {
        if anchor != 0 {
            self.anchors.insert(anchor, self.last);
        }
        if let Some(tag) = tag {
            self.builder.tag(self.last, tag.original());
        }
    }

    fn unknown_alias(&mut self, range: Range<usize>) {
        let name = self.builder.text()[range.clone()].trim_start_matches('*').to_owned();
        self.builder.problem(range.clone(), ProblemKind::UnknownAnchor(name));
        self.builder.scalar(range, "", Style::Plain);
    }

    fn syntax_error(&mut self, at: usize, mut message: String) {
        let text = self.builder.text();
        if let Some(start) = self.builder.open_bracket() {
            let line = text[..start].matches('\n').count() + 1;
            message = format!("{message}; inside the bracket of line {line}");
        }
        let at = floor_boundary(text, at.min(text.len()));
        let width = text[at..].chars().next().filter(|&c| c != '\n' && c != '\r').map_or(0, char::len_utf8);
        self.builder.problem(at..at + width, ProblemKind::Syntax(message));
    }

    fn range(&self, span: &Span) -> Range<usize> {
        let text = self.builder.text();
        let range = span.byte_range().unwrap_or(0..0);
        let start = floor_boundary(text, (range.start + self.offset).min(text.len()));
        let end = floor_boundary(text, (range.end + self.offset).min(text.len()));
        start..end.max(start)
    }
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn scalar_style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

fn structure_style(style: StructureStyle) -> Style {
    match style {
        StructureStyle::Block => Style::Block,
        StructureStyle::Flow => Style::Flow,
    }
}
