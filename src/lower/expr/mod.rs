//! One expression from PostgreSQL to SQLite: a parsed tree in, SQL text out, or the reason why there is no equal.
//!
//! Types are known from the columns, so that every literal takes the stored form of what it is compared with. Nothing is
//! approximated in silence: where the result can differ, a [`Note`] says so and how much it matters.

mod arith;
mod arrays;
mod calls;
mod change;
mod compare;
mod dates;
mod documents;
mod functions;
mod json;
mod like;
mod literals;
mod numbers;
mod query;
mod range;
mod regex;
mod scope;
mod source;
mod types;

use super::encoding::Encoding;
use super::loss::Grade;
use crate::ir::QualName;
use crate::pg::sql::ast::Node;
use crate::pg::types::{BaseType, PgType};
use crate::sqlite::schema::{quote, string_literal};

use literals::number_literal;

pub(super) use calls::UUID4_TEXT;
pub use dates::NOW;
pub(super) use query::ViewColumns;
pub(super) use scope::Scope;
pub use types::Ty;

/// Where an expression stands, which decides what SQLite allows in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `DEFAULT (..)`: no columns, no subqueries.
    Default,
    /// `CHECK (..)`: deterministic, no subqueries.
    Check,
    /// An index's expression or predicate: deterministic, no subqueries.
    Index,
    /// A generated column: deterministic, no subqueries.
    Generated,
    /// A view.
    View,
    /// A trigger's condition or body.
    Trigger,
    /// A statement that changes rows.
    Data,
}

impl Place {
    /// Whether functions of the moment and subqueries may stand there (sqlite.org/deterministic.html).
    fn is_free(self) -> bool {
        matches!(self, Self::View | Self::Trigger | Self::Data)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Default => "a default",
            Self::Check => "a CHECK",
            Self::Index => "an index",
            Self::Generated => "a generated column",
            Self::View => "a view",
            Self::Trigger => "a trigger",
            Self::Data => "a data statement",
        }
    }
}

/// Something that is not quite the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// How much it matters.
    pub grade: Grade,
    /// A sentence.
    pub text: String,
}

/// An expression in SQLite's SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// The text, without parentheses around it.
    pub sql: String,
    /// What is not quite the same.
    pub notes: Vec<Note>,
}

/// Why there is no equal, as a part of a sentence.
pub(super) type Reason = String;
pub(super) type Result<T, E = Reason> = std::result::Result<T, E>;

/// How tightly SQLite's operators bind (sqlite.org/lang_expr.html, section 2).
mod level {
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const EQUAL: u8 = 4;
    pub const COMPARE: u8 = 5;
    pub const BIT: u8 = 7;
    pub const ADD: u8 = 8;
    pub const MULTIPLY: u8 = 9;
    pub const CONCAT: u8 = 10;
    pub const COLLATE: u8 = 11;
    pub const UNARY: u8 = 12;
    pub const ATOM: u8 = 13;
}

/// A translated expression.
#[derive(Debug, Clone, PartialEq)]
struct Sql {
    text: String,
    level: u8,
    ty: Option<Ty>,
    /// Arithmetic on decimals that is to be rounded to so many places before its result is used.
    round: Option<u8>,
    /// A `->>`, whose result is not always spelled as PostgreSQL spells it.
    json_text: bool,
}

impl Sql {
    fn new(text: impl Into<String>, level: u8, ty: impl Into<Option<Ty>>) -> Self {
        Self {
            text: text.into(),
            level,
            ty: ty.into(),
            round: None,
            json_text: false,
        }
    }

    fn atom(text: impl Into<String>, ty: impl Into<Option<Ty>>) -> Self {
        Self::new(text, level::ATOM, ty)
    }

    /// The text, in parentheses unless it binds at least so tightly.
    fn at(&self, minimum: u8) -> String {
        if self.level >= minimum {
            self.text.clone()
        } else {
            format!("({})", self.text)
        }
    }

    fn encoding(&self) -> Option<&Encoding> {
        self.ty.as_ref().map(|t| &t.encoding)
    }
}

