//! How a revision's guards see the schema, and where its operations go.

use super::{Column, ConstraintKind, Expr, ForeignKey, Index, Op, QualName};
use crate::diag::{Code, Diagnostic, Diagnostics, Origin};

/// A column as `inspect(bind).get_columns()` tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnInfo {
    /// Name.
    pub name: String,
    /// Type as `format_type()` prints it.
    pub type_: String,
    /// Whether it allows NULL.
    pub nullable: bool,
    /// Server default as SQL; for serial columns `nextval('..'::regclass)`.
    pub default: Option<Expr>,
    /// Comment.
    pub comment: Option<String>,
    /// Whether it is an identity column.
    pub identity: bool,
    /// Whether it is a generated column.
    pub generated: bool,
}

/// A named constraint as the inspector tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConstraintInfo {
    /// Name.
    pub name: String,
    /// What it demands.
    pub kind: ConstraintKind,
    /// Comment.
    pub comment: Option<String>,
}

/// An enum type as `get_enums()` tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct EnumInfo {
    /// Name.
    pub name: QualName,
    /// Labels in order.
    pub labels: Vec<String>,
}

/// A value in the answer to a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// SQL NULL.
    Null,
    /// Boolean.
    Bool(bool),
    /// Integer.
    Int(i64),
    /// Text.
    Text(String),
    /// A document of a `json` or `jsonb` column: its text.
    Json(String),
    /// A list (`array_agg`).
    List(Vec<Datum>),
    /// A value that is not known, and why.
    Unknown(String),
}

/// Answer to a query that a revision makes.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryAnswer {
    /// Rows, with the names of their columns.
    Rows {
        /// Names of the result columns.
        columns: Vec<String>,
        /// The rows.
        rows: Vec<Vec<Datum>>,
    },
    /// It asks the tables of the application: their content is not known (a new database has none).
    ApplicationData,
    /// PostgreSQL would refuse it: it reads a relation that does not exist.
    Missing(QualName),
    /// It could not be understood, and why.
    Unknown(String),
}

/// A column with all that a table made again from it needs to say.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDefinition {
    /// The column; an integer type, not a serial one.
    pub column: Column,
    /// Its default takes the next value of a sequence that it owns.
    pub serial: bool,
}

/// The schema as replayed so far: what `sa.inspect(bind)` and catalog queries would see.
pub trait SchemaView {
    /// Schemas but for PostgreSQL's own.
    fn schema_names(&self) -> Vec<String>;
    /// Tables of a schema (`None`: the default one), sorted.
    fn table_names(&self, schema: Option<&str>) -> Vec<String>;
    /// Views of a schema, sorted.
    fn view_names(&self, schema: Option<&str>) -> Vec<String>;
    /// Materialized views of a schema, sorted.
    fn materialized_view_names(&self, schema: Option<&str>) -> Vec<String>;
    /// Sequences of a schema, sorted.
    fn sequence_names(&self, schema: Option<&str>) -> Vec<String>;
    /// Columns in table order; `None` when there is no such table or view.
    fn columns(&self, table: &QualName) -> Option<Vec<ColumnInfo>>;
    /// Columns of a table with their definitions, in table order; empty when there is no such table.
    fn definitions(&self, _table: &QualName) -> Vec<ColumnDefinition> {
        Vec::new()
    }
    /// Constraints in order of creation; empty when there is no such table.
    fn constraints(&self, table: &QualName) -> Vec<ConstraintInfo>;
    /// Indexes that do not back a constraint, sorted by name.
    fn indexes(&self, table: &QualName) -> Vec<Index>;
    /// Enum types of a schema (`None`: the default one, `Some("*")`: all), sorted.
    fn enums(&self, schema: Option<&str>) -> Vec<EnumInfo>;
    /// Comment of a table.
    fn table_comment(&self, table: &QualName) -> Option<String>;
    /// Whether a table may have rows that the history itself wrote.
    fn may_have_rows(&self, _table: &QualName) -> bool {
        false
    }

    /// Answers a query of the usual shapes over `pg_catalog`, `information_schema` and the rows that the history wrote.
    fn query(&self, sql: &str) -> QueryAnswer;

    /// Whether a table (not a view) exists.
    fn has_table(&self, table: &QualName) -> bool {
        self.table_names(table.schema.as_deref())
            .contains(&table.name)
    }

    /// Foreign keys of a table with their names.
    fn foreign_keys(&self, table: &QualName) -> Vec<(String, ForeignKey)> {
        self.constraints(table)
            .into_iter()
            .filter_map(|c| match c.kind {
                ConstraintKind::ForeignKey(fk) => Some((c.name, fk)),
                _ => None,
            })
            .collect()
    }
}

/// Where the evaluator sends operations. `pg::replay` applies each as it comes, so that the next guard sees its effect.
pub trait OpSink: SchemaView {
    /// Applies one operation.
    ///
    /// # Errors
    /// The sentence that PostgreSQL would fail with (no such table, duplicate name), so that a script's `try` can catch
    /// it; the sink has recorded its diagnostic only when `caught` is false.
    fn apply(&mut self, op: Op, caught: Caught) -> Result<(), String>;

    /// Diagnostics of replay and evaluation, in order.
    fn diagnostics(&mut self) -> &mut Diagnostics;

    /// What is to be told of a failure that [`Self::apply`] left to the script, when nothing in it catches that sentence; `None` when the
    /// sink does not remember it.
    fn refusal(&self, _sentence: &str) -> Option<Diagnostic> {
        None
    }

    /// The rows that the data statement applied last gave back by its `RETURNING`.
    fn returned(&self) -> QueryAnswer {
        QueryAnswer::Unknown("what a statement returns is not followed".to_owned())
    }

    /// What is to be told of a relation that a script needs and that is not there.
    fn absence(&self, relation: &QualName) -> Diagnostic {
        let message = format!("relation \"{relation}\" does not exist");
        Diagnostic::new(Code::MissingObject, message)
    }

    /// Tells, at `origin`, that a relation is needed that is not there; one that no revision ever made is told once.
    fn tell_absence(&mut self, relation: &QualName, origin: &Origin) {
        let diagnostic = self.absence(relation).at(origin.clone());
        self.diagnostics().push(diagnostic);
    }
}

/// Whether an enclosing `try` would catch the failure of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caught {
    /// The failure ends the run, so it is a diagnostic.
    No,
    /// The script handles it.
    Yes,
}
