//! A go.sum as Go writes it, told by one look at each line. Of its thousands of hashes nothing need be kept then.

use ci_guard_scan::{are_base64, are_distinct, are_graphic, compare, same};

/// `h1:` and 32 bytes in base64.
pub const HASH: usize = 47;

/// Lines of one module up to which each is compared with the others.
const MOST: usize = 1024;

/// True if each line is a module, a version and a well-formed hash between single spaces, modules stand in order, and
/// no version stands there twice. False says nothing.
pub fn is(text: &str) -> bool {
    let text = text.as_bytes();
    let (mut module, mut versions): (&[u8], Vec<&[u8]>) = (b"", Vec::new());
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text).chain((!text.ends_with(b"\n")).then_some(text.len())) {
        let Some([next, version]) = sound_line(&text[start..end]) else { return false };
        start = end + 1;
        if !same(next, module) {
            if compare(next, module).is_lt() || !are_distinct(&versions) {
                return false;
            }
            module = next;
            versions.clear();
        }
        versions.push(version);
        if versions.len() > MOST {
            return false;
        }
    }
    are_distinct(&versions)
}

/// Module and version.
fn sound_line(line: &[u8]) -> Option<[&[u8]; 2]> {
    let (line, hash) = line.split_at_checked(line.len().checked_sub(HASH + 1)?)?;
    let digest = hash.strip_prefix(b" h1:")?.strip_suffix(b"=")?;
    let (module, rest) = line.split_at_checked(memchr::memchr(b' ', line)?)?;
    let version = &rest[1..];
    let is_sound = are_base64(digest)
        && !module.is_empty()
        && !version.is_empty()
        && are_graphic(module)
        && are_graphic(version);
    is_sound.then_some([module, version])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::super::format::Format as _;
    use super::super::super::super::model::Lock;
    use super::super::super::super::rules::{graph, hashes, names};
    use super::super::{Go, lines, package};
    use crate::checkout::Source;

    const DIGEST: &str = "h1:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/abcde=";

    fn faults(text: &str) -> usize {
        let packages = lines(text).map(|(line, place)| package(line, place).ok().unwrap()).collect();
        let lock = Lock { packages, ..Lock::default() };
        let source = Source::new("go.sum", text);
        let repair = Go.repair();
        [
            hashes::judge(&lock, &source, &Go, repair),
            names::judge(&lock, &source, &Go, repair),
            graph::judge(&lock, &source, repair),
        ]
        .iter()
        .map(Vec::len)
        .sum()
    }

    #[test]
    fn files_as_go_writes_them_are_sound() {
        let two = format!(
            "a.example/m v1.0.0 {DIGEST}\na.example/m v1.0.0/go.mod {DIGEST}\nb.example v2.0.0 {DIGEST}"
        );
        for text in [&*two, &format!("{two}\n")] {
            assert!(super::is(text), "{text}");
        }
        for (from, to) in [
            ("h1:A", "h1:!"),
            ("h1:A", "h1:"),
            ("h1:", "h2:"),
            ("de=", "d=="),
            ("b.example", "a.e"),
            ("v1.0.0/go.mod", "v1.0.0"),
            (" v1", "  v1"),
            (" v2", "\tv2"),
            ("b.example ", ""),
            ("\nb", "\n\nb"),
            ("\nb", "\r\nb"),
            ("b.", "b\u{e9}."),
        ] {
            let text = two.replacen(from, to, 1);
            assert!(!super::is(&text), "{text}");
        }
        let many: String = (0..2000).map(|n| format!("m v1.{n} {DIGEST}\n")).collect();
        assert!(!super::is(&many));
    }

    proptest! {
        #[test]
        fn rules_say_nothing_of_what_is_sound(
            lines in proptest::collection::vec(("[ab]", "[12]{1,2}", "[aA+/=]{0,1}", any::<bool>()), 0..12),
            in_order in any::<bool>(),
        ) {
            let line = |(module, version, letter, is_manifest): &(String, String, String, bool)| {
                let manifest = if *is_manifest { "/go.mod" } else { "" };
                let last = if letter.is_empty() { "e" } else { letter };
                format!("{module} v{version}{manifest} {}{last}=\n", &DIGEST[..DIGEST.len() - 2])
            };
            let mut lines: Vec<String> = lines.iter().map(line).collect();
            if in_order {
                lines.sort();
            }
            let text = lines.concat();
            prop_assert!(!super::is(&text) || faults(&text) == 0, "{text}");
        }
    }
}
