//! Entries about the machine: programs on the path, with the version that they must have at least, and files.
//!
//! ```text
//! tool: NAME [ ">=" version ] [ "optional" ]
//! file: PATH [ "optional" ]
//! ```

use super::entry::Malformed;
use super::rules::{MISSING_FILE, MISSING_TOOL};
use crate::checks::{Context, Record};
use crate::finding::Finding;
use crate::location::Location;
use crate::programs;

/// What the machine must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// A program on the path.
    Tool {
        /// Its name.
        name: String,
        /// The lowest version that will do, as it was written.
        at_least: Option<String>,
        /// True if it may be missing.
        optional: bool,
    },
    /// A file that exists and is not empty.
    File {
        /// Its path, from the root of the repository.
        path: String,
        /// True if it may be missing.
        optional: bool,
    },
}

/// Longest path, in characters.
const MAX_PATH: usize = 1_000;

/// Reads an entry; `None` if it is about a variable.
pub fn parse(text: &str) -> Option<Result<Need, Malformed>> {
    let (word, rest) = text.trim().split_once(':')?;
    let rest = rest.trim();
    let (rest, optional) = match rest.strip_suffix("optional") {
        Some(before) if before.ends_with(char::is_whitespace) => (before.trim_end(), true),
        _ => (rest, false),
    };
    match word {
        "tool" => Some(tool(rest, optional)),
        "file" => Some(file(rest, optional)),
        _ => None,
    }
}

fn wrong<T>(message: &str, help: &str) -> Result<T, Malformed> {
    Err(Malformed { name: None, message: message.to_owned(), help: help.to_owned() })
}

