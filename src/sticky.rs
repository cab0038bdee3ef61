//! One comment on a pull request that is always the same one, however many jobs write it.
//!
//! Its first line is a mark. Whoever writes lists the comments, changes the oldest with the mark, and removes what a
//! job that wrote at the same moment added: both end with the same one.

use crate::checks::Table;
use crate::github::model::Comment;
use crate::github::{Error, GitHub};
use crate::report::escape;
use crate::runner::Runner;

/// GitHub takes 65,536 characters.
const MAX_BODY: usize = 65_000;

/// Who comments with the token of a workflow.
const BOT: &str = "github-actions[bot]";

/// The first line.
fn mark(key: &str) -> String {
    let key: String =
        key.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    format!("<!-- ci-guard:sticky:{key} v1 -->")
}

/// The comment's text, cut at a row where it is too long.
pub fn body(key: &str, words: &str, tables: &[Table], link: Option<&str>) -> String {
    let mut body = format!("{}\n### ci-guard: {}\n", mark(key), cell(words));
    let end = link.map(|link| format!("\n[The whole report]({link})\n")).unwrap_or_default();
    let room = MAX_BODY.saturating_sub(end.chars().count() + 100);
    let mut used = body.chars().count();
    let mut left_out = 0;
    for table in tables {
        let titles: Vec<&str> = table.columns.iter().map(|column| column.title).collect();
        let head = format!("\n| {} |\n|{}\n", titles.join(" | "), "---|".repeat(titles.len()));
        let rows = table.rows.iter().map(|row| {
            let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
            format!("| {} |\n", cells.join(" | "))
        });
        for part in std::iter::once(head).chain(rows) {
            let length = part.chars().count();
            if left_out > 0 || used + length > room {
                left_out += 1;
                continue;
            }
            used += length;
            body += &part;
        }
    }
    if left_out > 0 {
        body += &format!("\n… and {left_out} more lines\n");
    }
    body + &end
}

/// Text in a cell: nothing in it is Markdown, but addresses are links.
fn cell(text: &str) -> String {
    if text.starts_with("https://") && !text.contains([' ', '|', '<', '>', ')', '\n']) {
        return format!("[open]({text})");
    }
    escape::markdown(text)
}

/// The pull request of this run, or the open one with its commit.
pub fn pull_request(github: &GitHub, runner: &Runner) -> Result<Option<u64>, Error> {
    let number = |path: &str| runner.event.pointer(path).and_then(serde_json::Value::as_u64);
    let of_event = number("/pull_request/number").or_else(|| {
        number("/issue/number").filter(|_| runner.event.pointer("/issue/pull_request").is_some())
    });
    if of_event.is_some() || runner.sha.is_empty() {
        return Ok(of_event);
    }
    let pulls = github.pulls_with(&runner.sha)?;
    Ok(pulls.into_iter().find(|pull| pull.state == "open").map(|pull| pull.number))
}

/// Writes the comment.
pub fn write(github: &GitHub, number: u64, key: &str, body: &str) -> Result<(), Error> {
    let mark = mark(key);
    let found = ours(github, number, &mark, BOT)?;
    let author = match found.first() {
        Some(first) if first.body.as_deref() == Some(body) => BOT.to_owned(),
        Some(first) => {
            github.update_comment(first.id, body)?;
            BOT.to_owned()
        }
        None => match github.create_comment(number, body) {
            Ok(created) => created.user.map_or_else(|| BOT.to_owned(), |user| user.login),
            // It may be there: what follows looks.
            Err(error) if error.is_unclear() => BOT.to_owned(),
            Err(error) => return Err(error),
        },
    };
    let all = ours(github, number, &mark, &author)?;
    let Some((first, others)) = all.split_first() else {
        return github.create_comment(number, body).map(drop);
    };
    if first.body.as_deref() != Some(body) {
        github.update_comment(first.id, body)?;
    }
    others.iter().try_for_each(|other| github.delete_comment(other.id))
}

/// Comments with the mark by an author, the oldest first. Others can write the mark too; theirs are left alone.
fn ours(github: &GitHub, number: u64, mark: &str, author: &str) -> Result<Vec<Comment>, Error> {
    let mut comments = github.comments(number)?;
    comments.retain(|comment| {
        let marked = comment.body.as_deref().and_then(|body| body.lines().next()) == Some(mark);
        marked && comment.user.as_ref().is_some_and(|user| user.login == author)
    });
    crate::sorted::by_key(&mut comments, |comment| comment.id);
    Ok(comments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Column;

    #[test]
    fn it_is_cut_below_the_limit_and_nothing_in_it_is_markdown() {
        let row = vec!["@everyone | <b> [x](y)".to_owned(), "z".repeat(200)];
        let table =
            Table { columns: vec![Column::text("a"), Column::text("b")], rows: vec![row; 1000], more: 0 };
        let body = body("a b", "words", &[table], Some("https://h/x"));
        assert!(body.chars().count() <= MAX_BODY, "{}", body.chars().count());
        assert!(body.starts_with("<!-- ci-guard:sticky:a-b v1 -->\n"));
        assert!(body.contains("more lines") && body.trim_end().ends_with("(https://h/x)"));
        assert!(!body.contains("<b>") && !body.contains(" @everyone"), "{}", &body[..300]);
    }
}
