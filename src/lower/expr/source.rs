//! What stands in `FROM`: tables, views, common table expressions, subqueries, functions over items, joins.

use super::query::{Columns, renamed};
use super::scope::Scope;
use super::types::qualified;
use super::{Result, Translator, Ty};
use crate::ir::QualName;
use crate::lower::encoding::Encoding;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::{Call, FromItem, Node, Query};
use crate::sqlite::schema::{quote, quote_list};

/// Columns of a table-valued function, with their types where they are known.
type ItemColumns = Vec<(&'static str, Option<Ty>)>;

impl Translator<'_> {
    pub(super) fn source(
        &mut self,
        item: &FromItem,
        scope: &mut Scope,
        sep: &str,
    ) -> Result<String> {
        match item {
            FromItem::Table(name, alias) => self.table_source(name, alias.as_deref(), scope),
            FromItem::Query {
                query,
                alias,
                columns,
                lateral,
            } => {
                if *lateral {
                    return self.lateral(query, alias.as_deref(), columns, true, scope);
                }
                let (text, found) = self.subquery(query)?;
                let name = alias.clone().unwrap_or_default();
                if !columns.is_empty() {
                    return self.renamed_source(&text, found, &name, columns, scope);
                }
                for (column, ty) in found {
                    let sql = if name.is_empty() {
                        quote(&column)
                    } else {
                        qualified(&name, &column)
                    };
                    scope.add(&name, &column, sql, ty);
                }
                let alias = if name.is_empty() {
                    String::new()
                } else {
                    format!(" AS {}", quote(&name))
                };
                Ok(format!("({text}){alias}"))
            }
            FromItem::Function {
                call,
                alias,
                columns,
            } => self.function_source(call, alias.as_deref(), columns, scope),
            FromItem::Join {
                left,
                kind,
                right,
                on,
                using,
            } => {
                let left = self.source(left, scope, sep)?;
                if let FromItem::Query {
                    query,
                    alias,
                    columns,
                    lateral: true,
                } = &**right
                {
                    let always = using.is_empty()
                        && on.as_ref().is_none_or(|on| matches!(on, Node::Bool(true)));
                    let inner = match kind.as_str() {
                        "CROSS JOIN" | "JOIN" if always => true,
                        "LEFT JOIN" if always => false,
                        _ => return Err(format!("{kind} LATERAL with a condition has no equal")),
                    };
                    self.lateral(query, alias.as_deref(), columns, inner, scope)?;
                    return Ok(left);
                }
                let right = self.source(right, scope, sep)?;
                let mut text = format!("{left}{sep}{kind} {right}");
                if let Some(on) = on {
                    self.scopes.push(scope.clone());
                    let condition = self.condition(on);
                    self.scopes.pop();
                    text.push_str(&format!(" ON {}", condition?.text));
                }
                if !using.is_empty() {
                    text.push_str(&format!(" USING ({})", quote_list(using)));
                }
                Ok(text)
            }
        }
    }

    /// `LATERAL (SELECT ..)`, which sees the tables before it: each of its columns is an expression over them, if it gives a row at
    /// all times (an `inner` one has no FROM) or NULLs in place of none (`LEFT JOIN`, and at most one row). Nothing is added to FROM.
    fn lateral(
        &mut self,
        query: &Query,
        alias: Option<&str>,
        names: &[String],
        inner: bool,
        scope: &mut Scope,
    ) -> Result<String> {
        let select = &query.select;
        let one_row = matches!(&query.limit, Some(Node::Number(n)) if n == "1");
        let plain = query.with.is_empty()
            && query.compound.is_empty()
            && select.values.is_empty()
            && select.distinct_on.is_empty()
            && select.group_by.is_empty();
        let bare = select.from.is_empty() && select.filter.is_none() && query.limit.is_none();
        let single = plain && (bare || (!inner && one_row && query.offset.is_none()));
        if !single {
            return Err(
                "LATERAL has an equal for one row alone: expressions, or LEFT JOIN of a query with LIMIT 1".to_owned(),
            );
        }
        let name = alias.unwrap_or_default();
        let mut found = Vec::with_capacity(select.items.len());
        self.scopes.push(scope.clone());
        for (at, item) in select.items.iter().enumerate() {
            let mut one = query.clone();
            one.select.items = vec![item.clone()];
            let made = if bare {
                self.expr(&item.0)
                    .map(|sql| (format!("({})", sql.text), sql.ty, item.1.clone()))
            } else {
                self.subquery(&one).map(|(text, columns)| {
                    let column = columns.into_iter().next();
                    let (own, ty) = column.unwrap_or_default();
                    (format!("({text})"), ty, Some(own))
                })
            };
            let own = |own: Option<String>| {
                let given = names.get(at).cloned();
                given
                    .or(own)
                    .unwrap_or_else(|| super::query::column_name(&item.0))
            };
            found.push(made.map(|(sql, ty, called)| (own(called), sql, ty)));
        }
        self.scopes.pop();
        for column in found {
            let (column, sql, ty) = column?;
            scope.add(name, &column, sql, ty);
        }
        Ok(String::new())
    }

    /// `generate_series(a, b)` of whole numbers, by a common table expression (SQLite's own is an extension).
    fn series(&mut self, call: &Call) -> Result<(String, ItemColumns)> {
        let (from, to, step) = match call.args.as_slice() {
            [from, to] => (from, to, None),
            [from, to, step] => (from, to, Some(step)),
            _ => return Err("generate_series() of these arguments".to_owned()),
        };
        let mut parts = Vec::with_capacity(3);
        // A subquery in FROM sees no other tables.
        let scopes = std::mem::take(&mut self.scopes);
        for node in [Some(from), Some(to), step].into_iter().flatten() {
            let done = self.expr(node);
            parts.push(done);
        }
        self.scopes = scopes;
        let mut texts = Vec::with_capacity(3);
        for part in parts {
            let part = part?;
            if part.encoding() != Some(&Encoding::Integer) {
                return Err("generate_series() of anything but whole numbers".to_owned());
            }
            texts.push(part.at(super::level::ATOM));
        }
        let mut texts = texts.into_iter();
        let (from, to) = (
            texts.next().unwrap_or_default(),
            texts.next().unwrap_or_default(),
        );
        let step = texts.next().unwrap_or_else(|| "1".to_owned());
        let down = step.trim_start_matches('(').starts_with('-');
        if !down && step.parse::<u32>().is_err() {
            return Err("generate_series() with a computed step".to_owned());
        }
        let test = if down { ">=" } else { "<=" };
        let text = format!(
            "(WITH RECURSIVE decant_series (value) AS (SELECT {from} WHERE {from} {test} {to} UNION ALL SELECT value + {step} FROM decant_series \
             WHERE value + {step} {test} {to}) SELECT value FROM decant_series)"
        );
        Ok((text, vec![("value", Some(Ty::integer()))]))
    }

    /// A subquery with names for its columns: a common table expression inside it names them.
    fn renamed_source(
        &mut self,
        text: &str,
        found: Columns,
        name: &str,
        columns: &[String],
        scope: &mut Scope,
    ) -> Result<String> {
        let named = renamed(found, columns);
        let names: Vec<&String> = named.iter().map(|c| &c.0).collect();
        let out = format!(
            "(WITH decant_named ({}) AS ({text}) SELECT * FROM decant_named) AS {}",
            quote_list(&names),
            quote(name)
        );
        for (column, ty) in &named {
            scope.add(name, column, qualified(name, column), ty.clone());
        }
        Ok(out)
    }

    /// Functions that give a row for each item of a stored array or document.
    fn function_source(
        &mut self,
        call: &Node,
        alias: Option<&str>,
        columns: &[String],
        scope: &mut Scope,
    ) -> Result<String> {
        let Node::Call(call) = call else {
            return Err("a function in FROM has no equal".to_owned());
        };
        let alias = alias.unwrap_or(&call.name).to_owned();
        // The function sees the tables before it, as with LATERAL.
        self.scopes.push(scope.clone());
        let made = self.items_of(call);
        self.scopes.pop();
        let (text, parts) = made?;
        for (at, (sqlite, ty)) in parts.iter().enumerate() {
            let given = columns.get(at).cloned();
            // A function of one column gives it the name of the alias.
            let name = given.unwrap_or_else(|| match parts.len() {
                1 if *sqlite == "key"
                    || ["unnest", "generate_series"].contains(&call.name.as_str()) =>
                {
                    alias.clone()
                }
                _ => (*sqlite).to_owned(),
            });
            scope.add(&alias, &name, qualified(&alias, sqlite), ty.clone());
        }
        Ok(format!("{text} AS {}", quote(&alias)))
    }

    /// The table-valued function, and its columns in SQLite with their types.
    fn items_of(&mut self, call: &Call) -> Result<(String, ItemColumns)> {
        if call.name == "generate_series" {
            return self.series(call);
        }
        let [argument] = call.args.as_slice() else {
            return Err(format!("{}() in FROM has no equal", call.name));
        };
        let (ty, columns) = match call.name.as_str() {
            "unnest" => {
                let array = self.stored_array(argument)?;
                let element = array.ty.as_ref().map(|t| self.ty_of(&t.pg.element()));
                let plain = element.as_ref().is_some_and(|e| {
                    matches!(
                        e.encoding,
                        Encoding::Text | Encoding::Integer | Encoding::Bool
                    )
                });
                if !plain {
                    return Err("items of this type stand otherwise inside an array".to_owned());
                }
                (array, vec![("value", element)])
            }
            "jsonb_array_elements_text" | "json_array_elements_text" => {
                (self.document(argument)?, vec![("value", Some(Ty::text()))])
            }
            "jsonb_each_text" | "json_each_text" => (
                self.document(argument)?,
                vec![("key", Some(Ty::text())), ("value", Some(Ty::text()))],
            ),
            "jsonb_object_keys" | "json_object_keys" => {
                (self.document(argument)?, vec![("key", Some(Ty::text()))])
            }
            other => return Err(format!("{other}() in FROM has no equal")),
        };
        if columns.iter().any(|(n, _)| *n == "value") && call.name != "unnest" {
            self.note(
                Grade::Widened,
                "Booleans and nested documents inside are in SQLite's spelling.",
            );
        }
        Ok((format!("json_each({})", ty.text), columns))
    }

    pub(super) fn table_source(
        &mut self,
        name: &QualName,
        alias: Option<&str>,
        scope: &mut Scope,
    ) -> Result<String> {
        if name.schema.is_none()
            && let Some((_, columns)) = self.ctes.iter().rev().find(|(n, _)| *n == name.name)
        {
            let shown = alias.unwrap_or(&name.name);
            for (column, ty) in columns {
                scope.add(shown, column, qualified(shown, column), ty.clone());
            }
            return Ok(match alias {
                Some(alias) => format!("{} AS {}", quote(&name.name), quote(alias)),
                None => quote(&name.name),
            });
        }
        let sqlite = self
            .catalog
            .names
            .relation(name)
            .ok_or_else(|| format!("`{name}` is not in the new database"))?
            .to_owned();
        let qualifier = alias.unwrap_or(&name.name);
        let shown = alias.unwrap_or(&sqlite);
        if let Some(table) = self.catalog.tables.iter().find(|t| t.pg == *name) {
            self.places.push((shown.to_owned(), name.clone()));
            for column in &table.columns {
                let ty = Ty {
                    pg: column.pg_type.clone(),
                    encoding: column.encoding.clone(),
                };
                scope.add(
                    qualifier,
                    &column.pg,
                    qualified(shown, &column.sqlite),
                    Some(ty),
                );
            }
        } else if let Some(columns) = self.catalog.views.get(name) {
            for (column, ty) in columns {
                scope.add(qualifier, column, qualified(shown, column), ty.clone());
            }
        } else {
            return Err(format!(
                "the view `{name}`, which it reads, is not translated"
            ));
        }
        Ok(match alias {
            Some(alias) => format!("{} AS {}", quote(&sqlite), quote(alias)),
            None => quote(&sqlite),
        })
    }
}
