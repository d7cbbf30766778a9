//! What a careful engineer would look at once more: notes about a schema, never changes to it.

use serde::Serialize;

use super::schema::{Index, IndexKey, Schema, Table, quote, quote_list};

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// What it is about: `missing-index`, `duplicate-index`, `without-rowid`.
    pub kind: &'static str,
    /// Table, or index.
    pub object: String,
    /// What is so, and why it matters.
    pub note: String,
    /// The statement that would follow the advice, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
}

/// All notes about a schema, by table in its order.
pub fn advise(schema: &Schema) -> Vec<Advice> {
    let mut out = Vec::new();
    for table in &schema.tables {
        let indexes: Vec<&Index> = schema
            .indexes
            .iter()
            .filter(|i| i.table == table.name)
            .collect();
        missing_indexes(schema, table, &indexes, &mut out);
        duplicate_indexes(table, &indexes, &mut out);
        without_rowid(table, schema, &mut out);
    }
    out
}

/// Columns by which an index without predicate finds rows; none when it begins with an expression.
fn plain_columns(index: &Index) -> Vec<&str> {
    if index.predicate.is_some() {
        return Vec::new();
    }
    index
        .parts
        .iter()
        .map_while(|p| match (&p.key, &p.collate) {
            (IndexKey::Column(name), None) => Some(name.as_str()),
            _ => None,
        })
        .collect()
}

/// The keys of a table: lists of columns that an index of SQLite's own serves.
fn own_keys(table: &Table) -> impl Iterator<Item = (&str, Vec<&str>)> {
    let names = |columns: &'_ [String]| columns.len();
    let key = table.primary_key.iter().map(|k| {
        (
            "the primary key",
            k.columns.iter().map(String::as_str).collect(),
        )
    });
    let uniques = table
        .uniques
        .iter()
        .filter(move |u| names(&u.columns) > 0)
        .map(|u| {
            (
                "a unique constraint",
                u.columns.iter().map(String::as_str).collect(),
            )
        });
    key.chain(uniques)
}

/// Foreign keys whose columns begin no index: SQLite reads the whole child for each row that is deleted or re-keyed in the
/// parent (sqlite.org/foreignkeys.html, section 3).
fn missing_indexes(schema: &Schema, table: &Table, indexes: &[&Index], out: &mut Vec<Advice>) {
    // The labels of an enum do not go.
    let has_rows = |name: &str| schema.table(name).is_some_and(|t| !t.rows.is_empty());
    for key in table
        .foreign_keys
        .iter()
        .filter(|k| !has_rows(&k.ref_table))
    {
        let serves = |columns: &[&str]| {
            columns
                .get(..key.columns.len())
                .is_some_and(|head| key.columns.iter().all(|c| head.contains(&c.as_str())))
        };
        let served = own_keys(table).any(|(_, columns)| serves(&columns))
            || indexes.iter().any(|i| serves(&plain_columns(i)));
        if served {
            continue;
        }
        let name = format!("ix_{}_{}", table.name, key.columns.join("_"));
        out.push(Advice {
            kind: "missing-index",
            object: table.name.clone(),
            note: format!(
                "No index begins with ({}): each delete in {} reads all of {}.",
                key.columns.join(", "),
                key.ref_table,
                table.name
            ),
            sql: Some(format!(
                "CREATE INDEX {} ON {} ({})",
                quote(&name),
                quote(&table.name),
                quote_list(&key.columns)
            )),
        });
    }
}

