//! One migration per revision: the chain leaves the very schema that the squashed baseline does, and takes it back again.

mod support;

use std::path::Path;

use decant::lower;
use decant::pipeline::{HistoryOptions, convert, read_history};
use decant::sqlite::inspect;
use decant::verify::compare_sqlite;
use support::{decant, history};

fn custom() -> &'static dyn decant::files::Format {
    decant::files::format("custom").expect("the default")
}

fn example() -> decant::pipeline::Replayed {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("alembic_backup");
    let options = HistoryOptions {
        scripts: vec![scripts],
        ..HistoryOptions::default()
    };
    let history = read_history(&options).expect("the example is read");
    history.replay("heads").expect("the example is replayed")
}

#[test]
fn the_chain_of_the_example_is_its_baseline_up_down_and_up_again() {
    let storage = lower::Options {
        accept_lossy: true,
        ..lower::Options::default()
    };
    let converted = convert(&example(), &storage, custom()).expect("the example is converted");
    let open: Vec<_> = converted
        .revisions
        .iter()
        .flat_map(|r| &r.conversion.unconverted)
        .collect();
    assert!(open.is_empty(), "{open:#?}");
    let db = rusqlite::Connection::open_in_memory().expect("a database");
    db.pragma_update(None, "foreign_keys", "OFF").expect("off");
    let run = |statements: &[decant::files::Statement], file: &str| {
        db.execute_batch("BEGIN").expect("a transaction");
        for statement in statements {
            let done = db.execute_batch(&statement.sql);
            done.unwrap_or_else(|e| panic!("{file}: {e}\n{}", statement.sql));
        }
        db.execute_batch("COMMIT").expect("a commit");
    };
    for round in ["first", "second"] {
        for file in &converted.files {
            run(&file.up, &file.file_name);
        }
        let actual = inspect::read(&db).expect("a schema");
        let mut findings = compare_sqlite(&converted.lowering.sqlite, &actual);
        // A comment stands in the text of the statement that made the table: the chain rebuilds no table for one.
        findings.retain(|f| f.aspect.as_deref() != Some("comment"));
        assert!(findings.is_empty(), "{round} time: {findings:#?}");
        for file in converted.files.iter().rev() {
            run(&file.down, &file.file_name);
        }
        let left = inspect::read(&db).expect("a schema");
        assert_eq!(
            left,
            decant::sqlite::schema::Schema::default(),
            "{round} time"
        );
    }
}

#[test]
fn the_files_run_with_the_runner_and_keep_foreign_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = folder.path().join("migrations");
    let written = decant()
        .current_dir(root)
        .args(["convert", "--out"])
        .arg(&files)
        .output()
        .expect("it runs");
    assert!(
        written.status.success(),
        "{}",
        String::from_utf8_lossy(&written.stderr)
    );
    let count = std::fs::read_dir(&files).expect("the folder").count();
    assert!(count >= 30, "{count} files");
    let database = folder.path().join("app.db");
    for command in ["up", "down", "up"] {
        let mut run = decant();
        run.current_dir(root)
            .args(["migrate", command, "--yes", "--dir"])
            .arg(&files);
        run.arg("--database").arg(&database);
        if command == "down" {
            run.arg("--all");
        }
        let run = run.output().expect("it runs");
        assert!(
            run.status.success(),
            "{command}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
    }
}

#[test]
fn the_example_is_proven_over_rows() {
    let storage = lower::Options {
        accept_lossy: true,
        ..lower::Options::default()
    };
    let proof = decant::pipeline::prove(&example(), &storage, 6).expect("it runs");
    let failed: Vec<_> = proof.failures().collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(proof.checks.len() > 120, "{} checks", proof.checks.len());
    let without_row = proof
        .checks
        .iter()
        .filter(|c| c.kind == "row" && c.outcome != decant::prove::Outcome::Passed);
    assert_eq!(without_row.count(), 0, "{proof:#?}");
}

#[test]
fn rows_of_create_table_as_are_taken_along_and_what_is_not_understood_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "\"\"\"copy\n\nRevision ID: a1\nCreate Date: 2024-01-02 03:04:05\n\"\"\"\nfrom alembic import op\n\nrevision = \"a1\"\n\
down_revision = None\n\n\ndef upgrade():\n    op.execute(\"CREATE TABLE a (id integer, b text)\")\n    \
op.execute(\"INSERT INTO a VALUES (1, 'x')\")\n    op.execute(\"CREATE TABLE c AS SELECT id, b FROM a\")\n    \
op.execute(\"UPDATE a SET b = quote_nullable(b)\")\n\n\ndef downgrade():\n    pass\n";
    std::fs::write(folder.path().join("a1.py"), script).expect("a script");
    let options = HistoryOptions {
        scripts: vec![folder.path().to_owned()],
        ..HistoryOptions::default()
    };
    let history = read_history(&options).expect("it is read");
    let replayed = history.replay("heads").expect("it is replayed");
    let converted =
        convert(&replayed, &lower::Options::default(), custom()).expect("it is converted");
    let conversion = &converted.revisions.first().expect("a revision").conversion;
    let copies = conversion
        .up
        .iter()
        .any(|sql| sql.starts_with("INSERT INTO c "));
    assert!(copies, "{:#?}", conversion.up);
    let open: Vec<_> = conversion
        .unconverted
        .iter()
        .map(|u| u.what.as_str())
        .collect();
    assert_eq!(open, ["UPDATE a SET b = quote_nullable(b)"]);
}

