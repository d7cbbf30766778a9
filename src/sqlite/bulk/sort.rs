//! Sorting more keys than memory should hold: sorted runs in a temporary file, merged.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Memory for the run buffers of a merge.
const MERGE: u64 = 12 << 20;

/// Keys one after the other, and where each ends.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Chunk {
    /// Ends the key that was appended to `bytes`.
    pub fn end(&mut self) {
        self.ends
            .push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
    }

    /// What it takes, with what sorting it will take.
    pub fn weight(&self) -> usize {
        self.bytes.len() + self.ends.len() * 28
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn key(&self, start: u32, end: u32) -> &[u8] {
        let (start, end) = (place(start), place(end));
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// Empties it for other keys.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

fn place(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// The first bytes of a key as a number: most comparisons end with it.
fn head(key: &[u8]) -> u128 {
    match key.first_chunk::<16>() {
        Some(head) => u128::from_be_bytes(*head),
        None => {
            let mut head = [0; 16];
            head.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
            u128::from_be_bytes(head)
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Run {
    start: u64,
    end: u64,
}

/// The sorted runs of one index.
#[derive(Debug)]
pub(super) struct Runs {
    file: File,
    runs: Vec<Run>,
    length: u64,
    buffer: Vec<u8>,
    order: Vec<(u128, u32, u32)>,
}

impl Runs {
    /// None yet; the file has no name and goes with the process.
    pub fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile_in(folder)?,
            runs: Vec::new(),
            length: 0,
            buffer: Vec::new(),
            order: Vec::new(),
        })
    }

    /// Sorts the keys of a chunk and writes them as a run.
    pub fn add(&mut self, chunk: &Chunk) -> io::Result<()> {
        self.order.clear();
        let mut start = 0;
        for end in &chunk.ends {
            self.order.push((head(chunk.key(start, *end)), start, *end));
            start = *end;
        }
        self.order.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0)
                .then_with(|| chunk.key(a.1, a.2).cmp(chunk.key(b.1, b.2)))
        });
        let begin = self.length;
        self.buffer.clear();
        let order = std::mem::take(&mut self.order);
        for (_, start, end) in &order {
            let key = chunk.key(*start, *end);
            let length = u32::try_from(key.len()).unwrap_or(u32::MAX);
            self.buffer.extend_from_slice(&length.to_le_bytes());
            self.buffer.extend_from_slice(key);
            if self.buffer.len() > 1 << 20 {
                self.flush()?;
            }
        }
        self.flush()?;
        self.order = order;
        self.runs.push(Run {
            start: begin,
            end: self.length,
        });
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.length += u64::try_from(self.buffer.len()).unwrap_or_default();
        self.buffer.clear();
        Ok(())
    }

    /// Hands all keys on in their order.
    pub fn merge<E: From<io::Error>>(
        self,
        take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let runs = u64::try_from(self.runs.len()).unwrap_or(1).max(1);
        let capacity = usize::try_from((MERGE / runs).clamp(8 << 10, 1 << 20)).unwrap_or(8 << 10);
        let mut heap = BinaryHeap::with_capacity(self.runs.len());
        for run in &self.runs {
            let mut cursor = Cursor {
                left: *run,
                buffer: vec![0; capacity],
                start: 0,
                end: 0,
                key: (0, 0),
                head: 0,
            };
            if cursor.next(&self.file)? {
                heap.push(Reverse(cursor));
            }
        }
        while let Some(mut first) = heap.peek_mut() {
            take(first.0.key())?;
            if !first.0.next(&self.file)? {
                std::collections::binary_heap::PeekMut::pop(first);
            }
        }
        Ok(())
    }
}

/// Where reading a run has come to.
struct Cursor {
    left: Run,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    key: (usize, usize),
    head: u128,
}

impl Cursor {
    fn key(&self) -> &[u8] {
        self.buffer.get(self.key.0..self.key.1).unwrap_or_default()
    }

    /// Goes to the next key; false at the end.
    fn next(&mut self, file: &File) -> io::Result<bool> {
        if !self.have(4, file)? {
            return Ok(false);
        }
        let length = self
            .buffer
            .get(self.start..)
            .and_then(|b| b.first_chunk::<4>())
            .map_or(0, |b| place(u32::from_le_bytes(*b)));
        if !self.have(4 + length, file)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.key = (self.start + 4, self.start + 4 + length);
        self.start += 4 + length;
        self.head = head(self.key());
        Ok(true)
    }

    /// Makes sure that so many bytes are at hand.
    fn have(&mut self, wanted: usize, file: &File) -> io::Result<bool> {
        if self.end - self.start >= wanted {
            return Ok(true);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        while self.end < wanted {
            let left = usize::try_from(self.left.end - self.left.start).unwrap_or(usize::MAX);
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            let most = room.len().min(left);
            let read = file.read_at(room.get_mut(..most).unwrap_or_default(), self.left.start)?;
            if read == 0 {
                return Ok(false);
            }
            self.end += read;
            self.left.start += u64::try_from(read).unwrap_or_default();
        }
        Ok(true)
    }
}

impl Ord for Cursor {
    fn cmp(&self, other: &Self) -> Ordering {
        self.head
            .cmp(&other.head)
            .then_with(|| self.key().cmp(other.key()))
    }
}

impl PartialOrd for Cursor {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cursor {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Cursor {}
