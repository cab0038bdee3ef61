//! What a plain scalar is: null, boolean, number or string, by the YAML 1.2 core schema.

/// A typed scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'t> {
    /// Empty, `~`, `null`, `Null`, `NULL`.
    Null,
    /// `true`, `True`, `TRUE`, `false`, `False`, `FALSE`. Not `yes`, `on`, `no`, `off`.
    Bool(bool),
    /// Decimal, `0o…` or `0x…`, as far as 64 bits reach.
    Int(i64),
    /// Everything else that is a number, `.inf` and `.nan` included.
    Float(f64),
    /// Everything else.
    Str(&'t str),
}

/// Resolves a scalar without quotes as YAML 1.2's core schema does (and GitHub's reader with it).
pub fn resolve_plain(text: &str) -> Value<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    let first = text.as_bytes()[0];
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return Value::Str(text);
    }
    integer(text).or_else(|| float(text)).unwrap_or(Value::Str(text))
}

fn integer(text: &str) -> Option<Value<'_>> {
    let radix = |digits: &str, radix| {
        let valid = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        valid.then(|| match i64::from_str_radix(digits, radix) {
            Ok(value) => Value::Int(value),
            Err(_) => Value::Float(
                digits
                    .chars()
                    .fold(0.0, |sum, c| sum * f64::from(radix) + f64::from(c.to_digit(radix).unwrap_or(0))),
            ),
        })
    };
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().map(Value::Int)
}

fn float(text: &str) -> Option<Value<'_>> {
    let (sign, digits) = match text.as_bytes()[0] {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Some(Value::Float(sign * f64::INFINITY));
    }
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    let shape = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !shape(mantissa) || !mantissa.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    // Rust's own grammar takes the rest: one dot, an exponent with digits.
    digits.parse().ok().map(|value: f64| Value::Float(sign * value))
}
