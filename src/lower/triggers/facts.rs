//! What a trigger function may know of the schema: the types of its table's columns and of its variables.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::ir::QualName;
use crate::pg::schema::{Schema, Trigger};
use crate::pg::sql::ast::{Change, Node};
use crate::pg::sql::{DoStatement, parse_body, parse_change};
use crate::pg::types::{BaseType, PgType};

/// The schema as one table's triggers see it.
#[derive(Debug, Clone)]
pub(super) struct Facts<'a> {
    pub pg: &'a Schema,
    /// Types of the table's columns.
    pub types: IndexMap<String, PgType>,
    /// Columns that are generated, which a BEFORE trigger does not see.
    pub generated: Vec<String>,
    /// Tables with triggers, and tables whose rows those change.
    pub changed: Arc<[(QualName, QualName)]>,
}

/// Tables with triggers, and tables whose rows the functions of those change.
pub(super) fn changed_by_triggers(pg: &Schema) -> Vec<(QualName, QualName)> {
    fn collect(statements: &[DoStatement], out: &mut Vec<QualName>) {
        for statement in statements {
            match statement {
                DoStatement::Sql(sql) => match parse_change(&sql.sql) {
                    Ok(Change::Insert(insert)) => out.push(insert.table),
                    Ok(Change::Update(update)) => out.push(update.table),
                    Ok(Change::Delete(delete)) => out.push(delete.table),
                    Ok(Change::Truncate(tables)) => out.extend(tables),
                    Err(_) => {}
                },
                DoStatement::If(branches) => {
                    branches.iter().for_each(|(_, body)| collect(body, out));
                }
                DoStatement::Block(body, _) => collect(body, out),
                _ => {}
            }
        }
    }
    let mut out = Vec::new();
    for function in &pg.functions {
        let calls = |t: &&Trigger| t.definition.function == function.name;
        let mut changed = Vec::new();
        for trigger in pg.triggers.iter().filter(calls) {
            if changed.is_empty() {
                // What has other statements has no equal as a whole.
                let body = parse_body(&function.body).unwrap_or_default();
                collect(&body, &mut changed);
            }
            let table = &trigger.definition.table;
            out.extend(changed.iter().map(|c| (table.clone(), c.clone())));
        }
    }
    out
}

impl Facts<'_> {
    /// Whether triggers change rows of a table while those of another one run.
    pub fn is_changed(&self, table: &QualName, running_on: &QualName) -> bool {
        let mut reached = vec![running_on];
        let mut at = 0;
        while let Some(from) = reached.get(at).copied() {
            let next = self.changed.iter().filter(|(on, _)| on == from);
            for (_, changed) in next {
                if changed == table {
                    return true;
                }
                if !reached.contains(&changed) {
                    reached.push(changed);
                }
            }
            at += 1;
        }
        self.pg.views.contains_key(table)
    }

    /// The type of a declaration; none for records.
    pub fn type_named(&self, text: &str) -> Option<PgType> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        if let Some(path) = lower.strip_suffix("%type") {
            let path = text.get(..path.len())?;
            let (table, column) = path.trim().rsplit_once('.')?;
            let table = match table.split_once('.') {
                Some((schema, name)) => QualName::qualified(Some(schema), name),
                None => QualName::new(table),
            };
            let table = self.pg.tables.get(&table)?;
            return table.column(column).map(|c| c.type_.clone());
        }
        if lower == "record" || lower.ends_with("%rowtype") {
            return None;
        }
        let type_ = PgType::parse(text).ok()?;
        let known = match type_.user_defined() {
            Some(name) => self.pg.enums.contains_key(&name) || self.pg.domains.contains_key(&name),
            None => true,
        };
        known.then_some(type_)
    }

    /// A value as what it is assigned to holds it.
    pub fn typed(&self, value: Node, to: &PgType) -> Node {
        let whole = |digits: &str| digits.chars().all(|c| c.is_ascii_digit());
        let same = match &value {
            Node::Null => true,
            Node::Bool(_) => to.base == BaseType::Boolean && !to.array,
            Node::Number(digits) => to.is_integer() && whole(digits),
            Node::String(_) => !to.array && matches!(to.base, BaseType::Text | BaseType::Varchar),
            Node::Cast(_, type_) => type_ == to,
            Node::Column(path) => match path.as_slice() {
                [row, column] if row == "new" || row == "old" => {
                    self.types.get(column).is_some_and(|own| own == to)
                }
                _ => false,
            },
            _ => false,
        };
        if same {
            value
        } else {
            Node::Cast(Box::new(value), to.clone())
        }
    }

    /// A value as the column that it is assigned to holds it: it fits, or the row is refused.
    pub fn in_column(&self, column: &str, value: Node) -> Node {
        let Some(type_) = self.types.get(column) else {
            return value;
        };
        let mut type_ = type_.clone();
        if type_.base == BaseType::Varchar {
            type_.modifiers.clear();
        }
        self.typed(value, &type_)
    }
}
