//! SQLite files as the port needs them: opened for a bulk load, stripped of what slows inserting down and given it back with
//! the same text, checked, and brought safely to disk.
//!
//! A file that is being loaded is not published: after a crash or a fault whoever made it throws it away, or goes on with it where
//! [`AfterKill`] allows. That is why it is loaded without waiting for the disk.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::bulk::{self, Built, Hidden};

/// A statement of the bulk load that failed.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {doing}: {cause}")]
pub struct Error {
    /// The file.
    pub path: String,
    /// What was being done.
    pub doing: String,
    /// SQLite's or the system's words.
    pub cause: String,
}

/// How a file is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadOptions {
    /// Page cache in KiB. Dirty pages beyond it are written early.
    pub cache_kib: u32,
    /// What a process that is killed leaves.
    pub after_kill: AfterKill,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            cache_kib: 65_536,
            after_kill: AfterKill::default(),
        }
    }
}

/// What a process that is killed while it loads leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AfterKill {
    /// A file that is good for nothing: no rollback journal is kept.
    #[default]
    Broken,
    /// A file as it was at the last commit. It has a rollback journal, in which pages that the transaction adds do not stand: a load
    /// mostly adds, so that it costs less than a write-ahead log, through which every page goes. Nothing is synced, since what a
    /// process has written outlives it; the computer must not stop.
    LastCommit,
}

/// A file opened for a bulk load, by one connection that nobody else can read beside.
#[derive(Debug)]
pub struct Loader {
    connection: Connection,
    path: String,
}

/// What was taken from a file for the time of the load: indexes first, then triggers.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Stripped {
    /// Indexes that are built from sorted keys.
    pub hidden: Hidden,
    /// `CREATE INDEX` statements of others.
    pub indexes: Vec<String>,
    /// `CREATE TRIGGER` statements.
    pub triggers: Vec<String>,
}

/// A row that refers to no row: one line of `PRAGMA foreign_key_check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// Table of the row.
    pub table: String,
    /// Its rowid; a table WITHOUT ROWID has none.
    pub rowid: Option<i64>,
    /// Table that it refers to.
    pub parent: String,
    /// Number of the foreign key in `PRAGMA foreign_key_list`.
    pub key: i64,
}

/// A foreign key of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Table of the rows that refer.
    pub table: String,
    /// Table that they refer to.
    pub parent: String,
    /// The column of that table which is its rowid, if one is.
    pub parent_rowid: Option<String>,
    /// Its columns, and what each refers to; `None` is the key of the other table.
    pub columns: Vec<(String, Option<String>)>,
}

impl Loader {
    /// Opens a file that holds the schema already.
    ///
    /// # Errors
    /// The file is missing, is no SQLite database, or is open elsewhere.
    pub fn open(path: &Path, options: LoadOptions) -> Result<Self, Error> {
        let shown = path.display().to_string();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|e| Error {
            path: shown.clone(),
            doing: "opening it for the load".to_owned(),
            cause: e.to_string(),
        })?;
        let loader = Self {
            connection,
            path: shown,
        };
        // Rows come in any order, so references are checked once, at the end.
        let cache = options.cache_kib;
        let journal = match options.after_kill {
            AfterKill::Broken => "OFF",
            AfterKill::LastCommit => "TRUNCATE",
        };
        loader.batch(
            "preparing it for the load",
            &format!(
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = {journal}; PRAGMA synchronous = OFF;
                 PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = OFF;
                 PRAGMA cache_size = -{cache}; PRAGMA temp_store = FILE; PRAGMA threads = 2;
                 PRAGMA recursive_triggers = OFF;"
            ),
        )?;
        loader.batch("locking it", "BEGIN EXCLUSIVE; COMMIT;")?;
        Ok(loader)
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Path as it was given.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// An error of this file.
    pub fn error(&self, doing: impl Into<String>, cause: &rusqlite::Error) -> Error {
        Error {
            path: self.path.clone(),
            doing: doing.into(),
            cause: cause.to_string(),
        }
    }

    /// Runs statements.
    ///
    /// # Errors
    /// SQLite refuses one of them.
    pub fn batch(&self, doing: &str, sql: &str) -> Result<(), Error> {
        self.connection
            .execute_batch(sql)
            .map_err(|e| self.error(doing, &e))
    }

    /// A pragma that is a number.
    ///
    /// # Errors
    /// SQLite does not tell it.
    pub fn number(&self, pragma: &str) -> Result<i32, Error> {
        self.connection
            .query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
            .map_err(|e| self.error(format!("asking for {pragma}"), &e))
    }

