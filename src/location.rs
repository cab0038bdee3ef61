//! What a finding is about: a place in a file, a package, an artifact, a secret, or the whole repository.

use serde::Serialize;

/// A range of text. Lines and columns are 1-based, columns count characters, the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// Line of the first character.
    pub line: u32,
    /// Column of the first character.
    pub column: u32,
    /// Line of the character after the last.
    pub end_line: u32,
    /// Column of the character after the last.
    pub end_column: u32,
}

/// What a finding is about. Only locations with a path can become inline annotations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Location {
    /// A file of the repository, or a range in it.
    File {
        /// Relative to the repository root, with `/`.
        path: String,
        /// Absent when the whole file is meant.
        #[serde(flatten)]
        span: Option<Span>,
    },
    /// A package that a lockfile records.
    Package {
        /// `name@version`, or the name alone.
        package: String,
        /// The lockfile, relative to the repository root.
        path: String,
        /// Where the lockfile records it.
        #[serde(flatten)]
        span: Option<Span>,
    },
    /// A file that was built for release.
    Artifact {
        /// Path or name as the user or the checksum list gave it.
        name: String,
    },
    /// A secret or configuration variable, by name. Never its value.
    Secret {
        /// The variable's name.
        name: String,
    },
    /// A check run or commit status.
    Status {
        /// The context's name.
        context: String,
    },
    /// What somebody wrote of a commit, or in an annotated tag.
    Message {
        /// The commit or tag, in hex.
        object: String,
    },
    /// The repository as a whole.
    Repository,
}

impl Location {
    /// A range in a file.
    pub fn span(path: impl Into<String>, span: Span) -> Self {
        Location::File { path: path.into(), span: Some(span) }
    }

    /// A whole file.
    pub fn file(path: impl Into<String>) -> Self {
        Location::File { path: path.into(), span: None }
    }

    /// The file that the location lies in, if it lies in one, and the range.
    pub fn in_file(&self) -> Option<(&str, Option<Span>)> {
        match self {
            Location::File { path, span } | Location::Package { path, span, .. } => Some((path, *span)),
            _ => None,
        }
    }

    /// The name by which people know the thing: path, package, artifact, variable.
    pub fn name(&self) -> &str {
        match self {
            Location::File { path, .. } => path,
            Location::Package { package, .. } => package,
            Location::Artifact { name } | Location::Secret { name } => name,
            Location::Status { context } => context,
            Location::Message { object } => object,
            Location::Repository => "repository",
        }
    }
}

impl std::fmt::Display for Location {
    /// `path:line:column`, or the name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.in_file() {
            Some((path, Some(span))) => write!(f, "{path}:{}:{}", span.line, span.column),
            Some((path, None)) => f.write_str(path),
            None => f.write_str(self.name()),
        }
    }
}
