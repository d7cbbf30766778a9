//! SQLite's schema against SQLite's schema.

use rusqlite::Connection;

use super::matching::{distinct, match_up};
use super::pg::VERSION_TABLE;
use super::sqlite_objects::{compare_indexes, compare_triggers, compare_views};
use super::{COMMENT, Finding, ObjectKind, Verdict, renames};
use crate::diag::Origin;
use crate::sqlite::normal::normal;
use crate::sqlite::schema::{Check, Column, Default_, ForeignKey, Schema, Table, Unique};
use crate::sqlite::{emit, inspect};

/// What of `expected` is not so in `actual`, and what is there besides; nothing for equal schemas. Expressions are compared
/// by their tokens. Origins are those of `expected`.
pub fn compare_sqlite(expected: &Schema, actual: &Schema) -> Vec<Finding> {
    let mut out = Vec::new();
    let renamed = renames::sqlite_tables(expected, actual);
    for table in &expected.tables {
        let new = renamed.iter().find(|(old, _)| *old == table.name);
        match (actual.table(&table.name), new) {
            (Some(other), _) => compare_table(table, other, &mut out),
            (None, Some((old, new))) => {
                let finding = Finding::differs(ObjectKind::Table, *old, "name", *old, *new);
                out.push(finding.with_origin(table.origin.as_ref()));
                if let Some(other) = actual.table(new) {
                    compare_table(table, other, &mut out);
                }
            }
            (None, None) => out.push(
                Finding::new(Verdict::Lost, ObjectKind::Table, &table.name)
                    .with_origin(table.origin.as_ref()),
            ),
        }
    }
    for table in actual
        .tables
        .iter()
        .filter(|t| expected.table(&t.name).is_none() && !renamed.iter().any(|(_, n)| *n == t.name))
    {
        out.push(Finding::new(Verdict::Extra, ObjectKind::Table, &table.name));
    }
    compare_indexes(&expected.indexes, &actual.indexes, &mut out);
    compare_views(&expected.views, &actual.views, &mut out);
    compare_triggers(&expected.triggers, &actual.triggers, &mut out);
    out
}

/// Compares the schema that lowering built with that of a database. Both are brought to one form: the expected one is
/// executed in a database in memory, and SQLite is asked about both alike.
pub(crate) fn compare_target(
    expected: &Schema,
    target: &Connection,
    ledger_tables: &[String],
) -> Result<Vec<Finding>, rusqlite::Error> {
    let mut actual = inspect::read(target)?;
    // The rows of Alembic's own table are compared elsewhere.
    let ledger = |name: &str| {
        name.eq_ignore_ascii_case(VERSION_TABLE)
            || ledger_tables.iter().any(|l| l.eq_ignore_ascii_case(name))
    };
    let ours = |name: &str| {
        name.starts_with("_decant") || (ledger(name) && expected.table(name).is_none())
    };
    actual.tables.retain(|t| !ours(&t.name));
    actual.indexes.retain(|i| !ours(&i.table));
    actual.triggers.retain(|t| !ours(&t.table));
    // What SQLite refuses to execute is compared as it was built.
    let executed = execute(expected).unwrap_or_else(|_| expected.clone());
    let mut out = compare_sqlite(&with_all_origins(executed, expected), &actual);
    // A port makes no virtual tables, and a schema read back leaves them out.
    let sql = "SELECT name FROM pragma_table_list WHERE type = 'virtual' AND schema = 'main'";
    let mut statement = target.prepare(sql)?;
    for name in statement.query_map([], |row| row.get::<_, String>(0))? {
        let mut finding = Finding::new(Verdict::Extra, ObjectKind::Table, name?);
        finding.note = Some("a virtual table".to_owned());
        out.push(finding);
    }
    Ok(out)
}

/// The schema as SQLite tells it after executing its statements.
fn execute(schema: &Schema) -> Result<Schema, rusqlite::Error> {
    let memory = Connection::open_in_memory()?;
    let script = emit::emit_schema(schema);
    for statement in script.up.iter().chain(&script.triggers_up) {
        memory.execute_batch(statement)?;
    }
    inspect::read(&memory)
}

