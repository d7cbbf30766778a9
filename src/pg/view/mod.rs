//! The schema as guards see it: SQLAlchemy's inspector, and queries over PostgreSQL's catalogs.
//!
//! Catalog relations are built from the schema model when a query names them (`catalog`), and the query is evaluated
//! over them (`eval`). Tables of the application have no rows here: what they hold is not part of a schema.

mod catalog;
mod eval;
mod function;
mod information_schema;
mod json;
mod pg_catalog;
mod source;
mod value;

use std::collections::BTreeMap;

use crate::ir::{
    Column, ColumnDefinition, ColumnInfo, ColumnType, ConstraintInfo, ConstraintKind, Datum,
    EnumInfo, Expr, Identity, Index, QualName, QueryAnswer, SchemaView,
};
use crate::pg::replay::Replay;
use crate::pg::rows::{AppRows, Row};
use crate::pg::schema::{Schema, TableKind};
use crate::pg::shape::{Output, Relations, Temporary};
use crate::pg::sql::ast::{Node, Query};
use crate::pg::sql::{parse_query, tables_in};

pub use json::stored;

/// Variables of a `DO` block by name; fields of a row variable as `row.column`.
pub type Variables = BTreeMap<String, Datum>;

/// A value, or why it is not known.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer<T> {
    /// It is this.
    Known(T),
    /// It could not be found out.
    Unknown(String),
}

/// Value of an expression as PL/pgSQL writes it: what may stand after `SELECT`.
pub fn evaluate(
    schema: &Schema,
    rows: &AppRows,
    text: &str,
    variables: &Variables,
) -> Answer<Datum> {
    match select(schema, rows, &format!("SELECT {text}"), variables) {
        Answer::Known((_, rows)) => {
            match rows.into_iter().next().and_then(|r| r.into_iter().next()) {
                None => Answer::Known(Datum::Null),
                Some(Datum::Unknown(why)) => Answer::Unknown(why),
                Some(value) => Answer::Known(value),
            }
        }
        Answer::Unknown(why) => Answer::Unknown(why),
    }
}

/// Rows of a query with the names of its columns; tables of the application have the rows that the history wrote.
pub fn select(
    schema: &Schema,
    rows: &AppRows,
    query: &str,
    variables: &Variables,
) -> Answer<(Vec<String>, Vec<Vec<Datum>>)> {
    match parse_query(query) {
        Ok(parsed) => select_query(schema, rows, &parsed, variables),
        Err(why) => Answer::Unknown(why),
    }
}

/// As [`select`], of a query that is parsed already.
pub fn select_query(
    schema: &Schema,
    rows: &AppRows,
    query: &Query,
    variables: &Variables,
) -> Answer<(Vec<String>, Vec<Vec<Datum>>)> {
    match eval::run(schema, query, variables, eval::Application::Rows(rows)) {
        Ok(result) => Answer::Known(result),
        Err(stop) => Answer::Unknown(stop.reason()),
    }
}

/// Value of an expression over the columns of one row of the table `alias`; what cannot be computed is unknown.
pub fn row_value(node: &Node, alias: &str, row: &Row) -> Datum {
    eval::in_row(node, alias, row)
}

/// As [`row_value`]; subqueries are answered from the schema and the rows that are known.
pub fn row_value_among(
    schema: &Schema,
    rows: &AppRows,
    node: &Node,
    alias: &str,
    row: &Row,
) -> Datum {
    eval::in_row_among(schema, rows, node, alias, row)
}

/// Items of an array as its text says them: `{a,b}`.
pub fn array_literal(text: &str) -> Vec<Datum> {
    function::array_literal(text)
        .into_iter()
        .map(Datum::from)
        .collect()
}

/// Columns of a view, where its query tells them.
fn view_columns(schema: &Schema, name: &QualName) -> Option<Vec<Output>> {
    let temporary = Temporary::new();
    Relations {
        schema,
        temporary: &temporary,
    }
    .columns(name)
}

fn in_schema(name: &QualName, schema: Option<&str>) -> bool {
    name.schema_or_default() == schema.unwrap_or("public")
}

fn sorted<'a>(names: impl Iterator<Item = &'a QualName>, schema: Option<&str>) -> Vec<String> {
    let mut found: Vec<String> = names
        .filter(|n| in_schema(n, schema))
        .map(|n| n.name.clone())
        .collect();
    found.sort();
    found
}

fn catalog_key(name: &QualName) -> QualName {
    QualName::qualified(name.schema.as_deref(), name.name.clone())
}

