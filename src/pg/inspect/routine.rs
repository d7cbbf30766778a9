//! Functions, triggers and row security policies.

use postgres::Row;

use super::{Catalog, bare_expression, name, quote};
use crate::ir::{CreateTrigger, Expr};
use crate::pg::Error;
use crate::pg::schema::{Function, Policy, Schema, Trigger};

/// Aggregates and window functions are left out: they need code of the server's own. So are the constructors that come with a
/// range type, which no dump writes either.
pub(super) fn functions(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    let rows = catalog.rows(
        "functions",
        "SELECT n.nspname::text, p.proname::text,
           ARRAY(SELECT format_type(u.t, NULL) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(t, ord) ORDER BY u.ord),
           CASE WHEN p.prokind = 'f' THEN pg_get_function_result(p.oid) END, l.lanname::text, p.prosrc,
           pg_get_functiondef(p.oid), p.prokind = 'p', obj_description(p.oid, 'pg_proc')
         FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
         WHERE p.prokind IN ('f', 'p') AND {user} AND {own pg_proc p.oid}
           AND NOT EXISTS (SELECT FROM pg_depend td WHERE td.classid = 'pg_proc'::regclass AND td.objid = p.oid
             AND td.refclassid = 'pg_type'::regclass AND td.deptype = 'i')
         ORDER BY p.oid",
    )?;
    for row in rows {
        let args: Vec<String> = row.get(2);
        let sql: String = row.get(6);
        let returns: Option<String> = row.get(3);
        let mut body: String = row.get(5);
        if body.is_empty() {
            body = sql_body(&sql).to_owned();
        }
        schema.functions.push(Function {
            name: name(&row, 0),
            args: args.join(", "),
            returns: returns.map(|r| r.to_lowercase()),
            language: row.get(4),
            body,
            sql: sql.trim().to_owned(),
            procedure: row.get(7),
            comment: row.get(8),
            origin: None,
        });
    }
    Ok(())
}

/// The body of a function in standard SQL, which the catalog keeps parsed.
fn sql_body(definition: &str) -> &str {
    ["\nBEGIN ATOMIC", "\nRETURN "]
        .iter()
        .find_map(|begin| definition.find(begin))
        .and_then(|at| definition.get(at..))
        .unwrap_or_default()
        .trim()
}

pub(super) fn triggers(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    // Partitions have copies of their parent's triggers (tgparentid, since PostgreSQL 13).
    let rows = catalog.rows(
        "triggers",
        "SELECT n.nspname::text, c.relname::text, t.tgname::text, t.tgtype::int,
           ARRAY(SELECT a.attname::text FROM unnest(t.tgattr::int2[]) WITH ORDINALITY u(num, ord)
                 JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = u.num ORDER BY u.ord),
           pg_get_triggerdef(t.oid), pn.nspname::text, p.proname::text, t.tgargs, t.tgenabled::text,
           obj_description(t.oid, 'pg_trigger')
         FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace pn ON pn.oid = p.pronamespace
         WHERE NOT t.tgisinternal AND coalesce(to_jsonb(t) ->> 'tgparentid', '0') = '0' AND {user}
           AND {own pg_trigger t.oid} ORDER BY t.oid",
    )?;
    for row in rows {
        let state: String = row.get(9);
        schema.triggers.push(Trigger {
            definition: trigger(&row),
            state: state.chars().next().unwrap_or('O'),
            comment: row.get(10),
            origin: None,
        });
    }
    Ok(())
}

/// Bits of `tgtype` (`pg_trigger.h`).
const ROW: i32 = 1;
const BEFORE: i32 = 2;
const INSERT: i32 = 4;
const DELETE: i32 = 8;
const UPDATE: i32 = 16;
const TRUNCATE: i32 = 32;
const INSTEAD: i32 = 64;

fn trigger(row: &Row) -> CreateTrigger {
    let bits: i32 = row.get(3);
    let columns: Vec<String> = row.get(4);
    let sql: String = row.get(5);
    let arguments: Vec<u8> = row.get(8);
    let update = if columns.is_empty() {
        "UPDATE".to_owned()
    } else {
        let columns: Vec<String> = columns.iter().map(|c| quote(c)).collect();
        format!("UPDATE OF {}", columns.join(", "))
    };
    let events = [
        (INSERT, "INSERT".to_owned()),
        (DELETE, "DELETE".to_owned()),
        (UPDATE, update),
        (TRUNCATE, "TRUNCATE".to_owned()),
    ];
    CreateTrigger {
        name: row.get(2),
        table: name(row, 0),
        timing: match bits & (BEFORE | INSTEAD) {
            BEFORE => "BEFORE",
            INSTEAD => "INSTEAD OF",
            _ => "AFTER",
        }
        .to_owned(),
        events: events
            .into_iter()
            .filter(|(bit, _)| bits & bit != 0)
            .map(|(_, event)| event)
            .collect(),
        each_row: bits & ROW != 0,
        when: condition(&sql).map(Expr::new),
        function: name(row, 6),
        arguments: trigger_arguments(&arguments),
        sql,
        or_replace: false,
    }
}

/// The `WHEN` of a trigger's definition: `pg_get_expr` cannot print one, since it is about two rows.
fn condition(sql: &str) -> Option<&str> {
    let (_, after) = sql.split_once(" WHEN (")?;
    let end = after.rfind(") EXECUTE ")?;
    after.get(..end).map(bare_expression)
}

/// Arguments as literals; the catalog keeps them with a zero byte after each.
fn trigger_arguments(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut parts: Vec<&str> = text.split('\0').collect();
    parts.pop();
    parts
        .into_iter()
        .map(|a| Expr::string_literal(a).0)
        .collect()
}

pub(super) fn policies(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    let rows = catalog.rows(
        "policies",
        "SELECT n.nspname::text, c.relname::text, p.polname::text,
           format('CREATE POLICY %I ON %s', p.polname, p.polrelid::regclass)
           || CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END
           || CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE'
                WHEN 'd' THEN ' FOR DELETE' ELSE '' END
           || CASE WHEN p.polroles = ARRAY[0]::oid[] THEN '' ELSE ' TO ' || (SELECT string_agg(
                CASE WHEN r = 0 THEN 'PUBLIC' ELSE r::regrole::text END, ', ') FROM unnest(p.polroles) r) END
           || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
           || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''),
           obj_description(p.oid, 'pg_policy')
         FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE {user} ORDER BY p.oid",
    )?;
    for row in rows {
        schema.policies.push(Policy {
            name: row.get(2),
            table: name(&row, 0),
            sql: row.get(3),
            comment: row.get(4),
            origin: None,
        });
    }
    Ok(())
}
