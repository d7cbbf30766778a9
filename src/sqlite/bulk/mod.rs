//! Indexes of a file that is being loaded: out of sight while rows come, then built from their sorted keys, page by page.
//!
//! SQLite keeps a unique index row by row, and sorts and inserts entry by entry when it makes an index of many rows. Here the
//! indexes' rows are taken out of `sqlite_schema` while the tables are still empty (a table then stands there without UNIQUE and
//! PRIMARY KEY clauses); their root pages stay where they are. Once the rows are there, each index is sorted and its pages are
//! written behind the end of the file, and the schema gets its own rows and texts back, byte for byte.
//!
//! Only indexes of plain columns under the collation BINARY are built so; others SQLite keeps or makes itself. What is built is
//! proven afterwards like anything else in the file, by `PRAGMA integrity_check`.

mod key;
mod pages;
mod sort;

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crossbeam_channel::bounded;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::db::row_id;
use super::ddl::parse_table;
use super::emit::create_table;
use super::text::quote;
use key::{Entry, Numbers};
use pages::{Layout, Pages, Tree};
use sort::{Chunk, Runs};

/// A table whose statement has no UNIQUE and PRIMARY KEY clauses for now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Table {
    /// Its row in `sqlite_schema`.
    row: i64,
    /// Its own statement.
    sql: String,
}

/// A column of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Column {
    name: String,
    descending: bool,
    affinity: Affinity,
}

/// What a column makes of numbers (sqlite.org/datatype3.html, "Determination Of Column Affinity").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    fn of(declared: &str) -> Self {
        let declared = declared.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|w| declared.contains(w));
        if has(&["INT"]) {
            Self::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if declared.is_empty() || has(&["BLOB"]) {
            Self::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }

    fn numbers(self) -> Numbers {
        match self {
            Self::Integer | Self::Text | Self::Blob => Numbers::Whole,
            Self::Real => Numbers::Doubles,
            Self::Numeric => Numbers::Both,
        }
    }
}

/// An index that is out of sight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its row in `sqlite_schema`.
    row: i64,
    /// Its name; `sqlite_autoindex_..` for one that a constraint has made.
    pub name: String,
    /// Its table.
    pub table: String,
    root: u32,
    /// Its statement, if it has one.
    sql: Option<String>,
    unique: bool,
    columns: Vec<Column>,
}

impl Index {
    /// What SQLite says of a row that breaks it.
    pub fn breach(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|c| format!("{}.{}", self.table, c.name))
            .collect();
        format!("UNIQUE constraint failed: {}", columns.join(", "))
    }

    /// Rows that have the key of an earlier row, by rowid.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn duplicates(&self, connection: &Connection) -> rusqlite::Result<Vec<i64>> {
        // The index compares so, whatever the column does.
        let binary = |c: &Column| format!("{} COLLATE BINARY", quote(&c.name));
        let columns: Vec<String> = self.columns.iter().map(binary).collect();
        let id = row_id(connection, &self.table)?.unwrap_or("rowid");
        let present: Vec<String> = columns.iter().map(|c| format!("{c} IS NOT NULL")).collect();
        let sql = format!(
            "SELECT id FROM (SELECT {id} AS id, row_number() OVER (PARTITION BY {} ORDER BY {id}) AS n FROM {} WHERE {})
             WHERE n > 1 ORDER BY id",
            columns.join(", "),
            quote(&self.table),
            present.join(" AND "),
        );
        let mut statement = connection.prepare(&sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect()
    }
}

/// What is out of sight.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hidden {
    tables: Vec<Table>,
    indexes: Vec<Index>,
}

impl Hidden {
    /// How many indexes.
    pub fn len(&self) -> usize {
        self.indexes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.indexes.is_empty()
    }
}

/// What came of building.
#[derive(Debug, PartialEq, Eq)]
pub enum Built {
    /// Everything is there and in its place.
    Done,
    /// Rows of the table break this unique index; nothing was changed.
    Duplicates(Box<Index>),
    /// It was told to stop.
    Stopped,
}

