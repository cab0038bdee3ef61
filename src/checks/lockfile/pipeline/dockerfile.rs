//! The instructions of a Dockerfile, as far as installs need them.

use std::ops::Range;

/// An instruction.
#[derive(Debug)]
pub struct Instruction {
    /// `RUN`, `COPY`, … in capitals.
    pub name: String,
    /// What follows it, continued lines joined: as long as in the file, with blanks for what joins.
    pub text: String,
    /// Where that stands in the file.
    pub place: Range<usize>,
    /// The scripts behind `<<EOF`.
    pub scripts: Vec<Range<usize>>,
}

/// Reads the instructions. What is no instruction is passed over.
pub fn instructions(text: &str) -> Vec<Instruction> {
    let mut result = Vec::new();
    let mut lines = Lines { text, at: 0 };
    while let Some(first) = lines.next() {
        let line = &text[first.clone()];
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let start = first.start + (line.len() - trimmed.len());
        let mut joined = String::new();
        let mut end = append(&mut joined, &text[start..first.end]);
        let mut stop = first.end;
        while end {
            let Some(next) = lines.next() else { break };
            let line = &text[next.clone()];
            stop = next.end;
            // Comments and empty lines inside an instruction are passed over.
            if line.trim_start().starts_with('#') || line.trim().is_empty() {
                joined.extend(std::iter::repeat_n(' ', line.len()));
                continue;
            }
            end = append(&mut joined, line);
        }
        let name_end = joined.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(joined.len());
        let name = joined[..name_end].to_ascii_uppercase();
        let mut scripts = Vec::new();
        for word in heredocs(&joined, &name) {
            let from = lines.at;
            let mut to = from;
            for line in lines.by_ref() {
                if text[line.clone()].trim() == word {
                    break;
                }
                to = line.end;
            }
            scripts.push(from..to);
        }
        let rest = joined[name_end..].to_owned();
        result.push(Instruction { name, text: rest, place: start + name_end..stop, scripts });
    }
    result
}

/// Adds a line; true if the next one continues it.
fn append(joined: &mut String, line: &str) -> bool {
    let body = line.trim_end();
    match body.strip_suffix(['\\', '`']) {
        Some(kept) => {
            joined.push_str(kept);
            joined.extend(std::iter::repeat_n(' ', line.len() - kept.len()));
            true
        }
        None => {
            joined.push_str(line);
            false
        }
    }
}

/// The words that end the scripts behind an instruction.
fn heredocs(text: &str, name: &str) -> Vec<String> {
    if !matches!(name, "RUN" | "COPY" | "ADD") {
        return Vec::new();
    }
    let found = text.match_indices("<<").filter_map(|(at, _)| {
        let rest = text[at + 2..].trim_start_matches('-');
        let rest = rest.trim_start_matches(['"', '\'']);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        (end > 0 && !rest.starts_with(|c: char| c.is_ascii_digit())).then(|| rest[..end].to_owned())
    });
    found.collect()
}

/// Lines with their line ends.
struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let start = self.at;
        self.at += length;
        Some(start..self.at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn instructions_keep_their_places() {
        let text = "# syntax\nFROM a AS b\nRUN x && \\\n  # why\n  npm install\ncopy --from=c d e\nRUN <<EOF\nyarn\nEOF\nENV A=1\n";
        let all = instructions(text);
        let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["FROM", "RUN", "COPY", "RUN", "ENV"]);
        let run = &all[1];
        let at = run.text.find("npm").unwrap();
        assert_eq!(&text[run.place.start + at..][..11], "npm install");
        assert_eq!(&text[all[3].scripts[0].clone()], "yarn\n");
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "(RUN |COPY |<<A|A|\\\\|\n|#|é| |\"|`){0,24}") {
            for one in instructions(&text) {
                let _ = &text[one.place.clone()];
                prop_assert_eq!(one.text.len(), one.place.len());
                for script in one.scripts {
                    let _ = &text[script];
                }
            }
        }
    }
}
