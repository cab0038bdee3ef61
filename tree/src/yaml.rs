//! YAML into the tree, from the events of a YAML 1.2 parser.
//!
//! libyaml, and with it most readers, takes some things that the parser refuses: continuation lines of a quoted scalar
//! that are not indented, tabs before lines in brackets or quotes, and a comment right behind a closing bracket or
//! quote. Real files hold them. Such a text is parsed again with spaces put in where they belong; see [`Padding`].
//! What the parser takes and libyaml refuses is a tab before a key or an item; that is looked for afterwards.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, StructureStyle, Tag};

use super::build::{BYTES_PER_NODE, Builder, Collection};
use super::padding::{INDENT, Padding, closing_quote};
use super::{Problem, ProblemKind, Style, Text, Tree, plain_yaml, tabs};

/// Bytes that are parsed again altogether for the sake of one text: what bounds the time on hostile input.
const MAX_REPEATED: usize = 32 << 20;

/// What is said when that is not enough. One of the limits, and no fault of the text.
pub(super) const TOO_MANY_REPEATS: &str = "too many quoted texts whose lines are not indented";

/// Stands behind the parser's message, and before the line of the bracket.
pub(super) const INSIDE_BRACKET: &str = "; inside the bracket of line ";

pub(super) fn parse(text: Text) -> Tree {
    let mut builder = Builder::with_room(text.clone(), text.len() / BYTES_PER_NODE, 0);
    // Nearly every file is: in a fraction of the time.
    match plain_yaml::read(&text, &mut builder) {
        true => with_tab(builder.finish()),
        false => parse_whatever(text),
    }
}

/// Everything that YAML is.
pub(super) fn parse_whatever(text: Text) -> Tree {
    let mut padding = Padding::default();
    let mut repeated = 0;
    let mut quoted = None;
    loop {
        let (tree, stop) = attempt(text.clone(), &padding);
        let Some(Stop { error, last, bracket }) = stop else { return with_tab(tree) };
        let at = place(&text, &error, &padding);
        // Parsed to here, and copied.
        repeated += at + text.len() / 32;
        if repeated > MAX_REPEATED {
            return with_problem(tree, at, TOO_MANY_REPEATS.to_owned());
        }
        let mended = match error.kind() {
            ErrorKind::InvalidQuotedScalarIndent | ErrorKind::TabInIndentation => {
                quoted = quoted_before(&text, last.min(at)..at);
                quoted.clone().is_some_and(|scalar| padding.indent_quoted(&text, scalar))
            }
            ErrorKind::CommentNotSeparated => {
                let closed = text[..at].ends_with([']', '}', '"', '\'']);
                closed && text[at..].starts_with('#') && padding.insert(at, 1)
            }
            // Space before a line in brackets means nothing.
            ErrorKind::TabInBlockIndentation if bracket.is_some() => {
                padding.insert(line_start(&text, at), INDENT)
            }
            _ => false,
        };
        if !mended {
            return with_error(tree, &error, at, quoted, bracket);
        }
    }
}

/// The quoted scalar that begins in `range`, without its closing quote; to the end if it is never closed.
fn quoted_before(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let opening = range.start + text[range].find(['"', '\''])?;
    Some(opening..closing_quote(text, opening).unwrap_or(text.len()))
}

/// Where the parser gave up.
struct Stop {
    error: ScanError,
    /// The end of the last event before it, in bytes of the text.
    last: usize,
    /// Where the innermost open bracket stands, in bytes of the text.
    bracket: Option<usize>,
}

/// One run of the parser.
fn attempt(text: Text, padding: &Padding) -> (Tree, Option<Stop>) {
    let padded = padding.apply(&text);
    let mut builder = Builder::new(text.clone());
    let options = granit_parser::options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        max_buffered_comment_events: 100_000,
    };
    let skipped = byte_order_mark(&text);
    let mut reader =
        Reader { builder: &mut builder, padding, skipped, anchors: HashMap::new(), last: 0, end: skipped };
    for next in Parser::new_from_str_with_options(&padded[skipped..], options) {
        match next {
            Ok((event, span)) => reader.event(event, &span),
            Err(error) => {
                let last = reader.end;
                let bracket = builder.open_bracket();
                return (builder.finish(), Some(Stop { error, last, bracket }));
            }
        }
    }
    (builder.finish(), None)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// Adds a problem for the first line that begins a key or an item behind a tab.