/// Why building failed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// SQLite's words.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The system's.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Takes the indexes of empty tables out of sight, as far as [`build`] can make them.
///
/// # Errors
/// The schema cannot be read or changed.
pub fn hide(connection: &Connection) -> rusqlite::Result<Hidden> {
    let text = |pragma: &str| -> rusqlite::Result<String> {
        connection.query_row(&format!("SELECT * FROM pragma_{pragma}"), [], |row| {
            Ok(match row.get_ref(0)? {
                rusqlite::types::ValueRef::Integer(n) => n.to_string(),
                other => other.as_str().unwrap_or_default().to_owned(),
            })
        })
    };
    if text("encoding")? != "UTF-8" || text("auto_vacuum")? != "0" {
        return Ok(Hidden::default());
    }
    let mut hidden = Hidden::default();
    let mut changes = String::new();
    let mut statement = connection.prepare(
        "SELECT rowid, name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY rowid",
    )?;
    let tables: Vec<(i64, String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (row, name, sql) in tables {
        // A primary key of a STRICT table is NOT NULL by itself.
        let Some(mut table) = parse_table(&sql).filter(|t| !t.without_rowid && !t.strict) else {
            continue;
        };
        if row_id(connection, &name)?.is_none() {
            continue;
        }
        let empty = format!("SELECT NOT EXISTS (SELECT 1 FROM {})", quote(&name));
        if !connection.query_row(&empty, [], |row| row.get(0))? {
            continue;
        }
        let (made, own): (Vec<Found>, Vec<Found>) = indexes(connection, &name)?
            .into_iter()
            .partition(|index| index.index.sql.is_some());
        // The statement is changed only where it is understood to the letter.
        if !own.is_empty() && own.iter().all(|i| i.plain) && create_table(&table) == sql {
            table.uniques.clear();
            if own.iter().any(|i| i.primary) {
                table.primary_key = None;
            }
            changes.push_str(&format!(
                "UPDATE sqlite_schema SET sql = {} WHERE rowid = {row};\n",
                super::text::string_literal(&create_table(&table))
            ));
            hidden.tables.push(Table { row, sql });
            hidden.indexes.extend(own.into_iter().map(|i| i.index));
        }
        let plain = made.into_iter().filter(|i| i.plain);
        hidden.indexes.extend(plain.map(|i| i.index));
    }
    if hidden.is_empty() {
        return Ok(hidden);
    }
    for index in &hidden.indexes {
        changes.push_str(&format!(
            "DELETE FROM sqlite_schema WHERE rowid = {};\n",
            index.row
        ));
    }
    drop(statement);
    change_schema(connection, &changes)?;
    Ok(hidden)
}

/// Changes rows of `sqlite_schema` and has SQLite read it again.
fn change_schema(connection: &Connection, changes: &str) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "PRAGMA writable_schema = ON; BEGIN;\n{changes}COMMIT; PRAGMA writable_schema = RESET;"
    ))
}

struct Found {
    index: Index,
    /// [`build`] can make it.
    plain: bool,
    /// It is that of the primary key.
    primary: bool,
}

fn indexes(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Found>> {
    let mut statement = connection.prepare(
        "SELECT s.rowid, l.name, s.rootpage, s.sql, l.\"unique\", l.origin, l.partial
         FROM pragma_index_list(?1) l JOIN sqlite_schema s ON s.type = 'index' AND s.name = l.name
         ORDER BY s.rowid",
    )?;
    let mut columns = connection.prepare(
        "SELECT x.cid, x.name, x.\"desc\", x.coll, t.type FROM pragma_index_xinfo(?1) x
         LEFT JOIN pragma_table_xinfo(?2) t ON t.cid = x.cid WHERE x.key ORDER BY x.seqno",
    )?;
    let mut found = Vec::new();
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(1)?;
        let mut plain = !row.get::<_, bool>(6)?;
        let mut parts = Vec::new();
        let mut keys = columns.query([name.as_str(), table])?;
        while let Some(key) = keys.next()? {
            let (cid, collation): (i64, Option<String>) = (key.get(0)?, key.get(3)?);
            plain &= cid >= 0 && collation.as_deref() == Some("BINARY");
            parts.push(Column {
                name: key.get::<_, Option<String>>(1)?.unwrap_or_default(),
                descending: key.get(2)?,
                affinity: Affinity::of(&key.get::<_, Option<String>>(4)?.unwrap_or_default()),
            });
        }
        found.push(Found {
            plain,
            primary: row.get::<_, String>(5)? == "pk",
            index: Index {
                row: row.get(0)?,
                name,
                table: table.to_owned(),
                root: row.get(2)?,
                sql: row.get(3)?,
                unique: row.get(4)?,
                columns: parts,
            },
        });
    }
    Ok(found)
}

/// Memory for the keys that are collected for one table.
const COLLECTED: usize = 12 << 20;

