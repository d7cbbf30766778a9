//! One file of a division: its schema, its rows, its indexes; read back and compared.

use std::path::Path;

use indexmap::IndexMap;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};
use xxhash_rust::xxh3::Xxh3;

use super::routes::{Route, Table, route_table, same_row};
use super::{Error, Options, Part, Shared, Unrouted, fault};
use crate::sqlite::db::{integrity_faults, orphans, quote, sync};
use crate::sqlite::emit::emit_schema;
use crate::sqlite::{inspect, publish};

/// The statements of a file: tables and views, then what comes after the rows.
#[derive(Debug, Clone, Default)]
struct Script {
    tables: Vec<String>,
    rest: Vec<String>,
}

/// Writes files out of a whole one, in which the tenants of all rows are written down.
pub struct Writer<'a> {
    db: &'a Connection,
    tables: &'a [Table],
    routes: &'a [Route],
    options: &'a Options,
    tenant: Script,
    shared: Script,
    left_out: Vec<String>,
    version: i64,
}

impl<'a> Writer<'a> {
    pub fn new(
        db: &'a Connection,
        tables: &'a [Table],
        routes: &'a [Route],
        options: &'a Options,
    ) -> Result<Self, Error> {
        let doing = || fault("reading the schema");
        let version = db
            .query_row("PRAGMA main.user_version", [], |row| row.get(0))
            .map_err(doing())?;
        let mut writer = Self {
            db,
            tables,
            routes,
            options,
            tenant: Script::default(),
            shared: Script::default(),
            left_out: Vec::new(),
            version,
        };
        match options.shared {
            Shared::Each => writer.tenant = whole_script(db).map_err(doing())?,
            Shared::One => writer.divide().map_err(doing())?,
        }
        Ok(writer)
    }

    /// Foreign keys that the tenants' files do not have.
    pub fn left_out(&self) -> Vec<String> {
        self.left_out.clone()
    }

    fn is_shared(&self, name: &str) -> bool {
        let mut pairs = self.tables.iter().zip(self.routes);
        pairs.any(|(t, route)| t.name.eq_ignore_ascii_case(name) && *route == Route::Shared)
    }

    /// The schema in two: shared tables apart, no foreign key between both.
    fn divide(&mut self) -> rusqlite::Result<()> {
        let whole = inspect::read(self.db)?;
        let mut sides = [whole.clone(), whole];
        for (side, wanted) in sides.iter_mut().zip([false, true]) {
            side.tables.retain(|t| self.is_shared(&t.name) == wanted);
            side.indexes.retain(|i| self.is_shared(&i.table) == wanted);
            side.triggers.retain(|t| self.is_shared(&t.table) == wanted);
            if wanted {
                side.views.clear();
            }
            for table in &mut side.tables {
                let (kept, out): (Vec<_>, Vec<_>) = std::mem::take(&mut table.foreign_keys)
                    .into_iter()
                    .partition(|fk| self.is_shared(&fk.ref_table) == wanted);
                table.foreign_keys = kept;
                self.left_out.extend(out.iter().map(|fk| {
                    format!(
                        "{} ({}) to {}",
                        table.name,
                        fk.columns.join(", "),
                        fk.ref_table
                    )
                }));
            }
        }
        let [tenant, shared] = sides.map(|side| {
            let script = emit_schema(&side);
            let is_table = |sql: &String| sql.starts_with("CREATE TABLE");
            let (tables, mut rest): (Vec<_>, Vec<_>) = script.up.into_iter().partition(is_table);
            rest.extend(script.triggers_up);
            Script { tables, rest }
        });
        (self.tenant, self.shared) = (tenant, shared);
        Ok(())
    }

    /// Tables of a file.
    fn tables_of(&self, tenant: Option<&Value>) -> Vec<(usize, &'a Table, &'a Route)> {
        let wanted = |route: &Route| match (self.options.shared, tenant) {
            (Shared::Each, _) => true,
            (Shared::One, Some(_)) => *route != Route::Shared,
            (Shared::One, None) => *route == Route::Shared,
        };
        let pairs = self.tables.iter().zip(self.routes).enumerate();
        pairs
            .filter(|(_, (_, route))| wanted(route))
            .map(|(at, (table, route))| (at, table, route))
            .collect()
    }

