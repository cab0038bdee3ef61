//! The text of one file, with its lines and its tree, and what is made of parts of it: each made at most once.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::location::{Location, Span};
use crate::tree::{Node, Syntax, Text, Tree};

/// Bytes between two places whose number of characters is known.
const MARK: usize = 1024;

/// The text of one file.
#[derive(Debug)]
pub struct Source {
    path: Box<str>,
    text: Text,
    lines: OnceLock<Box<[u32]>>,
    /// Characters before every [`MARK`] bytes of the text: a column of a long line is not counted from its start.
    marks: OnceLock<Box<[u32]>>,
    tree: OnceLock<Tree>,
    kept: Mutex<HashMap<(TypeId, usize), Kept>>,
}

/// Something that is made of a part of a text, once somebody has asked for it.
type Kept = Arc<OnceLock<Box<dyn Any + Send + Sync>>>;

impl Source {
    /// A file's text under its repository path.
    pub fn new(path: &str, text: impl Into<Text>) -> Self {
        Source {
            path: path.into(),
            text: text.into(),
            lines: OnceLock::new(),
            marks: OnceLock::new(),
            tree: OnceLock::new(),
            kept: Mutex::default(),
        }
    }

    /// Path relative to the repository root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text, a byte-order mark included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as a tree. The syntax of the first call is kept: a file has one.
    pub fn tree(&self, syntax: Syntax) -> &Tree {
        self.tree.get_or_init(|| Tree::parse(self.text.clone(), syntax))
    }

    /// What is made of the part of the text that begins there, be it asked for by several checks. It must not depend on
    /// anything else.
    pub fn once<T: Any + Clone + Send + Sync>(&self, start: usize, make: impl FnOnce() -> T) -> T {
        let kept = {
            let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry((TypeId::of::<T>(), start)).or_default().clone()
        };
        let value = kept.get_or_init(|| Box::new(make()));
        value.downcast_ref::<T>().expect("the type is part of the key").clone()
    }

    /// Lines and columns of a byte range.
    pub fn span(&self, range: Range<usize>) -> Span {
        let (line, column) = self.position(range.start);
        let (end_line, end_column) = self.position(range.end);
        Span { line, column, end_line, end_column }
    }

    /// The location of a byte range in this file.
    pub fn at(&self, range: Range<usize>) -> Location {
        Location::span(&*self.path, self.span(range))
    }

    /// The location of a value. A collection or a block of text is shown by its first line.
    pub fn at_node(&self, node: Node<'_>) -> Location {
        let range = node.range();
        let first_line = self.text[range.clone()].lines().next().unwrap_or_default();
        self.at(range.start..range.start + first_line.trim_end().len())
    }

    /// The text of a line, without its end; 1-based.
    pub fn line(&self, line: u32) -> Option<&str> {
        let starts = self.starts();
        let index = usize::try_from(line.checked_sub(1)?).ok()?;
        let start = *starts.get(index)? as usize;
        let end = starts.get(index + 1).map_or(self.text.len(), |&next| next as usize);
        Some(self.text[start..end].trim_end_matches(['\n', '\r']))
    }

    /// The number of lines.
    pub fn line_count(&self) -> usize {
        self.starts().len()
    }

    /// Line and column, both 1-based; columns count characters.
    fn position(&self, offset: usize) -> (u32, u32) {
        let starts = self.starts();
        let index = starts.partition_point(|&start| start as usize <= offset).saturating_sub(1);
        let start = starts[index] as usize;
        let column = if offset - start <= MARK {
            characters(&self.text.as_bytes()[start..offset])
        } else {
            self.characters_before(offset) - self.characters_before(start)
        };
        // A byte-order mark is on the first line, and nobody sees it.
        let hidden = start == 0 && offset > 0 && self.text.starts_with('\u{feff}');
        (index as u32 + 1, (column - usize::from(hidden)) as u32 + 1)
    }

    fn characters_before(&self, offset: usize) -> usize {
        let marks = self.marks.get_or_init(|| {
            let mut before = 0;
            let chunks = self.text.as_bytes().chunks(MARK).map(|chunk| {
                before += characters(chunk) as u32;
                before
            });
            std::iter::once(0).chain(chunks).collect()
        });
        let mark = offset / MARK;
        marks[mark] as usize + characters(&self.text.as_bytes()[mark * MARK..offset])
    }

    fn starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = || memchr::memchr_iter(b'\n', self.text.as_bytes());
            // Counted first: what grows has as much room again.
            let mut starts = Vec::with_capacity(1 + breaks().count());
            starts.push(0);
            starts.extend(breaks().map(|at| at as u32 + 1));
            starts.into_boxed_slice()
        })
    }
}

/// Characters that begin in these bytes of a text.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}
