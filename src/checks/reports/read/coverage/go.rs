//! Coverage profiles of Go (`go test -coverprofile`).

use std::io::Read;

use super::{Files, evidence};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::read::lines::lines;
use crate::checks::reports::refusal::Refusal;

/// Lines that one block may have: a function of generated code has some thousands.
const MAX_BLOCK: u64 = 100_000;

/// Reads a profile: `path:line.column,line.column statements count`. Paths start with the module's.
pub fn read(input: impl Read) -> Result<Evidence, Refusal> {
    let mut files = Files::new();
    lines(input, |line, number| {
        if line.is_empty() || line.starts_with("mode:") {
            return Ok(());
        }
        let Some((path, first, last, times)) = block(line) else {
            let message = format!("`{}` is no line of a coverage profile", crate::excerpt::head(line, 80));
            return Err(Refusal::Malformed { line: Some(number), message });
        };
        if last < first || last - first > MAX_BLOCK {
            let message = format!("a block of `{path}` has impossible lines");
            return Err(Refusal::Malformed { line: Some(number), message });
        }
        let file = files.entry(path.to_owned()).or_default();
        (first..=last).for_each(|at| file.hit(at, times));
        Ok(())
    })?;
    evidence(files, Vec::new(), None)
}

fn block(line: &str) -> Option<(&str, u64, u64, u64)> {
    let (path, rest) = line.rsplit_once(':')?;
    let mut words = rest.split(' ');
    let (start, end) = words.next()?.split_once(',')?;
    let row = |place: &str| place.split_once('.').and_then(|(row, _)| row.parse().ok());
    let times = words.nth(1)?.parse().ok()?;
    Some((path, row(start)?, row(end)?, times))
}
