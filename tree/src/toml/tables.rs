//! Tables that grow: a header or a dotted key may add to one that was opened before.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::super::build::{Builder, Collection};
use super::super::{Problem, ProblemKind, Style};
use super::DUPLICATE;

/// Entries of a table from which on keys are looked up in a table of their own.
const MANY: u32 = 16;

/// Stands for no slot and no node.
const NONE: u32 = u32::MAX;

/// The table that the whole text is.
pub const ROOT: u32 = 0;

/// A key as it is written and as it resolves.
pub struct Key<'t> {
    /// Where.
    pub range: Range<usize>,
    /// What it means.
    pub name: Cow<'t, str>,
}

/// What a value is, as far as it decides what may be added to it.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    String,
    Integer,
    Float,
    Boolean,
    Datetime,
    /// `[…]`
    Array,
    /// What `[[…]]` makes.
    ArrayOfTables,
    /// `{…}`
    Inline,
    /// What `[…]` makes, and the root.
    Table,
    /// What stands above a table of a header, and has none of its own.
    Above,
    /// What a dotted key makes.
    Dotted,
}

impl Form {
    fn is_seq(self) -> bool {
        matches!(self, Form::Array | Form::ArrayOfTables)
    }

    /// What people call it.
    fn name(self) -> &'static str {
        match self {
            Form::String => "string",
            Form::Integer => "integer",
            Form::Float => "float",
            Form::Boolean => "boolean",
            Form::Datetime => "datetime",
            Form::Array | Form::ArrayOfTables => "array",
            Form::Inline => "inline table",
            Form::Table | Form::Above | Form::Dotted => "table",
        }
    }
}

/// A value: where it stands among those of its table or array, and its own.
struct Slot {
    /// The node of its key; none for the items of an array.
    key: u32,
    node: u32,
    first: u32,
    last: u32,
    next: u32,
    form: Form,
}

/// All values of a text.
pub struct Tables {
    pub builder: Builder,
    slots: Vec<Slot>,
    /// Keys of tables with many entries.
    known: HashMap<u32, HashMap<Box<str>, u32>>,
}

impl Tables {
    /// An empty table, as wide as the text, with room for so many values from the beginning.
    pub fn new(builder: Builder, range: Range<usize>, values: usize) -> Tables {
        let mut tables = Tables { builder, slots: Vec::with_capacity(values), known: HashMap::new() };
        tables.open(Form::Table, range);
        tables
    }

    /// A table or array that does not belong to anything yet.
    pub fn open(&mut self, form: Form, range: Range<usize>) -> u32 {
        let (kind, style) = match form.is_seq() {
            true => (Collection::Seq, Style::Flow),
            false => (Collection::Map, Style::Block),
        };
        let node = self.builder.loose(kind, style, range);
        self.slot(node, form)
    }

    /// The slot of a node that does not belong to anything yet.
    pub fn slot(&mut self, node: u32, form: Form) -> u32 {
        self.slots.push(Slot { key: NONE, node, first: NONE, last: NONE, next: NONE, form });
        self.slots.len() as u32 - 1
    }

    /// True for `[…]` in a value.
    pub fn is_array(&self, slot: u32) -> bool {
        self.slots[slot as usize].form == Form::Array
    }

    /// Where the value ends.
    pub fn close(&mut self, slot: u32, end: usize) {
        let node = self.slots[slot as usize].node;
        let start = self.builder.range(node).start;
        self.builder.place(node, start..end);
    }

    /// Adds an entry to a table. The key must not be there yet.
    pub fn insert(&mut self, table: u32, key: &Key<'_>, value: u32) {
        let written = self.builder.text().as_bytes().get(key.range.start);
        let style = written.map_or(Style::Plain, |&first| Style::of_toml(first));
        let node = self.builder.loose_scalar(key.range.clone(), &key.name, style);
        self.slots[value as usize].key = node;
        if let Some(known) = self.known.get_mut(&table) {
            known.insert((&*key.name).into(), value);
        }
        self.push(table, value);
    }

    /// Adds an item to an array.
    pub fn push(&mut self, parent: u32, child: u32) {
        let last = std::mem::replace(&mut self.slots[parent as usize].last, child);
        match last {
            NONE => self.slots[parent as usize].first = child,
            last => self.slots[last as usize].next = child,
        }
    }

    fn children(&self, slot: u32) -> impl Iterator<Item = u32> {
        let first = self.slots[slot as usize].first;
        let next = |slot: &u32| Some(self.slots[*slot as usize].next).filter(|&next| next != NONE);
        std::iter::successors(Some(first).filter(|&first| first != NONE), next)
    }

    /// The value of a key.
    fn get(&mut self, table: u32, name: &str) -> Option<u32> {
        if let Some(known) = self.known.get(&table) {
            return known.get(name).copied();
        }
        let mut count = 0;
        for child in self.children(table) {
            if self.builder.has_text(self.slots[child as usize].key, name) {
                return Some(child);
            }
            count += 1;
        }
        if count > MANY {
            let name = |child: u32| self.builder.value(self.slots[child as usize].key);
            let known = self.children(table).map(|child| (name(child).into(), child)).collect();
            self.known.insert(table, known);
        }
        None
    }