/// Indexes that find nothing that another does not find as fast.
fn duplicate_indexes(table: &Table, indexes: &[&Index], out: &mut Vec<Advice>) {
    for (at, index) in indexes.iter().enumerate() {
        let columns = plain_columns(index);
        // An index that is unique says something besides, and one with expressions cannot be compared.
        if index.unique || columns.len() != index.parts.len() || columns.is_empty() {
            continue;
        }
        let begins = |other: &[&str]| other.get(..columns.len()) == Some(columns.as_slice());
        let of_key = own_keys(table).find(|(_, key)| begins(key));
        let same_order = |other: &Index| {
            let directions = index.parts.iter().zip(&other.parts);
            directions
                .into_iter()
                .all(|(a, b)| a.descending == b.descending)
        };
        let other = indexes.iter().enumerate().find(|(place, other)| {
            let others = plain_columns(other);
            // Of two equal ones the later is the one too many.
            let longer = others.len() > columns.len() || other.unique || *place < at;
            *place != at && longer && begins(&others) && same_order(other)
        });
        let by = match (of_key, other) {
            (Some((what, _)), _) => format!("{what} of {}", table.name),
            (None, Some((_, other))) => other.name.clone(),
            (None, None) => continue,
        };
        out.push(Advice {
            kind: "duplicate-index",
            object: index.name.clone(),
            note: format!(
                "Finds nothing that {by} does not find: each write keeps both up to date."
            ),
            sql: Some(format!("DROP INDEX {}", quote(&index.name))),
        });
    }
}

/// Tables that are little more than their key (sqlite.org/withoutrowid.html, section 4).
fn without_rowid(table: &Table, schema: &Schema, out: &mut Vec<Advice>) {
    let Some(key) = &table.primary_key else {
        return;
    };
    let integer_key = match key.columns.as_slice() {
        [only] => table
            .column(only)
            .is_some_and(|c| c.declared_type.eq_ignore_ascii_case("INTEGER")),
        _ => false,
    };
    let beside = table
        .columns
        .iter()
        .filter(|c| !key.columns.contains(&c.name))
        .collect::<Vec<_>>();
    let small = beside.iter().all(|c| {
        let upper = c.declared_type.to_ascii_uppercase();
        !(upper.contains("TEXT") || upper.contains("BLOB") || upper == "VARCHAR")
    });
    // Other indexes would carry the whole key instead of a row number.
    let indexed = schema.indexes.iter().any(|i| i.table == table.name) || !table.uniques.is_empty();
    if table.without_rowid
        || !table.rows.is_empty()
        || integer_key
        || beside.len() > 2
        || !small
        || indexed
    {
        return;
    }
    out.push(Advice {
        kind: "without-rowid",
        object: table.name.clone(),
        note: format!(
            "Little more than its key ({}): WITHOUT ROWID would keep each row once instead of twice.",
            key.columns.join(", ")
        ),
        sql: None,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::inspect;

    fn advice(sql: &str) -> Vec<String> {
        let connection = rusqlite::Connection::open_in_memory().expect("memory");
        connection.execute_batch(sql).expect("a schema");
        let schema = inspect::read(&connection).expect("a schema");
        advise(&schema)
            .into_iter()
            .map(|a| {
                // What is advised can be done.
                if let Some(sql) = &a.sql {
                    connection.execute_batch(sql).expect("a statement");
                }
                format!("{} {}", a.kind, a.object)
            })
            .collect()
    }

    #[test]
    fn what_a_careful_engineer_would_look_at_is_noted() {
        let notes = advice(
            "CREATE TABLE p (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER);
             CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p, q INTEGER REFERENCES p, r INTEGER REFERENCES p);
             CREATE INDEX c_p ON c (p);
             CREATE INDEX c_q ON c (q) WHERE q > 0;
             CREATE UNIQUE INDEX c_r ON c (r, p);
             CREATE INDEX p_a ON p (a);
             CREATE INDEX p_ab ON p (a, b);
             CREATE INDEX p_desc ON p (a DESC);
             CREATE INDEX p_id ON p (id);
             CREATE TABLE link (a INTEGER NOT NULL REFERENCES p, b INTEGER NOT NULL REFERENCES p, PRIMARY KEY (a, b));
             CREATE TABLE wide (a TEXT PRIMARY KEY NOT NULL, b TEXT);",
        );
        assert_eq!(
            notes,
            [
                "duplicate-index p_a",
                "duplicate-index p_id",
                "missing-index c",
                "missing-index link",
                "without-rowid link",
            ]
        );
    }
}
