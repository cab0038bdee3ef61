//! How bad a flaw is, on the scale that all scanners and databases can be brought to.

use serde::Deserialize;

/// How bad a flaw is. The bands are those of CVSS v3 and v4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, clap::ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Of no consequence by itself.
    None,
    /// A score below 4.
    Low,
    /// A score below 7.
    Medium,
    /// A score below 9.
    High,
    /// A score of 9 or more.
    Critical,
}

impl Level {
    /// The band of a score from 0 to 10.
    pub fn of_score(score: f64) -> Level {
        match score {
            score if score >= 9.0 => Level::Critical,
            score if score >= 7.0 => Level::High,
            score if score >= 4.0 => Level::Medium,
            score if score > 0.0 => Level::Low,
            _ => Level::None,
        }
    }

    /// The level that a word of any tool means, in any case.
    pub fn of_word(word: &str) -> Option<Level> {
        const WORDS: [(&str, Level); 17] = [
            ("critical", Level::Critical),
            ("blocker", Level::Critical),
            ("high", Level::High),
            ("important", Level::High),
            ("error", Level::High),
            ("major", Level::High),
            ("medium", Level::Medium),
            ("moderate", Level::Medium),
            ("warning", Level::Medium),
            ("low", Level::Low),
            ("minor", Level::Low),
            ("note", Level::Low),
            ("info", Level::Low),
            ("style", Level::Low),
            ("negligible", Level::Low),
            ("none", Level::None),
            ("informational", Level::None),
        ];
        let known = WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word.trim()));
        known.map(|(_, level)| *level)
    }

    /// The word that users see and write.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::Critical => "critical",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_those_of_cvss() {
        let of = |scores: &[f64]| scores.iter().map(|&score| Level::of_score(score)).collect::<Vec<_>>();
        assert_eq!(of(&[0.0, 0.1, 3.9]), [Level::None, Level::Low, Level::Low]);
        assert_eq!(of(&[4.0, 6.9, 7.0]), [Level::Medium, Level::Medium, Level::High]);
        assert_eq!(
            of(&[8.9, 9.0, 10.0, f64::NAN]),
            [Level::High, Level::Critical, Level::Critical, Level::None]
        );
        assert_eq!(Level::of_word(" MODERATE "), Some(Level::Medium));
        assert_eq!(Level::of_word("unknown"), None);
        assert!(Level::Critical > Level::High);
    }
}
