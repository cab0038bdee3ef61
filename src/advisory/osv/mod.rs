//! Records of OSV (<https://ossf.github.io/osv-schema/>), and which versions they are about.

pub mod affects;
pub mod database;
pub mod group;
pub mod online;
pub mod record;

use std::borrow::Cow;

pub use affects::{Decision, decide};
pub use record::Record;

/// The name of a package in the one form that all its spellings have.
pub fn normal_name<'n>(ecosystem: &str, name: &'n str) -> Cow<'n, str> {
    match ecosystem {
        "PyPI" => {
            let parts: Vec<&str> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
            Cow::Owned(parts.join("-").to_ascii_lowercase())
        }
        "NuGet" | "Packagist" | "GitHub Actions" => Cow::Owned(name.to_ascii_lowercase()),
        _ => Cow::Borrowed(name),
    }
}
