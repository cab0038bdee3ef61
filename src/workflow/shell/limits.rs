//! How deep a script is nested, before a recursive parser sees it.

/// Levels that the parser is given. Real scripts have fewer than ten.
const MAX_LEVELS: usize = 40;

/// Parentheses within each other that the parser is given: each may be arithmetic, which it tries as well.
const MAX_PARENTHESES: usize = 12;

/// Words that open a level.
const OPENING: [&str; 6] = ["if", "for", "while", "until", "case", "select"];

/// Words that close one.
const CLOSING: [&str; 3] = ["fi", "done", "esac"];

/// True if the script could be nested deeper than the parser is given. Quotes are not looked at: text in them counts
/// as script, so that nothing hides in them.
pub(super) fn is_too_deep(script: &str) -> bool {
    let (mut words, mut parentheses, mut braces) = (Depth::default(), Depth::default(), Depth::default());
    let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let mut rest = script;
    while !rest.is_empty() {
        let end = rest.bytes().position(|byte| !is_of_word(&byte)).unwrap_or(rest.len());
        let word = &rest[..end];
        if OPENING.contains(&word) {
            words.open();
        } else if CLOSING.contains(&word) {
            words.close();
        }
        let mut behind = rest[end..].chars();
        match behind.next() {
            Some('(') => parentheses.open(),
            Some(')') => parentheses.close(),
            Some('{') => braces.open(),
            Some('}') => braces.close(),
            _ => {}
        }
        rest = behind.as_str();
    }
    words.most + parentheses.most + braces.most > MAX_LEVELS || parentheses.most > MAX_PARENTHESES
}

/// Levels of one kind. The kinds are counted apart: the `)` of a `case` closes nothing.
#[derive(Default)]
struct Depth {
    now: usize,
    most: usize,
}

impl Depth {
    fn open(&mut self) {
        self.now += 1;
        self.most = self.most.max(self.now);
    }

    fn close(&mut self) {
        self.now = self.now.saturating_sub(1);
    }
}