impl SchemaView for Schema {
    fn schema_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.schemas.keys().cloned().collect();
        names.push("public".to_owned());
        names.sort();
        names
    }

    fn table_names(&self, schema: Option<&str>) -> Vec<String> {
        sorted(
            self.tables
                .iter()
                .filter(|(_, t)| t.kind != TableKind::Foreign)
                .map(|(n, _)| n),
            schema,
        )
    }

    fn view_names(&self, schema: Option<&str>) -> Vec<String> {
        let views = self.views.iter().filter(|(_, v)| !v.materialized);
        sorted(views.map(|(n, _)| n), schema)
    }

    fn materialized_view_names(&self, schema: Option<&str>) -> Vec<String> {
        let views = self.views.iter().filter(|(_, v)| v.materialized);
        sorted(views.map(|(n, _)| n), schema)
    }

    fn sequence_names(&self, schema: Option<&str>) -> Vec<String> {
        sorted(self.sequences.keys(), schema)
    }

    fn columns(&self, table: &QualName) -> Option<Vec<ColumnInfo>> {
        let key = catalog_key(table);
        if self.views.contains_key(&key) {
            let columns = view_columns(self, &key)?;
            return Some(
                columns
                    .into_iter()
                    .map(|column| ColumnInfo {
                        name: column.name,
                        type_: column
                            .type_
                            .map_or_else(|| "text".to_owned(), |t| t.to_string()),
                        nullable: true,
                        default: None,
                        comment: None,
                        identity: false,
                        generated: false,
                    })
                    .collect(),
            );
        }
        Some(
            self.tables
                .get(&key)?
                .columns
                .iter()
                .map(|c| ColumnInfo {
                    name: c.name.clone(),
                    type_: c.type_.to_string(),
                    nullable: c.nullable,
                    default: c
                        .default
                        .clone()
                        .or_else(|| c.generated.as_ref().map(|g| g.expr.clone())),
                    comment: c.comment.clone(),
                    identity: c.identity_always.is_some(),
                    generated: c.generated.is_some(),
                })
                .collect(),
        )
    }

    fn definitions(&self, table: &QualName) -> Vec<ColumnDefinition> {
        let key = catalog_key(table);
        let Some(found) = self.tables.get(&key) else {
            return Vec::new();
        };
        let definition = |c: &crate::pg::schema::Column| {
            let owned = self.owned_sequence(&key, &c.name);
            let identity = c.identity_always.map(|always| Identity {
                always,
                sequence: owned.map(|(_, s)| s.options.clone()).unwrap_or_default(),
                sequence_name: None,
            });
            ColumnDefinition {
                serial: owned.is_some_and(|(_, s)| !s.identity)
                    && c.default
                        .as_ref()
                        .is_some_and(|d| d.sql().starts_with("nextval(")),
                column: Column {
                    name: c.name.clone(),
                    type_: ColumnType {
                        sql: c.type_.to_string(),
                        declared: c.declared.clone(),
                    },
                    nullable: c.nullable,
                    default: c.default.clone(),
                    identity,
                    generated: c.generated.clone(),
                    collation: c.collation.clone(),
                    comment: c.comment.clone(),
                },
            }
        };
        found.columns.iter().map(definition).collect()
    }

    fn constraints(&self, table: &QualName) -> Vec<ConstraintInfo> {
        let Some(table) = self.tables.get(&catalog_key(table)) else {
            return Vec::new();
        };
        table
            .constraints
            .iter()
            .map(|c| ConstraintInfo {
                name: c.name().to_owned(),
                kind: c.constraint.kind.clone(),
                comment: c.constraint.comment.clone(),
            })
            .collect()
    }

    fn indexes(&self, table: &QualName) -> Vec<Index> {
        let key = catalog_key(table);
        let list = match (self.tables.get(&key), self.views.get(&key)) {
            (Some(table), _) => &table.indexes,
            (None, Some(view)) => &view.indexes,
            (None, None) => return Vec::new(),
        };
        let mut indexes: Vec<Index> = list.iter().map(|i| i.index.clone()).collect();
        indexes.sort_by(|a, b| a.name.cmp(&b.name));
        indexes
    }

    fn enums(&self, schema: Option<&str>) -> Vec<EnumInfo> {
        let mut enums: Vec<EnumInfo> = self
            .enums
            .iter()
            .filter(|(n, _)| schema == Some("*") || in_schema(n, schema))
            .map(|(name, e)| EnumInfo {
                name: name.clone(),
                labels: e.labels.clone(),
            })
            .collect();
        enums.sort_by(|a, b| a.name.cmp(&b.name));
        enums
    }

    fn table_comment(&self, table: &QualName) -> Option<String> {
        let key = catalog_key(table);
        match self.tables.get(&key) {
            Some(table) => table.comment.clone(),
            None => self.views.get(&key)?.comment.clone(),
        }
    }

    fn query(&self, sql: &str) -> QueryAnswer {
        let parsed = match parse_query(sql) {
            Ok(parsed) => parsed,
            Err(why) => return shown(sql).unwrap_or(QueryAnswer::Unknown(why)),
        };
        match eval::run(self, &parsed, &Variables::new(), eval::Application::Stop) {
            Ok((columns, rows)) => QueryAnswer::Rows { columns, rows },
            Err(eval::Stop::Application) => QueryAnswer::ApplicationData,
            Err(eval::Stop::Missing(name)) => QueryAnswer::Missing(name),
            Err(eval::Stop::Unknown(why)) => QueryAnswer::Unknown(why),
        }
    }

    fn has_table(&self, table: &QualName) -> bool {
        self.tables.contains_key(&catalog_key(table))
    }
}

