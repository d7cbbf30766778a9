//! One file per tenant out of a whole, verified one: rows go where their foreign keys lead, the tables of no tenant to each file
//! or to one of their own. What was written is read back and compared with the whole.

mod routes;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use indexmap::IndexMap;
use rusqlite::Connection;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use crate::sqlite::db::quote;
use routes::{Route, Table};

/// Where tables go whose rows belong to no tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Shared {
    /// A copy into each tenant's file.
    #[default]
    Each,
    /// Into one file, `shared.db`. Foreign keys to them are then not in the tenants' files, since none leads into another file.
    One,
}

/// What becomes of rows that have no tenant though their table has (a foreign key is NULL).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Unrouted {
    /// They end it.
    #[default]
    Refuse,
    /// A copy goes into each tenant's file.
    Each,
    /// They are left out, and counted.
    Drop,
}

/// How a file is divided.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// `TABLE.COLUMN` whose values are the tenants.
    pub per: String,
    /// Tables of no tenant.
    pub shared: Shared,
    /// Rows of no tenant.
    pub unrouted: Unrouted,
    /// By table the column of the foreign key that counts, where several do not agree.
    pub via: BTreeMap<String, String>,
}

/// Why a file cannot be divided.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A decision is needed, or what was decided does not fit.
    #[error("the database cannot be divided as asked:\n{}", .0.iter().map(|s| format!("  - {s}")).collect::<Vec<_>>().join("\n"))]
    Refused(Vec<String>),
    /// SQLite failed.
    #[error("{doing}: {cause}")]
    Sqlite {
        /// What was being done.
        doing: String,
        /// SQLite's error.
        cause: rusqlite::Error,
    },
    /// A file cannot be written.
    #[error("{path}: {cause}")]
    Io {
        /// File.
        path: String,
        /// Cause.
        cause: std::io::Error,
    },
    /// What was written is not what was to be.
    #[error("{0}")]
    Different(String),
    /// The user ended it.
    #[error("interrupted")]
    Interrupted,
}

fn fault(doing: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> Error {
    let doing = doing.into();
    move |cause| Error::Sqlite { doing, cause }
}

/// One file of the division.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its name in the folder.
    pub file: String,
    /// The tenant, a number or a text; `null` for the file of the shared tables.
    pub tenant: serde_json::Value,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Rows by table.
    pub tables: IndexMap<String, u64>,
}

/// What the folder holds: `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// `TABLE.COLUMN` whose values are the tenants.
    pub database_per: String,
    /// Where the tables of no tenant are.
    pub shared: Shared,
    /// Tables of no tenant.
    pub shared_tables: Vec<String>,
    /// Rows that belong to no tenant and were left out, by table.
    pub dropped: IndexMap<String, u64>,
    /// Foreign keys that would lead into another file and are not in the tenants' files.
    pub foreign_keys_left_out: Vec<String>,
    /// Files, those of the tenants in the order of their values.
    pub files: Vec<Part>,
}

/// Divides a file into the files of a folder that is there and empty; `heard` is told each file and says whether to go on.
///
/// # Errors
/// See [`Error`]; the folder is then worth nothing.
pub fn split(
    whole: &Path,
    folder: &Path,
    options: &Options,
    heard: &mut dyn FnMut(&str) -> bool,
) -> Result<Manifest, Error> {
    let db = Connection::open(whole).map_err(fault("opening the whole file"))?;
    let scratch = folder.join(".routes");
    let attach = |path: &Path| {
        db.execute("ATTACH ?1 AS route", [path.to_string_lossy()])?;
        db.execute_batch(
            "PRAGMA foreign_keys = OFF; PRAGMA route.journal_mode = OFF; PRAGMA route.synchronous = OFF",
        )
    };
    attach(&scratch).map_err(fault("making a file beside"))?;
    let tables = routes::tables(&db)?;
    let (root, column) = root(&tables, &options.per)?;
    let (found, order) = routes::routes(&tables, root, &options.via)?;
    let mut wrong = Vec::new();
    let mut dropped = IndexMap::new();
    for at in order {
        let (Some(table), Some(route)) = (tables.get(at), found.get(at)) else {
            continue;
        };
        let (none, two) = routes::follow(&db, &tables, &column, at, route)?;
        wrong.extend(problems(&tables, table, route, (none, two), options));
        if none > 0 && options.unrouted == Unrouted::Drop {
            dropped.insert(table.name.clone(), none);
        }
    }
    if !wrong.is_empty() {
        return Err(Error::Refused(wrong));
    }
    let sql = format!(
        "SELECT DISTINCT tenant FROM {} WHERE tenant IS NOT NULL ORDER BY tenant",
        routes::route_table(root)
    );
    let tenants: Vec<Value> = db
        .prepare(&sql)
        .and_then(|mut list| list.query_map([], |row| row.get(0))?.collect())
        .map_err(fault("reading the tenants"))?;
    let writer = write::Writer::new(&db, &tables, &found, options)?;
    let mut manifest = Manifest {
        database_per: options.per.clone(),
        shared: options.shared,
        shared_tables: tables
            .iter()
            .zip(&found)
            .filter(|(_, route)| **route == Route::Shared)
            .map(|(table, _)| table.name.clone())
            .collect(),
        dropped,
        foreign_keys_left_out: writer.left_out(),
        files: Vec::new(),
    };
    if options.shared == Shared::One && !manifest.shared_tables.is_empty() {
        manifest.files.push(writer.part(folder, "shared.db", None)?);
    }
    for tenant in &tenants {
        let name = file_name(tenant);
        if !heard(&name) {
            return Err(Error::Interrupted);
        }
        manifest
            .files
            .push(writer.part(folder, &name, Some(tenant))?);
    }
    complete(&db, &tables, &found, options, &manifest)?;
    drop(writer);
    db.close()
        .map_err(|(_, cause)| fault("closing the whole file")(cause))?;
    std::fs::remove_file(&scratch).map_err(|cause| Error::Io {
        path: scratch.display().to_string(),
        cause,
    })?;
    Ok(manifest)
}

