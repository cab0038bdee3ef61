//! Limits that GitHub's reader takes from its server.

use serde::Deserialize;

use crate::tree::{Node, Tree, Value};

/// Limits of the server. The defaults are those of github.com; GitHub Enterprise Server has its own.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Characters of a file. Default: 1048576.
    pub characters: usize,
    /// Mappings and lists within each other. Default: 50.
    pub depth: usize,
    /// Workflows in a chain of calls, the first counted. Default: 10; GitHub Enterprise Server: 4.
    pub levels: usize,
    /// Different workflows that one workflow may call, directly or through others. Default: 50; GitHub Enterprise
    /// Server: 20.
    pub workflows: usize,
    /// Jobs of a workflow and of those that it calls. Absent: no limit.
    pub jobs: Option<usize>,
    /// Bytes that GitHub's reader counts for a workflow and those that it calls. Default: 10485760.
    pub memory: usize,
}

impl Default for Limits {
    /// `ParseOptions` of actions/runner, and GitHub's "Reusing workflow configurations".
    fn default() -> Self {
        Limits {
            characters: 1024 * 1024,
            depth: 50,
            levels: 10,
            workflows: 50,
            jobs: None,
            memory: 10 * 1024 * 1024,
        }
    }
}

/// Bytes that GitHub's reader counts for what it makes of a file (`TemplateMemory` of actions/runner). Callers bound the
/// nodes and the text first.
pub(super) fn memory_of(path: &str, root: Node<'_>) -> usize {
    of_text(path) + of_node(root)
}

/// True if that is more than this.
pub(super) fn takes_more(limit: usize, path: &str, tree: &Tree, root: Node<'_>) -> bool {
    // Hardly any file comes near the limit.
    let at_most = of_text(path) as u64 + (OF_NODE + OF_TEXT) * tree.expanded_nodes + 2 * tree.expanded_bytes;
    at_most > limit as u64 && memory_of(path, root) > limit
}

/// Bytes for a node, besides its text.
const OF_NODE: u64 = 24;

/// Bytes for a text, besides its characters.
const OF_TEXT: u64 = 26;

fn of_text(text: &str) -> usize {
    let units = if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
    OF_TEXT as usize + 2 * units
}

fn of_node(node: Node<'_>) -> usize {
    let inner: usize = match node.value() {
        Some(Value::Str(text)) => of_text(text),
        Some(_) => 0,
        None => {
            let entries: usize = node.entries().map(|(key, value)| of_node(key) + of_node(value)).sum();
            entries + node.items().map(of_node).sum::<usize>()
        }
    };
    OF_NODE as usize + inner
}
