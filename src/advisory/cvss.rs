//! Scores of CVSS vectors, versions 2, 3.0, 3.1 and 4.0.

use std::str::FromStr;

/// Characters of the longest vector, with every metric of version 4.
const MAX_VECTOR: usize = 512;

/// Metrics that a vector must have: without one of them a score would be a guess, and mostly too low.
const BASE: [(&str, &[&str]); 4] = [
    ("CVSS:4.0/", &["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"]),
    ("CVSS:3.1/", &["AV", "AC", "PR", "UI", "S", "C", "I", "A"]),
    ("CVSS:3.0/", &["AV", "AC", "PR", "UI", "S", "C", "I", "A"]),
    ("", &["AV", "AC", "Au", "C", "I", "A"]),
];

/// The score of a vector, from 0 to 10; `None` if it is no complete vector of a known version.
pub fn score(vector: &str) -> Option<f64> {
    // Vectors of version 2 are written in parentheses by some.
    let vector = vector.trim().trim_start_matches('(').trim_end_matches([')', '/']);
    if vector.len() > MAX_VECTOR {
        return None;
    }
    let (prefix, needed) = BASE.iter().find(|(prefix, _)| vector.starts_with(prefix))?;
    let metrics = || vector[prefix.len()..].split('/').filter_map(|metric| Some(metric.split_once(':')?.0));
    if !needed.iter().all(|name| metrics().any(|metric| metric == *name)) {
        return None;
    }
    let score = cvss::Cvss::from_str(vector).ok()?.score();
    (0.0..=10.0).contains(&score).then_some(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_all_versions_are_scored() {
        // The scores are those of the calculators of FIRST.
        for (vector, expected) in [
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", 7.5),
            ("(AV:L/AC:H/Au:N/C:C/I:C/A:C)", 6.2),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
            ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:N", 0.0),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3),
            ("CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N", 4.8),
        ] {
            assert_eq!(score(vector), Some(expected), "{vector}");
        }
    }

    #[test]
    fn what_is_no_vector_has_no_score() {
        for text in [
            "",
            "7.5",
            "CVSS:3.1/AV:N",
            "CVSS:9.9/AV:N/AC:L",
            "AV:N/AC:L/Au:N/C:P/I:P",
            "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        ] {
            assert_eq!(score(text), None, "{text}");
        }
        assert_eq!(score(&"AV:N/".repeat(10_000)), None);
    }
}
