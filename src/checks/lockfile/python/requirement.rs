//! Requirements of PEP 508, such as `httpx[http2]>=0.27; python_version < '3.13'`, and what they come to once
//! sources are known.

use std::collections::BTreeSet;
use std::ops::Range;

use pep440_rs::{Version, VersionSpecifiers};

use super::algebra::Logic;
use super::marker::Marker;
use super::normalised;
use super::ranges::Ranges;
use super::version::{ranges, specifiers};

/// Requirements longer than this are nobody's.
const LONGEST: usize = 16 << 10;

/// A requirement as a manifest writes it.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// The normalised name.
    pub name: String,
    /// The normalised extras.
    pub extras: BTreeSet<String>,
    /// The specifiers; empty when a URL is given.
    pub specifiers: VersionSpecifiers,
    /// What follows `@`.
    pub url: Option<String>,
    /// The condition.
    pub marker: Marker,
    /// As written, in the manifest's own words.
    pub text: String,
    /// Where the manifest writes it, in bytes.
    pub place: Range<usize>,
}

impl Requirement {
    /// Reads a requirement; `None` if the text is none.
    pub fn parse(text: &str, place: Range<usize>) -> Option<Requirement> {
        if text.len() > LONGEST {
            return None;
        }
        let trimmed = text.trim();
        let end = trimmed.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
        let (name, rest) = trimmed.split_at(end.unwrap_or(trimmed.len()));
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let (extras, rest) = extras(rest.trim_start())?;
        let rest = rest.trim_start();
        let (url, specifiers, marker) = match rest.strip_prefix('@') {
            Some(rest) => {
                let rest = rest.trim_start();
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let (url, rest) = rest.split_at(end);
                (Some(url.to_owned()), VersionSpecifiers::empty(), rest.trim_start())
            }
            None => {
                let (written, marker) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
                let written = written.trim();
                let inner = written.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
                (None, specifiers(inner.unwrap_or(written))?, marker)
            }
        };
        let marker = match marker.strip_prefix(';') {
            Some(marker) => Marker::parse(marker)?,
            None if marker.is_empty() => Marker::Constant(true),
            None => return None,
        };
        if url.as_deref() == Some("") {
            return None;
        }
        let name = normalised(name);
        Some(Requirement { name, extras, specifiers, url, marker, text: trimmed.to_owned(), place })
    }
}

fn extras(text: &str) -> Option<(BTreeSet<String>, &str)> {
    let Some(rest) = text.strip_prefix('[') else { return Some((BTreeSet::new(), text)) };
    let (inside, rest) = rest.split_once(']')?;
    let extras = inside.split(',').map(normalised).filter(|extra| !extra.is_empty()).collect();
    Some((extras, rest))
}

/// A requirement whose source is known: what a manifest and a lockfile are compared by.
#[derive(Clone, Debug)]
pub struct Need {
    /// The normalised name.
    pub name: String,
    /// The normalised extras.
    pub extras: BTreeSet<String>,
    /// From where, and which versions.
    pub source: Source,
    /// The condition.
    pub marker: Marker,
    /// The requirement in the words of the file that it stands in.
    pub text: String,
    /// Where it stands in that file, in bytes.
    pub place: Range<usize>,
}

impl Need {
    /// True if both come to the same whatever the strictness: each part is the same.
    fn is_alike(&self, other: &Need) -> bool {
        self.source == other.source && self.marker == other.marker && self.extras == other.extras
    }
}

/// From where a requirement is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A registry, or the one with this URL.
    Registry(VersionSpecifiers, Option<String>),
    /// Anything else, in a form in which equal sources are equal texts.
    Other(String),
}

/// How strictly versions are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// As sets of versions; entries with the same source and condition are taken together. uv since 0.13.
    Meaning,
    /// As sets of specifiers. uv before 0.13.
    Specifiers,
    /// Besides, conditions that `requires-python` decides are not taken as decided. uv before 0.6.
    Verbatim,
}

impl Strictness {
    fn same(self, logic: &Logic, one: &Marker, other: &Marker) -> Option<bool> {
        match self {
            Strictness::Verbatim => logic.same_everywhere(one, other),
            _ => logic.equivalent(one, other),
        }
    }
}

