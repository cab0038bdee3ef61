//! What becomes of a command's failure: does the script fail with it, or is it lost, and where.

use std::ops::Range;

use crate::workflow::shell::{
    Branch, Command, CommandKind, Item, Join, List, Options, Pipeline, Shell, ShellKind, Simple,
};
use crate::workflow::wrappers::base_name;

use super::super::commands::{self, Known};

/// Levels of commands within commands that are followed.
const MAX_DEPTH: usize = 60;

/// Commands between `&&` and `||` in a row that are judged.
const MAX_CHAIN: usize = 100;

/// Known commands of one script that are judged; longer scripts are generated.
const MAX_FATES: usize = 500;

/// Why a failure is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Loss {
    /// `|| true`, `|| echo …`: the place of what swallows it.
    Swallowed(Range<usize>),
    /// `a | b` without `pipefail`.
    Piped,
    /// `a && b` in the middle of a script: `set -e` does not count there.
    Chained,
    /// Another command comes behind it, and `set -e` is off.
    NotLast,
    /// `a &`, and nobody asks how it ended.
    Background,
    /// `if a; then … fi` that only prints.
    Condition,
}

/// A command whose purpose is known, with what becomes of its failure.
pub(in super::super) struct Fate<'l> {
    pub known: Known<'l>,
    pub range: Range<usize>,
    pub loss: Option<Loss>,
}

/// Every known command of a script, in the order of writing.
pub(in super::super) fn of<'l>(list: &'l List, text: &str, shell: Shell) -> Vec<Fate<'l>> {
    let powershell = matches!(shell.kind, ShellKind::PowerShell | ShellKind::Cmd);
    let asks = Asks {
        status: [
            "$?",
            "${?",
            "LASTEXITCODE",
            "PSNativeCommandUseErrorActionPreference",
            "errorlevel",
            "ERRORLEVEL",
        ]
        .iter()
        .any(|word| text.contains(word)),
        pipe: text.contains("PIPESTATUS") || text.contains("pipestatus"),
        wait: waits(list),
    };
    let mut walk = Walk { options: shell.options, powershell, asks, found: Vec::new(), depth: 0 };
    walk.list(list, None);
    walk.found
}

/// What the script asks for somewhere: then nothing is said to be lost that way.
#[derive(Clone, Copy)]
struct Asks {
    status: bool,
    pipe: bool,
    wait: bool,
}

/// True if some `wait` names a process, and so has its exit code.
fn waits(list: &List) -> bool {
    let mut found = false;
    list.walk(&mut |command| {
        found |= command
            .simple()
            .is_some_and(|simple| simple.name() == Some("wait") && !simple.arguments().is_empty());
    });
    found
}

struct Walk<'l> {
    options: Options,
    /// PowerShell and cmd end as the last program did that they ran; their own commands do not count.
    powershell: bool,
    asks: Asks,
    found: Vec<Fate<'l>>,
    depth: usize,
}

