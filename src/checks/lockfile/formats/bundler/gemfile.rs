//! A Gemfile, as far as it can be read without running it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::checkout::Source;

use super::super::super::format::Project;
use super::super::super::paths;
use super::arguments::{arguments, called, is_assignment, opens_block, strings, text_of};
use super::asked::{Asked, Block, From, asked, from_options, is_conditional, unconditional};
use super::gemspec::Gemspec;
use super::interpreter::Interpreter;
use super::refused;
use super::ruby::{Statement, Token, statements};
use super::version::Requirement;

/// Files that one Gemfile may take in, one in the other.
const DEEPEST: usize = 4;

/// What a Gemfile says.
#[derive(Debug, Default)]
pub struct Gemfile {
    /// The gems.
    pub gems: Vec<Asked>,
    /// Registries that hold for all gems.
    pub sources: Vec<String>,
    /// True if some of them stand under a condition that only Ruby can evaluate.
    pub some_sources: bool,
    /// The Ruby that it names.
    pub ruby: Interpreter,
    /// What bundler refuses before it looks at the lockfile: the file, where, and why.
    pub refused: Vec<(Arc<Source>, Range<usize>, String)>,
    /// What cannot be read without Ruby, and where: path and line.
    pub dynamic: Option<String>,
    /// URLs that repositories are named after (`git_source`).
    pub templates: Vec<String>,
    /// Names that `git_source` gives to repositories; nothing if only Ruby knows them.
    own: Option<Vec<String>>,
    /// Texts that are given a name.
    texts: HashMap<String, Option<String>>,
}

/// What a statement means for those behind it.
enum Then {
    /// Nothing.
    Same,
    /// They stand in a block.
    Inside(Block),
    /// The block ends.
    Outside,
    /// They hold where what stands before them does not.
    Otherwise,
}

/// Where a statement stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    source: &'a Arc<Source>,
    project: &'a Project<'a>,
    /// Files that have taken in this one.
    depth: usize,
}

impl Place<'_> {
    /// True for the condition that a file is there which is not.
    fn is_absent(&self, condition: &[Token]) -> bool {
        let Some(("exist?" | "file?", path)) = called("File", condition) else { return false };
        let path = paths::join(paths::split(self.source.path()).0, path);
        path.is_some_and(|path| !self.project.checkout.contains(&path))
    }
}

/// Methods that say nothing about which gems are asked for.
const HARMLESS: [&str; 13] = [
    "plugin",
    "require",
    "require_relative",
    "puts",
    "warn",
    "raise",
    "abort",
    "p",
    "rescue",
    "ensure",
    "nil",
    "when",
    "then",
];

/// Methods whose block holds gems.
const PLAIN_BLOCKS: [&str; 5] = ["group", "platforms", "platform", "install_if", "env"];

