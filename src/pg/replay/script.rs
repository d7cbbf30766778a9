//! Raw SQL: statement by statement, `DO` blocks run against the schema of their moment.

use std::collections::BTreeSet;

use super::{Failure, Outcome, Replay};
use crate::diag::Code;
use crate::ir::{Datum, OpKind, QualName, SqlStatement};
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
    /// `INTO STRICT` found no row.
    NoData,
    /// `RETURN`.
    Returned,
    /// `EXIT`.
    Exit,
    /// `CONTINUE`.
    Continue,
}

impl Stop {
    /// What `SQLERRM` says.
    fn message(&self) -> String {
        match self {
            Stop::Failed(failure) => failure.message.clone(),
            Stop::NoData => "query returned no rows".to_owned(),
            Stop::Unknown(_) | Stop::Raised | Stop::Returned | Stop::Exit | Stop::Continue => {
                String::new()
            }
        }
    }
}

/// Statements and turns of loops that one block may take.
const STEPS: u32 = 20_000;

/// A block on its way.
#[derive(Default)]
struct Run {
    /// Variables whose value is known, and `found`.
    variables: Variables,
    /// What was done to the schema.
    done: Vec<OpKind>,
    /// Steps taken.
    steps: u32,
}

impl Run {
    fn step(&mut self) -> Result<(), Stop> {
        self.steps += 1;
        if self.steps > STEPS {
            return Err(Stop::Unknown(format!("it takes more than {STEPS} steps")));
        }
        Ok(())
    }
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
        self.qualify_statement(statement);
        if let [OpKind::NoEffect(_) | OpKind::Data(_)] = statement.ops.as_slice() {
            self.follow_search_path(&statement.sql);
        }
        if let [OpKind::Opaque(_)] = statement.ops.as_slice()
            && let Some(body) = parse_do(&statement.sql)
        {
            return self.run_do(statement, &body);
        }
        let mut first = Ok(());
        self.dropping = dropped_together(&statement.ops);
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
        let before = (self.schema.clone(), self.rows.clone());
        let mut run = Run::default();
        let outcome = self.run_block(body, &mut run);
        let mut done = run.done;
        let failure = match outcome {
            Ok(()) | Err(Stop::Returned | Stop::Exit | Stop::Continue) => {
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
            Err(Stop::NoData) => Failure::bad("query returned no rows"),
            Err(Stop::Unknown(_)) if is_harmless(body) => {
                (self.schema, self.rows) = before;
                statement.ops = vec![OpKind::NoEffect(crate::ir::NoEffect {
                    sql: statement.sql.clone(),
                    reason: "a block that touches roles and privileges alone".to_owned(),
                })];
                return Ok(());
            }
            Err(Stop::Unknown(why)) => Failure {
                help: Some("write what it does as a --base file or as plain statements".to_owned()),
                ..Failure::new(
                    Code::SqlNotModelled,
                    format!("this DO block was not applied to the schema: {why}"),
                )
            },
        };
        (self.schema, self.rows) = before;
        if let [OpKind::Opaque(opaque)] = statement.ops.as_mut_slice() {
            opaque.reason.clone_from(&failure.message);
        }
        if !self.lenient {
            self.report(&failure);
        }
        Err(failure)
    }

