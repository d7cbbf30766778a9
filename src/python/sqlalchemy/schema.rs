//! Tables to their operations, and the natives behind the schema items of the models.

use std::rc::Rc;

use super::{Built, Fail};
use crate::ir::{AddConstraint, CreateTable, DropTable, OpKind, QualName};
use crate::python::decision::Evidence;
use crate::python::eval::interp::{Interp, R};
use crate::python::eval::value::{Args, Native, Value};

/// The natives of this module.
pub static NATIVES: &[Native] = &[
    Native {
        name: "next_creation",
        call: |i, _| {
            i.state.creation += 1;
            Ok(Value::Int(i.state.creation))
        },
    },
    Native {
        name: "enum_create",
        call: |i, a| {
            let built = i.enum_create(&a.at(0), &a.at(1));
            i.finish(built, "type", true)
        },
    },
    Native {
        name: "domain_create",
        call: |i, a| {
            let built = i.domain_create(&a.at(0), &a.at(1));
            i.finish(built, "domain", true)
        },
    },
    Native {
        name: "type_drop",
        call: |i, a| {
            let built = i.type_drop(&a.at(0), &a.at(1));
            i.finish(built, "type", true)
        },
    },
    Native {
        name: "sequence_create",
        call: |i, a| {
            let built = i.sequence_create(&a.at(0), &a.at(1));
            i.finish(built, "sequence", true)
        },
    },
    Native {
        name: "sequence_drop",
        call: |i, a| {
            let built = i.sequence_drop(&a.at(0), &a.at(1));
            i.finish(built, "sequence", true)
        },
    },
    Native {
        name: "index_create",
        call: |i, a| {
            let built = i.index_create(&a.at(0), &a.at(1));
            i.finish(built, "index", true)
        },
    },
    Native {
        name: "index_drop",
        call: |i, a| {
            let built = i.index_drop(&a.at(0), &a.at(1));
            i.finish(built, "index", true)
        },
    },
    Native {
        name: "table_create",
        call: |i, a| {
            let built = i.table_create(&a.at(0), &a.at(1), a.at(2).is_true());
            i.finish(built, "table", true)
        },
    },
    Native {
        name: "table_create_late",
        call: |i, a| {
            let built = i.table_create_late(&a.at(0));
            i.finish(built, "table", true)
        },
    },
    Native {
        name: "table_drop",
        call: |i, a| {
            let built = i.table_drop(&a.at(0), &a.at(1));
            i.finish(built, "table", true)
        },
    },
    Native {
        name: "type_check",
        call: |i, a| match i.type_check(&a.at(0)) {
            Ok(Some((text, name))) => Ok(Value::tuple(vec![Value::str(text), name])),
            Ok(None) => Ok(Value::None),
            // The condition is not known: building the constraint will say so.
            Err(Fail::Unknown(u)) => Ok(Value::tuple(vec![Value::Unknown(u), Value::None])),
            Err(Fail::Flow(flow)) => Err(flow),
        },
    },
    Native {
        name: "referred",
        call: |i, a| match i.referred(&a.at(0)) {
            Ok((table, column)) => Ok(Value::tuple(vec![
                Value::opt_str(table.schema.as_deref()),
                Value::str(table.name),
                Value::opt_str(column.as_deref()),
            ])),
            Err(Fail::Unknown(u)) => Ok(Value::tuple(vec![
                Value::None,
                Value::Unknown(Rc::clone(&u)),
                Value::Unknown(u),
            ])),
            Err(Fail::Flow(flow)) => Err(flow),
        },
    },
    Native {
        name: "constraint_name",
        call: |i, a| match i.constraint(&a.at(0), &a.at(1)) {
            Ok(made) => Ok(Value::opt_str(made.name.as_deref())),
            Err(Fail::Unknown(u)) => Ok(Value::Unknown(u)),
            Err(Fail::Flow(flow)) => Err(flow),
        },
    },
    Native {
        name: "sort_tables",
        call: sort_tables,
    },
];