impl Gemfile {
    /// Reads the Gemfile at `path`; nothing if it is not there.
    pub fn read(path: &str, project: &Project<'_>) -> Option<Gemfile> {
        let source = project.text(path)?;
        let mut gemfile = Gemfile { own: Some(Vec::new()), ..Gemfile::default() };
        let outer = Block { from: From::Default, perhaps: false, somewhere: false, ignored: false };
        gemfile.file(source, project, outer, 0);
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
                // Later versions of bundler put their conditions together.
                Some(other) if other.development && gem.development => {
                    other.conditions =
                        other.conditions.take().filter(|one| gem.conditions.as_ref() == Some(one));
                }
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

    fn unclear_in(&mut self, block: &Block, source: &Source, place: &Range<usize>) {
        if !block.ignored {
            self.unclear(source, place);
        }
    }

    fn unclear(&mut self, source: &Source, place: &Range<usize>) {
        let line = source.span(place.clone()).line;
        self.dynamic.get_or_insert_with(|| format!("{}:{line}", source.path()));
    }

    fn file(&mut self, source: Arc<Source>, project: &Project<'_>, outer: Block, depth: usize) {
        let mut blocks = vec![outer];
        let mut is_even = true;
        for mut statement in statements(source.text()) {
            self.fill_in(&mut statement.tokens);
            let place = Place { source: &source, project, depth };
            match self.statement(&statement, &blocks[blocks.len() - 1].clone(), place) {
                Then::Same => {}
                Then::Inside(block) => blocks.push(block),
                Then::Outside if blocks.len() > 1 => drop(blocks.pop()),
                Then::Outside => is_even = false,
                Then::Otherwise => {
                    let is_ignored = blocks[blocks.len().saturating_sub(2)].ignored;
                    let last = blocks.len() - 1;
                    blocks[last].ignored = is_ignored;
                }
            }
        }
        if !is_even || blocks.len() > 1 {
            let end = source.text().trim_end().len();
            self.unclear(&source, &(end..end));
        }
    }

    /// Puts texts in the place of the names that they were given.
    fn fill_in(&self, tokens: &mut [Token]) {
        for token in tokens.iter_mut().skip(1) {
            if let Token::Word(name) = token
                && let Some(Some(text)) = self.texts.get(name)
            {
                *token = Token::Text(Some(text.clone()));
            }
        }
    }

    /// Takes in one statement, and says what it means for those behind it.
    fn statement(&mut self, statement: &Statement, current: &Block, place: Place<'_>) -> Then {
        let tokens = &statement.tokens;
        let inside = |block: Block| if opens_block(tokens) { Then::Inside(block) } else { Then::Same };
        let perhaps = || Block { perhaps: true, ..current.clone() };
        if current.ignored || tokens.first().is_some_and(|first| first.is("git_source")) {
            let words = place.source.text()[statement.place.clone()].split(['"', '\'', ' ']);
            self.templates.extend(words.filter(|word| word.contains("://")).map(str::to_owned));
        }
        let Some(Token::Word(first)) = tokens.first() else {
            self.unclear_in(current, place.source, &statement.place);
            return inside(perhaps());
        };
        let behind = &tokens[1..];
        match first.as_str() {
            "end" => return Then::Outside,
            "else" | "elsif" => return Then::Otherwise,
            "if" | "unless" | "case" | "begin" | "while" | "until" | "for" | "def" | "class" | "module" => {
                return self.keyword(first, statement, current, place);
            }
            _ if current.ignored => return inside(perhaps()),
            "gem" => match asked(statement, current, place.source, self.own.as_deref()) {
                Some(gem) => {
                    let problem = refused::options(&gem.name, unconditional(behind), self.own.as_deref());
                    if let Some(problem) = problem.filter(|_| !gem.perhaps) {
                        self.refuse(place.source, statement, problem);
                    }
                    self.gems.push(gem);
                }
                None => self.unclear(place.source, &statement.place),
            },
            "source" => return self.registry(statement, current, place.source),
            "path" | "git" | "github" if opens_block(tokens) => {
                let end = tokens.iter().position(|token| token.is("do")).unwrap_or(tokens.len());
                let from =
                    from_options(&[(first.clone(), text_of(tokens.get(1..2)))], &tokens[..end], Some(&[]));
                return inside(Block { from: from.unwrap_or(From::Unknown), ..current.clone() });
            }
            "gemspec" => self.gemspec(statement, place.source, place.project, current.perhaps),
            "eval_gemfile" => self.another(statement, current, place),
            "git_source" => {
                let name = behind.iter().take(2).find_map(|token| match token {
                    Token::Symbol(name) | Token::Text(Some(name)) => Some(name.clone()),
                    _ => None,
                });
                self.own = self.own.take().zip(name).map(|(mut own, name)| {
                    own.push(name);
                    own
                });
                return inside(Block { ignored: true, ..current.clone() });
            }
            "ruby" if current.perhaps || is_conditional(behind) => self.ruby = Interpreter::Unknown,
            "ruby" => self.ruby = Interpreter::read(behind, place.project),
            name if PLAIN_BLOCKS.contains(&name) && opens_block(tokens) => {
                let problem = refused::group(behind).filter(|_| name == "group" && !current.perhaps);
                if let Some(problem) = problem {
                    self.refuse(place.source, statement, problem);
                }
                let somewhere = current.somewhere || matches!(name, "platform" | "platforms" | "install_if");
                return inside(Block { somewhere, ..current.clone() });
            }
            name if is_assignment(tokens) => {
                let is_first = !current.perhaps && !self.texts.contains_key(name);
                let text = text_of(tokens.get(2..)).filter(|_| is_first);
                self.texts.insert(name.to_owned(), text);
                return inside(perhaps());
            }
            name if HARMLESS.contains(&name) => return inside(perhaps()),
            name => {
                self.texts.remove(name);
                self.unclear(place.source, &statement.place);
                return inside(perhaps());
            }
        }
        Then::Same
    }

    /// `if` and the like.
    fn keyword(&mut self, word: &str, statement: &Statement, current: &Block, place: Place<'_>) -> Then {
        let is_unsaid = match word {
            "if" => place.is_absent(&statement.tokens[1..]),
            // What it does it does where it is called.
            "def" => true,
            _ => false,
        };
        if matches!(word, "class" | "module" | "for" | "while" | "until") {
            self.unclear_in(current, place.source, &statement.place);
        }
        // `if x then y end` on one line
        if statement.tokens.last().is_some_and(|last| last.is("end")) {
            self.unclear_in(current, place.source, &statement.place);
            return Then::Same;
        }
        Then::Inside(Block { perhaps: true, ignored: current.ignored || is_unsaid, ..current.clone() })
    }

    /// `source`, with a block or without.
    fn registry(&mut self, statement: &Statement, current: &Block, source: &Source) -> Then {
        let tokens = &statement.tokens;
        let is_public = matches!(tokens.get(1), Some(Token::Symbol(name)) if name == "rubygems");
        let public = is_public.then(|| "https://rubygems.org".to_owned());
        let url = strings(&tokens[1..]).next().or(public);
        if opens_block(tokens) {
            let from = url.map_or(From::Unknown, From::Registry);
            return Then::Inside(Block { from, ..current.clone() });
        }
        match url {
            Some(url) => {
                self.some_sources |= current.perhaps;
                self.sources.push(url);
            }
            None => self.unclear(source, &statement.place),
        }
        Then::Same
    }

    /// `eval_gemfile`: takes in another file.
    fn another(&mut self, statement: &Statement, current: &Block, place: Place<'_>) {
        let Place { source, project, depth } = place;
        let tokens = &statement.tokens;
        let folder = paths::split(source.path()).0;
        let path = strings(&tokens[1..]).next().and_then(|path| paths::join(folder, &path));
        let is_missing = |path: &&str| !project.checkout.contains(path);
        if let Some(path) = path.as_deref().filter(is_missing) {
            let condition =
                tokens.iter().position(|token| token.is("if")).map_or(&[][..], |at| &tokens[at + 1..]);
            if place.is_absent(condition) {
                return;
            }
            if !current.perhaps && !is_conditional(tokens) {
                self.refuse(source, statement, format!("`{path}` is taken in, and is not there"));
            }
        }
        match path.filter(|_| depth < DEEPEST).and_then(|path| project.text(&path)) {
            // Its paths are relative to itself, which the lockfile does not show.
            Some(other) if paths::split(other.path()).0 == folder => {
                self.file(other, project, current.clone(), depth + 1);
            }
            _ => self.unclear(source, &statement.place),
        }
    }

    fn refuse(&mut self, source: &Arc<Source>, statement: &Statement, problem: String) {
        self.refused.push((source.clone(), statement.place.clone(), problem));
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
        let is_named = |folder: &str| match &name {
            Some(name) => !Gemspec::are_others(name, folder, &[], project),
            None => true,
        };
        let problem = match count {
            Some(0) => Some("there is no gemspec"),
            Some(2..) if name.is_none() => Some("there are several gemspecs"),
            Some(_) if !folder.as_deref().is_none_or(is_named) => Some("there is no gemspec of this name"),
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