/// Puts the origins back that a database does not keep.
fn with_all_origins(mut read: Schema, built: &Schema) -> Schema {
    for table in &mut read.tables {
        let Some(source) = built.table(&table.name) else {
            continue;
        };
        table.origin.clone_from(&source.origin);
        for column in &mut table.columns {
            column.origin = source.column(&column.name).and_then(|c| c.origin.clone());
        }
        for key in &mut table.foreign_keys {
            let same = source
                .foreign_keys
                .iter()
                .find(|f| same_names(&f.columns, &key.columns));
            key.origin = same.and_then(|f| f.origin.clone());
        }
        for unique in &mut table.uniques {
            let same = source
                .uniques
                .iter()
                .find(|u| same_names(&u.columns, &unique.columns));
            unique.origin = same.and_then(|u| u.origin.clone());
        }
        for check in &mut table.checks {
            let same = source
                .checks
                .iter()
                .find(|c| normal(&c.expr) == normal(&check.expr));
            check.origin = same.and_then(|c| c.origin.clone());
        }
    }
    for index in &mut read.indexes {
        let same = built
            .indexes
            .iter()
            .find(|i| i.name.eq_ignore_ascii_case(&index.name));
        index.origin = same.and_then(|i| i.origin.clone());
    }
    for view in &mut read.views {
        let same = built
            .views
            .iter()
            .find(|v| v.name.eq_ignore_ascii_case(&view.name));
        view.origin = same.and_then(|v| v.origin.clone());
    }
    for trigger in &mut read.triggers {
        let same = built
            .triggers
            .iter()
            .find(|t| t.name.eq_ignore_ascii_case(&trigger.name));
        trigger.origin = same.and_then(|t| t.origin.clone());
    }
    read
}

fn same_names(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.eq_ignore_ascii_case(b))
}

fn same_option(a: Option<&String>, b: Option<&String>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        (None, None) => true,
        _ => false,
    }
}

fn compare_table(expected: &Table, actual: &Table, out: &mut Vec<Finding>) {
    let origin = expected.origin.as_ref();
    let mut differs = |aspect: &str, wanted: String, found: String| {
        if wanted != found {
            out.push(
                Finding::differs(ObjectKind::Table, &expected.name, aspect, wanted, found)
                    .with_origin(origin),
            );
        }
    };
    let flag = |set: bool, name: &str| if set { name.to_owned() } else { String::new() };
    differs(
        "row ids",
        flag(expected.without_rowid, "WITHOUT ROWID"),
        flag(actual.without_rowid, "WITHOUT ROWID"),
    );
    differs(
        COMMENT,
        expected.comment.clone().unwrap_or_default(),
        actual.comment.clone().unwrap_or_default(),
    );
    differs(
        "strictness",
        flag(expected.strict, "STRICT"),
        flag(actual.strict, "STRICT"),
    );
    compare_columns(expected, actual, out);
    compare_primary_key(expected, actual, out);
    compare_uniques(expected, actual, out);
    compare_checks(expected, actual, out);
    compare_foreign_keys(expected, actual, out);
}

fn compare_columns(expected: &Table, actual: &Table, out: &mut Vec<Finding>) {
    let renamed = renames::sqlite_columns(expected, actual);
    for column in &expected.columns {
        let object = format!("{}.{}", expected.name, column.name);
        let new = renamed.iter().find(|(old, _)| *old == column.name);
        match (actual.column(&column.name), new) {
            (Some(other), _) => compare_column(&object, column, other, out),
            (None, Some((old, new))) => {
                let finding = Finding::differs(ObjectKind::Column, &object, "name", old, new);
                out.push(finding.with_origin(column.origin.as_ref()));
                if let Some(other) = actual.column(new) {
                    compare_column(&object, column, other, out);
                }
            }
            (None, None) => out.push(
                Finding::new(Verdict::Lost, ObjectKind::Column, object)
                    .with_origin(column.origin.as_ref()),
            ),
        }
    }
    for column in actual.columns.iter().filter(|c| {
        expected.column(&c.name).is_none() && !renamed.iter().any(|(_, new)| *new == c.name)
    }) {
        let object = format!("{}.{}", expected.name, column.name);
        out.push(Finding::new(Verdict::Extra, ObjectKind::Column, object));
    }
    let order = |table: &Table, other: &Table| -> Vec<String> {
        let both = table
            .columns
            .iter()
            .filter(|c| other.column(&c.name).is_some());
        both.map(|c| c.name.to_ascii_lowercase()).collect()
    };
    let (wanted, found) = (order(expected, actual), order(actual, expected));
    if wanted != found {
        out.push(
            Finding::differs(
                ObjectKind::Table,
                &expected.name,
                "order of columns",
                wanted.join(", "),
                found.join(", "),
            )
            .with_origin(expected.origin.as_ref()),
        );
    }
}

