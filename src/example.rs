//! The files and commands of a rule's page: what raises the rule, and what does not.

use crate::archive::make;

/// The files and commands under a heading of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// Paths with their contents.
    pub files: Vec<(String, Vec<u8>)>,
    /// Command lines such as `NAME=value ci-guard check preflight`.
    pub commands: Vec<String>,
}

/// A command of a page, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Variables in front.
    pub variables: Vec<(String, String)>,
    /// The words behind `ci-guard`.
    pub arguments: Vec<String>,
}

impl Example {
    /// What stands under `## heading`.
    pub fn under(page: &str, heading: &str) -> Example {
        let mut example = Example::default();
        let mut inside = false;
        let mut lines = page.lines();
        while let Some(line) = lines.next() {
            if let Some(title) = line.strip_prefix("## ") {
                inside = title == heading;
            }
            let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if !inside {
                continue;
            }
            if let Some((_, file)) = info.split_once(" file=") {
                // A block without lines is an empty file.
                let text: String = body.iter().map(|line| format!("{line}\n")).collect();
                // An archive is described by its members. A line of it that cannot be read leaves the archive empty,
                // and the rule is not raised.
                let content = match info.starts_with("archive ") {
                    true => make::archive(file, &text).unwrap_or_default(),
                    false => text.into_bytes(),
                };
                example.files.push((file.to_owned(), content));
            } else if info == "console" {
                let commands = body.iter().filter_map(|line| line.strip_prefix("$ "));
                example.commands.extend(commands.map(str::to_owned));
            }
        }
        example
    }

    /// True if there is nothing to run.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.commands.is_empty()
    }

    /// What is run: the commands of the page, or the rule's check alone.
    pub fn invocations(&self, check: &str) -> Vec<Invocation> {
        let default = match check {
            "policy" | "settings" => "ci-guard check".to_owned(),
            check => format!("ci-guard check {check}"),
        };
        let commands = if self.commands.is_empty() { vec![default] } else { self.commands.clone() };
        commands.iter().filter_map(|command| invocation(command)).collect()
    }
}

fn invocation(command: &str) -> Option<Invocation> {
    let words = words(command);
    let split = words.iter().position(|word| word == "ci-guard")?;
    let pair = |word: &String| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    Some(Invocation {
        variables: words[..split].iter().filter_map(pair).collect(),
        arguments: words[split + 1..].to_vec(),
    })
}

/// Splits a command as a shell would, as far as quotes go.
pub(crate) fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut open = false;
    for c in command.chars() {
        match (quote, c) {
            (None, ' ') => {
                if open {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            (None, '\'' | '"') => (quote, open) = (Some(c), true),
            (Some(q), c) if q == c => quote = None,
            (_, c) => {
                word.push(c);
                open = true;
            }
        }
    }
    if open {
        words.push(word);
    }
    words
}