impl Interp<'_> {
    /// The native types that a table's columns need: `CREATE TYPE`, once for each name and run.
    ///
    /// # Errors
    /// A part is not known.
    pub fn create_types(&mut self, table: &Value, checkfirst: bool) -> Built<()> {
        for column in self.columns_of(table)? {
            let ty = self.attr(&column, "type")?;
            let mut resolved = match self.resolve_type(&ty) {
                Ok(ty) => ty,
                Err(Fail::Unknown(_)) => continue,
                Err(flow) => return Err(flow),
            };
            let mut visit = self.attr(&resolved, "__visit_name__")?.as_str();
            if visit.as_deref() == Some("ARRAY") {
                let item = self.attr(&resolved, "item_type")?;
                resolved = self.resolve_type(&item)?;
                visit = self.attr(&resolved, "__visit_name__")?.as_str();
            }
            let create = self.attr(&resolved, "create_type")?;
            if matches!(create, Value::Bool(false)) {
                continue;
            }
            // Before SQLAlchemy 2.1 a type that belongs to a metadata is made by its create_all() only.
            let metadata = self.attr(&resolved, "metadata")?;
            if !metadata.is_none() && !checkfirst && self.sqlalchemy_version() < (2, 1) {
                continue;
            }
            match visit.as_deref() {
                Some("ENUM") => {
                    let native = self.attr(&resolved, "native_enum")?;
                    if !self.flag(&native)? {
                        continue;
                    }
                    let name = self.type_qual(&resolved)?;
                    let key = (name.schema.clone(), name.name.clone());
                    if self.state.created_types.contains(&key) {
                        continue;
                    }
                    self.enum_create(&resolved, &Value::Bool(checkfirst))?;
                }
                Some("DOMAIN") => {
                    let name = self.type_qual(&resolved)?;
                    let key = (name.schema.clone(), name.name.clone());
                    if !self.state.created_types.contains(&key) {
                        self.domain_create(&resolved, &Value::Bool(checkfirst))?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn columns_of(&mut self, table: &Value) -> Built<Vec<Value>> {
        let columns = self.attr(table, "_columns")?;
        let all = self.attr(&columns, "_all")?;
        Ok(self
            .pairs(&all)?
            .unwrap_or_default()
            .into_iter()
            .map(|(_, v)| v)
            .collect())
    }

    /// The name of a table.
    ///
    /// # Errors
    /// It is not known.
    pub fn table_qual(&mut self, table: &Value) -> Built<QualName> {
        let name = self.attr(table, "name")?;
        let schema = self.attr(table, "schema")?;
        self.qual(&name, &schema)
    }

    /// `Table.create` and `MetaData.create_all`: types, the table, its indexes.
    pub(super) fn table_create(
        &mut self,
        table: &Value,
        checkfirst: &Value,
        _all: bool,
    ) -> Built<()> {
        let check = self.flag(checkfirst)?;
        let name = self.table_qual(table)?;
        if check && self.trial.is_none() && self.sink.has_table(&name) {
            self.consulted.add(Evidence::Inspector);
            return Ok(());
        }
        self.create_types(table, check)?;
        let made = self.table(table, check)?;
        self.emit(OpKind::CreateTable(made))?;
        self.table_indexes(table)
    }

    /// Foreign keys that `create_all` adds after all tables exist.
    pub(super) fn table_create_late(&mut self, table: &Value) -> Built<()> {
        let name = self.table_qual(table)?;
        for constraint in self.constraints_of(table)? {
            if constraint.as_model("ForeignKeyConstraint").is_some()
                && self.attr(&constraint, "use_alter")?.is_true()
            {
                let constraint = self.constraint(&constraint, table)?;
                self.emit(OpKind::AddConstraint(AddConstraint {
                    table: name.clone(),
                    constraint,
                }))?;
            }
        }
        Ok(())
    }

    /// `CREATE INDEX` for each index of a table, in the order of their construction.
    ///
    /// # Errors
    /// A part is not known.
    pub fn table_indexes(&mut self, table: &Value) -> Built<()> {
        let indexes = self.attr(table, "indexes")?;
        for index in self.known_items(&indexes)? {
            self.index_create(&index, &Value::Bool(false))?;
        }
        Ok(())
    }

    pub(super) fn table_drop(&mut self, table: &Value, checkfirst: &Value) -> Built<()> {
        let name = self.table_qual(table)?;
        let if_exists = self.flag(checkfirst)?;
        self.emit(OpKind::DropTable(DropTable {
            name,
            if_exists,
            cascade: false,
        }))?;
        Ok(())
    }

    pub(super) fn constraints_of(&mut self, table: &Value) -> Built<Vec<Value>> {
        let list = self.attr(table, "constraints")?;
        let mut items = Vec::new();
        for item in self.known_items(&list)? {
            let order = self.attr(&item, "_creation")?.as_int().unwrap_or(0);
            items.push((order, item));
        }
        items.sort_by_key(|(order, _)| *order);
        Ok(items.into_iter().map(|(_, item)| item).collect())
    }

    /// `CREATE TABLE` of a table.
    ///
    /// # Errors
    /// A part is not known.
    pub fn table(&mut self, table: &Value, if_not_exists: bool) -> Built<CreateTable> {
        let name = self.table_qual(table)?;
        let mut made = CreateTable {
            name,
            if_not_exists,
            ..CreateTable::default()
        };
        let comment = self.attr(table, "comment")?;
        made.comment = self.opt_text(&comment, "the comment")?;
        let columns = self.columns_of(table)?;
        let auto = self.autoincrement_column(table, &columns)?;
        for column in &columns {
            let serial = auto.as_ref().is_some_and(|a| a.is(column));
            made.columns.push(self.column(column, serial)?);
        }
        if let Some(pk) = self.primary_key(table, &columns)? {
            made.constraints.push(pk);
        }
        for column in &columns {
            let checks = self.attr(column, "constraints")?;
            for check in self.known_items(&checks)? {
                if check.as_model("CheckConstraint").is_some() {
                    made.constraints.push(self.constraint(&check, table)?);
                }
            }
        }
        for constraint in self.constraints_of(table)? {
            if self.attr(&constraint, "use_alter")?.is_true() {
                continue;
            }
            made.constraints.push(self.constraint(&constraint, table)?);
        }
        self.table_options(table, &mut made)?;
        Ok(made)
    }

    pub(super) fn table_options(&mut self, table: &Value, made: &mut CreateTable) -> Built<()> {
        let prefixes = self.attr(table, "_prefixes")?;
        for prefix in self.known_items(&prefixes)? {
            let word = self.text(&prefix, "a prefix")?.to_uppercase();
            made.unlogged |= word == "UNLOGGED";
            made.temporary |= word.starts_with("TEMP");
        }
        let options = self.attr(table, "_kw")?;
        for (key, value) in self.pairs(&options)?.unwrap_or_default() {
            let Some(key) = key.as_str() else { continue };
            match &*key {
                "postgresql_partition_by" => {
                    made.partition_by = self.opt_text(&value, "PARTITION BY")?;
                }
                "postgresql_inherits" => {
                    let parents = match &value {
                        Value::Str(_) => vec![value.clone()],
                        other => self.known_items(other)?,
                    };
                    for parent in parents {
                        let text = self.text(&parent, "INHERITS")?;
                        made.inherits.push(match text.split_once('.') {
                            Some((schema, name)) => QualName::qualified(Some(schema), name),
                            None => QualName::new(text),
                        });
                    }
                }
                "postgresql_with" => made.with = self.storage_parameters(&value)?,
                "postgresql_tablespace" | "postgresql_using" | "postgresql_on_commit" => {
                    if let Some(text) = self.opt_text(&value, "a clause of the table")? {
                        let word = match &*key {
                            "postgresql_tablespace" => "TABLESPACE",
                            "postgresql_using" => "USING",
                            _ => "ON COMMIT",
                        };
                        made.placement.push(format!("{word} {text}"));
                    }
                }
                other if other.starts_with("sqlite_") => {
                    let text = crate::python::eval::text::str_simple(&value);
                    made.sqlite_options.push((other.to_owned(), text));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Tables in the order of their foreign keys, referred ones first; by name where nothing decides.
fn sort_tables(i: &mut Interp<'_>, args: Args) -> R<Value> {
    let tables = i.iterate_or_raise(&args.at(0))?;
    let mut names = Vec::new();
    for table in &tables {
        names.push(match i.table_qual(table) {
            Ok(name) => name,
            Err(Fail::Flow(flow)) => return Err(flow),
            Err(Fail::Unknown(_)) => QualName::default(),
        });
    }
    let mut needs: Vec<Vec<usize>> = Vec::new();
    for table in &tables {
        let mut needed = Vec::new();
        for constraint in i.constraints_of(table).unwrap_or_default() {
            if constraint.as_model("ForeignKeyConstraint").is_none()
                || i.attr(&constraint, "use_alter")?.is_true()
            {
                continue;
            }
            let list = i.attr(&constraint, "_refs")?;
            for spec in i.iterate_or_raise(&list)? {
                if let Ok((referred, _)) = i.referred(&spec) {
                    needed.extend(names.iter().position(|n| *n == referred));
                }
            }
        }
        needs.push(needed);
    }
    let mut order: Vec<usize> = (0..tables.len()).collect();
    order.sort_by(|a, b| names.get(*a).cmp(&names.get(*b)));
    let mut done: Vec<usize> = Vec::new();
    while done.len() < order.len() {
        let next = order
            .iter()
            .copied()
            .find(|n| {
                !done.contains(n)
                    && needs
                        .get(*n)
                        .is_none_or(|list| list.iter().all(|m| m == n || done.contains(m)))
            })
            .or_else(|| order.iter().copied().find(|n| !done.contains(n)));
        match next {
            Some(n) => done.push(n),
            None => break,
        }
    }
    Ok(Value::list(
        done.into_iter()
            .filter_map(|n| tables.get(n).cloned())
            .collect(),
    ))
}
