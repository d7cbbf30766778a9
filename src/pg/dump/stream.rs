//! A dump's bytes as they are read: counted, so that damage is said with its place, and ended by an interrupt.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::codec::Codec;
use crate::interrupt::Interrupt;
use crate::pg::Error;

/// Damage at a byte of the file; [`io_error`] makes the fault of it.
#[derive(Debug)]
struct Damage {
    byte: u64,
    cause: String,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.cause)
    }
}

impl std::error::Error for Damage {}

/// The fault of reading a file: damage that was found keeps its place.
pub(super) fn io_error(path: &Path, cause: io::Error) -> Error {
    let path = path.display().to_string();
    match cause.downcast::<Damage>() {
        Ok(damage) => Error::Archive {
            path,
            place: format!("byte {}", damage.byte),
            cause: damage.cause,
        },
        Err(cause) => Error::Io { path, cause },
    }
}

/// How far the file was read, and what went wrong beneath a decoder, which may hide it.
#[derive(Debug, Default)]
pub(super) struct Place {
    byte: AtomicU64,
    failed: Mutex<Option<io::Error>>,
}

impl Place {
    pub fn byte(&self) -> u64 {
        self.byte.load(Ordering::Relaxed)
    }

    /// Keeps an error for [`Place::explain`] and gives one that stands for it.
    fn keep(&self, error: io::Error) -> io::Error {
        let kind = error.kind();
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        io::Error::from(kind)
    }

    /// Damage where reading has come to.
    pub fn damage(&self, cause: impl Into<String>) -> io::Error {
        io::Error::new(
            io::ErrorKind::InvalidData,
            Damage {
                byte: self.byte(),
                cause: cause.into(),
            },
        )
    }

    /// What an error of the topmost reader means.
    pub fn explain(&self, error: io::Error, codec: Codec) -> io::Error {
        let kept = self
            .failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match kept {
            Some(kept) => kept,
            None if error.get_ref().is_some_and(|e| e.is::<Damage>()) => error,
            None if error.kind() == io::ErrorKind::UnexpectedEof => self.damage(format!(
                "the data compressed with {codec} ends too early; make the dump again"
            )),
            None => self.damage(format!(
                "the data compressed with {codec} is damaged ({error}); make the dump again"
            )),
        }
    }
}

/// A stretch of a file, counted.
#[derive(Debug)]
pub(super) struct Raw {
    reader: BufReader<File>,
    left: u64,
    place: Arc<Place>,
    interrupt: Interrupt,
}

impl Raw {
    /// A stretch that begins at this byte and has this length, or ends with the file.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(
        path: &Path,
        at: u64,
        length: Option<u64>,
        capacity: usize,
        interrupt: &Interrupt,
    ) -> io::Result<Self> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(at))?;
        let place = Place::default();
        place.byte.store(at, Ordering::Relaxed);
        Ok(Self {
            reader: BufReader::with_capacity(capacity, file),
            left: length.unwrap_or(u64::MAX),
            place: Arc::new(place),
            interrupt: interrupt.clone(),
        })
    }

    /// Where it has come to.
    pub fn place(&self) -> Arc<Place> {
        self.place.clone()
    }
}

impl BufRead for Raw {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.interrupt.is_raised() {
            return Err(self.place.keep(io::Error::other("interrupted")));
        }
        let place = &self.place;
        let buffer = self.reader.fill_buf().map_err(|e| place.keep(e))?;
        let end = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        Ok(buffer.get(..end).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        let bytes = u64::try_from(amount).unwrap_or_default();
        self.reader.consume(amount);
        self.left = self.left.saturating_sub(bytes);
        self.place.byte.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Read for Raw {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, buffer)
    }
}

/// `Read::read` by way of the buffer.
fn read_buffered(reader: &mut impl BufRead, buffer: &mut [u8]) -> io::Result<usize> {
    let read = reader.fill_buf()?.read(buffer)?;
    reader.consume(read);
    Ok(read)
}

/// The chunks of one block of an archive in custom format, as one stream: each has its length before it, a length of 0 ends
/// them.
#[derive(Debug)]
pub(super) struct Chunks {
    raw: Raw,
    integer: usize,
    left: u64,
    ended: bool,
}