fn tool(text: &str, optional: bool) -> Result<Need, Malformed> {
    const HELP: &str = "write `tool: kubectl` or `tool: kubectl >= 1.28`";
    let (name, at_least) = match text.split_once(">=") {
        Some((name, version)) => (name.trim(), Some(version.trim())),
        None => (text, None),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    if name.is_empty() || name.starts_with(['-', '.']) || name.len() > 100 || !name.chars().all(is_name) {
        return wrong("does not name a program", HELP);
    }
    if at_least.is_some_and(|version| numbers(version).is_none_or(|(_, rest)| !rest.is_empty())) {
        return wrong("asks for a version that is not made of numbers with dots", HELP);
    }
    let at_least = at_least.map(str::to_owned);
    Ok(Need::Tool { name: name.to_owned(), at_least, optional })
}

fn file(path: &str, optional: bool) -> Result<Need, Malformed> {
    if path.is_empty() || path.chars().count() > MAX_PATH || path.contains(char::is_control) {
        return wrong("does not name a file", "write `file: deploy/values.yaml`");
    }
    Ok(Need::File { path: path.to_owned(), optional })
}

impl Need {
    /// How it is called in `missing`.
    pub fn shown(&self) -> String {
        match self {
            Need::Tool { name, .. } => format!("tool: {name}"),
            Need::File { path, .. } => format!("file: {path}"),
        }
    }
}

/// Looks whether the machine has it.
pub fn examine(need: &Need, context: &Context<'_>, record: &mut Record) {
    match need {
        Need::File { path, optional } => {
            let full = context.checkout.root().join(path);
            let state = match std::fs::metadata(&full) {
                Ok(meta) if meta.is_file() && meta.len() > 0 => return,
                Ok(meta) if meta.is_file() => "is empty",
                Ok(_) => "is no file",
                Err(_) if *optional => return record.not_examined("optional and not there"),
                Err(_) => "is not there",
            };
            let finding =
                Finding::new(&MISSING_FILE, Location::Repository, format!("the file `{path}` {state}"));
            let help = "have a step before this one write or download it, or mend its path: it starts at the root of \
                        the repository";
            record.push(finding.help(help).subject(path));
        }
        Need::Tool { name, at_least, optional } => {
            tool_on_path(name, at_least.as_deref(), *optional, context, record);
        }
    }
}

fn tool_on_path(
    name: &str,
    at_least: Option<&str>,
    optional: bool,
    context: &Context<'_>,
    record: &mut Record,
) {
    let finding = |message: String, help: String| {
        Finding::new(&MISSING_TOOL, Location::Repository, message).help(help).subject(name)
    };
    let Some(program) = programs::find(name, context.environment) else {
        if optional {
            return record.not_examined("optional and not there");
        }
        let message = format!("the tool `{name}` is not on the path");
        return record.push(finding(message, "install it in a step before this one".to_owned()));
    };
    let Some(at_least) = at_least else { return };
    let said = match programs::version(&program, name, context.environment) {
        Ok(said) => said,
        Err(reason) => {
            return record.not_verified(format!("the version of `{name}` cannot be told: {reason}"));
        }
    };
    let Some(version) = version_in(&said) else {
        return record
            .not_verified(format!("the version of `{name}` cannot be told: it names none that can be read"));
    };
    let wanted = numbers(at_least).map(|(numbers, _)| numbers).unwrap_or_default();
    if is_older(&version, &wanted) {
        let shown: Vec<String> = version.iter().map(u64::to_string).collect();
        let message = format!("the tool `{name}` is {}, and {at_least} is required", shown.join("."));
        record
            .push(finding(message, format!("install {name} {at_least} or later in a step before this one")));
    }
}

/// Missing parts are zeros: 1.28 is 1.28.0.
fn is_older(version: &[u64], wanted: &[u64]) -> bool {
    let part = |numbers: &[u64], at: usize| numbers.get(at).copied().unwrap_or(0);
    let parts = version.len().max(wanted.len());
    let differing = (0..parts).find(|at| part(version, *at) != part(wanted, *at));
    differing.is_some_and(|at| part(version, at) < part(wanted, at))
}

/// The numbers with dots that a text begins with, and what follows.
fn numbers(text: &str) -> Option<(Vec<u64>, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (version, rest) = text.split_at(end);
    let version = version.trim_end_matches('.');
    let numbers: Option<Vec<u64>> = version.split('.').map(|part| part.parse().ok()).collect();
    Some((numbers?, rest))
}

/// The first version in what a program says: numbers with at least one dot, not inside of a word; `v` and `go` may
/// stand in front. Failing that, a number behind the word `version`.
fn version_in(said: &str) -> Option<Vec<u64>> {
    let words =
        || said.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '"' | ':' | '/' | '='));
    let bare = |word: &str| -> Option<Vec<u64>> {
        let start = word.find(|c: char| c.is_ascii_digit())?;
        let before = word.get(..start)?;
        let known = before.is_empty() || matches!(before, "v" | "V" | "go" | "jq-" | "OpenSSH_" | "bun-v");
        known.then(|| numbers(word.get(start..)?)).flatten().map(|(numbers, _)| numbers)
    };
    let dotted = words().filter_map(bare).find(|numbers| numbers.len() > 1);
    let after = || {
        let mut words = words().skip_while(|word| !word.eq_ignore_ascii_case("version")).skip(1);
        words.find(|word| !word.is_empty()).and_then(bare)
    };
    dotted.or_else(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_about_the_machine() {
        let tool = |name: &str, at_least: Option<&str>, optional| Need::Tool {
            name: name.into(),
            at_least: at_least.map(Into::into),
            optional,
        };
        for (text, need) in [
            ("tool: kubectl", tool("kubectl", None, false)),
            ("tool: kubectl >= 1.28", tool("kubectl", Some("1.28"), false)),
            ("tool:node>=20 optional", tool("node", Some("20"), true)),
            ("file: a b.yaml", Need::File { path: "a b.yaml".into(), optional: false }),
            ("file: optional", Need::File { path: "optional".into(), optional: false }),
        ] {
            assert_eq!(parse(text), Some(Ok(need)), "{text}");
        }
        for text in ["tool:", "tool: a/b", "tool: x >= new", "tool: -x", "tool: x >= 1.2-rc", "file:"] {
            assert!(matches!(parse(text), Some(Err(_))), "{text}");
        }
        assert!(parse("TOOL: port").is_none() && parse("tool").is_none());
    }

    #[test]
    fn versions_are_found_in_what_programs_say() {
        for (said, version) in [
            ("git version 2.39.5 (Apple Git-154)", &[2, 39, 5][..]),
            ("v22.11.0\n", &[22, 11, 0]),
            ("go version go1.23.4 linux/amd64", &[1, 23, 4]),
            ("Client Version: v1.31.2\nKustomize Version: v5.4.2", &[1, 31, 2]),
            ("v3.16.2+g13654a5", &[3, 16, 2]),
            ("Docker version 27.3.1, build ce12230", &[27, 3, 1]),
            ("openjdk version \"21.0.5\" 2024-10-15 LTS", &[21, 0, 5]),
            ("OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.15", &[9, 2]),
            ("jq-1.7.1", &[1, 7, 1]),
            ("aws-cli/2.19.1 Python/3.12.6", &[2, 19, 1]),
            ("systemd version 252", &[252]),
        ] {
            assert_eq!(version_in(said).as_deref(), Some(version), "{said}");
        }
        assert_eq!(version_in("usage: tool [options] file1.txt"), None);
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(is_older(&[1, 9], &[1, 10]) && is_older(&[1], &[1, 0, 1]));
        assert!(!is_older(&[1, 28], &[1, 28, 0]) && !is_older(&[2], &[1, 99]));
    }
}
