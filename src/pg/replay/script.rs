//! Raw SQL: statement by statement, `DO` blocks run against the schema of their moment.

use super::{Failure, Outcome, Replay};
use crate::diag::Code;
use crate::ir::{Datum, OpKind, SqlStatement};
use crate::pg::sql::{DoStatement, parse_do, parse_script};
use crate::pg::view::{Answer, Variables, evaluate, select};

/// Why a `DO` block stopped.
enum Stop {
    /// PostgreSQL would raise this.
    Failed(Failure),
    /// It cannot be followed.
    Unknown(String),
    /// `RAISE EXCEPTION`.
    Raised,
}

impl Replay {
    /// Runs SQL text; gives its statements with their ops, and the first failure.
    pub(super) fn execute(&mut self, sql: &str) -> (Vec<SqlStatement>, Outcome) {
        let mut statements = parse_script(sql);
        let outer = std::mem::replace(&mut self.sql_running, true);
        let mut first = Ok(());
        for statement in &mut statements {
            let outcome = self.run_statement(statement);
            if let Err(failure) = outcome {
                let stop = self.lenient;
                if first.is_ok() {
                    first = Err(failure);
                }
                if stop {
                    break;
                }
            }
        }
        self.sql_running = outer;
        (statements, first)
    }

    fn run_statement(&mut self, statement: &mut SqlStatement) -> Outcome {
        if let [OpKind::Opaque(_)] = statement.ops.as_slice()
            && let Some(body) = parse_do(&statement.sql)
        {
            return self.run_do(statement, &body);
        }
        let mut first = Ok(());
        for op in &statement.ops {
            let Err(failure) = self.perform(op) else {
                continue;
            };
            if failure.missing.is_some() && skips_missing_table(&statement.sql) {
                return Ok(());
            }
            if self.lenient {
                return Err(failure);
            }
            self.report(&failure);
            if first.is_ok() {
                first = Err(failure);
            }
        }
        first
    }

    /// Runs a `DO` block; its statement then holds what was really done.
    fn run_do(&mut self, statement: &mut SqlStatement, body: &[DoStatement]) -> Outcome {
        let before = self.schema.clone();
        let mut done = Vec::new();
        let mut variables = Variables::new();
        let outcome = self.run_block(body, &mut variables, &mut done);
        let failure = match outcome {
            Ok(()) => {
                if done.is_empty() {
                    done.push(OpKind::NoEffect(crate::ir::NoEffect {
                        sql: statement.sql.clone(),
                        reason: "a block whose conditions do not hold".to_owned(),
                    }));
                }
                statement.ops = done;
                return Ok(());
            }
            Err(Stop::Failed(failure)) => failure,
            Err(Stop::Raised) => Failure::bad("the DO block raises an exception"),
            Err(Stop::Unknown(why)) => Failure {
                help: Some("write what it does as a --base file or as plain statements".to_owned()),
                ..Failure::new(
                    Code::SqlNotModelled,
                    format!("this DO block was not applied to the schema: {why}"),
                )
            },
        };
        self.schema = before;
        if let [OpKind::Opaque(opaque)] = statement.ops.as_mut_slice() {
            opaque.reason.clone_from(&failure.message);
        }
        if !self.lenient {
            self.report(&failure);
        }
        Err(failure)
    }

    fn run_block(
        &mut self,
        body: &[DoStatement],
        variables: &mut Variables,
        done: &mut Vec<OpKind>,
    ) -> Result<(), Stop> {
        for statement in body {
            match statement {
                DoStatement::Nothing => {}
                DoStatement::Raise => return Err(Stop::Raised),
                DoStatement::Unknown(text) => {
                    return Err(Stop::Unknown(format!("`{}`", super::shorten(text))));
                }
                DoStatement::Sql(statement) => self.run_inner(&statement.ops, done)?,
                DoStatement::Execute(text) => {
                    let Datum::Text(sql) = self.value(text, variables)? else {
                        return Err(Stop::Unknown(format!("EXECUTE {text} is not text")));
                    };
                    for statement in parse_script(&sql) {
                        self.run_inner(&statement.ops, done)?;
                    }
                }
                DoStatement::If(branches) => {
                    for (condition, body) in branches {
                        let holds = match condition {
                            Some(text) => self.value(text, variables)? == Datum::Bool(true),
                            None => true,
                        };
                        if holds {
                            self.run_block(body, variables, done)?;
                            break;
                        }
                    }
                }
                DoStatement::Block(body, handlers) => {
                    self.run_handled(body, handlers, variables, done)?;
                }
                DoStatement::ForQuery {
                    variables: names,
                    query,
                    body,
                } => {
                    let (columns, rows) = self.rows(query, variables)?;
                    for row in rows {
                        bind_row(variables, names, &columns, &row);
                        self.run_block(body, variables, done)?;
                    }
                }
                DoStatement::Assign(name, text) => {
                    let value = self.value(text, variables)?;
                    variables.insert(name.clone(), value);
                }
                DoStatement::SelectInto(names, query) => {
                    let (_, rows) = self.rows(query, variables)?;
                    let row = rows.into_iter().next().unwrap_or_default();
                    for (at, name) in names.iter().enumerate() {
                        let value = row.get(at).cloned().unwrap_or(Datum::Null);
                        variables.insert(name.clone(), value);
                    }
                }
            }
        }
        Ok(())
    }

