//! The head of an archive and its table of contents: what every format of `pg_dump` but the plain one has.
//!
//! The layout is that of `pg_backup_archiver.c` (`ReadHead`, `ReadToc`) of PostgreSQL 8.0 to 18, which write format versions
//! 1.10 to 1.16. Nothing is allocated but for bytes that were read.

use std::io::{self, Read};

use super::codec::Codec;
use super::stream::{Stream, integer};

/// What an archive begins with.
pub(super) const MAGIC: &[u8] = b"PGDMP";

/// A version of the format.
type Version = (u8, u8);

/// Oldest version that is read: PostgreSQL 8.0.
const OLDEST: Version = (1, 10);
/// Newest: PostgreSQL 17 and 18.
const NEWEST: Version = (1, 16);

/// How the data of an archive's entries is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// In blocks behind the table of contents.
    Custom,
    /// In files of their own: beside it, or in the same tar file.
    Files,
}

/// Where an entry's data is, as the entry tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Data {
    /// It has none.
    None,
    /// In a block; its first byte, where the writer could go back to note it.
    Block(Option<u64>),
    /// In a file of this name.
    File(String),
}

/// One entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub id: i64,
    /// Kind of object: `TABLE`, `TABLE DATA`, `INDEX` ..
    pub kind: String,
    /// Name, for people.
    pub name: String,
    /// Statements that make it.
    pub definition: Vec<u8>,
    /// `COPY .. FROM stdin;`; empty when the data is statements.
    pub copy: Vec<u8>,
    /// Schema; empty for what belongs to none.
    pub namespace: String,
    pub data: Data,
}

impl Entry {
    /// What it is, for people.
    pub fn label(&self) -> String {
        let (kind, name) = (self.kind.to_lowercase(), &self.name);
        if self.namespace.is_empty() {
            format!("{kind} {name}")
        } else {
            format!("{kind} {}.{name}", self.namespace)
        }
    }
}

/// An archive's head and entries, in the order in which they are restored.
#[derive(Debug)]
pub(super) struct Toc {
    pub layout: Layout,
    pub codec: Codec,
    /// Bytes of an integer.
    pub integer: usize,
    pub version: Version,
    /// Version of the server, as it tells it.
    pub server: String,
    pub entries: Vec<Entry>,
}

/// Reads head and table of contents; the stream then stands behind them.
///
/// # Errors
/// The stream cannot be read, is cut or damaged, or is of a version that is not known.
pub(super) fn read(stream: &mut Stream) -> io::Result<Toc> {
    let mut reader = Reader {
        stream,
        integer: 4,
        offset: 8,
    };
    reader.toc()
}

struct Reader<'a> {
    stream: &'a mut Stream,
    integer: usize,
    offset: usize,
}

