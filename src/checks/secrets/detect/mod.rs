//! The engine: one pass over a text looks for literals, and a rule looks at the text around each one that is found.

mod assignment;
mod credential;
mod curl;
mod dummy;
mod encoded;
mod generic;
mod keys;
mod random;
mod url;
pub mod window;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::foreign::pattern::Pattern;
use crate::credentials::formats::{self, Format, Look};
use window::Window;

/// What was found.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A credential whose format is known.
    Credential(&'static Format),
    /// A private key.
    PrivateKey,
    /// A JSON Web Token.
    Jwt,
    /// A password in a URL.
    Url,
    /// A value of which only the name says that it is secret.
    Generic,
    /// What a rule of the repository's own finds.
    Own(&'static Pattern),
}

impl Kind {
    /// What findings, ignore files and reports of other tools call it.
    pub fn id(&self) -> &'static str {
        match self {
            Kind::Credential(format) => &format.id,
            Kind::PrivateKey => "private-key",
            Kind::Jwt => "jwt",
            Kind::Url => "url-password",
            Kind::Generic => "generic-api-key",
            Kind::Own(rule) => &rule.id,
        }
    }

    /// The more a rule knows, the smaller its rank.
    fn rank(&self) -> u8 {
        match self {
            Kind::Credential(_) => 0,
            Kind::PrivateKey | Kind::Jwt => 1,
            // As gitleaks has it, what is called generic yields to everything else.
            Kind::Own(rule) if rule.id.contains("generic") => 5,
            Kind::Own(_) => 2,
            Kind::Url => 3,
            Kind::Generic => 4,
        }
    }
}

/// Why something that looks like a secret may be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// An example or a filler.
    Placeholder,
    /// Its letters look like words.
    Words,
    /// Its checksum does not fit.
    Checksum,
    /// It is for a host that nobody else reaches.
    Local,
    /// It opens test systems only.
    ForTests,
    /// A passphrase is needed to use it.
    Encrypted,
}

/// A place that looks like a secret.
#[derive(Clone)]
pub struct Hit {
    /// What it looks like.
    pub kind: Kind,
    /// Why it may be none.
    pub doubt: Option<Doubt>,
    /// The value, or the first line of a key, as bytes of the text.
    pub range: Range<usize>,
}

/// A hit, and the literal by which it was found. Others may overlap it.
#[derive(Clone)]
pub struct Raw {
    /// What was found.
    pub hit: Hit,
    /// The literal, as bytes of the text. The rule saw no more than the window around it.
    pub anchor: Range<usize>,
}

/// True for what a filter takes out of a stream: everything but placeholders.
pub fn is_worth_masking(hit: &Hit) -> bool {
    !matches!(hit.doubt, Some(Doubt::Placeholder | Doubt::Words)) || matches!(hit.kind, Kind::PrivateKey)
}

/// What a literal can mean.
enum Use {
    Shape {
        format: &'static Format,
        look: &'static Look,
        before: (usize, usize),
    },
    Name,
    Pem,
    Putty,
    Jwt,
    Url,
    Curl,
    /// The beginning of something in another encoding.
    Encoded(encoded::Beginning),
}

/// The engine. Made once; every thread uses the same.
pub struct Detector {
    literals: AhoCorasick,
    uses: Vec<Vec<Use>>,
    /// Formats that a name must announce.
    named: Vec<&'static Format>,
    /// Bytes of the longest literal.
    longest: usize,
}

/// Words in names behind which secrets stand.
const NAMES: [&str; 10] =
    ["secret", "token", "passw", "passphrase", "pwd", "key", "auth", "cred", "private", "access"];

/// The engine.
pub fn detector() -> &'static Detector {
    static DETECTOR: OnceLock<Detector> = OnceLock::new();
    DETECTOR.get_or_init(Detector::new)
}

