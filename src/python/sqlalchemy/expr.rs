//! Expressions to the text that SQLAlchemy's PostgreSQL compiler renders, bound values as literals.

use std::rc::Rc;
use std::sync::LazyLock;

use regex::Regex;

use super::types::{quote, quote_qualified};
use super::{Built, Fail};
use crate::python::eval::interp::Interp;
use crate::python::eval::value::{Args, HOLE, Native, Value};

/// `:name` where SQLAlchemy's `text()` sees a parameter, with the character before it.
static BIND: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(^|[^:\w\\]):(\w+)").ok());

/// How columns are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// Alone: in `CREATE TABLE` and `CREATE INDEX`.
    Bare,
    /// With their table: in queries.
    Qualified,
}

/// The natives of this module.
pub static NATIVES: &[Native] = &[
    Native {
        name: "render",
        call: |i, a| match i.render(&a.at(0), Columns::Qualified) {
            Ok(text) => Ok(Value::str(text)),
            Err(Fail::Unknown(u)) => Ok(Value::Unknown(u)),
            Err(Fail::Flow(flow)) => Err(flow),
        },
    },
    Native {
        name: "function_type",
        call: |i, a| {
            let name = a.at(0).as_str().unwrap_or_default().to_lowercase();
            let class = match name.as_str() {
                "lower" | "upper" | "concat" | "trim" | "substr" | "substring" | "replace"
                | "md5" | "to_char" => "Text",
                "count" | "length" | "char_length" => "Integer",
                "coalesce" | "max" | "min" | "sum" => {
                    let items = i.iterate_or_raise(&a.at(1))?;
                    if let Some(first) = items.first()
                        && let Value::Instance(_) = first
                    {
                        let ty = i.attr(first, "type")?;
                        if !ty.is_none() {
                            return Ok(ty);
                        }
                    }
                    "NullType"
                }
                _ => "NullType",
            };
            match i.import("sqlalchemy.types")? {
                Value::Module(m) => match i.module_get(&m, class) {
                    Some(class) => i.call(&class, Args::default()),
                    None => Ok(Value::None),
                },
                _ => Ok(Value::None),
            }
        },
    },
    Native {
        name: "columns_in",
        call: |_, a| {
            let mut out = Vec::new();
            columns_in(&a.at(0), &mut out, 0);
            Ok(Value::list(out))
        },
    },
];

/// The columns that an expression mentions.
fn columns_in(value: &Value, out: &mut Vec<Value>, depth: usize) {
    if depth > 30 {
        return;
    }
    match value {
        Value::Instance(instance) => {
            let visit = instance
                .class
                .lookup("__visit__")
                .and_then(|(v, _)| v.as_str());
            match visit.as_deref() {
                Some("column") if out.iter().any(|o| o.is(value)) => {}
                Some("column") => out.push(value.clone()),
                Some(_) => {
                    for name in [
                        "left", "right", "operand", "element", "args", "clauses", "low", "high",
                    ] {
                        if let Some(part) = instance.get(name) {
                            columns_in(&part, out, depth + 1);
                        }
                    }
                }
                None => {}
            }
        }
        Value::List(items) | Value::Tuple(items) => {
            for item in items.items.borrow().clone() {
                columns_in(&item, out, depth + 1);
            }
        }
        _ => {}
    }
}

/// How tightly an operator binds; SQLAlchemy's own order.
fn precedence(op: &str) -> u8 {
    match op {
        "->" | "->>" | "#>" | "#>>" => 15,
        "*" | "/" | "%" => 8,
        "+" | "-" => 7,
        "||" => 6,
        "="
        | "!="
        | "<"
        | "<="
        | ">"
        | ">="
        | "IS"
        | "IS NOT"
        | "LIKE"
        | "NOT LIKE"
        | "ILIKE"
        | "NOT ILIKE"
        | "IN"
        | "IS DISTINCT FROM"
        | "IS NOT DISTINCT FROM" => 5,
        "NOT" => 4,
        "AND" => 3,
        "OR" => 2,
        // Other operators (`~`, `@>`): like comparisons, so that arithmetic inside them needs no parentheses.
        _ => 5,
    }
}

