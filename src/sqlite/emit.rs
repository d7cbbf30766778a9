//! A schema as SQL statements that SQLite 3.45 accepts, in one style and a stable order.
//!
//! Statements come without terminator and are seed-safe: no comment stands in front of a statement, no `;` in one but
//! in trigger bodies, which are kept apart. Comments stand inside the statement's own text, where `sqlite_master` keeps them.

use super::schema::{
    Check, Column, Default_, ForeignKey, Index, IndexKey, IndexPart, PrimaryKey, Schema, Table,
    View, table_order,
};
use super::text::{comment_text, quote, quote_list, seed_safe};

/// The statements that make a schema, and those that remove it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// Tables, each followed by its indexes, then views.
    pub up: Vec<String>,
    /// Triggers; their bodies hold `;`.
    pub triggers_up: Vec<String>,
    /// Drops in reverse order; references that run against it are emptied first, so that no foreign key stops a drop.
    pub down: Vec<String>,
    /// Drops of the triggers.
    pub triggers_down: Vec<String>,
}

/// The statements of a schema.
pub fn emit_schema(schema: &Schema) -> Script {
    let mut script = Script::default();
    let order: Vec<&Table> = table_order(&schema.tables)
        .into_iter()
        .filter_map(|at| schema.tables.get(at))
        .collect();
    for table in &order {
        script.up.push(create_table(table));
        script.up.extend(insert_rows(table, &table.rows));
        script.up.extend(
            schema
                .indexes
                .iter()
                .filter(|i| i.table.eq_ignore_ascii_case(&table.name))
                .map(create_index),
        );
    }
    script.up.extend(schema.views.iter().map(create_view));
    script.triggers_up = schema.triggers.iter().map(|t| t.sql.clone()).collect();
    script.triggers_down = drops("TRIGGER", schema.triggers.iter().map(|t| &t.name));
    script.down = drops("VIEW", schema.views.iter().map(|v| &v.name));
    script.down.extend(untie(&order));
    script
        .down
        .extend(drops("TABLE", order.iter().map(|t| &t.name)));
    script
}

fn drops<'a>(kind: &str, names: impl DoubleEndedIterator<Item = &'a String>) -> Vec<String> {
    names
        .rev()
        .map(|n| format!("DROP {kind} {}", quote(n)))
        .collect()
}

/// Statements that empty references which would stop a `DROP TABLE` in reverse order: to a table that is dropped before
/// the one that refers to it, and of a table to itself under `RESTRICT` (sqlite.org/foreignkeys.html, section 5).
pub(super) fn untie(order: &[&Table]) -> Vec<String> {
    let position = |name: &str| order.iter().position(|t| t.name.eq_ignore_ascii_case(name));
    let mut out = Vec::new();
    for (at, table) in order.iter().enumerate() {
        for fk in &table.foreign_keys {
            let Some(parent) = position(&fk.ref_table) else {
                continue;
            };
            let stops = match fk.on_delete.as_deref() {
                None => parent > at,
                Some("RESTRICT") => parent >= at,
                Some(_) => false,
            };
            let nullable: Vec<_> = fk
                .columns
                .iter()
                .filter(|c| table.column(c).is_some_and(|c| !c.not_null))
                .collect();
            if stops {
                out.push(match nullable.first() {
                    Some(column) => {
                        format!("UPDATE {} SET {} = NULL", quote(&table.name), quote(column))
                    }
                    None => format!("DELETE FROM {}", quote(&table.name)),
                });
            }
        }
    }
    out
}

/// The statement that writes rows of a table; none without rows.
pub(super) fn insert_rows(table: &Table, rows: &[Vec<String>]) -> Option<String> {
    let rows: Vec<String> = rows
        .iter()
        .map(|row| {
            let values: Vec<String> = row.iter().map(|v| seed_safe(v)).collect();
            format!("({})", values.join(", "))
        })
        .collect();
    let columns: Vec<&String> = table.columns.iter().map(|c| &c.name).collect();
    (!rows.is_empty()).then(|| {
        format!(
            "INSERT INTO {} ({}) VALUES {}",
            quote(&table.name),
            quote_list(&columns),
            rows.join(", ")
        )
    })
}

