//! What is known about a flaw of a package, as data for reports: the message of a finding is for people.

use super::Level;

/// A flaw of a package that a project uses.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Its ids, the one that is shown first.
    pub ids: Vec<String>,
    /// One line about it.
    pub summary: String,
    /// How bad it is, if somebody says.
    pub level: Option<Level>,
    /// The greatest CVSS score, and its vector.
    pub score: Option<(f64, String)>,
    /// The ecosystem as OSV names it.
    pub ecosystem: &'static str,
    /// The package's name.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The nearest later version that has the flaw no more.
    pub fixed: Option<String>,
    /// Packages through which it is needed, the direct one first; empty if it is needed directly.
    pub way: Vec<String>,
}

impl Known {
    /// The package URL, as its specification writes it; `None` for ecosystems that have no type there.
    pub fn purl(&self) -> Option<String> {
        let kind = match self.ecosystem {
            "npm" => "npm",
            "PyPI" => "pypi",
            "crates.io" => "cargo",
            "Go" => "golang",
            "RubyGems" => "gem",
            "Maven" => "maven",
            "NuGet" => "nuget",
            "Packagist" => "composer",
            "Hex" => "hex",
            "Pub" => "pub",
            "SwiftURL" => "swift",
            "GitHub Actions" => "githubactions",
            _ => return None,
        };
        // Maven's group and artifact are namespace and name.
        let separator = if kind == "maven" { ':' } else { '/' };
        let parts: Vec<String> = self.package.split(separator).map(encoded).collect();
        Some(format!("pkg:{kind}/{}@{}", parts.join("/"), encoded(&self.version)))
    }
}

/// Percent-encoded as the specification of package URLs says: everything but letters, digits and `.-_~:`.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                encoded.push(char::from(byte));
            }
            _ => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_urls_are_those_of_the_specification() {
        let of = |ecosystem, package: &str, version: &str| {
            let known = Known {
                ids: Vec::new(),
                summary: String::new(),
                level: None,
                score: None,
                ecosystem,
                package: package.to_owned(),
                version: version.to_owned(),
                fixed: None,
                way: Vec::new(),
            };
            known.purl().unwrap_or_default()
        };
        assert_eq!(of("npm", "@angular/core", "12.3.1"), "pkg:npm/%40angular/core@12.3.1");
        assert_eq!(of("PyPI", "django", "1.11.1"), "pkg:pypi/django@1.11.1");
        assert_eq!(
            of("Maven", "org.apache.xmlgraphics:batik-anim", "1.9.1"),
            "pkg:maven/org.apache.xmlgraphics/batik-anim@1.9.1"
        );
        assert_eq!(
            of("Go", "google.golang.org/genproto", "v1+incompatible"),
            "pkg:golang/google.golang.org/genproto@v1%2Bincompatible"
        );
        assert_eq!(of("Packagist", "a/b", "1"), "pkg:composer/a/b@1");
        assert_eq!(
            of("GitHub Actions", "actions/checkout", "4.2.2"),
            "pkg:githubactions/actions/checkout@4.2.2"
        );
        assert_eq!(of("Hackage", "x", "1"), "");
    }
}
