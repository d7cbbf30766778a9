//! Seeded differences: each is planted alone and must be found at its table and column, with its kind; without one there are
//! none. The source is a table of PostgreSQL's output texts in memory, the target a real SQLite file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use decant::ir::QualName;
use decant::lower::{ColumnMap, Encoding, Lowering, Rule, TableMap};
use decant::pg::copy::{Cell, CopyFormat};
use decant::pg::schema::Schema;
use decant::pg::source::{RowFn, SequenceState, Source, TableSize};
use decant::pg::types::PgType;
use decant::sqlite::schema as lite;
use decant::verify::{self, DifferenceKind, Level, Options, Silent, Verification};

/// Names of columns, and their texts row by row.
type Rows = (Vec<String>, Vec<Vec<Option<String>>>);

/// Rows as PostgreSQL prints them.
struct Memory {
    schema: Schema,
    tables: BTreeMap<String, Rows>,
    sequence: SequenceState,
}

impl Source for Memory {
    fn describe(&self) -> String {
        "rows in memory".to_owned()
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
        Some(self.sequence)
    }
    fn table_size(&self, table: &QualName) -> Option<TableSize> {
        let (_, rows) = self.tables.get(&table.name)?;
        Some(TableSize {
            rows: rows.len() as u64,
            bytes: 0,
            exact: false,
        })
    }
    fn read(
        &mut self,
        table: &QualName,
        columns: &[String],
        _format: CopyFormat,
        row: &mut RowFn<'_>,
    ) -> Result<u64, decant::pg::Error> {
        let (names, rows) = &self.tables[&table.name];
        let places: Vec<usize> = columns
            .iter()
            .map(|c| names.iter().position(|n| n == c).unwrap())
            .collect();
        for values in rows {
            let cells: Vec<Cell<'_>> = places
                .iter()
                .map(|p| {
                    values[*p]
                        .as_deref()
                        .map_or(Cell::Null, |t| Cell::Text(t.as_bytes()))
                })
                .collect();
            row(&cells).map_err(decant::pg::Error::Consumer)?;
        }
        Ok(rows.len() as u64)
    }
}