/// What a translation needs to know about the rest of the schema.
#[derive(Clone, Copy)]
pub(super) struct Catalog<'a> {
    pub pg: &'a crate::pg::schema::Schema,
    pub tables: &'a [super::TableMap],
    pub views: &'a ViewColumns,
    pub names: &'a super::names::Names,
}

/// A translation under way.
pub(super) struct Translator<'a> {
    catalog: Catalog<'a>,
    place: Place,
    scopes: Vec<Scope>,
    /// Tables in sight, by the names that they are written under.
    places: Vec<(String, crate::ir::QualName)>,
    notes: Vec<Note>,
    /// Queries of `WITH` that are in sight, with their columns.
    ctes: Vec<(String, query::Columns)>,
    /// The condition under which a statement that changes rows stands.
    guard: Option<String>,
}

impl<'a> Translator<'a> {
    /// For an expression at a place, with the names that it sees.
    pub fn new(catalog: Catalog<'a>, place: Place, scope: Scope) -> Self {
        Self {
            catalog,
            place,
            scopes: vec![scope],
            places: Vec::new(),
            notes: Vec::new(),
            ctes: Vec::new(),
            guard: None,
        }
    }

    /// An expression of any type.
    pub fn value(mut self, node: &Node) -> Result<Translation> {
        let sql = self.expr(node)?;
        Ok(self.done(sql))
    }

    /// An expression that is assigned to a column of that type.
    pub fn value_for(mut self, node: &Node, want: &Ty) -> Result<Translation> {
        let sql = self.assigned(node, want)?;
        Ok(self.done(sql))
    }

    /// The value of a column whose type changes: casts to types that are text in SQLite check what the column checks itself.
    fn retyped(mut self, node: &Node, want: &Ty) -> Result<Translation> {
        let bare = match node {
            Node::Cast(inner, to) if *to == want.pg => inner,
            other => other,
        };
        // The type may be made in the same step, so that no catalog knows it yet.
        if want.encoding == Encoding::Text && want.pg.user_defined().is_some() {
            let sql = self.assigned(bare, &Ty::text())?;
            return Ok(self.done(sql));
        }
        if want.encoding == Encoding::PgText {
            let sql = self.assigned(bare, &Ty::text())?;
            self.note(
                Grade::Widened,
                format!("Values become {} as they are spelled, unchecked.", want.pg),
            );
            return Ok(self.done(sql));
        }
        if want.encoding == Encoding::Integer {
            let sql = self.cast(bare, &want.pg)?;
            return Ok(self.done(sql));
        }
        self.value_for(node, want)
    }

    fn done(self, sql: Sql) -> Translation {
        Translation {
            sql: sql.text,
            notes: self.notes,
        }
    }

