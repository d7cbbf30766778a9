//! Rows that the target refuses: the first few for the report, all of them in a file where one is asked for.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use super::Error;
use super::batch::show;
use super::convert::Value;
use super::summary::Reject;

/// How many rejects a report holds.
const REPORTED: usize = 1000;

/// Collects rejected rows.
#[derive(Debug, Default)]
pub struct Rejects {
    first: Vec<Reject>,
    file: Option<(PathBuf, csv::Writer<File>)>,
}

impl Rejects {
    /// Rejects that also go to a file: a line `table,key,reason,row` each, the row as a CSV line of its own. The file is made
    /// when the first comes, readable by its owner alone since it holds values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a row.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn push<'v>(
        &mut self,
        path: Option<&Path>,
        reject: Reject,
        values: impl Iterator<Item = Value<'v>>,
    ) -> Result<(), Error> {
        let line = line(values).map_err(|cause| Error::RejectFile {
            path: path.map_or_else(String::new, |p| p.display().to_string()),
            cause,
        })?;
        self.push_line(path, reject, &line)
    }

    /// Takes a row whose values are a CSV line already.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn push_line(
        &mut self,
        path: Option<&Path>,
        reject: Reject,
        line: &str,
    ) -> Result<(), Error> {
        if let Some(path) = path {
            self.write(path, &reject, line)
                .map_err(|cause| Error::RejectFile {
                    path: path.display().to_string(),
                    cause,
                })?;
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

    /// The first rejects, once the file is written out.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(self) -> Result<Vec<Reject>, Error> {
        if let Some((path, mut writer)) = self.file {
            let flushed = writer.flush().and_then(|()| writer.get_ref().sync_all());
            flushed.map_err(|e| Error::RejectFile {
                path: path.display().to_string(),
                cause: e.to_string(),
            })?;
        }
        Ok(self.first)
    }
}

/// Values as a line of CSV, without its end.
///
/// # Errors
/// What the CSV writer says.
pub fn line<'v>(values: impl Iterator<Item = Value<'v>>) -> Result<String, String> {
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
