//! Archives as they are read: what stands in them, and what is wrong with them.

use std::io::{Cursor, Read};

use super::*;

/// What a reader was told.
#[derive(Default)]
struct Seen {
    members: Vec<(Member, Vec<u8>)>,
    faults: Vec<Fault>,
}

impl Visitor for Seen {
    fn member(&mut self, member: &Member, content: &mut dyn Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        self.members.push((member.clone(), bytes));
        Ok(())
    }

    fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }
}

fn seen(name: &str, bytes: &[u8]) -> Seen {
    within(name, bytes, Limits::default())
}

fn within(name: &str, bytes: &[u8], limits: Limits) -> Seen {
    let mut seen = Seen::default();
    let format = Format::of(name).unwrap();
    read_from(&mut Cursor::new(bytes), bytes.len() as u64, format, limits, &mut seen).unwrap();
    seen
}

fn made(name: &str, text: &str) -> Vec<u8> {
    make::archive(name, text).unwrap()
}

const ITEMS: &str =
    "a/b text='hello' time=1700000000\na/tool text='x' mode=4755\na/link link=b\na/d folder mode=755\n";

#[test]
fn members_are_told_as_they_are() {
    for name in ["x.tar", "x.tgz", "x.zip"] {
        let seen = seen(name, &made(name, ITEMS));
        assert_eq!(seen.faults, [], "{name}");
        let kinds: Vec<Kind> = seen.members.iter().map(|(member, _)| member.kind).collect();
        assert_eq!(kinds, [Kind::File, Kind::File, Kind::Link, Kind::Folder], "{name}");
        let (first, content) = &seen.members[0];
        assert_eq!((&first.name[..], &content[..]), (&b"a/b"[..], &b"hello"[..]));
        assert_eq!(first.modified, Some(1_700_000_000), "{name}");
        assert_eq!(seen.members[1].0.mode, Some(0o4755));
        assert_eq!(seen.members[2].0.target, b"b");
    }
}

#[test]
fn packages_of_debian_are_two_archives_in_one() {
    let whole = made("x.deb", "./usr/bin/x text=hi mode=4755\n./usr/bin/y link=/usr/bin/x\n");
    let read = seen("x.deb", &whole);
    assert_eq!(read.faults, []);
    let names: Vec<String> = read.members.iter().map(|(member, _)| shown(&member.name)).collect();
    assert_eq!(names, ["DEBIAN/control", "usr/bin/x", "usr/bin/y"]);
    // A link that begins at the root stays in it.
    assert_eq!(read.members[2].0.target, b"usr/bin/x");
    // Only the byte that fills up an odd size may be missing.
    for length in 0..whole.len() - 1 {
        assert!(!seen("x.deb", &whole[..length]).faults.is_empty(), "{length} bytes");
    }
    let data = memchr::memmem::rfind(&whole, b"data.tar.gz").unwrap();
    let mut other = whole.clone();
    other[data + 8..data + 11].copy_from_slice(b".bz");
    assert!(matches!(seen("x.deb", &other).faults[..], [Fault::Unread(_)]));
    let twice = [&whole[..], &whole[data..]].concat();
    assert!(matches!(seen("x.deb", &twice).faults[..], [Fault::Ambiguous(_), ..]));
}

#[test]
fn whatever_is_cut_off_is_broken() {
    for name in ["x.tar", "x.tgz", "x.zip"] {
        let whole = made(name, ITEMS);
        for length in 0..whole.len() {
            // The end mark of tar is two blocks of zeros, and one is enough.
            if name == "x.tar" && length > whole.len() - 1024 + 511 {
                continue;
            }
            let seen = seen(name, &whole[..length]);
            assert!(!seen.faults.is_empty(), "{name} with {length} bytes");
        }
    }
}

#[test]
fn a_changed_byte_of_a_content_is_seen() {
    for name in ["x.tgz", "x.zip"] {
        let mut bytes = made(name, ITEMS);
        let at = memchr::memmem::find(&bytes, b"hello").unwrap();
        bytes[at] ^= 1;
        assert!(matches!(seen(name, &bytes).faults[..], [Fault::Broken(_)]), "{name}");
    }
}

