//! From the parser's tree to ours: byte ranges instead of counted characters, one kind of redirection, no syntax.

use std::ops::Range;

use brush_parser::ast as brush;
use brush_parser::{SourceSpan, ast::SourceLocation as _};

use super::ast::{
    Branch, Command, CommandKind, Item, Join, List, Pipeline, Redirect, RedirectKind, Simple, Word,
};
use super::word;

/// Substitutions within each other that are followed; nobody writes more.
const MAX_SUBSTITUTIONS: usize = 3;

/// What is needed to read a tree: the script, with and without its expressions.
pub(super) struct Lowering<'s> {
    script: &'s str,
    blanked: &'s str,
    /// The byte of each character; empty where a character is a byte.
    bytes: Vec<usize>,
    depth: usize,
}

impl<'s> Lowering<'s> {
    pub fn new(script: &'s str, blanked: &'s str) -> Self {
        let bytes = if blanked.is_ascii() {
            Vec::new()
        } else {
            blanked.char_indices().map(|(at, _)| at).chain([blanked.len()]).collect()
        };
        Lowering { script, blanked, bytes, depth: MAX_SUBSTITUTIONS }
    }

    /// The same inside a substitution.
    pub fn inside(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    pub fn program(&self, program: &brush::Program) -> List {
        let items = program.complete_commands.iter().flat_map(|list| self.list(list).items);
        List { items: items.collect() }
    }

    fn byte(&self, index: usize) -> usize {
        let byte =
            if self.bytes.is_empty() { index } else { self.bytes.get(index).copied().unwrap_or(usize::MAX) };
        byte.min(self.blanked.len())
    }

    fn range(&self, span: Option<SourceSpan>) -> Range<usize> {
        let Some(span) = span else { return 0..0 };
        let start = self.byte(span.start.index);
        start..self.byte(span.end.index).max(start)
    }

    fn list(&self, list: &brush::CompoundList) -> List {
        let item = |item: &brush::CompoundListItem| Item {
            first: self.pipeline(&item.0.first),
            rest: item.0.additional.iter().map(|and_or| self.joined(and_or)).collect(),
            background: matches!(item.1, brush::SeparatorOperator::Async),
        };
        List { items: list.0.iter().map(item).collect() }
    }

    fn joined(&self, and_or: &brush::AndOr) -> (Join, Pipeline) {
        match and_or {
            brush::AndOr::And(pipeline) => (Join::And, self.pipeline(pipeline)),
            brush::AndOr::Or(pipeline) => (Join::Or, self.pipeline(pipeline)),
        }
    }

    fn pipeline(&self, pipeline: &brush::Pipeline) -> Pipeline {
        Pipeline {
            negated: pipeline.bang,
            commands: pipeline.seq.iter().map(|command| self.command(command)).collect(),
        }
    }

    fn command(&self, command: &brush::Command) -> Command {
        let range = self.range(command.location());
        let (kind, redirects) = match command {
            brush::Command::Simple(simple) => return self.simple(simple, range),
            brush::Command::Compound(compound, redirects) => (self.compound(compound), redirects.as_ref()),
            brush::Command::Function(function) => {
                let brush::FunctionBody(body, redirects) = &function.body;
                let body = Command {
                    kind: self.compound(body),
                    redirects: self.redirects(redirects.as_ref()),
                    range: self.range(body.location()),
                };
                let name = function.fname.value.clone();
                (CommandKind::Function { name, body: Box::new(body) }, None)
            }
            brush::Command::ExtendedTest(_, redirects) => (CommandKind::Test, redirects.as_ref()),
        };
        Command { kind, redirects: self.redirects(redirects), range }
    }

    fn compound(&self, compound: &brush::CompoundCommand) -> CommandKind {
        use brush::CompoundCommand as From;
        match compound {
            From::Arithmetic(_) => CommandKind::Arithmetic,
            From::ArithmeticForClause(clause) => {
                CommandKind::For { variable: None, words: None, body: self.list(&clause.body.list) }
            }
            From::BraceGroup(group) => CommandKind::Group(self.list(&group.list)),
            From::Subshell(subshell) => CommandKind::Subshell(self.list(&subshell.list)),
            From::ForClause(clause) => CommandKind::For {
                variable: Some(clause.variable_name.clone()),
                words: clause.values.as_ref().map(|words| words.iter().map(|word| self.word(word)).collect()),
                body: self.list(&clause.body.list),
            },
            From::CaseClause(clause) => {
                let arm = |item: &brush::CaseItem| {
                    let patterns = item.patterns.iter().map(|word| self.word(word)).collect();
                    (patterns, item.cmd.as_ref().map(|list| self.list(list)).unwrap_or_default())
                };
                CommandKind::Case {
                    subject: self.word(&clause.value),
                    arms: clause.cases.iter().map(arm).collect(),
                }
            }
            From::IfClause(clause) => {
                let first =
                    Branch { condition: Some(self.list(&clause.condition)), body: self.list(&clause.then) };
                let others = clause.elses.iter().flatten().map(|other| Branch {
                    condition: other.condition.as_ref().map(|list| self.list(list)),
                    body: self.list(&other.body),
                });
                CommandKind::If(std::iter::once(first).chain(others).collect())
            }
            From::WhileClause(clause) => self.repeated(false, clause),
            From::UntilClause(clause) => self.repeated(true, clause),
            From::Coprocess(coprocess) => CommandKind::Coprocess(Box::new(self.command(&coprocess.body))),
        }
    }

    fn repeated(&self, until: bool, clause: &brush::WhileOrUntilClauseCommand) -> CommandKind {
        CommandKind::While { until, condition: self.list(&clause.0), body: self.list(&clause.1.list) }
    }

    fn simple(&self, simple: &brush::SimpleCommand, range: Range<usize>) -> Command {
        let mut lowered = Simple::default();
        let mut redirects = Vec::new();
        let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
        let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
        for item in prefix {
            self.item(item, true, &mut lowered, &mut redirects);
        }
        lowered.words.extend(simple.word_or_name.as_ref().map(|word| self.word(word)));
        for item in suffix {
            self.item(item, false, &mut lowered, &mut redirects);
        }
        Command { kind: CommandKind::Simple(lowered), redirects, range }
    }

    fn item(
        &self,
        item: &brush::CommandPrefixOrSuffixItem,
        before: bool,
        simple: &mut Simple,
        redirects: &mut Vec<Redirect>,
    ) {
        use brush::CommandPrefixOrSuffixItem as From;
        match item {
            From::IoRedirect(redirect) => redirects.extend(self.redirect(redirect)),
            From::Word(word) => simple.words.push(self.word(word)),
            From::AssignmentWord(assignment, word) if before => {
                let name = match &assignment.name {
                    brush::AssignmentName::VariableName(name) => name,
                    brush::AssignmentName::ArrayElementName(name, _) => name,
                };
                // The value has no place of its own: it is what follows the sign in the word.
                let whole = self.word(word);
                let written = &self.script[whole.range.clone()];
                let offset = written.find('=').map_or(written.len(), |at| at + 1);
                let value = self.read(whole.range.start + offset..whole.range.end);
                simple.assignments.push((name.clone(), value));
            }
            // `export A=b`, `docker build --build-arg A=b`: an argument like any other.
            From::AssignmentWord(_, word) => simple.words.push(self.word(word)),
            From::ProcessSubstitution(_, subshell) => simple.words.push(self.process(subshell)),
        }
    }

    fn process(&self, subshell: &brush::SubshellCommand) -> Word {
        let range = self.range(Some(subshell.loc.clone()));
        let text = self.script.get(range.clone()).unwrap_or_default().to_owned();
        Word { text, literal: false, nested: vec![self.list(&subshell.list)], range }
    }

    fn redirects(&self, redirects: Option<&brush::RedirectList>) -> Vec<Redirect> {
        redirects.iter().flat_map(|list| &list.0).filter_map(|redirect| self.redirect(redirect)).collect()
    }

    fn redirect(&self, redirect: &brush::IoRedirect) -> Option<Redirect> {
        use brush::IoFileRedirectKind as Kind;
        let (descriptor, kind, target) = match redirect {
            brush::IoRedirect::File(descriptor, kind, target) => {
                let kind = match kind {
                    Kind::Read => RedirectKind::Read,
                    Kind::Write | Kind::ReadAndWrite | Kind::Clobber => RedirectKind::Write,
                    Kind::Append => RedirectKind::Append,
                    Kind::DuplicateInput | Kind::DuplicateOutput => RedirectKind::Duplicate,
                };
                let target = match target {
                    brush::IoFileRedirectTarget::Filename(word) => self.word(word),
                    brush::IoFileRedirectTarget::Duplicate(word) => self.word(word),
                    brush::IoFileRedirectTarget::Fd(number) => {
                        Word { text: number.to_string(), literal: true, ..Word::default() }
                    }
                    brush::IoFileRedirectTarget::ProcessSubstitution(_, subshell) => {
                        return Some(Redirect {
                            descriptor: *descriptor,
                            kind: RedirectKind::Here,
                            target: self.process(subshell),
                        });
                    }
                };
                (*descriptor, kind, target)
            }
            brush::IoRedirect::HereDocument(descriptor, document) => (
                *descriptor,
                RedirectKind::Here,
                Word { text: document.doc.value.clone(), ..Word::default() },
            ),
            brush::IoRedirect::HereString(descriptor, word) => {
                (*descriptor, RedirectKind::Here, self.word(word))
            }
            brush::IoRedirect::OutputAndError(word, _) => (None, RedirectKind::WriteBoth, self.word(word)),
        };
        Some(Redirect { descriptor, kind, target })
    }

    fn word(&self, word: &brush::Word) -> Word {
        match &word.loc {
            Some(span) => self.read(self.range(Some(span.clone()))),
            None => Word { text: word.value.clone(), ..Word::default() },
        }
    }

    fn read(&self, mut range: Range<usize>) -> Word {
        // Where a line goes on in the next, the tokenizer lets the next word begin too early.
        let written = self.script.get(range.clone()).unwrap_or_default();
        range.start += written.len() - behind_line_ends(written).len();
        let at = |text: &'s str| text.get(range.clone()).unwrap_or_default();
        word::read(at(self.script), at(self.blanked), range.clone(), self.depth)
    }
}

/// A text without blanks and the ends of lines that go on in front.
fn behind_line_ends(text: &str) -> &str {
    let blanks = [' ', '\t', '\n', '\r'];
    let mut rest = text.trim_start_matches(blanks);
    while let Some(behind) = rest.strip_prefix("\\\n").or_else(|| rest.strip_prefix("\\\r\n")) {
        rest = behind.trim_start_matches(blanks);
    }
    rest
}
