//! Keys that are the same but for their case.

use std::collections::HashMap;

use crate::tree::Node;

/// Keys that are compared one by one; nearly every mapping has fewer.
const FEW: usize = 16;

/// The keys of a mapping so far.
#[derive(Default)]
pub(super) struct Seen<'t> {
    few: Vec<(&'t str, Node<'t>)>,
    /// All of them by their lower case, once they are more than a few.
    many: HashMap<String, Node<'t>>,
}

impl<'t> Seen<'t> {
    /// Adds a key. Returns the first one that GitHub takes for the same although it is written in other letters; the
    /// very same key again is the parser's to report.
    pub fn add(&mut self, name: &'t str, key: Node<'t>) -> Option<Node<'t>> {
        let first = if self.many.is_empty() && self.few.len() < FEW {
            let first = self.few.iter().find(|(other, _)| is_same(other, name)).map(|(_, first)| *first);
            self.few.push((name, key));
            first
        } else {
            let earlier = self.few.drain(..).rev().map(|(name, key)| (name.to_lowercase(), key));
            self.many.extend(earlier);
            Some(*self.many.entry(name.to_lowercase()).or_insert(key))
        };
        first.filter(|first| first.text() != Some(name))
    }
}

fn is_same(a: &str, b: &str) -> bool {
    match a.is_ascii() && b.is_ascii() {
        true => a.eq_ignore_ascii_case(b),
        false => a.to_lowercase() == b.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkout::Source;
    use crate::tree::Syntax;

    #[test]
    fn the_first_in_other_letters_is_found_among_few_and_among_many() {
        for before in [0, 5, 15, 16, 40] {
            let fillers: String = (0..before).map(|n| format!("k{n}: 1\n")).collect();
            let text = format!("Größe: 1\n{fillers}abc: 1\nABC: 1\nAbc: 1\nGRÖSSE: 1\ngRÖßE: 1\nabd: 1\n");
            let source = Source::new("x.yml", text);
            let mut seen = Seen::default();
            let entries = source.tree(Syntax::Yaml).root().unwrap().entries();
            let found: Vec<_> = entries
                .filter_map(|(key, _)| Some((key.text()?, seen.add(key.text()?, key)?.text()?)))
                .collect();
            assert_eq!(found, [("ABC", "abc"), ("Abc", "abc"), ("gRÖßE", "Größe")], "{before}");
        }
    }
}
