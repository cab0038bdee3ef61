//! `shellcheck -f json` and `-f json1`. An empty list is what it writes when it finds nothing.

use serde::Deserialize;

use super::{evidence, level};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::read::json;
use crate::checks::reports::read::words;
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Json1 { comments: Vec<Comment> },
    Json(Vec<Comment>),
}

#[derive(Deserialize)]
struct Comment {
    code: u32,
    file: String,
    line: u32,
    level: String,
    message: String,
}

/// Reads a report.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let (Document::Json1 { comments } | Document::Json(comments)) = json::read(bytes)?;
    let found = comments.iter().map(|comment| {
        Found::new(format!("SC{}", comment.code), level(&comment.level), words::trimmed(&comment.message))
            .at(&comment.file, Some(comment.line))
    });
    Ok(evidence(Results::of("shellcheck", Scope::NotSaid, found.collect())?))
}
