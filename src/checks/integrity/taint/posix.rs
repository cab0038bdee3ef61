//! Values on their way through a POSIX shell script: into variables, outputs and the runner's files, and into what
//! runs them.
//!
//! A variable in quotes is data. It becomes code where a command reads its argument as a script, and it becomes
//! another step's environment through `GITHUB_ENV` and `GITHUB_PATH`.

use std::collections::HashMap;
use std::ops::Range;

use super::foreign::{self, Foreign};
use super::protocol::{File, Outputs};
use super::script::Script;
use super::values::Values;
use super::{Taint, posix_tools as tools, union};
use crate::workflow::shell_words::{self, Command, Part, Word};

/// Where a value ends badly.
#[derive(Clone, Debug)]
pub struct Sink {
    pub kind: SinkKind,
    pub taint: Taint,
    /// Bytes of the script.
    pub range: Range<usize>,
    /// The command that does it, or the file that is written.
    pub by: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkKind {
    /// It is run as a command.
    Command,
    /// It sets variables, or the search path, of the steps that follow.
    Environment,
    /// It is split into arguments of a command.
    Split,
}

/// What a script does with the values it has.
#[derive(Default)]
pub struct Result {
    pub outputs: Outputs,
    /// Variables of the steps that follow.
    pub env: Values,
    pub sinks: Vec<Sink>,
    pub brings: Option<Foreign>,
}

/// Follows the values through a script.
pub fn follow(text: &str, around: &Script<'_, '_>) -> Result {
    if !around.is_worth_reading(text) {
        return Result::default();
    }
    let script = shell_words::read(text);
    let mut follower = Follower {
        text,
        around,
        variables: HashMap::new(),
        output: File::default(),
        environment: File::default(),
        result: Result::default(),
    };
    follower.commands(&script.commands);
    let Follower { output, environment, mut result, .. } = follower;
    result.outputs = output.outputs;
    if let Some(taint) = output.breaks_out {
        result.outputs.set_all(taint);
    }
    result.env = environment.outputs.into_named();
    result
}

/// A script that is being followed.
pub(super) struct Follower<'a, 'f, 'd> {
    pub(super) text: &'a str,
    around: &'a Script<'f, 'd>,
    /// Variables that the script sets; `None` for those that it has cleaned.
    variables: HashMap<String, Option<Taint>>,
    pub(super) output: File,
    pub(super) environment: File,
    pub(super) result: Result,
}

