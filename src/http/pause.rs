//! How long to wait before the next try.

use std::time::Duration;

/// The pause after attempt number `attempt` (from 1): doubled each time, and any part of it between a half and the
/// whole, so that many who failed together do not come back together.
pub fn backoff(attempt: u32, first: Duration, longest: Duration) -> Duration {
    let whole = first.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(longest);
    let mut random = [0u8; 2];
    // Without randomness the whole pause is as good.
    let share = match getrandom::fill(&mut random) {
        Ok(()) => 0.5 + f64::from(u16::from_le_bytes(random)) / f64::from(u16::MAX) / 2.0,
        Err(_) => 1.0,
    };
    whole.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_the_longest() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(5));
        for (attempt, most) in [(1, 100), (2, 200), (5, 1600), (9, 5000), (u32::MAX, 5000)] {
            let pause = backoff(attempt, first, longest);
            let most = Duration::from_millis(most);
            assert!(pause <= most && pause >= most / 2, "{attempt}: {pause:?}");
        }
    }
}
