//! Primary keys, unique constraints, and the sequences behind keys.

use super::encoding::{ColumnMap, Encoding, TableMap};
use super::loss::{Grade, Loss, Rule};
use super::work::{Work, column_map, column_object};
use crate::ir::{ConstraintKind, IndexKey, QualName};
use crate::pg::schema::{Column, Table, TableConstraint};
use crate::sqlite::schema as sqlite;

/// Primary keys and unique constraints.
pub(super) fn lower_keys(work: &mut Work<'_>) {
    for name in work.table_names() {
        let Some(table) = work.pg.tables.get(&name) else {
            continue;
        };
        for constraint in &table.constraints {
            match &constraint.constraint.kind {
                ConstraintKind::PrimaryKey { columns, .. } => {
                    primary_key(work, &name, table, constraint, columns);
                }
                ConstraintKind::Unique {
                    columns,
                    nulls_not_distinct,
                    ..
                } => unique(work, &name, constraint, columns, *nulls_not_distinct),
                ConstraintKind::ForeignKey(_)
                | ConstraintKind::Check { .. }
                | ConstraintKind::Exclude { .. } => {}
            }
        }
        for column in &table.columns {
            serial_outside_key(work, &name, table, column);
        }
        let key = row_key(work, &name, table);
        if let Some(map) = work.out.tables.iter_mut().find(|t| t.pg == name) {
            map.key = key;
        }
    }
}

/// Names in SQLite of a table's columns.
pub(super) fn sqlite_columns(work: &Work<'_>, table: &QualName, columns: &[String]) -> Vec<String> {
    let map = work.map(table);
    columns
        .iter()
        .map(|c| {
            map.and_then(|m| column_map(m, c))
                .map_or_else(|| c.clone(), |m| m.sqlite.clone())
        })
        .collect()
}

/// The sequence that fills a column: its identity's, the one it owns, or the one that its default names.
pub(super) fn sequence_of(work: &Work<'_>, table: &QualName, column: &Column) -> Option<QualName> {
    let named = column.default.as_ref().and_then(|d| nextval(d.sql()));
    if column.identity_always.is_none() && named.is_none() {
        return None;
    }
    work.pg
        .owned_sequence(table, &column.name)
        .map(|(name, _)| name.clone())
        .or(named)
        .or_else(|| {
            let name = format!("{}_{}_seq", table.name, column.name);
            Some(QualName::qualified(table.schema.as_deref(), name))
        })
}

/// A sequence that belongs to a key by its name alone: `Sequence("users_id_seq")` as an argument of the column, which the
/// application asks before each insert and SQLAlchemy ignores on SQLite.
fn client_sequence(work: &Work<'_>, table: &QualName, column: &Column) -> Option<QualName> {
    if column.default.is_some() {
        return None;
    }
    let name = QualName {
        schema: table.schema.clone(),
        name: format!("{}_{}_seq", table.name, column.name),
    };
    work.pg
        .sequences
        .get(&name)
        .filter(|s| s.owned_by.is_none())
        .map(|_| name)
}

/// The sequence of a `nextval('..'::regclass)`.
pub(super) fn nextval(default: &str) -> Option<QualName> {
    let text = default.trim();
    // pg_dump --quote-all-identifiers quotes the function, too.
    let (function, _) = text.split_once('(')?;
    let function = function.replace('"', "").to_ascii_lowercase();
    if !matches!(function.trim(), "nextval" | "pg_catalog.nextval") {
        return None;
    }
    let (_, rest) = text.split_once('\'')?;
    let (name, _) = rest.rsplit_once('\'')?;
    let unquote = |part: &str| match part.strip_prefix('"').and_then(|p| p.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => part.to_ascii_lowercase(),
    };
    let dot = name
        .char_indices()
        .scan(false, |quoted, (at, c)| {
            if c == '"' {
                *quoted = !*quoted;
            }
            Some((at, c, *quoted))
        })
        .find(|(_, c, quoted)| *c == '.' && !quoted)
        .map(|(at, ..)| at);
    Some(match dot {
        Some(at) => QualName::qualified(
            Some(&unquote(name.get(..at)?)),
            unquote(name.get(at + 1..)?),
        ),
        None => QualName::new(unquote(name)),
    })
}

