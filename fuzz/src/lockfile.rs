//! The `lockfile` check on a lockfile of any kind beside a small manifest.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::folder::Folder;
use crate::whole::run;

/// A lockfile's name, and its manifest with the text that it has.
pub type Kind = (&'static str, &'static str, &'static str);

const PYPROJECT: &str = "[project]\nname = \"app\"\nversion = \"0.1.0\"\nrequires-python = \">=3.10\"\n\
    dependencies = [\"click>=8; sys_platform != 'win32'\"]\n\n[tool.poetry]\n\n[tool.pdm]\n";
const PACKAGE: &str = "{\"name\":\"app\",\"version\":\"1.0.0\",\"dependencies\":{\"a\":\"^1.0.0\",\"b\":\"npm:c@2\"},\
    \"workspaces\":[\"packages/*\"]}\n";

/// Kinds in TOML.
pub const TOML: &[Kind] = &[
    ("uv.lock", "pyproject.toml", PYPROJECT),
    ("Cargo.lock", "Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\n[dependencies]\nitoa = \"1\"\n"),
    ("poetry.lock", "pyproject.toml", PYPROJECT),
    ("pdm.lock", "pyproject.toml", PYPROJECT),
    ("pylock.toml", "pyproject.toml", PYPROJECT),
    ("tool.py.lock", "tool.py", "# /// script\n# requires-python = \">=3.12\"\n# dependencies = [\"click\"]\n# ///\n"),
];

/// Kinds in JSON.
pub const JSON: &[Kind] = &[
    ("package-lock.json", "package.json", PACKAGE),
    ("bun.lock", "package.json", PACKAGE),
    ("deno.lock", "deno.json", "{\"imports\":{\"a\":\"npm:a@^1\",\"b\":\"jsr:@b/c@2\"}}\n"),
    ("composer.lock", "composer.json", "{\"require\":{\"a/b\":\"^1\",\"php\":\">=8\"}}\n"),
    ("Pipfile.lock", "Pipfile", "[packages]\nclick = \">=8\"\n"),
    (
        "packages.lock.json",
        "app.csproj",
        "<Project><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup><ItemGroup>\
         <PackageReference Include=\"A\" Version=\"1.0.0\" /></ItemGroup></Project>\n",
    ),
    ("flake.lock", "flake.nix", "{ inputs.a.url = \"github:a/b\"; outputs = { self, a }: { }; }\n"),
    ("Package.resolved", "Package.swift", "let p = [\n  .package(url: \"https://x.example/a.git\", from: \"1.0.0\"),\n]\n"),
];

/// Kinds in YAML and in lines of their own.
pub const LINES: &[Kind] = &[
    ("pnpm-lock.yaml", "package.json", PACKAGE),
    ("yarn.lock", "package.json", PACKAGE),
    ("go.sum", "go.mod", "module example.com/app\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n"),
    ("requirements.txt", "requirements.in", "click>=8\n"),
    ("Gemfile.lock", "Gemfile", "source \"https://rubygems.org\"\ngem \"rake\", \"~> 13.0\"\n"),
    ("pubspec.lock", "pubspec.yaml", "name: app\ndependencies:\n  path: ^1.8.0\n"),
    ("mix.lock", "mix.exs", "defmodule A do\n  defp deps do\n    [\n      {:jason, \"~> 1.4\"}\n    ]\n  end\nend\n"),
    (".terraform.lock.hcl", "main.tf", "terraform {\n  required_providers {\n    a = {\n      source = \"x/a\"\n    }\n  }\n}\n"),
    ("gradle.lockfile", "build.gradle", "plugins { id 'java' }\n"),
    ("Podfile.lock", "Podfile", "target 'App' do\n  pod 'A', '~> 1.0'\nend\n"),
    ("gradle/verification-metadata.xml", "gradle.lockfile", "a:b:1=x\nempty=\n"),
];

thread_local! {
    static REPOSITORIES: RefCell<HashMap<&'static str, Folder>> = RefCell::default();
}

/// Runs the check on a lockfile of one of the kinds; the first byte says which. Whatever is in it, the lockfile is
/// looked at and the report is one.
pub fn holds(kinds: &[Kind], bytes: &[u8]) {
    let Some((choice, content)) = bytes.split_first() else { return };
    let (name, manifest, text) = kinds[usize::from(*choice) % kinds.len()];
    REPOSITORIES.with_borrow_mut(|repositories| {
        let repository = repositories.entry(name).or_insert_with(|| {
            let folder = Folder::new(&name.replace('/', "-"));
            folder.write(manifest, text.as_bytes());
            folder
        });
        repository.write(name, content);
        let root = repository.path().to_str().expect("a name that this process made");
        let (code, out, err) = run(&["check", "lockfile", "--format=json", "--mode=blocking", "--root", root], &[]);
        assert!(code <= 3 && err.is_empty(), "exit code {code}: {err}");
        let report: serde_json::Value = serde_json::from_str(&out).expect("one JSON document");
        let check = &report["checks"][0];
        assert_ne!(check["outcome"], "error");
        assert!(!out.contains("this is a bug of ci-guard"), "{out}");
    });
}
