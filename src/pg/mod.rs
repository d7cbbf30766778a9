//! PostgreSQL's side: the schema model, the replay of operations onto it, SQL text, live catalogs, dumps and connections.

pub mod casts;
pub mod conn;
pub mod copy;
pub mod csv_folder;
pub mod dump;
pub mod emit;
pub mod error;
pub mod inspect;
pub mod named;
pub mod names;
pub mod replay;
pub mod rows;
pub mod schema;
pub mod select;
pub mod shape;
pub mod source;
pub mod sql;
pub mod types;
pub mod view;

use std::path::Path;

use crate::interrupt::Interrupt;

pub use error::Error;

/// Opens what the user named: a connection URL or `keyword=value` string, or the path of a dump.
///
/// # Errors
/// The server cannot be reached, or the dump cannot be read; see [`conn::LiveSource::open`] and [`dump::DumpSource::open`].
pub fn open_source(spec: &str, interrupt: &Interrupt) -> Result<Box<dyn source::Source>, Error> {
    if is_connection(spec) {
        let options = conn::ConnectOptions::parse(spec)?;
        return Ok(Box::new(conn::LiveSource::open(&options, interrupt)?));
    }
    Ok(Box::new(dump::DumpSource::open(
        Path::new(spec),
        interrupt,
    )?))
}

/// Whether a source's name is a connection rather than a path: a URL, or `keyword=value` pairs that are no file.
pub fn is_connection(spec: &str) -> bool {
    let keyword = spec.split_once('=').is_some_and(|(key, _)| {
        key.trim()
            .chars()
            .all(|c| c.is_ascii_lowercase() || c == '_')
    });
    spec.contains("://") || (keyword && !Path::new(spec).exists())
}
