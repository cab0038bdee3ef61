//! A gem that a Gemfile asks for, and where it comes from.

use std::ops::Range;
use std::sync::Arc;

use crate::checkout::Source;

use super::arguments::{arguments, conditions};
use super::ruby::{Statement, Token};

/// Where a gem comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// The registries that hold for all.
    Default,
    /// This registry.
    Registry(String),
    /// A folder, relative to the Gemfile.
    Path(String),
    /// A repository, what is written of it (branch, tag, reference, and whether it has submodules or a pattern), and
    /// true if its URL is literal.
    Git(String, Vec<(&'static str, String)>, bool),
    /// Only Ruby knows.
    Unknown,
}

/// A gem that is asked for.
#[derive(Debug)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// The conditions; nothing if only Ruby knows them.
    pub conditions: Option<Vec<String>>,
    /// Where it comes from.
    pub from: From,
    /// True under a condition that only Ruby can evaluate.
    pub perhaps: bool,
    /// True if a gemspec asks for it for development: a line of the Gemfile takes its place.
    pub development: bool,
    /// True if it is for some systems only: where the lockfile is for others, it holds no version.
    pub somewhere: bool,
    /// The file that it stands in, and where.
    pub source: Arc<Source>,
    /// Where.
    pub place: Range<usize>,
}

/// What a block means for the gems in it.
#[derive(Clone)]
pub struct Block {
    /// Where they come from.
    pub from: From,
    /// True under a condition that only Ruby can evaluate.
    pub perhaps: bool,
    /// True if they are for some systems only.
    pub somewhere: bool,
    /// True for code that asks for no gems.
    pub ignored: bool,
}

/// Options that say for which systems a gem is.
const FOR_SYSTEMS: [&str; 4] = ["platform", "platforms", "install_if", "force_ruby_platform"];

/// The tokens before `if` and `unless`.
pub fn unconditional(tokens: &[Token]) -> &[Token] {
    let end = tokens.iter().position(|token| token.is("if") || token.is("unless"));
    &tokens[..end.unwrap_or(tokens.len())]
}

/// True with `if` or `unless` behind it.
pub fn is_conditional(tokens: &[Token]) -> bool {
    unconditional(tokens).len() < tokens.len()
}

/// Reads `gem`; nothing if only Ruby knows which. `own` are the repositories that `git_source` has named.
pub fn asked(
    statement: &Statement,
    block: &Block,
    source: &Arc<Source>,
    own: Option<&[String]>,
) -> Option<Asked> {
    let tokens = &statement.tokens[1..];
    let (positional, options) = arguments(unconditional(tokens));
    let [name, rest @ ..] = positional.as_slice() else { return None };
    let [Token::Text(Some(name))] = name.as_slice() else { return None };
    let splat =
        rest.iter().any(|argument| matches!(argument.first(), Some(Token::Sign('*') | Token::Word(_))));
    let from = match from_options(&options, &[], own) {
        Some(from) => from,
        None if splat => From::Unknown,
        None => block.from.clone(),
    };
    Some(Asked {
        name: name.clone(),
        conditions: conditions(rest),
        from,
        perhaps: block.perhaps || is_conditional(tokens),
        development: false,
        somewhere: block.somewhere || options.iter().any(|(key, _)| FOR_SYSTEMS.contains(&key.as_str())),
        source: source.clone(),
        place: statement.place.clone(),
    })
}

/// The source that options name. `own` are the repositories that `git_source` has named.
pub fn from_options(
    options: &[(String, Option<String>)],
    block: &[Token],
    own: Option<&[String]>,
) -> Option<From> {
    let given = |name: &str| options.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let all = || {
        let mut all = options.to_vec();
        all.extend(arguments(block.get(1..).unwrap_or_default()).1);
        // `submodules: true` is no text.
        let value = |key: &str| {
            let value = all.iter().find(|(name, _)| name == key)?.1.clone();
            value.or_else(|| (key == "submodules").then(|| "true".to_owned()))
        };
        let keys = ["branch", "tag", "ref", "submodules", "glob"].into_iter();
        keys.filter_map(|key| Some((key, value(key)?))).collect::<Vec<_>>()
    };
    let url = |repository: String, host: &str| match repository.contains('/') {
        true => format!("https://{host}/{repository}.git"),
        false => format!("https://{host}/{repository}/{repository}.git"),
    };
    let from = |value: Option<String>, make: &dyn Fn(String) -> From| value.map_or(From::Unknown, make);
    if let Some(value) = given("path") {
        return Some(from(value, &From::Path));
    }
    if let Some(value) = given("git") {
        return Some(from(value, &|url| From::Git(url, all(), true)));
    }
    for (key, host) in [("github", "github.com"), ("gitlab", "gitlab.com")] {
        if let Some(value) = given(key) {
            // The address of a pull request stands for a reference, too.
            let value = value.filter(|repository| !repository.contains("://"));
            return Some(from(value, &|repository| From::Git(url(repository, host), all(), false)));
        }
    }
    if let Some(value) = given("source") {
        return Some(from(value, &From::Registry));
    }
    let is_own = |key: &String| own.is_none_or(|own| own.contains(key));
    let other = options.iter().any(|(key, _)| matches!(key.as_str(), "gist" | "bitbucket") || is_own(key));
    other.then_some(From::Unknown)
}
