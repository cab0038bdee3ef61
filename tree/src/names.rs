//! Which syntax a file has, by its name alone.
//!
//! The tables hold what readers accept: the file formats' own documentation, and the readers of the tools that the
//! files belong to. A name that stands for several syntaxes (`.eslintrc`, `.prettierrc`, `yarn.lock`) has none.

use super::Syntax;

/// Whole names, lowercase, sorted.
const NAMES: &[(&str, Syntax)] = &[
    (".all-contributorsrc", Syntax::Json),
    (".ansible-lint", Syntax::Yaml),
    (".babelrc", Syntax::Jsonc),
    (".bowerrc", Syntax::Jsonc),
    (".clang-format", Syntax::Yaml),
    (".clang-tidy", Syntax::Yaml),
    (".clangd", Syntax::Yaml),
    (".ember-cli", Syntax::Jsonc),
    (".gemrc", Syntax::Yaml),
    (".hintrc", Syntax::Jsonc),
    (".jscsrc", Syntax::Jsonc),
    (".jshintrc", Syntax::Jsonc),
    (".jslintrc", Syntax::Jsonc),
    (".renovaterc", Syntax::Jsonc),
    (".secrets.baseline", Syntax::Json),
    (".swcrc", Syntax::Jsonc),
    (".watchmanconfig", Syntax::Json),
    (".yamllint", Syntax::Yaml),
    ("buf.lock", Syntax::Yaml),
    ("bun.lock", Syntax::Jsonc),
    ("cargo.lock", Syntax::Toml),
    ("chart.lock", Syntax::Yaml),
    ("citation.cff", Syntax::Yaml),
    ("composer.lock", Syntax::Json),
    ("deno.lock", Syntax::Json),
    ("devbox.lock", Syntax::Json),
    ("dvc.lock", Syntax::Yaml),
    ("flake.lock", Syntax::Json),
    ("glide.lock", Syntax::Yaml),
    ("gopkg.lock", Syntax::Toml),
    ("mise.lock", Syntax::Toml),
    ("module.bazel.lock", Syntax::Json),
    ("package.resolved", Syntax::Json),
    ("pdm.lock", Syntax::Toml),
    ("pipfile", Syntax::Toml),
    ("pipfile.lock", Syntax::Json),
    ("pixi.lock", Syntax::Yaml),
    ("podfile.lock", Syntax::Yaml),
    ("poetry.lock", Syntax::Toml),
    ("pubspec.lock", Syntax::Yaml),
    ("shard.lock", Syntax::Yaml),
    ("uv.lock", Syntax::Toml),
];

/// Extensions, lowercase, sorted.
const EXTENSIONS: &[(&str, Syntax)] = &[
    ("avsc", Syntax::Jsonc),
    ("cff", Syntax::Yaml),
    ("code-snippets", Syntax::Jsonc),
    ("code-workspace", Syntax::Jsonc),
    ("geojson", Syntax::Json),
    ("har", Syntax::Json),
    ("hujson", Syntax::Jsonc),
    ("ipynb", Syntax::Json),
    ("json", Syntax::Json),
    ("jsonc", Syntax::Jsonc),
    ("jsonld", Syntax::Json),
    ("mcmeta", Syntax::Json),
    ("sarif", Syntax::Json),
    ("sublime-build", Syntax::Jsonc),
    ("sublime-color-scheme", Syntax::Jsonc),
    ("sublime-commands", Syntax::Jsonc),
    ("sublime-completions", Syntax::Jsonc),
    ("sublime-keymap", Syntax::Jsonc),
    ("sublime-menu", Syntax::Jsonc),
    ("sublime-mousemap", Syntax::Jsonc),
    ("sublime-project", Syntax::Jsonc),
    ("sublime-settings", Syntax::Jsonc),
    ("sublime-syntax", Syntax::Yaml),
    ("tfstate", Syntax::Json),
    ("toml", Syntax::Toml),
    ("topojson", Syntax::Json),
    ("webmanifest", Syntax::Json),
    ("yaml", Syntax::Yaml),
    ("yml", Syntax::Yaml),
];

