//! Variables of the environment, as a job and its steps set them.

use std::collections::HashMap;

use super::values::Values;
use super::{Taint, union};

/// Variables of a step of its own, in lower case; `None` for those that hold nothing of an outsider's.
pub type Own = HashMap<String, Option<Taint>>;

/// Variables of a job: each with the values that it takes on the way, by the first step that sees them.
#[derive(Default)]
pub struct Variables {
    values: HashMap<String, Vec<(usize, Option<Taint>)>>,
    tainted: bool,
}

impl Variables {
    /// Sets variables for the steps from this one on.
    pub fn set(&mut self, from: usize, values: impl IntoIterator<Item = (String, Option<Taint>)>) {
        for (name, taint) in values {
            self.tainted |= taint.is_some();
            self.values.entry(name).or_default().push((from, taint));
        }
    }

    /// What a step sees.
    pub fn get(&self, name: &str, step: usize) -> Option<&Taint> {
        let values = self.values.get(name)?;
        let passed = values.partition_point(|(from, _)| *from <= step);
        values.get(passed.checked_sub(1)?)?.1.as_ref()
    }

    /// True if no step sees anything of an outsider's.
    pub fn is_clean(&self) -> bool {
        !self.tainted
    }

    /// All that a step sees, together.
    pub fn all(&self, step: usize) -> Option<Taint> {
        let mut names: Vec<&String> = self.values.keys().collect();
        names.sort_unstable();
        union(names.into_iter().map(|name| self.get(name, step).cloned()))
    }

    /// What the last step leaves behind.
    pub fn into_last(self) -> Values {
        self.values.into_iter().filter_map(|(name, mut values)| Some((name, values.pop()?.1?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::integrity::taint::sources;

    #[test]
    fn a_step_sees_what_was_set_before_it() {
        let title = || sources::of("github.event.issue.title");
        let mut variables = Variables::default();
        assert!(variables.is_clean());
        variables.set(0, [("a".to_owned(), title()), ("b".to_owned(), None)]);
        variables.set(2, [("a".to_owned(), None), ("b".to_owned(), title())]);
        assert!(variables.get("a", 1).is_some() && variables.get("a", 2).is_none());
        assert!(variables.get("b", 1).is_none() && variables.get("b", 9).is_some());
        assert!(variables.get("c", 9).is_none() && variables.all(0).is_some() && !variables.is_clean());
        assert_eq!(variables.into_last().into_keys().collect::<Vec<_>>(), ["b"]);
    }
}
