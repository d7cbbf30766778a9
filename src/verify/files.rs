//! Two SQLite files: schemas, and rows as they are stored, cell by cell.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::Error;
use super::decode::push_raw;
use super::digest::{Sums, cell_hash, combine};
use super::result::{
    CellDifference, ColumnResult, Comparison, DifferenceKind, Level, Options, Progress, TableResult,
};
use super::schema::{Finding, ObjectKind, Verdict, compare_sqlite};
use super::target::{classify, integrity, open_target, quote, read_only_uri};
use crate::sqlite::inspect;
use crate::sqlite::schema::{Schema, Table};

/// Compares the schemas of two files, and their rows as far as `level` says; rows are equal when every stored value is, its
/// storage class included. Names are left to the caller.
///
/// # Errors
/// One of the files is no SQLite database that can be read, or the run was interrupted.
pub fn compare_files(
    one: &Path,
    other: &Path,
    level: Level,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Comparison, Error> {
    let shown = other.display().to_string();
    let fail = |doing: &str| {
        let (shown, doing) = (shown.clone(), doing.to_owned());
        move |e: rusqlite::Error| classify(&shown, &doing, &e)
    };
    let (left, right) = (open_target(one)?, open_target(other)?);
    let mut schemas = (
        inspect::read(&left).map_err(fail("reading its schema"))?,
        inspect::read(&right).map_err(fail("reading its schema"))?,
    );
    ours_left_out(&mut schemas.0, options);
    ours_left_out(&mut schemas.1, options);
    let mut out = Comparison {
        findings: compare_sqlite(&schemas.0, &schemas.1),
        ..Comparison::default()
    };
    for line in integrity(&right).map_err(fail("checking its integrity"))? {
        let finding = Finding::differs(ObjectKind::Schema, "integrity_check", "result", "ok", line);
        out.findings.push(finding);
    }
    left.execute("ATTACH ?1 AS other", [read_only_uri(other)])
        .map_err(fail("attaching it"))?;
    for table in &schemas.0.tables {
        let Some(twin) = schemas.1.table(&table.name) else {
            continue;
        };
        if progress.interrupted() {
            return Err(Error::Interrupted);
        }
        progress.table(&table.name, None);
        let pair = Pair::new(&left, table, twin, options);
        out.tables.push(
            pair.compare(level, progress)
                .map_err(fail(&format!("reading table {}", table.name)))?,
        );
    }
    Ok(out)
}

fn ours_left_out(schema: &mut Schema, options: &Options) {
    let ours = |name: &str| {
        name.starts_with("_decant")
            || options
                .ledger_tables
                .iter()
                .any(|l| l.eq_ignore_ascii_case(name))
    };
    schema.tables.retain(|t| !ours(&t.name));
    schema.indexes.retain(|i| !ours(&i.table));
    schema.triggers.retain(|t| !ours(&t.table));
}

/// A table of both files, by the columns that both have.
struct Pair<'p> {
    connection: &'p Connection,
    table: &'p str,
    columns: Vec<String>,
    key: Vec<usize>,
    options: &'p Options,
}

impl<'p> Pair<'p> {
    fn new(
        connection: &'p Connection,
        one: &'p Table,
        other: &Table,
        options: &'p Options,
    ) -> Self {
        let names = one.columns.iter().map(|c| c.name.clone());
        let columns: Vec<String> = names.filter(|c| other.column(c).is_some()).collect();
        let key = one.primary_key.iter().flat_map(|k| &k.columns);
        let key = key.map(|name| columns.iter().position(|c| c.eq_ignore_ascii_case(name)));
        Self {
            connection,
            table: &one.name,
            key: key.collect::<Option<_>>().unwrap_or_default(),
            columns,
            options,
        }
    }

    fn from(&self, schema: &str) -> String {
        format!("{schema}.{}", quote(self.table))
    }

