//! `decant` moves a PostgreSQL application with SQLAlchemy and Alembic to SQLite or libSQL, and proves it.
//!
//! Data flows one way; every stage is a function from a value to a value plus diagnostics:
//!
//! ```text
//! files -> revisions -> ops -> pg schema -> sqlite schema -> sql -> db -> report
//! history   python      ir     pg           lower, sqlite    files   port   verify, report
//! ```

pub mod cli;
pub mod config;
pub mod convert;
pub mod diag;
pub mod failpoint;
pub mod files;
pub mod history;
pub mod interrupt;
pub mod ir;
pub mod lower;
pub mod models;
pub mod pg;
pub mod pipeline;
pub mod port;
pub mod prove;
pub mod python;
pub mod report;
pub mod sqlite;
pub mod verify;
