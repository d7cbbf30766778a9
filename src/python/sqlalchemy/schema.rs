//! Tables, columns, constraints, indexes and types to their operations.

use std::rc::Rc;

use indexmap::IndexMap;

use super::expr::Columns;
use super::naming::Named;
use super::types::quote_qualified;
use super::{Built, Fail};
use crate::ir::{
    AddConstraint, Column, Constraint, ConstraintKind, CreateDomain, CreateEnum, CreateIndex,
    CreateSequence, CreateTable, DropIndex, DropSequence, DropTable, DropType, Expr, ForeignKey,
    Generated, Identity, Index, IndexKey, IndexPart, OpKind, QualName, ReferentialAction,
    SequenceOptions,
};
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
            Ok(None) | Err(Fail::Unknown(_)) => Ok(Value::None),
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
        name: "sort_tables",
        call: sort_tables,
    },
];

impl Interp<'_> {
    /// `CREATE TYPE` of an enum.
    fn enum_create(&mut self, ty: &Value, checkfirst: &Value) -> Built<()> {
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

    fn type_qual(&mut self, ty: &Value) -> Built<QualName> {
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

    fn labels(&mut self, ty: &Value) -> Built<Vec<String>> {
        let labels = self.attr(ty, "enums")?;
        let mut out = Vec::new();
        for label in self.known_items(&labels)? {
            out.push(self.text(&label, "the label of an enum")?);
        }
        Ok(out)
    }

    fn remember_type(&mut self, name: &QualName) -> bool {
        if self.trial.is_some() {
            return true;
        }
        self.state
            .created_types
            .insert((name.schema.clone(), name.name.clone()))
    }

    fn type_drop(&mut self, ty: &Value, checkfirst: &Value) -> Built<()> {
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

    fn domain_create(&mut self, ty: &Value, checkfirst: &Value) -> Built<()> {
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
            let constraint = self.opt_text(&constraint, "the name of the constraint")?;
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

    fn sequence_options(&mut self, value: &Value) -> Built<SequenceOptions> {
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

    fn sequence_qual(&mut self, sequence: &Value) -> Built<QualName> {
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

    /// `CREATE INDEX` of an index with its table.
    ///
    /// # Errors
    /// A part is not known.
    pub fn index_create(&mut self, index: &Value, checkfirst: &Value) -> Built<()> {
        let index = self.index(index)?;
        let if_not_exists = self.flag(checkfirst)?;
        self.emit(OpKind::CreateIndex(CreateIndex {
            index,
            if_not_exists,
        }))?;
        Ok(())
    }

    /// `DROP INDEX` of an index with its table.
    ///
    /// # Errors
    /// A part is not known.
    pub fn index_drop(&mut self, index: &Value, checkfirst: &Value) -> Built<()> {
        let index = self.index(index)?;
        let if_exists = self.flag(checkfirst)?;
        let name = QualName {
            schema: index.table.schema.clone(),
            name: index.name.unwrap_or_default(),
        };
        self.emit(OpKind::DropIndex(DropIndex {
            name,
            if_exists,
            cascade: false,
        }))?;
        Ok(())
    }

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

    fn columns_of(&mut self, table: &Value) -> Built<Vec<Value>> {
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
    fn table_create(&mut self, table: &Value, checkfirst: &Value, _all: bool) -> Built<()> {
        let check = self.flag(checkfirst)?;
        let name = self.table_qual(table)?;
        if check && self.trial.is_none() && self.sink.has_table(&name) {
            self.consulted = true;
            return Ok(());
        }
        self.create_types(table, check)?;
        let made = self.table(table, check)?;
        self.emit(OpKind::CreateTable(made))?;
        self.table_indexes(table)
    }

    /// Foreign keys that `create_all` adds after all tables exist.
    fn table_create_late(&mut self, table: &Value) -> Built<()> {
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

    fn table_drop(&mut self, table: &Value, checkfirst: &Value) -> Built<()> {
        let name = self.table_qual(table)?;
        let if_exists = self.flag(checkfirst)?;
        self.emit(OpKind::DropTable(DropTable {
            name,
            if_exists,
            cascade: false,
        }))?;
        Ok(())
    }

    fn constraints_of(&mut self, table: &Value) -> Built<Vec<Value>> {
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

    fn table_options(&mut self, table: &Value, made: &mut CreateTable) -> Built<()> {
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
                other if other.starts_with("sqlite_") => {
                    let text = crate::python::eval::text::str_simple(&value);
                    made.sqlite_options.push((other.to_owned(), text));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn primary_key(&mut self, table: &Value, columns: &[Value]) -> Built<Option<Constraint>> {
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

    fn named(&mut self, table: &Value, columns: Vec<String>) -> Built<Named> {
        let name = self.table_qual(table)?;
        Ok(Named {
            table: name.name,
            schema: name.schema,
            columns,
            ..Named::default()
        })
    }

    fn timing(&mut self, constraint: &Value, made: &mut Constraint) -> Built<()> {
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

    fn kwarg(&mut self, owner: &Value, name: &str) -> Built<Value> {
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

    fn exclusion(&mut self, constraint: &Value, table: &Value) -> Built<Constraint> {
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

    fn foreign_key(&mut self, constraint: &Value, table: &Value) -> Built<Constraint> {
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
    fn referred(&mut self, spec: &Value) -> Built<(QualName, Option<String>)> {
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

    /// A condition: text as it stands, or an expression.
    ///
    /// # Errors
    /// A part is not known.
    pub fn condition(&mut self, value: &Value) -> Built<Expr> {
        match value.plain() {
            Value::Str(text) => Ok(Expr(self.bind_text(&text, &Value::None)?.trim().to_owned())),
            Value::Unknown(u) => Err(u.into()),
            _ => Ok(Expr(self.render(value, Columns::Bare)?.trim().to_owned())),
        }
    }

    /// A server default; text is a literal, anything else an expression.
    ///
    /// # Errors
    /// It is not known.
    pub fn default_expr(&mut self, value: &Value) -> Built<Option<Expr>> {
        if value.as_model("FetchedValue").is_some() {
            return match value.as_model("DefaultClause") {
                Some(clause) => {
                    let arg = clause.get("arg").unwrap_or(Value::None);
                    self.default_expr(&arg)
                }
                None => Ok(None),
            };
        }
        if value.as_model("Sequence").is_some() {
            let name = self.sequence_qual(value)?;
            let text = quote_qualified(name.schema.as_deref(), &name.name);
            return Ok(Some(Expr(format!(
                "nextval('{}')",
                text.replace('\'', "''")
            ))));
        }
        match value.plain() {
            Value::None => Ok(None),
            Value::Str(text) => Ok(Some(Expr::string_literal(&text))),
            Value::Unknown(u) => Err(u.into()),
            _ => Ok(Some(Expr(self.render(value, Columns::Bare)?))),
        }
    }

    /// The identity clause of a column.
    ///
    /// # Errors
    /// As evaluation.
    pub fn identity(&mut self, value: &Value) -> Built<Identity> {
        let always = self.attr(value, "always")?;
        Ok(Identity {
            always: self.flag(&always)?,
            sequence: self.sequence_options(value)?,
            ..Identity::default()
        })
    }

    /// A column's clause. `serial` when it is the table's autoincrement column.
    ///
    /// # Errors
    /// A part is not known.
    pub fn column(&mut self, column: &Value, serial: bool) -> Built<Column> {
        if let Value::Unknown(u) = column {
            return Err(Rc::clone(u).into());
        }
        let name = self.attr(column, "name")?;
        let name = self.text(&name, "the name of the column")?;
        let ty = self.attr(column, "type")?;
        let mut type_ = self.column_type(&ty)?;
        let mut made = Column {
            name,
            nullable: true,
            ..Column::default()
        };
        let nullable = self.attr(column, "nullable")?;
        made.nullable = self.flag(&nullable)?;
        let identity = self.attr(column, "identity")?;
        let default = self.attr(column, "server_default")?;
        if !identity.is_none() {
            made.identity = Some(self.identity(&identity)?);
            made.nullable = false;
        } else if serial && default.is_none() {
            type_.sql = match type_.sql.as_str() {
                "BIGINT" => "BIGSERIAL",
                "SMALLINT" => "SMALLSERIAL",
                _ => "SERIAL",
            }
            .to_owned();
        } else {
            made.default = self.default_expr(&default)?;
        }
        let computed = self.attr(column, "computed")?;
        if !computed.is_none() {
            let text = self.attr(&computed, "sqltext")?;
            let expr = self.condition(&text)?;
            let persisted = self.attr(&computed, "persisted")?;
            let stored =
                persisted.is_true() || (persisted.is_none() && self.sqlalchemy_version() < (2, 1));
            made.generated = Some(Generated { expr, stored });
        }
        made.collation = self.type_collation(&ty)?;
        let comment = self.attr(column, "comment")?;
        made.comment = self.opt_text(&comment, "the comment")?;
        // The collation is a clause of its own here, as PostgreSQL's catalog has it.
        if let Some((base, _)) = type_.sql.split_once(" COLLATE ") {
            type_.sql = base.to_owned();
        }
        made.type_ = type_;
        Ok(made)
    }

    /// The column that SQLAlchemy makes SERIAL: an integer alone in the key, without foreign key and default, or the
    /// one that says `autoincrement=True`.
    ///
    /// # Errors
    /// As evaluation.
    pub fn autoincrement_column(
        &mut self,
        table: &Value,
        columns: &[Value],
    ) -> Built<Option<Value>> {
        let pk = self.attr(table, "_pk_given")?;
        let mut keys = Vec::new();
        if pk.is_none() {
            for column in columns {
                let flag = self.attr(column, "primary_key")?;
                if self.flag(&flag)? {
                    keys.push(column.clone());
                }
            }
        } else {
            let list = self.attr(&pk, "_given")?;
            for name in self.column_names(&list)? {
                for column in columns {
                    let own = self.attr(column, "name")?;
                    if own.as_str().is_some_and(|n| *n == *name) {
                        keys.push(column.clone());
                    }
                }
            }
        }
        for column in &keys {
            let auto = self.attr(column, "autoincrement")?;
            if auto.is_true() && self.may_autoincrement(column, true)? {
                return Ok(Some(column.clone()));
            }
        }
        if let [column] = keys.as_slice() {
            let auto = self.attr(column, "autoincrement")?;
            let wanted = auto
                .as_str()
                .is_some_and(|w| matches!(&*w, "auto" | "ignore_fk"));
            let ignore_fk = auto.as_str().is_some_and(|w| &*w == "ignore_fk");
            if wanted {
                let fks = self.attr(column, "foreign_keys")?;
                let has_fk =
                    !self.known_items(&fks)?.is_empty() || self.in_foreign_key(table, column)?;
                if (ignore_fk || !has_fk) && self.may_autoincrement(column, false)? {
                    return Ok(Some(column.clone()));
                }
            }
        }
        Ok(None)
    }

    fn in_foreign_key(&mut self, table: &Value, column: &Value) -> Built<bool> {
        let own = self.attr(column, "name")?.as_str().unwrap_or_default();
        for constraint in self.constraints_of(table)? {
            if constraint.as_model("ForeignKeyConstraint").is_some() {
                let given = self.attr(&constraint, "_given")?;
                if self.column_names(&given)?.iter().any(|c| **c == *own) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn may_autoincrement(&mut self, column: &Value, forced: bool) -> Built<bool> {
        let ty = self.attr(column, "type")?;
        let ty = match self.resolve_type(&ty) {
            Ok(ty) => ty,
            Err(Fail::Unknown(_)) => return Ok(false),
            Err(flow) => return Err(flow),
        };
        let visit = self
            .attr(&ty, "__visit_name__")?
            .as_str()
            .unwrap_or_default();
        let integer = matches!(&*visit, "INTEGER" | "BIGINT" | "SMALLINT");
        let default = self.attr(column, "server_default")?;
        let identity = self.attr(column, "identity")?;
        let computed = self.attr(column, "computed")?;
        let sequence = self.attr(column, "sequence")?;
        let client = self.attr(column, "default")?;
        Ok(integer
            && default.is_none()
            && identity.is_none()
            && computed.is_none()
            && sequence.is_none()
            && (forced || client.is_none() || client.as_model("Sequence").is_none()))
    }

    /// The CHECK that a non-native enum brings along: its condition and name.
    ///
    /// # Errors
    /// As evaluation.
    pub fn type_check(&mut self, column: &Value) -> Built<Option<(String, Value)>> {
        let name = self.attr(column, "name")?;
        let ty = self.attr(column, "type")?;
        self.check_of_type(&name, &ty)
    }

    /// As [`Self::type_check`], for a column's name and a type.
    ///
    /// # Errors
    /// As evaluation.
    pub fn check_of_type(&mut self, name: &Value, ty: &Value) -> Built<Option<(String, Value)>> {
        if ty.is_none() {
            return Ok(None);
        }
        let ty = self.resolve_type(ty)?;
        let visit = self
            .attr(&ty, "__visit_name__")?
            .as_str()
            .unwrap_or_default();
        if &*visit != "ENUM" {
            return Ok(None);
        }
        let native = self.attr(&ty, "native_enum")?;
        let create = self.attr(&ty, "create_constraint")?;
        if self.flag(&native)? || !self.flag(&create)? {
            return Ok(None);
        }
        let labels: Vec<String> = self
            .labels(&ty)?
            .iter()
            .map(|l| Expr::string_literal(l).0)
            .collect();
        let column = self.text(name, "the name of the column")?;
        let text = format!(
            "{} IN ({})",
            super::types::quote(&column),
            labels.join(", ")
        );
        // The text is no `text()`: a colon in a label is no parameter.
        let text = text.replace(':', "\\:");
        Ok(Some((text, self.attr(&ty, "name")?)))
    }

    /// An index.
    ///
    /// # Errors
    /// A part is not known.
    pub fn index(&mut self, index: &Value) -> Built<Index> {
        let table = self.attr(index, "table")?;
        let name = self.table_qual(&table)?;
        let mut made = Index {
            table: name,
            ..Index::default()
        };
        let list = self.attr(index, "expressions")?;
        let ops = self.kwarg(index, "postgresql_ops")?;
        let ops = match ops {
            Value::None => Vec::new(),
            other => self.pairs(&other)?.unwrap_or_default(),
        };
        let mut columns = Vec::new();
        for expression in self.known_items(&list)? {
            let (part, key) = self.index_part(&expression)?;
            let mut part = part;
            if let Some((_, class)) = ops
                .iter()
                .find(|(k, _)| k.as_str().is_some_and(|k| *k == *key))
            {
                part.opclass = Some(self.text(class, "the operator class")?);
            }
            columns.push(key);
            made.parts.push(part);
        }
        let named = self.named(&table, columns)?;
        made.name = self.constraint_name("ix", index, &table, &named)?;
        if made.name.is_none() {
            return Err(self
                .raise_model(
                    "sqlalchemy.exc",
                    "CompileError",
                    "CREATE INDEX requires that the index have a name",
                )
                .into());
        }
        let unique = self.attr(index, "unique")?;
        made.unique = self.flag(&unique)?;
        let using = self.kwarg(index, "postgresql_using")?;
        made.method = self
            .opt_text(&using, "USING")?
            .map(|m| m.to_lowercase())
            .filter(|m| m != "btree");
        let filter = self.kwarg(index, "postgresql_where")?;
        if !filter.is_none() {
            made.predicate = Some(self.condition(&filter)?);
        }
        let include = self.kwarg(index, "postgresql_include")?;
        if !include.is_none() {
            made.include = self.column_names(&include)?;
        }
        let distinct = self.kwarg(index, "postgresql_nulls_not_distinct")?;
        made.nulls_not_distinct = self.flag(&distinct)?;
        let with = self.kwarg(index, "postgresql_with")?;
        if !with.is_none() {
            let mut options = IndexMap::new();
            for (key, value) in self.pairs(&with)?.unwrap_or_default() {
                let key = self.text(&key, "an index option")?;
                let value = self.str(&value)?;
                options.insert(key, self.text(&value, "an index option")?);
            }
            made.with = options;
        }
        Ok(made)
    }

    /// A key part of an index, and the name by which `postgresql_ops` refers to it.
    fn index_part(&mut self, expression: &Value) -> Built<(IndexPart, String)> {
        if let Some(name) = expression.as_str() {
            return Ok((IndexPart::column(name.to_string()), name.to_string()));
        }
        let mut expression = expression.clone();
        let mut part = IndexPart::column("");
        let mut label = None;
        loop {
            let Value::Instance(instance) = &expression else {
                break;
            };
            let instance = Rc::clone(instance);
            let visit = instance
                .class
                .lookup("__visit__")
                .and_then(|(v, _)| v.as_str());
            match visit.as_deref() {
                Some("unary") => {
                    let suffix = instance
                        .get("suffix")
                        .and_then(|s| s.as_str())
                        .unwrap_or_default();
                    match &*suffix {
                        "DESC" => part.descending = true,
                        "ASC" => {}
                        "NULLS FIRST" => part.nulls_first = Some(true),
                        "NULLS LAST" => part.nulls_first = Some(false),
                        _ => break,
                    }
                    expression = instance.get("operand").unwrap_or(Value::None);
                }
                Some("label") => {
                    label = instance.get("name").and_then(|n| n.as_str());
                    expression = instance.get("element").unwrap_or(Value::None);
                }
                Some("collate") => {
                    part.collation = instance
                        .get("collation")
                        .and_then(|n| n.as_str())
                        .map(|c| c.to_string());
                    expression = instance.get("operand").unwrap_or(Value::None);
                }
                _ => break,
            }
        }
        if let Some(name) = expression.as_str() {
            part.key = IndexKey::Column(name.to_string());
            return Ok((part, name.to_string()));
        }
        let is_column = matches!(&expression, Value::Instance(i) if i.class.lookup("__visit__").and_then(|(v, _)| v.as_str()).is_some_and(|v| &*v == "column") && !i.get("is_literal").is_some_and(|l| l.is_true()));
        if is_column {
            let name = self.key_name(&expression)?;
            part.key = IndexKey::Column(name.clone());
            return Ok((part, name));
        }
        let text = self.render(&expression, Columns::Bare)?;
        let key = label.map_or_else(|| text.clone(), |l| l.to_string());
        if expression.as_model("TextClause").is_some()
            || expression.as_model("ColumnClause").is_some()
        {
            let plain = crate::python::alembic::index_text(&text);
            let mut plain = plain;
            plain.descending |= part.descending;
            plain.nulls_first = plain.nulls_first.or(part.nulls_first);
            plain.collation = plain.collation.or(part.collation);
            let key = match &plain.key {
                IndexKey::Column(name) => name.clone(),
                IndexKey::Expr(_) => key,
            };
            return Ok((plain, key));
        }
        part.key = IndexKey::Expr(Expr(text));
        Ok((part, key))
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