/// Where the page count is noted while the header has the new one and the schema has not the indexes' rows.
fn note(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-pages");
    PathBuf::from(name)
}

/// Builds the hidden indexes and gives the schema its rows and texts back. `connection` is the only one on the file and in no
/// transaction; `watch` hears which index is built next (from 1) and says whether to go on.
///
/// # Errors
/// The file cannot be read or written.
pub fn build(
    connection: &Connection,
    path: &Path,
    hidden: &Hidden,
    watch: &mut dyn FnMut(usize) -> bool,
) -> Result<Built, Fault> {
    let number = |pragma: &str| -> rusqlite::Result<u32> {
        connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
    };
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let note = note(path);
    if shown(connection, hidden)? {
        return Ok(Built::Done);
    }
    let before = number("page_count")?;
    let mut reserved = [0_u8; 1];
    file.read_exact_at(&mut reserved, 20)?;
    let page = usize::try_from(number("page_size")?).unwrap_or(4096);
    let layout = Layout {
        page,
        usable: page - usize::from(reserved[0]),
    };
    let mut pages = Pages::new(&file, layout, before);
    // A run that was broken off may have left roots that lead behind the end of the file.
    for index in &hidden.indexes {
        pages.empty(index.root)?;
    }
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
    let mut left_over = Vec::new();
    let made = make_all(
        connection,
        &mut pages,
        folder.unwrap_or(Path::new(".")),
        hidden,
        watch,
        &mut left_over,
    )?;
    if made != Built::Done {
        return Ok(made);
    }
    for index in left_over.iter().filter(|i| i.unique) {
        if !index.duplicates(connection)?.is_empty() {
            return Ok(Built::Duplicates(Box::new((*index).clone())));
        }
    }
    pages.flush()?;
    let count = pages.count;
    std::fs::write(&note, before.to_string())?;
    set_pages(connection, &file, count)?;
    restore(connection, hidden)?;
    for index in left_over {
        connection.execute_batch(&format!("REINDEX {}", quote(&index.name)))?;
    }
    std::fs::remove_file(&note)?;
    Ok(Built::Done)
}

/// Ends what a killed run left between the new header and the end of [`build`]: takes the new pages off again, or, where the
/// schema leads to them already, has SQLite make the indexes anew.
///
/// # Errors
/// The file cannot be read or written.
pub fn settle(connection: &Connection, path: &Path, hidden: &Hidden) -> Result<(), Fault> {
    let note = note(path);
    let Ok(noted) = std::fs::read_to_string(&note) else {
        return Ok(());
    };
    if shown(connection, hidden)? {
        for index in &hidden.indexes {
            connection.execute_batch(&format!("REINDEX {}", quote(&index.name)))?;
        }
    } else if let Ok(count) = noted.trim().parse() {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        set_pages(connection, &file, count)?;
    }
    std::fs::remove_file(&note)?;
    Ok(())
}

/// Whether the schema has the hidden rows again: an earlier run has come so far.
fn shown(connection: &Connection, hidden: &Hidden) -> rusqlite::Result<bool> {
    let Some(index) = hidden.indexes.first() else {
        return Ok(true);
    };
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1)",
        [&index.name],
        |row| row.get(0),
    )
}

/// Tells the file how many pages it has, and SQLite that it has changed.
fn set_pages(connection: &Connection, file: &File, count: u32) -> Result<(), Fault> {
    // Without the lock SQLite looks whether the file has changed, and believes the header.
    let tables = "SELECT count(*) FROM sqlite_schema";
    connection.execute_batch("PRAGMA locking_mode = NORMAL")?;
    connection.query_row(tables, [], |_| Ok(()))?;
    write_header(file, count)?;
    connection.query_row(tables, [], |_| Ok(()))?;
    let seen: u32 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    if seen != count {
        return Err(io::Error::other("the file's new pages are not seen").into());
    }
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    connection.query_row(tables, [], |_| Ok(()))?;
    Ok(())
}

/// The number of pages and the change counter (sqlite.org/fileformat2.html, "The Database Header").
fn write_header(file: &File, count: u32) -> io::Result<()> {
    let mut counter = [0_u8; 4];
    file.read_exact_at(&mut counter, 24)?;
    let counter = u32::from_be_bytes(counter).wrapping_add(1).to_be_bytes();
    file.write_all_at(&counter, 24)?;
    file.write_all_at(&count.to_be_bytes(), 28)?;
    file.write_all_at(&counter, 92)
}

