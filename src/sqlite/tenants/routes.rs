//! Which tenant a row belongs to: the paths of foreign keys from every table to the tenants' own.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{Error, fault};
use crate::sqlite::db::quote;

/// A foreign key as `PRAGMA foreign_key_list` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reference {
    /// Place of the parent among the tables.
    pub parent: usize,
    /// Columns and those that they refer to.
    pub columns: Vec<(String, String)>,
}

/// A table of the whole file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Name.
    pub name: String,
    /// Columns that are stored.
    pub columns: Vec<String>,
    /// What names a row: a name of the rowid, or the key of a table WITHOUT ROWID.
    pub row: Vec<String>,
    /// Foreign keys to tables that are there.
    pub references: Vec<Reference>,
}

/// How the rows of a table find their tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// It is the tenants' own table.
    Root,
    /// By these of its foreign keys, which must agree.
    By(Vec<usize>),
    /// They belong to no tenant.
    Shared,
}

/// The tables of a file, in the order of their creation.
pub fn tables(db: &Connection) -> Result<Vec<Table>, Error> {
    let read = || -> rusqlite::Result<Vec<Table>> {
        let mut list = db.prepare(
            "SELECT s.name, l.wr FROM sqlite_schema s JOIN pragma_table_list l ON l.name = s.name AND l.schema = 'main'
             WHERE s.type = 'table' AND l.type = 'table' AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY s.rowid",
        )?;
        let names: Vec<(String, bool)> = list
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let mut tables = Vec::with_capacity(names.len());
        for (name, without_rowid) in &names {
            tables.push(table(db, name, *without_rowid, &names)?);
        }
        Ok(tables)
    };
    read().map_err(fault("reading the tables"))
}

