//! Every lowered CHECK, UNIQUE and NOT NULL asked of the target's rows again, whether or not its tables have the constraint: a
//! file may have been written with checks switched off, or have lost the constraint that would have refused a row.

use rusqlite::Connection;

use super::result::{ConstraintBreach, ConstraintKind};
use super::target::quote;
use crate::diag::Origin;
use crate::lower::{ColumnMap, Lowering, Rule};
use crate::sqlite::schema::{IndexKey, Schema, Table};

/// How many rows that break a constraint are named.
const NAMED: usize = 5;

/// Whether the storage classes of all columns are looked at, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Classes {
    /// By a query: no pass over the values does.
    Check,
    /// The comparison of the rows does.
    Compared,
}

/// A condition that no row may meet.
struct Forbidden {
    kind: ConstraintKind,
    name: String,
    /// SQL that is true for a row that breaks it.
    condition: String,
    origin: Option<Origin>,
}

/// Asks the target's tables. What cannot be asked goes to `not_checked`.
pub(super) fn check(
    lowering: &Lowering,
    connection: &Connection,
    classes: Classes,
    not_checked: &mut Vec<String>,
) -> Vec<ConstraintBreach> {
    let mut out = Vec::new();
    for table in &lowering.sqlite.tables {
        let Some(present) = columns(connection, &table.name) else {
            // The table's absence is a finding of its own.
            continue;
        };
        let mut ask = Ask {
            connection,
            table,
            key: key(table, &present),
            out: &mut out,
            not_checked,
        };
        ask.rows(&forbidden(lowering, table, &present, classes));
        for group in unique(&lowering.sqlite, table) {
            ask.unique(&group, &present);
        }
    }
    out
}

/// Names of a table's columns; `None` without the table.
fn columns(connection: &Connection, table: &str) -> Option<Vec<String>> {
    let sql = format!("SELECT * FROM {} LIMIT 0", quote(table));
    let statement = connection.prepare(&sql).ok()?;
    Some(statement.column_names().map(str::to_owned).collect())
}

/// Columns by which a row is named; none where one of them is not there.
fn key(table: &Table, present: &[String]) -> Vec<String> {
    let key = table.primary_key.iter().flat_map(|k| &k.columns).cloned();
    let key: Vec<String> = key.collect();
    let has = |name: &String| present.iter().any(|p| p.eq_ignore_ascii_case(name));
    if key.iter().all(has) { key } else { Vec::new() }
}

fn forbidden(
    lowering: &Lowering,
    table: &Table,
    present: &[String],
    classes: Classes,
) -> Vec<Forbidden> {
    let mut out = Vec::new();
    let has = |name: &str| present.iter().any(|p| p.eq_ignore_ascii_case(name));
    for column in table.columns.iter().filter(|c| c.not_null && has(&c.name)) {
        out.push(Forbidden {
            kind: ConstraintKind::NotNull,
            name: column.name.clone(),
            // Of a column that forbids NULL, SQLite answers `IS NULL` without looking.
            condition: format!("typeof({}) = 'null'", quote(&column.name)),
            origin: column.origin.clone(),
        });
    }
    for check in &table.checks {
        out.push(Forbidden {
            kind: ConstraintKind::Check,
            name: check.name.clone().unwrap_or_else(|| check.expr.clone()),
            condition: format!("NOT ({})", check.expr),
            origin: check.origin.clone(),
        });
    }
    let map = lowering.tables.iter().find(|t| t.sqlite == table.name);
    for column in map.iter().flat_map(|m| &m.columns) {
        if classes == Classes::Compared || column.generated || !has(&column.sqlite) {
            continue;
        }
        let allowed: Vec<String> = storage(column).iter().map(|c| format!("'{c}'")).collect();
        out.push(Forbidden {
            kind: ConstraintKind::StorageClass,
            name: column.sqlite.clone(),
            condition: format!(
                "typeof({}) NOT IN ('null', {})",
                quote(&column.sqlite),
                allowed.join(", ")
            ),
            origin: table.column(&column.sqlite).and_then(|c| c.origin.clone()),
        });
    }
    out
}