    fn note(&mut self, grade: Grade, text: impl Into<String>) {
        let note = Note {
            grade,
            text: text.into(),
        };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// An expression, ready for use by anything.
    fn expr(&mut self, node: &Node) -> Result<Sql> {
        let raw = self.raw(node)?;
        Ok(self.settle(raw))
    }

    /// Rounds what is to be rounded, and says what is to be said.
    fn settle(&mut self, sql: Sql) -> Sql {
        if sql.json_text {
            self.note(
                Grade::Widened,
                "`->>` gives numbers, booleans and nested documents in SQLite's spelling.",
            );
        }
        match sql.round {
            Some(places) => Sql::atom(format!("round({}, {places})", sql.text), sql.ty),
            None => Sql {
                json_text: false,
                ..sql
            },
        }
    }

    /// An expression whose result may still have to be settled.
    fn raw(&mut self, node: &Node) -> Result<Sql> {
        match node {
            Node::Null => Ok(Sql::atom("NULL", None)),
            Node::Bool(value) => Ok(Sql::atom(u8::from(*value).to_string(), Ty::boolean())),
            Node::Number(text) => Ok(number_literal(text)),
            Node::String(text) => Ok(Sql::atom(string_literal(text), Ty::text())),
            Node::Column(path) => self.column(path),
            Node::Star(_) => Err("`*` stands where SQLite takes no row".to_owned()),
            Node::Unary(op, operand) => self.unary(op, operand),
            Node::Binary(left, op, right) => self.binary(left, op, right),
            Node::Escape(inner, escape) => self.escaped(inner, escape),
            Node::IsNull { operand, negated } => {
                let operand = self.expr(operand)?;
                let test = if *negated { "IS NOT NULL" } else { "IS NULL" };
                Ok(Sql::new(
                    format!("{} {test}", operand.at(level::COMPARE)),
                    level::EQUAL,
                    Ty::boolean(),
                ))
            }
            Node::IsBool {
                operand,
                value,
                negated,
            } => self.is_bool(operand, *value, *negated),
            Node::Between {
                operand,
                low,
                high,
                negated,
            } => self.between(operand, low, high, *negated),
            Node::In {
                operand,
                items,
                negated,
            } => self.contained(operand, items, *negated),
            Node::InQuery {
                operand,
                query,
                negated,
            } => self.in_query(operand, query, *negated),
            Node::Quantified {
                left,
                op,
                all,
                array,
            } => self.quantified(left, op, *all, array),
            Node::Array(_) => Err("ARRAY[..] has no form without a column's type".to_owned()),
            Node::Row(items) => {
                let items = items
                    .iter()
                    .map(|i| Ok(self.expr(i)?.text))
                    .collect::<Result<Vec<_>>>()?;
                Ok(Sql::atom(format!("({})", items.join(", ")), None))
            }
            Node::Cast(operand, to) => self.cast(operand, to),
            Node::Collate(operand, collation) => self.collate(operand, collation),
            Node::Call(call) => self.call(call),
            Node::Case {
                operand,
                whens,
                otherwise,
            } => self.case(operand.as_deref(), whens, otherwise.as_deref()),
            Node::Subscript(base, index) => self.subscript(base, index),
            Node::Field(..) => Err("fields of composite values have no equal".to_owned()),
            Node::Subquery(query) => {
                self.free("a subquery")?;
                let (text, mut columns) = self.subquery(query)?;
                let ty = columns.pop().and_then(|c| c.1);
                Ok(Sql::atom(format!("({text})"), ty))
            }
            Node::Exists(query) => {
                self.free("a subquery")?;
                let (text, _) = self.subquery(query)?;
                Ok(Sql::atom(format!("EXISTS ({text})"), Ty::boolean()))
            }
            Node::Other(text) => Err(format!("`{text}` is not understood")),
        }
    }

    /// Refuses what may stand in views and triggers alone.
    fn free(&self, what: &str) -> Result<()> {
        if self.place.is_free() {
            Ok(())
        } else {
            Err(format!("SQLite takes {what} not in {}", self.place.name()))
        }
    }

    fn column(&mut self, path: &[String]) -> Result<Sql> {
        for scope in self.scopes.iter().rev() {
            if let Some(found) = scope.find(path) {
                return Ok(Sql::atom(found.sql.clone(), found.ty.clone()));
            }
        }
        if let Some(sql) = self.row_place(path)? {
            return Ok(sql);
        }
        Err(format!("no column is called `{}`", path.join(".")))
    }

    /// `ctid`, the place of a row, as its rowid: another order of the same rows, which serves to tell equal ones apart.
    fn row_place(&mut self, path: &[String]) -> Result<Option<Sql>> {
        let (qualifier, name) = match path {
            [name] => (None, name),
            [.., qualifier, name] => (Some(qualifier), name),
            [] => return Ok(None),
        };
        if name != "ctid" || self.place != Place::Data {
            return Ok(None);
        }
        // The table's own columns tell how it is written here.
        let found = self.scopes.iter().rev().find_map(|scope| {
            let mut columns = scope.columns.iter();
            columns.find(|c| qualifier.is_none_or(|q| c.qualifier == *q))
        });
        let Some(found) = found else {
            return Ok(None);
        };
        let Some((shown, pg)) = self.places.iter().rev().find(|(shown, _)| {
            let prefix = format!("{}.", quote(shown));
            found.sql.starts_with(&prefix)
        }) else {
            return Ok(None);
        };
        let shown = shown.clone();
        let Some(table) = self.catalog.tables.iter().find(|t| t.pg == *pg) else {
            return Ok(None);
        };
        let id = table
            .row_id()
            .ok_or("columns of the table have all names of the rowid, which stands for `ctid`")?;
        self.note(
            Grade::Widened,
            "The place of a row is its rowid: of equal rows, another one may stay.",
        );
        Ok(Some(Sql::atom(
            format!("{}.{id}", quote(&shown)),
            Ty::integer(),
        )))
    }

    fn unary(&mut self, op: &str, operand: &Node) -> Result<Sql> {
        match op {
            "NOT" => {
                let inner = self.condition(operand)?;
                Ok(Sql::new(
                    format!("NOT {}", inner.at(level::EQUAL)),
                    level::NOT,
                    Ty::boolean(),
                ))
            }
            "-" => {
                let inner = self.raw(operand)?;
                if inner
                    .ty
                    .as_ref()
                    .is_some_and(|t| !t.is_numeric() || t.is_decimal_text())
                {
                    return Err("`-` before something that is no number".to_owned());
                }
                Ok(Sql {
                    text: format!("-{}", inner.at(level::ATOM)),
                    level: level::UNARY,
                    ..inner
                })
            }
            "+" => self.raw(operand),
            "~" => {
                let inner = self.expr(operand)?;
                Ok(Sql::new(
                    format!("~{}", inner.at(level::ATOM)),
                    level::UNARY,
                    Ty::integer(),
                ))
            }
            other => Err(format!("the operator `{other}` has no equal")),
        }
    }

    /// An expression that is a condition.
    fn condition(&mut self, node: &Node) -> Result<Sql> {
        self.expr_as(node, &Ty::boolean())
    }

    fn binary(&mut self, left: &Node, op: &str, right: &Node) -> Result<Sql> {
        match op {
            "AND" | "OR" => {
                let own = if op == "AND" { level::AND } else { level::OR };
                let left = self.condition(left)?;
                let right = self.condition(right)?;
                Ok(Sql::new(
                    format!("{} {op} {}", left.at(own), right.at(own + 1)),
                    own,
                    Ty::boolean(),
                ))
            }
            "=" | "<>" | "<" | ">" | "<=" | ">=" | "IS DISTINCT FROM" | "IS NOT DISTINCT FROM" => {
                self.comparison(left, op, right)
            }
            "+" | "-" | "*" | "/" | "%" | "&" | "|" | "<<" | ">>" => {
                self.arithmetic(left, op, right)
            }
            "||" => self.concatenation(left, right),
            "LIKE" | "NOT LIKE" | "ILIKE" | "NOT ILIKE" => self.like(left, op, right, '\\'),
            "~" | "!~" | "~*" | "!~*" | "SIMILAR TO" | "NOT SIMILAR TO" => {
                self.matches(left, op, right)
            }
            "->" | "->>" | "#>" | "#>>" | "?" => self.json_operator(left, op, right),
            "AT TIME ZONE" => self.at_time_zone(left, right),
            "@>" | "<@" | "&&" => match self.range_operator(left, op, right)? {
                Some(sql) => Ok(sql),
                None if op == "&&" || compare::array_items(right).is_some() && op == "<@" => {
                    self.array_operator(left, op, right)
                }
                None => self.contains(left, op, right),
            },
            other => Err(format!("the operator `{other}` has no equal in SQLite")),
        }
    }

    fn concatenation(&mut self, left: &Node, right: &Node) -> Result<Sql> {
        let left = self.expr(left)?;
        let left = self.text_form(left)?;
        let right = self.expr(right)?;
        let right = self.text_form(right)?;
        Ok(Sql::new(
            format!(
                "{} || {}",
                left.at(level::CONCAT),
                right.at(level::CONCAT + 1)
            ),
            level::CONCAT,
            Ty::text(),
        ))
    }

    fn collate(&mut self, operand: &Node, collation: &str) -> Result<Sql> {
        let inner = self.expr(operand)?;
        let bare = collation.rsplit('.').next().unwrap_or(collation);
        if super::tables::is_bytewise(bare) {
            return Ok(Sql {
                text: format!("{} COLLATE BINARY", inner.at(level::COLLATE)),
                level: level::COLLATE,
                ..inner
            });
        }
        self.note(
            Grade::Widened,
            format!("Collation `{bare}` has no equal: texts compare by their bytes."),
        );
        Ok(inner)
    }

    fn case(
        &mut self,
        operand: Option<&Node>,
        whens: &[(Node, Node)],
        otherwise: Option<&Node>,
    ) -> Result<Sql> {
        let mut text = "CASE".to_owned();
        let mut conditions = Vec::with_capacity(whens.len());
        if let Some(operand) = operand {
            let nodes: Vec<&Node> = std::iter::once(operand)
                .chain(whens.iter().map(|w| &w.0))
                .collect();
            let mut all = self.common(&nodes)?.0.into_iter();
            if let Some(first) = all.next() {
                text.push_str(&format!(" {}", first.text));
            }
            conditions.extend(all.map(|s| s.text));
        } else {
            for (condition, _) in whens {
                conditions.push(self.condition(condition)?.text);
            }
        }
        let results: Vec<&Node> = whens.iter().map(|w| &w.1).chain(otherwise).collect();
        let (results, ty) = self.common(&results)?;
        let mut results = results.into_iter();
        for (condition, result) in conditions.iter().zip(results.by_ref()) {
            text.push_str(&format!(" WHEN {condition} THEN {}", result.text));
        }
        if let Some(last) = results.next() {
            text.push_str(&format!(" ELSE {}", last.text));
        }
        text.push_str(" END");
        Ok(Sql::atom(text, ty))
    }

    /// What a type name stands for: domains resolved, in the form that it has by default.
    fn ty_of(&self, pg: &PgType) -> Ty {
        let mut resolved = pg.clone();
        for _ in 0..32 {
            let domain = resolved
                .user_defined()
                .and_then(|name| self.catalog.pg.domains.get(&name));
            let Some(domain) = domain else { break };
            resolved = PgType {
                array: resolved.array || domain.base.array,
                ..domain.base.clone()
            };
        }
        let is_enum = resolved
            .user_defined()
            .is_some_and(|name: QualName| self.catalog.pg.enums.contains_key(&name));
        let encoding = if is_enum && !resolved.array {
            Encoding::Text
        } else {
            let source = super::types::TypeSource {
                pg: &resolved,
                declared: None,
                labels: None,
                libsql: false,
            };
            super::types::store(source, super::Profile::Sqlalchemy).encoding
        };
        Ty {
            pg: resolved,
            encoding,
        }
    }
}

/// Translates a PostgreSQL expression over a table's columns, as `fixtures/expr` proves it.
///
/// # Errors
/// Why there is no equal, as a part of a sentence.
pub fn translate(
    lowering: &super::Lowering,
    table: &QualName,
    place: Place,
    sql: &str,
) -> std::result::Result<Translation, String> {
    let map = lowering
        .table(table)
        .ok_or_else(|| format!("no table is called `{table}`"))?;
    let names = super::names::Names::of_tables(&lowering.tables);
    let views = ViewColumns::new();
    let catalog = Catalog {
        pg: &lowering.pg,
        tables: &lowering.tables,
        views: &views,
        names: &names,
    };
    let node = crate::pg::sql::parse_expr(sql)?;
    Translator::new(catalog, place, table_scope(map, None)).value(&node)
}

/// The value that a column of another form gets from an expression over a table's columns: `USING` of a type change, or
/// the column itself. `None` when the stored values stay as they are.
///
/// # Errors
/// Why there is no equal, as a part of a sentence.
pub fn translate_value(
    types: &crate::pg::schema::Schema,
    table: &super::TableMap,
    sql: &str,
    want: &super::ColumnMap,
) -> std::result::Result<Translation, String> {
    let tables = std::slice::from_ref(table);
    let names = super::names::Names::of_tables(tables);
    let views = ViewColumns::new();
    let catalog = Catalog {
        pg: types,
        tables,
        views: &views,
        names: &names,
    };
    let want = Ty {
        pg: want.pg_type.clone(),
        encoding: want.encoding.clone(),
    };
    let translator = Translator::new(catalog, Place::Data, table_scope(table, None));
    translator.retyped(&crate::pg::sql::parse_expr(sql)?, &want)
}

/// Stands for a moment that a script took from the clock: what a column of moments or days gets when the statement runs.
pub const CLOCK: &str = "decant_clock";

/// Stands for a random UUID that a script made, in a column of UUIDs.
pub const RANDOM_UUID: &str = "decant_random_uuid";

/// What statements that change rows stand in: both schemas, and the team's decisions.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// PostgreSQL's schema at that point.
    pub pg: &'a crate::pg::schema::Schema,
    /// The tables of both sides.
    pub tables: &'a [super::TableMap],
    /// The decisions by which the schema is lowered.
    pub options: &'a super::Options,
}

