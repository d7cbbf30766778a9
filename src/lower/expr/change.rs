//! Statements that change rows, for the data steps of converted revisions.

use super::scope::Scope;
use super::types::qualified;
use super::{Note, Place, Result, Translator, Ty};
use crate::ir::ConstraintKind;
use crate::ir::QualName;
use crate::lower::{ColumnMap, TableMap};
use crate::pg::sql::ast::{Change, Delete, Insert, Node, OnConflict, Query, Update};
use crate::pg::sql::rewrite::rewrite;
use crate::sqlite::schema::{quote, quote_list};

fn is_default(node: &Node) -> bool {
    matches!(node, Node::Other(text) if text == "DEFAULT")
}

/// Whether a query stands in an expression.
fn has_query(node: &Node) -> bool {
    let mut found = false;
    let mut copy = node.clone();
    // Nothing is replaced, so nothing can fail.
    let _ = rewrite(&mut copy, &mut |node: &Node| {
        found |= matches!(
            node,
            Node::Subquery(_) | Node::Exists(_) | Node::InQuery { .. }
        );
        None
    });
    found
}

/// Whether a value takes the next number of a sequence, one for each row.
fn draws(node: &Node) -> bool {
    let mut found = false;
    let mut copy = node.clone();
    // Nothing is replaced, so nothing can fail.
    let _ = rewrite(&mut copy, &mut |node: &Node| {
        found |= matches!(node, Node::Call(call) if call.name == "nextval");
        None
    });
    found
}

fn is_literal(node: &Node) -> bool {
    match node {
        Node::String(_) | Node::Number(_) | Node::Null | Node::Bool(_) => true,
        Node::Unary(sign, inner) => sign == "-" && is_literal(inner),
        _ => false,
    }
}

fn ty_of(column: &ColumnMap) -> Ty {
    Ty {
        pg: column.pg_type.clone(),
        encoding: column.encoding.clone(),
    }
}

impl<'a> Translator<'a> {
    /// The statements that do the same where a condition holds, and what is not quite the same.
    pub(in crate::lower) fn change(
        mut self,
        change: &Change,
        guard: Option<&Node>,
    ) -> Result<(Vec<String>, Vec<Note>)> {
        if let Some(guard) = guard {
            // The condition is that of the trigger's row, whatever else the statement sees.
            self.guard = Some(self.condition(guard)?.at(super::level::AND));
        }
        let with = match change {
            Change::Insert(insert) => insert.with.as_slice(),
            Change::Update(update) => update.with.as_slice(),
            Change::Delete(delete) => delete.with.as_slice(),
            Change::Truncate(_) => &[],
        };
        let with = if with.is_empty() {
            String::new()
        } else if self.place == Place::Trigger {
            return Err("SQLite takes no WITH in front of a trigger's statement".to_owned());
        } else {
            format!("{} ", self.with(with, false, " ")?)
        };
        let mut statements = match change {
            Change::Insert(insert) => self.insert(insert, guard)?,
            Change::Update(update) => vec![self.update(update)?],
            Change::Delete(delete) => vec![self.delete(delete)?],
            Change::Truncate(tables) => {
                let names = tables.iter().map(|t| self.table(t).map(|t| &t.sqlite));
                let guard = self.filtered(None);
                names
                    .map(|name| Ok(format!("DELETE FROM {}{guard}", quote(name?))))
                    .collect::<Result<_>>()?
            }
        };
        for statement in &mut statements {
            statement.insert_str(0, &with);
        }
        Ok((statements, self.notes))
    }

    /// `WHERE` of a filter and the condition under which the statement stands.
    fn filtered(&self, filter: Option<super::Sql>) -> String {
        let parts: Vec<String> = match (filter, &self.guard) {
            (None, None) => return String::new(),
            (Some(filter), None) => vec![filter.text],
            (None, Some(guard)) => vec![guard.clone()],
            (Some(filter), Some(guard)) => vec![filter.at(super::level::AND), guard.clone()],
        };
        format!(" WHERE {}", parts.join(" AND "))
    }

