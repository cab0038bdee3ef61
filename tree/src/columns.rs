//! The values of the same keys of many tables.

use super::rows::Rows;
use super::{Kind, Node, Tree};

/// Keys that are asked of many tables: in those that are written alike they are looked for once.
pub struct Columns<'t, const N: usize> {
    tree: &'t Tree,
    keys: [&'static str; N],
    /// How a table was written, and where the keys' values stand in it.
    known: Option<(u32, [Option<u32>; N])>,
}

impl<'t, const N: usize> Columns<'t, N> {
    /// Keys of tables of this tree.
    pub fn new(tree: &'t Tree, keys: [&'static str; N]) -> Self {
        Columns { tree, keys, known: None }
    }

    /// The values of the keys.
    #[inline(always)]
    pub fn of(&mut self, table: Node<'t>) -> [Option<Node<'t>>; N] {
        let raw = table.resolved();
        if raw.kind != Kind::Map || !Rows::has(raw.link) || !std::ptr::eq(self.tree, table.tree) {
            return table.get_each(self.keys);
        }
        let shape = self.tree.rows.shape_of(raw.link);
        if self.known.is_none_or(|(known, _)| known != shape) {
            let places = table.get_each(self.keys).map(|value| Some(value?.id - raw.link));
            self.known = Some((shape, places));
        }
        let node = |place| Node { tree: self.tree, id: raw.link + place };
        self.known.map_or([None; N], |(_, places)| places.map(|place| place.map(node)))
    }
}
