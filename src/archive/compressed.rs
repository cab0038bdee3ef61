//! Compressed streams: what a tar archive is packed in, or a single file.

use std::io::{self, BufRead, BufReader, Read, Seek};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

use super::budget::{Budget, Counted, Limits};
use super::{Compression, Kind, Member, Stop, Visitor, drain, ended, tar};

/// Bytes that are read of the archive at a time.
const BUFFER: usize = 128 << 10;

/// The largest dictionary of xz that is accepted, in KiB: `xz -9` needs 64 MiB.
const XZ_MEMORY: u32 = 80 << 10;

/// The largest window of Zstandard that is accepted, in bytes: `zstd -19` needs 8 MiB, `--long` 128.
const ZSTD_WINDOW: u64 = 64 << 20;

/// Reads a tar archive.
pub(super) fn tar(
    source: &mut (impl Read + Seek),
    size: u64,
    compression: Compression,
    limits: Limits,
    visitor: &mut dyn Visitor,
) -> io::Result<()> {
    let budget = Budget::new(limits, size);
    let result = with(source, compression, &budget, |stream| tar::read(stream, &budget, visitor));
    ended(result, visitor)
}

/// Reads a single file, whose name the archive does not say.
pub(super) fn single(
    source: &mut (impl Read + Seek),
    size: u64,
    compression: Compression,
    limits: Limits,
    visitor: &mut dyn Visitor,
) -> io::Result<()> {
    let budget = Budget::new(limits, size);
    let result = with(source, compression, &budget, |stream| {
        let member = Member {
            name: Vec::new(),
            kind: Kind::File,
            mode: None,
            size: 0,
            modified: None,
            target: Vec::new(),
        };
        visitor.member(&member, stream)?;
        drain(stream)?;
        Ok(())
    });
    ended(result, visitor)
}

/// Hands over the decompressed bytes.
pub(super) fn with(
    source: &mut dyn Read,
    compression: Compression,
    budget: &Budget,
    work: impl FnOnce(&mut dyn Read) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let source = BufReader::with_capacity(BUFFER, source);
    match compression {
        Compression::None => work(&mut Counted { inner: source, budget }),
        Compression::Gzip => work(&mut Counted { inner: MultiGzDecoder::new(source), budget }),
        Compression::Bzip2 => work(&mut Counted { inner: MultiBzDecoder::new(source), budget }),
        Compression::Xz => {
            work(&mut Counted { inner: XzReader::new_mem_limit(source, true, XZ_MEMORY), budget })
        }
        Compression::Zstd => work(&mut Counted { inner: Zstd::new(source), budget }),
    }
}

/// The frames of a Zstandard stream, one after the other.
struct Zstd<R> {
    source: R,
    decoder: Option<FrameDecoder>,
    done: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(source: R) -> Zstd<R> {
        Zstd { source, decoder: None, done: false }
    }

    /// Starts the next frame, if there is one.
    fn start(&mut self) -> io::Result<()> {
        if self.source.fill_buf()?.is_empty() {
            self.done = true;
            return Ok(());
        }
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(ZSTD_WINDOW);
        match decoder.init(&mut self.source) {
            Ok(()) => self.decoder = Some(decoder),
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length, ..
            })) => {
                let skipped = io::copy(&mut self.source.by_ref().take(length.into()), &mut io::sink())?;
                if skipped < u64::from(length) {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy::UptoBlocks;
        while !self.done && !buffer.is_empty() {
            let Some(decoder) = &mut self.decoder else {
                self.start()?;
                continue;
            };
            while decoder.can_collect() == 0 && !decoder.is_finished() {
                let step = decoder.decode_blocks(&mut self.source, UptoBlocks(1));
                step.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            }
            match decoder.read(buffer)? {
                0 => self.decoder = None,
                read => return Ok(read),
            }
        }
        Ok(0)
    }
}
