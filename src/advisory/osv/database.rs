//! A local copy of advisories: the export of OSV as zip files, a folder of JSON files, or the cache of osv-scanner.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{Record, normal_name};
use crate::parallel;

/// Bytes of one record. The largest real ones list some ten thousand versions.
const MAX_RECORD: u64 = 16 << 20;

/// Records of one database.
const MAX_RECORDS: usize = 3_000_000;

/// Bytes of all records of one zip, unpacked.
const MAX_UNPACKED: u64 = 16 << 30;

/// Folders inside one another.
const MAX_DEPTH: usize = 8;

/// What the records of the wanted packages are.
#[derive(Debug, Default)]
pub struct Matches {
    /// Records that name a wanted package, by ecosystem (without what follows `:`) and name.
    pub records: Vec<Record>,
    /// The ecosystems for which there are records at all.
    pub ecosystems: BTreeSet<String>,
    /// All records that were looked at.
    pub looked_at: usize,
    /// When the newest of them was changed, RFC 3339.
    pub newest: String,
    /// Files that are no records, and why.
    pub faults: Vec<String>,
}

/// Packages by ecosystem and name.
pub type Wanted = HashMap<String, HashSet<String>>;

/// A file that holds records.
enum Part {
    Json(PathBuf),
    /// A zip, and the numbers of entries to be read from it.
    Zip(PathBuf, std::ops::Range<usize>),
}

/// Reads the records about the wanted packages from a zip or folder.
pub fn read(path: &Path, wanted: &Wanted) -> anyhow::Result<Matches> {
    let mut parts = Vec::new();
    collect(path, wanted, 0, &mut parts)?;
    anyhow::ensure!(!parts.is_empty(), "it holds neither JSON files nor a zip of them");
    let read = |own: &RefCell<Matches>, part| {
        let mut own = own.borrow_mut();
        if let Err(error) = read_part(part, wanted, &mut own) {
            own.faults.push(format!("{error:#}"));
        }
    };
    let (_, made) = parallel::each_and_made(&parts, RefCell::default, read);
    let mut matches = Matches::default();
    made.into_iter().for_each(|own| matches.merge(own.into_inner()));
    anyhow::ensure!(matches.looked_at > 0, "it holds no record of OSV");
    crate::sorted::by(&mut matches.records, |a, b| a.id.cmp(&b.id));
    matches.records.dedup_by(|a, b| a.id == b.id);
    crate::sorted::by(&mut matches.faults, Ord::cmp);
    Ok(matches)
}

impl Matches {
    fn merge(&mut self, other: Matches) {
        self.records.extend(other.records);
        self.ecosystems.extend(other.ecosystems);
        self.looked_at += other.looked_at;
        self.faults.extend(other.faults);
        if other.newest > self.newest {
            self.newest = other.newest;
        }
    }

    fn take(&mut self, bytes: &[u8], wanted: &Wanted, shown: &str) {
        // Most records are about other packages: these need not be read into their parts.
        let head: Head = match serde_json::from_slice(bytes) {
            Ok(head) => head,
            Err(error) => return self.faults.push(format!("`{shown}` is no record of OSV: {error}")),
        };
        if head.id.is_empty() {
            return self.faults.push(format!("`{shown}` is no record of OSV: it has no `id`"));
        }
        self.looked_at += 1;
        if *head.modified > *self.newest {
            self.newest = head.modified.into_owned();
        }
        let mut is_wanted = false;
        for HeadAffected { package } in head.affected.iter().flatten() {
            let Some(package) = package else { continue };
            let ecosystem = base(&package.ecosystem);
            if !self.ecosystems.contains(ecosystem) {
                self.ecosystems.insert(ecosystem.to_owned());
            }
            let name = normal_name(ecosystem, &package.name);
            is_wanted |= wanted.get(ecosystem).is_some_and(|names| names.contains(&*name));
        }
        if is_wanted {
            match serde_json::from_slice::<Record>(bytes) {
                Ok(record) if record.withdrawn.is_none() => self.records.push(record),
                Ok(_) => {}
                Err(error) => self.faults.push(format!("`{shown}` is no record of OSV: {error}")),
            }
        }
    }
}

