//! Lengths of time as people write them in settings and options.

use serde::Deserialize;

/// A length of time, in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Age(String, u64);

#[cfg(test)]
impl schemars::JsonSchema for Age {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Age".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A length of time, such as `90m`, `24h` or `7d`.",
            "type": "string",
            "format": "age",
            "pattern": "^[0-9]{1,9} ?(s|m|min|h|d|w)$"
        })
    }
}

impl Age {
    /// Seconds.
    pub fn seconds(&self) -> u64 {
        self.1
    }
}

impl std::str::FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Age, String> {
        let text = text.trim();
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let unit = match unit.trim_start() {
            "s" => Some(1),
            "m" | "min" => Some(60),
            "h" => Some(3_600),
            "d" => Some(86_400),
            "w" => Some(7 * 86_400),
            _ => None,
        };
        let seconds =
            number.parse::<u64>().ok().zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
        let seconds =
            seconds.ok_or_else(|| format!("`{text}` is no length of time; write `90m`, `24h` or `7d`"))?;
        Ok(Age(text.to_owned(), seconds))
    }
}

impl std::fmt::Display for Age {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Age {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Age, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read() {
        let age = |text: &str| text.parse::<Age>().map(|age| age.seconds());
        assert_eq!((age("90m"), age("24h"), age("7 d")), (Ok(5_400), Ok(86_400), Ok(604_800)));
        for wrong in ["", "5", "h", "-1h", "1y", "99999999999999999999d", "18446744073709551615w"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
