//! Patterns as Go reads them, for this program's engine. Both are linear in time; they differ in what may stand
//! unescaped, and `regex-lite` has Go's classes: `\w`, `\d`, `\s` and `\b` are ASCII in both.

use regex_lite::Regex;

/// Bytes of compiled form that a pattern may take.
const SIZE: usize = 8 << 20;

/// A pattern of Go. The error says what is wrong with it.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    regex_lite::RegexBuilder::new(&translate(pattern))
        .size_limit(SIZE)
        .build()
        .map_err(|error| error.to_string())
}

/// The pattern, written so that the other engine reads the same.
fn translate(pattern: &str) -> String {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut at = 0;
    // True if something stands before that can be repeated.
    let mut repeatable = false;
    while let Some(&char) = chars.get(at) {
        match char {
            '\\' => at += escape(&chars[at..], &mut out, false),
            '[' => at += class(&chars[at..], &mut out),
            '{' => {
                let length = repetition(&chars[at..]).filter(|_| repeatable);
                match length {
                    Some(length) => out.extend(&chars[at..at + length]),
                    None => out.push_str("\\{"),
                }
                at += length.unwrap_or(1);
            }
            '}' => {
                out.push_str("\\}");
                at += 1;
            }
            _ => {
                out.push(char);
                at += 1;
            }
        }
        repeatable = !matches!(char, '(' | '|' | '^');
    }
    out
}

/// Length of a counted repetition: `{2}`, `{2,}`, `{2,5}`.
fn repetition(chars: &[char]) -> Option<usize> {
    let end = chars.iter().position(|char| *char == '}')?;
    let inner: String = chars[1..end].iter().collect();
    let (least, most) = inner.split_once(',').unwrap_or((&inner, ""));
    let number = |text: &str| text.chars().all(|char| char.is_ascii_digit());
    (!least.is_empty() && number(least) && number(most)).then_some(end + 1)
}

/// Writes an escape and says how many characters it took.
fn escape(chars: &[char], out: &mut String, in_class: bool) -> usize {
    match chars.get(1) {
        None => {
            out.push_str("\\\\");
            1
        }
        // `\Q…\E` is literal.
        Some('Q') => {
            let rest: String = chars[2..].iter().collect();
            let (text, length) = match rest.find("\\E") {
                Some(end) => (&rest[..end], rest[..end].chars().count() + 4),
                None => (&*rest, chars.len()),
            };
            text.chars().for_each(|char| literal(char, out));
            length
        }
        Some('E') => 2,
        // `\s` of Go lacks the vertical tab, which this engine's has.
        Some('s') => {
            out.push_str(if in_class { "\\t\\n\\f\\r " } else { "[\\t\\n\\f\\r ]" });
            2
        }
        Some('S') if !in_class => {
            out.push_str("[^\\t\\n\\f\\r ]");
            2
        }
        Some('z') => {
            out.push_str("\\z");
            2
        }
        // Octal.
        Some(first @ '0'..='7') => {
            let digits = chars[1..].iter().take(3).take_while(|char| char.is_digit(8)).count();
            let number =
                chars[1..=digits].iter().filter_map(|char| char.to_digit(8)).fold(0, |n, d| n * 8 + d);
            if *first == '0' || digits == 3 {
                out.push_str(&format!("\\x{{{number:x}}}"));
                return digits + 1;
            }
            out.push('\\');
            out.push(*first);
            2
        }
        // `\<` is a plain sign in Go and the beginning of a word elsewhere.
        Some(char) if !char.is_ascii_alphanumeric() => {
            literal(*char, out);
            2
        }
        Some(char) => {
            out.push('\\');
            out.push(*char);
            2
        }
    }
}

/// A sign that means itself, inside a class and outside.
fn literal(char: char, out: &mut String) {
    if char.is_ascii_punctuation()
        && !matches!(char, '<' | '>' | '_' | '"' | '\'' | '/' | '!' | '%' | ',' | ':' | ';' | '=' | '@' | '`')
    {
        out.push('\\');
    }
    out.push(char);
}

/// Writes a class and says how many characters it took.
fn class(chars: &[char], out: &mut String) -> usize {
    let mut at = 1;
    out.push('[');
    if chars.get(at) == Some(&'^') {
        out.push('^');
        at += 1;
    }
    let first = at;
    while let Some(&char) = chars.get(at) {
        match char {
            ']' if at > first => {
                out.push(']');
                return at + 1;
            }
            '[' if chars.get(at + 1) == Some(&':') => {
                let name: String = chars[at..].iter().take(12).collect();
                match name.find(":]") {
                    Some(end) => {
                        out.push_str(&name[..end + 2]);
                        at += end + 2;
                    }
                    None => {
                        out.push_str("\\[");
                        at += 1;
                    }
                }
            }
            '\\' => {
                let before = out.len();
                at += escape(&chars[at..], out, true);
                // `[\w-.]`: the dash is none between two ends.
                let set = out[before..].starts_with("\\w")
                    || out[before..].starts_with("\\d")
                    || out[before..].starts_with("\\t\\n");
                if set && chars.get(at) == Some(&'-') {
                    out.push_str("\\-");
                    at += 1;
                }
            }
            '-' => {
                // A dash at an end means itself.
                let end = at == first || chars.get(at + 1) == Some(&']');
                out.push_str(if end { "\\-" } else { "-" });
                at += 1;
            }
            ']' | '[' | '&' | '~' => {
                out.push('\\');
                out.push(char);
                at += 1;
            }
            _ => {
                out.push(char);
                at += 1;
            }
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(pattern: &str, text: &str) -> Option<(usize, usize)> {
        compile(pattern)
            .unwrap_or_else(|error| panic!("{pattern}: {error}"))
            .find(text)
            .map(|m| (m.start(), m.end()))
    }

    #[test]
    fn what_go_writes_unescaped_means_the_same() {
        for (pattern, text, wanted) in [
            (r"x{a}", "x{a}", Some((0, 4))),
            (r"{{[^}]+}}", "a {{b}}", Some((2, 7))),
            (r"^\${.+}$", "${x}", Some((0, 4))),
            (r"^\$(?:\d+|{\d+})$", "${12}", Some((0, 5))),
            (r"a{2,3}", "aaaa", Some((0, 3))),
            (r"a{,3}", "a{,3}", Some((0, 5))),
            (r"[[a-z]+", "[ab", Some((0, 3))),
            (r"[a&&b]+", "a&b", Some((0, 3))),
            (r"[a~~b]+", "a~b", Some((0, 3))),
            (r"[\w-.]+", "a-.b", Some((0, 4))),
            (r"[[:alpha:]]+", "1ab", Some((1, 3))),
            (r"\Qa.b{\E+", "a.b{{", Some((0, 5))),
            (r"\<b\>", "a<b>", Some((1, 4))),
            (r"[\<\>]", "b>", Some((1, 2))),
            (r"\101", "A", Some((0, 1))),
            (r"\s", "\u{b}", None),
            (r"\S", "\u{b}", Some((0, 1))),
            (r"\w+", "äb", Some((2, 3))),
            (r"(?i)\bkey\b", "a KEY", Some((2, 5))),
            (r"[]a]+", "]a", Some((0, 2))),
            (r"[^]a]", "]b", Some((1, 2))),
            (r"a\.b\-c\/d", "a.b-c/d", Some((0, 7))),
            (r"\x60", "`", Some((0, 1))),
        ] {
            assert_eq!(span(pattern, text), wanted, "{pattern}");
        }
        assert!(compile("(").is_err());
    }
}
