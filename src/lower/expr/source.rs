//! What stands in `FROM`: tables, views, common table expressions, subqueries, functions over items, joins.

use super::query::{Columns, renamed};
use super::scope::Scope;
use super::types::qualified;
use super::{Result, Translator, Ty};
use crate::ir::QualName;
use crate::lower::encoding::Encoding;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::{Call, FromItem, Node};
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
                    return Err("LATERAL has no equal".to_owned());
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
                1 if *sqlite == "key" || call.name == "unnest" => alias.clone(),
                _ => (*sqlite).to_owned(),
            });
            scope.add(&alias, &name, qualified(&alias, sqlite), ty.clone());
        }
        Ok(format!("{text} AS {}", quote(&alias)))
    }

    /// The table-valued function, and its columns in SQLite with their types.
    fn items_of(&mut self, call: &Call) -> Result<(String, ItemColumns)> {
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
