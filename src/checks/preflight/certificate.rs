//! Until when a certificate is valid (X.509, RFC 5280). Nothing else of it is read, and nothing is verified.

use data_encoding::BASE64_MIME;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The end of validity of the first certificate in a PEM, in seconds since 1970; `None` if there is none that can be
/// read.
pub fn expires(pem: &str) -> Option<i64> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let packed: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    not_after(&BASE64_MIME.decode(&packed).ok()?)
}

/// True if a time is past. `now` in seconds since 1970.
pub fn is_over(end: i64, now: f64) -> bool {
    (end as f64) < now
}

/// A time as a day, for people.
pub fn day(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or_default().strftime("%Y-%m-%d").to_string()
}

/// `Certificate.tbsCertificate.validity.notAfter`.
fn not_after(der: &[u8]) -> Option<i64> {
    let (certificate, _) = part(der, SEQUENCE)?;
    let (mut inner, _) = part(certificate, SEQUENCE)?;
    if inner.first() == Some(&VERSION) {
        inner = any(inner)?.2;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        inner = any(inner)?.2;
    }
    let (validity, _) = part(inner, SEQUENCE)?;
    let (_, _, rest) = any(validity)?;
    let (tag, text, _) = any(rest)?;
    time(tag, std::str::from_utf8(text).ok()?)
}

/// Tag, content and what follows.
fn any(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first & 0x80 != 0 {
        let digits = usize::from(first & 0x7f);
        if !(1..=4).contains(&digits) {
            return None;
        }
        let (bytes, after) = rest.split_at_checked(digits)?;
        length = bytes.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
        rest = after;
    }
    let (content, after) = rest.split_at_checked(length)?;
    Some((tag, content, after))
}

fn part(der: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (tag, content, after) = any(der)?;
    (tag == wanted).then_some((content, after))
}

/// `YYMMDDHHMMSSZ` with years from 1950 to 2049, or `YYYYMMDDHHMMSSZ`.
fn time(tag: u8, text: &str) -> Option<i64> {
    let digits = text.strip_suffix('Z').filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (year, rest) = match (tag, digits.len()) {
        (UTC_TIME, 12) => {
            let year: i16 = digits.get(..2)?.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, digits.get(2..)?)
        }
        (GENERALIZED_TIME, 14) => (digits.get(..4)?.parse().ok()?, digits.get(4..)?),
        _ => return None,
    };
    let number = |at: usize| rest.get(at..at + 2)?.parse::<i8>().ok();
    let (month, day) = (number(0)?, number(2)?);
    let at = jiff::civil::DateTime::new(year, month, day, number(4)?, number(6)?, number(8)?, 0).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
pub mod tests {
    use super::*;

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut der = vec![tag];
        match content.len() {
            length @ 0..128 => der.push(length as u8),
            length => der.extend([0x82, (length >> 8) as u8, length as u8]),
        }
        der.extend_from_slice(content);
        der
    }

    /// A certificate of which only the validity means something.
    pub fn pem(end: &str) -> String {
        let tag = if end.len() == 13 { UTC_TIME } else { GENERALIZED_TIME };
        let validity = [tlv(UTC_TIME, b"200101000000Z"), tlv(tag, end.as_bytes())].concat();
        let inner = [
            tlv(VERSION, &tlv(2, &[2])),
            tlv(2, &[7]),
            tlv(SEQUENCE, &[5, 0]),
            tlv(SEQUENCE, &[0; 150]),
            tlv(SEQUENCE, &validity),
        ];
        let der = tlv(SEQUENCE, &tlv(SEQUENCE, &inner.concat()));
        let body = BASE64_MIME.encode(&der).replace('\r', "");
        format!("-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")
    }

    #[test]
    fn both_forms_of_time_are_read() {
        assert_eq!(expires(&pem("300101000000Z")), Some(1_893_456_000));
        assert_eq!(expires(&pem("20500101000000Z")), Some(2_524_608_000));
        for wrong in ["3001010000Z", "301301000000Z", "300101000000 "] {
            assert_eq!(expires(&pem(wrong)), None, "{wrong}");
        }
        assert_eq!(expires("no certificate"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_can_be_read(der in proptest::collection::vec(0u8.., 0..80)) {
            let _ = not_after(&der);
        }
    }
}
