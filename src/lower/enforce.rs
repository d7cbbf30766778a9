//! Rules that SQLite has no clause for and keeps through triggers: they refuse what PostgreSQL refuses.

use super::TableMap;
use super::expr::{Note, Place, Scope, Translator, Ty};
use super::work::Work;
use crate::diag::Origin;
use crate::ir::{ForeignKey, IndexKey, OpKind, QualName, ReferentialAction};
use crate::pg::schema::TableConstraint;
use crate::pg::sql::ast::{FromItem, Node, Query, Select};
use crate::pg::sql::{parse_expr, parse_script, referenced_columns, rewrite};
use crate::sqlite::schema::{self as sqlite, quote, quote_list, string_literal};

/// What became of a rule: notes about it, or why there is no equal.
pub(super) type Enforced = Result<Vec<Note>, String>;

/// A `CHECK` that needs what SQLite takes in triggers alone: subqueries, and functions of the moment.
pub(super) fn check(
    work: &mut Work<'_>,
    table: &QualName,
    name: &str,
    node: &Node,
    origin: Option<&Origin>,
) -> Enforced {
    let map = work.map(table).ok_or("the table is not lowered")?.clone();
    let scope = row_scope(&map, "NEW");
    let translator = Translator::new(work.catalog(), Place::Trigger, scope);
    let done = translator.value_for(node, &Ty::boolean())?;
    let of: Vec<String> = referenced_columns(node)
        .iter()
        .filter_map(|c| map.columns.iter().find(|m| m.pg == *c))
        .map(|m| m.sqlite.clone())
        .collect();
    let statement = format!(
        "SELECT RAISE(ABORT, {})",
        string_literal(&format!("CHECK constraint failed: {name}"))
    );
    // A subquery hides what it reads from the list of columns.
    let of = if done.sql.contains("SELECT") && of.is_empty() {
        Vec::new()
    } else {
        of
    };
    before_write(
        work,
        &map,
        name,
        &format!("NOT ({})", done.sql),
        &of,
        &|_| statement.clone(),
        origin,
    );
    Ok(done.notes)
}

/// An exclusion constraint: no other row may conflict (PostgreSQL documentation, CREATE TABLE, EXCLUDE).
pub(super) fn exclusion(
    work: &mut Work<'_>,
    table: &QualName,
    constraint: &TableConstraint,
    elements: &[(String, String)],
    predicate: Option<&str>,
) -> Enforced {
    let map = work.map(table).ok_or("the table is not lowered")?.clone();
    let mut tests = Vec::new();
    let mut read = Vec::new();
    for (key, op) in elements {
        let node = element(key)?;
        read.extend(referenced_columns(&node));
        tests.push(Node::Binary(
            Box::new(of_row(&node, "other")?),
            op.clone(),
            Box::new(of_row(&node, "new")?),
        ));
    }
    let mut when = None;
    if let Some(predicate) = predicate {
        let node = parse_expr(predicate)?;
        read.extend(referenced_columns(&node));
        tests.push(of_row(&node, "other")?);
        when = Some(of_row(&node, "new")?);
    }
    let filter = tests
        .into_iter()
        .reduce(|a, b| Node::Binary(Box::new(a), "AND".to_owned(), Box::new(b)));
    let conflict = Node::Exists(Box::new(Query {
        select: Select {
            items: vec![(Node::Number("1".to_owned()), None)],
            from: vec![FromItem::Table(table.clone(), Some("other".to_owned()))],
            filter,
            ..Select::default()
        },
        ..Query::default()
    }));
    let mut scope = super::expr::trigger_scope(&map);
    scope.columns.retain(|c| c.qualifier == "new");
    let translate = |work: &Work<'_>, node: &Node| {
        Translator::new(work.catalog(), Place::Trigger, scope.clone())
            .value_for(node, &Ty::boolean())
    };
    let done = translate(work, &conflict)?;
    let mut notes = done.notes;
    let condition = match when {
        Some(node) => {
            let when = translate(work, &node)?;
            notes.extend(when.notes);
            when.sql
        }
        None => String::new(),
    };
    let raise = format!(
        "SELECT RAISE(ABORT, {}) WHERE ",
        string_literal(&format!(
            "exclusion constraint failed: {}",
            constraint.name()
        ))
    );
    let of: Vec<String> = map
        .columns
        .iter()
        .filter(|c| read.contains(&c.pg))
        .map(|c| c.sqlite.clone())
        .collect();
    let id = map
        .row_id()
        .ok_or("columns of the table have all names of the rowid")?;
    let found = done.sql.strip_suffix(')').unwrap_or(&done.sql).to_owned();
    before_write(
        work,
        &map,
        constraint.name(),
        &condition,
        &of,
        &|event| {
            // The row itself is no conflict.
            let itself = if event == "UPDATE" {
                format!(" AND other.{id} <> OLD.{id}")
            } else {
                String::new()
            };
            format!("{raise}{found}{itself})")
        },
        constraint.origin.as_ref(),
    );
    Ok(notes)
}

