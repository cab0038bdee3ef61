//! The form of yarn 1: indented lines of words, keys with a colon at the end.

use std::ops::Range;

use super::super::super::format::Unreadable;

/// An entry.
pub struct Entry<'s> {
    /// What it is for: `name@range`, several of them.
    pub keys: Vec<&'s str>,
    /// Where they are written.
    pub place: Range<usize>,
    /// Its members, and where the value of each is written.
    pub members: Vec<(&'s str, &'s str, Range<usize>)>,
    /// `dependencies` and `optionalDependencies`: names and ranges.
    pub needs: Vec<(&'s str, &'s str)>,
}

impl<'s> Entry<'s> {
    /// The value of a member and its place.
    pub fn get(&self, name: &str) -> Option<(&'s str, Range<usize>)> {
        let found = self.members.iter().find(|(key, ..)| *key == name);
        found.map(|(_, value, place)| (*value, place.clone()))
    }
}

/// Reads all entries.
pub fn entries(text: &str) -> Result<Vec<Entry<'_>>, Unreadable> {
    let mut result: Vec<Entry<'_>> = Vec::new();
    let mut start = 0;
    let mut in_section = false;
    for physical in text.split_inclusive('\n') {
        let offset = start;
        start += physical.len();
        let line = physical.trim_end();
        let line = if offset == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        let offset = offset + if physical.starts_with('\u{feff}') { 3 } else { 0 };
        let content = line.trim_start_matches(' ');
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len() - content.len();
        let place = offset + indent..offset + line.len();
        let broken = || Unreadable::malformed("the line is of no kind that yarn writes", place.clone());
        match indent {
            0 => {
                let keys = content.strip_suffix(':').ok_or_else(broken)?;
                let keys = keys.split(", ").map(|key| key.trim_matches('"')).collect();
                result.push(Entry { keys, place, members: Vec::new(), needs: Vec::new() });
                in_section = false;
            }
            2 => {
                let entry = result.last_mut().ok_or_else(broken)?;
                if let Some(section) = content.strip_suffix(':') {
                    in_section = matches!(section, "dependencies" | "optionalDependencies");
                    continue;
                }
                in_section = false;
                let (key, value) = pair(content).ok_or_else(broken)?;
                let at = offset + line.len() - (content.len() - key_length(content)).min(line.len());
                entry.members.push((key, value, at..offset + line.len()));
            }
            4 if in_section => {
                let entry = result.last_mut().ok_or_else(broken)?;
                entry.needs.push(pair(content).ok_or_else(broken)?);
            }
            _ => return Err(broken()),
        }
    }
    Ok(result)
}

/// The bytes of the key and the space behind it.
fn key_length(content: &str) -> usize {
    let end = match content.strip_prefix('"') {
        Some(rest) => rest.find('"').map_or(content.len(), |at| at + 2),
        None => content.find(' ').unwrap_or(content.len()),
    };
    (end + 1).min(content.len())
}

/// `key value`, each perhaps in quotes.
fn pair(content: &str) -> Option<(&str, &str)> {
    let (key, value) = content.split_at_checked(key_length(content))?;
    let (key, value) = (key.trim().trim_matches('"'), value.trim());
    // Linked folders have `uid ""`.
    (!key.is_empty() && !value.is_empty()).then_some((key, value.trim_matches('"')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn entries_are_read() {
        let text = "# c\n\n\"@a/b@^1\", a@2:\r\n  version \"1.0\"\n  integrity sha1-x\n  dependencies:\n    \"@c/d\" \"^2 || 3\"\n";
        let all = entries(text).unwrap();
        assert_eq!(all[0].keys, ["@a/b@^1", "a@2"]);
        let (version, place) = all[0].get("version").unwrap();
        assert_eq!((version, &text[place]), ("1.0", "\"1.0\""));
        assert_eq!(all[0].get("integrity").unwrap().0, "sha1-x");
        assert_eq!(all[0].needs, [("@c/d", "^2 || 3")]);
        let linked = entries("\"a@link:./a\":\n  version \"0.0.0\"\n  uid \"\"\n").unwrap();
        assert_eq!(linked[0].get("uid").unwrap().0, "");
        assert!(
            entries("a@1:\n  version\n").is_err()
                && entries("garbage\n").is_err()
                && entries("  version \"1\"\n").is_err()
        );
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "[a\" :,@#é\u{feff}\n]{0,40}") {
            if let Ok(all) = entries(&text) {
                for (_, _, place) in all.iter().flat_map(|entry| &entry.members) {
                    let _ = &text[place.clone()];
                }
            }
        }
    }
}