#[derive(serde::Deserialize)]
struct Head<'r> {
    #[serde(borrow, default)]
    id: std::borrow::Cow<'r, str>,
    #[serde(borrow, default)]
    modified: std::borrow::Cow<'r, str>,
    #[serde(borrow, default)]
    affected: Option<Vec<HeadAffected<'r>>>,
}

#[derive(serde::Deserialize)]
struct HeadAffected<'r> {
    #[serde(borrow, default)]
    package: Option<HeadPackage<'r>>,
}

#[derive(serde::Deserialize)]
struct HeadPackage<'r> {
    #[serde(borrow, default)]
    ecosystem: std::borrow::Cow<'r, str>,
    #[serde(borrow, default)]
    name: std::borrow::Cow<'r, str>,
}

/// The ecosystem without what follows `:`.
pub fn base(ecosystem: &str) -> &str {
    ecosystem.split(':').next().unwrap_or_default()
}

/// The files to be read. `<ecosystem>/all.zip` of ecosystems that nobody wants are left out.
fn collect(path: &Path, wanted: &Wanted, depth: usize, parts: &mut Vec<Part>) -> anyhow::Result<()> {
    let meta = std::fs::metadata(path)?;
    if meta.is_file() {
        return match path.extension().and_then(|extension| extension.to_str()) {
            Some("zip") => split(path, parts),
            Some("json") => {
                anyhow::ensure!(parts.len() < MAX_RECORDS, "it holds more than {MAX_RECORDS} files");
                parts.push(Part::Json(path.to_owned()));
                Ok(())
            }
            _ => Ok(()),
        };
    }
    if !meta.is_dir() || depth > MAX_DEPTH {
        return Ok(());
    }
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    crate::sorted::by(&mut entries, Ord::cmp);
    let own_zip = path.join("all.zip");
    let folder = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if own_zip.is_file() && depth > 0 && !wanted.contains_key(base(folder)) {
        return Ok(());
    }
    for entry in entries {
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_link = entry.symlink_metadata().is_ok_and(|meta| meta.is_symlink());
        if !name.starts_with('.') && !is_link {
            collect(&entry, wanted, depth + 1, parts)?;
        }
    }
    Ok(())
}

/// A zip in pieces that workers can share.
fn split(path: &Path, parts: &mut Vec<Part>) -> anyhow::Result<()> {
    const PIECE: usize = 500;
    let number = open(path)?.len();
    anyhow::ensure!(number <= MAX_RECORDS, "`{}` holds more than {MAX_RECORDS} files", path.display());
    for start in (0..number).step_by(PIECE) {
        parts.push(Part::Zip(path.to_owned(), start..(start + PIECE).min(number)));
    }
    Ok(())
}

fn open(path: &Path) -> anyhow::Result<zip::ZipArchive<std::io::BufReader<File>>> {
    let file = std::io::BufReader::new(File::open(path)?);
    zip::ZipArchive::new(file).map_err(|error| anyhow::anyhow!("`{}` is no zip: {error}", path.display()))
}

fn read_part(part: &Part, wanted: &Wanted, matches: &mut Matches) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    match part {
        Part::Json(path) => {
            File::open(path)?.take(MAX_RECORD + 1).read_to_end(&mut bytes)?;
            let shown = path.file_name().unwrap_or_default().to_string_lossy();
            anyhow::ensure!(
                bytes.len() as u64 <= MAX_RECORD,
                "`{shown}` is larger than {} MiB",
                MAX_RECORD >> 20
            );
            matches.take(&bytes, wanted, &shown);
        }
        Part::Zip(path, numbers) => {
            let mut archive = open(path)?;
            let mut unpacked = 0;
            for number in numbers.clone() {
                let entry = archive.by_index(number)?;
                let shown = entry.name()?.into_owned();
                if !entry.is_file() || !shown.ends_with(".json") {
                    continue;
                }
                bytes.clear();
                entry.take(MAX_RECORD + 1).read_to_end(&mut bytes)?;
                unpacked += bytes.len() as u64;
                let is_bounded = bytes.len() as u64 <= MAX_RECORD && unpacked <= MAX_UNPACKED;
                anyhow::ensure!(is_bounded, "`{shown}` is larger than {} MiB", MAX_RECORD >> 20);
                matches.take(&bytes, wanted, &shown);
            }
        }
    }
    Ok(())
}
