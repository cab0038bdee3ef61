//! The output `cache-key`: what a cache of installed packages depends on.

use std::borrow::Cow;

use crate::checks::Context;
use crate::masking;
use crate::tree::Syntax;

/// Digits of the lock hash in the key. 64 bits tell apart more lockfiles than anybody has.
const HASH_DIGITS: usize = 16;

/// Characters of a version in the key.
const LONGEST_VERSION: usize = 32;

/// `Linux-X64-python3.12-node20-0123456789abcdef`: system, architecture, the runtime versions that are known,
/// and the beginning of the lock hash.
pub fn cache_key(context: &Context<'_>, lock_hash: &str) -> String {
    let mut parts = vec![system(context), architecture(context)];
    let runtimes =
        [("python", python(context)), ("node", node(context)), ("rust", rust(context)), ("go", go(context))];
    for (name, version) in runtimes {
        if let Some(version) = version.as_deref().and_then(plain) {
            parts.push(format!("{name}{version}"));
        }
    }
    parts.push(lock_hash.chars().take(HASH_DIGITS).collect());
    parts.join("-")
}

/// A version as it may stand in a key: letters, digits, `.`, `_`, `-`. What is a credential by its format is none.
fn plain(version: &str) -> Option<String> {
    let Cow::Borrowed(version) = masking::without_credentials(version) else { return None };
    let version = version.trim().trim_start_matches('v');
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
    let version: String = version.chars().take(LONGEST_VERSION).map(safe).collect();
    let version = version.trim_matches('-');
    (!version.is_empty()).then(|| version.to_owned())
}

fn system(context: &Context<'_>) -> String {
    let known = plain(&context.runner.os);
    known.unwrap_or_else(|| match std::env::consts::OS {
        "linux" => "Linux".to_owned(),
        "macos" => "macOS".to_owned(),
        "windows" => "Windows".to_owned(),
        other => other.to_owned(),
    })
}

fn architecture(context: &Context<'_>) -> String {
    let known = plain(&context.runner.arch);
    known.unwrap_or_else(|| match std::env::consts::ARCH {
        "x86_64" => "X64".to_owned(),
        "aarch64" => "ARM64".to_owned(),
        "x86" => "X86".to_owned(),
        "arm" => "ARM".to_owned(),
        other => other.to_owned(),
    })
}

/// The Python that the job set up, so that the legs of a matrix differ; else the one that the repository names.
fn python(context: &Context<'_>) -> Option<String> {
    let asked = context.environment.non_empty("UV_PYTHON").filter(|text| is_version(text));
    // actions/setup-python: …/hostedtoolcache/Python/3.12.4/x64
    let set_up = context.environment.non_empty("pythonLocation").and_then(|folder| {
        let mut parts = folder.split(['/', '\\']).skip_while(|part| !matches!(*part, "Python" | "PyPy"));
        parts.nth(1).filter(|text| is_version(text))
    });
    let named = || first_line(context, ".python-version").filter(|line| is_version(line));
    asked.or(set_up).map(str::to_owned).or_else(named).or_else(|| required_python(context))
}

/// The oldest Python that the project is for.
fn required_python(context: &Context<'_>) -> Option<String> {
    let source = context.checkout.read("pyproject.toml").ok()?;
    let root = source.tree(Syntax::Toml).root()?;
    let range = root.at(&["project", "requires-python"])?.text()?;
    let oldest = range.split(',').find_map(|part| part.trim().strip_prefix('>'))?;
    Some(oldest.trim_start_matches(['=', ' ']).to_owned())
}

fn node(context: &Context<'_>) -> Option<String> {
    first_line(context, ".nvmrc").or_else(|| first_line(context, ".node-version"))
}

fn rust(context: &Context<'_>) -> Option<String> {
    if let Ok(source) = context.checkout.read("rust-toolchain.toml") {
        let tree = source.tree(Syntax::Toml);
        let channel = tree.root().and_then(|root| root.at(&["toolchain", "channel"])?.text());
        return channel.map(str::to_owned);
    }
    let line = first_line(context, "rust-toolchain")?;
    // The older file without extension may hold the same TOML.
    (!line.starts_with('[')).then_some(line)
}

fn go(context: &Context<'_>) -> Option<String> {
    let source = context.checkout.read("go.mod").ok()?;
    let words = |keyword: &str| {
        let mut lines = source.text().lines().filter_map(|line| line.trim().split_once(' '));
        lines.find(|(word, _)| *word == keyword).map(|(_, rest)| rest.trim().to_owned())
    };
    words("toolchain").map(|name| name.trim_start_matches("go").to_owned()).or_else(|| words("go"))
}

fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) || text.starts_with("pypy")
}

fn first_line(context: &Context<'_>, path: &str) -> Option<String> {
    let source = context.checkout.read(path).ok()?;
    let mut lines = source.text().trim_start_matches('\u{feff}').lines().map(str::trim);
    lines.find(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn versions_are_made_plain() {
        assert_eq!(plain("v20.11.1\r").as_deref(), Some("20.11.1"));
        assert_eq!(plain("lts/iron").as_deref(), Some("lts-iron"));
        assert_eq!(plain("$(id)\n").as_deref(), Some("id"));
        assert_eq!(plain("  "), None);
        assert_eq!(plain(&"9".repeat(100)).map(|text| text.len()), Some(32));
    }
}
