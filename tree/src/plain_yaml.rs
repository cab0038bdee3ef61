//! YAML as nearly every file is written, straight into the tree: blocks by indentation, scalars of one line, `|` and
//! `>`, brackets. Whatever else a text holds, `yaml` reads, and can say why.

use std::borrow::Cow;
use std::ops::Range;

use super::build::{Builder, Collection};
use super::{Style, controls, plain_json};

/// Collections within each other. Less than what the other parser takes, so that the limit is its to tell.
const MAX_DEPTH: usize = 100;

/// Bytes of a key. Somewhat less than what YAML allows, for the same reason.
const MAX_KEY: usize = 1000;

/// Reads the text. False if it holds anything that is not read here; the builder is then of no use.
pub(super) fn read(text: &str, builder: &mut Builder) -> bool {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, line: 0, builder };
    is_printable(text) && reader.documents().is_some()
}

struct Reader<'t, 'b> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Where the line begins that `at` is in.
    line: usize,
    builder: &'b mut Builder,
}

/// A scalar that is read, and not yet in the tree.
struct Scalar<'t> {
    range: Range<usize>,
    value: Cow<'t, str>,
    style: Style,
}

impl<'t> Reader<'t, '_> {
    fn documents(&mut self) -> Option<()> {
        self.next_line()?;
        loop {
            if self.is_marker() {
                self.at += 3;
                self.next_line()?;
            }
            self.document()?;
            if self.column().is_none() {
                return Some(());
            }
        }
    }

    /// A document, up to the next or to the end.
    fn document(&mut self) -> Option<()> {
        self.column()?;
        self.block(0, 0)?;
        self.column().is_none_or(|_| self.is_marker()).then_some(())
    }

    /// True at the line before a document.
    fn is_marker(&self) -> bool {
        self.at == self.line && self.bytes[self.at..].starts_with(b"---\n")
    }

    /// A collection or value at the first token of a line, or behind the dash of an item. Whatever belongs to it stands
    /// in column `min` or further to the right. The next token is then that of a line.
    fn block(&mut self, min: usize, depth: usize) -> Option<()> {
        if self.is_item() {
            return self.sequence(depth);
        }
        if let b'[' | b'{' | b'|' | b'>' = self.peek()? {
            return self.value(min, depth);
        }
        let column = self.column()?;
        let scalar = self.scalar(false)?;
        if self.is_colon() {
            return self.mapping(scalar, column, depth);
        }
        self.add(scalar);
        self.next_line()
    }

    fn sequence(&mut self, depth: usize) -> Option<()> {
        let column = self.column()?;
        self.begin(Collection::Seq, Style::Block, self.at, depth)?;
        while self.column() == Some(column) && self.is_item() {
            self.at += 1;
            self.spaces();
            let place = self.at;
            if self.is_end_of_line() {
                self.next_line()?;
            }
            match self.column() {
                Some(inner) if inner > column => self.block(column + 1, depth + 1)?,
                // Where the other parser says that it stands depends on much.
                _ if self.bytes.get(place) == Some(&b'#') => return None,
                _ => self.null(place),
            }
        }
        self.builder.end(None);
        self.column().is_none_or(|next| next <= column).then_some(())
    }

    fn mapping(&mut self, mut key: Scalar<'t>, column: usize, depth: usize) -> Option<()> {
        self.begin(Collection::Map, Style::Block, key.range.start, depth)?;
        loop {
            self.add_key(key)?;
            self.value_of_key(column, depth)?;
            if self.column() != Some(column) || self.is_marker() {
                break;
            }
            key = self.scalar(false)?;
        }
        self.builder.end(None);
        self.column().is_none_or(|next| next < column || self.is_marker()).then_some(())
    }

    /// What stands behind a key in `column`, from the colon on.
    fn value_of_key(&mut self, column: usize, depth: usize) -> Option<()> {
        let place = self.at;
        self.at += 1;
        self.spaces();
        if !self.is_end_of_line() {
            return self.value(column + 1, depth + 1);
        }
        self.next_line()?;
        match self.column() {
            Some(inner) if inner > column => self.block(column + 1, depth + 1)?,
            Some(same) if same == column && self.is_item() => self.sequence(depth + 1)?,
            _ => self.null(place),
        }
        Some(())
    }

    /// A value that is no block, to the end of its line.
    fn value(&mut self, min: usize, depth: usize) -> Option<()> {
        match self.peek()? {
            b'[' => self.brackets(Collection::Seq, b']', depth)?,
            b'{' => self.brackets(Collection::Map, b'}', depth)?,
            b'|' => return self.block_scalar(Style::Literal, min),
            b'>' => return self.block_scalar(Style::Folded, min),
            _ => {
                let scalar = self.scalar(false)?;
                self.add(scalar);
            }
        }
        self.next_line()
    }

    fn brackets(&mut self, kind: Collection, close: u8, depth: usize) -> Option<()> {
        self.begin(kind, Style::Flow, self.at, depth)?;
        self.at += 1;
        self.space_in_brackets();
        while self.peek()? != close {
            if matches!(kind, Collection::Map) {
                let key = self.scalar(true)?;
                self.add_key(key)?;
                self.at += 1;
                self.space_in_brackets();
            }
            match self.peek()? {
                b'[' => self.brackets(Collection::Seq, b']', depth + 1)?,
                b'{' => self.brackets(Collection::Map, b'}', depth + 1)?,
                _ => {
                    let scalar = self.scalar(true)?;
                    self.add(scalar);
                }
            }
            self.space_in_brackets();
            match self.peek()? {
                b',' => self.at += 1,
                byte if byte == close => break,
                _ => return None,
            }
            self.space_in_brackets();
        }
        self.at += 1;
        self.builder.end(Some(self.at));
        Some(())
    }

    /// A text of several lines, from its `|` or `>` on.
    fn block_scalar(&mut self, style: Style, min: usize) -> Option<()> {
        let start = self.at;
        self.at += 1;
        let keep = match self.peek()? {
            b'-' => 0,
            b'+' => usize::MAX,
            _ => 1,
        };
        self.at += usize::from(keep != 1);
        self.spaces();
        (self.peek()? == b'\n').then(|| self.at += 1)?;
        let indent = self.indent_of_text().filter(|&indent| indent >= min.max(1))?;
        let (value, breaks) = self.lines(indent, matches!(style, Style::Folded))?;
        let value = value + &"\n".repeat(breaks.min(keep));
        self.builder.scalar(start..self.at, &value, style);
        self.line = self.at;
        self.next_line()
    }

    /// The indentation of the first line that is not empty. Those before it must not be longer.
    fn indent_of_text(&self) -> Option<usize> {
        let mut longest = 0;
        for line in self.text[self.at..].split('\n') {
            let indent = line.bytes().take_while(|&byte| byte == b' ').count();
            if indent < line.len() {
                return Some(indent).filter(|&indent| indent >= longest);
            }
            longest = longest.max(indent);
        }
        None
    }

    /// The lines of a text without their indentation, and the number of line breaks behind the last of them. What
    /// stands between two lines of a folded text is a space, if only they are not indented further.
    fn lines(&mut self, indent: usize, folded: bool) -> Option<(String, usize)> {
        let mut value = String::new();
        let mut breaks = 0;
        // Whether nothing is to be folded behind the line before.
        let mut apart = true;
        while self.at < self.bytes.len() {
            let spaces = self.bytes[self.at..].iter().take_while(|&&byte| byte == b' ').count();
            match self.bytes.get(self.at + spaces)? {
                b'\n' if spaces <= indent => {
                    self.at += spaces + 1;
                    breaks += 1;
                    continue;
                }
                b'\t' if spaces < indent => return None,
                _ if spaces < indent => break,
                _ => {}
            }
            let start = self.at + indent;
            let length = self.bytes[start..].iter().take_while(|&&byte| byte != b'\n').count();
            let further = matches!(self.bytes[start], b' ' | b'\t');
            if folded && !apart && !further {
                match breaks {
                    1 => value.push(' '),
                    _ => value.extend(std::iter::repeat_n('\n', breaks - 1)),
                }
            } else {
                value.extend(std::iter::repeat_n('\n', breaks));
            }
            value += &self.text[start..start + length];
            self.at = (start + length + 1).min(self.bytes.len());
            (breaks, apart) = (1, further);
        }
        Some((value, breaks))
    }

    /// A scalar of one line.
    fn scalar(&mut self, in_brackets: bool) -> Option<Scalar<'t>> {
        let start = self.at;
        let (value, style) = match self.peek()? {
            b'"' => (self.double_quoted()?, Style::DoubleQuoted),
            b'\'' => (self.single_quoted()?, Style::SingleQuoted),
            _ => (Cow::Borrowed(self.plain(in_brackets)?), Style::Plain),
        };
        let end = match style {
            Style::Plain => start + value.len(),
            _ => self.at,
        };
        Some(Scalar { range: start..end, value, style })
    }

    /// A scalar without quotes, without the space behind it. It ends where something else begins.
    fn plain(&mut self, in_brackets: bool) -> Option<&'t str> {
        let start = self.at;
        let first = self.bytes[start];
        let is_marker = start == self.line && (first == b'-' || first == b'.');
        let is_indicator = match first {
            b'-' => {
                !matches!(self.bytes.get(start + 1), Some(b'-' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z'))
            }
            _ => INDICATORS.contains(&first),
        };
        if is_marker || is_indicator {
            return None;
        }
        let mut before = first;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => break,
                b':' if self.is_colon() => break,
                b'#' if before == b' ' => break,
                b'\t' => return None,
                b':' if in_brackets
                    && self.bytes.get(self.at + 1).is_some_and(|next| b",[]{}".contains(next)) =>
                {
                    return None;
                }
                b',' | b'[' | b']' | b'{' | b'}' if in_brackets => break,
                _ => {}
            }
            before = byte;
            self.at += 1;
        }
        Some(self.text[start..self.at].trim_end_matches(' '))
    }

    fn double_quoted(&mut self) -> Option<Cow<'t, str>> {
        let start = self.at + 1;
        let mut escaped = false;
        self.at = start;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\n' => return None,
                b'\\' => {
                    escaped = true;
                    // Whatever is escaped, it is no end.
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        let inner = &self.text[start..self.at];
        self.at += 1;
        // What JSON escapes, YAML does in the same way; of others the other parser knows.
        if escaped { plain_json::unescaped(inner).map(Cow::Owned) } else { Some(Cow::Borrowed(inner)) }
    }

    fn single_quoted(&mut self) -> Option<Cow<'t, str>> {
        let start = self.at + 1;
        let mut doubled = false;
        self.at = start;
        loop {
            match self.peek()? {
                b'\'' if self.bytes.get(self.at + 1) == Some(&b'\'') => {
                    doubled = true;
                    self.at += 2;
                }
                b'\'' => break,
                b'\n' => return None,
                _ => self.at += 1,
            }
        }
        let inner = &self.text[start..self.at];
        self.at += 1;
        Some(if doubled { Cow::Owned(inner.replace("''", "'")) } else { Cow::Borrowed(inner) })
    }

    fn begin(&mut self, kind: Collection, style: Style, start: usize, depth: usize) -> Option<()> {
        let is_shallow = depth < MAX_DEPTH;
        is_shallow.then(|| _ = self.builder.begin(kind, style, start))
    }

    fn add_key(&mut self, key: Scalar<'_>) -> Option<()> {
        (self.is_colon() && key.range.len() <= MAX_KEY).then(|| self.add(key))
    }

    fn add(&mut self, scalar: Scalar<'_>) {
        self.builder.scalar(scalar.range, &scalar.value, scalar.style);
    }

    /// A value that is not written.
    fn null(&mut self, place: usize) {
        self.builder.scalar(place..place, "~", Style::Plain);
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Which column the next token stands in; none at the end of the text.
    fn column(&self) -> Option<usize> {
        (self.at < self.bytes.len()).then_some(self.at - self.line)
    }

    fn is_item(&self) -> bool {
        self.peek() == Some(b'-') && matches!(self.bytes.get(self.at + 1), None | Some(b' ' | b'\n'))
    }

    /// Whether a key ends here.
    fn is_colon(&self) -> bool {
        self.peek() == Some(b':') && matches!(self.bytes.get(self.at + 1), None | Some(b' ' | b'\n'))
    }

    /// Whether nothing stands behind the space in the line, or a comment.
    fn is_end_of_line(&self) -> bool {
        matches!(self.peek(), None | Some(b'\n' | b'#'))
    }

    fn spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    fn space_in_brackets(&mut self) {
        while let Some(byte @ (b' ' | b'\n')) = self.peek() {
            self.at += 1;
            if byte == b'\n' {
                self.line = self.at;
            }
        }
    }

    /// To the first token of the next line that has one, from behind the last token of a line or from the start of one.
    fn next_line(&mut self) -> Option<()> {
        let mut fresh = self.at == self.line;
        loop {
            self.spaces();
            match self.peek() {
                None => return Some(()),
                Some(b'\n') => {
                    self.at += 1;
                    self.line = self.at;
                    fresh = true;
                }
                Some(b'#') if fresh || self.bytes[self.at - 1] == b' ' => {
                    let length = self.bytes[self.at..].iter().take_while(|&&byte| byte != b'\n').count();
                    self.builder.comment(self.at..self.at + length);
                    self.at += length;
                }
                Some(_) => return fresh.then_some(()),
            }
        }
    }
}

/// What no scalar without quotes begins with, or what is left to the other parser.
const INDICATORS: &[u8] = b" \n\t?:,[]{}#&*!|>'\"%@`";

/// Whether the text holds nothing but printable characters, spaces, tabs, and `\n` as the only line break.
fn is_printable(text: &str) -> bool {
    controls::has_none(text)
        && (text.is_ascii()
            || text.chars().filter(|c| !c.is_ascii()).all(|c| {
                matches!(c, '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{1_0000}'..)
                    && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
            }))
}
