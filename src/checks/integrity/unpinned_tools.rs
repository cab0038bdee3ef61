//! Tools that a job installs in whatever version is newest on the day of the run.

use globset::GlobSet;

use super::documents::Document;
use super::{Scene, Unpinned};
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::model::Step;
use crate::workflow::scalar_text::Places;
use crate::workflow::shell_words::{self, Command, Part, Script};
use crate::workflow::wrappers::{self, Kind};

pub(super) static UNPINNED_TOOL: Rule = Rule {
    id: "integrity/unpinned-tool",
    severity: Severity::Note,
    category: Category::SupplyChain,
    summary: "a tool is installed in whatever version is newest on the day of the run",
    allow: Some("names of tools that need no version, as patterns, such as `build` or `@org/*`"),
};

/// What is installed, and what to write instead.
struct Loose {
    tool: String,
    help: String,
    /// The name is that of an action, which installs a tool of its own.
    by_action: bool,
}

pub(super) fn sweep(scene: &Scene<'_>, record: &mut Record) {
    let allowed = scene.context.allowed(&UNPINNED_TOOL, record);
    scene.repository.all().iter().for_each(|document| look(document, scene, &allowed, record));
}

fn look(document: &Document<'_>, scene: &Scene<'_>, allowed: &GlobSet, record: &mut Record) {
    let all = scene.context.settings.checks.integrity.unpinned == Unpinned::All;
    let Some(workflow) = &document.workflow else {
        return steps(document, &document.steps(), all, allowed, record);
    };
    for (job, publisher) in workflow.jobs.iter().zip(&document.publishers) {
        let serious = all || publisher.is_some();
        steps(document, &job.steps, serious, allowed, record);
    }
}

fn steps(document: &Document<'_>, steps: &[Step<'_>], serious: bool, allowed: &GlobSet, record: &mut Record) {
    let severity = if serious { Severity::Warning } else { Severity::Note };
    let mut places = Places::new(document.source);
    let mut report = |location, loose: Loose| {
        if allowed.is_match(&loose.tool) {
            return;
        }
        let message = match loose.by_action {
            true => format!("`{}` installs whatever version is newest on the day of the run", loose.tool),
            false => {
                format!("`{}` is installed in whatever version is newest on the day of the run", loose.tool)
            }
        };
        let finding = Finding::new(&UNPINNED_TOOL, location, message).severity(severity);
        record.push(finding.help(loose.help).subject(loose.tool));
    };
    for step in steps {
        if let Some((run, text)) = step.run().and_then(|run| Some((run, run.text()?))) {
            if !INSTALLERS.iter().any(|installer| text.contains(installer)) {
                continue;
            }
            let script = shell_words::read(text);
            for command in &script.commands {
                if let Some(loose) = installed(command).or_else(|| piped(command, &script)) {
                    report(document.source.at(places.of(run, command.range.clone())), loose);
                }
            }
        }
        for (key, value) in step.with().iter().flat_map(|with| with.entries()) {
            let (Some(name), Some(action)) = (key.text(), step.action()) else { continue };
            let is_version = name == "version" || name.ends_with("-version") || name.ends_with("_version");
            if is_version && value.text() == Some("latest") {
                let help = format!("write a version: `{name}: 1.2.3`");
                report(document.source.at_node(value), Loose { tool: action, help, by_action: true });
            }
        }
    }
}

/// Texts of which one stands in every script that installs something: a script without them needs no reading.
const INSTALLERS: [&str; 12] =
    ["npm", "npx", "yarn", "bun", "pip", "uv", "cargo", "go ", "gem", "dotnet", "curl", "wget"];

/// Options of installers that say which version, or where versions are said.
const SAID: [&str; 17] = [
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "--require-hashes",
    "-e",
    "--editable",
    "--version",
    "--vers",
    "-v",
    "--rev",
    "--tag",
    "--path",
    "--spec",
    "--from",
    "--no-index",
    "--group",
];

