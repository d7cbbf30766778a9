//! Stretches of a dump's files that are read from their beginning.

use std::fs::Metadata;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use super::codec::Codec;
use super::stream::{Chunks, Raw, Stream, io_error};
use crate::interrupt::Interrupt;
use crate::pg::Error;

/// What tells that a file is still the one that was read first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

/// How a part stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// Up to the end of the file.
    Rest,
    /// So many bytes.
    Length(u64),
    /// Chunks of a block in custom format, with integers of this size.
    Chunks(usize),
}

/// A plain dump, or the data of one entry of an archive.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub path: PathBuf,
    pub stamp: Stamp,
    /// What it is, for people; `None` for text whose lines are places.
    pub label: Option<String>,
    /// Its first byte.
    pub at: u64,
    pub frame: Frame,
    pub codec: Codec,
}

impl Part {
    /// A whole file that is not compressed.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn file(path: PathBuf) -> Result<Self, Error> {
        let metadata = std::fs::metadata(&path).map_err(|e| io_error(&path, e))?;
        Ok(Self {
            path,
            stamp: Stamp::of(&metadata),
            label: None,
            at: 0,
            frame: Frame::Rest,
            codec: Codec::None,
        })
    }

    /// Its bytes from this place on, decompressed.
    ///
    /// # Errors
    /// The file cannot be read, or the part ends before the place.
    pub fn open(&self, from: u64, capacity: usize, interrupt: &Interrupt) -> Result<Stream, Error> {
        self.stream(from, capacity, interrupt)
            .map_err(|e| io_error(&self.path, e))
    }

    fn stream(&self, from: u64, capacity: usize, interrupt: &Interrupt) -> io::Result<Stream> {
        let raw =
            |at: u64, length: Option<u64>| Raw::open(&self.path, at, length, capacity, interrupt);
        // Only what is stored as it is can be entered in its middle.
        let direct = self.codec == Codec::None;
        let (reader, place) = match self.frame {
            Frame::Rest | Frame::Length(_) => {
                let length = match self.frame {
                    Frame::Length(length) => Some(length),
                    Frame::Rest | Frame::Chunks(_) => None,
                };
                let skip = if direct { from } else { 0 };
                let length = length.map(|l| l.saturating_sub(skip));
                let raw = raw(self.at.saturating_add(skip), length)?;
                let place = raw.place();
                (self.codec.decode(raw), place)
            }
            Frame::Chunks(integer) => {
                let raw = raw(self.at, None)?;
                let place = raw.place();
                (self.codec.decode(Chunks::new(raw, integer)), place)
            }
        };
        let mut stream = Stream::new(reader, place, self.codec);
        if direct && !matches!(self.frame, Frame::Chunks(_)) {
            stream.set_position(from);
        } else if !stream.advance(from)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(stream)
    }

    /// Whether the file is still the one that was read first.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn is_unchanged(&self) -> Result<bool, Error> {
        let metadata = std::fs::metadata(&self.path).map_err(|e| io_error(&self.path, e))?;
        Ok(Stamp::of(&metadata) == self.stamp)
    }

    /// A fault in it: at a line of its text, or in what it is.
    pub fn fault(&self, line: u64, cause: impl Into<String>) -> Error {
        let (path, cause) = (self.path.display().to_string(), cause.into());
        match &self.label {
            None => Error::Dump { path, line, cause },
            Some(place) => Error::Archive {
                path,
                place: place.clone(),
                cause,
            },
        }
    }
}
