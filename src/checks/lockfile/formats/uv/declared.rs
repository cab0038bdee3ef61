//! The sources that the manifests and settings of a workspace name.

use super::super::super::model::{self, Declared};
use super::settings::Settings;
use super::workspace::Workspace;

/// Hosts of indexes, and URLs of archives and repositories.
pub fn declared(workspace: &Workspace, settings: &Settings) -> Declared {
    let mut declared = Declared::default();
    let tables = std::iter::once(&workspace.root).chain(workspace.members.values());
    let indexes = tables.clone().filter_map(|project| project.uv("index")).chain(settings.get("index"));
    let urls = indexes.flat_map(|list| list.items()).filter_map(|index| index.get("url"));
    let single = ["index-url", "default-index"].iter().filter_map(|key| settings.get(key));
    let several = ["extra-index-url", "find-links"].iter().filter_map(|key| settings.get(key));
    let urls = urls.chain(single).chain(several.flat_map(|list| list.items()));
    declared.hosts.extend(urls.filter_map(|url| model::host(url.text()?)));
    for project in tables {
        for (_, source) in super::sources::all(project) {
            let url = source.get("url").or_else(|| source.get("git")).and_then(|url| url.text());
            declared.urls.extend(url.map(model::comparable_url));
        }
        let direct = project.requirements().into_iter().flatten().map(|(requirement, _)| requirement);
        let groups = project.groups().into_iter().flatten().flat_map(|(_, list)| list);
        let urls = direct.chain(groups).filter_map(|requirement| requirement.url.as_deref());
        declared.urls.extend(urls.map(plain_url));
    }
    declared
}

/// The URL of a requirement without the reference behind the `@` of its path.
fn plain_url(url: &str) -> String {
    let comparable = model::comparable_url(url);
    if !url.starts_with("git+") {
        return comparable;
    }
    let url = comparable.rfind('@').map_or(comparable.as_str(), |at| &comparable[..at]);
    model::comparable_url(url)
}
