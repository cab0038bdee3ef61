//! Shapes of credentials: literal text and runs of an alphabet, as the table of providers writes them.
//!
//! `ghp_<base62:36>` is a literal and a run of exactly 36; `<digit:10-13>` is a run of 10 to 13, `<hex:20+>` of 20
//! and more; `(AKIA|ASIA)` is one of several literals. A shape always describes the whole value.

mod scan;

/// The shape of a value.
#[derive(Clone, PartialEq, Eq)]
pub struct Shape {
    parts: Vec<Part>,
}

#[derive(Clone, PartialEq, Eq)]
enum Part {
    /// One of these literals.
    Text(Vec<String>),
    /// At least `min` and at most `max` characters of an alphabet.
    Run { alphabet: &'static Alphabet, min: usize, max: usize },
}

/// A set of ASCII characters.
#[derive(PartialEq, Eq)]
struct Alphabet {
    name: &'static str,
    /// Single characters, and ranges written `a-z`; a `-` that is meant stands at the end.
    chars: &'static str,
    /// As people call it.
    words: &'static str,
}

const ALPHABETS: &[Alphabet] = &[
    Alphabet { name: "digit", chars: "0-9", words: "digits" },
    Alphabet { name: "letter", chars: "A-Za-z", words: "letters" },
    Alphabet { name: "upper", chars: "A-Z0-9", words: "capitals and digits" },
    Alphabet { name: "lower", chars: "a-z0-9", words: "small letters and digits" },
    Alphabet { name: "hex", chars: "0-9a-f", words: "hex digits" },
    Alphabet { name: "anyhex", chars: "0-9a-fA-F", words: "hex digits" },
    Alphabet { name: "base32", chars: "A-Z2-7", words: "capitals and digits from 2 to 7" },
    Alphabet { name: "base62", chars: "0-9A-Za-z", words: "letters and digits" },
    Alphabet { name: "base64", chars: "0-9A-Za-z+/", words: "letters, digits, `+` and `/`" },
    Alphabet { name: "base64url", chars: "0-9A-Za-z_-", words: "letters, digits, `_` and `-`" },
    Alphabet { name: "crypt", chars: "0-9A-Za-z./", words: "letters, digits, `.` and `/`" },
    Alphabet { name: "word", chars: "0-9A-Za-z-", words: "letters, digits and `-`" },
    Alphabet { name: "token", chars: "0-9A-Za-z_.-", words: "letters, digits, `_`, `.` and `-`" },
    Alphabet { name: "equals", chars: "0-9A-Za-z_.=-", words: "letters, digits, `_`, `.`, `=` and `-`" },
    Alphabet { name: "tilde", chars: "0-9A-Za-z_.~-", words: "letters, digits, `_`, `.`, `~` and `-`" },
    Alphabet { name: "percent", chars: "%0-9A-Za-z", words: "letters, digits and `%`" },
    Alphabet {
        name: "django",
        chars: "0-9a-z!@#$%^&*(_=+)-",
        words: "small letters, digits and the signs that Django draws",
    },
    Alphabet { name: "padded", chars: "0-9A-Za-z+/_=-", words: "letters, digits and signs of base64" },
    Alphabet { name: "padding", chars: "=", words: "`=`" },
    Alphabet { name: "printable", chars: "!-~", words: "printable characters" },
];

impl Alphabet {
    fn named(name: &str) -> Option<&'static Alphabet> {
        ALPHABETS.iter().find(|alphabet| alphabet.name == name)
    }

    fn holds(&self, byte: u8) -> bool {
        let chars = self.chars.as_bytes();
        let mut at = 0;
        while let Some(&first) = chars.get(at) {
            match (chars.get(at + 1), chars.get(at + 2)) {
                (Some(b'-'), Some(&last)) => {
                    if (first..=last).contains(&byte) {
                        return true;
                    }
                    at += 3;
                }
                _ => {
                    if first == byte {
                        return true;
                    }
                    at += 1;
                }
            }
        }
        false
    }
}

