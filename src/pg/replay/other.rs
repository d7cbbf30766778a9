//! Objects that are kept as their statements, and the changes of functions, triggers and policies.

use super::base::Object;
use super::lookup::mentions_word;
use super::routine::normal_args;
use super::{Failure, Outcome, Replay, catalog_name, ident, visit};
use crate::ir::{
    AlterFunction, AlterPolicy, Existing, FunctionAction, OtherAction, OtherObject, QualName,
    RenameTrigger,
};
use crate::pg::schema::Other;
use crate::pg::sql::{
    policy_parts, rename_created, rename_function_in_expr, rename_function_in_statement,
    rename_type_in_query, with_function_options,
};

impl Replay {
    /// A function's position by name and argument types.
    pub(super) fn find_function(&self, name: &QualName, args: Option<&str>) -> Outcome<usize> {
        let args = args.map(normal_args);
        let found: Vec<usize> = self
            .schema
            .functions
            .iter()
            .enumerate()
            .filter(|(_, f)| f.name == *name && args.as_ref().is_none_or(|a| *a == f.args))
            .map(|(at, _)| at)
            .collect();
        match found.as_slice() {
            [at] => Ok(*at),
            [] => Err(Failure::missing(match args {
                Some(args) => format!("function {name}({args}) does not exist"),
                None => format!("could not find a function named \"{name}\""),
            })),
            [..] => Err(Failure::bad(format!(
                "function name \"{name}\" is not unique"
            ))),
        }
    }

    pub(super) fn alter_function(&mut self, op: &AlterFunction) -> Outcome {
        let name = catalog_name(&op.name);
        if super::table::in_temporary_schema(&name) {
            return Ok(());
        }
        let at = self.find_function(&name, op.args.as_deref())?;
        let to = match &op.action {
            FunctionAction::Rename(new) => QualName::qualified(name.schema.as_deref(), ident(new)),
            FunctionAction::SetSchema(schema) => {
                QualName::qualified(Some(&ident(schema)), name.name.clone())
            }
            FunctionAction::Options(options) => {
                if let Some(function) = self.schema.functions.get_mut(at) {
                    function.sql = with_function_options(&function.sql, options);
                }
                return Ok(());
            }
        };
        if matches!(op.action, FunctionAction::SetSchema(_)) && to == name {
            return Ok(());
        }
        self.need_schema(&to)?;
        let args = self
            .schema
            .functions
            .get(at)
            .map(|f| f.args.clone())
            .unwrap_or_default();
        if self
            .schema
            .functions
            .iter()
            .any(|f| f.name == to && f.args == args)
        {
            return Err(Failure::duplicate(format!(
                "function {}({args}) already exists in schema \"{}\"",
                to.name,
                to.schema_or_default()
            )));
        }
        if let Some(function) = self.schema.functions.get_mut(at) {
            function.sql = rename_created(&function.sql, &to);
            function.name = to.clone();
        }
        // PostgreSQL keeps calls by identity; where several functions have the name, only calls by triggers are certain.
        let alone = !self.schema.functions.iter().any(|f| f.name == name);
        self.retarget_function(&name, &to, alone, args.is_empty());
        Ok(())
    }

    fn retarget_function(&mut self, from: &QualName, to: &QualName, alone: bool, bare: bool) {
        if bare {
            for trigger in &mut self.schema.triggers {
                if trigger.definition.function == *from {
                    trigger.definition.function = to.clone();
                    trigger.definition.sql =
                        rename_function_in_statement(&trigger.definition.sql, from, to);
                }
            }
        }
        if !alone {
            return;
        }
        visit::expressions(&mut self.schema, &mut |expr| {
            if mentions_word(expr.sql(), &from.name) {
                expr.0 = rename_function_in_expr(&expr.0, from, to);
            }
        });
        let bodies = std::mem::take(&mut self.schema.functions);
        visit::statements(&mut self.schema, &mut |sql| {
            if mentions_word(sql, &from.name) {
                *sql = rename_function_in_statement(sql, from, to);
            }
        });
        self.schema.functions = bodies;
    }

    pub(super) fn rename_trigger(&mut self, op: &RenameTrigger) -> Outcome {
        let table = catalog_name(&op.table);
        if self.temporary.contains(&table) {
            return Ok(());
        }
        let (from, to) = (ident(&op.name), ident(&op.new_name));
        let triggers = &mut self.schema.triggers;
        let of_table = |name: &str, t: &crate::pg::schema::Trigger| {
            t.definition.table == table && t.definition.name == name
        };
        if triggers.iter().any(|t| of_table(&to, t)) {
            return Err(Failure::duplicate(format!(
                "trigger \"{to}\" for relation \"{}\" already exists",
                table.name
            )));
        }
        let Some(trigger) = triggers.iter_mut().find(|t| of_table(&from, t)) else {
            return Err(Failure::missing(format!(
                "trigger \"{from}\" for table \"{}\" does not exist",
                table.name
            )));
        };
        trigger.definition.sql =
            rename_created(&trigger.definition.sql, &QualName::new(to.clone()));
        trigger.definition.name = to;
        Ok(())
    }

