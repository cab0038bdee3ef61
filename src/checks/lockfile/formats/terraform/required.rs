//! The providers that modules require.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use crate::checkout::Source;

use super::super::super::format::Project;
use super::super::super::model::Lock;
use super::super::super::paths;
use super::super::super::report::Report;
use super::super::hcl::{Token, tokens};
use super::{Tokens, block};

/// Folders of modules that are followed.
const MOST_MODULES: usize = 200;

/// A provider that a module requires.
pub struct Wanted {
    /// Host, namespace and name.
    pub address: String,
    /// The versions that are asked for.
    pub version: Option<String>,
    /// The file.
    pub source: Arc<Source>,
    /// What asks for it.
    pub place: Range<usize>,
}

/// What the module in the lockfile's folder requires, and the modules of this repository that it uses.
/// Names that are not declared are not looked for where a locked provider has such a name: what declares it may be made
/// before Terraform runs.
pub fn required(lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Vec<Wanted> {
    let locked: HashSet<&str> = lock.packages.iter().map(|package| paths::split(&package.name).1).collect();
    let mut result = Vec::new();
    let mut open = vec![project.folder.to_owned()];
    let mut seen: Vec<String> = Vec::new();
    while let Some(folder) = open.pop() {
        if seen.contains(&folder) {
            continue;
        }
        if seen.len() == MOST_MODULES {
            report.not_verified(format!(
                "more than {MOST_MODULES} folders with modules are used; only these were compared"
            ));
            break;
        }
        // Terragrunt writes files of its own.
        let is_partly = project.text(&paths::file_in(&folder, "terragrunt.hcl")).is_some();
        let mut module = Module { is_partly, ..Module::default() };
        let files = &project.checkout.listing().files;
        let start = files.partition_point(|entry| &*entry.path < folder.as_str());
        let inside =
            files[start..].iter().map(|entry| &*entry.path).take_while(|path| path.starts_with(&folder));
        for path in inside.filter(|path| paths::split(path).0 == folder) {
            if path.ends_with(".tf.json") || path.ends_with(".tofu") {
                report.not_examined("files .tf.json and .tofu");
                module.is_partly = true;
            }
            if path.ends_with(".tf") && project.text(path).and_then(|source| module.read(&source)).is_none() {
                report.not_verified(format!("`{path}` cannot be read, so it was not compared"));
                module.is_partly = true;
            }
        }
        open.extend(module.uses.iter().filter_map(|local| paths::join(&folder, local)));
        result.extend(module.required(&locked));
        seen.push(folder);
    }
    result
}

/// True if a module in another folder of the repository uses the one in the lockfile's folder.
pub fn is_used(project: &Project<'_>) -> bool {
    let files = project.checkout.listing().files.iter().map(|entry| &*entry.path);
    let mut files = files.filter(|path| path.ends_with(".tf")).take_while(|_| !project.folders.is_enough());
    files.any(|path| {
        let (folder, _) = paths::split(path);
        let mut module = Module::default();
        let is_read = folder != project.folder
            && project.text(path).is_some_and(|source| module.read(&source).is_some());
        is_read && module.uses.iter().any(|used| paths::join(folder, used).as_deref() == Some(project.folder))
    })
}

/// What the files of a folder say.
#[derive(Default)]
struct Module {
    declared: Vec<Wanted>,
    /// Names that are declared: a resource is of the provider that its type begins with.
    names: BTreeSet<String>,
    /// Names of providers that resources need, and what needs them first.
    needed: BTreeMap<String, (Arc<Source>, Range<usize>)>,
    /// Folders of modules.
    uses: Vec<String>,
    /// True if there are files that are not read.
    is_partly: bool,
}

impl Module {
    /// Reads a file; nothing if it is not whole.
    fn read(&mut self, source: &Arc<Source>) -> Option<()> {
        let tokens = tokens(source.text())?;
        let mut rest = tokens.as_slice();
        while let [(token, _), after @ ..] = rest {
            rest = after;
            let Token::Word(kind) = token else { continue };
            let labels = after.iter().take_while(|(token, _)| matches!(token, Token::Text(_))).count();
            let (labels, behind) = after.split_at(labels);
            if matches!(behind, [(Token::Sign('{'), _), ..]) {
                // What stands in a block is looked at with it, and not again.
                let (inner, next) = block(behind)?;
                self.block(kind, labels, inner, source);
                rest = next;
            }
        }
        Some(())
    }

    fn block(&mut self, kind: &str, labels: &Tokens, inner: &Tokens, source: &Arc<Source>) {
        match (kind, labels) {
            ("terraform", []) => {
                for inner in blocks(inner, "required_providers") {
                    self.is_partly |= !providers(inner, source, &mut self.names, &mut self.declared);
                }
            }
            ("provider", [(Token::Text(name), place)]) => self.need(name, source, place),
            ("module", [_]) => {
                let folder = inner.windows(3).find_map(|three| match three {
                    [(word, _), (Token::Sign('='), _), (Token::Text(value), _)] if word.is("source") => {
                        Some(value)
                    }
                    _ => None,
                });
                self.uses.extend(folder.filter(|folder| folder.starts_with('.')).cloned());
            }
            ("resource" | "data" | "ephemeral", [(Token::Text(kind), place), _]) => {
                let name = provider_of(inner).unwrap_or(kind.split('_').next().unwrap_or(kind));
                self.need(name, source, place);
            }
            _ => {}
        }
    }

    fn need(&mut self, name: &str, source: &Arc<Source>, place: &Range<usize>) {
        // Part of the program itself.
        if name != "terraform" && !name.contains("${") && !self.needed.contains_key(name) {
            self.needed.insert(name.to_owned(), (source.clone(), place.clone()));
        }
    }

    /// What is declared, and what is needed without that, which is then one of HashiCorp's.
    fn required(self, locked: &HashSet<&str>) -> Vec<Wanted> {
        let Module { mut declared, names, needed, is_partly, .. } = self;
        let is_known = |name: &String| names.contains(name) || locked.contains(name.as_str());
        let implied = needed.into_iter().filter(|(name, _)| !is_partly && !is_known(name));
        declared.extend(implied.map(|(name, (source, place))| Wanted {
            address: format!("registry.terraform.io/hashicorp/{}", name.to_lowercase()),
            version: None,
            source,
            place,
        }));
        declared
    }
}

/// The insides of the blocks of a kind that stand here, and not in others.
fn blocks<'t>(mut tokens: &'t Tokens, kind: &str) -> Vec<&'t Tokens> {
    let mut found = Vec::new();
    while let [(token, _), rest @ ..] = tokens {
        let is_meant = token.is(kind) && matches!(rest, [(Token::Sign('{'), _), ..]);
        let from = if is_meant { rest } else { tokens };
        tokens = match from {
            [(Token::Sign('{' | '[' | '('), _), ..] => {
                let Some((inner, behind)) = block(from) else { break };
                found.extend(is_meant.then_some(inner));
                behind
            }
            _ => rest,
        };
    }
    found
}