/// A column: name, PostgreSQL type, declared type, encoding, and its text and stored SQL value in two rows.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    Encoding,
    [Option<&'static str>; 2],
    [&'static str; 2],
);

fn item_columns() -> Vec<Row> {
    use Encoding as E;
    vec![
        (
            "id",
            "integer",
            "INTEGER",
            E::Integer,
            [Some("1"), Some("2")],
            ["1", "2"],
        ),
        (
            "name",
            "text",
            "TEXT",
            E::Text,
            [Some("Zoë"), Some("")],
            ["'Zoë'", "''"],
        ),
        (
            "code",
            "character(5)",
            "CHAR(5)",
            E::Text,
            [Some("ab   "), Some("abcde")],
            ["'ab   '", "'abcde'"],
        ),
        (
            "price",
            "numeric(10,2)",
            "NUMERIC(10, 2)",
            E::NumericReal { scale: 2 },
            [Some("1.10"), Some("5.00")],
            ["1.1", "5"],
        ),
        (
            "exact",
            "numeric",
            "TEXT",
            E::DecimalText,
            [Some("12345678901234567.890"), Some("0.10")],
            ["'12345678901234567.890'", "'0.10'"],
        ),
        (
            "ratio",
            "real",
            "FLOAT",
            E::Real { single: true },
            [Some("0.1"), Some("2")],
            ["0.1", "2.0"],
        ),
        (
            "active",
            "boolean",
            "BOOLEAN",
            E::Bool,
            [Some("t"), Some("f")],
            ["1", "0"],
        ),
        (
            "born",
            "date",
            "DATE",
            E::Date,
            [Some("2024-02-29"), None],
            ["'2024-02-29'", "NULL"],
        ),
        (
            "made",
            "timestamp without time zone",
            "DATETIME",
            E::Timestamp,
            [Some("2024-02-29 12:34:56.7"), Some("1999-12-31 23:59:59")],
            [
                "'2024-02-29 12:34:56.700000'",
                "'1999-12-31 23:59:59.000000'",
            ],
        ),
        (
            "seen",
            "timestamp with time zone",
            "DATETIME",
            E::TimestampUtc,
            [
                Some("2024-02-29 12:34:56.000001+00"),
                Some("2024-07-01 01:30:00+05:30"),
            ],
            [
                "'2024-02-29 12:34:56.000001'",
                "'2024-06-30 20:00:00.000000'",
            ],
        ),
        (
            "alarm",
            "time without time zone",
            "TIME",
            E::Time,
            [Some("06:30:00"), Some("23:59:59.999999")],
            ["'06:30:00.000000'", "'23:59:59.999999'"],
        ),
        (
            "shift",
            "time with time zone",
            "TIME",
            E::TimeTz,
            [Some("06:30:00+02"), Some("00:00:00-00:30")],
            ["'06:30:00.000000+02:00'", "'00:00:00.000000-00:30'"],
        ),
        (
            "span",
            "interval",
            "DATETIME",
            E::IntervalEpoch,
            [Some("1 mon 1 day 00:00:01"), Some("-00:00:01")],
            [
                "'1970-02-01 00:00:01.000000'",
                "'1969-12-31 23:59:59.000000'",
            ],
        ),
        (
            "uid",
            "uuid",
            "CHAR(32)",
            E::UuidHex,
            [
                Some("12345678-1234-5678-1234-567812345678"),
                Some("00000000-0000-0000-0000-000000000000"),
            ],
            [
                "'12345678123456781234567812345678'",
                "'00000000000000000000000000000000'",
            ],
        ),
        (
            "doc",
            "jsonb",
            "TEXT",
            E::Json,
            [Some(r#"{"x": 1.10}"#), Some("null")],
            [r#"'{"x": 1.10}'"#, "'null'"],
        ),
        (
            "tags",
            "text[]",
            "TEXT",
            E::ArrayJson,
            [Some(r#"{a,"b \"c\"",NULL,"NULL","é"}"#), Some("{}")],
            [r#"'["a", "b \"c\"", null, "NULL", "\u00e9"]'"#, "'[]'"],
        ),
        (
            "grid",
            "integer[]",
            "TEXT",
            E::ArrayJson,
            [Some("[0:1][1:2]={{1,2},{3,NULL}}"), None],
            ["'[[1, 2], [3, null]]'", "NULL"],
        ),
        (
            "times",
            "timestamp with time zone[]",
            "TEXT",
            E::ArrayJson,
            [Some(r#"{"2024-01-01 00:00:00+00"}"#), None],
            [r#"'["2024-01-01 00:00:00.000000"]'"#, "NULL"],
        ),
        (
            "docs",
            "jsonb[]",
            "TEXT",
            E::ArrayJson,
            [
                Some(r#"{"{\"a\": [1, 2]}","null",NULL,"\"s\""}"#),
                Some("{{1,2}}"),
            ],
            [r#"'[{"a": [1, 2]}, null, null, "s"]'"#, "'[[1, 2]]'"],
        ),
        (
            "attrs",
            "hstore",
            "TEXT",
            E::HstoreJson,
            [Some(r#""a"=>"1", "b"=>NULL"#), None],
            [r#"'{"a": "1", "b": null}'"#, "NULL"],
        ),
        (
            "data",
            "bytea",
            "BLOB",
            E::Blob,
            [Some("\\x00ff10"), Some("\\x")],
            ["x'00ff10'", "x''"],
        ),
        (
            "ip",
            "inet",
            "TEXT",
            E::PgText,
            [Some("10.0.0.1"), None],
            ["'10.0.0.1'", "NULL"],
        ),
        (
            "note",
            "text",
            "TEXT",
            E::Text,
            [None, Some("  padded ")],
            ["NULL", "'  padded '"],
        ),
    ]
}

fn column(name: &str, pg: &str, declared: &str, encoding: Encoding) -> ColumnMap {
    ColumnMap {
        pg: name.to_owned(),
        sqlite: name.to_owned(),
        pg_type: PgType::parse(pg).unwrap(),
        declared_type: declared.to_owned(),
        encoding,
        nullable: !matches!(name, "id" | "name"),
        generated: false,
        accepted: Vec::new(),
    }
}

fn lite_table(name: &str, columns: &[ColumnMap], key: &[&str]) -> lite::Table {
    lite::Table {
        name: name.to_owned(),
        columns: columns
            .iter()
            .map(|c| lite::Column {
                name: c.sqlite.clone(),
                declared_type: c.declared_type.clone(),
                not_null: !c.nullable,
                ..lite::Column::default()
            })
            .collect(),
        primary_key: (!key.is_empty()).then(|| lite::PrimaryKey {
            name: None,
            columns: key.iter().map(|k| (*k).to_owned()).collect(),
            autoincrement: name == "items",
        }),
        ..lite::Table::default()
    }
}

fn map(name: &str, columns: Vec<ColumnMap>, key: &[&str]) -> TableMap {
    TableMap {
        pg: QualName::new(name),
        sqlite: name.to_owned(),
        columns,
        key: key.iter().map(|k| (*k).to_owned()).collect(),
        sequence: (name == "items").then(|| QualName::new("items_id_seq")),
    }
}

/// A source, what it was lowered to, and a target without faults.
struct World {
    folder: tempfile::TempDir,
    source: Memory,
    lowering: Lowering,
}

impl World {
    fn new() -> Self {
        let items = item_columns();
        let item_maps: Vec<ColumnMap> = items
            .iter()
            .map(|c| column(c.0, c.1, c.2, c.3.clone()))
            .collect();
        let log = vec![
            column("message", "text", "TEXT", Encoding::Text),
            column("level", "integer", "INTEGER", Encoding::Integer),
            column("at", "timestamp", "DATETIME", Encoding::Timestamp),
        ];
        let links = vec![
            column("id", "uuid", "CHAR(32)", Encoding::UuidHex),
            column("item_id", "integer", "INTEGER", Encoding::Integer),
        ];
        let mut sqlite = lite::Schema::default();
        sqlite.tables.push(lite_table("items", &item_maps, &["id"]));
        sqlite.tables.push(lite_table("log", &log, &[]));
        let mut links_table = lite_table("links", &links, &["id"]);
        links_table.foreign_keys.push(lite::ForeignKey {
            name: Some("fk_links_item".to_owned()),
            columns: vec!["item_id".to_owned()],
            ref_table: "items".to_owned(),
            ref_columns: vec!["id".to_owned()],
            on_delete: Some("CASCADE".to_owned()),
            on_update: None,
            deferred: false,
            origin: None,
        });
        sqlite.tables.push(links_table);
        sqlite.indexes.push(lite::Index {
            name: "ix_links_item".to_owned(),
            table: "links".to_owned(),
            parts: vec![lite::IndexPart {
                key: lite::IndexKey::Column("item_id".to_owned()),
                collate: None,
                descending: false,
            }],
            unique: false,
            predicate: Some("item_id > 0".to_owned()),
            origin: None,
        });
        let mut tables = BTreeMap::new();
        let owned = |t: &Option<&str>| t.map(str::to_owned);
        let rows = (0..2)
            .map(|r| items.iter().map(|c| owned(&c.4[r])).collect())
            .collect();
        tables.insert("items".to_owned(), (names(&item_maps), rows));
        let text = |s: String| Some(s);
        let mut log_rows: Vec<Vec<Option<String>>> = (0..500)
            .map(|n| {
                vec![
                    text(format!("line {n}")),
                    text((n % 5).to_string()),
                    text("2024-01-01 00:00:00".to_owned()),
                ]
            })
            .collect();
        log_rows.push(log_rows[7].clone());
        tables.insert("log".to_owned(), (names(&log), log_rows));
        let link_rows = (0..300)
            .map(|n| {
                vec![
                    text(format!("00000000-0000-0000-0000-{n:012}")),
                    text((n % 2 + 1).to_string()),
                ]
            })
            .collect();
        tables.insert("links".to_owned(), (names(&links), link_rows));
        let lowering = Lowering {
            sqlite,
            tables: vec![
                map("items", item_maps, &["id"]),
                map("log", log, &[]),
                map("links", links, &["id"]),
            ],
            ..Lowering::default()
        };
        let source = Memory {
            schema: Schema::default(),
            tables,
            sequence: SequenceState {
                last_value: 7,
                is_called: true,
            },
        };
        Self {
            folder: tempfile::tempdir().unwrap(),
            source,
            lowering,
        }
    }

    /// A target without faults, then `fault` executed on it.
    fn target(&self, fault: &str) -> PathBuf {
        let path = self.folder.path().join("target.db");
        let _ = std::fs::remove_file(&path);
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .execute_batch("PRAGMA foreign_keys = OFF; BEGIN")
            .unwrap();
        for statement in decant::sqlite::emit::emit_schema(&self.lowering.sqlite).up {
            connection.execute_batch(&statement).unwrap();
        }
        let items = item_columns();
        for r in 0..2 {
            let values: Vec<&str> = items.iter().map(|c| c.5[r]).collect();
            connection
                .execute_batch(&format!("INSERT INTO items VALUES ({})", values.join(", ")))
                .unwrap();
        }
        let mut log = connection
            .prepare("INSERT INTO log VALUES (?1, ?2, '2024-01-01 00:00:00.000000')")
            .unwrap();
        for n in (0..500_i64).rev().chain([7]) {
            log.execute((format!("line {n}"), n % 5)).unwrap();
        }
        let mut links = connection
            .prepare("INSERT INTO links VALUES (?1, ?2)")
            .unwrap();
        for n in 0..300_i64 {
            links.execute((format!("{n:032}"), n % 2 + 1)).unwrap();
        }
        connection
            .execute_batch("UPDATE sqlite_sequence SET seq = 7")
            .unwrap();
        connection
            .execute_batch(fault)
            .unwrap_or_else(|e| panic!("{fault}: {e}"));
        connection.execute_batch("COMMIT").unwrap();
        path
    }

    fn run(&mut self, target: &Path, level: Level, options: &Options) -> Verification {
        verify::run(
            &mut self.source,
            &self.lowering,
            target,
            level,
            options,
            &Silent,
        )
        .unwrap()
    }
}

fn names(columns: &[ColumnMap]) -> Vec<String> {
    columns.iter().map(|c| c.pg.clone()).collect()
}

#[test]
fn a_port_without_faults_gives_no_findings() {
    let mut world = World::new();
    let target = world.target("");
    for level in [Level::Counts, Level::Sample, Level::Digest, Level::Full] {
        let result = world.run(&target, level, &Options::default());
        assert!(result.ok(), "{level:?}: {:#?}", result.reasons());
        assert_eq!(result.by_rule(), 0);
        assert_eq!(result.tables.len(), 3);
    }
}

/// Name, SQL that plants it, table, column (empty: a row), kind.
const FAULTS: &[(&str, &str, &str, &str, DifferenceKind)] = &[
    (
        "a lost row",
        "DELETE FROM links WHERE id LIKE '%0042'",
        "links",
        "",
        DifferenceKind::RowMissing,
    ),
    (
        "an invented row",
        "INSERT INTO links VALUES ('ffffffffffffffffffffffffffffffff', 1)",
        "links",
        "",
        DifferenceKind::RowExtra,
    ),
    (
        "a changed reference",
        "UPDATE links SET item_id = 1 WHERE id LIKE '%0041'",
        "links",
        "item_id",
        DifferenceKind::Value,
    ),
    (
        "a dashed UUID in the key",
        "UPDATE links SET id = '00000000-0000-0000-0000-000000000042' WHERE id LIKE '%0042'",
        "links",
        "id",
        DifferenceKind::StorageForm,
    ),
    (
        "a repeated row without a key",
        "INSERT INTO log SELECT * FROM log WHERE message = 'line 9'",
        "log",
        "",
        DifferenceKind::RowRepeated,
    ),
    (
        "a repetition lost",
        "DELETE FROM log WHERE rowid = (SELECT max(rowid) FROM log)",
        "log",
        "",
        DifferenceKind::RowMissing,
    ),
    (
        "a changed cell without a key",
        "UPDATE log SET level = 9 WHERE message = 'line 33'",
        "log",
        "level",
        DifferenceKind::Value,
    ),
    (
        "two rows' values swapped",
        "UPDATE items SET price = CASE id WHEN 1 THEN 5 ELSE 1.1 END",
        "items",
        "price",
        DifferenceKind::Value,
    ),
    (
        "a letter's accent",
        "UPDATE items SET name = 'Zoe' WHERE id = 1",
        "items",
        "name",
        DifferenceKind::Value,
    ),
    (
        "the same letter decomposed",
        "UPDATE items SET name = 'Zoe' || char(776) WHERE id = 1",
        "items",
        "name",
        DifferenceKind::Value,
    ),
    (
        "a blank for an empty text",
        "UPDATE items SET name = ' ' WHERE id = 2",
        "items",
        "name",
        DifferenceKind::Value,
    ),
    (
        "NULL for an empty text",
        "PRAGMA writable_schema = ON; UPDATE items SET note = NULL WHERE id = 2",
        "items",
        "note",
        DifferenceKind::Value,
    ),
    (
        "an empty text for NULL",
        "UPDATE items SET note = '' WHERE id = 1",
        "items",
        "note",
        DifferenceKind::Value,
    ),
    (
        "a trimmed text",
        "UPDATE items SET note = trim(note) WHERE id = 2",
        "items",
        "note",
        DifferenceKind::Value,
    ),
    (
        "a trimmed char",
        "UPDATE items SET code = 'ab' WHERE id = 1",
        "items",
        "code",
        DifferenceKind::Value,
    ),
    (
        "a cent",
        "UPDATE items SET price = 1.11 WHERE id = 1",
        "items",
        "price",
        DifferenceKind::Value,
    ),
    (
        "the next double",
        "UPDATE items SET price = 1.1000000000000003 WHERE id = 1",
        "items",
        "price",
        DifferenceKind::Value,
    ),
    (
        "a numeric as text",
        "UPDATE items SET price = '1.1x' WHERE id = 1",
        "items",
        "price",
        DifferenceKind::StorageForm,
    ),
    (
        "a decimal's scale",
        "UPDATE items SET exact = '0.1' WHERE id = 2",
        "items",
        "exact",
        DifferenceKind::Value,
    ),
    (
        "a decimal's last digit",
        "UPDATE items SET exact = '12345678901234567.891' WHERE id = 1",
        "items",
        "exact",
        DifferenceKind::Value,
    ),
    (
        "a widened float",
        "UPDATE items SET ratio = 0.10000000149011612 WHERE id = 1",
        "items",
        "ratio",
        DifferenceKind::Value,
    ),
    (
        "a boolean as text",
        "UPDATE items SET active = 'false' WHERE id = 2",
        "items",
        "active",
        DifferenceKind::StorageForm,
    ),
    (
        "a boolean turned",
        "UPDATE items SET active = 0 WHERE id = 1",
        "items",
        "active",
        DifferenceKind::Value,
    ),
    (
        "a boolean of two",
        "UPDATE items SET active = 2 WHERE id = 1",
        "items",
        "active",
        DifferenceKind::StorageForm,
    ),
    (
        "a day",
        "UPDATE items SET born = '2024-03-01' WHERE id = 1",
        "items",
        "born",
        DifferenceKind::Value,
    ),
    (
        "a date with a time",
        "UPDATE items SET born = '2024-02-29 00:00:00' WHERE id = 1",
        "items",
        "born",
        DifferenceKind::StorageForm,
    ),
    (
        "a date eaten by affinity",
        "UPDATE items SET born = '20240229' WHERE id = 1",
        "items",
        "born",
        DifferenceKind::StorageForm,
    ),
    (
        "a microsecond",
        "UPDATE items SET seen = '2024-02-29 12:34:56.000002' WHERE id = 1",
        "items",
        "seen",
        DifferenceKind::Value,
    ),
    (
        "a fraction without six digits",
        "UPDATE items SET made = '2024-02-29 12:34:56.7' WHERE id = 1",
        "items",
        "made",
        DifferenceKind::StorageForm,
    ),
    (
        "a T between date and time",
        "UPDATE items SET made = '2024-02-29T12:34:56.700000' WHERE id = 1",
        "items",
        "made",
        DifferenceKind::StorageForm,
    ),
    (
        "an offset kept",
        "UPDATE items SET seen = seen || '+00:00' WHERE id = 1",
        "items",
        "seen",
        DifferenceKind::StorageForm,
    ),
    (
        "an offset dropped",
        "UPDATE items SET seen = '2024-07-01 01:30:00.000000' WHERE id = 2",
        "items",
        "seen",
        DifferenceKind::Value,
    ),
    (
        "an epoch",
        "UPDATE items SET made = 1709210096 WHERE id = 1",
        "items",
        "made",
        DifferenceKind::StorageForm,
    ),
    (
        "a time's seconds",
        "UPDATE items SET alarm = '06:30:01.000000' WHERE id = 1",
        "items",
        "alarm",
        DifferenceKind::Value,
    ),
    (
        "a time without fraction",
        "UPDATE items SET alarm = '06:30:00' WHERE id = 1",
        "items",
        "alarm",
        DifferenceKind::StorageForm,
    ),
    (
        "a time's offset",
        "UPDATE items SET shift = '06:30:00.000000+01:00' WHERE id = 1",
        "items",
        "shift",
        DifferenceKind::Value,
    ),
    (
        "an interval's sign",
        "UPDATE items SET span = '1970-01-01 00:00:01.000000' WHERE id = 2",
        "items",
        "span",
        DifferenceKind::Value,
    ),
    (
        "a month of 31 days",
        "UPDATE items SET span = '1970-02-02 00:00:01.000000' WHERE id = 1",
        "items",
        "span",
        DifferenceKind::Value,
    ),
    (
        "a dashed UUID",
        "UPDATE items SET uid = '12345678-1234-5678-1234-567812345678' WHERE id = 1",
        "items",
        "uid",
        DifferenceKind::StorageForm,
    ),
    (
        "a UUID in capitals",
        "UPDATE items SET uid = 'ABCDEF00000000000000000000000000' WHERE id = 1",
        "items",
        "uid",
        DifferenceKind::StorageForm,
    ),
    (
        "a UUID as bytes",
        "UPDATE items SET uid = x'12345678123456781234567812345678' WHERE id = 1",
        "items",
        "uid",
        DifferenceKind::StorageForm,
    ),
    (
        "1.1 for 1.10 in JSON",
        "UPDATE items SET doc = '{\"x\": 1.1}' WHERE id = 1",
        "items",
        "doc",
        DifferenceKind::Value,
    ),
    (
        "JSON without its blanks",
        "UPDATE items SET doc = '{\"x\":1.10}' WHERE id = 1",
        "items",
        "doc",
        DifferenceKind::Value,
    ),
    (
        "NULL for JSON's null",
        "UPDATE items SET doc = NULL WHERE id = 2",
        "items",
        "doc",
        DifferenceKind::Value,
    ),
    (
        "NULL and 'NULL' in an array",
        "UPDATE items SET tags = replace(tags, '\"NULL\"', 'null') WHERE id = 1",
        "items",
        "tags",
        DifferenceKind::Value,
    ),
    (
        "an array's literal",
        "UPDATE items SET tags = '{}' WHERE id = 2",
        "items",
        "tags",
        DifferenceKind::StorageForm,
    ),
    (
        "an array's item",
        "UPDATE items SET grid = '[[1, 2], [4, null]]' WHERE id = 1",
        "items",
        "grid",
        DifferenceKind::Value,
    ),
    (
        "an array flattened",
        "UPDATE items SET grid = '[1, 2, 3, null]' WHERE id = 1",
        "items",
        "grid",
        DifferenceKind::Value,
    ),
    (
        "an array's spelling",
        "UPDATE items SET grid = '[[1,2],[3,null]]' WHERE id = 1",
        "items",
        "grid",
        DifferenceKind::StorageForm,
    ),
    (
        "a time inside an array",
        "UPDATE items SET times = replace(times, '.000000', '.000001') WHERE id = 1",
        "items",
        "times",
        DifferenceKind::Value,
    ),
    (
        "NULL for an empty array",
        "UPDATE items SET tags = NULL WHERE id = 2",
        "items",
        "tags",
        DifferenceKind::Value,
    ),
    (
        "a digit in a document of an array",
        "UPDATE items SET docs = replace(docs, '[1, 2]', '[1, 2.0]') WHERE id = 1",
        "items",
        "docs",
        DifferenceKind::Value,
    ),
    (
        "an hstore's value",
        "UPDATE items SET attrs = '{\"a\": \"1\", \"b\": \"\"}' WHERE id = 1",
        "items",
        "attrs",
        DifferenceKind::Value,
    ),
    (
        "a byte of a blob",
        "UPDATE items SET data = x'00ff11' WHERE id = 1",
        "items",
        "data",
        DifferenceKind::Value,
    ),
    (
        "a blob as text",
        "UPDATE items SET data = '\\x00ff10' WHERE id = 1",
        "items",
        "data",
        DifferenceKind::StorageForm,
    ),
    (
        "NULL for an empty blob",
        "UPDATE items SET data = NULL WHERE id = 2",
        "items",
        "data",
        DifferenceKind::Value,
    ),
    (
        "an address with its mask",
        "UPDATE items SET ip = '10.0.0.1/32' WHERE id = 1",
        "items",
        "ip",
        DifferenceKind::Value,
    ),
    (
        "an integer as a double",
        "UPDATE links SET item_id = 1.5 WHERE id LIKE '%0000'",
        "links",
        "item_id",
        DifferenceKind::StorageForm,
    ),
];

#[test]
fn every_planted_fault_is_found_in_its_place() {
    let mut world = World::new();
    for (name, fault, table, column, kind) in FAULTS {
        let target = world.target(fault);
        let result = world.run(&target, Level::Digest, &Options::default());
        assert!(!result.ok(), "{name}: not found");
        for other in result.tables.iter().filter(|t| t.table != *table) {
            assert!(other.ok(), "{name}: blamed {}", other.table);
        }
        let found = result.tables.iter().find(|t| t.table == *table).unwrap();
        let wanted = Some(*column).filter(|c| !c.is_empty());
        let hit = found
            .differing
            .iter()
            .any(|d| d.column.as_deref() == wanted && d.kind == *kind);
        assert!(hit, "{name}: {found:#?}");
        let others = found
            .differing
            .iter()
            .filter(|d| d.column.as_deref() != wanted);
        assert_eq!(others.count(), 0, "{name}: {found:#?}");
        assert!(
            found
                .differing
                .iter()
                .all(|d| d.source.is_none() && d.target.is_none()),
            "{name}"
        );
    }
}

#[test]
fn explanations_say_what_happened() {
    let mut world = World::new();
    for (fault, said) in [
        (
            "UPDATE items SET seen = '2024-07-01 01:30:00.000000' WHERE id = 2",
            "5:30 hours",
        ),
        (
            "UPDATE items SET seen = '2024-02-29 12:34:56.000002' WHERE id = 1",
            "1 microsecond more",
        ),
        (
            "UPDATE items SET uid = '12345678-1234-5678-1234-567812345678' WHERE id = 1",
            "look-ups by value miss it",
        ),
        (
            "UPDATE items SET code = 'ab' WHERE id = 1",
            "3 trailing blank(s) are gone",
        ),
        (
            "UPDATE items SET doc = '{\"x\": 1.1}' WHERE id = 1",
            "same JSON document",
        ),
        ("UPDATE items SET data = x'00ff11' WHERE id = 1", "byte"),
        (
            "UPDATE items SET ratio = 0.10000000149011612 WHERE id = 1",
            "single-precision",
        ),
        (
            "UPDATE items SET note = '' WHERE id = 1",
            "an empty text where the source has NULL",
        ),
    ] {
        let target = world.target(fault);
        let result = world.run(&target, Level::Digest, &Options::default());
        let all: Vec<String> = result
            .tables
            .iter()
            .flat_map(|t| &t.differing)
            .map(|d| d.explanation.clone())
            .collect();
        assert!(all.iter().any(|e| e.contains(said)), "{fault}: {all:?}");
    }
}

#[test]
fn values_are_shown_only_when_asked_for() {
    let mut world = World::new();
    let target = world.target("UPDATE items SET name = 'Ada' WHERE id = 1");
    let options = Options {
        show_values: true,
        ..Options::default()
    };
    let result = world.run(&target, Level::Digest, &options);
    let difference = &result.tables[0].differing[0];
    assert_eq!(difference.key, "id=1");
    assert_eq!(difference.source.as_deref(), Some("Zoë"));
    assert_eq!(difference.target.as_deref(), Some("Ada"));
}

/// Type, encoding, rule, text of the source, stored SQL that follows the rule.
const RULES: &[(&str, &str, Encoding, Rule, &str, &str)] = &[
    (
        "numeric",
        "NUMERIC",
        Encoding::NumericReal { scale: 10 },
        Rule::Nearest,
        "12345678901234567890.5",
        "12345678901234567890.5",
    ),
    (
        "numeric",
        "NUMERIC",
        Encoding::NumericReal { scale: 10 },
        Rule::Null,
        "NaN",
        "NULL",
    ),
    (
        "double precision",
        "FLOAT",
        Encoding::Real { single: false },
        Rule::Null,
        "NaN",
        "NULL",
    ),
    (
        "double precision",
        "FLOAT",
        Encoding::Real { single: false },
        Rule::Text,
        "NaN",
        "'NaN'",
    ),
    (
        "timestamp",
        "DATETIME",
        Encoding::Timestamp,
        Rule::Clamp,
        "infinity",
        "'9999-12-31 23:59:59.999999'",
    ),
    (
        "timestamp",
        "DATETIME",
        Encoding::Timestamp,
        Rule::Clamp,
        "0044-03-15 00:00:00 BC",
        "'0001-01-01 00:00:00.000000'",
    ),
    (
        "timestamptz",
        "DATETIME",
        Encoding::TimestampUtc,
        Rule::Text,
        "-infinity",
        "'-infinity'",
    ),
    (
        "date",
        "DATE",
        Encoding::Date,
        Rule::Clamp,
        "infinity",
        "'9999-12-31'",
    ),
    (
        "date",
        "DATE",
        Encoding::Date,
        Rule::Null,
        "20000-01-01",
        "NULL",
    ),
    (
        "time",
        "TIME",
        Encoding::Time,
        Rule::Clamp,
        "24:00:00",
        "'23:59:59.999999'",
    ),
    (
        "timetz",
        "TIME",
        Encoding::TimeTz,
        Rule::Clamp,
        "24:00:00+02",
        "'23:59:59.999999+02:00'",
    ),
    (
        "interval",
        "DATETIME",
        Encoding::IntervalEpoch,
        Rule::Text,
        "9000 years",
        "'9000 years'",
    ),
    (
        "timestamptz[]",
        "TEXT",
        Encoding::ArrayJson,
        Rule::Null,
        "{infinity}",
        "'[null]'",
    ),
    (
        "date[]",
        "TEXT",
        Encoding::ArrayJson,
        Rule::Clamp,
        "{-infinity}",
        "'[\"0001-01-01\"]'",
    ),
];

#[test]
fn accepted_rules_explain_and_others_do_not() {
    let folder = tempfile::tempdir().unwrap();
    for (pg, declared, encoding, rule, text, stored) in RULES {
        let path = folder.path().join("rule.db");
        let _ = std::fs::remove_file(&path);
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .execute_batch(&format!(
                "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, v {declared}); INSERT INTO t VALUES (1, {stored})"
            ))
            .unwrap();
        drop(connection);
        for accepted in [true, false] {
            let mut columns = vec![
                column("id", "integer", "INTEGER", Encoding::Integer),
                column("v", pg, declared, encoding.clone()),
            ];
            if accepted {
                columns[1].accepted.push(*rule);
            }
            let rows = vec![vec![Some("1".to_owned()), Some((*text).to_owned())]];
            let mut source = Memory {
                schema: Schema::default(),
                tables: [("t".to_owned(), (names(&columns), rows))].into(),
                sequence: SequenceState {
                    last_value: 1,
                    is_called: false,
                },
            };
            let sqlite = lite::Schema {
                tables: vec![lite_table("t", &columns, &["id"])],
                ..lite::Schema::default()
            };
            let lowering = Lowering {
                sqlite,
                tables: vec![map("t", columns, &["id"])],
                ..Lowering::default()
            };
            let result = verify::run(
                &mut source,
                &lowering,
                &path,
                Level::Digest,
                &Options::default(),
                &Silent,
            )
            .unwrap();
            if accepted {
                assert!(result.ok(), "{pg} {text}: {:#?}", result.tables);
                assert_eq!(result.by_rule(), 1, "{pg} {text}");
            } else {
                let found = &result.tables[0];
                assert_eq!(found.columns[1].no_form, 1, "{pg} {text}: {found:#?}");
                assert_eq!(
                    found.differing[0].kind,
                    DifferenceKind::NoForm,
                    "{pg} {text}"
                );
            }
        }
    }
}

#[test]
fn many_differences_stay_within_bounds() {
    let mut world = World::new();
    let target = world.target("UPDATE links SET item_id = item_id + 1");
    let options = Options {
        listed_per_table: 10,
        rows_in_memory: 50,
        ..Options::default()
    };
    let result = world.run(&target, Level::Digest, &options);
    let table = result.tables.iter().find(|t| t.table == "links").unwrap();
    assert_eq!(table.differing.len(), 10);
    assert!(!table.narrowed && table.differing_total >= 10, "{table:#?}");
    assert_eq!(table.differing_columns(), ["item_id"]);
    let full = world.run(&target, Level::Full, &options);
    let table = full.tables.iter().find(|t| t.table == "links").unwrap();
    assert_eq!((table.narrowed, table.differing_total), (true, 300));
}

#[test]
fn checks_of_the_target_find_its_own_faults() {
    let mut world = World::new();
    let orphan = world.target("UPDATE links SET item_id = 99 WHERE id LIKE '%0042'");
    let result = world.run(&orphan, Level::Counts, &Options::default());
    assert_eq!(result.foreign_keys.len(), 1);
    assert_eq!(
        (
            result.foreign_keys[0].rows,
            result.foreign_keys[0].columns.as_slice()
        ),
        (1, ["item_id".to_owned()].as_slice())
    );
    for (fault, ok) in [
        ("UPDATE sqlite_sequence SET seq = 1", false),
        ("UPDATE sqlite_sequence SET seq = 70", false),
        ("DELETE FROM sqlite_sequence", false),
        ("", true),
    ] {
        let target = world.target(fault);
        let result = world.run(&target, Level::Counts, &Options::default());
        assert_eq!(result.sequences.len(), 1);
        assert_eq!(
            result.sequences[0].ok, ok,
            "{fault}: {}",
            result.sequences[0].note
        );
    }
    let null = world.target(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'name TEXT NOT NULL', 'name TEXT')",
    );
    let connection = rusqlite::Connection::open(&null).unwrap();
    connection
        .execute_batch("UPDATE items SET name = NULL WHERE id = 1")
        .unwrap();
    connection
        .execute_batch("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'name TEXT', 'name TEXT NOT NULL')")
        .unwrap();
    drop(connection);
    let result = world.run(&null, Level::Counts, &Options::default());
    assert!(
        result.integrity.iter().any(|l| l.contains("NULL")),
        "{:?}",
        result.integrity
    );
}

#[test]
fn a_missing_table_or_column_is_a_finding_and_not_a_fault() {
    let mut world = World::new();
    let target = world.target("DROP TABLE log");
    let result = world.run(&target, Level::Digest, &Options::default());
    let table = result.tables.iter().find(|t| t.table == "log").unwrap();
    assert_eq!((table.rows_source, table.rows_target), (Some(501), None));
    assert!(!result.ok());
    let target = world.target("ALTER TABLE items DROP COLUMN note");
    let result = world.run(&target, Level::Digest, &Options::default());
    assert!(
        result.not_checked.iter().any(|s| s.contains("items.note")),
        "{:?}",
        result.not_checked
    );
}

#[test]
fn files_that_are_no_sound_database_say_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new();
    let sound = std::fs::read(world.target("")).unwrap();
    let mut damaged = sound.clone();
    for byte in damaged.iter_mut().skip(100).take(400) {
        *byte = 0xff;
    }
    for (name, bytes, said) in [
        ("empty.db", Vec::new(), "is empty"),
        (
            "dump.sql",
            b"--\n-- PostgreSQL database dump\n--\n".to_vec(),
            "plain PostgreSQL dump",
        ),
        ("dump.bin", b"PGDMP\x01\x0e".to_vec(), "custom format"),
        ("notes.txt", b"hello".to_vec(), "it is text"),
        ("packed.gz", vec![0x1f, 0x8b, 8, 0], "gzip"),
        ("damaged.db", damaged, "damaged"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = verify::open_target(&path)
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default();
        assert!(error.contains(said), "{name}: {error}");
    }
    let missing = verify::open_target(&folder.path().join("none.db"))
        .err()
        .unwrap()
        .to_string();
    assert!(missing.contains("no such file"), "{missing}");
    let target = world.target("");
    let writer = rusqlite::Connection::open(&target).unwrap();
    writer
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .unwrap();
    let locked = verify::open_target(&target).err().unwrap().to_string();
    assert!(locked.contains("locked"), "{locked}");
}

#[test]
fn a_damaged_source_names_table_row_and_column() {
    let mut world = World::new();
    let target = world.target("");
    world.source.tables.get_mut("log").unwrap().1[3][1] = Some("three".to_owned());
    let error = verify::run(
        &mut world.source,
        &world.lowering,
        &target,
        Level::Digest,
        &Options::default(),
        &Silent,
    );
    let said = error.err().unwrap().to_string();
    assert!(said.contains("table log, row 4, column level"), "{said}");
    assert!(!said.contains("three"), "{said}");
}

#[test]
fn the_targets_schema_is_compared_as_sqlite_tells_it() {
    let mut world = World::new();
    for (fault, object, aspect) in [
        ("CREATE TABLE spare (x)", "spare", None),
        ("DROP INDEX ix_links_item", "ix_links_item", None),
        (
            "DROP INDEX ix_links_item; CREATE INDEX ix_links_item ON links (id) WHERE item_id > 0",
            "ix_links_item",
            Some("columns"),
        ),
        (
            "DROP INDEX ix_links_item; CREATE INDEX ix_links_item ON links (item_id)",
            "ix_links_item",
            Some("predicate"),
        ),
        (
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'ON DELETE CASCADE', '') WHERE name = 'links'",
            "links.fk_links_item",
            Some("ON DELETE"),
        ),
        (
            "CREATE TRIGGER spy AFTER DELETE ON items BEGIN SELECT 1; END",
            "spy",
            None,
        ),
        ("CREATE VIEW extra AS SELECT 1", "extra", None),
    ] {
        let target = world.target(fault);
        let result = world.run(&target, Level::Counts, &Options::default());
        let found = &result.schema_sqlite;
        assert_eq!(found.len(), 1, "{fault}: {found:#?}");
        assert_eq!(
            (found[0].object.as_str(), found[0].aspect.as_deref()),
            (object, aspect),
            "{fault}"
        );
        assert!(!result.ok());
    }
    let ledger = world.target("CREATE TABLE migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, version TEXT NOT NULL UNIQUE)");
    let result = world.run(&ledger, Level::Counts, &Options::default());
    assert_eq!(result.schema_sqlite, []);
}
