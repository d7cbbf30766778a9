//! Tables and their columns: types, nullability, comments, and the map that port and verify share.

use super::accept;
use super::encoding::{ColumnMap, Encoding, TableMap};
use super::loss::{Grade, Loss, Rule};
use super::names::{is_alembic_version, is_lowered};
use super::types::{self, TypeSource};
use super::work::{Work, column_object};
use crate::ir::QualName;
use crate::pg::schema as pg;
use crate::pg::types::{BaseType, PgType};
use crate::sqlite::schema as sqlite;

/// Makes the tables and their columns.
pub(super) fn lower_tables(work: &mut Work<'_>) {
    for (name, table) in &work.pg.tables {
        if is_lowered(name, table) {
            lower_table(work, name, table);
        } else if !is_alembic_version(name, table) {
            not_lowered(work, name, table);
        }
    }
}

/// Tables that do not become tables.
fn not_lowered(work: &mut Work<'_>, name: &QualName, table: &pg::Table) {
    let loss = match &table.partition_of {
        Some((parent, _)) => Loss::new(
            Rule::PartitionsMerged,
            Grade::Widened,
            name.to_string(),
            format!("A partition: its rows are rows of `{parent}`, and its bounds are not enforced."),
        )
        .remedy(format!("Query `{parent}` with a condition instead.")),
        None => Loss::new(
            Rule::TableDropped,
            Grade::Dropped,
            name.to_string(),
            "A foreign table: its rows are on another server.",
        )
        .remedy("Copy what is needed of it into a table, or query the other server from the application."),
    };
    work.lose(loss.at(table.origin.as_ref()));
}

/// The column of a table that has none in PostgreSQL.
const NO_COLUMN: &str = "no_column";

fn lower_table(work: &mut Work<'_>, name: &QualName, table: &pg::Table) {
    let Some(sqlite_name) = work.names.relation(name).map(str::to_owned) else {
        return;
    };
    let mut columns = Vec::with_capacity(table.columns.len());
    let mut maps: Vec<ColumnMap> = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let unique_name = column_name(work, name, column, &maps);
        let (column, map) = lower_column(work, name, column, unique_name);
        columns.push(column);
        maps.push(map);
    }
    if table.columns.iter().all(|c| c.generated.is_some()) {
        let without = if columns.is_empty() {
            "columns"
        } else {
            "columns that are stored"
        };
        let mut filler = NO_COLUMN.to_owned();
        while maps.iter().any(|m| m.sqlite.eq_ignore_ascii_case(&filler)) {
            filler.push('_');
        }
        let note = format!(
            "SQLite has no tables without {without}: it has a column `{filler}`, which is always NULL."
        );
        columns.push(sqlite::Column {
            name: filler,
            declared_type: if work.options.strict { "ANY" } else { "" }.to_owned(),
            ..sqlite::Column::default()
        });
        let loss = Loss::new(Rule::TypeForm, Grade::Widened, name.to_string(), note);
        work.lose(loss.at(table.origin.as_ref()));
    }
    work.out.sqlite.tables.push(sqlite::Table {
        name: sqlite_name.clone(),
        columns,
        strict: work.options.strict,
        comment: table.comment.clone(),
        origin: table.origin.clone(),
        ..sqlite::Table::default()
    });
    work.out.tables.push(TableMap {
        pg: name.clone(),
        sqlite: sqlite_name,
        columns: maps,
        key: Vec::new(),
        sequence: None,
    });
    if !table.with.is_empty() || !table.placement.is_empty() {
        let with: Vec<String> = table
            .with
            .iter()
            .map(|(k, v)| format!("{k} = {v}"))
            .collect();
        let mut clauses = table.placement.clone();
        if !with.is_empty() {
            clauses.insert(0, format!("WITH ({})", with.join(", ")));
        }
        let note = format!("{} has no meaning in SQLite.", clauses.join(" "));
        let loss = Loss::new(Rule::StorageOption, Grade::Exact, name.to_string(), note);
        work.lose(loss.at(table.origin.as_ref()));
    }
    unenforced_lengths(work, name, table);
    table_remarks(work, name, table);
}

/// A column's name, changed where two differ by case alone.
fn column_name(
    work: &mut Work<'_>,
    table: &QualName,
    column: &pg::Column,
    before: &[ColumnMap],
) -> String {
    let taken = |n: &str| before.iter().any(|m| m.sqlite.eq_ignore_ascii_case(n));
    let mut name = column.name.clone();
    let mut number = 2;
    while taken(&name) {
        name = format!("{}_{number}", column.name);
        number += 1;
    }
    if name != column.name {
        let note =
            format!("SQLite does not tell column names apart by case: it is called `{name}`.");
        let loss = Loss::new(
            Rule::Renamed,
            Grade::Lossy,
            column_object(table, &column.name),
            note,
        )
        .remedy(format!(
            "Map the attribute with `mapped_column(\"{name}\")`."
        ));
        work.lose(loss.at(column.origin.as_ref()));
    }
    name
}

