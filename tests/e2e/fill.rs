//! Plausible rows for any PostgreSQL schema: tables in the order of their foreign keys, values by column type, references to rows
//! that are there, NULL in every fifth row where it is allowed.

use std::collections::BTreeMap;

/// A column as the generator sees it.
struct Column {
    name: String,
    type_name: String,
    not_null: bool,
    labels: i64,
    element: Option<String>,
}

/// A foreign key.
struct Reference {
    columns: Vec<String>,
    table: String,
    referred: Vec<String>,
}

/// Fills every table of the database with up to so many rows; gives the rows of each.
pub fn fill(url: &str, rows: u32) -> BTreeMap<String, i64> {
    fill_tables(url, rows, true)
}

/// The same with the rows that constraints let in; a table that takes none stays empty.
pub fn fill_what_fits(url: &str, rows: u32) -> BTreeMap<String, i64> {
    fill_tables(url, rows, false)
}

fn fill_tables(url: &str, rows: u32, all: bool) -> BTreeMap<String, i64> {
    let mut client = crate::support::connect(url);
    let mut waiting: Vec<String> = client
        .query(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
             AND c.relname <> 'alembic_version' ORDER BY 1",
            &[],
        )
        .expect("tables")
        .iter()
        .map(|row| row.get(0))
        .collect();
    let mut counts = BTreeMap::new();
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut later = Vec::new();
        for table in waiting {
            let references = references(&mut client, &table);
            let columns = columns(&mut client, &table);
            let ready = references.iter().all(|r| {
                r.table == table
                    || counts.contains_key(&r.table)
                    || r.columns
                        .iter()
                        .any(|name| columns.iter().any(|c| c.name == *name && !c.not_null))
            });
            if !ready {
                later.push(table);
                continue;
            }
            let filled = fill_table(
                &mut client,
                &table,
                &columns,
                &references,
                &counts,
                (rows, all),
            );
            counts.insert(table, filled);
        }
        if !all && later.len() == before {
            break;
        }
        assert!(
            later.len() < before,
            "a cycle of NOT NULL references: {later:?}"
        );
        waiting = later;
    }
    counts
}

fn columns(client: &mut postgres::Client, table: &str) -> Vec<Column> {
    client
        .query(
            "SELECT quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attnotnull,
                    (SELECT count(*) FROM pg_enum e WHERE e.enumtypid = a.atttypid),
                    CASE WHEN t.typcategory = 'A' THEN format_type(t.typelem, a.atttypmod) END
             FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
             LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
             WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = ''
               AND a.attgenerated = '' AND coalesce(pg_get_expr(d.adbin, d.adrelid), '') NOT LIKE 'nextval(%'
             ORDER BY a.attnum",
            &[&table],
        )
        .expect("columns")
        .iter()
        .map(|row| Column {
            name: row.get(0),
            type_name: row.get(1),
            not_null: row.get(2),
            labels: row.get(3),
            element: row.get(4),
        })
        .collect()
}

fn references(client: &mut postgres::Client, table: &str) -> Vec<Reference> {
    client
        .query(
            "SELECT (SELECT array_agg(quote_ident(a.attname)::text ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k(num, n)
                     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num),
                    c.confrelid::regclass::text,
                    (SELECT array_agg(quote_ident(a.attname)::text ORDER BY k.n) FROM unnest(c.confkey) WITH ORDINALITY k(num, n)
                     JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num)
             FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = $1::text::regclass ORDER BY c.conname",
            &[&table],
        )
        .expect("foreign keys")
        .iter()
        .map(|row| Reference {
            columns: row.get(0),
            table: row.get(1),
            referred: row.get(2),
        })
        .collect()
}

