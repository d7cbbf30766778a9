//! What dumps are compressed with, read in a stream: zlib and gzip by every `pg_dump`, lz4 and zstd by those of PostgreSQL 16
//! and later.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use lz4_flex::frame::FrameDecoder as Lz4Decoder;
use ruzstd::decoding::FrameDecoder as ZstdDecoder;

/// A buffer for decompressed bytes.
const CAPACITY: usize = 1 << 17;

/// Largest window of zstd: what `pg_dump --compress=zstd:long` and the highest levels write.
const ZSTD_WINDOW: u64 = 1 << 27;

/// A compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    /// Bare zlib streams: blocks of the custom format.
    Zlib,
    Gzip,
    Lz4,
    Zstd,
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "nothing",
            Self::Zlib => "zlib",
            Self::Gzip => "gzip",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        })
    }
}

impl Codec {
    /// The compression of a file that begins so.
    pub fn of_file(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Lz4,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// Decompresses. The stream ends where the input does; what is left of the input behind compressed data is an error.
    pub fn decode<R: BufRead + Send + 'static>(self, input: R) -> Box<dyn BufRead + Send> {
        fn buffered(reader: impl Read + Send + 'static) -> Box<dyn BufRead + Send> {
            Box::new(BufReader::with_capacity(CAPACITY, reader))
        }
        match self {
            Self::None => Box::new(input),
            Self::Zlib => buffered(Zlib {
                input,
                state: Decompress::new(true),
                ended: false,
            }),
            Self::Gzip => buffered(MultiGzDecoder::new(input)),
            Self::Lz4 => buffered(Lz4(Lz4Decoder::new(input))),
            Self::Zstd => buffered(Zstd {
                input,
                decoder: None,
            }),
        }
    }
}

fn damaged(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, cause)
}

/// One zlib stream. flate2's own reader takes a stream that is cut for one that has ended.
struct Zlib<R> {
    input: R,
    state: Decompress,
    ended: bool,
}

impl<R: BufRead> Read for Zlib<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !buffer.is_empty() {
            let input = self.input.fill_buf()?;
            let cut = input.is_empty();
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress(input, buffer, FlushDecompress::None)
                .map_err(damaged)?;
            let used = usize::try_from(self.state.total_in() - before_in).unwrap_or_default();
            let made = usize::try_from(self.state.total_out() - before_out).unwrap_or_default();
            self.input.consume(used);
            self.ended = status == Status::StreamEnd;
            if made > 0 {
                return Ok(made);
            }
            if cut && !self.ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        nothing_left(&mut self.input)?;
        Ok(0)
    }
}

fn nothing_left(input: &mut impl BufRead) -> io::Result<()> {
    if input.fill_buf()?.is_empty() {
        Ok(())
    } else {
        Err(damaged("bytes follow its end"))
    }
}

/// Frames of lz4, one behind the other. The decoder stops after each.
struct Lz4<R: BufRead>(Lz4Decoder<R>);

impl<R: BufRead> Read for Lz4<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.0.read(buffer)?;
            if read > 0 || buffer.is_empty() || self.0.get_mut().fill_buf()?.is_empty() {
                return Ok(read);
            }
        }
    }
}

/// Frames of zstd, one behind the other.
struct Zstd<R> {
    input: R,
    decoder: Option<Box<ZstdDecoder>>,
}

impl<R: BufRead> Zstd<R> {
    /// Begins a frame; false when there is none.
    fn begin(&mut self) -> io::Result<bool> {
        if self.input.fill_buf()?.is_empty() {
            return Ok(false);
        }
        let mut decoder = self.decoder.take().unwrap_or_else(|| {
            let mut decoder = Box::new(ZstdDecoder::new());
            decoder.set_max_window_size(ZSTD_WINDOW);
            decoder
        });
        decoder.reset(&mut self.input).map_err(damaged)?;
        self.decoder = Some(decoder);
        Ok(true)
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(decoder) = &mut self.decoder {
                while decoder.can_collect() == 0 && !decoder.is_finished() {
                    decoder
                        .decode_blocks(
                            &mut self.input,
                            ruzstd::decoding::BlockDecodingStrategy::UptoBlocks(1),
                        )
                        .map_err(damaged)?;
                }
                let read = decoder.read(buffer)?;
                if read > 0 || buffer.is_empty() {
                    return Ok(read);
                }
                if let Some(written) = decoder.get_checksum_from_data()
                    && decoder.get_calculated_checksum() != Some(written)
                {
                    return Err(damaged("its checksum is wrong"));
                }
            }
            if !self.begin()? {
                return Ok(0);
            }
        }
    }
}
