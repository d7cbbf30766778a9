//! Schemas, extensions, sequences, comments and policies.

use super::base::Object;
use super::lookup::draws_from;
use super::{Failure, Outcome, Replay, catalog_name, ident};
use crate::ir::{
    AlterSequence, Change, ColumnRef, CreateExtension, CreateSchema, CreateSequence, DropExtension,
    DropSequence, Policy, QualName, Restart, SequenceOptions, SetComment,
};
use crate::pg::schema::{Extension, Namespace, Other, Sequence};
use crate::pg::types::PgType;

/// Options with PostgreSQL's defaults left out, so that equal sequences are equal.
pub(super) fn without_defaults(mut options: SequenceOptions) -> SequenceOptions {
    options.data_type = options
        .data_type
        .and_then(|t| PgType::parse(&t).ok())
        .map(|t| t.to_string())
        .filter(|t| t != "bigint");
    let descending = options.increment.is_some_and(|i| i < 0);
    let largest = match options.data_type.as_deref() {
        Some("smallint") => i64::from(i16::MAX),
        Some("integer") => i64::from(i32::MAX),
        _ => i64::MAX,
    };
    options.increment = options.increment.filter(|i| *i != 1);
    options.cache = options.cache.filter(|c| *c != 1);
    options.cycle = options.cycle.filter(|c| *c);
    if !descending {
        let first = options.min.unwrap_or(1);
        options.start = options.start.filter(|s| *s != first);
        options.min = options.min.filter(|m| *m != 1);
        options.max = options.max.filter(|m| *m != largest);
    }
    options
}

/// Options that a change gives, over those that are there.
pub(super) fn merge_options(options: &mut SequenceOptions, change: &SequenceOptions) {
    let change = change.clone();
    let merged = SequenceOptions {
        data_type: change.data_type.or_else(|| options.data_type.take()),
        start: change.start.or(options.start),
        increment: change.increment.or(options.increment),
        min: change.min.or(options.min),
        max: change.max.or(options.max),
        cache: change.cache.or(options.cache),
        cycle: change.cycle.or(options.cycle),
    };
    *options = without_defaults(merged);
}

