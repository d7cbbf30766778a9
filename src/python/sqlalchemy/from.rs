//! What stands in FROM. SQLAlchemy collects it from the columns and the conditions of a statement, and leaves out of an
//! inner SELECT what the enclosing statement has (`sqlalchemy/sql/selectable.py`, `SelectState`; `sql/dml.py`).

use super::Built;
use super::expr::Columns;
use crate::python::eval::interp::Interp;
use crate::python::eval::value::{Args, Value};

/// What stands in FROM of a SELECT.
pub(super) struct Sources {
    /// In order.
    pub froms: Vec<Value>,
    /// Where in them the joins of the SELECT begin.
    pub joined: usize,
}

fn add(out: &mut Vec<Value>, value: &Value) {
    if !value.is_none() && !out.iter().any(|f| f.is(value)) {
        out.push(value.clone());
    }
}

fn visit_of(value: &Value) -> Option<String> {
    let Value::Instance(instance) = value else {
        return None;
    };
    let (visit, _) = instance.class.lookup("__visit__")?;
    visit.as_str().map(|v| v.to_string())
}

/// A FROM element and what is inside its joins.
fn with_joined(from: &Value, out: &mut Vec<Value>) {
    add(out, from);
    if let (Some("join"), Value::Instance(join)) = (visit_of(from).as_deref(), from) {
        for side in ["left", "right"] {
            with_joined(&join.get(side).unwrap_or(Value::None), out);
        }
    }
}

