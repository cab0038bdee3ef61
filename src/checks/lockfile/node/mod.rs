//! What the lockfile formats of JavaScript's package managers share: package.json, its workspaces and its
//! specifiers, and the hashes of the npm registry.

pub mod edges;
pub mod integrity;
pub mod spec;
pub mod workspace;

/// Where the tools download from when nobody tells them otherwise.
pub const PUBLIC_HOSTS: &[&str] = &["registry.npmjs.org", "registry.yarnpkg.com"];
