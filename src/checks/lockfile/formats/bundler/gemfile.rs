//! A Gemfile, as far as it can be read without running it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::checkout::Source;

use super::super::super::format::Project;
use super::super::super::paths;
use super::arguments::{arguments, conditions, is_assignment, opens_block, strings, text_of};
use super::gemspec::Gemspec;
use super::ruby::{Statement, Token, statements};
use super::version::Requirement;

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

/// What a Gemfile says.
#[derive(Debug, Default)]
pub struct Gemfile {
    /// The gems.
    pub gems: Vec<Asked>,
    /// Registries that hold for all gems.
    pub sources: Vec<String>,
    /// True if some of them stand under a condition that only Ruby can evaluate.
    pub some_sources: bool,
    /// True if it names a Ruby; nothing if only Ruby knows.
    pub ruby: Option<bool>,
    /// What bundler refuses before it looks at the lockfile: the file, where, and why.
    pub refused: Vec<(Arc<Source>, Range<usize>, String)>,
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
        let mut gemfile = Gemfile { ruby: Some(false), ..Gemfile::default() };
        gemfile.file(source, project, Block { from: From::Default, perhaps: false, somewhere: false }, 0);
        gemfile.settle();
        Some(gemfile)
    }

    /// Of several lines for one gem, that of the Gemfile counts before that of a gemspec; others have to agree.
    fn settle(&mut self) {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut kept: Vec<Asked> = Vec::new();
        for gem in std::mem::take(&mut self.gems) {
            let other = places.get(&gem.name).map(|&at| &mut kept[at]).filter(|other| {
                !gem.perhaps && !other.perhaps && gem.from != From::Unknown && other.from != From::Unknown
            });
            let requirement = |gem: &Asked| Requirement::of(gem.conditions.as_ref()?);
            match other {
                Some(other) if other.development => *other = gem,
                Some(_) if gem.development => {}
                Some(other) if let (Some(one), Some(two)) = (requirement(other), requirement(&gem)) => {
                    if !one.is_same(&two) || other.from != gem.from {
                        let message = format!("`{}` is asked for twice, in different ways", gem.name);
                        self.refused.push((gem.source, gem.place, message));
                    }
                }
                _ => {
                    places.insert(gem.name.clone(), kept.len());
                    kept.push(gem);
                }
            }
        }
        self.gems = kept;
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
                        (Some(url), false) => {
                            self.some_sources |= current.perhaps;
                            self.sources.push(url);
                        }
                        (None, _) if matches!(tokens.get(1), Some(Token::Symbol(name)) if name == "rubygems") =>
                        {
                            self.sources.push("https://rubygems.org".to_owned());
                        }
                        (None, true) => blocks.push(Block { from: From::Unknown, ..current }),
                        (None, false) => self.unclear(&source, &statement.place),
                    }
                }
                "path" | "git" | "github" if opens => {
                    let end = tokens.iter().position(|token| token.is("do")).unwrap_or(tokens.len());
                    let from = from_options(&[(first.clone(), text_of(tokens.get(1..2)))], &tokens[..end]);
                    blocks.push(Block { from: from.unwrap_or(From::Unknown), ..current });
                }
                "gemspec" => self.gemspec(&statement, &source, project, current.perhaps),
                "eval_gemfile" => {
                    let folder = paths::split(source.path()).0.to_owned();
                    let path = strings(&tokens[1..]).next().and_then(|path| paths::join(&folder, &path));
                    let is_sure =
                        !current.perhaps && !tokens.iter().any(|token| token.is("if") || token.is("unless"));
                    let is_missing = |path: &&str| is_sure && !project.checkout.contains(path);
                    if let Some(path) = path.as_deref().filter(is_missing) {
                        let message = format!("`{path}` is taken in, and is not there");
                        self.refused.push((source.clone(), statement.place.clone(), message));
                    }
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
                    if name == "ruby" {
                        let is_sure = !current.perhaps
                            && !tokens.iter().any(|token| token.is("if") || token.is("unless"));
                        self.ruby = is_sure.then_some(true);
                    }
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
        let is_literal =
            options.iter().all(|(key, value)| key != "glob" && (key != "path" || value.is_some()));
        let count =
            folder.as_deref().filter(|_| is_literal && !perhaps).map(|it| Gemspec::count(it, project));
        let problem = match count {
            Some(0) => Some("there is no gemspec"),
            Some(2..) if name.is_none() => Some("there are several gemspecs"),
            _ => None,
        };
        if let Some(problem) = problem {
            let message = format!("{problem} in the folder that `gemspec` is about");
            self.refused.push((source.clone(), statement.place.clone(), message));
        }
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
            development: false,
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
                development: true,
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
        development: false,
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
        // `submodules: true` is no text.
        let value = |key: &str| {
            let value = all.iter().find(|(name, _)| name == key)?.1.clone();
            value.or_else(|| (key == "submodules").then(|| "true".to_owned()))
        };
        let keys = ["branch", "tag", "ref", "submodules", "glob"].into_iter();
        keys.filter_map(|key| Some((key, value(key)?))).collect::<Vec<_>>()
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
        return Some(from(value, &|url| From::Git(url, all(), true)));
    }
    if let Some(value) = given("github") {
        return Some(from(value, &|repository| From::Git(url(repository, "github.com"), all(), false)));
    }
    if let Some(value) = given("source") {
        return Some(from(value, &From::Registry));
    }
    let other =
        options.iter().any(|(key, _)| matches!(key.as_str(), "gist" | "bitbucket" | "gitlab" | "codeberg"));
    other.then_some(From::Unknown)
}
