//! SQLite's side: the schema model, its DDL text, reading it back from a file, and opening files for bulk loads.

pub mod db;
pub mod ddl;
pub mod emit;
pub mod inspect;
mod order;
pub mod publish;
pub mod schema;
pub mod text;
