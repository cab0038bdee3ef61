//! Cargo's configuration: what takes the place of crates.io, and other registries.
//! <https://doc.rust-lang.org/cargo/reference/config.html>

use std::collections::HashMap;
use std::path::Path;

use super::{Clients, is_safe, is_same, tree};
use crate::http::{Credential, shown};
use crate::registries::Answer;
use crate::tree::{Node, Syntax};

/// The sparse index of crates.io.
const CRATES_IO: &str = "https://index.crates.io";

/// Sources that stand for one another, one after the other.
const MAX_CHAIN: usize = 8;

/// Cargo's configuration.
#[derive(Default)]
pub struct Cargo {
    /// `source.NAME.registry`, `registries.NAME.index`: as written, and whether the user said so.
    sources: HashMap<String, (String, bool)>,
    /// `source.NAME.replace-with`
    replaced: HashMap<String, String>,
    /// Sources that are folders.
    folders: Vec<String>,
    tokens: HashMap<String, Credential>,
}

impl Cargo {
    pub(super) fn of(clients: &Clients<'_>) -> Cargo {
        let mut cargo = Cargo::default();
        // The nearest counts, so it is read first.
        cargo.variables(clients);
        for name in ["config.toml", "config"] {
            if let Some(text) = clients.reviewed(&format!(".cargo/{name}")) {
                cargo.read(&text, false);
            }
        }
        let cargo_home = clients.variable("CARGO_HOME").map(std::path::PathBuf::from);
        let cargo_home = cargo_home.or_else(|| Some(clients.home()?.join(".cargo")));
        let above = clients.checkout.root().ancestors().skip(1).map(|folder| folder.join(".cargo"));
        for folder in above.chain(cargo_home.clone()) {
            for name in ["config.toml", "config"] {
                if let Some(text) = super::file(&folder.join(name)) {
                    cargo.read(&text, true);
                }
            }
        }
        if let Some(home) = cargo_home {
            cargo.credentials(&home);
        }
        cargo
    }

    fn variables(&mut self, clients: &Clients<'_>) {
        for name in clients.environment.names() {
            let Some(value) = clients.variable(name) else { continue };
            let key = |text: &str| text.to_ascii_lowercase().replace('_', "-");
            if let Some(registry) = name.strip_prefix("CARGO_REGISTRIES_") {
                if let Some(registry) = registry.strip_suffix("_INDEX") {
                    self.sources.insert(key(registry), (value.to_owned(), true));
                } else if let Some(registry) = registry.strip_suffix("_TOKEN") {
                    self.tokens.insert(key(registry), Credential::plain(value));
                }
            } else if let Some(source) = name.strip_prefix("CARGO_SOURCE_") {
                if let Some(source) = source.strip_suffix("_REPLACE_WITH") {
                    self.replaced.insert(key(source), value.to_owned());
                } else if let Some(source) = source.strip_suffix("_REGISTRY") {
                    self.sources.insert(key(source), (value.to_owned(), true));
                }
            }
        }
    }

    fn read(&mut self, text: &str, is_users: bool) {
        let tree = tree(text, Syntax::Toml);
        let Some(root) = tree.root() else { return };
        let tables = |key: &str| root.get(key).into_iter().flat_map(|table| table.entries());
        for (name, source) in tables("source") {
            let Some(name) = name.text() else { continue };
            let text = |key: &str| source.get(key).and_then(|value| value.as_str()).map(str::to_owned);
            if let Some(other) = text("replace-with") {
                self.replaced.entry(name.to_owned()).or_insert(other);
            }
            if let Some(url) = text("registry") {
                self.sources.entry(name.to_owned()).or_insert((url, is_users));
            }
            if source.get("directory").or(source.get("local-registry")).or(source.get("git")).is_some() {
                self.folders.push(name.to_owned());
            }
        }
        for (name, registry) in tables("registries") {
            let (Some(name), Some(index)) =
                (name.text(), registry.get("index").and_then(|index| index.as_str()))
            else {
                continue;
            };
            self.sources.entry(name.to_owned()).or_insert((index.to_owned(), is_users));
        }
    }

    fn credentials(&mut self, home: &Path) {
        let text = ["credentials.toml", "credentials"].iter().find_map(|name| super::file(&home.join(name)));
        let tree = tree(&text.unwrap_or_default(), Syntax::Toml);
        let tables = tree.root().and_then(|root| root.get("registries"));
        for (name, table) in tables.into_iter().flat_map(|table: Node<'_>| table.entries()) {
            let token = table.get("token").and_then(|token| token.as_str());
            if let (Some(name), Some(token)) = (name.text(), token) {
                self.tokens.entry(name.to_owned()).or_insert_with(|| Credential::plain(token));
            }
        }
    }

    /// The sparse index for a registry as lockfiles name it, and the credential for it.
    pub(in crate::registries) fn index(
        &self,
        registry: &str,
    ) -> Result<(String, Option<Credential>), Answer> {
        let is_public = registry.is_empty() || is_same(registry, CRATES_IO);
        let mut name = match is_public {
            true => "crates-io",
            false => {
                let known = self.sources.iter().find(|(_, (url, _))| is_same(plain(url), registry));
                known.map(|(name, _)| name.as_str()).ok_or_else(|| {
                    Answer::Unknown(format!(
                        "no configuration of cargo names the registry {}",
                        shown(registry)
                    ))
                })?
            }
        };
        for _ in 0..MAX_CHAIN {
            match self.replaced.get(name) {
                Some(other) => name = other,
                None => break,
            }
        }
        if name == "crates-io" {
            return Ok((CRATES_IO.to_owned(), None));
        }
        if self.folders.iter().any(|folder| folder == name) {
            return Err(Answer::NotAsked("cargo takes them from a folder or from git".to_owned()));
        }
        let Some((url, is_users)) = self.sources.get(name) else {
            return Err(Answer::Unknown(format!(
                "cargo's configuration names a source `{name}` and does not say where it is"
            )));
        };
        if !url.starts_with("sparse+") {
            return Err(Answer::Unknown(format!(
                "the registry `{name}` is a repository of git, which is not asked here"
            )));
        }
        let url = plain(url).to_owned();
        if !is_users && !is_safe(&url) {
            return Err(Answer::Unknown(format!(
                "the repository's own configuration names the registry `{name}` without TLS"
            )));
        }
        // A token is for the address that the user gave it for.
        let credential = self.tokens.get(name).filter(|_| *is_users).cloned();
        Ok((url, credential))
    }
}

fn plain(url: &str) -> &str {
    url.strip_prefix("sparse+").or_else(|| url.strip_prefix("registry+")).unwrap_or(url)
}