/// The database that the converted revisions of a history leave.
fn chain(folder: &Path) -> rusqlite::Connection {
    let mut convert = decant();
    convert
        .current_dir(folder)
        .args(["convert", "--out", "c", "--scripts", "."]);
    let mut up = decant();
    up.current_dir(folder)
        .args(["migrate", "up", "--yes", "--dir", "c", "--database", "c.db"]);
    for command in [&mut convert, &mut up] {
        let done = command.output().expect("it runs");
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    rusqlite::Connection::open(folder.join("c.db")).expect("a database")
}

fn text(db: &rusqlite::Connection, sql: &str) -> String {
    let value: Option<String> = db.query_row(sql, [], |r| r.get(0)).expect("a row");
    value.unwrap_or_default()
}

#[test]
fn deleted_rows_take_along_what_hangs_on_them_though_a_rebuild_has_foreign_keys_off() {
    let folder = tempfile::tempdir().expect("a folder");
    history(
        folder.path(),
        &[
            (
                "a1",
                "2024-01-01 10:00:00",
                "op.execute('CREATE TABLE p (id integer PRIMARY KEY, n integer)')
                 op.execute('CREATE TABLE c (id integer PRIMARY KEY, p_id integer REFERENCES p (id) ON DELETE CASCADE)')
                 op.execute('CREATE TABLE g (id integer PRIMARY KEY, c_id integer REFERENCES c (id) ON DELETE CASCADE)')
                 op.execute('CREATE TABLE s (id integer PRIMARY KEY, p_id integer REFERENCES p (id) ON DELETE SET NULL)')
                 op.execute('CREATE TABLE d (id integer PRIMARY KEY, p_id integer DEFAULT 2 REFERENCES p (id) ON DELETE SET DEFAULT)')
                 op.execute('CREATE TABLE tree (id integer PRIMARY KEY, up_id integer REFERENCES tree (id) ON DELETE CASCADE)')
                 op.execute('INSERT INTO p VALUES (1, 5), (2, 6)')
                 op.execute('INSERT INTO c VALUES (1, 1), (2, 2), (3, NULL)')
                 op.execute('INSERT INTO g VALUES (1, 1), (2, 2)')
                 op.execute('INSERT INTO s VALUES (1, 1), (2, 2)')
                 op.execute('INSERT INTO d VALUES (1, 1)')
                 op.execute('INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 2), (4, 3), (5, NULL), (6, 5)')",
            ),
            (
                "b2",
                "2024-01-02 10:00:00",
                "op.execute('DELETE FROM p WHERE id = 1')
                 op.execute('DELETE FROM tree WHERE id = 1')
                 op.execute('ALTER TABLE p ALTER COLUMN n SET NOT NULL')
                 op.execute('ALTER TABLE tree ADD COLUMN name text NOT NULL DEFAULT now()::text')",
            ),
        ],
    );
    let db = chain(folder.path());
    let all = |table: &str, column: &str| {
        text(
            &db,
            &format!("SELECT group_concat(id || ':' || coalesce({column}, '-'), ' ') FROM {table}"),
        )
    };
    let found = [
        all("c", "p_id"),
        all("g", "c_id"),
        all("s", "p_id"),
        all("d", "p_id"),
        all("tree", "up_id"),
    ];
    assert_eq!(found, ["2:2 3:-", "2:2", "1:- 2:2", "1:2", "5:- 6:5"]);
}

#[test]
fn keys_that_change_take_along_what_refers_to_them_though_a_rebuild_has_foreign_keys_off() {
    let tables = "op.execute('CREATE TABLE p (id integer PRIMARY KEY, code text UNIQUE, n integer)')
         op.execute('CREATE TABLE c (id integer PRIMARY KEY, p_id integer REFERENCES p (id) ON UPDATE CASCADE)')
         op.execute('CREATE TABLE s (id integer PRIMARY KEY, p_id integer REFERENCES p (id) ON UPDATE SET NULL)')
         op.execute('CREATE TABLE d (id integer PRIMARY KEY, p_id integer DEFAULT 30 REFERENCES p (id) ON UPDATE SET DEFAULT)')
         op.execute('CREATE TABLE named (code text PRIMARY KEY REFERENCES p (code) ON UPDATE CASCADE)')
         op.execute('CREATE TABLE deep (id integer PRIMARY KEY, code text REFERENCES named (code) ON UPDATE CASCADE)')
         op.execute('CREATE TABLE tree (id integer PRIMARY KEY, up_id integer REFERENCES tree (id) ON UPDATE CASCADE)')
         op.execute(\"INSERT INTO p VALUES (1, 'a', 5), (2, 'b', 6), (30, 'c', 7)\")
         op.execute('INSERT INTO c VALUES (1, 1), (2, 2), (3, NULL)')
         op.execute('INSERT INTO s VALUES (1, 1), (2, 30)')
         op.execute('INSERT INTO d VALUES (1, 1)')
         op.execute(\"INSERT INTO named VALUES ('a'), ('b')\")
         op.execute(\"INSERT INTO deep VALUES (1, 'a'), (2, 'b')\")
         op.execute('INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 2)')";
    // The first changes foreign keys by themselves, the second with them off; both end alike.
    let change = "op.execute(\"UPDATE p SET id = id + 10, code = code || 'x' WHERE n < 7\")
         op.execute('UPDATE tree SET id = 11 - id')";
    let rebuilds = "op.execute('ALTER TABLE p ALTER COLUMN n SET NOT NULL')
         op.execute('ALTER TABLE named ADD COLUMN at text NOT NULL DEFAULT now()::text')
         op.execute('ALTER TABLE tree ADD COLUMN at text NOT NULL DEFAULT now()::text')";
    for second in [change.to_owned(), format!("{change}\n{rebuilds}")] {
        let folder = tempfile::tempdir().expect("a folder");
        let revisions = [
            ("a1", "2024-01-01 10:00:00", tables),
            ("b2", "2024-01-02 10:00:00", second.as_str()),
        ];
        history(folder.path(), &revisions);
        let db = chain(folder.path());
        let all = |table: &str, column: &str| {
            let item = format!("coalesce({column}, '-')");
            text(
                &db,
                &format!("SELECT group_concat({item}, ' ') FROM {table}"),
            )
        };
        let found = [
            all("p", "id"),
            all("c", "p_id"),
            all("s", "p_id"),
            all("d", "p_id"),
            all("named", "code"),
            all("deep", "code"),
            all("tree", "id || ':' || coalesce(up_id, 0)"),
        ];
        assert_eq!(
            found,
            [
                "11 12 30",
                "11 12 -",
                "- 30",
                "30",
                "ax bx",
                "ax bx",
                "8:9 9:10 10:0"
            ],
            "{second}"
        );
        let proof = run(folder.path(), &["prove", "--scripts", "."]);
        let said = String::from_utf8_lossy(&proof.stdout);
        assert!(proof.status.success(), "{said}");
    }
}

#[test]
fn what_a_script_works_out_from_rows_is_refused_over_other_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    history(
        folder.path(),
        &[
            (
                "a1",
                "2024-01-01 10:00:00",
                "op.execute('CREATE TABLE users (id serial PRIMARY KEY, name text, slug text)')
                 op.execute('CREATE TABLE kinds (id serial PRIMARY KEY, name text)')
                 op.execute('CREATE TABLE uses (kind_id integer REFERENCES kinds (id))')
                 op.execute(\"INSERT INTO kinds (name) VALUES ('one')\")",
            ),
            (
                "b2",
                "2024-01-02 10:00:00",
                "for row in op.get_bind().execute(sa.text('SELECT id, name FROM users')): op.execute('DELETE FROM users')
                 for row in op.get_bind().execute(sa.text('SELECT id, name FROM kinds')): op.execute(f'INSERT INTO uses VALUES ({row.id})')",
            ),
            (
                "c3",
                "2024-01-03 10:00:00",
                "kind = op.get_bind().execute(sa.text(\"INSERT INTO kinds (name) VALUES ('two') RETURNING id\")).scalar()
                 op.execute(f'INSERT INTO uses VALUES ({kind})')",
            ),
        ],
    );
    let db = chain(folder.path());
    assert_eq!(text(&db, "SELECT group_concat(kind_id) FROM uses"), "1,2");
    let words = ["--yes", "--dir", "c", "--database", "c.db"];
    let migrate = |more: &[&str]| {
        let done = run(folder.path(), &[&["migrate"], more, &words[..]].concat());
        (
            done.status.success(),
            String::from_utf8_lossy(&done.stderr).into_owned(),
        )
    };
    let (done, said) = migrate(&["down", "--step", "2"]);
    assert!(done, "{said}");
    // A row that the application wrote, to each table in turn.
    for (row, undo, words) in [
        (
            "INSERT INTO users (name) VALUES ('Ada')",
            "DELETE FROM users",
            "reads `SELECT id, name FROM users`",
        ),
        (
            "INSERT INTO kinds (name) VALUES ('other')",
            "DELETE FROM kinds WHERE name = 'other'",
            "reads `SELECT id, name FROM kinds`",
        ),
    ] {
        db.execute_batch(row).expect("a row");
        let (done, said) = migrate(&["up", "--step", "1"]);
        assert!(!done && said.contains(words), "{said}");
        db.execute_batch(undo).expect("no row");
    }
    db.execute_batch("DELETE FROM uses").expect("no rows");
    db.execute_batch("DELETE FROM kinds WHERE name = 'two'")
        .expect("no row");
    let (done, said) = migrate(&["up", "--step", "1"]);
    assert!(done, "{said}");
    // The numbers that were given out do not come again.
    let (done, said) = migrate(&["up"]);
    assert!(!done && said.contains("here it is another one"), "{said}");
    let proof = run(folder.path(), &["prove", "--scripts", "."]);
    let said = String::from_utf8_lossy(&proof.stdout);
    assert!(proof.status.success(), "{said}");
}

#[test]
fn blocks_and_defaults_are_followed_over_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    history(
        folder.path(),
        &[
            (
                "a1",
                "2024-01-01 10:00:00",
                "op.execute('CREATE TABLE t (id serial PRIMARY KEY, n text)')
                 op.execute(sa.text(\"INSERT INTO t (n) VALUES (E'a\\\\r\\\\nb;c'), (E'-- UP script\\\\n-- DOWN script')\"))",
            ),
            (
                "b2",
                "2024-01-02 10:00:00",
                "op.execute('DO $$ BEGIN ALTER TABLE t ADD COLUMN a text; UPDATE t SET a = n; ALTER TABLE t ADD COLUMN b text; END $$')
                 op.add_column('t', sa.Column('kind', sa.String(9), nullable=False, server_default='old'))
                 op.alter_column('t', 'kind', server_default=None)
                 op.add_column('t', sa.Column('late', sa.Integer))
                 op.alter_column('t', 'late', server_default='5')
                 downgrade:
                 op.add_column('t', sa.Column('gone', sa.Integer, nullable=False, server_default='7'))
                 op.alter_column('t', 'gone', server_default=None)
                 op.drop_column('t', 'kind')",
            ),
            (
                "c3",
                "2024-01-03 10:00:00",
                "op.drop_column('t', 'kind')
                 downgrade:
                 op.add_column('t', sa.Column('kind', sa.String(9), nullable=False, server_default='back'))
                 op.alter_column('t', 'kind', server_default=None)",
            ),
        ],
    );
    let db = chain(folder.path());
    let first =
        "SELECT json_quote(a) || coalesce(b, '-') || coalesce(late, '-') FROM t ORDER BY id";
    assert_eq!(text(&db, first), r#""a\r\nb;c"--"#);
    let words = [
        "migrate",
        "down",
        "--yes",
        "--dir",
        "c",
        "--database",
        "c.db",
    ];
    let done = run(folder.path(), &words);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    assert_eq!(text(&db, "SELECT group_concat(kind) FROM t"), "back,back");
    let proof = run(folder.path(), &["prove", "--scripts", "."]);
    let said = String::from_utf8_lossy(&proof.stdout);
    assert!(proof.status.success(), "{said}");
}

#[test]
fn loops_over_rows_and_rows_by_their_place_act_on_rows_that_the_history_did_not_write() {
    let folder = tempfile::tempdir().expect("a folder");
    history(
        folder.path(),
        &[
            (
                "a1",
                "2024-01-01 10:00:00",
                "op.execute('CREATE TABLE t (id serial PRIMARY KEY, n int)')
                 op.execute('CREATE TABLE u (rowid int, tid int, v int)')",
            ),
            (
                "b2",
                "2024-01-02 10:00:00",
                "op.execute('DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM t LOOP INSERT INTO u (tid, v) VALUES (r.id, r.n + 1); END LOOP; END $$')
                 op.execute('DO $$ DECLARE r record; BEGIN FOR r IN SELECT id, n FROM t WHERE n > 1 LOOP UPDATE u SET v = v + r.n WHERE tid = r.id; END LOOP; END $$')
                 op.execute('DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM t WHERE n = 0 LOOP DELETE FROM u WHERE tid = r.id; END LOOP; END $$')
                 op.execute('INSERT INTO u (tid, v) SELECT tid, v FROM u')
                 op.execute('UPDATE u SET v = (SELECT max(x.v) FROM u x WHERE x.tid = u.tid)')
                 op.execute('DELETE FROM u a USING u b WHERE a.ctid < b.ctid AND a.tid = b.tid AND a.tid = 1')
                 op.execute('DELETE FROM u WHERE ctid NOT IN (SELECT min(ctid) FROM u GROUP BY tid)')",
            ),
        ],
    );
    let convert = ["convert", "--out", "c", "--scripts", "."];
    let done = run(folder.path(), &convert);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    let to = |step: &str| {
        let words = [
            "migrate",
            "up",
            "--yes",
            "--dir",
            "c",
            "--database",
            "c.db",
            "--step",
            step,
        ];
        let done = run(folder.path(), &words);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
    };
    to("1");
    let db = rusqlite::Connection::open(folder.path().join("c.db")).expect("a database");
    db.execute_batch("INSERT INTO t (id, n) VALUES (1, 5), (2, 0), (3, 1)")
        .expect("rows");
    drop(db);
    to("1");
    let db = rusqlite::Connection::open(folder.path().join("c.db")).expect("a database");
    let rows = "SELECT group_concat(tid || '=' || v, ' ') FROM (SELECT * FROM u ORDER BY tid)";
    assert_eq!(text(&db, rows), "1=11 3=2");

    // Turns that add up have no single statement: told, not dropped.
    let folder = tempfile::tempdir().expect("a folder");
    history(
        folder.path(),
        &[
            (
                "a1",
                "2024-01-01 10:00:00",
                "op.execute('CREATE TABLE t (id serial PRIMARY KEY, n int)')",
            ),
            (
                "b2",
                "2024-01-02 10:00:00",
                "op.execute('DO $$ DECLARE r record; BEGIN FOR r IN SELECT n FROM t LOOP UPDATE t SET n = t.n + r.n WHERE id > 1; END LOOP; END $$')",
            ),
        ],
    );
    let done = run(folder.path(), &convert);
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(3), "{said}");
    assert!(said.contains("a loop over rows"), "{said}");
}

#[test]
fn moments_and_random_values_are_taken_when_the_migration_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    history(
        folder.path(),
        &[(
            "a1",
            "2024-01-01 10:00:00",
            "import datetime, uuid
             op.execute('CREATE TABLE t (id uuid PRIMARY KEY, at timestamp NOT NULL, name text)')
             t = sa.table('t', sa.column('id', sa.Uuid), sa.column('at', sa.DateTime), sa.column('name', sa.Text))
             op.bulk_insert(t, [{'id': uuid.uuid4(), 'at': datetime.datetime.now(), 'name': 'a'}])
             op.execute(t.insert().values(id=uuid.uuid4(), at=datetime.datetime.utcnow(), name='b'))
             op.execute(t.update().values(at=datetime.datetime.now()).where(t.c.name == 'a'))",
        )],
    );
    let db = chain(folder.path());
    let found = "SELECT group_concat(name || length(id) || length(at) || (at > '2020')) FROM t";
    assert_eq!(text(&db, found), "a32261,b32261");
    let (one, done) = ("SELECT count(DISTINCT id) || '' FROM t", "2");
    assert_eq!(text(&db, one), done);
    let baseline = run(folder.path(), &["baseline", "--scripts", ".", "--out", "b"]);
    let said = String::from_utf8_lossy(&baseline.stderr);
    assert!(baseline.status.success(), "{said}");
}

/// A moment is only what the clock gave; what a script makes of it is a value that nobody knows, never another moment.
#[test]
fn what_is_computed_from_a_moment_is_not_the_moment() {
    for value in [
        "at=now() + datetime.timedelta(days=30)",
        "at=now().replace(year=2099)",
        "at=later(now())",
        "at=max(now(), datetime.datetime(2099, 1, 1))",
        "at=datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9)))",
        "at=soon",
        "id=uuid.UUID(int=uuid.uuid4().int >> 1)",
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let script = format!(
            "import datetime, uuid
             now = datetime.datetime.utcnow
             later = lambda t: t - datetime.timedelta(hours=1)
             soon = now()
             soon += datetime.timedelta(days=1)
             op.execute('CREATE TABLE t (id uuid, at timestamp)')
             t = sa.table('t', sa.column('id', sa.Uuid), sa.column('at', sa.DateTime))
             op.execute(t.insert().values({value}))
             op.execute(f\"INSERT INTO t (id, at) VALUES ('{{uuid.uuid4()}}', '{{now()}}')\")"
        );
        history(folder.path(), &[("a1", "2024-01-01 10:00:00", &script)]);
        let words = [
            "convert",
            "--scripts",
            ".",
            "--out",
            "c",
            "--accept-unconverted",
        ];
        let done = run(folder.path(), &words);
        let said = String::from_utf8_lossy(&done.stderr);
        let told = said.matches("no equal: a value of it is not known").count();
        assert!(done.status.success() && told == 2, "{value}: {said}");
    }
}

#[test]
fn keys_that_may_not_change_stop_the_migration() {
    for (second, words) in [
        ("op.execute('UPDATE p SET id = id + 10')", "restricts that"),
        (
            "op.execute('INSERT INTO p VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET id = 50')",
            "behind ON CONFLICT",
        ),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let second = format!("{second}\nop.execute('ALTER TABLE p ALTER COLUMN n SET NOT NULL')");
        let revisions = [
            (
                "a1",
                "2024-01-01 10:00:00",
                "op.execute('CREATE TABLE p (id integer PRIMARY KEY, n integer)')
                 op.execute('CREATE TABLE c (p_id integer REFERENCES p (id) ON UPDATE RESTRICT)')
                 op.execute('INSERT INTO p VALUES (1, 5)')
                 op.execute('INSERT INTO c VALUES (1)')",
            ),
            ("b2", "2024-01-02 10:00:00", second.as_str()),
        ];
        history(folder.path(), &revisions);
        let words_of = |words: &[&str]| {
            let done = run(folder.path(), words);
            (
                done.status.success(),
                String::from_utf8_lossy(&done.stderr).into_owned(),
            )
        };
        assert!(words_of(&["convert", "--out", "c", "--scripts", "."]).0);
        let up = ["migrate", "up", "--yes", "--dir", "c", "--database", "c.db"];
        let (done, said) = words_of(&up);
        assert!(!done && said.contains(words), "{said}");
    }
}

#[test]
fn conflicts_behind_any_query_are_settled_and_triggers_that_come_late_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    history(
        folder.path(),
        &[
            (
                "a1",
                "2024-01-01 10:00:00",
                "op.execute('CREATE TABLE t (id integer PRIMARY KEY, n integer)')
                 op.execute('INSERT INTO t VALUES (1, 5)')
                 op.execute('INSERT INTO t SELECT 1, 2 UNION ALL SELECT 2, 3 ON CONFLICT (id) DO NOTHING')
                 op.execute('INSERT INTO t SELECT id + 1, max(n) FROM t GROUP BY id ON CONFLICT (id) DO UPDATE SET n = excluded.n')",
            ),
            (
                "b2",
                "2024-01-02 10:00:00",
                "op.execute('CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := 9; RETURN NEW; END $$')
                 op.execute('CREATE TRIGGER touched BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch()')
                 op.execute('UPDATE t SET n = 1 WHERE id = 3')",
            ),
        ],
    );
    let mut convert = decant();
    convert.current_dir(folder.path()).args([
        "convert",
        "--accept-lossy",
        "--out",
        "c",
        "--scripts",
        ".",
    ]);
    let done = convert.output().expect("it runs");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let late =
        std::fs::read_to_string(folder.path().join("c/20240102100000_b2.sql")).expect("a file");
    assert!(
        late.contains("before the triggers touched are made"),
        "{late}"
    );
    let mut up = decant();
    up.current_dir(folder.path()).args([
        "migrate",
        "up",
        "--yes",
        "--step",
        "1",
        "--dir",
        "c",
        "--database",
        "c.db",
    ]);
    let done = up.output().expect("it runs");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let db = rusqlite::Connection::open(folder.path().join("c.db")).expect("a database");
    assert_eq!(
        text(&db, "SELECT group_concat(id || ':' || n, ' ') FROM t"),
        "1:5 2:5 3:3"
    );
}

/// Runs `decant` in a folder.
fn run(folder: &Path, words: &[&str]) -> std::process::Output {
    let mut command = decant();
    command.current_dir(folder).args(words);
    command.output().expect("it runs")
}

const SPLIT_AND_JOINED: &str = "op.execute('ALTER TABLE t ADD COLUMN first text')
     op.execute('ALTER TABLE t ADD COLUMN last text')
     op.execute(\"UPDATE t SET first = left(name, 3), last = substring(name, 5)\")
     op.execute('ALTER TABLE t DROP COLUMN name')
     op.execute(\"INSERT INTO kinds VALUES (3, 'new')\")
     downgrade:
     op.execute('ALTER TABLE t ADD COLUMN name text')
     op.execute(\"UPDATE t SET name = first || ' ' || last\")
     op.execute('ALTER TABLE t DROP COLUMN first')
     op.execute('ALTER TABLE t DROP COLUMN last')
     op.execute('ALTER TABLE t ALTER COLUMN name SET NOT NULL')
     op.execute('DELETE FROM kinds WHERE id = 3')";

#[test]
fn rows_are_changed_on_the_way_down_where_the_downgrade_changes_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = "op.execute('CREATE TABLE t (id integer PRIMARY KEY, name text NOT NULL, up_id integer REFERENCES t (id))')
         op.execute('CREATE TABLE kinds (id integer PRIMARY KEY, label text)')
         op.execute('CREATE TABLE uses (id integer PRIMARY KEY, kind_id integer REFERENCES kinds (id) ON DELETE CASCADE)')
         op.execute(\"INSERT INTO kinds VALUES (1, 'a'), (2, 'b')\")
         op.execute(\"INSERT INTO t VALUES (1, 'Ada Lovelace', NULL), (2, 'Eva Hopper', 1)\")";
    history(
        folder.path(),
        &[
            ("a1", "2024-01-01 10:00:00", first),
            ("b2", "2024-01-02 10:00:00", SPLIT_AND_JOINED),
        ],
    );
    let db = chain(folder.path());
    db.execute_batch("INSERT INTO uses VALUES (1, 1), (2, 3)")
        .expect("rows");
    assert_eq!(
        text(&db, "SELECT group_concat(first || '/' || last, ' ') FROM t"),
        "Ada/Lovelace Eva/Hopper"
    );
    let down = [
        "migrate",
        "down",
        "--yes",
        "--dir",
        "c",
        "--database",
        "c.db",
    ];
    let done = run(folder.path(), &down);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    let db = rusqlite::Connection::open(folder.path().join("c.db")).expect("a database");
    assert_eq!(
        text(
            &db,
            "SELECT group_concat(name || coalesce(up_id, ''), ', ') FROM t"
        ),
        "Ada Lovelace, Eva Hopper1"
    );
    assert_eq!(text(&db, "SELECT group_concat(label) FROM kinds"), "a,b");
    // The rebuild of `t` has foreign keys off: what hangs on the deleted row goes by a statement.
    assert_eq!(text(&db, "SELECT group_concat(kind_id) FROM uses"), "1");
    let proof = run(folder.path(), &["prove", "--scripts", "."]);
    let said = String::from_utf8_lossy(&proof.stdout);
    assert!(proof.status.success(), "{said}");
}

#[test]
fn a_downgrade_without_an_equal_stops_and_says_so_and_one_that_raises_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    history(
        folder.path(),
        &[
            (
                "a1",
                "2024-01-01 10:00:00",
                "op.execute('CREATE TABLE t (id integer PRIMARY KEY, n text)')
                 op.execute('CREATE TABLE log (n text)')",
            ),
            (
                "b2",
                "2024-01-02 10:00:00",
                "op.execute('ALTER TABLE t ADD COLUMN b text')
                 downgrade:
                 op.execute('UPDATE t SET n = quote_nullable(n)')
                 op.execute('ALTER TABLE t DROP COLUMN b')",
            ),
            (
                "c3",
                "2024-01-03 10:00:00",
                "op.execute('ALTER TABLE t ADD COLUMN c text')
                 downgrade:
                 raise NotImplementedError('no way back')",
            ),
        ],
    );
    let db = chain(folder.path());
    let third = std::fs::read_to_string(folder.path().join("c/20240103100000_c3.sql"));
    let third = third.expect("a file");
    assert!(
        third.contains("downgrade() ends with NotImplementedError"),
        "{third}"
    );
    let down = |steps: &str| {
        let words = [
            "migrate",
            "down",
            "--yes",
            "--step",
            steps,
            "--dir",
            "c",
            "--database",
            "c.db",
        ];
        run(folder.path(), &words)
    };
    assert!(down("1").status.success());
    db.execute_batch("INSERT INTO t (id, n, b) VALUES (1, 'x', 'y')")
        .expect("a row");
    let refused = down("1");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success(), "{said}");
    assert!(
        said.contains("cannot be reverted") && said.contains("quote_nullable"),
        "{said}"
    );
    assert_eq!(text(&db, "SELECT n || b FROM t"), "xy");
    // Over no rows the statement would change nothing.
    db.execute_batch("DELETE FROM t").expect("no rows");
    let done = down("1");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
}

const PEOPLE: &str = "--
-- PostgreSQL database dump
--
-- Dumped from database version 15.0
CREATE TYPE public.temper AS ENUM ('blue', 'fine', 'ok');
CREATE TABLE public.alembic_version (version_num character varying(32) NOT NULL);
CREATE TABLE public.p (id integer NOT NULL, m public.temper NOT NULL, n integer, was public.temper);
COPY public.alembic_version (version_num) FROM stdin;
d4
\\.
COPY public.p (id, m, n, was) FROM stdin;
1\tblue\t11\t\\N
2\tok\t12\tfine
\\.
ALTER TABLE ONLY public.alembic_version ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.p ADD CONSTRAINT p_pkey PRIMARY KEY (id);
--
-- PostgreSQL database dump complete
--
";

/// The enum gets a label between two, one is called otherwise, and at last the enum itself.
fn enum_history(folder: &Path) {
    history(
        folder,
        &[
            (
                "a1",
                "2024-01-01 10:00:00",
                "op.execute(\"CREATE TYPE mood AS ENUM ('sad', 'ok')\")
                 op.execute('CREATE TABLE p (id integer PRIMARY KEY, m mood NOT NULL, n integer)')
                 op.execute(\"INSERT INTO p (id, m, n) VALUES (1, 'sad', 1), (2, 'ok', 2)\")",
            ),
            (
                "b2",
                "2024-01-02 10:00:00",
                "op.execute(\"ALTER TYPE mood ADD VALUE 'fine' BEFORE 'ok'\")",
            ),
            (
                "c3",
                "2024-01-03 10:00:00",
                "op.execute(\"ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'\")",
            ),
            (
                "d4",
                "2024-01-04 10:00:00",
                "op.execute('ALTER TABLE p ADD COLUMN was mood')
                 op.execute('ALTER TABLE p ALTER COLUMN n TYPE integer USING n + 10')
                 op.execute('ALTER TYPE mood RENAME TO temper')",
            ),
        ],
    );
    let decisions = "[history]\nscripts = [\".\"]\n[storage]\nenum-tables = [\"*\"]\n";
    std::fs::write(folder.join("decant.toml"), decisions).expect("a file");
    std::fs::write(folder.join("dump.sql"), PEOPLE).expect("a dump");
}

#[test]
fn enums_become_tables_of_their_labels_by_choice() {
    let folder = tempfile::tempdir().expect("a folder");
    enum_history(folder.path());
    let ran = |words: &[&str]| {
        let done = run(folder.path(), words);
        let (out, err) = (
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr),
        );
        assert!(done.status.success(), "{words:?}: {out}{err}");
    };
    let labels = |db: &rusqlite::Connection, table: &str| {
        let sql = format!(
            "SELECT group_concat(label) FROM (SELECT label FROM {table} ORDER BY position)"
        );
        text(db, &sql)
    };
    let db = chain(folder.path());
    assert_eq!(labels(&db, "temper"), "blue,fine,ok");
    assert_eq!(
        text(&db, "SELECT group_concat(m || n) FROM p"),
        "blue11,ok12"
    );
    ran(&["prove"]);
    let migrate = ["--yes", "--dir", "c", "--database", "c.db"];
    ran(&[&["migrate", "down", "--step", "2"], &migrate[..]].concat());
    assert_eq!(labels(&db, "mood"), "sad,fine,ok");
    assert_eq!(
        text(&db, "SELECT group_concat(m || n) FROM p"),
        "sad11,ok12"
    );
    ran(&[&["migrate", "down", "--all"], &migrate[..]].concat());
    ran(&["cutover", "--source", "dump.sql", "--target", "app.db"]);
    ran(&["verify", "--source", "dump.sql", "--target", "app.db"]);
    let db = rusqlite::Connection::open(folder.path().join("app.db")).expect("a database");
    assert_eq!(labels(&db, "temper"), "blue,fine,ok");
    db.pragma_update(None, "foreign_keys", true).expect("on");
    let other = db.execute("INSERT INTO p (id, m) VALUES (3, 'no label')", []);
    assert!(other.is_err(), "{other:?}");
}

#[test]
fn the_proof_is_written_for_build_servers() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("proof.xml");
    let mut prove = decant();
    prove
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["prove", "--junit"])
        .arg(&file);
    let done = prove.output().expect("it runs");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let xml = std::fs::read_to_string(&file).expect("a file");
    assert!(xml.contains("failures=\"0\""), "{xml}");
    assert!(xml.contains("classname=\"file of baseline\""), "{xml}");
    assert!(xml.matches("classname=\"file\"").count() >= 30, "{xml}");
}

#[cfg(unix)]
#[test]
fn the_emitted_statements_run_with_the_library_of_the_original_tool() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    enum_history(folder.path());
    let prove = |python: &Path| {
        let mut prove = decant();
        prove
            .current_dir(folder.path())
            .env("DECANT_PYTHON", python)
            .args(["prove", "--rows", "3"]);
        let done = prove.output().expect("it runs");
        let both = [done.stdout, done.stderr].concat();
        (
            done.status.code(),
            String::from_utf8_lossy(&both).into_owned(),
        )
    };
    let (status, said) = prove(Path::new("no-python-of-this-name"));
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("has no libsql-client"), "{said}");
    // Stands for a Python whose library refuses a file.
    let stand_in = folder.path().join("python");
    let script = "#!/bin/sh\n[ \"$2\" = 'import libsql_client' ] && exit 0\ncat > given.json\n\
                  echo '[[], [{\"name\": \"f.sql\", \"why\": \"no such table\"}]]'\n";
    std::fs::write(&stand_in, script).expect("a script");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&stand_in, mode).expect("a mode");
    let (status, said) = prove(&stand_in);
    assert_eq!(status, Some(4), "{said}");
    assert!(
        said.contains("FAILED libsql-client revisions: f.sql: no such table"),
        "{said}"
    );
    let given = std::fs::read_to_string(folder.path().join("given.json")).expect("a file");
    assert!(
        given.contains("INSERT INTO mood (label, position)"),
        "{given}"
    );
}

#[test]
fn the_proof_compares_the_catalog_of_a_server_or_dump() {
    let prove = |spec: &str| {
        let mut prove = decant();
        prove
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["prove", "--pg", spec]);
        prove.output().expect("it runs")
    };
    let done = prove("fixtures/production.sql");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{said}");
    assert!(said.starts_with("PROVEN"), "{said}");
    let Some(database) = support::Database::new("prove_catalog") else {
        return;
    };
    let dump = support::project("fixtures/production.sql");
    if database.load_dump(&dump).is_none() {
        return;
    }
    database.execute("ALTER TABLE public.users ADD COLUMN by_hand integer; DROP INDEX public.ix_offices_company_id");
    let done = prove(&database.url());
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(!done.status.success(), "{said}");
    assert!(
        said.contains("by_hand") && said.contains("ix_offices_company_id"),
        "{said}"
    );
    assert!(said.contains("NOT PROVEN"), "{said}");
}
