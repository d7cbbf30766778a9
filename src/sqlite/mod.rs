//! SQLite's side: the schema model, its DDL text, reading it back from a file, and opening files for bulk loads.

pub mod db;
pub mod ddl;
pub mod emit;
pub mod inspect;
pub mod normal;
mod order;
pub mod plan;
pub mod publish;
pub mod schema;
pub mod text;
