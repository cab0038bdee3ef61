//! A gemspec, as far as it can be read without running it.

use std::ops::Range;
use std::sync::Arc;

use crate::checkout::Source;

use super::super::super::format::Project;
use super::super::super::paths;
use super::arguments::{arguments, conditions};
use super::ruby::{Token, statements};

/// Gemspecs below a folder that are looked at.
const MOST: usize = 200;

/// Something that the gem needs.
#[derive(Debug)]
pub struct Need {
    /// The gem.
    pub name: String,
    /// The conditions; nothing if only Ruby knows them.
    pub conditions: Option<Vec<String>>,
    /// True if only those need it who work on the gem.
    pub development: bool,
    /// True under a condition that only Ruby can evaluate.
    pub perhaps: bool,
    /// Where.
    pub place: Range<usize>,
}

/// What a gemspec says.
#[derive(Debug)]
pub struct Gemspec {
    /// The file.
    pub source: Arc<Source>,
    /// The gem's name.
    pub name: Option<String>,
    /// Its version; nothing if only Ruby knows it.
    pub version: Option<String>,
    /// What it needs.
    pub needs: Vec<Need>,
    /// False if it may need more than could be read.
    pub complete: bool,
}

impl Gemspec {
    /// The only gemspec in a folder, or that of a name.
    pub fn in_folder(folder: &str, name: Option<&str>, project: &Project<'_>) -> Option<Gemspec> {
        let files = &project.checkout.listing().files;
        let start = files.partition_point(|entry| &*entry.path < folder);
        let mut found = files[start..]
            .iter()
            .map(|entry| &*entry.path)
            .take_while(|path| path.starts_with(folder))
            .filter(|path| paths::split(path).0 == folder && path.ends_with(".gemspec"))
            .filter(|path| name.is_none_or(|name| paths::split(path).1 == format!("{name}.gemspec")));
        let path = found.next()?;
        if found.next().is_some() {
            return None;
        }
        Gemspec::read(path, project)
    }

    /// The gemspec of a gem in a folder or the two levels below it, as bundler looks for it.
    pub fn of(name: &str, folder: &str, project: &Project<'_>) -> Option<Gemspec> {
        let wanted = format!("{name}.gemspec");
        let files = &project.checkout.listing().files;
        let depth = |path: &str| path.matches('/').count();
        let most = if folder.is_empty() { 2 } else { depth(folder) + 3 };
        let mut near = files.iter().map(|entry| &*entry.path).filter(|path| {
            paths::is_inside(path, folder) && depth(path) <= most && paths::split(path).1 == wanted
        });
        Gemspec::read(near.next()?, project)
    }

    /// True if every gemspec below a folder is of another gem than this one. What a gemspec does not say plainly, the
    /// names of the gems that are known to lie there do.
    pub fn are_others(wanted: &str, folder: &str, names: &[&str], project: &Project<'_>) -> bool {
        let files = &project.checkout.listing().files;
        let inside = files.iter().map(|entry| &*entry.path).filter(|path| paths::is_inside(path, folder));
        inside.filter(|path| path.ends_with(".gemspec")).take(MOST).all(|path| {
            match Gemspec::read(path, project).and_then(|spec| spec.name) {
                Some(name) => name != wanted,
                None => {
                    let stem = paths::split(path).1.trim_end_matches(".gemspec");
                    stem != wanted && names.contains(&stem)
                }
            }
        })
    }

    /// How many gemspecs lie in a folder.
    pub fn count(folder: &str, project: &Project<'_>) -> usize {
        let files = &project.checkout.listing().files;
        let here = |path: &str| paths::split(path).0 == folder && path.ends_with(".gemspec");
        files.iter().filter(|entry| here(&entry.path)).count()
    }

    fn read(path: &str, project: &Project<'_>) -> Option<Gemspec> {
        let source = project.text(path)?;
        let mut spec =
            Gemspec { source: source.clone(), name: None, version: None, needs: Vec::new(), complete: true };
        let mut constant = false;
        // Blocks: true for those whose statements may not run, or run several times.
        let mut blocks: Vec<bool> = Vec::new();
        for statement in statements(source.text()) {
            let tokens = statement.tokens.as_slice();
            let perhaps = blocks.contains(&true);
            let opens = tokens.iter().any(|token| token.is("do"));
            match tokens {
                [first, ..] if first.is("end") => drop(blocks.pop()),
                [first, ..]
                    if first.is("if") || first.is("unless") || first.is("case") || first.is("begin") =>
                {
                    blocks.push(true);
                }
                [Token::Word(_), Token::Sign('.'), Token::Word(key), Token::Sign('='), value @ ..] => {
                    let text = match value {
                        [Token::Text(text)] => text.clone(),
                        _ => None,
                    };
                    match key.as_str() {
                        "name" => spec.name = text,
                        "version" => {
                            constant = text.is_none() && value.iter().any(|token| token.is("VERSION"));
                            spec.version = text;
                        }
                        _ => {}
                    }
                }
                [Token::Word(_), Token::Sign('.'), Token::Word(method), rest @ ..]
                    if method.starts_with("add_") && method.ends_with("dependency") =>
                {
                    let modifier = rest.iter().position(|token| token.is("if") || token.is("unless"));
                    let (positional, _) = arguments(&rest[..modifier.unwrap_or(rest.len())]);
                    let name = match positional.first().map(Vec::as_slice) {
                        Some([Token::Text(Some(name))]) => Some(name.clone()),
                        _ => None,
                    };
                    match name {
                        Some(name) => spec.needs.push(Need {
                            name,
                            conditions: conditions(&positional[1..]),
                            development: method == "add_development_dependency",
                            perhaps: perhaps || modifier.is_some(),
                            place: statement.place.clone(),
                        }),
                        None => spec.complete = false,
                    }
                }
                tokens => {
                    let adds =
                        |token: &Token| matches!(token, Token::Word(word) if word.contains("dependenc"));
                    spec.complete &= !tokens.iter().any(adds);
                    if opens {
                        let is_spec = tokens.iter().any(|token| token.is("Specification"));
                        blocks.push(!is_spec);
                    }
                }
            }
        }
        // The file's name is the gem's by convention only; the text says so where it can.
        if spec.name.is_none() {
            spec.complete = false;
        }
        if constant {
            spec.version = spec.constant(path, project);
        }
        Some(spec)
    }

    /// The version that `lib/<name>/version.rb` defines.
    fn constant(&self, path: &str, project: &Project<'_>) -> Option<String> {
        let (folder, _) = paths::split(path);
        let name = self.name.as_ref()?;
        let candidates = [name.replace('-', "/"), name.replace('-', "_"), name.clone()];
        let source = candidates
            .iter()
            .find_map(|name| project.text(&paths::file_in(folder, &format!("lib/{name}/version.rb"))))?;
        let mut found =
            statements(source.text()).into_iter().filter_map(|statement| match statement.tokens.as_slice() {
                [first, Token::Sign('='), Token::Text(text), rest @ ..]
                    if first.is("VERSION") && (rest.is_empty() || matches!(rest, [Token::Sign('.'), ..])) =>
                {
                    text.clone()
                }
                _ => None,
            });
        let version = found.next()?;
        found.next().is_none().then_some(version)
    }
}