/// What one list of needs has and the other has not.
#[derive(Debug, Default)]
pub struct Difference<'n> {
    /// Only in the first list.
    pub only_first: Vec<&'n Need>,
    /// Only in the second list.
    pub only_second: Vec<&'n Need>,
    /// True if a condition was too complex to compare.
    pub undecided: bool,
}

impl Difference<'_> {
    /// True if both lists come to the same.
    pub fn is_empty(&self) -> bool {
        self.only_first.is_empty() && self.only_second.is_empty()
    }
}

/// Several needs that come to one.
struct Group<'n> {
    needs: Vec<&'n Need>,
    extras: BTreeSet<&'n str>,
    versions: Option<Ranges<Version>>,
    specifiers: BTreeSet<String>,
}

/// Compares two lists of needs as sets.
pub fn difference<'n>(
    first: &'n [Need],
    second: &'n [Need],
    logic: &Logic,
    strictness: Strictness,
) -> Difference<'n> {
    let mut result = Difference::default();
    let names: BTreeSet<&str> = first.iter().chain(second).map(|need| need.name.as_str()).collect();
    let by_name = |needs: &'n [Need]| {
        let mut map: std::collections::HashMap<&str, Vec<&'n Need>> = std::collections::HashMap::new();
        for need in needs {
            map.entry(&need.name).or_default().push(need);
        }
        map
    };
    let (first, second) = (by_name(first), by_name(second));
    for name in names {
        // Nearly all stand in both lists once, and in the same way.
        if let (Some([one]), Some([other])) =
            (first.get(name).map(Vec::as_slice), second.get(name).map(Vec::as_slice))
            && one.is_alike(other)
        {
            continue;
        }
        let group = |needs: Option<&Vec<&'n Need>>, undecided: &mut bool| {
            grouped(needs.map_or(&[], Vec::as_slice), logic, strictness, undecided)
        };
        let ours = group(first.get(name), &mut result.undecided);
        let mut theirs = group(second.get(name), &mut result.undecided);
        for one in ours {
            let place = theirs.iter().position(|other| {
                let same = is_same(&one, other, logic, strictness);
                result.undecided |= same.is_none();
                same.unwrap_or(true)
            });
            match place {
                Some(index) => drop(theirs.remove(index)),
                None => result.only_first.extend(one.needs),
            }
        }
        result.only_second.extend(theirs.into_iter().flat_map(|group| group.needs));
    }
    result
}

fn grouped<'n>(
    needs: &[&'n Need],
    logic: &Logic,
    strictness: Strictness,
    undecided: &mut bool,
) -> Vec<Group<'n>> {
    let mut groups: Vec<Group<'n>> = Vec::new();
    for need in needs {
        let versions = match &need.source {
            Source::Registry(specifiers, _) => Some(ranges(specifiers)),
            Source::Other(_) => None,
        };
        let specifiers = match &need.source {
            Source::Registry(specifiers, _) => specifiers.iter().map(normal).collect(),
            Source::Other(_) => BTreeSet::new(),
        };
        let extras: BTreeSet<&str> = need.extras.iter().map(String::as_str).collect();
        let known = groups.iter_mut().find(|group| {
            let Some(first) = group.needs.first() else { return false };
            let is_one = match strictness {
                // Specifiers add up, and so do extras.
                Strictness::Meaning => true,
                _ => group.specifiers == specifiers && group.extras == extras,
            };
            is_one && has_same_source(need, first) && {
                let same = strictness.same(logic, &need.marker, &first.marker);
                *undecided |= same.is_none();
                same.unwrap_or(false)
            }
        });
        match known {
            Some(group) => {
                group.versions = match (group.versions.take(), versions) {
                    (Some(one), Some(other)) => Some(one.intersection(&other)),
                    (one, other) => one.or(other),
                };
                group.extras.extend(extras);
                group.needs.push(need);
            }
            None => groups.push(Group { needs: vec![need], extras, versions, specifiers }),
        }
    }
    groups
}

fn has_same_source(one: &Need, other: &Need) -> bool {
    match (&one.source, &other.source) {
        (Source::Registry(_, one), Source::Registry(_, other)) => one == other,
        (Source::Other(one), Source::Other(other)) => one == other,
        _ => false,
    }
}

