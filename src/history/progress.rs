//! How many clean runs in a row a check or rule has had, and whether that was ever enough.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Ended, History, Open, Outcome};
use crate::report::count;
use crate::rule::Severity;

/// What has to be shown before something may block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Clean runs in a row.
    pub clean_runs: u32,
    /// Seconds that they must span.
    pub over: Option<u64>,
    /// Seconds between two runs after which the count begins anew.
    pub max_gap: Option<u64>,
    /// The day from which it blocks whatever was shown.
    pub not_after: Option<Date>,
}

/// What has been shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What has to be.
    pub need: Need,
    /// Clean runs in a row up to now, or up to when they were enough.
    pub clean: u32,
    /// When the first of them was.
    pub since: Option<Timestamp>,
    /// When the last of them was.
    pub until: Option<Timestamp>,
    /// When they were enough. Once they were, they stay so: a gate that found something must not open by that.
    pub reached: Option<Timestamp>,
    /// The last run that was not clean: when, and its commit.
    pub broken: Option<(Timestamp, String)>,
}

impl Progress {
    /// Counts the clean runs of a check (`integrity`) or rule (`integrity/unpinned-uses`). Findings below `least` do
    /// not count, as they do not block.
    pub fn of(history: &History, name: &str, need: Need, least: Severity, now: Timestamp) -> Progress {
        let mut progress = Progress { need, clean: 0, since: None, until: None, reached: None, broken: None };
        let check = name.split('/').next().unwrap_or_default();
        let mut last: Option<(&str, Date)> = None;
        for line in &history.lines {
            let Some(ended) = line.checks.get(check).filter(|ended| ended.outcome != Outcome::NotApplicable)
            else {
                continue;
            };
            progress.forget_after_gap(line.at);
            if !is_clean(ended, name, least) {
                progress.clean = 0;
                progress.since = None;
                progress.broken = Some((line.at, line.commit.clone()));
                progress.until = Some(line.at);
                last = None;
                continue;
            }
            // Ten runs of one commit in an hour show no more than one.
            let what = (line.commit.as_str(), line.at.to_zoned(jiff::tz::TimeZone::UTC).date());
            progress.until = Some(line.at);
            if last != Some(what) {
                progress.clean += 1;
                last = Some(what);
            }
            progress.since.get_or_insert(line.at);
            if progress.is_enough() {
                progress.reached = Some(line.at);
                return progress;
            }
        }
        progress.forget_after_gap(now);
        progress
    }

    fn forget_after_gap(&mut self, at: Timestamp) {
        let gap = self.until.map_or(0, |until| at.as_second() - until.as_second());
        if self.need.max_gap.is_some_and(|most| u64::try_from(gap).is_ok_and(|gap| gap > most)) {
            self.clean = 0;
            self.since = None;
        }
    }

    /// Seconds from the first clean run to the last.
    pub fn span(&self) -> u64 {
        let seconds = self.since.zip(self.until).map_or(0, |(a, b)| b.as_second() - a.as_second());
        u64::try_from(seconds).unwrap_or(0)
    }

    fn is_enough(&self) -> bool {
        self.clean >= self.need.clean_runs && self.need.over.is_none_or(|over| self.span() >= over)
    }

    /// How far it is, in a sentence.
    pub fn words(&self) -> String {
        let Need { clean_runs, over, not_after, .. } = self.need;
        let runs = count(clean_runs as usize, "clean run");
        if let Some(reached) = self.reached {
            let day = reached.to_zoned(jiff::tz::TimeZone::UTC).date();
            return format!("{runs} in a row were reached on {day}");
        }
        let mut words = format!("it blocks after {runs} in a row; so far {}", self.clean);
        if let Some(over) = over {
            words += &format!(", over {} of {} days", self.span() / 86_400, over.div_ceil(86_400));
        }
        if let Some((at, commit)) = &self.broken {
            let day = at.to_zoned(jiff::tz::TimeZone::UTC).date();
            let commit: String = commit.chars().take(12).collect();
            words += &format!("; the last run that was not clean was on {day}, of {commit}");
        }
        if let Some(day) = not_after {
            words += &format!("; from {day} it blocks in any case");
        }
        words
    }
}

fn is_clean(ended: &Ended, name: &str, least: Severity) -> bool {
    let counts = |open: &Open| open.error > 0 || (least <= Severity::Warning && open.warning > 0);
    let of_rule = name.contains('/');
    ended.outcome != Outcome::NotVerified
        && !ended.open.iter().any(|(rule, open)| counts(open) && (!of_rule || rule == name))
}