fn lower_column(
    work: &mut Work<'_>,
    table: &QualName,
    column: &pg::Column,
    name: String,
) -> (sqlite::Column, ColumnMap) {
    let object = column_object(table, &column.name);
    let (pg_type, domain_not_null) = work.resolve_domains(&column.type_);
    let labels = work
        .enum_type(&pg_type)
        .filter(|_| !pg_type.array)
        .map(|(_, e)| e.labels.as_slice());
    let source = TypeSource {
        pg: &pg_type,
        declared: column.declared.as_ref(),
        labels,
        libsql: work.options.libsql,
    };
    let mut stored = types::store(source, work.options.profile);
    accept::override_type(work, &object, column, &pg_type, &mut stored);
    if work.options.strict {
        stored.declared = types::strict_name(&stored.encoding).to_owned();
    }
    for remark in &stored.remarks {
        let mut loss = Loss::new(remark.rule, remark.grade, object.clone(), &remark.note)
            .at(column.origin.as_ref());
        loss.remedy = remark.remedy.clone();
        work.lose(loss);
    }
    let collate = collation(work, &object, column).or(stored.collate);
    let nullable = column.nullable && !domain_not_null;
    let lowered = sqlite::Column {
        name: name.clone(),
        declared_type: stored.declared.clone(),
        not_null: !nullable,
        collate: collate.map(str::to_owned),
        comment: column.comment.clone(),
        origin: column.origin.clone(),
        ..sqlite::Column::default()
    };
    let map = ColumnMap {
        pg: column.name.clone(),
        sqlite: name,
        pg_type,
        declared_type: stored.declared,
        encoding: stored.encoding,
        nullable,
        generated: false,
        accepted: Vec::new(),
    };
    (lowered, map)
}

/// A column's own collation. SQLite knows three: those that order by bytes are BINARY, which is the default.
fn collation(work: &mut Work<'_>, object: &str, column: &pg::Column) -> Option<&'static str> {
    let name = column.collation.as_deref()?;
    let bare = name.rsplit('.').next().unwrap_or(name).trim_matches('"');
    if is_bytewise(bare) {
        return None;
    }
    let loss = Loss::new(
        Rule::Collation,
        Grade::Widened,
        object,
        format!("Collation `{bare}` has no equal: texts compare by their bytes."),
    )
    .remedy("Sort in the application where the language's order matters.");
    work.lose(loss.at(column.origin.as_ref()));
    None
}

/// Whether a collation orders by bytes or is the database's own, which nothing in the schema names.
pub(super) fn is_bytewise(collation: &str) -> bool {
    matches!(
        collation,
        "C" | "POSIX" | "ucs_basic" | "default" | "C.UTF-8" | "C.utf8" | "BINARY"
    )
}

/// One note per table for the lengths that SQLite does not enforce.
fn unenforced_lengths(work: &mut Work<'_>, name: &QualName, table: &pg::Table) {
    let limited: Vec<String> = table
        .columns
        .iter()
        .filter_map(|c| {
            let pg_type = work.resolve_domains(&c.type_).0;
            length_limit(&pg_type).map(|n| format!("{} ({n})", c.name))
        })
        .collect();
    if limited.is_empty() || work.options.check_lengths {
        return;
    }
    let note = format!(
        "SQLite does not enforce the length of texts: {}.",
        limited.join(", ")
    );
    let loss = Loss::new(
        Rule::LengthUnenforced,
        Grade::Widened,
        name.to_string(),
        note,
    )
    .remedy("Validate in the application, or say `check-lengths = true` under [storage]: each becomes a CHECK.");
    work.lose(loss.at(table.origin.as_ref()));
}

pub(super) fn length_limit(pg_type: &PgType) -> Option<u32> {
    match pg_type.base {
        BaseType::Varchar if !pg_type.array => pg_type.length(),
        _ => None,
    }
}

/// What a table has beside its columns and constraints.
fn table_remarks(work: &mut Work<'_>, name: &QualName, table: &pg::Table) {
    let object = name.to_string();
    let origin = table.origin.as_ref();
    if !table.inherits.is_empty() {
        let parents: Vec<_> = table.inherits.iter().map(|p| format!("`{p}`")).collect();
        let loss = Loss::new(
            Rule::InheritanceDropped,
            Grade::Lossy,
            object.clone(),
            format!(
                "It inherits from {}: there, its rows no longer appear.",
                parents.join(", ")
            ),
        )
        .remedy("Query both tables with UNION ALL, or make a view of it.");
        work.lose(loss.at(origin));
    }
    if let Some(by) = &table.partition_by {
        let loss = Loss::new(
            Rule::PartitionsMerged,
            Grade::Widened,
            object.clone(),
            format!("Partitioned by {by}: it is one table, with the rows of all partitions."),
        );
        work.lose(loss.at(origin));
    }
    if table.unlogged {
        let loss = Loss::new(
            Rule::StorageOption,
            Grade::Exact,
            object.clone(),
            "UNLOGGED has no equal: the table is as durable as the others.",
        );
        work.lose(loss.at(origin));
    }
    if table.row_security {
        let loss = Loss::new(
            Rule::RowSecurity,
            Grade::Dropped,
            object.clone(),
            "Row security has no equal: every connection sees every row.",
        )
        .remedy(
            "Filter in the application (for instance with SQLAlchemy's `with_loader_criteria`).",
        );
        work.lose(loss.at(origin));
    }
    let comments = table.columns.iter().filter(|c| c.comment.is_some()).count()
        + usize::from(table.comment.is_some());
    if comments > 0 {
        let loss = Loss::new(
            Rule::CommentInText,
            Grade::Exact,
            object,
            "Comments stand in the text of CREATE TABLE, where sqlite_master keeps them.",
        );
        work.lose(loss.at(origin));
    }
}

/// Whether a value of that form is stored as a number, for what compares it.
pub(super) fn same_form(a: &Encoding, b: &Encoding) -> bool {
    a == b || (a.is_number() && b.is_number())
}
