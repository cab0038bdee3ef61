//! Where a part of a scalar's value is written in the file: block scalars lose their indentation, folded ones their
//! line breaks, quoted ones their escapes.

use std::ops::Range;

use crate::checkout::Source;
use crate::tree::{Node, Style};

/// The bytes of the file that a range of the scalar's value is written in.
pub fn source_range(source: &Source, node: Node<'_>, part: Range<usize>) -> Range<usize> {
    let whole = node.range();
    if node.is_alias() {
        return whole;
    }
    let value = node.text().unwrap_or_default();
    let written = &source.text()[whole.clone()];
    let style = node.style();
    let skip = match style {
        Style::SingleQuoted | Style::DoubleQuoted => 1,
        Style::Literal | Style::Folded => written.find('\n').map_or(written.len(), |at| at + 1),
        _ => 0,
    };
    let mut map = Alignment { value, written, style, at: 0, place: skip };
    let start = map.advance(part.start);
    let end = map.advance(part.end.max(part.start));
    let text = source.text();
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

/// Two pointers: one into the value, one into what is written. Both move by characters.
struct Alignment<'t> {
    value: &'t str,
    written: &'t str,
    style: Style,
    at: usize,
    place: usize,
}

impl Alignment<'_> {
    /// Moves to a byte of the value, and says where it is written.
    fn advance(&mut self, to: usize) -> usize {
        while let Some(wanted) = self.wanted().filter(|_| self.at < to) {
            self.settle(wanted);
            self.place += self.width(wanted);
            self.at += wanted.len_utf8();
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
}
