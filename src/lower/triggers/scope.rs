//! The names that a body sees, and what stands for them.

use super::body::Moment;
use super::look::{has_query, is_random, tables_of};
use super::path::State;
use crate::pg::sql::ast::{Call, Node};
use crate::pg::sql::rewrite::Rewrite;

/// The names that a body sees.
pub(super) struct Scope<'s> {
    pub moment: &'s Moment<'s>,
    pub state: &'s State,
    pub once: &'s mut Vec<Node>,
    /// Rows were changed since variables were read.
    pub changed: bool,
    /// One of those variables was used.
    pub stale: bool,
    /// Whether `pg_trigger_depth()` is asked for.
    pub asks_depth: &'s mut bool,
    /// Why something that was used has no equal.
    pub fault: Option<String>,
}

impl Scope<'_> {
    /// Why something that was used has no equal.
    pub fn fault(self) -> Result<(), String> {
        self.fault.map_or(Ok(()), Err)
    }

    /// A column of the new row that was set, as the row holds it.
    fn set(&mut self, column: &str) -> Option<Node> {
        let value = self.state.new.get(column)?.clone();
        if self.moment.entry.new.get(column) == Some(&value) {
            let how = if is_random(&value) {
                Some("a value that differs each time")
            } else if !self.moment.before && self.is_changed(&value) {
                Some("a query over rows that triggers change")
            } else {
                None
            };
            if let Some(how) = how {
                let why = format!("it reads `{column}`, which another trigger sets by {how}");
                self.fault.get_or_insert(why);
            }
        }
        Some(self.moment.facts.in_column(column, value))
    }

    /// Whether an expression reads rows that triggers change: asked again later, it may say something else.
    fn is_changed(&self, value: &Node) -> bool {
        let facts = self.moment.facts;
        tables_of(value)
            .iter()
            .any(|t| facts.is_changed(t, self.moment.table))
    }

    /// A BEFORE trigger runs before generated columns are computed.
    fn not_generated(&mut self, row: &str, column: Option<&str>) {
        let generated = &self.moment.facts.generated;
        let meant = column.map_or(!generated.is_empty(), |c| generated.iter().any(|g| g == c));
        if row == "new" && self.moment.before && meant {
            let why = "it reads a generated column before PostgreSQL has computed it";
            self.fault.get_or_insert_with(|| why.to_owned());
        }
    }

    /// The rows that an event does not have are NULL.
    fn has(&self, row: &str) -> bool {
        match row {
            "new" => self.moment.each_row && self.moment.event != "DELETE",
            _ => self.moment.each_row && self.moment.event != "INSERT",
        }
    }

    fn used(&mut self, node: &Node) -> Node {
        if is_random(node) {
            self.once.push(node.clone());
        }
        self.stale |= self.changed && has_query(node);
        node.clone()
    }

    fn column(&mut self, path: &[String]) -> Result<Option<Node>, String> {
        let text = |value: &str| Ok(Some(Node::String(value.to_owned())));
        match path {
            [row, column] if row == "new" || row == "old" => {
                if !self.has(row) {
                    return Ok(Some(Node::Null));
                }
                if !self.moment.columns.iter().any(|c| c == column) {
                    return Err(format!("it reads `{row}.{column}`, which is no column"));
                }
                if row == "new"
                    && !self.state.new.contains_key(column)
                    && let Some((trigger, _)) = self.moment.entry.unsure.get(column)
                {
                    return Err(format!(
                        "it reads `{column}`, which the trigger `{trigger}` sets for some statements alone"
                    ));
                }
                self.not_generated(row, Some(column));
                if row != "new" {
                    return Ok(None);
                }
                Ok(self.set(column).map(|node| self.used(&node)))
            }
            [row] if row == "new" || row == "old" => {
                if !self.has(row) {
                    return Ok(Some(Node::Null));
                }
                self.untouched(row)?;
                self.not_generated(row, None);
                Ok(Some(Node::Star(Some(row.clone()))))
            }
            [name] => match name.as_str() {
                "tg_op" => text(self.moment.event),
                "tg_name" => text(self.moment.name),
                "tg_table_name" | "tg_relname" => text(&self.moment.table.name),
                "tg_table_schema" => text(self.moment.table.schema.as_deref().unwrap_or("public")),
                "tg_when" => text(if self.moment.before {
                    "BEFORE"
                } else {
                    "AFTER"
                }),
                "tg_level" => text(if self.moment.each_row {
                    "ROW"
                } else {
                    "STATEMENT"
                }),
                "tg_nargs" => Ok(Some(Node::Number(self.moment.arguments.len().to_string()))),
                _ => Ok(self
                    .state
                    .variables
                    .get(name)
                    .cloned()
                    .map(|node| self.used(&node))),
            },
            _ => Ok(None),
        }
    }

    /// Whole rows are compared and copied as they were written.
    fn untouched(&self, row: &str) -> Result<(), String> {
        if row == "new" && !(self.state.new.is_empty() && self.moment.entry.unsure.is_empty()) {
            Err("its function uses the whole new row after it set a column".to_owned())
        } else {
            Ok(())
        }
    }
}

