//! What is wrong with a text, in the words of those who write such files rather than of those who parse them.

mod json;
mod toml;
mod yaml;

use std::ops::Range;

use super::{Problem, ProblemKind, Syntax};

/// A problem in a user's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Where to look, in bytes of the text. Parsers often stop a little before or behind it.
    pub range: Range<usize>,
    /// What is wrong: one sentence without a full stop.
    pub message: String,
    /// What to type to mend it.
    pub help: Option<String>,
}

impl Problem {
    /// Explains the problem of a `text` that was parsed as `syntax`.
    pub fn explain(&self, text: &str, syntax: Syntax) -> Explanation {
        let place = Place { text, range: self.range.clone() };
        let words = match &self.kind {
            ProblemKind::Syntax(message) => match syntax {
                Syntax::Yaml => yaml::words(message, &place),
                Syntax::Json | Syntax::Jsonc => json::words(message, &place),
                Syntax::Toml => toml::words(message, &place),
            }
            .unwrap_or_else(|| Words::new(message.clone())),
            ProblemKind::DuplicateKey { key, .. } => {
                Words::new(format!("{} stands twice in the same mapping", quoted(key)))
            }
            ProblemKind::UnknownAnchor(name) => {
                Words::new(format!("there is no anchor {} above", quoted(name))).help(format!(
                    "define it with `&{name}` above this line, or quote the value if the `*` is part of it"
                ))
            }
            ProblemKind::RecursiveAlias => Words::new("this alias stands inside its own anchor"),
        };
        Explanation {
            range: words.range.unwrap_or(self.range.clone()),
            message: words.message,
            help: words.help,
        }
    }
}

/// Foreign text in backticks, cut where nobody reads on.
fn quoted(text: &str) -> String {
    const MAX: usize = 60;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// What a table of words says about a parser's message.
struct Words {
    message: String,
    help: Option<String>,
    range: Option<Range<usize>>,
}

impl Words {
    fn new(message: impl Into<String>) -> Words {
        Words { message: message.into(), help: None, range: None }
    }

    fn help(mut self, help: impl Into<String>) -> Words {
        self.help = Some(help.into());
        self
    }

    /// Moves the place.
    fn at(mut self, range: Range<usize>) -> Words {
        self.range = Some(range);
        self
    }
}

/// Where the parser stopped.
struct Place<'t> {
    text: &'t str,
    range: Range<usize>,
}

impl<'t> Place<'t> {
    /// The character at the place.
    fn char(&self) -> Option<char> {
        self.after().chars().next()
    }

    /// The text from the place on.
    fn after(&self) -> &'t str {
        &self.text[self.range.start..]
    }

    /// Where the line of the place begins.
    fn line_start(&self) -> usize {
        self.text[..self.range.start].rfind('\n').map_or(0, |at| at + 1)
    }

    /// The line of the place up to the place.
    fn before_in_line(&self) -> &'t str {
        &self.text[self.line_start()..self.range.start]
    }

    /// The line of the place.
    fn line(&self) -> &'t str {
        self.text[self.line_start()..].lines().next().unwrap_or_default()
    }

    /// The last line above the place that is neither empty nor a comment.
    fn line_above(&self) -> Option<&'t str> {
        let above = self.text[..self.line_start()].lines().rev();
        above.take(100).find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
    }

    /// The first character of the place.
    fn first(&self) -> Range<usize> {
        let width = self.char().map_or(0, char::len_utf8);
        self.range.start..self.range.start + width
    }
}

#[cfg(test)]
mod tests;
