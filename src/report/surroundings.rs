//! What renderers need besides the report.

use crate::checkout::Checkout;
use crate::location::{Location, Span};
use crate::redact::Redactor;
use crate::runner::Runner;

/// What renderers need besides the report.
pub struct Surroundings<'a> {
    /// For source lines.
    pub checkout: Option<&'a Checkout>,
    /// For links.
    pub runner: &'a Runner,
    /// For source lines.
    pub redactor: &'a Redactor,
    /// True if colours are wanted.
    pub colour: bool,
}

impl Surroundings<'_> {
    /// The line of a file that a span begins in, without secrets, or what of it stands around the span; and the span as
    /// it lies in that.
    pub(super) fn line(&self, path: &str, span: Span) -> Option<(String, Span)> {
        let source = self.checkout?.read(path).ok()?;
        let (line, before) =
            self.redactor.clean_around(source.line(span.line)?, span.column.saturating_sub(1) as usize);
        let shifted = |column: u32| column.saturating_sub(before as u32).max(1);
        let span = Span { column: shifted(span.column), end_column: shifted(span.end_column), ..span };
        Some((line, span))
    }

    /// The path in the repository's own tree, for links and SARIF.
    pub(super) fn repository_path(&self, path: &str) -> String {
        let prefix = self.checkout.and_then(Checkout::git).map_or("", |git| git.prefix());
        format!("{prefix}{path}")
    }

    /// The path in the workspace, for annotations.
    pub(super) fn workspace_path(&self, path: &str) -> String {
        let inside = || {
            let workspace = self.runner.workspace.as_ref()?.canonicalize().ok()?;
            let root = self.checkout?.root().strip_prefix(workspace).ok()?.to_str()?.replace('\\', "/");
            (!root.is_empty()).then(|| format!("{root}/{path}"))
        };
        inside().unwrap_or_else(|| path.to_owned())
    }

    /// The web page of a place.
    pub(super) fn url(&self, location: &Location) -> Option<String> {
        let (path, span) = location.in_file()?;
        let page = self.runner.blob_url(&self.repository_path(path))?;
        Some(match span {
            Some(span) if span.end_line > span.line => format!("{page}#L{}-L{}", span.line, span.end_line),
            Some(span) => format!("{page}#L{}", span.line),
            None => page,
        })
    }
}
