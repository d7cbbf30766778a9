//! Constraints of tables.

use postgres::Row;

use super::{Catalog, bare_expression, name};
use crate::ir::{Constraint, ConstraintKind, Expr, ForeignKey, ReferentialAction};
use crate::pg::Error;
use crate::pg::schema::{Schema, TableConstraint};

/// Columns that newer versions have are asked for through `to_jsonb`, which is silent where they are missing. A foreign key
/// to a partitioned table has a row for each partition, too; those are not the user's.
const SQL: &str = "SELECT n.nspname::text, c.relname::text, k.conname::text, k.contype::text,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(num, ord)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.ord),
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(num, ord)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num
             WHERE u.ord > i.indnkeyatts ORDER BY u.ord),
       coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false),
       rn.nspname::text, rc.relname::text,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(num, ord)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.ord),
       k.confdeltype::text, k.confupdtype::text, k.confmatchtype = 'f',
       ARRAY(SELECT a.attname::text FROM jsonb_array_elements_text(
               CASE jsonb_typeof(to_jsonb(k) -> 'confdelsetcols') WHEN 'array' THEN to_jsonb(k) -> 'confdelsetcols'
               ELSE '[]' END) WITH ORDINALITY u(num, ord)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num::int ORDER BY u.ord),
       CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END, k.connoinherit,
       k.condeferrable, k.condeferred, NOT k.convalidated, obj_description(k.oid, 'pg_constraint'),
       am.amname::text,
       CASE WHEN k.contype = 'x' THEN ARRAY(SELECT pg_get_indexdef(k.conindid, g, false)
             FROM generate_series(1, i.indnkeyatts::int) g ORDER BY g) END,
       CASE WHEN k.contype = 'x' THEN ARRAY(SELECT CASE WHEN pn.nspname = 'pg_catalog' THEN o.oprname::text
               ELSE format('OPERATOR(%I.%s)', pn.nspname, o.oprname) END
             FROM unnest(k.conexclop) WITH ORDINALITY u(op, ord) JOIN pg_operator o ON o.oid = u.op
             JOIN pg_namespace pn ON pn.oid = o.oprnamespace ORDER BY u.ord) END,
       pg_get_expr(i.indpred, i.indrelid)
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_class rc ON rc.oid = k.confrelid LEFT JOIN pg_namespace rn ON rn.oid = rc.relnamespace
     LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
     LEFT JOIN pg_class ic ON ic.oid = i.indexrelid LEFT JOIN pg_am am ON am.oid = ic.relam
     WHERE c.relkind IN ('r', 'p', 'f') AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND c.relpersistence <> 't'
       AND {user}
       AND NOT (k.contype = 'f' AND EXISTS (SELECT FROM pg_constraint up
                WHERE up.oid = k.conparentid AND up.conrelid = k.conrelid))
     ORDER BY c.oid, k.oid";

pub(super) fn constraints(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    for row in catalog.rows("constraints", SQL)? {
        let Some(kind) = kind(&row) else {
            continue;
        };
        let mut constraint = Constraint::new(row.get(2), kind);
        constraint.deferrable = row.get(16);
        constraint.initially_deferred = row.get(17);
        constraint.not_valid = row.get(18);
        constraint.comment = row.get(19);
        if let Some(table) = schema.tables.get_mut(&name(&row, 0)) {
            table.constraints.push(TableConstraint {
                constraint,
                origin: None,
            });
        }
    }
    Ok(())
}

fn kind(row: &Row) -> Option<ConstraintKind> {
    let code: String = row.get(3);
    let columns: Vec<String> = row.get(4);
    let include: Vec<String> = row.get(5);
    Some(match code.as_str() {
        "p" => ConstraintKind::PrimaryKey {
            columns,
            include,
            using_index: None,
        },
        "u" => ConstraintKind::Unique {
            columns,
            include,
            nulls_not_distinct: row.get(6),
            using_index: None,
        },
        "f" => ConstraintKind::ForeignKey(ForeignKey {
            columns,
            ref_table: name(row, 7),
            ref_columns: row.get(9),
            on_delete: action(row.get(10)),
            on_update: action(row.get(11)),
            on_delete_columns: row.get(13),
            match_full: row.get(12),
        }),
        "c" => {
            let expr: String = row.get(14);
            ConstraintKind::Check {
                expr: Expr::new(bare_expression(&expr)),
                no_inherit: row.get(15),
            }
        }
        "x" => {
            let parts: Vec<String> = row.get(21);
            let operators: Vec<String> = row.get(22);
            let predicate: Option<String> = row.get(23);
            ConstraintKind::Exclude {
                method: row.get(20),
                elements: parts.into_iter().zip(operators).collect(),
                predicate: predicate.map(|p| Expr::new(bare_expression(&p))),
            }
        }
        _ => return None,
    })
}

/// `confdeltype` and `confupdtype` of `pg_constraint`.
fn action(code: String) -> ReferentialAction {
    match code.as_str() {
        "r" => ReferentialAction::Restrict,
        "c" => ReferentialAction::Cascade,
        "n" => ReferentialAction::SetNull,
        "d" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}
