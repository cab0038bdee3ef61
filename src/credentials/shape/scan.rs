//! Finding a shape in the midst of a text: literals to look for, and where a value ends that begins at a place.

use super::{Part, Shape};

/// Bytes that a run takes at most. What decides about a value stands in its first few hundred bytes.
const LONGEST_RUN: usize = 400;

/// Bytes of a value before its first literal, at most: rules look back no further.
const LONGEST_BEFORE: usize = 150;

/// A literal that every value of a shape holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The literal.
    pub text: String,
    /// Bytes of the value that stand before it: least and most.
    pub before: (usize, usize),
}

impl Shape {
    /// Literals of which every value holds one; empty if the shape has none of at least `least` letters, or one
    /// whose place is not known.
    pub fn anchors(&self, least: usize) -> Vec<Anchor> {
        if let Some(Part::Text(_)) = self.parts.first() {
            let prefixes = self.prefixes();
            if prefixes.iter().all(|prefix| prefix.len() >= least) {
                return prefixes.into_iter().map(|text| Anchor { text, before: (0, 0) }).collect();
            }
        }
        let mut before = (0usize, 0usize);
        for part in &self.parts {
            match part {
                Part::Text(choices) if choices.iter().all(|choice| choice.len() >= least) => {
                    return choices.iter().map(|text| Anchor { text: text.clone(), before }).collect();
                }
                _ => {
                    let (min, max) = part.lengths();
                    before = (before.0 + min, before.1.saturating_add(max));
                    if before.1 > LONGEST_BEFORE {
                        break;
                    }
                }
            }
        }
        Vec::new()
    }

    /// Where a value ends that begins at `start`, as long as can be. Runs are read up to 400 bytes.
    pub fn end_at(&self, text: &[u8], start: usize) -> Option<usize> {
        end_of(&self.parts, text, start)
    }
}

/// Goes back in runs, which are few and bounded.
fn end_of(parts: &[Part], text: &[u8], at: usize) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else { return Some(at) };
    match part {
        Part::Text(choices) => choices
            .iter()
            .filter(|choice| text.get(at..).is_some_and(|text| text.starts_with(choice.as_bytes())))
            .filter_map(|choice| end_of(rest, text, at + choice.len()))
            .max(),
        Part::Run { alphabet, min, max } => {
            let most = (*max).min(LONGEST_RUN.max(*min));
            let run = text.get(at..)?.iter().take(most).take_while(|byte| alphabet.holds(**byte)).count();
            (*min..=run).rev().find_map(|length| end_of(rest, text, at + length))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(shape: &str, text: &str, start: usize) -> Option<usize> {
        Shape::parse(shape).unwrap().end_at(text.as_bytes(), start)
    }

    #[test]
    fn values_end_where_their_shape_ends() {
        assert_eq!(end("ghp_<base62:4>", "x ghp_aB3d;", 2), Some(10));
        assert_eq!(end("ghp_<base62:4>", "x ghp_aB3", 2), None);
        assert_eq!(end("a<base62:1-9>b<hex:2>", "axxbxb00", 0), Some(8));
        assert_eq!(end("x<digit:2+>", "x123456 ", 0), Some(7));
        assert_eq!(end("x<digit:2>", "x1", 9), None);
    }

    #[test]
    fn anchors_are_beginnings_or_literals_at_a_known_place() {
        let anchors = |shape: &str, least| Shape::parse(shape).unwrap().anchors(least);
        let texts = |shape: &str| anchors(shape, 3).into_iter().map(|a| a.text).collect::<Vec<_>>();
        assert_eq!(texts("(sk|rk)_(test|live)_<hex:3>"), ["sk_test_", "sk_live_", "rk_test_", "rk_live_"]);
        assert_eq!(
            anchors("<hex:14>.atlasv1.<hex:4>", 3),
            [Anchor { text: ".atlasv1.".into(), before: (14, 14) }]
        );
        assert_eq!(anchors("<hex:3><digit:1-2>Q~<hex:3>", 2), [Anchor { text: "Q~".into(), before: (4, 5) }]);
        assert!(
            texts("<hex:40>").is_empty() && texts("<hex:1+>abc").is_empty() && texts("SK<hex:32>").is_empty()
        );
    }

    proptest::proptest! {
        #[test]
        fn whole_values_are_found_whole(text in "[ab]{0,12}c[0-9a-f]{0,12}") {
            let shape = Shape::parse("<letter:1-8>c<hex:2-6>").unwrap();
            let whole = shape.matches(&text);
            proptest::prop_assert_eq!(shape.end_at(text.as_bytes(), 0) == Some(text.len()), whole);
        }
    }
}
