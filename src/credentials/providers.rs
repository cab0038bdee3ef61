//! The table of credential formats, and what a variable's name says about its value.

use std::sync::OnceLock;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::shape::{Difference, Shape};

/// A credential whose format is known.
pub struct Provider {
    /// The kind that users write.
    pub id: String,
    /// What it is called, without an article.
    pub title: String,
    /// Further kinds that accept it.
    pub kinds: Vec<String>,
    /// Words in a variable's name that say whose credential it holds.
    pub vendor: Vec<String>,
    /// Variables that hold it and nothing else.
    pub names: Vec<String>,
    /// Variables that often hold it.
    pub loose: Vec<String>,
    /// Its formats.
    pub shapes: Vec<Shape>,
    /// A format with an inside.
    pub form: Option<Form>,
    /// Schemes of a URL.
    pub schemes: Vec<String>,
    /// The role that a token must name.
    pub role: Option<String>,
    /// True if a mismatch is an error.
    pub fixed: bool,
    /// A checksum inside it.
    pub checksum: Option<Checksum>,
    /// True unless it is an identifier that need not be masked.
    pub secret: bool,
    /// How long it lives, if that is no time.
    pub short_lived: Option<String>,
    /// Why it is of no use any more.
    pub retired: Option<Retired>,
    /// Parts that only credentials for tests have.
    pub test_marks: Vec<String>,
    /// What people paste in its place.
    pub wrong: Vec<Wrong>,
    /// Where it is revoked.
    pub revoke: Option<String>,
}

/// What people paste in the place of a credential.
pub struct Wrong {
    /// How it looks.
    pub shapes: Vec<Shape>,
    /// What it is, with an article.
    pub what: String,
    /// What to take instead.
    pub instead: String,
}

/// Why a credential is of no use any more.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retired {
    /// Who rejects it, and since when.
    pub why: String,
    /// What to take instead.
    pub instead: String,
}

/// Formats with an inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A JSON Web Token.
    Jwt,
    /// A private key in PEM.
    PrivateKey,
    /// Secret keys of age, one a line, comments between them.
    Age,
    /// A kubeconfig.
    Kubeconfig,
    /// A service account key of Google Cloud.
    ServiceAccount,
    /// A connection string.
    Dsn,
    /// A UUID.
    Uuid,
}

/// Checksums that tokens carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checksum {
    /// CRC32 over 30 characters in six digits of base62.
    Github,
    /// The same over all of it; observed, not documented.
    FineGrained,
    /// A macaroon that names its host.
    Macaroon,
    /// CRC32 over what stands before the last underscore, in eight hex digits.
    Zuplo,
    /// For routable tokens, CRC32 of all before it in seven digits of base36.
    Gitlab,
    /// The id of an account of twelve digits.
    AwsAccount,
    /// An id of Discord in base64; what has none is no token.
    Snowflake,
}

/// A row as the file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    title: String,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    vendor: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    loose: Vec<String>,
    #[serde(default)]
    shapes: Vec<String>,
    form: Option<Form>,
    #[serde(default)]
    schemes: Vec<String>,
    role: Option<String>,
    #[serde(default)]
    fixed: bool,
    checksum: Option<Checksum>,
    secret: Option<bool>,
    short_lived: Option<String>,
    retired: Option<Retired>,
    #[serde(default)]
    test_marks: Vec<String>,
    #[serde(default)]
    wrong: Vec<WrongRow>,
    revoke: Option<String>,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "checked")]
    _checked: Option<String>,
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| D::Error::custom("not a day"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrongRow {
    shapes: Vec<String>,
    what: String,
    instead: String,
}

#[derive(Deserialize)]
struct TableText {
    #[serde(deserialize_with = "day")]
    date: Date,
    provider: Vec<Row>,
}

struct Table {
    date: Date,
    providers: Vec<Provider>,
}

/// All rows, in the order of the file.
pub fn all() -> &'static [Provider] {
    &table().providers
}

