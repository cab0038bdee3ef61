//! The rule about caches of installed packages whose keys do not follow the lockfile.

use crate::checkout::Checkout;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::library::File;
use crate::workflow::model::{Job, Step};

use super::super::paths;

/// A cache whose key does not follow the lockfile.
pub static CACHE_KEY: Rule = Rule {
    id: "lockfile/cache-key",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "a cache of packages is found again although the lockfile has changed",
    allow: None,
};

/// Folders that hold installed packages, with the lockfiles that say which: what is in there is used as it is.
const INSTALLED: [(&str, &[&str]); 6] = [
    (
        "node_modules",
        &["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"],
    ),
    (".venv", PYTHON),
    ("venv", PYTHON),
    ("site-packages", PYTHON),
    ("vendor/bundle", &["Gemfile.lock", "gems.locked"]),
    ("deps", &["mix.lock"]),
];

/// Folders of downloads, by their end, with the lockfiles that say what is downloaded. What is in there is looked up
/// by name and hash, so a stale one is slow and not wrong.
const DOWNLOADED: [(&str, &[&str]); 14] = [
    (".npm", &["package-lock.json", "npm-shrinkwrap.json"]),
    (".cache/yarn", &["yarn.lock"]),
    (".yarn/cache", &["yarn.lock"]),
    (".pnpm-store", &["pnpm-lock.yaml"]),
    ("pnpm/store", &["pnpm-lock.yaml"]),
    (".bun/install/cache", &["bun.lock", "bun.lockb"]),
    (".cache/uv", &["uv.lock"]),
    (".cache/pypoetry", &["poetry.lock"]),
    (".cache/pip", PYTHON),
    (".cargo/registry", &["Cargo.lock"]),
    ("go/pkg/mod", &["go.sum"]),
    (".nuget/packages", &["packages.lock.json"]),
    (".composer/cache", &["composer.lock"]),
    (".pub-cache", &["pubspec.lock"]),
];

const PYTHON: &[&str] = &["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "requirements.txt"];

/// Keys of a matrix that name the version of a runtime for which packages are built.
const RUNTIMES: [&str; 6] = ["python-version", "python", "py", "ruby-version", "ruby", "pyver"];

/// Folders of which packages for one version of the runtime do not work with another.
const BOUND: [&str; 4] = [".venv", "venv", "site-packages", "vendor/bundle"];

/// A step that restores a cache.
pub struct Cache<'t> {
    file: &'t File<'t>,
    job: &'t Job<'t>,
    key: Node<'t>,
    text: &'t str,
    restore: Option<Node<'t>>,
    paths: Vec<&'t str>,
}