fn compare_column(object: &str, expected: &Column, actual: &Column, out: &mut Vec<Finding>) {
    let mut differs = |aspect: &str, wanted: String, found: String, verdict: Verdict| {
        if wanted != found {
            out.push(
                Finding::differs(ObjectKind::Column, object, aspect, wanted, found)
                    .judged(verdict)
                    .with_origin(expected.origin.as_ref()),
            );
        }
    };
    let declared = |column: &Column| {
        normal(&column.declared_type)
            .to_ascii_uppercase()
            .replace(' ', "")
    };
    if declared(expected) != declared(actual) {
        differs(
            "declared type",
            expected.declared_type.clone(),
            actual.declared_type.clone(),
            Verdict::Differs,
        );
    }
    let null = |column: &Column| {
        if column.not_null {
            "NOT NULL"
        } else {
            "NULL allowed"
        }
        .to_owned()
    };
    let weaker = if expected.not_null {
        Verdict::Weaker
    } else {
        Verdict::Differs
    };
    differs("nullability", null(expected), null(actual), weaker);
    let default = |column: &Column| match &column.default {
        Some(Default_::Literal(sql) | Default_::Expr(sql)) => normal(sql),
        None => String::new(),
    };
    // `DEFAULT NULL` is no default.
    let default = |column: &Column| {
        Some(default(column))
            .filter(|d| d != "null")
            .unwrap_or_default()
    };
    differs(
        "default",
        default(expected),
        default(actual),
        Verdict::Differs,
    );
    differs(
        COMMENT,
        expected.comment.clone().unwrap_or_default(),
        actual.comment.clone().unwrap_or_default(),
        Verdict::Differs,
    );
    let collate = |c: &Column| match &c.collate {
        Some(name) if !name.eq_ignore_ascii_case("BINARY") => name.to_ascii_uppercase(),
        _ => String::new(),
    };
    differs(
        "collation",
        collate(expected),
        collate(actual),
        Verdict::Differs,
    );
    let generated = |column: &Column| match &column.generated {
        Some(g) => format!(
            "{} {}",
            normal(&g.expr),
            if g.stored { "STORED" } else { "VIRTUAL" }
        ),
        None => String::new(),
    };
    differs(
        "generation",
        generated(expected),
        generated(actual),
        Verdict::Differs,
    );
}

fn compare_primary_key(expected: &Table, actual: &Table, out: &mut Vec<Finding>) {
    let show = |table: &Table| match &table.primary_key {
        Some(key) => {
            let columns: Vec<String> = key.columns.iter().map(|c| c.to_ascii_lowercase()).collect();
            let auto = if key.autoincrement {
                " AUTOINCREMENT"
            } else {
                ""
            };
            format!("({}){auto}", columns.join(", "))
        }
        None => String::new(),
    };
    let (wanted, found) = (show(expected), show(actual));
    if wanted == found {
        return;
    }
    let verdict = match (wanted.is_empty(), found.is_empty()) {
        (false, true) => Verdict::Lost,
        (true, false) => Verdict::Extra,
        _ => Verdict::Differs,
    };
    out.push(
        Finding::differs(
            ObjectKind::PrimaryKey,
            &expected.name,
            "columns",
            wanted,
            found,
        )
        .judged(verdict)
        .with_origin(expected.origin.as_ref()),
    );
}

/// The name of a constraint for findings: its own, or its content.
fn object(table: &str, name: Option<&String>, content: &str) -> String {
    match name {
        Some(name) => format!("{table}.{name}"),
        None => format!("{table} {content}"),
    }
}

fn compare_uniques(expected: &Table, actual: &Table, out: &mut Vec<Finding>) {
    let same = |a: &Unique, b: &Unique| same_names(&a.columns, &b.columns);
    let sides = (
        distinct(&expected.uniques, same),
        distinct(&actual.uniques, same),
    );
    let matched = match_up(
        &sides.0,
        &sides.1,
        |a, b| a.name.is_some() && same_option(a.name.as_ref(), b.name.as_ref()),
        |a, b| same_names(&a.columns, &b.columns),
    );
    let show = |u: &Unique| format!("({})", u.columns.join(", "));
    let kind = ObjectKind::Unique;
    let name = |u: &Unique| object(&expected.name, u.name.as_ref(), &show(u));
    for (a, b) in matched.pairs {
        if !same_names(&a.columns, &b.columns) {
            out.push(
                Finding::differs(kind, name(a), "columns", show(a), show(b))
                    .with_origin(a.origin.as_ref()),
            );
        }
    }
    lost_and_extra(
        kind,
        &matched.lost,
        &matched.extra,
        name,
        |u| u.origin.as_ref(),
        show,
        out,
    );
}

