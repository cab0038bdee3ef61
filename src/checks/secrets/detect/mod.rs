//! The engine: one pass over a text looks for literals, and a rule looks at the text around each one that is found.

mod assignment;
mod connection;
mod credential;
mod curl;
mod dummy;
mod encoded;
mod generic;
mod hit;
mod keys;
mod manifest;
mod random;
mod url;
pub mod window;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use ci_guard_scan::{Anchor, Literals};

use crate::credentials::formats::{self, Format, Look};
use window::Window;

pub use hit::{Doubt, Hit, Kind, Raw, is_worth_masking};

/// What a literal can mean.
enum Use {
    Shape {
        format: &'static Format,
        look: &'static Look,
        before: (usize, usize),
        /// Bytes of the literal that values begin with; 0 if they begin otherwise.
        literal: usize,
    },
    Name,
    Pem,
    Putty,
    Jwt,
    Url,
    Curl,
    Connection(connection::Form),
    Manifest,
    /// The beginning of something in another encoding.
    Encoded(encoded::Beginning),
}

/// The engine. Made once; every thread uses the same.
pub struct Detector {
    literals: Literals,
    /// What each literal can mean.
    uses: Vec<Vec<Use>>,
    /// Formats that a name must announce, and the words that announce them, each with the place of its format.
    named: Vec<&'static Format>,
    announced: AhoCorasick,
    announces: Vec<usize>,
}

/// Words in names behind which secrets stand.
const NAMES: [&str; 10] =
    ["secret", "token", "passw", "passphrase", "pwd", "key", "auth", "cred", "private", "access"];

/// Bytes of the literals of shapes that are looked for: more would only make the table larger, and slower.
const ENOUGH: usize = 10;

/// Bytes of a text whose literals are kept while they are judged.
const BLOCK: usize = 1 << 20;

