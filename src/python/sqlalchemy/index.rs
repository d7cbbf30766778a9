//! Indexes to their operations.

use std::rc::Rc;

use indexmap::IndexMap;

use super::Built;
use super::expr::Columns;
use crate::ir::{CreateIndex, DropIndex, Expr, Index, IndexKey, IndexPart, OpKind, QualName};
use crate::python::eval::interp::Interp;
use crate::python::eval::value::Value;

impl Interp<'_> {
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
                // Whatever is given stands behind the column: an operator class, and an order too.
                let behind = super::super::alembic::index_text(&format!(
                    "x {}",
                    self.text(class, "the operator class")?
                ));
                part.descending |= behind.descending;
                part.nulls_first = behind.nulls_first.or(part.nulls_first);
                part.opclass = behind.opclass.or(match behind.key {
                    IndexKey::Column(_) => None,
                    // One word more than `index_text` takes for an operator class.
                    IndexKey::Expr(text) => text
                        .sql()
                        .split_once(' ')
                        .map(|(_, class)| class.trim().to_owned()),
                });
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
        made.with = self.storage_parameters(&with)?;
        Ok(made)
    }

    /// `postgresql_with`: names and values; None is none.
    pub(super) fn storage_parameters(&mut self, with: &Value) -> Built<IndexMap<String, String>> {
        let mut options = IndexMap::new();
        if with.is_none() {
            return Ok(options);
        }
        for (key, value) in self.pairs(with)?.unwrap_or_default() {
            let key = self.text(&key, "a storage parameter")?;
            let value = self.str(&value)?;
            options.insert(key, self.text(&value, "a storage parameter")?);
        }
        Ok(options)
    }

    /// A key part of an index, and the name by which `postgresql_ops` refers to it.
    pub(super) fn index_part(&mut self, expression: &Value) -> Built<(IndexPart, String)> {
        if let Some(name) = expression.as_str() {
            return Ok((IndexPart::column(name.to_string()), name.to_string()));
        }
        let mut expression = expression.clone();
        let mut part = IndexPart::column("");
        let mut label = None;
        while let Value::Instance(instance) = &expression {
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
