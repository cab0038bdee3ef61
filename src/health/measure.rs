//! Latencies and failures of many answers, and what they say. No clock and no network.

use std::time::Duration;

/// Differences below this are noise of the network.
const NOISE: Duration = Duration::from_millis(10);

/// What many answers were like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// Latencies of good answers.
    pub latencies: Vec<Duration>,
    /// Answers that were not good.
    pub failures: usize,
}

impl Samples {
    /// The latency that `percentile` of a hundred good answers keep (nearest rank); `None` without good answers.
    pub fn percentile(&self, percentile: u32) -> Option<Duration> {
        let mut sorted = self.latencies.clone();
        crate::sorted::by(&mut sorted, Ord::cmp);
        let rank = (sorted.len() * percentile.clamp(1, 100) as usize).div_ceil(100);
        sorted.get(rank.checked_sub(1)?).copied()
    }

    /// All answers.
    pub fn count(&self) -> usize {
        self.latencies.len() + self.failures
    }
}

/// A latency that most answers must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatencyLimit {
    /// 1 to 100.
    pub percentile: u32,
    /// The longest.
    pub limit: Duration,
}

impl std::str::FromStr for LatencyLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no limit; write p95=300ms");
        let (name, limit) = text.split_once('=').ok_or_else(wrong)?;
        let percentile = name.strip_prefix('p').and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
        if !(1..=100).contains(&percentile) {
            return Err(wrong());
        }
        Ok(LatencyLimit { percentile, limit: crate::cli::deploy::duration(limit)? })
    }
}

/// What a comparison says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The new one is as good.
    Promote,
    /// It is worse, in words.
    RollBack(String),
    /// The old one does not answer, so there is nothing to compare with.
    Inconclusive,
}

/// Compares a new version with the one that serves now. `tolerance` in percent.
pub fn compare(new: &Samples, old: &Samples, tolerance: u32) -> Verdict {
    if old.latencies.is_empty() {
        return Verdict::Inconclusive;
    }
    // Shares are compared without dividing: a/b > c/d.
    if new.failures * old.count() > old.failures * new.count() {
        return Verdict::RollBack(format!(
            "{} of {} answers failed, of the baseline {} of {}",
            new.failures,
            new.count(),
            old.failures,
            old.count()
        ));
    }
    for percentile in [50, 95] {
        let (Some(now), Some(before)) = (new.percentile(percentile), old.percentile(percentile)) else {
            return Verdict::RollBack("it does not answer".to_owned());
        };
        let most = before.mul_f64(1.0 + f64::from(tolerance) / 100.0) + NOISE;
        if now > most {
            return Verdict::RollBack(format!(
                "p{percentile} is {} ms, of the baseline {} ms",
                now.as_millis(),
                before.as_millis()
            ));
        }
    }
    Verdict::Promote
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(ms: &[u64], failures: usize) -> Samples {
        Samples { latencies: ms.iter().map(|ms| Duration::from_millis(*ms)).collect(), failures }
    }

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let hundred = samples(&(1..=100).rev().collect::<Vec<_>>(), 0);
        for (percentile, ms) in [(1, 1), (50, 50), (95, 95), (100, 100)] {
            assert_eq!(hundred.percentile(percentile), Some(Duration::from_millis(ms)));
        }
        assert_eq!(samples(&[7], 3).percentile(95), Some(Duration::from_millis(7)));
        assert_eq!(samples(&[], 3).percentile(95), None);
    }

    #[test]
    fn the_new_one_must_be_as_good() {
        let old = samples(&[100; 20], 0);
        assert_eq!(compare(&samples(&[115; 20], 0), &old, 20), Verdict::Promote);
        assert!(matches!(compare(&samples(&[140; 20], 0), &old, 20), Verdict::RollBack(_)));
        assert!(matches!(compare(&samples(&[100; 19], 1), &old, 20), Verdict::RollBack(_)));
        assert!(matches!(compare(&samples(&[], 20), &old, 20), Verdict::RollBack(_)));
        assert_eq!(compare(&samples(&[100; 20], 0), &samples(&[], 20), 20), Verdict::Inconclusive);
        assert_eq!(compare(&samples(&[100; 18], 2), &samples(&[100; 9], 1), 20), Verdict::Promote);
    }

    #[test]
    fn limits_have_a_percentile() {
        let limit: LatencyLimit = "p95=300ms".parse().unwrap();
        assert_eq!((limit.percentile, limit.limit), (95, Duration::from_millis(300)));
        for text in ["95=1s", "p0=1s", "p101=1s", "p95", "p95=fast"] {
            assert!(text.parse::<LatencyLimit>().is_err(), "{text}");
        }
    }
}
