//! Constraints of a table.

use super::Built;
use super::expr::Columns;
use super::naming::Named;
use crate::ir::{Constraint, ConstraintKind, ForeignKey, QualName, ReferentialAction};
use crate::python::eval::interp::Interp;
use crate::python::eval::value::{Args, Value};

impl Interp<'_> {
    pub(super) fn primary_key(
        &mut self,
        table: &Value,
        columns: &[Value],
    ) -> Built<Option<Constraint>> {
        let given = self.attr(table, "_pk_given")?;
        let mut names = Vec::new();
        if !given.is_none() {
            let list = self.attr(&given, "_given")?;
            for item in self.known_items(&list)? {
                names.push(self.key_name(&item)?);
            }
            // `primary_key=True` beside an explicit constraint: the constraint's columns count.
        } else {
            for column in columns {
                let flag = self.attr(column, "primary_key")?;
                if self.flag(&flag)? {
                    let name = self.attr(column, "name")?;
                    names.push(self.text(&name, "the name of the column")?);
                }
            }
        }
        if names.is_empty() {
            return Ok(None);
        }
        let named = self.named(table, names.clone())?;
        let (constraint, include) = if given.is_none() {
            (Value::None, Vec::new())
        } else {
            (given.clone(), Vec::new())
        };
        let name = match &constraint {
            Value::None => {
                self.apply_convention("pk", &Value::None, &Value::None, table, &named)?
            }
            other => self.constraint_name("pk", other, table, &named)?,
        };
        let mut made = Constraint::new(
            name,
            ConstraintKind::PrimaryKey {
                columns: names,
                include,
                using_index: None,
            },
        );
        if !given.is_none() {
            self.timing(&given, &mut made)?;
        }
        Ok(Some(made))
    }

    pub(super) fn named(&mut self, table: &Value, columns: Vec<String>) -> Built<Named> {
        let name = self.table_qual(table)?;
        Ok(Named {
            table: name.name,
            schema: name.schema,
            columns,
            ..Named::default()
        })
    }

    pub(super) fn timing(&mut self, constraint: &Value, made: &mut Constraint) -> Built<()> {
        let deferrable = self.attr(constraint, "deferrable")?;
        made.deferrable = self.flag(&deferrable)?;
        let initially = self.attr(constraint, "initially")?;
        let initially = self.opt_text(&initially, "INITIALLY")?;
        made.initially_deferred = initially.is_some_and(|w| w.eq_ignore_ascii_case("deferred"));
        if made.initially_deferred {
            made.deferrable = true;
        }
        Ok(())
    }

    pub(super) fn kwarg(&mut self, owner: &Value, name: &str) -> Built<Value> {
        let all = self.attr(owner, "_kw")?;
        let Value::Dict(_) = all else {
            return Ok(Value::None);
        };
        Ok(self
            .pairs(&all)?
            .unwrap_or_default()
            .into_iter()
            .find(|(k, _)| k.as_str().is_some_and(|k| &*k == name))
            .map_or(Value::None, |(_, v)| v))
    }

    /// Names of columns in a list of names or columns.
    ///
    /// # Errors
    /// One is not known.
    pub fn column_names(&mut self, list: &Value) -> Built<Vec<String>> {
        let mut out = Vec::new();
        for item in self.known_items(list)? {
            out.push(self.key_name(&item)?);
        }
        Ok(out)
    }

    /// A constraint of a table.
    ///
    /// # Errors
    /// A part is not known.
    pub fn constraint(&mut self, constraint: &Value, table: &Value) -> Built<Constraint> {
        self.ask_compiler(constraint)?;
        let kind = self.attr(constraint, "_kind")?.as_str().unwrap_or_default();
        let given = self.attr(constraint, "_given")?;
        let mut made = match &*kind {
            "uq" | "pk" => {
                let columns = self.column_names(&given)?;
                let named = self.named(table, columns.clone())?;
                let name = self.constraint_name(&kind, constraint, table, &named)?;
                let include = self.kwarg(constraint, "postgresql_include")?;
                let include = if include.is_none() {
                    Vec::new()
                } else {
                    self.column_names(&include)?
                };
                let distinct = self.kwarg(constraint, "postgresql_nulls_not_distinct")?;
                let nulls_not_distinct = self.flag(&distinct)?;
                Constraint::new(
                    name,
                    if &*kind == "pk" {
                        ConstraintKind::PrimaryKey {
                            columns,
                            include,
                            using_index: None,
                        }
                    } else {
                        ConstraintKind::Unique {
                            columns,
                            include,
                            nulls_not_distinct,
                            using_index: None,
                        }
                    },
                )
            }
            "fk" => self.foreign_key(constraint, table)?,
            "ck" => {
                let columns = match self.known_items(&given) {
                    Ok(_) => self.column_names(&given)?,
                    Err(_) => Vec::new(),
                };
                let named = self.named(table, columns)?;
                let name = self.constraint_name("ck", constraint, table, &named)?;
                let text = self.attr(constraint, "sqltext")?;
                let expr = self.condition(&text)?;
                Constraint::new(
                    name,
                    ConstraintKind::Check {
                        expr,
                        no_inherit: false,
                    },
                )
            }
            "ex" => self.exclusion(constraint, table)?,
            _ => return Err(self.not_known("a constraint of this table is not modelled")),
        };
        self.timing(constraint, &mut made)?;
        let not_valid = self.kwarg(constraint, "postgresql_not_valid")?;
        made.not_valid = self.flag(&not_valid)?;
        Ok(made)
    }

    /// Calls what `@compiles` registered for the constraint's class: it may change the constraint before it hands it on
    /// to SQLAlchemy's compiler. Text of its own is not followed.
    fn ask_compiler(&mut self, constraint: &Value) -> Built<()> {
        let Some(compiler) = self.compiler_of(constraint) else {
            return Ok(());
        };
        let own = match self.import("sqlalchemy.sql.expression")? {
            Value::Module(m) => self.module_get(&m, "_Compiler"),
            _ => None,
        };
        let own = match own {
            Some(class) => self.call(&class, Args::default())?,
            None => Value::None,
        };
        let made = self.call(&compiler, Args::new(vec![constraint.clone(), own]))?;
        if made.as_model("_OwnRendering").is_some() {
            return Ok(());
        }
        Err(self.not_known("the project's compiler writes the constraint's text itself"))
    }

    pub(super) fn exclusion(&mut self, constraint: &Value, table: &Value) -> Built<Constraint> {
        let given = self.attr(constraint, "_given")?;
        let columns = self.column_names(&given).unwrap_or_default();
        let named = self.named(table, columns)?;
        let name = self.constraint_name("ex", constraint, table, &named)?;
        let using = self.attr(constraint, "using")?;
        let method = self.text(&using, "USING")?;
        let list = self.attr(constraint, "elements")?;
        let ops = self.attr(constraint, "ops")?;
        let ops = self.pairs(&ops)?.unwrap_or_default();
        let mut elements = Vec::new();
        for pair in self.known_items(&list)? {
            let pair = self.known_items(&pair)?;
            let element = pair.first().cloned().unwrap_or(Value::None);
            let operator = pair.get(1).cloned().unwrap_or(Value::None);
            let operator = self.text(&operator, "the operator")?;
            let (mut text, key) = match &element {
                Value::Instance(_) if element.as_str().is_none() => {
                    let text = self.render(&element, Columns::Bare)?;
                    (text.clone(), text)
                }
                other => {
                    let name = self.text(other, "an element")?;
                    (super::types::quote(&name), name)
                }
            };
            if let Some((_, class)) = ops
                .iter()
                .find(|(k, _)| k.as_str().is_some_and(|k| *k == *key))
            {
                text = format!("{text} {}", self.text(class, "the operator class")?);
            }
            elements.push((text, operator));
        }
        let filter = self.attr(constraint, "where")?;
        let predicate = if filter.is_none() {
            None
        } else {
            Some(self.condition(&filter)?)
        };
        Ok(Constraint::new(
            name,
            ConstraintKind::Exclude {
                method,
                elements,
                predicate,
            },
        ))
    }

    pub(super) fn foreign_key(&mut self, constraint: &Value, table: &Value) -> Built<Constraint> {
        let given = self.attr(constraint, "_given")?;
        let columns = self.column_names(&given)?;
        let list = self.attr(constraint, "_refs")?;
        let mut ref_columns = Vec::new();
        let mut ref_table = QualName::default();
        for (n, spec) in self.known_items(&list)?.iter().enumerate() {
            let (table, column) = self.referred(spec)?;
            // A reference without a column name means the column of the same name.
            let column = column.or_else(|| columns.get(n).cloned());
            ref_columns.extend(column);
            ref_table = table;
        }
        let own = self.table_qual(table)?;
        let named = Named {
            table: own.name,
            schema: own.schema,
            columns: columns.clone(),
            referred_table: ref_table.name.clone(),
            referred_columns: ref_columns.clone(),
        };
        let name = self.constraint_name("fk", constraint, table, &named)?;
        let action = |text: Option<String>| match text {
            None => (ReferentialAction::NoAction, Vec::new()),
            Some(text) => {
                let (words, rest) = text.split_once('(').unwrap_or((&text, ""));
                let columns = rest
                    .trim_end_matches(')')
                    .split(',')
                    .map(|c| c.trim().trim_matches('"').to_owned())
                    .filter(|c| !c.is_empty())
                    .collect();
                (ReferentialAction::parse(words).unwrap_or_default(), columns)
            }
        };
        let on_delete = self.attr(constraint, "ondelete")?;
        let (on_delete, on_delete_columns) = action(self.opt_text(&on_delete, "ON DELETE")?);
        let on_update = self.attr(constraint, "onupdate")?;
        let (on_update, _) = action(self.opt_text(&on_update, "ON UPDATE")?);
        let matching = self.attr(constraint, "match")?;
        let matching = self.opt_text(&matching, "MATCH")?;
        Ok(Constraint::new(
            name,
            ConstraintKind::ForeignKey(ForeignKey {
                columns,
                ref_table,
                ref_columns,
                on_delete,
                on_update,
                on_delete_columns,
                match_full: matching.is_some_and(|m| m.eq_ignore_ascii_case("full")),
            }),
        ))
    }

    /// Table and column that a foreign key's specification names.
    pub(super) fn referred(&mut self, spec: &Value) -> Built<(QualName, Option<String>)> {
        match spec {
            Value::Tuple(parts) => {
                let parts = parts.items.borrow().clone();
                let at = |n: usize| parts.get(n).cloned().unwrap_or(Value::None);
                let table = self.qual(&at(1), &at(0))?;
                let column = self.key_name(&at(2))?;
                Ok((table, Some(column)))
            }
            Value::Instance(_) if spec.as_str().is_none() => {
                let table = self.attr(spec, "table")?;
                let table = self.table_qual(&table)?;
                Ok((table, Some(self.key_name(spec)?)))
            }
            other => {
                let text = self.text(other, "the column that a foreign key refers to")?;
                let mut parts: Vec<&str> = text.split('.').collect();
                let column = parts.pop().unwrap_or_default();
                Ok(match parts.as_slice() {
                    [] => (QualName::new(column), None),
                    [table] => (QualName::new(*table), Some(column.to_owned())),
                    [schema @ .., table] => (
                        QualName::qualified(Some(&schema.join(".")), *table),
                        Some(column.to_owned()),
                    ),
                })
            }
        }
    }
}
