//! Literals, and the statements that change or read data.

use std::rc::Rc;

use super::expr::Columns;
use super::from::Sources;
use super::types::{quote, quote_qualified};
use super::{Built, Fail};
use crate::ir::{DataValue, Expr};
use crate::python::eval::interp::Interp;
use crate::python::eval::text::{float_text, str_simple};
use crate::python::eval::value::{Instance, Value};

impl Interp<'_> {
    /// A Python value as an SQL literal of a type.
    ///
    /// # Errors
    /// It is not known, or has no literal form.
    pub fn literal(&mut self, value: &Value, ty: &Value) -> Built<String> {
        match self.data_value(value, ty)? {
            DataValue::Unknown(why) => {
                let unknown = match value {
                    Value::Unknown(u) => Rc::clone(u),
                    _ => match self.unknown(why) {
                        Value::Unknown(u) => u,
                        _ => return Err(self.not_known("a value is not known")),
                    },
                };
                match &mut self.holes {
                    Some(holes) => {
                        holes.push(unknown);
                        Ok(format!("${}", holes.len()))
                    }
                    None => Err(unknown.into()),
                }
            }
            known => Ok(literal_of(&known)),
        }
    }

    /// A Python value as a value of a data operation.
    ///
    /// # Errors
    /// As evaluation.
    pub fn data_value(&mut self, value: &Value, ty: &Value) -> Built<DataValue> {
        let visit = match ty {
            Value::None | Value::Unknown(_) => None,
            other => match self.resolve_type(other) {
                Ok(resolved) => Some((
                    self.attr(&resolved, "__visit_name__")?
                        .as_str()
                        .unwrap_or_default(),
                    resolved,
                )),
                Err(Fail::Unknown(_)) => None,
                Err(flow) => return Err(flow),
            },
        };
        let kind = visit
            .as_ref()
            .map(|(k, _)| k.to_string())
            .unwrap_or_default();
        if matches!(kind.as_str(), "JSON" | "JSONB")
            && !matches!(value, Value::None | Value::Unknown(_))
            && !is_clause(value)
        {
            return Ok(match crate::python::eval::json_dumps(self, value)? {
                Ok(text) => DataValue::Json(text),
                Err(u) => DataValue::Unknown(u.reason.clone()),
            });
        }
        if let Value::Instance(i) = value {
            if i.class.members.borrow().is_some() {
                // SQLAlchemy's Enum stores the member's name; anything else takes its value.
                let class = match &visit {
                    Some((_, ty)) => self.attr(ty, "enum_class")?,
                    None => Value::None,
                };
                let labels = match &visit {
                    Some((_, ty)) => {
                        let list = self.attr(ty, "enums")?;
                        self.iterate_or_raise(&list).unwrap_or_default()
                    }
                    None => Vec::new(),
                };
                let name = i.get("_name_").unwrap_or(Value::None);
                let stored = i.get("_value_").unwrap_or(Value::None);
                let by_name = !class.is_none()
                    || (i.payload.borrow().is_none() && labels.iter().any(|l| l.is(&name)));
                let chosen = if by_name && labels.iter().any(|l| l.is(&name)) {
                    name
                } else {
                    stored
                };
                return self.data_value(&chosen, &Value::None);
            }
            if is_clause(value) {
                return match self.render(value, Columns::Qualified) {
                    Ok(text) => Ok(DataValue::Sql(Expr(text))),
                    Err(Fail::Unknown(u)) => Ok(DataValue::Unknown(u.reason.clone())),
                    Err(flow) => Err(flow),
                };
            }
        }
        Ok(match value.plain() {
            Value::None => DataValue::Null,
            Value::Bool(b) => DataValue::Bool(b),
            Value::Int(n) if kind == "BOOLEAN" && (n == 0 || n == 1) => DataValue::Bool(n == 1),
            Value::Int(n) => DataValue::Int(n.to_string()),
            Value::Big(n) => DataValue::Int(n.to_string()),
            Value::Float(f) => DataValue::Number(float_text(f)),
            Value::Str(s) => DataValue::Text(s.to_string()),
            Value::Bytes(b) => DataValue::Bytes(b.iter().map(|b| format!("{b:02x}")).collect()),
            Value::List(items) | Value::Tuple(items) => {
                let inner = match &visit {
                    Some((_, ty)) => self.attr(ty, "item_type")?,
                    None => Value::None,
                };
                let mut out = Vec::new();
                for item in items.items.borrow().clone() {
                    out.push(self.data_value(&item, &inner)?);
                }
                DataValue::Array(out)
            }
            Value::Dict(_) => match crate::python::eval::json_dumps(self, value)? {
                Ok(text) => DataValue::Json(text),
                Err(u) => DataValue::Unknown(u.reason.clone()),
            },
            Value::Unknown(u) => DataValue::Unknown(u.reason.clone()),
            Value::Instance(i) => match i.class.name.as_ref() {
                "Decimal" => DataValue::Number(str_simple(&i.get("_text").unwrap_or(Value::None))),
                "_Environ" => DataValue::Unknown("the environment".to_owned()),
                _ => {
                    let text = self.str(value)?;
                    match text {
                        Value::Unknown(u) => DataValue::Unknown(u.reason.clone()),
                        other => DataValue::Text(str_simple(&other)),
                    }
                }
            },
            other => DataValue::Unknown(format!(
                "a value of type {} has no SQL form",
                self.type_name(&other)
            )),
        })
    }

    /// A statement: `SELECT`, `INSERT`, `UPDATE`, `DELETE`, and what stands in `FROM`.
    ///
    /// # Errors
    /// As [`Interp::render`].
    pub fn render_statement(&mut self, value: &Value, visit: &str) -> Built<String> {
        let Value::Instance(instance) = value else {
            return Ok(String::new());
        };
        let instance = Rc::clone(instance);
        let get = |name: &str| instance.get(name).unwrap_or(Value::None);
        match visit {
            "table" => {
                let schema = self.opt_text(&get("schema"), "the schema")?;
                let name = self.text(&get("name"), "the name of the table")?;
                Ok(quote_qualified(schema.as_deref(), &name))
            }
            "alias" => {
                let element = get("element");
                let inner = self.render_from(&element)?;
                let name = self.alias_name(value)?;
                let inner = if element.as_model("Select").is_some() {
                    format!("({inner})")
                } else {
                    inner
                };
                Ok(format!("{inner} AS {}", quote(&name)))
            }
            "join" => {
                let left = self.render_from(&get("left"))?;
                let right = self.render_from(&get("right"))?;
                let outer = join_word(get("isouter").is_true(), get("full").is_true());
                let on = self.on_clause(&get("onclause"))?;
                Ok(format!("{left} {outer} {right} ON {on}"))
            }
            "select" => self.select_text(value),
            "insert" => Ok(self.insert_text(value)? + &self.returning_text(&get("returning_"))?),
            "update" => {
                let own = get("table");
                let others = self.other_tables(&[get("where_"), get("values_")], &own)?;
                let mut all = vec![own.clone()];
                all.extend(others.iter().cloned());
                self.within(&all, |i| {
                    let table = i.render_from(&own)?;
                    let set = i.assignments(&get("values_"), &own)?;
                    let from = i.list_of_tables(" FROM ", &others)?;
                    let filter = i.where_text(&get("where_"))?;
                    let returning = i.returning_text(&get("returning_"))?;
                    Ok(format!("UPDATE {table} SET {set}{from}{filter}{returning}"))
                })
            }
            "delete" => {
                let own = get("table");
                let others = self.other_tables(&[get("where_")], &own)?;
                let mut all = vec![own.clone()];
                all.extend(others.iter().cloned());
                self.within(&all, |i| {
                    let table = i.render_from(&own)?;
                    let using = i.list_of_tables(" USING ", &others)?;
                    let filter = i.where_text(&get("where_"))?;
                    let returning = i.returning_text(&get("returning_"))?;
                    Ok(format!("DELETE FROM {table}{using}{filter}{returning}"))
                })
            }
            other => Err(self.not_known(format!("the SQL construct {other} is not modelled"))),
        }
    }

    /// `RETURNING` of what `returning()` was given: columns, expressions; a table or a mapped class stands for its columns.
    fn returning_text(&mut self, given: &Value) -> Built<String> {
        let mut shown = Vec::new();
        for item in self.known_items(given)? {
            let item = match &item {
                Value::Class(_) => self.attr(&item, "__table__")?,
                _ => item,
            };
            if item.as_model("FromClause").is_some() {
                let columns = self.attr(&item, "_columns")?;
                for column in self.known_items(&columns)? {
                    shown.push(self.render(&column, Columns::Qualified)?);
                }
            } else {
                shown.push(self.render(&item, Columns::Qualified)?);
            }
        }
        Ok(if shown.is_empty() {
            String::new()
        } else {
            format!(" RETURNING {}", shown.join(", "))
        })
    }

    fn where_text(&mut self, criteria: &Value) -> Built<String> {
        let items = self.known_items(criteria)?;
        let mut parts = Vec::new();
        for item in &items {
            let text = self.render(item, Columns::Qualified)?;
            let or = matches!(item, Value::Instance(i) if i.get("op_").and_then(|o| o.as_str()).is_some_and(|o| &*o == "OR"));
            parts.push(if or && items.len() > 1 {
                format!("({text})")
            } else {
                text
            });
        }
        Ok(if parts.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", parts.join(" AND "))
        })
    }

    fn column_of(&mut self, table: &Value, name: &str) -> Built<Value> {
        let columns = self.attr(table, "_columns")?;
        let all = self.attr(&columns, "_all")?;
        let Value::Dict(_) = all else {
            return Ok(Value::None);
        };
        let found = self
            .pairs(&all)?
            .unwrap_or_default()
            .into_iter()
            .find(|(k, _)| k.as_str().is_some_and(|k| &*k == name))
            .map(|(_, v)| v);
        match found {
            Some(column) => Ok(self.attr(&column, "type")?),
            None => Ok(Value::None),
        }
    }

    /// The name of a key of `values()` or of a row: text, or a column.
    ///
    /// # Errors
    /// It is not known.
    pub fn key_name(&mut self, key: &Value) -> Built<String> {
        match key {
            Value::Instance(i) if i.class.lookup("__visit__").is_some() => {
                let name = self.attr(key, "name")?;
                self.text(&name, "the name of the column")
            }
            other => self.text(other, "the name of the column"),
        }
    }

    fn assignments(&mut self, values: &Value, table: &Value) -> Built<String> {
        let pairs = self.pairs(values)?.unwrap_or_default();
        let mut parts = Vec::new();
        for (key, value) in pairs {
            let name = self.key_name(&key)?;
            let ty = self.column_of(table, &name)?;
            let text = self.value_text(&value, &ty)?;
            parts.push(format!("{}={text}", quote(&name)));
        }
        Ok(parts.join(", "))
    }

    fn value_text(&mut self, value: &Value, ty: &Value) -> Built<String> {
        let text = self.literal(value, ty)?;
        Ok(if value.as_model("Select").is_some() {
            format!("({text})")
        } else {
            text
        })
    }

    fn insert_text(&mut self, value: &Value) -> Built<String> {
        let Value::Instance(instance) = value else {
            return Ok(String::new());
        };
        let instance = Rc::clone(instance);
        let get = |name: &str| instance.get(name).unwrap_or(Value::None);
        let target = get("table");
        let table = self.render(&target, Columns::Qualified)?;
        let select = get("select_");
        let mut out = if !select.is_none() {
            let mut names = Vec::new();
            for key in self.known_items(&get("names"))? {
                names.push(quote(&self.key_name(&key)?));
            }
            let query = self.render(&select, Columns::Qualified)?;
            format!("INSERT INTO {table} ({}) {query}", names.join(", "))
        } else {
            let values = get("values_");
            let rows = match &values {
                Value::List(_) | Value::Tuple(_) => self.known_items(&values)?,
                Value::None => Vec::new(),
                other => vec![other.clone()],
            };
            let mut names: Vec<String> = Vec::new();
            let mut texts = Vec::new();
            for (n, row) in rows.iter().enumerate() {
                let pairs = match row.plain() {
                    Value::Dict(_) => self.pairs(row)?.unwrap_or_default(),
                    Value::Unknown(u) => return Err(u.into()),
                    _ => Vec::new(),
                };
                let mut cells = Vec::new();
                for (key, value) in pairs {
                    let name = self.key_name(&key)?;
                    let ty = self.column_of(&target, &name)?;
                    cells.push(self.value_text(&value, &ty)?);
                    if n == 0 {
                        names.push(quote(&name));
                    }
                }
                texts.push(format!("({})", cells.join(", ")));
            }
            if names.is_empty() {
                format!("INSERT INTO {table} DEFAULT VALUES")
            } else {
                format!(
                    "INSERT INTO {table} ({}) VALUES {}",
                    names.join(", "),
                    texts.join(", ")
                )
            }
        };
        let conflict = get("conflict");
        if !conflict.is_none() {
            out.push_str(&self.conflict_text(&conflict, &target)?);
        }
        Ok(out)
    }

    fn conflict_text(&mut self, conflict: &Value, table: &Value) -> Built<String> {
        let parts = self.known_items(conflict)?;
        let part = |n: usize| parts.get(n).cloned().unwrap_or(Value::None);
        let mut out = String::from(" ON CONFLICT");
        match (part(1), part(2)) {
            (Value::None, Value::None) => {}
            (Value::None, elements) => {
                let mut names = Vec::new();
                for item in self.known_items(&elements)? {
                    names.push(quote(&self.key_name(&item)?));
                }
                out.push_str(&format!(" ({})", names.join(", ")));
            }
            (constraint, _) => {
                let name = match &constraint {
                    Value::Instance(_) if constraint.as_str().is_none() => {
                        self.attr(&constraint, "name")?
                    }
                    other => other.clone(),
                };
                let name = self.text(&name, "the name of the constraint")?;
                out.push_str(&format!(" ON CONSTRAINT {}", quote(&name)));
            }
        }
        if part(0).as_str().is_some_and(|k| &*k == "update") {
            let set = self.assignments(&part(3), table)?;
            out.push_str(&format!(" DO UPDATE SET {set}"));
        } else {
            out.push_str(" DO NOTHING");
        }
        Ok(out)
    }

    /// `FROM a, b`, or nothing.
    fn list_of_tables(&mut self, word: &str, froms: &[Value]) -> Built<String> {
        let mut texts = Vec::new();
        for from in froms {
            texts.push(self.render_from(from)?);
        }
        Ok(if texts.is_empty() {
            String::new()
        } else {
            format!("{word}{}", texts.join(", "))
        })
    }

    fn on_clause(&mut self, on: &Value) -> Built<String> {
        if on.is_none() {
            return Err(self.not_known("a join without a condition takes it from foreign keys"));
        }
        self.render(on, Columns::Qualified)
    }

    fn select_text(&mut self, value: &Value) -> Built<String> {
        let Value::Instance(instance) = value else {
            return Ok(String::new());
        };
        let instance = Rc::clone(instance);
        let get = |name: &str| instance.get(name).unwrap_or(Value::None);
        let sources = self.sources(value)?;
        let mut tables = sources.froms.clone();
        for join in self.known_items(&get("joins_"))? {
            let parts = self.known_items(&join)?;
            if let Some(right) = parts.first() {
                tables.push(right.clone());
            }
        }
        self.within(&tables, |i| i.select_parts(&instance, &sources))
    }

    fn select_parts(&mut self, instance: &Rc<Instance>, sources: &Sources) -> Built<String> {
        let get = |name: &str| instance.get(name).unwrap_or(Value::None);
        let mut shown = Vec::new();
        for column in self.known_items(&get("columns_"))? {
            let column = match &column {
                Value::Class(_) => self.attr(&column, "__table__")?,
                other => other.clone(),
            };
            if column.as_model("FromClause").is_some() && column.as_model("Select").is_none() {
                let all = self.attr(&column, "c")?;
                let mut any = false;
                for c in self.iterate(&all)?.unwrap_or_default() {
                    shown.push(self.render(&c, Columns::Qualified)?);
                    any = true;
                }
                if !any {
                    shown.push("*".to_owned());
                }
                continue;
            }
            shown.push(match &column {
                Value::Str(text) => text.to_string(),
                other => self.render(other, Columns::Qualified)?,
            });
        }
        let distinct = match get("distinct_") {
            Value::List(on) if !on.items.borrow().is_empty() => {
                let on = self.render_list(&Value::List(on), Columns::Qualified)?;
                format!("DISTINCT ON ({on}) ")
            }
            given if given.is_true() => "DISTINCT ".to_owned(),
            _ => String::new(),
        };
        let mut out = format!("SELECT {distinct}{}", shown.join(", "));
        let mut texts = Vec::new();
        for from in &sources.froms {
            texts.push(self.render_from(from)?);
        }
        for join in self.known_items(&get("joins_"))? {
            let parts = self.known_items(&join)?;
            let (Some(right), Some(on)) = (parts.first(), parts.get(1)) else {
                continue;
            };
            let flag = |n: usize| parts.get(n).is_some_and(Value::is_true);
            let word = join_word(flag(2), flag(3));
            let right = match right {
                Value::Class(_) => self.attr(right, "__table__")?,
                other => other.clone(),
            };
            let right = self.render_from(&right)?;
            let on = self.on_clause(on)?;
            match texts.get_mut(sources.joined) {
                Some(left) => left.push_str(&format!(" {word} {right} ON {on}")),
                None => return Err(self.not_known("what a join begins with is not known")),
            }
        }
        if !texts.is_empty() {
            out.push_str(&format!(" FROM {}", texts.join(", ")));
        }
        out.push_str(&self.where_text(&get("where_"))?);
        for (word, name) in [
            ("GROUP BY", "group_"),
            ("HAVING", "having_"),
            ("ORDER BY", "order_"),
        ] {
            let items = get(name);
            if !self.known_items(&items)?.is_empty() {
                out.push_str(&format!(
                    " {word} {}",
                    self.render_list(&items, Columns::Qualified)?
                ));
            }
        }
        for (word, name) in [("LIMIT", "limit_"), ("OFFSET", "offset_")] {
            let n = get(name);
            if !n.is_none() {
                out.push_str(&format!(" {word} {}", self.render(&n, Columns::Qualified)?));
            }
        }
        for operation in self.known_items(&get("set_ops"))? {
            let parts = self.known_items(&operation)?;
            if let (Some(word), Some(other)) = (parts.first().and_then(Value::as_str), parts.get(1))
            {
                out.push_str(&format!(
                    " {word} {}",
                    self.render(other, Columns::Qualified)?
                ));
            }
        }
        Ok(out)
    }
}

fn join_word(outer: bool, full: bool) -> &'static str {
    match (outer, full) {
        (_, true) => "FULL OUTER JOIN",
        (true, false) => "LEFT OUTER JOIN",
        (false, false) => "JOIN",
    }
}

/// Whether a value is an expression of SQLAlchemy.
fn is_clause(value: &Value) -> bool {
    matches!(value, Value::Instance(i) if i.class.lookup("__visit__").is_some() || i.class.lookup("__clause_element__").is_some())
}

/// A value as an SQL literal.
pub fn literal_of(value: &DataValue) -> String {
    match value {
        DataValue::Null => "NULL".to_owned(),
        DataValue::Bool(b) => b.to_string(),
        DataValue::Int(n) | DataValue::Number(n) => n.clone(),
        DataValue::Text(s) | DataValue::Json(s) => format!("'{}'", s.replace('\'', "''")),
        DataValue::Bytes(hex) => format!("'\\x{hex}'"),
        DataValue::Array(items) => {
            let inside: Vec<String> = items.iter().map(literal_of).collect();
            format!("ARRAY[{}]", inside.join(", "))
        }
        DataValue::Sql(expr) => expr.0.clone(),
        DataValue::Unknown(_) => "NULL".to_owned(),
    }
}
