//! Environment markers of PEP 508, such as `python_version < '3.11' and sys_platform == 'win32'`.
//!
//! `python_version` is read as a condition on `python_full_version`, and `platform_system` as one on
//! `sys_platform` where the two values always go together, because uv writes them so.

use std::ops::Bound;

use pep440_rs::Version;

use super::normalised;
use super::ranges::Ranges;
use super::version::{release_ranges, release_series, specifiers, version};

/// A condition on the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marker {
    /// Always, or never.
    Constant(bool),
    /// All of them.
    All(Vec<Marker>),
    /// One of them.
    Any(Vec<Marker>),
    /// A single comparison.
    Test(Test),
}

/// A single comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// A version lies in a set.
    Version(&'static str, Ranges<Version>),
    /// A text lies in a set.
    Text(&'static str, Ranges<String>),
    /// Something that is so or not, and independent of everything else: an extra, or a part of a text.
    Flag(String, bool),
}

/// Brackets within brackets. Nobody nests this deep.
const DEEPEST: usize = 64;

impl Marker {
    /// Reads a marker; `None` if it is none.
    pub fn parse(text: &str) -> Option<Marker> {
        let mut parser = Parser { rest: text.trim_start(), depth: 0 };
        let marker = parser.any()?;
        parser.rest.is_empty().then_some(marker)
    }

    /// Both.
    pub fn and(self, other: Marker) -> Marker {
        match (self, other) {
            (Marker::Constant(true), other) | (other, Marker::Constant(true)) => other,
            (Marker::Constant(false), _) | (_, Marker::Constant(false)) => Marker::Constant(false),
            (one, other) => Marker::All(vec![one, other]),
        }
    }

    /// The opposite.
    pub fn not(self) -> Marker {
        match self {
            Marker::Constant(value) => Marker::Constant(!value),
            Marker::All(parts) => Marker::Any(parts.into_iter().map(Marker::not).collect()),
            Marker::Any(parts) => Marker::All(parts.into_iter().map(Marker::not).collect()),
            Marker::Test(Test::Version(key, set)) => Marker::Test(Test::Version(key, set.complement())),
            Marker::Test(Test::Text(key, set)) => Marker::Test(Test::Text(key, set.complement())),
            Marker::Test(Test::Flag(key, value)) => Marker::Test(Test::Flag(key, !value)),
        }
    }

    /// `extra == 'name'`
    pub fn extra(name: &str) -> Marker {
        Marker::Test(Test::Flag(format!("extra {}", normalised(name)), true))
    }

    /// A condition on `python_full_version`.
    pub fn python(set: Ranges<Version>) -> Marker {
        Marker::Test(Test::Version("python_full_version", set))
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

/// One side of a comparison.
enum Operand<'t> {
    Variable(&'static str),
    Literal(&'t str),
}

impl<'t> Parser<'t> {
    fn any(&mut self) -> Option<Marker> {
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Marker::Any(parts) })
    }

    fn all(&mut self) -> Option<Marker> {
        let mut parts = vec![self.single()?];
        while self.word("and") {
            parts.push(self.single()?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Marker::All(parts) })
    }

    fn single(&mut self) -> Option<Marker> {
        if let Some(rest) = self.rest.strip_prefix('(') {
            self.depth += 1;
            if self.depth > DEEPEST {
                return None;
            }
            self.rest = rest.trim_start();
            let inner = self.any()?;
            self.rest = self.rest.strip_prefix(')')?.trim_start();
            self.depth -= 1;
            return Some(inner);
        }
        let left = self.operand()?;
        let operator = self.operator()?;
        let right = self.operand()?;
        match (left, right) {
            (Operand::Variable(key), Operand::Literal(value)) => Some(test(key, operator, value, false)),
            (Operand::Literal(value), Operand::Variable(key)) => Some(test(key, operator, value, true)),
            // It makes no sense, and the tools read it.
            (Operand::Variable(one), Operand::Variable(other)) => Some(alike(one, operator, other)),
            (Operand::Literal(one), Operand::Literal(other)) => Some(alike(one, operator, other)),
        }
    }

    fn operand(&mut self) -> Option<Operand<'t>> {
        let quote = self.rest.chars().next()?;
        if matches!(quote, '\'' | '"') {
            let inner = &self.rest[1..];
            let end = inner.find(quote)?;
            self.rest = inner[end + 1..].trim_start();
            return Some(Operand::Literal(&inner[..end]));
        }
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest.trim_start();
        variable(name).map(Operand::Variable)
    }

    fn operator(&mut self) -> Option<&'static str> {
        const SYMBOLS: [&str; 8] = ["===", "==", "!=", "<=", ">=", "~=", "<", ">"];
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| self.rest.starts_with(**symbol)) {
            self.rest = self.rest[symbol.len()..].trim_start();
            return Some(symbol);
        }
        if self.word("not") {
            return self.word("in").then_some("not in");
        }
        self.word("in").then_some("in")
    }

    /// Takes a word that ends where it ends.
    fn word(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(word) else { return false };
        if rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = rest.trim_start();
        true
    }
}

