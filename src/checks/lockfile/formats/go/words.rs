//! Lines of go.mod and go.work, cut as Go cuts them.

/// True for characters that are words of their own.
fn is_single(c: char) -> bool {
    matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ',')
}

/// The words of a line without its comment; what stands between double quotes is one of them.
pub fn words(line: &str) -> Vec<&str> {
    let is_plain =
        |byte: &u8| byte.is_ascii() && !matches!(byte, b'"' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b',');
    // Nearly all lines are a module and its version.
    if line.as_bytes().iter().all(is_plain) {
        return line.split_ascii_whitespace().collect();
    }
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = rest.strip_prefix('"').and_then(|inner| inner.split_once('"'));
        let (word, after) = match quoted {
            Some((inner, after)) => (inner, after),
            None => {
                let ends = |c: char| c.is_whitespace() || is_single(c);
                let end = if is_single(first) { 1 } else { rest.find(ends).unwrap_or(rest.len()) };
                rest.split_at(end)
            }
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn lines_are_cut() {
        assert_eq!(words("retract [v1.0.0,v1.1.0]"), ["retract", "[", "v1.0.0", ",", "v1.1.0", "]"]);
        assert_eq!(words("require("), ["require", "("]);
        assert_eq!(words("\tuse \"./a b\" `c` "), ["use", "./a b", "`c`"]);
        assert_eq!(words(" \"open"), ["\"open"]);
        assert!(words(" \t").is_empty());
        assert_eq!(words(" a/b v1.0.0 \t"), ["a/b", "v1.0.0"]);
        assert_eq!(words("a\u{a0}é b"), ["a", "é", "b"]);
    }
}
