//! Sources that give what a test wants: rows in memory, or a real server asked for one format; and schemas by hand.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use decant::ir::QualName;
use decant::lower::{ColumnMap, Encoding, Lowering, TableMap};
use decant::pg;
use decant::pg::copy::{BinaryDecoder, Cell, CopyFormat, Decoder, TextDecoder};
use decant::pg::schema::Schema;
use decant::pg::source::{RowFn, SequenceState, Source, TableSize};
use decant::pg::types::{BaseType, PgType};
use rusqlite::Connection;

/// What a source in memory holds: rows of text cells by table.
#[derive(Default)]
pub struct Memory {
    pub schema: Schema,
    pub rows: BTreeMap<String, Vec<Vec<Option<&'static str>>>>,
    pub sequences: BTreeMap<String, SequenceState>,
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
pub struct Server {
    pub client: postgres::Client,
    pub schema: Schema,
    pub format: CopyFormat,
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

pub const SETTINGS: &str =
    "SET datestyle = 'ISO, MDY'; SET timezone = 'UTC'; SET intervalstyle = 'postgres';
    SET extra_float_digits = 1; SET bytea_output = 'hex'; SET lc_monetary = 'C';";

pub fn column(name: &str, pg_type: &str, declared: &str, encoding: Encoding) -> ColumnMap {
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

pub fn table(name: &str, columns: Vec<ColumnMap>) -> TableMap {
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
pub fn pg_schema(tables: &[TableMap], types: &BTreeMap<String, String>) -> Schema {
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

pub fn lowering(tables: Vec<TableMap>) -> Lowering {
    Lowering {
        tables,
        ..Lowering::default()
    }
}

pub fn target(folder: &Path, sql: &str) -> PathBuf {
    let path = folder.join("target.db");
    let _ = std::fs::remove_file(&path);
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    path
}
