//! Patterns of branches, tags, paths and workflow names as GitHub matches them (its "Filter pattern cheat sheet").
//!
//! `**` is any text, `*` any text without a slash, `?` none or one of what stands before it, `+` one or more of it,
//! `[abc]` and `[a-z]` one of these characters, `\` takes the next character as it is, `!` in front leaves out.

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    negative: bool,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    what: What,
    /// How often it may come.
    times: Times,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Char(char),
    Class(Vec<(char, char)>),
    /// Any character but a slash.
    NoSlash,
    /// Any character.
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Times {
    Once,
    Optional,
    Many,
    AnyNumber,
}

/// Steps that one comparison may take: hostile patterns end, and count as no match.
const MAX_STEPS: usize = 100_000;

impl Glob {
    /// Parses a pattern; says what is wrong otherwise.
    pub fn parse(pattern: &str) -> Result<Glob, String> {
        let (negative, body) = match pattern.strip_prefix('!') {
            Some(body) => (true, body),
            None => (false, pattern),
        };
        let mut parts: Vec<Part> = Vec::new();
        let mut chars = body.chars().peekable();
        while let Some(c) = chars.next() {
            let (what, times) = match c {
                '*' if chars.next_if_eq(&'*').is_some() => (What::Any, Times::AnyNumber),
                '*' => (What::NoSlash, Times::AnyNumber),
                '?' | '+' => {
                    let times = if c == '?' { Times::Optional } else { Times::Many };
                    match parts.last_mut() {
                        Some(last) if last.times == Times::Once => last.times = times,
                        // Behind a star they change nothing.
                        Some(_) => {}
                        None => {
                            return Err(format!("`{c}` at the start of `{pattern}` has nothing before it"));
                        }
                    }
                    continue;
                }
                '[' => (What::Class(class(&mut chars, pattern)?), Times::Once),
                '\\' => match chars.next() {
                    Some(next) => (What::Char(next), Times::Once),
                    None => return Err(format!("`{pattern}` ends with a `\\` that takes nothing")),
                },
                c => (What::Char(c), Times::Once),
            };
            parts.push(Part { what, times });
        }
        Ok(Glob { negative, parts })
    }

    /// True if the pattern leaves out what it matches.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// True if it matches the whole text.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        // All positions of the text that can be reached, part by part: no backtracking.
        let mut reached = vec![false; text.len() + 1];
        reached[0] = true;
        let mut next = reached.clone();
        let mut steps = 0;
        for part in &self.parts {
            for at in 0..=text.len() {
                steps += 1;
                if steps > MAX_STEPS {
                    return false;
                }
                let fits = at > 0 && part.what.fits(text[at - 1]);
                next[at] = match part.times {
                    Times::Once => fits && reached[at - 1],
                    Times::Optional => reached[at] || (fits && reached[at - 1]),
                    Times::Many => fits && (reached[at - 1] || next[at - 1]),
                    Times::AnyNumber => reached[at] || (fits && next[at - 1]),
                };
            }
            if !next.contains(&true) {
                return false;
            }
            std::mem::swap(&mut reached, &mut next);
        }
        reached[text.len()]
    }
}

/// What a list of patterns makes of a text: the last one that matches decides. `None` if none matches.
pub fn decide<'p>(patterns: impl IntoIterator<Item = &'p Glob>, text: &str) -> Option<bool> {
    let mut decision = None;
    for pattern in patterns {
        if pattern.matches(text) {
            decision = Some(!pattern.negative);
        }
    }
    decision
}

impl What {
    fn fits(&self, c: char) -> bool {
        match self {
            What::Char(own) => *own == c,
            What::Class(ranges) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)),
            What::NoSlash => c != '/',
            What::Any => true,
        }
    }
}

fn class(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    pattern: &str,
) -> Result<Vec<(char, char)>, String> {
    let mut ranges = Vec::new();
    loop {
        let open = || format!("`[` in `{pattern}` is never closed by `]`");
        let from = match chars.next().ok_or_else(open)? {
            ']' if !ranges.is_empty() => return Ok(ranges),
            ']' => return Err(format!("`[]` in `{pattern}` holds nothing")),
            '\\' => chars.next().ok_or_else(open)?,
            c => c,
        };
        let to = match chars.next_if_eq(&'-') {
            Some(_) if chars.peek() != Some(&']') => chars.next().ok_or_else(open)?,
            Some(_) => {
                ranges.push(('-', '-'));
                from
            }
            None => from,
        };
        if from > to {
            return Err(format!("`{from}-{to}` in `{pattern}` runs backwards"));
        }
        ranges.push((from, to));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheat_sheet() {
        for (pattern, yes, no) in [
            ("feature/*", &["feature/my-branch"][..], &["feature/a/b", "feature"][..]),
            ("feature/**", &["feature/beta-a/my-branch", "feature/x"], &["feature"]),
            ("releases/mona-the-octocat", &["releases/mona-the-octocat"], &["releases/mona"]),
            ("'*'", &["'x'"], &["x"]),
            ("*", &["main", "releases"], &["all/the/branches"]),
            ("**", &["all/the/branches", "every/tag", ""], &[]),
            ("*feature", &["mona-feature", "feature", "ver-10-feature"], &["features"]),
            ("v2*", &["v2", "v2.0", "v2.9"], &["v1"]),
            ("v[12].[0-9]+.[0-9]+", &["v1.10.1", "v2.0.0"], &["v3.0.0", "v1.0", "v1..0"]),
            ("*.jsx?", &["page.js", "page.jsx"], &["page.jsxx", "a/page.js"]),
            ("**/docs/**", &["dir/docs/my-file.txt", "/docs/x"], &["docs/x"]),
            ("docs/**/*.md", &["docs/a/markdown/file.md", "docs//x.md"], &["docs/file.txt"]),
            ("a\\*b\\[c\\]", &["a*b[c]"], &["axb[c]"]),
            ("[a-]", &["a", "-"], &["b"]),
        ] {
            let glob = Glob::parse(pattern).unwrap();
            for text in yes {
                assert!(glob.matches(text), "{pattern} must match {text}");
            }
            for text in no {
                assert!(!glob.matches(text), "{pattern} must not match {text}");
            }
        }
    }

    #[test]
    fn the_last_match_decides() {
        let patterns: Vec<Glob> =
            ["**", "!docs/**", "docs/keep/**"].iter().map(|p| Glob::parse(p).unwrap()).collect();
        assert_eq!(decide(&patterns, "src/x"), Some(true));
        assert_eq!(decide(&patterns, "docs/x"), Some(false));
        assert_eq!(decide(&patterns, "docs/keep/x"), Some(true));
        assert_eq!(decide(&patterns[1..2], "src/x"), None);
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for bad in ["?x", "+", "[", "[]", "a\\", "[z-a]", "![", "x[a"] {
            assert!(Glob::parse(bad).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_pattern_panics_or_takes_long(pattern in "[-a-c*?+\\[\\]\\\\!/]{0,30}", text in "[a-c/]{0,60}") {
            if let Ok(glob) = Glob::parse(&pattern) {
                let _ = glob.matches(&text);
            }
        }
    }
}
