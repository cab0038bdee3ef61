//! Where a part of a scalar's value is written in the file: block scalars lose their indentation, folded ones their
//! line breaks, quoted ones their escapes.

use std::ops::Range;

use crate::checkout::Source;
use crate::tree::{Node, Style};

/// The bytes of the file that a range of the scalar's value is written in. Whoever asks for many ranges uses
/// [`Places`].
pub fn source_range(source: &Source, node: Node<'_>, part: Range<usize>) -> Range<usize> {
    Places::new(source).of(node, part)
}

/// Answers for many ranges, in whatever order: a scalar is gone through once, not once for each range.
pub struct Places<'t> {
    source: &'t Source,
    last: Option<Alignment<'t>>,
}

impl<'t> Places<'t> {
    /// For scalars of this source.
    pub fn new(source: &'t Source) -> Self {
        Places { source, last: None }
    }

    /// The bytes of the file that a range of the scalar's value is written in.
    pub fn of(&mut self, node: Node<'t>, part: Range<usize>) -> Range<usize> {
        let whole = node.range();
        if node.is_alias() {
            return whole;
        }
        let known = self.last.take().filter(|last| last.node == node);
        let alignment = self.last.insert(known.unwrap_or_else(|| Alignment::new(self.source, node)));
        let start = alignment.place_of(part.start);
        let end = alignment.place_of(part.end.max(part.start));
        let text = self.source.text();
        let clamp = |offset: usize| {
            let mut offset = (whole.start + offset).min(whole.end);
            while !text.is_char_boundary(offset) {
                offset -= 1;
            }
            offset
        };
        let (start, end) = (clamp(start), clamp(end));
        start..end.max(start)
    }
}

/// Bytes of the value between two marks.
const MARK: usize = 512;

/// Two pointers: one into the value, one into what is written. Both move by characters.
struct Alignment<'t> {
    node: Node<'t>,
    value: &'t str,
    written: &'t str,
    style: Style,
    at: usize,
    place: usize,
    /// Where the pointers stood on their way, so that they can go back.
    marks: Vec<(usize, usize)>,
}

impl<'t> Alignment<'t> {
    fn new(source: &'t Source, node: Node<'t>) -> Self {
        let style = node.style();
        let written = &source.text()[node.range()];
        let first = match style {
            Style::SingleQuoted | Style::DoubleQuoted => 1,
            Style::Literal | Style::Folded => written.find('\n').map_or(written.len(), |at| at + 1),
            _ => 0,
        };
        Alignment {
            node,
            value: node.text().unwrap_or_default(),
            written,
            style,
            at: 0,
            place: first,
            marks: vec![(0, first)],
        }
    }

    /// Where a byte of the value is written.
    fn place_of(&mut self, to: usize) -> usize {
        let passed = self.marks.partition_point(|(at, _)| *at <= to);
        let nearest = self.marks[passed.saturating_sub(1)];
        if to < self.at || nearest.0 > self.at {
            (self.at, self.place) = nearest;
        }
        self.advance(to)
    }

    /// Moves to a byte of the value, and says where it is written.
    fn advance(&mut self, to: usize) -> usize {
        while let Some(wanted) = self.wanted().filter(|_| self.at < to) {
            self.settle(wanted);
            self.place += self.width(wanted);
            self.at += wanted.len_utf8();
            if self.marks.last().is_none_or(|(at, _)| self.at >= at + MARK) {
                self.marks.push((self.at, self.place));
            }
        }
        if let Some(wanted) = self.wanted() {
            self.settle(wanted);
        }
        self.place
    }

    fn wanted(&self) -> Option<char> {
        self.value[self.at..].chars().next()
    }

    fn rest(&self) -> &str {
        self.written.get(self.place..).unwrap_or_default()
    }

    /// Skips what is written and means nothing: indentation, folded breaks.
    fn settle(&mut self, wanted: char) {
        let skipped = self
            .rest()
            .find(|c: char| c == wanted || !c.is_ascii_whitespace() || (wanted == ' ' && c == '\n'));
        self.place += skipped.unwrap_or(0);
    }