fn table(
    db: &Connection,
    name: &str,
    without_rowid: bool,
    names: &[(String, bool)],
) -> rusqlite::Result<Table> {
    let columns: Vec<(String, i64, i64)> = db
        .prepare("SELECT name, pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid")?
        .query_map([name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let is_column = |n: &str| columns.iter().any(|(c, ..)| c.eq_ignore_ascii_case(n));
    let row = if without_rowid {
        let mut key: Vec<(i64, String)> = columns
            .iter()
            .filter(|(_, pk, _)| *pk > 0)
            .map(|(c, pk, _)| (*pk, c.clone()))
            .collect();
        key.sort();
        key.into_iter().map(|(_, c)| c).collect()
    } else {
        let names = ["rowid", "_rowid_", "oid"];
        names
            .into_iter()
            .find(|n| !is_column(n))
            .map(str::to_owned)
            .into_iter()
            .collect()
    };
    let mut references: BTreeMap<i64, Reference> = BTreeMap::new();
    let mut list = db.prepare(
        "SELECT id, \"table\", \"from\", \"to\", seq FROM pragma_foreign_key_list(?1) ORDER BY id, seq",
    )?;
    let mut rows = list.query([name])?;
    while let Some(row) = rows.next()? {
        let parent: String = row.get(1)?;
        let Some(at) = names
            .iter()
            .position(|(n, _)| n.eq_ignore_ascii_case(&parent))
        else {
            continue;
        };
        let from: String = row.get(2)?;
        let to: Option<String> = row.get(3)?;
        let seq: i64 = row.get(4)?;
        let to = match to {
            Some(to) => to,
            None => db.query_row(
                "SELECT name FROM pragma_table_info(?1) WHERE pk = ?2",
                (&parent, seq + 1),
                |row| row.get(0),
            )?,
        };
        let reference = references.entry(row.get(0)?).or_default();
        reference.parent = at;
        reference.columns.push((from, to));
    }
    Ok(Table {
        name: name.to_owned(),
        columns: columns
            .into_iter()
            .filter(|(_, _, hidden)| *hidden == 0)
            .map(|(c, ..)| c)
            .collect(),
        row,
        references: references.into_values().collect(),
    })
}

/// Routes of all tables, and the order in which they are followed.
///
/// A table goes by all of its foreign keys towards tables that lead to the tenants, but for those that close a circle; `via` names
/// the column of the one that counts where they do not agree.
pub fn routes(
    tables: &[Table],
    root: usize,
    via: &BTreeMap<String, String>,
) -> Result<(Vec<Route>, Vec<usize>), Error> {
    let order = order(tables, root);
    let mut wrong = Vec::new();
    let mut routes = Vec::with_capacity(tables.len());
    for (at, table) in tables.iter().enumerate() {
        let chosen = via
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(&table.name))
            .map(|(_, column)| column);
        let Some(place) = order.iter().position(|o| *o == at) else {
            if chosen.is_some() {
                wrong.push(format!(
                    "table {} has no way to the tenants at all, so none can be chosen for it",
                    table.name
                ));
            }
            routes.push(Route::Shared);
            continue;
        };
        let before = order.get(..place).unwrap_or_default();
        let is_chosen = |r: &Reference| {
            chosen.is_none_or(|c| {
                r.columns
                    .iter()
                    .any(|(from, _)| from.eq_ignore_ascii_case(c))
            })
        };
        let ways: Vec<usize> = table
            .references
            .iter()
            .enumerate()
            .filter(|(_, r)| before.contains(&r.parent) && is_chosen(r))
            .map(|(place, _)| place)
            .collect();
        if at != root && ways.is_empty() {
            wrong.push(format!(
                "table {} has no foreign key on column {} that leads to the tenants",
                table.name,
                chosen.map_or("", String::as_str)
            ));
        }
        routes.push(match at == root {
            true => Route::Root,
            false => Route::By(ways),
        });
    }
    match wrong.is_empty() {
        true => Ok((routes, order)),
        false => Err(Error::Refused(wrong)),
    }
}

/// Tables that lead to the tenants, each after those that it refers to; where they do so in a circle, the one that comes first has a
/// way by a table before it.
fn order(tables: &[Table], root: usize) -> Vec<usize> {
    let mut leads: Vec<usize> = vec![root];
    let mut looked = 0;
    while let Some(parent) = leads.get(looked).copied() {
        looked += 1;
        for (at, table) in tables.iter().enumerate() {
            if !leads.contains(&at) && table.references.iter().any(|r| r.parent == parent) {
                leads.push(at);
            }
        }
    }
    let mut order = vec![root];
    while order.len() < leads.len() {
        let waits = |at: &&usize| {
            let table = tables.get(**at);
            table.is_some_and(|t| {
                t.references.iter().any(|r| {
                    r.parent != **at && leads.contains(&r.parent) && !order.contains(&r.parent)
                })
            })
        };
        let has_way = |at: &&usize| {
            let table = tables.get(**at);
            table.is_some_and(|t| t.references.iter().any(|r| order.contains(&r.parent)))
        };
        let left = || leads.iter().filter(|at| !order.contains(at));
        let next = left()
            .find(|at| !waits(at))
            .or_else(|| left().find(has_way))
            .copied();
        match next {
            Some(at) => order.push(at),
            None => break,
        }
    }
    order
}

/// Name of the table that holds the tenant of each row of a table.
pub fn route_table(at: usize) -> String {
    format!("route.r{at}")
}

/// `r.k0 = c.rowid AND ..`
pub fn same_row(table: &Table, route: &str, rows: &str) -> String {
    let keys = table.row.iter().enumerate();
    keys.map(|(place, column)| format!("{route}.k{place} = {rows}.{}", quote(column)))
        .collect::<Vec<_>>()
        .join(" AND ")
}

/// SQL for the tenant of a row `c` by one foreign key.
fn by(tables: &[Table], reference: &Reference) -> Option<String> {
    let parent = tables.get(reference.parent)?;
    let keys: Vec<String> = reference
        .columns
        .iter()
        .map(|(from, to)| format!("p.{} = c.{}", quote(to), quote(from)))
        .collect();
    Some(format!(
        "(SELECT r.tenant FROM main.{} p JOIN {} r ON {} WHERE {})",
        quote(&parent.name),
        route_table(reference.parent),
        same_row(parent, "r", "p"),
        keys.join(" AND ")
    ))
}

/// Writes down the tenant of each row of a table; gives how many rows have none, and how many have two.
pub fn follow(
    db: &Connection,
    tables: &[Table],
    column: &str,
    at: usize,
    route: &Route,
) -> Result<(u64, u64), Error> {
    let Some(table) = tables.get(at) else {
        return Ok((0, 0));
    };
    let ways: Vec<String> = match route {
        Route::Root => vec![format!("c.{}", quote(column))],
        Route::By(places) => places
            .iter()
            .filter_map(|place| by(tables, table.references.get(*place)?))
            .collect(),
        Route::Shared => return Ok((0, 0)),
    };
    let name = route_table(at);
    let keys: Vec<String> = (0..table.row.len()).map(|k| format!("k{k}")).collect();
    let of_row: Vec<String> = table
        .row
        .iter()
        .map(|c| format!("c.{}", quote(c)))
        .collect();
    let list: Vec<String> = (0..ways.len()).map(|w| format!("w{w}")).collect();
    let tenant = match list.as_slice() {
        [one] => one.clone(),
        several => format!("coalesce({})", several.join(", ")),
    };
    // A way of NULL says nothing; two that say something must say the same.
    let differ: Vec<String> = list.iter().map(|w| format!("{w} <> {tenant}")).collect();
    let selected: Vec<String> = ways
        .iter()
        .zip(&list)
        .map(|(way, name)| format!("{way} AS {name}"))
        .chain(of_row.iter().zip(&keys).map(|(c, k)| format!("{c} AS {k}")))
        .collect();
    let sql = format!(
        "CREATE TABLE {name} ({}, tenant, two, PRIMARY KEY ({})) WITHOUT ROWID;
         INSERT INTO {name} SELECT {}, {tenant}, ifnull({}, 0) FROM (SELECT {} FROM main.{} c);
         CREATE INDEX route.t{at} ON r{at} (tenant);",
        keys.join(", "),
        keys.join(", "),
        keys.join(", "),
        differ.join(" OR "),
        selected.join(", "),
        quote(&table.name)
    );
    let doing = || format!("following the rows of table {}", table.name);
    db.execute_batch(&sql).map_err(fault(doing()))?;
    let count = |which: &str| -> Result<u64, Error> {
        let sql = format!("SELECT count(*) FROM {name} WHERE {which}");
        let count: i64 = db
            .query_row(&sql, [], |row| row.get(0))
            .map_err(fault(doing()))?;
        Ok(u64::try_from(count).unwrap_or_default())
    };
    Ok((count("tenant IS NULL")?, count("two")?))
}