/// The rows of `sqlite_schema` as they were.
fn restore(connection: &Connection, hidden: &Hidden) -> rusqlite::Result<()> {
    let literal = super::text::string_literal;
    let mut changes = String::new();
    for table in &hidden.tables {
        changes.push_str(&format!(
            "UPDATE sqlite_schema SET sql = {} WHERE rowid = {};\n",
            literal(&table.sql),
            table.row
        ));
    }
    for index in &hidden.indexes {
        let sql = index
            .sql
            .as_deref()
            .map_or_else(|| "NULL".to_owned(), literal);
        changes.push_str(&format!(
            "INSERT INTO sqlite_schema (rowid, type, name, tbl_name, rootpage, sql) VALUES ({}, 'index', {}, {}, {}, {sql});\n",
            index.row,
            literal(&index.name),
            literal(&index.table),
            index.root,
        ));
    }
    change_schema(connection, &changes)
}

/// What is handed to the thread that sorts and writes.
enum Job<'h> {
    /// Keys of the index in this place.
    Keys(usize, Chunk),
    /// All keys of it are there.
    Finish(usize, &'h Index),
}

/// Makes the pages of all indexes, table by table. Which pages an index gets follows from its place alone.
fn make_all<'h>(
    connection: &Connection,
    pages: &mut Pages<'_>,
    folder: &Path,
    hidden: &'h Hidden,
    watch: &mut dyn FnMut(usize) -> bool,
    left_over: &mut Vec<&'h Index>,
) -> Result<Built, Fault> {
    let longest = pages.layout.longest();
    let (send, jobs) = bounded::<Job<'h>>(2);
    let (give_back, spare) = bounded::<Chunk>(8);
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || -> Result<Option<&'h Index>, Fault> {
            let mut runs: Vec<Option<Runs>> = hidden.indexes.iter().map(|_| None).collect();
            for job in jobs {
                match job {
                    Job::Keys(place, mut chunk) => {
                        let Some(slot) = runs.get_mut(place) else {
                            continue;
                        };
                        if slot.is_none() {
                            *slot = Some(Runs::new(folder)?);
                        }
                        if let Some(runs) = slot {
                            runs.add(&chunk)?;
                        }
                        chunk.clear();
                        let _ = give_back.try_send(chunk);
                    }
                    Job::Finish(place, index) => {
                        let sorted = runs.get_mut(place).and_then(Option::take);
                        if let Some(sorted) = sorted
                            && !write(sorted, index, pages)?
                        {
                            return Ok(Some(index));
                        }
                    }
                }
            }
            Ok(None)
        });
        let mut collect = || -> Result<bool, Fault> {
            let mut rest: &[Index] = &hidden.indexes;
            let mut first = 0;
            while let Some(index) = rest.first() {
                let same = |i: &&Index| i.table == index.table;
                let (these, others) = rest.split_at(rest.iter().take_while(same).count());
                let mut scan = Scan {
                    connection,
                    indexes: these,
                    first,
                    longest,
                    send: &send,
                    spare: &spare,
                };
                match scan.run(watch)? {
                    Scanned::All(unfit) => {
                        for (place, index) in these.iter().enumerate() {
                            if unfit.contains(&place) {
                                left_over.push(index);
                            } else if send.send(Job::Finish(first + place, index)).is_err() {
                                return Ok(true);
                            }
                        }
                    }
                    Scanned::Stopped => return Ok(false),
                    Scanned::NobodyListens => return Ok(true),
                }
                first += these.len();
                rest = others;
            }
            Ok(true)
        };
        let collected = collect();
        drop(send);
        let written = match worker.join() {
            Ok(written) => written?,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        Ok(match (collected?, written) {
            (false, _) => Built::Stopped,
            (true, Some(index)) => Built::Duplicates(Box::new(index.clone())),
            (true, None) => Built::Done,
        })
    })
}

/// Writes the pages of one index; false when a unique one has a key twice.
fn write(runs: Runs, index: &Index, pages: &mut Pages<'_>) -> Result<bool, Fault> {
    let descending: Vec<bool> = index.columns.iter().map(|c| c.descending).collect();
    let mut tree = Tree::new();
    let mut entry = Entry::default();
    let mut last: Vec<u8> = Vec::new();
    let mut twice = false;
    let damaged = || Fault::Io(io::Error::other("a sorted key does not read back"));
    runs.merge(&mut |key| -> Result<(), Fault> {
        entry.read(key, &descending).ok_or_else(damaged)?;
        if index.unique && !entry.has_null {
            let columns = key.get(..entry.columns).unwrap_or_default();
            twice |= !last.is_empty() && columns == last;
            last.clear();
            last.extend_from_slice(columns);
        }
        tree.push(&entry.record, pages)?;
        Ok(())
    })?;
    if !twice {
        tree.finish(index.root, pages)?;
    }
    Ok(!twice)
}

