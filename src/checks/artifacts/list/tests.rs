use proptest::prelude::*;

use super::*;

const A: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// Names, hashes and problems, in short.
fn short(text: impl AsRef<[u8]>) -> Vec<String> {
    let list = parse(text.as_ref());
    let entry = |entry: &Entry| {
        let name = entry.name.as_ref().map_or("<none>".to_owned(), |name| format!("{name:?}"));
        (entry.place, format!("{}: {} {name}", entry.place.line, entry.hash))
    };
    let fault = |fault: &Fault| (fault.place, format!("{}: ! {}", fault.place.line, fault.problem));
    let mut all: Vec<_> = list.entries.iter().map(entry).chain(list.faults.iter().map(fault)).collect();
    all.sort();
    all.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn every_form_that_tools_write_is_read() {
    let upper = A.to_uppercase();
    let base64 = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
    let forms = [
        (format!("{A}  a"), "SHA-256 \"a\""),
        (format!("{A} *a"), "SHA-256 \"a\""),
        (format!("{A} a"), "SHA-256 \"a\""),
        (format!("{A}\ta"), "SHA-256 \"a\""),
        (format!("  {A}  a"), "SHA-256 \"a\""),
        (format!("{upper}  a b  c"), "SHA-256 \"a b  c\""),
        (format!("{A}   a"), "SHA-256 \" a\""),
        (format!("{A}  *a"), "SHA-256 \"*a\""),
        (format!("{A}  -a"), "SHA-256 \"-a\""),
        (format!("{A}  ./d/ä (1).zip"), "SHA-256 \"./d/ä (1).zip\""),
        (format!("SHA256 (a) = {A}"), "SHA-256 \"a\""),
        (format!("SHA256(a)= {A}"), "SHA-256 \"a\""),
        (format!("SHA2-256(a)= {A}"), "SHA-256 \"a\""),
        (format!("SHA256 (a) = b) = {A}"), "SHA-256 \"a) = b\""),
        (format!("SHA256 (a) = {base64}"), "SHA-256 \"a\""),
        (format!("{base64}  a"), "SHA-256 \"a\""),
        (format!("\\{A}  a\\\\b\\nc\\rd"), "SHA-256 \"a\\\\b\\nc\\rd\""),
        (format!("\\SHA256 (a\\nb) = {A}"), "SHA-256 \"a\\nb\""),
        (format!("{A}  a\\nb"), "SHA-256 \"a\\\\nb\""),
        (A.to_owned(), "SHA-256 <none>"),
        (format!("{}  a", &A[..32]), "MD5 \"a\""),
        (format!("{}  a", &A[..40]), "SHA-1 \"a\""),
        (format!("{}  a", &A[..56]), "SHA-224 \"a\""),
        (format!("{A}{}  a", &A[..32]), "SHA-384 \"a\""),
        (format!("{A}{A}  a"), "SHA-512 \"a\""),
        (format!("SHA512 (a) = {A}{A}"), "SHA-512 \"a\""),
        (format!("BLAKE2b-256 (a) = {A}"), "BLAKE2b-256 \"a\""),
        (format!("SHA3-256 (a) = {A}"), "SHA3-256 \"a\""),
        (format!("SHA512/256 (a) = {A}"), "SHA512/256 \"a\""),
        (format!("MD5 (a) = {}", &A[..32]), "MD5 \"a\""),
    ];
    for (line, read) in forms {
        assert_eq!(short(&line), [format!("1: {read}")], "{line}");
        assert_eq!(short(format!("{line}\r\n")), [format!("1: {read}")], "{line}");
        assert_eq!(short(format!("\u{feff}# comment\n\n{line}\n\n")), [format!("3: {read}")], "{line}");
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    let faults = [
        (format!("{}  a", &A[..63]), "63 hex digits are no digest; one of SHA-256 has 64"),
        (format!("{A}aa  a"), "66 hex digits are no digest; one of SHA-256 has 64"),
        (format!("SHA256 (a) = {}", &A[..63]), "the digest is not one of SHA-256, which has 64 hex digits"),
        (format!("SHA512 (a) = {A}"), "the digest is not one of SHA-512, which has 128 hex digits"),
        (format!("MD5 (a) = {A}"), "the digest is not one of MD5"),
        (format!("g{}  a", &A[1..]), "the digest holds a character that is no hex digit"),
        ("<!DOCTYPE html>".into(), "the line starts with no digest"),
        ("be careful".into(), "the line starts with no digest"),
        ("SHA256 (a)".into(), "the line starts with no digest"),
        (format!("{A}  -"), "`-` stands for standard input, not for a file"),
        (format!("SHA256 () = {A}"), "the line names no file"),
        (format!("\\{A}  a\\tb"), "the name holds an escape that is none of `\\\\`, `\\n` and `\\r`"),
        (format!("\\{A}  a\\"), "the name holds an escape that is none of `\\\\`, `\\n` and `\\r`"),
        ("\u{feff}".repeat(2), "the line starts with no digest"),
    ];
    for (line, problem) in faults {
        assert_eq!(short(format!("{A}  good\n{line}")), ["1: SHA-256 \"good\"", &format!("2: ! {problem}")]);
    }
    let two = format!("{A}\n{A}  b\n");
    assert_eq!(short(two), ["1: ! the line names no file", "2: SHA-256 \"b\""]);
    for utf16 in [b"\xff\xfea\0".as_slice(), b"\xfe\xff\0a", b"b\0a\0", b"\0b\0a"] {
        assert_eq!(short(utf16), ["1: ! the list is UTF-16, which no other tool reads"]);
    }
}

#[test]
fn records_that_end_with_nul_hold_any_name() {
    let text = format!("{A}  a\nb\\c\r\0{A} *d\0");
    assert_eq!(short(text), ["1: SHA-256 \"a\\nb\\\\c\\r\"", "2: SHA-256 \"d\""]);
    // A NUL that somebody put behind a list does not hide its lines.
    let text = format!("{A}  a\n{A}  b\n\0");
    assert_eq!(short(text), [format!("1: SHA-256 \"a\\n{A}  b\\n\"")]);
    let text = format!("{A}  a\0{A}  b");
    assert_eq!(short(text), ["1: ! the record does not end with NUL as the others do", "1: SHA-256 \"a\""]);
}

#[test]
fn a_signed_list_is_read_and_nothing_hides_beside_the_signed_text() {
    let head = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n";
    let tail = "-----BEGIN PGP SIGNATURE-----\n\niHUEARYKAB0WIQQ\n=abcd\n-----END PGP SIGNATURE-----\n";
    let long = "A".repeat(63) + "/";
    let good = format!("{head}{A}  a\n- --- dashes\n{tail}").replace("- --- dashes\n", "");
    assert_eq!(short(&good), ["4: SHA-256 \"a\""]);
    assert!(parse(good.as_bytes()).signed);
    assert!(!parse(format!("{A}  a").as_bytes()).signed);
    assert_eq!(short(good.replace("iHUEARYKAB0WIQQ", &long)), ["4: SHA-256 \"a\""]);
    let outside = "! the line stands outside of the signed text";
    assert_eq!(short(format!("{A}  b\n{good}")), [format!("1: {outside}"), "5: SHA-256 \"a\"".into()]);
    assert_eq!(short(format!("{good}{A}  b\n")).last().unwrap(), &format!("10: {outside}"));
    assert_eq!(short(good.replace("Hash: SHA256", &format!("{A}  b")))[0], format!("2: {outside}"));
    assert_eq!(short(good.replace("=abcd", &format!("{A}  b")))[1], format!("8: {outside}"));
    let open = good.replace("-----END PGP SIGNATURE-----\n", "");
    assert_eq!(short(open).last().unwrap(), "9: ! the signed text has no end");
    let signify = format!("untrusted comment: verify with x.pub\nRWQf6LRCGA9i5w==\nSHA256 (a) = {A}\n");
    assert_eq!(short(&signify), ["3: SHA-256 \"a\""]);
    assert!(parse(signify.as_bytes()).signed);
}

#[test]
fn faults_are_bounded() {
    let list = parse("junk\n".repeat(MAX_FAULTS + 7).as_bytes());
    assert_eq!((list.faults.len(), list.more_faults), (MAX_FAULTS, 7));
}

fn names() -> impl Strategy<Value = Vec<Name>> {
    let byte =
        prop_oneof![1u8..=255, Just(b'\\'), Just(b'\n'), Just(b'\r'), Just(b' '), Just(b'*'), Just(b')')];
    let name = prop::collection::vec(byte, 1..20).prop_filter_map("no name of a file", |bytes| {
        let blank = bytes.trim_ascii().is_empty();
        (!blank && bytes != b"-").then(|| Name::new(bytes))
    });
    prop::collection::btree_set(name, 0..12).prop_map(|set| set.into_iter().collect())
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_exactly(names in names(), tag: bool, escape: bool, seed: u8) {
        let portable = |name: &Name| escape || !name.as_bytes().iter().any(|byte| b"\\\r\n".contains(byte));
        let digest = |index: usize| vec![seed.wrapping_add(index as u8); 32];
        let entries: Vec<(Name, Vec<u8>)> =
            names.into_iter().filter(portable).enumerate().map(|(i, name)| (name, digest(i))).collect();
        let mut shuffled = entries.clone();
        shuffled.reverse();
        let borrowed: Vec<(&Name, &[u8])> = shuffled.iter().map(|(name, digest)| (name, digest.as_slice())).collect();
        let text = write(&borrowed, Style { escape, tag });
        prop_assert!(!text.contains(&b'\r') || !escape);
        let list = parse(&text);
        prop_assert_eq!(list.faults, vec![]);
        let read: Vec<_> = list.entries.into_iter().map(|e| (e.name.unwrap(), e.digest)).collect();
        prop_assert_eq!(read, entries);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..200), glue in "[0-9a-f]{60,70}  |SHA256 \\(|\\) = |\n|\r|\u{0}|-----BEGIN PGP SIGNED MESSAGE-----\n") {
        let cut = bytes.len() / 2;
        parse(&bytes);
        let list = parse(&[&bytes[..cut], glue.as_bytes(), &bytes[cut..]].concat());
        for place in list.entries.iter().map(|e| e.place).chain(list.faults.iter().map(|f| f.place)) {
            prop_assert!(place.line > 0);
        }
    }
}
