//! Passwords in the forms in which programs keep them: connection strings of databases, `.netrc`, settings of package
//! and file transfer clients, `Authorization: Basic`, logins of container registries, options of remote shells.

use std::ops::Range;

use data_encoding::BASE64;

use super::window::Window;
use super::{Doubt, Hit, Kind, dummy, keys, random};

/// Bytes of a password, at least and at most.
const LENGTH: std::ops::RangeInclusive<usize> = 3..=128;

/// Literals by which passwords are found, and how they are written behind them.
pub const LITERALS: &[(&str, Form)] = &[
    ("password=", Form::Pairs),
    ("pwd=", Form::Pairs),
    ("machine ", Form::Netrc),
    ("cleartextpassword", Form::NuGet),
    ("<pass>", Form::Element),
    ("<pass encoding=", Form::Element),
    ("authorization", Form::Basic),
    ("\"auths\"", Form::Registry),
    ("psexec", Form::Options(" -p ")),
    ("connect-viserver", Form::Options(" -password ")),
];

/// How a password is written.
#[derive(Clone, Copy)]
pub enum Form {
    /// `Server=…;User Id=…;Password=…;`, `jdbc:…?user=…&password=…`
    Pairs,
    /// `machine … login … password …`
    Netrc,
    /// `<add key="ClearTextPassword" value="…" />`
    NuGet,
    /// `<Pass>…</Pass>`, as FileZilla writes it
    Element,
    /// `Authorization: Basic …`
    Basic,
    /// `"auths": { "registry": { "auth": "…" } }`, as Docker writes it
    Registry,
    /// A command with the password behind an option.
    Options(&'static str),
}

/// The password that is written in a form behind its literal.
pub fn at(window: &Window<'_>, form: Form) -> Option<Hit> {
    let range = match form {
        Form::Pairs => pair(window),
        Form::Netrc => netrc(window),
        Form::NuGet => quoted(window, b"value"),
        Form::Element => element(window),
        Form::Basic => return basic(window),
        Form::Registry => return registry(window).map(|hit| Hit { kind: Kind::Settings, ..hit }),
        Form::Options(option) => behind_option(window, option),
    }?;
    let password = window.part(range.clone());
    if !LENGTH.contains(&password.len()) || is_template(password) {
        return None;
    }
    let kind = match form {
        Form::Netrc | Form::NuGet | Form::Element => Kind::Settings,
        _ => Kind::Connection,
    };
    Some(Hit { kind, doubt: doubt(password), range: window.whole(range) })
}

/// Why a password may be none: fillers, and words that protect nothing.
fn doubt(password: &[u8]) -> Option<Doubt> {
    if dummy::doubt(password).is_some() {
        return Some(Doubt::Placeholder);
    }
    let word = password.iter().all(u8::is_ascii_alphabetic) || random::surprise(password) < 4.6;
    (word || password.len() < 8).then_some(Doubt::Words)
}

/// What somebody or something fills in later.
fn is_template(password: &[u8]) -> bool {
    let first = password.first().copied().unwrap_or_default();
    b"$%{<[(*@&".contains(&first)
        || password
            .windows(2)
            .any(|pair| matches!(pair, b"${" | b"{{" | b"%(" | b"#{" | b"**" | b"()" | b"..."))
}

/// A pair among others that say where to, and as whom.
fn pair(window: &Window<'_>) -> Option<Range<usize>> {
    let before = line_before(window).to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| keys::contains(&before, word.as_bytes()));
    let semicolons = before.trim_ascii_end().ends_with(b";");
    let database =
        semicolons && has(&["server=", "data source=", "host=", "database=", "catalog=", "driver="]);
    let jdbc =
        matches!(before.last(), Some(b'&' | b'?' | b';')) && has(&["jdbc:", "://"]) && has(&["user", "uid"]);
    if !database && !jdbc {
        return None;
    }
    let start = skip(window, window.end, |byte| byte == b' ');
    Some(start..until(window, start, |byte| !byte.is_ascii_graphic() || b";&\"'`<>\\,".contains(&byte)))
}