fn compare_checks(expected: &Table, actual: &Table, out: &mut Vec<Finding>) {
    let same = |a: &Check, b: &Check| normal(&a.expr) == normal(&b.expr);
    let sides = (
        distinct(&expected.checks, same),
        distinct(&actual.checks, same),
    );
    let matched = match_up(
        &sides.0,
        &sides.1,
        |a, b| a.name.is_some() && same_option(a.name.as_ref(), b.name.as_ref()),
        |a, b| normal(&a.expr) == normal(&b.expr),
    );
    let show = |c: &Check| c.expr.clone();
    let kind = ObjectKind::Check;
    let name = |c: &Check| object(&expected.name, c.name.as_ref(), &c.expr);
    for (a, b) in matched.pairs {
        if normal(&a.expr) != normal(&b.expr) {
            out.push(
                Finding::differs(kind, name(a), "condition", show(a), show(b))
                    .with_origin(a.origin.as_ref()),
            );
        }
    }
    lost_and_extra(
        kind,
        &matched.lost,
        &matched.extra,
        name,
        |c| c.origin.as_ref(),
        show,
        out,
    );
}

fn compare_foreign_keys(expected: &Table, actual: &Table, out: &mut Vec<Finding>) {
    let action = |action: Option<&String>| match action.map(String::as_str) {
        Some("NO ACTION") | None => "NO ACTION".to_owned(),
        Some(other) => other.to_ascii_uppercase(),
    };
    let target = |f: &ForeignKey| {
        let columns: Vec<String> = f
            .ref_columns
            .iter()
            .map(|c| c.to_ascii_lowercase())
            .collect();
        format!(
            "{}({})",
            f.ref_table.to_ascii_lowercase(),
            columns.join(", ")
        )
    };
    let same = |a: &ForeignKey, b: &ForeignKey| {
        same_names(&a.columns, &b.columns)
            && target(a) == target(b)
            && action(a.on_delete.as_ref()) == action(b.on_delete.as_ref())
            && action(a.on_update.as_ref()) == action(b.on_update.as_ref())
            && a.deferred == b.deferred
    };
    let sides = (
        distinct(&expected.foreign_keys, same),
        distinct(&actual.foreign_keys, same),
    );
    let matched = match_up(
        &sides.0,
        &sides.1,
        |a, b| same_names(&a.columns, &b.columns) && target(a) == target(b),
        |a, b| {
            same_names(&a.columns, &b.columns)
                || (a.name.is_some() && same_option(a.name.as_ref(), b.name.as_ref()))
        },
    );
    let show = |f: &ForeignKey| format!("({}) REFERENCES {}", f.columns.join(", "), target(f));
    let kind = ObjectKind::ForeignKey;
    let name = |f: &ForeignKey| object(&expected.name, f.name.as_ref(), &show(f));
    for (a, b) in matched.pairs {
        let mut differs = |aspect: &str, wanted: String, found: String| {
            if wanted != found {
                let finding = Finding::differs(kind, name(a), aspect, wanted, found);
                out.push(finding.with_origin(a.origin.as_ref()));
            }
        };
        if !same_names(&a.columns, &b.columns) {
            differs("columns", a.columns.join(", "), b.columns.join(", "));
        }
        differs("referenced columns", target(a), target(b));
        differs(
            "ON DELETE",
            action(a.on_delete.as_ref()),
            action(b.on_delete.as_ref()),
        );
        differs(
            "ON UPDATE",
            action(a.on_update.as_ref()),
            action(b.on_update.as_ref()),
        );
        let deferred = |f: &ForeignKey| {
            if f.deferred {
                "INITIALLY DEFERRED"
            } else {
                "immediate"
            }
        };
        differs(
            "time of the check",
            deferred(a).to_owned(),
            deferred(b).to_owned(),
        );
    }
    lost_and_extra(
        kind,
        &matched.lost,
        &matched.extra,
        name,
        |f| f.origin.as_ref(),
        show,
        out,
    );
}

pub(super) fn lost_and_extra<T>(
    kind: ObjectKind,
    lost: &[&T],
    extra: &[&T],
    name: impl Fn(&T) -> String,
    origin: impl Fn(&T) -> Option<&Origin>,
    show: impl Fn(&T) -> String,
    out: &mut Vec<Finding>,
) {
    for item in lost {
        let mut finding = Finding::new(Verdict::Lost, kind, name(item)).with_origin(origin(item));
        finding.expected = Some(show(item));
        out.push(finding);
    }
    for item in extra {
        let mut finding = Finding::new(Verdict::Extra, kind, name(item));
        finding.actual = Some(show(item));
        out.push(finding);
    }
}
