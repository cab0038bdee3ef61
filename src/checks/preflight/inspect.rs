//! One value: what is wrong with it, from what everybody can see to what only its issuer's format tells.

use std::path::Path;

use super::entry::Entry;
use super::kind::{Format, Kind};
use super::pasted::{self, Expected};
use super::problem::Problem;
use super::rules::{
    BLANK, PASTED_SHAPE, PLACEHOLDER, SECRET_REFERENCE, UNEXPANDED, WRONG_FORMAT, WRONG_TYPE,
};
use super::{credential, format};
use crate::credentials::proofs;
use crate::credentials::providers::{self, Form, Hint, Provider};
use crate::credentials::secret::SecretJson;
use crate::credentials::standin::{self, StandIn};
use crate::environment::Environment;

/// What a value is looked at with.
pub struct Surroundings<'a> {
    /// The process's variables.
    pub variables: &'a Environment,
    /// The folder that paths start from.
    pub root: &'a Path,
    /// Seconds since 1970.
    pub now: f64,
    /// The environment that is deployed to, if one was named.
    pub environment: Option<&'a str>,
    /// True if that is where users are.
    pub production: bool,
}

impl<'a> Surroundings<'a> {
    /// What a deploy to `environment` is looked at with.
    pub fn new(
        variables: &'a Environment,
        root: &'a Path,
        now: f64,
        environment: Option<&'a str>,
    ) -> Surroundings<'a> {
        let words = environment.unwrap_or_default().to_ascii_lowercase();
        let production = words
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| matches!(word, "prod" | "production" | "live"));
        Surroundings { variables, root, now, environment, production }
    }

    /// True if some variable holds a passphrase.
    pub fn has_passphrase(&self) -> bool {
        let named = |name: &&str| {
            let name = name.to_ascii_uppercase();
            name.contains("PASSPHRASE") || name.ends_with("PASSWORD")
        };
        self.is_set(named)
    }

    /// True if a variable whose name is wanted holds anything.
    pub fn is_set(&self, wanted: impl Fn(&&str) -> bool) -> bool {
        self.variables.names().filter(wanted).any(|name| self.variables.non_empty(name).is_some())
    }
}

/// Everything that is wrong with the value of a required variable. `value` is not empty.
pub fn problems(entry: &Entry, value: &str, around: &Surroundings<'_>) -> Vec<Problem> {
    let hint = if entry.kind.is_none() { providers::by_name(&entry.name) } else { Hint::default() };
    if let Some(problem) = stand_in(entry, value) {
        return vec![problem];
    }
    let (extras, clean) = pasted::of(value, &entry.name, expected(entry, &hint));
    let mut problems: Vec<Problem> = extras
        .into_iter()
        .map(|extra| Problem::new(&PASTED_SHAPE, extra.what, extra.help).severity(extra.severity))
        .collect();
    problems.extend(constraints(entry, &clean));
    problems.extend(match &entry.kind {
        Some(Kind::Format(kind)) => format::problems(*kind, &clean, &entry.name, around),
        Some(Kind::Providers(rows)) => credential::declared(entry, &clean, rows, around),
        Some(Kind::Pattern(pattern)) => {
            let problem = || {
                Problem::new(
                    &WRONG_FORMAT,
                    "does not match the pattern of its entry",
                    "mend the value or the pattern",
                )
            };
            (!pattern.is_match(&clean)).then(problem).into_iter().collect()
        }
        None if !hint.strict.is_empty() => credential::by_name(entry, &clean, &hint.strict, around),
        None => credential::undeclared(entry, &clean, &hint.loose, around),
    });
    problems
}

/// What stands in for a value. Text that its entry allows is a value, whatever it looks like.
fn stand_in(entry: &Entry, value: &str) -> Option<Problem> {
    let allowed = match &entry.kind {
        Some(Kind::Pattern(pattern)) => pattern.is_match(value),
        Some(Kind::Format(Format::Json)) => SecretJson::parse(value).is_some(),
        _ => false,
    };
    let allowed =
        allowed || entry.one_of.as_ref().is_some_and(|values| values.iter().any(|one| one == value));
    let found = standin::of(value, &entry.name, entry.is_plain())?;
    match found {
        StandIn::Blank => Some(Problem::new(&BLANK, "holds nothing but white space", "")),
        _ if allowed => None,
        StandIn::Placeholder(why) => Some(Problem::new(&PLACEHOLDER, format!("is a placeholder: {why}"), "")),
        StandIn::Unexpanded(language) => Some(Problem::new(
            &UNEXPANDED,
            format!("is an expression or variable of {language} that nobody replaced by its value"),
            "GitHub evaluates `${{ … }}` in workflow files only, and shells only what they run; \
             set the variable in `env:` of the workflow",
        )),
        StandIn::Reference(store) => Some(Problem::new(
            &SECRET_REFERENCE,
            format!("is the address of a secret in {store}, not the secret"),
            format!("have a step before this one read it from {store}"),
        )),
    }
}

fn expected(entry: &Entry, hint: &Hint) -> Expected {
    let form = |rows: &[&Provider], wanted: &[Form]| {
        rows.iter().any(|row| row.form.is_some_and(|form| wanted.contains(&form)))
    };
    let rows: &[&Provider] = match &entry.kind {
        Some(Kind::Providers(rows)) => rows,
        _ => &hint.strict,
    };
    let documents = [Form::PrivateKey, Form::Age, Form::Kubeconfig, Form::ServiceAccount];
    let document = matches!(&entry.kind, Some(Kind::Format(Format::Json | Format::Pem | Format::Kubeconfig)))
        || form(rows, &documents);
    let url =
        matches!(&entry.kind, Some(Kind::Format(Format::Url | Format::Dsn))) || form(rows, &[Form::Dsn]);
    let declared = !matches!(&entry.kind, None | Some(Kind::Format(Format::Secret | Format::Text)));
    Expected { document, url, known: declared || !hint.strict.is_empty() }
}

/// What the modifiers of the entry ask for.
fn constraints(entry: &Entry, value: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(least) = entry.min_length
        && value.chars().count() < least
    {
        let what = format!("is shorter than the {least} characters that its entry asks for");
        problems.push(Problem::new(&WRONG_FORMAT, what, "copy it again, whole; or make a longer one"));
    }
    if let Some(values) = &entry.one_of
        && !values.iter().any(|one| one == value)
    {
        let what = if values.len() == 1 {
            "is not what its entry asks for"
        } else {
            "is none of those that its entry allows"
        };
        let listed: Vec<String> = values.iter().map(|one| format!("`{one}`")).collect();
        problems.push(Problem::new(&WRONG_FORMAT, what, format!("set it to {}", listed.join(" or "))));
    }
    if let Some(account) = &entry.account
        && proofs::aws_account(value).is_some_and(|other| other != *account)
    {
        let what = format!("is the key of another account than {account}");
        problems.push(Problem::new(&WRONG_TYPE, what, "take a key of that account"));
    }
    problems
}

#[cfg(test)]
mod generated;
#[cfg(test)]
pub mod tests;