#[test]
fn readers_must_agree() {
    let ambiguous = |name: &str, bytes: &[u8]| {
        let faults = seen(name, bytes).faults;
        assert!(matches!(faults[..], [Fault::Ambiguous(_), ..]), "{faults:?}");
    };
    ambiguous("x.zip", &made("x.zip", "good.txt text=x local=evil.txt\n"));
    let zip = made("x.zip", ITEMS);
    ambiguous("x.zip", &[b"#!/bin/sh\n", &zip[..]].concat());
    ambiguous("x.zip", &[&zip[..], b"more"].concat());
    let directory = memchr::memmem::find(&zip, b"PK\x01\x02").unwrap();
    let hidden = made("x.zip", "hidden text=x\n");
    let local = &hidden[..memchr::memmem::find(&hidden, b"PK\x01\x02").unwrap()];
    let mut smuggled = [&zip[..directory], local, &zip[directory..]].concat();
    let end = smuggled.len() - 6;
    smuggled[end..end + 4].copy_from_slice(&((directory + local.len()) as u32).to_le_bytes());
    ambiguous("x.zip", &smuggled);
    ambiguous("x.tar", &made("x.tar", "a text='hello' size=0\n"));
    let tar = made("x.tar", ITEMS);
    ambiguous("x.tar", &[&tar[..], &tar[..]].concat());
}

#[test]
fn bombs_end_early() {
    let limits = Limits { free: 10_000, ratio: 10, ..Limits::default() };
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, &made("x.tar", "a zeros=200000\n")).unwrap();
    let packed = packed.finish().unwrap();
    assert!(matches!(within("x.tgz", &packed, limits).faults[..], [Fault::Bomb(_)]));
    let few = Limits { members: 3, ..Limits::default() };
    for name in ["x.tar", "x.zip"] {
        assert!(matches!(within(name, &made(name, ITEMS), few).faults[..], [Fault::Bomb(_)]), "{name}");
    }
}

#[test]
fn other_compressions_are_read() {
    let bytes = |hex: &str| data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
    // `printf hello` through xz, zstd and bzip2; all may stand several times behind each other.
    let xz = bytes(
        "fd377a585a000004e6d6b4460200210116000000742fe5a301000468656c6c6f00000000b137b9dbe5da1e9b00011d05b82d80af1fb6f37d010000000004595a",
    );
    let zst = bytes("28b52ffd045829000068656c6c6fa36d9f88");
    let bz2 = bytes("425a68393141592653591931653d00000081000244a000219a68334d07338bb9229c28480c98b29e80");
    for (name, once) in [("hello.xz", xz), ("hello.zst", zst), ("hello.bz2", bz2)] {
        let seen = seen(name, &[&once[..], &once[..]].concat());
        assert_eq!(seen.faults, [], "{name}");
        assert_eq!(seen.members[0].1, b"hellohello", "{name}");
    }
    assert!(matches!(seen("x.bz2", b"BZh9").faults[..], [Fault::Broken(_)]));
    for (name, bytes) in
        [("x.xz", &b"\xfd7zXZ\0nonsense"[..]), ("x.zst", b"\x28\xb5\x2f\xfd\xff\xff\xff"), ("x.gz", b"no")]
    {
        assert!(matches!(seen(name, bytes).faults[..], [Fault::Broken(_)]), "{name}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_a_reader_fail(
        mut bytes in proptest::sample::select(vec!["x.tar", "x.zip"]).prop_map(|name| made(name, ITEMS)),
        changes in proptest::collection::vec((proptest::prelude::any::<u16>(), proptest::prelude::any::<u8>()), 0..8),
    ) {
        for (at, byte) in changes {
            let at = usize::from(at) % bytes.len();
            bytes[at] = byte;
        }
        for name in ["x.tar", "x.tgz", "x.zip", "x.xz", "x.zst", "x.gz"] {
            seen(name, &bytes);
        }
    }
}

use proptest::strategy::Strategy as _;
