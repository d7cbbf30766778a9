//! Schemas renamed and dropped, with all that is in them.

use indexmap::IndexMap;

use super::base::Object;
use super::lookup::mentions_word;
use super::{Failure, Outcome, Replay, ident, visit};
use crate::diag::Code;
use crate::ir::{ConstraintKind, DropSchema, QualName, RenameSchema};
use crate::pg::schema::Schema;
use crate::pg::sql::{rename_schema_in_expr, rename_schema_in_statement};
use crate::pg::types::BaseType;

fn in_schema(name: &QualName, schema: &str) -> bool {
    name.schema_or_default() == schema
}

fn of_schema<'a>(names: impl Iterator<Item = &'a QualName>, schema: &str) -> Vec<QualName> {
    names.filter(|n| in_schema(n, schema)).cloned().collect()
}

/// Objects with their names moved from one schema to another.
fn rekeyed<'a, T: 'a>(
    objects: impl IntoIterator<Item = (QualName, T)> + 'a,
    from: &'a str,
    to: &'a str,
) -> impl Iterator<Item = (QualName, T)> + 'a {
    objects.into_iter().map(move |(mut key, value)| {
        moved(&mut key, from, to);
        (key, value)
    })
}

fn rekey<T>(map: &mut IndexMap<QualName, T>, from: &str, to: &str) {
    *map = rekeyed(std::mem::take(map), from, to).collect();
}

fn moved(name: &mut QualName, from: &str, to: &str) {
    if in_schema(name, from) {
        *name = QualName::qualified(Some(to), std::mem::take(&mut name.name));
    }
}

fn move_names(schema: &mut Schema, from: &str, to: &str) {
    rekey(&mut schema.enums, from, to);
    rekey(&mut schema.domains, from, to);
    rekey(&mut schema.composites, from, to);
    schema.sequences = rekeyed(std::mem::take(&mut schema.sequences), from, to).collect();
    schema.tables = rekeyed(std::mem::take(&mut schema.tables), from, to).collect();
    rekey(&mut schema.views, from, to);
    for sequence in schema.sequences.values_mut() {
        if let Some(owner) = &mut sequence.owned_by {
            moved(&mut owner.table, from, to);
        }
    }
    for table in schema.tables.values_mut() {
        for constraint in &mut table.constraints {
            if let ConstraintKind::ForeignKey(key) = &mut constraint.constraint.kind {
                moved(&mut key.ref_table, from, to);
            }
        }
        for index in &mut table.indexes {
            moved(&mut index.index.table, from, to);
        }
        if let Some((parent, _)) = &mut table.partition_of {
            moved(parent, from, to);
        }
        for parent in &mut table.inherits {
            moved(parent, from, to);
        }
    }
    for view in schema.views.values_mut() {
        for index in &mut view.indexes {
            moved(&mut index.index.table, from, to);
        }
    }
    for function in &mut schema.functions {
        moved(&mut function.name, from, to);
    }
    for trigger in &mut schema.triggers {
        moved(&mut trigger.definition.table, from, to);
        moved(&mut trigger.definition.function, from, to);
    }
    for policy in &mut schema.policies {
        moved(&mut policy.table, from, to);
    }
    for other in &mut schema.others {
        if !matches!(
            other.kind.as_str(),
            "RULE" | "EVENT TRIGGER" | "OPERATOR" | "CAST"
        ) {
            moved(&mut other.name, from, to);
        }
        if let Some(table) = &mut other.table {
            moved(table, from, to);
        }
    }
    for extension in schema.extensions.values_mut() {
        if extension.schema.as_deref() == Some(from) {
            extension.schema = Some(to.to_owned());
        }
    }
}

