//! The parser's words for what is wrong with YAML, in words that say what to do.

/// A message and, where one is known, the mend.
pub fn yaml_advice(message: &str) -> (String, Option<String>) {
    let lower = message.to_lowercase();
    let has = |part: &str| lower.contains(part);
    if let Some((_, line)) = message.split_once("; inside the bracket of line ") {
        let words =
            format!("the bracket that line {line} opens is not closed before this, or a `,` is missing");
        return (words, Some("close the bracket, or quote the text in it".to_owned()));
    }
    let (words, help) = match () {
        () if has("tab") => ("a tab stands where only spaces may", "indent with spaces"),
        () if has("quoted") => ("a quote that was opened above is never closed", "close it"),
        () if has("mapping values are not allowed") || has("placement of ':'") => (
            "a `:` with a space behind it makes a mapping, and none may begin here",
            "quote the text that holds the `:`, or check the indentation of this line and the one above",
        ),
        () if has("simple key") => (
            "a key without its `:`, or text that belongs to the line above",
            "add the `:`, or indent the text below its key",
        ),
        () if has("indent") => ("the indentation fits no level above", "align it with the lines above"),
        () if has("nesting") || has("recursion") => {
            ("this is nested too deeply to be read", "nest less than 255 levels")
        }
        _ => return (message.to_owned(), None),
    };
    (words.to_owned(), Some(help.to_owned()))
}
