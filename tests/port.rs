//! The port: every type of `fixtures/types` from a real PostgreSQL, in binary and in text; rejects, sequences, decisions and
//! interruption from a source in memory.

mod support;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use decant::ir::QualName;
use decant::lower::{ColumnMap, Encoding, Lowering, Rule, TableMap};
use decant::pg;
use decant::pg::copy::{BinaryDecoder, Cell, CopyFormat, Decoder, TextDecoder};
use decant::pg::schema::Schema;
use decant::pg::source::{RowFn, SequenceState, Source, TableSize};
use decant::pg::types::{BaseType, PgType};
use decant::port::{self, Converter, Options, Progress, Quiet, ValueIssue};
use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde::Deserialize;

// ---- Sources ----

/// What a source in memory holds: rows of text cells by table.
#[derive(Default)]
struct Memory {
    schema: Schema,
    rows: BTreeMap<String, Vec<Vec<Option<&'static str>>>>,
    sequences: BTreeMap<String, SequenceState>,
}

impl Source for Memory {
    fn describe(&self) -> String {
        "memory".to_owned()
    }
    fn schema(&self) -> &Schema {
        &self.schema
    }
    fn server_version(&self) -> Option<String> {
        None
    }
    fn alembic_versions(&self) -> Option<Vec<String>> {
        None
    }
    fn sequence_state(&self, name: &QualName) -> Option<SequenceState> {
        self.sequences.get(&name.name).copied()
    }
    fn table_size(&self, _table: &QualName) -> Option<TableSize> {
        None
    }
    fn read(
        &mut self,
        table: &QualName,
        _columns: &[String],
        _format: CopyFormat,
        row: &mut RowFn<'_>,
    ) -> Result<u64, pg::Error> {
        let rows = self.rows.get(&table.name).cloned().unwrap_or_default();
        for cells in &rows {
            let cells: Vec<Cell<'_>> = cells
                .iter()
                .map(|c| c.map_or(Cell::Null, |t| Cell::Text(t.as_bytes())))
                .collect();
            row(&cells).map_err(pg::Error::Consumer)?;
        }
        Ok(rows.len() as u64)
    }
}

/// A real server, asked for one format whatever the port would like.
struct Server {
    client: postgres::Client,
    schema: Schema,
    format: CopyFormat,
}

impl Source for Server {
    fn describe(&self) -> String {
        "server".to_owned()
    }
    fn schema(&self) -> &Schema {
        &self.schema
    }
    fn server_version(&self) -> Option<String> {
        None
    }
    fn alembic_versions(&self) -> Option<Vec<String>> {
        None
    }
    fn sequence_state(&self, _name: &QualName) -> Option<SequenceState> {
        None
    }
    fn table_size(&self, _table: &QualName) -> Option<TableSize> {
        None
    }
    fn read(
        &mut self,
        table: &QualName,
        columns: &[String],
        _format: CopyFormat,
        row: &mut RowFn<'_>,
    ) -> Result<u64, pg::Error> {
        let types: Vec<PgType> = columns
            .iter()
            .map(|c| {
                self.schema
                    .table(table)
                    .unwrap()
                    .column(c)
                    .unwrap()
                    .type_
                    .clone()
            })
            .collect();
        // The binary form of reg* is a number without name.
        let binary: Vec<bool> = types.iter().map(|t| t.base != BaseType::Regclass).collect();
        let items: Vec<String> = columns
            .iter()
            .zip(&binary)
            .map(|(c, b)| if *b { c.clone() } else { format!("{c}::text") })
            .collect();
        let (name, mut decoder) = match self.format {
            CopyFormat::Binary => ("binary", Decoder::Binary(BinaryDecoder::new("t", binary))),
            CopyFormat::Text => ("text", Decoder::Text(TextDecoder::new("t", columns.len()))),
        };
        let sql = format!(
            "COPY (SELECT {} FROM {} ORDER BY id) TO STDOUT (FORMAT {name})",
            items.join(", "),
            table.name
        );
        let mut bytes = Vec::new();
        self.client
            .copy_out(&sql)
            .unwrap()
            .read_to_end(&mut bytes)
            .unwrap();
        for piece in bytes.chunks(1000) {
            decoder.feed(piece, row)?;
        }
        decoder.finish()
    }
}

