//! Indexes that no constraint stands behind.

use indexmap::IndexMap;
use postgres::Row;

use super::{Catalog, bare_expression, name};
use crate::ir::{Expr, Index, IndexKey, IndexPart, QualName};
use crate::pg::Error;
use crate::pg::schema::{Schema, TableIndex};

/// Arrays with one item per key part: column name (NULL for an expression), its text, operator class (NULL for the type's
/// default), collation (NULL for the column's own), bits of `indoption`.
const SQL: &str = "SELECT n.nspname::text, c.relname::text, ic.relname::text, i.indisunique, am.amname::text,
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(num, ord)
             LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num AND u.num <> 0
             WHERE u.ord <= i.indnkeyatts ORDER BY u.ord),
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, g, false) FROM generate_series(1, i.indnkeyatts::int) g ORDER BY g),
       ARRAY(SELECT CASE WHEN oc.opcdefault AND ia.attoptions IS NULL THEN NULL ELSE oc.opcname::text
               || coalesce('(' || array_to_string(ia.attoptions, ', ') || ')', '') END
             FROM unnest(i.indclass::oid[]) WITH ORDINALITY u(class, ord) JOIN pg_opclass oc ON oc.oid = u.class
             JOIN pg_attribute ia ON ia.attrelid = i.indexrelid AND ia.attnum = u.ord ORDER BY u.ord),
       ARRAY(SELECT CASE WHEN u.coll <> coalesce(a.attcollation, t.typcollation) THEN co.collname::text END
             FROM unnest(i.indcollation::oid[]) WITH ORDINALITY u(coll, ord)
             JOIN pg_attribute ia ON ia.attrelid = i.indexrelid AND ia.attnum = u.ord JOIN pg_type t ON t.oid = ia.atttypid
             LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = (i.indkey::int2[])[(u.ord - 1)::int] AND a.attnum > 0
             LEFT JOIN pg_collation co ON co.oid = u.coll ORDER BY u.ord),
       i.indoption::int2[],
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(num, ord)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num
             WHERE u.ord > i.indnkeyatts ORDER BY u.ord),
       pg_get_expr(i.indpred, i.indrelid), coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false),
       ic.reloptions, obj_description(ic.oid, 'pg_class')
     FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am am ON am.oid = ic.relam
     WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND (i.indisvalid OR c.relkind = 'p')
       AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
       AND {user} ORDER BY c.oid, ic.oid";

pub(super) fn indexes(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    for row in catalog.rows("indexes", SQL)? {
        let table = name(&row, 0);
        let index = TableIndex {
            index: index(&row, &table),
            origin: None,
        };
        if let Some(table) = schema.tables.get_mut(&table) {
            table.indexes.push(index);
        } else if let Some(view) = schema.views.get_mut(&table) {
            view.indexes.push(index);
        }
    }
    Ok(())
}

fn index(row: &Row, table: &QualName) -> Index {
    let method: String = row.get(4);
    let predicate: Option<String> = row.get(11);
    let options: Option<Vec<String>> = row.get(13);
    let with: IndexMap<String, String> = options
        .unwrap_or_default()
        .iter()
        .filter_map(|o| o.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    Index {
        name: row.get(2),
        table: table.clone(),
        parts: parts(row),
        unique: row.get(3),
        method: Some(method).filter(|m| m != "btree"),
        predicate: predicate.map(|p| Expr::new(bare_expression(&p))),
        include: row.get(10),
        nulls_not_distinct: row.get(12),
        with,
        comment: row.get(14),
    }
}

fn parts(row: &Row) -> Vec<IndexPart> {
    let columns: Vec<Option<String>> = row.get(5);
    let texts: Vec<String> = row.get(6);
    let classes: Vec<Option<String>> = row.get(7);
    let collations: Vec<Option<String>> = row.get(8);
    let options: Vec<i16> = row.get(9);
    let mut parts = Vec::with_capacity(columns.len());
    for (i, (column, text)) in columns.into_iter().zip(texts).enumerate() {
        let bits = options.get(i).copied().unwrap_or_default();
        // INDOPTION_DESC and INDOPTION_NULLS_FIRST; descending order has NULLs first unless said.
        let (descending, nulls_first) = (bits & 1 != 0, bits & 2 != 0);
        parts.push(IndexPart {
            key: match column {
                Some(column) => IndexKey::Column(column),
                None => IndexKey::Expr(Expr::new(bare_expression(&text))),
            },
            descending,
            nulls_first: Some(nulls_first).filter(|first| *first != descending),
            opclass: classes.get(i).cloned().flatten(),
            collation: collations.get(i).cloned().flatten(),
        });
    }
    parts
}
