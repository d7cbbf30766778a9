//! Statements: raw SQL, SQLAlchemy's statements, DDL elements, bulk inserts; and the answers of queries.

use std::rc::Rc;

use crate::diag::Code;
use crate::ir::{
    AddConstraint, BulkInsert, CreateSchema, DataKind, DataStatement, DataValue, Datum,
    DropConstraint, DropSchema, ExecuteSql, OpKind, Opaque, QualName, QueryAnswer, SetTableComment,
};
use crate::python::decision::Evidence;
use crate::python::eval::interp::{Interp, R, is_data_sql};
use crate::python::eval::stdlib::json_value;
use crate::python::eval::value::{Args, HOLE, Native, Unknown, Value};
use crate::python::sqlalchemy::expr::Columns;
use crate::python::sqlalchemy::{Built, Fail};

/// The natives of this module.
pub static NATIVES: &[Native] = &[
    Native {
        name: "execute",
        call: execute,
    },
    Native {
        name: "execute_ddl",
        call: |i, a| {
            let built = i.ddl(&a.at(0));
            i.finish(built, "statement", true)
        },
    },
    Native {
        name: "bulk_insert",
        call: |i, a| {
            let built = i.bulk_insert(&a);
            i.finish(built, "bulk insert", false)
        },
    },
    Native {
        name: "may_have_rows",
        call: may_have_rows,
    },
    Native {
        name: "data_note",
        call: |i, a| {
            let reason = a.at(0).as_str().unwrap_or_default().to_string();
            let text = i.snippet();
            i.emit(OpKind::Opaque(Opaque {
                text,
                reason,
                touches_schema: false,
            }))?;
            Ok(Value::None)
        },
    },
    Native {
        name: "opaque_operation",
        call: |i, a| {
            let name = a.at(0).as_str().unwrap_or_default();
            if let Value::Unknown(cause) = i.unknown(format!(
                "the operation {name} has no implementation that could be found"
            )) {
                let message = cause.reason.clone();
                i.opaque(Code::UnknownCall, message, &cause, true)?;
            }
            Ok(Value::None)
        },
    },
];

/// Whether the table of a mapped class, of a column, or a table itself may have rows that the history wrote.
fn may_have_rows(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let mut target = a.at(0);
    for name in ["__table__", "table"] {
        if matches!(target, Value::Class(_)) == (name == "__table__") {
            let inner = i.attr(&target, name)?;
            if !inner.is_none() {
                target = inner;
            }
        }
    }
    let table = match &target {
        Value::Instance(_) => i.table_qual(&target).ok(),
        _ => None,
    };
    let held = table.is_some_and(|t| i.sink.may_have_rows(&t));
    Ok(Value::Bool(held))
}

/// How a text reaches the database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// `op.execute`: text is `text()`.
    Operation,
    /// `Connection.execute`: text is `text()` or, in SQLAlchemy 1.4, the driver's.
    Connection,
    /// The driver's own text.
    Driver,
}

/// `execute(statement, parameters, way)`.
fn execute(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let way = match a.at(2).as_str().as_deref() {
        Some("op") => Way::Operation,
        Some("driver") => Way::Driver,
        _ => Way::Connection,
    };
    let statement = a.at(0);
    if let Value::List(items) = &statement {
        // A list is executed one by one by some wrappers; Alembic itself would refuse it.
        let items = items.items.borrow().clone();
        for item in items {
            execute(i, Args::new(vec![item, a.at(1), a.at(2)]))?;
        }
        return Ok(Value::None);
    }
    if statement.as_model("DDLElement").is_some() {
        let built = i.ddl(&statement);
        i.finish(built, "statement", true)?;
        return i.result(Vec::new(), Vec::new());
    }
    let runs = match a.at(1) {
        Value::List(rows)
            if way != Way::Operation
                && rows
                    .items
                    .borrow()
                    .iter()
                    .all(|r| matches!(r, Value::Dict(_)))
                && !rows.items.borrow().is_empty() =>
        {
            rows.items.borrow().clone()
        }
        other => vec![other],
    };
    let mut last = Value::None;
    for parameters in runs {
        last = i.execute_one(&statement, &parameters, way)?;
    }
    Ok(last)
}

