//! Tests that ran. Numbers are counted from the cases, never taken from totals that a writer may get wrong.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::checks::reports::refusal::Refusal;

/// Failed and flaky cases that are kept with their words; the rest is counted.
const MAX_NOTED: usize = 2_000;

/// Suites that failed without a case and are kept.
const MAX_HIDDEN: usize = 1_000;

/// Slowest cases that are kept.
const MAX_SLOW: usize = 10;

/// Cases whose names are remembered, to notice a test that is run again. Beyond that none is noticed.
const MAX_REMEMBERED: usize = 4_000_000;

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It ran and nothing was wrong.
    Passed,
    /// It failed first and passed when it was run again.
    Flaky,
    /// It did not run.
    Skipped,
    /// An assertion failed.
    Failed,
    /// It broke down.
    Broken,
}

/// A place that a failure names: a path as the tool writes it, and a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mentioned {
    /// The path.
    pub path: String,
    /// The line, 1-based.
    pub line: Option<u32>,
}

/// A case as it is read.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its own name.
    pub name: String,
    /// The class, module or package that it belongs to; may be empty.
    pub class: String,
    /// How it ended.
    pub ending: Ending,
    /// Seconds.
    pub seconds: Option<f64>,
    /// What was wrong, trimmed.
    pub message: String,
    /// Places in the order in which they are to be tried.
    pub places: Vec<Mentioned>,
    /// The line of the report.
    pub line: u32,
}

impl Case {
    /// Class and name, as people speak of it.
    pub fn title(&self) -> String {
        match self.class.as_str() {
            "" => self.name.clone(),
            class if self.name.starts_with(class) => self.name.clone(),
            class => format!("{class} › {}", self.name),
        }
    }

    /// True if the case did not do what it is for.
    pub fn is_bad(&self) -> bool {
        matches!(self.ending, Ending::Failed | Ending::Broken)
    }
}

/// Numbers of cases.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// All cases.
    pub all: u64,
    /// Those that passed, at first or later.
    pub passed: u64,
    /// Those of `passed` that passed later only.
    pub flaky: u64,
    /// Those that did not run.
    pub skipped: u64,
    /// Those that failed or broke down.
    pub bad: u64,
    /// Seconds of all cases together.
    pub seconds: f64,
}

impl Counts {
    /// Cases that ran.
    pub fn ran(&self) -> u64 {
        self.all - self.skipped
    }

    /// Counts a case, or takes back that it was counted.
    fn count(&mut self, ending: Ending, by: fn(u64, u64) -> u64) {
        self.all = by(self.all, 1);
        let number = match ending {
            Ending::Passed => &mut self.passed,
            Ending::Flaky => {
                self.flaky = by(self.flaky, 1);
                &mut self.passed
            }
            Ending::Skipped => &mut self.skipped,
            Ending::Failed | Ending::Broken => &mut self.bad,
        };
        *number = by(*number, 1);
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.all += other.all;
        self.passed += other.passed;
        self.flaky += other.flaky;
        self.skipped += other.skipped;
        self.bad += other.bad;
        self.seconds += other.seconds;
    }
}

/// A suite that says of itself that more went wrong than its cases show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// The suite's name.
    pub suite: String,
    /// How many failures and errors it declares.
    pub declared: u64,
    /// The line of the report.
    pub line: u32,
}

/// The tests of a report; at least one case.
#[derive(Debug)]
pub struct Tests {
    counts: Counts,
    bad: Vec<(Case, bool)>,
    flaky: Vec<Case>,
    slowest: Vec<Case>,
    hidden: Vec<Hidden>,
}

impl Tests {
    /// The numbers.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Cases that failed, and whether a case of the same name passed later in the report. Not all, if there are
    /// very many.
    pub fn bad(&self) -> &[(Case, bool)] {
        &self.bad
    }

    /// Cases that failed first and passed when they were run again.
    pub fn flaky(&self) -> &[Case] {
        &self.flaky
    }

    /// The cases that took longest, the longest first.
    pub fn slowest(&self) -> &[Case] {
        &self.slowest
    }

