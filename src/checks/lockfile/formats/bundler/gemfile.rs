//! A Gemfile, as far as it can be read without running it.

use std::ops::Range;
use std::sync::Arc;

use crate::checkout::Source;

use super::super::super::format::Project;
use super::super::super::paths;
use super::arguments::{arguments, conditions, is_assignment, opens_block, strings, text_of};
use super::gemspec::Gemspec;
use super::ruby::{Statement, Token, statements};

/// Files that one Gemfile may take in, one in the other.
const DEEPEST: usize = 4;

/// Where a gem comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// The registries that hold for all.
    Default,
    /// This registry.
    Registry(String),
    /// A folder, relative to the Gemfile.
    Path(String),
    /// A repository, and branch, tag or reference if they are written.
    Git(String, Vec<(&'static str, String)>),
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
    /// True if it is for some systems only: where the lockfile is for others, it holds no version.
    pub somewhere: bool,
    /// The file that it stands in, and where.
    pub source: Arc<Source>,
    /// Where.
    pub place: Range<usize>,
}

/// What a Gemfile says.
#[derive(Debug, Default)]
pub struct Gemfile {
    /// The gems.
    pub gems: Vec<Asked>,
    /// Registries that hold for all gems.
    pub sources: Vec<String>,
    /// What cannot be read without Ruby, and where: path and line.
    pub dynamic: Option<String>,
}

/// What a block means for the gems in it.
#[derive(Clone)]
struct Block {
    from: From,
    perhaps: bool,
    somewhere: bool,
}

/// Methods that say nothing about which gems are asked for.
const HARMLESS: [&str; 14] = [
    "ruby",
    "plugin",
    "git_source",
    "require",
    "require_relative",
    "puts",
    "warn",
    "raise",
    "abort",
    "p",
    "else",
    "elsif",
    "when",
    "then",
];

/// Options that say for which systems a gem is.
const FOR_SYSTEMS: [&str; 4] = ["platform", "platforms", "install_if", "force_ruby_platform"];

/// Methods whose block holds gems.
const PLAIN_BLOCKS: [&str; 5] = ["group", "platforms", "platform", "install_if", "env"];

impl Gemfile {
    /// Reads the Gemfile at `path`; nothing if it is not there.
    pub fn read(path: &str, project: &Project<'_>) -> Option<Gemfile> {
        let source = project.text(path)?;
        let mut gemfile = Gemfile::default();
        gemfile.file(source, project, Block { from: From::Default, perhaps: false, somewhere: false }, 0);
        Some(gemfile)
    }

    fn unclear(&mut self, source: &Source, place: &Range<usize>) {
        let line = source.span(place.clone()).line;
        self.dynamic.get_or_insert_with(|| format!("{}:{line}", source.path()));
    }

    fn file(&mut self, source: Arc<Source>, project: &Project<'_>, outer: Block, depth: usize) {
        let mut blocks = vec![outer];
        for statement in statements(source.text()) {
            let current = blocks[blocks.len() - 1].clone();
            let tokens = &statement.tokens;
            let opens = opens_block(tokens);
            let Some(Token::Word(first)) = tokens.first() else {
                self.unclear(&source, &statement.place);
                if opens {
                    blocks.push(Block { perhaps: true, ..current });
                }
                continue;
            };
            match first.as_str() {
                "end" => {
                    if blocks.len() > 1 {
                        blocks.pop();
                    }
                }
                "gem" => match asked(&statement, &current, &source) {
                    Some(gem) => self.gems.push(gem),
                    None => self.unclear(&source, &statement.place),
                },
                "source" => {
                    let url = strings(&tokens[1..]).next();
                    match (url, opens) {
                        (Some(url), true) => blocks.push(Block { from: From::Registry(url), ..current }),
                        (Some(url), false) => self.sources.push(url),
                        (None, _) if matches!(tokens.get(1), Some(Token::Symbol(name)) if name == "rubygems") =>
                        {
                            self.sources.push("https://rubygems.org".to_owned());
                        }
                        (None, true) => blocks.push(Block { from: From::Unknown, ..current }),
                        (None, false) => self.unclear(&source, &statement.place),
                    }
                }
                "path" | "git" | "github" if opens => {
                    let from = from_options(&[(first.clone(), text_of(tokens.get(1..2)))], tokens);
                    blocks.push(Block { from: from.unwrap_or(From::Unknown), ..current });
                }
                "gemspec" => self.gemspec(&statement, &source, project, current.perhaps),
                "eval_gemfile" => {
                    let folder = paths::split(source.path()).0.to_owned();
                    let path = strings(&tokens[1..]).next().and_then(|path| paths::join(&folder, &path));
                    match path.filter(|_| depth < DEEPEST).and_then(|path| project.text(&path)) {
                        // Its paths are relative to itself, which the lockfile does not show.
                        Some(other) if paths::split(other.path()).0 == folder => {
                            self.file(other, project, current, depth + 1);
                        }
                        _ => self.unclear(&source, &statement.place),
                    }
                }
                name if PLAIN_BLOCKS.contains(&name) && opens => {
                    let somewhere =
                        current.somewhere || matches!(name, "platform" | "platforms" | "install_if");
                    blocks.push(Block { somewhere, ..current });
                }
                "if" | "unless" | "case" | "begin" | "while" | "until" | "for" | "def" | "class"
                | "module" => {
                    if matches!(first.as_str(), "def" | "class" | "module" | "for" | "while" | "until") {
                        self.unclear(&source, &statement.place);
                    }
                    // `if x then y end` on one line
                    if !tokens.last().is_some_and(|last| last.is("end")) {
                        blocks.push(Block { perhaps: true, ..current });
                    } else {
                        self.unclear(&source, &statement.place);
                    }
                }
                name if HARMLESS.contains(&name) || is_assignment(tokens) => {
                    if opens {
                        blocks.push(Block { perhaps: true, ..current });
                    }
                }
                _ => {
                    self.unclear(&source, &statement.place);
                    if opens {
                        blocks.push(Block { perhaps: true, ..current });
                    }
                }
            }
        }
    }

    /// `gemspec`: the gem of this folder, and what it needs for development.
    fn gemspec(&mut self, statement: &Statement, source: &Arc<Source>, project: &Project<'_>, perhaps: bool) {
        let (_, options) = arguments(&statement.tokens[1..]);
        let option = |name: &str| options.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let relative = option("path").flatten().unwrap_or_else(|| ".".to_owned());
        let folder = paths::join(project.folder, &relative);
        let name = option("name").flatten();
        let Some(spec) = folder.and_then(|folder| Gemspec::in_folder(&folder, name.as_deref(), project))
        else {
            return self.unclear(source, &statement.place);
        };
        let Some(name) = spec.name.clone() else { return self.unclear(source, &statement.place) };
        if !spec.complete {
            self.unclear(&spec.source, &(0..0));
        }
        let base = |name: String, conditions, from| Asked {
            name,
            conditions,
            from,
            perhaps,
            somewhere: false,
            source: source.clone(),
            place: statement.place.clone(),
        };
        self.gems.push(base(name, Some(Vec::new()), From::Path(relative)));
        for need in spec.needs.into_iter().filter(|need| need.development) {
            let perhaps = perhaps || need.perhaps;
            let gem = Asked {
                source: spec.source.clone(),
                place: need.place,
                perhaps,
                ..base(need.name, need.conditions, From::Default)
            };
            self.gems.push(gem);
        }
    }
}

fn asked(statement: &Statement, block: &Block, source: &Arc<Source>) -> Option<Asked> {
    let tokens = &statement.tokens[1..];
    let modifier = tokens.iter().position(|token| token.is("if") || token.is("unless"));
    let (positional, options) = arguments(&tokens[..modifier.unwrap_or(tokens.len())]);
    let [name, rest @ ..] = positional.as_slice() else { return None };
    let [Token::Text(Some(name))] = name.as_slice() else { return None };
    let splat =
        rest.iter().any(|argument| matches!(argument.first(), Some(Token::Sign('*') | Token::Word(_))));
    let from = match from_options(&options, &[]) {
        Some(from) => from,
        None if splat => From::Unknown,
        None => block.from.clone(),
    };
    Some(Asked {
        name: name.clone(),
        conditions: conditions(rest),
        from,
        perhaps: block.perhaps || modifier.is_some(),
        somewhere: block.somewhere || options.iter().any(|(key, _)| FOR_SYSTEMS.contains(&key.as_str())),
        source: source.clone(),
        place: statement.place.clone(),
    })
}

/// The source that options name.
fn from_options(options: &[(String, Option<String>)], block: &[Token]) -> Option<From> {
    let given = |name: &str| options.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let all = || {
        let mut all = options.to_vec();
        all.extend(arguments(block.get(1..).unwrap_or_default()).1);
        ["branch", "tag", "ref"]
            .into_iter()
            .filter_map(|key| Some((key, all.iter().find(|(name, _)| name == key)?.1.clone()?)))
            .collect::<Vec<_>>()
    };
    let url = |repository: String, host: &str| match repository.contains("://") {
        true => repository,
        false if repository.contains('/') => format!("https://{host}/{repository}.git"),
        false => format!("https://{host}/{repository}/{repository}.git"),
    };
    let from = |value: Option<String>, make: &dyn Fn(String) -> From| value.map_or(From::Unknown, make);
    if let Some(value) = given("path") {
        return Some(from(value, &From::Path));
    }
    if let Some(value) = given("git") {
        return Some(from(value, &|url| From::Git(url, all())));
    }
    if let Some(value) = given("github") {
        return Some(from(value, &|repository| From::Git(url(repository, "github.com"), all())));
    }
    if let Some(value) = given("source") {
        return Some(from(value, &From::Registry));
    }
    let other =
        options.iter().any(|(key, _)| matches!(key.as_str(), "gist" | "bitbucket" | "gitlab" | "codeberg"));
    other.then_some(From::Unknown)
}
