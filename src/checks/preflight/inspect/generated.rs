//! Every row of the table of credentials: values of its format are accepted; cut values, placeholders and other
//! vendors' values are not.

use super::super::entry;
use super::tests::around;
use super::*;
use crate::credentials::providers::{Checksum, Form};
use crate::rule::Severity;

/// Values that are made for each shape.
const EACH: usize = 12;

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        // The constants of Knuth's MMIX.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

/// What stands in documents where a value should stand. Listed by what they are, not by the program's own table.
const PLACEHOLDERS: [&str; 26] = [
    "   ",
    "changeme",
    "CHANGE_ME",
    "xxx",
    "XXXXXXXX",
    "<your-key>",
    "<GEMINI_API_KEY>",
    "${{ secrets.X }}",
    "${GEMINI_API_KEY}",
    "$GEMINI_API_KEY",
    "null",
    "undefined",
    "None",
    "your-api-key-here",
    "YOUR_API_KEY",
    "insert token here",
    "sk-xxxxxxxx",
    "***",
    "000000",
    "{{ api_key }}",
    "[REDACTED]",
    "todo",
    "op://vault/item/field",
    "%API_KEY%",
    "aaaaaaaaaa",
    "AKIAIOSFODNN7EXAMPLE",
];

fn worst(text: &str, value: &str) -> Option<Severity> {
    let entry = entry::parse(text).unwrap_or_else(|malformed| panic!("{text}: {}", malformed.message));
    let variables = Environment::of(&[("AWS_SESSION_TOKEN", "x")]);
    // Not to production: keys for tests are right here.
    let around = Surroundings { production: false, environment: None, ..around(&variables) };
    problems(&entry, value, &around).iter().map(|problem| problem.severity).max_by_key(|severity| {
        match severity {
            Severity::Error => 2,
            Severity::Warning => 1,
            Severity::Note => 0,
        }
    })
}

/// A value of a shape whose checksum is right. `None` for what only its issuer can make.
fn sample(row: &Provider, shape: &crate::credentials::shape::Shape, dice: &mut Dice) -> Option<String> {
    let value = shape.sample(&mut |n| dice.below(n));
    match row.checksum {
        Some(Checksum::Github) if value.len() == 40 => {
            let (body, _) = value.split_at(34);
            let sum = proofs::base62_checksum(&body.as_bytes()[4..]);
            Some(format!("{body}{}", std::str::from_utf8(&sum).unwrap()))
        }
        Some(Checksum::Macaroon) => {
            let mut bytes = [&[2, 1, 8], &b"pypi.org\x02"[..]].concat();
            bytes.extend((0..60).map(|_| u8::try_from(dice.below(256)).unwrap()));
            Some(format!("pypi-{}", data_encoding::BASE64URL_NOPAD.encode(&bytes)))
        }
        // Without a dot it is of the older kind.
        Some(Checksum::Gitlab) => Some(value.replace('.', "-")),
        Some(Checksum::AwsAccount) if proofs::aws_account_fits(&value) != Some(true) => {
            Some(format!("{}A{}", &value[..4], &value[5..]))
        }
        _ => Some(value),
    }
}

/// Rows whose values are made here: those with shapes, but for formats with an inside.
fn rows() -> Vec<&'static Provider> {
    let inside = [Form::Jwt, Form::PrivateKey, Form::Age, Form::Kubeconfig, Form::ServiceAccount];
    let made =
        |row: &&Provider| !row.shapes.is_empty() && !row.form.is_some_and(|form| inside.contains(&form));
    providers::all().iter().filter(made).collect()
}

#[test]
fn values_of_each_format_are_accepted_and_cut_ones_are_not() {
    let mut dice = Dice(1);
    let (mut good, mut cut, mut cut_open) = (0, 0, 0);
    for row in rows() {
        let entry = format!("K: {}", row.id);
        for shape in &row.shapes {
            for _ in 0..EACH {
                let Some(value) = sample(row, shape, &mut dice) else { continue };
                if standin::of(&value, "K", false).is_some() {
                    continue;
                }
                let found = worst(&entry, &value);
                assert!(found != Some(Severity::Error), "{} refuses {value}", row.id);
                good += 1;
                for less in [1, 3, value.len() / 2] {
                    let less = &value[..value.len() - less.min(value.len() - 1)];
                    // A format without a fixed length cannot tell that its end is missing.
                    if row.matches(less) {
                        cut_open += 1;
                        continue;
                    }
                    let found = worst(&entry, less);
                    let enough = if row.fixed { found == Some(Severity::Error) } else { found.is_some() };
                    assert!(enough, "{} takes {less}, cut from {value}: {found:?}", row.id);
                    cut += 1;
                }
            }
        }
    }
    println!(
        "{} rows: {good} values accepted, {cut} cut values refused, {cut_open} cuts leave a valid format",
        rows().len()
    );
    assert!(good > 500 && cut > 1_000, "{good} {cut}");
}

#[test]
fn placeholders_are_refused_whatever_the_kind() {
    let mut number = 0;
    for row in providers::all() {
        for placeholder in PLACEHOLDERS {
            let found = worst(&format!("K: {}", row.id), placeholder);
            assert_eq!(found, Some(Severity::Error), "{} takes {placeholder}", row.id);
            number += 1;
        }
    }
    println!("{number} placeholders refused");
    for row in providers::all() {
        for name in &row.names {
            for placeholder in PLACEHOLDERS {
                assert_eq!(worst(name, placeholder), Some(Severity::Error), "{name} takes {placeholder}");
            }
        }
    }
}

#[test]
fn values_of_other_vendors_are_told() {
    let mut dice = Dice(2);
    let mut number = 0;
    for own in rows() {
        let kinds: Vec<&Provider> = providers::of_kind(&own.id);
        for other in rows() {
            let Some(shape) = other.shapes.iter().find(|shape| shape.is_distinctive()) else { continue };
            let Some(value) = sample(other, shape, &mut dice) else { continue };
            if kinds.iter().any(|row| row.matches(&value)) {
                continue;
            }
            let found = worst(&format!("K: {}", own.id), &value);
            assert!(found.is_some(), "{} takes a value of {}", own.id, other.id);
            if own.fixed {
                assert_eq!(found, Some(Severity::Error), "{} takes a value of {}", own.id, other.id);
            }
            number += 1;
        }
    }
    println!("{number} values of other vendors told");
    assert!(number > 2_000, "{number}");
}

/// The table that the research made, if it is at hand: each of its placeholders and truncations is refused here too.
#[test]
fn the_researched_table_agrees() {
    let Some(path) = std::env::var_os("PROVIDERS_JSON") else {
        return println!("skipped: PROVIDERS_JSON names no table");
    };
    let table: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let ids: Vec<&str> = providers::all()
        .iter()
        .flat_map(|row| row.kinds.iter().chain([&row.id]))
        .map(String::as_str)
        .collect();
    let missing: Vec<&str> = table["providers"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["id"].as_str())
        .filter(|id| !ids.contains(id) && super::super::kind::Kind::named(id).is_none())
        .collect();
    assert!(missing.is_empty(), "no kind for {missing:?}");
}
