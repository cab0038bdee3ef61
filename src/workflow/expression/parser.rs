//! Precedence, lowest first: `||`, `&&`, `==` and `!=`, comparisons, `!`, access.

use std::ops::Range;

use super::lexer::{Lexer, Token};
use super::{Expr, ExprError, ExprKind, MAX_DEPTH, MAX_LENGTH, Operator};

/// Parses an expression without its `${{ }}`.
pub fn parse(text: &str) -> Result<Expr, ExprError> {
    if text.trim().is_empty() {
        return Err(ExprError { range: 0..text.len(), message: "the expression is empty".to_owned() });
    }
    if text.len() > MAX_LENGTH && text.encode_utf16().count() > MAX_LENGTH {
        let message = format!("the expression has more than {MAX_LENGTH} characters");
        return Err(ExprError { range: 0..0, message });
    }
    let tokens = Lexer::new(text).tokens()?;
    let mut parser = Parser { tokens, at: 0, end: text.trim_end().len(), depth: 0 };
    let expr = parser.or()?;
    match parser.peek() {
        None if depth(&expr) > MAX_DEPTH => Err(parser.too_deep(0..text.len())),
        None => Ok(expr),
        Some(_) => Err(parser.unexpected()),
    }
}

/// Levels of the tree as GitHub counts them: parentheses are none, and a chain of the same `&&` or `||` is one.
fn depth(expr: &Expr) -> usize {
    let below = match &expr.kind {
        ExprKind::Property(of, _) | ExprKind::Star(of) | ExprKind::Not(of) => depth(of),
        ExprKind::Index(a, b) | ExprKind::Compare(_, a, b) => depth(a).max(depth(b)),
        ExprKind::Call(_, parts) | ExprKind::All(parts) | ExprKind::Any(parts) => {
            parts.iter().map(depth).max().unwrap_or(0)
        }
        _ => 0,
    };
    1 + below
}

/// Calls of the parser within each other; far beyond what [`MAX_DEPTH`] lets pass, far below what the stack holds.
const MAX_RECURSION: usize = 100;

/// How strongly an operator binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Or,
    And,
    Equality,
    Comparison,
    /// Stronger than any operator between two sides.
    Unary,
}

impl Strength {
    fn next(self) -> Strength {
        match self {
            Strength::Or => Strength::And,
            Strength::And => Strength::Equality,
            Strength::Equality => Strength::Comparison,
            Strength::Comparison | Strength::Unary => Strength::Unary,
        }
    }
}

/// An operator between two sides.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Binary {
    Or,
    And,
    Compare(Operator, Strength),
}

impl Binary {
    fn strength(self) -> Strength {
        match self {
            Binary::Or => Strength::Or,
            Binary::And => Strength::And,
            Binary::Compare(_, strength) => strength,
        }
    }
}

fn binary(token: &Token<'_>) -> Option<Binary> {
    Some(match token {
        Token::Or => Binary::Or,
        Token::And => Binary::And,
        Token::Equal => Binary::Compare(Operator::Equal, Strength::Equality),
        Token::NotEqual => Binary::Compare(Operator::NotEqual, Strength::Equality),
        Token::Less => Binary::Compare(Operator::Less, Strength::Comparison),
        Token::LessOrEqual => Binary::Compare(Operator::LessOrEqual, Strength::Comparison),
        Token::Greater => Binary::Compare(Operator::Greater, Strength::Comparison),
        Token::GreaterOrEqual => Binary::Compare(Operator::GreaterOrEqual, Strength::Comparison),
        _ => return None,
    })
}

struct Parser<'t> {
    tokens: Vec<(Token<'t>, Range<usize>)>,
    at: usize,
    end: usize,
    depth: usize,
}

type Parsed = Result<Expr, ExprError>;

impl<'t> Parser<'t> {
    fn or(&mut self) -> Parsed {
        self.operation(Strength::Or)
    }

    /// Sides with operators between them that bind at least so strongly.
    fn operation(&mut self, weakest: Strength) -> Parsed {
        let mut left = self.unary()?;
        let mut comparisons = 0;
        while let Some(operator) = self.peek().and_then(binary).filter(|found| found.strength() >= weakest) {
            let Binary::Compare(operator, strength) = operator else {
                left = self.chain(left, operator)?;
                continue;
            };
            self.at += 1;
            comparisons += 1;
            if comparisons > MAX_DEPTH {
                return Err(self.too_deep(self.place()));
            }
            let right = self.operation(strength.next())?;
            let range = left.range.start..right.range.end;
            left = Expr { kind: ExprKind::Compare(operator, Box::new(left), Box::new(right)), range };
        }
        Ok(left)
    }

    /// Sides between the same `&&` or `||`, all in one node.
    fn chain(&mut self, first: Expr, operator: Binary) -> Parsed {
        let start = first.range.start;
        let mut sides = vec![first];
        while self.peek().and_then(binary) == Some(operator) {
            self.at += 1;
            sides.push(self.operation(operator.strength().next())?);
        }
        let end = sides.last().map_or(start, |last| last.range.end);
        let kind = if operator == Binary::And { ExprKind::All(sides) } else { ExprKind::Any(sides) };
        Ok(Expr { kind, range: start..end })
    }

