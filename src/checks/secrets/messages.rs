//! What people write of their commits and in annotated tags: everybody who can clone reads it.

use super::detect::{Doubt, Hit, detector};
use super::findings::{self, Judged};
use super::foreign::Foreign;
use super::news::words;
use super::place::Place;
use super::text::Lines;
use crate::checkout::Git;
use crate::checkout::arrivals::Message;
use crate::checks::Record;
use crate::finding::Origin;
use crate::location::Location;

/// Longest message that is looked through; nobody writes a longer one.
const LONGEST: usize = 4 << 20;

/// True for messages in which something was found.
pub fn is_worth_keeping(text: &[u8]) -> bool {
    text.len() <= LONGEST && !detector().scan(text).is_empty()
}

/// Records what was found in messages.
pub fn report(messages: &[Message], git: &Git, foreign: &Foreign, salt: &str, record: &mut Record) {
    for message in messages {
        let mut lines = Lines::of(&message.text);
        for hit in detector().scan(&message.text) {
            look_at(&hit, (message, &mut lines), git, foreign, salt, record);
        }
    }
}

fn look_at(
    hit: &Hit,
    (message, lines): (&Message, &mut Lines<'_>),
    git: &Git,
    foreign: &Foreign,
    salt: &str,
    record: &mut Record,
) {
    let value = message.text.get(hit.range.clone()).unwrap_or_default();
    if let Some(reason) = foreign.excepts_hit(hit, lines, "", &message.object) {
        record.not_examined(reason);
        return;
    }
    // People write about secrets as they write in a documentation.
    let severity = match (hit.doubt, findings::judge(hit, Place::Ordinary)) {
        (Some(Doubt::Placeholder | Doubt::Words | Doubt::Local), _) => {
            return record.not_examined("a placeholder, or the example of a documentation");
        }
        (_, Judged::Counted(reason)) => return record.not_examined(reason),
        (_, Judged::Reported(severity)) => severity,
    };
    let object = message.object.to_string();
    let line = lines.line(hit.range.start);
    let origin = Some(Box::new(Origin { date: git.time_of(&object), commit: object.clone(), line }));
    let of = if message.is_tag { format!("tag {}", super::commits::short(&object)) } else { words(&origin) };
    let mut finding = findings::finding(hit, value, severity, Location::Message { object }, salt);
    finding.message += &format!(" (line {line} of the message of {of})");
    finding.ignorable = false;
    finding.origin = origin;
    record.push(finding);
}