/// Storage classes that the values of a column may have besides NULL.
fn storage(column: &ColumnMap) -> Vec<&'static str> {
    let mut classes = column.encoding.storage_classes().to_vec();
    if column.accepted.contains(&Rule::Text) {
        classes.push("text");
    }
    classes
}

/// Parts of a key that must be unique: the expression of each as it is grouped by, and as it is tested for NULL.
struct Group {
    name: String,
    parts: Vec<(String, String)>,
    columns: Vec<String>,
    predicate: Option<String>,
    origin: Option<Origin>,
}

fn unique(schema: &Schema, table: &Table) -> Vec<Group> {
    let plain = |columns: &[String]| -> Vec<(String, String)> {
        columns.iter().map(|c| (quote(c), quote(c))).collect()
    };
    let mut out = Vec::new();
    if let Some(key) = table
        .primary_key
        .as_ref()
        .filter(|k| k.columns.len() > 1 || !is_row_id(table, &k.columns))
    {
        out.push(Group {
            name: key.name.clone().unwrap_or_else(|| "PRIMARY KEY".to_owned()),
            parts: plain(&key.columns),
            columns: key.columns.clone(),
            predicate: None,
            origin: table.origin.clone(),
        });
    }
    for unique in &table.uniques {
        out.push(Group {
            name: unique
                .name
                .clone()
                .unwrap_or_else(|| format!("UNIQUE ({})", unique.columns.join(", "))),
            parts: plain(&unique.columns),
            columns: unique.columns.clone(),
            predicate: None,
            origin: unique.origin.clone(),
        });
    }
    for index in schema
        .indexes
        .iter()
        .filter(|i| i.unique && i.table.eq_ignore_ascii_case(&table.name))
    {
        let mut columns = Vec::new();
        let parts = index.parts.iter().map(|part| {
            let key = match &part.key {
                IndexKey::Column(name) => {
                    columns.push(name.clone());
                    quote(name)
                }
                IndexKey::Expr(sql) => format!("({sql})"),
            };
            let collate = part
                .collate
                .as_deref()
                .map(|c| format!(" COLLATE {}", quote(c)))
                .unwrap_or_default();
            (format!("{key}{collate}"), key)
        });
        out.push(Group {
            name: index.name.clone(),
            parts: parts.collect(),
            columns,
            predicate: index.predicate.clone(),
            origin: index.origin.clone(),
        });
    }
    out
}

/// `INTEGER PRIMARY KEY` is the row's number, of which there cannot be two.
fn is_row_id(table: &Table, key: &[String]) -> bool {
    let [column] = key else { return false };
    table
        .column(column)
        .is_some_and(|c| c.declared_type.eq_ignore_ascii_case("INTEGER"))
}

/// Questions about one table.
struct Ask<'a> {
    connection: &'a Connection,
    table: &'a Table,
    key: Vec<String>,
    out: &'a mut Vec<ConstraintBreach>,
    not_checked: &'a mut Vec<String>,
}