impl<'l> Walk<'l> {
    /// `inherited` is why every failure in here is lost.
    fn list(&mut self, list: &'l List, inherited: Option<&Loss>) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        for (index, item) in list.items.iter().enumerate() {
            let rest = list.items.get(index + 1..).unwrap_or_default();
            let is_last = if self.powershell { !rest.iter().any(runs_program) } else { rest.is_empty() };
            for (at, pipeline) in item.pipelines().enumerate() {
                let loss = inherited.cloned().or_else(|| self.of_pipeline(item, at, pipeline, is_last));
                self.pipeline(pipeline, loss.as_ref());
            }
        }
        self.depth -= 1;
    }

    fn of_pipeline(&self, item: &Item, at: usize, pipeline: &Pipeline, is_last: bool) -> Option<Loss> {
        if pipeline.negated || item.rest.len() > MAX_CHAIN {
            return None;
        }
        let rest = item.rest.get(at..).unwrap_or_default();
        if let Some(or) = rest.iter().position(|(join, _)| *join == Join::Or) {
            return swallows(&rest[or..]).then(|| Loss::Swallowed(rest[or].1.range()));
        }
        if item.background {
            return (!self.asks.wait).then_some(Loss::Background);
        }
        if is_last || self.asks.status {
            return None;
        }
        match (rest.is_empty(), self.options.errexit) {
            (true, true) => None,
            (_, false) if self.powershell => Some(Loss::NotLast),
            (true, false) => Some(Loss::NotLast),
            (false, _) => Some(Loss::Chained),
        }
    }

    fn pipeline(&mut self, pipeline: &'l Pipeline, loss: Option<&Loss>) {
        for (index, command) in pipeline.commands.iter().enumerate() {
            let piped = index + 1 < pipeline.commands.len()
                && !self.options.pipefail
                && !self.asks.pipe
                && !self.powershell
                && !pipeline.commands.last().and_then(Command::simple).is_some_and(judges);
            let loss = if piped && loss.is_none() { Some(&Loss::Piped) } else { loss };
            self.command(command, loss);
        }
    }

    fn command(&mut self, command: &'l Command, loss: Option<&Loss>) {
        let before = self.options;
        match &command.kind {
            CommandKind::Simple(simple) => self.simple(simple, command, loss),
            CommandKind::Group(list) => self.list(list, loss),
            CommandKind::Subshell(list) => {
                self.list(list, loss);
                self.options = before;
            }
            CommandKind::If(branches) => self.branches(branches, loss),
            CommandKind::For { body, .. } => self.list(body, loss),
            CommandKind::While { condition, body, .. } => {
                self.handled(condition);
                self.list(body, loss);
            }
            CommandKind::Case { arms, .. } => arms.iter().for_each(|(_, list)| self.list(list, loss)),
            // Where it is called from decides; its own lines are judged by themselves.
            CommandKind::Function { body, .. } => {
                self.command(body, None);
                self.options = before;
            }
            CommandKind::Test | CommandKind::Arithmetic | CommandKind::Coprocess(_) => {}
        }
    }

    fn simple(&mut self, simple: &'l Simple, command: &'l Command, loss: Option<&Loss>) {
        self.options.after(simple);
        if self.found.len() >= MAX_FATES {
            return;
        }
        if let Some(known) = commands::known(simple) {
            self.found.push(Fate { known, range: command.range.clone(), loss: loss.cloned() });
        }
        if simple.words.is_empty() {
            // `x=$(pytest)` fails as pytest does. Ranges inside a substitution are not those of the script.
            let nested = simple.assignments.iter().flat_map(|(_, value)| &value.nested);
            for list in nested {
                let first = self.found.len();
                self.list(list, loss);
                self.found[first..].iter_mut().for_each(|fate| fate.range = command.range.clone());
            }
        }
    }

    /// What decides about a condition is looked at by somebody, unless nothing but words comes of it.
    fn branches(&mut self, branches: &'l [Branch], loss: Option<&Loss>) {
        let empty = branches.iter().all(|branch| only_prints(&branch.body));
        for branch in branches {
            if let Some(condition) = &branch.condition {
                if empty {
                    self.list(condition, Some(&Loss::Condition));
                } else {
                    self.handled(condition);
                }
            }
            self.list(&branch.body, loss);
        }
    }

    /// Commands whose failure the script looks at.
    fn handled(&mut self, list: &'l List) {
        let (status, errexit) = (self.asks.status, self.options.errexit);
        self.asks.status = true;
        self.options.errexit = true;
        self.list(list, None);
        self.asks.status = status;
        self.options.errexit = errexit;
    }
}

/// True for commands that read what others found, and fail for it themselves.
fn judges(simple: &Simple) -> bool {
    let words = commands::unwrapped(&simple.words);
    let name = words.first().map(|word| base_name(&word.text)).unwrap_or_default();
    let fails = words.iter().any(|word| word.text.starts_with("-fail-") || word.text == "-set-exit-code");
    matches!(name, "mypy-baseline" | "tparse") || (matches!(name, "reviewdog" | "go-junit-report") && fails)
}

/// True if PowerShell runs a program for it: `Write-Host`, `$x = …` and the like are its own.
fn runs_program(item: &Item) -> bool {
    let mut commands = item.pipelines().flat_map(|pipeline| &pipeline.commands).filter_map(Command::simple);
    commands.any(|simple| {
        let name = simple.words.first().map(|word| word.text.as_str()).unwrap_or_default();
        let own = name.starts_with(['$', '[', '#', '&', '.'])
            || matches!(
                name.trim_start_matches('@'),
                "echo"
                    | "cd"
                    | "pushd"
                    | "popd"
                    | "ls"
                    | "dir"
                    | "md"
                    | "rd"
                    | "mkdir"
                    | "rmdir"
                    | "cp"
                    | "copy"
                    | "mv"
                    | "move"
                    | "rm"
                    | "del"
                    | "ren"
                    | "cat"
                    | "type"
                    | "rem"
                    | "set"
                    | "setlocal"
                    | "endlocal"
                    | "sleep"
                    | "cls"
                    | "exit"
            );
        let cmdlet = name.contains('-') && name.starts_with(|c: char| c.is_ascii_uppercase());
        !(name.is_empty() || own || cmdlet)
    })
}

/// True if what stands behind `||` succeeds whatever happens.
fn swallows(behind: &[(Join, Pipeline)]) -> bool {
    let fails_later = behind.iter().any(|(_, pipeline)| pipeline.commands.iter().any(can_fail_on_purpose));
    let first = behind.first().and_then(|(_, pipeline)| pipeline.only());
    !fails_later && first.is_some_and(always_succeeds)
}

fn always_succeeds(command: &Command) -> bool {
    match &command.kind {
        CommandKind::Simple(simple) => prints(simple) || is_exit_zero(simple),
        CommandKind::Group(list) | CommandKind::Subshell(list) => {
            let all = list.items.iter().flat_map(Item::pipelines).flat_map(|pipeline| &pipeline.commands);
            !list.items.is_empty() && all.into_iter().all(always_succeeds)
        }
        _ => false,
    }
}