fn value_length(value: rusqlite::types::ValueRef<'_>) -> usize {
    use rusqlite::types::ValueRef;
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 0,
    }
}

/// What reading a table came to.
enum Scanned {
    /// Its end; the places of indexes that SQLite has to make.
    All(Vec<usize>),
    Stopped,
    NobodyListens,
}

/// Reads the keys of a table for all its indexes.
struct Scan<'s, 'h> {
    connection: &'s Connection,
    indexes: &'h [Index],
    /// The first one's place among all.
    first: usize,
    longest: usize,
    send: &'s crossbeam_channel::Sender<Job<'h>>,
    spare: &'s crossbeam_channel::Receiver<Chunk>,
}

impl Scan<'_, '_> {
    fn run(&mut self, watch: &mut dyn FnMut(usize) -> bool) -> Result<Scanned, Fault> {
        let Some(table) = self.indexes.first().map(|i| i.table.as_str()) else {
            return Ok(Scanned::All(Vec::new()));
        };
        let mut names: Vec<&str> = Vec::new();
        for column in self.indexes.iter().flat_map(|i| &i.columns) {
            if !names.contains(&column.name.as_str()) {
                names.push(&column.name);
            }
        }
        let place = |name: &str| names.iter().position(|n| *n == name).unwrap_or(0);
        let plans: Vec<Vec<(usize, Numbers, bool)>> = self
            .indexes
            .iter()
            .map(|index| {
                let part = |c: &Column| (place(&c.name), c.affinity.numbers(), c.descending);
                index.columns.iter().map(part).collect()
            })
            .collect();
        let list: Vec<String> = names.iter().map(|n| quote(n)).collect();
        let sql = format!(
            "SELECT {}, {} FROM {} NOT INDEXED",
            list.join(", "),
            row_id(self.connection, table)?.unwrap_or("rowid"),
            quote(table)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let most = (COLLECTED / self.indexes.len().max(1)).max(1 << 20);
        let mut chunks: Vec<Option<Chunk>> = plans.iter().map(|_| Some(Chunk::default())).collect();
        if !watch(self.first + 1) {
            return Ok(Scanned::Stopped);
        }
        let mut count = 0_u64;
        while let Some(row) = rows.next()? {
            count += 1;
            if count.is_multiple_of(1 << 16) && !watch(self.first + 1) {
                return Ok(Scanned::Stopped);
            }
            let rowid: i64 = row.get(names.len())?;
            for (number, (slot, plan)) in chunks.iter_mut().zip(&plans).enumerate() {
                let Some(chunk) = slot else {
                    continue;
                };
                let start = chunk.bytes.len();
                let mut fits = true;
                for (place, numbers, descending) in plan {
                    let value = row.get_ref(*place)?;
                    if value_length(value) > self.longest {
                        fits = false;
                        break;
                    }
                    fits &= key::push(value, *numbers, *descending, &mut chunk.bytes).is_some();
                }
                key::push_integer(rowid, &mut chunk.bytes);
                // A record can be longer than its sorted form by the types of its columns and its own header.
                if !fits || chunk.bytes.len() - start + 5 * plan.len() + 4 > self.longest {
                    *slot = None;
                    continue;
                }
                chunk.end();
                if chunk.weight() >= most {
                    let next = self.spare.try_recv().unwrap_or_default();
                    let full = std::mem::replace(chunk, next);
                    if self
                        .send
                        .send(Job::Keys(self.first + number, full))
                        .is_err()
                    {
                        return Ok(Scanned::NobodyListens);
                    }
                }
            }
        }
        let mut unfit = Vec::new();
        for (number, slot) in chunks.into_iter().enumerate() {
            match slot {
                None => unfit.push(number),
                Some(chunk) if chunk.is_empty() => {}
                Some(chunk) => {
                    if self
                        .send
                        .send(Job::Keys(self.first + number, chunk))
                        .is_err()
                    {
                        return Ok(Scanned::NobodyListens);
                    }
                }
            }
        }
        Ok(Scanned::All(unfit))
    }
}