    /// A block with handlers: a failure inside undoes the block and runs the handler that names it.
    fn run_handled(
        &mut self,
        body: &[DoStatement],
        handlers: &[(Vec<String>, Vec<DoStatement>)],
        variables: &mut Variables,
        done: &mut Vec<OpKind>,
    ) -> Result<(), Stop> {
        if handlers.is_empty() {
            return self.run_block(body, variables, done);
        }
        let before = self.schema.clone();
        let lenient = std::mem::replace(&mut self.lenient, true);
        let mut inner = Vec::new();
        let outcome = self.run_block(body, variables, &mut inner);
        self.lenient = lenient;
        match outcome {
            Ok(()) => {
                done.append(&mut inner);
                Ok(())
            }
            Err(Stop::Unknown(why)) => Err(Stop::Unknown(why)),
            Err(stop) => {
                let handler = handlers
                    .iter()
                    .find(|(conditions, _)| conditions.iter().any(|c| condition_holds(c, &stop)));
                match handler {
                    Some((_, body)) => {
                        self.schema = before;
                        self.run_block(body, variables, done)
                    }
                    None => Err(stop),
                }
            }
        }
    }

    fn run_inner(&mut self, ops: &[OpKind], done: &mut Vec<OpKind>) -> Result<(), Stop> {
        for op in ops {
            if let Err(failure) = self.perform(op) {
                if self.lenient {
                    return Err(Stop::Failed(failure));
                }
                // Outside a handler the run that passed did not fail here: go on as with plain statements.
                self.report(&failure);
                continue;
            }
            done.push(op.clone());
        }
        Ok(())
    }

    fn value(&self, text: &str, variables: &Variables) -> Result<Datum, Stop> {
        match evaluate(&self.schema, text, variables) {
            Answer::Known(value) => Ok(value),
            Answer::Unknown(why) => Err(Stop::Unknown(format!("`{text}`: {why}"))),
        }
    }

    fn rows(
        &self,
        query: &str,
        variables: &Variables,
    ) -> Result<(Vec<String>, Vec<Vec<Datum>>), Stop> {
        match select(&self.schema, query, variables) {
            Answer::Known(rows) => Ok(rows),
            Answer::Unknown(why) => {
                Err(Stop::Unknown(format!("`{}`: {why}", super::shorten(query))))
            }
        }
    }
}

/// Loop variables: several take the columns in order, one is the row (`r.column`), or the value of a single column.
fn bind_row(variables: &mut Variables, names: &[String], columns: &[String], row: &[Datum]) {
    if let [one] = names {
        for (column, value) in columns.iter().zip(row) {
            variables.insert(format!("{one}.{column}"), value.clone());
        }
        if let [value] = row {
            variables.insert(one.clone(), value.clone());
        }
        return;
    }
    for (name, value) in names.iter().zip(row) {
        variables.insert(name.clone(), value.clone());
    }
}

/// Whether a handler's condition names the failure (manual, appendix A).
fn condition_holds(condition: &str, stop: &Stop) -> bool {
    if condition == "others" {
        return true;
    }
    let Stop::Failed(failure) = stop else {
        return condition == "raise_exception";
    };
    let message = &failure.message;
    match condition {
        "duplicate_object" => {
            failure.code == Code::DuplicateObject && !message.starts_with("column")
        }
        "duplicate_table" => {
            failure.code == Code::DuplicateObject && message.starts_with("relation")
        }
        "duplicate_column" => {
            failure.code == Code::DuplicateObject && message.starts_with("column")
        }
        "duplicate_schema" | "duplicate_function" => failure.code == Code::DuplicateObject,
        "undefined_table" => {
            matches!(failure.code, Code::MissingObject | Code::MissingBase)
                && (message.starts_with("relation") || message.starts_with("table"))
        }
        "undefined_column" => failure.code == Code::MissingObject && message.starts_with("column"),
        "undefined_object" => {
            failure.code == Code::MissingObject
                && !message.starts_with("relation")
                && !message.starts_with("column")
        }
        "undefined_function" => {
            failure.code == Code::MissingObject && message.starts_with("function")
        }
        "dependent_objects_still_exist" => failure.code == Code::DependentObjects,
        "invalid_table_definition" => message.starts_with("multiple primary keys"),
        _ => false,
    }
}

/// Whether a statement says that its table may be absent: `ALTER TABLE IF EXISTS`.
fn skips_missing_table(sql: &str) -> bool {
    let words: Vec<String> = sql
        .split_whitespace()
        .take(6)
        .map(str::to_ascii_uppercase)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        [
            "ALTER",
            "TABLE" | "VIEW" | "INDEX" | "SEQUENCE",
            "IF",
            "EXISTS",
            ..
        ] | ["ALTER", "MATERIALIZED", "VIEW", "IF", "EXISTS", ..]
    )
}
