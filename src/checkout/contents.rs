//! The bytes of a file. Memory comes from Linux in pages of 4 kB, and each one costs as much time as to read what it
//! holds several times over: a large file is read into pages of 2 MB, where the system has such.

use std::fs::File;
use std::io::{self, Read};

use bytes::Bytes;

/// Reads a file that has so many bytes, or one more than `limit` if it has grown beyond that.
pub fn read(file: File, size: u64, limit: u64) -> io::Result<Bytes> {
    let mut file = file.take(limit + 1);
    #[cfg(target_os = "linux")]
    if let Some(memory) = huge::memory(size) {
        return huge::fill(memory, &mut file);
    }
    let mut bytes = Vec::with_capacity(size as usize);
    file.read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

#[cfg(target_os = "linux")]
mod huge {
    use std::io::{self, Read};

    use bytes::Bytes;
    use memmap2::{Advice, MmapMut};

    /// Bytes of a huge page.
    const PAGE: usize = 2 << 20;

    /// Bytes from which on one is worth it: half of it may remain empty.
    const WORTH_IT: usize = PAGE / 2;

    /// Memory for so many bytes and one more, if it is much and there is such memory.
    pub fn memory(size: u64) -> Option<MmapMut> {
        let size = usize::try_from(size).ok().filter(|size| *size >= WORTH_IT)?;
        // Linux aligns to these pages what is a multiple of them; what is left over has pages as usual.
        let memory = MmapMut::map_anon((size + 1).next_multiple_of(PAGE)).ok()?;
        let pages = (size + PAGE - WORTH_IT) / PAGE;
        // Where that is refused the pages are small, and hold the same.
        let _ = memory.advise_range(Advice::HugePage, 0, pages * PAGE);
        Some(memory)
    }

    /// All bytes of a stream, which may have more than there is room for.
    pub fn fill(mut memory: MmapMut, stream: &mut impl Read) -> io::Result<Bytes> {
        let mut filled = 0;
        while filled < memory.len() {
            match stream.read(&mut memory[filled..]) {
                Ok(0) => return Ok(Bytes::from_owner(memory).slice(..filled)),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let mut grown = memory.to_vec();
        stream.read_to_end(&mut grown)?;
        Ok(grown.into())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn large_files_are_read_whole_even_if_they_grow() {
        for size in [1_usize << 20, (2 << 20) - 1, 2 << 20, 5 << 20] {
            let all: Vec<u8> = (0..size + size / 2 + (3 << 20)).map(|at| at as u8).collect();
            for real in [size - 7, size, all.len()] {
                let memory = huge::memory(size as u64).expect("a few megabytes");
                let read = huge::fill(memory, &mut &all[..real]).expect("memory can be read");
                assert!(read == all[..real], "{size} {real}");
            }
        }
        assert!(huge::memory(1000).is_none());
    }
}