/// How a value differs from a shape. Says nothing about the value but this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Characters that do not belong there, or parts of the wrong length.
    Characters,
    /// More characters than the shape has room for.
    TooLong,
    /// Fewer characters than the shape needs.
    TooShort,
    /// It starts with something else.
    Start,
}

impl Difference {
    /// What is wrong, to follow a name.
    pub fn words(self) -> &'static str {
        match self {
            Difference::Characters => "holds characters that do not belong there, or in the wrong places",
            Difference::TooLong => "is longer than that",
            Difference::TooShort => "is shorter than that: it may have been cut off when it was copied",
            Difference::Start => "starts differently",
        }
    }
}

impl Shape {
    /// Reads a shape as the table writes it.
    pub fn parse(text: &str) -> Result<Shape, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (part, after) = match first {
                '<' => {
                    let (run, after) = rest[1..].split_once('>').ok_or("a run has no end")?;
                    (parse_run(run)?, after)
                }
                '(' => {
                    let (choices, after) = rest[1..].split_once(')').ok_or("a choice has no end")?;
                    (Part::Text(choices.split('|').map(str::to_owned).collect()), after)
                }
                _ => {
                    let end = rest.find(['<', '(']).unwrap_or(rest.len());
                    (Part::Text(vec![rest[..end].to_owned()]), &rest[end..])
                }
            };
            parts.push(part);
            rest = after;
        }
        if parts.is_empty() { Err("a shape is empty".to_owned()) } else { Ok(Shape { parts }) }
    }

    /// True if the whole value has this shape. Linear in the length of the value.
    pub fn matches(&self, value: &str) -> bool {
        if value.len() > self.longest() || !value.is_ascii() || !self.begins(value) {
            return false;
        }
        let bytes = value.as_bytes();
        let mut reached = vec![false; bytes.len() + 1];
        reached[0] = true;
        for part in &self.parts {
            reached = part.step(bytes, &reached);
        }
        reached.last() == Some(&true)
    }

    /// How a value that does not match differs.
    pub fn difference(&self, value: &str) -> Difference {
        match value.len() {
            _ if !self.begins(value) => Difference::Start,
            length if length < self.shortest() => Difference::TooShort,
            length if length > self.longest() => Difference::TooLong,
            _ => Difference::Characters,
        }
    }

    /// True if the value begins as the shape does.
    fn begins(&self, value: &str) -> bool {
        match self.parts.first() {
            Some(Part::Text(choices)) => choices.iter().any(|choice| value.starts_with(choice.as_str())),
            _ => true,
        }
    }

    /// True if all values of this shape have one length, so that a part of one is never one.
    #[cfg(test)]
    pub fn is_fixed(&self) -> bool {
        self.parts.iter().all(|part| match part {
            Part::Text(choices) => choices.iter().all(|choice| choice.len() == choices[0].len()),
            Part::Run { min, max, .. } => min == max,
        })
    }

    /// True if nothing else is likely to have this shape: it has a literal of at least three characters.
    pub fn is_distinctive(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Text(choices) => choices.iter().all(|choice| choice.len() >= 3),
            Part::Run { .. } => false,
        })
    }

    /// The literals that a value can begin with.
    pub fn prefixes(&self) -> Vec<String> {
        let mut prefixes = vec![String::new()];
        for part in &self.parts {
            let Part::Text(choices) = part else { break };
            let with = |prefix: &String| {
                choices.iter().map(move |choice| format!("{prefix}{choice}")).collect::<Vec<_>>()
            };
            prefixes = prefixes.iter().flat_map(with).collect();
        }
        prefixes
    }

    /// The shape as people say it: "`ghp_`, then 36 letters and digits".
    pub fn words(&self) -> String {
        self.parts.iter().map(Part::words).collect::<Vec<_>>().join(", then ")
    }

    fn shortest(&self) -> usize {
        self.parts.iter().map(|part| part.lengths().0).sum()
    }

    fn longest(&self) -> usize {
        self.parts.iter().fold(0, |sum: usize, part| sum.saturating_add(part.lengths().1))
    }

    /// A value of this shape; `choose(n)` gives a number below `n`.
    #[cfg(test)]
    pub fn sample(&self, choose: &mut dyn FnMut(usize) -> usize) -> String {
        let mut value = String::new();
        for part in &self.parts {
            match part {
                Part::Text(choices) => value += &choices[choose(choices.len())],
                Part::Run { alphabet, min, max } => {
                    let letters: Vec<u8> = (0..128).filter(|byte| alphabet.holds(*byte)).collect();
                    let most = (*max).min(min + 40);
                    let length = min + choose(most - min + 1);
                    value.extend((0..length).map(|_| char::from(letters[choose(letters.len())])));
                }
            }
        }
        value
    }
}