    /// The query that gives a table's rows for a file.
    fn rows(&self, at: usize, table: &Table, route: &Route) -> String {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|c| format!("c.{}", quote(c)))
            .collect();
        let columns = columns.join(", ");
        let name = quote(&table.name);
        if *route == Route::Shared {
            // Every statement has the same parameter.
            return format!("SELECT {columns} FROM main.{name} c WHERE ?1 IS ?1");
        }
        let none = match self.options.unrouted {
            Unrouted::Each => " OR r.tenant IS NULL",
            Unrouted::Refuse | Unrouted::Drop => "",
        };
        format!(
            "SELECT {columns} FROM {} r JOIN main.{name} c ON {} WHERE r.tenant = ?1{none}",
            route_table(at),
            same_row(table, "r", "c")
        )
    }

    /// Writes a file, of a tenant or of the shared tables.
    pub fn part(&self, folder: &Path, name: &str, tenant: Option<&Value>) -> Result<Part, Error> {
        let path = folder.join(name);
        let doing = || fault(format!("writing {name}"));
        let script = match (self.options.shared, tenant) {
            (Shared::One, None) => &self.shared,
            _ => &self.tenant,
        };
        self.make(&path, &script.tables).map_err(doing())?;
        self.fill(&path, tenant).map_err(doing())?;
        let part = Connection::open(&path).map_err(doing())?;
        self.complete(&part, script).map_err(doing())?;
        let tables = self.compare(&part, name, tenant)?;
        // The journal mode is the whole's.
        let mode: String = self
            .db
            .query_row("PRAGMA main.journal_mode", [], |row| row.get(0))
            .map_err(doing())?;
        if mode.eq_ignore_ascii_case("wal") {
            part.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
                .map_err(doing())?;
        }
        part.close().map_err(|(_, cause)| doing()(cause))?;
        let io = |cause: std::io::Error| Error::Io {
            path: path.display().to_string(),
            cause,
        };
        sync(&path).map_err(io)?;
        let (sha256, bytes) =
            publish::sha256_file(&path).map_err(|e| io(std::io::Error::other(e.to_string())))?;
        Ok(Part {
            file: name.to_owned(),
            tenant: match tenant {
                None | Some(Value::Null) => serde_json::Value::Null,
                Some(Value::Integer(n)) => (*n).into(),
                Some(Value::Real(r)) => (*r).into(),
                Some(Value::Text(text)) => text.clone().into(),
                Some(Value::Blob(bytes)) => bytes
                    .iter()
                    .map(|b| format!("{b:02x}"))
                    .collect::<String>()
                    .into(),
            },
            bytes,
            sha256,
            tables,
        })
    }

    fn make(&self, path: &Path, tables: &[String]) -> rusqlite::Result<()> {
        let part = Connection::open(path)?;
        let page: i64 = self
            .db
            .query_row("PRAGMA main.page_size", [], |row| row.get(0))?;
        part.execute_batch(&format!(
            "PRAGMA page_size = {page}; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN"
        ))?;
        for sql in tables {
            part.execute_batch(sql)?;
        }
        part.execute_batch("COMMIT")?;
        part.close().map_err(|(_, cause)| cause)
    }

    fn fill(&self, path: &Path, tenant: Option<&Value>) -> rusqlite::Result<()> {
        let db = self.db;
        db.execute("ATTACH ?1 AS part", [path.to_string_lossy()])?;
        let copy = || -> rusqlite::Result<()> {
            db.execute_batch("PRAGMA part.synchronous = OFF; BEGIN")?;
            for (at, table, route) in self.tables_of(tenant) {
                let columns: Vec<String> = table.columns.iter().map(|c| quote(c)).collect();
                let sql = format!(
                    "INSERT INTO part.{} ({}) {}",
                    quote(&table.name),
                    columns.join(", "),
                    self.rows(at, table, route)
                );
                db.execute(&sql, [tenant.unwrap_or(&Value::Null)])?;
            }
            let counts = "SELECT count(*) FROM part.sqlite_schema WHERE name = 'sqlite_sequence'";
            let counts: i64 = db.query_row(counts, [], |row| row.get(0))?;
            if counts > 0 {
                // Keys stay unique over all files up to here.
                db.execute_batch(
                    "DELETE FROM part.sqlite_sequence;
                     INSERT INTO part.sqlite_sequence (name, seq) SELECT name, seq FROM main.sqlite_sequence
                     WHERE name IN (SELECT name FROM part.sqlite_schema WHERE type = 'table')",
                )?;
            }
            db.execute_batch("COMMIT")
        };
        let copied = copy();
        if copied.is_err() && !db.is_autocommit() {
            db.execute_batch("ROLLBACK")?;
        }
        db.execute_batch("DETACH part")?;
        copied
    }

    /// Indexes, views, triggers, statistics and the header.
    fn complete(&self, part: &Connection, script: &Script) -> rusqlite::Result<()> {
        part.execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN")?;
        for sql in &script.rest {
            part.execute_batch(sql)?;
        }
        part.execute_batch(&format!(
            "PRAGMA user_version = {}; PRAGMA analysis_limit = 1000; ANALYZE; COMMIT",
            self.version
        ))
    }

    /// Compares a file with the whole; gives the rows of its tables.
    fn compare(
        &self,
        part: &Connection,
        name: &str,
        tenant: Option<&Value>,
    ) -> Result<IndexMap<String, u64>, Error> {
        let doing = || fault(format!("reading {name} back"));
        let mut rows = IndexMap::new();
        let mut wrong = Vec::new();
        for (at, table, route) in self.tables_of(tenant) {
            let wanted = self.rows(at, table, route);
            let tenant = [tenant.unwrap_or(&Value::Null)];
            let wanted = digest(self.db, &wanted, &tenant).map_err(doing())?;
            let columns: Vec<String> = table.columns.iter().map(|c| quote(c)).collect();
            let sql = format!("SELECT {} FROM {}", columns.join(", "), quote(&table.name));
            let found = digest(part, &sql, &[]).map_err(doing())?;
            if wanted != found {
                return Err(Error::Different(format!(
                    "{name}: table {} has {} rows and not the {} that were written",
                    table.name, found.0, wanted.0
                )));
            }
            rows.insert(table.name.clone(), found.0);
        }
        for lost in orphans(part, None, 5).map_err(doing())? {
            wrong.push(format!(
                "{name}: a row of table {} refers to a row of table {} that is another tenant's or was left out",
                lost.table, lost.parent
            ));
        }
        wrong.extend(unusable(part).map_err(doing())?.into_iter().map(|what| {
            format!("{name}: {what}; choose --shared each, which copies the shared tables")
        }));
        if !wrong.is_empty() {
            return Err(Error::Refused(wrong));
        }
        match integrity_faults(part).map_err(doing())?.first() {
            None => Ok(rows),
            Some(fault) => Err(Error::Different(format!("{name}: {fault}"))),
        }
    }
}

