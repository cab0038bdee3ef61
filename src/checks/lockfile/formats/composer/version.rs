//! Versions as Composer normalises and compares them.

/// Stages of a version by rank. A number, or nothing, is [`RELEASE`].
const STAGES: [(&str, u8); 9] = [
    ("stable", RELEASE),
    ("beta", 2),
    ("b", 2),
    ("rc", 3),
    ("alpha", 1),
    ("a", 1),
    ("patch", 5),
    ("pl", 5),
    ("p", 5),
];

/// Before every other stage.
const DEV: u8 = 0;

/// The rank of what has no stage.
const RELEASE: u8 = 4;

/// What stands for a part of a branch that is not written.
const OPEN: u64 = 9_999_999;

/// From here on a first number is a date, which is not filled up with zeros.
const LONGEST_YEAR: u64 = 100_000;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// A branch, which is only ever equal to itself.
    Branch(String),
    /// Ranks, each with its number, as `version_compare` of PHP orders them.
    Release(Vec<(u8, u64)>),
}

/// A version in parts.
pub struct Written {
    /// The numbers that are written, four at most.
    pub numbers: Vec<u64>,
    /// Stage, its number, and `dev`.
    suffix: Vec<(u8, u64)>,
    /// True for `1.x-dev`.
    pub is_branch: bool,
}

impl Written {
    /// Takes `v1.2.3-beta4` apart; nothing if it is none.
    pub fn parse(text: &str) -> Option<Written> {
        let text = text.split_once('+').filter(|(_, build)| !build.is_empty()).map_or(text, |(text, _)| text);
        let text = text.to_ascii_lowercase();
        let mut rest = text.strip_prefix('v').unwrap_or(&text);
        let mut numbers = vec![digits(&mut rest)?];
        while numbers.len() < 4 {
            let Some(mut after) = rest.strip_prefix('.') else { break };
            let Some(number) = digits(&mut after) else { break };
            numbers.push(number);
            rest = after;
        }
        if matches!(rest, ".x-dev" | ".x.dev" | ".xdev" | ".*-dev" | ".*.dev" | ".*dev") {
            return (numbers.len() < 4).then_some(Written { numbers, suffix: Vec::new(), is_branch: true });
        }
        Some(Written { numbers, suffix: suffix(rest)?, is_branch: false })
    }

    /// True without stage and branch.
    pub fn is_plain(&self) -> bool {
        self.suffix.is_empty() && !self.is_branch
    }

    /// The version that it stands for.
    pub fn version(&self) -> Version {
        let pad = if self.is_branch { OPEN } else { 0 };
        let is_date = self.numbers.first().is_some_and(|first| *first >= LONGEST_YEAR);
        let count = if is_date { self.numbers.len() } else { 4 };
        let numbers = self.numbers.iter().copied().chain(std::iter::repeat(pad)).take(count);
        let mut parts: Vec<(u8, u64)> = numbers.map(|number| (RELEASE, number.saturating_add(1))).collect();
        parts.extend(&self.suffix);
        let version = Version::Release(parts);
        if self.is_branch { version.dev() } else { version }
    }

    /// The first prerelease of the version with the number at `position` (from 1) raised, and those behind it 0.
    pub fn raised(&self, position: usize, by: u64) -> Version {
        let number = |at: usize| self.numbers.get(at).copied().unwrap_or(0);
        let numbers = (0..4).map(|at| match at + 1 {
            here if here < position => number(at),
            here if here == position => number(at).saturating_add(by),
            _ => 0,
        });
        Version::Release(numbers.map(|number| (RELEASE, number.saturating_add(1))).collect()).dev()
    }
}

/// Takes a number from the front.
fn digits(rest: &mut &str) -> Option<u64> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number: u64 = rest[..end].parse().ok()?;
    *rest = &rest[end..];
    (number < u64::MAX).then_some(number)
}

/// `-beta.2-dev` and the like, in lower case.
fn suffix(rest: &str) -> Option<Vec<(u8, u64)>> {
    let mut parts = Vec::new();
    if rest.is_empty() {
        return Some(parts);
    }
    let inner = rest.strip_prefix(['.', '_', '-']).unwrap_or(rest);
    let (inner, is_dev) = match inner.strip_suffix("dev") {
        Some("") => return Some(vec![(DEV, 0)]),
        Some(before) => (before.strip_suffix(['.', '-']).unwrap_or(before), true),
        None => (inner, false),
    };
    let (name, rank) = STAGES.into_iter().find(|(name, _)| inner.starts_with(name))?;
    let mut numbers = &inner[name.len()..];
    if name != "stable" {
        parts.push((rank, 0));
    }
    while !numbers.is_empty() {
        numbers = numbers.strip_prefix(['.', '-']).unwrap_or(numbers);
        let number = digits(&mut numbers)?;
        if name != "stable" {
            parts.push((RELEASE, number + 1));
        }
    }
    if is_dev && name != "stable" {
        parts.push((DEV, 0));
    }
    Some(parts)
}

