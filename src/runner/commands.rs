//! Workflow commands: lines on standard output that the runner acts on, and the escaping that keeps foreign
//! text from becoming one.
//!
//! The runner reads `::name key=value,…::data` at the start of a line, and the older `##[name …]data` anywhere
//! in it. Data escapes `%`, CR, LF; properties also `:` and `,`.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use data_encoding::HEXLOWER;

/// The runner cuts messages of annotations at this many characters (`_maxIssueMessageLength`).
pub const MAX_MESSAGE: usize = 4096;

/// The runner keeps this many annotations of each type in a step (`_maxCountPerIssueType`).
pub const MAX_PER_TYPE: usize = 10;

/// The level of an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `::notice`
    Notice,
    /// `::warning`
    Warning,
    /// `::error`
    Error,
}

impl Level {
    fn command(self) -> &'static str {
        match self {
            Level::Notice => "notice",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// One annotation.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// Its level.
    pub level: Level,
    /// Short text in bold.
    pub title: String,
    /// The text; longer than [`MAX_MESSAGE`] characters is cut.
    pub message: String,
    /// The file, relative to the repository's root.
    pub file: Option<String>,
    /// Where in the file.
    pub span: Option<crate::location::Span>,
}

impl std::fmt::Display for Annotation {
    /// One line, without its end.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut properties = format!("title={}", escape_property(&self.title));
        if let Some(file) = &self.file {
            let _ = write!(properties, ",file={}", escape_property(file));
        }
        if let Some(span) = self.span.filter(|_| self.file.is_some()) {
            let _ = write!(properties, ",line={},endLine={}", span.line, span.end_line);
            // Columns of a range over several lines are dropped by the runner, with a warning.
            if span.line == span.end_line {
                let _ = write!(properties, ",col={},endColumn={}", span.column, span.end_column);
            }
        }
        let message = break_old_commands(&truncate(&self.message, MAX_MESSAGE));
        write!(f, "::{} {properties}::{}", self.level.command(), escape_data(&message))
    }
}

/// Cuts at `limit` characters (as .NET counts them: UTF-16 units), marking the cut.
fn truncate(text: &str, limit: usize) -> String {
    if text.encode_utf16().count() <= limit {
        return text.to_owned();
    }
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units < limit
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// Escapes the data of a command.
pub fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property.
pub fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Writes foreign text so that the runner takes none of it for a command: commands are stopped around it with
/// a word that nobody can guess, and the older form is broken up.
pub fn guarded(text: &str) -> Result<String> {
    let word = random_word()?;
    let text = break_old_commands(text);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    Ok(format!("::stop-commands::{word}\n{text}{end}::{word}::\n"))
}

/// Takes the older form of commands, which is read anywhere in a line, its meaning.
pub(crate) fn break_old_commands(text: &str) -> String {
    text.replace("##[", "#\u{200b}#[")
}

/// 128 random bits in hex, behind a name.
pub(crate) fn random_word() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("the system gives no random bytes")?;
    Ok(format!("ci-guard-{}", HEXLOWER.encode(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Span;

    fn annotation(message: &str, file: &str) -> String {
        let span = Span { line: 3, column: 2, end_line: 3, end_column: 9 };
        Annotation {
            level: Level::Error,
            title: "a:b,c".into(),
            message: message.into(),
            file: Some(file.into()),
            span: Some(span),
        }
        .to_string()
    }

    #[test]
    fn an_annotation_is_one_line_whatever_its_text() {
        assert_eq!(
            annotation("100%\r\n::error::x", "a,b:c\n.yml"),
            "::error title=a%3Ab%2Cc,file=a%2Cb%3Ac%0A.yml,line=3,endLine=3,col=2,endColumn=9::100%25%0D%0A::error::x"
        );
    }

    #[test]
    fn long_messages_are_cut_as_the_runner_counts() {
        let line = annotation(&"\u{1f600}".repeat(5000), "x");
        let message = line.rsplit("::").next().unwrap();
        assert!(message.encode_utf16().count() <= MAX_MESSAGE, "{}", message.encode_utf16().count());
        assert!(message.ends_with('…'));
    }

    /// The runner's own reading of a log line, as far as commands go.
    fn is_command(line: &str, stopped: Option<&str>) -> bool {
        let trimmed = line.trim_start();
        match stopped {
            Some(word) => trimmed.starts_with(&format!("::{word}::")),
            None => trimmed.starts_with("::") || line.contains("##["),
        }
    }

    proptest::proptest! {
        #[test]
        fn foreign_text_never_becomes_a_command(text in "(?s)(::|##\\[|\\PC|\n|\r|add-mask::){0,60}") {
            let guarded = guarded(&text).unwrap();
            let lines: Vec<&str> = guarded.split_terminator('\n').collect();
            let word = lines[0].strip_prefix("::stop-commands::").unwrap();
            for line in &lines[1..lines.len() - 1] {
                assert!(!is_command(line, Some(word)), "{line:?}");
                assert!(!line.contains("##["));
            }
            assert_eq!(*lines.last().unwrap(), format!("::{word}::"));
        }
    }
}
