//! Scripts of `run` as syntax trees: the one place that knows the crate `brush-parser`.
//!
//! [`parse`] takes the text of `run` as the workflow has it. `${{ }}` is a word, or a part of one, that keeps its
//! text: GitHub puts a value there before the shell reads the script, and what that is nobody knows here. All
//! ranges are bytes of the script; [`scalar_text::source_range`] makes places in the file of them.
//!
//! [`scalar_text::source_range`]: super::scalar_text::source_range

mod ast;
mod dialect;
mod limits;
mod lower;
mod word;

use std::sync::Arc;

use brush_parser::{Parser, ParserOptions};

use crate::checkout::Source;
use crate::tree::Node;

pub use ast::{
    Branch, Command, CommandKind, Item, Join, List, Pipeline, Redirect, RedirectKind, Simple, Word,
};
pub use dialect::{Options, Shell, ShellKind, is_sure, shell_of, shell_of_action, speaks_of_windows};

/// Bytes that a script may have; longer ones are generated, and nobody reads them.
pub const MAX_SCRIPT: usize = 256 << 10;

/// Why there is no tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTree {
    /// More than [`MAX_SCRIPT`] bytes.
    TooLong,
    /// Nested deeper than anybody writes.
    TooDeep,
    /// No script of bash, as far as the parser knows.
    Syntax,
}

/// Parses a script of `bash` or `sh`.
pub fn parse(script: &str) -> Result<List, NoTree> {
    if script.len() > MAX_SCRIPT {
        return Err(NoTree::TooLong);
    }
    let blanked = word::without_expressions(script);
    if limits::is_too_deep(&blanked) {
        return Err(NoTree::TooDeep);
    }
    let program = Parser::new(blanked.as_bytes(), &options()).parse_program().map_err(|_| NoTree::Syntax)?;
    Ok(lower::Lowering::new(script, &blanked).program(&program))
}

/// The tree of a script in a file, whose scalar this is. Several checks look at it.
pub fn tree_of(source: &Source, node: Node<'_>) -> Result<Arc<List>, NoTree> {
    let make = || parse(node.text().unwrap_or_default()).map(Arc::new);
    source.once(node.range().start, make)
}

/// What runs in a substitution. Deeper ones are not looked at.
fn parse_nested(script: &str, depth: usize) -> Option<List> {
    let program = Parser::new(script.as_bytes(), &options()).parse_program().ok()?;
    Some(lower::Lowering::new(script, script).inside(depth).program(&program))
}

fn options() -> ParserOptions {
    ParserOptions::default()
}

#[cfg(test)]
mod tests;