impl Ask<'_> {
    /// Counts the rows that meet forbidden conditions, all in one pass where the engine can evaluate all.
    fn rows(&mut self, forbidden: &[Forbidden]) {
        if forbidden.is_empty() {
            return;
        }
        let sums: Vec<String> = forbidden
            .iter()
            .map(|f| format!("total(CASE WHEN {} THEN 1 END)", f.condition))
            .collect();
        let sql = format!(
            "SELECT {} FROM {}",
            sums.join(", "),
            quote(&self.table.name)
        );
        let together: Result<Vec<f64>, rusqlite::Error> =
            self.connection.query_row(&sql, [], |row| {
                (0..forbidden.len()).map(|at| row.get(at)).collect()
            });
        match together {
            Ok(counts) => {
                for (rule, _) in forbidden.iter().zip(counts).filter(|(_, n)| *n > 0.0) {
                    self.breach(rule);
                }
            }
            // One of them cannot be evaluated: they are asked one by one.
            Err(_) => forbidden.iter().for_each(|rule| self.breach(rule)),
        }
    }

    fn breach(&mut self, rule: &Forbidden) {
        let from = format!("FROM {} WHERE {}", quote(&self.table.name), rule.condition);
        let count = self
            .connection
            .query_row(&format!("SELECT count(*) {from}"), [], |row| {
                row.get::<_, i64>(0)
            });
        match count {
            Ok(0) => {}
            Ok(count) => {
                let keys = self.keys(&from);
                self.push(
                    rule.kind,
                    rule.name.clone(),
                    count,
                    keys,
                    rule.origin.clone(),
                );
            }
            Err(cause) => self.not_checked.push(format!(
                "{} {} of table {}: {cause}",
                rule.kind.name(),
                rule.name,
                self.table.name
            )),
        }
    }

    fn unique(&mut self, group: &Group, present: &[String]) {
        if !group
            .columns
            .iter()
            .all(|c| present.iter().any(|p| p.eq_ignore_ascii_case(c)))
        {
            return;
        }
        let mut conditions: Vec<String> = group
            .parts
            .iter()
            .map(|(_, key)| format!("{key} IS NOT NULL"))
            .collect();
        conditions.extend(group.predicate.iter().map(|p| format!("({p})")));
        let by: Vec<&str> = group.parts.iter().map(|(by, _)| by.as_str()).collect();
        let grouped = format!(
            "FROM {} WHERE {} GROUP BY {} HAVING count(*) > 1",
            quote(&self.table.name),
            conditions.join(" AND "),
            by.join(", ")
        );
        let sql = format!("SELECT total(n) FROM (SELECT count(*) n {grouped})");
        match self
            .connection
            .query_row(&sql, [], |row| row.get::<_, f64>(0))
        {
            Ok(0.0) => {}
            Ok(rows) => {
                #[expect(clippy::cast_possible_truncation, reason = "a number of rows")]
                let rows = rows as i64;
                let keys = self.keys(&grouped);
                self.push(
                    ConstraintKind::Unique,
                    group.name.clone(),
                    rows,
                    keys,
                    group.origin.clone(),
                );
            }
            Err(cause) => self.not_checked.push(format!(
                "{} of table {}: {cause}",
                group.name, self.table.name
            )),
        }
    }

    /// Keys of the first rows that a query is about.
    fn keys(&self, from: &str) -> Vec<String> {
        if self.key.is_empty() {
            return Vec::new();
        }
        let names: Vec<String> = self.key.iter().map(|k| quote(k)).collect();
        let sql = format!("SELECT {} {from} LIMIT {NAMED}", names.join(", "));
        let read = || -> Result<Vec<String>, rusqlite::Error> {
            let mut statement = self.connection.prepare(&sql)?;
            let rows = statement.query_map([], |row| {
                let mut parts = Vec::new();
                for (at, name) in self.key.iter().enumerate() {
                    parts.push(format!("{name}={}", super::rows::show(&row.get(at)?)));
                }
                Ok(parts.join(", "))
            })?;
            rows.collect()
        };
        // They only help: the count stands without them.
        let mut keys = read().unwrap_or_default();
        keys.sort();
        keys
    }

    fn push(
        &mut self,
        kind: ConstraintKind,
        name: String,
        rows: i64,
        keys: Vec<String>,
        origin: Option<Origin>,
    ) {
        self.out.push(ConstraintBreach {
            table: self.table.name.clone(),
            kind,
            constraint: name,
            rows: u64::try_from(rows).unwrap_or_default(),
            keys,
            origin,
        });
    }
}
