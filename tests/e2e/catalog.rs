//! A PostgreSQL database's definitions as sorted lines `KIND NAME {facts}`, so that two databases are compared by text. What
//! is null, false or empty is left out. Alembic's version tables, objects of extensions and privileges are not looked at.

use std::collections::BTreeMap;

use serde_json::Value;

/// Each query gives the kind, the name and a JSON object.
const QUERIES: &[&str] = &[
    "SELECT 'schema', n.nspname, json_build_object('comment', obj_description(n.oid, 'pg_namespace'))
     FROM pg_namespace n WHERE {n} AND n.nspname <> 'public'",
    "SELECT 'extension', e.extname, json_build_object('schema', e.extnamespace::regnamespace::text)
     FROM pg_extension e WHERE e.extname <> 'plpgsql'",
    "SELECT 'enum', n.nspname || '.' || t.typname, json_build_object(
        'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
        'comment', obj_description(t.oid, 'pg_type'))
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE t.typtype = 'e' AND {n} AND {no_extension(pg_type, t)}",
    "SELECT 'domain', n.nspname || '.' || t.typname, json_build_object(
        'type', format_type(t.typbasetype, t.typtypmod), 'not_null', t.typnotnull, 'default', t.typdefault,
        'constraints', (SELECT json_agg(json_build_object('name', c.conname, 'def', pg_get_constraintdef(c.oid))
                                        ORDER BY c.conname) FROM pg_constraint c WHERE c.contypid = t.oid))
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE t.typtype = 'd' AND {n} AND {no_extension(pg_type, t)}",
    "SELECT 'sequence', n.nspname || '.' || c.relname, json_build_object(
        'type', format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment', s.seqincrement, 'cycle', s.seqcycle,
        'owned_by', (SELECT tc.relname || '.' || ta.attname || CASE d.deptype WHEN 'i' THEN ' (identity)' ELSE '' END
             FROM pg_depend d JOIN pg_class tc ON tc.oid = d.refobjid
             JOIN pg_attribute ta ON ta.attrelid = tc.oid AND ta.attnum = d.refobjsubid
             WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
               AND d.deptype IN ('a', 'i') LIMIT 1))
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence s ON s.seqrelid = c.oid
     WHERE c.relkind = 'S' AND {n} AND {no_extension(pg_class, c)}",
    "SELECT 'table', n.nspname || '.' || c.relname, json_build_object(
        'kind', CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned' ELSE 'foreign' END,
        'unlogged', c.relpersistence = 'u',
        'parents', (SELECT json_agg(i.inhparent::regclass::text ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid),
        'partition_bound', pg_get_expr(c.relpartbound, c.oid),
        'partition_key', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
        'row_security', c.relrowsecurity, 'comment', obj_description(c.oid, 'pg_class'))
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'f') AND {n} AND {no_extension(pg_class, c)} AND {not_alembic}",
    "SELECT 'column', n.nspname || '.' || c.relname || '.' || a.attname, json_build_object(
        'ordinal', row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum),
        'type', format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull,
        'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
        'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'collation', CASE WHEN a.attcollation <> t.typcollation THEN co.collname END,
        'comment', col_description(a.attrelid, a.attnum))
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     LEFT JOIN pg_collation co ON co.oid = a.attcollation
     WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND {n} AND {no_extension(pg_class, c)}
       AND {not_alembic}",
    "SELECT 'constraint', n.nspname || '.' || c.relname || '.' || k.conname, json_build_object(
        'def', pg_get_constraintdef(k.oid), 'comment', obj_description(k.oid, 'pg_constraint'))
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND {n} AND {no_extension(pg_class, c)} AND {not_alembic}",
    "SELECT 'index', n.nspname || '.' || c.relname || '.' || ic.relname, json_build_object(
        'def', pg_get_indexdef(i.indexrelid), 'invalid', NOT i.indisvalid, 'comment', obj_description(ic.oid, 'pg_class'))
     FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm') AND {n} AND {no_extension(pg_class, c)} AND {not_alembic}
       AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))",
    "SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, n.nspname || '.' || c.relname,
        json_build_object('def', pg_get_viewdef(c.oid), 'comment', obj_description(c.oid, 'pg_class'))
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('v', 'm') AND {n} AND {no_extension(pg_class, c)}",
    "SELECT 'function', n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
        json_build_object('def', CASE WHEN p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) END)
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {n} AND {no_extension(pg_proc, p)}",
    "SELECT 'trigger', n.nspname || '.' || c.relname || '.' || t.tgname,
        json_build_object('def', pg_get_triggerdef(t.oid), 'disabled', t.tgenabled = 'D')
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal AND {n} AND {no_extension(pg_class, c)}",
];

fn expand(query: &str) -> String {
    let mut text = query
        .replace(
            "{n}",
            "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'",
        )
        .replace("{not_alembic}", "c.relname NOT LIKE 'alembic\\_version%'");
    for (class, alias) in [("pg_type", "t"), ("pg_class", "c"), ("pg_proc", "p")] {
        text = text.replace(
            &format!("{{no_extension({class}, {alias})}}"),
            &format!(
                "NOT EXISTS (SELECT 1 FROM pg_depend x WHERE x.classid = '{class}'::regclass AND x.objid = {alias}.oid AND x.deptype = 'e')"
            ),
        );
    }
    text
}

/// A line of the catalog; facts that are null, false or empty are left out.
pub fn line(kind: &str, name: &str, facts: &Value) -> String {
    let mut kept = BTreeMap::new();
    for (fact, value) in facts.as_object().into_iter().flatten() {
        let empty = match value {
            Value::Null | Value::Bool(false) => true,
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        if !empty {
            kept.insert(fact, value);
        }
    }
    let facts = serde_json::to_string(&kept).expect("JSON can be written");
    format!("{kind} {name} {facts}")
}

/// The catalog of a database.
pub fn read(url: &str) -> Vec<String> {
    let mut client = crate::support::connect(url);
    client
        .batch_execute("SET search_path = public")
        .expect("a setting");
    let mut lines = Vec::new();
    for query in QUERIES {
        let sql = expand(query);
        let wrapped = format!("SELECT q.k::text, q.n::text, q.f::text FROM ({sql}) AS q(k, n, f)");
        let rows = client
            .query(&wrapped, &[])
            .unwrap_or_else(|e| panic!("{wrapped}: {e:?}"));
        for row in rows {
            let facts: String = row.get(2);
            let facts = serde_json::from_str(&facts).expect("PostgreSQL writes JSON");
            lines.push(line(row.get(0), row.get(1), &facts));
        }
    }
    lines.sort();
    lines
}

/// What differs between two catalogs, a line each; empty when nothing does.
pub fn difference(expected: &[String], actual: &[String]) -> Vec<String> {
    let missing = expected.iter().filter(|l| !actual.contains(l));
    let extra = actual.iter().filter(|l| !expected.contains(l));
    missing
        .map(|l| format!("- {l}"))
        .chain(extra.map(|l| format!("+ {l}")))
        .collect()
}

/// Fails the test with the lines that differ.
#[track_caller]
pub fn assert_equal(expected: &[String], actual: &[String], what: &str) {
    let difference = difference(expected, actual);
    assert!(
        difference.is_empty(),
        "{what}: {} of {} lines differ\n{}",
        difference.len(),
        expected.len(),
        difference.join("\n")
    );
    assert!(!expected.is_empty(), "{what}: nothing was compared");
}
