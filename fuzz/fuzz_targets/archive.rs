//! Archives: no bytes make a reader panic, hang or use much memory, and what it tells is bounded.
#![no_main]

use std::io::{Cursor, Read};

use ci_guard::archive::{self, Fault, Format, Limits, Member, Visitor};
use libfuzzer_sys::fuzz_target;

struct Count(usize);

impl Visitor for Count {
    fn member(&mut self, member: &Member, content: &mut dyn Read) -> std::io::Result<()> {
        self.0 += 1;
        // Some members are read in part only.
        if member.name.len() % 2 == 0 {
            std::io::copy(content, &mut std::io::sink())?;
        }
        Ok(())
    }
    fn fault(&mut self, _: Fault) {}
}

fuzz_target!(|data: &[u8]| {
    let limits = Limits { members: 1000, bytes: 16 << 20, ratio: 100, free: 1 << 20 };
    for name in ["a.zip", "a.tar", "a.tgz", "a.tar.xz", "a.tar.zst", "a.gz"] {
        let Some(format) = Format::of(name) else { continue };
        let mut count = Count(0);
        let size = data.len() as u64;
        let _ = archive::read_from(&mut Cursor::new(data), size, format, limits, &mut count);
        assert!(count.0 <= 1000);
    }
});
