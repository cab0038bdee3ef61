//! Programs of this machine: where they are, what they say about their version, and about a text. Only this file starts any.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::environment::Environment;

/// Longest that a program may take to say its version.
const LONGEST: Duration = Duration::from_secs(20);

/// Most that is read of what it says, in bytes.
const MOST: u64 = 1 << 16;

/// Most that is read of its answer to a text, in bytes.
const MOST_ANSWERED: u64 = 8 << 20;

/// Variables that a program needs to say its version. The others may be secrets, and stay here.
const HANDED_ON: [&str; 12] = [
    "PATH",
    "HOME",
    "LANG",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "PATHEXT",
    "USERPROFILE",
    "LOCALAPPDATA",
    "JAVA_HOME",
    "DOTNET_ROOT",
];

/// Programs whose version is asked for in another way than by `--version`.
const ASKED: [(&str, &[&str]); 12] = [
    ("kubectl", &["version", "--client"]),
    ("oc", &["version", "--client"]),
    ("helm", &["version", "--short"]),
    ("go", &["version"]),
    ("kustomize", &["version"]),
    ("argocd", &["version", "--client", "--short"]),
    ("flyctl", &["version"]),
    ("pulumi", &["version"]),
    ("vault", &["version"]),
    ("openssl", &["version"]),
    ("java", &["-version"]),
    ("ssh", &["-V"]),
];

/// Where a program is: the first file of its name in the folders of `PATH` that can be run.
pub fn find(name: &str, environment: &Environment) -> Option<PathBuf> {
    let path = environment.get_os("PATH")?;
    let ends = endings(environment);
    // A relative folder is one of the repository: what lies there is not installed.
    std::env::split_paths(path).filter(|folder| folder.is_absolute()).find_map(|folder| {
        ends.iter().map(|end| folder.join(format!("{name}{end}"))).find(|file| can_run(file))
    })
}

fn endings(environment: &Environment) -> Vec<String> {
    if !cfg!(windows) {
        return vec![String::new()];
    }
    let known = environment.get("PATHEXT").unwrap_or(".COM;.EXE;.BAT;.CMD");
    std::iter::once(String::new()).chain(known.split(';').map(str::to_ascii_lowercase)).collect()
}

#[cfg(unix)]
fn can_run(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn can_run(file: &Path) -> bool {
    file.is_file()
}

/// What a program says when it is asked for its version; `Err` says why it said nothing.
pub fn version(program: &Path, name: &str, environment: &Environment) -> Result<String, String> {
    let asked = ASKED.iter().find(|(known, _)| *known == name).map_or(&["--version"][..], |(_, asked)| asked);
    let (said, _) = run(program, asked, None, (LONGEST, MOST), environment)?;
    // What a program prints before it hangs is an answer all the same.
    let said = said.join("\n");
    if said.trim().is_empty() { Err("it says nothing about its version".to_owned()) } else { Ok(said) }
}

/// What a program prints when it is given a text; `Err` says why that is not to be had.
pub fn answer(
    program: &Path,
    arguments: &[&str],
    text: &str,
    longest: Duration,
    environment: &Environment,
) -> Result<String, String> {
    let (said, ended) = run(program, arguments, Some(text), (longest, MOST_ANSWERED), environment)?;
    let [answer, _] = said;
    if ended { Ok(answer) } else { Err("it takes too long".to_owned()) }
}

/// What a program prints on both streams within a time, and whether it ended by then.
fn run(
    program: &Path,
    arguments: &[&str],
    text: Option<&str>,
    (longest, most): (Duration, u64),
    environment: &Environment,
) -> Result<([String; 2], bool), String> {
    let mut command = command(program, arguments, environment);
    if text.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().map_err(|error| format!("it cannot be started: {error}"))?;
    if let (Some(mut input), Some(text)) = (child.stdin.take(), text) {
        let text = text.to_owned();
        // Not joined: a program that does not read must not hold us up.
        std::thread::spawn(move || {
            let _ = input.write_all(text.as_bytes());
        });
    }
    let (sender, texts) = mpsc::channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
    ];
    for (index, stream) in streams.into_iter().enumerate() {
        let (Some(stream), sender) = (stream, sender.clone()) else { continue };
        // Not joined: a process that the program left behind may hold the stream open.
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stream.take(most).read_to_end(&mut bytes);
            let _ = sender.send((index, String::from_utf8_lossy(&bytes).into_owned()));
        });
    }
    drop(sender);
    let start = Instant::now();
    let mut said = [String::new(), String::new()];
    let mut left = 2;
    while left > 0 {
        match texts.recv_timeout(longest.saturating_sub(start.elapsed())) {
            Ok((index, text)) => (said[index], left) = (text, left - 1),
            Err(_) => break,
        }
    }
    let ended = left == 0 && ended_within(&mut child, Duration::from_secs(1));
    if !ended {
        let _ = child.kill();
    }
    let _ = child.wait();
    Ok((said, ended))
}

fn command(program: &Path, asked: &[&str], environment: &Environment) -> Command {
    let mut command = Command::new(program);
    command.args(asked).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in HANDED_ON {
        if let Some(value) = environment.get_os(name) {
            command.env(OsStr::new(name), value);
        }
    }
    command
}

fn ended_within(child: &mut std::process::Child, time: Duration) -> bool {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(None) if start.elapsed() < time => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => return false,
            Ok(Some(_)) | Err(_) => return true,
        }
    }
}
