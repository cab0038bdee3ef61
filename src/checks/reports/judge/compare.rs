//! Whether something became slower, or only seems to: the difference against the noise of both sides.

use crate::checks::reports::model::measures::Measure;

/// Standard errors by which two sides must differ: by chance one comparison in some ten thousand does, which the tests
/// below measure for noise of several kinds. What differs from run to run of the machine is left to the percentage.
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
    crate::sorted::by(&mut all, |a, b| a.0.total_cmp(&b.0));
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
    // Ranks of few samples cannot be far apart however much slower one side is; then the means decide.
    let most = (m * n / 2.0) / variance.sqrt();
    (most > SIGMAS).then(|| (statistic - m * n / 2.0) / variance.sqrt())
}

/// Welch's t, the difference of the means in standard errors; of few samples it is far off easily, and counts less.
fn welch(before: &Measure, after: &Measure) -> Option<f64> {
    let ((m, old), (n, new)) = (before.spread()?, after.spread()?);
    let error = (old * old / m + new * new / n).sqrt();
    let difference = after.mean()? - before.mean()?;
    if error <= 0.0 {
        return Some(if difference == 0.0 { 0.0 } else { difference.signum() * f64::INFINITY });
    }
    let (a, b) = (old * old / m, new * new / n);
    let freedom = (a + b).powi(2) / (a * a / (m - 1.0) + b * b / (n - 1.0));
    Some(as_normal(difference / error, freedom))
}

/// The standard errors of a normal distribution that are as rare as this t (Wallace 1959, within 2 % for the rare).
fn as_normal(t: f64, freedom: f64) -> f64 {
    if !(freedom.is_finite() && freedom > 0.0) {
        return t;
    }
    let size = (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0) * (freedom * (t * t / freedom).ln_1p()).sqrt();
    size.copysign(t)
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

    /// Numbers that follow one another, the same in each run of the tests (splitmix64).
    struct Numbers(u64);

    impl Numbers {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }

        fn normal(&mut self) -> f64 {
            let (a, b) = (1.0 - self.uniform(), self.uniform());
            (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
        }

        /// A duration around 1 of one of the kinds that benchmarks have.
        fn duration(&mut self, kind: usize) -> f64 {
            match kind {
                0 => 1.0 + 0.1 * self.normal(),
                1 => (0.3 * self.normal()).exp(),
                // Mostly quick, and now and then something else ran.
                2 => 1.0 + 0.02 * self.normal().abs() + if self.uniform() < 0.05 { 2.0 } else { 0.0 },
                // Two modes, as of two clock rates.
                3 => (if self.uniform() < 0.5 { 1.0 } else { 1.3 }) + 0.01 * self.normal(),
                // A clock of coarse grain: many samples are equal.
                _ => (1.0 + 0.1 * self.normal()).mul_add(20.0, 0.0).round() / 20.0,
            }
        }

        fn measure(&mut self, kind: usize, number: usize, times: f64) -> Measure {
            let samples = (0..number).map(|_| times * self.duration(kind)).collect();
            Measure::of_samples("x", "s", samples)
        }
    }

    #[test]
    fn the_rate_of_false_alarms_is_known() {
        const TRIALS: usize = 4_000;
        let mut numbers = Numbers(1);
        for kind in 0..5 {
            // Of a handful of samples nobody can see that noise has two modes, or that a clock is coarse.
            let numbers_of_samples: &[usize] = if kind < 3 { &[3, 5, 10, 30] } else { &[10, 30] };
            for &number in numbers_of_samples {
                let mut alarms = 0;
                for _ in 0..TRIALS {
                    let (before, after) =
                        (numbers.measure(kind, number, 1.0), numbers.measure(kind, number, 1.0));
                    // Without any percentage: the test alone decides.
                    alarms += usize::from(change(&before, &after).unwrap().is_regression(0.0));
                }
                // 3 in 100,000 are meant; 1 in 1,000 would be wrong whatever the noise.
                assert!(alarms <= 2, "kind {kind}, {number} samples: {alarms} of {TRIALS}");
            }
        }
    }

    #[test]
    fn a_machine_that_is_slower_today_stays_below_the_percentage() {
        let mut numbers = Numbers(2);
        let mut alarms = 0;
        for _ in 0..4_000 {
            let run = |numbers: &mut Numbers| {
                let machine = 1.0 + 0.02 * numbers.normal();
                numbers.measure(0, 20, machine)
            };
            let (before, after) = (run(&mut numbers), run(&mut numbers));
            alarms += usize::from(change(&before, &after).unwrap().is_regression(10.0));
        }
        assert!(alarms <= 4, "{alarms}");
    }

    #[test]
    fn what_is_a_quarter_slower_is_found() {
        let mut numbers = Numbers(3);
        for (number, least) in [(10, 300), (30, 995), (100, 1_000)] {
            let mut found = 0;
            for _ in 0..1_000 {
                let (before, after) = (numbers.measure(0, number, 1.0), numbers.measure(0, number, 1.25));
                found += usize::from(change(&before, &after).unwrap().is_regression(10.0));
            }
            assert!(found >= least, "{number} samples: {found} of 1000");
        }
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