impl Part {
    /// From the places in the value that the parts before can end at to those that this part can end at.
    fn step(&self, bytes: &[u8], reached: &[bool]) -> Vec<bool> {
        let mut next = vec![false; reached.len()];
        match self {
            Part::Text(choices) => {
                for choice in choices {
                    for start in (0..=bytes.len()).filter(|start| reached[*start]) {
                        if bytes[start..].starts_with(choice.as_bytes()) {
                            next[start + choice.len()] = true;
                        }
                    }
                }
            }
            Part::Run { alphabet, min, max } => {
                // How many places before each one are reached: a range of starts is then one subtraction.
                let mut before = Vec::with_capacity(reached.len() + 1);
                before.push(0usize);
                for place in reached {
                    before.push(before[before.len() - 1] + usize::from(*place));
                }
                let mut run_start = 0;
                for end in 0..reached.len() {
                    if end > 0 && !alphabet.holds(bytes[end - 1]) {
                        run_start = end;
                    }
                    let Some(latest) = end.checked_sub(*min) else { continue };
                    let earliest = run_start.max(end.saturating_sub(*max));
                    next[end] = earliest <= latest && before[latest + 1] > before[earliest];
                }
            }
        }
        next
    }

    /// The least and the most characters.
    fn lengths(&self) -> (usize, usize) {
        match self {
            Part::Text(choices) => {
                let lengths = || choices.iter().map(String::len);
                (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0))
            }
            Part::Run { min, max, .. } => (*min, *max),
        }
    }

    fn words(&self) -> String {
        match self {
            Part::Text(choices) => {
                choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(" or ")
            }
            Part::Run { alphabet, min, max } => match (min, max) {
                (min, max) if min == max => format!("{min} {}", alphabet.words),
                (0, &usize::MAX) => alphabet.words.to_owned(),
                (min, &usize::MAX) => format!("at least {min} {}", alphabet.words),
                (0, max) => format!("up to {max} {}", alphabet.words),
                (min, max) => format!("{min} to {max} {}", alphabet.words),
            },
        }
    }
}

/// `name:36`, `name:10-13` or `name:20+`
fn parse_run(text: &str) -> Result<Part, String> {
    let wrong = || format!("`<{text}>` is no run");
    let (name, length) = text.split_once(':').ok_or_else(wrong)?;
    let alphabet = Alphabet::named(name).ok_or_else(|| format!("there is no alphabet `{name}`"))?;
    let number = |digits: &str| digits.parse::<usize>().map_err(|_| wrong());
    let (min, max) = match (length.strip_suffix('+'), length.split_once('-')) {
        (Some(min), _) => (number(min)?, usize::MAX),
        (None, Some((min, max))) => (number(min)?, number(max)?),
        (None, None) => (number(length)?, number(length)?),
    };
    if min > max { Err(wrong()) } else { Ok(Part::Run { alphabet, min, max }) }
}

#[cfg(test)]
mod tests;