/// Letters of a word that does not turn up in a hash by chance.
const LONG_WORD: usize = 5;

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
            ("kind: secret", Use::Manifest),
        ] {
            add(literal, what);
        }
        for (literal, form) in connection::LITERALS {
            add(literal, Use::Connection(*form));
        }
        let mut beginnings = vec!["-----BEGIN ".to_owned()];
        let mut names: Vec<&str> = NAMES.to_vec();
        let mut named = Vec::new();
        let mut words: Vec<(&str, usize)> = Vec::new();
        for format in formats::all() {
            for look in &format.shapes {
                if !look.alone {
                    continue;
                }
                for anchor in look.shape.anchors(2) {
                    let literal = if anchor.before == (0, 0) { anchor.text.len() } else { 0 };
                    let head = anchor.text.get(..ENOUGH).unwrap_or(&anchor.text);
                    add(head, Use::Shape { format, look, before: anchor.before, literal });
                    // Of the others there are hundreds, and encoded they look like anything.
                    if literal > 0 && look.shape.is_distinctive() {
                        beginnings.push(anchor.text);
                    }
                }
            }
            if format.shapes.iter().any(|look| !look.alone) {
                names.extend(format.words.iter().map(String::as_str));
                words.extend(format.words.iter().map(|word| (word.as_str(), named.len())));
                named.push(format);
            }
        }
        // A word that holds another one is found by it.
        let mut found: HashMap<u8, Vec<&str>> = HashMap::new();
        crate::sorted::by_key(&mut names, |name| name.len());
        for name in names {
            let holds = |(at, first): (usize, u8)| {
                let alike = found.get(&first).into_iter().flatten();
                alike.into_iter().any(|part| name.as_bytes()[at..].starts_with(part.as_bytes()))
            };
            if !name.bytes().enumerate().any(holds) {
                found.entry(name.as_bytes()[0]).or_default().push(name);
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
        let (words, announces): (Vec<&str>, Vec<usize>) = words.into_iter().unzip();
        let announced = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&words)
            .expect("a few hundred words fit");
        Detector { literals: Literals::new(literals), uses, named, announced, announces }
    }

    /// Everything in a text that looks like a secret, in the order of places, none inside another.
    pub fn scan(&self, text: &[u8]) -> Vec<Hit> {
        self.look(text, true)
    }

    /// The same, in what was encoded if `deep`.
    fn look(&self, text: &[u8], deep: bool) -> Vec<Hit> {
        let (mut anchors, mut raw) = (Vec::new(), Vec::new());
        for start in (0..text.len()).step_by(BLOCK) {
            anchors.clear();
            self.literals.find(text, start..text.len().min(start + BLOCK), &mut anchors);
            self.judge(text, &anchors, deep, &mut raw);
        }
        outermost(raw.into_iter().map(|raw| raw.hit))
    }

    /// What is looked for.
    pub fn literals(&self) -> &Literals {
        &self.literals
    }

    /// What literals come to, with what stands around them; in what was encoded as well if `deep`.
    pub fn judge(&self, text: &[u8], anchors: &[Anchor], deep: bool, raw: &mut Vec<Raw>) {
        // A name holds several words, and is looked at once.
        let mut names_done = 0;
        for anchor in anchors {
            let place = anchor.start as usize..self.literals.end_of(*anchor);
            for what in &self.uses[anchor.literal as usize] {
                if matches!(what, Use::Name) && place.start < names_done {
                    continue;
                }
                let window = Window::around(text, place.clone());
                let hit = match what {
                    Use::Shape { format, look, before, literal } => {
                        credential::at(&window, format, look, *before, *literal)
                    }
                    Use::Name => self.assigned(&window, &mut names_done),
                    Use::Pem => keys::pem(&window),
                    Use::Putty => keys::putty(&window),
                    Use::Jwt => keys::jwt(&window),
                    Use::Url => url::at(&window),
                    Use::Curl => curl::at(&window),
                    Use::Connection(form) => connection::at(&window, *form),
                    Use::Manifest => manifest::at(&window),
                    Use::Encoded(_) if !deep => None,
                    Use::Encoded(beginning) => encoded::at(&window, beginning, self),
                };
                raw.extend(hit.map(|hit| Raw { hit, start: anchor.start }));
            }
        }
    }

    /// What a name and its value come to.
    fn assigned(&self, window: &Window<'_>, names_done: &mut usize) -> Option<Hit> {
        let Some(found) = assignment::at(window) else {
            let found = assignment::in_name(window)?;
            return self
                .named(window, window.part(found.name.clone()), found.value.clone())
                .or_else(|| self.loose(window, &found));
        };
        *names_done = window.offset + found.name.end;
        let name = window.part(found.name.clone());
        let value = window.part(found.value.clone());
        // What is called an id is one: `<Component Id="AppShortcut" Guid="…">`.
        let between = window.part(found.name.end..found.value.start);
        let is_id = || between.windows(3).any(|part| part.eq_ignore_ascii_case(b"uid"));
        if value.len() >= 8
            && let Some(hit) = self.named(window, name, found.value.clone())
            && !is_id()
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
        // A comment behind an empty value.
        if value == b"#" {
            return None;
        }
        // Nothing as a whole; one of its words may be. A digest says that it is one.
        let is_digest = |word: &Range<usize>| {
            window.part(word.start.saturating_sub(7)..word.start).eq_ignore_ascii_case(b"sha256:")
        };
        let mut words = assignment::words(window, &found.value).filter(|word| !is_digest(word));
        words.find_map(|word| {
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
        let text = std::str::from_utf8(value).ok()?;
        let fits = |place: &usize| {
            self.named[*place].shapes.iter().any(|look| !look.alone && look.shape.matches(text))
        };
        let speaks = self
            .announced
            .find_overlapping_iter(name)
            .filter(|found| found.end() - found.start() >= LONG_WORD || is_word(name, found.range()));
        let place = speaks.map(|found| self.announces[found.pattern().as_usize()]).filter(fits).min()?;
        let format = self.named[place];
        // A filler is seen as one, if it holds nothing but what a key holds.
        let filler = || value.iter().all(u8::is_ascii_alphanumeric) && dummy::doubt(value).is_some();
        if !value.iter().any(u8::is_ascii_digit) && !random::is_random(value) && !filler() {
            return None;
        }
        let hit = credential::named(format, value, range);
        // A name and a length alone are little: only what is drawn by lot counts.
        let prefixes = format.shapes.iter().flat_map(|look| look.shape.prefixes());
        let literal =
            prefixes.filter(|prefix| text.starts_with(prefix.as_str())).map(|p| p.len()).max().unwrap_or(0);
        let drawn = format.sure
            || random::has_random_part(value.get(literal..).unwrap_or_default())
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

/// True if a part of a name is a word of it: `cf` in `CF_TOKEN` and `cfToken`, and not in a hash.
fn is_word(name: &[u8], range: Range<usize>) -> bool {
    let begins = range.start == 0 || !name[range.start - 1].is_ascii_alphanumeric();
    begins && name.get(range.end).is_none_or(|next| !next.is_ascii_lowercase() && !next.is_ascii_digit())
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
