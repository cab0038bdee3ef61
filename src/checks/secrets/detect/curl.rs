//! Passwords on the command line of curl: `-u name:password`, `--user name:password`.

use super::window::Window;
use super::{Doubt, Hit, Kind, dummy, random};

/// Options behind which a name and a password stand.
const OPTIONS: &[&[u8]] = &[b" -u ", b" --user ", b" --user=", b" -u", b" --proxy-user "];

/// The call of curl whose `curl ` the anchor is.
pub fn at(window: &Window<'_>) -> Option<Hit> {
    let rest = window.part(window.end - 1..window.text.len());
    // A call may go on behind a backslash.
    let ends = |place: &usize| rest[*place] == b'\n' && (*place == 0 || rest[*place - 1] != b'\\');
    let call = &rest[..(0..rest.len()).find(ends).unwrap_or(rest.len())];
    OPTIONS.iter().find_map(|option| {
        let place = memchr::memmem::find(call, option)?;
        let mut start = place + option.len();
        let quote = call.get(start).copied().filter(|byte| matches!(byte, b'"' | b'\''));
        start += usize::from(quote.is_some());
        let stop = |byte: &u8| match quote {
            Some(quote) => *byte == quote || *byte == b'\n',
            None => !byte.is_ascii_graphic() || b";|&<>".contains(byte),
        };
        let pair = &call[start..];
        let pair = &pair[..pair.iter().position(stop).unwrap_or(pair.len())];
        let colon = pair.iter().position(|byte| *byte == b':')?;
        // `token:` hands over a token as the name.
        let (from, mut value) = match &pair[colon + 1..] {
            [] => (0, &pair[..colon]),
            password => (colon + 1, password),
        };
        let mut from = start + from;
        while let [b'\'' | b'"', inner @ ..] = value {
            value = inner;
            from += 1;
        }
        while let [inner @ .., b'\'' | b'"'] = value {
            value = inner;
        }
        let variable = value.iter().any(|byte| b"$%{}<>*()".contains(byte))
            && !value.iter().any(u8::is_ascii_digit)
            || matches!(value.first(), Some(b'$' | b'%' | b'{' | b'<'));
        if value.len() < 6 || variable {
            return None;
        }
        let drawn = value.iter().any(u8::is_ascii_digit) && random::surprise(value) >= 4.0
            || random::is_random(value);
        let doubt = dummy::doubt(value).or((!drawn).then_some(Doubt::Words));
        let whole = window.end - 1 + from;
        Some(Hit { kind: Kind::Url, doubt, range: window.whole(whole..whole + value.len()) })
    })
}

#[cfg(test)]
mod tests {
    use super::super::detector;

    #[test]
    fn passwords_of_calls_are_found_and_variables_are_not() {
        let found = |text: &str| {
            let hits = detector().scan(text.as_bytes());
            hits.into_iter().find(|hit| hit.doubt.is_none()).map(|hit| text[hit.range].to_owned())
        };
        let made = ["dB2yF", "6qL9vZm1P4J"].concat();
        for call in [
            "curl -u api:#",
            "curl -s --user 'j.smith:#' https://a.b/",
            "curl https://a.b \\\n  -u \"x:#\" -f",
        ] {
            assert_eq!(found(&call.replace('#', &made)).as_deref(), Some(&*made), "{call}");
        }
        for call in
            ["curl -u api:$PASSWORD1", "curl -u \"$USER:$PASS\" x", "curl -u admin:password x", "curl -f x"]
        {
            assert_eq!(found(call), None, "{call}");
        }
    }
}