const SETTINGS: &str =
    "SET datestyle = 'ISO, MDY'; SET timezone = 'UTC'; SET intervalstyle = 'postgres';
    SET extra_float_digits = 1; SET bytea_output = 'hex'; SET lc_monetary = 'C';";

// ---- Schemas by hand ----

fn column(name: &str, pg_type: &str, declared: &str, encoding: Encoding) -> ColumnMap {
    ColumnMap {
        pg: name.to_owned(),
        sqlite: name.to_owned(),
        pg_type: PgType::parse(pg_type).unwrap(),
        declared_type: declared.to_owned(),
        encoding,
        nullable: true,
        generated: false,
        accepted: Vec::new(),
    }
}

fn table(name: &str, columns: Vec<ColumnMap>) -> TableMap {
    TableMap {
        pg: QualName::new(name),
        sqlite: name.to_owned(),
        key: columns
            .first()
            .map(|c| c.sqlite.clone())
            .into_iter()
            .collect(),
        columns,
        sequence: None,
    }
}

/// The source's schema, as far as the port looks at it.
fn pg_schema(tables: &[TableMap], types: &BTreeMap<String, String>) -> Schema {
    let mut schema = Schema::default();
    for map in tables {
        let columns: Vec<serde_json::Value> = map
            .columns
            .iter()
            .map(|c| {
                let declared = types.get(&map.pg.name).filter(|_| c.pg == "v");
                let type_ = declared.cloned().unwrap_or_else(|| c.pg_type.to_string());
                serde_json::json!({"name": c.pg, "type": type_, "nullable": c.nullable})
            })
            .collect();
        let table = serde_json::from_value(serde_json::json!({"columns": columns})).unwrap();
        schema.tables.insert(map.pg.clone(), table);
    }
    schema
}

fn lowering(tables: Vec<TableMap>) -> Lowering {
    Lowering {
        tables,
        ..Lowering::default()
    }
}

fn target(folder: &Path, sql: &str) -> PathBuf {
    let path = folder.join("target.db");
    let _ = std::fs::remove_file(&path);
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    path
}

// ---- Types ----

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    r#type: Vec<Case>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Case {
    pg: String,
    /// Base type, where `pg` is a domain.
    base: Option<String>,
    declared: String,
    encoding: Encoding,
    /// SQLAlchemy type that reads both sides, for the oracle.
    model: Option<String>,
    /// Whether `WHERE column = :value` finds the row through that type.
    found_by_value: Option<bool>,
    #[serde(default)]
    keeps: Vec<(String, String, String)>,
    #[serde(default)]
    refuses: Vec<(String, String, String, String, String)>,
}