    /// How many bytes the value's next character takes in the file.
    fn width(&self, wanted: char) -> usize {
        let mut written = self.rest().chars();
        match (written.next(), written.next(), self.style) {
            (Some('\''), Some('\''), Style::SingleQuoted) if wanted == '\'' => 2,
            (Some('\\'), Some('x'), Style::DoubleQuoted) => 4,
            (Some('\\'), Some('u'), Style::DoubleQuoted) => 6,
            (Some('\\'), Some('U'), Style::DoubleQuoted) => 10,
            (Some('\\'), Some(escaped), Style::DoubleQuoted) => 1 + escaped.len_utf8(),
            (Some(c), ..) if c == wanted => c.len_utf8(),
            // A break before the first line of a block is in the value, and not in its place.
            (Some(_), ..) if wanted.is_whitespace() => 0,
            (Some(other), ..) => other.len_utf8(),
            (None, ..) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Syntax;

    /// What is written for the first occurrence of `part` in the value of `v`.
    fn written(yaml: &str, part: &str) -> (String, u32, u32) {
        let source = Source::new("x.yml", yaml.to_owned());
        let node = source.tree(Syntax::Yaml).root().unwrap().get("v").unwrap();
        let at = node.text().unwrap().find(part).unwrap();
        let range = source_range(&source, node, at..at + part.len());
        let span = source.span(range.clone());
        (yaml[range].to_owned(), span.line, span.column)
    }

    #[test]
    fn parts_are_found_in_every_style() {
        assert_eq!(written("v: a ${{ x }} b\n", "${{ x }}"), ("${{ x }}".into(), 1, 6));
        assert_eq!(written("v: 'it''s ${{ x }}'\n", "${{ x }}"), ("${{ x }}".into(), 1, 11));
        assert_eq!(written("v: \"a\\n\\u00e9${{ x }}\"\n", "${{ x }}"), ("${{ x }}".into(), 1, 14));
        assert_eq!(
            written("v: |\n    one\n      two ${{ x }}\n    three\n", "${{ x }}"),
            ("${{ x }}".into(), 3, 11)
        );
        assert_eq!(written("v: |\n\n    one ${{ x }}\n", "${{ x }}"), ("${{ x }}".into(), 3, 9));
        assert_eq!(written("v: |-\n  one\n\n  ${{ x }}\n", "${{ x }}"), ("${{ x }}".into(), 4, 3));
        assert_eq!(written("v: >\n  one\n  two\n  ${{ x }}\n", "${{ x }}"), ("${{ x }}".into(), 4, 3));
        // Quotes and backslashes mean something in their own style only.
        assert_eq!(written("v: it''s ${{ x }}\n", "${{ x }}"), ("${{ x }}".into(), 1, 10));
        assert_eq!(written("v: \"a\\\\xyz ${{ x }}\"\n", "${{ x }}"), ("${{ x }}".into(), 1, 12));
        assert_eq!(written("v: a\\xyz ${{ x }}\n", "${{ x }}"), ("${{ x }}".into(), 1, 10));
        assert_eq!(written("v: one\n   two ${{ x }}\n", "${{ x }}"), ("${{ x }}".into(), 2, 8));
    }

    #[test]
    fn many_places_are_found_in_any_order_and_at_once() {
        let lines: String = (0..20_000).map(|n| format!("  echo é ${{{{ x{n} }}}}\n")).collect();
        let source = Source::new("x.yml", format!("v: |\n{lines}"));
        let node = source.tree(Syntax::Yaml).root().unwrap().get("v").unwrap();
        let text = node.text().unwrap();
        let parts: Vec<usize> = text.match_indices("${{").map(|(at, _)| at).collect();
        let mut places = Places::new(&source);
        let start = std::time::Instant::now();
        for at in parts.iter().chain(parts.iter().rev()) {
            let range = places.of(node, *at..at + 6);
            assert_eq!(&source.text()[range], &text[*at..at + 6]);
        }
        assert!(start.elapsed().as_secs() < 60, "each place is searched from the start");
    }
}
