//! A folder of CSV files as a source, one for each table, as `COPY table TO 'table.csv' WITH (FORMAT csv, HEADER)` leaves them
//! (PostgreSQL documentation, COPY, "CSV Format"): an empty field without quotes is NULL, one with quotes is the empty text.
//!
//! Files tell no types, so the schema comes from elsewhere. They are read as streams: a record at a time.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::Error;
use super::copy::{Cell, CopyFormat};
use super::schema::Schema;
use super::source::{RowFn, SequenceState, Source, TableSize};
use crate::interrupt::Interrupt;
use crate::ir::QualName;

/// No row of PostgreSQL is larger (`MaxAllocSize`): a record beyond it has a quote that is never closed.
const LARGEST: usize = 1 << 30;

/// How many rows are read between two looks at the interrupt.
const STRIDE: u64 = 1024;

/// A folder of CSV files.
pub struct CsvFolder {
    folder: PathBuf,
    schema: Schema,
    files: IndexMap<QualName, (PathBuf, u64)>,
    alembic: Option<Vec<String>>,
    interrupt: Interrupt,
}

impl CsvFolder {
    /// Whether a source's name is such a folder: it holds a file that ends in `.csv`.
    pub fn is_one(path: &Path) -> bool {
        let Ok(entries) = std::fs::read_dir(path) else {
            return false;
        };
        entries.flatten().any(|e| is_csv(&e.path()))
    }

    /// Finds the files of a schema's tables: `users.csv` or `public.users.csv`.
    ///
    /// # Errors
    /// The folder cannot be read, a file belongs to no table, or a table has no file.
    pub fn open(folder: &Path, schema: &Schema, interrupt: &Interrupt) -> Result<Self, Error> {
        let io = |cause| Error::Io {
            path: folder.display().to_string(),
            cause,
        };
        let mut files = IndexMap::new();
        let mut strange = Vec::new();
        let mut alembic = None;
        let mut found: Vec<PathBuf> = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(io)? {
            found.push(entry.map_err(io)?.path());
        }
        found.sort();
        for path in found.into_iter().filter(|p| is_csv(p)) {
            let size = std::fs::metadata(&path).map_err(io)?.len();
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            if name == "alembic_version" || name.ends_with(".alembic_version") {
                alembic = Some(path);
                continue;
            }
            match table_of(schema, &name) {
                Some(table) => {
                    if let Some((other, _)) = files.insert(table.clone(), (path.clone(), size)) {
                        return Err(Error::Config(format!(
                            "{} and {} both are of table {table}",
                            other.display(),
                            path.display()
                        )));
                    }
                }
                None => strange.push(name.into_owned()),
            }
        }
        if !strange.is_empty() {
            return Err(Error::Missing(format!(
                "{}: no table of the schema for {}; compare the folder with the history",
                folder.display(),
                strange.join(", ")
            )));
        }
        let mut source = Self {
            folder: folder.to_owned(),
            schema: schema.clone(),
            files,
            alembic: None,
            interrupt: interrupt.clone(),
        };
        if let Some(path) = alembic {
            source.alembic = Some(source.versions(&path)?);
        }
        Ok(source)
    }

    fn versions(&self, path: &Path) -> Result<Vec<String>, Error> {
        let mut out = Vec::new();
        let mut take = |cells: &[Cell<'_>]| {
            if let [Cell::Text(text)] = cells {
                out.push(String::from_utf8_lossy(text).into_owned());
            }
            Ok(())
        };
        let table = QualName::new("alembic_version");
        self.rows(path, &table, &["version_num".to_owned()], &mut take)?;
        out.sort();
        Ok(out)
    }

    fn no_column(&self, records: &Records, table: &QualName, column: &str) -> Error {
        let known = self.schema.tables.get(table).and_then(|t| t.column(column));
        if known.is_some_and(|c| c.generated.is_some()) {
            return Error::Missing(format!(
                "column {column} of table {table} is generated, and COPY writes no values of generated columns"
            ));
        }
        records.fault(&format!(
            "its header has no column {column}; write it with HEADER, all columns of the table"
        ))
    }

    fn rows(
        &self,
        path: &Path,
        table: &QualName,
        columns: &[String],
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        let mut records = Records::open(path)?;
        if !records.next()? {
            return Err(records.fault("it is empty: not even a header is there"));
        }
        let header: Vec<String> = records
            .fields()
            .map(|f| String::from_utf8_lossy(f.unwrap_or_default()).into_owned())
            .collect();
        let mut places = Vec::with_capacity(columns.len());
        for column in columns {
            let place = header.iter().position(|h| h == column);
            places.push(place.ok_or_else(|| self.no_column(&records, table, column))?);
        }
        let mut count = 0;
        while records.next()? {
            if count % STRIDE == 0 && self.interrupt.is_raised() {
                return Err(Error::Interrupted);
            }
            let fields: Vec<Option<&[u8]>> = records.fields().collect();
            if fields.len() != header.len() {
                return Err(records.fault(&format!(
                    "a record of {} fields where the header has {}",
                    fields.len(),
                    header.len()
                )));
            }
            let cells: Vec<Cell<'_>> = places
                .iter()
                .map(|at| match fields.get(*at) {
                    Some(Some(text)) => Cell::Text(text),
                    _ => Cell::Null,
                })
                .collect();
            row(&cells).map_err(Error::Consumer)?;
            count += 1;
        }
        Ok(count)
    }
}

