//! `search_path`: where unqualified names go and where they are found, while it is not PostgreSQL's default.

use super::{Replay, ident};
use crate::ir::{OpKind, QualName, SqlStatement};
use crate::pg::sql::{NameKind, parse_script, qualify};

/// Schemas of a `SET search_path` list; quoted and string items keep their case.
fn names_in(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .map(|item| {
            let quoted = |q: char| item.strip_prefix(q).and_then(|t| t.strip_suffix(q));
            match quoted('"').or_else(|| quoted('\'')) {
                Some(inside) => inside.to_owned(),
                None => item.to_ascii_lowercase(),
            }
        })
        .filter(|n| !n.is_empty())
        .map(|n| ident(&n))
        .collect()
}

/// What a statement does to the `search_path`: nothing, the default again, or these schemas.
fn setting(sql: &str) -> Option<Option<Vec<String>>> {
    let text = sql.trim().trim_end_matches(';').trim();
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    match words.as_slice() {
        ["reset", "search_path" | "all"] | ["discard", "all"] => return Some(None),
        ["select", ..] if lower.contains("set_config") => {
            let call = text.get(lower.find("set_config")?..)?;
            let arguments = call.split_once('(')?.1;
            let mut parts = arguments.splitn(3, '\'');
            let (_, name, rest) = (parts.next()?, parts.next()?, parts.next()?);
            if !name.eq_ignore_ascii_case("search_path") {
                return None;
            }
            let value = rest.split_once('\'')?.1.split_once('\'')?.0;
            let names = names_in(value);
            return Some((!names.is_empty()).then_some(names));
        }
        ["set", ..] => {}
        _ => return None,
    }
    let rest = text.get(3..)?.trim_start();
    let rest = ["local", "session"]
        .iter()
        .find_map(|word| {
            let head = rest.get(..word.len())?;
            let tail = rest.get(word.len()..)?;
            (head.eq_ignore_ascii_case(word) && tail.starts_with(char::is_whitespace))
                .then(|| tail.trim_start())
        })
        .unwrap_or(rest);
    let (name, value) = rest.split_at(
        rest.find(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or(rest.len()),
    );
    let value = value.trim_start();
    let value = value
        .strip_prefix('=')
        .or_else(|| {
            value
                .get(..2)
                .filter(|t| t.eq_ignore_ascii_case("to"))
                .and(value.get(2..))
        })
        .unwrap_or(value)
        .trim();
    match name.to_ascii_lowercase().as_str() {
        "search_path" if value.eq_ignore_ascii_case("default") => Some(None),
        "search_path" | "schema" => {
            let names = names_in(value);
            Some((!names.is_empty()).then_some(names))
        }
        _ => None,
    }
}

impl Replay {
    /// Follows a `SET search_path`; says whether the statement was one.
    pub(super) fn follow_search_path(&mut self, sql: &str) {
        if let Some(path) = setting(sql) {
            let plain = path
                .as_deref()
                .is_none_or(|p| p.first().is_some_and(|s| s == "public"));
            // With `public` in front everything is as by default, but for what only other schemas of the path have.
            self.search_path = path.filter(|p| !plain || p.len() > 1);
        }
    }

    /// The schema that new objects go into; `None` is `public`.
    fn creation_schema(&self) -> Option<String> {
        self.search_path
            .as_ref()?
            .iter()
            .find(|s| *s == "public" || self.schema.schemas.contains_key(*s))
            .filter(|s| *s != "public")
            .cloned()
    }

    /// Where the path finds a name; `None` is `public`, or nowhere.
    fn found_in(&self, kind: NameKind, name: &str) -> Option<String> {
        for schema in self.search_path.as_ref()? {
            let full = QualName::qualified(Some(schema), name);
            let there = match kind {
                NameKind::Relation => self.temporary.contains(&full) || self.relation_exists(&full),
                NameKind::Type => self.type_exists(&full),
                NameKind::Function => self.schema.functions.iter().any(|f| f.name == full),
            };
            if there {
                return Some(schema.clone()).filter(|s| s != "public");
            }
        }
        None
    }

    /// The statement's ops with its names as the path means them.
    pub(super) fn qualify_statement(&self, statement: &mut SqlStatement) {
        if self.search_path.is_none() {
            return;
        }
        let first = self.creation_schema();
        let text = qualify(&statement.sql, first.as_deref(), &|kind, name| {
            self.found_in(kind, name)
        });
        if text != statement.sql {
            statement.ops = parse_script(&text)
                .into_iter()
                .flat_map(|s| s.ops)
                .collect();
        }
    }

    fn place(&self, name: &mut QualName) {
        if name.schema.is_none()
            && let Some(schema) = self.found_in(NameKind::Relation, &name.name)
        {
            name.schema = Some(schema);
        }
    }

    /// An operation that is no raw SQL, with its names as the path means them.
    pub(super) fn qualify_op(&self, kind: &mut OpKind) {
        if self.search_path.is_none() {
            return;
        }
        let make = |name: &mut QualName| {
            if name.schema.is_none() {
                name.schema = self.creation_schema();
            }
        };
        let keys = |constraint: &mut crate::ir::Constraint| {
            if let crate::ir::ConstraintKind::ForeignKey(key) = &mut constraint.kind {
                self.place(&mut key.ref_table);
            }
        };
        match kind {
            OpKind::CreateTable(op) => {
                for constraint in &mut op.constraints {
                    if let crate::ir::ConstraintKind::ForeignKey(key) = &mut constraint.kind {
                        if key.ref_table == op.name {
                            make(&mut key.ref_table);
                        } else {
                            self.place(&mut key.ref_table);
                        }
                    }
                }
                make(&mut op.name);
            }
            OpKind::DropTable(op) => self.place(&mut op.name),
            OpKind::RenameTable(op) => self.place(&mut op.name),
            OpKind::SetTableComment(op) => self.place(&mut op.table),
            OpKind::AddColumn(op) => {
                self.place(&mut op.table);
                op.constraints.iter_mut().for_each(keys);
            }
            OpKind::DropColumn(op) => self.place(&mut op.table),
            OpKind::AlterColumn(op) => self.place(&mut op.table),
            OpKind::AddConstraint(op) => {
                self.place(&mut op.table);
                keys(&mut op.constraint);
            }
            OpKind::DropConstraint(op) => self.place(&mut op.table),
            OpKind::CreateIndex(op) => self.place(&mut op.index.table),
            OpKind::DropIndex(op) => self.place(&mut op.name),
            OpKind::CreateEnum(op) => make(&mut op.name),
            OpKind::CreateSequence(op) => make(&mut op.name),
            OpKind::BulkInsert(op) => self.place(&mut op.table),
            OpKind::DropType(op) if op.name.schema.is_none() => {
                op.name.schema = self.found_in(NameKind::Type, &op.name.name);
            }
            OpKind::Data(op) => {
                if let Some(table) = &mut op.table {
                    self.place(table);
                }
            }
            _ => {}
        }
    }

    /// A type by the path.
    pub(super) fn type_by_path(&self, name: QualName) -> QualName {
        match self.found_in(NameKind::Type, &name.name) {
            Some(schema) if name.schema.is_none() => QualName::qualified(Some(&schema), name.name),
            _ => name,
        }
    }
}
