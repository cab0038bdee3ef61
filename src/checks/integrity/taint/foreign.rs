//! Files of strangers in the workspace: checkouts of their code, artifacts of their runs; and outputs of actions that
//! hold what they wrote.

use super::flow::Flow;
use super::protocol::Outputs;
use super::values::Scope;
use super::{Kind, Origin, Taint, Writer};
use crate::checks::integrity::reach::Events;
use crate::checks::integrity::{data, executes};
use crate::location::Location;
use crate::tree::Node;
use crate::workflow::expression;
use crate::workflow::model::Step;
use crate::workflow::shell_words::{self, Command, Word};

/// Files of strangers.
#[derive(Clone, Debug)]
pub struct Foreign {
    pub taint: Taint,
    pub what: What,
    /// The folder that they are in; the whole workspace if it is not known.
    pub folder: Option<String>,
    /// What brings them.
    pub place: Location,
    /// True if the script that brings them goes on to run something.
    pub is_run: bool,
}

/// What kind of files they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Checkout,
    Artifact,
}

/// What an action brings into the workspace.
pub fn brought_by<'d>(flow: &Flow<'d>, step: &Step<'d>, scope: &Scope<'_, 'd>) -> Option<Foreign> {
    let folder = || step.input("path").and_then(|path| path.text()).map(str::to_owned);
    if step.is_action("actions/checkout") {
        let code = |input: &str| {
            let node = step.input(input)?;
            let named =
                flow.text(node, scope).and_then(|taint| taint.only(|origin| origin.kind.names_code()));
            Some((named.or_else(|| pull_ref(node))?, node))
        };
        let (taint, node) = code("ref").or_else(|| code("repository"))?;
        let place = scope.document.source.at_node(node);
        return Some(Foreign {
            taint: files(taint),
            what: What::Checkout,
            folder: folder(),
            place,
            is_run: false,
        });
    }
    let of_another_run = (step.is_action("actions/download-artifact") && step.input("run-id").is_some())
        || step.is_action("dawidd6/action-download-artifact")
        || step.is_action("marcofaggian/action-download-multiple-artifacts")
        || step.is_action("aochmann/actions-download-artifact");
    let by_script = step.is_action("actions/github-script")
        && step
            .input("script")
            .and_then(|script| script.text())
            .is_some_and(|text| text.contains("downloadArtifact"));
    (of_another_run || by_script).then(|| Foreign {
        taint: artifact(),
        what: What::Artifact,
        folder: folder().filter(|_| !by_script),
        place: scope.document.source.at_node(step.uses().unwrap_or(step.node)),
        is_run: false,
    })
}

/// `refs/pull/${{ … }}/merge`
fn pull_ref(node: Node<'_>) -> Option<Taint> {
    let text = node.text()?;
    let embedded = expression::embedded(text);
    let parsed = embedded.first()?.parsed.as_ref().ok()?;
    let mut path = None;
    parsed.accesses(&mut |_, found| path = path.take().or(Some(found)));
    let is_pull = text.contains("refs/pull/") || text.starts_with("pull/");
    is_pull.then(|| {
        Taint::of(Origin {
            name: path.unwrap_or_else(|| "the pull request".to_owned()),
            kind: Kind::CODE,
            writer: Writer::Outsider,
            events: Events::ALL,
        })
    })
}

fn artifact() -> Taint {
    Taint::of(Origin {
        name: "an artifact of the run that came before".to_owned(),
        kind: Kind::FILE,
        writer: Writer::Outsider,
        events: Events::named("workflow_run"),
    })
}

/// The files of what a value names.
fn files(mut taint: Taint) -> Taint {
    for origin in &mut taint.origins {
        origin.kind = origin.kind.or(Kind::FILE);
    }
    taint
}

/// What a command at a place brings into the workspace. `rest` is what the script does behind it.
pub fn brought_by_command(
    command: &Command,
    arguments: &[Option<Taint>],
    scope: &Scope<'_, '_>,
    rest: &str,
    place: impl FnOnce() -> Location,
) -> Option<Foreign> {
    let literal = |index: usize| command.words.get(index).and_then(Word::literal).unwrap_or_default();
    let (what, taint, folder) = match (command.name()?, literal(1), literal(2)) {
        ("gh", "pr", "checkout") | ("hub", "pr", "checkout") => (What::Checkout, pull_request(), None),
        ("gh", "run", "download") if !scope.reach.events().and(Events::named("workflow_run")).is_empty() => {
            let at = command.words.iter().position(|word| matches!(word.literal(), Some("-D" | "--dir")));
            let folder = at.and_then(|at| command.words.get(at + 1)?.literal()).map(str::to_owned);
            (What::Artifact, artifact(), folder)
        }
        ("git", "fetch", _) if !is_taken_out(command, rest) => return None,
        ("git", "fetch" | "pull" | "checkout" | "switch" | "reset" | "merge" | "clone" | "worktree", _) => {
            (What::Checkout, named_by(command, arguments)?, None)
        }
        _ => return None,
    };
    let is_run = shell_words::read(rest).commands.iter().any(executes::runs_something);
    Some(Foreign { taint, what, folder, place: place(), is_run })
}

