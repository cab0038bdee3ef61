//! Reads the tables of facts that the program carries, TOML files, which `build.rs` writes as JSON, and finds their
//! entries by a word.

use serde::Deserialize;

/// The text of a table, by its place below `src` without its `.toml`.
macro_rules! text {
    ($place:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/facts/", $place, ".json"))
    };
}
pub(crate) use text;

/// A table, from its text.
pub fn table<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// The first word of a name: the program of a command.
pub fn first_word(name: &'static str) -> &'static str {
    name.split(' ').next().unwrap_or_default()
}

/// Entries of a table by a word of theirs. Every run makes some of these and asks for a few words: so it is an order by
/// number, in which words differ by their first letters, and no hash.
pub struct ByWord<T> {
    entries: Vec<T>,
    /// First letters, word, and index of the entry.
    order: Vec<(u64, &'static str, usize)>,
}

impl<T> ByWord<T> {
    /// The entries, each with its word.
    pub fn new(entries: impl IntoIterator<Item = (&'static str, T)>) -> ByWord<T> {
        let numbered = entries.into_iter().enumerate();
        let (mut order, entries): (Vec<_>, Vec<T>) =
            numbered.map(|(index, (word, entry))| ((letters(word), word, index), entry)).unzip();
        order.sort_unstable();
        ByWord { entries, order }
    }

    /// The entries with this word, in the order in which they were given.
    pub fn get(&self, word: &str) -> impl Iterator<Item = &T> {
        let found = self.found(word).take_while(move |(_, own, _)| *own == word);
        found.filter_map(|(.., index)| self.entries.get(*index))
    }

    /// True if some entry has this word.
    pub fn contains(&self, word: &str) -> bool {
        self.found(word).next().is_some_and(|(_, own, _)| *own == word)
    }

    /// The order from the first one on that does not stand before the word.
    fn found(&self, word: &str) -> impl Iterator<Item = &(u64, &'static str, usize)> {
        let wanted = (letters(word), word);
        let start = self.order.partition_point(|(letters, word, _)| (*letters, *word) < wanted);
        self.order.iter().skip(start)
    }
}

/// The first letters of a word as a number: words that differ there stand in the order of their numbers.
fn letters(word: &str) -> u64 {
    let mut letters = [0; 8];
    word.bytes().zip(&mut letters).for_each(|(byte, letter)| *letter = byte);
    u64::from_be_bytes(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_their_words() {
        let words =
            ["go", "golangci-lint", "golangci", "golangci-lint", "", "é", "zzzzzzzzzz", "go", "zzzzzzzz"];
        let table = ByWord::new(words.into_iter().enumerate().map(|(index, word)| (word, index)));
        for word in words {
            let all: Vec<usize> = (0..words.len()).filter(|index| words[*index] == word).collect();
            assert_eq!(table.get(word).copied().collect::<Vec<_>>(), all, "{word}");
            assert!(table.contains(word));
        }
        for nobody in ["g", "golangci-", "golangci-lint-x", "zzzzzzzzz", "\0"] {
            assert!(table.get(nobody).next().is_none() && !table.contains(nobody), "{nobody}");
        }
    }
}
