//! Whether text looks made by chance: how rarely its letters follow one another in names and words.

use std::sync::OnceLock;

/// Letters, digits, everything else.
const SYMBOLS: usize = 28;

/// Costs of pairs in quarters of a bit, learnt from the identifiers and words of public source code: common pairs
/// cost little.
fn costs() -> &'static [u8] {
    static TABLE: OnceLock<Vec<u8>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let numbers = include_str!("../data/bigrams.txt").split_whitespace();
        numbers.filter_map(|number| number.parse().ok()).collect()
    })
}

fn symbol(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => usize::from(byte - b'a'),
        b'A'..=b'Z' => usize::from(byte - b'A'),
        b'0'..=b'9' => 26,
        _ => 27,
    }
}

/// Mean surprise of the pairs of a text, in bits. Names in code have 3.7 on average, and 19 of 20 less than 4.5;
/// random letters and digits have 6.7, and 99 of 100 more than 5.
pub fn surprise(text: &[u8]) -> f32 {
    let cost = |pair: &[u8]| match pair {
        [a, b] => costs().get(symbol(*a) * SYMBOLS + symbol(*b)).copied().unwrap_or(0),
        _ => 0,
    };
    let sum: u32 = text.windows(2).map(|pair| u32::from(cost(pair))).sum();
    sum as f32 / 4.0 / text.len().saturating_sub(1).max(1) as f32
}

/// Entropy of the bytes of a text, in bits a byte (Shannon).
pub fn entropy(text: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    text.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let length = text.len().max(1) as f32;
    counts.iter().filter(|count| **count > 0).map(|count| *count as f32 / length).map(|p| -p * p.log2()).sum()
}

/// True if a text is likely to be made by chance: hex digits of all sorts, or letters that do not follow one another
/// in words.
pub fn is_random(text: &[u8]) -> bool {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = text.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    if digits == 0 || letters == 0 || digits + letters < text.len() * 3 / 4 {
        return digits + letters >= text.len() * 3 / 4 && digits == 0 && mixed_letters(text);
    }
    let hex = text.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    if hex {
        return entropy(text) >= if text.len() >= 32 { 3.0 } else { 2.6 };
    }
    entropy(text) >= 3.0 && surprise(text) >= 5.0
}

/// True if a part of a text between signs is likely to be made by chance.
pub fn has_random_part(text: &[u8]) -> bool {
    let long = |part: &&[u8]| part.len() >= 12;
    is_random(text) || text.split(|byte| !byte.is_ascii_alphanumeric()).filter(long).any(is_random)
}

/// Letters alone must be of both cases, and further from words.
fn mixed_letters(text: &[u8]) -> bool {
    let both = text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase);
    both && text.len() >= 20 && entropy(text) >= 3.5 && surprise(text) >= 5.6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_not_random_and_tokens_are() {
        assert_eq!(costs().len(), SYMBOLS * SYMBOLS);
        for name in [
            "human_attribute_name",
            "AbstractFactoryBean2",
            "spring-boot-starter-3",
            "x86_64-unknown-linux-gnu",
        ] {
            assert!(!is_random(name.as_bytes()), "{name} {}", surprise(name.as_bytes()));
        }
        let tokens = ["kX9vQ2mZ7pLw4RtB8sJd", "CdGbHgm77om1GrsPxsiE", "9f86d081884c7d659a2feaa0c55ad015"];
        for token in tokens {
            assert!(is_random(token.as_bytes()), "{token} {}", surprise(token.as_bytes()));
        }
    }
}
