//! Whether something became slower, or only seems to: the difference against the noise of both sides.

use crate::checks::reports::model::measures::Measure;

/// Standard errors by which two sides must differ. One of some hundred benchmarks exceeds it by chance in about a
/// thousand runs.
const SIGMAS: f64 = 4.0;

/// How a measure changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    /// By how many percent; positive is slower.
    pub percent: f64,
    /// By how many standard errors the two sides differ; `None` if the noise is not known.
    pub sigmas: Option<f64>,
}

impl Change {
    /// True if it is slower by more than so many percent, and not by chance as far as that is known.
    pub fn is_regression(self, limit: f64) -> bool {
        self.percent > limit && self.sigmas.is_none_or(|sigmas| sigmas > SIGMAS)
    }
}

/// The change from `before` to `after`; `None` if they cannot be compared.
pub(super) fn change(before: &Measure, after: &Measure) -> Option<Change> {
    let (old, new) = (before.centre()?, after.centre()?);
    if !(old > 0.0 && new.is_finite()) {
        return None;
    }
    let percent = 100.0 * (new - old) / old;
    Some(Change { percent, sigmas: rank_sum(before, after).or_else(|| welch(before, after)) })
}

/// The rank-sum test of Mann and Whitney, in standard errors: it asks only which sample is greater, so that a few
/// runs that took very long do not decide. Needs enough samples on both sides for its normal approximation.
fn rank_sum(before: &Measure, after: &Measure) -> Option<f64> {
    const ENOUGH: usize = 8;
    let (old, new) = (before.samples(), after.samples());
    if old.len() < ENOUGH || new.len() < ENOUGH {
        return None;
    }
    let (m, n) = (old.len() as f64, new.len() as f64);
    let mut all: Vec<(f64, bool)> =
        old.iter().map(|v| (*v, false)).chain(new.iter().map(|v| (*v, true))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut ranks, mut ties, mut at) = (0.0, 0.0, 0);
    while at < all.len() {
        let same = all[at..].iter().take_while(|(value, _)| *value == all[at].0).count();
        let rank = at as f64 + (same as f64 + 1.0) / 2.0;
        ranks += rank * all[at..at + same].iter().filter(|(_, is_new)| *is_new).count() as f64;
        ties += (same as f64).powi(3) - same as f64;
        at += same;
    }
    let total = m + n;
    let statistic = ranks - n * (n + 1.0) / 2.0;
    let variance = m * n / 12.0 * ((total + 1.0) - ties / (total * (total - 1.0)));
    if variance <= 0.0 {
        return Some(0.0);
    }
    let by_rank = (statistic - m * n / 2.0) / variance.sqrt();
    // Ranks of few samples cannot be far apart however much slower one side is; then the means decide as well.
    let most = (m * n / 2.0) / variance.sqrt();
    Some(if most <= SIGMAS && by_rank >= most * 0.999 {
        welch(before, after).unwrap_or(by_rank)
    } else {
        by_rank
    })
}

/// Welch's t: the difference of the means in standard errors.
fn welch(before: &Measure, after: &Measure) -> Option<f64> {
    let ((m, old), (n, new)) = (before.spread()?, after.spread()?);
    let error = (old * old / m + new * new / n).sqrt();
    let difference = after.mean()? - before.mean()?;
    Some(if error > 0.0 { difference / error } else { difference.signum() * f64::INFINITY })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::reports::model::measures::Stated;

    /// Samples around a centre, with noise that is always the same.
    fn samples(centre: f64, noise: f64, number: u32) -> Measure {
        let mut state: u32 = 7;
        let sample = (0..number).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            centre * (1.0 + noise * (f64::from(state >> 8) / f64::from(1 << 24) - 0.5))
        });
        Measure::of_samples("x", "s", sample.collect())
    }

    #[test]
    fn noise_is_no_regression() {
        let before = samples(1.0, 0.5, 30);
        assert!(!change(&before, &before).unwrap().is_regression(0.0));
        let slightly = change(&before, &samples(1.03, 0.5, 29)).unwrap();
        assert!(!slightly.is_regression(1.0), "{slightly:?}");
    }

    #[test]
    fn what_became_slower_is_one() {
        for number in [5, 10, 100] {
            let change = change(&samples(1.0, 0.1, number), &samples(1.3, 0.1, number)).unwrap();
            assert!(change.is_regression(10.0), "{number}: {change:?}");
            assert!(!change.is_regression(40.0), "{number}: {change:?}");
        }
        let faster = change(&samples(1.3, 0.1, 50), &samples(1.0, 0.1, 50)).unwrap();
        assert!(faster.percent < 0.0 && !faster.is_regression(0.0));
    }

    #[test]
    fn a_few_slow_runs_do_not_decide() {
        let before = samples(1.0, 0.1, 30);
        let mut values = samples(1.0, 0.1, 28).samples().to_vec();
        values.extend([50.0, 60.0]);
        assert!(!change(&before, &Measure::of_samples("x", "s", values)).unwrap().is_regression(5.0));
    }

    #[test]
    fn stated_means_are_compared_with_their_spread() {
        let stated = |mean, deviation| {
            let stated = Stated { mean: Some(mean), deviation, number: Some(10), ..Stated::default() };
            Measure::stated("x", "s", stated)
        };
        assert!(change(&stated(1.0, Some(0.1)), &stated(2.0, Some(0.1))).unwrap().is_regression(10.0));
        assert!(!change(&stated(1.0, Some(2.0)), &stated(2.0, Some(2.0))).unwrap().is_regression(10.0));
        assert!(change(&stated(1.0, None), &stated(2.0, None)).unwrap().is_regression(10.0));
        assert_eq!(change(&stated(0.0, None), &stated(2.0, None)), None);
    }
}
