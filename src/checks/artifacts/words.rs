//! Numbers and names in words.

pub use crate::report::count;

/// Names that a sentence holds; more of them are counted.
const MAX_NAMES: usize = 5;

/// Some of these names in backticks, and how many more there are.
pub fn some(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().take(MAX_NAMES).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(MAX_NAMES) {
        0 => quoted.join(", "),
        rest => format!("{} and {rest} more", quoted.join(", ")),
    }
}

/// `1 byte`, `1062 bytes`, `3.4 MiB`: exact as long as that is short.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes == 1 {
        return "1 byte".to_owned();
    }
    if bytes < 10_000 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let words = [0, 1, 9_999, 10_000, 1 << 20, (1 << 30) - 1, 3 << 40].map(size);
        assert_eq!(
            words,
            ["0 bytes", "1 byte", "9999 bytes", "9.8 KiB", "1.0 MiB", "1.0 GiB", "3.0 TiB"]
                .map(str::to_owned)
        );
    }

    #[test]
    fn names_are_bounded() {
        assert_eq!(some(&["a", "b"]), "`a`, `b`");
        assert_eq!(some(&["a"; 7]), "`a`, `a`, `a`, `a`, `a` and 2 more");
    }
}
