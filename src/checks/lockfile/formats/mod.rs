//! The lockfile formats. A new one is a file here and a line in [`ALL`].

mod cargo;
mod npm;
mod uv;

use super::format::Format;

/// All formats that are read. The only list.
pub const ALL: &[&dyn Format] = &[&uv::Uv, &cargo::Cargo, &npm::Npm];

/// Names of lockfiles that nothing here reads yet. They are counted, hashed and reported as not examined.
pub const UNREAD: &[&str] = &[
    ".terraform.lock.hcl",
    "Cartfile.resolved",
    "Chart.lock",
    "Gemfile.lock",
    "MODULE.bazel.lock",
    "Package.resolved",
    "Pipfile.lock",
    "Podfile.lock",
    "buf.lock",
    "bun.lock",
    "bun.lockb",
    "cabal.project.freeze",
    "composer.lock",
    "conda-lock.yml",
    "deno.lock",
    "flake.lock",
    "gems.locked",
    "go.sum",
    "gradle.lockfile",
    "mix.lock",
    "packages.lock.json",
    "paket.lock",
    "pdm.lock",
    "pixi.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pubspec.lock",
    "pylock.toml",
    "rebar.lock",
    "stack.yaml.lock",
    "yarn.lock",
];

/// True for the name of a lockfile that nothing here reads yet.
pub fn is_unread(name: &str) -> bool {
    let named_pylock = name.starts_with("pylock.") && name.ends_with(".toml");
    // uv locks a script beside it.
    named_pylock || name.ends_with(".py.lock") || UNREAD.binary_search(&name).is_ok()
}

/// Names of all lockfiles and manifests that folders are searched for.
pub fn manifests() -> Vec<&'static str> {
    ALL.iter().map(|format| format.manifest()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_names_is_sorted() {
        assert!(UNREAD.is_sorted());
        assert!(is_unread("yarn.lock") && is_unread("pylock.dev.toml") && !is_unread("uv.lock"));
    }
}