fn fill_table(
    client: &mut postgres::Client,
    table: &str,
    columns: &[Column],
    references: &[Reference],
    counts: &BTreeMap<String, i64>,
    (rows, all): (u32, bool),
) -> i64 {
    let mut values = Vec::new();
    for (position, column) in columns.iter().enumerate() {
        let reference = references.iter().find_map(|r| {
            r.columns
                .iter()
                .position(|c| *c == column.name)
                .map(|at| (r, at))
        });
        let value = match reference {
            Some((r, at)) => match counts.get(&r.table) {
                // Each reference walks through the rows at its own pace, so that pairs of them differ.
                Some(count) if *count > 0 => format!(
                    "(SELECT {} FROM {} ORDER BY {} OFFSET ((g / {}) % {count}) LIMIT 1)",
                    r.referred[at],
                    r.table,
                    r.referred.join(", "),
                    if position % 2 == 0 { 1 } else { 7 },
                ),
                _ => "NULL".to_owned(),
            },
            None => value(&column.type_name, column, table),
        };
        values.push(if column.not_null {
            value
        } else {
            format!("CASE WHEN g % 5 <> {} THEN {value} END", position % 5)
        });
    }
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    let insert = |from: u32, to: u32| {
        format!(
            "INSERT INTO {table} ({}) SELECT {} FROM generate_series({from}, {to}) AS g ON CONFLICT DO NOTHING",
            names.join(", "),
            values.join(", ")
        )
    };
    if all {
        let sql = insert(1, rows);
        client
            .batch_execute(&sql)
            .unwrap_or_else(|e| panic!("{sql}: {e:?}"));
    } else {
        for row in 1..=rows {
            let _ = client.batch_execute(&insert(row, row));
        }
    }
    client
        .query_one(&format!("SELECT count(*) FROM {table}"), &[])
        .expect("a count")
        .get(0)
}

/// An expression of the type that depends on the row's number `g`.
fn value(type_name: &str, column: &Column, table: &str) -> String {
    if column.labels > 0 {
        return format!("(enum_range(NULL::{type_name}))[1 + g % {}]", column.labels);
    }
    if let (Some(element), true) = (&column.element, type_name.ends_with("[]")) {
        let inner = Column {
            name: column.name.clone(),
            type_name: element.clone(),
            not_null: true,
            labels: 0,
            element: None,
        };
        let item = value(element, &inner, table);
        return format!("ARRAY[{item}, NULL, {item}]::{type_name}");
    }
    let (base, modifier) = type_name
        .split_once('(')
        .map_or((type_name, None), |(base, rest)| {
            (base, rest.split([')', ',']).next())
        });
    let base = match type_name.split_once(") ") {
        // `timestamp(3) with time zone`
        Some((_, rest)) => format!("{base} {rest}"),
        None => base.to_owned(),
    };
    let text = format!(
        "(CASE g % 6 WHEN 0 THEN 'Zoë ' WHEN 1 THEN 'it''s ' WHEN 2 THEN E'a\\tb\\\\ ' WHEN 3 THEN '00' WHEN 4 THEN '日本 ' ELSE '' END || '{} ' || g)",
        column.name.replace(['"', '\''], "")
    );
    match base.as_str() {
        "smallint" => "(g % 30000)::smallint".to_owned(),
        "integer" => "g * 1001".to_owned(),
        "bigint" => "g * 9007199254740::bigint".to_owned(),
        "numeric" => format!("(g * 1.25)::{type_name}"),
        "real" => "(g * 0.5)::real".to_owned(),
        "double precision" => "sqrt(g)".to_owned(),
        "boolean" => "g % 3 = 0".to_owned(),
        "uuid" => format!("md5('{table}.{}.' || g)::uuid", column.name),
        "date" => "date '2019-12-31' + g".to_owned(),
        "timestamp without time zone" => {
            "timestamp '2020-02-29 12:34:56.789012' + g * interval '1 hour 1 microsecond'"
                .to_owned()
        }
        "timestamp with time zone" => {
            "timestamptz '2020-02-29 12:34:56.789012+05:30' + g * interval '1 hour 1 microsecond'"
                .to_owned()
        }
        "time without time zone" => "time '00:00:01' + g * interval '7 minutes'".to_owned(),
        "interval" => "g * interval '1 minute 2 microseconds'".to_owned(),
        "json" | "jsonb" => format!(
            "json_build_object('number', g, 'text', {text}, 'list', json_build_array(g, NULL, 'x'), 'flag', g % 2 = 0)::{base}"
        ),
        "bytea" => "decode(md5(g::text), 'hex')".to_owned(),
        "inet" => "('10.0.' || g % 250 || '.7')::inet".to_owned(),
        "character" => format!("'x'::{type_name}"),
        _ => match modifier {
            Some(length) => format!("right({text}, {length})::{type_name}"),
            None => format!("{text}::{type_name}"),
        },
    }
}
