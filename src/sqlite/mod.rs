//! SQLite's side: the schema model, its DDL text, reading it back from a file, opening files for bulk loads, and libSQL servers.

pub mod advice;
pub mod bulk;
pub mod db;
pub mod ddl;
pub mod emit;
pub mod inspect;
pub mod normal;
mod order;
pub mod plan;
pub mod publish;
pub mod remote;
pub mod schema;
pub mod tenants;
pub mod text;