    pub(super) fn alter_policy(&mut self, op: &AlterPolicy) -> Outcome {
        let table = catalog_name(&op.table);
        let name = ident(&op.name);
        let Some(policy) = self
            .schema
            .policies
            .iter_mut()
            .find(|p| p.table == table && p.name == name)
        else {
            return Err(Failure::missing(format!(
                "policy \"{name}\" for table \"{}\" does not exist",
                table.name
            )));
        };
        if let Some(new) = &op.new_name {
            policy.name = ident(new);
            policy.sql = rename_created(&policy.sql, &QualName::new(policy.name.clone()));
            return Ok(());
        }
        let [head, roles, using, check] = policy_parts(&policy.sql);
        let mut parts = vec![head];
        for (given, old) in [(&op.roles, roles), (&op.using, using), (&op.check, check)] {
            let text = given.clone().unwrap_or(old);
            if !text.is_empty() {
                parts.push(text);
            }
        }
        policy.sql = parts.join(" ");
        Ok(())
    }

    fn other_at(&self, op: &OtherObject) -> Option<usize> {
        let name = catalog_name(&op.name);
        let table = op.table.as_ref().map(catalog_name);
        let args = op.args.as_deref().map(normal_args);
        self.schema
            .others
            .iter()
            .position(|o| o.kind == op.kind && o.name == name && o.table == table && o.args == args)
    }

    pub(super) fn other_object(&mut self, op: &OtherObject) -> Outcome {
        let name = catalog_name(&op.name);
        let at = self.other_at(op);
        let what = op.kind.to_lowercase();
        let missing = || Failure::missing(format!("{what} \"{}\" does not exist", name.name));
        match &op.action {
            OtherAction::Create(sql, existing) => {
                if op.kind == "TYPE" && self.type_exists(&name) {
                    return Err(Failure::duplicate(format!(
                        "type \"{}\" already exists",
                        name.name
                    )));
                }
                self.need_schema(&name)?;
                let table = op.table.as_ref().map(catalog_name);
                if let Some(table) = &table
                    && !self.relation_exists(table)
                {
                    return Err(self.missing_relation(table));
                }
                let other = Other {
                    kind: op.kind.clone(),
                    name: name.clone(),
                    args: op.args.as_deref().map(normal_args),
                    table,
                    sql: sql.clone(),
                    comment: at.and_then(|at| self.schema.others.get(at)?.comment.clone()),
                    origin: Some(self.origin.clone()),
                };
                if op.kind == "TYPE" {
                    self.base.know(Object::Type(name.clone()));
                }
                match (at, existing) {
                    (None, _) => self.schema.others.push(other),
                    (Some(_), Existing::Kept) => {}
                    (Some(at), Existing::Replaced) => {
                        if let Some(slot) = self.schema.others.get_mut(at) {
                            *slot = other;
                        }
                    }
                    (Some(_), Existing::Refused) => {
                        return Err(Failure::duplicate(format!(
                            "{what} \"{}\" already exists",
                            name.name
                        )));
                    }
                }
            }
            OtherAction::Drop { if_exists, .. } => match at {
                Some(at) => {
                    self.schema.others.remove(at);
                }
                None if *if_exists => {}
                None => return Err(missing()),
            },
            OtherAction::Rename(new) => {
                let to = QualName::qualified(name.schema.as_deref(), ident(new));
                self.move_other(at.ok_or_else(missing)?, to);
            }
            OtherAction::SetSchema(schema) => {
                let to = QualName::qualified(Some(&ident(schema)), name.name.clone());
                self.move_other(at.ok_or_else(missing)?, to);
            }
        }
        Ok(())
    }

    pub(super) fn move_other(&mut self, at: usize, to: QualName) {
        if let Some(other) = self.schema.others.get_mut(at) {
            other.sql = rename_created(&other.sql, &to);
            other.name = to;
        }
    }

    /// Statements that name a type follow it.
    pub(super) fn retarget_type_in_statements(&mut self, from: &QualName, to: &QualName) {
        visit::statements(&mut self.schema, &mut |sql| {
            if mentions_word(sql, &from.name) {
                *sql = rename_type_in_query(sql, from, to);
            }
        });
    }
}