    fn unary(&mut self) -> Parsed {
        if self.peek() != Some(&Token::Not) {
            return self.access();
        }
        let start = self.place().start;
        self.at += 1;
        let inner = self.deeper(Self::unary)?;
        let range = start..inner.range.end;
        Ok(Expr { kind: ExprKind::Not(Box::new(inner)), range })
    }

    fn access(&mut self) -> Parsed {
        let mut value = self.primary()?;
        let mut steps = 0;
        loop {
            let kind = match self.peek() {
                Some(Token::Dot) if can_be_accessed(&value) => {
                    self.at += 1;
                    match self.peek().cloned() {
                        Some(Token::Name(name)) => {
                            self.at += 1;
                            ExprKind::Property(Box::new(value), name.to_owned())
                        }
                        Some(Token::Star) => {
                            self.at += 1;
                            ExprKind::Star(Box::new(value))
                        }
                        _ => return Err(self.unexpected()),
                    }
                }
                Some(Token::OpenIndex) if can_be_accessed(&value) => {
                    self.at += 1;
                    let kind = if self.peek() == Some(&Token::Star) {
                        self.at += 1;
                        ExprKind::Star(Box::new(value))
                    } else {
                        let index = self.deeper(Self::or)?;
                        ExprKind::Index(Box::new(value), Box::new(index))
                    };
                    self.expect(&Token::CloseIndex, "`]`")?;
                    kind
                }
                _ => return Ok(value),
            };
            steps += 1;
            if steps > MAX_DEPTH {
                return Err(self.too_deep(self.place()));
            }
            let start = match &kind {
                ExprKind::Property(of, _) | ExprKind::Star(of) | ExprKind::Index(of, _) => of.range.start,
                _ => 0,
            };
            value = Expr { kind, range: start..self.tokens[self.at - 1].1.end };
        }
    }

    fn primary(&mut self) -> Parsed {
        let range = self.place();
        let Some(token) = self.peek().cloned() else { return Err(self.unexpected()) };
        self.at += 1;
        let kind = match token {
            Token::Null => ExprKind::Null,
            Token::Bool(value) => ExprKind::Bool(value),
            Token::Number(value) => ExprKind::Number(value),
            Token::String(value) => ExprKind::String(value.into_owned()),
            Token::Name(name) if self.peek() == Some(&Token::Open) => {
                self.at += 1;
                let arguments = self.arguments()?;
                let range = range.start..self.tokens[self.at - 1].1.end;
                return Ok(Expr { kind: ExprKind::Call(name.to_owned(), arguments), range });
            }
            Token::Name(name) => ExprKind::Name(name.to_owned()),
            Token::Open => {
                let inner = self.deeper(Self::or)?;
                self.expect(&Token::Close, "`)`")?;
                return Ok(inner);
            }
            _ => {
                self.at -= 1;
                return Err(self.unexpected());
            }
        };
        Ok(Expr { kind, range })
    }

    /// The arguments behind `(`, up to and with `)`.
    fn arguments(&mut self) -> Result<Vec<Expr>, ExprError> {
        let mut arguments = Vec::new();
        if self.peek() == Some(&Token::Close) {
            self.at += 1;
            return Ok(arguments);
        }
        loop {
            arguments.push(self.deeper(Self::or)?);
            match self.peek() {
                Some(Token::Comma) => self.at += 1,
                Some(Token::Close) => {
                    self.at += 1;
                    return Ok(arguments);
                }
                _ => return Err(self.expected("`,` or `)`")),
            }
        }
    }

    fn deeper(&mut self, inner: fn(&mut Self) -> Parsed) -> Parsed {
        if self.depth >= MAX_RECURSION {
            return Err(self.too_deep(self.place()));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn expect(&mut self, token: &Token, shown: &str) -> Result<(), ExprError> {
        if self.peek() != Some(token) {
            return Err(self.expected(shown));
        }
        self.at += 1;
        Ok(())
    }

    fn peek(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn place(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |(_, range)| range.clone())
    }

    fn expected(&self, shown: &str) -> ExprError {
        let message = match self.peek() {
            Some(_) => format!("{shown} is expected here"),
            None => format!("{shown} is missing at the end"),
        };
        ExprError { range: self.place(), message }
    }

    fn unexpected(&self) -> ExprError {
        let message = match self.peek() {
            Some(_) => "this is unexpected here",
            None => "the expression ends too early",
        };
        ExprError { range: self.place(), message: message.to_owned() }
    }

    fn too_deep(&self, range: Range<usize>) -> ExprError {
        let message = format!("the expression is nested deeper than {MAX_DEPTH} levels");
        ExprError { range, message }
    }
}

/// Literals have no properties.
fn can_be_accessed(value: &Expr) -> bool {
    !matches!(value.kind, ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_))
}
