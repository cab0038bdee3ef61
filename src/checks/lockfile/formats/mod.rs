//! The lockfile formats. A new one is a file here and a line in [`ALL`].

mod bun;
mod cargo;
mod composer;
mod deno;
mod go;
mod npm;
mod pdm;
mod pipenv;
mod pnpm;
mod poetry;
mod pylock;
mod requirements;
mod uv;
mod yarn;

use super::format::Format;

/// All formats that are read. The only list.
pub const ALL: &[&dyn Format] = &[
    &uv::Uv,
    &cargo::Cargo,
    &npm::Npm,
    &pnpm::Pnpm,
    &yarn::Yarn,
    &bun::Bun,
    &deno::Deno,
    &composer::Composer,
    &go::Go,
    &poetry::Poetry,
    &pdm::Pdm,
    &pipenv::Pipenv,
    &pylock::Pylock,
    &requirements::Requirements,
];

/// Names of lockfiles that nothing here reads yet. They are counted, hashed and reported as not examined.
pub const UNREAD: &[&str] = &[
    ".terraform.lock.hcl",
    "Cartfile.resolved",
    "Chart.lock",
    "Gemfile.lock",
    "MODULE.bazel.lock",
    "Package.resolved",
    "Podfile.lock",
    "buf.lock",
    "bun.lockb",
    "cabal.project.freeze",
    "conda-lock.yml",
    "flake.lock",
    "gems.locked",
    "gradle.lockfile",
    "mix.lock",
    "packages.lock.json",
    "paket.lock",
    "pixi.lock",
    "pubspec.lock",
    "rebar.lock",
    "stack.yaml.lock",
];

/// True for the name of a lockfile that nothing here reads yet.
pub fn is_unread(name: &str) -> bool {
    // uv locks a script beside it.
    name.ends_with(".py.lock") || UNREAD.binary_search(&name).is_ok()
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
        assert!(is_unread("mix.lock") && is_unread("tool.py.lock") && !is_unread("uv.lock"));
    }
}
