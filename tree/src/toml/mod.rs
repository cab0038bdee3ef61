//! TOML into the tree, from the parser's events: tables that a file opens again and again cost nothing but their
//! nodes, and a text is read a few thousand words at a time.

mod alike;
mod plain;
mod reader;
mod scalars;
mod tables;

use std::ops::Range;

use toml_parser::lexer::{Token, TokenKind};
use toml_parser::parser::{RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{ErrorSink, Expected, ParseError, Source};

use super::build::MAX_PROBLEMS;
use super::{Problem, ProblemKind, Text, Tree};
use reader::Reader;

/// Arrays and inline tables within each other, and parts of a key. The limit of the crate `toml`.
const MAX_DEPTH: u32 = 80;

/// Words that are read before the tables that they make are built.
const CHUNK: usize = 4096;

pub(super) fn parse(text: Text) -> Tree {
    plain::read(&text).unwrap_or_else(|| parse_whatever(text))
}

/// By the parser, which reads whatever a text holds.
pub(super) fn parse_whatever(text: Text) -> Tree {
    let source = Source::new(&text);
    let mut reader = Reader::new(text.clone(), source);
    let mut problems = Problems::default();
    let mut chunk: Vec<Token> = Vec::with_capacity(CHUNK);
    let mut depth = 0_usize;
    for token in source.lex() {
        match token.kind() {
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => depth += 1,
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        chunk.push(token);
        // Outside of brackets a line is an expression; strings of several lines are one word.
        if chunk.len() >= CHUNK && depth == 0 && token.kind() == TokenKind::Newline {
            read(&chunk, source, &mut reader, &mut problems);
            chunk.clear();
        }
    }
    read(&chunk, source, &mut reader, &mut problems);
    reader.finish(problems.0)
}

fn read<'t>(tokens: &[Token], source: Source<'t>, reader: &mut Reader<'t>, problems: &mut Problems) {
    let mut receiver = ValidateWhitespace::new(reader, source);
    let mut receiver = RecursionGuard::new(&mut receiver, MAX_DEPTH);
    parse_document(tokens, &mut receiver, problems);
}

/// What the parser has to say about the text.
#[derive(Default)]
struct Problems(Vec<Problem>);

/// What a key that stands twice is reported as.
const DUPLICATE: &str = "duplicate key";

impl ErrorSink for Problems {
    fn report_error(&mut self, error: ParseError) {
        if self.0.len() < MAX_PROBLEMS {
            let range = error.unexpected().map_or(0..0, |span| span.start()..span.end());
            let message = words(&error);
            self.0.push(Problem { range, kind: ProblemKind::Syntax(message) });
        }
    }
}

/// The parser's message, as the crate `toml` words it.
fn words(error: &ParseError) -> String {
    let mut words = error.description().to_owned();
    let Some(expected) = error.expected() else { return words };
    let expected = expected.iter().map(|expected| match expected {
        Expected::Literal("\n") => "newline".to_owned(),
        Expected::Literal("`") => "'`'".to_owned(),
        Expected::Literal(text) if text.chars().all(|c| c.is_ascii_control()) => {
            format!("`{}`", text.escape_debug())
        }
        Expected::Literal(text) => format!("`{text}`"),
        Expected::Description(text) => (*text).to_owned(),
        _ => "etc".to_owned(),
    });
    let expected: Vec<String> = expected.collect();
    words.push_str(", expected ");
    words.push_str(if expected.is_empty() { "nothing" } else { "" });
    words.push_str(&expected.join(", "));
    words
}

fn range(span: toml_parser::Span) -> Range<usize> {
    span.start()..span.end()
}

#[cfg(test)]
mod tests;