impl Context<'_> {
    /// Gives a translator of the statement to a function; views are translated where the statement reads one.
    fn with_translator<T>(&self, sql: &str, run: impl FnOnce(Translator<'_>) -> T) -> T {
        let reads_view = || {
            let reads = crate::pg::sql::tables_in(sql);
            reads.iter().any(|read| self.pg.views.contains_key(read))
        };
        let (names, views) = if !self.pg.views.is_empty() && reads_view() {
            super::names_and_views(self.pg, self.options)
        } else {
            let names = super::names::Names::of_tables(self.tables);
            (names, ViewColumns::new())
        };
        let catalog = Catalog {
            pg: self.pg,
            tables: self.tables,
            views: &views,
            names: &names,
        };
        run(Translator::new(catalog, Place::Data, Scope::default()))
    }
}

/// Translates a statement that changes rows, as `fixtures/expr` proves it, into statements that do the same in SQLite. `sql` is its
/// text, by which the views that it reads are found.
///
/// # Errors
/// Why there is no equal, as a part of a sentence.
pub fn translate_change(
    context: Context<'_>,
    sql: &str,
    change: &crate::pg::sql::ast::Change,
) -> std::result::Result<(Vec<String>, Vec<Note>), String> {
    context.with_translator(sql, |translator| translator.change(change, None))
}