fn primary_key(
    work: &mut Work<'_>,
    name: &QualName,
    table: &Table,
    constraint: &TableConstraint,
    columns: &[String],
) {
    let sequence = match columns {
        [only] => key_sequence(work, name, table, only),
        _ => None,
    };
    deferrable_unique(work, name, constraint);
    let opted_out = work.options.no_autoincrement.contains(&name.to_string());
    let autoincrement = sequence.is_some() && !opted_out;
    let key_columns = sqlite_columns(work, name, columns);
    // PostgreSQL's own names say nothing that the table's name does not say.
    let key_name = Some(constraint.name())
        .filter(|n| !n.is_empty() && !n.ends_with("_pkey"))
        .map(str::to_owned);
    if let Some(lowered) = work.sqlite_table(name) {
        for column in &mut lowered.columns {
            if key_columns.contains(&column.name) {
                column.not_null = true;
                if sequence.is_some() {
                    // Only this very name makes the key the rowid, which numbers itself.
                    "INTEGER".clone_into(&mut column.declared_type);
                }
            }
        }
        lowered.primary_key = Some(sqlite::PrimaryKey {
            name: key_name,
            columns: key_columns.clone(),
            autoincrement,
        });
    }
    if let Some(map) = work.out.tables.iter_mut().find(|t| t.pg == *name) {
        for column in &mut map.columns {
            if key_columns.contains(&column.sqlite) {
                column.nullable = false;
                if sequence.is_some() {
                    "INTEGER".clone_into(&mut column.declared_type);
                }
            }
        }
        map.sequence = sequence.filter(|_| autoincrement);
    }
}

/// The sequence of a single-column key of whole numbers, and what is said about it.
fn key_sequence(
    work: &mut Work<'_>,
    name: &QualName,
    table: &Table,
    column: &str,
) -> Option<QualName> {
    let column = table.column(column)?;
    let map = work.map(name).and_then(|t| column_map(t, &column.name))?;
    if map.encoding != Encoding::Integer {
        return None;
    }
    let object = column_object(name, &column.name);
    let origin = column.origin.as_ref();
    let sequence = match sequence_of(work, name, column) {
        Some(sequence) => sequence,
        None => {
            let sequence = client_sequence(work, name, column)?;
            let loss = Loss::new(
                Rule::SequenceDropped,
                Grade::Widened,
                object.clone(),
                format!(
                    "The application took its numbers from `{sequence}`: the key numbers itself now."
                ),
            );
            work.lose(loss.at(origin));
            sequence
        }
    };
    if column.identity_always == Some(true) {
        let loss = Loss::new(
            Rule::SequenceDropped,
            Grade::Widened,
            object.clone(),
            "GENERATED ALWAYS refused given values; AUTOINCREMENT takes them.",
        );
        work.lose(loss.at(origin));
    }
    let options = work.pg.sequences.get(&sequence).map(|s| &s.options);
    let step = options.and_then(|o| o.increment).unwrap_or(1);
    let start = options.and_then(|o| o.start).unwrap_or(1);
    let cycles = options.and_then(|o| o.cycle) == Some(true);
    if step != 1 || cycles {
        let how = if cycles {
            "starts again at its end"
        } else {
            "has a step of its own"
        };
        let loss = Loss::new(
            Rule::SequenceDropped,
            Grade::Lossy,
            object.clone(),
            format!("Its sequence {how}; AUTOINCREMENT counts by one and never starts again."),
        )
        .remedy("Give the numbers in the application where the step matters.");
        work.lose(loss.at(origin));
    }
    if start != 1 {
        let loss = Loss::new(
            Rule::SequenceDropped,
            Grade::Widened,
            object,
            format!("Numbers start at {start}: a ported database goes on where PostgreSQL was, a new one starts at 1."),
        )
        .remedy(format!(
            "In a new database: INSERT INTO sqlite_sequence (name, seq) VALUES ('{}', {}).",
            work.names.relation(name).unwrap_or(&name.name),
            start.saturating_sub(1)
        ));
        work.lose(loss.at(origin));
    }
    Some(sequence)
}