fn with_tab(tree: Tree) -> Tree {
    match tabs::before_token(&tree) {
        Some(at) => with_problem(tree, at, ErrorKind::TabInBlockIndentation.to_string()),
        None => tree,
    }
}

/// A byte-order mark is not content; positions stay those of the file.
fn byte_order_mark(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// Where the error lies in the text as it was written.
fn place(text: &str, error: &ScanError, padding: &Padding) -> usize {
    let at = padding.original(byte_order_mark(text) + error.marker().byte_offset().unwrap_or(0));
    floor_boundary(text, at.min(text.len()))
}

/// Adds the error to the tree. If it lies right behind a quoted scalar whose lines were not indented, or inside it,
/// then the scalar was not meant to go on: its closing quote is missing.
fn with_error(
    tree: Tree,
    error: &ScanError,
    at: usize,
    quoted: Option<Range<usize>>,
    bracket: Option<usize>,
) -> Tree {
    let open = quoted.filter(|scalar| scalar.end >= at || !tree.text[scalar.end..at].contains('\n'));
    match open {
        Some(scalar) => with_problem(tree, scalar.start, ErrorKind::UnclosedQuotedScalar.to_string()),
        None => {
            let line = bracket.map(|open| tree.text[..open].matches('\n').count() + 1);
            let inside = line.map(|line| format!("{INSIDE_BRACKET}{line}")).unwrap_or_default();
            with_problem(tree, at, format!("{}{inside}", error.info()))
        }
    }
}

fn with_problem(mut tree: Tree, at: usize, message: String) -> Tree {
    let next = tree.text[at..].chars().next();
    let width = next.filter(|&c| c != '\n' && c != '\r').map_or(0, char::len_utf8);
    let problem = Problem { range: at..at + width, kind: ProblemKind::Syntax(message) };
    let index = tree.problems.partition_point(|known| known.range.start <= at);
    tree.problems.insert(index, problem);
    tree
}

struct Reader<'b> {
    builder: &'b mut Builder,
    padding: &'b Padding,
    /// Bytes before the text that the parser sees.
    skipped: usize,
    anchors: HashMap<usize, u32>,
    /// The node that was made last.
    last: u32,
    /// Where the last event ended.
    end: usize,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, span: &Span) {
        let range = self.range(span);
        self.end = self.end.max(range.end);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let range = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => self.whole_text(range),
                    _ => range,
                };
                self.last = self.builder.scalar(range, &value, scalar_style(style));
                self.properties(anchor, tag.as_deref());
            }
            Event::SequenceStart(style, anchor, tag) => {
                let start = self.dash_of(range.start, style);
                self.last = self.builder.begin(Collection::Seq, structure_style(style), start);
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

    /// A block scalar with its `|` or `>`, and whole lines: the parser's range begins with the first line of text, and
    /// ends behind the indentation of what comes next.
    fn whole_text(&self, mut range: Range<usize>) -> Range<usize> {
        let text = self.builder.text();
        let lines = text[range.clone()].trim_end_matches(' ');
        if lines.is_empty() || lines.ends_with('\n') {
            range.end = range.start + lines.len();
        }
        let before = &text[..range.start];
        let line = before.trim_end().rfind('\n').map_or(0, |at| at + 1);
        let header = before[line..].trim_end();
        let code = header.find(" #").map_or(header, |comment| &header[..comment]);
        match code.rfind(['|', '>']) {
            Some(at) => line + at..range.end,
            None => range,
        }
    }

    /// Where a sequence begins. The parser says where its first item does, if it is not indented further than its key.
    fn dash_of(&self, start: usize, style: StructureStyle) -> usize {
        let text = self.builder.text();
        let line = line_start(text, start);
        let first = line + text[line..].bytes().take_while(|&byte| byte == b' ').count();
        let is_first =
            style == StructureStyle::Block && self.builder.is_in_map() && text[first..].starts_with('-');
        if is_first { first } else { start }
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

    fn range(&self, span: &Span) -> Range<usize> {
        let text = self.builder.text();
        let range = span.byte_range().unwrap_or(0..0);
        let original = |at: usize| self.padding.original(at + self.skipped).min(text.len());
        let start = floor_boundary(text, original(range.start));
        let end = floor_boundary(text, original(range.end));
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
