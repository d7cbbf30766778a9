//! A source in memory, what it was lowered to, and a target file without faults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use decant::ir::QualName;
use decant::lower::{ColumnMap, Encoding, Lowering, TableMap};
use decant::pg::copy::{Cell, CopyFormat};
use decant::pg::schema::Schema;
use decant::pg::source::{RowFn, SequenceState, Source, TableSize};
use decant::pg::types::PgType;
use decant::sqlite::schema as lite;
use decant::verify::{self, Level, Options, Silent, Verification};

/// Names of columns, and their texts row by row.
pub type Rows = (Vec<String>, Vec<Vec<Option<String>>>);

/// Rows as PostgreSQL prints them.
#[derive(Clone)]
pub struct Memory {
    pub schema: Schema,
    pub tables: BTreeMap<String, Rows>,
    pub sequence: SequenceState,
    /// Which tables were read by which reader: 0 is this one, the others are its forks.
    pub log: Arc<Mutex<Vec<(usize, String)>>>,
    pub reader: usize,
    pub forks: usize,
}

impl Source for Memory {
    fn fork(&mut self) -> Result<Option<Box<dyn Source>>, decant::pg::Error> {
        self.forks += 1;
        Ok(Some(Box::new(Self {
            reader: self.forks,
            ..self.clone()
        })))
    }
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
        self.log
            .lock()
            .unwrap()
            .push((self.reader, table.name.clone()));
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
pub type Row = (
    &'static str,
    &'static str,
    &'static str,
    Encoding,
    [Option<&'static str>; 2],
    [&'static str; 2],
);

pub fn item_columns() -> Vec<Row> {
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

pub fn column(name: &str, pg: &str, declared: &str, encoding: Encoding) -> ColumnMap {
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

pub fn lite_table(name: &str, columns: &[ColumnMap], key: &[&str]) -> lite::Table {
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

pub fn map(name: &str, columns: Vec<ColumnMap>, key: &[&str]) -> TableMap {
    TableMap {
        pg: QualName::new(name),
        sqlite: name.to_owned(),
        columns,
        key: key.iter().map(|k| (*k).to_owned()).collect(),
        sequence: (name == "items").then(|| QualName::new("items_id_seq")),
    }
}

/// A source, what it was lowered to, and a target without faults.
pub struct World {
    pub folder: tempfile::TempDir,
    pub source: Memory,
    pub lowering: Lowering,
}

impl World {
    pub fn new() -> Self {
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
            log: Arc::default(),
            reader: 0,
            forks: 0,
        };
        Self {
            folder: tempfile::tempdir().unwrap(),
            source,
            lowering,
        }
    }

    /// A target without faults, then `fault` executed on it.
    pub fn target(&self, fault: &str) -> PathBuf {
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

    pub fn run(&mut self, target: &Path, level: Level, options: &Options) -> Verification {
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

pub fn names(columns: &[ColumnMap]) -> Vec<String> {
    columns.iter().map(|c| c.pg.clone()).collect()
}