/// The day on which the table was last gone through.
pub fn date() -> Date {
    table().date
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    // The file is part of the program, and a test reads it: it can be read.
    TABLE.get_or_init(|| {
        read(crate::facts::text!("credentials/data/providers")).expect("the table of providers is tested")
    })
}

fn read(text: &str) -> Result<Table, String> {
    let table: TableText = crate::facts::table(text)?;
    let providers = table.provider.into_iter().map(provider).collect::<Result<_, String>>()?;
    Ok(Table { date: table.date, providers })
}

fn provider(row: Row) -> Result<Provider, String> {
    let id = row.id.clone();
    let shapes = |texts: Vec<String>| -> Result<Vec<Shape>, String> {
        texts.iter().map(|text| Shape::parse(text).map_err(|error| format!("{id}: {error}"))).collect()
    };
    let wrong =
        |row: WrongRow| Ok(Wrong { shapes: shapes(row.shapes)?, what: row.what, instead: row.instead });
    Ok(Provider {
        shapes: shapes(row.shapes)?,
        wrong: row.wrong.into_iter().map(wrong).collect::<Result<_, String>>()?,
        id: row.id,
        title: row.title,
        kinds: row.kinds,
        vendor: row.vendor,
        names: row.names,
        loose: row.loose,
        form: row.form,
        schemes: row.schemes,
        role: row.role,
        fixed: row.fixed,
        checksum: row.checksum,
        secret: row.secret.unwrap_or(true),
        short_lived: row.short_lived,
        retired: row.retired,
        test_marks: row.test_marks,
        revoke: row.revoke,
    })
}

impl Provider {
    /// True if one of the shapes matches.
    pub fn matches(&self, value: &str) -> bool {
        self.shapes.iter().any(|shape| shape.matches(value))
    }

    /// How a value differs from the shape that it comes nearest to, and that shape.
    pub fn difference(&self, value: &str) -> Option<(Difference, &Shape)> {
        self.shapes
            .iter()
            .map(|shape| (shape.difference(value), shape))
            .min_by_key(|(difference, _)| *difference)
    }

    /// True if its values are URLs.
    pub fn is_url(&self) -> bool {
        let web = |shape: &Shape| shape.prefixes().iter().any(|prefix| prefix.starts_with("http"));
        self.form == Some(Form::Dsn) || self.shapes.iter().any(web)
    }

    /// True if the value begins as only this credential does.
    pub fn begins(&self, value: &str) -> bool {
        let telling = |prefix: &String| prefix.len() >= 4 && prefix.contains(['-', '_', '.']);
        self.shapes.iter().flat_map(Shape::prefixes).filter(telling).any(|prefix| value.starts_with(&prefix))
    }

    /// The length of the longest beginning of this credential that the value has: `sk-ant-api03-`, or `sk-ant-`
    /// at least. Only beginnings that are no ordinary words count.
    fn resemblance(&self, value: &str) -> usize {
        const SEPARATORS: [char; 3] = ['-', '_', '.'];
        let mut longest = 0;
        for prefix in
            self.shapes.iter().flat_map(Shape::prefixes).filter(|prefix| prefix.contains(SEPARATORS))
        {
            let shorter = prefix.trim_end_matches(SEPARATORS).rfind(SEPARATORS).map_or(0, |at| at + 1);
            for (beginning, least) in [(prefix.as_str(), 4), (&prefix[..shorter], 6)] {
                if beginning.len() >= least && value.starts_with(beginning) {
                    longest = longest.max(beginning.len());
                }
            }
        }
        longest
    }

    /// True if the value looks like this and like little else.
    fn recognises(&self, value: &str) -> bool {
        self.shapes.iter().any(|shape| shape.is_distinctive() && shape.matches(value))
    }
}

