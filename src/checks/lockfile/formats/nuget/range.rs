//! Version ranges of NuGet in one form.

/// The range that a version asks for, in one form; nothing where only MSBuild or the registry knows it.
pub fn range(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if text.is_empty() || text.contains("$(") || text.contains('*') {
        return None;
    }
    let plain = |version: &str| {
        let (version, rest) = version.split_at(version.find(['-', '+']).unwrap_or(version.len()));
        let mut parts: Vec<&str> = version.split('.').map(|part| part.trim_start_matches('0')).collect();
        while parts.last() == Some(&"") {
            parts.pop();
        }
        let rest = rest.split('+').next().unwrap_or_default();
        format!("{}{}", parts.join("."), rest.to_lowercase())
    };
    let Some(inner) = text.strip_prefix(['[', '(']) else { return Some(format!("[{},)", plain(&text))) };
    let inner = inner.strip_suffix([']', ')'])?;
    let (first, last) = (text.chars().next()?, text.chars().last()?);
    Some(match inner.split_once(',') {
        Some((from, to)) => format!("{first}{},{}{last}", plain(from), plain(to)),
        None => format!("[{0},{0}]", plain(inner)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_have_one_form() {
        assert_eq!(range("1.2.0"), range("[1.2, )"));
        assert_eq!(range("[1.0]"), range("[1.0.0, 1.0.0]"));
        assert_ne!(range("1.2.3"), range("1.2.4"));
        assert_eq!(range("1.*"), None);
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "[\\[\\](),.1a+*$ -]{0,12}") {
            let _ = range(&text);
        }
    }
}