    fn count(&self, schema: &str) -> Result<u64, rusqlite::Error> {
        let sql = format!("SELECT count(*) FROM {}", self.from(schema));
        let count: i64 = self.connection.query_row(&sql, [], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    fn compare(
        &self,
        level: Level,
        progress: &dyn Progress,
    ) -> Result<TableResult, rusqlite::Error> {
        let mut result = TableResult {
            table: self.table.to_owned(),
            target: self.table.to_owned(),
            narrowed: true,
            ..TableResult::default()
        };
        if level == Level::Counts {
            result.rows_source = Some(self.count("main")?);
            result.rows_target = Some(self.count("other")?);
            return Ok(result);
        }
        let (left, right) = (self.sums("main", progress)?, self.sums("other", progress)?);
        (result.rows_source, result.rows_target) = (Some(left.rows), Some(right.rows));
        result.rows_compared = left.rows;
        result.digest_source = left.hex();
        result.digest_target = right.hex();
        for (column, (a, b)) in self
            .columns
            .iter()
            .zip(left.columns.iter().zip(&right.columns))
        {
            result.columns.push(ColumnResult {
                column: column.clone(),
                equal: a == b,
                ..ColumnResult::default()
            });
        }
        if left != right {
            self.list(&mut result)?;
        }
        Ok(result)
    }

    fn sums(&self, schema: &str, progress: &dyn Progress) -> Result<Sums, rusqlite::Error> {
        let names: Vec<String> = self.columns.iter().map(|c| quote(c)).collect();
        let sql = format!("SELECT {} FROM {}", names.join(", "), self.from(schema));
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut sums = Sums::new(self.columns.len());
        let (mut cells, mut buffer) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            cells.clear();
            for place in 0..self.columns.len() {
                buffer.clear();
                push_raw(row.get_ref(place)?, &mut buffer);
                cells.push(cell_hash(place, &buffer));
            }
            let key = self.key.iter().filter_map(|k| cells.get(*k).copied());
            let key = combine(key, &mut buffer);
            let hash = combine(cells.iter().copied(), &mut buffer);
            let keyed = !self.key.is_empty();
            sums.add(&cells, if keyed { key } else { hash }, hash, keyed);
            if sums.rows.is_multiple_of(4096) {
                progress.rows(4096);
            }
        }
        Ok(sums)
    }

    /// Lists rows and cells that differ.
    fn list(&self, result: &mut TableResult) -> Result<(), rusqlite::Error> {
        if self.key.is_empty() {
            return self.list_rows(result);
        }
        let keys: Vec<String> = self
            .key
            .iter()
            .filter_map(|k| self.columns.get(*k))
            .map(|c| quote(c))
            .collect();
        let same: Vec<String> = keys
            .iter()
            .map(|k| format!("a.{k} IS b.{k} COLLATE BINARY"))
            .collect();
        let same = same.join(" AND ");
        let listed = |prefix: &str| -> String {
            keys.iter()
                .map(|k| format!("{prefix}.{k}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        for (first, second, kind, said) in [
            (
                "main",
                "other",
                DifferenceKind::RowMissing,
                "the row is in the first file alone",
            ),
            (
                "other",
                "main",
                DifferenceKind::RowExtra,
                "the row is in the second file alone",
            ),
        ] {
            let sql = format!(
                "SELECT {} FROM {} a WHERE NOT EXISTS (SELECT 1 FROM {} b WHERE {same})",
                listed("a"),
                self.from(first),
                self.from(second)
            );
            self.each(&sql, &mut |row| {
                let key = self.key_text(row)?;
                self.push(result, key, None, kind, said);
                Ok(())
            })?;
        }
        for (place, column) in self.columns.iter().enumerate() {
            if self.key.contains(&place) || result.columns.get(place).is_some_and(|c| c.equal) {
                continue;
            }
            let name = quote(column);
            let sql = format!(
                "SELECT {} FROM {} a JOIN {} b ON {same} WHERE typeof(a.{name}) <> typeof(b.{name}) OR a.{name} IS NOT b.{name} COLLATE BINARY",
                listed("a"),
                self.from("main"),
                self.from("other")
            );
            self.each(&sql, &mut |row| {
                let key = self.key_text(row)?;
                self.push(
                    result,
                    key,
                    Some(column),
                    DifferenceKind::Value,
                    "another value",
                );
                Ok(())
            })?;
        }
        Ok(())
    }

    fn list_rows(&self, result: &mut TableResult) -> Result<(), rusqlite::Error> {
        let names: Vec<String> = self
            .columns
            .iter()
            .map(|c| format!("{0}, typeof({0})", quote(c)))
            .collect();
        let grouped = |schema: &str| {
            let names = names.join(", ");
            format!(
                "SELECT count(*) n, {names} FROM {} GROUP BY {names}",
                self.from(schema)
            )
        };
        for (first, second, kind, file) in [
            ("main", "other", DifferenceKind::RowMissing, "first"),
            ("other", "main", DifferenceKind::RowExtra, "second"),
        ] {
            let sql = format!(
                "SELECT count(*) FROM ({} EXCEPT {})",
                grouped(first),
                grouped(second)
            );
            let count: i64 = self.connection.query_row(&sql, [], |row| row.get(0))?;
            if count > 0 {
                let said = format!(
                    "{count} distinct row(s) of this table without a key are not, or more often, in the {file} file"
                );
                self.push(result, String::new(), None, kind, &said);
            }
        }
        Ok(())
    }

    fn each(
        &self,
        sql: &str,
        visit: &mut dyn FnMut(&Row<'_>) -> Result<(), rusqlite::Error>,
    ) -> Result<(), rusqlite::Error> {
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(row)?;
        }
        Ok(())
    }

    fn key_text(&self, row: &Row<'_>) -> Result<String, rusqlite::Error> {
        let mut parts = Vec::new();
        for (at, place) in self.key.iter().enumerate() {
            let value: rusqlite::types::Value = row.get(at)?;
            let name = self
                .columns
                .get(*place)
                .map(String::as_str)
                .unwrap_or_default();
            parts.push(format!("{name}={}", super::rows::show(&value)));
        }
        Ok(parts.join(", "))
    }

    fn push(
        &self,
        result: &mut TableResult,
        key: String,
        column: Option<&String>,
        kind: DifferenceKind,
        said: &str,
    ) {
        result.differing_total += 1;
        if result.differing.len() < self.options.listed_per_table {
            result.differing.push(CellDifference {
                key,
                column: column.cloned(),
                kind,
                explanation: said.to_owned(),
                source: None,
                target: None,
            });
        }
    }
}

/// Tables of a target that no comparison looks at: the runner's ledger and decant's own, as far as they are not among the `compared`.
///
/// # Errors
/// The target cannot be read.
pub fn left_out(
    target: &Path,
    options: &Options,
    compared: &[TableResult],
) -> Result<Vec<String>, Error> {
    let connection = open_target(target)?;
    let read = || -> Result<Vec<String>, rusqlite::Error> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let mut statement = connection.prepare(sql)?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    let shown = target.display().to_string();
    let mut names = read().map_err(|e| classify(&shown, "reading its schema", &e))?;
    names.retain(|name| {
        let same = |other: &String| other.eq_ignore_ascii_case(name);
        let ours = name.starts_with("_decant") || options.ledger_tables.iter().any(same);
        ours && !compared.iter().any(|table| same(&table.target))
    });
    Ok(names)
}

/// What a target's own version table of Alembic says, where it has one that is not at these revisions.
///
/// # Errors
/// The target cannot be read.
pub fn alembic_rows(target: &Path, heads: &[String]) -> Result<Option<Finding>, Error> {
    let shown = target.display().to_string();
    let connection = open_target(target)?;
    let read = || -> Result<Option<Vec<String>>, rusqlite::Error> {
        let has = connection
            .query_row(
                "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'alembic_version'",
                [],
                |_| Ok(()),
            )
            .optional()?;
        if has.is_none() {
            return Ok(None);
        }
        let mut statement = connection
            .prepare("SELECT CAST(version_num AS TEXT) FROM alembic_version ORDER BY 1")?;
        let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0))?;
        let rows: Vec<Option<String>> = rows.collect::<Result<_, _>>()?;
        Ok(Some(rows.into_iter().flatten().collect()))
    };
    let found = read().map_err(|e| classify(&shown, "reading alembic_version", &e))?;
    let mut heads = heads.to_vec();
    heads.sort();
    Ok(found.filter(|found| *found != heads).map(|found| Finding {
        aspect: Some("rows".to_owned()),
        expected: Some(heads.join(", ")).filter(|t| !t.is_empty()),
        actual: Some(found.join(", ")).filter(|t| !t.is_empty()),
        note: Some("the target's own version table".to_owned()),
        ..Finding::new(Verdict::Differs, ObjectKind::Revision, "alembic_version")
    }))
}
