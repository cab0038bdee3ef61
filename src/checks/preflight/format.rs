//! The common formats: whether a value has the one that its entry declares.

use std::path::Path;

use data_encoding::{BASE64, BASE64_MIME, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};

use super::kind::Format;
use super::problem::Problem;
use super::rules::{EXPIRED, LOCAL_ADDRESS, PLACEHOLDER, UNEXPANDED, WRONG_FORMAT, WRONG_TYPE};
use super::url::Url;
use super::{inspect::Surroundings, keys, kubeconfig};
use crate::credentials::jwt::{Jwt, Validity};
use crate::credentials::secret::SecretJson;
use crate::credentials::standin::{self, StandIn};
use crate::rule::Severity;

/// Everything that keeps a value from having a format.
pub fn problems(format: Format, value: &str, name: &str, around: &Surroundings<'_>) -> Vec<Problem> {
    let unless = |fits: bool, what: &str, help: &str| {
        if fits { Vec::new() } else { vec![Problem::new(&WRONG_FORMAT, what, help)] }
    };
    match format {
        Format::Secret | Format::Text => Vec::new(),
        Format::Url => url(value, &[], around),
        Format::Dsn => url(value, &[], around),
        Format::Json => json(value),
        Format::Pem => keys::pem(value, name, around),
        Format::Kubeconfig => kubeconfig::problems(value, around.production, around.now),
        Format::Jwt => jwt(value, None, around),
        Format::Port => unless(
            value.parse::<u16>().is_ok_and(|port| port > 0) && !value.starts_with('+'),
            "is no port",
            "write a number from 1 to 65535",
        ),
        Format::Integer => unless(
            is_integer(value),
            "is no whole number",
            "write digits only, with `-` before a negative number",
        ),
        Format::Boolean => unless(is_boolean(value), "is neither true nor false", "write `true` or `false`"),
        Format::Duration => unless(
            is_duration(value),
            "is no duration",
            "write a number and its unit, such as `90s`, `5m` or `1h30m`",
        ),
        Format::File => file(value, around.root),
        Format::Email => unless(is_email(value), "is no e-mail address", "write `name@example.com`"),
        Format::Hex => unless(
            !value.is_empty()
                && value.len().is_multiple_of(2)
                && value.chars().all(|c| c.is_ascii_hexdigit()),
            "is not in hex: pairs of digits from 0 to 9 and a to f",
            "convert it with `xxd -p`, without spaces and `0x`",
        ),
        Format::Base64 => unless(is_base64(value), "is no base64", "convert it with `base64 -w0 FILE`"),
        Format::Uuid => unless(is_uuid(value), "is no UUID", "write 32 hex digits as 8-4-4-4-12"),
    }
}

/// A URL or connection string of one of these schemes; any scheme if there are none.
pub fn url(value: &str, schemes: &[String], around: &Surroundings<'_>) -> Vec<Problem> {
    let value = value.strip_prefix("jdbc:").unwrap_or(value);
    let url = match Url::parse(value).and_then(|url| url.needs_host().map(|()| url)) {
        Ok(url) => url,
        Err(fault) => return vec![Problem::new(&WRONG_FORMAT, fault.what(), fault.help())],
    };
    // Drivers are named in the scheme as well: `postgresql+asyncpg`.
    let scheme = url.scheme.to_ascii_lowercase();
    let known = |wanted: &String| *wanted == scheme || scheme.split('+').next() == Some(wanted);
    if !schemes.is_empty() && !schemes.iter().any(known) {
        let what = "is a URL of another scheme";
        return vec![Problem::new(&WRONG_FORMAT, what, format!("it must begin with {}", begins(schemes)))];
    }
    // A key stands where others have the user.
    if schemes.iter().any(|scheme| scheme == "https") && url.user.is_none() {
        return vec![Problem::new(
            &WRONG_FORMAT,
            "is a URL without a key in front of its host",
            "copy the whole DSN, with `KEY@`",
        )];
    }
    let mut problems: Vec<Problem> =
        url.password.and_then(|password| password_problem(password, &url)).into_iter().collect();
    if value.contains("${") {
        let help = "whoever sets the variable must put the value in; `env:` of a workflow takes `${{ secrets.NAME }}` only";
        problems.push(Problem::new(&UNEXPANDED, "holds a variable of the shell that nobody replaced", help));
    }
    if around.production && url.is_local() {
        let help = format!("write the host that `{}` uses", around.environment.unwrap_or("production"));
        problems.push(Problem::new(&LOCAL_ADDRESS, "points at the machine itself", help));
    }
    problems
}

fn password_problem(password: &str, url: &Url<'_>) -> Option<Problem> {
    match standin::of(password, url.user.unwrap_or_default(), false)? {
        // On the machine itself, as in a test with a service container, any password will do.
        StandIn::Placeholder(why) if !url.is_local() => {
            let what = format!("has a placeholder for a password: {why}");
            Some(Problem::new(&PLACEHOLDER, what, "put the real password in").severity(Severity::Warning))
        }
        StandIn::Unexpanded(_) if !password.starts_with("${") => {
            Some(Problem::new(&UNEXPANDED, "has an expression for a password", "put the real password in"))
        }
        _ => None,
    }
}

