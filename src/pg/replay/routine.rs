//! Functions and triggers, kept as their statements.

use super::table::in_temporary_schema;
use super::{Failure, Outcome, Replay, catalog_name, ident};
use crate::ir::{CreateFunction, CreateTrigger, DropTrigger};
use crate::pg::schema::{Function, Trigger};
use crate::pg::sql::rename_column_in_trigger as rename_in_sql;
use crate::pg::types::PgType;

/// A list of arguments at its commas, those within parentheses left alone.
pub(super) fn split_args(args: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut depth = 0_u32;
    let mut current = String::new();
    for c in args.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(std::mem::take(&mut current).trim().to_owned());
                continue;
            }
            _ => {}
        }
        current.push(c);
    }
    if !current.trim().is_empty() {
        parts.push(current.trim().to_owned());
    }
    parts
}

/// Argument types by their catalog names, so that signatures can be compared.
pub(super) fn normal_args(args: &str) -> String {
    split_args(args)
        .iter()
        .map(|part| match PgType::parse(part) {
            // Modifiers of argument types are dropped by PostgreSQL.
            Ok(type_) => PgType {
                modifiers: Vec::new(),
                ..type_
            }
            .to_string()
            .trim_end_matches("(1)")
            .to_owned(),
            Err(_) => part.trim().to_owned(),
        })
        .collect::<Vec<_>>()
        .join(", ")
}

impl Replay {
    pub(super) fn create_function(&mut self, op: &CreateFunction) -> Outcome {
        let name = catalog_name(&op.name);
        if in_temporary_schema(&name) {
            return Ok(());
        }
        self.need_schema(&name)?;
        let args = normal_args(&op.args);
        let at = self
            .schema
            .functions
            .iter()
            .position(|f| f.name == name && f.args == args);
        let function = Function {
            name: name.clone(),
            args,
            returns: op.returns.as_deref().map(str::to_lowercase),
            language: op.language.to_lowercase(),
            body: op.body.clone(),
            sql: op.sql.clone(),
            procedure: op.procedure,
            comment: at
                .and_then(|at| self.schema.functions.get(at))
                .and_then(|f| f.comment.clone()),
            origin: Some(self.origin.clone()),
        };
        match at {
            Some(_) if !op.or_replace => {
                return Err(Failure::duplicate(format!(
                    "function \"{}\" already exists with same argument types",
                    name.name
                )));
            }
            Some(at) => {
                if let Some(existing) = self.schema.functions.get_mut(at) {
                    *existing = function;
                }
            }
            None => self.schema.functions.push(function),
        }
        Ok(())
    }

    pub(super) fn create_trigger(&mut self, op: &CreateTrigger) -> Outcome {
        let table = catalog_name(&op.table);
        if self.temporary.contains(&table) {
            return Ok(());
        }
        if !self.schema.views.contains_key(&table) {
            self.table_mut(&table)?;
        }
        let mut definition = op.clone();
        definition.name = ident(&op.name);
        definition.table = table.clone();
        definition.function = catalog_name(&op.function);
        let at = self
            .schema
            .triggers
            .iter()
            .position(|t| t.definition.table == table && t.definition.name == definition.name);
        // A trigger that is replaced keeps its comment.
        let comment = at.and_then(|at| self.schema.triggers.get(at)?.comment.clone());
        let trigger = Trigger {
            definition,
            state: 'O',
            comment,
            origin: Some(self.origin.clone()),
        };
        match at {
            Some(_) if !op.or_replace => Err(Failure::duplicate(format!(
                "trigger \"{}\" for relation \"{}\" already exists",
                op.name, table.name
            ))),
            Some(at) => {
                if let Some(existing) = self.schema.triggers.get_mut(at) {
                    *existing = trigger;
                }
                Ok(())
            }
            None => {
                self.schema.triggers.push(trigger);
                Ok(())
            }
        }
    }

    pub(super) fn drop_trigger(&mut self, op: &DropTrigger) -> Outcome {
        let table = catalog_name(&op.table);
        let name = ident(&op.name);
        let at = self
            .schema
            .triggers
            .iter()
            .position(|t| t.definition.table == table && t.definition.name == name);
        match at {
            Some(at) => {
                self.schema.triggers.remove(at);
                Ok(())
            }
            None if op.if_exists => Ok(()),
            None => Err(Failure::missing(format!(
                "trigger \"{name}\" for table \"{}\" does not exist",
                table.name
            ))),
        }
    }
}

/// A renamed column in `UPDATE OF` and `WHEN` of a trigger.
pub(super) fn rename_column_in_trigger(trigger: &mut Trigger, from: &str, to: &str) {
    let definition = &mut trigger.definition;
    if !super::lookup::mentions_word(&definition.sql, from) {
        return;
    }
    definition.sql = rename_in_sql(&definition.sql, from, to);
    if let Some(statement) = crate::pg::sql::parse_script(&definition.sql).pop()
        && let Some(crate::ir::OpKind::CreateTrigger(parsed)) = statement.ops.into_iter().next()
    {
        definition.events = parsed.events;
        definition.when = parsed.when;
    }
}
