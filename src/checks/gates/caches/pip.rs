//! `cache: pip` of `actions/setup-python` where the job installs nothing of the files that make its key. Source: the
//! action's documentation: the key is made of `requirements.txt` and `pyproject.toml`, in every folder.

use crate::checks::Record;
use crate::finding::Finding;

use super::super::commands::unwrapped;
use super::super::jobs::JobFacts;
use super::CACHE_OF_OTHER_FILES;

pub(super) fn look(job: &JobFacts<'_, '_>, record: &mut Record) {
    for step in job.steps.iter().filter(|step| step.step.step.is_action("actions/setup-python")) {
        let Some(cache) = step.step.step.input("cache").filter(|node| node.text() == Some("pip")) else {
            continue;
        };
        if step.step.step.input("cache-dependency-path").is_some() || !only_names(job, step.index) {
            continue;
        }
        let message = "the key of this cache is made of `requirements.txt` and `pyproject.toml`, and the job installs \
                       packages by name: the cache does not change with them";
        let finding = Finding::new(&CACHE_OF_OTHER_FILES, job.scene.file.source.at_node(cache), message)
            .help("list the packages in a file, install that, and name it in `cache-dependency-path`")
            .subject(format!("{} {}", job.scene.id(), step.index));
        record.push(finding);
    }
}

/// True if every `pip install` behind a step names packages, there is one, and nothing else may install some.
fn only_names(job: &JobFacts<'_, '_>, from: usize) -> bool {
    let (mut found, mut other) = (false, false);
    for step in job.steps.iter().filter(|step| step.index > from) {
        let Some(script) = &step.step.script else { continue };
        let Some(list) = script.list() else { return false };
        list.walk(&mut |command| {
            let Some(simple) = command.simple() else { return };
            let words = unwrapped(&simple.words);
            let text = |at: usize| words.get(at).map(|word| word.text.as_str()).unwrap_or_default();
            let name = text(0);
            if matches!(name, "pip" | "pip3") && text(1) == "install" {
                let own = words.iter().skip(2);
                found |= own
                    .clone()
                    .any(|word| !matches!(&*word.text, "-U" | "--upgrade" | "pip" | "setuptools" | "wheel"));
                other |= own.into_iter().any(|word| {
                    let text = word.text.as_str();
                    let file = text.starts_with(['.', '/', '$'])
                        || text.contains(['/', '$'])
                        || text.ends_with(".txt");
                    file || matches!(text, "-r" | "-e" | "-c" | "--editable")
                        || text.starts_with("--requirement")
                        || text.starts_with("--group")
                });
            }
            let runs_others = name.contains('/')
                || name.ends_with(".sh")
                || matches!(
                    name,
                    "tox"
                        | "nox"
                        | "make"
                        | "just"
                        | "hatch"
                        | "pre-commit"
                        | "poetry"
                        | "pdm"
                        | "pipenv"
                        | "uv"
                        | "bash"
                        | "sh"
                        | "invoke"
                        | "inv"
                        | "pip-compile"
                        | "pip-sync"
                        | "python"
                        | "python3"
                );
            other |= runs_others;
        });
    }
    found && !other
}
