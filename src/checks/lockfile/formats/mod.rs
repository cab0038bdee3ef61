//! The lockfile formats. A new one is a file here and a line in [`ALL`].

mod bun;
mod bundler;
mod cargo;
mod cocoapods;
mod composer;
mod dart;
mod deno;
mod go;
mod gradle;
mod hcl;
mod hex;
mod nix;
mod npm;
mod nuget;
mod pdm;
mod pipenv;
mod pnpm;
mod poetry;
mod pylock;
mod requirements;
mod swift;
mod terraform;
mod uv;
mod verification;
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
    &bundler::Bundler,
    &nix::Nix,
    &nuget::Nuget,
    &terraform::Terraform,
    &dart::Pub,
    &hex::Mix,
    &swift::Swift,
    &gradle::Gradle,
    &verification::Verification,
    &cocoapods::CocoaPods,
    &poetry::Poetry,
    &pdm::Pdm,
    &pipenv::Pipenv,
    &pylock::Pylock,
    &requirements::Requirements,
];

/// Names of lockfiles that nothing here reads yet. They are counted, hashed and reported as not examined.
pub const UNREAD: &[&str] = &[
    "Cartfile.resolved",
    "Chart.lock",
    "MODULE.bazel.lock",
    "buf.lock",
    "bun.lockb",
    "cabal.project.freeze",
    "conda-lock.yml",
    "paket.lock",
    "pixi.lock",
    "rebar.lock",
    "stack.yaml.lock",
];

/// True for the name of a lockfile that nothing here reads yet.
pub fn is_unread(name: &str) -> bool {
    UNREAD.binary_search(&name).is_ok()
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
        assert!(is_unread("pixi.lock") && !is_unread("uv.lock"));
    }
}