/// `CREATE TABLE`.
pub fn create_table(table: &Table) -> String {
    let inline_key = table.primary_key.as_ref().filter(|pk| is_rowid(table, pk));
    let mut lines: Vec<(String, Option<&str>)> = table
        .columns
        .iter()
        .map(|c| {
            let key = inline_key.filter(|pk| pk.columns.first().is_some_and(|k| *k == c.name));
            (column(c, key), c.comment.as_deref())
        })
        .collect();
    if let Some(key) = table.primary_key.as_ref().filter(|_| inline_key.is_none()) {
        let clause = format!("PRIMARY KEY ({})", quote_list(&key.columns));
        lines.push((named(key.name.as_deref(), clause), None));
    }
    for unique in &table.uniques {
        let clause = format!("UNIQUE ({})", quote_list(&unique.columns));
        lines.push((named(unique.name.as_deref(), clause), None));
    }
    for fk in &table.foreign_keys {
        lines.push((named(fk.name.as_deref(), foreign_key(fk)), None));
    }
    for check in &table.checks {
        lines.push((check_clause(check), None));
    }
    let mut sql = format!("CREATE TABLE {} (", quote(&table.name));
    if let Some(comment) = &table.comment {
        sql.push_str(&format!(" -- {}", comment_text(comment)));
    }
    let last = lines.len().saturating_sub(1);
    for (at, (line, comment)) in lines.iter().enumerate() {
        sql.push_str("\n    ");
        sql.push_str(line);
        if at < last {
            sql.push(',');
        }
        if let Some(comment) = comment {
            sql.push_str(&format!(" -- {}", comment_text(comment)));
        }
    }
    sql.push_str("\n)");
    let options: Vec<_> = [
        (table.without_rowid, "WITHOUT ROWID"),
        (table.strict, "STRICT"),
    ]
    .into_iter()
    .filter(|o| o.0)
    .map(|o| o.1)
    .collect();
    if !options.is_empty() {
        sql.push(' ');
        sql.push_str(&options.join(", "));
    }
    sql
}

/// Whether the key is the rowid and stands behind its column (sqlite.org/lang_createtable.html, "ROWIDs and the INTEGER
/// PRIMARY KEY").
fn is_rowid(table: &Table, key: &PrimaryKey) -> bool {
    match key.columns.as_slice() {
        [only] => table
            .column(only)
            .is_some_and(|c| c.declared_type.eq_ignore_ascii_case("INTEGER")),
        _ => false,
    }
}

/// A column without its name and key, as `CREATE TABLE` has it: `INTEGER NOT NULL DEFAULT 1`.
pub fn column_definition(one: &Column) -> String {
    let text = column(one, None);
    text.strip_prefix(&quote(&one.name))
        .map(|rest| rest.trim_start().to_owned())
        .unwrap_or(text)
}

/// A primary key: `PRIMARY KEY ("id" AUTOINCREMENT)`.
pub fn key_definition(key: &PrimaryKey) -> String {
    let counted = if key.autoincrement {
        " AUTOINCREMENT"
    } else {
        ""
    };
    format!("PRIMARY KEY ({}{counted})", quote_list(&key.columns))
}

/// A UNIQUE constraint over columns.
pub fn unique_definition(columns: &[String]) -> String {
    format!("UNIQUE ({})", quote_list(columns))
}

/// A foreign key without its name.
pub fn foreign_key_definition(key: &ForeignKey) -> String {
    foreign_key(key)
}