    fn run_block(&mut self, body: &[DoStatement], run: &mut Run) -> Result<(), Stop> {
        for statement in body {
            run.step()?;
            match statement {
                // What ran on PostgreSQL held.
                DoStatement::Nothing | DoStatement::Assert(..) => {}
                DoStatement::Raise(_) => return Err(Stop::Raised),
                DoStatement::Return(_) => return Err(Stop::Returned),
                DoStatement::Unknown(text) => {
                    return Err(Stop::Unknown(format!("`{}`", super::shorten(text))));
                }
                DoStatement::Sql(statement) => {
                    let mut statement = statement.clone();
                    self.qualify_statement(&mut statement);
                    self.run_inner(&statement.ops, run)?;
                    // How many rows a data statement touched is not followed.
                    run.variables.remove("found");
                }
                DoStatement::Execute { text, into, using } => {
                    self.run_dynamic(text, into, using, run)?;
                }
                DoStatement::If(branches) => {
                    for (condition, body) in branches {
                        let holds = match condition {
                            Some(text) => self.value(text, run)? == Datum::Bool(true),
                            None => true,
                        };
                        if holds {
                            self.run_block(body, run)?;
                            break;
                        }
                    }
                }
                DoStatement::Block(body, handlers) => self.run_handled(body, handlers, run)?,
                DoStatement::Leave(exit, condition) => {
                    let holds = match condition {
                        Some(text) => self.value(text, run)? == Datum::Bool(true),
                        None => true,
                    };
                    if holds {
                        return Err(if *exit { Stop::Exit } else { Stop::Continue });
                    }
                }
                DoStatement::Assign(name, text) => self.assign(name, text, run),
                DoStatement::Declare(name, _, text) => {
                    self.assign(name, text.as_deref().unwrap_or("NULL"), run);
                }
                DoStatement::SelectInto(names, strict, query) => {
                    self.select_into(names, *strict, query, run)?;
                }
                DoStatement::Perform(query) => self.run_query(query, run),
                DoStatement::ForQuery { .. }
                | DoStatement::ForRange { .. }
                | DoStatement::ForEach { .. } => self.run_loop(statement, run)?,
                DoStatement::While(_, body) => match self.run_loop(statement, run) {
                    // When it ends is a matter of rows, and so is all that it does.
                    Err(Stop::Unknown(_)) if changes_rows_alone(body) => {
                        forget_assigned(body, &mut run.variables);
                    }
                    other => other?,
                },
            }
        }
        Ok(())
    }

    /// A value that is not known stays out of the variables: whoever needs it says so.
    fn assign(&mut self, name: &str, text: &str, run: &mut Run) {
        match self.value(text, run) {
            Ok(value) => {
                run.variables.insert(name.to_owned(), value);
            }
            Err(_) => {
                run.variables.remove(name);
            }
        }
    }

    /// A query for its effect and `FOUND`.
    fn run_query(&mut self, query: &str, run: &mut Run) {
        match self.rows(query, run) {
            Ok((_, rows)) => {
                let found = Datum::Bool(!rows.is_empty());
                run.variables.insert("found".to_owned(), found);
            }
            Err(_) => {
                run.variables.remove("found");
            }
        }
    }

    fn select_into(
        &mut self,
        names: &[String],
        strict: bool,
        query: &str,
        run: &mut Run,
    ) -> Result<(), Stop> {
        let ops: Vec<OpKind> = parse_script(query)
            .into_iter()
            .flat_map(|s| s.ops)
            .filter(|op| !matches!(op, OpKind::Data(d) if d.kind == crate::ir::DataKind::Select))
            .collect();
        let changes = !ops.is_empty();
        self.run_inner(&ops, run)?;
        let rows = if changes {
            Err(Stop::Unknown("the rows that it returns".to_owned()))
        } else {
            self.rows(query, run)
        };
        let (columns, rows) = match rows {
            Ok(rows) => rows,
            Err(_) => {
                run.variables.remove("found");
                for name in names {
                    run.variables.remove(name);
                }
                return Ok(());
            }
        };
        run.variables
            .insert("found".to_owned(), Datum::Bool(!rows.is_empty()));
        if strict && rows.is_empty() {
            return Err(Stop::NoData);
        }
        let row = rows
            .into_iter()
            .next()
            .unwrap_or_else(|| vec![Datum::Null; columns.len()]);
        bind_row(&mut run.variables, names, &columns, &row);
        Ok(())
    }