impl Replay {
    /// A schema that is named must exist.
    pub(super) fn need_schema(&mut self, name: &QualName) -> Outcome {
        match &name.schema {
            Some(schema)
                if !self.schema.schemas.contains_key(schema)
                    && !schema.starts_with("pg_")
                    && schema != "information_schema" =>
            {
                let sentence = format!("schema \"{schema}\" does not exist");
                let failure = self.missing(Object::Schema(schema.clone()), sentence);
                let schema = schema.clone();
                self.tolerate(failure)?;
                // What follows needs it all the same.
                self.schema.schemas.insert(schema, Namespace::default());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn create_schema(&mut self, op: &CreateSchema) -> Outcome {
        let name = ident(&op.name);
        if name == "public" || self.schema.schemas.contains_key(&name) {
            if op.if_not_exists || name == "public" {
                return Ok(());
            }
            return Err(Failure::duplicate(format!(
                "schema \"{name}\" already exists"
            )));
        }
        self.base.know(Object::Schema(name.clone()));
        self.schema.schemas.insert(
            name,
            Namespace {
                comment: None,
                origin: Some(self.origin.clone()),
            },
        );
        Ok(())
    }

    pub(super) fn create_extension(&mut self, op: &CreateExtension) -> Outcome {
        let name = ident(&op.name);
        if name == "plpgsql" {
            return Ok(());
        }
        if self.schema.extensions.contains_key(&name) {
            if op.if_not_exists {
                return Ok(());
            }
            return Err(Failure::duplicate(format!(
                "extension \"{name}\" already exists"
            )));
        }
        self.schema.extensions.insert(
            name,
            Extension {
                schema: op.schema.as_deref().map(ident).filter(|s| s != "public"),
                origin: Some(self.origin.clone()),
            },
        );
        Ok(())
    }

    pub(super) fn drop_extension(&mut self, op: &DropExtension) -> Outcome {
        let name = ident(&op.name);
        let Some(extension) = self.schema.extensions.shift_remove(&name) else {
            if op.if_exists || name == "plpgsql" {
                return Ok(());
            }
            return Err(Failure::missing(format!(
                "extension \"{name}\" does not exist"
            )));
        };
        for type_ in super::types::types_of_extension(&name) {
            let type_ = QualName::qualified(extension.schema.as_deref(), *type_);
            if self.type_exists(&type_) {
                continue;
            }
            if op.cascade {
                self.remove_type(&type_);
            } else {
                let users = self.users_of_type(&type_);
                if !users.is_empty() {
                    self.schema.extensions.insert(name.clone(), extension);
                    return self.tolerate(Failure {
                        help: Some(format!("{} use it; it was kept", users.join(", "))),
                        ..Failure::new(
                            crate::diag::Code::DependentObjects,
                            format!(
                                "cannot drop extension {name} because other objects depend on it"
                            ),
                        )
                    });
                }
            }
        }
        Ok(())
    }

    pub(super) fn create_sequence(&mut self, op: &CreateSequence) -> Outcome {
        let name = catalog_name(&op.name);
        if self.relation_exists(&name) {
            if op.if_not_exists {
                return Ok(());
            }
            return Err(Failure::duplicate(format!(
                "relation \"{}\" already exists",
                name.name
            )));
        }
        self.need_schema(&name)?;
        let owned_by = match &op.owned_by {
            Some(owner) => Some(self.owner(owner)?),
            None => None,
        };
        self.base.know(Object::Relation(name.clone()));
        self.schema.sequences.insert(
            name,
            Sequence {
                options: without_defaults(op.options.clone()),
                owned_by,
                identity: false,
                comment: None,
                origin: Some(self.origin.clone()),
            },
        );
        Ok(())
    }

    fn owner(&mut self, owner: &ColumnRef) -> Outcome<ColumnRef> {
        let table = catalog_name(&owner.table);
        let column = ident(&owner.column);
        if self.table_mut(&table)?.column(&column).is_none() {
            return Err(Failure::missing(format!(
                "column \"{column}\" of relation \"{}\" does not exist",
                table.name
            )));
        }
        Ok(ColumnRef { table, column })
    }

    pub(super) fn alter_sequence(&mut self, op: &AlterSequence) -> Outcome {
        let name = catalog_name(&op.name);
        if !self.schema.sequences.contains_key(&name) {
            if op.if_exists {
                return Ok(());
            }
            return Err(self.missing_relation(&name));
        }
        let owner = match &op.owned_by {
            Change::Keep => Change::Keep,
            Change::Unset => Change::Unset,
            Change::Set(owner) => Change::Set(self.owner(owner)?),
        };
        if let Some(sequence) = self.schema.sequences.get_mut(&name) {
            merge_options(&mut sequence.options, &op.options);
            match owner {
                Change::Keep => {}
                Change::Unset => sequence.owned_by = None,
                Change::Set(owner) => sequence.owned_by = Some(owner),
            }
        }
        match op.restart {
            None => {}
            Some(Restart::Start) => self.rows.restart_sequence(&name),
            Some(Restart::With(value)) => self.rows.set_sequence(&name, value),
        }
        let schema = op
            .new_schema
            .as_deref()
            .map(ident)
            .or_else(|| name.schema.clone());
        let to = QualName::qualified(
            schema.as_deref(),
            op.new_name
                .as_deref()
                .map_or_else(|| name.name.clone(), ident),
        );
        if to != name {
            if self.relation_exists(&to) {
                return Err(Failure::duplicate(format!(
                    "relation \"{}\" already exists",
                    to.name
                )));
            }
            self.move_sequence(&name, &to);
        }
        Ok(())
    }

    /// Gives a sequence another name or schema; defaults that draw from it follow.
    pub(super) fn move_sequence(&mut self, from: &QualName, to: &QualName) {
        if let Some((at, _, sequence)) = self.schema.sequences.shift_remove_full(from) {
            self.base.know(Object::Relation(to.clone()));
            self.schema.sequences.shift_insert(at, to.clone(), sequence);
            self.rows.rename_sequence(from, to);
            self.retarget_defaults(from, to);
        }
    }

    pub(super) fn drop_sequence(&mut self, op: &DropSequence) -> Outcome {
        let name = catalog_name(&op.name);
        if !self.schema.sequences.contains_key(&name) {
            if op.if_exists {
                return Ok(());
            }
            let sentence = format!("sequence \"{}\" does not exist", name.name);
            return Err(self.missing(Object::Relation(name), sentence));
        }
        let mut used: Vec<String> = Vec::new();
        for table in self.drawing_from(&name) {
            let columns = self.schema.tables.get(&table).map(|t| &t.columns);
            used.extend(
                columns
                    .into_iter()
                    .flatten()
                    .filter(|c| draws_from(c, &name))
                    .map(|c| format!("default value for column {} of table {table}", c.name)),
            );
        }
        if !op.cascade && !used.is_empty() {
            self.dependents(&format!("sequence {name}"), &used)?;
        }
        self.remove_sequence(&name);
        Ok(())
    }

    /// Takes a sequence away, and the defaults that draw from it.
    pub(super) fn remove_sequence(&mut self, name: &QualName) {
        self.schema.sequences.shift_remove(name);
        self.rows.restart_sequence(name);
        for table in self.drawing_from(name) {
            let Some(table) = self.schema.tables.get_mut(&table) else {
                continue;
            };
            for column in &mut table.columns {
                if draws_from(column, name) {
                    column.default = None;
                }
            }
        }
    }

    pub(super) fn set_comment(&mut self, op: &SetComment) -> Outcome {
        let name = catalog_name(&op.name);
        let comment = op.comment.clone().filter(|c| !c.is_empty());
        let missing =
            |what: &str| Failure::missing(format!("{what} \"{}\" does not exist", op.name.name));
        match op.object_kind.to_ascii_uppercase().as_str() {
            "TYPE" | "DOMAIN" => {
                if let Some(found) = self.schema.enums.get_mut(&name) {
                    found.comment = comment;
                } else if let Some(found) = self.schema.domains.get_mut(&name) {
                    found.comment = comment;
                } else if !self.schema.composites.contains_key(&name) {
                    return Err(missing("type"));
                }
            }
            "SCHEMA" => {
                if let Some(found) = self.schema.schemas.get_mut(&name.name) {
                    found.comment = comment;
                } else if name.name != "public" {
                    return Err(missing("schema"));
                }
            }
            "SEQUENCE" => match self.schema.sequences.get_mut(&name) {
                Some(found) => found.comment = comment,
                None => return Err(missing("relation")),
            },
            "VIEW" | "MATERIALIZED VIEW" => match self.schema.views.get_mut(&name) {
                Some(found) => found.comment = comment,
                None => return Err(missing("relation")),
            },
            "INDEX" => return self.comment_on_index(&name, comment),
            "CONSTRAINT" => {
                let table = catalog_name(op.table.as_ref().unwrap_or(&op.name));
                if let Some(domain) = self.schema.domains.get_mut(&table) {
                    let own = Some(name.name.as_str());
                    match domain.checks.iter_mut().find(|c| c.name.as_deref() == own) {
                        Some(found) => found.comment = comment,
                        None => return Err(missing("constraint")),
                    }
                    return Ok(());
                }
                let target = self.table_mut(&table)?;
                match target
                    .constraints
                    .iter_mut()
                    .find(|c| c.name() == name.name)
                {
                    Some(found) => found.constraint.comment = comment,
                    None => return Err(missing("constraint")),
                }
            }
            "FUNCTION" | "PROCEDURE" | "ROUTINE" => {
                match self.schema.functions.iter_mut().find(|f| f.name == name) {
                    Some(found) => found.comment = comment,
                    None => return Err(missing("function")),
                }
            }
            "TRIGGER" => {
                let table = op.table.as_ref().map(catalog_name);
                let found = self.schema.triggers.iter_mut().find(|t| {
                    t.definition.name == name.name && Some(&t.definition.table) == table.as_ref()
                });
                match found {
                    Some(found) => found.comment = comment,
                    None => return Err(missing("trigger")),
                }
            }
            "POLICY" => {
                let table = op.table.as_ref().map(catalog_name);
                let mut policies = self.schema.policies.iter_mut();
                match policies.find(|p| p.name == name.name && Some(&p.table) == table.as_ref()) {
                    Some(found) => found.comment = comment,
                    None => return Err(missing("policy")),
                }
            }
            // An extension's comment comes with it; what is kept as its statement keeps its comment beside it.
            kind => {
                let table = op.table.as_ref().map(catalog_name);
                let mut others = self.schema.others.iter_mut();
                let same =
                    |o: &&mut Other| o.kind == kind && o.name.name == name.name && o.table == table;
                if let Some(found) = others.find(same) {
                    found.comment = comment;
                }
            }
        }
        Ok(())
    }

    fn comment_on_index(&mut self, name: &QualName, comment: Option<String>) -> Outcome {
        use super::lookup::{IndexPlace, find_index};
        match find_index(&self.schema, name) {
            Some(IndexPlace::Table(table, at)) => {
                if let Some(index) = self.table_mut(&table)?.indexes.get_mut(at) {
                    index.index.comment = comment;
                }
            }
            Some(IndexPlace::View(view, at)) => {
                if let Some(view) = self.schema.views.get_mut(&view)
                    && let Some(index) = view.indexes.get_mut(at)
                {
                    index.index.comment = comment;
                }
            }
            // The index of a constraint has a comment of its own, which the model does not keep.
            Some(IndexPlace::Constraint(..)) => {}
            None => {
                return Err(Failure::missing(format!(
                    "relation \"{name}\" does not exist"
                )));
            }
        }
        Ok(())
    }

    pub(super) fn policy(&mut self, op: &Policy) -> Outcome {
        let table = catalog_name(&op.table);
        let name = ident(&op.name);
        let at = self
            .schema
            .policies
            .iter()
            .position(|p| p.table == table && p.name == name);
        match (&op.sql, at) {
            (Some(_), Some(_)) => {
                return Err(Failure::duplicate(format!(
                    "policy \"{name}\" for table \"{}\" already exists",
                    table.name
                )));
            }
            (Some(sql), None) => {
                self.table_mut(&table)?;
                self.schema.policies.push(crate::pg::schema::Policy {
                    name,
                    table,
                    sql: sql.clone(),
                    comment: None,
                    origin: Some(self.origin.clone()),
                });
            }
            (None, Some(at)) => {
                self.schema.policies.remove(at);
            }
            (None, None) if op.if_exists => {}
            (None, None) => {
                return Err(Failure::missing(format!(
                    "policy \"{name}\" for table \"{}\" does not exist",
                    table.name
                )));
            }
        }
        Ok(())
    }
}
