//! The tree of a script: lists of and-or lists of pipelines of commands, as POSIX names them.

use std::ops::Range;

/// Commands one after another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// In the order of writing.
    pub items: Vec<Item>,
}

/// `a && b || c`, with what ends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The first pipeline.
    pub first: Pipeline,
    /// The others, each with what joins it to those before.
    pub rest: Vec<(Join, Pipeline)>,
    /// True if it ends with `&`.
    pub background: bool,
}

/// What stands between two pipelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// `a | b`
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// True behind `!`.
    pub negated: bool,
    /// At least one.
    pub commands: Vec<Command>,
}

/// A command, with its redirections where it is a compound one.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// What it is.
    pub kind: CommandKind,
    /// `> file` and the like, of simple commands too.
    pub redirects: Vec<Redirect>,
    /// Bytes of the script.
    pub range: Range<usize>,
}

/// The kinds of [`Command`].
#[derive(Clone, Debug, PartialEq)]
pub enum CommandKind {
    /// A program, builtin or function with its words.
    Simple(Simple),
    /// `{ …; }`
    Group(List),
    /// `( … )`
    Subshell(List),
    /// `if … then … elif … else … fi`
    If(Vec<Branch>),
    /// `for x in …`, `for ((…))`
    For {
        /// The variable; none with `((…))`.
        variable: Option<String>,
        /// What it goes through; none for `"$@"` and with `((…))`.
        words: Option<Vec<Word>>,
        /// What is repeated.
        body: List,
    },
    /// `while … do … done`, `until … do … done`
    While {
        /// True for `until`.
        until: bool,
        /// What decides.
        condition: List,
        /// What is repeated.
        body: List,
    },
    /// `case … esac`
    Case {
        /// What is compared.
        subject: Word,
        /// Patterns with what they run.
        arms: Vec<(Vec<Word>, List)>,
    },
    /// `name() { … }`: nothing runs before it is called.
    Function {
        /// Its name.
        name: String,
        /// Its body.
        body: Box<Command>,
    },
    /// `[[ … ]]`
    Test,
    /// `(( … ))`
    Arithmetic,
    /// `coproc …`
    Coprocess(Box<Command>),
}

/// `if` or `elif` with its condition; `else` without.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// What decides.
    pub condition: Option<List>,
    /// What runs.
    pub body: List,
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Simple {
    /// `NAME=value` in front, or all there is.
    pub assignments: Vec<(String, Word)>,
    /// The command and its arguments.
    pub words: Vec<Word>,
}

/// A word.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Word {
    /// Quotes and escapes resolved; `$x`, `$(…)` and `${{ … }}` as they are written.
    pub text: String,
    /// True if `text` is what the program gets: no variable, substitution, expression or unquoted glob.
    pub literal: bool,
    /// What runs inside `$( … )` and backticks. Ranges in there count from the start of the substitution.
    pub nested: Vec<List>,
    /// Bytes of the script.
    pub range: Range<usize>,
}

/// A redirection.
#[derive(Clone, Debug, PartialEq)]
pub struct Redirect {
    /// The descriptor, where one is written.
    pub descriptor: Option<i32>,
    /// What it does.
    pub kind: RedirectKind,
    /// The file, text or descriptor.
    pub target: Word,
}

/// The kinds of [`Redirect`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// `<`
    Read,
    /// `>`, `>|`, `<>`
    Write,
    /// `>>`
    Append,
    /// `&>`, `&>>`
    WriteBoth,
    /// `>&`, `<&`
    Duplicate,
    /// `<<`, `<<<`
    Here,
}

impl Redirect {
    /// True if a file is written with what the program prints.
    pub fn writes(&self) -> bool {
        use RedirectKind::{Append, Write, WriteBoth};
        matches!(self.kind, Write | Append | WriteBoth) && !self.target.text.starts_with("/dev/")
    }
}

impl Word {
    /// The text, if the program gets just that.
    pub fn literal(&self) -> Option<&str> {
        self.literal.then_some(&*self.text)
    }
}

impl Simple {
    /// The name of the command, if it is written out.
    pub fn name(&self) -> Option<&str> {
        self.words.first().and_then(Word::literal)
    }

    /// The words behind the name.
    pub fn arguments(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }
}

impl Command {
    /// The simple command, if it is one.
    pub fn simple(&self) -> Option<&Simple> {
        match &self.kind {
            CommandKind::Simple(simple) => Some(simple),
            _ => None,
        }
    }

    /// The lists inside, in the order of writing; a function's body and conditions included.
    pub fn lists(&self) -> Vec<&List> {
        match &self.kind {
            CommandKind::Group(list) | CommandKind::Subshell(list) => vec![list],
            CommandKind::If(branches) => {
                branches.iter().flat_map(|branch| branch.condition.iter().chain([&branch.body])).collect()
            }
            CommandKind::For { body, .. } => vec![body],
            CommandKind::While { condition, body, .. } => vec![condition, body],
            CommandKind::Case { arms, .. } => arms.iter().map(|(_, list)| list).collect(),
            CommandKind::Function { body, .. } | CommandKind::Coprocess(body) => body.lists(),
            CommandKind::Simple(_) | CommandKind::Test | CommandKind::Arithmetic => Vec::new(),
        }
    }

    /// The words of the command itself: arguments, values of assignments, targets of redirections.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        let own: Vec<&Word> = match &self.kind {
            CommandKind::Simple(simple) => {
                simple.assignments.iter().map(|(_, value)| value).chain(&simple.words).collect()
            }
            CommandKind::For { words: Some(words), .. } => words.iter().collect(),
            CommandKind::Case { subject, .. } => vec![subject],
            _ => Vec::new(),
        };
        own.into_iter().chain(self.redirects.iter().map(|redirect| &redirect.target))
    }
}

impl Item {
    /// All pipelines, the first one included.
    pub fn pipelines(&self) -> impl DoubleEndedIterator<Item = &Pipeline> {
        std::iter::once(&self.first).chain(self.rest.iter().map(|(_, pipeline)| pipeline))
    }

    /// Bytes of the script.
    pub fn range(&self) -> Range<usize> {
        let end = self.rest.last().map_or(self.first.range().end, |(_, last)| last.range().end);
        self.first.range().start..end
    }
}

impl Pipeline {
    /// Bytes of the script.
    pub fn range(&self) -> Range<usize> {
        let start = self.commands.first().map_or(0, |command| command.range.start);
        start..self.commands.last().map_or(start, |command| command.range.end)
    }

    /// The only command, if nothing is piped.
    pub fn only(&self) -> Option<&Command> {
        match self.commands.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl List {
    /// Calls `visit` for every command in here, the outer ones first, those in functions and substitutions included.
    pub fn walk<'l>(&'l self, visit: &mut dyn FnMut(&'l Command)) {
        let pipelines = self.items.iter().flat_map(Item::pipelines);
        for command in pipelines.flat_map(|pipeline| &pipeline.commands) {
            command.walk(visit);
        }
    }
}

impl Command {
    /// Calls `visit` for this command and every one in it.
    pub fn walk<'l>(&'l self, visit: &mut dyn FnMut(&'l Command)) {
        visit(self);
        for list in self.words().flat_map(|word| &word.nested) {
            list.walk(visit);
        }
        for list in self.lists() {
            list.walk(visit);
        }
    }
}
