//! Installs in Dockerfiles.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkout::Source;
use crate::checks::Record;
use crate::workflow::shell;

use super::super::discover::{Standing, standing};
use super::super::paths;
use super::commands;
use super::dockerfile::{Instruction, instructions};
use super::installs::Scene;

/// Looks at the Dockerfiles of the repository.
pub fn judge(scene: &Scene<'_>, record: &mut Record) {
    let is_own = |path: &str| is_dockerfile(path) && standing(path) == Standing::Own;
    let paths: Vec<String> = scene.checkout.files(is_own).map(|entry| entry.path.to_string()).collect();
    for path in paths {
        match scene.checkout.read(&path) {
            Ok(source) => one(&source, scene, record),
            Err(error) => record.not_examined(format!("installs of `{path}`: {error}")),
        }
    }
}

fn is_dockerfile(path: &str) -> bool {
    let name = paths::split(path).1;
    ["Dockerfile", "Containerfile"].iter().any(|base| {
        name.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            || name.strip_suffix(base).is_some_and(|rest| rest.ends_with('.'))
    }) && !name.ends_with(".dockerignore")
}

/// What an image has been given so far.
#[derive(Default)]
struct Stage {
    name: String,
    /// Folders of the repository that its files may come from.
    folders: Vec<String>,
    variables: BTreeMap<String, String>,
    settled: BTreeSet<&'static str>,
}

fn one(source: &Source, scene: &Scene<'_>, record: &mut Record) {
    let own = paths::split(source.path()).0;
    let mut stage = Stage::default();
    for instruction in instructions(source.text()) {
        match instruction.name.as_str() {
            "FROM" => {
                let words: Vec<&str> = instruction.text.split_whitespace().collect();
                let name = match words.as_slice() {
                    [.., word, name] if word.eq_ignore_ascii_case("as") => name,
                    _ => words.last().copied().unwrap_or_default(),
                };
                stage = Stage { name: name.to_owned(), ..Stage::default() };
            }
            "COPY" | "ADD" => stage.folders.extend(copied(&instruction, own)),
            "ENV" => stage.variables.extend(variables(&instruction.text)),
            "RUN" => {
                let mounted = instruction.text.contains("--mount=type=bind");
                let mut folders = stage.folders.clone();
                if mounted {
                    folders.extend([own.to_owned()]);
                }
                // Nothing of the repository is in the image.
                if folders.is_empty() {
                    continue;
                }
                run(&instruction, &folders, source, &mut stage, scene, record);
            }
            _ => {}
        }
    }
}

fn run(
    instruction: &Instruction,
    folders: &[String],
    source: &Source,
    stage: &mut Stage,
    scene: &Scene<'_>,
    record: &mut Record,
) {
    let options: usize = leading_options(&instruction.text);
    let start = instruction.place.start + options;
    let text = &instruction.text[options..];
    let scripts = match instruction.scripts.as_slice() {
        [] if text.trim_start().starts_with('[') => {
            // The form of a list starts a program without a shell.
            let words: Vec<String> = serde_json::from_str(text.trim()).unwrap_or_default();
            let plain =
                |word: &String| !word.contains(|c: char| c.is_whitespace() || "'\"$&|;<>()".contains(c));
            let line = if words.iter().all(plain) { words.join(" ") } else { String::new() };
            vec![(line, None)]
        }
        [] => vec![(text.to_owned(), Some(start))],
        several => {
            several.iter().map(|range| (source.text()[range.clone()].to_owned(), Some(range.start))).collect()
        }
    };
    for (script, at) in scripts.into_iter().filter(|(script, _)| commands::occur_in(script)) {
        let Ok(list) = shell::parse(&script) else { continue };
        let variable = |name: &str| stage.variables.get(name).cloned();
        for unlocked in scene.script(&list, folders, &variable, &mut stage.settled) {
            let range = match at {
                Some(at) => at + unlocked.range.start..at + unlocked.range.end,
                None => instruction.place.start..instruction.place.start + instruction.text.trim_end().len(),
            };
            record.push(unlocked.finding(source.at(range), &stage.name));
        }
    }
}

/// The length of blanks and `--mount=…`, `--network=…` at the beginning.
fn leading_options(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        let word = rest.trim_start();
        if !word.starts_with("--") {
            return at + blank;
        }
        at += blank + word.find(char::is_whitespace).unwrap_or(word.len());
    }
}

/// Folders of the repository that an instruction copies from; the context is usually the folder of the Dockerfile or
/// the root.
fn copied(instruction: &Instruction, own: &str) -> Vec<String> {
    let text = instruction.text.trim();
    if text.contains("--from=") {
        return Vec::new();
    }
    let words: Vec<String> = match text.starts_with('[') {
        true => serde_json::from_str(text).unwrap_or_default(),
        false => text.split_whitespace().filter(|word| !word.starts_with("--")).map(str::to_owned).collect(),
    };
    let sources = words.split_last().map_or(&[][..], |(_, sources)| sources);
    let mut folders = Vec::new();
    for source in sources {
        let plain = source.trim_end_matches('/').trim_matches(['"', '\'']);
        // `package*.json` lies in its folder, `web` may be one itself.
        let (folder, name) = paths::split(plain);
        let folder = if name.contains(['.', '*', '[']) && name != "." { folder } else { plain };
        if folder.contains(['$', '*', '[']) {
            continue;
        }
        for context in [own, ""] {
            folders.extend(paths::join(context, folder).filter(|path| !folders.contains(path)));
        }
    }
    folders
}

/// `A=1 B="2"`, or the older `A 1`.
fn variables(text: &str) -> Vec<(String, String)> {
    let text = text.trim();
    let first = text.split_whitespace().next().unwrap_or_default();
    if !first.contains('=') {
        let value = text[first.len()..].trim();
        return vec![(first.to_owned(), value.to_owned())];
    }
    let pairs = text.split_whitespace().filter_map(|word| word.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.trim_matches(['"', '\'']).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dockerfiles_are_known_by_name() {
        for path in ["Dockerfile", "a/Dockerfile.dev", "web.Dockerfile", "Containerfile"] {
            assert!(is_dockerfile(path), "{path}");
        }
        for path in ["Dockerfile.dockerignore", "Dockerfiles", "docker/a.yml"] {
            assert!(!is_dockerfile(path), "{path}");
        }
    }

    #[test]
    fn variables_and_sources_are_read() {
        assert_eq!(variables(" CI true\n"), [("CI".to_owned(), "true".to_owned())]);
        assert_eq!(variables(" A=1 B=\"x\""), [("A".into(), "1".into()), ("B".into(), "x".into())]);
        assert_eq!(leading_options(" --mount=type=cache,target=/x  npm ci"), 31);
        let one = &instructions("COPY web/package*.json ./\n")[0];
        assert_eq!(copied(one, "docker"), ["docker/web", "web"]);
        assert!(copied(&instructions("COPY --from=a /x /y\n")[0], "").is_empty());
    }
}
