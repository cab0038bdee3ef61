//! TOML as tools write it, straight into the tree: a lockfile is a few kinds of lines, thousands of times. Whatever
//! else a text holds, the parser reads, and can say why.

use std::borrow::Cow;
use std::ops::Range;

use ci_guard_scan::same;
use toml_parser::{Raw, Span};

use super::super::build::{BYTES_PER_NODE, Builder, Collection};
use super::super::{Problem, Style, Text, Tree, controls};
use super::alike::Shapes;
use super::tables::{Form, Key, ROOT, Tables};
use super::{Problems, scalars};

/// Arrays and inline tables within each other, and parts of a key. Somewhat less than what the parser takes, so that
/// the limit is its to tell.
const MAX_DEPTH: usize = 60;

/// Keys of an inline table, which are compared with each other.
const MAX_KEYS: usize = 16;

/// Nodes for each entry of a table, the key and the value at least.
const NODES_PER_ENTRY: usize = 2;

/// What a key without quotes is made of.
const BARE: [bool; 256] = {
    let mut bare = [false; 256];
    let mut byte = 0u8;
    while byte < 128 {
        bare[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        byte += 1;
    }
    bare
};

/// Reads the text. `None` if it holds anything that is not read here.
pub fn read(text: &Text) -> Option<Tree> {
    if !controls::has_none(text) {
        return None;
    }
    let nodes = text.len() / BYTES_PER_NODE;
    let builder = Builder::with_room(text.clone(), nodes, nodes);
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        tables: Tables::new(builder, 0..text.len(), nodes / NODES_PER_ENTRY),
        path: Vec::new(),
        children: Vec::new(),
        names: Vec::new(),
        shapes: Shapes::default(),
        problems: Vec::new(),
    };
    reader.document()?;
    Some(reader.tables.link(true).finish())
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    tables: Tables,
    /// The parts of the key that was read last.
    path: Vec<Key<'t>>,
    /// What is in the arrays and inline tables that are open, the innermost last.
    children: Vec<u32>,
    /// The keys of the inline tables that are open, those of the innermost last.
    names: Vec<&'t [u8]>,
    /// How inline tables were written that hold no others.
    shapes: Shapes,
    /// What is wrong with the order of keys and headers.
    problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    fn document(&mut self) -> Option<()> {
        let mut table = ROOT;
        loop {
            self.space_and_lines();
            match self.bytes.get(self.at) {
                None => return Some(()),
                Some(b'[') => table = self.header()?,
                Some(_) => self.entry(table)?,
            }
            self.end_of_line()?;
            if !self.problems.is_empty() {
                return None;
            }
        }
    }

    /// `[a.b]` or `[[a.b]]`.
    fn header(&mut self) -> Option<u32> {
        let start = self.at;
        let is_array = self.bytes.get(start + 1) == Some(&b'[');
        let brackets = if is_array { 2 } else { 1 };
        self.at += brackets;
        self.keys()?;
        (0..brackets).try_for_each(|_| self.byte(b']'))?;
        Some(self.tables.header(&self.path, start..self.at, is_array, &mut self.problems))
    }

    /// `a.b = …`
    fn entry(&mut self, table: u32) -> Option<()> {
        self.keys()?;
        self.equals()?;
        let target = self.tables.place(table, &self.path, &mut self.problems)?;
        let (node, form) = self.value(0)?;
        let value = self.tables.slot(node, form);
        self.tables.insert(target, self.path.last()?, value);
        Some(())
    }

    /// The parts of a key into `path`.
    fn keys(&mut self) -> Option<()> {
        self.path.clear();
        loop {
            let (range, inner) = self.key()?;
            self.path.push(Key { range, name: Cow::Borrowed(&self.text[inner]) });
            if self.bytes.get(self.at) != Some(&b'.') || self.path.len() >= MAX_DEPTH {
                return Some(());
            }
            self.at += 1;
        }
    }

    /// A part of a key, where it stands and where its name does.
    fn key(&mut self) -> Option<(Range<usize>, Range<usize>)> {
        let start = self.at;
        match *self.bytes.get(start)? {
            b'"' | b'\'' => {
                self.at = scalars::string_end(self.bytes, start)?;
                Some((start..self.at, start + 1..self.at - 1))
            }
            _ => {
                self.at += self.bytes[start..].iter().take_while(|byte| BARE[usize::from(**byte)]).count();
                (self.at > start).then_some((start..self.at, start..self.at))
            }
        }
    }

    fn equals(&mut self) -> Option<()> {
        self.space();
        self.byte(b'=')?;
        self.space();
        Some(())
    }

    /// A value, which does not belong to anything yet.
    fn value(&mut self, depth: usize) -> Option<(u32, Form)> {
        let start = self.at;
        let form = match *self.bytes.get(start)? {
            b'[' | b'{' if depth >= MAX_DEPTH => return None,
            b'[' => return Some((self.array(depth)?, Form::Array)),
            b'{' => return Some((self.inline_table(depth)?, Form::Inline)),
            b'"' | b'\'' => Form::String,
            b't' | b'f' => Form::Boolean,
            _ => Form::Integer,
        };
        let Some(end) = scalars::end(self.bytes, start) else { return self.long_string(start) };
        self.at = end;
        Some((self.tables.builder.written(start..self.at, Style::of_toml(self.bytes[start])), form))
    }

    /// A string that is more than what is written between its quotes.
    fn long_string(&mut self, start: usize) -> Option<(u32, Form)> {
        let quote = *self.bytes.get(start).filter(|byte| matches!(byte, b'"' | b'\''))?;
        let (end, encoding) = scalars::long_string_end(self.bytes, start)?;
        let written = self.text.get(start..end)?;
        let raw = Raw::new_unchecked(written, Some(encoding), Span::new_unchecked(start, end));
        let (mut value, mut problems) = (Cow::Borrowed(""), Problems::default());
        let _ = raw.decode_scalar(&mut value, &mut problems);
        if !problems.0.is_empty() {
            return None;
        }
        self.at = end;
        let style = Style::of_toml(quote);
        Some((self.tables.builder.loose_scalar(start..end, &value, style), Form::String))
    }

    fn array(&mut self, depth: usize) -> Option<u32> {
        let node = self.tables.builder.loose(Collection::Seq, Style::Flow, self.at..self.at);
        let first = self.children.len();
        self.at += 1;
        self.space_and_lines();
        while self.bytes.get(self.at) != Some(&b']') {
            let (item, _) = self.value(depth + 1)?;
            self.children.push(item);
            self.space_and_lines();
            match self.bytes.get(self.at)? {
                b',' => self.at += 1,
                b']' => break,
                _ => return None,
            }
            self.space_and_lines();
        }
        self.at += 1;
        self.close(node, first);
        Some(node)
    }

    fn inline_table(&mut self, depth: usize) -> Option<u32> {
        if let Some((node, end)) = self.shapes.like_one_before(self.bytes, self.at, &mut self.tables.builder)
        {
            self.at = end;
            return Some(node);
        }
        let node = self.tables.builder.loose(Collection::Map, Style::Block, self.at..self.at);
        let (first, first_name) = (self.children.len(), self.names.len());
        self.at += 1;
        self.space();
        while self.bytes.get(self.at) != Some(&b'}') || self.children.len() > first {
            let (range, inner) = self.key()?;
            self.note(first_name, inner)?;
            let style = Style::of_toml(self.bytes[range.start]);
            let key = self.tables.builder.written(range, style);
            self.equals()?;
            let (value, _) = self.value(depth + 1)?;
            self.children.extend([key, value]);
            self.space();
            match self.bytes.get(self.at)? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return None,
            }
            self.space();
        }
        self.at += 1;
        self.shapes.note(node, &self.children[first..], self.at, &mut self.tables.builder);
        self.close(node, first);
        self.names.truncate(first_name);
        Some(node)
    }

    /// Another key of the innermost inline table, whose keys begin at `first`: none of them has its name.
    #[inline(always)]
    fn note(&mut self, first: usize, name: Range<usize>) -> Option<()> {
        let (bytes, names) = (self.bytes, &self.names[first..]);
        let name = &bytes[name];
        let is_new = names.len() < MAX_KEYS && !names.iter().any(|known| same(known, name));
        is_new.then(|| self.names.push(name))
    }

    /// Behind the bracket of an array or inline table, whose items begin at `first`.
    fn close(&mut self, node: u32, first: usize) {
        self.tables.builder.link(node, &self.children[first..]);
        self.tables.builder.end_at(node, self.at);
        self.children.truncate(first);
    }

    fn byte(&mut self, wanted: u8) -> Option<()> {
        (self.bytes.get(self.at) == Some(&wanted)).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    /// Space, ends of lines and comments.
    fn space_and_lines(&mut self) {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n') => self.at += 1,
                Some(b'#') => self.comment(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    /// Nothing but a comment stands behind an expression. What comes next is the end of the line, or of the text.
    fn end_of_line(&mut self) -> Option<()> {
        self.space();
        if self.bytes.get(self.at) == Some(&b'#') {
            self.comment();
        }
        matches!(self.bytes.get(self.at), None | Some(b'\n')).then_some(())
    }
}