impl<'t> Cache<'t> {
    /// Reads a step; nothing if it restores no cache.
    pub fn of(file: &'t File<'t>, job: &'t Job<'t>, step: Step<'t>) -> Option<Cache<'t>> {
        if !step.is_action("actions/cache") && !step.is_action("actions/cache/restore") {
            return None;
        }
        let key = step.input("key")?;
        let paths =
            step.input("path")?.text()?.lines().map(str::trim).filter(|path| !path.is_empty()).collect();
        Some(Cache { file, job, key, text: key.text()?, restore: step.input("restore-keys"), paths })
    }

    /// The first folder of installed packages that it holds.
    fn installed(&self) -> Option<(&'static str, &'static [&'static str])> {
        INSTALLED.into_iter().find(|(folder, _)| self.holds(folder))
    }

    /// The first folder of downloads that it holds.
    fn downloaded(&self) -> Option<(&'static str, &'static [&'static str])> {
        DOWNLOADED.into_iter().find(|(folder, _)| self.holds(folder))
    }

    fn holds(&self, folder: &str) -> bool {
        self.paths.iter().any(|path| {
            let path = path.trim_end_matches(['/', '*']);
            path.strip_suffix(folder).is_some_and(|before| before.is_empty() || before.ends_with('/'))
        })
    }
}

/// The quoted arguments of all `hashFiles` in a text, and whether it has one with others.
fn hashed(text: &str) -> (Vec<&str>, bool) {
    let (mut all, mut unknown) = (Vec::new(), false);
    for (at, _) in text.match_indices("hashFiles(") {
        let rest = &text[at + "hashFiles(".len()..];
        let Some(end) = rest.find(')') else { continue };
        for argument in rest[..end].split(',') {
            let argument = argument.trim();
            match argument.strip_prefix('\'').and_then(|argument| argument.strip_suffix('\'')) {
                Some(pattern) => all.push(pattern),
                None => unknown = true,
            }
        }
    }
    (all, unknown)
}

/// The expressions of a text.
fn expressions(text: &str) -> impl Iterator<Item = &str> {
    text.split("${{").skip(1).map(|rest| rest.split("}}").next().unwrap_or_default().trim())
}

/// True if an expression may hold a hash that was computed elsewhere.
fn may_follow(expression: &str) -> bool {
    ["steps.", "needs.", "env.", "inputs.", "vars.", "github.sha", "github.run_id", "github.event"]
        .iter()
        .any(|part| expression.contains(part))
}

/// Looks at all caches.
pub fn judge(caches: &[Cache<'_>], checkout: &Checkout, lockfiles: &[&str], record: &mut Record) {
    for cache in caches {
        let Some((folder, locks)) = cache.installed() else {
            downloads(cache, lockfiles, record);
            continue;
        };
        let place = cache.file.source.at_node(cache.key);
        let own: Vec<&str> =
            lockfiles.iter().copied().filter(|path| locks.contains(&paths::split(path).1)).collect();
        let (patterns, unknown) = hashed(cache.text);
        let finding = |message: String| {
            Finding::new(&CACHE_KEY, place.clone(), message).subject(format!("{} {folder}", cache.job.id))
        };
        let computed = unknown || expressions(cache.text).any(may_follow);
        if let (Some(lock), false) = (own.first(), computed) {
            let help = format!("add `${{{{ hashFiles('{lock}') }}}}` to the key");
            if patterns.is_empty() {
                let message = format!(
                    "the key is the same whatever `{lock}` says, so `{folder}` comes from the first run that wrote it"
                );
                record.push(finding(message).help(help));
                continue;
            }
            if !patterns.iter().any(|pattern| matches_any(pattern, &own)) {
                let nothing = !patterns
                    .iter()
                    .any(|pattern| checkout.files(|path| matches_any(pattern, &[path])).next().is_some());
                let message = match nothing {
                    true => format!("`hashFiles` finds no file here, so the key does not follow `{lock}`"),
                    false => format!(
                        "the key follows other files and not `{lock}`, which says what is in `{folder}`"
                    ),
                };
                record.push(finding(message).help(help).severity(Severity::Note));
                continue;
            }
        }
        legs(cache, folder, record, &finding);
    }
    collisions(caches, record);
}

/// A cache of downloads that is written once and never again, whatever is locked later.
fn downloads(cache: &Cache<'_>, lockfiles: &[&str], record: &mut Record) {
    let Some((folder, locks)) = cache.downloaded() else { return };
    let Some(lock) = lockfiles.iter().find(|path| locks.contains(&paths::split(path).1)) else { return };
    let (patterns, unknown) = hashed(cache.text);
    if !patterns.is_empty() || unknown || expressions(cache.text).any(may_follow) {
        return;
    }
    let message = format!(
        "the key is the same whatever `{lock}` says, so `{folder}` is kept as the first run left it, and what is locked later is downloaded every time"
    );
    record.push(
        Finding::new(&CACHE_KEY, cache.file.source.at_node(cache.key), message)
            .severity(Severity::Note)
            .help(format!(
                "add `${{{{ hashFiles('{lock}') }}}}` to the key, and the rest of it to `restore-keys`"
            ))
            .subject(format!("{} {folder}", cache.job.id)),
    );
}

/// Legs of a matrix with several versions of the runtime, and one key for all.
fn legs(cache: &Cache<'_>, folder: &str, record: &mut Record, finding: &dyn Fn(String) -> Finding) {
    if !BOUND.contains(&folder)
        || cache.text.contains("matrix.")
        || expressions(cache.text).any(|part| part.contains("steps.") || part.contains("env."))
    {
        return;
    }
    let matrix = cache.job.node.at(&["strategy", "matrix"]);
    let versions = matrix.into_iter().flat_map(|matrix| matrix.entries());
    let several = versions
        .filter(|(_, values)| values.items().len() > 1)
        .filter_map(|(key, _)| key.text())
        .find(|name| RUNTIMES.contains(name));
    if let Some(name) = several {
        let message = format!(
            "all legs of `{name}` share one key, so `{folder}` is that of whichever leg wrote it first"
        );
        record.push(finding(message).help(format!("add `${{{{ matrix.{name} }}}}` to the key")));
    }
}

/// Restore keys that reach the caches of another job. Only caches of the same paths are ever found.
fn collisions(caches: &[Cache<'_>], record: &mut Record) {
    /// More caches than any repository has.
    const MOST: usize = 500;
    for cache in caches.iter().take(MOST).filter(|cache| cache.installed().is_some()) {
        let Some(node) = cache.restore else { continue };
        let prefixes = node.text().unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty());
        for prefix in prefixes {
            let foreign = caches.iter().take(MOST).find(|other| {
                other.paths == cache.paths
                    && !std::ptr::eq(*other, cache)
                    && other.text.starts_with(prefix)
                    // The same key, up to what changes with the lockfile, is meant.
                    && stem(other.text) != stem(cache.text)
                    && !stem(other.text).is_empty()
            });
            let Some(other) = foreign else { continue };
            let message = format!(
                "`{}` also finds the caches of the job `{}`, whose key begins the same and goes on otherwise",
                prefix.chars().take(80).collect::<String>(),
                other.job.id
            );
            record.push(
                Finding::new(&CACHE_KEY, cache.file.source.at_node(node), message)
                    .severity(Severity::Note)
                    .related(other.file.source.at_node(other.key), "the other key")
                    .help("begin both keys with a word of their own, and the restore keys with the same")
                    .subject(format!("{} {prefix}", cache.job.id)),
            );
            break;
        }
    }
}

/// The key up to its first hash.
fn stem(key: &str) -> &str {
    let end = key.find("hashFiles").and_then(|at| key[..at].rfind("${{"));
    end.map_or(key, |end| &key[..end])
}

/// True if a pattern of `hashFiles` finds one of the files.
fn matches_any(pattern: &str, files: &[&str]) -> bool {
    let pattern = pattern.trim_start_matches("./").trim_start_matches("${{ github.workspace }}/");
    if !paths::is_pattern(pattern) {
        return files.contains(&pattern);
    }
    paths::folder_pattern(pattern).is_some_and(|glob| files.iter().any(|file| glob.is_match(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read() {
        assert_eq!(hashed("a-${{ hashFiles('x.lock', '**/y') }}"), (vec!["x.lock", "**/y"], false));
        assert!(hashed("${{ hashFiles(env.LOCK) }}").1);
        assert_eq!(stem("${{ runner.os }}-a-${{ hashFiles('x') }}"), "${{ runner.os }}-a-");
        assert!(matches_any("**/uv.lock", &["uv.lock"]) && matches_any("**/uv.lock", &["a/uv.lock"]));
        assert!(!matches_any("package.json", &["package-lock.json"]));
    }
}