fn netrc(window: &Window<'_>) -> Option<Range<usize>> {
    let mut words = Words { window, at: window.end };
    words.next().filter(|host| window.part(host.clone()).contains(&b'.'))?;
    loop {
        let key = words.next()?;
        match window.part(key) {
            b"login" | b"account" | b"port" => {
                words.next()?;
            }
            b"password" => return words.next(),
            _ => return None,
        }
    }
}

/// Words between blanks and ends of lines.
struct Words<'w> {
    window: &'w Window<'w>,
    at: usize,
}

impl Words<'_> {
    fn next(&mut self) -> Option<Range<usize>> {
        let start = skip(self.window, self.at, |byte| byte.is_ascii_whitespace());
        self.at = until(self.window, start, |byte| !byte.is_ascii_graphic());
        (self.at > start).then_some(start..self.at)
    }
}

/// The value of an attribute in the same element.
fn quoted(window: &Window<'_>, attribute: &[u8]) -> Option<Range<usize>> {
    let mut at = skip(window, window.end, |byte| matches!(byte, b'"' | b'\'' | b' '));
    let name = window.part(at..at + attribute.len());
    if !name.eq_ignore_ascii_case(attribute) {
        return None;
    }
    at = skip(window, at + attribute.len(), |byte| matches!(byte, b'=' | b' '));
    let quote = Some(window.at(at)).filter(|byte| matches!(byte, b'"' | b'\''))?;
    Some(at + 1..until(window, at + 1, |byte| byte == quote || byte == b'\n'))
}

fn element(window: &Window<'_>) -> Option<Range<usize>> {
    let start = match window.before(window.end) {
        b'>' => window.end,
        _ => until(window, window.end, |byte| matches!(byte, b'>' | b'\n')) + 1,
    };
    let end = until(window, start, |byte| !byte.is_ascii_graphic() || byte == b'<');
    window.part(end..window.text.len()).starts_with(b"</").then_some(start..end)
}

fn behind_option(window: &Window<'_>, option: &str) -> Option<Range<usize>> {
    let end = until(window, window.end, |byte| matches!(byte, b'\n' | b'\r'));
    let line = window.part(window.end..end).to_ascii_lowercase();
    let place = memchr::memmem::find(&line, option.as_bytes())?;
    let start = skip(window, window.end + place + option.len(), |byte| matches!(byte, b'"' | b'\'' | b' '));
    Some(start..until(window, start, |byte| !byte.is_ascii_graphic() || matches!(byte, b'"' | b'\'')))
}

fn basic(window: &Window<'_>) -> Option<Hit> {
    let at = skip(window, window.end, |byte| b"\"'`:=, ]\\".contains(&byte));
    window.part(at..at + 6).eq_ignore_ascii_case(b"basic ").then_some(())?;
    login(window, skip(window, at + 6, |byte| byte == b' '))
}

fn registry(window: &Window<'_>) -> Option<Hit> {
    const KEY: &[u8] = b"\"auth\"";
    let rest = window.part(window.end..window.text.len());
    let place = memchr::memmem::find(rest, KEY)? + KEY.len();
    login(window, skip(window, window.end + place, |byte| b"\"': \\".contains(&byte)))
}

/// `user:password` in base64.
fn login(window: &Window<'_>, start: usize) -> Option<Hit> {
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let range = start..until(window, start, |byte| !base64(byte));
    let decoded = BASE64.decode(window.part(range.clone())).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let password = &decoded[colon + 1..];
    let text = decoded.iter().all(|byte| byte.is_ascii_graphic());
    if !text || !LENGTH.contains(&password.len()) || is_template(password) {
        return None;
    }
    Some(Hit { kind: Kind::Connection, doubt: doubt(password), range: window.whole(range) })
}

/// What stands before the literal in its line, as far as the window goes.
fn line_before<'t>(window: &Window<'t>) -> &'t [u8] {
    let before = window.part(0..window.start);
    let start = memchr::memrchr(b'\n', before).map_or(0, |place| place + 1);
    &before[start..]
}

fn skip(window: &Window<'_>, from: usize, over: impl Fn(u8) -> bool) -> usize {
    until(window, from, |byte| !over(byte))
}

fn until(window: &Window<'_>, from: usize, stop: impl Fn(u8) -> bool) -> usize {
    (from..window.text.len()).find(|place| stop(window.at(*place))).unwrap_or(window.text.len())
}

#[cfg(test)]
mod tests;
