//! The lines of a requirements file, as pip joins and splits them.

use std::ops::Range;

/// One line, continuations joined, without its comment.
#[derive(Debug, PartialEq, Eq)]
pub struct Line<'s> {
    /// The words and where each is written. Quotes are kept.
    pub words: Vec<(&'s str, Range<usize>)>,
}

impl Line<'_> {
    /// The whole line, in bytes.
    pub fn place(&self) -> Range<usize> {
        let start = self.words.first().map_or(0, |(_, place)| place.start);
        start..self.words.last().map_or(start, |(_, place)| place.end)
    }
}

/// All lines that are not empty.
pub fn lines(text: &str) -> Vec<Line<'_>> {
    let mut result = Vec::new();
    let mut words = Vec::new();
    let mut start = 0;
    for physical in text.split_inclusive('\n') {
        let content = physical.trim_end_matches(['\n', '\r']);
        let content = content.strip_prefix('\u{feff}').filter(|_| start == 0).unwrap_or(content);
        let offset = start + (physical.trim_end_matches(['\n', '\r']).len() - content.len());
        start += physical.len();
        let content = without_comment(content);
        let continued = content.ends_with('\\');
        let content = content.strip_suffix('\\').unwrap_or(content);
        let mut from = 0;
        for word in content.split([' ', '\t']) {
            if !word.is_empty() {
                words.push((word, offset + from..offset + from + word.len()));
            }
            from += word.len() + 1;
        }
        if !continued && !words.is_empty() {
            result.push(Line { words: std::mem::take(&mut words) });
        }
    }
    if !words.is_empty() {
        result.push(Line { words });
    }
    result
}

/// `#` begins a comment at the start of a line and behind a space.
fn without_comment(line: &str) -> &str {
    let mut before = None;
    for (at, c) in line.char_indices() {
        if c == '#' && before.is_none_or(char::is_whitespace) {
            return &line[..at];
        }
        before = Some(c);
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_joined_and_split() {
        let text = "# c\na==1 \\\r\n    --hash=sha256:x # y\n-i https://h/#f\n\n b";
        let found = lines(text);
        let words = |line: &Line<'_>| line.words.iter().map(|(word, _)| word.to_string()).collect::<Vec<_>>();
        assert_eq!(words(&found[0]), ["a==1", "--hash=sha256:x"]);
        assert_eq!(words(&found[1]), ["-i", "https://h/#f"]);
        assert_eq!(words(&found[2]), ["b"]);
        assert_eq!(found.len(), 3);
        assert_eq!(&text[found[0].words[1].1.clone()], "--hash=sha256:x");
    }

    proptest! {
        #[test]
        fn places_are_those_of_the_words(text in "[a#\\\\ \r\n\u{feff}é=-]{0,40}") {
            for line in lines(&text) {
                for (word, place) in line.words {
                    prop_assert_eq!(&text[place], word);
                }
            }
        }
    }
}
