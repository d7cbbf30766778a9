//! Schemas, extensions, user-defined types and sequences.

use super::{Catalog, bare_expression, name, pg_type};
use crate::ir::{ColumnRef, Constraint, ConstraintKind, Expr, QualName, SequenceOptions};
use crate::pg::Error;
use crate::pg::schema::{
    Composite, Domain, EnumType, Extension, Namespace, Other, Schema, Sequence,
};

pub(super) fn schemas(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    let rows = catalog.rows(
        "schemas",
        "SELECT n.nspname::text, obj_description(n.oid, 'pg_namespace') FROM pg_namespace n
         WHERE {user} AND n.nspname <> 'public' AND {own pg_namespace n.oid} ORDER BY n.oid",
    )?;
    for row in rows {
        let namespace = Namespace {
            comment: row.get(1),
            origin: None,
        };
        schema.schemas.insert(row.get(0), namespace);
    }
    Ok(())
}

pub(super) fn extensions(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    let rows = catalog.rows(
        "extensions",
        "SELECT e.extname::text, nullif(n.nspname::text, 'public') FROM pg_extension e
         JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY e.oid",
    )?;
    for row in rows {
        let extension = Extension {
            schema: row.get(1),
            origin: None,
        };
        schema.extensions.insert(row.get(0), extension);
    }
    Ok(())
}

pub(super) fn enums(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    let rows = catalog.rows(
        "enum types",
        "SELECT n.nspname::text, t.typname::text,
           ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder),
           obj_description(t.oid, 'pg_type')
         FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
         WHERE t.typtype = 'e' AND {user} AND {own pg_type t.oid} ORDER BY t.oid",
    )?;
    for row in rows {
        let value = EnumType {
            labels: row.get(2),
            comment: row.get(3),
            origin: None,
        };
        schema.enums.insert(name(&row, 0), value);
    }
    Ok(())
}

pub(super) fn domains(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    let rows = catalog.rows(
        "domains",
        "SELECT n.nspname::text, t.typname::text, format_type(t.typbasetype, t.typtypmod), t.typnotnull,
           coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault),
           CASE WHEN t.typcollation <> b.typcollation THEN co.collname::text END,
           obj_description(t.oid, 'pg_type')
         FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_type b ON b.oid = t.typbasetype
         LEFT JOIN pg_collation co ON co.oid = t.typcollation
         WHERE t.typtype = 'd' AND {user} AND {own pg_type t.oid} ORDER BY t.oid",
    )?;
    for row in rows {
        let base: String = row.get(2);
        let domain = Domain {
            base: pg_type(&base),
            not_null: row.get(3),
            default: row.get::<_, Option<String>>(4).map(Expr),
            collation: row.get(5),
            checks: Vec::new(),
            comment: row.get(6),
            origin: None,
        };
        schema.domains.insert(name(&row, 0), domain);
    }
    domain_checks(catalog, schema)
}

/// Range types, rules and the periods of keys (PostgreSQL 18): what SQLite has nothing like, as text.
pub(super) fn others(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    let rows = catalog.rows(
        "range types",
        "SELECT n.nspname::text, t.typname::text,
           format('CREATE TYPE %I.%I AS RANGE (SUBTYPE = %s)', n.nspname, t.typname, format_type(r.rngsubtype, NULL)),
           obj_description(t.oid, 'pg_type')
         FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace
         WHERE {user} AND {own pg_type t.oid} ORDER BY t.oid",
    )?;
    for row in rows {
        schema.others.push(Other {
            kind: "TYPE".to_owned(),
            name: name(&row, 0),
            args: None,
            table: None,
            sql: row.get(2),
            comment: row.get(3),
            origin: None,
        });
    }
    let rows = catalog.rows(
        "temporal keys",
        "SELECT n.nspname::text, c.relname::text, k.conname::text, pg_get_constraintdef(k.oid)
         FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE coalesce((to_jsonb(k) ->> 'conperiod')::bool, false) AND {user} AND {own pg_class c.oid} ORDER BY k.oid",
    )?;
    for row in rows {
        schema.others.push(Other {
            kind: "TEMPORAL KEY".to_owned(),
            name: QualName::new(row.get::<_, String>(2)),
            args: None,
            table: Some(name(&row, 0)),
            sql: row.get(3),
            comment: None,
            origin: None,
        });
    }
    let rows = catalog.rows(
        "rules",
        "SELECT n.nspname::text, c.relname::text, w.rulename::text, pg_get_ruledef(w.oid), obj_description(w.oid, 'pg_rewrite')
         FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE w.rulename <> '_RETURN' AND {user} AND {own pg_class c.oid} ORDER BY w.oid",
    )?;
    for row in rows {
        let sql: String = row.get(3);
        schema.others.push(Other {
            kind: "RULE".to_owned(),
            name: QualName::new(row.get::<_, String>(2)),
            args: None,
            table: Some(name(&row, 0)),
            sql: sql.trim_end_matches(';').to_owned(),
            comment: row.get(4),
            origin: None,
        });
    }
    Ok(())
}

