//! Every format of a credential that can be recognised in a text: those of the table of providers, and those that
//! nobody hands over in a variable.

use std::sync::OnceLock;

use serde::Deserialize;

use super::providers::{self, Checksum, Provider};
use super::shape::Shape;

/// A credential that can be recognised in a text.
pub struct Format {
    /// What findings, waivers and ignore files call it.
    pub id: String,
    /// What it is called, without an article.
    pub title: String,
    /// Its shapes.
    pub shapes: Vec<Look>,
    /// Words, in small letters, of which one must stand in the name that the value is assigned to, for shapes that
    /// anything could have.
    pub words: Vec<String>,
    /// A checksum inside it.
    pub checksum: Option<Checksum>,
    /// Parts that only credentials for tests have.
    pub test_marks: Vec<String>,
    /// True if what has the name and the shape is one, whether it looks drawn by lot or not.
    pub sure: bool,
    /// True if it opens nothing by itself.
    pub note: bool,
    /// Where it is revoked.
    pub revoke: Option<String>,
}

/// A shape, and whether it says by itself what it is.
pub struct Look {
    /// The shape.
    pub shape: Shape,
    /// True if it is recognised wherever it stands; false if a name must say what it is.
    pub alone: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    title: String,
    #[serde(default)]
    words: Vec<String>,
    shapes: Vec<String>,
    #[serde(default)]
    sure: bool,
    #[serde(default)]
    note: bool,
    crc: Option<Checksum>,
    revoke: Option<String>,
}

#[derive(Deserialize)]
struct TableText {
    #[serde(rename = "date")]
    _date: String,
    format: Vec<Row>,
}

/// All formats.
pub fn all() -> &'static [Format] {
    static TABLE: OnceLock<Vec<Format>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let known = providers::all().iter().filter(|row| row.secret).filter_map(of_provider);
        // The files are part of the program, and a test reads them: they can be read.
        let more =
            read(crate::facts::text!("credentials/data/formats")).expect("the table of formats is tested");
        let vendors = vendors(include_str!("data/vendors.txt")).expect("the table of vendors is tested");
        known.chain(more).chain(vendors).collect()
    })
}

/// The format of a row of the other table; `None` if it has no shapes.
fn of_provider(row: &Provider) -> Option<Format> {
    let look = |shape: &Shape| Look { alone: shape.is_distinctive(), shape: shape.clone() };
    let words: Vec<String> = row.vendor.iter().map(|word| word.to_ascii_lowercase()).collect();
    let shapes: Vec<Look> =
        row.shapes.iter().map(look).filter(|look| look.alone || !words.is_empty()).collect();
    (!shapes.is_empty()).then(|| Format {
        id: row.id.clone(),
        title: row.title.clone(),
        shapes,
        words,
        checksum: row.checksum,
        test_marks: row.test_marks.clone(),
        sure: false,
        note: false,
        revoke: row.revoke.clone(),
    })
}

/// What `<uuid>` is short for.
const UUID: &str = "<anyhex:8>-<anyhex:4>-<anyhex:4>-<anyhex:4>-<anyhex:12>";

fn read(text: &str) -> Result<Vec<Format>, String> {
    let table: TableText = crate::facts::table(text)?;
    let format = |row: Row| {
        let look = |text: &String| {
            let shape = Shape::parse(&text.replace("<uuid>", UUID))
                .map_err(|error| format!("{}: {error}", row.id))?;
            Ok(Look { alone: row.words.is_empty() && (row.sure || shape.is_distinctive()), shape })
        };
        Ok(Format {
            shapes: row.shapes.iter().map(look).collect::<Result<_, String>>()?,
            id: row.id,
            title: row.title,
            words: row.words,
            checksum: row.crc,
            test_marks: Vec::new(),
            sure: row.sure,
            note: row.note,
            revoke: row.revoke,
        })
    };
    table.format.into_iter().map(format).collect()
}

/// Keys that only a name announces, one vendor a line.
fn vendors(text: &str) -> Result<Vec<Format>, String> {
    let format = |line: &str| {
        let parts: Vec<&str> = line.split(" | ").collect();
        let [word, vendor, shapes] = parts[..] else { return Err(format!("three parts: {line}")) };
        let look = |text: &str| {
            let shape =
                Shape::parse(&text.replace("<uuid>", UUID)).map_err(|error| format!("{word}: {error}"))?;
            Ok(Look { alone: false, shape })
        };
        Ok(Format {
            id: format!("{}-named-key", word.replace(['.', '_'], "-")),
            title: format!("key of {vendor}"),
            shapes: shapes.split(' ').map(look).collect::<Result<_, String>>()?,
            words: vec![word.to_owned()],
            checksum: None,
            test_marks: Vec::new(),
            sure: false,
            note: false,
            revoke: None,
        })
    };
    text.lines().filter(|line| !line.starts_with('#')).map(format).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_can_be_found() {
        let mut ids: Vec<&str> = all().iter().map(|format| format.id.as_str()).collect();
        assert!(ids.len() >= 250, "{}", ids.len());
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "an id stands twice");
        for format in all() {
            assert!(!format.title.starts_with("a ") && !format.title.ends_with('.'), "{}", format.title);
            assert!(format.words.iter().all(|word| *word == word.to_ascii_lowercase()), "{}", format.id);
            for look in &format.shapes {
                assert!(look.alone || !format.words.is_empty(), "{}: nothing says what it is", format.id);
                assert!(!look.alone || !look.shape.anchors(2).is_empty(), "{}: no anchor", format.id);
            }
        }
    }
}
