//! How a place in a POSIX script is quoted, as far as that can be said without doubt.

/// The quotes around a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// None.
    None,
    /// `"…"`
    Double,
}

/// The quotes around byte `at` of a script. `None` where a variable would not be replaced (`'…'`, comments), or where it
/// takes more than quotes to say: here documents, substitutions, arithmetic.
pub fn at(script: &str, at: usize) -> Option<Quotes> {
    let before = script.get(..at)?;
    if ["<<", "$(", "`", "((", "$'", "$\"", "eval"].iter().any(|doubtful| before.contains(doubtful)) {
        return None;
    }
    let mut quotes = Quotes::None;
    let mut previous = '\n';
    let mut chars = before.chars();
    while let Some(c) = chars.next() {
        match (quotes, c) {
            (_, '\\') => drop(chars.next()),
            (Quotes::None, '"') => quotes = Quotes::Double,
            (Quotes::Double, '"') => quotes = Quotes::None,
            (Quotes::None, '\'') => {
                // Up to the closing one; a place inside of it cannot be mended by a variable.
                chars.by_ref().find(|c| *c == '\'')?;
            }
            (Quotes::None, '#') if previous.is_whitespace() || previous == ';' => {
                chars.by_ref().find(|c| *c == '\n')?;
            }
            _ => {}
        }
        previous = c;
    }
    Some(quotes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_around_a_place() {
        for (script, expected) in [
            ("echo @", Some(Quotes::None)),
            ("echo \"a @ b\"", Some(Quotes::Double)),
            ("echo \"a\" @", Some(Quotes::None)),
            ("echo 'it' @", Some(Quotes::None)),
            ("echo 'a @ b'", None),
            ("echo a # it's @", None),
            ("# it's\necho \"@\"", Some(Quotes::Double)),
            ("echo \\\" @", Some(Quotes::None)),
            ("cat <<EOF\n@", None),
            ("x=\"$(echo \"@\")\"", None),
            ("x=a#b'c' @", Some(Quotes::None)),
        ] {
            let at_place = script.find('@').unwrap();
            assert_eq!(at(script, at_place), expected, "{script}");
        }
    }
}
