//! Which commands install what, and which of them keep to the lockfile. Behaviour of the tools' current versions,
//! as their documentation and their programs have it in November 2026.

use crate::rule::Severity;

/// A command that may install something else than the lockfile says.
pub struct Install {
    /// The tool, as the finding's subject.
    pub tool: &'static str,
    /// Names of its lockfiles.
    pub locks: &'static [&'static str],
    /// What the command does.
    pub does: &'static str,
    /// What to write instead.
    pub instead: &'static str,
    /// How bad.
    pub severity: Severity,
}

/// What a command means for the lockfile.
pub enum Meaning {
    /// Nothing.
    None,
    /// It fails if the lockfile does not fit, or takes nothing but what the lockfile says.
    Locked(&'static str),
    /// It may install something else.
    Unlocked(Install),
}

/// Options that send a tool to another folder: which lockfile counts is then not known.
const ELSEWHERE: [&str; 12] = [
    "--prefix",
    "--cwd",
    "--directory",
    "--project",
    "--manifest-path",
    "-C",
    "--dir",
    "--working-dir",
    "-d",
    "-chdir",
    "--global",
    "-g",
];

/// Programs whose commands have a meaning.
const PROGRAMS: [&str; 19] = [
    "uv",
    "npm",
    "yarn",
    "pnpm",
    "bun",
    "deno",
    "cargo",
    "poetry",
    "pdm",
    "pipenv",
    "composer",
    "bundle",
    "go",
    "dotnet",
    "terraform",
    "tofu",
    "mix",
    "dart",
    "flutter",
];

/// True if a command in the text may have a meaning: a script without one needs no reading.
pub fn occur_in(script: &str) -> bool {
    PROGRAMS.iter().any(|program| script.contains(program))
}

const REWRITES: &str = "resolves anew and rewrites the lockfile where it does not fit the manifest";
const IGNORES: &str = "takes the newest versions that fit, whatever the lockfile says";

/// The meaning of a command with its literal arguments. `set` answers whether a variable is set to something that
/// is not false, `CI` included; `classic` whether the yarn.lock is one of yarn 1.
pub fn meaning(words: &[&str], set: &dyn Fn(&str) -> bool, classic: bool) -> Meaning {
    let Some((program, arguments)) = words.split_first() else { return Meaning::None };
    if arguments.iter().any(|word| {
        let option = word.split('=').next().unwrap_or_default();
        ELSEWHERE.contains(&option)
    }) {
        return Meaning::None;
    }
    let has = |names: &[&str]| arguments.iter().any(|word| names.contains(word));
    let named: Vec<&str> = arguments.iter().copied().filter(|word| !word.starts_with('-')).collect();
    let first = named.first().copied().unwrap_or_default();
    let more = named.len() > 1;
    let unlocked = |tool, locks, does, instead, severity| {
        Meaning::Unlocked(Install { tool, locks, does, instead, severity })
    };
    if !PROGRAMS.contains(program) {
        return Meaning::None;
    }
    match (*program, first) {
        ("uv", "sync" | "run" | "export") => {
            let locked = has(&["--locked", "--frozen", "--no-sync", "--check"])
                || ["UV_LOCKED", "UV_FROZEN", "UV_NO_SYNC"].iter().any(|name| set(name));
            match (locked, first) {
                (true, _) => Meaning::Locked("uv"),
                (false, "sync") => unlocked(
                    "uv",
                    &["uv.lock"],
                    REWRITES,
                    "`uv sync --locked`, or `UV_LOCKED: 1` in `env`",
                    Severity::Warning,
                ),
                (false, "run") if !has(&["--no-project", "--script", "-s", "--isolated"]) => unlocked(
                    "uv",
                    &["uv.lock"],
                    REWRITES,
                    "`uv run --locked`, or `UV_LOCKED: 1` in `env`",
                    Severity::Note,
                ),
                _ => Meaning::None,
            }
        }
        ("uv", "lock") if has(&["--check", "--locked"]) => Meaning::Locked("uv"),
        ("npm", "ci" | "clean-install") => Meaning::Locked("npm"),
        ("npm", "install" | "i" | "add") if !more => {
            if has(&["--no-save"]) || has(&["--package-lock-only"]) {
                return Meaning::None;
            }
            let locks: &[&str] = &["package-lock.json", "npm-shrinkwrap.json"];
            unlocked("npm", locks, REWRITES, "`npm ci`", Severity::Warning)
        }
        ("npm", "update" | "up" | "upgrade") => unlocked(
            "npm",
            &["package-lock.json", "npm-shrinkwrap.json"],
            IGNORES,
            "`npm ci`",
            Severity::Note,
        ),
        ("yarn", "" | "install") => {
            if has(&["--immutable", "--frozen-lockfile", "--version", "--help"]) {
                Meaning::Locked("yarn")
            } else if has(&["--no-immutable", "--no-frozen-lockfile"])
                || set("YARN_ENABLE_IMMUTABLE_INSTALLS=false")
            {
                unlocked("yarn", &["yarn.lock"], REWRITES, "`yarn install --immutable`", Severity::Warning)
            } else if classic {
                unlocked(
                    "yarn",
                    &["yarn.lock"],
                    REWRITES,
                    "`yarn install --frozen-lockfile`",
                    Severity::Warning,
                )
            } else if set("CI") {
                // Later versions are immutable by themselves there.
                Meaning::Locked("yarn")
            } else {
                unlocked("yarn", &["yarn.lock"], REWRITES, "`yarn install --immutable`", Severity::Warning)
            }
        }
        ("pnpm", "ci") => Meaning::Locked("pnpm"),
        ("pnpm", "install" | "i") if !more => {
            let thaws = has(&["--no-frozen-lockfile", "--frozen-lockfile=false"]);
            // Frozen by itself where `CI` is set.
            let frozen = set("CI") || has(&["--frozen-lockfile", "--frozen-lockfile=true", "--offline"]);
            match frozen && !thaws {
                true => Meaning::Locked("pnpm"),
                false => unlocked(
                    "pnpm",
                    &["pnpm-lock.yaml"],
                    REWRITES,
                    "`pnpm install --frozen-lockfile`",
                    Severity::Warning,
                ),
            }
        }
        ("pnpm", "update" | "up") => {
            unlocked("pnpm", &["pnpm-lock.yaml"], IGNORES, "`pnpm install --frozen-lockfile`", Severity::Note)
        }
        ("bun", "ci") => Meaning::Locked("bun"),
        ("bun", "install" | "i") if !more => match has(&["--frozen-lockfile"]) {
            true => Meaning::Locked("bun"),
            false => unlocked("bun", &["bun.lock", "bun.lockb"], REWRITES, "`bun ci`", Severity::Note),
        },
        ("deno", "install") if !more => match has(&["--frozen", "--frozen=true"]) {
            true => Meaning::Locked("deno"),
            false => unlocked("deno", &["deno.lock"], REWRITES, "`deno install --frozen`", Severity::Note),
        },
        ("cargo", "install") if has(&["--path"]) && !has(&["--locked", "--frozen"]) => unlocked(
            "cargo install",
            &["Cargo.lock"],
            IGNORES,
            "`cargo install --locked --path …`",
            Severity::Warning,
        ),
        (
            "cargo",
            "build" | "b" | "test" | "t" | "check" | "c" | "clippy" | "run" | "r" | "bench" | "doc" | "fetch"
            | "publish",
        ) => match has(&["--locked", "--frozen"]) {
            true => Meaning::Locked("cargo"),
            false => {
                unlocked("cargo", &["Cargo.lock"], REWRITES, "`--locked` behind the command", Severity::Note)
            }
        },
        ("cargo", "update") => unlocked(
            "cargo update",
            &["Cargo.lock"],
            IGNORES,
            "nothing: `cargo build --locked` takes what was reviewed",
            Severity::Note,
        ),
        ("poetry", "update") => {
            unlocked("poetry", &["poetry.lock"], IGNORES, "`poetry install`", Severity::Note)
        }
        ("pdm", "install") if !more => {
            match has(&["--frozen-lockfile", "--no-lock", "--check"]) || set("PDM_FROZEN_LOCKFILE") {
                true => Meaning::Locked("pdm"),
                false => unlocked(
                    "pdm",
                    &["pdm.lock"],
                    REWRITES,
                    "`pdm install --check` or `pdm sync`",
                    Severity::Warning,
                ),
            }
        }
        ("pdm", "sync") => Meaning::Locked("pdm"),
        ("pdm", "update") => unlocked("pdm", &["pdm.lock"], IGNORES, "`pdm sync`", Severity::Note),
        ("pipenv", "sync" | "verify") => Meaning::Locked("pipenv"),
        ("pipenv", "install") if !more => match has(&["--deploy", "--ignore-pipfile"]) {
            true => Meaning::Locked("pipenv"),
            false => unlocked(
                "pipenv",
                &["Pipfile.lock"],
                REWRITES,
                "`pipenv install --deploy` or `pipenv sync`",
                Severity::Warning,
            ),
        },
        ("pipenv", "update") => {
            unlocked("pipenv", &["Pipfile.lock"], IGNORES, "`pipenv sync`", Severity::Note)
        }
        ("composer", "update" | "upgrade" | "u") if !has(&["--lock"]) => {
            unlocked("composer", &["composer.lock"], IGNORES, "`composer install`", Severity::Note)
        }
        ("bundle", "" | "install") => {
            let frozen = has(&["--frozen", "--deployment", "--local"])
                || ["BUNDLE_FROZEN", "BUNDLE_DEPLOYMENT"].iter().any(|name| set(name));
            match frozen {
                true => Meaning::Locked("bundler"),
                false => unlocked(
                    "bundler",
                    &["Gemfile.lock", "gems.locked"],
                    REWRITES,
                    "`BUNDLE_FROZEN: true` in `env`",
                    Severity::Note,
                ),
            }
        }
        ("bundle", "config") if has(&["frozen", "deployment"]) && has(&["true", "1"]) => {
            Meaning::Locked("bundler")
        }
        ("bundle", "update") => {
            unlocked("bundler", &["Gemfile.lock", "gems.locked"], IGNORES, "`bundle install`", Severity::Note)
        }
        ("go", "build" | "test" | "run" | "install" | "vet" | "list") if has(&["-mod=mod"]) => {
            unlocked("go", &["go.sum"], REWRITES, "the command without `-mod=mod`", Severity::Warning)
        }
        ("dotnet", "restore") => match has(&["--locked-mode"]) {
            true => Meaning::Locked("dotnet"),
            false => unlocked(
                "dotnet",
                &["packages.lock.json"],
                REWRITES,
                "`dotnet restore --locked-mode`",
                Severity::Note,
            ),
        },
        ("terraform" | "tofu", "init") => match has(&["-lockfile=readonly", "--lockfile=readonly"]) {
            true => Meaning::Locked("terraform"),
            false if has(&["-upgrade", "--upgrade"]) => unlocked(
                "terraform",
                &[".terraform.lock.hcl"],
                IGNORES,
                "`terraform init -lockfile=readonly`",
                Severity::Note,
            ),
            false => unlocked(
                "terraform",
                &[".terraform.lock.hcl"],
                REWRITES,
                "`terraform init -lockfile=readonly`",
                Severity::Note,
            ),
        },
        ("mix", "deps.get") => match has(&["--check-locked"]) {
            true => Meaning::Locked("mix"),
            false => {
                unlocked("mix", &["mix.lock"], REWRITES, "`mix deps.get --check-locked`", Severity::Note)
            }
        },
        ("dart" | "flutter", "pub") if has(&["get"]) => match has(&["--enforce-lockfile"]) {
            true => Meaning::Locked("pub"),
            false => {
                unlocked("pub", &["pubspec.lock"], REWRITES, "`pub get --enforce-lockfile`", Severity::Note)
            }
        },
        _ => Meaning::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(command: &str, variable: &str, classic: bool) -> Option<&'static str> {
        let words: Vec<&str> = command.split(' ').collect();
        match meaning(&words, &|name| name == variable || name == "CI", classic) {
            Meaning::Unlocked(install) => Some(install.tool),
            _ => None,
        }
    }

    #[test]
    fn commands_keep_to_the_lockfile_or_do_not() {
        for command in [
            "npm install",
            "npm i --ignore-scripts",
            "uv sync",
            "pdm install",
            "pipenv install",
            "cargo test",
        ] {
            assert!(tool(command, "", false).is_some(), "{command}");
        }
        for command in [
            "npm ci",
            "npm install left-pad",
            "npm install -g x",
            "uv sync --locked",
            "uv lock",
            "pnpm install",
            "poetry install",
            "composer install",
            "go build",
            "cargo fmt",
            "cargo test --locked",
            "npm --prefix web install",
            "ls",
        ] {
            assert!(tool(command, "", false).is_none(), "{command}");
        }
        assert_eq!(tool("uv sync", "UV_FROZEN", false), None);
        assert_eq!(tool("yarn", "", true), Some("yarn"));
        assert_eq!(tool("yarn", "", false), None);
        assert_eq!(tool("pnpm install --no-frozen-lockfile", "", false), Some("pnpm"));
    }

    #[test]
    fn some_tools_keep_to_the_lockfile_by_themselves_in_ci_alone() {
        let outside = |command: &str| {
            let words: Vec<&str> = command.split(' ').collect();
            matches!(meaning(&words, &|_| false, false), Meaning::Unlocked(_))
        };
        assert!(outside("pnpm install") && outside("yarn"));
        assert!(!outside("pnpm install --frozen-lockfile") && !outside("yarn --immutable"));
    }
}
