//! What a patch changes, as yarn hashes it: its plugin reads the file and writes each change as JSON, so that what stands
//! around them does not count.

use super::super::super::paths;

/// What is said of one file.
#[derive(Default)]
struct File<'p> {
    /// The paths behind `diff --git`.
    compared: Option<(&'p str, &'p str)>,
    /// The paths behind `---` and `+++`.
    named: [Option<&'p str>; 2],
    renamed: [Option<&'p str>; 2],
    modes: [Option<&'p str>; 2],
    /// The modes of a file that is deleted, and of one that is created.
    deleted: Option<&'p str>,
    created: Option<&'p str>,
    hashes: [Option<&'p str>; 2],
    /// Written as JSON.
    hunks: Vec<String>,
}

/// A hunk, as far as it is read.
struct Hunk<'p> {
    /// First line and number of lines, before and after.
    spans: [[usize; 2]; 2],
    parts: Vec<Part<'p>>,
}

/// Lines of one kind.
struct Part<'p> {
    kind: &'static str,
    lines: Vec<&'p str>,
    lacks_end: bool,
}

/// All changes, one behind the other; nothing for what yarn cannot read, or takes for some versions only. Line ends are
/// single characters.
pub fn changes(text: &str) -> Option<String> {
    let mut changes = String::new();
    let (mut file, mut hunk) = (File::default(), None::<Hunk<'_>>);
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if let Some(mut open) = hunk.take() {
            if open.goes_on(line)? {
                hunk = Some(open);
                continue;
            }
            file.hunks.push(open.json()?);
            if !line.starts_with('@') {
                changes += &std::mem::take(&mut file).json()?;
            }
        }
        if line.starts_with('@') {
            hunk = Some(Hunk::of(line)?);
            continue;
        }
        if line.starts_with("diff --git ") && file.compared.is_some() {
            changes += &std::mem::take(&mut file).json()?;
        }
        file.read(line)?;
    }
    if let Some(open) = hunk {
        file.hunks.push(open.json()?);
    }
    changes += &file.json()?;
    (!changes.is_empty()).then_some(changes)
}

impl<'p> Hunk<'p> {
    /// From `@@ -1,2 +3,4 @@`.
    fn of(line: &'p str) -> Option<Hunk<'p>> {
        let (before, rest) = line.trim().strip_prefix("@@ -")?.split_once(" +")?;
        let (after, _) = rest.split_once(" @@")?;
        let span = |text: &str| -> Option<[usize; 2]> {
            let (start, length) = text.split_once(',').unwrap_or((text, "1"));
            Some([start.parse::<usize>().ok()?.max(1), length.parse().ok()?])
        };
        Some(Hunk { spans: [span(before)?, span(after)?], parts: Vec::new() })
    }

    /// Takes a line, if it belongs to the hunk; nothing if it can stand nowhere.
    fn goes_on(&mut self, line: &'p str) -> Option<bool> {
        let kind = match line.bytes().next() {
            None | Some(b' ') => "context",
            Some(b'-') => "deletion",
            Some(b'+') => "insertion",
            Some(b'\\') => {
                self.parts
                    .last_mut()
                    .filter(|_| line.starts_with("\\ No newline at end of file"))?
                    .lacks_end = true;
                return Some(true);
            }
            Some(_) => return Some(false),
        };
        let text = line.get(1..).unwrap_or_default();
        match self.parts.last_mut().filter(|part| part.kind == kind) {
            Some(part) => part.lines.push(text),
            None => self.parts.push(Part { kind, lines: vec![text], lacks_end: false }),
        }
        Some(true)
    }

    /// Nothing if it has not as many lines as it says.
    fn json(&self) -> Option<String> {
        let count = |without: &str| -> usize {
            self.parts.iter().filter(|part| part.kind != without).map(|part| part.lines.len()).sum()
        };
        let [[start, length], [to_start, to_length]] = self.spans;
        if [length, to_length] != [count("insertion"), count("deletion")] {
            return None;
        }
        let parts: Vec<String> = self.parts.iter().map(Part::json).collect();
        Some(format!(
            "{{\"header\":{{\"original\":{{\"start\":{start},\"length\":{length}}},\
             \"patched\":{{\"start\":{to_start},\"length\":{to_length}}}}},\"parts\":[{}]}}",
            parts.join(",")
        ))
    }
}

impl Part<'_> {
    fn json(&self) -> String {
        let lines = serde_json::Value::from(self.lines.as_slice());
        format!(
            "{{\"type\":\"{}\",\"lines\":{lines},\"noNewlineAtEndOfFile\":{}}}",
            self.kind, self.lacks_end
        )
    }
}

impl<'p> File<'p> {
    /// Reads a line that stands before the hunks.
    fn read(&mut self, line: &'p str) -> Option<()> {
        let behind = |start: &str| line.strip_prefix(start).map(str::trim);
        if let Some(paths) = behind("diff --git a/") {
            self.compared = Some(paths.split_once(" b/")?);
        } else if let Some(hashes) = behind("index ") {
            if let Some((before, after)) = hashes.split(' ').find_map(|word| word.split_once("..")) {
                self.hashes = [Some(before), Some(after)];
            }
        } else if line.starts_with("diff --git ") || line.starts_with("semver exclusivity ") {
            return None;
        }
        let ([old, new], [from, to]) = (&mut self.modes, &mut self.renamed);
        let places = [
            ("old mode ", old),
            ("new mode ", new),
            ("deleted file mode ", &mut self.deleted),
            ("new file mode ", &mut self.created),
            ("rename from ", from),
            ("rename to ", to),
        ];
        for (start, place) in places {
            if let Some(value) = behind(start) {
                *place = Some(value);
            }
        }
        // Behind `--- ` stands `a/`, or `/dev/null`.
        for (start, place) in ["--- ", "+++ "].iter().zip(&mut self.named) {
            if line.starts_with(start) {
                *place = Some(line.get(6..).unwrap_or_default().trim());
            }
        }
        Some(())
    }

    /// Each change as JSON.
    fn json(&self) -> Option<String> {
        let compared = |at: usize| self.compared.map(|(from, to)| [from, to][at]);
        let path = |path: Option<&str>| Some(quoted(&paths::normal("", path?)));
        let first = || self.hunks.first().map_or("null", String::as_str);
        let mut json = String::new();
        let changed = if let [Some(from), to] = self.renamed {
            json += &format!(
                "{{\"type\":\"rename\",\"fromPath\":{},\"toPath\":{}}}",
                path(Some(from))?,
                path(to)?
            );
            to
        } else if let Some((kind, at, written)) = (self.deleted.map(|mode| ("file deletion", 0, mode)))
            .or_else(|| self.created.map(|mode| ("file creation", 1, mode)))
        {
            json += &format!(
                "{{\"type\":\"{kind}\",\"hunk\":{},\"path\":{},\"mode\":{},\"hash\":{}}}",
                first(),
                path(compared(at).or(self.named[at]))?,
                mode(written)?,
                nullable(self.hashes[at])
            );
            None
        } else {
            self.named[1].or(compared(1))
        };
        let Some(changed) = path(changed) else { return Some(json) };
        if let [Some(old), Some(new)] = self.modes
            && old != new
        {
            json += &format!(
                "{{\"type\":\"mode change\",\"path\":{changed},\"oldMode\":{},\"newMode\":{}}}",
                mode(old)?,
                mode(new)?
            );
        }
        if !self.hunks.is_empty() {
            json += &format!(
                "{{\"type\":\"patch\",\"path\":{changed},\"hunks\":[{}],\"beforeHash\":{},\"afterHash\":{}}}",
                self.hunks.join(","),
                nullable(self.hashes[0]),
                nullable(self.hashes[1])
            );
        }
        Some(json)
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn nullable(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), quoted)
}

/// A mode of git's, without the kind of file; yarn knows two.
fn mode(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 8).ok().map(|mode| mode & 0o777).filter(|mode| [0o644, 0o755].contains(mode))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn changes_are_written_as_yarn_does() {
        let text = "a note\ndiff --git a/x.js b/x.js\nindex 1a..2b 100644\n--- a/x.js\n+++ b/x.js\n@@ -1 +1,2 @@ f\n-a\n+\"b\"\n+c\n\\ No newline at end of file\ndiff --git a/y b/y\nnew file mode 100755\nindex 0..3\n--- /dev/null\n+++ b/y\n@@ -0,0 +1 @@\n+y\n";
        let patch = r#"{"type":"patch","path":"x.js","hunks":[{"header":{"original":{"start":1,"length":1},"patched":{"start":1,"length":2}},"parts":[{"type":"deletion","lines":["a"],"noNewlineAtEndOfFile":false},{"type":"insertion","lines":["\"b\"","c"],"noNewlineAtEndOfFile":true}]}],"beforeHash":"1a","afterHash":"2b"}"#;
        let created = r#"{"type":"file creation","hunk":{"header":{"original":{"start":1,"length":0},"patched":{"start":1,"length":1}},"parts":[{"type":"insertion","lines":["y"],"noNewlineAtEndOfFile":false}]},"path":"y","mode":493,"hash":"3"}"#;
        assert_eq!(changes(text), Some(format!("{patch}{created}")));
        assert_eq!(changes(&text.replace("a note\n", "")), changes(text));
        assert_eq!(changes(&text.replace("-1 +1,2", "-1 +1,3")), None);
        assert_eq!(changes("nothing\n"), None);
    }

    proptest! {
        #[test]
        fn nothing_crashes(lines in proptest::collection::vec("(@@ -1 \\+1 @@|diff --git a/b b/c|[ +-]\\PC{0,4}|old mode 100644|--- |\\\\.*)", 0..8)) {
            let _ = changes(&lines.join("\n"));
        }
    }
}