    /// The first table of `tables` that has a row.
    ///
    /// # Errors
    /// A table does not exist or cannot be read.
    pub fn first_with_rows<'t>(
        &self,
        tables: impl Iterator<Item = &'t str>,
    ) -> Result<Option<&'t str>, Error> {
        for table in tables {
            let sql = format!("SELECT 1 FROM {} LIMIT 1", quote(table));
            let row = self
                .connection
                .query_row(&sql, [], |_| Ok(()))
                .optional()
                .map_err(|e| self.error(format!("looking into table {table}"), &e))?;
            if row.is_some() {
                return Ok(Some(table));
            }
        }
        Ok(None)
    }

    /// Deletes all rows of tables. Triggers and foreign keys do not act in a load.
    ///
    /// # Errors
    /// A table does not exist.
    pub fn clear<'t>(&self, tables: impl Iterator<Item = &'t str>) -> Result<(), Error> {
        for table in tables {
            let doing = format!("emptying table {table}");
            self.batch(&doing, &format!("DELETE FROM {}", quote(table)))?;
        }
        Ok(())
    }

    /// Drops triggers, which must not fire for rows that have been through them already, and takes off indexes: those that
    /// [`bulk`] can build, then those that enforce nothing. Other unique indexes stay, so that a row which breaks one is found
    /// when it comes. Rows of `clear`ed tables are deleted.
    ///
    /// # Errors
    /// SQLite refuses one of the statements.
    pub fn strip<'t>(&self, clear: impl Iterator<Item = &'t str>) -> Result<Stripped, Error> {
        let mut stripped = self.drop("trigger")?;
        // Out of sight, an index must be empty.
        self.clear(clear)?;
        stripped.hidden = bulk::hide(&self.connection)
            .map_err(|e| self.error("taking indexes off for the load", &e))?;
        stripped.indexes = self.drop("index")?.indexes;
        Ok(stripped)
    }

    fn drop(&self, which: &str) -> Result<Stripped, Error> {
        let doing = "taking indexes and triggers off for the load";
        let mut stripped = Stripped::default();
        let mut drops = String::new();
        let mut read = || -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare(
                "SELECT type, name, sql FROM sqlite_schema
                 WHERE sql IS NOT NULL AND type = ?1 ORDER BY rowid",
            )?;
            let mut rows = statement.query([which])?;
            while let Some(row) = rows.next()? {
                let (kind, name, sql): (String, String, String) =
                    (row.get(0)?, row.get(1)?, row.get(2)?);
                if kind == "trigger" {
                    stripped.triggers.push(sql);
                } else if sql.starts_with("CREATE UNIQUE ") {
                    continue;
                } else {
                    stripped.indexes.push(sql);
                }
                drops.push_str(&format!("DROP {kind} {};\n", quote(&name)));
            }
            Ok(())
        };
        read().map_err(|e| self.error(doing, &e))?;
        self.batch(doing, &format!("BEGIN;\n{drops}COMMIT;"))?;
        Ok(stripped)
    }

    /// Whether an index or trigger of this text is there: an earlier try that was broken off has made it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn has(&self, sql: &str) -> Result<bool, Error> {
        self.connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE sql = ?1)",
                [sql],
                |row| row.get(0),
            )
            .map_err(|e| self.error("looking for indexes", &e))
    }

    /// Ends what an earlier run left between the pages of its indexes and their rows in the schema; see [`bulk::settle`].
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn settle(&self, stripped: &Stripped) -> Result<(), Error> {
        bulk::settle(&self.connection, Path::new(&self.path), &stripped.hidden)
            .map_err(|e| self.bulk_error(&e))
    }

    fn bulk_error(&self, fault: &bulk::Fault) -> Error {
        Error {
            path: self.path.clone(),
            doing: "building indexes".to_owned(),
            cause: fault.to_string(),
        }
    }

    /// Builds the indexes that were taken out of sight; see [`bulk::build`].
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn build_hidden(
        &self,
        hidden: &Hidden,
        watch: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Built, Error> {
        // Tables are read from end to end, so that the memory is better given to the keys; what follows needs some again.
        self.cache(4 << 10)?;
        let built = bulk::build(&self.connection, Path::new(&self.path), hidden, watch)
            .map_err(|e| self.bulk_error(&e));
        self.cache(32 << 10)?;
        built
    }

    /// Sets the page cache in KiB and gives what it held back.
    fn cache(&self, kib: u32) -> Result<(), Error> {
        let sql = format!("PRAGMA cache_size = -{kib}; PRAGMA shrink_memory");
        self.batch("setting the page cache", &sql)
    }

    /// Makes one index again, with its own text.
    ///
    /// # Errors
    /// SQLite refuses the statement.
    pub fn restore_index(&self, sql: &str) -> Result<(), Error> {
        self.batch("building indexes", sql)
    }

    /// Makes triggers again, with their own text.
    ///
    /// # Errors
    /// SQLite refuses a statement.
    pub fn restore_triggers(&self, stripped: &Stripped) -> Result<(), Error> {
        for sql in &stripped.triggers {
            self.batch("putting triggers back", sql)?;
        }
        Ok(())
    }

    /// Sets what `AUTOINCREMENT` counts on from: the next key is one more, or more than that where the table has larger keys.
    ///
    /// # Errors
    /// The file has no `sqlite_sequence` (no table with `AUTOINCREMENT`).
    pub fn seed_sequence(&self, table: &str, last: i64) -> Result<(), Error> {
        let doing = || format!("setting the sequence of table {table}");
        let exists: bool = self
            .connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence')",
                [],
                |row| row.get(0),
            )
            .map_err(|e| self.error(doing(), &e))?;
        if !exists {
            return Err(Error {
                path: self.path.clone(),
                doing: doing(),
                cause: "no table of the file has AUTOINCREMENT".to_owned(),
            });
        }
        self.connection
            .execute("DELETE FROM sqlite_sequence WHERE name = ?1", [table])
            .and_then(|_| {
                self.connection.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
                    (table, last),
                )
            })
            .map_err(|e| self.error(doing(), &e))?;
        Ok(())
    }

    /// Rows that refer to no row, up to `limit`: of some tables, or of all.
    ///
    /// # Errors
    /// The check itself fails: a foreign key refers to columns that are no key.
    pub fn orphans(&self, tables: Option<&[String]>, limit: usize) -> Result<Vec<Orphan>, Error> {
        let check = |table, limit| {
            orphans(&self.connection, table, limit)
                .map_err(|e| self.error("checking foreign keys", &e))
        };
        let Some(tables) = tables else {
            return check(None, limit);
        };
        let mut found = Vec::new();
        for table in tables {
            found.extend(check(Some(table), limit.saturating_sub(found.len()))?);
        }
        Ok(found)
    }

    /// All foreign keys.
    ///
    /// # Errors
    /// The schema cannot be read.
    pub fn foreign_keys(&self) -> Result<Vec<ForeignKey>, Error> {
        self.read_foreign_keys()
            .map_err(|e| self.error("reading foreign keys", &e))
    }

    fn read_foreign_keys(&self) -> rusqlite::Result<Vec<ForeignKey>> {
        // A key that is the rowid has no index of its own.
        let mut rowid = self.connection.prepare(
            "SELECT name FROM pragma_table_info(?1) WHERE pk = 1 AND upper(type) = 'INTEGER'
             AND NOT EXISTS (SELECT 1 FROM pragma_table_info(?1) WHERE pk > 1)
             AND NOT EXISTS (SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk')",
        )?;
        let mut statement = self.connection.prepare(
            "SELECT m.name, f.\"table\", f.seq, f.\"from\", f.\"to\"
             FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
             WHERE m.type = 'table' ORDER BY m.rowid, f.id, f.seq",
        )?;
        let mut rows = statement.query([])?;
        let mut keys: Vec<ForeignKey> = Vec::new();
        while let Some(row) = rows.next()? {
            let (table, parent, seq): (String, String, i64) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let columns = (row.get(3)?, row.get(4)?);
            match keys.last_mut() {
                Some(key) if seq > 0 => key.columns.push(columns),
                _ => {
                    let parent_rowid = rowid.query_row([&parent], |row| row.get(0));
                    keys.push(ForeignKey {
                        table,
                        parent_rowid: parent_rowid.optional()?,
                        parent,
                        columns: vec![columns],
                    });
                }
            }
        }
        Ok(keys)
    }

    /// Lets SQLite look at samples of the tables' contents for its planner (`ANALYZE`).
    ///
    /// # Errors
    /// SQLite fails.
    pub fn analyze(&self) -> Result<(), Error> {
        self.batch(
            "collecting statistics",
            "PRAGMA analysis_limit = 1000; ANALYZE;",
        )
    }

    /// Ends the load: gives the lock up, sets the journal mode that a fresh file has, closes the file, and waits until it and its
    /// folder entry are on disk.
    ///
    /// # Errors
    /// The file cannot be written or synced.
    pub fn finish(self) -> Result<(), Error> {
        let path = self.path.clone();
        let fail = |cause: String| Error {
            path: path.clone(),
            doing: "bringing the file to disk".to_owned(),
            cause,
        };
        self.batch(
            "ending the load",
            "PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL; PRAGMA synchronous = FULL;",
        )?;
        self.connection
            .close()
            .map_err(|(_, e)| fail(e.to_string()))?;
        sync(Path::new(&path)).map_err(|e| fail(e.to_string()))
    }
}