/// Options of installers whose value stands in the next word, and is no tool.
const VALUED: [&str; 24] = [
    "-p",
    "--python",
    "-i",
    "--index-url",
    "--index",
    "--extra-index-url",
    "--find-links",
    "-f",
    "-t",
    "--target",
    "--root",
    "--prefix",
    "--registry",
    "--features",
    "-F",
    "--platform",
    "--upgrade-strategy",
    "--with",
    "--git",
    "--branch",
    "--toolchain",
    "--profile",
    "--no-binary",
    "--only-binary",
];

/// What a command installs without a version.
fn installed(command: &Command) -> Option<Loose> {
    let mut words: Vec<&str> = command.words.iter().map(|word| word.literal().unwrap_or("$")).collect();
    words.drain(..wrappers::behind(&|at| words.get(at).copied(), &[Kind::Starter, Kind::Module]));
    if words.starts_with(&["uv", "pip"]) {
        words.remove(0);
    }
    let global = words.iter().any(|word| matches!(*word, "-g" | "--global"));
    let (skip, separator): (usize, &[&str]) = match words.as_slice() {
        ["npm" | "pnpm" | "bun", "i" | "install" | "add", ..] if global => (2, &["@"]),
        ["yarn", "global", "add", ..] => (3, &["@"]),
        ["pnpm" | "yarn", "dlx", ..] => (2, &["@"]),
        ["npx", first, ..] if matches!(*first, "-y" | "--yes") => (1, &["@"]),
        ["pip" | "pip3" | "pipx", "install", ..] => (2, &["==", " @ ", "@"]),
        ["uv", "tool", "install" | "run", ..] => (3, &["==", "@"]),
        ["uvx", ..] => (1, &["==", "@"]),
        ["cargo", "install" | "binstall", ..] => (2, &["@"]),
        ["go", "install" | "run", ..] => (2, &[]),
        ["gem", "install", ..] => (2, &[":"]),
        ["dotnet", "tool", "install", ..] => (3, &["@"]),
        _ => return None,
    };
    let rest = &words[skip..];
    let said = |word: &&str| SAID.contains(&word.split('=').next().unwrap_or_default());
    if rest.iter().any(said) {
        return None;
    }
    let one = matches!(words[0], "npx" | "uvx" | "pnpm" | "yarn") && skip < 3;
    let is_value = |at: usize| at > 0 && VALUED.contains(&rest[at - 1]);
    let named = rest.iter().enumerate().filter(|(at, word)| !word.starts_with('-') && !is_value(*at));
    let named = named.map(|(_, word)| *word);
    let named: Vec<&str> = if one { named.take(1).collect() } else { named.collect() };
    let tool = named.into_iter().find(|tool| is_loose(words[0], tool, separator))?;
    let tool = tool.trim_end_matches("@latest");
    let version = match words[0] {
        "pip" | "pip3" | "pipx" | "uv" | "uvx" => format!("`{tool}==1.2.3`"),
        "cargo" => format!("`{tool}@1.2.3`"),
        "gem" | "dotnet" => format!("`{tool} --version 1.2.3`"),
        "go" => format!("`{tool}@v1.2.3`"),
        _ => format!("`{tool}@1.2.3`"),
    };
    Some(Loose { tool: tool.to_owned(), help: format!("write a version: {version}"), by_action: false })
}

/// True for the name of something that has no version beside it.
fn is_loose(program: &str, tool: &str, separators: &[&str]) -> bool {
    // A path, an address, or what only the run knows.
    if tool.starts_with(['.', '/', '$', '~']) || tool.contains("://") || tool.contains(['*', '\\']) {
        return false;
    }
    if program == "go" {
        return tool.ends_with("@latest");
    }
    let is_file = [".whl", ".tgz", ".tar.gz", ".gem", ".zip"].iter().any(|end| tool.ends_with(end));
    // Those that come with the language, and only install.
    let basics = program.starts_with("pip") && matches!(tool, "pip" | "setuptools" | "wheel")
        || program.starts_with("uv") && tool.starts_with("python");
    if is_file || basics || tool.is_empty() {
        return false;
    }
    let scoped = tool.strip_prefix('@').unwrap_or(tool);
    if scoped.ends_with("@latest") {
        return true;
    }
    !separators.iter().any(|separator| scoped.contains(separator))
}

