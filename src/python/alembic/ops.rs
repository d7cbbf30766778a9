//! Operations on tables, columns, constraints and indexes.

use crate::ir::{
    AddColumn, AddConstraint, AlterEnum, Change, Constraint, ConstraintKind, CreateIndex,
    CreateTable, DropColumn, DropConstraint, DropIndex, DropTable, EnumAction, EnumPosition,
    ExecuteSql, Expr, IndexKey, OpKind, QualName, RenameTable, SetTableComment,
};
use crate::python::eval::interp::Interp;
use crate::python::eval::value::{Args, Native, Value};
use crate::python::sqlalchemy::Built;
use crate::python::sqlalchemy::naming::{Named, truncated};
use crate::python::sqlalchemy::types::{quote, quote_qualified};

macro_rules! operations {
    ($($name:literal => $function:ident, $what:literal;)*) => {
        /// Each operation: its name in the model, its builder, and what it makes.
        pub static NATIVES: &[Native] = &[$(
            Native { name: $name, call: |i, a| { let built = i.$function(&a); i.finish(built, $what, true) } },
        )*];
    };
}

operations! {
    "create_table" => op_create_table, "table";
    "drop_table" => op_drop_table, "table";
    "rename_table" => op_rename_table, "table";
    "add_column" => op_add_column, "column";
    "drop_column" => op_drop_column, "column";
    "create_index" => op_create_index, "index";
    "drop_index" => op_drop_index, "index";
    "index_again" => op_index_again, "index";
    "add_constraint" => op_add_constraint, "constraint";
    "drop_constraint" => op_drop_constraint, "constraint";
    "table_comment_set" => op_table_comment, "comment";
    "sync_enum" => op_sync_enum, "enum";
}