/// Names in `.json` whose reader takes comments, lowercase, sorted. `.NET` reads its settings with comments skipped,
/// VS Code and TypeScript with `jsonc-parser`; Babel, Turborepo and Expo read JSON5; the others say so in their
/// documentation.
const WITH_COMMENTS: &[&str] = &[
    ".babelrc.json",
    ".cspell.json",
    ".devcontainer.json",
    ".eslintrc.json",
    ".hintrc.json",
    ".luarc.json",
    ".markdownlint.json",
    ".mocharc.json",
    ".oxfmtrc.json",
    ".oxlintrc.json",
    ".renovaterc.json",
    ".swcrc.json",
    "angular.json",
    "api-extractor.json",
    "app.json",
    "asv.conf.json",
    "babel.config.json",
    "biome.json",
    "cgmanifest.json",
    "cspell.json",
    "deno.json",
    "devcontainer-feature.json",
    "devcontainer-template.json",
    "devcontainer.json",
    "dprint.json",
    "firebase.json",
    "global.json",
    "host.json",
    "jsconfig.json",
    "jsdoc.json",
    "knip.json",
    "language-configuration.json",
    "launch.json",
    "launchsettings.json",
    "local.settings.json",
    "nx.json",
    "omnisharp.json",
    "oxlintrc.json",
    "project.json",
    "pyrightconfig.json",
    "renovate.json",
    "rush.json",
    "tsdoc.json",
    "tslint.json",
    "turbo.json",
    "typedoc.json",
    "workspace.json",
    "wrangler.json",
];

/// Folders whose `.json` files are read with comments: editors' settings, and TypeScript bases.
const FOLDERS_WITH_COMMENTS: &[&str] = &[".devcontainer", ".vscode", ".zed", "tsconfigs"];

impl Syntax {
    /// The syntax of the file at this path, if its name says one. JSON Lines have none: see [`is_json_lines`].
    pub fn of_path(path: &str) -> Option<Syntax> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let name = name.to_ascii_lowercase();
        if let Some(syntax) = lookup(NAMES, &name) {
            return Some(syntax);
        }
        let (stem, extension) = name.rsplit_once('.')?;
        match lookup(EXTENSIONS, extension)? {
            Syntax::Json if extension == "json" && takes_comments(folder, &name, stem) => Some(Syntax::Jsonc),
            syntax => Some(syntax),
        }
    }
}

/// True for a file that holds one JSON value on each line.
pub fn is_json_lines(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    ["jsonl", "ndjson", "jsonlines"].iter().any(|lines| extension.eq_ignore_ascii_case(lines))
}

fn takes_comments(folder: &str, name: &str, stem: &str) -> bool {
    WITH_COMMENTS.binary_search(&name).is_ok()
        // `tsconfig.base.json`, `jest.tsconfig.json`, `tsconfig-strict.json`
        || stem.contains("tsconfig")
        || stem == "appsettings"
        || stem.starts_with("appsettings.")
        // `nested.wrangler.json`, `api-extractor.base.json`
        || stem.starts_with("api-extractor")
        || stem.ends_with(".wrangler")
        // Contributions to VS Code.
        || stem.ends_with("-color-theme")
        || stem.ends_with("-icon-theme")
        || stem.ends_with("language-configuration")
        || folder.split('/').any(|part| FOLDERS_WITH_COMMENTS.contains(&part))
}

fn lookup(table: &[(&str, Syntax)], name: &str) -> Option<Syntax> {
    let index = table.binary_search_by_key(&name, |(known, _)| known).ok()?;
    Some(table[index].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_lowercase() {
        assert!(NAMES.is_sorted_by_key(|(name, _)| name) && EXTENSIONS.is_sorted_by_key(|(name, _)| name));
        assert!(WITH_COMMENTS.is_sorted());
        let names = NAMES.iter().chain(EXTENSIONS).map(|(name, _)| name).chain(WITH_COMMENTS);
        for name in names {
            assert_eq!(*name, name.to_ascii_lowercase());
        }
    }

    #[test]
    fn a_name_says_the_syntax() {
        for (path, syntax) in [
            ("a/b.yml", Some(Syntax::Yaml)),
            ("B.YAML", Some(Syntax::Yaml)),
            ("Cargo.lock", Some(Syntax::Toml)),
            ("x/Pipfile", Some(Syntax::Toml)),
            ("x/Pipfile.lock", Some(Syntax::Json)),
            ("bun.lock", Some(Syntax::Jsonc)),
            ("package.json", Some(Syntax::Json)),
            ("tsconfig.build.json", Some(Syntax::Jsonc)),
            ("packages/tsconfigs/base.json", Some(Syntax::Jsonc)),
            (".vscode/settings.json", Some(Syntax::Jsonc)),
            ("src/appsettings.Development.json", Some(Syntax::Jsonc)),
            ("x.code-workspace", Some(Syntax::Jsonc)),
            ("book.ipynb", Some(Syntax::Json)),
            (".clang-format", Some(Syntax::Yaml)),
            ("yarn.lock", None),
            (".eslintrc", None),
            ("data.json5", None),
            ("events.jsonl", None),
            ("values.yaml.tpl", None),
            ("json", None),
            ("a.yml/b", None),
            ("", None),
        ] {
            assert_eq!(Syntax::of_path(path), syntax, "{path}");
        }
        assert!(is_json_lines("a/b.NDJSON") && is_json_lines("x.jsonl") && !is_json_lines("jsonl"));
    }
}