/// A query in SQLite's SQL, and the types of its columns where they are known.
///
/// # Errors
/// Why there is no equal, as a part of a sentence.
pub fn translate_query(
    context: Context<'_>,
    sql: &str,
) -> std::result::Result<(String, Vec<Option<Ty>>), String> {
    let query = crate::pg::sql::parse_query(sql)?;
    let (text, columns) =
        context.with_translator(sql, |translator| translator.query_on_a_line(&query))?;
    Ok((text, columns.into_iter().map(|(_, ty)| ty).collect()))
}

/// A query for the rows that an `UPDATE` changes: the values of some columns (by their SQLite names) before and after, under the
/// given names.
///
/// # Errors
/// Why there is no equal, as a part of a sentence.
pub fn translate_keys(
    context: Context<'_>,
    sql: &str,
    update: &crate::pg::sql::ast::Update,
    columns: &[(String, (String, String))],
) -> std::result::Result<String, String> {
    context.with_translator(sql, |translator| translator.keys(update, columns))
}

/// The columns of a table as an expression of the table sees them.
pub(super) fn table_scope(table: &super::TableMap, qualifier: Option<&str>) -> Scope {
    let mut scope = Scope::default();
    add_columns(
        &mut scope,
        table,
        qualifier.unwrap_or(&table.pg.name),
        qualifier,
    );
    scope
}

/// The rows `OLD` and `NEW` of a trigger; names without either mean `NEW`.
pub(super) fn trigger_scope(table: &super::TableMap) -> Scope {
    let mut scope = Scope::default();
    add_columns(&mut scope, table, "new", Some("NEW"));
    add_columns(&mut scope, table, "old", Some("OLD"));
    scope
}

fn add_columns(scope: &mut Scope, table: &super::TableMap, name: &str, qualifier: Option<&str>) {
    for column in &table.columns {
        let sql = match qualifier {
            Some(q) => format!("{}.{}", quote(q), quote(&column.sqlite)),
            None => quote(&column.sqlite),
        };
        scope.add(
            name,
            &column.pg,
            sql,
            Some(Ty {
                pg: column.pg_type.clone(),
                encoding: column.encoding.clone(),
            }),
        );
    }
}

/// Whether a type is padded with blanks that count in no function of it.
fn is_padded(pg: &PgType) -> bool {
    pg.base == BaseType::Char && !pg.array
}
