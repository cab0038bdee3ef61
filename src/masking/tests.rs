//! Whatever the pieces, secrets are gone and everything else is still there.

use data_encoding::{BASE64, HEXLOWER};

use super::*;

fn masked(secrets: &[&str], text: &[u8], piece: usize) -> Vec<u8> {
    let mut filter = Filter::new(Known::of(secrets.iter().copied()));
    let mut out = Vec::new();
    text.chunks(piece.max(1)).for_each(|piece| filter.push(piece, &mut out));
    filter.finish(&mut out);
    out
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn values_are_gone_in_every_form() {
    let secret = "hunter2 /real+secret";
    let line = format!(
        "a {secret} b {} c {} d {} e\n",
        BASE64.encode(format!("user:{secret}").as_bytes()),
        HEXLOWER.encode(secret.as_bytes()),
        utf8(secret)
    );
    let out = text(&masked(&[secret], line.as_bytes(), 7));
    assert!(out.starts_with("a *** b ") && out.contains(" c *** d *** e\n"), "{out}");
    assert!(!out.contains("hunter2") && !out.contains("real"), "{out}");
}

fn utf8(secret: &str) -> String {
    percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[test]
fn boundaries_change_nothing() {
    let secret = "k4Zq-canary-9PwX";
    let mut log = Vec::new();
    for number in 0..9000 {
        log.extend_from_slice(format!("{number} line {secret}\n").as_bytes());
    }
    let wanted = text(&log).replace(secret, "***");
    for piece in [1 << 20, CHUNK, 4093, 61] {
        assert!(text(&masked(&[secret], &log, piece)) == wanted, "pieces of {piece}");
    }
}

#[test]
fn other_bytes_stay_as_they_are() {
    let bytes: Vec<u8> = (0..300_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert!(masked(&["a-known-secret"], &bytes, 1000) == bytes);
}

#[test]
fn private_keys_go_line_by_line_behind_time_stamps() {
    let mut log = String::from("12:00:01 -----BEGIN OPENSSH PRIVATE KEY-----\n");
    let line = BASE64.encode(b"Both halves of this key were made up, one two");
    for second in 0..700 {
        log += &format!("12:00:{second:02} {line}{second}\n");
    }
    log += "12:09:01 -----END OPENSSH PRIVATE KEY-----\n12:09:02 done with everything that was to be done\n";
    for piece in [100, 1 << 20] {
        let out = text(&masked(&[], log.as_bytes(), piece));

        assert!(!out.contains(&line), "pieces of {piece}");
        assert!(out.contains("12:00:01 ***\n"), "{}", &out[..200]);
        assert!(out.ends_with("done with everything that was to be done\n"));
    }
}

#[test]
fn what_is_recognised_is_gone() {
    let token = format!("ghp{}{}{}", "_", "A".repeat(0), "kX9vQ2mZ7pLw4RtB8sJdkX9vQ2mZ7pLw4RtB");
    let out = text(&masked(&[], format!("token is {token}, he said\n").as_bytes(), 5));
    assert_eq!(out, "token is ***, he said\n");
}

proptest::proptest! {
    #[test]
    fn pieces_change_nothing(
        parts in proptest::collection::vec("[ -~]{0,20}|k4Zq-canary-9PwX|-----BEGIN RSA PRIVATE KEY-----", 0..40),
        piece in 1usize..50,
    ) {
        let text = parts.concat();
        let whole = masked(&["k4Zq-canary-9PwX"], text.as_bytes(), 1 << 20);
        proptest::prop_assert_eq!(&masked(&["k4Zq-canary-9PwX"], text.as_bytes(), piece), &whole);
        proptest::prop_assert!(!String::from_utf8_lossy(&whole).contains("k4Zq-canary"));
    }
}

/// Found by the fuzz target: the last line of a stream was read differently from a line that ends.
#[test]
fn the_last_line_is_read_as_any_other() {
    let line = "token = \"q8c\0\0\0\0--BCGIN  E KEY:/P----- PRIVAT\0\u{4}sk_liv _AeKggggggIA eyJhbGciOiJIUzI0NiJ9. -----\0\0B";
    let ended = super::masked(&format!("{line}\n"));
    assert!(ended.contains("***"), "{ended:?}");
    assert_eq!(format!("{}\n", super::masked(line)), ended);
}