/// A JSON Web Token, which may have to name a role.
pub fn jwt(value: &str, role: Option<&str>, around: &Surroundings<'_>) -> Vec<Problem> {
    let Some(jwt) = Jwt::parse(value) else {
        let what = "is no JSON Web Token: three parts of base64 with dots between them";
        return vec![Problem::new(&WRONG_FORMAT, what, "copy the whole token; it begins with `eyJ`")];
    };
    let mut problems = Vec::new();
    match jwt.validity(around.now) {
        Validity::Valid => {}
        Validity::Expired => problems.push(Problem::new(
            &EXPIRED,
            "is a token that has expired",
            "have a new one issued, and store that",
        )),
        Validity::NotYet => problems.push(Problem::new(
            &EXPIRED,
            "is a token that is not valid yet",
            "wait until it is, or have one issued that is valid now",
        )),
    }
    if jwt.is_unsigned() {
        let problem = Problem::new(&WRONG_TYPE, "is a token that nobody signed", "have a signed one issued");
        problems.push(problem.severity(Severity::Warning));
    }
    if let Some(role) = role
        && jwt.has_role(role) == Some(false)
    {
        problems.push(Problem::new(
            &WRONG_TYPE,
            format!("is a token for another role than `{role}`"),
            format!("take the key that is called `{role}`"),
        ));
    }
    problems
}

fn json(value: &str) -> Vec<Problem> {
    let help = "check it with `jq . FILE`, and store the file: `gh secret set NAME < FILE`";
    match SecretJson::parse(value) {
        None => vec![Problem::new(&WRONG_FORMAT, "is no JSON", help)],
        // JSON inside a string of JSON, after one quoting too many.
        Some(json) if json.0.as_str().is_some_and(|inside| SecretJson::parse(inside).is_some()) => {
            vec![Problem::new(&WRONG_FORMAT, "is JSON inside a JSON string", help)]
        }
        Some(_) => Vec::new(),
    }
}

fn file(value: &str, root: &Path) -> Vec<Problem> {
    let problem = |what: &str, help: &str| vec![Problem::new(&WRONG_FORMAT, what, help)];
    match std::fs::metadata(root.join(value)) {
        Err(_) => {
            problem("names a file that does not exist", "write the file in an earlier step, or mend the path")
        }
        Ok(meta) if !meta.is_file() => problem("names something that is no file", "name the file itself"),
        Ok(meta) if meta.len() == 0 => {
            problem("names a file that is empty", "look at the step that writes it")
        }
        Ok(_) => Vec::new(),
    }
}

fn begins(schemes: &[String]) -> String {
    let quoted: Vec<String> = schemes.iter().map(|scheme| format!("`{scheme}://`")).collect();
    quoted.join(" or ")
}

fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    !digits.is_empty() && digits.len() <= 38 && digits.chars().all(|c| c.is_ascii_digit())
}

fn is_boolean(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    matches!(lower.as_str(), "true" | "false" | "1" | "0" | "yes" | "no" | "on" | "off")
}

/// `1h30m`, `500ms`, `1.5s`, `7d`, or ISO 8601: `PT1H30M`.
fn is_duration(value: &str) -> bool {
    if let Some(iso) = value.strip_prefix('P') {
        return iso.parts(&["Y", "M", "W", "D", "H", "S"], Some('T'));
    }
    value.parts(&["ns", "us", "µs", "ms", "s", "m", "h", "d", "w"], None)
}

trait Parts {
    /// True if the text is numbers, each with one of these units; `separator` may stand between them.
    fn parts(&self, units: &[&str], separator: Option<char>) -> bool;
}

impl Parts for str {
    fn parts(&self, units: &[&str], separator: Option<char>) -> bool {
        let mut rest = self;
        let mut number = 0;
        while !rest.is_empty() {
            if let Some(after) = separator.and_then(|separator| rest.strip_prefix(separator)) {
                rest = after;
                continue;
            }
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let digits = &rest[..end];
            let after = &rest[end..];
            // `ms` before `m`: the longest unit counts.
            let unit = units.iter().filter(|unit| after.starts_with(**unit)).max_by_key(|unit| unit.len());
            let Some(unit) = unit.filter(|_| digits.parse::<f64>().is_ok()) else { return false };
            rest = &after[unit.len()..];
            number += 1;
        }
        number > 0
    }
}

fn is_email(value: &str) -> bool {
    let Some((user, domain)) = value.rsplit_once('@') else { return false };
    let plain = |text: &str| {
        !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || matches!(c, '@' | '<' | '>' | ','))
    };
    plain(user) && plain(domain) && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
}

fn is_base64(value: &str) -> bool {
    let bytes = value.as_bytes();
    let alphabets = [&BASE64, &BASE64_NOPAD, &BASE64URL, &BASE64URL_NOPAD, &BASE64_MIME];
    !value.trim().is_empty() && alphabets.iter().any(|alphabet| alphabet.decode(bytes).is_ok())
}

/// True for 8-4-4-4-12 hex digits.
pub fn is_uuid(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    parts.len() == 5
        && parts
            .iter()
            .zip([8, 4, 4, 4, 12])
            .all(|(part, length)| part.len() == length && part.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests;