/// A column's definition, with the primary key when it is the rowid.
pub(super) fn column(column: &Column, key: Option<&PrimaryKey>) -> String {
    let mut sql = quote(&column.name);
    if !column.declared_type.is_empty() {
        sql.push(' ');
        sql.push_str(&column.declared_type);
    }
    if let Some(collate) = &column.collate {
        sql.push_str(&format!(" COLLATE {}", quote(collate)));
    }
    if column.not_null {
        sql.push_str(" NOT NULL");
    }
    if let Some(key) = key {
        if let Some(name) = &key.name {
            sql.push_str(&format!(" CONSTRAINT {}", quote(name)));
        }
        sql.push_str(" PRIMARY KEY");
        if key.autoincrement {
            sql.push_str(" AUTOINCREMENT");
        }
    }
    match &column.default {
        Some(Default_::Literal(text)) => sql.push_str(&format!(" DEFAULT {}", seed_safe(text))),
        Some(Default_::Expr(text)) => sql.push_str(&format!(" DEFAULT ({})", seed_safe(text))),
        None => {}
    }
    if let Some(generated) = &column.generated {
        let kind = if generated.stored {
            "STORED"
        } else {
            "VIRTUAL"
        };
        let expr = seed_safe(&generated.expr);
        sql.push_str(&format!(" GENERATED ALWAYS AS ({expr}) {kind}"));
    }
    sql
}

/// A clause with the name of its constraint in front, where it has one.
pub(super) fn named(name: Option<&str>, clause: String) -> String {
    match name {
        Some(name) => format!("CONSTRAINT {} {clause}", quote(name)),
        None => clause,
    }
}

/// A CHECK with its name.
pub(super) fn check_clause(check: &Check) -> String {
    named(
        check.name.as_deref(),
        format!("CHECK ({})", seed_safe(&check.expr)),
    )
}

fn foreign_key(fk: &ForeignKey) -> String {
    format!(
        "FOREIGN KEY ({}) {}",
        quote_list(&fk.columns),
        references(fk)
    )
}

/// `REFERENCES ..` of a foreign key, as it stands behind its columns.
pub(super) fn references(fk: &ForeignKey) -> String {
    let mut sql = format!("REFERENCES {}", quote(&fk.ref_table));
    if !fk.ref_columns.is_empty() {
        sql.push_str(&format!(" ({})", quote_list(&fk.ref_columns)));
    }
    if let Some(action) = &fk.on_delete {
        sql.push_str(&format!(" ON DELETE {action}"));
    }
    if let Some(action) = &fk.on_update {
        sql.push_str(&format!(" ON UPDATE {action}"));
    }
    if fk.deferred {
        sql.push_str(" DEFERRABLE INITIALLY DEFERRED");
    }
    sql
}

/// `CREATE INDEX`.
pub fn create_index(index: &Index) -> String {
    let parts: Vec<_> = index.parts.iter().map(index_part).collect();
    let unique = if index.unique { "UNIQUE " } else { "" };
    let mut sql = format!(
        "CREATE {unique}INDEX {} ON {} ({})",
        quote(&index.name),
        quote(&index.table),
        parts.join(", ")
    );
    if let Some(predicate) = &index.predicate {
        sql.push_str(&format!(" WHERE {}", seed_safe(predicate)));
    }
    sql
}

fn index_part(part: &IndexPart) -> String {
    let mut sql = match &part.key {
        IndexKey::Column(name) => quote(name),
        IndexKey::Expr(expr) if part.collate.is_some() => format!("({})", seed_safe(expr)),
        IndexKey::Expr(expr) => seed_safe(expr),
    };
    if let Some(collate) = &part.collate {
        sql.push_str(&format!(" COLLATE {}", quote(collate)));
    }
    if part.descending {
        sql.push_str(" DESC");
    }
    sql
}

/// `CREATE VIEW`.
pub fn create_view(view: &View) -> String {
    let columns = if view.columns.is_empty() {
        String::new()
    } else {
        format!(" ({})", quote_list(&view.columns))
    };
    format!(
        "CREATE VIEW {}{columns} AS\n{}",
        quote(&view.name),
        seed_safe(&view.query)
    )
}