impl Interp<'_> {
    fn execute_one(&mut self, statement: &Value, parameters: &Value, way: Way) -> R<Value> {
        let reads = statement.as_model("Select").is_some();
        let outer = self.holes.replace(Vec::new());
        self.selecting = Default::default();
        let text = self.statement_text(statement, parameters, way);
        let holes = std::mem::replace(&mut self.holes, outer).unwrap_or_default();
        match (text, holes.first()) {
            (Ok(sql), Some(first)) if !reads && !is_data_sql(&sql) => {
                let unknown = Rc::clone(first);
                self.run_unknown(statement, &unknown)
            }
            (Ok(sql), _) => self.run_sql(statement, sql, reads, &holes),
            (Err(Fail::Flow(flow)), _) => Err(flow),
            (Err(Fail::Unknown(unknown)), _) => self.run_unknown(statement, &unknown),
        }
    }

    fn statement_text(&mut self, statement: &Value, parameters: &Value, way: Way) -> Built<String> {
        if let Some(text) = statement.as_str() {
            // `Connection.execute` of SQLAlchemy 2.0 takes no text at all: a script that gives one runs with 1.4.
            if way != Way::Operation {
                let filled = match parameters {
                    Value::None => text.replace("%%", "%"),
                    Value::Dict(_) | Value::Tuple(_) | Value::List(_) => {
                        self.driver_text(&text, parameters)?
                    }
                    _ => text.to_string(),
                };
                return Ok(filled);
            }
            return self.bind_text(&text, parameters);
        }
        if let Some(clause) = statement.as_model("TextClause") {
            let clause = Rc::clone(clause);
            let text = clause.get("text").unwrap_or(Value::None);
            let text = self.text(&text, "the statement")?;
            let mut binds = Vec::new();
            let own = clause.get("_binds").unwrap_or(Value::None);
            binds.extend(self.pairs(&own)?.unwrap_or_default());
            if let Value::Dict(_) = parameters {
                for (key, value) in self.pairs(parameters)?.unwrap_or_default() {
                    binds.retain(|(k, _)| k.key() != key.key());
                    binds.push((key, value));
                }
            } else if let Value::Unknown(u) = parameters {
                return Err(Rc::clone(u).into());
            }
            let all = Value::from_map(binds.into_iter().map(|(k, v)| (k.key(), (k, v))).collect());
            return self.bind_text(&text, &all);
        }
        match statement {
            Value::Unknown(u) => Err(Rc::clone(u).into()),
            Value::Instance(_) => {
                if statement.as_model("Insert").is_some()
                    && matches!(parameters, Value::Dict(_) | Value::List(_))
                {
                    let values = self.getattr(statement, "values")?;
                    let filled = self.call(&values, Args::new(vec![parameters.clone()]))?;
                    return self.render(&filled, Columns::Qualified);
                }
                let text = self.render(statement, Columns::Qualified)?;
                Ok(text)
            }
            other => {
                let name = self.type_name(other);
                Err(self
                    .raise_model(
                        "sqlalchemy.exc",
                        "ObjectNotExecutableError",
                        format!("Not an executable object: {name}"),
                    )
                    .into())
            }
        }
    }

    /// A driver's `%s` and `%(name)s` filled in as literals.
    fn driver_text(&mut self, text: &str, parameters: &Value) -> Built<String> {
        let literals = match parameters {
            Value::Dict(_) => {
                let mut out = Vec::new();
                for (key, value) in self.pairs(parameters)?.unwrap_or_default() {
                    out.push((key, Value::str(self.literal(&value, &Value::None)?)));
                }
                Value::from_map(out.into_iter().map(|(k, v)| (k.key(), (k, v))).collect())
            }
            other => {
                let mut out = Vec::new();
                for value in self.known_items(other)? {
                    out.push(Value::str(self.literal(&value, &Value::None)?));
                }
                if out.is_empty() {
                    return Ok(text.to_owned());
                }
                Value::tuple(out)
            }
        };
        let filled = self.percent(text, &literals)?;
        self.text(&filled, "the statement")
    }

    /// Sends a statement whose text is known; `holes` are the values that its parameters stand for.
    fn run_sql(
        &mut self,
        statement: &Value,
        sql: String,
        reads: bool,
        holes: &[Rc<Unknown>],
    ) -> R<Value> {
        let head: String = sql
            .trim_start()
            .chars()
            .take_while(|c| c.is_ascii_alphabetic())
            .collect::<String>()
            .to_ascii_lowercase();
        let query = reads
            || matches!(
                head.as_str(),
                "select" | "with" | "show" | "values" | "table"
            );
        let answer = if query {
            Some(self.answer(&sql)?)
        } else {
            None
        };
        let kind = match () {
            () if statement.as_model("Insert").is_some() => Some(DataKind::Insert),
            () if statement.as_model("Update").is_some() => Some(DataKind::Update),
            () if statement.as_model("Delete").is_some() => Some(DataKind::Delete),
            () if reads => Some(DataKind::Select),
            () if holes.is_empty() => None,
            () => Some(data_kind(&head)),
        };
        let returns = !query && sql.to_ascii_lowercase().contains("returning");
        let operation = match kind {
            Some(kind) => {
                let target = self.attr(statement, "table")?;
                let table = match &target {
                    Value::Instance(_) => self.table_qual(&target).ok(),
                    _ => None,
                };
                OpKind::Data(DataStatement {
                    kind,
                    table,
                    sql,
                    unknown: holes.iter().map(|u| u.reason.clone()).collect(),
                })
            }
            None => OpKind::ExecuteSql(ExecuteSql {
                sql,
                statements: Vec::new(),
            }),
        };
        // A query that an undecided branch makes does nothing.
        if !(query && self.trial.is_some()) {
            self.emit(operation)?;
        }
        match answer {
            Some(answer) => Ok(answer),
            None if returns && self.trial.is_some() => {
                let rows = self.unknown("what a statement returns that may not run at all");
                self.result_of(rows, Vec::new())
            }
            None if returns => {
                let answer = self.sink.returned();
                self.answered(answer, "")
            }
            None => self.result(Vec::new(), Vec::new()),
        }
    }

    /// A statement of which a part is not known: data statements are kept with the hole, anything else is opaque.
    fn run_unknown(&mut self, statement: &Value, unknown: &Rc<Unknown>) -> R<Value> {
        let (text, scalars) = match &unknown.text {
            Some(text) => (Some(text.to_string()), true),
            // The parameters as a whole are not known, nor how often it runs.
            None => (self.without_binds(statement)?, false),
        };
        let data = statement.as_model("Insert").is_some()
            || statement.as_model("Update").is_some()
            || statement.as_model("Delete").is_some()
            || statement.as_model("Select").is_some()
            || text.as_deref().is_some_and(is_data_sql);
        match (&text, data) {
            (Some(text), true) => {
                let word = text
                    .trim_start()
                    .chars()
                    .take(6)
                    .collect::<String>()
                    .to_lowercase();
                let kind = data_kind(&word);
                let (sql, gaps) = scalars
                    .then(|| with_parameters(text))
                    .flatten()
                    .unwrap_or_else(|| (text.replace(HOLE, "NULL"), 1));
                self.emit(OpKind::Data(DataStatement {
                    kind,
                    table: None,
                    sql,
                    unknown: vec![unknown.reason.clone(); gaps],
                }))?;
            }
            (_, data) => {
                let message = format!(
                    "a statement is executed that is not known: {}",
                    unknown.reason
                );
                self.opaque(Code::UnknownValue, message, unknown, !data)?;
            }
        }
        let rows = Value::Unknown(Rc::clone(unknown));
        if data {
            return self.result(Vec::new(), Vec::new());
        }
        Ok(rows)
    }

    /// The text of a statement that is known, NULL in the place of its parameters.
    fn without_binds(&mut self, statement: &Value) -> R<Option<String>> {
        let text = match statement.as_model("TextClause") {
            Some(clause) => clause.get("text").unwrap_or(Value::None).as_str(),
            None => statement.as_str(),
        };
        let Some(text) = text else { return Ok(None) };
        match self.bind_text(&text, &Value::None) {
            Ok(text) => Ok(Some(text)),
            Err(Fail::Flow(flow)) => Err(flow),
            Err(Fail::Unknown(_)) => Ok(None),
        }
    }

    /// Asks the schema a query.
    fn answer(&mut self, sql: &str) -> R<Value> {
        self.work_on_sql(sql)?;
        let answer = self.sink.query(sql);
        self.answered(answer, sql)
    }

    /// An answer as a result.
    fn answered(&mut self, answer: QueryAnswer, sql: &str) -> R<Value> {
        match answer {
            QueryAnswer::Rows { columns, rows } => {
                self.consulted.add(Evidence::Catalog);
                let rows = rows
                    .into_iter()
                    .map(|row| row.into_iter().map(|d| self.datum(d)).collect())
                    .collect();
                self.result(rows, columns)
            }
            QueryAnswer::ApplicationData => self.nothing_written(sql),
            QueryAnswer::Missing(relation) => self.absent(&relation, sql),
            QueryAnswer::Unknown(reason) => {
                let rows = self.unknown(format!("the query could not be answered: {reason}"));
                self.result_of(rows, Vec::new())
            }
        }
    }

    /// The answer of tables that nobody wrote.
    fn nothing_written(&mut self, sql: &str) -> R<Value> {
        self.consulted.add(Evidence::ApplicationData);
        match aggregate(sql) {
            Some(value) => self.result(vec![vec![value]], vec![String::new()]),
            None => self.result(Vec::new(), Vec::new()),
        }
    }

    /// A query of a relation that does not exist: the script's to catch; else it is told, and the relation counts as empty.
    fn absent(&mut self, relation: &QualName, sql: &str) -> R<Value> {
        if self.trial.is_some() || self.importing > 0 {
            let rows = self.unknown(format!(
                "the query could not be answered: relation \"{relation}\" does not exist"
            ));
            return self.result_of(rows, Vec::new());
        }
        if self.trying > 0 {
            let sentence = format!("relation \"{relation}\" does not exist");
            let flow = self.database_error(&sentence);
            return Err(super::inspect::for_want_of(relation, flow));
        }
        let origin = self.origin();
        self.sink.tell_absence(relation, &origin);
        self.nothing_written(sql)
    }

    fn datum(&mut self, value: Datum) -> Value {
        match value {
            Datum::Null => Value::None,
            Datum::Bool(b) => Value::Bool(b),
            Datum::Int(n) => Value::Int(n),
            Datum::Text(text) => Value::str(text),
            // psycopg2 reads the documents of json and jsonb columns, for SQLAlchemy and raw SQL alike.
            Datum::Json(text) => match json_value(&text) {
                Some(value) => value,
                None => self.unknown("a value of a row: a document that is not JSON"),
            },
            Datum::List(items) => {
                let items = items.into_iter().map(|d| self.datum(d)).collect();
                Value::list(items)
            }
            Datum::Unknown(why) => self.unknown(format!("a value of a row: {why}")),
        }
    }

    fn result(&mut self, rows: Vec<Vec<Value>>, columns: Vec<String>) -> R<Value> {
        let class = match self.import("sqlalchemy.engine")? {
            Value::Module(m) => self.module_get(&m, "Row"),
            _ => None,
        };
        let Some(class) = class else {
            return Ok(Value::None);
        };
        let names: Vec<Value> = columns.iter().map(|c| Value::str(c.as_str())).collect();
        let mut made = Vec::with_capacity(rows.len());
        for row in rows {
            let args = Args::new(vec![Value::tuple(row), Value::list(names.clone())]);
            made.push(self.call(&class, args)?);
        }
        self.result_of(Value::list(made), columns)
    }

    fn result_of(&mut self, rows: Value, columns: Vec<String>) -> R<Value> {
        let class = match self.import("sqlalchemy.engine")? {
            Value::Module(m) => self.module_get(&m, "Result"),
            _ => None,
        };
        let names = Value::list(columns.into_iter().map(Value::str).collect());
        match class {
            Some(class) => self.call(&class, Args::new(vec![rows, names])),
            None => Ok(Value::None),
        }
    }

    /// A DDL element.
    fn ddl(&mut self, element: &Value) -> Built<()> {
        if let Value::Unknown(u) = element {
            return Err(Rc::clone(u).into());
        }
        if self.compiler_of(element).is_some() {
            let sql = self.render(element, Columns::Bare)?;
            self.emit(OpKind::ExecuteSql(ExecuteSql {
                sql,
                statements: Vec::new(),
            }))?;
            return Ok(());
        }
        let visit = self
            .attr(element, "__visit__")?
            .as_str()
            .unwrap_or_default();
        let target = self.attr(element, "element")?;
        let if_exists = self.attr(element, "if_exists")?.is_true();
        let if_not_exists = self.attr(element, "if_not_exists")?;
        match &*visit {
            "ddl" => {
                let text = self.attr(element, "statement")?;
                let text = self.text(&text, "the statement")?;
                // DDL() formats its text with `%`.
                let context = self.attr(element, "context")?;
                let filled = self.percent(&text, &context)?;
                let sql = self.text(&filled, "the statement")?;
                self.emit(OpKind::ExecuteSql(ExecuteSql {
                    sql,
                    statements: Vec::new(),
                }))?;
                Ok(())
            }
            "create_schema" | "drop_schema" => {
                let name = self.text(&target, "the name of the schema")?;
                let kind = if &*visit == "create_schema" {
                    OpKind::CreateSchema(CreateSchema {
                        name,
                        if_not_exists: if_not_exists.is_true(),
                    })
                } else {
                    let cascade = self.attr(element, "cascade")?.is_true();
                    OpKind::DropSchema(DropSchema {
                        name,
                        if_exists,
                        cascade,
                    })
                };
                self.emit(kind)?;
                Ok(())
            }
            "create_table" => {
                let made = self.table(&target, if_not_exists.is_true())?;
                self.emit(OpKind::CreateTable(made))?;
                Ok(())
            }
            "drop_table" => {
                let name = self.table_qual(&target)?;
                self.emit(OpKind::DropTable(crate::ir::DropTable {
                    name,
                    if_exists,
                    cascade: false,
                }))?;
                Ok(())
            }
            "create_index" => self.index_create(&target, &if_not_exists),
            "drop_index" => self.index_drop(&target, &Value::Bool(if_exists)),
            "create_sequence" => self.sequence_create(&target, &if_not_exists),
            "drop_sequence" => self.sequence_drop(&target, &Value::Bool(if_exists)),
            "create_enum_type" => self.enum_create(&target, &Value::Bool(false)),
            "create_domain_type" => self.domain_create(&target, &Value::Bool(false)),
            "drop_enum_type" | "drop_domain_type" => self.type_drop(&target, &Value::Bool(false)),
            "add_constraint" | "drop_constraint" => {
                let table = self.attr(&target, "table")?;
                let name = self.table_qual(&table)?;
                let constraint = self.constraint(&target, &table)?;
                let kind = if &*visit == "add_constraint" {
                    OpKind::AddConstraint(AddConstraint {
                        table: name,
                        constraint,
                    })
                } else {
                    OpKind::DropConstraint(DropConstraint {
                        table: name,
                        name: constraint.name.unwrap_or_default(),
                        if_exists,
                        cascade: self.attr(element, "cascade")?.is_true(),
                    })
                };
                self.emit(kind)?;
                Ok(())
            }
            "set_table_comment" | "drop_table_comment" => {
                let table = self.table_qual(&target)?;
                let comment = match &*visit {
                    "set_table_comment" => {
                        let comment = self.attr(&target, "comment")?;
                        self.opt_text(&comment, "the comment")?
                    }
                    _ => None,
                };
                self.emit(OpKind::SetTableComment(SetTableComment { table, comment }))?;
                Ok(())
            }
            _ => {
                let name = self.type_name(element);
                Err(self.not_known(format!("the DDL element {name} is not modelled")))
            }
        }
    }

    fn bulk_insert(&mut self, a: &Args) -> Built<()> {
        let target = a.at(0);
        let target = match &target {
            Value::Class(_) => self.attr(&target, "__table__")?,
            other => other.clone(),
        };
        let table: QualName = match &target {
            Value::Unknown(u) => return Err(Rc::clone(u).into()),
            other => self.table_qual(other)?,
        };
        let columns = self.attr(&target, "_columns")?;
        let all = self.attr(&columns, "_all")?;
        let mut types = Vec::new();
        if let Value::Dict(_) = all {
            for (key, column) in self.pairs(&all)?.unwrap_or_default() {
                let name = self.attr(&column, "name")?;
                types.push((
                    key.as_str().unwrap_or_default(),
                    name.as_str(),
                    self.attr(&column, "type")?,
                ));
            }
        }
        let mut rows = Vec::new();
        for row in self.known_items(&a.at(1))? {
            let pairs = match self.pairs(&row)? {
                Some(pairs) => pairs,
                None => return Err(self.not_known("a row of a bulk insert is not known")),
            };
            let mut cells: Vec<(String, DataValue)> = Vec::new();
            for (key, value) in pairs {
                let key = self.key_name(&key)?;
                let (name, ty) = types.iter().find(|(k, _, _)| **k == *key).map_or(
                    (key.clone(), Value::None),
                    |(_, n, t)| {
                        (
                            n.as_ref().map_or_else(|| key.clone(), |n| n.to_string()),
                            t.clone(),
                        )
                    },
                );
                let value = self.data_value(&value, &ty)?;
                cells.push((name, value));
            }
            rows.push(cells);
        }
        if rows.is_empty() {
            return Ok(());
        }
        self.emit(OpKind::BulkInsert(BulkInsert { table, rows }))?;
        Ok(())
    }
}