impl Reader<'_> {
    fn damaged(&self, what: &str) -> io::Error {
        self.stream.damage(format!(
            "the archive is damaged: {what}; make the dump again"
        ))
    }

    fn truncated(&self) -> io::Error {
        self.stream.damage(
            "the archive is truncated: it ends inside of its table of contents; make the dump again",
        )
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0u8; N];
        match self.stream.read_exact(&mut bytes) {
            Ok(()) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(self.truncated()),
            Err(error) => Err(error),
        }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let [byte] = self.bytes()?;
        Ok(byte)
    }

    fn int(&mut self) -> io::Result<i64> {
        let begin = self.stream.position();
        match integer(self.stream, self.integer)? {
            Some(value) => Ok(value),
            None if self.stream.position() > begin + 8 => {
                Err(self.damaged("a number is too large"))
            }
            None => Err(self.truncated()),
        }
    }

    /// A string; a missing one is `None`.
    fn string(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Ok(length) = u64::try_from(self.int()?) else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let read = Read::take(&mut *self.stream, length).read_to_end(&mut bytes)?;
        if u64::try_from(read).ok() == Some(length) {
            Ok(Some(bytes))
        } else {
            Err(self.truncated())
        }
    }

    fn text(&mut self) -> io::Result<String> {
        let bytes = self.string()?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn toc(&mut self) -> io::Result<Toc> {
        if self.bytes::<5>()? != MAGIC {
            return Err(self.damaged("it does not begin with PGDMP"));
        }
        let [major, minor, _revision] = self.bytes()?;
        let version = (major, minor);
        if version < OLDEST || version > NEWEST {
            let (age, known) = if version > NEWEST {
                ("newer", NEWEST)
            } else {
                ("older", OLDEST)
            };
            return Err(self.stream.damage(format!(
                "the archive has format version {major}.{minor}, which is {age} than decant reads ({}.{}); make a plain dump of \
                 it with `pg_restore --file=dump.sql`",
                known.0, known.1
            )));
        }
        self.integer = usize::from(self.byte()?);
        self.offset = usize::from(self.byte()?);
        if !(1..=8).contains(&self.integer) || !(1..=8).contains(&self.offset) {
            return Err(self.damaged("its numbers have no size that there is"));
        }
        let layout = match self.byte()? {
            1 => Layout::Custom,
            // A directory's table of contents says that it is a tar file's.
            3 | 5 => Layout::Files,
            _ => return Err(self.damaged("its format is none that pg_dump writes")),
        };
        let codec = self.codec(version)?;
        for _ in 0..7 {
            // Seconds, minutes .. of the date.
            self.int()?;
        }
        let _database = self.string()?;
        let server = self.text()?;
        let _pg_dump = self.string()?;
        let count = self.int()?;
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push(self.entry(version, layout)?);
        }
        Ok(Toc {
            layout,
            codec,
            integer: self.integer,
            version,
            server,
            entries,
        })
    }

    /// The compression; until 1.14 its level.
    fn codec(&mut self, version: Version) -> io::Result<Codec> {
        if version < (1, 15) {
            return Ok(match self.int()? {
                0 => Codec::None,
                _ => Codec::Zlib,
            });
        }
        match self.byte()? {
            0 => Ok(Codec::None),
            1 => Ok(Codec::Zlib),
            2 => Ok(Codec::Lz4),
            3 => Ok(Codec::Zstd),
            _ => Err(self.damaged("its compression is none that pg_dump writes")),
        }
    }

    fn entry(&mut self, version: Version, layout: Layout) -> io::Result<Entry> {
        let id = self.int()?;
        if id <= 0 {
            return Err(self.damaged("an entry of its table of contents has no number"));
        }
        let has_data = self.int()? != 0;
        // Identifiers of the object in the catalog.
        self.string()?;
        self.string()?;
        let name = self.text()?;
        let kind = self.text()?;
        if version >= (1, 11) {
            let _section = self.int()?;
        }
        let definition = self.string()?.unwrap_or_default();
        let _drop = self.string()?;
        let copy = self.string()?.unwrap_or_default();
        let namespace = self.text()?;
        let _tablespace = self.string()?;
        if version >= (1, 14) {
            let _access_method = self.string()?;
        }
        if version >= (1, 16) {
            let _relation_kind = self.int()?;
        }
        let _owner = self.string()?;
        let _with_oids = self.string()?;
        while self.string()?.is_some() {
            // Entries that it depends on.
        }
        let data = match layout {
            Layout::Custom => self.block()?,
            Layout::Files => Data::File(self.text()?),
        };
        let none = !has_data || data == Data::File(String::new());
        Ok(Entry {
            id,
            kind,
            name,
            definition,
            copy,
            namespace,
            data: if none { Data::None } else { data },
        })
    }

    /// Where the block stands: whether that is known, then the byte.
    fn block(&mut self) -> io::Result<Data> {
        let flag = self.byte()?;
        let mut offset = 0u64;
        for place in 0..self.offset {
            let byte = u64::from(self.byte()?);
            offset |= byte << (8 * place);
        }
        match flag {
            1 => Ok(Data::Block(None)),
            2 => Ok(Data::Block(Some(offset))),
            3 => Ok(Data::None),
            _ => Err(self.damaged(
                "an entry of its table of contents tells its data in no way that there is",
            )),
        }
    }
}
