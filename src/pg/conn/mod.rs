//! Connections to PostgreSQL: what a URL, a DSN, the environment and libpq's files say, TLS, and the live source with its
//! one snapshot. Catalogs are read by `pg::inspect`, rows are decoded by `pg::copy`.

mod ask;
mod connect;
mod encrypted;
mod environment;
mod fork;
mod live;
mod options;
mod params;
mod passfile;
mod session;
mod socket;
mod statement;
mod tls;
mod wire;

pub use ask::{Answer, Refused};
pub use connect::connect;
pub(in crate::pg) use connect::query_error;
pub use environment::Environment;
pub use live::LiveSource;
pub use options::{ConnectOptions, Host, Redacted, Secret, SslMode};
pub use statement::binary_supported;
