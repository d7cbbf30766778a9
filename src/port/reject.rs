//! Rows that the target refuses: the first few for the report, all of them in a file where one is asked for, and their values for the
//! verification, which has to find them in the source and nowhere else.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Error;
use super::batch::show;
use super::convert::Value;
use super::plan::TablePlan;
use super::summary::{Kept, Reject, RejectedRow};

/// How many rejects a report holds.
const REPORTED: usize = 1000;

/// How much of rejected rows is held for the verification, in bytes.
const HELD: usize = 64 << 20;

/// A row as it would have been stored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Row {
    /// As a line of CSV, without its end.
    pub line: String,
    /// Its values.
    pub values: Vec<Kept>,
}

impl Row {
    /// The row of these values.
    pub fn of<'v>(values: impl Iterator<Item = Value<'v>>) -> Self {
        let values: Vec<Value<'v>> = values.collect();
        Self {
            line: line(values.iter().copied()).unwrap_or_default(),
            values: values.into_iter().map(Kept::of).collect(),
        }
    }
}

/// Collects rejected rows.
#[derive(Debug)]
pub struct Rejects {
    first: Vec<Reject>,
    file: Option<(PathBuf, csv::Writer<File>)>,
    /// All rows, while they are no more than may be.
    rows: Option<Vec<RejectedRow>>,
    limit: u64,
    bytes: usize,
}

impl Rejects {
    /// Rejects that also go to a file: a line `table,key,reason,row` each, the row as a CSV line of its own. The file is made
    /// when the first comes, readable by its owner alone since it holds values.
    pub fn new(limit: u64) -> Self {
        Self {
            first: Vec::new(),
            file: None,
            rows: Some(Vec::new()),
            limit,
            bytes: 0,
        }
    }

    /// Takes a row.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn push(
        &mut self,
        path: Option<&Path>,
        table: &TablePlan,
        reject: Reject,
        row: Row,
    ) -> Result<(), Error> {
        if let Some(path) = path {
            self.write(path, &reject, &row.line)
                .map_err(|cause| Error::RejectFile {
                    path: path.display().to_string(),
                    cause,
                })?;
        }
        self.bytes += row.line.len();
        match &mut self.rows {
            Some(rows) if rows.len() as u64 <= self.limit && self.bytes <= HELD => {
                rows.push(RejectedRow {
                    table: table.map.sqlite.clone(),
                    values: row.values,
                });
            }
            _ => self.rows = None,
        }
        if self.first.len() < REPORTED {
            self.first.push(reject);
        }
        Ok(())
    }

    fn write(&mut self, path: &Path, reject: &Reject, line: &str) -> Result<(), String> {
        if self.file.is_none() {
            let mut writer = csv::Writer::from_writer(create(path).map_err(|e| e.to_string())?);
            writer
                .write_record(["table", "key", "reason", "row"])
                .map_err(|e| e.to_string())?;
            self.file = Some((path.to_owned(), writer));
        }
        let Some((_, writer)) = &mut self.file else {
            return Ok(());
        };
        writer
            .write_record([&reject.table, &reject.key, &reject.reason, line])
            .map_err(|e| e.to_string())
    }

    /// The first rejects, and the values of all where they are held, once the file is written out.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(self) -> Result<(Vec<Reject>, Option<Vec<RejectedRow>>), Error> {
        if let Some((path, mut writer)) = self.file {
            let flushed = writer.flush().and_then(|()| writer.get_ref().sync_all());
            flushed.map_err(|e| Error::RejectFile {
                path: path.display().to_string(),
                cause: e.to_string(),
            })?;
        }
        Ok((self.first, self.rows))
    }
}

/// Values as a line of CSV, without its end.
///
/// # Errors
/// What the CSV writer says.
fn line<'v>(values: impl Iterator<Item = Value<'v>>) -> Result<String, String> {
    let mut line = csv::WriterBuilder::new().from_writer(Vec::new());
    for value in values {
        // NULL is nothing between commas.
        let field = match value {
            Value::Null => String::new(),
            value => show(value),
        };
        line.write_field(field).map_err(|e| e.to_string())?;
    }
    line.write_record(None::<&[u8]>)
        .map_err(|e| e.to_string())?;
    let line = line.into_inner().map_err(|e| e.to_string())?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
