//! What a POSIX shell script writes to the runner's files.

use std::ops::Range;

use super::Taint;
use super::posix::{Follower, Sink, SinkKind};
use super::protocol::Piece;
use super::union;
use crate::workflow::shell_words::{Command, Part, Word};

impl Follower<'_, '_, '_> {
    /// Follows what goes to the runner's files. What goes there is not printed.
    pub(super) fn write(
        &mut self,
        command: &Command,
        output: &Option<Taint>,
        arguments: &[Option<Taint>],
    ) -> Option<Taint> {
        let to_arguments = (command.program() == Some("tee")).then_some(&command.words).into_iter().flatten();
        let targets: Vec<&Word> = command.writes.iter().chain(to_arguments).collect();
        let names = |variable: &str| targets.iter().any(|word| word.names(variable));
        if names("GITHUB_OUTPUT") {
            let pieces = self.pieces(command, output, arguments);
            self.output.write(pieces);
            self.output.end_line();
        } else if names("GITHUB_ENV") {
            let pieces = self.pieces(command, output, arguments);
            let before = self.environment.breaks_out.take();
            self.environment.write(pieces);
            self.environment.end_line();
            if let Some(taint) = self.environment.breaks_out.take() {
                self.environment_sink(command, taint, "GITHUB_ENV");
            }
            self.environment.breaks_out = before;
        } else if names("GITHUB_PATH") {
            if let Some(taint) = output.clone().and_then(|taint| taint.only(|origin| origin.kind.is_text())) {
                self.environment_sink(command, taint, "GITHUB_PATH");
            }
        } else if let Some((name, taint)) = self.old_command(command, arguments) {
            self.output.outputs.set(&name, taint);
        }
        if targets.is_empty() { output.clone() } else { None }
    }

    fn environment_sink(&mut self, command: &Command, taint: Taint, by: &str) {
        let range = self.trimmed(command);
        self.result.sinks.push(Sink { kind: SinkKind::Environment, taint, range, by: by.to_owned() });
    }

    /// Where the command is written, without what ends it.
    pub(super) fn trimmed(&self, command: &Command) -> Range<usize> {
        let Some(text) = self.text.get(command.range.clone()) else { return command.range.clone() };
        let start = command.range.start + (text.len() - text.trim_start().len());
        start..start + text.trim().trim_end_matches([';', ')', '}', '|', '&']).trim_end().len()
    }

    /// What is written, in pieces, so that names and delimiters can be told from values.
    fn pieces(
        &mut self,
        command: &Command,
        output: &Option<Taint>,
        arguments: &[Option<Taint>],
    ) -> Vec<Piece> {
        let words: Vec<&Word> = match command.name() {
            Some("echo" | "printf") => {
                command.words.iter().skip(1).filter(|word| !word.literal().is_some_and(is_option)).collect()
            }
            _ if matches!(command.program(), Some("cat" | "tee")) && !command.here.is_empty() => {
                command.here.iter().collect()
            }
            _ => return vec![Piece::Value(output.clone())],
        };
        let printf = command.name() == Some("printf");
        let mut pieces = Vec::new();
        for (index, word) in words.iter().enumerate() {
            if index > 0 && !printf {
                pieces.push(Piece::Text(" ".to_owned()));
            }
            for part in &word.parts {
                pieces.push(match part {
                    Part::Text(text) => Piece::Text(written(text, printf && index == 0)),
                    part => Piece::Value(self.part(part)),
                });
            }
            // The values of `printf` stand where the format has its marks; its last line end comes before them here.
            if printf
                && index == 0
                && arguments.len() > 2
                && let Some(Piece::Text(text)) = pieces.last_mut()
            {
                text.truncate(text.trim_end_matches('\n').len());
            }
        }
        pieces
    }

    /// `echo "::set-output name=NAME::VALUE"`
    fn old_command(&mut self, command: &Command, arguments: &[Option<Taint>]) -> Option<(String, Taint)> {
        if !matches!(command.name(), Some("echo" | "printf")) {
            return None;
        }
        let index = command.words.iter().position(|word| word.text().contains("::set-output"))?;
        let text = command.words.get(index)?.text();
        let name = text.split("name=").nth(1)?.split("::").next()?.trim().to_owned();
        Some((name, union(arguments.iter().skip(index).cloned())?))
    }
}

/// The text as it is written: the format of `printf` and `echo -e` with line breaks, and without its marks.
fn written(text: &str, format: bool) -> String {
    let text = text.replace("\\n", "\n");
    if format { text.replace("%s", "").replace("%b", "") } else { text }
}

fn is_option(text: &str) -> bool {
    text.len() > 1 && text.starts_with('-') && text.chars().skip(1).all(|c| matches!(c, 'n' | 'e' | 'E'))
}
