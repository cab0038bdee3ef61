//! Which mode a check or rule is in today, and when that changes.

use super::{BlockingFrom, Milestone, Mode, ModeSetting, Policy, Promotion};
use crate::history::progress::Progress;
use crate::rule::Rule;

impl Policy {
    /// The mode of a check.
    pub fn check_mode(&self, check: &str) -> Mode {
        self.effective(self.checks.get(check), self.default_mode)
    }

    /// The mode of a rule: its own, else that of its check.
    pub fn rule_mode(&self, rule: &Rule) -> Mode {
        match self.check_mode(rule.check()) {
            Mode::Off => Mode::Off,
            check_mode => self.effective(self.rules.get(rule.id), check_mode),
        }
    }

    fn effective(&self, setting: Option<&ModeSetting>, otherwise: Mode) -> Mode {
        let mode = match setting {
            Some(ModeSetting { mode: Some(Mode::Off), .. }) => Mode::Off,
            Some(setting) if self.has_become_blocking(setting) => Mode::Blocking,
            Some(ModeSetting { mode: Some(mode), .. }) => *mode,
            _ => otherwise,
        };
        match (mode, self.forced_mode) {
            (Mode::Off, _) | (_, None) => mode,
            (_, Some(forced)) => forced,
        }
    }

    fn has_become_blocking(&self, setting: &ModeSetting) -> bool {
        let by_day = setting.blocking_from.as_ref().map(|from| self.has_come(from));
        match &setting.promotion {
            None => by_day.unwrap_or(false),
            Some(Promotion::Unknown) => by_day.unwrap_or(true),
            Some(Promotion::Counted(progress)) => {
                let overdue = progress.need.not_after.is_some_and(|day| day <= self.today);
                overdue || (progress.reached.is_some() && by_day.unwrap_or(true))
            }
        }
    }

    /// When a check, or a rule of its own, becomes blocking, in a sentence each; nothing where the mode is forced.
    pub fn outlook(&self, check: &str) -> Vec<String> {
        if self.forced_mode.is_some() || self.check_mode(check) == Mode::Off {
            return Vec::new();
        }
        let prefix = format!("{check}/");
        let own = self.checks.get(check).map(|setting| (None, setting));
        let rules = self.rules.iter().filter(|(id, _)| id.starts_with(&prefix));
        let rules = rules.map(|(id, setting)| (Some(id.as_str()), setting));
        own.into_iter().chain(rules).filter_map(|(rule, setting)| self.outlook_of(rule, setting)).collect()
    }

    fn outlook_of(&self, rule: Option<&str>, setting: &ModeSetting) -> Option<String> {
        if setting.mode == Some(Mode::Off) {
            return None;
        }
        let ahead = setting.blocking_from.as_ref().filter(|from| !self.has_come(from));
        let by_day = ahead.map(|from| match from {
            BlockingFrom::Date(day) => format!("it blocks from {day}"),
            BlockingFrom::Milestone(name) => match self.milestones.get(name) {
                Some(Milestone::From(day)) => format!("it blocks from {day} ({name})"),
                _ => format!("it blocks when {name} is reached"),
            },
        });
        let by_runs = setting.promotion.as_ref().map(|promotion| match promotion {
            Promotion::Counted(progress) => progress.words(),
            Promotion::Unknown => "it blocks, because its clean runs cannot be counted".to_owned(),
        });
        let words = match (by_day, by_runs) {
            (None, None) => return None,
            (Some(words), None) | (None, Some(words)) => words,
            (Some(day), Some(runs)) => format!("{day}, and {runs}"),
        };
        Some(rule.map_or(words.clone(), |rule| format!("`{rule}`: {words}")))
    }

    /// The clean runs of a check that must come first.
    pub fn promotion(&self, check: &str) -> Option<&Progress> {
        match self.checks.get(check)?.promotion.as_ref()? {
            Promotion::Counted(progress) => Some(progress),
            Promotion::Unknown => None,
        }
    }

    fn has_come(&self, from: &BlockingFrom) -> bool {
        match from {
            BlockingFrom::Date(date) => *date <= self.today,
            BlockingFrom::Milestone(name) => match self.milestones.get(name) {
                Some(Milestone::Reached) => true,
                Some(Milestone::From(date)) => *date <= self.today,
                Some(Milestone::Pending) | None => false,
            },
        }
    }
}