/// The variables, old spellings included.
fn variable(name: &str) -> Option<&'static str> {
    Some(match name {
        "os_name" | "os.name" => "os_name",
        "sys_platform" | "sys.platform" => "sys_platform",
        "platform_machine" | "platform.machine" => "platform_machine",
        "platform_python_implementation" | "platform.python_implementation" | "python_implementation" => {
            "platform_python_implementation"
        }
        "platform_release" => "platform_release",
        "platform_system" => "platform_system",
        "platform_version" | "platform.version" => "platform_version",
        "implementation_name" => "implementation_name",
        "implementation_version" => "implementation_version",
        "python_full_version" => "python_full_version",
        "python_version" => "python_version",
        "extra" => "extra",
        "extras" => "extras",
        "dependency_groups" => "dependency_groups",
        _ => return None,
    })
}

/// `platform_system` values whose `sys_platform` is always the same, as uv has them.
const SYSTEMS: [(&str, &str); 6] = [
    ("Windows", "win32"),
    ("Darwin", "darwin"),
    ("Linux", "linux"),
    ("AIX", "aix"),
    ("Emscripten", "emscripten"),
    ("Android", "android"),
];

/// A comparison of a variable with a literal; `flipped` when the literal stands first. What makes no sense is
/// kept as a flag of its own, so that it equals itself.
fn test(key: &'static str, operator: &'static str, value: &str, flipped: bool) -> Marker {
    let operator = match (flipped, operator) {
        (true, "<") => ">",
        (true, ">") => "<",
        (true, "<=") => ">=",
        (true, ">=") => "<=",
        (_, operator) => operator,
    };
    let opaque = || Marker::Test(Test::Flag(format!("{key} {operator} {flipped} {value}"), true));
    match key {
        "extra" => match operator {
            "==" => Marker::extra(value),
            "!=" => Marker::extra(value).not(),
            _ => opaque(),
        },
        "python_version" | "python_full_version" | "implementation_version" => {
            version_test(key, operator, value, flipped).unwrap_or_else(opaque)
        }
        _ => text_test(key, operator, value, flipped).unwrap_or_else(opaque),
    }
}

/// A comparison of two variables, or of two literals: it equals itself.
fn alike(one: &str, operator: &str, other: &str) -> Marker {
    Marker::Test(Test::Flag(format!("{one} {operator} {other}"), true))
}

