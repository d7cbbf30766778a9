//! What a column was before it is altered: what the script tells of it, and whether PostgreSQL turns its values into the new type.

use super::column::real_default;
use super::{Failure, Outcome, Replay};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Change, Expr, PriorColumn, QualName};
use crate::pg::casts::assignable;
use crate::pg::names::quote_ident;
use crate::pg::sql::ast::Node;
use crate::pg::sql::{parse_expr, print_expr};
use crate::pg::types::{BaseType, PgType};

impl Replay {
    /// Says where what a script tells of a column before the call is not what the history made of it.
    pub(super) fn compare_existing(
        &mut self,
        table: &QualName,
        column: &str,
        existing: &PriorColumn,
    ) {
        let told = existing.type_.as_deref();
        // Nothing needs the type to exist.
        let told = told.and_then(|sql| Some((sql, self.type_by_name(sql).ok()?)));
        let Some(found) = self.schema.table(table).and_then(|t| t.column(column)) else {
            return;
        };
        let mut differs = Vec::new();
        if let Some((sql, told)) = told
            && (told.base != found.type_.base
                || (!told.modifiers.is_empty() && told.modifiers != found.type_.modifiers))
        {
            let is = &found.type_;
            differs.push(format!("existing_type is {sql}, and the column is {is}"));
        }
        if let Some(nullable) = existing.nullable
            && nullable != found.nullable
        {
            let words = if found.nullable {
                "allows NULL"
            } else {
                "is NOT NULL"
            };
            let told = if nullable { "True" } else { "False" };
            differs.push(format!(
                "existing_nullable is {told}, and the column {words}"
            ));
        }
        let default = match (&existing.default, &found.default) {
            (Change::Unset, Some(_)) => Some("None".to_owned()),
            (Change::Set(told), is) => {
                let told_kept = real_default(Some(told));
                (told_kept.as_ref().map(plain) != is.as_ref().map(plain))
                    .then(|| told.sql().to_owned())
            }
            _ => None,
        };
        if let Some(told) = default {
            differs.push(match &found.default {
                Some(is) => format!(
                    "existing_server_default is {told}, and the default is {}",
                    is.sql()
                ),
                None => {
                    format!("existing_server_default is {told}, and the column has no default")
                }
            });
        }
        if let Change::Set(told) = &existing.comment
            && *told != found.comment.as_deref().unwrap_or_default()
        {
            differs.push(match &found.comment {
                Some(is) => format!("existing_comment is {told:?}, and the comment is {is:?}"),
                None => format!("existing_comment is {told:?}, and the column has no comment"),
            });
        }
        for what in differs {
            let message = format!("column {}.{column}: {what}", table.name);
            let diagnostic = Diagnostic::new(Code::ExistingDiffers, message);
            self.diagnostics.push(diagnostic.at(self.origin.clone()));
        }
    }

    /// A column takes another type: PostgreSQL asks for `USING` where no cast is taken for an assignment, and for another default where the
    /// default's has none.
    pub(super) fn need_cast(
        &mut self,
        table: &QualName,
        column: &str,
        new: &PgType,
        using: bool,
    ) -> Outcome {
        let before = self.column_mut(table, column)?.clone();
        if before.generated.is_some() {
            return Ok(());
        }
        if !using && assignable(&self.schema, &before.type_, new) == Some(false) {
            return self.tolerate(Failure {
                help: Some(format!(
                    "say how by postgresql_using=\"{}::{new}\" (USING); until then no run on PostgreSQL gets past it",
                    quote_ident(column)
                )),
                ..Failure::new(
                    Code::SqlRefused,
                    format!("column \"{column}\" cannot be cast automatically to type {new}"),
                )
            });
        }
        let kept = match before.default.as_ref().map(|d| parse_expr(d.sql())) {
            Some(Ok(Node::String(_))) => before.type_,
            Some(Ok(Node::Cast(_, type_))) => type_,
            Some(Ok(Node::Bool(_))) => PgType::new(BaseType::Boolean),
            Some(Ok(Node::Number(text))) if text.parse::<i32>().is_ok() => {
                PgType::new(BaseType::Integer)
            }
            _ => return Ok(()),
        };
        if assignable(&self.schema, &kept, new) == Some(false) {
            return self.tolerate(Failure {
                help: Some(
                    "drop the default before the change and set it again after it; until then no run on PostgreSQL gets past it"
                        .to_owned(),
                ),
                ..Failure::new(
                    Code::SqlRefused,
                    format!(
                        "default for column \"{column}\" cannot be cast automatically to type {new}"
                    ),
                )
            });
        }
        Ok(())
    }
}

/// A default without the casts around it, literals by their text: what a script repeats of it may be written in another way.
fn plain(expr: &Expr) -> String {
    let mut node = match parse_expr(expr.sql()) {
        Ok(node) => node,
        Err(_) => return expr.sql().to_owned(),
    };
    while let Node::Cast(inside, _) = node {
        node = *inside;
    }
    match node {
        Node::String(text) | Node::Number(text) => text,
        Node::Bool(value) => value.to_string(),
        other => print_expr(&other),
    }
}
