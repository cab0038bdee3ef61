//! What the test drivers share: a throw-away repository, and the real binary in a clean environment.
#![allow(dead_code, reason = "each driver uses its part")]
#![allow(clippy::unwrap_used, reason = "tests")]

pub mod contract;
pub mod git_server;
pub mod github;
pub mod server;
pub mod tls;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that disappears with the value.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    pub fn with(files: &[(&str, &str)]) -> Folder {
        let folder = Folder::new();
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let place = self.path().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, text).unwrap();
        place
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).unwrap()
    }
}

/// What a run printed, and how it ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("no JSON: {error}\n{}\n{}", self.out, self.err))
    }
}

/// The real binary, without anything in the environment that could change what it does.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ci-guard"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let scrubbed = ["GITHUB_", "RUNNER_", "INPUT_", "ACTIONS_", "GIT_", "CLICOLOR", "SSL_"];
        let exact = ["CI", "NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS"];
        if scrubbed.iter().any(|prefix| name.starts_with(prefix))
            || exact.contains(&name.as_str())
            || name.to_uppercase().ends_with("_PROXY")
            || name.to_uppercase().contains("TOKEN")
        {
            command.env_remove(&name);
        }
    }
    if let Some(path) = quiet_path() {
        command.env("PATH", path);
    }
    command.current_dir(folder);
    command
}

/// The path, with a shellcheck in front that finds nothing: what a machine has must change no expectation.
fn quiet_path() -> Option<&'static std::ffi::OsString> {
    static PATH: std::sync::OnceLock<Option<std::ffi::OsString>> = std::sync::OnceLock::new();
    let made = PATH.get_or_init(|| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("quiet-{}", std::process::id()));
        std::fs::create_dir_all(&place).ok()?;
        program(&place.join("shellcheck"), "cat >/dev/null; echo '{\"comments\":[]}'")?;
        let known = std::env::var_os("PATH")?;
        std::env::join_paths(std::iter::once(place).chain(std::env::split_paths(&known))).ok()
    });
    made.as_ref()
}

/// A script of sh that can be run as a program.
#[cfg(unix)]
pub fn program(place: &Path, script: &str) -> Option<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(place, format!("#!/bin/sh\n{script}\n")).ok()?;
    std::fs::set_permissions(place, std::fs::Permissions::from_mode(0o755)).ok()
}

/// There are no such programs here.
#[cfg(not(unix))]
pub fn program(_: &Path, _: &str) -> Option<()> {
    None
}

pub fn finish(mut command: Command) -> Run {
    let Output { status, stdout, stderr } = command.output().unwrap();
    Run {
        code: status.code().unwrap_or(-1),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// Runs the binary in a folder.
pub fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = command(folder);
    command.args(arguments).envs(variables.iter().copied());
    finish(command)
}

/// A step of GitHub Actions: its variables, and its files as the runner makes them.
pub struct Step {
    pub files: Folder,
}

impl Step {
    pub fn new() -> Step {
        let files = Folder::with(&[("output", ""), ("summary", ""), ("event.json", "{}")]);
        std::fs::create_dir(files.path().join("temp")).unwrap();
        Step { files }
    }

    pub fn run(&self, workspace: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let at = |name: &str| self.files.path().join(name);
        let mut command = command(workspace);
        command
            .args(arguments)
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_WORKSPACE", workspace)
            .env("GITHUB_EVENT_NAME", "push")
            .env("GITHUB_EVENT_PATH", at("event.json"))
            .env("GITHUB_REPOSITORY", "org/repo")
            .env("GITHUB_SERVER_URL", "https://github.example")
            .env("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567")
            .env("GITHUB_OUTPUT", at("output"))
            .env("GITHUB_STEP_SUMMARY", at("summary"))
            .env("RUNNER_TEMP", at("temp"))
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .envs(variables.iter().copied());
        finish(command)
    }

    /// The outputs, read as the runner reads them.
    pub fn outputs(&self) -> std::collections::BTreeMap<String, String> {
        let text = self.files.read("output");
        let mut lines = text.lines();
        let mut outputs = std::collections::BTreeMap::new();
        while let Some(line) = lines.next() {
            let (key, delimiter) = line.split_once("<<").unwrap_or_else(|| panic!("{line:?} is no heredoc"));
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
            outputs.insert(key.to_owned(), value.join("\n"));
        }
        outputs
    }

    pub fn summary(&self) -> String {
        self.files.read("summary")
    }
}

/// What a run adds when its tables of facts are old: true, and no part of what a case expects.
pub const OLD_FACTS: [&str; 2] = ["facts more than 180 days old", "was last gone through"];

/// Takes out what differs from run to run: times, ages in days, and notes on tables that have grown old.
pub fn without_times(text: &str) -> String {
    let mut result = String::new();
    for line in text.lines().filter(|line| !OLD_FACTS.iter().any(|words| line.contains(words))) {
        let mut line = line.to_owned();
        for (unit, ends, instead) in [
            (" ms", [' ', '|'], "TIME"),
            (" s", [' ', '|'], "TIME"),
            (" days old", [',', ';'], "AGE days old"),
        ] {
            replace_number(&mut line, unit, ends, instead);
        }
        result += line.trim_end();
        result.push('\n');
    }
    result
}

/// Replaces the number before `unit`, if that unit's first place ends the line or one of `ends` follows it: the time
/// of a check, but not the times that a report of the case holds.
fn replace_number(line: &mut String, unit: &str, ends: [char; 2], instead: &str) {
    let Some(end) = line.find(unit) else { return };
    let after = line[end + unit.len()..].chars().next();
    let start = line[..end].rfind([' ', '|']).map_or(0, |at| at + 1);
    let number = &line[start..end];
    if after.is_none_or(|c| ends.contains(&c))
        && !number.is_empty()
        && number.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '<')
    {
        line.replace_range(start..end + unit.len(), instead);
    }
}

/// Compares with a file, or writes it when `UPDATE=1` is set.
pub fn expect_file(path: &Path, actual: &str) -> Result<(), String> {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, actual).unwrap();
        return Ok(());
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    if expected == actual {
        return Ok(());
    }
    Err(format!(
        "{} differs (UPDATE=1 rewrites it)\n--- expected\n{expected}\n--- actual\n{actual}",
        path.display()
    ))
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy(&entry.path(), &target);
        } else if kind.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(std::fs::read_link(entry.path()).unwrap(), target).unwrap();
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Runs git in a folder with a fixed identity; `None` if there is no git here.
pub fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "commit.gpgsign=false"])
        .args(["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .ok()?;
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Fails where a document is not what a schema in `tests/expected` asks for.
pub fn expect_schema(name: &str, document: &serde_json::Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected").join(name);
    let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {}\n{document:#}", errors.join("\n"));
}

/// The id that git gives a blob.
pub fn git_blob_id(content: &str) -> String {
    ci_guard::lock::store::objects::id_of(gix::objs::Kind::Blob, content.as_bytes()).unwrap()
}