/// The code of a pull request, as commands bring it.
fn pull_request() -> Taint {
    Taint::of(Origin {
        name: "the pull request".to_owned(),
        kind: Kind::CODE.or(Kind::FILE),
        writer: Writer::Outsider,
        events: Events::ALL,
    })
}

/// The strangers' code that the arguments of `git` name.
fn named_by(command: &Command, arguments: &[Option<Taint>]) -> Option<Taint> {
    // A new branch has a name, and starts here unless something else is named.
    let creates = |word: &Word| matches!(word.literal(), Some("-b" | "-B" | "-c" | "-C" | "--orphan"));
    let from = command.words.iter().position(creates).map_or(0, |at| at + 2);
    let code = |taint: &Taint| taint.clone().only(|origin| origin.kind.names_code());
    let named = arguments.get(from..).unwrap_or_default().iter().flatten().find_map(code).map(files);
    let pull = |word: &Word| {
        let text = word.text();
        text.contains("pull/") && (text.contains("/head") || text.contains("/merge"))
    };
    named.or_else(|| command.words.iter().any(pull).then(pull_request))
}

/// True if what `git fetch` brings into the repository may get into the workspace: it names a branch for it, or the
/// script goes on with git.
fn is_taken_out(command: &Command, rest: &str) -> bool {
    const TAKES: [&str; 7] = ["checkout", "switch", "reset", "merge", "rebase", "worktree", "cherry-pick"];
    command.words.iter().skip(2).any(|word| word.text().contains(':'))
        || TAKES.iter().any(|verb| rest.contains(&format!("git {verb}")))
}

/// What a file that a script names may hold, if it is a stranger's.
pub fn holding(foreign: &[Foreign], word: &Word) -> Option<Taint> {
    let text = word.text();
    let path = text.strip_prefix("./").unwrap_or(&text);
    let looks_like_file =
        !path.is_empty() && !path.starts_with(['-', '/', '.', '\'', '{', '[']) && !path.contains(' ');
    foreign.iter().rev().find_map(|foreign| {
        let inside = match foreign.folder.as_deref().map(|folder| folder.trim_start_matches("./")) {
            // A folder that an expression names: the script names it in the same way, or not at all.
            Some(folder) if folder.contains("${{") => looks_like_file,
            Some(folder) if !folder.is_empty() && folder != "." => {
                path.starts_with(folder.trim_end_matches('/'))
            }
            _ => {
                looks_like_file
                    && (path.contains('.') || path.contains('/') || foreign.what == What::Artifact)
            }
        };
        inside.then(|| foreign.taint.clone()).map(file_of)
    })
}

/// What a file of what a value names holds, called so.
fn file_of(mut taint: Taint) -> Taint {
    for origin in taint.origins.iter_mut().filter(|origin| !origin.name.contains(' ')) {
        origin.name = format!("a file of `{}`", origin.name);
    }
    taint
}

/// Outputs of actions that hold what outsiders wrote.
pub fn outputs_of(step: &Step<'_>, scope: &Scope<'_, '_>, foreign: &[Foreign]) -> Outputs {
    let mut outputs = Outputs::default();
    let Some(action) = step.action() else { return outputs };
    for [action, output, kind, condition] in data::TAINTED_OUTPUTS.named(&action) {
        let holds = || match condition.split_once('=').filter(|_| !condition.starts_with("on:")) {
            Some((input, values)) => step
                .input(input)
                .and_then(|value| value.text())
                .is_some_and(|text| values.split('|').any(|value| value == text)),
            None => true,
        };
        if !holds() {
            continue;
        }
        let of_events = condition.strip_prefix("on:").map(Events::listed);
        let kind = Kind::parse(kind);
        let taint = if kind == Kind::FILE {
            let Some(foreign) = foreign.last() else { continue };
            foreign.taint.clone()
        } else {
            let events = Events::ALL.without(Events::listed("schedule,workflow_dispatch"));
            let id = step.node.get("id").and_then(|id| id.text()).unwrap_or("…");
            let name = format!("`steps.{id}.outputs.{output}` of `{action}`");
            Taint::of(Origin {
                name,
                kind,
                writer: Writer::Outsider,
                events: of_events.unwrap_or(events).and(scope.reach.events()),
            })
        };
        match output {
            "*" => outputs.set_all(taint),
            output if output.starts_with('*') => outputs.set_ending(&output[1..], taint),
            output => outputs.set(output, taint),
        }
    }
    outputs
}
