//! Foreign text cut to a length that can be shown, hashed or compared many times over.

/// The beginning of a text, at most `limit` bytes.
pub(crate) fn head(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The end of a text, at most `limit` bytes.
pub(crate) fn tail(text: &str, limit: usize) -> &str {
    let mut start = text.len().saturating_sub(limit);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

/// The text, or its first `limit` bytes and a sign that there was more.
pub(crate) fn shortened(text: String, limit: usize) -> String {
    if text.len() <= limit { text } else { format!("{}…", head(&text, limit)) }
}

/// The items, or the first `limit` and how many more there are.
pub(crate) fn list<'t>(
    items: impl ExactSizeIterator<Item = &'t str>,
    separator: &str,
    limit: usize,
) -> String {
    let more = items.len().saturating_sub(limit);
    let mut text = items.take(limit).collect::<Vec<_>>().join(separator);
    if more > 0 {
        text += &format!("{separator}and {more} more");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_lie_between_characters() {
        assert_eq!((head("aéb", 2), head("aéb", 3), head("aéb", 9)), ("a", "aé", "aéb"));
        assert_eq!((tail("aéb", 2), tail("aéb", 3), tail("aéb", 9)), ("b", "éb", "aéb"));
        assert_eq!(shortened("aéb".into(), 2), "a…");
        assert_eq!(list(["a", "b", "c"].into_iter(), ", ", 2), "a, b, and 1 more");
        assert_eq!(list(["a", "b"].into_iter(), ", ", 2), "a, b");
    }
}