fn is_csv(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("csv"))
}

/// The table of a file's name: as it is, or with its schema in front.
fn table_of(schema: &Schema, name: &str) -> Option<QualName> {
    let exact = schema.tables.keys().find(|t| t.to_string() == name);
    let with_schema = || {
        schema
            .tables
            .keys()
            .find(|t| format!("{}.{}", t.schema_or_default(), t.name) == name)
    };
    exact.or_else(with_schema).cloned()
}

/// Records of a file, one at a time.
struct Records {
    path: PathBuf,
    reader: BufReader<File>,
    /// Line at which the record begins, from 1.
    line: u64,
    next_line: u64,
    raw: Vec<u8>,
    /// The fields without their quotes, one after the other.
    text: Vec<u8>,
    /// Where each field ends in `text`, and whether it is NULL.
    ends: Vec<(usize, bool)>,
}

impl Records {
    fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|cause| Error::Io {
            path: path.display().to_string(),
            cause,
        })?;
        Ok(Self {
            path: path.to_owned(),
            reader: BufReader::with_capacity(1 << 18, file),
            line: 0,
            next_line: 1,
            raw: Vec::new(),
            text: Vec::new(),
            ends: Vec::new(),
        })
    }

    fn fault(&self, cause: &str) -> Error {
        Error::Dump {
            path: self.path.display().to_string(),
            line: self.line.max(1),
            cause: cause.to_owned(),
        }
    }

    /// Reads the next record; false at the end of the file.
    fn next(&mut self) -> Result<bool, Error> {
        self.raw.clear();
        self.line = self.next_line;
        let mut quotes = 0_usize;
        loop {
            let before = self.raw.len();
            let read = self
                .reader
                .read_until(b'\n', &mut self.raw)
                .map_err(|cause| Error::Io {
                    path: self.path.display().to_string(),
                    cause,
                })?;
            let line = self.raw.get(before..).unwrap_or_default();
            quotes += memchr::memchr_iter(b'"', line).count();
            if read == 0 {
                if self.raw.is_empty() {
                    return Ok(false);
                }
                if !quotes.is_multiple_of(2) {
                    return Err(self.fault("a quote that opens in this record is never closed: the file is cut off or damaged"));
                }
                return Err(self.fault("the last record has no end of line: the file is cut off"));
            }
            self.next_line += 1;
            if self.raw.len() > LARGEST {
                return Err(self.fault(
                    "a record is larger than any row of PostgreSQL: a quote in it is never closed",
                ));
            }
            if quotes.is_multiple_of(2) && line.ends_with(b"\n") {
                break;
            }
        }
        self.raw.pop();
        if self.raw.last() == Some(&b'\r') {
            self.raw.pop();
        }
        if self.line == 1
            && let Some(rest) = self.raw.strip_prefix(b"\xEF\xBB\xBF")
        {
            self.raw = rest.to_vec();
        }
        self.split()?;
        Ok(true)
    }

    /// Takes the record apart.
    fn split(&mut self) -> Result<(), Error> {
        self.text.clear();
        self.ends.clear();
        let mut quoted = false;
        let mut inside = false;
        let mut start = 0;
        let mut bytes = self.raw.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' if inside => {
                    if bytes.next_if_eq(&b'"').is_some() {
                        self.text.push(b'"');
                    } else {
                        inside = false;
                    }
                }
                b'"' => {
                    inside = true;
                    quoted = true;
                }
                b',' if !inside => {
                    self.ends
                        .push((self.text.len(), !quoted && self.text.len() == start));
                    start = self.text.len();
                    quoted = false;
                }
                other => self.text.push(other),
            }
        }
        if inside {
            return Err(self.fault("a quote in this record is never closed"));
        }
        self.ends
            .push((self.text.len(), !quoted && self.text.len() == start));
        Ok(())
    }

    /// The fields of the record; `None` is NULL.
    fn fields(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let mut start = 0;
        self.ends.iter().map(move |(end, null)| {
            let field = self.text.get(start..*end).unwrap_or_default();
            start = *end;
            (!null).then_some(field)
        })
    }
}

impl Source for CsvFolder {
    fn describe(&self) -> String {
        format!("CSV files in {}", self.folder.display())
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn server_version(&self) -> Option<String> {
        None
    }

    fn loose(&self) -> Option<&'static str> {
        Some("CSV files may be of different moments, and nothing has checked them")
    }

    fn alembic_versions(&self) -> Option<Vec<String>> {
        self.alembic.clone()
    }

    fn sequence_state(&self, _name: &QualName) -> Option<SequenceState> {
        None
    }

    fn table_size(&self, table: &QualName) -> Option<TableSize> {
        self.files.get(table).map(|(_, bytes)| TableSize {
            rows: 0,
            bytes: *bytes,
            exact: false,
        })
    }

    fn read(
        &mut self,
        table: &QualName,
        columns: &[String],
        _format: CopyFormat,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        let Some((path, _)) = self.files.get(table) else {
            return Err(Error::Missing(format!(
                "{} has no file {table}.csv; leave the table out with --exclude, or write it with COPY",
                self.folder.display()
            )));
        };
        self.rows(path, table, columns, row)
    }

    fn restrict(&mut self, table: &QualName, _condition: &str) -> Result<(), Error> {
        Err(Error::Config(format!(
            "--where {table}: CSV files cannot evaluate conditions; write the file with COPY (SELECT .. WHERE ..)"
        )))
    }
}
