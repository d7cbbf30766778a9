//! Partial evaluation of Python: values, scopes, statements, built-ins and imports. It knows nothing of SQLAlchemy or
//! Alembic; their models are Python texts in [`model`](super::model), which call back into this crate through natives.

mod attr;
mod bound;
pub mod builtins;
mod call;
mod class;
mod decide;
pub mod env;
mod expr;
mod files;
mod flow;
mod imports;
pub mod interp;
mod loops;
mod methods;
mod methods_text;
mod object;
mod operators;
pub mod stdlib;
mod stmt;
pub mod text;
pub mod value;

pub use stdlib::{NATIVES, json_dumps};