fn cases() -> Vec<Case> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(support::project("fixtures/types"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let fixture: Fixture =
            toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        all.extend(fixture.r#type);
    }
    all
}

/// One table of the test: its values, and what they become.
struct Filled {
    map: TableMap,
    declared_pg: String,
    /// Literal, `typeof`, value.
    values: Vec<(String, String, String)>,
}

fn fill(
    name: &str,
    case: &Case,
    accepted: Vec<Rule>,
    values: Vec<(String, String, String)>,
) -> Filled {
    let pg_type = case.base.as_deref().unwrap_or(&case.pg);
    let mut v = column("v", pg_type, &case.declared, case.encoding.clone());
    v.accepted = accepted;
    Filled {
        map: table(
            name,
            vec![column("id", "integer", "INTEGER", Encoding::Integer), v],
        ),
        declared_pg: case.pg.clone(),
        values,
    }
}

/// Tables of values that keep, and for each rule tables of values that it changes.
fn filled() -> Vec<Filled> {
    let mut tables = Vec::new();
    for (number, case) in cases().iter().enumerate() {
        tables.push(fill(
            &format!("t{number}"),
            case,
            Vec::new(),
            case.keeps.clone(),
        ));
        let mut by_rule: BTreeMap<&str, Vec<(String, String, String)>> = BTreeMap::new();
        for (literal, _, rule, kind, value) in &case.refuses {
            by_rule
                .entry(rule)
                .or_default()
                .push((literal.clone(), kind.clone(), value.clone()));
        }
        for (rule, values) in by_rule {
            let accepted = vec![Rule::parse(rule).unwrap()];
            let name = format!("t{number}_{}", rule.replace('-', "_"));
            tables.push(fill(&name, case, accepted, values));
        }
    }
    tables
}

const TYPES: &str = "CREATE EXTENSION IF NOT EXISTS hstore; CREATE EXTENSION IF NOT EXISTS citext;
    CREATE EXTENSION IF NOT EXISTS ltree; CREATE TYPE mood AS ENUM ('happy', 'so-so');
    CREATE DOMAIN posint AS integer CHECK (VALUE > 0);";

fn create(client: &mut postgres::Client, tables: &[Filled]) {
    client.batch_execute(SETTINGS).unwrap();
    for table in tables {
        let name = &table.map.sqlite;
        let mut sql = format!(
            "CREATE TABLE {name} (id integer PRIMARY KEY, v {});\n",
            table.declared_pg
        );
        for (id, (literal, _, _)) in table.values.iter().enumerate() {
            sql.push_str(&format!("INSERT INTO {name} VALUES ({id}, {literal});\n"));
        }
        client
            .batch_execute(&sql)
            .unwrap_or_else(|e| panic!("{}: {e:?}", table.declared_pg));
    }
}

fn declared_types(tables: &[Filled]) -> BTreeMap<String, String> {
    tables
        .iter()
        .map(|t| (t.map.pg.name.clone(), t.declared_pg.clone()))
        .collect()
}

/// `typeof` and value as the fixtures spell them.
fn stored(value: ValueRef<'_>) -> (String, String) {
    match value {
        ValueRef::Null => ("null".into(), String::new()),
        ValueRef::Integer(n) => ("integer".into(), n.to_string()),
        ValueRef::Real(r) => ("real".into(), format!("{r:?}")),
        ValueRef::Text(t) => ("text".into(), String::from_utf8(t.to_vec()).unwrap()),
        ValueRef::Blob(b) => (
            "blob".into(),
            b.iter().map(|x| format!("{x:02x}")).collect(),
        ),
    }
}

fn same(kind: &str, expected: &str, actual: &(String, String)) -> bool {
    let equal = if kind == "real" {
        let (a, b): (f64, f64) = (
            expected.parse().unwrap(),
            actual.1.parse().unwrap_or(f64::NAN),
        );
        a == b
    } else {
        expected == actual.1
    };
    kind == actual.0 && equal
}

#[test]
fn every_type_is_stored_as_its_fixture_says() {
    let Some(database) = support::Database::with("port_types", TYPES) else {
        return;
    };
    let tables = filled();
    create(&mut database.client(), &tables);
    let maps: Vec<TableMap> = tables.iter().map(|t| t.map.clone()).collect();
    let mut schema = pg_schema(&maps, &declared_types(&tables));
    schema.domains.insert(
        QualName::new("posint"),
        serde_json::from_value(serde_json::json!({
            "base": "integer", "not_null": false, "default": null, "collation": null, "checks": [],
            "comment": null, "origin": null
        }))
        .unwrap(),
    );
    let ddl: String = maps
        .iter()
        .map(|m| {
            let declared = &m.columns[1].declared_type;
            format!(
                "CREATE TABLE {} (id INTEGER PRIMARY KEY, v {declared});\n",
                m.sqlite
            )
        })
        .collect();
    let folder = support::tempdir();
    let mut wrong = Vec::new();
    for format in [CopyFormat::Binary, CopyFormat::Text] {
        let path = target(folder.path(), &ddl);
        let mut client = database.client();
        client.batch_execute(SETTINGS).unwrap();
        let mut source = Server {
            client,
            schema: schema.clone(),
            format,
        };
        let lowering = lowering(maps.clone());
        let summary = port::run(&mut source, &lowering, &path, &Options::default(), &Quiet)
            .unwrap_or_else(|e| panic!("{format:?}: {e}"));
        let changed: u64 = summary.changes.iter().map(|c| c.count).sum();
        let refused: usize = cases().iter().map(|c| c.refuses.len()).sum();
        assert_eq!(
            changed, refused as u64,
            "{format:?}: {:#?}",
            summary.changes
        );
        let connection = Connection::open(&path).unwrap();
        for table in &tables {
            let sql = format!("SELECT v FROM {} WHERE id = ?1", table.map.sqlite);
            for (id, (literal, kind, expected)) in table.values.iter().enumerate() {
                let actual = connection
                    .query_row(&sql, [id as i64], |row| Ok(stored(row.get_ref(0)?)))
                    .unwrap();
                if !same(kind, expected, &actual) {
                    let pg = &table.declared_pg;
                    wrong.push(format!(
                        "{format:?} {pg} {literal} as {:?}: expected {kind} {expected:?}, got {} {:?}",
                        table.map.columns[1].encoding, actual.0, actual.1
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    ask_sqlalchemy(&database.url(), &folder.path().join("target.db"));
}

/// The same models must read equal values from both sides, and find rows by value.
fn ask_sqlalchemy(url: &str, path: &Path) {
    let Some(python) = support::python(support::ORACLE_PACKAGES) else {
        return;
    };
    let tables: Vec<serde_json::Value> = cases()
        .iter()
        .enumerate()
        .filter_map(|(number, case)| {
            let model = case.model.as_ref()?;
            let found = case.found_by_value.unwrap_or(true);
            Some(serde_json::json!([format!("t{number}"), model, found]))
        })
        .collect();
    let output = support::run(
        std::process::Command::new(python)
            .arg(support::project("fixtures/types/oracle.py"))
            .arg(url)
            .arg(path)
            .arg(serde_json::Value::from(tables).to_string()),
    );
    let said = String::from_utf8_lossy(&output.stdout);
    let compared: u32 = said
        .trim()
        .strip_prefix("compared ")
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| panic!("{said}"));
    assert!(compared > 100, "{said}");
}

#[test]
fn what_has_no_form_is_refused_with_its_issue_and_its_choices() {
    let Some(database) = support::Database::with("port_refused", TYPES) else {
        return;
    };
    let mut tables = filled();
    tables.retain(|t| !t.map.columns[1].accepted.is_empty());
    create(&mut database.client(), &tables);
    let mut maps: Vec<TableMap> = tables.iter().map(|t| t.map.clone()).collect();
    for map in &mut maps {
        map.columns[1].accepted.clear();
    }
    for format in [CopyFormat::Binary, CopyFormat::Text] {
        let mut client = database.client();
        client.batch_execute(SETTINGS).unwrap();
        let schema = pg_schema(&maps, &declared_types(&tables));
        let mut source = Server {
            client,
            schema,
            format,
        };
        let report = port::check(&mut source, &lowering(maps.clone()), &Quiet).unwrap();
        assert!(report.changes.is_empty());
        for (number, case) in cases().iter().enumerate() {
            for (literal, issue, rule, _, _) in &case.refuses {
                let name = format!("t{number}_{}", rule.replace('-', "_"));
                let found = report
                    .undecided
                    .iter()
                    .find(|u| u.table == name && u.issue.name() == issue)
                    .unwrap_or_else(|| panic!("{format:?} {} {literal}: not refused", case.pg));
                let rule = Rule::parse(rule).unwrap();
                assert!(
                    found.choices.contains(&rule),
                    "{} {literal}: {found}",
                    case.pg
                );
            }
        }
        let counted: u64 = report.undecided.iter().map(|u| u.count).sum();
        assert_eq!(
            counted,
            tables.iter().map(|t| t.values.len() as u64).sum::<u64>()
        );
    }
}

// ---- Runs ----

fn parent_and_child() -> (Vec<TableMap>, &'static str) {
    let parent = table(
        "parent",
        vec![
            column("id", "integer", "INTEGER", Encoding::Integer),
            column("email", "text", "TEXT", Encoding::Text),
        ],
    );
    let child = table(
        "child",
        vec![
            column("id", "integer", "INTEGER", Encoding::Integer),
            column("parent_id", "integer", "INTEGER", Encoding::Integer),
            column(
                "amount",
                "numeric",
                "NUMERIC",
                Encoding::NumericReal { scale: 10 },
            ),
        ],
    );
    let sql = "CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT COLLATE NOCASE NOT NULL UNIQUE);
        CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id), amount NUMERIC CHECK (amount > 0));
        CREATE INDEX ix_child_parent ON child (parent_id);
        CREATE TRIGGER tr AFTER INSERT ON child BEGIN DELETE FROM parent; END;";
    (vec![parent, child], sql)
}

fn memory(tables: &[TableMap], rows: &[(&str, Vec<Vec<Option<&'static str>>>)]) -> Memory {
    Memory {
        schema: pg_schema(tables, &BTreeMap::new()),
        rows: rows
            .iter()
            .map(|(t, r)| ((*t).to_owned(), r.clone()))
            .collect(),
        sequences: BTreeMap::new(),
    }
}

#[test]
fn rows_that_break_a_constraint_are_rejected_with_their_reason_and_kept_in_a_file() {
    let (mut tables, sql) = parent_and_child();
    tables[0].sequence = Some(QualName::new("parent_id_seq"));
    let mut source = memory(
        &tables,
        &[
            (
                "parent",
                vec![
                    vec![Some("1"), Some("a@x")],
                    vec![Some("2"), Some("A@X")],
                    vec![Some("3"), None],
                ],
            ),
            (
                "child",
                vec![
                    vec![Some("10"), Some("1"), Some("1.5")],
                    vec![Some("11"), Some("2"), Some("1")],
                    vec![Some("12"), Some("1"), Some("-1")],
                    vec![Some("13"), Some("1"), Some("2")],
                ],
            ),
        ],
    );
    let state = SequenceState {
        last_value: 41,
        is_called: true,
    };
    source.sequences.insert("parent_id_seq".to_owned(), state);
    let folder = support::tempdir();
    let path = target(folder.path(), sql);
    let rejects_path = folder.path().join("rejects.csv");
    let mut options = Options {
        rejects_path: Some(rejects_path.clone()),
        ..Options::default()
    };
    let lowering = lowering(tables);

    let error = port::run(&mut source, &lowering, &path, &options, &Quiet).unwrap_err();
    let port::Error::Rejected { limit: 0, summary } = &error else {
        panic!("{error}");
    };
    assert_eq!(summary.rejected(), 4);
    assert!(error.to_string().contains("refused 4 rows"), "{error}");

    let path = target(folder.path(), sql);
    options.max_rejects = 4;
    let summary = port::run(&mut source, &lowering, &path, &options, &Quiet).unwrap();
    let counts: Vec<_> = summary
        .tables
        .iter()
        .map(|t| {
            (
                t.table.as_str(),
                t.rows_read,
                t.rows_written,
                t.rows_rejected,
            )
        })
        .collect();
    assert_eq!(counts, [("parent", 3, 1, 2), ("child", 4, 2, 2)]);
    let rejects: Vec<_> = summary
        .rejects
        .iter()
        .map(|r| format!("{} {}: {}", r.table, r.key, r.reason))
        .collect();
    assert!(rejects[0].starts_with("parent 2: UNIQUE constraint failed: parent.email"));
    assert!(rejects[1].starts_with("parent 3: NOT NULL constraint failed: parent.email"));
    assert!(rejects[2].starts_with("child 12: CHECK constraint failed"));
    assert!(
        rejects[3].starts_with("child 11: FOREIGN KEY constraint failed: no such row in parent")
    );
    let file = std::fs::read_to_string(&rejects_path).unwrap();
    assert_eq!(file.lines().count(), 5, "{file}");
    assert!(file.contains("\"2,A@X\""), "{file}");

    let connection = Connection::open(&path).unwrap();
    let objects: i64 = connection
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE name IN ('ix_child_parent', 'tr')",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(objects, 2);
    connection
        .execute("INSERT INTO parent (email) VALUES ('next@x')", [])
        .unwrap();
    assert_eq!(connection.last_insert_rowid(), 42);
    assert_eq!(summary.sequences[0].next, 42);
}

#[test]
fn undecided_values_are_all_named_with_keys_and_end_the_port() {
    let (tables, sql) = parent_and_child();
    let rows: Vec<_> = ["1e-11", "0.00000000001", "NaN", "5"]
        .iter()
        .zip(["1", "2", "3", "4"])
        .map(|(amount, id)| vec![Some(id), None, Some(*amount)])
        .collect();
    let rows: Vec<Vec<Option<&'static str>>> = rows.into_iter().skip(1).collect();
    let mut source = memory(&tables, &[("child", rows)]);
    let folder = support::tempdir();
    let path = target(folder.path(), sql);
    let error = port::run(
        &mut source,
        &lowering(tables),
        &path,
        &Options::default(),
        &Quiet,
    )
    .unwrap_err();
    let port::Error::Refused { undecided } = &error else {
        panic!("{error}");
    };
    let found: Vec<_> = undecided
        .iter()
        .map(|u| {
            (
                u.table.as_str(),
                u.column.as_str(),
                u.issue,
                u.count,
                u.examples.clone(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                "child",
                "amount",
                ValueIssue::NumericInexact,
                1,
                vec!["2".to_owned()]
            ),
            (
                "child",
                "amount",
                ValueIssue::NumericNan,
                1,
                vec!["3".to_owned()]
            ),
        ]
    );
    assert!(
        error
            .to_string()
            .contains("accept one of nearest, decimal-text"),
        "{error}"
    );
}

#[test]
fn damage_drift_and_a_filled_target_are_told_with_their_place() {
    let (tables, sql) = parent_and_child();
    let folder = support::tempdir();
    let run = |source: &mut Memory, tables: &[TableMap], sql: &str| {
        let path = target(folder.path(), sql);
        port::run(
            source,
            &lowering(tables.to_vec()),
            &path,
            &Options::default(),
            &Quiet,
        )
        .unwrap_err()
        .to_string()
    };
    let mut source = memory(
        &tables,
        &[(
            "parent",
            vec![vec![Some("1"), Some("a")], vec![Some("x"), Some("b")]],
        )],
    );
    let said = run(&mut source, &tables, sql);
    assert_eq!(
        said,
        "table parent, column id, row 2: not a value of type integer: it is not a whole number"
    );

    let said = run(&mut memory(&tables[..1], &[]), &tables, sql);
    assert!(said.contains("table child is missing"), "{said}");

    let mut other = tables.clone();
    other[0].columns[0].pg_type = PgType::parse("bigint").unwrap();
    let said = run(&mut memory(&tables, &[]), &other, sql);
    assert!(
        said.contains("column parent.id is integer, not bigint"),
        "{said}"
    );

    let said = run(
        &mut memory(&tables, &[]),
        &tables,
        &format!("{sql} INSERT INTO parent VALUES (1, 'x')"),
    );
    assert!(said.contains("table parent has rows already"), "{said}");

    other[0].columns[0].pg_type = PgType::parse("integer").unwrap();
    other[0].columns[1].encoding = Encoding::UuidHex;
    let said = run(&mut memory(&tables, &[]), &other, sql);
    assert!(
        said.contains("values of type text have no form in encoding"),
        "{said}"
    );
}

#[derive(Default)]
struct Stopping {
    rows: AtomicU64,
    after: u64,
}

impl Progress for Stopping {
    fn advanced(&self, rows: u64, _bytes: u64) {
        self.rows.fetch_add(rows, Ordering::SeqCst);
    }
    fn interrupted(&self) -> bool {
        self.rows.load(Ordering::SeqCst) > self.after
    }
}

#[test]
fn progress_hears_every_row_and_may_stop_the_port() {
    let (mut tables, sql) = parent_and_child();
    tables.truncate(1);
    let numbers: Vec<&'static str> = (0..20_000)
        .map(|n| &*Box::leak(n.to_string().into_boxed_str()))
        .collect();
    let rows: Vec<_> = numbers.iter().map(|n| vec![Some(*n), Some(*n)]).collect();
    let mut source = memory(&tables, &[("parent", rows)]);
    let folder = support::tempdir();
    let path = target(folder.path(), sql);
    let all = Stopping {
        after: u64::MAX,
        ..Stopping::default()
    };
    let summary = port::run(
        &mut source,
        &lowering(tables.clone()),
        &path,
        &Options::default(),
        &all,
    )
    .unwrap();
    assert_eq!(all.rows.load(Ordering::SeqCst), 20_000);
    assert_eq!(summary.tables[0].rows_written, 20_000);
    let path = target(folder.path(), sql);
    let some = Stopping {
        after: 5000,
        ..Stopping::default()
    };
    let error = port::run(
        &mut source,
        &lowering(tables),
        &path,
        &Options::default(),
        &some,
    )
    .unwrap_err();
    assert!(matches!(error, port::Error::Interrupted), "{error}");
}

// ---- No bytes are too strange ----

/// Text that a dump has, in the time zone of its session.
#[test]
fn text_of_a_session_in_another_zone_is_stored_in_utc() {
    for (pg_type, encoding, text, expected) in [
        (
            "timestamptz",
            Encoding::TimestampUtc,
            "2024-03-31 02:30:00+02",
            "2024-03-31 00:30:00.000000",
        ),
        (
            "timestamptz",
            Encoding::TimestampUtc,
            "1890-01-01 00:53:28.5+00:53:28",
            "1890-01-01 00:00:00.500000",
        ),
        (
            "timestamptz",
            Encoding::PgText,
            "2024-01-01 00:30:00.25-05:30",
            "2024-01-01 06:00:00.25+00",
        ),
        (
            "timestamptz",
            Encoding::PgText,
            "0044-03-15 12:00:00+01 BC",
            "0044-03-15 11:00:00+00 BC",
        ),
        (
            "tstzrange",
            Encoding::PgText,
            "[\"2024-01-01 01:00:00+01\",infinity)",
            "[\"2024-01-01 00:00:00+00\",infinity)",
        ),
        ("tstzmultirange", Encoding::PgText, "{}", "{}"),
        (
            "timestamptz[]",
            Encoding::ArrayJson,
            "{\"2024-01-01 01:00:00+01\"}",
            "[\"2024-01-01 00:00:00.000000\"]",
        ),
        (
            "tstzrange[]",
            Encoding::ArrayJson,
            "{\"[\\\"2024-01-01 01:00:00+01\\\",)\"}",
            "[\"[\\\"2024-01-01 00:00:00+00\\\",)\"]",
        ),
    ] {
        let converter = Converter::new(&column("v", pg_type, "TEXT", encoding)).unwrap();
        let mut scratch = Vec::new();
        let converted = converter
            .convert(Cell::Text(text.as_bytes()), &mut scratch)
            .unwrap();
        assert_eq!(
            converted.value,
            port::Value::Text(expected),
            "{pg_type} {text}"
        );
    }
}

fn every_pair() -> Vec<Converter> {
    let mut pairs = Vec::new();
    for case in cases() {
        let pg_type = case.base.unwrap_or(case.pg);
        for encoding in [
            case.encoding.clone(),
            Encoding::Text,
            Encoding::Blob,
            Encoding::ArrayJson,
            Encoding::Json,
        ] {
            for accepted in [
                vec![],
                vec![Rule::Nearest, Rule::Null, Rule::Clamp, Rule::Text],
            ] {
                let mut map = column("v", &pg_type, &case.declared, encoding.clone());
                map.accepted = accepted;
                pairs.extend(Converter::new(&map));
            }
        }
    }
    pairs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_converter_panic(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0u8), Just(1u8), Just(b'{'), Just(b'"'), Just(b'-'), Just(b'1')], 0..80)) {
        thread_local! {
            static PAIRS: Vec<Converter> = every_pair();
        }
        PAIRS.with(|pairs| {
            let mut scratch = Vec::new();
            for converter in pairs {
                let _ = converter.convert(Cell::Binary(&bytes), &mut scratch);
                let _ = converter.convert(Cell::Text(&bytes), &mut scratch);
            }
        });
    }
}
