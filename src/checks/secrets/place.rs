//! What the path of a file says about what is in it.

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Anything.
    Ordinary,
    /// Source code: it quotes the files that programs read.
    Source,
    /// Tests, examples, documentation: most secrets in them are made up.
    Example,
    /// Lists of hashes that a program wrote.
    Generated,
}

/// Names of folders that hold tests, examples and documentation.
const FOLDERS: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testdata",
    "test-data",
    "test_data",
    "test-fixtures",
    "testutil",
    "testutils",
    "spec",
    "specs",
    "fixtures",
    "fixture",
    "__tests__",
    "__mocks__",
    "__fixtures__",
    "__snapshots__",
    "mock",
    "mocks",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "doc",
    "docs",
    "documentation",
    "e2e",
    "integration",
    "benchmark",
    "benchmarks",
    "benches",
    "fuzz",
    "playground",
    "playgrounds",
    "cassettes",
    "website",
    "tutorial",
    "tutorials",
];

/// Parts of file names that say the same.
const MARKS: &[&str] = &[
    "_test.",
    ".test.",
    "-test.",
    "_tests.",
    "_test_data.",
    "_testdata.",
    "_spec.",
    ".spec.",
    ".example",
    ".sample",
    ".template",
    ".tt",
    ".erb",
    ".j2",
    ".tpl",
    ".dist",
    "-example",
    "_example",
    ".tmpl",
    ".mock",
    "_mock",
    "fixture",
    ".snap",
];

/// Beginnings of file names that say the same.
const BEGINNINGS: &[&str] = &["test", "example", "sample", "mock_", "conftest", "manual."];

/// Ends of names of documents.
const DOCUMENTS: &[&str] = &[".md", ".mdx", ".rst", ".adoc", ".asciidoc", ".markdown", ".ipynb", ".textile"];

/// Ends of names of source code. PHP is left out: programs in it keep their settings in such files.
const SOURCES: &[&str] = &[
    "rs", "go", "py", "pyi", "rb", "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte",
    "java", "kt", "scala", "groovy", "c", "cc", "cpp", "cxx", "h", "hpp", "cs", "fs", "vb", "swift", "m",
    "mm", "dart", "ex", "exs", "erl", "hs", "ml", "clj", "lua", "pl", "pm", "r", "jl", "zig", "nim", "sol",
];

/// Files in which package managers and compilers write hashes.
const GENERATED: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "cargo.lock",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "pipfile.lock",
    "composer.lock",
    "gemfile.lock",
    "go.sum",
    "go.work.sum",
    "go.mod",
    "flake.lock",
    "packages.lock.json",
    "pubspec.lock",
    "podfile.lock",
    ".terraform.lock.hcl",
    "gradle.lockfile",
    "verification-metadata.xml",
    "sha256sums",
    "checksums.txt",
    "mix.lock",
    "deno.lock",
    "pixi.lock",
    "chart.lock",
    "module.bazel.lock",
    "paket.lock",
];

impl Place {
    /// What a file at this path is for.
    pub fn of(path: &str) -> Place {
        let lower = path.to_ascii_lowercase();
        let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
        if GENERATED.contains(&name)
            || [".min.js", ".min.css", ".map", ".svg", ".sum", ".pbxproj"]
                .iter()
                .any(|end| name.ends_with(end))
        {
            return Place::Generated;
        }
        if folders.ends_with(".yarn/releases") || folders.contains(".yarn/plugins") {
            return Place::Generated;
        }
        let in_folder = folders.split('/').any(|folder| {
            FOLDERS.contains(&folder)
                || folder.starts_with("test")
                || folder.starts_with("doc")
                || folder.starts_with("dummy")
                || folder == "t"
                || ["tests", "-test", "-testdata", "_test", "-examples", "-fixtures", "-e2e"]
                    .iter()
                    .any(|end| folder.len() > end.len() && folder.ends_with(end))
        });
        let marked = MARKS.iter().any(|mark| name.contains(mark))
            || BEGINNINGS.iter().any(|start| name.starts_with(start))
            || DOCUMENTS.iter().any(|end| name.ends_with(end))
            || is_manual_page(name);
        let source = name.rsplit_once('.').is_some_and(|(_, end)| SOURCES.contains(&end));
        match (in_folder || marked, source) {
            (true, _) => Place::Example,
            (false, true) => Place::Source,
            (false, false) => Place::Ordinary,
        }
    }

    /// The same for a line in it: comments that document code hold examples.
    pub fn of_line(self, line: &str) -> Place {
        let documents = ["* ", "/// ", "//! "].iter().any(|mark| line.trim_start().starts_with(mark));
        if self == Place::Source && documents { Place::Example } else { self }
    }
}

/// True for `tool.1`, but neither for `settings.yml.1` nor for `id_rsa.1`, which are earlier versions of what matters.
fn is_manual_page(name: &str) -> bool {
    let is_tool = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    name.strip_suffix(".1").is_some_and(|tool| !tool.is_empty() && is_tool(tool))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_what_files_are_for() {
        for path in [
            "tests/a.py",
            "src/x_test.go",
            "src/keys_test_data.go",
            "docs/a.txt",
            "README.md",
            "MANUAL.txt",
            "man/tool.1",
            ".env.example",
            "a/integrationtests/b.java",
        ] {
            assert_eq!(Place::of(path), Place::Example, "{path}");
        }
        for path in [".env", ".env.1", "deploy/prod.yml", "deploy/prod.yml.1", "id_rsa.1", "wp-config.php"] {
            assert_eq!(Place::of(path), Place::Ordinary, "{path}");
        }
        for path in ["src/contest.rs", "src/latest/x.ts", "src/latest_data.go"] {
            assert_eq!(Place::of(path), Place::Source, "{path}");
        }
        assert_eq!(Place::of("web/yarn.lock"), Place::Generated);
        assert_eq!(Place::Source.of_line("     * -----BEGIN"), Place::Example);
        assert_eq!(Place::Source.of_line("let a = b * c;"), Place::Source);
        assert_eq!(Place::Ordinary.of_line("* password"), Place::Ordinary);
    }
}