    /// `EXECUTE`: its text is a value, then statements.
    fn run_dynamic(
        &mut self,
        text: &str,
        into: &[String],
        using: &[String],
        run: &mut Run,
    ) -> Result<(), Stop> {
        let Datum::Text(mut sql) = self.value(text, run)? else {
            return Err(Stop::Unknown(format!("EXECUTE {text} is not text")));
        };
        for (at, expression) in using.iter().enumerate().rev() {
            let literal = match self.value(expression, run)? {
                Datum::Null => "NULL".to_owned(),
                Datum::Bool(b) => b.to_string(),
                Datum::Int(n) => n.to_string(),
                Datum::Text(t) | Datum::Json(t) => crate::pg::names::quote_literal(&t),
                Datum::List(_) | Datum::Unknown(_) => {
                    return Err(Stop::Unknown(format!("EXECUTE {text} USING an array")));
                }
            };
            sql = sql.replace(&format!("${}", at + 1), &literal);
        }
        if !into.is_empty() {
            return self.select_into(into, false, &sql, run);
        }
        for mut statement in parse_script(&sql) {
            self.qualify_statement(&mut statement);
            self.follow_search_path(&statement.sql);
            self.run_inner(&statement.ops, run)?;
        }
        Ok(())
    }

    fn run_loop(&mut self, statement: &DoStatement, run: &mut Run) -> Result<(), Stop> {
        match statement {
            DoStatement::ForQuery {
                variables: names,
                query,
                dynamic,
                body,
            } => {
                let query = if *dynamic {
                    match self.value(query, run)? {
                        Datum::Text(text) => text,
                        _ => return Err(Stop::Unknown(format!("`{query}` is not text"))),
                    }
                } else {
                    query.clone()
                };
                if let Some(ops) = self.loop_over_rows(names, &query, body) {
                    for op in &ops {
                        let Err(failure) = self.perform(op) else {
                            run.done.push(op.clone());
                            continue;
                        };
                        return Err(Stop::Failed(failure));
                    }
                    run.variables.remove("found");
                    return Ok(());
                }
                let (columns, rows) = self.rows(&query, run)?;
                let found = Datum::Bool(!rows.is_empty());
                for row in rows {
                    bind_row(&mut run.variables, names, &columns, &row);
                    if !self.run_turn(body, run)? {
                        break;
                    }
                }
                run.variables.insert("found".to_owned(), found);
            }
            DoStatement::ForRange {
                variable,
                from,
                to,
                step,
                reverse,
                body,
            } => {
                let number = |text: &str| match self.value(text, run)? {
                    Datum::Int(n) => Ok(n),
                    Datum::Null
                    | Datum::Bool(_)
                    | Datum::Text(_)
                    | Datum::Json(_)
                    | Datum::List(_)
                    | Datum::Unknown(_) => Err(Stop::Unknown(format!("`{text}` is not a number"))),
                };
                let (mut at, last) = (number(from)?, number(to)?);
                let step = match step {
                    Some(step) => number(step)?.max(1),
                    None => 1,
                };
                while if *reverse { at >= last } else { at <= last } {
                    run.variables.insert(variable.clone(), Datum::Int(at));
                    if !self.run_turn(body, run)? {
                        break;
                    }
                    at = at.saturating_add(if *reverse { -step } else { step });
                }
            }
            DoStatement::ForEach {
                variable,
                list,
                body,
            } => {
                let items = match self.value(list, run)? {
                    Datum::List(items) => items,
                    Datum::Null => return Err(Stop::Unknown(format!("`{list}` is NULL"))),
                    Datum::Text(text) => crate::pg::view::array_literal(&text),
                    Datum::Bool(_) | Datum::Int(_) | Datum::Json(_) | Datum::Unknown(_) => {
                        return Err(Stop::Unknown(format!("`{list}` is not an array")));
                    }
                };
                for item in items {
                    run.variables.insert(variable.clone(), item);
                    if !self.run_turn(body, run)? {
                        break;
                    }
                }
            }
            DoStatement::While(condition, body) => loop {
                if let Some(text) = condition
                    && self.value(text, run)? != Datum::Bool(true)
                {
                    break;
                }
                if !self.run_turn(body, run)? {
                    break;
                }
            },
            _ => {}
        }
        Ok(())
    }

