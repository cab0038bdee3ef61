//! What a credential says about itself: checksums, and what can be decoded from it without asking anybody.

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};

/// Digits of base62 in the order that GitHub uses.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Letters of bech32 in the order of their values (BIP 173).
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// CRC-32 (IEEE 802.3), bit by bit: tokens are short.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// Six digits of base62, padded with `0` in front.
pub fn base62_checksum(body: &[u8]) -> [u8; 6] {
    let mut rest = crc32(body);
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

/// The checksum of tokens of GitHub and npm: the last six characters are that of the 30 before them, without the
/// prefix (GitHub blog, 2021-04-05 and 2021-09-23). `None` for tokens of another length.
pub fn github_checksum(token: &str) -> Option<bool> {
    let (_, body) = token.split_once('_')?;
    let body = body.as_bytes();
    let (body, checksum) = body.split_at_checked(30)?;
    (checksum.len() == 6).then(|| base62_checksum(body) == checksum)
}

/// The checksum of fine-grained tokens of GitHub, over everything after the prefix but the last six characters.
/// GitHub does not document it; samples agree.
pub fn fine_grained_checksum(token: &str) -> Option<bool> {
    let body = token.strip_prefix("github_pat_")?.as_bytes();
    let (body, checksum) = body.split_at_checked(body.len().checked_sub(6)?)?;
    Some(base62_checksum(body) == checksum)
}

/// The checksum of keys of Zuplo: eight hex digits after the last `_`, over what stands before it.
pub fn zuplo_checksum(key: &str) -> Option<bool> {
    let (body, sum) = key.rsplit_once('_')?;
    Some(u32::from_str_radix(sum, 16).ok()? == crc32(body.as_bytes()))
}

/// The checksum of routable tokens of GitLab: seven digits of base36 at the end, over all that stands before them, of
/// which the last two are the length of the payload before the first dot (GitLab handbook, "Routable tokens"). `None`
/// for tokens of the older kind, which have no dot.
pub fn gitlab_checksum(token: &str) -> Option<bool> {
    let (body, sum) = token.split_at_checked(token.len().checked_sub(7)?)?;
    let payload = body.split_once('.')?.0.split_once('-')?.1;
    let (_, length) = body.split_at_checked(body.len().checked_sub(2)?)?;
    let digits = |text: &str| u32::from_str_radix(text, 36).ok();
    Some(digits(length) == Some(payload.len() as u32) && digits(sum) == Some(crc32(body.as_bytes())))
}

/// True if an access key id of AWS holds the id of an account: twelve digits, and the 40 bits could hold more.
pub fn aws_account_fits(key_id: &str) -> Option<bool> {
    Some(aws_account(key_id)?.len() == 12)
}

/// The account that an access key id of AWS belongs to, twelve digits. The first six bytes of what follows the
/// prefix, read as base32, hold it in 40 bits.
pub fn aws_account(key_id: &str) -> Option<String> {
    let body = BASE32_NOPAD.decode(key_id.get(4..20)?.as_bytes()).ok()?;
    let first = body.get(..6)?.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    Some(format!("{:012}", (first & 0x7fff_ffff_ff80) >> 7))
}

/// True if a bot token of Discord begins with the id of its bot in base64: a snowflake, of which all but the last 22 bits
/// count milliseconds since 2015 (Discord's reference, "Snowflakes"). No bot is younger than 2040.
pub fn snowflake_fits(token: &str) -> bool {
    const MILLISECONDS: u64 = 25 * 366 * 86_400_000;
    let Some((id, _)) = token.split_once('.') else { return false };
    let digits = BASE64URL_NOPAD.decode(id.as_bytes()).unwrap_or_default();
    let number =
        std::str::from_utf8(&digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    (17..=19).contains(&digits.len())
        && number.and_then(|text| text.parse::<u64>().ok()).is_some_and(|id| id >> 22 < MILLISECONDS)
}

/// The host that an API token of PyPI is for: a macaroon, version 2, whose first field is its location.
pub fn pypi_host(token: &str) -> Option<String> {
    let body = token.strip_prefix("pypi-")?;
    // The location lies in the first bytes; what follows need not be decoded.
    let head = body.get(..body.len().min(64) / 4 * 4)?;
    let bytes = BASE64URL_NOPAD.decode(head.as_bytes()).ok()?;
    let [2, 1, length, rest @ ..] = bytes.as_slice() else { return None };
    let host = rest.get(..usize::from(*length))?;
    String::from_utf8(host.to_vec()).ok().filter(|host| host.chars().all(|c| c.is_ascii_graphic()))
}

/// The checksum of a bech32 string (BIP 173), as age writes its keys.
pub fn bech32_checksum(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some((prefix, data)) = lower.rsplit_once('1') else { return false };
    if !prefix.is_ascii() || prefix.is_empty() {
        return false;
    }
    let mut values: Vec<u8> = prefix.bytes().map(|byte| byte >> 5).collect();
    values.push(0);
    values.extend(prefix.bytes().map(|byte| byte & 31));
    for byte in data.bytes() {
        match BECH32.iter().position(|letter| *letter == byte) {
            Some(value) => values.push(value as u8),
            None => return false,
        }
    }
    bech32_polymod(&values) == 1
}

fn bech32_polymod(values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.iter().fold(1, |sum: u32, value| {
        let top = sum >> 25;
        let next = (sum & 0x1ff_ffff) << 5 ^ u32::from(*value);
        GENERATOR
            .iter()
            .enumerate()
            .filter(|(bit, _)| top >> bit & 1 == 1)
            .fold(next, |next, (_, generator)| next ^ generator)
    })
}

/// The six letters that end a bech32 string with this prefix and data.
#[cfg(test)]
pub fn bech32_ending(prefix: &str, data: &str) -> String {
    let mut values: Vec<u8> = prefix.bytes().map(|byte| byte >> 5).collect();
    values.push(0);
    values.extend(prefix.bytes().map(|byte| byte & 31));
    let value = |byte| BECH32.iter().position(|letter| *letter == byte).unwrap() as u8;
    values.extend(data.bytes().map(value));
    values.extend([0; 6]);
    let sum = bech32_polymod(&values) ^ 1;
    (0..6).map(|place| char::from(BECH32[(sum >> (5 * (5 - place)) & 31) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_agree_with_published_values() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(&base62_checksum(&[b'A'; 30]), b"0uCPlr");
        let token = |body: &str, sum: &str| format!("ghp{}{body}{sum}", "_");
        assert_eq!(github_checksum(&token(&"A".repeat(30), "0uCPlr")), Some(true));
        assert_eq!(github_checksum(&token(&"A".repeat(30), "0uCPls")), Some(false));
        assert_eq!(github_checksum(&token(&"A".repeat(29), "0uCPlr")), None);
        assert_eq!(github_checksum("nothing"), None);
        let fine = format!("github{}_{}_{}0ImpdU", "_pat", "A".repeat(22), "B".repeat(53));
        assert_eq!(fine_grained_checksum(&fine), Some(true));
        assert_eq!(fine_grained_checksum("github_pat_x"), None);
    }

    #[test]
    fn routable_tokens_of_gitlab_end_with_a_checksum() {
        // The example of the handbook, with the prefix that its tokens have.
        let routable = |sum: &str| ["gl", "pat-", "bzox79Of-KE9FD", "2LjoXXF4CvyxA.0r", sum].concat();
        assert_eq!(gitlab_checksum(&routable("03gxo7s")), Some(true));
        assert_eq!(gitlab_checksum(&routable("03gxo7t")), Some(false));
        assert_eq!(gitlab_checksum(&format!("gl{}", "pat-3fZ1p5y4XWcCvMGVlfak")), None);
        assert_eq!(gitlab_checksum(".a"), None);
    }

    #[test]
    fn a_bot_token_of_discord_begins_with_a_snowflake() {
        let token = |id: &str| format!("{}.X.Y", BASE64URL_NOPAD.encode(id.as_bytes()));
        for id in ["80351110224678912", "175928847299117063", "1234567890123456789"] {
            assert!(snowflake_fits(&token(id)), "{id}");
        }
        for id in ["8035111022467891", "9234567890123456789", "17592884729911706x", "+175928847299117063", ""]
        {
            assert!(!snowflake_fits(&token(id)), "{id}");
        }
        assert!(!snowflake_fits(&BASE64URL_NOPAD.encode(b"175928847299117063")));
    }

    #[test]
    fn an_access_key_id_names_its_account() {
        let id = format!("ASIA{}", "QNZGKIQY56JQ7WML");
        assert_eq!(aws_account(&id).as_deref(), Some("029608264753"));
        assert_eq!(aws_account_fits(&id), Some(true));
        assert_eq!(aws_account_fits(&format!("AKIA{}", "7777777777777777")), Some(false));
        assert_eq!(aws_account("AKIA"), None);
        assert_eq!(aws_account("AKIAäääääääääääääää"), None);
    }

    #[test]
    fn a_macaroon_names_its_host() {
        let token = |host: &str| {
            let mut bytes = vec![2, 1, host.len() as u8];
            bytes.extend_from_slice(host.as_bytes());
            bytes.extend_from_slice(&[2; 60]);
            format!("pypi-{}", BASE64URL_NOPAD.encode(&bytes))
        };
        assert_eq!(pypi_host(&token("pypi.org")).as_deref(), Some("pypi.org"));
        assert_eq!(pypi_host(&token("test.pypi.org")).as_deref(), Some("test.pypi.org"));
        assert!(token("pypi.org").starts_with("pypi-AgEIcHlwaS5vcmc"));
        for wrong in ["pypi-", "pypi-AgE", "pypi-AgEIcHl", "pypi-ä", "x"] {
            assert_eq!(pypi_host(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn bech32_agrees_with_its_specification() {
        for valid in ["A12UEL5L", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w"] {
            assert!(bech32_checksum(valid), "{valid}");
        }
        for wrong in ["A12UEL5M", "1pzry9x0s0muk", "", "nothing", "x1b4n0q5v", "ä1qqqqqq"] {
            assert!(!bech32_checksum(wrong), "{wrong}");
        }
        let data = "q".repeat(52);
        assert!(bech32_checksum(&format!(
            "age-secret-key-1{data}{}",
            bech32_ending("age-secret-key-", &data)
        )));
    }

    proptest::proptest! {
        #[test]
        fn proofs_take_any_text(text in "(?s).{0,80}") {
            let _ = (gitlab_checksum(&text), gitlab_checksum(&format!("glpat-{text}")));
            let _ = (github_checksum(&text), fine_grained_checksum(&text), aws_account(&text));
            let _ = (pypi_host(&text), pypi_host(&format!("pypi-{text}")), bech32_checksum(&text));
        }
    }
}