/// The schema of the whole file, with its own texts.
fn whole_script(db: &Connection) -> rusqlite::Result<Script> {
    let mut list = db.prepare(
        "SELECT type, sql FROM main.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
    )?;
    let mut script = Script::default();
    let mut rows = list.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, sql): (String, String) = (row.get(0)?, row.get(1)?);
        match kind.as_str() {
            "table" => script.tables.push(sql),
            _ => script.rest.push(sql),
        }
    }
    Ok(script)
}

/// Number of rows and a digest that does not depend on their order.
fn digest(db: &Connection, sql: &str, arguments: &[&Value]) -> rusqlite::Result<(u64, u128)> {
    let mut statement = db.prepare(sql)?;
    let width = statement.column_count();
    let mut rows = statement.query(params_from_iter(arguments))?;
    let (mut count, mut sum) = (0_u64, 0_u128);
    while let Some(row) = rows.next()? {
        let mut hash = Xxh3::new();
        for at in 0..width {
            let value = row.get_ref(at)?;
            let number = match value {
                ValueRef::Integer(n) => n.to_le_bytes(),
                ValueRef::Real(r) => r.to_le_bytes(),
                _ => [0; 8],
            };
            let (kind, bytes): (u8, &[u8]) = match value {
                ValueRef::Null => (0, &[]),
                ValueRef::Integer(_) => (1, &number),
                ValueRef::Real(_) => (2, &number),
                ValueRef::Text(text) => (3, text),
                ValueRef::Blob(bytes) => (4, bytes),
            };
            hash.update(&[kind]);
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
        count += 1;
        sum = sum.wrapping_add(hash.digest128());
    }
    Ok((count, sum))
}

/// Views and triggers that name a table which is not there: SQLite makes them and fails when they are used.
fn unusable(part: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut list = part.prepare(
        "SELECT type, name, tbl_name FROM sqlite_schema WHERE type IN ('view', 'trigger')",
    )?;
    let objects: Vec<(String, String, String)> = list
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut out = Vec::new();
    for (kind, name, table) in objects {
        let column: Option<String> = part
            .query_row(
                "SELECT name FROM pragma_table_info(?1) LIMIT 1",
                [&table],
                |row| row.get(0),
            )
            .ok();
        let (quoted, column) = (quote(&table), column.map(|c| quote(&c)));
        let statements = match (kind.as_str(), column) {
            ("trigger", Some(column)) => vec![
                format!("EXPLAIN INSERT INTO {quoted} ({column}) VALUES (NULL)"),
                format!("EXPLAIN UPDATE {quoted} SET {column} = {column}"),
                format!("EXPLAIN DELETE FROM {quoted}"),
            ],
            _ => vec![format!("SELECT * FROM {quoted} LIMIT 0")],
        };
        for sql in statements {
            if let Err(cause) = part.prepare(&sql)
                && cause.to_string().contains("no such table")
            {
                out.push(format!("{kind} {name} cannot be used there ({cause})"));
                break;
            }
        }
    }
    Ok(out)
}