fn can_fail_on_purpose(command: &Command) -> bool {
    let mut found = false;
    command.walk(&mut |inner| {
        found |= inner.simple().is_some_and(|simple| {
            matches!(simple.name(), Some("exit" | "return" | "false" | "kill")) && !is_exit_zero(simple)
        });
    });
    found
}

fn is_exit_zero(simple: &Simple) -> bool {
    matches!(simple.name(), Some("exit" | "return"))
        && simple.arguments().first().is_some_and(|code| code.literal() == Some("0"))
}

/// True for commands that say something and succeed.
pub(in super::super) fn prints(simple: &Simple) -> bool {
    matches!(simple.name(), Some("echo" | "printf" | "true" | ":"))
}

/// True if nothing in the list does anything but print.
pub(in super::super) fn only_prints(list: &List) -> bool {
    let commands = list.items.iter().flat_map(Item::pipelines).flat_map(|pipeline| &pipeline.commands);
    commands.into_iter().all(|command| match &command.kind {
        CommandKind::Simple(simple) => {
            let sets_output = command.redirects.iter().any(|redirect| {
                redirect.writes()
                    && ["GITHUB_OUTPUT", "GITHUB_ENV"].iter().any(|file| redirect.target.text.contains(file))
            });
            (prints(simple) || simple.name() == Some("cat")) && !sets_output
        }
        CommandKind::Group(list) | CommandKind::Subshell(list) | CommandKind::For { body: list, .. } => {
            only_prints(list)
        }
        CommandKind::If(branches) => branches.iter().all(|branch| only_prints(&branch.body)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::shell;

    fn loss(script: &str) -> Option<Loss> {
        loss_with(script, ShellKind::Bash, Options { errexit: true, pipefail: false })
    }

    fn loss_with(script: &str, kind: ShellKind, options: Options) -> Option<Loss> {
        let list = shell::parse(script).unwrap();
        let fates = of(&list, script, Shell { kind, options });
        assert_eq!(fates.len(), 1, "{script}");
        fates.into_iter().next().unwrap().loss
    }

    #[test]
    fn lost() {
        assert!(matches!(loss("pytest || true"), Some(Loss::Swallowed(_))));
        assert!(matches!(loss("pytest || echo none"), Some(Loss::Swallowed(_))));
        assert!(matches!(loss("pytest || { echo a; echo b; }"), Some(Loss::Swallowed(_))));
        assert!(matches!(loss("pytest || exit 0"), Some(Loss::Swallowed(_))));
        assert!(matches!(loss("(cd a && pytest) || :"), Some(Loss::Swallowed(_))));
        assert!(matches!(loss("cd a && \\\n  pytest || true"), Some(Loss::Swallowed(_))));
        assert_eq!(loss("pytest | tee log"), Some(Loss::Piped));
        assert_eq!(loss("pytest && echo ok\necho done"), Some(Loss::Chained));
        assert_eq!(loss("set +e\npytest\necho done"), Some(Loss::NotLast));
        assert_eq!(loss_with("pytest; echo done", ShellKind::Bash, Options::default()), Some(Loss::NotLast));
        assert_eq!(loss("pytest &\nsleep 1"), Some(Loss::Background));
        assert_eq!(loss("if pytest; then echo ok; else echo no; fi"), Some(Loss::Condition));
    }

    #[test]
    fn powershell_ends_as_its_last_program_did() {
        let loss = |script| loss_with(script, ShellKind::PowerShell, Options::default());
        assert_eq!(loss("pytest\ngit status"), Some(Loss::NotLast));
        assert_eq!(loss("pytest\nWrite-Host done"), None);
        assert_eq!(loss("pushd src\npytest\npopd"), None);
        assert_eq!(loss("pytest | Tee-Object log"), None);
        assert_eq!(loss("pytest\n$code = $LASTEXITCODE\ngit status"), None);
    }

    #[test]
    fn cmd_ends_as_its_last_program_did() {
        let loss = |script| loss_with(script, ShellKind::Cmd, Options::default());
        assert_eq!(loss("pytest\ngit status"), Some(Loss::NotLast));
        assert_eq!(loss("@echo off\npytest\necho done"), None);
        assert_eq!(loss("pytest || exit /b 1\ngit status"), None);
    }

    #[test]
    fn kept() {
        for script in [
            "pytest",
            "pytest; echo done",
            "pytest || exit 1",
            "pytest || { echo no; exit 1; }",
            "pytest || code=$?",
            "pytest || failed=1",
            "pytest || (echo no && false)",
            "set -o pipefail\npytest | tee log",
            "pytest | tee log\nexit ${PIPESTATUS[0]}",
            "mypy src | uv run mypy-baseline filter",
            "set +e\npytest\ncode=$?\nexit $code",
            "pytest &\nwait $!",
            "if ! pytest; then exit 1; fi",
            "pytest && echo ok",
            "echo a || true\npytest",
            "for d in a b; do (cd $d && pytest); done",
            "x=$(pytest)",
            "while ! pytest; do sleep 1; done",
            "! pytest",
        ] {
            assert_eq!(loss(script), None, "{script}");
        }
    }
}
