//! Tables with their columns, and views.

use super::{Catalog, bare_expression, name, pg_type};
use crate::ir::{Expr, Generated, QualName};
use crate::pg::Error;
use crate::pg::schema::{Column, Schema, Table, TableKind, View};

pub(super) fn tables(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    let rows = catalog.rows(
        "tables",
        "SELECT n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence = 'u',
           CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
           CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END,
           ARRAY(SELECT pn.nspname::text FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
                 JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid ORDER BY i.inhseqno),
           ARRAY(SELECT p.relname::text FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
                 WHERE i.inhrelid = c.oid ORDER BY i.inhseqno),
           c.relrowsecurity, obj_description(c.oid, 'pg_class'), c.relforcerowsecurity
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND {user} AND {own pg_class c.oid}
         ORDER BY c.oid",
    )?;
    for row in rows {
        let kind: String = row.get(2);
        let bound: Option<String> = row.get(5);
        let (schemas, names): (Vec<String>, Vec<String>) = (row.get(6), row.get(7));
        let mut parents: Vec<QualName> = schemas
            .iter()
            .zip(names)
            .map(|(schema, name)| QualName::qualified(Some(schema), name))
            .collect();
        let partition_of = match bound {
            Some(bound) => parents.pop().map(|parent| (parent, bound)),
            None => None,
        };
        let table = Table {
            kind: match kind.as_str() {
                "p" => TableKind::Partitioned,
                "f" => TableKind::Foreign,
                _ => TableKind::Table,
            },
            unlogged: row.get(3),
            partition_by: row.get(4),
            partition_of,
            inherits: parents,
            row_security: row.get(8),
            row_security_forced: row.get(10),
            comment: row.get(9),
            ..Table::default()
        };
        schema.tables.insert(name(&row, 0), table);
    }
    Ok(())
}

pub(super) fn columns(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    let rows = catalog.rows(
        "columns",
        "SELECT n.nspname::text, c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod),
           NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text,
           CASE WHEN a.attcollation <> t.typcollation THEN co.collname::text END,
           col_description(a.attrelid, a.attnum)
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_type t ON t.oid = a.atttypid
         LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         LEFT JOIN pg_collation co ON co.oid = a.attcollation
         WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND c.relpersistence <> 't'
           AND {user} ORDER BY c.oid, a.attnum",
    )?;
    for row in rows {
        let type_text: String = row.get(3);
        let expression: Option<String> = row.get(5);
        let (identity, generated): (String, String) = (row.get(6), row.get(7));
        let (default, generated) = match (expression, generated.as_str()) {
            (expression, "") => (expression.map(Expr), None),
            (Some(expression), kind) => {
                let generated = Generated {
                    expr: Expr::new(bare_expression(&expression)),
                    stored: kind == "s",
                };
                (None, Some(generated))
            }
            (None, _) => (None, None),
        };
        let column = Column {
            name: row.get(2),
            type_: pg_type(&type_text),
            declared: None,
            nullable: row.get(4),
            default,
            identity_always: match identity.as_str() {
                "a" => Some(true),
                "d" => Some(false),
                _ => None,
            },
            generated,
            collation: row.get(8),
            comment: row.get(9),
            origin: None,
        };
        if let Some(table) = schema.tables.get_mut(&name(&row, 0)) {
            table.columns.push(column);
        }
    }
    Ok(())
}

pub(super) fn views(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    let rows = catalog.rows(
        "views",
        "SELECT n.nspname::text, c.relname::text, c.relkind = 'm', pg_get_viewdef(c.oid), c.reloptions,
           obj_description(c.oid, 'pg_class')
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND {user} AND {own pg_class c.oid}
         ORDER BY c.oid",
    )?;
    for row in rows {
        let query: String = row.get(3);
        let options: Option<Vec<String>> = row.get(4);
        let view = View {
            materialized: row.get(2),
            query: query.trim().trim_end_matches(';').to_owned(),
            options: options.and_then(|o| view_options(&o)),
            comment: row.get(5),
            ..View::default()
        };
        schema.views.insert(name(&row, 0), view);
    }
    Ok(())
}

/// Options of a view as its statement says them: `WITH (..)` before the query, `WITH .. CHECK OPTION` after it.
fn view_options(options: &[String]) -> Option<String> {
    let mut plain = Vec::new();
    let mut check = None;
    for option in options {
        match option.strip_prefix("check_option=") {
            Some(kind) => check = Some(format!("WITH {} CHECK OPTION", kind.to_ascii_uppercase())),
            None => plain.push(option.as_str()),
        }
    }
    let with = (!plain.is_empty()).then(|| format!("WITH ({})", plain.join(", ")));
    let parts: Vec<String> = with.into_iter().chain(check).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}
