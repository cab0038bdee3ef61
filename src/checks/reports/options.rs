//! What users say about their reports: which there are, and what they must show.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::format::Format;
use crate::advisory::Level;
use crate::policy::Mode;
use crate::settings::Age;
use crate::settings::config::{After, When};

/// Settings of the check.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// Mode of the check; absent: that of the whole file.
    pub mode: Option<Mode>,
    /// When the check becomes blocking: a day, or a milestone.
    pub blocking_from: Option<When>,
    /// Clean runs after which the check becomes blocking.
    pub blocking_after: Option<After>,
    /// The reports that must be there, and what they must show.
    pub files: Vec<Expected>,
}

/// Reports of one kind, and what they must show together.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expected {
    /// The file, or a pattern for several, such as `reports/junit-*.xml`.
    #[cfg_attr(test, schemars(length(min = 1), required))]
    pub path: String,
    /// The format; absent: told from the file.
    pub format: Option<Format>,
    /// True if there may be no such file.
    pub optional: bool,
    /// The age at which a report is stale, such as `90m`, `24h` or `7d`.
    pub max_age: Option<Age>,
    /// Tests that must have run, skipped ones not counted.
    pub min_tests: Option<u64>,
    /// Tests that may be skipped.
    pub max_skipped: Option<u64>,
    /// Tests that may have passed at a later try only.
    pub max_flaky: Option<u64>,
    /// What a test is that failed first and passed later under the same name.
    pub repeated: Option<Repeated>,
    /// Percent of lines that must be covered.
    pub min_coverage: Option<Percent>,
    /// Percent of branches that must be covered.
    pub min_branch_coverage: Option<Percent>,
    /// Percent of lines that must be covered in every single file.
    pub min_file_coverage: Option<Percent>,
    /// Percent of the lines changed by a pull request that must be covered.
    pub min_changed_coverage: Option<Percent>,
    /// The lowest severity of a scanner's result that is an error; `high` unless said otherwise.
    pub fail_on: Option<Level>,
    /// A report of the same format to compare measurements with, relative to the root.
    pub baseline: Option<String>,
    /// Percent by which a measurement may be slower than in the baseline.
    pub max_regression: Option<f64>,
    /// What measurements may take, by the name of the measurement (`*` matches as in paths): `mean`, `max`, or a
    /// percentile such as `p95`, each with a limit such as `300ms`, or a number for what is no time.
    pub slos: BTreeMap<String, BTreeMap<String, Limit>>,
}

/// What a test is that failed first and passed later under the same name in one report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Repeated {
    /// It failed: two different tests may bear one name.
    #[default]
    Failed,
    /// It is flaky: the runner tries failed tests again.
    Flaky,
}

/// An upper limit: `300ms`, `1.5s`, or a number for what is no time.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Limit(String);

impl Limit {
    /// The limit in seconds, or as the plain number; `None` if it is neither.
    pub fn value(&self) -> Option<f64> {
        const UNITS: [(&str, f64); 6] =
            [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("", 1.0)];
        let (number, factor) =
            UNITS.iter().find_map(|(unit, factor)| Some((self.0.trim().strip_suffix(unit)?, factor)))?;
        number.trim().parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * factor)
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A share in percent.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Percent(#[cfg_attr(test, schemars(range(min = 0, max = 100)))] pub f64);

impl std::str::FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Percent, String> {
        let number = text.trim().trim_end_matches('%').trim_end().parse().ok();
        let in_range = number.filter(|number| (0.0..=100.0).contains(number));
        in_range.map(Percent).ok_or_else(|| "write a number from 0 to 100".to_owned())
    }
}

impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// What the command line or the inputs say.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Reports of other tools")]
#[group(skip)]
pub struct Arguments {
    /// Report that must be there and show what is asked for: PATTERN, or FORMAT=PATTERN
    #[arg(long, value_name = "REPORT")]
    pub reports: Vec<String>,
    /// Tests that must have run, in all test reports together
    #[arg(long, value_name = "NUMBER")]
    pub min_tests: Option<u64>,
    /// Percent of lines that must be covered
    #[arg(long, value_name = "PERCENT")]
    pub min_coverage: Option<Percent>,
    /// Percent of the lines changed by a pull request that must be covered
    #[arg(long, value_name = "PERCENT")]
    pub min_changed_coverage: Option<Percent>,
    /// Age at which a report is stale, such as 90m, 24h or 7d
    #[arg(long, value_name = "AGE")]
    pub max_report_age: Option<Age>,
    /// Lowest severity of a vulnerability or scanner's result that is an error [default: high]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub fail_severity: Option<Level>,
}

/// Patterns and what the files that they mean must show together.
#[derive(Clone, Debug)]
pub struct Group {
    /// Each with the format that it is said to have.
    pub patterns: Vec<(String, Option<Format>)>,
    /// What they must show.
    pub expected: Expected,
}

/// What the command line asks for, and what the settings ask for. Limits of the command line are for the reports
/// that are named there or, if none is, for those of the settings.
pub fn groups(arguments: &Arguments, options: &Options) -> Result<Vec<Group>, String> {
    let mut groups = Vec::new();
    let named = !arguments.reports.is_empty();
    if named {
        let patterns = arguments.reports.iter().map(|text| pattern(text)).collect::<Result<_, _>>()?;
        groups.push(Group { patterns, expected: over(Expected::default(), arguments) });
    }
    for expected in &options.files {
        let path = match expected.optional {
            true => format!("?{}", expected.path),
            false => expected.path.clone(),
        };
        let expected = if named { expected.clone() } else { over(expected.clone(), arguments) };
        groups.push(Group { patterns: vec![(path, expected.format)], expected });
    }
    Ok(groups)
}

fn over(expected: Expected, arguments: &Arguments) -> Expected {
    Expected {
        max_age: arguments.max_report_age.clone().or(expected.max_age),
        min_tests: arguments.min_tests.or(expected.min_tests),
        min_coverage: arguments.min_coverage.or(expected.min_coverage),
        min_changed_coverage: arguments.min_changed_coverage.or(expected.min_changed_coverage),
        fail_on: arguments.fail_severity.or(expected.fail_on),
        ..expected
    }
}

impl Expected {
    /// The options that are about tests, as far as they are set.
    pub fn about_tests(&self) -> Vec<&'static str> {
        set(&[
            ("min-tests", self.min_tests.is_some()),
            ("max-skipped", self.max_skipped.is_some()),
            ("max-flaky", self.max_flaky.is_some()),
        ])
    }

