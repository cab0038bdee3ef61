//! Expressions: what stands inside `${{ }}` and in `if:`.
//!
//! Grammar and limits are those of actions/runner, `src/Sdk/Expressions` (`LexicalAnalyzer.cs`,
//! `ExpressionParser.cs`): at most 21,000 characters and 50 levels.

mod lexer;
mod parser;

use std::ops::Range;

pub use parser::parse;

/// Characters that an expression may have.
pub const MAX_LENGTH: usize = 21_000;

/// Levels that an expression may be nested.
pub const MAX_DEPTH: usize = 50;

/// A part of an expression, with its bytes in the expression's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it is written.
    pub range: Range<usize>,
}

/// The kinds of [`Expr`].
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `1`, `0x1f`, `-1e3`, `NaN`, `Infinity`
    Number(f64),
    /// `'text'`, quotes resolved
    String(String),
    /// `github`: a context by name
    Name(String),
    /// `a.b`
    Property(Box<Expr>, String),
    /// `a[b]`
    Index(Box<Expr>, Box<Expr>),
    /// `a.*`, `a[*]`
    Star(Box<Expr>),
    /// `f(a, b)`
    Call(String, Vec<Expr>),
    /// `!a`
    Not(Box<Expr>),
    /// `a && b && c`
    All(Vec<Expr>),
    /// `a || b || c`
    Any(Vec<Expr>),
    /// `a == b`
    Compare(Operator, Box<Expr>, Box<Expr>),
}

/// The operators that compare two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExprError {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// In words.
    pub message: String,
}

impl Expr {
    /// Calls `visit` for this part and everything below it, the outer ones first.
    pub fn walk<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        visit(self);
        match &self.kind {
            ExprKind::Property(of, _) | ExprKind::Star(of) | ExprKind::Not(of) => of.walk(visit),
            ExprKind::Index(a, b) | ExprKind::Compare(_, a, b) => {
                a.walk(visit);
                b.walk(visit);
            }
            ExprKind::Call(_, parts) | ExprKind::All(parts) | ExprKind::Any(parts) => {
                parts.iter().for_each(|part| part.walk(visit));
            }
            _ => {}
        }
    }

    /// True if the expression says what stands in for this access, by its path, where it is empty: `matrix.flags || ''`.
    pub fn falls_back(&self, path: &str) -> bool {
        let mut found = false;
        self.walk(&mut |part| {
            if let ExprKind::Any(choices) = &part.kind {
                let but_last = choices.split_last().map_or(&[][..], |(_, first)| first);
                found |= but_last.iter().any(|choice| choice.path().as_deref() == Some(path));
            }
        });
        found
    }

    /// The dotted path of a context access in lower case, such as `github.event.pull_request.title`; an index
    /// that is a string is a property, any other index and `*` are `*`. `None` if it starts with no context.
    pub fn path(&self) -> Option<String> {
        let mut path = String::new();
        self.write_path(&mut path).then_some(path)
    }

    fn write_path(&self, path: &mut String) -> bool {
        let (of, name) = match &self.kind {
            ExprKind::Name(name) => {
                push_lower(path, name);
                return true;
            }
            ExprKind::Property(of, name) => (of, &**name),
            ExprKind::Star(of) => (of, "*"),
            ExprKind::Index(of, index) => match &index.kind {
                ExprKind::String(name) => (of, &**name),
                _ => (of, "*"),
            },
            _ => return false,
        };
        if !of.write_path(path) {
            return false;
        }
        path.push('.');
        push_lower(path, name);
        true
    }

    /// The longest context accesses: `a.b.c`, not also `a.b` and `a`. Accesses inside an index count by themselves.
    pub fn accesses<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr, String)) {
        if let Some(path) = self.path() {
            visit(self, path);
            self.indexes(visit);
            return;
        }
        match &self.kind {
            ExprKind::Property(of, _) | ExprKind::Star(of) | ExprKind::Not(of) => of.accesses(visit),
            ExprKind::Index(a, b) | ExprKind::Compare(_, a, b) => {
                a.accesses(visit);
                b.accesses(visit);
            }
            ExprKind::Call(_, parts) | ExprKind::All(parts) | ExprKind::Any(parts) => {
                parts.iter().for_each(|part| part.accesses(visit));
            }
            _ => {}
        }
    }

    fn indexes<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr, String)) {
        match &self.kind {
            ExprKind::Property(of, _) | ExprKind::Star(of) => of.indexes(visit),
            ExprKind::Index(of, index) => {
                of.indexes(visit);
                index.accesses(visit);
            }
            _ => {}
        }
    }
}

fn push_lower(path: &mut String, name: &str) {
    match name.is_ascii() {
        true => {
            let start = path.len();
            path.push_str(name);
            path[start..].make_ascii_lowercase();
        }
        false => path.push_str(&name.to_lowercase()),
    }
}

/// An expression inside a text.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// Bytes of the text from `${{` to `}}`, or the whole text where an expression is implied.
    pub outer: Range<usize>,
    /// Where the expression itself begins in the text.
    pub start: usize,
    /// The expression, or why it is none. Ranges count from `start`.
    pub parsed: Result<Expr, ExprError>,
}

/// True if an expression begins in the text.
pub fn is_in(text: &str) -> bool {
    // Most texts are short and have none.
    text.as_bytes().contains(&b'$') && text.contains("${{")
}

/// All expressions in a text, in order. Quoted braces inside an expression do not end it.
pub fn embedded(text: &str) -> Vec<Embedded> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("${{").map(|offset| at + offset) {
        let start = open + 3;
        let Some(close) = closing(text, start) else {
            let error = ExprError { range: 0..0, message: "`${{` is never closed by `}}`".to_owned() };
            found.push(Embedded { outer: open..text.len(), start, parsed: Err(error) });
            break;
        };
        found.push(Embedded { outer: open..close + 2, start, parsed: parse(&text[start..close]) });
        at = close + 2;
    }
    found
}

/// The place of the `}}` that ends the expression.
fn closing(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quoted = false;
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => quoted = !quoted,
            b'}' if !quoted && bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests;