    /// One turn of a loop; false when it was left.
    fn run_turn(&mut self, body: &[DoStatement], run: &mut Run) -> Result<bool, Stop> {
        run.step()?;
        match self.run_block(body, run) {
            Ok(()) | Err(Stop::Continue) => Ok(true),
            Err(Stop::Exit) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// A block with handlers: a failure inside undoes the block and runs the handler that names it.
    fn run_handled(
        &mut self,
        body: &[DoStatement],
        handlers: &[(Vec<String>, Vec<DoStatement>)],
        run: &mut Run,
    ) -> Result<(), Stop> {
        if handlers.is_empty() {
            return self.run_block(body, run);
        }
        let before = (self.schema.clone(), self.rows.clone());
        let lenient = std::mem::replace(&mut self.lenient, true);
        let outer = std::mem::take(&mut run.done);
        let outcome = self.run_block(body, run);
        self.lenient = lenient;
        let mut inner = std::mem::replace(&mut run.done, outer);
        match outcome {
            Ok(()) => {
                run.done.append(&mut inner);
                Ok(())
            }
            Err(stop @ (Stop::Returned | Stop::Exit | Stop::Continue)) => {
                run.done.append(&mut inner);
                Err(stop)
            }
            Err(Stop::Unknown(why)) => Err(Stop::Unknown(why)),
            Err(stop) => {
                let handler = handlers
                    .iter()
                    .find(|(conditions, _)| conditions.iter().any(|c| condition_holds(c, &stop)));
                match handler {
                    Some((_, body)) => {
                        (self.schema, self.rows) = before;
                        run.variables
                            .insert("sqlerrm".to_owned(), Datum::Text(stop.message()));
                        self.run_block(body, run)
                    }
                    None => Err(stop),
                }
            }
        }
    }

    fn run_inner(&mut self, ops: &[OpKind], run: &mut Run) -> Result<(), Stop> {
        for op in ops {
            if let OpKind::Opaque(opaque) = op
                && let Some(body) = parse_do(&opaque.text)
            {
                self.run_block(&body, run)?;
                continue;
            }
            if let Err(failure) = self.perform(op) {
                if self.lenient {
                    return Err(Stop::Failed(failure));
                }
                // Outside a handler the run that passed did not fail here: go on as with plain statements.
                self.report(&failure);
                continue;
            }
            run.done.push(op.clone());
        }
        Ok(())
    }

    fn value(&self, text: &str, run: &Run) -> Result<Datum, Stop> {
        match evaluate(&self.schema, &self.rows, text, &run.variables) {
            Answer::Known(value) => Ok(value),
            Answer::Unknown(why) => Err(Stop::Unknown(format!("`{text}`: {why}"))),
        }
    }

    fn rows(&self, query: &str, run: &Run) -> Result<(Vec<String>, Vec<Vec<Datum>>), Stop> {
        match select(&self.schema, &self.rows, query, &run.variables) {
            Answer::Known(rows) => Ok(rows),
            Answer::Unknown(why) => {
                Err(Stop::Unknown(format!("`{}`: {why}", super::shorten(query))))
            }
        }
    }
}

/// Names of the objects that one `DROP` lists.
fn dropped_together(ops: &[OpKind]) -> BTreeSet<QualName> {
    ops.iter()
        .filter_map(|op| match op {
            OpKind::DropTable(d) => Some(&d.name),
            OpKind::DropView(d) => Some(&d.name),
            OpKind::DropType(d) => Some(&d.name),
            _ => None,
        })
        .map(super::catalog_name)
        .collect()
}

/// Loop variables: several take the columns in order, one is the row (`r.column`), or the value of a single column. A value
/// that is not known stays out.
fn bind_row(variables: &mut Variables, names: &[String], columns: &[String], row: &[Datum]) {
    let mut bind = |name: String, value: &Datum| {
        if matches!(value, Datum::Unknown(_)) {
            variables.remove(&name);
        } else {
            variables.insert(name, value.clone());
        }
    };
    if let [one] = names {
        for (column, value) in columns.iter().zip(row) {
            bind(format!("{one}.{column}"), value);
        }
        if let [value] = row {
            bind(one.clone(), value);
        }
        return;
    }
    for (name, value) in names.iter().zip(row) {
        bind(name.clone(), value);
    }
}

/// Whether a handler's condition names the failure (manual, appendix A).
fn condition_holds(condition: &str, stop: &Stop) -> bool {
    if condition == "others" {
        return true;
    }
    let failure = match stop {
        Stop::Failed(failure) => failure,
        Stop::NoData => return condition == "no_data_found",
        _ => return condition == "raise_exception",
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

/// Whether nothing in a block could change schema or rows, whichever way its conditions go.
fn is_harmless(body: &[DoStatement]) -> bool {
    body.iter().all(|statement| match statement {
        DoStatement::Nothing
        | DoStatement::Raise(_)
        | DoStatement::Return(_)
        | DoStatement::Leave(..)
        | DoStatement::Assign(..)
        | DoStatement::Declare(..)
        | DoStatement::Assert(..)
        | DoStatement::Perform(_) => true,
        DoStatement::Sql(statement) => {
            let harmless = |op: &OpKind| matches!(op, OpKind::NoEffect(_));
            statement.ops.iter().all(harmless)
        }
        DoStatement::Execute { text, .. } => grants(text),
        DoStatement::If(branches) => branches.iter().all(|(_, body)| is_harmless(body)),
        DoStatement::Block(body, handlers) => {
            is_harmless(body) && handlers.iter().all(|(_, body)| is_harmless(body))
        }
        DoStatement::ForQuery { body, .. }
        | DoStatement::ForRange { body, .. }
        | DoStatement::ForEach { body, .. }
        | DoStatement::While(_, body) => is_harmless(body),
        DoStatement::SelectInto(..) | DoStatement::Unknown(_) => false,
    })
}

/// Whether a block could change nothing but rows, whichever way its conditions go.
fn changes_rows_alone(body: &[DoStatement]) -> bool {
    body.iter().all(|statement| match statement {
        DoStatement::Sql(statement) => {
            let rows = |op: &OpKind| matches!(op, OpKind::NoEffect(_) | OpKind::Data(_));
            statement.ops.iter().all(rows)
        }
        DoStatement::SelectInto(..) => true,
        DoStatement::If(branches) => branches.iter().all(|(_, b)| changes_rows_alone(b)),
        DoStatement::While(_, body)
        | DoStatement::ForQuery { body, .. }
        | DoStatement::ForRange { body, .. }
        | DoStatement::ForEach { body, .. } => changes_rows_alone(body),
        // Where a block ends or goes on behind it is not known.
        DoStatement::Return(_) | DoStatement::Raise(_) | DoStatement::Block(..) => false,
        other => is_harmless(std::slice::from_ref(other)),
    })
}

/// Takes out the variables that a block may set: how often it ran is not known.
fn forget_assigned(body: &[DoStatement], variables: &mut Variables) {
    for statement in body {
        match statement {
            DoStatement::Assign(name, _) => {
                variables.remove(name);
            }
            DoStatement::SelectInto(names, ..) => names.iter().for_each(|n| {
                variables.remove(n);
            }),
            DoStatement::If(branches) => {
                for (_, body) in branches {
                    forget_assigned(body, variables);
                }
            }
            DoStatement::While(_, body)
            | DoStatement::ForQuery { body, .. }
            | DoStatement::ForRange { body, .. }
            | DoStatement::ForEach { body, .. } => forget_assigned(body, variables),
            _ => {}
        }
    }
}

/// Whether the text of an `EXECUTE` begins as a statement about roles or privileges, whatever is put in behind.
fn grants(expression: &str) -> bool {
    const STARTS: [&str; 8] = [
        "GRANT ",
        "REVOKE ",
        "ALTER DEFAULT PRIVILEGES",
        "CREATE ROLE ",
        "CREATE USER ",
        "ALTER ROLE ",
        "ALTER USER ",
        "REASSIGN OWNED",
    ];
    let text = expression.trim_start();
    let text = match text.get(..6) {
        Some(word) if word.eq_ignore_ascii_case("format") => text
            .get(6..)
            .unwrap_or("")
            .trim_start()
            .trim_start_matches('(')
            .trim_start(),
        _ => text,
    };
    let Some(literal) = text.strip_prefix('\'') else {
        return false;
    };
    // A second statement would stand behind a `;`.
    let upper = literal.trim_start().to_ascii_uppercase();
    STARTS.iter().any(|start| upper.starts_with(start))
        && !upper.trim_end_matches(['\'', ';']).contains(';')
}
