//! PostgreSQL itself is the oracle of the replay: a script that runs on a server, and the schema that its replay emits,
//! loaded into another database, must be dumped alike.

mod support;

use decant::diag::Code;
use decant::ir::{Caught, Datum, ExecuteSql, Op, OpKind, OpSink, Origin, QueryAnswer, SchemaView};
use decant::pg::emit::emit_schema;
use decant::pg::replay::Replay;
use support::{Database, project, tempdir};

/// What `pg_dump` tells of the schema, without comments and the lines that differ from run to run.
fn catalog(database: &Database) -> Option<String> {
    let dump = database.dump(&["-s", "-O", "-x"])?;
    let text = String::from_utf8(dump).expect("a dump is UTF-8");
    Some(
        text.lines()
            .filter(|l| !l.is_empty() && !l.starts_with("--") && !l.starts_with('\\'))
            .collect::<Vec<_>>()
            .join("\n"),
    )
}

fn replay(sql: &str) -> Replay {
    let mut replay = Replay::new();
    replay.execute_script(sql, &Origin::default());
    replay
}

fn same_as_postgresql(name: &str) {
    let path = project(&format!("fixtures/replay/{name}.sql"));
    let sql = std::fs::read_to_string(&path).expect("the fixture is there");
    let replayed = replay(&sql);
    let said: Vec<String> = replayed
        .diagnostics
        .iter()
        .map(|d| format!("{}: {}", d.code, d.message))
        .collect();
    assert_eq!(said, Vec::<String>::new(), "{name}");
    let (Some(real), Some(model)) = (Database::new("replay_a"), Database::new("replay_b")) else {
        return;
    };
    if real.load_dump(&path).is_none() {
        eprintln!("skipped: no psql");
        return;
    }
    let folder = tempdir();
    let emitted = folder.path().join("schema.sql");
    std::fs::write(&emitted, emit_schema(&replayed.schema)).expect("the folder is writable");
    model.load_dump(&emitted);
    let (Some(expected), Some(actual)) = (catalog(&real), catalog(&model)) else {
        return;
    };
    assert!(
        expected == actual,
        "{name}: PostgreSQL has\n{expected}\nthe replay has\n{actual}"
    );
    // The emitted text is itself a script that says the same again.
    let text = emit_schema(&replayed.schema);
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(
        lines(&emit_schema(&replay(&text).schema)),
        lines(&text),
        "{name}"
    );
}

/// Every script of `fixtures/replay`: adding a case is adding a file.
#[test]
fn scripts_do_what_postgresql_does() {
    let folder = project("fixtures/replay");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .expect("the folder is there")
        .filter_map(|entry| {
            let name = entry.expect("it can be read").file_name();
            let name = name.into_string().expect("names are UTF-8");
            name.strip_suffix(".sql").map(str::to_owned)
        })
        .collect();
    names.sort();
    assert!(names.len() > 10, "{names:?}");
    for name in &names {
        same_as_postgresql(name);
    }
}

fn execute(sql: &str) -> Op {
    Op {
        kind: OpKind::ExecuteSql(ExecuteSql {
            sql: sql.to_owned(),
            statements: Vec::new(),
        }),
        origin: Origin::default(),
    }
}

