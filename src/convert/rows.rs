//! Statements that change rows, in SQLite's SQL.

use indexmap::IndexMap;

use crate::ir::{BulkInsert, ConstraintKind, DataKind, DataStatement, DataValue, OpKind, QualName};
use crate::lower::{Grade, expr};
use crate::pg::sql::ast::{Call, Change, Insert, Node, Query, Select, Update};
use crate::pg::sql::{parse_change, parse_expr, parse_query};
use crate::sqlite::schema::string_literal;

type Translated = (Vec<String>, Vec<expr::Note>);

/// The statements that do the same.
pub(super) fn translate(context: expr::Context<'_>, kind: &OpKind) -> Result<Translated, String> {
    let translate_change =
        |sql: &str, change: &Change| expr::translate_change(context, sql, change);
    match kind {
        OpKind::BulkInsert(insert) => {
            let mut out: Translated = Default::default();
            for change in inserts(insert)? {
                let (statements, notes) = translate_change("", &change)?;
                out.0.extend(statements);
                out.1.extend(notes);
            }
            Ok(out)
        }
        OpKind::CreateTable(table) => match &table.query {
            Some(query) => {
                let rows = Insert {
                    table: table.name.clone(),
                    source: Some(parse_query(&query.sql)?),
                    ..Insert::default()
                };
                translate_change(&query.sql, &Change::Insert(Box::new(rows)))
            }
            None => Ok(Translated::default()),
        },
        OpKind::Data(data) if data.kind == DataKind::Select => {
            // A query changes nothing by itself, but a function that it calls may.
            let note = expr::Note {
                grade: Grade::Widened,
                text: format!("A query is left out: {}", text(kind)),
            };
            Ok((Vec::new(), vec![note]))
        }
        OpKind::Data(data) if !data.unknown.is_empty() => {
            let sql = with_moments(data)?;
            let (statements, mut notes) = translate_change(&sql, &parse_change(&sql)?)?;
            notes.push(expr::Note {
                grade: Grade::Widened,
                text: format!(
                    "What Python took from the clock or at random is taken when this runs: {}",
                    text(kind)
                ),
            });
            Ok((statements, notes))
        }
        OpKind::Data(data) => match data.unknown.first() {
            Some(why) => Err(format!("a value of it is not known: {why}")),
            None if data.sql.starts_with("FOR ") => Err(
                "a loop over rows whose turns are no single statement over all of them: write it as one UPDATE .. FROM, INSERT .. SELECT or DELETE"
                    .to_owned(),
            ),
            None => match parse_change(&data.sql)? {
                Change::Truncate(tables) => truncate(context, &data.sql, tables),
                change => translate_change(&data.sql, &change),
            },
        },
        _ => Ok(Translated::default()),
    }
}

/// What takes the place of a value that differs with each run: where a column holds such values, the translation knows their form.
fn moment(why: &str) -> Option<&'static str> {
    let clocks = [
        "datetime.now() depends on the clock",
        "datetime.utcnow() depends on the clock",
    ];
    if clocks.contains(&why) {
        Some(expr::CLOCK)
    } else if why == "uuid4() is random" {
        Some(expr::RANDOM_UUID)
    } else {
        None
    }
}

/// A statement whose unknown values are all of the clock or random, with expressions in their places.
fn with_moments(data: &DataStatement) -> Result<String, String> {
    let mut sql = data.sql.clone();
    // From behind, so that `$1` is not found in `$10`.
    for (at, why) in data.unknown.iter().enumerate().rev() {
        let refused = || format!("a value of it is not known: {why}");
        let name = format!("${}", at + 1);
        let place = moment(why).ok_or_else(refused)?;
        if !sql.contains(&name) {
            return Err(refused());
        }
        sql = sql.replace(&name, &format!("{place}()"));
    }
    Ok(sql)
}