    /// The options that are about coverage, as far as they are set.
    pub fn about_coverage(&self) -> Vec<&'static str> {
        set(&[
            ("min-coverage", self.min_coverage.is_some()),
            ("min-branch-coverage", self.min_branch_coverage.is_some()),
            ("min-file-coverage", self.min_file_coverage.is_some()),
            ("min-changed-coverage", self.min_changed_coverage.is_some()),
        ])
    }

    /// The options that are about measurements, as far as they are set.
    pub fn about_measures(&self) -> Vec<&'static str> {
        set(&[
            ("baseline", self.baseline.is_some()),
            ("max-regression", self.max_regression.is_some()),
            ("slos", !self.slos.is_empty()),
        ])
    }
}

fn set(options: &[(&'static str, bool)]) -> Vec<&'static str> {
    options.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| *name).collect()
}

/// `PATTERN`, or `FORMAT=PATTERN`. What looks like a format and is none is refused.
fn pattern(text: &str) -> Result<(String, Option<Format>), String> {
    let Some((word, rest)) = text.split_once('=') else { return Ok((text.to_owned(), None)) };
    match Format::named(word) {
        Some(format) => Ok((rest.to_owned(), Some(format))),
        None if word.chars().all(|c| c.is_ascii_lowercase() || c == '-') => {
            Err(format!("there is no format `{word}` of reports"))
        }
        None => Ok((text.to_owned(), None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_read() {
        assert_eq!("80 %".parse(), Ok(Percent(80.0)));
        let limit = |text: &str| Limit(text.into()).value();
        assert_eq!(
            [limit("300ms"), limit("1.5 s"), limit("0.01"), limit("2us")],
            [Some(0.3), Some(1.5), Some(0.01), Some(2e-6)]
        );
        assert!(limit("fast").is_none() && limit("ms").is_none() && limit("inf").is_none());
        assert!("101".parse::<Percent>().is_err() && "NaN".parse::<Percent>().is_err());
    }

    #[test]
    fn the_command_line_wins() {
        let arguments =
            Arguments { min_tests: Some(5), reports: vec!["junit=a.xml".into()], ..Arguments::default() };
        let expected =
            Expected { path: "b".into(), min_tests: Some(1), max_flaky: Some(2), ..Expected::default() };
        let options = Options { files: vec![expected], ..Options::default() };
        let groups = groups(&arguments, &options).unwrap();
        assert_eq!(groups[0].patterns, [("a.xml".to_owned(), Some(Format::Junit))]);
        assert_eq!((groups[0].expected.min_tests, groups[1].expected.min_tests), (Some(5), Some(1)));
        let unnamed = Arguments { reports: Vec::new(), ..arguments };
        let expected = &super::groups(&unnamed, &options).unwrap()[0].expected;
        assert_eq!((expected.min_tests, expected.max_flaky), (Some(5), Some(2)));
        assert!(pattern("junti=a.xml").is_err());
        assert_eq!(pattern("out/a=b.xml").unwrap().1, None);
    }
}
