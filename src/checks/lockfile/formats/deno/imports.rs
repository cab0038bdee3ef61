//! What a deno.json asks for.

use std::collections::BTreeMap;

use crate::checkout::Source;
use crate::location::Location;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::paths;
use super::requirement::of_import;

/// What a project asks for: `npm:name@range`, and where.
pub type Asked = BTreeMap<String, Location>;

/// What a deno.json names: under `imports` and `scopes`, its own or those of the file that it names for them,
/// and for the compiler.
pub fn asked(source: &Source, project: &Project<'_>) -> Asked {
    let mut asked = Asked::new();
    let Some(root) = source.tree(Syntax::Jsonc).root() else { return asked };
    imports(root, source, &mut asked);
    let named = root.get("importMap").and_then(|node| node.as_str());
    if let Some(path) = named.filter(|_| root.get("imports").or(root.get("scopes")).is_none())
        && let Some(path) = paths::join(paths::split(source.path()).0, path)
        && let Some(map) = project.text(&path)
        && let Some(root) = map.tree(Syntax::Jsonc).root()
    {
        imports(root, &map, &mut asked);
    }
    if let Some(options) = root.get("compilerOptions") {
        let texts = ["jsxImportSource", "jsxImportSourceTypes"].iter().filter_map(|key| options.get(key));
        let types = options.get("types").into_iter().flat_map(|list| list.items());
        for node in texts.chain(types) {
            let specifier = node.as_str().and_then(of_import);
            asked.extend(specifier.map(|specifier| (specifier, source.at_node(node))));
        }
    }
    asked
}

/// What `imports` and `scopes` name.
fn imports(root: Node<'_>, source: &Source, asked: &mut Asked) {
    let scopes = root.get("scopes").into_iter().flat_map(|table| table.entries()).map(|(_, scope)| scope);
    for (key, value) in root.get("imports").into_iter().chain(scopes).flat_map(|table| table.entries()) {
        let specifier = value.as_str().and_then(of_import);
        let place = || source.at(key.range().start..value.range().end);
        asked.extend(specifier.map(|specifier| (specifier, place())));
    }
}
