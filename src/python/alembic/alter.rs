//! `alter_column`.

use crate::ir::{
    AddConstraint, AlterColumn, Change, DropConstraint, IdentityChange, OpKind, SequenceOptions,
};
use crate::python::eval::interp::Interp;
use crate::python::eval::value::{Args, Native, Value};
use crate::python::sqlalchemy::{Built, Fail};

/// The native of this module.
pub static NATIVES: &[Native] = &[Native {
    name: "alter_column",
    call: |i, a| {
        let built = i.op_alter_column(&a);
        i.finish(built, "column", true)
    },
}];

impl Interp<'_> {
    /// Arguments: table, column, schema, nullable, comment, server default, new name, type, existing type, existing
    /// default, `USING`, existing nullability, existing comment.
    fn op_alter_column(&mut self, a: &Args) -> Built<()> {
        let table = self.qual(&a.at(0), &a.at(2))?;
        // A column in place of its name is wrong, but as long as nothing is altered nobody minds.
        let column = match a.at(1) {
            given if given.as_model("Column").is_some() => self.key_name(&given)?,
            name => self.text(&name, "the name of the column")?,
        };
        let mut made = AlterColumn {
            table: table.clone(),
            column,
            ..AlterColumn::default()
        };
        let (new_type, old_type) = (a.at(7), a.at(8));
        if !a.at(10).is_none() && new_type.is_none() {
            let message = "postgresql_using must be used with the type_ parameter";
            return Err(self
                .raise_model("alembic.util", "CommandError", message)
                .into());
        }
        if !new_type.is_none() {
            let mut type_ = self.column_type(&new_type)?;
            made.collation = self.type_collation(&new_type)?;
            // A clause of its own here, as for a column.
            if let Some((base, _)) = type_.sql.split_once(" COLLATE ") {
                type_.sql = base.to_owned();
            }
            made.type_ = Some(type_);
        }
        if !old_type.is_none() {
            // It is evidence only, so one that is not known is no matter.
            made.existing.type_ = self.render_type(&old_type).ok();
        }
        if let Value::Bool(nullable) = a.at(11) {
            made.existing.nullable = Some(nullable);
        }
        // Evidence only, too. None is what is given where nothing is known of the comment.
        made.existing.default = match a.at(9) {
            Value::None => Change::Unset,
            given if given.as_model("Identity").is_some() || matches!(given, Value::Bool(_)) => {
                Change::Keep
            }
            given => match self.default_expr(&given) {
                Ok(Some(expr)) => Change::Set(expr),
                Ok(None) | Err(_) => Change::Keep,
            },
        };
        if let Some(comment) = a.at(12).as_str() {
            made.existing.comment = Change::Set(comment.to_string());
        }
        if !a.at(10).is_none() {
            made.using = Some(self.condition(&a.at(10))?);
        }
        if !a.at(3).is_none() {
            let nullable = self.flag(&a.at(3))?;
            made.nullable = Some(nullable);
        }
        self.change_default(&mut made, &a.at(5), &a.at(9))?;
        made.comment = self.comment_change(&a.at(4))?;
        made.new_name = self
            .opt_text(&a.at(6), "the new name")?
            .filter(|n| *n != made.column);

        let holder = self.table_holder(&a.at(0), &a.at(2))?;
        let name = Value::str(made.column.as_str());
        if !new_type.is_none()
            && let Some(old) = self.type_constraint(&holder, &name, &old_type)?
            && let Some(name) = old.name
        {
            self.emit(OpKind::DropConstraint(DropConstraint {
                table: table.clone(),
                name,
                if_exists: false,
                cascade: false,
            }))?;
        }
        let nothing = made.type_.is_none()
            && made.nullable.is_none()
            && made.default.is_keep()
            && made.identity == IdentityChange::Keep
            && made.comment.is_keep()
            && made.new_name.is_none();
        if !nothing {
            self.emit(OpKind::AlterColumn(Box::new(made)))?;
        }
        if !new_type.is_none()
            && let Some(constraint) = self.type_constraint(&holder, &name, &new_type)?
        {
            self.emit(OpKind::AddConstraint(AddConstraint { table, constraint }))?;
        }
        Ok(())
    }

    fn table_holder(&mut self, name: &Value, schema: &Value) -> Built<Value> {
        let function = match self.import("alembic.operations")? {
            Value::Module(m) => self.module_get(&m, "TableFor"),
            _ => None,
        };
        Ok(match function {
            Some(function) => {
                self.call(&function, Args::new(vec![name.clone(), schema.clone()]))?
            }
            None => Value::None,
        })
    }

    fn change_default(
        &mut self,
        made: &mut AlterColumn,
        new: &Value,
        existing: &Value,
    ) -> Built<()> {
        if matches!(new, Value::Bool(false)) {
            return Ok(());
        }
        let computed =
            new.as_model("Computed").is_some() || existing.as_model("Computed").is_some();
        if computed {
            let message = "Adding or removing a \"computed\" construct, e.g. GENERATED ALWAYS AS, to or from an existing column is not supported.";
            return Err(self
                .raise_model("sqlalchemy.exc", "CompileError", message)
                .into());
        }
        let was = existing.as_model("Identity").is_some();
        if new.as_model("Identity").is_some() {
            let identity = self.identity(new)?;
            made.identity = if was {
                let old = self.identity(existing)?;
                let changed = |a: Option<i64>, b: Option<i64>| if a == b { None } else { a };
                IdentityChange::Set {
                    always: (identity.always != old.always).then_some(identity.always),
                    sequence: SequenceOptions {
                        data_type: None,
                        start: changed(identity.sequence.start, old.sequence.start),
                        increment: changed(identity.sequence.increment, old.sequence.increment),
                        min: changed(identity.sequence.min, old.sequence.min),
                        max: changed(identity.sequence.max, old.sequence.max),
                        cache: changed(identity.sequence.cache, old.sequence.cache),
                        cycle: if identity.sequence.cycle == old.sequence.cycle {
                            None
                        } else {
                            identity.sequence.cycle
                        },
                    },
                }
            } else {
                IdentityChange::Add(identity)
            };
            return Ok(());
        }
        if was && new.is_none() {
            made.identity = IdentityChange::Drop;
            return Ok(());
        }
        made.default = match self.default_expr(new) {
            Ok(Some(expr)) => Change::Set(expr),
            Ok(None) => Change::Unset,
            Err(Fail::Unknown(u)) => {
                let column = made.column.clone();
                self.default_unknown(&column, &u)?;
                Change::Keep
            }
            Err(flow) => return Err(flow),
        };
        Ok(())
    }
}