/// A name of the rowid that no column of the table has; `None` where columns have all of them.
///
/// # Errors
/// There is no such table.
pub fn row_id(connection: &Connection, table: &str) -> rusqlite::Result<Option<&'static str>> {
    let statement = connection.prepare(&format!("SELECT * FROM {} LIMIT 0", quote(table)))?;
    let names: Vec<&str> = statement.column_names().collect();
    let free = |id: &&str| !names.iter().any(|n| n.eq_ignore_ascii_case(id));
    Ok(["_rowid_", "rowid", "oid"].into_iter().find(free))
}

/// Waits until a file and its entry in the folder are on disk.
///
/// # Errors
/// The system refuses.
pub fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

/// Rows that refer to no row, up to `limit`: of one table, or of all.
///
/// # Errors
/// A foreign key refers to columns that are no key.
pub fn orphans(
    connection: &Connection,
    table: Option<&str>,
    limit: usize,
) -> rusqlite::Result<Vec<Orphan>> {
    let of = table.map_or_else(String::new, |table| format!("({})", quote(table)));
    let mut statement = connection.prepare(&format!("PRAGMA foreign_key_check{of}"))?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        found.push(Orphan {
            table: row.get(0)?,
            rowid: row.get(1)?,
            parent: row.get(2)?,
            key: row.get(3)?,
        });
    }
    Ok(found)
}

