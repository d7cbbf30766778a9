//! Expressions and queries as small trees of our own, for naming rules, comparison and translation.

use serde::{Deserialize, Serialize};

use crate::pg::types::PgType;

/// An expression. Parentheses are not kept; whoever prints adds those that are needed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// `NULL`.
    Null,
    /// `TRUE`, `FALSE`.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A string literal, its quotes and escapes undone (`E''`, dollar quotes too).
    String(String),
    /// A column, perhaps qualified: `["t", "a"]`. Names are folded as PostgreSQL does.
    Column(Vec<String>),
    /// `*` or `t.*`.
    Star(Option<String>),
    /// A prefix operator: `NOT`, `-`, `+`, `~` ...
    Unary(String, Box<Node>),
    /// An infix operator, upper case: `AND`, `OR`, `=`, `<>` (also for `!=`), `||`, `->>`, `~`, `LIKE`, `NOT LIKE`, `ILIKE`,
    /// `NOT ILIKE`, `SIMILAR TO`, `NOT SIMILAR TO`, `IS DISTINCT FROM`, `IS NOT DISTINCT FROM`, `@>`, `AT TIME ZONE` ...
    Binary(Box<Node>, String, Box<Node>),
    /// `LIKE .. ESCAPE ..` and its kin: the operator application, and the escape.
    Escape(Box<Node>, Box<Node>),
    /// `x IS [NOT] NULL`.
    IsNull {
        /// Operand.
        operand: Box<Node>,
        /// `IS NOT NULL`.
        negated: bool,
    },
    /// `x IS [NOT] TRUE`, `FALSE`, `UNKNOWN` (`None`).
    IsBool {
        /// Operand.
        operand: Box<Node>,
        /// Compared with.
        value: Option<bool>,
        /// `IS NOT`.
        negated: bool,
    },
    /// `x [NOT] BETWEEN low AND high`.
    Between {
        /// Operand.
        operand: Box<Node>,
        /// Lower bound.
        low: Box<Node>,
        /// Upper bound.
        high: Box<Node>,
        /// `NOT BETWEEN`.
        negated: bool,
    },
    /// `x [NOT] IN (a, b)`.
    In {
        /// Operand.
        operand: Box<Node>,
        /// Items.
        items: Vec<Node>,
        /// `NOT IN`.
        negated: bool,
    },
    /// `x [NOT] IN (SELECT ..)`.
    InQuery {
        /// Operand.
        operand: Box<Node>,
        /// Query.
        query: Box<Query>,
        /// `NOT IN`.
        negated: bool,
    },
    /// `x op ANY (array)` or `ALL`.
    Quantified {
        /// Left side.
        left: Box<Node>,
        /// Operator.
        op: String,
        /// `ALL` rather than `ANY`/`SOME`.
        all: bool,
        /// The array.
        array: Box<Node>,
    },
    /// `ARRAY[a, b]`.
    Array(Vec<Node>),
    /// `ROW(a, b)` or `(a, b)`.
    Row(Vec<Node>),
    /// `x::type`, `CAST(x AS type)`, and `type 'literal'`.
    Cast(Box<Node>, PgType),
    /// `x COLLATE name`.
    Collate(Box<Node>, String),
    /// A function call.
    Call(Box<Call>),
    /// `CASE`.
    Case {
        /// `CASE operand WHEN ..`.
        operand: Option<Box<Node>>,
        /// Conditions and results.
        whens: Vec<(Node, Node)>,
        /// `ELSE`.
        otherwise: Option<Box<Node>>,
    },
    /// `x[i]`.
    Subscript(Box<Node>, Box<Node>),
    /// `(x).field`.
    Field(Box<Node>, String),
    /// A scalar subquery.
    Subquery(Box<Query>),
    /// `EXISTS (..)`.
    Exists(Box<Query>),
    /// What this tree has no shape for, as its text.
    Other(String),
}

/// A function call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Call {
    /// Name, folded, without `pg_catalog.`; key-word functions by their lower-case key word (`current_timestamp`, `coalesce`,
    /// `extract`, `substring`, `position`, `trim`, `overlay`).
    pub name: String,
    /// Arguments in the order of the plain function form; `extract(epoch from x)` is `["epoch" as String, x]`.
    pub args: Vec<Node>,
    /// `DISTINCT`.
    pub distinct: bool,
    /// `ORDER BY` inside the call.
    pub order_by: Vec<OrderItem>,
    /// `FILTER (WHERE ..)`.
    pub filter: Option<Node>,
    /// `OVER (..)`.
    pub over: Option<Window>,
}

/// `OVER (..)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Window {
    /// `PARTITION BY`.
    pub partition_by: Vec<Node>,
    /// `ORDER BY`.
    pub order_by: Vec<OrderItem>,
    /// Frame clause as text.
    pub frame: Option<String>,
}