/// What a data statement does, by its first word.
fn data_kind(word: &str) -> DataKind {
    match word {
        "insert" => DataKind::Insert,
        "delete" => DataKind::Delete,
        "select" => DataKind::Select,
        _ => DataKind::Update,
    }
}

/// A text with a parameter `$n` for each value that a [`HOLE`] is, or is a part of, and their number; `None` where a hole
/// stands for more than a value (in a name, a comment), or for what cannot be told.
fn with_parameters(text: &str) -> Option<(String, usize)> {
    // Words after which a value may stand; after others `$1` would make no sense (`timestamp '..'`).
    const BEFORE: [&str; 22] = [
        "and",
        "or",
        "not",
        "in",
        "like",
        "ilike",
        "is",
        "values",
        "select",
        "set",
        "where",
        "when",
        "then",
        "else",
        "case",
        "between",
        "by",
        "limit",
        "offset",
        "any",
        "returning",
        "on",
    ];
    let mut out = String::with_capacity(text.len());
    let mut gaps = 0;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let token = token(rest, out.ends_with(is_word));
        let (piece, after) = rest.split_at(token);
        if !piece.contains(HOLE) {
            // `$1` in a text that has parameters of its own.
            if first == '$' && piece.len() == 1 && after.starts_with(|c: char| c.is_ascii_digit()) {
                return None;
            }
            out.push_str(piece);
            rest = after;
            continue;
        }
        if matches!(first, '\'' | 'e' | 'E') {
            // A literal.
        } else if first != HOLE || piece.len() > HOLE.len_utf8() {
            return None;
        }
        if out.ends_with(|c| is_word(c) || matches!(c, '.' | '"' | '\'' | '$'))
            || after.starts_with(|c| is_word(c) || matches!(c, '.' | '"' | '\'' | '$'))
        {
            return None;
        }
        let word: String = {
            let before = out.trim_end();
            let start = before.trim_end_matches(is_word).len();
            before.get(start..).unwrap_or_default().to_ascii_lowercase()
        };
        if !word.is_empty() && !BEFORE.contains(&word.as_str()) {
            return None;
        }
        gaps += 1;
        out.push_str(&format!("${gaps}"));
        rest = after;
    }
    (gaps > 0).then_some((out, gaps))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == HOLE
}