impl Replay {
    pub(super) fn rename_schema(&mut self, op: &RenameSchema) -> Outcome {
        let (from, to) = (ident(&op.name), ident(&op.new_name));
        if from == "public" || to == "public" {
            return Err(Failure::new(
                Code::SqlNotModelled,
                format!(
                    "schema \"{from}\" cannot be renamed to \"{to}\" here: the schema \"public\" keeps its name in the model"
                ),
            ));
        }
        if self.schema.schemas.contains_key(&to) {
            return Err(Failure::duplicate(format!(
                "schema \"{to}\" already exists"
            )));
        }
        let Some((at, _, namespace)) = self.schema.schemas.shift_remove_full(&from) else {
            return Err(Failure::missing(format!(
                "schema \"{from}\" does not exist"
            )));
        };
        self.schema.schemas.shift_insert(at, to.clone(), namespace);
        for mut name in of_schema(self.schema.tables.keys(), &from) {
            let old = name.clone();
            moved(&mut name, &from, &to);
            self.rows.rename(&old, &name);
            self.keep_identity(&old, &name);
        }
        for mut name in of_schema(self.schema.sequences.keys(), &from) {
            let old = name.clone();
            moved(&mut name, &from, &to);
            self.rows.rename_sequence(&old, &name);
        }
        move_names(&mut self.schema, &from, &to);
        visit::types(&mut self.schema, &mut |type_| {
            if let BaseType::Named {
                schema: Some(schema),
                ..
            } = &mut type_.base
                && *schema == from
            {
                schema.clone_from(&to);
            }
        });
        visit::expressions(&mut self.schema, &mut |expr| {
            if mentions_word(expr.sql(), &from) {
                expr.0 = rename_schema_in_expr(&expr.0, &from, &to);
            }
        });
        visit::statements(&mut self.schema, &mut |sql| {
            if mentions_word(sql, &from) {
                *sql = rename_schema_in_statement(sql, &from, &to);
            }
        });
        self.base.schema_moved(&|name| {
            let mut there = name.clone();
            moved(&mut there, &from, &to);
            (there != *name).then_some(there)
        });
        self.base.know(Object::Schema(to));
        Ok(())
    }

    pub(super) fn drop_schema(&mut self, op: &DropSchema) -> Outcome {
        let name = ident(&op.name);
        if name != "public" && !self.schema.schemas.contains_key(&name) {
            if op.if_exists {
                return Ok(());
            }
            let sentence = format!("schema \"{name}\" does not exist");
            return Err(self.missing(Object::Schema(name), sentence));
        }
        let schema = &self.schema;
        let tables = of_schema(schema.tables.keys(), &name);
        let views = of_schema(schema.views.keys(), &name);
        let types: Vec<QualName> = of_schema(
            schema
                .enums
                .keys()
                .chain(schema.domains.keys())
                .chain(schema.composites.keys()),
            &name,
        );
        let sequences = of_schema(schema.sequences.keys(), &name);
        let functions: Vec<(QualName, String)> = schema
            .functions
            .iter()
            .filter(|f| in_schema(&f.name, &name))
            .map(|f| (f.name.clone(), f.args.clone()))
            .collect();
        let filled = !tables.is_empty()
            || !views.is_empty()
            || !types.is_empty()
            || !sequences.is_empty()
            || !functions.is_empty();
        if filled && !op.cascade {
            self.tolerate(Failure::new(
                Code::DependentObjects,
                format!("cannot drop schema {name} because other objects depend on it"),
            ))?;
        }
        for view in views {
            self.remove_view_and_dependents(&view);
        }
        for table in tables {
            for view in self.views_on(&table) {
                self.remove_view(&view);
            }
            self.remove_table(&table);
        }
        for (function, args) in functions {
            self.remove_function(&function, &args);
        }
        for type_ in types {
            self.remove_type(&type_);
        }
        for sequence in sequences {
            self.remove_sequence(&sequence);
        }
        let public = name == "public";
        self.schema.others.retain(|o| {
            !in_schema(&o.name, &name)
                || (public && matches!(o.kind.as_str(), "RULE" | "EVENT TRIGGER"))
        });
        self.schema
            .extensions
            .retain(|_, e| e.schema.as_deref().unwrap_or("public") != name);
        self.schema.schemas.shift_remove(&name);
        Ok(())
    }
}
