//! Text and code of outsiders on their way through a repository's workflows: where it comes in, what carries it on,
//! and where it ends.
//!
//! It comes in through the event ([`sources`]), strangers' files ([`foreign`]) and outputs of actions. It goes on
//! through `env`, outputs of steps and jobs, `GITHUB_ENV`, inputs of workflows and actions of the repository
//! ([`flow`]), and variables of scripts ([`posix`], [`lines`]). Rules look at where it ends.

mod environment;
pub mod flow;
pub mod foreign;
mod lines;
pub mod posix;
mod posix_splits;
mod posix_tools;
mod posix_writes;
mod protocol;
mod script;
pub mod shells;
mod sources;
pub mod values;

use super::reach::{Events, Reach, Starter};
use crate::location::Location;
use crate::rule::Severity;

/// Origins of a value that are told apart.
const MAX_ORIGINS: usize = 16;

/// Hops of a trail that are kept, for the reader.
const MAX_TRAIL: usize = 6;

/// What kind of thing an outsider's value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kind(u8);

impl Kind {
    /// Text that may have several lines.
    pub const TEXT: Kind = Kind(1);
    /// Text of one line.
    pub const LINE: Kind = Kind(2);
    /// The name of a commit or repository with an outsider's code. By itself it is no text that could do harm.
    pub const CODE: Kind = Kind(4);
    /// What stands in an outsider's files.
    pub const FILE: Kind = Kind(8);
    /// Besides another kind: it has been made sure that there is one word of it.
    const WORD: Kind = Kind(16);

    fn parse(text: &str) -> Kind {
        text.split('+').fold(Kind::default(), |kind, word| {
            kind.or(match word {
                "text" => Kind::TEXT,
                "line" => Kind::LINE,
                "code" => Kind::CODE,
                "file" => Kind::FILE,
                _ => Kind::default(),
            })
        })
    }

    fn or(self, other: Kind) -> Kind {
        Kind(self.0 | other.0)
    }

    fn has(self, other: Kind) -> bool {
        self.0 & other.0 != 0
    }

    /// True if it can hold what a shell or an interpreter would act on.
    pub fn is_text(self) -> bool {
        self.has(Kind::TEXT.or(Kind::LINE).or(Kind::FILE))
    }

    /// True if it can hold line breaks.
    pub fn has_lines(self) -> bool {
        self.has(Kind::TEXT.or(Kind::FILE))
    }

    /// True if a shell may split it into words: names of branches and commits hold no spaces.
    pub fn has_words(self) -> bool {
        self.is_text() && !self.has(Kind::CODE.or(Kind::WORD))
    }

    /// True if it names code, so that a checkout of it brings the outsider's files.
    pub fn names_code(self) -> bool {
        self.has(Kind::CODE)
    }
}

/// Who writes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// Whoever causes the event.
    Outsider,
    /// Somebody with rights in the repository.
    Insider,
    /// A caller that is not in this repository.
    Caller,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The access path, or the origin in words, with its own quotes.
    pub name: String,
    pub kind: Kind,
    pub writer: Writer,
    /// The events that bring it in.
    pub events: Events,
}

impl Origin {
    /// The origin as a reader should see it.
    pub fn shown(&self) -> String {
        if self.name.contains(' ') { self.name.clone() } else { format!("`{}`", self.name) }
    }
}

/// What a value may hold, and the way that it came.
#[derive(Clone, Debug, Default)]
pub struct Taint {
    pub origins: Vec<Origin>,
    /// The places that it passed, first to last.
    pub trail: Vec<(Location, String)>,
}

impl Taint {
    fn of(origin: Origin) -> Taint {
        Taint { origins: vec![origin], trail: Vec::new() }
    }

    fn merge(&mut self, other: Taint) {
        for origin in other.origins {
            if self.origins.contains(&origin) {
                continue;
            }
            if self.origins.len() < MAX_ORIGINS {
                self.origins.push(origin);
            } else if origin.writer == Writer::Outsider {
                // Those that matter less make room.
                let place = self.origins.iter_mut().find(|known| known.writer != Writer::Outsider);
                if let Some(place) = place {
                    *place = origin;
                }
            }
        }
        if self.trail.is_empty() {
            self.trail = other.trail;
        }
    }

    /// The same, with a place that it passed.
    fn through(mut self, place: impl FnOnce() -> (Location, String)) -> Taint {
        if self.trail.len() < MAX_TRAIL {
            self.trail.push(place());
        }
        self
    }

    /// One word of it.
    fn word(mut self) -> Taint {
        for origin in &mut self.origins {
            origin.kind = origin.kind.or(Kind::WORD);
        }
        self
    }

    /// Lines of it that begin with something else: none of them is a name or a delimiter.
    fn line(mut self) -> Taint {
        for origin in self.origins.iter_mut().filter(|origin| origin.kind.has_lines()) {
            origin.kind = Kind(origin.kind.0 & !(Kind::TEXT.0 | Kind::FILE.0)).or(Kind::LINE);
        }
        self
    }

    /// What of it fits, if something does.
    pub fn only(mut self, fits: impl Fn(&Origin) -> bool) -> Option<Taint> {
        self.origins.retain(|origin| fits(origin));
        (!self.origins.is_empty()).then_some(self)
    }

    /// How bad it is that this is executed there, and the origin that makes it so.
    pub fn worst(&self, reach: &Reach) -> Option<(Severity, &Origin)> {
        // Where strangers' code is run without rights, what stands in its files adds nothing.
        let with_rights = Events::that(|event| event.starter == Starter::Anyone);
        let severity = |origin: &Origin| match origin.writer {
            Writer::Outsider if origin.kind.has(Kind::FILE) => reach.severity(origin.events.and(with_rights)),
            Writer::Outsider => reach.severity(origin.events),
            Writer::Insider | Writer::Caller => Severity::Note,
        };
        let rank = |origin: &Origin| match origin.writer {
            Writer::Outsider => 2,
            Writer::Insider => 1,
            Writer::Caller => 0,
        };
        let ranked = self.origins.iter().map(|origin| (severity(origin), rank(origin), origin));
        ranked
            .max_by_key(|(severity, rank, _)| (*severity, *rank))
            .map(|(severity, _, origin)| (severity, origin))
    }
}

/// Both together.
fn union(taints: impl IntoIterator<Item = Option<Taint>>) -> Option<Taint> {
    let mut all: Option<Taint> = None;
    for taint in taints.into_iter().flatten() {
        match &mut all {
            Some(all) => all.merge(taint),
            None => all = Some(taint),
        }
    }
    all
}
