//! What the path of a file says about what is in it.

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Anything.
    Ordinary,
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
    "_spec.",
    ".spec.",
    ".example",
    ".sample",
    ".template",
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
const BEGINNINGS: &[&str] = &["test", "example", "sample", "mock_", "conftest"];

/// Ends of names of documents.
const DOCUMENTS: &[&str] = &[".md", ".mdx", ".rst", ".adoc", ".asciidoc", ".markdown", ".ipynb", ".textile"];

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
        let in_folder = folders.split('/').any(|folder| {
            FOLDERS.contains(&folder)
                || folder.starts_with("test")
                || folder.starts_with("doc")
                || folder == "t"
                || ["tests", "-test", "-testdata", "_test", "-examples", "-fixtures", "-e2e"]
                    .iter()
                    .any(|end| folder.len() > end.len() && folder.ends_with(end))
        });
        let marked = MARKS.iter().any(|mark| name.contains(mark))
            || BEGINNINGS.iter().any(|start| name.starts_with(start))
            || DOCUMENTS.iter().any(|end| name.ends_with(end));
        if in_folder || marked { Place::Example } else { Place::Ordinary }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_what_files_are_for() {
        for path in [
            "tests/a.py",
            "src/x_test.go",
            "docs/a.txt",
            "README.md",
            ".env.example",
            "a/integrationtests/b.java",
        ] {
            assert_eq!(Place::of(path), Place::Example, "{path}");
        }
        for path in ["src/contest.rs", ".env", "deploy/prod.yml", "src/latest/x.ts"] {
            assert_eq!(Place::of(path), Place::Ordinary, "{path}");
        }
        assert_eq!(Place::of("web/yarn.lock"), Place::Generated);
    }
}