fn domain_checks(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    let rows = catalog.rows(
        "domains' constraints",
        "SELECT n.nspname::text, t.typname::text, k.conname::text, pg_get_expr(k.conbin, 0), NOT k.convalidated,
           obj_description(k.oid, 'pg_constraint')
         FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
         WHERE k.contype = 'c' AND {user} ORDER BY k.oid",
    )?;
    for row in rows {
        let expr: String = row.get(3);
        let kind = ConstraintKind::Check {
            expr: Expr::new(bare_expression(&expr)),
            no_inherit: false,
        };
        let mut check = Constraint::new(row.get(2), kind);
        check.not_valid = row.get(4);
        check.comment = row.get(5);
        if let Some(domain) = schema.domains.get_mut(&name(&row, 0)) {
            domain.checks.push(check);
        }
    }
    Ok(())
}

pub(super) fn composites(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    let rows = catalog.rows(
        "composite types",
        "SELECT n.nspname::text, c.relname::text,
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
           ARRAY(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'c' AND {user} AND {own pg_type c.reltype} ORDER BY c.oid",
    )?;
    for row in rows {
        let (names, types): (Vec<String>, Vec<String>) = (row.get(2), row.get(3));
        let composite = Composite {
            attributes: names.into_iter().zip(types).collect(),
            origin: None,
        };
        schema.composites.insert(name(&row, 0), composite);
    }
    Ok(())
}

pub(super) fn sequences(catalog: &mut Catalog<'_>, schema: &mut Schema) -> Result<(), Error> {
    let rows = catalog.rows(
        "sequences",
        "SELECT n.nspname::text, c.relname::text, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement,
           s.seqmin, s.seqmax, s.seqcache, s.seqcycle, coalesce(d.deptype::text, ''), tn.nspname::text, t.relname::text,
           a.attname::text, obj_description(c.oid, 'pg_class')
         FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
           AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
         LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
         LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE {user} AND {own pg_class c.oid} AND c.relpersistence <> 't' ORDER BY c.oid",
    )?;
    for row in rows {
        let dependency: String = row.get(9);
        let owner: (Option<String>, Option<String>, Option<String>) =
            (row.get(10), row.get(11), row.get(12));
        let owned_by = match owner {
            (Some(schema), Some(table), Some(column)) => Some(ColumnRef {
                table: QualName::qualified(Some(&schema), table),
                column,
            }),
            _ => None,
        };
        let options = without_defaults(&SequenceOptions {
            data_type: Some(row.get(2)),
            start: row.get(3),
            increment: row.get(4),
            min: row.get(5),
            max: row.get(6),
            cache: row.get(7),
            cycle: row.get(8),
        });
        let sequence = Sequence {
            options,
            owned_by,
            identity: dependency == "i",
            comment: row.get(13),
            origin: None,
        };
        schema.sequences.insert(name(&row, 0), sequence);
    }
    Ok(())
}

/// Options of a sequence without those that are the defaults of `CREATE SEQUENCE` (PostgreSQL manual) for the others.
pub(in crate::pg) fn without_defaults(options: &SequenceOptions) -> SequenceOptions {
    let (lowest, highest) = match options.data_type.as_deref() {
        Some("smallint") => (i64::from(i16::MIN), i64::from(i16::MAX)),
        Some("integer") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let increment = options.increment.unwrap_or(1);
    let (min, max) = if increment > 0 {
        (1, highest)
    } else {
        (lowest, -1)
    };
    let start = if increment > 0 {
        options.min.unwrap_or(min)
    } else {
        options.max.unwrap_or(max)
    };
    SequenceOptions {
        data_type: options.data_type.clone().filter(|t| t != "bigint"),
        start: options.start.filter(|n| *n != start),
        increment: options.increment.filter(|n| *n != 1),
        min: options.min.filter(|n| *n != min),
        max: options.max.filter(|n| *n != max),
        cache: options.cache.filter(|n| *n != 1),
        cycle: options.cycle.filter(|cycle| *cycle),
    }
}