/// The rows that a kind accepts: the one with this id, or all that are of this kind.
pub fn of_kind(kind: &str) -> Vec<&'static Provider> {
    all().iter().filter(|row| row.id == kind || row.kinds.iter().any(|other| other == kind)).collect()
}

/// All kinds that the table knows.
pub fn kinds() -> Vec<&'static str> {
    let mut kinds: Vec<&str> =
        all().iter().flat_map(|row| std::iter::once(&row.id).chain(&row.kinds)).map(String::as_str).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// What a variable's name says about its value.
#[derive(Default)]
pub struct Hint {
    /// What it must be.
    pub strict: Vec<&'static Provider>,
    /// What it may be.
    pub loose: Vec<&'static Provider>,
}

/// What a variable's name says: `OPENAI_API_KEY`, `PROD_OPENAI_API_KEY`, `OPENAI_API_KEY_STAGING`.
pub fn by_name(name: &str) -> Hint {
    /// Words at the end of a name that say where, not what.
    const PLACES: [&str; 12] = [
        "PROD",
        "PRODUCTION",
        "LIVE",
        "STAGING",
        "STAGE",
        "DEV",
        "DEVELOPMENT",
        "TEST",
        "QA",
        "UAT",
        "PREVIEW",
        "CI",
    ];
    let name = name.to_ascii_uppercase();
    if is_flag(&name) {
        return Hint::default();
    }
    let hint = by_exact_or_end(&name);
    if !hint.strict.is_empty() || !hint.loose.is_empty() {
        return hint;
    }
    match name.rsplit_once('_') {
        Some((before, last)) if PLACES.contains(&last) => by_exact_or_end(before),
        _ => Hint::default(),
    }
}

/// True for a variable that says whether something is there or wanted: `HAS_NPM_TOKEN`.
pub fn is_flag(name: &str) -> bool {
    let first = name.split('_').next().unwrap_or_default();
    ["HAS", "IS", "USE", "ENABLE", "DISABLE", "SKIP", "WITH", "NO"].contains(&first)
}

fn by_exact_or_end(name: &str) -> Hint {
    let fits =
        |hint: &str| name.strip_suffix(hint).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    let known = all().iter().flat_map(|row| row.names.iter().chain(&row.loose));
    let Some(longest) = known.filter(|hint| fits(hint)).max_by_key(|hint| hint.len()) else {
        return Hint::default();
    };
    let with = |names: fn(&Provider) -> &Vec<String>| {
        all().iter().filter(|row| names(row).contains(longest)).collect()
    };
    Hint { strict: with(|row| &row.names), loose: with(|row| &row.loose) }
}

/// The credential that a value is, if its format leaves little doubt.
pub fn recognise(value: &str) -> Option<&'static Provider> {
    all().iter().find(|row| row.recognises(value))
}

/// The credential that a value is, or was before somebody changed or cut it: at least it begins like one, and not
/// as much like one of `own`.
pub fn resembles_other(value: &str, own: &[&Provider]) -> Option<&'static Provider> {
    if let Some(row) = recognise(value) {
        return own.iter().all(|own| own.id != row.id).then_some(row);
    }
    let most_like =
        all().iter().rev().map(|row| (row.resemblance(value), row)).max_by_key(|(length, _)| *length);
    let own_length = own.iter().map(|row| row.resemblance(value)).max().unwrap_or(0);
    most_like.filter(|(length, _)| *length > own_length).map(|(_, row)| row)
}

/// The vendors that a variable's name speaks of.
pub fn vendors(name: &str) -> Vec<&'static str> {
    let name = name.to_ascii_uppercase();
    let words: Vec<&str> = name.split('_').collect();
    let mut vendors: Vec<&str> = all()
        .iter()
        .flat_map(|row| &row.vendor)
        .map(String::as_str)
        .filter(|vendor| words.contains(vendor))
        .collect();
    vendors.sort_unstable();
    vendors.dedup();
    vendors
}

#[cfg(test)]
mod tests;
