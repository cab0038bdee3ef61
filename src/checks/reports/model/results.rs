//! What scanners and linters found.

use super::tests::Mentioned;
use crate::advisory::Level;
use crate::checks::reports::refusal::Refusal;

/// Results that are kept; the rest is counted. Code scanning takes no more of one run.
pub const MAX_RESULTS: usize = 25_000;

/// One result.
#[derive(Clone, Debug)]
pub struct Found {
    /// The tool's id of what it found: a rule, an advisory.
    pub id: String,
    /// How bad it is; `None` if the tool does not say.
    pub level: Option<Level>,
    /// What it is, trimmed.
    pub message: String,
    /// Where it is, if it is in a file.
    pub place: Option<Mentioned>,
    /// The package that it is in, as `name@version`.
    pub package: Option<String>,
    /// What to type, such as the version that mends it.
    pub remedy: Option<String>,
    /// What stays the same when lines move, if the tool gives it.
    pub fingerprint: Option<String>,
    /// True if it is a secret: the line that holds it must not be shown.
    pub is_secret: bool,
}

impl Found {
    /// A result that is only named.
    pub fn new(id: impl Into<String>, level: Option<Level>, message: impl Into<String>) -> Found {
        Found {
            id: id.into(),
            level,
            message: message.into(),
            place: None,
            package: None,
            remedy: None,
            fingerprint: None,
            is_secret: false,
        }
    }

    /// Where it is.
    pub fn at(mut self, path: impl Into<String>, line: Option<u32>) -> Found {
        let path: String = path.into();
        self.place = (!path.is_empty()).then_some(Mentioned { path, line: line.filter(|line| *line > 0) });
        self
    }

    /// It is a secret.
    pub fn secret(mut self) -> Found {
        self.is_secret = true;
        self
    }

    /// The package that it is in.
    pub fn in_package(mut self, name: &str, version: &str) -> Found {
        self.package = Some(if version.is_empty() { name.to_owned() } else { format!("{name}@{version}") });
        self
    }

    /// The versions that mend it.
    pub fn fixed_in(mut self, versions: &[impl AsRef<str>]) -> Found {
        let name = self.package.as_deref().and_then(|package| package.rsplit_once('@')).map(|(name, _)| name);
        let versions: Vec<String> = versions
            .iter()
            .map(|v| v.as_ref().trim())
            .filter(|v| !v.is_empty())
            .map(|v| format!("`{v}`"))
            .collect();
        if !versions.is_empty() {
            let name = name.or(self.package.as_deref()).map_or("it".to_owned(), |name| format!("`{name}`"));
            self.remedy = Some(format!("update {name} to {}", versions.join(" or ")));
        }
        self
    }
}

/// What was looked through, as far as the tool says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// So many files, packages or lines.
    Counted(u64),
    /// The format has no such number.
    NotSaid,
}

/// The results of a report of a tool that looked at something.
#[derive(Debug)]
pub struct Results {
    tool: String,
    scope: Scope,
    found: Vec<Found>,
    left_out: usize,
    accepted: usize,
    problems: Vec<String>,
}

impl Results {
    /// The evidence, unless the tool says that it looked at nothing.
    pub fn of(tool: impl Into<String>, scope: Scope, found: Vec<Found>) -> Result<Results, Refusal> {
        let tool = tool.into();
        if scope == Scope::Counted(0) && found.is_empty() {
            return Err(Refusal::Empty(format!("{tool} looked at nothing")));
        }
        let mut results = Results { tool, scope, found, left_out: 0, accepted: 0, problems: Vec::new() };
        results.left_out = results.found.len().saturating_sub(MAX_RESULTS);
        results.found.truncate(MAX_RESULTS);
        Ok(results)
    }

    /// What the tool itself says went wrong: its results are not all.
    pub fn with_problems(mut self, problems: Vec<String>) -> Results {
        self.problems = problems;
        self
    }

    /// Results that the tool was told to accept.
    pub fn with_accepted(mut self, accepted: usize) -> Results {
        self.accepted = accepted;
        self
    }

    /// The tool.
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// What was looked through.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The results.
    pub fn found(&self) -> &[Found] {
        &self.found
    }

    /// Results that are not kept, because there are very many.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Results that the tool was told to accept.
    pub fn accepted(&self) -> usize {
        self.accepted
    }

    /// What the tool itself says went wrong.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}
