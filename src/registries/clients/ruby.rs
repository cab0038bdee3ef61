//! Bundler's configuration: mirrors. <https://bundler.io/man/bundle-config.1.html>

use std::collections::HashMap;

use super::{Clients, is_safe, tree};
use crate::registries::Answer;
use crate::tree::Syntax;

/// The public source.
const PUBLIC: &str = "https://rubygems.org";

/// Bundler's configuration: what takes the place of a source.
#[derive(Default)]
pub struct Ruby(HashMap<String, String>);

impl Ruby {
    pub(super) fn of(clients: &Clients<'_>) -> Ruby {
        let mut mirrors = HashMap::new();
        // A dot in a key is written `__`, a hyphen `___`.
        let mut add = |key: &str, value: &str| {
            let Some(source) = key.strip_prefix("BUNDLE_MIRROR__") else { return };
            let source = source.replace("___", "-").replace("__", ".").to_ascii_lowercase();
            mirrors
                .entry(source.trim_end_matches('/').to_owned())
                .or_insert(value.trim_end_matches('/').to_owned());
        };
        for name in clients.environment.names() {
            add(name, clients.variable(name).unwrap_or_default());
        }
        let config = clients.variable("BUNDLE_USER_CONFIG").map(std::path::PathBuf::from);
        let config = config.or_else(|| Some(clients.home()?.join(".bundle/config")));
        let text = config.and_then(|path| super::file(&path)).unwrap_or_default();
        let tree = tree(&text, Syntax::Yaml);
        for (key, value) in tree.root().into_iter().flat_map(|root| root.entries()) {
            add(key.text().unwrap_or_default(), value.text().unwrap_or_default());
        }
        Ruby(mirrors)
    }

    /// The address of a source as lockfiles name it.
    pub(in crate::registries) fn source(&self, registry: &str, declared: bool) -> Result<String, Answer> {
        let (plain, _) = super::split_user(registry);
        let plain = if plain.is_empty() { PUBLIC } else { plain.trim_end_matches('/') };
        if let Some(mirror) = self.0.get(&plain.to_ascii_lowercase()) {
            return Ok(mirror.clone());
        }
        match plain == PUBLIC || (declared && is_safe(plain)) {
            true => Ok(plain.to_owned()),
            false => Err(Answer::Unknown(format!(
                "neither the configuration of bundler nor the project names the source {}",
                crate::http::shown(plain)
            ))),
        }
    }
}