/// Why a variable that was read before rows were changed has no equal: SQLite would read it after them.
pub(super) const READ_AGAIN: &str = "its function uses what it read before it changed rows";

impl Rewrite for Scope<'_> {
    fn node(&mut self, node: &Node) -> Result<Option<Node>, String> {
        let found = self.replaced(node)?;
        if self.stale {
            return Err(READ_AGAIN.to_owned());
        }
        Ok(found)
    }

    fn star(&mut self, table: Option<&str>) -> Option<Vec<Node>> {
        self.whole_row(table)
    }
}

impl Scope<'_> {
    fn replaced(&mut self, node: &Node) -> Result<Option<Node>, String> {
        match node {
            Node::Column(path) => self.column(path),
            Node::Star(Some(row)) if row == "new" || row == "old" => {
                self.untouched(row)?;
                self.not_generated(row, None);
                Ok(None)
            }
            Node::Subscript(base, index) => {
                let (Node::Column(path), Node::Number(at)) = (base.as_ref(), index.as_ref()) else {
                    return Ok(None);
                };
                if path.as_slice() != ["tg_argv"] {
                    return Ok(None);
                }
                let argument = at
                    .parse()
                    .ok()
                    .and_then(|at: usize| self.moment.arguments.get(at));
                Ok(Some(
                    argument.map_or(Node::Null, |a| Node::String(a.clone())),
                ))
            }
            Node::Call(call) if call.name == "pg_trigger_depth" => {
                *self.asks_depth = true;
                Ok(Some(Node::Number(self.moment.depth.to_string())))
            }
            Node::Call(call) => self.row_as_json(call),
            _ => Ok(None),
        }
    }

    fn whole_row(&mut self, table: Option<&str>) -> Option<Vec<Node>> {
        let row = table.filter(|t| *t == "new" || *t == "old")?;
        self.not_generated(row, None);
        let columns = self.moment.columns.iter();
        let value = |c: &String| {
            let set = if row == "new" { self.set(c) } else { None };
            match set {
                Some(set) => set,
                None if self.has(row) => Node::Column(vec![row.to_owned(), c.clone()]),
                None => Node::Null,
            }
        };
        Some(columns.map(value).collect())
    }
}

impl Scope<'_> {
    /// `to_jsonb(NEW)` and `row_to_json(NEW)`: an object of the row's columns.
    fn row_as_json(&mut self, call: &Call) -> Result<Option<Node>, String> {
        let row = match (call.name.as_str(), call.args.as_slice()) {
            ("to_jsonb" | "to_json" | "row_to_json", [Node::Column(path)]) => match path.as_slice()
            {
                [row] if row == "new" || row == "old" => row.clone(),
                _ => return Ok(None),
            },
            ("to_jsonb" | "to_json" | "row_to_json", [Node::Star(Some(row))])
                if row == "new" || row == "old" =>
            {
                row.clone()
            }
            _ => return Ok(None),
        };
        if !self.has(&row) {
            return Ok(Some(Node::Null));
        }
        let values = self.whole_row(Some(&row)).unwrap_or_default();
        let args = self
            .moment
            .columns
            .iter()
            .zip(values)
            .flat_map(|(name, value)| [Node::String(name.clone()), value])
            .collect();
        let name = if call.name == "to_jsonb" {
            "jsonb_build_object"
        } else {
            "json_build_object"
        };
        Ok(Some(Node::Call(Box::new(Call {
            name: name.to_owned(),
            args,
            ..Call::default()
        }))))
    }
}
