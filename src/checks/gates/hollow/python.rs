//! Checks that a Python script starts and whose exit code it drops. Only statements of one line are read that are
//! nothing but the call; scripts with texts of several lines are not read at all.

use std::ops::Range;

use crate::checks::Record;
use crate::finding::Finding;
use crate::workflow::shell::{self, Command, Item, ShellKind, Word};

use super::super::commands;
use super::super::jobs::JobFacts;
use super::{LOST_FAILURE, severity};

/// Functions that return the exit code and do nothing about it.
const CALLS: [&str; 3] = ["os.system", "subprocess.run", "subprocess.call"];

pub(super) fn look(job: &JobFacts<'_, '_>, record: &mut Record) {
    for step in &job.steps {
        let Some(script) = &step.step.script else { continue };
        if script.shell.kind != ShellKind::Python || step.forgiven.is_some() {
            continue;
        }
        for (range, function, name) in dropped(script.text) {
            let message =
                format!("the failure of `{name}` is lost: `{function}` returns it, and nobody looks");
            let finding = Finding::new(&LOST_FAILURE, script.at(range), message)
                .severity(severity(job, &LOST_FAILURE))
                .help("write `subprocess.run([…], check=True)`")
                .subject(format!("{} {} {name}", job.scene.id(), step.index));
            record.push(finding);
        }
    }
}

/// The statements that drop the exit code of a known check, each with its function and the name of the check.
fn dropped(script: &str) -> Vec<(Range<usize>, &'static str, String)> {
    if script.contains("\"\"\"") || script.contains("'''") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = 0;
    for line in script.split_inclusive('\n') {
        let statement = line.trim();
        let start = at + line.find(statement).unwrap_or_default();
        at += line.len();
        let call =
            CALLS.iter().find_map(|name| Some((*name, statement.strip_prefix(name)?.strip_prefix('(')?)));
        let Some((function, arguments)) = call else { continue };
        let name = command(arguments).and_then(|command| known(&command));
        if let Some(name) = name {
            found.push((start..start + statement.len(), function, name));
        }
    }
    found
}

/// The command of a call that ends with its line: a text, or a list of texts; nothing if the call looks at the
/// exit code itself.
fn command(arguments: &str) -> Option<String> {
    let (first, rest) = match arguments.strip_prefix('[') {
        Some(list) => {
            let mut words = Vec::new();
            let mut rest = list;
            loop {
                let (word, behind) = text(rest.trim_start())?;
                words.push(word);
                rest = behind.trim_start();
                match rest.strip_prefix(']') {
                    Some(behind) => break (words.join(" "), behind),
                    None => rest = rest.strip_prefix(',')?,
                }
            }
        }
        None => text(arguments).map(|(text, rest)| (text.to_owned(), rest))?,
    };
    let options = rest.strip_suffix(')')?;
    let plain =
        !options.contains(['(', ')', '#']) && (options.is_empty() || options.trim_start().starts_with(','));
    (plain && !options.contains("check")).then_some(first)
}

/// A plain text without escapes, and what stands behind it.
fn text(source: &str) -> Option<(&str, &str)> {
    let quote = source.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (text, rest) = source.get(1..)?.split_once(quote)?;
    (!text.contains('\\')).then_some((text, rest))
}

/// The check that a command is.
fn known(command: &str) -> Option<String> {
    let list = shell::parse(command).ok()?;
    let [item] = list.items.as_slice() else { return None };
    let pipelines: Vec<_> = Item::pipelines(item).collect();
    let [pipeline] = pipelines.as_slice() else { return None };
    let simple = pipeline.only().and_then(Command::simple)?;
    let known = commands::known(simple)?;
    let words: &[Word] = known.words;
    (known.kind.is_check() && !words.is_empty()).then_some(known.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(script: &str) -> Vec<String> {
        dropped(script).into_iter().map(|(_, _, name)| name).collect()
    }

    #[test]
    fn an_exit_code_that_nobody_looks_at() {
        for script in [
            "import os\nos.system('pytest -q')\n",
            "os.system(\"pytest\")",
            "if True:\n    subprocess.run(['pytest', '-q'])",
            "subprocess.run('pytest tests', shell=True)",
            "subprocess.call([\"pytest\"], cwd='a')",
        ] {
            assert_eq!(names(script), ["pytest"], "{script}");
        }
    }

    #[test]
    fn everything_else() {
        for script in [
            "subprocess.run(['pytest'], check=True)",
            "subprocess.check_call(['pytest'])",
            "code = os.system('pytest')",
            "sys.exit(os.system('pytest'))",
            "subprocess.run(['pytest']).check_returncode()",
            "# os.system('pytest')",
            "print(\"os.system('pytest')\")",
            "x = '''\nos.system('pytest')\n'''",
            "os.system('echo pytest')",
            "os.system('pytest || exit 1')",
            "subprocess.run(",
            "os.system('pytest",
        ] {
            assert_eq!(names(script), Vec::<String>::new(), "{script}");
        }
    }
}
