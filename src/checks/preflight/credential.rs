//! Credentials whose format the table of providers knows: whether a value is the one that its variable is for.

use super::entry::Entry;
use super::inspect::Surroundings;
use super::kind::Kind;
use super::problem::Problem;
use super::rules::{INVALID_CHECKSUM, RETIRED_FORMAT, WRONG_FORMAT, WRONG_TYPE};
use super::url::Url;
use super::{format, inside, keys};
use crate::credentials::providers::{self, Checksum, Form, Provider};
use crate::credentials::{pem, proofs};
use crate::rule::{Rule, Severity};

/// A value whose entry names these credentials.
pub fn declared(entry: &Entry, value: &str, rows: &[&Provider], around: &Surroundings<'_>) -> Vec<Problem> {
    required(entry, value, rows, true, around)
}

/// A value whose variable's name says that it is one of these credentials. Names can mislead, so each complaint says
/// how to overrule it.
pub fn by_name(entry: &Entry, value: &str, rows: &[&Provider], around: &Surroundings<'_>) -> Vec<Problem> {
    let mut problems = required(entry, value, rows, false, around);
    for problem in &mut problems {
        let doubtful = [WRONG_FORMAT.id, WRONG_TYPE.id].contains(&problem.rule.id);
        if doubtful && !rows.iter().any(|row| row.matches(value)) {
            problem.help +=
                &format!("; if it is for something else, write the entry `{}: secret`", entry.name);
        }
    }
    problems
}

/// A value of which nothing is known but what its variable's name allows. What has a known format is held against
/// it, and what belongs to another vendor than the name speaks of is wrong.
pub fn undeclared(
    entry: &Entry,
    value: &str,
    loose: &[&Provider],
    around: &Surroundings<'_>,
) -> Vec<Problem> {
    if let Some(row) = loose.iter().find(|row| row.matches(value)) {
        return matched(entry, value, row, false, around);
    }
    if let Some(row) = loose.iter().find(|row| inside::fits_loosely(row, value)) {
        return inside::problems(entry, value, row, around);
    }
    if let Some(row) = loose.iter().find(|row| row.begins(value)) {
        return required(entry, value, &[row], false, around);
    }
    let web = |row: &&Provider| !row.shapes.is_empty() && row.is_url();
    if !loose.is_empty() && loose.iter().all(web) && Url::parse(value).is_err() {
        let help =
            format!("store a URL; if it is for something else, write the entry `{}: secret`", entry.name);
        return vec![Problem::new(&WRONG_FORMAT, "is no URL", help)];
    }
    if let Some(row) = providers::recognise(value) {
        let vendors = providers::vendors(&entry.name);
        let own = row.vendor.iter().any(|vendor| vendors.contains(&vendor.as_str()));
        let spoken = !vendors.is_empty() && !row.vendor.is_empty() && loose.is_empty();
        if spoken && !own && !is_compatible(entry, around) {
            let what = format!("is {}, which its name does not speak of", with_article(&row.title));
            let help =
                format!("store what belongs to it; if all is well, write the entry `{}: secret`", entry.name);
            return vec![Problem::new(&WRONG_TYPE, what, help)];
        }
        // Its checksum and its age are worth knowing under any name; whether it is retired depends on its use.
        let problems = matched(entry, value, row, false, around);
        return problems.into_iter().filter(|problem| problem.rule.id != RETIRED_FORMAT.id).collect();
    }
    if value.contains("-----BEGIN ") && !value.trim_start().starts_with('{') {
        return pem::blocks(value).err().map(|_| keys::private_key(value, around)).unwrap_or_default();
    }
    if inside::has_form(Form::Jwt, value) && crate::credentials::jwt::Jwt::parse(value).is_some() {
        return format::jwt(value, None, around);
    }
    Vec::new()
}

fn required(
    entry: &Entry,
    value: &str,
    rows: &[&Provider],
    declared: bool,
    around: &Surroundings<'_>,
) -> Vec<Problem> {
    if let Some(row) = rows.iter().find(|row| row.matches(value)) {
        return matched(entry, value, row, declared, around);
    }
    let mut mistakes = rows.iter().flat_map(|row| &row.wrong);
    if let Some(wrong) = mistakes.find(|wrong| wrong.shapes.iter().any(|shape| shape.matches(value))) {
        return vec![Problem::new(&WRONG_TYPE, format!("is {}", wrong.what), wrong.instead.clone())];
    }
    if let Some(row) = rows.iter().find(|row| row.form.is_some_and(|form| inside::has_form(form, value))) {
        return softened(inside::problems(entry, value, row, around), row.fixed);
    }
    let wanted = rows.first().map_or("credential", |row| row.title.as_str());
    if let Some(other) = other_nature(entry, value, rows, around) {
        let what = format!("is {other}, not {}", with_article(wanted));
        return vec![Problem::new(&WRONG_TYPE, what, format!("store {}", with_article(wanted)))];
    }
    let fixed = rows.iter().all(|row| row.fixed);
    let nearest =
        rows.iter().filter_map(|row| row.difference(value)).min_by_key(|(difference, _)| *difference);
    match nearest {
        Some((difference, shape)) => {
            let what = format!("is not in the format of {}: it {}", with_article(wanted), difference.words());
            let help = format!("copy it again; the format is {}", shape.words());
            softened(vec![Problem::new(&WRONG_FORMAT, what, help)], fixed)
        }
        // Formats with an inside say themselves what is wrong.
        None => {
            let problems = rows.first().map(|row| inside::problems(entry, value, row, around));
            softened(problems.unwrap_or_default(), fixed)
        }
    }
}