impl Interp<'_> {
    /// The expression's text.
    ///
    /// # Errors
    /// A part of it is not known, or is not modelled.
    pub fn render(&mut self, value: &Value, columns: Columns) -> Built<String> {
        stacker::maybe_grow(256 << 10, 4 << 20, || self.render_inner(value, columns))
    }

    fn render_inner(&mut self, value: &Value, columns: Columns) -> Built<String> {
        self.step()?;
        let Value::Instance(instance) = value else {
            return self.literal(value, &Value::None);
        };
        let instance = Rc::clone(instance);
        let compiler = match instance.class.lookup("__decant__") {
            Some(_) => self.compiler_of(value),
            None => None,
        };
        if let Some(compiler) = compiler {
            let context = self.compiler_object()?;
            let text = self.call(&compiler, Args::new(vec![value.clone(), context]))?;
            return self.text(&text, "the compiled element");
        }
        let visit = instance
            .class
            .lookup("__visit__")
            .and_then(|(v, _)| v.as_str());
        let Some(visit) = visit else {
            if let Some(method) = self.class_attribute(value, "__clause_element__")? {
                let element = self.call(&method, Args::default())?;
                return self.render(&element, columns);
            }
            return self.literal(value, &Value::None);
        };
        let get = |name: &str| instance.get(name).unwrap_or(Value::None);
        Ok(match &*visit {
            "text" => {
                let text = self.text(&get("text"), "the text")?;
                let binds = get("_binds");
                self.bind_text(&text, &binds)?
            }
            "column" => self.column_text(value, columns)?,
            "binary" => {
                let op = self.text(&get("op_"), "the operator")?;
                let (left, right) = (get("left"), get("right"));
                // The key of a JSON value is text or a number, not a document.
                let kind = if op.starts_with("->") || op.starts_with("#>") {
                    Value::None
                } else {
                    self.operand_type(&left, &right)?
                };
                let a = self.operand(&left, &op, columns, &kind, false)?;
                let b = self.operand(&right, &op, columns, &kind, true)?;
                format!("{a} {op} {b}")
            }
            "bool" => {
                let op = self.text(&get("op_"), "the operator")?;
                let clauses = self.known_items(&get("clauses"))?;
                let mut parts = Vec::new();
                for clause in clauses {
                    parts.push(self.operand(&clause, &op, columns, &Value::None, false)?);
                }
                parts.join(&format!(" {op} "))
            }
            "unary" => {
                let prefix = self.text(&get("prefix"), "the operator")?;
                let suffix = self.text(&get("suffix"), "the operator")?;
                let operand = if prefix == "NOT " {
                    self.operand(&get("operand"), "NOT", columns, &Value::None, false)?
                } else {
                    self.render(&get("operand"), columns)?
                };
                if suffix.is_empty() {
                    format!("{prefix}{operand}")
                } else {
                    format!("{prefix}{operand} {suffix}")
                }
            }
            "in" => {
                let left = get("left");
                let a = self.operand(&left, "IN", columns, &Value::None, false)?;
                let negated = if get("negated").is_true() {
                    "NOT IN"
                } else {
                    "IN"
                };
                let b = self.in_list(&get("right"), &left, columns)?;
                match negated {
                    "NOT IN" => format!("({a} NOT IN {b})"),
                    _ => format!("{a} IN {b}"),
                }
            }
            "between" => {
                let a = self.render(&get("operand"), columns)?;
                let low = self.render(&get("low"), columns)?;
                let high = self.render(&get("high"), columns)?;
                format!("{a} BETWEEN {low} AND {high}")
            }
            "list" => self.render_list(&get("clauses"), columns)?,
            "tuple" => format!("({})", self.render_list(&get("clauses"), columns)?),
            "array" => format!("ARRAY[{}]", self.render_list(&get("clauses"), columns)?),
            "group" => self.render(&get("element"), columns)?,
            "collate" => {
                let a = self.render(&get("operand"), columns)?;
                let collation = self.text(&get("collation"), "the collation")?;
                format!("{a} COLLATE \"{collation}\"")
            }
            "label" => {
                let a = self.render(&get("element"), columns)?;
                if columns == Columns::Bare {
                    a
                } else {
                    let name = self.text(&get("name"), "the label")?;
                    format!("{a} AS {}", quote(&name))
                }
            }
            "cast" => {
                let a = self.render(&get("operand"), columns)?;
                let ty = self.render_type(&get("type"))?;
                format!("CAST({a} AS {ty})")
            }
            "extract" => {
                let a = self.render(&get("operand"), columns)?;
                let field = self.text(&get("field"), "the field")?;
                format!("EXTRACT({field} FROM {a})")
            }
            "null" => "NULL".to_owned(),
            "true" => "true".to_owned(),
            "false" => "false".to_owned(),
            "case" => self.case_text(&get("whens"), &get("value"), &get("else_"), columns)?,
            "bind" => self.literal(&get("value"), &get("type"))?,
            "func" => self.function_text(&get("name"), &get("args"), columns)?,
            "over" => {
                let a = self.render(&get("element"), columns)?;
                let mut inside = Vec::new();
                for (word, part) in [
                    ("PARTITION BY", get("partition_by")),
                    ("ORDER BY", get("order_by")),
                ] {
                    if !part.is_none() {
                        inside.push(format!("{word} {}", self.render_list(&part, columns)?));
                    }
                }
                format!("{a} OVER ({})", inside.join(" "))
            }
            "filter" => {
                let a = self.render(&get("element"), columns)?;
                let b = self.render(&get("criterion"), columns)?;
                format!("{a} FILTER (WHERE {b})")
            }
            "nextval" => {
                let sequence = get("sequence");
                let name = self.attr(&sequence, "name")?;
                let schema = self.attr(&sequence, "schema")?;
                let name = self.qual(&name, &schema)?;
                let text = quote_qualified(name.schema.as_deref(), &name.name);
                format!("nextval('{}')", text.replace('\'', "''"))
            }
            "subquery" => format!("({})", self.render(&get("element"), Columns::Qualified)?),
            "exists" => format!(
                "EXISTS ({})",
                self.render(&get("element"), Columns::Qualified)?
            ),
            _ => return self.render_statement(value, &visit),
        })
    }

    /// What a registered compiler gets as its compiler: enough to process parts.
    fn compiler_object(&mut self) -> Built<Value> {
        let class = match self.import("sqlalchemy.sql.expression")? {
            Value::Module(m) => self.module_get(&m, "_Compiler"),
            _ => None,
        };
        Ok(match class {
            Some(class) => self.call(&class, Args::default())?,
            None => Value::None,
        })
    }

    fn column_text(&mut self, value: &Value, columns: Columns) -> Built<String> {
        let name = self.attr(value, "name")?;
        let name = self.text(&name, "the name of the column")?;
        let literal = self.attr(value, "is_literal")?;
        if literal.is_true() || name == "*" {
            return Ok(name);
        }
        let table = self.attr(value, "table")?;
        if columns == Columns::Bare || table.is_none() {
            return Ok(quote(&name));
        }
        let owner = match table.as_model("Alias") {
            Some(_) => self.alias_name(&table)?,
            None => {
                let owner = self.attr(&table, "name")?;
                self.text(&owner, "the name of the table")?
            }
        };
        let schema = self.attr(&table, "schema")?;
        let schema = self.opt_text(&schema, "the schema")?;
        Ok(format!(
            "{}.{}",
            quote_qualified(schema.as_deref(), &owner),
            quote(&name)
        ))
    }

    /// The type that a literal beside a column takes.
    fn operand_type(&mut self, left: &Value, right: &Value) -> Built<Value> {
        for side in [left, right] {
            if let Value::Instance(i) = side
                && i.class.lookup("__visit__").is_some()
            {
                return Ok(self.attr(side, "type")?);
            }
        }
        Ok(Value::None)
    }

    fn operand(
        &mut self,
        value: &Value,
        outer: &str,
        columns: Columns,
        ty: &Value,
        right: bool,
    ) -> Built<String> {
        let Value::Instance(instance) = value else {
            return self.literal(value, ty);
        };
        let visit = instance
            .class
            .lookup("__visit__")
            .and_then(|(v, _)| v.as_str());
        let text = match visit {
            Some(_) => self.render(value, columns)?,
            None => return self.literal(value, ty),
        };
        let inner = match visit.as_deref() {
            Some("binary" | "bool") => instance
                .get("op_")
                .and_then(|o| o.as_str())
                .map(|o| precedence(&o)),
            Some("select") => return Ok(format!("({text})")),
            Some("between" | "in") => Some(5),
            _ => None,
        };
        let same = instance
            .get("op_")
            .and_then(|o| o.as_str())
            .is_some_and(|o| &*o == outer);
        let natural = matches!(outer, "AND" | "OR" | "+" | "*" | "||");
        Ok(match inner {
            Some(p)
                if p < precedence(outer)
                    || (p == precedence(outer)
                        && !(same && natural)
                        && (right || !matches!(outer, "+" | "-" | "*" | "/"))) =>
            {
                format!("({text})")
            }
            _ => text,
        })
    }

    fn in_list(&mut self, value: &Value, left: &Value, columns: Columns) -> Built<String> {
        if let Value::Instance(i) = value {
            let visit = i.class.lookup("__visit__").and_then(|(v, _)| v.as_str());
            if visit.as_deref() == Some("bind") {
                let inner = i.get("value").unwrap_or(Value::None);
                return self.in_list(&inner, left, columns);
            }
            if visit.is_some() {
                let text = self.render(value, columns)?;
                return Ok(if text.starts_with('(') {
                    text
                } else {
                    format!("({text})")
                });
            }
        }
        let ty = match left {
            Value::Instance(_) => self.attr(left, "type")?,
            _ => Value::None,
        };
        let items = self.known_items(value)?;
        let mut parts = Vec::with_capacity(items.len());
        for item in &items {
            parts.push(self.operand(item, "IN", columns, &ty, true)?);
        }
        if parts.is_empty() {
            // SQLAlchemy renders an empty list as a query without rows.
            return Ok("(SELECT NULL WHERE 1!=1)".to_owned());
        }
        Ok(format!("({})", parts.join(", ")))
    }

    /// Renders the items of a list, or one expression.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn render_list(&mut self, value: &Value, columns: Columns) -> Built<String> {
        let items = match value {
            Value::List(_) | Value::Tuple(_) => self.known_items(value)?,
            other => vec![other.clone()],
        };
        let mut parts = Vec::with_capacity(items.len());
        for item in &items {
            parts.push(self.render(item, columns)?);
        }
        Ok(parts.join(", "))
    }

    fn case_text(
        &mut self,
        whens: &Value,
        value: &Value,
        other: &Value,
        columns: Columns,
    ) -> Built<String> {
        let mut out = String::from("CASE");
        if !value.is_none() {
            out.push(' ');
            out.push_str(&self.render(value, columns)?);
        }
        for pair in self.known_items(whens)? {
            let pair = self.known_items(&pair)?;
            let (Some(when), Some(then)) = (pair.first(), pair.get(1)) else {
                continue;
            };
            let when = self.render(when, columns)?;
            let then = self.render(then, columns)?;
            out.push_str(&format!(" WHEN ({when}) THEN {then}"));
        }
        if !other.is_none() {
            out.push_str(&format!(" ELSE {}", self.render(other, columns)?));
        }
        out.push_str(" END");
        Ok(out)
    }

    fn function_text(&mut self, name: &Value, args: &Value, columns: Columns) -> Built<String> {
        let name = self.text(name, "the name of the function")?;
        let inside = self.render_list(args, columns)?;
        let lower = name.to_lowercase();
        let bare = matches!(
            lower.as_str(),
            "current_date"
                | "current_time"
                | "current_timestamp"
                | "current_user"
                | "localtime"
                | "localtimestamp"
                | "session_user"
                | "user"
        );
        if bare && inside.is_empty() {
            return Ok(name.to_uppercase());
        }
        let written: Vec<String> = name.split('.').map(quote_function).collect();
        if lower == "count" && inside.is_empty() {
            return Ok("count(*)".to_owned());
        }
        Ok(format!("{}({inside})", written.join(".")))
    }

    /// Fills the parameters of a `text()` in, as literals; one without a value is NULL.
    ///
    /// # Errors
    /// A value is not known.
    pub fn bind_text(&mut self, text: &str, binds: &Value) -> Built<String> {
        let Some(pattern) = BIND.as_ref() else {
            return Ok(text.to_owned());
        };
        let mut out = String::with_capacity(text.len());
        let mut last = 0;
        while let Some(found) = pattern.captures_at(text, last) {
            let (Some(whole), Some(name)) = (found.get(0), found.get(2)) else {
                break;
            };
            let colon = name.start() - 1;
            out.push_str(text.get(last..colon).unwrap_or_default());
            let after = text.get(name.end()..).unwrap_or_default();
            last = whole.end();
            if after.starts_with(':') && !after.starts_with("::") {
                out.push(':');
                out.push_str(name.as_str());
                continue;
            }
            let pairs = match binds {
                Value::None => Vec::new(),
                other => self.pairs(other)?.unwrap_or_default(),
            };
            let value = pairs
                .into_iter()
                .find(|(k, _)| k.as_str().is_some_and(|k| &*k == name.as_str()))
                .map(|(_, v)| v);
            let literal = match value {
                Some(Value::Instance(i)) if i.is_a("BindParameter") => {
                    let value = i.get("value").unwrap_or(Value::None);
                    let ty = i.get("type").unwrap_or(Value::None);
                    if i.get("expanding").is_some_and(|e| e.is_true()) {
                        self.in_list(&value, &Value::None, Columns::Qualified)
                    } else {
                        self.literal(&value, &ty)
                    }
                }
                Some(Value::Tuple(t)) => {
                    let list = Value::Tuple(t);
                    self.in_list(&list, &Value::None, Columns::Qualified)
                }
                Some(value) => self.literal(&value, &Value::None),
                None => Ok("NULL".to_owned()),
            };
            match literal {
                Ok(literal) => out.push_str(&literal),
                Err(Fail::Unknown(u)) => {
                    // The rest of the statement is worth keeping.
                    out.push(HOLE);
                    out.push_str(text.get(last..).unwrap_or_default());
                    return Err(match self.unknown_text(&u, out.replace("\\:", ":")) {
                        Value::Unknown(u) => Fail::Unknown(u),
                        _ => Fail::Unknown(u),
                    });
                }
                Err(flow) => return Err(flow),
            }
        }
        out.push_str(text.get(last..).unwrap_or_default());
        Ok(out.replace("\\:", ":"))
    }
}

/// A function's name: only what is no name at all is quoted there, neither reserved words nor capitals.
fn quote_function(name: &str) -> String {
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    if plain { name.to_owned() } else { quote(name) }
}