fn version_test(key: &'static str, operator: &str, value: &str, flipped: bool) -> Option<Marker> {
    let variable = if key == "python_version" { "python_full_version" } else { key };
    let of = |set| Some(Marker::Test(Test::Version(variable, set)));
    if let "in" | "not in" = operator {
        if flipped {
            return None;
        }
        let mut set = Ranges::empty();
        for part in value.split_whitespace() {
            let part = version(part)?;
            let one = if key == "python_version" { python_version_is(&part) } else { Ranges::only(part) };
            set = set.union(&one);
        }
        return of(if operator == "in" { set } else { set.complement() });
    }
    let specifiers = specifiers(&format!("{operator}{value}"))?;
    if key != "python_version" {
        return of(release_ranges(&specifiers));
    }
    of(python_version(operator, value.trim()).unwrap_or_else(|| release_ranges(&specifiers)))
}

/// `python_version == '3.9'`: all releases of 3.9. A third number that is not 0 is never equal.
fn python_version_is(value: &Version) -> Ranges<Version> {
    match value.release() {
        [major] => release_series(&Version::new([*major, 0])),
        [major, minor, rest @ ..] if rest.iter().all(|number| *number == 0) => {
            release_series(&Version::new([*major, *minor]))
        }
        _ => Ranges::empty(),
    }
}

/// A condition on `python_version`, which has two numbers, as one on `python_full_version`. `None` where both
/// mean the same.
fn python_version(operator: &str, value: &str) -> Option<Ranges<Version>> {
    let star = value.strip_suffix(".*");
    let number = version(star.unwrap_or(value))?;
    let release = number.release().to_vec();
    let is = |number: &Version| Some(python_version_is(number));
    if star.is_some() {
        let set = if release.len() == 1 { release_series(&number) } else { python_version_is(&number) };
        return Some(if operator == "!=" { set.complement() } else { set });
    }
    let next = |major: u64, minor: u64| Version::new([major, minor.saturating_add(1)]);
    let (major, minor) = (*release.first()?, release.get(1).copied().unwrap_or(0));
    let exact = release.iter().skip(2).all(|number| *number == 0);
    match operator {
        "==" | "===" => is(&number),
        "!=" => is(&number).map(|set| set.complement()),
        "~=" if release.len() > 2 => is(&number),
        ">" => Some(Ranges::between(Bound::Included(next(major, minor)), Bound::Unbounded)),
        "<=" => Some(Ranges::between(Bound::Unbounded, Bound::Excluded(next(major, minor)))),
        "<" if !exact => Some(Ranges::between(Bound::Unbounded, Bound::Excluded(next(major, minor)))),
        ">=" if !exact => Some(Ranges::between(Bound::Included(next(major, minor)), Bound::Unbounded)),
        _ => None,
    }
}

fn text_test(key: &'static str, operator: &str, value: &str, flipped: bool) -> Option<Marker> {
    let known = SYSTEMS.iter().find(|(system, _)| key == "platform_system" && *system == value);
    let ordered = matches!(key, "platform_release" | "platform_version");
    let (key, value) = known.map_or((key, value), |(_, platform)| ("sys_platform", *platform));
    let value = value.to_owned();
    let set = match operator {
        "==" | "===" => Ranges::only(value),
        "!=" => Ranges::only(value).complement(),
        "<" if ordered => Ranges::between(Bound::Unbounded, Bound::Excluded(value)),
        ">" if ordered => Ranges::between(Bound::Excluded(value), Bound::Unbounded),
        "<=" if ordered => Ranges::between(Bound::Unbounded, Bound::Included(value)),
        ">=" if ordered => Ranges::between(Bound::Included(value), Bound::Unbounded),
        // Texts have no order: the specification makes `<` and `>` false, `<=` and `>=` equality.
        "<" | ">" => return Some(Marker::Constant(false)),
        "<=" | ">=" => Ranges::only(value),
        "in" | "not in" => {
            let how = if flipped { "contains" } else { "in" };
            return Some(Marker::Test(Test::Flag(format!("{key} {how} {value}"), operator == "in")));
        }
        _ => return None,
    };
    Some(Marker::Test(Test::Text(key, set)))
}
