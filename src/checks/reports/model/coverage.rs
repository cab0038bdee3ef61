//! Lines that ran. Numbers are counted from the lines where a report has them, and only then taken from totals.

use std::collections::BTreeMap;

use crate::checks::reports::refusal::Refusal;

/// Lines or branches: how many there are, and how many of them ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Those that ran.
    pub covered: u64,
    /// All of them.
    pub all: u64,
}

impl Share {
    /// The share in percent; `None` if there is nothing that could run.
    pub fn percent(self) -> Option<f64> {
        (self.all > 0).then(|| 100.0 * self.covered as f64 / self.all as f64)
    }
}

impl std::ops::AddAssign for Share {
    fn add_assign(&mut self, other: Share) {
        self.covered = self.covered.saturating_add(other.covered);
        self.all = self.all.saturating_add(other.all);
    }
}

/// The lines of one file.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Every line that could run, and how often it did.
    pub lines: BTreeMap<u32, u64>,
    /// Branches by line.
    pub branches: BTreeMap<u32, Share>,
    /// What the report says of a file whose lines it does not list.
    pub declared: Option<Share>,
}

impl File {
    /// Notes that a line ran so many times. Formats that tell of a line twice mean the greater number.
    pub fn hit(&mut self, line: u64, times: u64) {
        let Ok(line) = u32::try_from(line) else { return };
        let known = self.lines.entry(line).or_default();
        *known = (*known).max(times);
    }

    /// Notes branches of a line. Of two reports the one counts that saw more of them run.
    pub fn branch(&mut self, line: u64, share: Share) {
        let Ok(line) = u32::try_from(line) else { return };
        let share = Share { covered: share.covered.min(share.all), all: share.all };
        let known = self.branches.entry(line).or_default();
        *known = Share { covered: known.covered.max(share.covered), all: known.all.max(share.all) };
    }

    /// The lines.
    pub fn share(&self) -> Share {
        if self.lines.is_empty() {
            return self.declared.unwrap_or_default();
        }
        let covered = self.lines.values().filter(|times| **times > 0).count() as u64;
        Share { covered, all: self.lines.len() as u64 }
    }

    fn merge(&mut self, other: File) {
        other.lines.into_iter().for_each(|(line, times)| self.hit(line.into(), times));
        other.branches.into_iter().for_each(|(line, share)| self.branch(line.into(), share));
        self.declared = self.declared.or(other.declared);
    }
}

/// The coverage of a report; at least one line that could run.
#[derive(Debug)]
pub struct Coverage {
    files: BTreeMap<String, File>,
    sources: Vec<String>,
}

impl Coverage {
    /// The evidence, if there is any. `sources` are folders that the paths may be relative to.
    pub fn of(files: BTreeMap<String, File>, sources: Vec<String>) -> Result<Coverage, Refusal> {
        if files.is_empty() {
            return Err(Refusal::no("file"));
        }
        let coverage = Coverage { files, sources };
        if coverage.lines().all == 0 {
            return Err(Refusal::no("line that could run"));
        }
        Ok(coverage)
    }

    /// The files by path, as the tool writes it.
    pub fn files(&self) -> &BTreeMap<String, File> {
        &self.files
    }

    /// Folders that the paths may be relative to.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// All lines.
    pub fn lines(&self) -> Share {
        let mut all = Share::default();
        self.files.values().for_each(|file| all += file.share());
        all
    }

    /// All branches.
    pub fn branches(&self) -> Share {
        let mut all = Share::default();
        self.files.values().flat_map(|file| file.branches.values()).for_each(|share| all += *share);
        all
    }

    /// Adds another report of the same run: a shard, or another suite.
    pub fn merge(&mut self, other: Coverage) {
        for (path, file) in other.files {
            self.files.entry(path).or_default().merge(file);
        }
        self.sources.extend(other.sources);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_could_run_is_no_evidence() {
        assert!(Coverage::of(BTreeMap::new(), Vec::new()).is_err());
        assert!(Coverage::of([("a".to_owned(), File::default())].into(), Vec::new()).is_err());
    }

    #[test]
    fn shards_are_one() {
        let file = |hits: &[(u64, u64)]| {
            let mut file = File::default();
            hits.iter().for_each(|&(line, times)| file.hit(line, times));
            Coverage::of([("a".to_owned(), file)].into(), Vec::new()).unwrap()
        };
        let mut coverage = file(&[(1, 1), (2, 0)]);
        coverage.merge(file(&[(1, 0), (2, 3), (3, 0)]));
        assert_eq!(coverage.lines(), Share { covered: 2, all: 3 });
    }
}