    /// Suites that failed without a case that shows it.
    pub fn hidden(&self) -> &[Hidden] {
        &self.hidden
    }
}

/// Takes cases one by one, and keeps what is needed of them.
#[derive(Debug, Default)]
pub struct Tally {
    counts: Counts,
    /// Cases that failed or are flaky, and whether one of the same name passed later.
    noted: Vec<(Case, bool)>,
    /// Places in `noted` of tries that were not the last.
    replaced: HashSet<usize>,
    slowest: Vec<Case>,
    hidden: Vec<Hidden>,
    /// For every case that was seen, by a hash of its name: how it ended, and its place in `noted`.
    seen: HashMap<u64, (Ending, usize)>,
}

impl Tally {
    /// The numbers so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Takes a case. With `names_are_unique` one of the same name is a second try, and only the last try counts.
    pub fn add(&mut self, mut case: Case, names_are_unique: bool) {
        let key = hash(&case);
        match self.seen.get(&key) {
            Some(&(earlier, place)) if names_are_unique => {
                self.counts.count(earlier, u64::saturating_sub);
                self.replaced.insert(place);
                if case.ending == Ending::Passed {
                    case.ending = Ending::Flaky;
                }
            }
            Some(&(_, place)) if case.ending == Ending::Passed => {
                if let Some((_, passed_later)) = self.noted.get_mut(place) {
                    *passed_later = true;
                }
            }
            _ => {}
        }
        self.counts.count(case.ending, u64::saturating_add);
        self.counts.seconds += case.seconds.unwrap_or_default();
        if case.seconds.is_some_and(|seconds| seconds > 0.0) {
            self.rank(&case);
        }
        let is_noted = case.is_bad() || case.ending == Ending::Flaky;
        let place = if is_noted { self.noted.len() } else { usize::MAX };
        if self.seen.len() < MAX_REMEMBERED || self.seen.contains_key(&key) {
            self.seen.insert(key, (case.ending, place));
        }
        if is_noted && self.noted.len() < MAX_NOTED {
            self.noted.push((case, false));
        }
    }

    /// Takes a suite that failed without a case that shows it.
    pub fn add_hidden(&mut self, hidden: Hidden) {
        if self.hidden.len() < MAX_HIDDEN {
            self.hidden.push(hidden);
        }
    }

    /// Suites that failed without a case that shows it, so far.
    pub fn hidden(&self) -> usize {
        self.hidden.len()
    }

    /// The evidence, if there is any.
    pub fn finish(self) -> Result<Tests, Refusal> {
        let Tally { counts, noted, mut slowest, hidden, replaced, .. } = self;
        if counts.all == 0 && hidden.is_empty() {
            return Err(Refusal::no("test case"));
        }
        if counts.ran() == 0 && hidden.is_empty() {
            return Err(Refusal::Empty("every test case in it was skipped".to_owned()));
        }
        let last_tries = noted.into_iter().enumerate().filter(|(place, _)| !replaced.contains(place));
        let (bad, flaky): (Vec<_>, Vec<_>) =
            last_tries.map(|(_, noted)| noted).partition(|(case, _)| case.is_bad());
        let flaky = flaky.into_iter().map(|(case, _)| case).collect();
        keep_slowest(&mut slowest);
        Ok(Tests { counts, bad, flaky, slowest, hidden })
    }

    fn rank(&mut self, case: &Case) {
        self.slowest.push(Case { message: String::new(), places: Vec::new(), ..case.clone() });
        // Sorted now and then only: most cases are not among the slowest.
        if self.slowest.len() >= 64 * MAX_SLOW {
            keep_slowest(&mut self.slowest);
        }
    }
}

fn keep_slowest(cases: &mut Vec<Case>) {
    crate::sorted::by(cases, |a, b| b.seconds.unwrap_or_default().total_cmp(&a.seconds.unwrap_or_default()));
    cases.truncate(MAX_SLOW);
}

fn hash(case: &Case) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&case.class, &case.name).hash(&mut hasher);
    hasher.finish()
}