#[test]
fn types_change_where_postgresql_changes_them() {
    let setup = "create type mood as enum ('a'); create type weather as enum ('a'); create domain amount as int; create domain word as text; \
                 create domain sums as amount[]";
    let types = [
        "int2",
        "int4",
        "int8",
        "numeric(5,1)",
        "real",
        "float8",
        "money",
        "bool",
        "text",
        "varchar(3)",
        "char(2)",
        "name",
        "bytea",
        "date",
        "time",
        "timetz",
        "timestamp",
        "timestamptz",
        "interval",
        "uuid",
        "json",
        "jsonb",
        "bit(3)",
        "varbit",
        "inet",
        "cidr",
        "macaddr",
        "macaddr8",
        "point",
        "box",
        "path",
        "polygon",
        "mood",
        "weather",
        "amount",
        "word",
        "sums",
        "int[]",
        "text[]",
        "varchar(3)[]",
        "mood[]",
        "jsonb[]",
    ];
    let Some(database) = Database::with("casts", setup) else {
        return;
    };
    let mut client = database.client();
    let mut wrong = Vec::new();
    for from in types {
        let table = format!("create table t(a {from})");
        let before = replay(&format!("{setup}; {table}"));
        for to in types {
            let sql = format!("alter table t alter a type {to}");
            let real = client.batch_execute(&format!("begin; {table}; {sql}; rollback"));
            let _ = client.batch_execute("rollback");
            let mut replayed = before.clone();
            let ours = replayed.apply(execute(&sql), Caught::Yes);
            if ours.is_ok() != real.is_ok() {
                wrong.push(format!("{from} to {to}: {real:?}, {ours:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn refusals_are_postgresqls_sentences() {
    let setup = "create table t(id int primary key, a int); create table c(t_id int references t); \
                 create type mood as enum ('a'); create view v as select a from t; create index ix on t(a); \
                 create function tf() returns trigger language plpgsql as 'begin return new; end'; \
                 create table w(x int, y int, z int, b int, g int generated always as (b * 2) stored); \
                 create trigger tr before update of x on w for each row when (old.y <> new.y) execute function tf(); \
                 create policy p on w using (z > 0)";
    let Some(database) = Database::with("refusals", setup) else {
        return;
    };
    let mut client = database.client();
    let mut wrong = Vec::new();
    for sql in [
        "create table t(id int)",
        "alter table nothing add a int",
        "alter table t add a int",
        "alter table t drop column b",
        "alter table t alter column b set not null",
        "alter table t drop constraint nope",
        "alter table t rename constraint nope to x",
        "alter table t rename column b to c",
        "drop table nothing",
        "drop table t",
        "drop index nope",
        "drop index t_pkey",
        "drop type nope",
        "drop view nope",
        "drop sequence nope",
        "create type mood as enum ('b')",
        "alter type mood add value 'a'",
        "alter type mood rename value 'x' to 'y'",
        "create index ix on t(id)",
        "create index on t(nope)",
        "alter table t add primary key (a)",
        "alter table t add unique (nope)",
        "alter table t add foreign key (a) references c",
        "alter table t add foreign key (nope) references t",
        "alter table c add constraint c_t_id_fkey check (true)",
        "alter table t drop constraint t_pkey",
        "alter table t alter id drop not null",
        "create schema s; create schema s",
        "drop schema nope",
        "create sequence ix",
        "create function f() returns int language sql as 'select 1'; create function f() returns int language sql as 'select 1'",
        "drop function g(int)",
        "drop trigger tr on t",
        "alter table t alter a type nope",
        "alter table t alter a type bool",
        "alter table t alter a type bigint",
        "alter table t alter a type int",
        "alter table w alter x type bigint",
        "alter table w alter y type bigint",
        "alter table w alter z type bigint",
        "alter table w alter b type bigint",
        "alter table w drop x",
        "alter table w drop y",
        "alter table w drop z",
        "alter table t drop a",
        "create table q(a int default 1); alter table q alter a type bool using a > 0",
        "create table q(a varchar default 'a'); alter table q alter a type mood using a::mood",
    ] {
        let real = client
            .batch_execute(&format!("begin; {sql}; rollback"))
            .expect_err(sql);
        let _ = client.batch_execute("rollback");
        let real = real.as_db_error().map(|e| e.message().to_owned());
        let mut replayed = replay(setup);
        let refused = replayed.apply(execute(sql), Caught::Yes);
        if refused.clone().err() != real {
            wrong.push(format!(
                "{sql}\n  PostgreSQL: {real:?}\n  replay: {refused:?}"
            ));
        }
        assert!(replayed.diagnostics.is_empty(), "{sql}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_missing_base_is_told_once_where_it_is_first_needed() {
    let mut replayed = replay("create table a(x int); drop table a");
    for sql in [
        "alter table users add column age int",
        "create index on users(age)",
        "alter table a add column y int",
    ] {
        assert!(replayed.apply(execute(sql), Caught::No).is_err());
    }
    let codes: Vec<Code> = replayed.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, [Code::MissingBase, Code::MissingObject]);
}

#[test]
fn catalog_queries_have_postgresqls_answers() {
    let setup = "create type mood as enum ('sad', 'ok'); create schema s; create extension citext; \
                 create table t(id serial primary key, a varchar(10) not null unique default 'x', m mood, t_id int references t, check (id > 0)); \
                 create table s.u(id int, tags text[]); create index ix_a on t(lower(a)); create view v as select id, a from t; \
                 create function f() returns trigger language plpgsql as 'begin return new; end'; \
                 create trigger tr before insert on t for each row execute function f()";
    let Some(database) = Database::with("queries", setup) else {
        return;
    };
    let replayed = replay(setup);
    let mut client = database.client();
    let mut wrong = Vec::new();
    for sql in [
        "SELECT 1 FROM information_schema.tables WHERE table_name = 't'",
        "SELECT EXISTS (SELECT FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'nope')",
        "SELECT column_name, data_type, is_nullable, character_maximum_length FROM information_schema.columns WHERE table_name='t' ORDER BY ordinal_position",
        "SELECT data_type, udt_name FROM information_schema.columns WHERE table_schema='s' ORDER BY 1",
        "SELECT count(*) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'mood' AND n.nspname = 'public'",
        "SELECT e.enumlabel FROM pg_enum e JOIN pg_type t ON e.enumtypid = t.oid WHERE t.typname = 'mood' ORDER BY e.enumsortorder",
        "SELECT enumlabel FROM pg_enum WHERE enumtypid = 'mood'::regtype ORDER BY enumsortorder",
        "SELECT unnest(enum_range(NULL::mood))::text AS label",
        "SELECT conname FROM pg_constraint WHERE conrelid = 't'::regclass AND contype IN ('p','u','c','f') ORDER BY conname",
        "SELECT tc.constraint_name FROM information_schema.table_constraints tc JOIN information_schema.key_column_usage kcu ON tc.constraint_name = kcu.constraint_name AND tc.table_schema = kcu.table_schema WHERE tc.constraint_type = 'FOREIGN KEY' AND tc.table_name = 't' AND kcu.column_name = 't_id'",
        "SELECT indexname FROM pg_indexes WHERE tablename = 't' AND indexname LIKE 'ix%'",
        "SELECT to_regclass('public.t') IS NOT NULL, to_regclass('nope') IS NULL, to_regclass('s.u')::text",
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
        "SELECT extname FROM pg_catalog.pg_extension WHERE extname = 'citext'",
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 't'::regclass AND NOT tgisinternal",
        "SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 't' AND n.nspname = 'public' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        "SELECT string_agg(column_name, ',' ORDER BY column_name) FROM information_schema.columns WHERE table_name = ANY(ARRAY['t'])",
        "SELECT relkind::text, count(*)::int FROM pg_class WHERE relname IN ('t', 'v', 'ix_a', 't_id_seq') GROUP BY relkind ORDER BY 1",
        "SELECT pg_get_serial_sequence('t', 'id'), current_schema()",
        "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT LIKE 'pg\\_%' ORDER BY 1",
        "WITH x AS (SELECT table_name FROM information_schema.tables WHERE table_schema = 's') SELECT count(*) = 1 FROM x",
        "SELECT format('%I.%s', 'A b', 1), coalesce(NULL, 'z'), 1 + 2, 'a' || 'b'",
        "SELECT 1 WHERE false UNION SELECT 2",
    ] {
        let QueryAnswer::Rows { rows, .. } = replayed.query(sql) else {
            wrong.push(format!("{sql}: {:?}", replayed.query(sql)));
            continue;
        };
        let ours: Vec<Vec<String>> = rows
            .into_iter()
            .map(|row| row.iter().map(shown).collect())
            .collect();
        let theirs: Vec<Vec<String>> = client
            .simple_query(sql)
            .expect(sql)
            .iter()
            .filter_map(|message| match message {
                postgres::SimpleQueryMessage::Row(row) => Some(
                    (0..row.len())
                        .map(|at| row.get(at).unwrap_or("NULL").to_owned())
                        .collect(),
                ),
                _ => None,
            })
            .collect();
        if ours != theirs {
            wrong.push(format!(
                "{sql}\n  PostgreSQL: {theirs:?}\n  replay: {ours:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for sql in ["SELECT * FROM t", "SELECT version_num FROM alembic_version"] {
        assert!(
            matches!(replayed.query(sql), QueryAnswer::Rows { rows, .. } if rows.is_empty()),
            "{sql}"
        );
    }
    assert!(matches!(
        replayed.query("SELECT * FROM pg_settings"),
        QueryAnswer::Unknown(_)
    ));
}

/// A value as `psql` shows it.
fn shown(value: &Datum) -> String {
    match value {
        Datum::Null => "NULL".to_owned(),
        Datum::Bool(b) => if *b { "t" } else { "f" }.to_owned(),
        Datum::Int(n) => n.to_string(),
        Datum::Text(t) | Datum::Json(t) => t.clone(),
        Datum::Unknown(why) => format!("unknown: {why}"),
        Datum::List(items) => {
            let inside: Vec<String> = items.iter().map(shown).collect();
            format!("{{{}}}", inside.join(","))
        }
    }
}

/// Rows that a history writes itself answer its own queries as PostgreSQL answers them.
#[test]
fn rows_that_the_history_wrote_answer_its_queries() {
    let setup = "create table role(id serial primary key, name text unique, rank int default 5, made timestamptz default now(), note varchar(9)); \
                 create table person(id int primary key, role_id int references role, name text); create view v as select name from role where rank > 4; \
                 insert into role(name) values ('admin'), ('guest'); insert into role(name, rank) values ('root', 1) on conflict do nothing; \
                 insert into role(name) values ('admin') on conflict (name) do nothing; update role set rank = rank + 1, note = 'x' where name in ('admin', 'nobody'); \
                 insert into person select id, id, upper(name) from role where name <> 'guest'; delete from role where name = 'guest' and rank is not null; \
                 alter table role rename column rank to place; alter table role add column extra bool default true; alter table person rename to human; \
                 insert into role(id, name, place) values (10, 'late', default); create table copy as select id, name from role where place > 2";
    let Some(database) = Database::with("rows", setup) else {
        return;
    };
    let replayed = replay(setup);
    let mut client = database.client();
    for sql in [
        "SELECT id, name, place, note, extra FROM role ORDER BY id",
        "SELECT count(*) FROM role WHERE name = 'admin' AND made IS NOT DISTINCT FROM made",
        "SELECT EXISTS (SELECT 1 FROM role WHERE name LIKE 'ro%')",
        "SELECT h.name, r.name FROM human h JOIN role r ON r.id = h.role_id ORDER BY 1",
        "SELECT max(place), min(id) FROM role",
        "SELECT id FROM role WHERE name = 'guest'",
        "SELECT name FROM v ORDER BY name",
        "SELECT * FROM copy ORDER BY id LIMIT 1",
        "SELECT name FROM role WHERE id = (SELECT max(role_id) FROM human)",
    ] {
        let ours: Vec<Vec<String>> = match replayed.query(sql) {
            QueryAnswer::Rows { rows, .. } => rows
                .into_iter()
                .map(|row| row.iter().map(shown).collect())
                .collect(),
            other => vec![vec![format!("{other:?}")]],
        };
        // Two conditions of the list ask for what depends on the clock.
        if sql.contains("made") {
            assert!(
                ours.concat().concat().contains("Unknown"),
                "{sql}: {ours:?}"
            );
            continue;
        }
        let theirs: Vec<Vec<String>> = client
            .simple_query(sql)
            .expect(sql)
            .iter()
            .filter_map(|message| match message {
                postgres::SimpleQueryMessage::Row(row) => Some(
                    (0..row.len())
                        .map(|at| row.get(at).unwrap_or("NULL").to_owned())
                        .collect(),
                ),
                _ => None,
            })
            .collect();
        assert_eq!(ours, theirs, "{sql}");
    }
    // What cannot be followed is not taken for empty.
    let mut doubtful = replay(setup);
    let insert = "insert into role(name) select name from pg_stat_activity";
    assert!(doubtful.apply(execute(insert), Caught::No).is_ok());
    assert!(matches!(
        doubtful.query("SELECT id FROM role"),
        QueryAnswer::Unknown(_)
    ));
}

#[test]
fn data_statements_are_told_apart_by_what_is_left_of_them() {
    use decant::pg::replay::DataUse::{Backfill, Obsolete, Seed};
    let replayed = replay(
        "create table a(x int); create table b(x int); insert into a values (1); update a set x = 2; insert into b values (1); \
         alter table a rename to c; delete from c; drop table b; create table b(x int); insert into b values (2)",
    );
    let uses: Vec<_> = replayed
        .data_uses()
        .iter()
        .map(|(_, class)| *class)
        .collect();
    assert_eq!(uses, [Seed, Backfill, Obsolete, Backfill, Seed]);
}