impl Detector {
    fn new() -> Detector {
        let mut uses: BTreeMap<String, Vec<Use>> = BTreeMap::new();
        let mut add = |literal: &str, what: Use| {
            uses.entry(literal.to_ascii_lowercase()).or_default().push(what);
        };
        for (literal, what) in [
            ("-----BEGIN ", Use::Pem),
            ("PuTTY-User-Key-File-", Use::Putty),
            ("eyJ", Use::Jwt),
            ("://", Use::Url),
            ("curl ", Use::Curl),
        ] {
            add(literal, what);
        }
        let mut beginnings = vec!["-----BEGIN ".to_owned()];
        let mut names: Vec<&str> = NAMES.to_vec();
        let mut named = Vec::new();
        for format in formats::all() {
            for look in &format.shapes {
                if !look.alone {
                    continue;
                }
                for anchor in look.shape.anchors(2) {
                    add(&anchor.text, Use::Shape { format, look, before: anchor.before });
                    if anchor.before == (0, 0) {
                        beginnings.push(anchor.text);
                    }
                }
            }
            if format.shapes.iter().any(|look| !look.alone) {
                names.extend(format.words.iter().map(String::as_str));
                named.push(format);
            }
        }
        names.sort_unstable();
        names.dedup();
        for name in &names {
            // A word that holds another one is found by it.
            if !names.iter().any(|other| other != name && name.contains(other)) {
                add(name, Use::Name);
            }
        }
        // The same beginnings in base64 and hex.
        beginnings.sort_unstable();
        beginnings.dedup();
        for beginning in beginnings.iter().flat_map(|literal| encoded::beginnings(literal)) {
            let literal = beginning.text.to_ascii_lowercase();
            uses.entry(literal).or_default().push(Use::Encoded(beginning));
        }
        let (literals, uses): (Vec<String>, Vec<Vec<Use>>) = uses.into_iter().unzip();
        let longest = literals.iter().map(String::len).max().unwrap_or_default();
        let literals = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&literals)
            // The literals are part of the program, and a test builds this.
            .expect("a few hundred short literals fit");
        Detector { literals, uses, named, longest }
    }

    /// Everything in a text that looks like a secret, in the order of places, none inside another.
    pub fn scan(&self, text: &[u8]) -> Vec<Hit> {
        let raw = self.raw(text, std::iter::once(0..text.len()));
        outermost(raw.into_iter().map(|raw| raw.hit))
    }

    /// Bytes of the longest literal that is looked for.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// What literals that lie in parts of the text come to. What stands around them is looked at too.
    pub fn raw(&self, text: &[u8], parts: impl Iterator<Item = Range<usize>>) -> Vec<Raw> {
        self.look(text, parts, true)
    }

    /// The same, in what was encoded if `deep`.
    fn look(&self, text: &[u8], parts: impl Iterator<Item = Range<usize>>, deep: bool) -> Vec<Raw> {
        let mut raw = Vec::new();
        for part in parts {
            // A name holds several words, and is looked at once.
            let mut names_done = 0;
            let Some(bytes) = text.get(part.clone()) else { continue };
            for found in self.literals.find_overlapping_iter(bytes) {
                let anchor = part.start + found.start()..part.start + found.end();
                for what in &self.uses[found.pattern().as_usize()] {
                    if matches!(what, Use::Name) && anchor.start < names_done {
                        continue;
                    }
                    let window = Window::around(text, anchor.clone());
                    let hit = match what {
                        Use::Shape { format, look, before } => credential::at(&window, format, look, *before),
                        Use::Name => self.assigned(&window, &mut names_done),
                        Use::Pem => keys::pem(&window),
                        Use::Putty => keys::putty(&window),
                        Use::Jwt => keys::jwt(&window),
                        Use::Url => url::at(&window),
                        Use::Curl => curl::at(&window),
                        Use::Encoded(_) if !deep => None,
                        Use::Encoded(beginning) => encoded::at(&window, beginning, self),
                    };
                    raw.extend(hit.map(|hit| Raw { hit, anchor: anchor.clone() }));
                }
            }
        }
        raw
    }

    /// What a name and its value come to.
    fn assigned(&self, window: &Window<'_>, names_done: &mut usize) -> Option<Hit> {
        let Some(found) = assignment::at(window) else {
            return self.loose(window, &assignment::in_name(window)?);
        };
        *names_done = window.offset + found.name.end;
        let name = window.part(found.name.clone());
        let value = window.part(found.value.clone());
        if value.len() >= 8
            && let Some(hit) = self.named(window, name, found.value.clone())
        {
            return Some(hit);
        }
        if found.loose {
            return self.loose(window, &found).or_else(|| self.loose(window, &assignment::in_name(window)?));
        }
        let named = window.part(found.name.start..found.value.start);
        if value.len() >= 8
            && let Some(doubt) = generic::judge(named, value, found.quoted)
        {
            let range = window.whole(found.value);
            return Some(Hit { kind: Kind::Generic, doubt, range });
        }
        // Nothing as a whole; one of its words may be.
        assignment::words(window, &found.value).find_map(|word| {
            self.named(window, name, word.clone()).or_else(|| {
                let judged = generic::judge_loosely(named, window.part(word.clone()))?;
                Some(Hit { kind: Kind::Generic, doubt: judged, range: window.whole(word) })
            })
        })
    }

    /// A value of a format that a name announces.
    fn named(&self, window: &Window<'_>, name: &[u8], value: Range<usize>) -> Option<Hit> {
        let range = window.whole(value.clone());
        let value = window.part(value);
        if !value.iter().any(u8::is_ascii_digit) && !random::is_random(value) {
            return None;
        }
        let text = std::str::from_utf8(value).ok()?;
        let lower = name.to_ascii_lowercase();
        let speaks =
            |format: &&&Format| format.words.iter().any(|word| keys::contains(&lower, word.as_bytes()));
        let fits = |format: &&&'static Format| {
            format.shapes.iter().any(|look| !look.alone && look.shape.matches(text))
        };
        let format = self.named.iter().filter(speaks).find(fits)?;
        let hit = credential::named(format, value, range);
        // A name and a length alone are little: only what is drawn by lot counts.
        let prefixes = format.shapes.iter().flat_map(|look| look.shape.prefixes());
        let literal =
            prefixes.filter(|prefix| text.starts_with(prefix.as_str())).map(|p| p.len()).max().unwrap_or(0);
        let drawn = random::has_random_part(value.get(literal..).unwrap_or_default())
            || random::has_random_part(value)
            || hit.doubt == Some(Doubt::Placeholder);
        drawn.then_some(hit)
    }

    /// A value that only follows its name.
    fn loose(&self, window: &Window<'_>, found: &assignment::Assignment) -> Option<Hit> {
        let value = window.part(found.value.clone());
        let doubt = generic::judge_loosely(window.part(found.name.start..found.value.start), value)?;
        Some(Hit { kind: Kind::Generic, doubt, range: window.whole(found.value.clone()) })
    }
}

/// Of hits that overlap, the one that knows most.
pub fn outermost(hits: impl IntoIterator<Item = Hit>) -> Vec<Hit> {
    let mut hits: Vec<Hit> = hits.into_iter().collect();
    crate::sorted::by_key(&mut hits, |hit| {
        (hit.kind.rank(), hit.doubt, hit.range.start, std::cmp::Reverse(hit.range.end))
    });
    let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    for hit in hits {
        let before = taken.range(..hit.range.end).next_back();
        if before.is_none_or(|(_, end)| *end <= hit.range.start) {
            taken.insert(hit.range.start, hit.range.end);
            kept.push(hit);
        }
    }
    crate::sorted::by_key(&mut kept, |hit| hit.range.start);
    kept
}

#[cfg(test)]
mod tests;