/// A download that a shell runs as it comes: `curl … | sh`, `sh -c "$(curl …)"`.
fn piped(command: &Command, script: &Script) -> Option<Loose> {
    let name = command.program().filter(|name| matches!(*name, "sh" | "bash" | "zsh"))?;
    let downloads = |command: &Command| matches!(command.program(), Some("curl" | "wget"));
    let source = script.commands.get(command.piped_from.clone())?.iter().find(|before| downloads(before))?;
    let address = source.words.iter().map(|word| word.text()).find(|word| word.contains("://"))?;
    // An address with a version in it is always the same, as far as its owner keeps to that.
    if source.words.iter().any(|word| word.parts.iter().any(|part| !matches!(part, Part::Text(_))))
        || has_version(&address)
    {
        return None;
    }
    let help = format!(
        "download a version, hold it against its checksum (`sha256sum --check`), and run it with `{name}`"
    );
    Some(Loose { tool: address, help, by_action: false })
}

fn has_version(address: &str) -> bool {
    let path = address
        .split_once("://")
        .map_or(address, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    path.split(['/', '-', '_', '@', '=']).any(|part| {
        let digits = part.trim_start_matches('v');
        digits.starts_with(|c: char| c.is_ascii_digit()) && digits.contains('.')
            || (part.len() >= 40 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(script: &str) -> Vec<String> {
        let read = shell_words::read(script);
        let loose = |command| installed(command).or_else(|| piped(command, &read));
        read.commands.iter().filter_map(loose).map(|loose| loose.tool).collect()
    }

    #[test]
    fn versions_that_nobody_wrote() {
        for (script, tool) in [
            ("npm install -g @org/tool", "@org/tool"),
            ("npx --yes @org/tool --yes", "@org/tool"),
            ("sudo npm i --global tool@latest", "tool"),
            ("python -m pip install --upgrade pip build", "build"),
            ("uv pip install twine", "twine"),
            ("pipx install poetry", "poetry"),
            ("uvx cibuildwheel --help", "cibuildwheel"),
            ("uv pip install --python python3.12 nox", "nox"),
            ("cargo install --locked cargo-hack", "cargo-hack"),
            ("go install golang.org/x/tools/cmd/stringer@latest", "golang.org/x/tools/cmd/stringer"),
            ("gem install bundler", "bundler"),
            ("dotnet tool install -g nbgv", "nbgv"),
            ("pnpm dlx pkg-pr-new publish", "pkg-pr-new"),
            ("curl -sSf https://example.com/install.sh | bash -s -- -y", "https://example.com/install.sh"),
            ("curl https://example.com/install.sh | sudo -E bash -", "https://example.com/install.sh"),
            ("sudo env A=b timeout 60 pip3 install twine", "twine"),
        ] {
            assert_eq!(found(script), [tool], "{script}");
        }
    }

    #[test]
    fn versions_that_somebody_wrote_and_what_has_none() {
        for script in [
            "npm install -g @org/tool@1.2.3",
            "npm install",
            "npm ci",
            "npx tsc",
            "npx lerna publish --yes",
            "pip install -r requirements.txt",
            "pip install -U pip",
            "pip install build==1.2.2",
            "pip install . ./dist/a.whl dist/*.whl",
            "pip install \"$PACKAGE\"",
            "uvx ruff@0.8.4 check",
            "cargo install --path .",
            "cargo install cargo-hack@0.6.33",
            "cargo install cargo-hack --version 0.6.33",
            "go install ./...",
            "go install golang.org/x/tools/cmd/stringer@v0.28.0",
            "gem install bundler -v 2.5.0",
            "curl -sSf https://example.com/v1.2.3/install.sh | sh",
            "curl -sSfO https://example.com/install.sh",
            "curl https://example.com/a.json | jq .",
        ] {
            assert_eq!(found(script), [""; 0], "{script}");
        }
    }
}