/// What `PRAGMA integrity_check` says; empty when all is well.
///
/// # Errors
/// The file cannot be read.
pub fn integrity_faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// A name in double quotes.
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loader(sql: &str) -> (tempfile::TempDir, Loader) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let loader = Loader::open(&path, LoadOptions::default()).unwrap();
        (folder, loader)
    }

    fn schema(connection: &Connection) -> Vec<String> {
        connection
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap()
            .query_map([], |r| r.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    }

    #[test]
    fn what_is_stripped_comes_back_with_its_own_text() {
        let (_folder, loader) = loader(
            "CREATE TABLE \"odd \"\"name\" (a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT UNIQUE, c);
             CREATE INDEX \"i \"\"1\" on \"odd \"\"name\" (c  DESC) WHERE c>1;
             CREATE UNIQUE INDEX u ON \"odd \"\"name\"(lower(b));
             CREATE TRIGGER t AFTER INSERT ON \"odd \"\"name\" BEGIN SELECT 1; END;",
        );
        let before = schema(loader.connection());
        let stripped = loader.strip([].into_iter()).unwrap();
        // Partial and of an expression: neither is built from sorted keys.
        assert!(stripped.hidden.is_empty());
        assert_eq!((stripped.indexes.len(), stripped.triggers.len()), (1, 1));
        assert_eq!(schema(loader.connection()).len(), before.len() - 2);
        for index in &stripped.indexes {
            loader.restore_index(index).unwrap();
        }
        loader.restore_triggers(&stripped).unwrap();
        assert_eq!(schema(loader.connection()), before);
        loader.seed_sequence("odd \"name", 41).unwrap();
        loader
            .batch("insert", "INSERT INTO \"odd \"\"name\" (b) VALUES ('x')")
            .unwrap();
        let id: i64 = loader
            .connection()
            .query_row("SELECT max(a) FROM \"odd \"\"name\"", [], |r| r.get(0))
            .unwrap();
        assert_eq!(id, 42);
        assert!(integrity_faults(loader.connection()).unwrap().is_empty());
        loader.finish().unwrap();
    }

    #[test]
    fn orphans_are_found_with_their_rowid() {
        let (_folder, loader) = loader(
            "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER REFERENCES p (id));
             PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (1); INSERT INTO c VALUES (NULL);",
        );
        let orphans = loader.orphans(None, 10).unwrap();
        assert_eq!(orphans.len(), 1);
        assert_eq!(orphans.first().and_then(|o| o.rowid), Some(1));
        assert_eq!(
            loader.first_with_rows(["p", "c"].into_iter()).unwrap(),
            Some("c")
        );
    }

    #[test]
    fn a_file_that_is_no_database_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no.db");
        std::fs::write(&path, vec![7u8; 4096]).unwrap();
        let error = Loader::open(&path, LoadOptions::default()).unwrap_err();
        assert!(error.to_string().contains("not a database"), "{error}");
        assert!(Loader::open(&folder.path().join("none"), LoadOptions::default()).is_err());
    }
}