/// `TRUNCATE`: with `CASCADE`, the tables that refer to these are emptied whatever their keys say (PostgreSQL documentation,
/// TRUNCATE); those that refer come first, so that no key acts.
fn truncate(
    context: expr::Context<'_>,
    sql: &str,
    mut tables: Vec<QualName>,
) -> Result<Translated, String> {
    let words: Vec<String> = sql
        .split_whitespace()
        .map(|w| {
            w.trim_matches(|c: char| !c.is_alphanumeric())
                .to_ascii_uppercase()
        })
        .collect();
    let says = |word: &str| words.last().is_some_and(|w| w == word);
    let refers = |child: &QualName, to: &QualName| {
        let keys = context.pg.tables.get(child).into_iter();
        let keys = keys
            .flat_map(|t| &t.constraints)
            .map(|c| &c.constraint.kind);
        let mut keys = keys.filter_map(|kind| match kind {
            ConstraintKind::ForeignKey(key) => Some(&key.ref_table),
            _ => None,
        });
        child != to && keys.any(|t| t == to)
    };
    if says("CASCADE") {
        let mut at = 0;
        while let Some(table) = tables.get(at).cloned() {
            for child in context.pg.tables.keys() {
                if refers(child, &table) && !tables.contains(child) {
                    tables.push(child.clone());
                }
            }
            at += 1;
        }
    }
    let mut ordered: Vec<QualName> = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let free = tables
            .iter()
            .position(|t| !tables.iter().any(|child| refers(child, t)));
        ordered.push(tables.remove(free.unwrap_or(0)));
    }
    let restart = words.windows(2).any(|w| w == ["RESTART", "IDENTITY"]);
    let mut out = expr::translate_change(context, "", &Change::Truncate(ordered.clone()))?;
    for table in context.tables.iter().filter(|t| ordered.contains(&t.pg)) {
        if restart && table.sequence.is_some() {
            out.0.push(format!(
                "DELETE FROM sqlite_sequence WHERE name = {}",
                string_literal(&table.sqlite)
            ));
        }
    }
    Ok(out)
}

/// What a statement does to columns that are there, as far as it says which: an `UPDATE` as it stands, and for `ON CONFLICT DO
/// UPDATE` the columns alone.
pub(super) enum Sets {
    Update(String, Box<Update>),
    OnConflict(Vec<String>),
}

/// Finds it.
pub(super) fn sets(kind: &OpKind) -> Option<Sets> {
    let OpKind::Data(data) = kind else {
        return None;
    };
    match parse_change(&data.sql).ok()? {
        Change::Update(update) => Some(Sets::Update(data.sql.clone(), Box::new(update))),
        Change::Insert(insert) => {
            let (set, _) = insert.on_conflict?.update?;
            let columns = set.into_iter().map(|(column, _)| column);
            Some(Sets::OnConflict(columns.collect()))
        }
        _ => None,
    }
}

/// The statement as its author wrote it, for a list.
pub(super) fn text(kind: &OpKind) -> String {
    match kind {
        OpKind::BulkInsert(insert) => {
            format!(
                "bulk_insert of {} rows into {}",
                insert.rows.len(),
                insert.table
            )
        }
        OpKind::CreateTable(table) => format!("the rows of CREATE TABLE {} AS", table.name),
        OpKind::Data(data) => data.sql.split_whitespace().collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

/// Rows grouped by the columns that they name, in order.
fn inserts(insert: &BulkInsert) -> Result<Vec<Change>, String> {
    let mut groups: IndexMap<Vec<String>, Vec<Vec<Node>>> = IndexMap::new();
    for row in &insert.rows {
        let columns = row.iter().map(|(column, _)| column.clone()).collect();
        let values = row.iter().map(|(_, v)| node(v));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        groups.entry(columns).or_default().push(values);
    }
    let changes = groups.into_iter().map(|(columns, values)| {
        let select = Select {
            values,
            ..Select::default()
        };
        Change::Insert(Box::new(Insert {
            table: insert.table.clone(),
            columns,
            source: Some(Query {
                select,
                ..Query::default()
            }),
            ..Insert::default()
        }))
    });
    Ok(changes.collect())
}

/// A value as an expression of PostgreSQL.
fn node(value: &DataValue) -> Result<Node, String> {
    Ok(match value {
        DataValue::Null => Node::Null,
        DataValue::Bool(value) => Node::Bool(*value),
        DataValue::Int(text) | DataValue::Number(text) => match text.strip_prefix('-') {
            Some(digits) => Node::Unary("-".to_owned(), Box::new(Node::Number(digits.to_owned()))),
            None => Node::Number(text.clone()),
        },
        DataValue::Text(text) | DataValue::Json(text) => Node::String(text.clone()),
        DataValue::Bytes(hex) => Node::String(format!("\\x{hex}")),
        DataValue::Array(items) => Node::Array(items.iter().map(node).collect::<Result<_, _>>()?),
        DataValue::Sql(sql) => parse_expr(sql.sql())?,
        DataValue::Unknown(why) => match moment(why) {
            Some(name) => Node::Call(Box::new(Call {
                name: name.to_owned(),
                ..Call::default()
            })),
            None => return Err(format!("a value is not known: {why}")),
        },
    })
}