    /// The table at the end of a path, which is made as far as it is not there. `dotted` for the parts of a dotted
    /// key, which may not add to what a header made.
    pub fn descend(
        &mut self,
        mut table: u32,
        path: &[Key<'_>],
        dotted: bool,
        problems: &mut Vec<Problem>,
    ) -> Option<u32> {
        for key in path {
            let Some(found) = self.get(table, &key.name) else {
                let form = if dotted { Form::Dotted } else { Form::Above };
                let next = self.open(form, key.range.clone());
                self.insert(table, key, next);
                table = next;
                continue;
            };
            let slot = &mut self.slots[found as usize];
            table = match slot.form {
                Form::ArrayOfTables => slot.last,
                Form::Above | Form::Dotted if dotted => {
                    slot.form = Form::Dotted;
                    found
                }
                Form::Above | Form::Dotted => found,
                Form::Table if !dotted => found,
                Form::Table => {
                    problems.push(unplaced(key));
                    return None;
                }
                other => {
                    let message = format!("cannot extend value of type {} with a dotted key", other.name());
                    problems.push(Problem { range: key.range.clone(), kind: ProblemKind::Syntax(message) });
                    return None;
                }
            };
        }
        Some(table)
    }

    /// Where the value of a key of an expression goes: the table, if the key is new there.
    pub fn place(&mut self, table: u32, path: &[Key<'_>], problems: &mut Vec<Problem>) -> Option<u32> {
        let (key, parents) = path.split_last()?;
        let table = self.descend(table, parents, true, problems)?;
        // A dotted key adds to no table of a header.
        if !parents.is_empty() && self.slots[table as usize].form != Form::Dotted {
            problems.push(unplaced(key));
            return None;
        }
        match self.get(table, &key.name) {
            None => Some(table),
            Some(first) => {
                problems.push(self.duplicate(key, first));
                None
            }
        }
    }

    /// The table that a header opens: `[a.b]`, or `[[a.b]]`.
    pub fn header(
        &mut self,
        path: &[Key<'_>],
        range: Range<usize>,
        is_array: bool,
        problems: &mut Vec<Problem>,
    ) -> u32 {
        let Some((key, parents)) = path.split_last() else { return self.open(Form::Table, range) };
        let Some(parent) = self.descend(ROOT, parents, false, problems) else {
            return self.open(Form::Table, range);
        };
        let found = self.get(parent, &key.name);
        let form = found.map(|slot| self.slots[slot as usize].form);
        // Tables below it came first.
        if let (Some(table), Some(Form::Above), false) = (found, form, is_array) {
            let Slot { key: node, node: value, .. } = self.slots[table as usize];
            self.slots[table as usize].form = Form::Table;
            self.builder.place(node, key.range.clone());
            self.builder.place(value, range);
            return table;
        }
        let array = match (found, form, is_array) {
            (Some(array), Some(Form::ArrayOfTables), true) => Some(array),
            (Some(first), _, _) => {
                problems.push(self.duplicate(key, first));
                return self.open(Form::Table, range);
            }
            (None, _, true) => {
                let array = self.open(Form::ArrayOfTables, range.clone());
                self.insert(parent, key, array);
                Some(array)
            }
            (None, _, false) => None,
        };
        let table = self.open(Form::Table, range);
        match array {
            Some(array) => self.push(array, table),
            None => self.insert(parent, key, table),
        }
        table
    }

    fn duplicate(&self, key: &Key<'_>, first: u32) -> Problem {
        let first = self.builder.range(self.slots[first as usize].key);
        let key_text = self.builder.text()[key.range.clone()].to_owned();
        Problem { range: key.range.clone(), kind: ProblemKind::DuplicateKey { key: key_text, first } }
    }

    /// The document. Every table and array is given its entries, in the order of writing. `whole` if all that was read
    /// belongs to it.
    pub fn link(mut self, whole: bool) -> Builder {
        let mut children: Vec<u32> = Vec::new();
        let mut nodes: Vec<u32> = Vec::new();
        for slot in 0..self.slots.len() as u32 {
            if self.slots[slot as usize].first == NONE {
                continue;
            }
            children.clear();
            children.extend(self.children(slot));
            let start = |child: &u32| match self.slots[*child as usize] {
                Slot { key: NONE, node, .. } => self.builder.range(node).start,
                Slot { key, .. } => self.builder.range(key).start,
            };
            // A header may stand behind those of the tables below it.
            if !children.is_sorted_by_key(start) {
                children.sort_by_key(start);
            }
            nodes.clear();
            for &child in &children {
                let Slot { key, node, .. } = self.slots[child as usize];
                nodes.extend((key != NONE).then_some(key));
                nodes.push(node);
            }
            self.builder.link(self.slots[slot as usize].node, &nodes);
        }
        let root = self.slots[ROOT as usize].node;
        match whole {
            true => self.builder.whole_document(root),
            false => self.builder.document(root),
        }
        self.builder
    }
}

/// A key whose first place is no key of its own.
fn unplaced(key: &Key<'_>) -> Problem {
    Problem { range: key.range.clone(), kind: ProblemKind::Syntax(DUPLICATE.to_owned()) }
}