/// The answer of `SHOW name`.
fn shown(sql: &str) -> Option<QueryAnswer> {
    let mut words = sql.trim().trim_end_matches(';').split_whitespace();
    let show = words.next()?.eq_ignore_ascii_case("show");
    let name = words.next()?.to_ascii_lowercase();
    if !show || words.next().is_some() {
        return None;
    }
    let value = function::setting(&name)?;
    Some(QueryAnswer::Rows {
        columns: vec![name],
        rows: vec![vec![Datum::Text(value.to_owned())]],
    })
}

/// Alembic's own table, which is there while revisions run though it is no part of the schema.
const VERSION_TABLE: &str = "alembic_version";

impl SchemaView for Replay {
    fn schema_names(&self) -> Vec<String> {
        self.schema.schema_names()
    }

    fn table_names(&self, schema: Option<&str>) -> Vec<String> {
        let mut names = self.schema.table_names(schema);
        if schema.is_none_or(|s| s == "public") {
            names.push(VERSION_TABLE.to_owned());
            names.sort();
        }
        names
    }

    fn view_names(&self, schema: Option<&str>) -> Vec<String> {
        self.schema.view_names(schema)
    }

    fn materialized_view_names(&self, schema: Option<&str>) -> Vec<String> {
        self.schema.materialized_view_names(schema)
    }

    fn sequence_names(&self, schema: Option<&str>) -> Vec<String> {
        self.schema.sequence_names(schema)
    }

    fn columns(&self, table: &QualName) -> Option<Vec<ColumnInfo>> {
        if *table == QualName::new(VERSION_TABLE) {
            return Some(vec![ColumnInfo {
                name: "version_num".to_owned(),
                type_: "character varying(32)".to_owned(),
                nullable: false,
                default: None::<Expr>,
                comment: None,
                identity: false,
                generated: false,
            }]);
        }
        self.schema.columns(table)
    }

    fn definitions(&self, table: &QualName) -> Vec<ColumnDefinition> {
        self.schema.definitions(table)
    }

    fn constraints(&self, table: &QualName) -> Vec<ConstraintInfo> {
        if *table == QualName::new(VERSION_TABLE) {
            return vec![ConstraintInfo {
                name: "alembic_version_pkc".to_owned(),
                kind: ConstraintKind::PrimaryKey {
                    columns: vec!["version_num".to_owned()],
                    include: Vec::new(),
                    using_index: None,
                },
                comment: None,
            }];
        }
        self.schema.constraints(table)
    }

    fn indexes(&self, table: &QualName) -> Vec<Index> {
        self.schema.indexes(table)
    }

    fn enums(&self, schema: Option<&str>) -> Vec<EnumInfo> {
        self.schema.enums(schema)
    }

    fn table_comment(&self, table: &QualName) -> Option<String> {
        self.schema.table_comment(table)
    }

    fn query(&self, sql: &str) -> QueryAnswer {
        let parsed = match parse_query(sql) {
            Ok(parsed) => parsed,
            Err(why) => return shown(sql).unwrap_or(QueryAnswer::Unknown(why)),
        };
        let nothing = Variables::new();
        match eval::run(
            &self.schema,
            &parsed,
            &nothing,
            eval::Application::Rows(self.written_rows()),
        ) {
            Ok((columns, rows)) => QueryAnswer::Rows { columns, rows },
            Err(stop) => {
                // What is not modelled of a query over tables that nobody wrote is no matter: they are empty.
                let written = tables_in(sql).iter().any(|t| {
                    self.written_rows().may_have_rows(t) || self.schema.views.contains_key(t)
                });
                match self.schema.query(sql) {
                    QueryAnswer::ApplicationData if written => QueryAnswer::Unknown(stop.reason()),
                    QueryAnswer::Missing(name) if self.is_temporary(&name) => {
                        QueryAnswer::Unknown(stop.reason())
                    }
                    other => other,
                }
            }
        }
    }

    fn may_have_rows(&self, table: &QualName) -> bool {
        self.written_rows().may_have_rows(&catalog_key(table))
    }

    fn has_table(&self, table: &QualName) -> bool {
        self.schema.has_table(table) || *table == QualName::new(VERSION_TABLE)
    }
}
