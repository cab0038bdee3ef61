//! The Ruby that Gemfile and lockfile name.

use super::super::super::format::Project;
use super::arguments::{arguments, called, conditions};
use super::ruby::Token;
use super::version::{Requirement, Version};

/// The Ruby that a Gemfile names.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Interpreter {
    /// None.
    #[default]
    Any,
    /// One of these conditions; nothing if only Ruby knows them.
    Named(Option<Vec<String>>),
    /// Whether it names one, only Ruby knows.
    Unknown,
}

impl Interpreter {
    /// What stands behind `ruby`.
    pub fn read(tokens: &[Token], project: &Project<'_>) -> Interpreter {
        Interpreter::Named(wanted(tokens, project))
    }
}

/// The conditions behind `ruby`; nothing if only Ruby knows them.
fn wanted(tokens: &[Token], project: &Project<'_>) -> Option<Vec<String>> {
    let (positional, options) = arguments(tokens);
    let file = match options.iter().find(|(key, _)| key == "file") {
        Some((_, file)) => Some(file.as_deref()?),
        None => {
            called("File", stripped(tokens)).filter(|(method, _)| *method == "read").map(|(_, path)| path)
        }
    };
    let Some(file) = file else { return conditions(&positional) };
    let text = project.text(&project.beside(file))?;
    let named = text.text().lines().find_map(|line| line.strip_prefix("ruby"));
    let version = named.unwrap_or(text.text()).trim_start_matches([' ', '\t', '-', '=', '"']).trim();
    let end = version.find([' ', '\t', '#', '"']).unwrap_or(version.len());
    Some(vec![version[..end].to_owned()])
}

/// A call without `.strip` behind it.
fn stripped(tokens: &[Token]) -> &[Token] {
    match tokens {
        [call @ .., Token::Sign('.'), last] if last.is("strip") || last.is("chomp") => call,
        tokens => tokens,
    }
}

/// True if the conditions allow `ruby 3.3.8p144`, or one of them cannot be read.
pub fn is_allowed(locked: &str, conditions: &[String]) -> bool {
    let numbers = locked.strip_prefix("ruby ").unwrap_or_default();
    let end = numbers.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(numbers.len());
    match (Version::parse(&numbers[..end]), Requirement::of(conditions)) {
        (Some(version), Some(wanted)) => wanted.allows(&version),
        _ => true,
    }
}