impl Chunks {
    /// Chunks from here on; lengths are integers of this size.
    pub fn new(raw: Raw, integer: usize) -> Self {
        Self {
            raw,
            integer,
            left: 0,
            ended: false,
        }
    }

    /// What follows the last chunk.
    ///
    /// # Errors
    /// The chunks are cut or damaged.
    pub fn skip(mut self) -> io::Result<Raw> {
        loop {
            match self.fill_buf()?.len() {
                0 => return Ok(self.raw),
                length => self.consume(length),
            }
        }
    }

    fn truncated(&self) -> io::Error {
        let place = &self.raw.place;
        place.keep(
            place.damage("the archive is truncated: it ends inside of data; make the dump again"),
        )
    }

    fn next_length(&mut self) -> io::Result<u64> {
        let length = match integer(&mut self.raw, self.integer)? {
            Some(length) => length,
            None => return Err(self.truncated()),
        };
        let place = &self.raw.place;
        u64::try_from(length)
            .map_err(|_| place.keep(place.damage("the length of a chunk of data is negative: the archive is damaged; make the dump again")))
    }
}

impl BufRead for Chunks {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 && !self.ended {
            self.left = self.next_length()?;
            self.ended = self.left == 0;
        }
        if self.ended {
            return Ok(&[]);
        }
        if self.raw.fill_buf()?.is_empty() {
            return Err(self.truncated());
        }
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let buffer = self.raw.fill_buf()?;
        Ok(buffer.get(..left.min(buffer.len())).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.raw.consume(amount);
        self.left = self
            .left
            .saturating_sub(u64::try_from(amount).unwrap_or_default());
    }
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, buffer)
    }
}

/// An integer as archives have it: a byte for the sign, then so many bytes, the least first. `None` when the stream ends
/// before it does, or when it is no integer of 64 bits.
pub(super) fn integer(reader: &mut impl Read, size: usize) -> io::Result<Option<i64>> {
    let mut bytes = [0u8; 9];
    let Some(bytes) = bytes.get_mut(..=size) else {
        return Ok(None);
    };
    match reader.read_exact(bytes) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let Some((sign, digits)) = bytes.split_first() else {
        return Ok(None);
    };
    let value = digits
        .iter()
        .rev()
        .fold(0u64, |value, digit| value << 8 | u64::from(*digit));
    let value = i64::try_from(value).ok();
    Ok(value.map(|v| if *sign == 0 { v } else { -v }))
}

/// The bytes of a part, decompressed.
pub(super) struct Stream {
    reader: Box<dyn BufRead + Send>,
    place: Arc<Place>,
    codec: Codec,
    position: u64,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl Stream {
    /// A stream over what a decoder gives.
    pub fn new(reader: Box<dyn BufRead + Send>, place: Arc<Place>, codec: Codec) -> Self {
        Self {
            reader,
            place,
            codec,
            position: 0,
        }
    }

    /// Text that is at hand.
    pub fn text(bytes: Vec<u8>) -> Self {
        let place = Arc::new(Place::default());
        Self::new(Box::new(io::Cursor::new(bytes)), place, Codec::None)
    }

    /// Place of the next byte, counted from where the part begins.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Says that the next byte has this place.
    pub fn set_position(&mut self, position: u64) {
        self.position = position;
    }

    /// How far the file was read; behind the part once that was read to its end.
    pub fn byte(&self) -> u64 {
        self.place.byte()
    }

    /// Damage where reading has come to.
    pub fn damage(&self, cause: impl Into<String>) -> io::Error {
        self.place.damage(cause)
    }

    /// Reads on to a place; false when the part ends before.
    ///
    /// # Errors
    /// The part cannot be read.
    pub fn advance(&mut self, position: u64) -> io::Result<bool> {
        while self.position < position {
            let length = self.fill_buf()?.len();
            if length == 0 {
                return Ok(false);
            }
            let wanted = usize::try_from(position - self.position).unwrap_or(usize::MAX);
            self.consume(length.min(wanted));
        }
        Ok(true)
    }
}

impl BufRead for Stream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let (place, codec) = (&self.place, self.codec);
        self.reader.fill_buf().map_err(|e| place.explain(e, codec))
    }

    fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
        self.position += u64::try_from(amount).unwrap_or_default();
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, buffer)
    }
}