/// Formats that nobody guarantees are no ground for a refusal.
fn softened(mut problems: Vec<Problem>, fixed: bool) -> Vec<Problem> {
    let format: &Rule = &WRONG_FORMAT;
    for problem in problems.iter_mut().filter(|problem| !fixed && problem.rule.id == format.id) {
        problem.severity = Severity::Note;
    }
    problems
}

/// What a value is that is none of these credentials, with an article, if that can be seen.
fn other_nature(entry: &Entry, value: &str, rows: &[&Provider], around: &Surroundings<'_>) -> Option<String> {
    if let Some(row) = providers::resembles_other(value, rows) {
        return (!is_compatible(entry, around)).then(|| with_article(&row.title));
    }
    if inside::has_form(Form::ServiceAccount, value) {
        return Some("a service account key of Google Cloud".to_owned());
    }
    if value.contains("-----BEGIN ") {
        return Some("a key or certificate in PEM".to_owned());
    }
    let is_url = value.starts_with("http") && Url::parse(value).is_ok();
    (is_url && !rows.iter().any(|row| row.is_url())).then(|| "a URL".to_owned())
}

/// True if the variables point the vendor's client at another server, which takes its own keys.
fn is_compatible(entry: &Entry, around: &Surroundings<'_>) -> bool {
    let ends = ["_BASE_URL", "_API_BASE", "_ENDPOINT", "_HOST", "_REGISTRY"];
    providers::vendors(&entry.name).iter().any(|vendor| {
        around.is_set(|name| name.starts_with(vendor) && ends.iter().any(|end| name.ends_with(end)))
    })
}

/// What is to be said about a value that has the format of a row.
fn matched(
    entry: &Entry,
    value: &str,
    row: &Provider,
    declared: bool,
    around: &Surroundings<'_>,
) -> Vec<Problem> {
    let proof = row.checksum.and_then(|checksum| proof(checksum, entry, value, around));
    let mut problems: Vec<Problem> = proof.into_iter().collect();
    if let Some(retired) = &row.retired {
        let what = format!("is {}, and {}", with_article(&row.title), retired.why);
        problems.push(Problem::new(&RETIRED_FORMAT, what, retired.instead.clone()));
    }
    if around.production && row.test_marks.iter().any(|mark| value.contains(mark.as_str())) {
        let environment = around.environment.unwrap_or("production");
        let what =
            format!("is {} for tests, and this is a deploy to `{environment}`", with_article(&row.title));
        problems.push(Problem::new(&WRONG_TYPE, what, "store the one for live use"));
    }
    if let Some(life) = &row.short_lived {
        problems.extend(short_lived(entry, row, life, declared));
    }
    // The first four letters say it.
    let temporary = row.id == "aws-access-key-id" && value.starts_with("ASIA");
    if temporary && around.variables.non_empty("AWS_SESSION_TOKEN").is_none() {
        let what = "is the id of a temporary key, and AWS_SESSION_TOKEN is not set";
        let help =
            "hand AWS_SESSION_TOKEN over as well; a temporary key ends within hours, so do not store it";
        problems.push(Problem::new(&WRONG_TYPE, what, help));
    }
    problems
}

/// A token that lives for hours is right if a step before this one made it, and wrong as a stored secret. Under the
/// names that are usual for it, and where it is declared, it is right.
fn short_lived(entry: &Entry, row: &Provider, life: &str, declared: bool) -> Option<Problem> {
    let usual = row.names.iter().any(|name| {
        entry.name.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    });
    let only = declared && matches!(&entry.kind, Some(Kind::Providers(rows)) if rows.len() == 1);
    if usual || only {
        return None;
    }
    let what = format!("is {}, which lives for {life}", with_article(&row.title));
    let help = "if a step before this one made it, all is well; do not store it as a secret";
    Some(Problem::new(&WRONG_TYPE, what, help).severity(Severity::Note))
}

fn proof(checksum: Checksum, entry: &Entry, value: &str, around: &Surroundings<'_>) -> Option<Problem> {
    let problem = || {
        let what = "holds a checksum that does not fit the rest: a character was lost or changed";
        Problem::new(
            &INVALID_CHECKSUM,
            what,
            "copy it again, whole; if it is wrong at its source too, make a new one",
        )
    };
    match checksum {
        Checksum::Github => (proofs::github_checksum(value) == Some(false)).then(problem),
        Checksum::FineGrained => (proofs::fine_grained_checksum(value) == Some(false))
            .then(|| problem().severity(Severity::Warning)),
        Checksum::Gitlab => (proofs::gitlab_checksum(value) == Some(false)).then(problem),
        Checksum::AwsAccount => {
            (proofs::aws_account_fits(value) == Some(false)).then(|| problem().severity(Severity::Warning))
        }
        // Only texts are looked through for these.
        Checksum::Zuplo | Checksum::Snowflake => None,
        Checksum::Macaroon => {
            let for_tests = proofs::pypi_host(value)? != "pypi.org";
            let wanted = entry.name.to_ascii_uppercase().split('_').any(|word| word.starts_with("TEST"));
            if for_tests == wanted {
                return None;
            }
            let (is, not) = if for_tests { ("TestPyPI", "PyPI") } else { ("PyPI", "TestPyPI") };
            let severity = if around.production { Severity::Error } else { Severity::Warning };
            let what = format!("is a token of {is}, not of {not}");
            Some(Problem::new(&WRONG_TYPE, what, format!("create a token at {not}")).severity(severity))
        }
    }
}

fn with_article(title: &str) -> String {
    let vowel = title.starts_with(['a', 'A', 'e', 'E', 'i', 'I', 'o', 'O']);
    format!("{} {title}", if vowel { "an" } else { "a" })
}
