//! How old a report is, by its own word or by its file.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

/// No clock is further ahead of UTC, in seconds.
const FURTHEST_ZONE: i64 = 14 * 3_600;

/// Seconds since a report was made; negative if it is from the future. A time without zone may be from anywhere, so
/// the youngest age counts that it can have.
pub fn of(made: &str, now: Timestamp) -> Option<i64> {
    let made = made.trim();
    if let Ok(number) = made.parse::<f64>() {
        // Cobertura has seconds or milliseconds since 1970, by writer; JaCoCo milliseconds.
        let seconds = if number > 1e11 { number / 1_000.0 } else { number };
        return (seconds > 1e8).then(|| now.as_second() - seconds as i64);
    }
    if let Ok(time) = made.parse::<Timestamp>() {
        return Some(seconds(now.duration_since(time)));
    }
    let local: DateTime = made.parse().ok()?;
    let utc = local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    let age = seconds(now.duration_since(utc));
    Some(if age > 0 { (age - FURTHEST_ZONE).max(0) } else { age })
}

fn seconds(duration: SignedDuration) -> i64 {
    duration.as_secs()
}

/// A length of time as people say it.
pub fn words(seconds: i64) -> String {
    let count = |number: i64, unit: &str| crate::report::count(usize::try_from(number).unwrap_or(0), unit);
    match seconds {
        s if s < 120 => count(s.max(0), "second"),
        s if s < 2 * 3_600 => count(s / 60, "minute"),
        s if s < 2 * 86_400 => count(s / 3_600, "hour"),
        s => count(s / 86_400, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_all_writers_are_read() {
        let now: Timestamp = "2026-06-02T00:00:00Z".parse().unwrap();
        let age = |made: &str| of(made, now);
        assert_eq!(age("2026-06-01T00:00:00Z"), Some(86_400));
        assert_eq!(age("2026-06-01T02:00:00+02:00"), Some(86_400));
        assert_eq!(age("2026-06-01T00:00:00.000000"), Some(86_400 - FURTHEST_ZONE));
        assert_eq!(age("2026-06-01T23:00:00"), Some(0));
        assert_eq!(age(&now.as_millisecond().to_string()), Some(0));
        assert_eq!(age(&(now.as_second() - 60).to_string()), Some(60));
        for odd in ["", "0", "yesterday", "NaN", "Sun Jun 1"] {
            assert_eq!(age(odd), None, "{odd}");
        }
    }

    #[test]
    fn lengths_are_short() {
        assert_eq!(
            [1, 119, 180, 86_400, 200_000].map(words),
            ["1 second", "119 seconds", "3 minutes", "24 hours", "2 days"]
        );
    }
}