impl Interp<'_> {
    /// `if_exists` and `if_not_exists` were dropped in silence before Alembic 1.12, which came with SQLAlchemy 2.
    fn exists_flag(&mut self, value: &Value) -> Built<bool> {
        Ok(self.flag(value)? && self.sqlalchemy_version() >= (2, 0))
    }

    fn op_create_table(&mut self, a: &Args) -> Built<()> {
        let table = a.at(0);
        self.create_types(&table, false)?;
        let if_not_exists = self.exists_flag(&a.at(1))?;
        let made: CreateTable = self.table(&table, if_not_exists)?;
        self.emit(OpKind::CreateTable(made))?;
        self.table_indexes(&table)
    }

    fn op_drop_table(&mut self, a: &Args) -> Built<()> {
        let name = self.qual(&a.at(0), &a.at(1))?;
        let if_exists = self.exists_flag(&a.at(2))?;
        self.emit(OpKind::DropTable(DropTable {
            name,
            if_exists,
            cascade: false,
        }))?;
        Ok(())
    }

    fn op_rename_table(&mut self, a: &Args) -> Built<()> {
        let name = self.qual(&a.at(0), &a.at(2))?;
        let new_name = self.text(&a.at(1), "the new name")?;
        self.emit(OpKind::RenameTable(RenameTable {
            name,
            new_name,
            if_exists: false,
        }))?;
        Ok(())
    }

    fn op_add_column(&mut self, a: &Args) -> Built<()> {
        let (table, column) = (a.at(0), a.at(1));
        let name = self.table_qual(&table)?;
        let if_not_exists = self.flag(&a.at(2))?;
        // SQLAlchemy makes it SERIAL where `create_table` would, but Alembic renders no key.
        let columns = vec![column.clone()];
        let serial = self.autoincrement_column(&table, &columns)?.is_some();
        let made = self.column(&column, serial)?;
        let checks = self.attr(&column, "constraints")?;
        let mut inline = Vec::new();
        for check in self.known_items(&checks)? {
            if check.as_model("CheckConstraint").is_some() {
                inline.push(self.constraint(&check, &table)?);
            }
        }
        let primary = self.attr(&column, "primary_key")?;
        if a.at(4).is_true() && self.flag(&primary)? {
            inline.push(Constraint::new(
                None,
                ConstraintKind::PrimaryKey {
                    columns: vec![made.name.clone()],
                    include: Vec::new(),
                    using_index: None,
                },
            ));
        }
        let list = self.attr(&table, "constraints")?;
        let mut apart = Vec::new();
        for constraint in self.known_items(&list)? {
            let mut constraint = self.constraint(&constraint, &table)?;
            let foreign = matches!(constraint.kind, ConstraintKind::ForeignKey(_));
            if foreign && a.at(3).is_true() {
                // Alembic renders `REFERENCES` without the name.
                constraint.name = None;
                inline.push(constraint);
            } else {
                apart.push(constraint);
            }
        }
        self.emit(OpKind::AddColumn(AddColumn {
            table: name.clone(),
            column: made,
            constraints: inline,
            if_not_exists,
        }))?;
        for constraint in apart {
            self.emit(OpKind::AddConstraint(AddConstraint {
                table: name.clone(),
                constraint,
            }))?;
        }
        self.table_indexes(&table)
    }

    fn op_drop_column(&mut self, a: &Args) -> Built<()> {
        let table = self.qual(&a.at(0), &a.at(2))?;
        let column = match a.at(1) {
            Value::Instance(_) if a.at(1).as_str().is_none() => self.key_name(&a.at(1))?,
            other => self.text(&other, "the name of the column")?,
        };
        let if_exists = self.flag(&a.at(3))?;
        self.emit(OpKind::DropColumn(DropColumn {
            table,
            column,
            if_exists,
            cascade: false,
        }))?;
        Ok(())
    }

    fn op_create_index(&mut self, a: &Args) -> Built<()> {
        let index = self.index(&a.at(0))?;
        let if_not_exists = self.exists_flag(&a.at(1))?;
        self.emit(OpKind::CreateIndex(CreateIndex {
            index,
            if_not_exists,
        }))?;
        Ok(())
    }

    /// An index of a table that was made again: its definition, and the new names of columns by the old ones.
    fn op_index_again(&mut self, a: &Args) -> Built<()> {
        let text = self.text(&a.at(0), "the index")?;
        let Ok(mut index) = serde_json::from_str::<crate::ir::Index>(&text) else {
            return Err(self.not_known("the definition of an index is damaged"));
        };
        for (old, new) in self.pairs(&a.at(1))?.unwrap_or_default() {
            let (old, new) = (self.text(&old, "a column")?, self.text(&new, "a column")?);
            for part in &mut index.parts {
                if matches!(&part.key, IndexKey::Column(name) if *name == old) {
                    part.key = IndexKey::Column(new.clone());
                }
            }
        }
        self.emit(OpKind::CreateIndex(CreateIndex {
            index,
            if_not_exists: false,
        }))?;
        Ok(())
    }

    fn op_drop_index(&mut self, a: &Args) -> Built<()> {
        let name = a.at(0);
        let text = self.text(&name, "the name of the index")?;
        let text = if name.as_model("conv").is_some() {
            truncated(&text)
        } else {
            text
        };
        let name = self.qual(&Value::str(text), &a.at(2))?;
        let if_exists = self.exists_flag(&a.at(3))?;
        self.emit(OpKind::DropIndex(DropIndex {
            name,
            if_exists,
            cascade: false,
        }))?;
        Ok(())
    }

    fn op_add_constraint(&mut self, a: &Args) -> Built<()> {
        let table = self.table_qual(&a.at(0))?;
        let constraint = self.constraint(&a.at(1), &a.at(0))?;
        self.emit(OpKind::AddConstraint(AddConstraint { table, constraint }))?;
        Ok(())
    }

    fn op_drop_constraint(&mut self, a: &Args) -> Built<()> {
        let table_value = a.at(1);
        let table = self.table_qual(&table_value)?;
        let kind = self.opt_text(&a.at(2), "the kind of the constraint")?;
        let kind = match kind.as_deref() {
            Some("foreignkey") => "fk",
            Some("primary") => "pk",
            Some("unique") => "uq",
            Some("check") => "ck",
            _ => "",
        };
        let named = Named {
            table: table.name.clone(),
            schema: table.schema.clone(),
            ..Named::default()
        };
        let given = a.at(0);
        if given.is_none() {
            let message = "Can't emit DROP CONSTRAINT for a constraint that has no name";
            return Err(self
                .raise_model("sqlalchemy.exc", "CompileError", message)
                .into());
        }
        let name = match kind {
            "" if given.as_model("conv").is_none() => {
                Some(self.text(&given, "the name of the constraint")?)
            }
            kind => self.apply_convention(kind, &given, &Value::None, &table_value, &named)?,
        };
        let if_exists = self.flag(&a.at(3))?;
        self.emit(OpKind::DropConstraint(DropConstraint {
            table,
            name: name.unwrap_or_default(),
            if_exists,
            cascade: false,
        }))?;
        Ok(())
    }

    fn op_table_comment(&mut self, a: &Args) -> Built<()> {
        let table = self.qual(&a.at(0), &a.at(1))?;
        let comment = self.opt_text(&a.at(2), "the comment")?;
        self.emit(OpKind::SetTableComment(SetTableComment { table, comment }))?;
        Ok(())
    }

    /// `op.sync_enum_values` of alembic-postgresql-enum: a new type takes the old one's place in the named columns.
    fn op_sync_enum(&mut self, a: &Args) -> Built<()> {
        let name = self.qual(&a.at(1), &a.at(0))?;
        let mut labels = Vec::new();
        for label in self.known_items(&a.at(2))? {
            labels.push(self.text(&label, "a label")?);
        }
        let mut renames = Vec::new();
        for pair in self.known_items(&a.at(4))? {
            let pair = self.known_items(&pair)?;
            if let (Some(from), Some(to)) = (pair.first(), pair.get(1)) {
                renames.push((self.text(from, "a label")?, self.text(to, "a label")?));
            }
        }
        for (from, to) in renames.clone() {
            let action = EnumAction::RenameValue { from, to };
            self.emit(OpKind::AlterEnum(AlterEnum {
                name: name.clone(),
                action,
            }))?;
        }
        let current = self
            .sink
            .enums(Some("*"))
            .into_iter()
            .find(|e| e.name == name)
            .map(|e| e.labels)
            .unwrap_or_default();
        let keeps = current.iter().all(|l| labels.contains(l));
        let same_order = labels
            .iter()
            .filter(|l| current.contains(l))
            .eq(current.iter());
        if keeps && same_order && !current.is_empty() {
            // Only new labels: adding them leaves the same type.
            let mut before: Option<String> = None;
            for label in &labels {
                if !current.contains(label) {
                    let position = match &before {
                        Some(previous) => EnumPosition::After(previous.clone()),
                        None => current
                            .first()
                            .map_or(EnumPosition::Last, |f| EnumPosition::Before(f.clone())),
                    };
                    let action = EnumAction::AddValue {
                        label: label.clone(),
                        position,
                        if_not_exists: false,
                    };
                    self.emit(OpKind::AlterEnum(AlterEnum {
                        name: name.clone(),
                        action,
                    }))?;
                }
                before = Some(label.clone());
            }
            return Ok(());
        }
        self.replace_enum(&name, &labels, &renames, &a.at(3))
    }

    fn replace_enum(
        &mut self,
        name: &QualName,
        labels: &[String],
        renames: &[(String, String)],
        columns: &Value,
    ) -> Built<()> {
        let old = format!("{}_old", name.name);
        let written = quote_qualified(name.schema.as_deref(), &name.name);
        let list: Vec<String> = labels.iter().map(|l| Expr::string_literal(l).0).collect();
        let mut sql = vec![
            format!("ALTER TYPE {written} RENAME TO {}", quote(&old)),
            format!("CREATE TYPE {written} AS ENUM ({})", list.join(", ")),
        ];
        for column in self.known_items(columns)? {
            let (table, field, default, array) = match &column {
                Value::Tuple(parts) => {
                    let parts = parts.items.borrow().clone();
                    let at = |n: usize| parts.get(n).cloned().unwrap_or(Value::None);
                    let table = self.qual(&at(0), &schema_of(name))?;
                    let field = self.text(&at(1), "a column")?;
                    // `ColumnType.ARRAY`, whose value is one.
                    let array = at(2).as_str().is_some_and(|t| &*t == "ARRAY");
                    let default = self.default_of_enum(name, &table, &field);
                    (table, field, default, array)
                }
                other => {
                    let schema = self.attr(other, "table_schema")?;
                    let name = self.attr(other, "table_name")?;
                    let field = self.attr(other, "column_name")?;
                    let default = self.attr(other, "existing_server_default")?;
                    let array = self.attr(other, "is_array")?.is_true();
                    let table = self.qual(&name, &schema)?;
                    // The library keeps it as the catalog prints it: `'ok'::mood`.
                    let default = match default.as_str() {
                        Some(text) => Some(renamed_labels(&text, renames)),
                        None => self.default_expr(&default)?,
                    };
                    (table, self.text(&field, "a column")?, default, array)
                }
            };
            let target = quote_qualified(table.schema.as_deref(), &table.name);
            let field = quote(&field);
            let suffix = if array { "[]" } else { "" };
            if default.is_some() {
                sql.push(format!(
                    "ALTER TABLE {target} ALTER COLUMN {field} DROP DEFAULT"
                ));
            }
            sql.push(format!(
                "ALTER TABLE {target} ALTER COLUMN {field} TYPE {written}{suffix} USING {field}::text{suffix}::{written}{suffix}"
            ));
            if let Some(default) = default {
                sql.push(format!(
                    "ALTER TABLE {target} ALTER COLUMN {field} SET DEFAULT {default}"
                ));
            }
        }
        sql.push(format!(
            "DROP TYPE {}",
            quote_qualified(name.schema.as_deref(), &old)
        ));
        self.emit(OpKind::ExecuteSql(ExecuteSql {
            sql: sql.join(";\n"),
            statements: Vec::new(),
        }))?;
        Ok(())
    }

    /// The default that a column of an enum has now, as `alembic_postgresql_enum` writes it for the new type.
    fn default_of_enum(&self, name: &QualName, table: &QualName, column: &str) -> Option<Expr> {
        let columns = self.sink.columns(table)?;
        let now = columns.into_iter().find(|c| c.name == column)?.default?;
        let text = now.sql();
        let value = text.split_once("::").map_or(text, |(value, _)| value);
        let suffix = if text.ends_with("[]") { "[]" } else { "" };
        let written = quote_qualified(name.schema.as_deref(), &name.name);
        Some(Expr(format!("{value}::{written}{suffix}")))
    }

    /// The constraints that a type brings along, as separate operations of `alter_column`.
    ///
    /// # Errors
    /// A part is not known.
    pub fn type_constraint(
        &mut self,
        table: &Value,
        column: &Value,
        ty: &Value,
    ) -> Built<Option<Constraint>> {
        let Some((text, name)) = self.check_of_type(column, ty)? else {
            return Ok(None);
        };
        let qual = self.table_qual(table)?;
        let named = Named {
            table: qual.name,
            schema: qual.schema,
            ..Named::default()
        };
        let name = if name.is_none() {
            None
        } else {
            self.apply_convention("ck", &name, &Value::None, table, &named)?
        };
        let expr = self.condition(&Value::str(text))?;
        Ok(Some(Constraint::new(
            name,
            ConstraintKind::Check {
                expr,
                no_inherit: false,
            },
        )))
    }

    /// A comment's change: `False` keeps it.
    ///
    /// # Errors
    /// It is not known.
    pub fn comment_change(&mut self, value: &Value) -> Built<Change<String>> {
        Ok(match value {
            Value::Bool(false) => Change::Keep,
            Value::None => Change::Unset,
            other => Change::Set(self.text(other, "the comment")?),
        })
    }
}

fn schema_of(name: &QualName) -> Value {
    name.schema.as_deref().map_or(Value::None, Value::str)
}

/// A default with labels under their new names.
fn renamed_labels(default: &str, renames: &[(String, String)]) -> Expr {
    let mut text = default.to_owned();
    for (from, to) in renames {
        let (from, to) = (Expr::string_literal(from), Expr::string_literal(to));
        text = text.replace(from.sql(), to.sql());
    }
    Expr(text)
}