    /// The table that a statement changes, as it and its columns are written: a trigger's statement gives it no alias
    /// (sqlite.org/lang_createtrigger.html, section 2.1).
    fn changed(
        &mut self,
        name: &QualName,
        alias: Option<&str>,
        scope: &mut Scope,
    ) -> Result<String> {
        let Some(alias) = alias.filter(|_| self.place == Place::Trigger) else {
            return self.table_source(name, alias, scope);
        };
        let mut own = Scope::default();
        let shown = self.table_source(name, None, &mut own)?;
        for column in own.columns {
            scope.add(alias, &column.name, column.sql, column.ty);
        }
        Ok(shown)
    }

    fn table(&self, name: &QualName) -> Result<&'a TableMap> {
        let tables = self.catalog.tables;
        tables
            .iter()
            .find(|t| t.pg == *name)
            .ok_or_else(|| format!("`{name}` is no table of the new database"))
    }

    fn target<'t>(table: &'t TableMap, column: &str) -> Result<&'t ColumnMap> {
        let found = table.columns.iter().find(|c| c.pg == column);
        found.ok_or_else(|| format!("`{}` has no column `{column}`", table.pg))
    }

    /// What a column's `DEFAULT` stands for.
    fn default_of(&self, table: &TableMap, column: &ColumnMap) -> Result<Node> {
        let pg = self.catalog.pg.tables.get(&table.pg);
        let pg = pg.and_then(|t| t.columns.iter().find(|c| c.name == column.pg));
        match pg.and_then(|c| c.default.as_ref()) {
            Some(default) => crate::pg::sql::parse_expr(default.sql()),
            None => Ok(Node::Null),
        }
    }

    fn insert(&mut self, insert: &Insert, guard: Option<&Node>) -> Result<Vec<String>> {
        let table = self.table(&insert.table)?;
        let columns: Vec<&ColumnMap> = if insert.columns.is_empty() {
            let width = insert
                .source
                .as_ref()
                .and_then(|s| match s.select.values.first() {
                    Some(row) => Some(row.len()),
                    None if s
                        .select
                        .items
                        .iter()
                        .any(|(n, _)| matches!(n, Node::Star(_))) =>
                    {
                        None
                    }
                    None => Some(s.select.items.len()),
                });
            let all = table.columns.iter().filter(|c| !c.generated);
            all.take(width.unwrap_or(usize::MAX)).collect()
        } else {
            let names = insert.columns.iter();
            names
                .map(|c| Self::target(table, c))
                .collect::<Result<_>>()?
        };
        let conflict = match &insert.on_conflict {
            Some(conflict) => self.on_conflict(table, conflict)?,
            None => String::new(),
        };
        let head = format!("INSERT INTO {}", quote(&table.sqlite));
        let Some(source) = &insert.source else {
            let (names, values) = self.insert_row(table, &[], &[])?;
            if !names.is_empty() {
                return Ok(vec![format!(
                    "{head} ({names}) VALUES ({values}){conflict}"
                )]);
            }
            if self.place == Place::Trigger {
                return Err("SQLite takes no DEFAULT VALUES in a trigger".to_owned());
            }
            return Ok(vec![format!("{head} DEFAULT VALUES{conflict}")]);
        };
        if source.select.values.is_empty() {
            let mut names: Vec<&String> = columns.iter().map(|c| &c.sqlite).collect();
            let query = self.insert_query(&columns, source, guard)?;
            let mut numbered = self.numbered(table);
            numbered.retain(|c| !columns.contains(c));
            if !numbered.is_empty() {
                let mut items = vec!["decant_rows.*".to_owned()];
                for column in numbered {
                    names.push(&column.sqlite);
                    let highest = Self::highest(table, column);
                    items.push(format!("{highest} + row_number() OVER ()"));
                }
                return Ok(vec![format!(
                    "{head} ({})\nSELECT {} FROM (\n{query}\n) AS decant_rows WHERE true{conflict}",
                    quote_list(&names),
                    items.join(", ")
                )]);
            }
            // Without WHERE, SQLite would read ON as part of a join (sqlite.org/lang_upsert.html, "Parsing Ambiguity").
            let ambiguous =
                !conflict.is_empty() && source.select.filter.is_none() && self.guard.is_none();
            let always = if ambiguous { " WHERE true" } else { "" };
            let query = if ambiguous
                && (!source.compound.is_empty()
                    || !source.select.group_by.is_empty()
                    || !source.order_by.is_empty()
                    || source.limit.is_some()
                    || source.offset.is_some())
            {
                format!("SELECT * FROM (\n{query}\n)")
            } else {
                query
            };
            return Ok(vec![format!(
                "{head} ({})\n{query}{always}{conflict}",
                quote_list(&names)
            )]);
        }
        let rows = &source.select.values;
        rows.iter().try_fold(Vec::new(), |mut out, row| {
            let (names, values) = self.insert_row(table, &columns, row)?;
            let guard = self.filtered(None);
            out.push(if names.is_empty() {
                if self.place == Place::Trigger {
                    return Err("SQLite takes no DEFAULT VALUES in a trigger".to_owned());
                }
                format!("{head} DEFAULT VALUES{conflict}")
            } else if guard.is_empty() {
                format!("{head} ({names}) VALUES ({values}){conflict}")
            } else {
                format!("{head} ({names}) SELECT {values}{guard}{conflict}")
            });
            Ok(out)
        })
    }

    /// Columns and values of a row; what takes its default is left out, but for numbers that SQLite does not give.
    fn insert_row(
        &mut self,
        table: &TableMap,
        columns: &[&ColumnMap],
        row: &[Node],
    ) -> Result<(String, String)> {
        if row.len() != columns.len() {
            return Err("a row has another number of values than the columns".to_owned());
        }
        let mut names = Vec::with_capacity(row.len());
        let mut values = Vec::with_capacity(row.len());
        for (column, value) in columns.iter().zip(row) {
            if is_default(value) || self.is_own_number(value, table, column) {
                continue;
            }
            names.push(&column.sqlite);
            values.push(self.assigned(value, &ty_of(column))?.text);
        }
        for column in self.numbered(table) {
            if !names.contains(&&column.sqlite) {
                names.push(&column.sqlite);
                values.push(format!("{} + 1", Self::highest(table, column)));
            }
        }
        Ok((quote_list(&names), values.join(", ")))
    }

    /// The query of an `INSERT`, each item in the form of its column.
    fn insert_query(
        &mut self,
        columns: &[&ColumnMap],
        source: &Query,
        guard: Option<&Node>,
    ) -> Result<String> {
        let mut query = source.clone();
        let compound = query.compound.iter_mut().map(|(_, select)| select);
        for select in std::iter::once(&mut query.select).chain(compound) {
            if let Some(guard) = guard {
                let guard = Box::new(guard.clone());
                select.filter = Some(match select.filter.take() {
                    Some(filter) => Node::Binary(Box::new(filter), "AND".to_owned(), guard),
                    None => *guard,
                });
            }
            for ((item, _), column) in select.items.iter_mut().zip(columns) {
                if is_literal(item) {
                    let literal = std::mem::replace(item, Node::Null);
                    *item = Node::Cast(Box::new(literal), column.pg_type.clone());
                }
            }
        }
        let (text, found) = self.subquery(&query)?;
        if found.len() != columns.len() {
            return Err("the query has another number of columns than the table".to_owned());
        }
        for ((name, ty), column) in found.iter().zip(columns) {
            let same = ty.as_ref().is_none_or(|ty| {
                let numbers = ty.encoding.is_number() && column.encoding.is_number();
                ty.encoding == column.encoding || numbers
            });
            if !same {
                return Err(format!(
                    "`{name}` of the query is stored in another form than `{}`",
                    column.pg
                ));
            }
        }
        Ok(text)
    }

    fn on_conflict(&mut self, table: &TableMap, conflict: &OnConflict) -> Result<String> {
        let mut own = Scope::default();
        self.table_source(&table.pg, None, &mut own)?;
        let mut target = Vec::new();
        for column in self.conflict_columns(table, conflict)? {
            target.push(match &column {
                Node::Column(path) if path.len() == 1 => {
                    let name = path.first().map_or("", String::as_str);
                    quote(&Self::target(table, name)?.sqlite)
                }
                _ => return Err("ON CONFLICT over an expression is not translated".to_owned()),
            });
        }
        let mut out = " ON CONFLICT".to_owned();
        if !target.is_empty() {
            out.push_str(&format!(" ({})", target.join(", ")));
        }
        if let Some(filter) = &conflict.target_filter {
            self.scopes.push(super::table_scope(table, None));
            let text = self.condition(filter);
            self.scopes.pop();
            out.push_str(&format!(" WHERE {}", text?.text));
        }
        let Some((set, filter)) = &conflict.update else {
            return Ok(out + " DO NOTHING");
        };
        for column in &table.columns {
            let sql = qualified("excluded", &column.sqlite);
            own.add("excluded", &column.pg, sql, Some(ty_of(column)));
        }
        self.scopes.push(own);
        let set = self.set(table, set);
        let filter = filter.as_ref().map(|f| self.condition(f)).transpose();
        self.scopes.pop();
        out.push_str(&format!(" DO UPDATE SET {}", set?));
        if let Some(filter) = filter? {
            out.push_str(&format!(" WHERE {}", filter.text));
        }
        Ok(out)
    }

    /// The columns that tell a conflict: those that were named, or those of the constraint.
    fn conflict_columns(&self, table: &TableMap, conflict: &OnConflict) -> Result<Vec<Node>> {
        let Some(name) = &conflict.constraint else {
            return Ok(conflict.target.clone());
        };
        let pg = self.catalog.pg.tables.get(&table.pg);
        let found = pg.and_then(|t| t.constraints.iter().find(|c| c.name() == name));
        let columns = match found.map(|c| &c.constraint.kind) {
            Some(ConstraintKind::PrimaryKey { columns, .. }) => columns,
            Some(ConstraintKind::Unique { columns, .. }) => columns,
            _ => return Err(format!("`{}` has no unique constraint `{name}`", table.pg)),
        };
        let nodes = columns.iter().map(|c| Node::Column(vec![c.clone()]));
        Ok(nodes.collect())
    }

    fn set(&mut self, table: &TableMap, set: &[(String, Node)]) -> Result<String> {
        let mut out = Vec::with_capacity(set.len());
        for (name, value) in set {
            let column = Self::target(table, name)?;
            let default;
            let value = if is_default(value) {
                default = self.default_of(table, column)?;
                &default
            } else {
                value
            };
            let text = self.assigned(value, &ty_of(column))?.text;
            out.push(format!("{} = {text}", quote(&column.sqlite)));
        }
        Ok(out.join(", "))
    }

    fn update(&mut self, update: &Update) -> Result<String> {
        let table = self.table(&update.table)?;
        if update
            .set
            .iter()
            .any(|(_, value)| self.may_read(value, &update.table) || draws(value))
        {
            return self.update_at_once(update, table);
        }
        let mut scope = Scope::default();
        let shown = self.changed(&update.table, update.alias.as_deref(), &mut scope)?;
        let mut from = Vec::with_capacity(update.from.len());
        for item in &update.from {
            let text = self.source(item, &mut scope, " ")?;
            from.extend(Some(text).filter(|t| !t.is_empty()));
        }
        self.scopes.push(scope);
        let mut out = format!("UPDATE {shown} SET {}", self.set(table, &update.set)?);
        if !from.is_empty() {
            out.push_str(&format!(" FROM {}", from.join(", ")));
        }
        let filter = update.filter.as_ref().map(|f| self.condition(f));
        self.scopes.pop();
        out.push_str(&self.filtered(filter.transpose()?));
        Ok(out)
    }

    /// A query that gives, for each row that an `UPDATE` changes, the values of some columns (by their SQLite names) before and
    /// after, under the given names.
    pub(in crate::lower) fn keys(
        mut self,
        update: &Update,
        columns: &[(String, (String, String))],
    ) -> Result<String> {
        let with = if update.with.is_empty() {
            String::new()
        } else {
            format!("{} ", self.with(&update.with, false, " ")?)
        };
        let table = self.table(&update.table)?;
        let mut scope = Scope::default();
        let alias = update.alias.as_deref();
        let mut from = vec![self.table_source(&update.table, alias, &mut scope)?];
        for item in &update.from {
            let text = self.source(item, &mut scope, " ")?;
            from.extend(Some(text).filter(|t| !t.is_empty()));
        }
        self.scopes.push(scope);
        let mut items = Vec::with_capacity(columns.len() * 2);
        for (name, (was, is)) in columns {
            let own = qualified(alias.unwrap_or(&table.sqlite), name);
            let set = update.set.iter().find_map(|(column, value)| {
                let column = Self::target(table, column).ok()?;
                (column.sqlite == *name).then_some((column, value))
            });
            let new = match set {
                Some((column, value)) if is_default(value) => {
                    let default = self.default_of(table, column)?;
                    self.assigned(&default, &ty_of(column))?.text
                }
                Some((column, value)) => self.assigned(value, &ty_of(column))?.text,
                None => own.clone(),
            };
            items.push(format!("{own} AS {was}, {new} AS {is}"));
        }
        let filter = update.filter.as_ref().map(|f| self.condition(f));
        self.scopes.pop();
        let filter = self.filtered(filter.transpose()?);
        Ok(format!(
            "{with}SELECT {} FROM {}{filter}",
            items.join(", "),
            from.join(", ")
        ))
    }

    /// Whether a value is a query that reads a table, itself or through a view or a common table expression.
    fn may_read(&self, value: &Node, table: &QualName) -> bool {
        has_query(value)
            && crate::pg::sql::tables_in(&format!("SELECT {}", crate::pg::sql::print_expr(value)))
                .iter()
                .any(|read| {
                    let same = read.name == table.name
                        && read.schema_or_default() == table.schema_or_default();
                    let view = self.catalog.pg.views.contains_key(read);
                    same || view || self.ctes.iter().any(|(name, _)| *name == read.name)
                })
    }

    /// An `UPDATE` whose values are queries over its own table. PostgreSQL computes them all over the rows as they were; SQLite would see
    /// the rows that it has updated already, so they are computed first, as the `FROM` of the update
    /// (sqlite.org/lang_update.html, section 2.2).
    fn update_at_once(&mut self, update: &Update, table: &TableMap) -> Result<String> {
        let mut scope = Scope::default();
        let alias = update.alias.as_deref();
        let mut from = vec![self.table_source(&update.table, alias, &mut scope)?];
        for item in &update.from {
            let text = self.source(item, &mut scope, " ")?;
            from.extend(Some(text).filter(|t| !t.is_empty()));
        }
        self.scopes.push(scope);
        let id = table
            .row_id()
            .ok_or("columns of the table have all names of the rowid")?;
        let mut items = vec![format!(
            "{} AS decant_row",
            qualified(alias.unwrap_or(&table.sqlite), id)
        )];
        let mut sets = Vec::with_capacity(update.set.len());
        for (at, (name, value)) in update.set.iter().enumerate() {
            let column = Self::target(table, name)?;
            let default;
            let value = if is_default(value) {
                default = self.default_of(table, column)?;
                &default
            } else {
                value
            };
            let text = self.assigned(value, &ty_of(column))?.text;
            items.push(format!("{text} AS decant_{}", at + 1));
            sets.push(format!(
                "{} = decant_new.decant_{}",
                quote(&column.sqlite),
                at + 1
            ));
        }
        let filter = update.filter.as_ref().map(|f| self.condition(f));
        self.scopes.pop();
        let filter = self.filtered(filter.transpose()?);
        Ok(format!(
            "UPDATE {0} SET {1} FROM (SELECT {2} FROM {3}{filter}) AS decant_new WHERE {4} = decant_new.decant_row",
            quote(&table.sqlite),
            sets.join(", "),
            items.join(", "),
            from.join(", "),
            qualified(&table.sqlite, id),
        ))
    }

    /// SQLite has no USING: whatever it joins moves into an EXISTS.
    fn delete(&mut self, delete: &Delete) -> Result<String> {
        let mut scope = Scope::default();
        let shown = self.changed(&delete.table, delete.alias.as_deref(), &mut scope)?;
        let mut using = Vec::with_capacity(delete.using.len());
        for item in &delete.using {
            let text = self.source(item, &mut scope, " ")?;
            using.extend(Some(text).filter(|t| !t.is_empty()));
        }
        self.scopes.push(scope);
        let filter = delete
            .filter
            .as_ref()
            .map(|f| self.condition(f))
            .transpose();
        self.scopes.pop();
        let filter = self.filtered(filter?);
        Ok(if using.is_empty() {
            format!("DELETE FROM {shown}{filter}")
        } else {
            let using = using.join(", ");
            format!("DELETE FROM {shown} WHERE EXISTS (SELECT 1 FROM {using}{filter})")
        })
    }
}