/// An item of `ORDER BY`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderItem {
    /// Expression.
    pub expr: Node,
    /// `DESC`.
    pub descending: bool,
    /// `NULLS FIRST` (true) or `LAST` where said.
    pub nulls_first: Option<bool>,
}

/// A query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Query {
    /// `WITH` items: name, columns, query.
    pub with: Vec<(String, Vec<String>, Query)>,
    /// `WITH RECURSIVE`.
    pub recursive: bool,
    /// First part.
    pub select: Select,
    /// Further parts: `UNION`, `UNION ALL`, `INTERSECT`, `EXCEPT`.
    pub compound: Vec<(String, Select)>,
    /// `ORDER BY`.
    pub order_by: Vec<OrderItem>,
    /// `LIMIT`.
    pub limit: Option<Node>,
    /// `OFFSET`.
    pub offset: Option<Node>,
}

/// One `SELECT`, or `VALUES`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Select {
    /// `DISTINCT`.
    pub distinct: bool,
    /// `DISTINCT ON (..)`.
    pub distinct_on: Vec<Node>,
    /// Result columns and their aliases.
    pub items: Vec<(Node, Option<String>)>,
    /// `FROM`, comma-separated items.
    pub from: Vec<FromItem>,
    /// `WHERE`.
    pub filter: Option<Node>,
    /// `GROUP BY`.
    pub group_by: Vec<Node>,
    /// `HAVING`.
    pub having: Option<Node>,
    /// Rows of a `VALUES` list instead of all the above.
    pub values: Vec<Vec<Node>>,
}

/// An item of `FROM`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FromItem {
    /// A table or view with its alias.
    Table(crate::ir::QualName, Option<String>),
    /// A subquery with its alias and column names; `LATERAL`.
    Query {
        /// Query.
        query: Box<Query>,
        /// Alias.
        alias: Option<String>,
        /// Names for its columns.
        columns: Vec<String>,
        /// `LATERAL`.
        lateral: bool,
    },
    /// A function in `FROM` with its alias and column names.
    Function {
        /// Call.
        call: Node,
        /// Alias.
        alias: Option<String>,
        /// Names for its columns.
        columns: Vec<String>,
    },
    /// A join.
    Join {
        /// Left side.
        left: Box<FromItem>,
        /// `JOIN`, `LEFT JOIN`, `RIGHT JOIN`, `FULL JOIN`, `CROSS JOIN`, with `NATURAL` before.
        kind: String,
        /// Right side.
        right: Box<FromItem>,
        /// `ON`.
        on: Option<Node>,
        /// `USING (..)`.
        using: Vec<String>,
    },
}

/// A statement that changes rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// `INSERT`.
    Insert(Box<Insert>),
    /// `UPDATE`.
    Update(Update),
    /// `DELETE`.
    Delete(Delete),
    /// `TRUNCATE`: its tables.
    Truncate(Vec<crate::ir::QualName>),
}

/// `INSERT INTO table (columns) ..`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Insert {
    /// `WITH` items: name, columns, query.
    pub with: Vec<(String, Vec<String>, Query)>,
    /// Table.
    pub table: crate::ir::QualName,
    /// Columns; empty means all, in table order.
    pub columns: Vec<String>,
    /// Rows; none for `DEFAULT VALUES`. `DEFAULT` as a value is `Node::Other("DEFAULT")`.
    pub source: Option<Query>,
    /// `ON CONFLICT`.
    pub on_conflict: Option<OnConflict>,
}

/// `ON CONFLICT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct OnConflict {
    /// Columns or expressions of the index that is meant.
    pub target: Vec<Node>,
    /// Predicate of that index.
    pub target_filter: Option<Node>,
    /// `ON CONSTRAINT`.
    pub constraint: Option<String>,
    /// `DO UPDATE SET`; none is `DO NOTHING`.
    pub update: Option<Upsert>,
}

/// `DO UPDATE SET`: columns and their new values, and `WHERE`.
pub type Upsert = (Vec<(String, Node)>, Option<Node>);

/// `UPDATE table SET ..`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Update {
    /// `WITH` items: name, columns, query.
    pub with: Vec<(String, Vec<String>, Query)>,
    /// Table.
    pub table: crate::ir::QualName,
    /// Its alias.
    pub alias: Option<String>,
    /// Columns and their new values; `DEFAULT` is `Node::Other("DEFAULT")`.
    pub set: Vec<(String, Node)>,
    /// `FROM`.
    pub from: Vec<FromItem>,
    /// `WHERE`.
    pub filter: Option<Node>,
}

/// `DELETE FROM table ..`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Delete {
    /// `WITH` items: name, columns, query.
    pub with: Vec<(String, Vec<String>, Query)>,
    /// Table.
    pub table: crate::ir::QualName,
    /// Its alias.
    pub alias: Option<String>,
    /// `USING`.
    pub using: Vec<FromItem>,
    /// `WHERE`.
    pub filter: Option<Node>,
}