/// The name in `provider = name.alias` of a resource.
fn provider_of(mut inner: &Tokens) -> Option<&str> {
    while let [(token, _), rest @ ..] = inner {
        match (token, rest) {
            (Token::Word(word), [(Token::Sign('='), _), (value, _), ..]) if word == "provider" => {
                let (Token::Word(name) | Token::Text(name)) = value else { return None };
                return name.split('.').next();
            }
            // What stands in blocks and lists is not said of the resource.
            (Token::Sign('{' | '[' | '('), _) => inner = block(inner)?.1,
            _ => inner = rest,
        }
    }
    None
}

/// `name = { source = "…", version = "…" }` or `name = "version"`. False if there is something else.
fn providers(
    mut inner: &Tokens,
    source: &Arc<Source>,
    names: &mut BTreeSet<String>,
    result: &mut Vec<Wanted>,
) -> bool {
    while let [(Token::Word(name), place), (Token::Sign('='), _), rest @ ..] = inner {
        names.insert(name.clone());
        let mut push = |from: Option<&str>, version: Option<String>, end: usize| {
            let from = from.map_or_else(|| format!("hashicorp/{name}"), str::to_owned);
            let address = match from.matches('/').count() {
                0 => format!("registry.terraform.io/hashicorp/{from}"),
                1 => format!("registry.terraform.io/{from}"),
                _ => from,
            };
            // Part of the program itself.
            if !address.starts_with("terraform.io/builtin/") && !address.contains("${") {
                result.push(Wanted {
                    address: address.to_lowercase(),
                    version,
                    source: source.clone(),
                    place: place.start..end,
                });
            }
        };
        match rest {
            [(Token::Text(version), at), behind @ ..] => {
                push(None, Some(version.clone()), at.end);
                inner = behind;
            }
            [(Token::Sign('{'), _), ..] => {
                let Some((own, behind)) = block(rest) else { return false };
                let value = |key: &str| {
                    own.windows(3).find_map(|three| match three {
                        [(word, _), (Token::Sign('=' | ':'), _), (Token::Text(value), _)] if word.is(key) => {
                            Some(value.as_str())
                        }
                        _ => None,
                    })
                };
                let end = own.last().map_or(place.end, |(_, at)| at.end);
                push(value("source"), value("version").map(str::to_owned), end);
                inner = behind;
            }
            _ => return false,
        }
        while let [(Token::Sign(','), _), behind @ ..] = inner {
            inner = behind;
        }
    }
    inner.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_whole_are_not_read() {
        let read = |text: &str| {
            let mut module = Module::default();
            let source = Arc::new(Source::new("main.tf", text.to_owned()));
            module
                .read(&source)
                .map(|()| (module.needed.into_keys().collect::<Vec<_>>(), module.declared.len()))
        };
        let needed = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let text =
            "resource \"a_b\" \"c\" {\n x { provider = z }\n provider = d.e\n}\ndata \"f_g\" \"h\" {}\n";
        assert_eq!(read(text), Some((needed(&["d", "f"]), 0)));
        let text =
            "terraform {\n backend \"s3\" {}\n required_providers {\n i = { source = \"j/i\" }\n }\n}\n";
        assert_eq!(read(text), Some((needed(&[]), 1)));
        assert_eq!(read("resource \"a_b\" \"c\" {\n"), None);
    }
}
