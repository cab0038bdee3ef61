//! Composer's configuration: repositories of the user that come before Packagist.
//! <https://getcomposer.org/doc/05-repositories.md>

use super::{Clients, tree};
use crate::tree::Syntax;

/// The public repository's metadata.
const PUBLIC: &str = "https://repo.packagist.org";

/// The repositories, in the order in which they are asked.
pub struct Composer(Vec<String>);

impl Composer {
    pub(super) fn of(clients: &Clients<'_>) -> Composer {
        let folder = clients.variable("COMPOSER_HOME").map(std::path::PathBuf::from);
        let folders = [
            folder,
            clients.config_home().map(|home| home.join("composer")),
            clients.home().map(|home| home.join(".composer")),
        ];
        let text = folders.into_iter().flatten().find_map(|folder| super::file(&folder.join("config.json")));
        let tree = tree(&text.unwrap_or_default(), Syntax::Json);
        let list = tree.root().and_then(|root| root.get("repositories"));
        let named = list.into_iter().flat_map(|list| list.entries());
        let named = named.map(|(key, node)| (key.text().unwrap_or_default(), node));
        let unnamed = list.into_iter().flat_map(|list| list.items()).map(|node| ("", node));
        let mut urls = Vec::new();
        let mut with_public = true;
        for (name, node) in named.chain(unnamed) {
            let is_off = |key: &str| node.get(key).and_then(|value| value.as_bool()) == Some(false);
            let is_public = name.starts_with("packagist") && node.as_bool() == Some(false);
            with_public &= !is_public && !is_off("packagist.org") && !is_off("packagist");
            let kind = node.get("type").and_then(|kind| kind.as_str());
            let url = node.get("url").and_then(|url| url.as_str());
            urls.extend(
                url.filter(|_| kind == Some("composer")).map(|url| url.trim_end_matches('/').to_owned()),
            );
        }
        if with_public {
            urls.push(PUBLIC.to_owned());
        }
        Composer(urls)
    }

    /// The repositories.
    pub(in crate::registries) fn repositories(&self) -> &[String] {
        &self.0
    }
}