/// The tenants' own table and its column.
fn root(tables: &[Table], per: &str) -> Result<(usize, String), Error> {
    let refused = |why: String| Error::Refused(vec![why]);
    let (name, column) = per
        .rsplit_once('.')
        .ok_or_else(|| refused(format!("{per} is not TABLE.COLUMN")))?;
    let name = name.strip_prefix("public.").unwrap_or(name);
    let at = tables
        .iter()
        .position(|t| t.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| refused(format!("there is no table {name}")))?;
    let found = tables.get(at).and_then(|t| {
        t.columns
            .iter()
            .find(|c| c.eq_ignore_ascii_case(column))
            .cloned()
    });
    match found {
        Some(column) => Ok((at, column)),
        None => Err(refused(format!("table {name} has no column {column}"))),
    }
}

/// What stands in the way of routing a table's rows, a sentence each.
fn problems(
    tables: &[Table],
    table: &Table,
    route: &Route,
    (none, two): (u64, u64),
    options: &Options,
) -> Vec<String> {
    let mut out = Vec::new();
    if none > 0 && options.unrouted == Unrouted::Refuse {
        out.push(format!(
            "table {}: {none} rows lead to no tenant; decide by --unrouted each (a copy for everyone) or drop (they are left out)",
            table.name
        ));
    }
    if two > 0 {
        let ways: Vec<String> = match route {
            Route::By(places) => places
                .iter()
                .filter_map(|place| table.references.get(*place))
                .map(|r| {
                    let columns: Vec<&str> = r.columns.iter().map(|(c, _)| c.as_str()).collect();
                    let parent = tables.get(r.parent).map_or("", |t| t.name.as_str());
                    format!("{} (to {parent})", columns.join(", "))
                })
                .collect(),
            Route::Root | Route::Shared => Vec::new(),
        };
        out.push(format!(
            "table {}: {two} rows lead to two tenants, by {}; choose the one that counts by --via {}=COLUMN",
            table.name,
            ways.join(" and by "),
            table.name
        ));
    }
    out
}

/// Every row of the whole is in a file: in one of a tenant, or in all of them.
fn complete(
    db: &Connection,
    tables: &[Table],
    routes: &[Route],
    options: &Options,
    manifest: &Manifest,
) -> Result<(), Error> {
    for (at, (table, route)) in tables.iter().zip(routes).enumerate() {
        let count = |sql: &str| -> Result<u64, Error> {
            let count: i64 = db
                .query_row(sql, [], |row| row.get(0))
                .map_err(fault(format!("counting the rows of table {}", table.name)))?;
            Ok(u64::try_from(count).unwrap_or_default())
        };
        let all = count(&format!("SELECT count(*) FROM main.{}", quote(&table.name)))?;
        let copies = u64::try_from(
            manifest
                .files
                .iter()
                .filter(|f| f.tables.contains_key(&table.name))
                .count(),
        )
        .unwrap_or_default();
        let wanted = match route {
            Route::Shared => all * copies,
            Route::Root | Route::By(_) => {
                let none = count(&format!(
                    "SELECT count(*) FROM {} WHERE tenant IS NULL",
                    routes::route_table(at)
                ))?;
                match options.unrouted {
                    Unrouted::Each => all - none + none * copies,
                    Unrouted::Drop | Unrouted::Refuse => all - none,
                }
            }
        };
        let found: u64 = manifest
            .files
            .iter()
            .filter_map(|f| f.tables.get(&table.name))
            .sum();
        if found != wanted {
            return Err(Error::Different(format!(
                "table {}: the files have {found} rows together, and {wanted} were to be in them",
                table.name
            )));
        }
    }
    Ok(())
}

/// A file name for a tenant that every file system takes: other bytes than lower-case letters, digits, `-` and `_` as `%41`.
fn file_name(tenant: &Value) -> String {
    let text = match tenant {
        Value::Null => "null".to_owned(),
        Value::Integer(n) => n.to_string(),
        Value::Real(r) => r.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => bytes.iter().map(|b| format!("{b:02x}")).collect(),
    };
    let mut name = String::with_capacity(text.len() + 10);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            _ => name.push_str(&format!("%{byte:02X}")),
        }
    }
    if name.len() > 180 {
        let digest = xxhash_rust::xxh3::xxh3_128(text.as_bytes());
        name = format!("%long-{digest:032x}");
    }
    // Kept apart from the shared file, and an empty text has a name, too.
    format!("tenant-{name}.db")
}
