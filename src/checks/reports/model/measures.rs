//! How long things took, or how large they were: samples where a tool keeps them, otherwise what it made of them.

use crate::checks::reports::refusal::Refusal;

/// Samples of one measure that are kept; of more, evenly chosen ones.
pub const MAX_SAMPLES: usize = 200_000;

/// Measures of one report.
pub const MAX_MEASURES: usize = 20_000;

/// One thing that was measured. Less is better.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measure {
    /// Its name: a benchmark, a command, a metric.
    pub name: String,
    /// `s`, or what the tool counts in; empty if it has no unit.
    pub unit: &'static str,
    /// Every sample, sorted; empty if the tool does not keep them.
    samples: Vec<f64>,
    /// What the tool itself says, as far as it does.
    pub stated: Stated,
}

/// What a tool says of its samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stated {
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation of the samples.
    pub deviation: Option<f64>,
    /// Number of samples.
    pub number: Option<u64>,
    /// Percentiles: percent, and value.
    pub percentiles: Vec<(f64, f64)>,
}

impl Measure {
    /// A measure by its samples. What is no number is left out.
    pub fn of_samples(name: impl Into<String>, unit: &'static str, mut samples: Vec<f64>) -> Measure {
        samples.retain(|sample| sample.is_finite());
        crate::sorted::by(&mut samples, f64::total_cmp);
        if samples.len() > MAX_SAMPLES {
            let step = samples.len() as f64 / MAX_SAMPLES as f64;
            samples =
                (0..MAX_SAMPLES).filter_map(|n| samples.get((n as f64 * step) as usize).copied()).collect();
        }
        Measure { name: name.into(), unit, samples, stated: Stated::default() }
    }

    /// A measure by what the tool says of it.
    pub fn stated(name: impl Into<String>, unit: &'static str, stated: Stated) -> Measure {
        Measure { name: name.into(), unit, samples: Vec::new(), stated }
    }

    /// The samples, sorted.
    pub fn samples(&self) -> &[f64] {
        &self.samples
    }

    /// True if there is nothing to judge.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.stated.mean.is_none() && self.stated.percentiles.is_empty()
    }

    /// The mean.
    pub fn mean(&self) -> Option<f64> {
        match self.samples.len() {
            0 => self.stated.mean,
            number => Some(self.samples.iter().sum::<f64>() / number as f64),
        }
    }

    /// A percentile, between samples by their distance; of what the tool states, only those that it states.
    pub fn percentile(&self, percent: f64) -> Option<f64> {
        if self.samples.is_empty() {
            let stated = self.stated.percentiles.iter().find(|(known, _)| (known - percent).abs() < 1e-9);
            return stated.map(|(_, value)| *value);
        }
        let place = percent.clamp(0.0, 100.0) / 100.0 * (self.samples.len() - 1) as f64;
        let (low, high) =
            (self.samples.get(place.floor() as usize)?, self.samples.get(place.ceil() as usize)?);
        Some(low + (high - low) * place.fract())
    }

    /// What stands for the measure in a comparison: the median, which one slow run does not move; otherwise the mean.
    pub fn centre(&self) -> Option<f64> {
        self.percentile(50.0).or_else(|| self.mean())
    }

    /// Number and standard deviation of the samples.
    pub fn spread(&self) -> Option<(f64, f64)> {
        let number = self.samples.len();
        if number < 2 {
            let (number, deviation) = (self.stated.number? as f64, self.stated.deviation?);
            return (number >= 2.0 && deviation.is_finite()).then_some((number, deviation));
        }
        let mean = self.mean()?;
        let squares: f64 = self.samples.iter().map(|sample| (sample - mean).powi(2)).sum();
        Some((number as f64, (squares / (number - 1) as f64).sqrt()))
    }
}

/// The measures of a report; at least one.
#[derive(Debug)]
pub struct Measures {
    tool: &'static str,
    all: Vec<Measure>,
    /// Limits that the tool itself was given and found broken.
    broken: Vec<String>,
}

impl Measures {
    /// The evidence, if there is any.
    pub fn of(tool: &'static str, mut all: Vec<Measure>) -> Result<Measures, Refusal> {
        all.retain(|measure| !measure.is_empty());
        if all.is_empty() {
            return Err(Refusal::no("measurement"));
        }
        if all.len() > MAX_MEASURES {
            return Err(Refusal::TooMuch(format!("it holds more than {MAX_MEASURES} measurements")));
        }
        Ok(Measures { tool, all, broken: Vec::new() })
    }

    /// Limits that the tool itself found broken.
    pub fn with_broken(mut self, broken: Vec<String>) -> Measures {
        self.broken = broken;
        self
    }

    /// The tool.
    pub fn tool(&self) -> &'static str {
        self.tool
    }

    /// The measures.
    pub fn all(&self) -> &[Measure] {
        &self.all
    }

    /// Limits that the tool itself found broken.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_samples() {
        let measure = Measure::of_samples("x", "s", vec![4.0, 1.0, f64::NAN, 3.0, 2.0]);
        assert_eq!(measure.samples(), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!([0.0, 50.0, 100.0].map(|p| measure.percentile(p)), [Some(1.0), Some(2.5), Some(4.0)]);
        assert_eq!(measure.mean(), Some(2.5));
        let many = Measure::of_samples("x", "s", (0..MAX_SAMPLES * 3).map(|n| n as f64).collect());
        assert_eq!(many.samples().len(), MAX_SAMPLES);
        assert!((many.percentile(95.0).unwrap() / (MAX_SAMPLES as f64 * 3.0) - 0.95).abs() < 1e-3);
    }

    #[test]
    fn nothing_measured_is_no_evidence() {
        assert!(Measures::of("x", Vec::new()).is_err());
        assert!(Measures::of("x", vec![Measure::of_samples("a", "s", vec![f64::NAN])]).is_err());
    }
}
