//! JSON Web Tokens (RFC 7519): what can be read without the key they were signed with.

use data_encoding::BASE64URL_NOPAD;

use super::secret::SecretJson;

/// Seconds by which clocks may differ.
const LEEWAY: f64 = 60.0;

/// What a token says about itself.
pub struct Jwt {
    header: SecretJson,
    claims: SecretJson,
}

/// Whether a token is valid now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It is, or does not say.
    Valid,
    /// It was.
    Expired,
    /// It will be.
    NotYet,
}

impl Jwt {
    /// Reads a token; `None` if it is none.
    pub fn parse(text: &str) -> Option<Jwt> {
        let mut parts = text.split('.');
        let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let base64 = |part: &str| BASE64URL_NOPAD.decode(part.trim_end_matches('=').as_bytes()).ok();
        if parts.next().is_some() || base64(signature).is_none() {
            return None;
        }
        let header = SecretJson::from_bytes(base64(header)?)?;
        let claims = SecretJson::from_bytes(base64(claims)?)?;
        (header.0.get("alg")?.is_string() && claims.0.is_object()).then_some(Jwt { header, claims })
    }

    /// Whether it is valid at `now`, in seconds since 1970.
    pub fn validity(&self, now: f64) -> Validity {
        let time = |claim: &str| self.claims.0.get(claim).and_then(serde_json::Value::as_f64);
        if time("exp").is_some_and(|expires| expires + LEEWAY < now) {
            Validity::Expired
        } else if time("nbf").is_some_and(|starts| starts - LEEWAY > now) {
            Validity::NotYet
        } else {
            Validity::Valid
        }
    }

    /// True if nobody signed it.
    pub fn is_unsigned(&self) -> bool {
        self.header
            .0
            .get("alg")
            .and_then(serde_json::Value::as_str)
            .is_some_and(|alg| alg.eq_ignore_ascii_case("none"))
    }

    /// True if its claim `role` is this one; `None` if it has no such claim.
    pub fn has_role(&self, role: &str) -> Option<bool> {
        Some(self.claims.0.get("role")?.as_str()? == role)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A token with these claims, signed by nobody.
    pub fn token(claims: &str) -> String {
        let part = |json: &str| BASE64URL_NOPAD.encode(json.as_bytes());
        format!("{}.{}.{}", part(r#"{"alg":"HS256","typ":"JWT"}"#), part(claims), part("no signature at all"))
    }

    fn validity(claims: &str) -> Validity {
        Jwt::parse(&token(claims)).unwrap().validity(1_000_000.0)
    }

    #[test]
    fn times_are_held_against_the_clock() {
        assert_eq!(validity("{}"), Validity::Valid);
        assert_eq!(validity(r#"{"exp": 1000001}"#), Validity::Valid);
        assert_eq!(validity(r#"{"exp": 999990.5}"#), Validity::Valid);
        assert_eq!(validity(r#"{"exp": 1}"#), Validity::Expired);
        assert_eq!(validity(r#"{"nbf": 2000000}"#), Validity::NotYet);
        assert_eq!(validity(r#"{"exp": "soon"}"#), Validity::Valid);
    }

    #[test]
    fn only_tokens_are_tokens() {
        assert!(Jwt::parse(&token("{}")).is_some_and(|jwt| !jwt.is_unsigned()));
        assert_eq!(
            Jwt::parse(&token(r#"{"role":"anon"}"#)).and_then(|jwt| jwt.has_role("service_role")),
            Some(false)
        );
        for wrong in ["", "a.b", "a.b.c", "a.b.c.d", "eyJ.eyJ.x"] {
            assert!(Jwt::parse(wrong).is_none(), "{wrong}");
        }
    }
}