fn is_same(one: &Group<'_>, other: &Group<'_>, logic: &Logic, strictness: Strictness) -> Option<bool> {
    let (Some(a), Some(b)) = (one.needs.first(), other.needs.first()) else { return Some(false) };
    let versions = match strictness {
        Strictness::Meaning => one.versions == other.versions,
        _ => one.specifiers == other.specifiers,
    };
    if !has_same_source(a, b) || one.extras != other.extras || !versions {
        return Some(false);
    }
    strictness.same(logic, &a.marker, &b.marker)
}

/// A specifier without spaces, `v` and trailing zeros.
fn normal(specifier: &pep440_rs::VersionSpecifier) -> String {
    use pep440_rs::Operator;
    let version = specifier.version();
    let keeps_zeros =
        matches!(specifier.operator(), Operator::TildeEqual | Operator::EqualStar | Operator::NotEqualStar);
    if keeps_zeros {
        return specifier.to_string();
    }
    let mut release = version.release().to_vec();
    while release.len() > 1 && release.last() == Some(&0) {
        release.pop();
    }
    format!("{}{}", specifier.operator(), version.clone().with_release(release))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn need(text: &str) -> Need {
        let Requirement { name, extras, specifiers, url, marker, text, place } =
            Requirement::parse(text, 0..0).unwrap();
        let source = url.map_or(Source::Registry(specifiers, None), Source::Other);
        Need { name, extras, source, marker, text, place }
    }

    fn same(first: &[&str], second: &[&str], strictness: Strictness) -> bool {
        let needs = |texts: &[&str]| texts.iter().map(|text| need(text)).collect::<Vec<_>>();
        difference(&needs(first), &needs(second), &Logic::within(None), strictness).is_empty()
    }

    #[test]
    fn requirements_are_read() {
        let one = Requirement::parse(" HTTPX [Http2, socks]>= 0.27 ; python_version<'3.13'", 0..0).unwrap();
        assert_eq!(one.name, "httpx");
        assert_eq!(one.extras.into_iter().collect::<Vec<_>>(), ["http2", "socks"]);
        let url = Requirement::parse("a @ https://x.example/a.whl#sha256=1 ; os_name == 'nt'", 0..0).unwrap();
        assert_eq!(url.url.as_deref(), Some("https://x.example/a.whl#sha256=1"));
        assert!(Requirement::parse("pyyaml (>=6)", 0..0).is_some());
        for bad in ["", "-x", "a >>1", "a b", "a[b", "a @ ", "a; nonsense", "a==1 x"] {
            assert!(Requirement::parse(bad, 0..0).is_none(), "{bad}");
        }
    }

    #[test]
    fn lists_are_compared_as_uv_does() {
        use Strictness::{Meaning, Specifiers};
        assert!(same(&["a>=1,<2"], &["A < 2.0, >= v1.0"], Specifiers));
        assert!(same(&["a>=1", "a<2"], &["a>=1,<2"], Meaning));
        assert!(!same(&["a>=1", "a<2"], &["a>=1,<2"], Specifiers));
        assert!(same(&["a~=1.2"], &["a>=1.2,<2"], Meaning));
        assert!(!same(&["a~=1.2"], &["a>=1.2,<2"], Specifiers));
        assert!(!same(&["a"], &["a[x]"], Meaning));
        assert!(same(&["a[x]>=1", "a[y]<2"], &["a[y,x]>=1,<2"], Meaning));
        assert!(!same(&["a[x]", "a[y]"], &["a[y,x]"], Specifiers));
        assert!(!same(&["a; os_name=='nt'"], &["a"], Meaning));
        assert!(same(
            &["a; os_name=='nt'", "a; os_name!='nt'"],
            &["a; os_name!='nt'", "a; os_name=='nt'"],
            Meaning
        ));
        assert!(same(&["a", "a"], &["a"], Meaning));
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in ".{0,60}") {
            if let Some(one) = Requirement::parse(&text, 0..0) {
                prop_assert!(!one.name.is_empty());
                let _ = ranges(&one.specifiers);
            }
        }
    }
}