impl Version {
    /// Reads a version as it is locked; nothing if Composer cannot.
    pub fn parse(text: &str) -> Option<Version> {
        let text = text.trim();
        let text = text.split_once(" as ").map_or(text, |(text, _)| text.trim_end());
        let text = without_flag(text).0;
        if matches!(text, "master" | "trunk" | "default") {
            return Some(Version::Branch(format!("dev-{text}")));
        }
        if let Some(start) = text.get(..4).filter(|start| start.eq_ignore_ascii_case("dev-")) {
            return Some(Version::Branch(format!("dev-{}", &text[start.len()..])));
        }
        let words = text.split_once('+').map_or(text, |(text, _)| text);
        let is_date = words.len() > 5 && words.bytes().take(4).all(|b| b.is_ascii_digit());
        match Written::parse(text) {
            Some(written) => Some(written.version()),
            None if is_date && words.bytes().all(|b| b.is_ascii_digit() || b".:-".contains(&b)) => {
                let numbers = words.split(|c: char| !c.is_ascii_digit());
                let numbers =
                    numbers.map(|number| Some((RELEASE, number.parse::<u64>().ok()?.checked_add(1)?)));
                Some(Version::Release(numbers.collect::<Option<_>>()?))
            }
            None => Version::branch(text.strip_suffix("-dev")?),
        }
    }

    /// The version of a branch whose name is a version, such as `2.x`.
    fn branch(name: &str) -> Option<Version> {
        let name = name.strip_prefix(['v', 'V']).unwrap_or(name);
        let parts: Vec<&str> = name.split('.').collect();
        let number = |at: usize| match parts.get(at).copied() {
            None | Some("x" | "X" | "*") => Some(OPEN),
            Some(part) => part.parse().ok(),
        };
        parts.first()?.parse::<u64>().ok()?;
        let numbers: Option<Vec<u64>> = (0..4.max(parts.len())).map(number).collect();
        let numbers = numbers.filter(|numbers| numbers.len() == 4)?;
        Some(Written { numbers, suffix: Vec::new(), is_branch: true }.version())
    }

    /// Its prerelease before all others.
    pub fn dev(self) -> Version {
        self.staged(DEV)
    }

    /// The version with a stage behind it.
    pub fn staged(self, rank: u8) -> Version {
        match self {
            Version::Release(mut parts) => {
                parts.push((rank, 0));
                Version::Release(parts)
            }
            branch @ Version::Branch(_) => branch,
        }
    }

    /// True without any stage.
    pub fn is_stable(&self) -> bool {
        matches!(self, Version::Release(parts) if parts.iter().all(|(rank, _)| *rank >= RELEASE))
    }

    /// True if `self sign other` holds.
    pub fn is(&self, sign: &str, other: &Version) -> bool {
        let (Version::Release(one), Version::Release(two)) = (self, other) else {
            return match sign {
                "!=" => self != other,
                "=" => self == other,
                _ => false,
            };
        };
        let end = (RELEASE, 0);
        let pairs = (0..one.len().max(two.len()))
            .map(|at| (one.get(at).unwrap_or(&end), two.get(at).unwrap_or(&end)));
        let order =
            pairs.map(|(a, b)| a.cmp(b)).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal);
        match sign {
            "=" => order.is_eq(),
            "!=" => order.is_ne(),
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "<" => order.is_lt(),
            _ => order.is_le(),
        }
    }
}

/// A text without `@beta`, and the rank of that.
pub fn without_flag(text: &str) -> (&str, Option<u8>) {
    let Some((before, flag)) = text.rsplit_once('@') else { return (text, None) };
    let rank = match flag.to_ascii_lowercase().as_str() {
        "stable" => RELEASE,
        "rc" => 3,
        "beta" => 2,
        "alpha" => 1,
        "dev" => DEV,
        _ => return (text, None),
    };
    (before, Some(rank))
}
