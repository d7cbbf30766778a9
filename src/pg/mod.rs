//! PostgreSQL's side: the schema model, the replay of operations onto it, SQL text, live catalogs, dumps and connections.

pub mod conn;
pub mod copy;
pub mod dump;
pub mod emit;
pub mod error;
pub mod inspect;
pub mod names;
pub mod replay;
pub mod schema;
pub mod source;
pub mod sql;
pub mod types;
pub mod view;

pub use error::Error;