/// A column that numbers itself but is not the whole key.
fn serial_outside_key(work: &mut Work<'_>, name: &QualName, table: &Table, column: &Column) {
    if table.primary_key() == [column.name.clone()] {
        let whole_number = work
            .map(name)
            .and_then(|t| column_map(t, &column.name))
            .is_some_and(|c| c.encoding == Encoding::Integer);
        if whole_number {
            return;
        }
    }
    if sequence_of(work, name, column).is_none() {
        return;
    }
    let object = column_object(name, &column.name);
    let origin = column.origin.as_ref();
    let map = work.map(name);
    let lowered = map.and_then(|m| column_map(m, &column.name)).cloned();
    let id = map.and_then(super::TableMap::row_id).unwrap_or("rowid");
    let in_key = table.primary_key().contains(&column.name);
    let Some(lowered) = lowered.filter(|c| c.encoding == Encoding::Integer && !in_key) else {
        let loss = Loss::new(
            Rule::SerialDropped,
            Grade::Dropped,
            object,
            "SQLite numbers only a key of one column by itself, and a trigger cannot give a value to a part of a key: this column gets no number.",
        )
        .remedy("Give the number in the application.");
        work.lose(loss.at(origin));
        return;
    };
    let key = sqlite_columns(work, name, table.primary_key());
    let Some(sqlite_table) = work.sqlite_table(name) else {
        return;
    };
    for own in &mut sqlite_table.columns {
        if own.name == lowered.sqlite {
            own.not_null = false;
        }
    }
    let table_name = sqlite_table.name.clone();
    let same: Vec<String> = if key.is_empty() {
        vec![format!("{id} = NEW.{id}")]
    } else {
        let key = key.iter().map(|c| sqlite::quote(c));
        key.map(|c| format!("{c} = NEW.{c}")).collect()
    };
    let trigger = work
        .names
        .take_trigger(&format!("{table_name}_{}_number", lowered.sqlite));
    let (shown, number) = (sqlite::quote(&table_name), sqlite::quote(&lowered.sqlite));
    let sql = format!(
        "CREATE TRIGGER {} AFTER INSERT ON {shown} FOR EACH ROW\nWHEN NEW.{number} IS NULL\nBEGIN\n    UPDATE {shown} SET {number} = (SELECT coalesce(max({number}), 0) + 1 FROM {shown}) WHERE {};\nEND",
        sqlite::quote(&trigger),
        same.join(" AND ")
    );
    work.out.sqlite.triggers.push(sqlite::Trigger {
        name: trigger,
        table: table_name,
        sql,
        origin: column.origin.clone(),
    });
    let loss = Loss::new(
        Rule::SerialDropped,
        Grade::Widened,
        object,
        "SQLite numbers only a key of one column by itself: a trigger gives this column the highest number and one, for which it must take NULL; the number of a deleted row may come again.",
    )
    .remedy("Read the row again after writing it (`server_default=FetchedValue()` in the model).");
    work.lose(loss.at(origin));
}

/// Columns that take their numbers from a sequence in PostgreSQL, and not from SQLite.
pub(crate) fn numbered_outside_key<'m>(pg: &Table, map: &'m TableMap) -> Vec<&'m ColumnMap> {
    let columns = pg.columns.iter().filter(|c| {
        let drawn = c.default.as_ref().and_then(|d| nextval(d.sql()));
        c.identity_always.is_some() || drawn.is_some()
    });
    let maps = columns.filter_map(|c| map.columns.iter().find(|m| m.pg == c.name));
    maps.filter(|m| m.encoding == Encoding::Integer && pg.primary_key() != [m.pg.clone()])
        .collect()
}

fn unique(
    work: &mut Work<'_>,
    name: &QualName,
    constraint: &TableConstraint,
    columns: &[String],
    nulls_not_distinct: bool,
) {
    let nullable = |work: &Work<'_>, c: &String| {
        work.map(name)
            .and_then(|t| column_map(t, c))
            .is_some_and(|c| c.nullable)
    };
    if nulls_not_distinct && columns.iter().any(|c| nullable(work, c)) {
        // An index over expressions takes its place: see `indexes`.
        return;
    }
    deferrable_unique(work, name, constraint);
    let columns = sqlite_columns(work, name, columns);
    if let Some(table) = work.sqlite_table(name) {
        table.uniques.push(sqlite::Unique {
            name: Some(constraint.name().to_owned()).filter(|n| !n.is_empty()),
            columns,
            origin: constraint.origin.clone(),
        });
    }
}

fn deferrable_unique(work: &mut Work<'_>, name: &QualName, constraint: &TableConstraint) {
    if !constraint.constraint.deferrable {
        return;
    }
    let loss = Loss::new(
        Rule::Deferral,
        Grade::Lossy,
        format!("{name}.{}", constraint.name()),
        "Deferrable: SQLite checks uniqueness row by row, so an update that swaps values fails.",
    )
    .remedy("Swap values in two updates, over a value that is not used.");
    work.lose(loss.at(constraint.origin.as_ref()));
}

/// The columns by which rows are told apart: the primary key, or a unique rule over columns that are never NULL.
fn row_key(work: &Work<'_>, name: &QualName, table: &Table) -> Vec<String> {
    let key = table.primary_key();
    if !key.is_empty() {
        return sqlite_columns(work, name, key);
    }
    let never_null = |columns: &[String]| {
        !columns.is_empty()
            && columns.iter().all(|c| {
                work.map(name)
                    .and_then(|t| column_map(t, c))
                    .is_some_and(|c| !c.nullable)
            })
    };
    let constraints = table
        .constraints
        .iter()
        .filter_map(|c| match &c.constraint.kind {
            ConstraintKind::Unique { columns, .. } => Some(columns.clone()),
            _ => None,
        });
    let indexes = table
        .indexes
        .iter()
        .filter(|i| i.index.unique && i.index.predicate.is_none())
        .filter_map(|i| {
            i.index
                .parts
                .iter()
                .map(|p| match &p.key {
                    IndexKey::Column(c) => Some(c.clone()),
                    IndexKey::Expr(_) => None,
                })
                .collect::<Option<Vec<_>>>()
        });
    constraints
        .chain(indexes)
        .find(|columns| never_null(columns))
        .map(|columns| sqlite_columns(work, name, &columns))
        .unwrap_or_default()
}
