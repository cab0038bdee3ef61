//! The extended headers of POSIX: `LENGTH KEY=VALUE` records that override what the next header says.

use super::{Fault, Stop, broken};

/// What the records before a member say about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Overrides {
    pub path: Option<Vec<u8>>,
    pub target: Option<Vec<u8>>,
    pub size: Option<u64>,
    pub modified: Option<i64>,
    /// Bytes of a file with holes, as it is on the disk.
    pub real_size: Option<u64>,
}

impl Overrides {
    /// Reads records; later ones win. Faults are what readers disagree about.
    pub fn read(&mut self, mut records: &[u8], faults: &mut Vec<Fault>) -> Result<(), Stop> {
        let mut seen: Vec<&[u8]> = Vec::new();
        while !records.is_empty() {
            let (record, rest) = first(records).ok_or_else(|| broken("an extended header cannot be read"))?;
            records = rest;
            let (key, value) = record;
            if seen.contains(&key) && !value.is_empty() {
                let key = String::from_utf8_lossy(key).into_owned();
                faults.push(Fault::Ambiguous(format!("an extended header says `{key}` twice")));
            }
            // A fault a key is enough, and hostile headers hold a hundred thousand of them.
            if seen.len() < 64 {
                seen.push(key);
            }
            self.take(key, value)?;
        }
        Ok(())
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), Stop> {
        let number = || {
            let text = std::str::from_utf8(value).ok();
            text.and_then(|text| text.parse().ok())
                .ok_or_else(|| broken("the size in an extended header is no number"))
        };
        match key {
            b"path" | b"GNU.sparse.name" => self.path = Some(value.to_vec()),
            b"linkpath" => self.target = Some(value.to_vec()),
            b"size" => self.size = Some(number()?),
            b"GNU.sparse.realsize" | b"GNU.sparse.size" => self.real_size = Some(number()?),
            b"mtime" => {
                let whole = value.split(|&byte| byte == b'.').next().unwrap_or_default();
                self.modified = std::str::from_utf8(whole).ok().and_then(|text| text.parse().ok());
            }
            _ => {}
        }
        Ok(())
    }

    /// These, and where they say nothing, those of the whole archive.
    pub fn over(self, global: &Overrides) -> Overrides {
        Overrides {
            path: self.path.or_else(|| global.path.clone()),
            target: self.target.or_else(|| global.target.clone()),
            size: self.size.or(global.size),
            modified: self.modified.or(global.modified),
            real_size: self.real_size.or(global.real_size),
        }
    }
}

/// The first record as key and value, and what follows it.
type Record<'r> = ((&'r [u8], &'r [u8]), &'r [u8]);

fn first(records: &[u8]) -> Option<Record<'_>> {
    let space = records.iter().take(20).position(|&byte| byte == b' ')?;
    let length: usize = std::str::from_utf8(&records[..space]).ok()?.parse().ok()?;
    let body = records.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|&byte| byte == b'=')?;
    Some(((&body[..equals], &body[equals + 1..]), &records[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_and_what_is_said_twice_is_told() {
        let (mut overrides, mut faults) = (Overrides::default(), Vec::new());
        let read = overrides.read(b"12 path=a/b\n20 mtime=1700000.25\n10 size=7\n10 size=8\n", &mut faults);
        assert!(read.is_ok());
        assert_eq!(overrides.path.as_deref(), Some(&b"a/b"[..]));
        assert_eq!((overrides.modified, overrides.size), (Some(1_700_000), Some(8)));
        assert_eq!(faults.len(), 1);
        for bad in [&b"99 path=a\n"[..], b"x", b"12 path=a/b ", b"7 path\n", b"11 size=-1\n", b"2 \n"] {
            assert!(Overrides::default().read(bad, &mut faults).is_err(), "{bad:?}");
        }
    }
}
