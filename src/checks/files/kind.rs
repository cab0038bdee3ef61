//! Which files the check looks at, and how it reads each: decided by the name.

use crate::tree::{Syntax, is_json_lines};

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Parsed as a whole.
    Data(Syntax),
    /// Parsed line by line.
    Lines,
    /// Searched for merge conflicts only.
    Text,
    /// Known, and not parsed: why. Searched for merge conflicts.
    Not(&'static str),
}

/// Extensions of files that become data files when a generator has filled them in.
const TEMPLATE_EXTENSIONS: &[&str] = &[
    "ejs",
    "envsubst",
    "erb",
    "gotmpl",
    "handlebars",
    "hbs",
    "in",
    "j2",
    "jinja",
    "jinja2",
    "liquid",
    "mako",
    "mustache",
    "njk",
    "tftpl",
    "template",
    "tmpl",
    "tpl",
];

/// Extensions of settings, lists and documents that no compiler reads, so that a merge conflict in them goes
/// unnoticed. Source code is left to its compiler: it may hold conflicts as text, in tests of merge tools.
const TEXT_EXTENSIONS: &[&str] = &[
    "cfg",
    "conf",
    "config",
    "csproj",
    "csv",
    "editorconfig",
    "env",
    "fsproj",
    "gotmpl",
    "gradle",
    "hcl",
    "ini",
    "j2",
    "lock",
    "lockfile",
    "markdown",
    "md",
    "mdx",
    "mod",
    "pbxproj",
    "plist",
    "properties",
    "props",
    "resx",
    "sln",
    "slnx",
    "storyboard",
    "strings",
    "sum",
    "targets",
    "tf",
    "tfvars",
    "tmpl",
    "tpl",
    "tsv",
    "vbproj",
    "vcxproj",
    "xcconfig",
    "xib",
    "xml",
];

/// Whole names of the same sort, lowercase.
const TEXT_NAMES: &[&str] = &[
    ".bazelrc",
    ".dockerignore",
    ".env",
    ".eslintrc",
    ".gitattributes",
    ".gitignore",
    ".gitmodules",
    ".npmrc",
    ".prettierrc",
    ".stylelintrc",
    "changelog",
    "codeowners",
    "dockerfile",
    "gemfile",
    "gnumakefile",
    "jenkinsfile",
    "license",
    "makefile",
    "podfile",
    "procfile",
    "readme",
];

impl Kind {
    /// How the file at this path is read; `None` if the check has nothing to do with it.
    pub fn of(path: &str) -> Option<Kind> {
        if let Some(syntax) = Syntax::of_path(path) {
            return Some(Kind::Data(syntax));
        }
        if is_json_lines(path) {
            return Some(Kind::Lines);
        }
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name).to_ascii_lowercase();
        let Some((stem, extension)) = name.rsplit_once('.') else {
            return TEXT_NAMES.contains(&&*name).then_some(Kind::Text);
        };
        if extension == "json5" {
            return Some(Kind::Not("JSON5, which is not read"));
        }
        if TEMPLATE_EXTENSIONS.contains(&extension) && Syntax::of_path(stem).is_some() {
            return Some(Kind::Not(super::aside::TEMPLATE));
        }
        let requirements =
            extension == "txt" && (stem.contains("requirements") || stem.contains("constraints"));
        let text = TEXT_EXTENSIONS.contains(&extension)
            || TEXT_NAMES.contains(&&*name)
            || requirements
            || stem == "dockerfile"
            || stem == ".env";
        text.then_some(Kind::Text)
    }
}

/// True if a part of the name between dots says that the file is a template, as in `values.tmpl.yaml`.
pub(super) fn is_template_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut parts = name.split('.').rev();
    parts.next();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        // The first part is the file's own name: `template.yaml` is a CloudFormation template, and YAML.
        if parts.peek().is_some() && TEMPLATE_EXTENSIONS.contains(&part) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_decides() {
        for (path, kind) in [
            ("a.yml", Some(Kind::Data(Syntax::Yaml))),
            ("a.ndjson", Some(Kind::Lines)),
            ("README.md", Some(Kind::Text)),
            ("x/Dockerfile", Some(Kind::Text)),
            ("Dockerfile.dev", Some(Kind::Text)),
            (".env.production", Some(Kind::Text)),
            ("requirements-dev.txt", Some(Kind::Text)),
            ("yarn.lock", Some(Kind::Text)),
            ("go.sum", Some(Kind::Text)),
            ("a.json5", Some(Kind::Not("JSON5, which is not read"))),
            ("a.yml.j2", Some(Kind::Not("a template"))),
            ("a.sh.j2", Some(Kind::Text)),
            ("main.rs", None),
            ("notes.txt", None),
            ("", None),
        ] {
            assert_eq!(Kind::of(path), kind, "{path}");
        }
        assert!(is_template_name("values.tmpl.yaml") && is_template_name("a.in.json"));
        assert!(!is_template_name("template.yaml") && !is_template_name("a.yaml") && !is_template_name("in"));
    }
}