impl Interp<'_> {
    /// The tables whose columns an expression mentions; those of a SELECT inside are its own.
    ///
    /// # Errors
    /// As evaluation.
    pub(super) fn froms_in(&mut self, value: &Value, out: &mut Vec<Value>) -> Built<()> {
        let mut todo = vec![value.clone()];
        while let Some(value) = todo.pop() {
            match &value {
                Value::List(items) | Value::Tuple(items) => {
                    todo.extend(items.items.borrow().iter().rev().cloned());
                }
                Value::Dict(_) => {
                    let pairs = self.pairs(&value)?.unwrap_or_default();
                    todo.extend(pairs.into_iter().rev().map(|(_, v)| v));
                }
                Value::Instance(instance) => match visit_of(&value).as_deref() {
                    Some("column") => {
                        let table = self.attr(&value, "table")?;
                        add(out, &table);
                    }
                    Some(
                        "select" | "subquery" | "exists" | "alias" | "table" | "join" | "bind",
                    ) => {}
                    Some(_) => {
                        let parts: Vec<Value> = instance.attrs.borrow().values().cloned().collect();
                        todo.extend(parts.into_iter().rev());
                    }
                    None => {
                        if let Some(method) = self.class_attribute(&value, "__clause_element__")? {
                            todo.push(self.call(&method, Args::default())?);
                        }
                    }
                },
                _ => {}
            }
        }
        Ok(())
    }

    /// What a SELECT reads: what it was told, the tables of its columns and of its conditions, without what it joins to and
    /// what the statement around it has.
    ///
    /// # Errors
    /// As evaluation; nothing is left to read.
    pub(super) fn sources(&mut self, select: &Value) -> Built<Sources> {
        let mut froms = Vec::new();
        let given = self.attr(select, "from_")?;
        for from in self.known_items(&given)? {
            let from = self.table_of(from)?;
            add(&mut froms, &from);
        }
        let columns = self.attr(select, "columns_")?;
        for column in self.known_items(&columns)? {
            let column = self.table_of(column)?;
            if column.as_model("FromClause").is_some() && column.as_model("Select").is_none() {
                add(&mut froms, &column);
            } else {
                self.froms_in(&column, &mut froms)?;
            }
        }
        let filter = self.attr(select, "where_")?;
        self.froms_in(&filter, &mut froms)?;

        let joins = self.attr(select, "joins_")?;
        let mut hidden = Vec::new();
        let mut joined = froms.len().saturating_sub(1);
        for (n, join) in self.known_items(&joins)?.into_iter().enumerate() {
            let parts = self.known_items(&join)?;
            let right = self.table_of(parts.first().cloned().unwrap_or(Value::None))?;
            if n == 0 {
                let mut named = Vec::new();
                self.froms_in(parts.get(1).unwrap_or(&Value::None), &mut named)?;
                let left = named.iter().find(|f| !f.is(&right)).cloned();
                if let Some(left) = left {
                    add(&mut froms, &left);
                }
                joined = froms
                    .iter()
                    .position(|f| named.iter().any(|n| n.is(f)) && !f.is(&right))
                    .unwrap_or_default();
            }
            with_joined(&right, &mut hidden);
        }
        for from in &froms {
            let mut inside = Vec::new();
            with_joined(from, &mut inside);
            hidden.extend(inside.into_iter().filter(|i| !i.is(from)));
        }
        let left = froms.get(joined).cloned();
        froms.retain(|f| !hidden.iter().any(|h| h.is(f)));
        self.correlate(select, &mut froms)?;
        let joined = left
            .and_then(|left| froms.iter().position(|f| f.is(&left)))
            .unwrap_or_default();
        Ok(Sources { froms, joined })
    }

    /// Leaves out what the enclosing statement has.
    fn correlate(&mut self, select: &Value, froms: &mut Vec<Value>) -> Built<()> {
        let in_from = std::mem::take(&mut self.selecting.in_from);
        let told = self.attr(select, "correlate_")?;
        if !told.is_none() {
            let mut told_of = Vec::new();
            for item in self.known_items(&told)? {
                let item = self.table_of(item)?;
                add(&mut told_of, &item);
            }
            let around = |f: &Value| {
                let mut all = self.selecting.enclosing.iter().flatten();
                all.any(|e| e.is(f))
            };
            froms.retain(|f| !(told_of.iter().any(|t| t.is(f)) && around(f)));
            return Ok(());
        }
        if in_from || froms.len() < 2 {
            return Ok(());
        }
        if let Some(around) = self.selecting.enclosing.last() {
            froms.retain(|f| !around.iter().any(|e| e.is(f)));
        }
        if froms.is_empty() {
            return Err(
                self.not_known("a SELECT reads nothing but what the statement around it reads")
            );
        }
        Ok(())
    }

    /// Renders parts of a statement that has these tables.
    pub(super) fn within<T>(&mut self, froms: &[Value], f: impl FnOnce(&mut Self) -> T) -> T {
        let mut all = Vec::new();
        for from in froms {
            with_joined(from, &mut all);
        }
        self.selecting.enclosing.push(all);
        let out = f(self);
        self.selecting.enclosing.pop();
        out
    }

    /// Renders what stands in FROM.
    pub(super) fn render_from(&mut self, from: &Value) -> Built<String> {
        self.selecting.in_from = true;
        let text = self.render(from, Columns::Qualified);
        self.selecting.in_from = false;
        text
    }

    /// The tables that an UPDATE or DELETE names beside its own.
    pub(super) fn other_tables(&mut self, parts: &[Value], own: &Value) -> Built<Vec<Value>> {
        let mut found = Vec::new();
        for part in parts {
            self.froms_in(part, &mut found)?;
        }
        found.retain(|f| !f.is(own));
        Ok(found)
    }

    /// Name of an alias; one without a name is numbered in its statement, as SQLAlchemy does.
    pub(super) fn alias_name(&mut self, alias: &Value) -> Built<String> {
        let name = self.attr(alias, "name")?;
        if !name.is_none() {
            return self.text(&name, "the alias");
        }
        if let Some((_, name)) = self.selecting.anonymous.iter().find(|(a, _)| a.is(alias)) {
            return Ok(name.clone());
        }
        let element = self.attr(alias, "element")?;
        let stem = match visit_of(&element).as_deref() {
            Some("table" | "alias") => {
                let name = self.attr(&element, "name")?;
                if name.is_none() {
                    "anon".to_owned()
                } else {
                    self.text(&name, "the name of the table")?
                }
            }
            _ => "anon".to_owned(),
        };
        let taken = |name: &str| self.selecting.anonymous.iter().any(|(_, n)| n == name);
        let mut number = 1;
        while taken(&format!("{stem}_{number}")) {
            number += 1;
        }
        let name = format!("{stem}_{number}");
        self.selecting.anonymous.push((alias.clone(), name.clone()));
        Ok(name)
    }

    /// A table, or that of a mapped class.
    fn table_of(&mut self, value: Value) -> Built<Value> {
        Ok(match &value {
            Value::Class(_) => self.attr(&value, "__table__")?,
            _ => value,
        })
    }
}