/// Length in bytes of the quoted text, quoted name, dollar-quoted text or comment at the start; else of one character,
/// a run of [`HOLE`]s being one. `inside` a word, an E begins no literal with escapes.
fn token(text: &str, inside: bool) -> usize {
    let closed = |from: usize, end: &str| {
        text.get(from..)
            .and_then(|t| t.find(end))
            .map_or(text.len(), |at| from + at + end.len())
    };
    match text.chars().next() {
        Some(quote @ ('\'' | '"')) => {
            let mut at = 1;
            loop {
                at = closed(at, quote.encode_utf8(&mut [0; 4]));
                match text.get(at..) {
                    Some(more) if more.starts_with(quote) => at += 1,
                    _ => return at,
                }
            }
        }
        Some('e' | 'E') if !inside && text.get(1..2) == Some("'") => {
            let mut at = 2;
            loop {
                match text
                    .get(at..)
                    .and_then(|t| t.find(['\\', '\'']).map(|n| (n, t)))
                {
                    None => return text.len(),
                    Some((n, t)) if t.get(n..n + 1) == Some("\\") => {
                        let escaped = t.get(n + 1..).and_then(|t| t.chars().next());
                        at += n + 1 + escaped.map_or(0, char::len_utf8);
                    }
                    Some((n, t)) if t.get(n + 1..n + 2) == Some("'") => at += n + 2,
                    Some((n, _)) => return at + n + 1,
                }
            }
        }
        Some('-') if text.starts_with("--") => closed(2, "\n"),
        Some('/') if text.starts_with("/*") => closed(2, "*/"),
        Some('$') => {
            let tag = text
                .get(1..)
                .and_then(|t| t.find('$').and_then(|end| t.get(..end)))
                .filter(|tag| {
                    tag.chars().all(is_word) && !tag.starts_with(|c: char| c.is_ascii_digit())
                });
            match tag {
                Some(tag) => closed(tag.len() + 2, &format!("${tag}$")),
                None => 1,
            }
        }
        Some(HOLE) => text.find(|c| c != HOLE).unwrap_or(text.len()),
        Some(other) => other.len_utf8(),
        None => 0,
    }
}

/// What a query of the application's rows gives on an empty database when it asks for one value: a count is 0.
fn aggregate(sql: &str) -> Option<Value> {
    let text = sql.trim_start().to_lowercase();
    let text = text.strip_prefix("select")?.trim_start();
    let grouped = text.contains("group by");
    if text.starts_with("count(") && !grouped {
        return Some(Value::Int(0));
    }
    if text.starts_with("exists") {
        return Some(Value::Bool(false));
    }
    if text.starts_with("not exists") {
        return Some(Value::Bool(true));
    }
    if (text.starts_with("max(") || text.starts_with("min(") || text.starts_with("sum("))
        && !grouped
    {
        return Some(Value::None);
    }
    None
}
