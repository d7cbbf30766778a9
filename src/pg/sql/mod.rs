//! PostgreSQL's SQL text into ops and expression trees; the only place that names the SQL parser crate.

pub mod ast;
