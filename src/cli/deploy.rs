//! Commands and options of everything around a deploy.

mod health;
mod lock;
mod required;
mod rollback;
mod status;

use std::time::Duration;

pub use health::HealthCommand;
pub use lock::*;
pub use required::WaitCommand;
pub use rollback::{BeginCommand, FinishCommand, RollbackCommand, UnfreezeCommand};
pub use status::{SetCommand, StatusCommand, SummaryCommand};

/// `90s`, `30m`, `2h`, `300ms`, `1h30m`; a number alone is seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write 90s, 30m or 2h");
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: u32 = rest.get(..digits).and_then(|digits| digits.parse().ok()).ok_or_else(wrong)?;
        let after = rest.get(digits..).unwrap_or_default();
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let unit = match after.get(..end).unwrap_or_default() {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "" if digits == text.trim().len() => Duration::from_secs(1),
            "m" | "min" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            "d" => Duration::from_secs(86400),
            _ => return Err(wrong()),
        };
        total = unit.checked_mul(number).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
        rest = after.get(end..).unwrap_or_default();
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        for (text, ms) in [("90", 90_000), ("300ms", 300), ("1h30m", 5_400_000), ("2d", 172_800_000)] {
            assert_eq!(duration(text).unwrap(), Duration::from_millis(ms), "{text}");
        }
        for text in ["", "m", "1x", "1m5", "-1s", "1.5s", "99999999999s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
