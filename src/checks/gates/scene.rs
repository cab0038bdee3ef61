//! What the rules look at: the workflows, their jobs with parsed scripts, and the names that they report.

use std::sync::{Arc, OnceLock};

use crate::checkout::Source;
use crate::checks::Context;
use crate::location::Location;
use crate::tree::Node;
use crate::workflow::library::File;
use crate::workflow::model::{Job, Step};
use crate::workflow::scalar_text;
use crate::workflow::shell::{self, List, NoTree, Shell, ShellKind};

/// The whole repository.
pub(super) struct Scene<'t> {
    /// The workflows, sorted by path.
    pub files: &'t [File<'t>],
    /// Every job of every workflow.
    pub jobs: Vec<JobScene<'t>>,
    /// Everything else.
    pub context: &'t Context<'t>,
}

/// A job with its steps.
pub(super) struct JobScene<'t> {
    pub file: &'t File<'t>,
    pub job: &'t Job<'t>,
    pub steps: Vec<StepScene<'t>>,
}

/// A step with its script.
pub(super) struct StepScene<'t> {
    pub step: Step<'t>,
    /// The script, if it runs one.
    pub script: Option<Script<'t>>,
}

/// The script of a step.
pub(super) struct Script<'t> {
    pub source: &'t Source,
    pub node: Node<'t>,
    pub text: &'t str,
    pub shell: Shell,
    /// Its tree, or why there is none, once somebody has asked for it.
    list: OnceLock<Result<Arc<List>, Option<NoTree>>>,
}

impl<'t> Scene<'t> {
    pub fn of(files: &'t [File<'t>], context: &'t Context<'t>) -> Self {
        let jobs =
            files.iter().flat_map(|file| file.workflow.jobs.iter().map(move |job| JobScene::of(file, job)));
        Scene { files, jobs: jobs.collect(), context }
    }
}

impl<'t> JobScene<'t> {
    pub fn of(file: &'t File<'t>, job: &'t Job<'t>) -> Self {
        let steps = job.steps.iter().map(|step| StepScene { step: *step, script: script(file, job, *step) });
        JobScene { file, job, steps: steps.collect() }
    }

    /// Where the job's id is written.
    pub fn place(&self) -> Location {
        self.file.source.at_node(self.job.key)
    }

    /// What the job is called in messages: its id.
    pub fn id(&self) -> &'t str {
        self.job.id
    }

    /// True if a script of it that bash does not read may be for the Windows among its runners.
    pub fn may_be_powershell(&self, step: &Step<'_>) -> bool {
        let windows = shell::speaks_of_windows(self.file.source.text());
        windows && !shell::is_sure(&self.file.workflow, self.job, step, &|| windows)
    }

    /// True if a text occurs in the job's part of the file.
    pub fn mentions(&self, text: &str) -> bool {
        self.file.source.text().get(self.job.node.range()).is_some_and(|own| own.contains(text))
    }
}

fn script<'t>(file: &'t File<'t>, job: &'t Job<'t>, step: Step<'t>) -> Option<Script<'t>> {
    let node = step.run()?;
    let text = node.text()?;
    let shell = shell::shell_of(&file.workflow, job, &step);
    Some(Script { source: file.source, node, text, shell, list: OnceLock::new() })
}

/// True if a line of PowerShell or cmd goes on in the next.
fn goes_on(text: &str) -> bool {
    text.lines().any(|line| line.trim_end().ends_with(['^', '`']))
}

/// True if a script is one simple command after another.
fn only_commands(list: &List) -> bool {
    list.items.iter().all(|item| {
        item.pipelines().all(|pipeline| pipeline.commands.iter().all(|own| own.simple().is_some()))
    })
}

impl Script<'_> {
    /// Its tree, if it is in a language that we read and parses.
    pub fn list(&self) -> Option<&List> {
        let parse = || match self.shell.kind {
            // They are other languages, and their simple commands read alike: a script that is nothing else is judged.
            ShellKind::PowerShell | ShellKind::Cmd if goes_on(self.text) => Err(None),
            ShellKind::PowerShell | ShellKind::Cmd => {
                self.tree().ok().filter(|list| only_commands(list)).ok_or(None)
            }
            kind if kind.is_posix() => self.tree().map_err(Some),
            _ => Err(None),
        };
        self.list.get_or_init(parse).as_deref().ok()
    }

    fn tree(&self) -> Result<Arc<List>, NoTree> {
        shell::tree_of(self.source, self.node)
    }

    /// Why it is not judged, although somebody asked for it: it is a script of bash or sh that is not read.
    pub fn unread(&self) -> Option<NoTree> {
        self.list.get()?.as_ref().err().copied().flatten()
    }

    /// Where a part of the script is written.
    pub fn at(&self, part: std::ops::Range<usize>) -> Location {
        self.source.at(scalar_text::source_range(self.source, self.node, part))
    }
}