impl Follower<'_, '_, '_> {
    /// Runs commands in order, and gives what they print that no other command reads.
    fn commands(&mut self, commands: &[Command]) -> Option<Taint> {
        let mut printed: Vec<Option<Taint>> = Vec::with_capacity(commands.len());
        for command in commands {
            let piped = printed.get_mut(command.piped_from.clone()).unwrap_or_default();
            let input = union(piped.iter_mut().map(Option::take));
            let feeding = commands.get(command.piped_from.clone()).unwrap_or_default();
            let output = self.command(command, input, feeding);
            printed.push(output);
        }
        union(printed)
    }

    /// Runs a command, and gives what it prints.
    fn command(&mut self, command: &Command, piped: Option<Taint>, feeding: &[Command]) -> Option<Taint> {
        for (name, value) in &command.assignments {
            let taint = self.word(value);
            self.assign(name, value, taint);
        }
        let here = union(command.here.iter().map(|word| self.word(word)).collect::<Vec<_>>());
        let files = union(command.reads.iter().map(|file| self.file(file)).collect::<Vec<_>>());
        let input = union([piped, here, files]);
        let arguments: Vec<Option<Taint>> = command.words.iter().map(|word| self.word(word)).collect();
        self.check(command, feeding);
        self.set(command, &input, &arguments);
        self.run(command, &input, &arguments);
        self.split(command);
        let place = || self.around.place(self.trimmed(command));
        let rest = self.text.get(command.range.end..).unwrap_or_default();
        let brought = foreign::brought_by_command(command, &arguments, self.around.scope, rest, place);
        self.result.brings = self.result.brings.take().or(brought);
        let output = self.printed(command, input, &arguments);
        let output = if tools::takes_a_word(command) { output.map(Taint::word) } else { output };
        let output = if tools::begins_lines(command) { output.map(Taint::line) } else { output };
        self.write(command, &output, &arguments)
    }

    /// What a word may hold.
    fn word(&mut self, word: &Word) -> Option<Taint> {
        union(word.parts.iter().map(|part| self.part(part)).collect::<Vec<_>>())
    }

    pub(super) fn part(&mut self, part: &Part) -> Option<Taint> {
        match part {
            Part::Text(_) => None,
            Part::Variable(variable) if variable.filtered => None,
            Part::Variable(variable) => self.variable(&variable.name),
            Part::Expression(range) => self.around.expression(self.text.get(range.clone())?),
            Part::Output(script) => {
                // `$(<file)`
                let read = script.commands.iter().flat_map(|command| &command.reads);
                let files = union(read.map(|file| self.file(file)).collect::<Vec<_>>());
                union([self.commands(&script.commands), files])
            }
        }
    }

    /// What a variable holds here.
    fn variable(&self, name: &str) -> Option<Taint> {
        match self.variables.get(name) {
            Some(own) => own.clone(),
            None => self.around.variable(name),
        }
    }

    /// What a file that is read may hold.
    fn file(&self, word: &Word) -> Option<Taint> {
        if word.names("GITHUB_EVENT_PATH") {
            return super::sources::of("github.event");
        }
        foreign::holding(self.around.foreign, word)
    }

    fn assign(&mut self, name: &str, value: &Word, taint: Option<Taint>) {
        let place = || (self.around.place(value.range.clone()), format!("into the variable `{name}`"));
        let taint = taint.map(|taint| taint.through(place));
        let reads_itself = reads(value, name);
        let known = self.variable(name);
        let after = match taint {
            // `TITLE=$(echo "$TITLE" | tr -cd a-z)`
            None if reads_itself => None,
            // The other branch of an `if` may have set it.
            taint => union([known, taint]),
        };
        if after.is_some() || reads_itself {
            self.variables.insert(name.to_owned(), after);
        }
    }

    /// Commands that set variables from what they read: `read`, `for`, `printf -v`.
    fn set(&mut self, command: &Command, input: &Option<Taint>, arguments: &[Option<Taint>]) {
        let named =
            |index: usize| command.words.get(index).and_then(|word| word.literal()).map(str::to_owned);
        match command.name() {
            Some("read" | "mapfile" | "readarray") => {
                let Some(taint) = input else { return };
                for word in command.words.iter().skip(1) {
                    if let Some(name) = word.literal().filter(|name| !name.starts_with('-')) {
                        self.variables.insert(name.to_owned(), Some(taint.clone()));
                    }
                }
            }
            Some("for") => {
                let taint = union(arguments.iter().skip(3).cloned());
                if let (Some(name), Some(taint)) = (named(1), taint) {
                    self.variables.insert(name, Some(taint));
                }
            }
            Some("printf") if named(1).as_deref() == Some("-v") => {
                let taint = union(arguments.iter().skip(3).cloned());
                if let (Some(name), Some(taint)) = (named(2), taint) {
                    self.variables.insert(name, Some(taint));
                }
            }
            _ => {}
        }
    }

    /// A variable that is held against a pattern is taken for clean after that.
    fn check(&mut self, command: &Command, feeding: &[Command]) {
        let checks = match command.name() {
            Some("[[") => command.words.iter().any(|word| word.literal() == Some("=~")),
            Some("grep" | "egrep") => {
                let quiet = |word: &Word| {
                    word.literal()
                        .is_some_and(|text| text == "--quiet" || text.starts_with('-') && text.contains('q'))
                };
                command.words.iter().any(quiet)
                    && command.words.iter().any(|word| word.text().starts_with('^'))
            }
            _ => false,
        };
        if command.name() == Some("git")
            && command.words.get(1).and_then(Word::literal) == Some("check-ref-format")
        {
            for name in command.words.iter().flat_map(variables_of) {
                let word = self.variable(&name).map(Taint::word);
                self.variables.insert(name, word);
            }
        }
        if checks {
            let words = command.words.iter().chain(&command.here);
            let words = words.chain(feeding.iter().flat_map(|command| &command.words));
            for name in words.flat_map(variables_of) {
                self.variables.insert(name, None);
            }
        }
    }

    /// Commands that run their arguments, or what they read, as a script.
    fn run(&mut self, command: &Command, input: &Option<Taint>, arguments: &[Option<Taint>]) {
        let Some((by, which)) = tools::runs(command) else { return };
        let taint = match which {
            tools::Runs::Input => input.clone(),
            tools::Runs::Argument(index) => arguments.get(index).cloned().flatten(),
            tools::Runs::Arguments(from) => union(arguments.iter().skip(from).cloned()),
        };
        let Some(taint) = taint.and_then(|taint| taint.only(|origin| origin.kind.is_text())) else { return };
        let tainted = arguments.iter().position(Option::is_some);
        let word = tainted.and_then(|index| command.words.get(index)).or(command.words.first());
        let range = word.map_or(command.range.clone(), |word| word.range.clone());
        self.result.sinks.push(Sink { kind: SinkKind::Command, taint, range, by });
    }

    /// What the command prints.
    fn printed(&self, command: &Command, input: Option<Taint>, arguments: &[Option<Taint>]) -> Option<Taint> {
        if let Some(taint) = tools::source(command, &input) {
            return Some(taint);
        }
        match tools::passes(command) {
            tools::Passes::Nothing => None,
            tools::Passes::Input => input,
            tools::Passes::InputAndFiles => {
                let files = command.words.iter().skip(1).map(|word| self.file(word));
                union([input].into_iter().chain(files))
            }
            tools::Passes::Arguments => union(arguments.iter().skip(1).cloned()),
        }
    }
}

/// The variables that a word reads, those inside substitutions included.
fn variables_of(word: &Word) -> Vec<String> {
    let of = |part: &Part| match part {
        Part::Variable(variable) => vec![variable.name.clone()],
        Part::Output(script) => script
            .commands
            .iter()
            .flat_map(|command| command.words.iter().chain(&command.here))
            .flat_map(variables_of)
            .collect(),
        _ => Vec::new(),
    };
    word.parts.iter().flat_map(of).collect()
}

fn reads(word: &Word, name: &str) -> bool {
    variables_of(word).iter().any(|read| read == name)
}