/// `ON DELETE SET NULL (a)` and `SET DEFAULT (a)`: what a delete of the row that is referred to does.
pub(super) fn set_some(
    work: &mut Work<'_>,
    table: &QualName,
    parent: &QualName,
    constraint: &TableConstraint,
    fk: &ForeignKey,
    referred: &[String],
) -> Enforced {
    let map = work.map(table).ok_or("the table is not lowered")?.clone();
    let parent_map = work
        .map(parent)
        .ok_or("the table that it refers to is not lowered")?
        .clone();
    let of = |map: &TableMap, column: &String| {
        let found = map.columns.iter().find(|c| c.pg == *column);
        found
            .map(|c| c.sqlite.clone())
            .ok_or_else(|| format!("`{column}` is no column"))
    };
    let defaults = work.sqlite_table(table).map(|t| {
        let default = |c: &sqlite::Column| (c.name.clone(), c.default.clone());
        t.columns.iter().map(default).collect::<Vec<_>>()
    });
    let mut sets = Vec::new();
    for column in &fk.on_delete_columns {
        let name = of(&map, column)?;
        let value = match fk.on_delete {
            ReferentialAction::SetDefault => {
                let found = defaults.iter().flatten().find(|(n, _)| *n == name);
                match found.and_then(|(_, d)| d.as_ref()) {
                    Some(sqlite::Default_::Literal(text)) => text.clone(),
                    Some(sqlite::Default_::Expr(text)) => format!("({text})"),
                    None => "NULL".to_owned(),
                }
            }
            _ => "NULL".to_owned(),
        };
        sets.push(format!("{} = {value}", quote(&name)));
    }
    let mut tests = Vec::new();
    for (column, referred) in fk.columns.iter().zip(referred) {
        tests.push(format!(
            "{} = OLD.{}",
            quote(&of(&map, column)?),
            quote(&of(&parent_map, referred)?)
        ));
    }
    let statement = format!(
        "UPDATE {} SET {} WHERE {}",
        quote(&map.sqlite),
        sets.join(", "),
        tests.join(" AND ")
    );
    let name = work
        .names
        .take_trigger(&format!("{}_delete", constraint.name()));
    let sql = format!(
        "CREATE TRIGGER {} BEFORE DELETE ON {} FOR EACH ROW\nBEGIN\n    {statement};\nEND",
        quote(&name),
        quote(&parent_map.sqlite),
    );
    work.out.sqlite.triggers.push(sqlite::Trigger {
        name,
        table: parent_map.sqlite,
        sql,
        origin: constraint.origin.clone(),
    });
    Ok(Vec::new())
}

/// Two triggers that run before a row is written: one for INSERT, one for UPDATE of what they read.
fn before_write(
    work: &mut Work<'_>,
    map: &TableMap,
    rule: &str,
    when: &str,
    of: &[String],
    statement: &dyn Fn(&str) -> String,
    origin: Option<&Origin>,
) {
    for event in ["INSERT", "UPDATE"] {
        let wanted = format!("{rule}_{}", event.to_ascii_lowercase());
        let name = work.names.take_trigger(&wanted);
        let columns = if event == "UPDATE" && !of.is_empty() {
            format!(" OF {}", quote_list(of))
        } else {
            String::new()
        };
        let when = if when.is_empty() {
            String::new()
        } else {
            format!("\nWHEN {when}")
        };
        let sql = format!(
            "CREATE TRIGGER {} BEFORE {event}{columns} ON {} FOR EACH ROW{when}\nBEGIN\n    {};\nEND",
            quote(&name),
            quote(&map.sqlite),
            statement(event),
        );
        work.out.sqlite.triggers.push(sqlite::Trigger {
            name,
            table: map.sqlite.clone(),
            sql,
            origin: origin.cloned(),
        });
    }
}

/// The columns of a table as those of `NEW`, with and without the table's name.
fn row_scope(map: &TableMap, row: &str) -> Scope {
    let mut scope = Scope::default();
    for column in &map.columns {
        let sql = format!("{row}.{}", quote(&column.sqlite));
        let ty = Ty {
            pg: column.pg_type.clone(),
            encoding: column.encoding.clone(),
        };
        scope.add(&map.pg.name, &column.pg, sql, Some(ty));
    }
    scope
}

/// An element of an exclusion constraint, without its operator class.
fn element(text: &str) -> Result<Node, String> {
    let script = parse_script(&format!("CREATE INDEX ON t ({text})"));
    let part = script.iter().flat_map(|s| &s.ops).find_map(|op| match op {
        OpKind::CreateIndex(create) => create.index.parts.first(),
        _ => None,
    });
    match part.map(|p| &p.key) {
        Some(IndexKey::Column(name)) => Ok(Node::Column(vec![name.clone()])),
        Some(IndexKey::Expr(expr)) => parse_expr(expr.sql()),
        None => Err(format!("`{text}` is not understood")),
    }
}

/// The same expression over the columns of a row.
fn of_row(node: &Node, row: &str) -> Result<Node, String> {
    let mut out = node.clone();
    rewrite::rewrite(&mut out, &mut |node: &Node| match node {
        Node::Column(path) => {
            let column = path.last().cloned().unwrap_or_default();
            Some(Node::Column(vec![row.to_owned(), column]))
        }
        _ => None,
    })?;
    Ok(out)
}
