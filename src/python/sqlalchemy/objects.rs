//! Enum types, domains and sequences to their operations.

use super::Built;
use crate::ir::{
    Constraint, ConstraintKind, CreateDomain, CreateEnum, CreateSequence, DropSequence, DropType,
    OpKind, QualName, SequenceOptions,
};
use crate::python::eval::interp::{Interp, R};
use crate::python::eval::value::Value;

impl Interp<'_> {
    /// `CREATE TYPE` of an enum.
    ///
    /// # Errors
    /// A part is not known.
    pub fn enum_create(&mut self, ty: &Value, checkfirst: &Value) -> Built<()> {
        let native = self.attr(ty, "native_enum")?;
        if !self.flag(&native)? {
            return Ok(());
        }
        let name = self.type_qual(ty)?;
        let if_not_exists = self.flag(checkfirst)?;
        let labels = self.labels(ty)?;
        self.remember_type(&name);
        self.emit(OpKind::CreateEnum(CreateEnum {
            name,
            labels,
            if_not_exists,
        }))?;
        Ok(())
    }

    pub(super) fn type_qual(&mut self, ty: &Value) -> Built<QualName> {
        let name = self.attr(ty, "name")?;
        if name.is_none() {
            return Err(self
                .raise_model(
                    "sqlalchemy.exc",
                    "CompileError",
                    "PostgreSQL ENUM type requires a name.",
                )
                .into());
        }
        let schema = self.attr(ty, "schema")?;
        self.qual(&name, &schema)
    }

    pub(super) fn labels(&mut self, ty: &Value) -> Built<Vec<String>> {
        let labels = self.attr(ty, "enums")?;
        let mut out = Vec::new();
        for label in self.known_items(&labels)? {
            out.push(self.text(&label, "the label of an enum")?);
        }
        Ok(out)
    }

    pub(super) fn remember_type(&mut self, name: &QualName) -> bool {
        if self.trial.is_some() {
            return true;
        }
        self.state
            .created_types
            .insert((name.schema.clone(), name.name.clone()))
    }

    /// `DROP TYPE` of an enum or a domain.
    ///
    /// # Errors
    /// A part is not known.
    pub fn type_drop(&mut self, ty: &Value, checkfirst: &Value) -> Built<()> {
        let native = self.attr(ty, "native_enum")?;
        if !native.is_none() && !self.flag(&native)? {
            return Ok(());
        }
        let name = self.type_qual(ty)?;
        let if_exists = self.flag(checkfirst)?;
        self.emit(OpKind::DropType(DropType {
            name,
            if_exists,
            cascade: false,
        }))?;
        Ok(())
    }

    /// `CREATE DOMAIN`.
    ///
    /// # Errors
    /// A part is not known.
    pub fn domain_create(&mut self, ty: &Value, checkfirst: &Value) -> Built<()> {
        let name = self.type_qual(ty)?;
        let base = self.attr(ty, "data_type")?;
        let base = self.render_type(&base)?;
        let not_null = self.attr(ty, "not_null")?.is_true();
        let default = self.attr(ty, "default")?;
        let default = self.default_expr(&default)?;
        let check = self.attr(ty, "check")?;
        let mut checks = Vec::new();
        if !check.is_none() {
            let constraint = self.attr(ty, "constraint_name")?;
            // SQLAlchemy writes the name before NOT NULL, which then has it.
            let constraint = self
                .opt_text(&constraint, "the name of the constraint")?
                .filter(|_| !not_null);
            let expr = self.condition(&check)?;
            checks.push(Constraint::new(
                constraint,
                ConstraintKind::Check {
                    expr,
                    no_inherit: false,
                },
            ));
        }
        let collation = self.attr(ty, "collation")?;
        let collation = self.opt_text(&collation, "the collation")?;
        let if_not_exists = self.flag(checkfirst)?;
        self.remember_type(&name);
        self.emit(OpKind::CreateDomain(CreateDomain {
            name,
            base,
            not_null,
            default,
            collation,
            checks,
            if_not_exists,
        }))?;
        Ok(())
    }

    pub(super) fn sequence_options(&mut self, value: &Value) -> Built<SequenceOptions> {
        let mut number = |name: &str| -> R<Option<i64>> { Ok(self.attr(value, name)?.as_int()) };
        let mut options = SequenceOptions {
            start: number("start")?,
            increment: number("increment")?,
            min: number("minvalue")?,
            max: number("maxvalue")?,
            cache: number("cache")?,
            ..SequenceOptions::default()
        };
        options.cycle = match self.attr(value, "cycle")? {
            Value::Bool(b) => Some(b),
            _ => None,
        };
        let ty = self.attr(value, "data_type")?;
        if !ty.is_none() {
            options.data_type = Some(self.render_type(&ty)?);
        }
        Ok(options)
    }

    pub(super) fn sequence_qual(&mut self, sequence: &Value) -> Built<QualName> {
        let name = self.attr(sequence, "name")?;
        let schema = self.attr(sequence, "schema")?;
        self.qual(&name, &schema)
    }

    /// `CREATE SEQUENCE`.
    ///
    /// # Errors
    /// A part is not known.
    pub fn sequence_create(&mut self, sequence: &Value, checkfirst: &Value) -> Built<()> {
        let name = self.sequence_qual(sequence)?;
        let options = self.sequence_options(sequence)?;
        let if_not_exists = self.flag(checkfirst)?;
        self.emit(OpKind::CreateSequence(CreateSequence {
            name,
            options,
            owned_by: None,
            if_not_exists,
        }))?;
        Ok(())
    }

    /// `DROP SEQUENCE`.
    ///
    /// # Errors
    /// A part is not known.
    pub fn sequence_drop(&mut self, sequence: &Value, checkfirst: &Value) -> Built<()> {
        let name = self.sequence_qual(sequence)?;
        let if_exists = self.flag(checkfirst)?;
        self.emit(OpKind::DropSequence(DropSequence {
            name,
            if_exists,
            cascade: false,
        }))?;
        Ok(())
    }
}
