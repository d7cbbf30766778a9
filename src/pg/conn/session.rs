//! A session of our own on the source: its pinned settings, and what it tells about other sessions.

use indexmap::IndexMap;
use postgres::Client;

use super::connect::query_error;
use crate::ir::QualName;
use crate::pg::Error;
use crate::pg::source::{Session, WriteCounters};

/// Settings that decide how values are printed, which rows are seen and in which order, pinned before anything is read.
/// They are those of `pg_dump` where it pins them, so that the live source and a dump give the same text: an empty search
/// path qualifies the names that `reg*` values print, `synchronize_seqscans` keeps a table's physical order, as does
/// `enable_indexonlyscan` for those whose columns are all in an index; `enable_tidscan` reads a part of a table without the rest.
/// `row_security = off` makes a policy that would hide rows an error.
pub(super) const PINNED: &str = "\
SET client_encoding = 'UTF8';
SET DateStyle = 'ISO, MDY';
SET IntervalStyle = 'postgres';
SET TimeZone = 'UTC';
SET extra_float_digits = 1;
SET bytea_output = 'hex';
SET lc_monetary = 'C';
SET xmloption = 'content';
SET xmlbinary = 'base64';
SET search_path = '';
SET row_security = off;
SET quote_all_identifiers = off;
SET standard_conforming_strings = on;
SET synchronize_seqscans = off;
SET enable_tidscan = on;
SET enable_indexonlyscan = off;
SET max_parallel_workers_per_gather = 0;
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET lock_timeout = '30s';
";

/// How the snapshot begins.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The first version (as `server_version_num`) that would end a long snapshot by a setting of its own.
pub(super) const HAS_TRANSACTION_TIMEOUT: i32 = 170_000;

/// Turns it off; older servers do not know it.
pub(super) const NO_TRANSACTION_TIMEOUT: &str = "SET transaction_timeout = 0";

/// The oldest server that is read: its catalogs have what `pg::inspect` asks for.
const OLDEST: i32 = 120_000;

/// The server's version as text and as `server_version_num`, once the session's settings are pinned.
///
/// # Errors
/// The server refuses a setting, or is too old.
pub(super) fn pin(client: &mut Client) -> Result<(String, i32), Error> {
    client
        .batch_execute(PINNED)
        .map_err(|e| query_error("pinning the session's settings", &e))?;
    let row = client
        .query_one(
            "SELECT current_setting('server_version'), current_setting('server_version_num')::int",
            &[],
        )
        .map_err(|e| query_error("asking for the server's version", &e))?;
    let (version, number): (String, i32) = (row.get(0), row.get(1));
    let version = version.split(' ').next().unwrap_or_default().to_owned();
    if number < OLDEST {
        return Err(Error::Config(format!(
            "the server is PostgreSQL {version}; 12 is the oldest that can be read: make a plain dump with its \
             pg_dump and read that"
        )));
    }
    if number >= HAS_TRANSACTION_TIMEOUT {
        client
            .batch_execute(NO_TRANSACTION_TIMEOUT)
            .map_err(|e| query_error("pinning the session's settings", &e))?;
    }
    Ok((version, number))
}

/// Sessions of other clients on the database. Asked through a connection outside the snapshot.
///
/// # Errors
/// The server does not answer.
pub(super) fn sessions(client: &mut Client, own: &[i32]) -> Result<Vec<Session>, Error> {
    const SQL: &str = "SELECT pid, coalesce(usename::text, ''), coalesce(application_name, ''), \
        host(client_addr), state, backend_xid IS NOT NULL \
        FROM pg_catalog.pg_stat_activity \
        WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid() AND pid <> ALL ($1) \
          AND coalesce(backend_type, 'client backend') = 'client backend' ORDER BY pid";
    let rows = client
        .query(SQL, &[&own])
        .map_err(|e| query_error("asking for other sessions", &e))?;
    Ok(rows
        .iter()
        .map(|row| Session {
            pid: row.get(0),
            user: row.get(1),
            application: row.get(2),
            client: row.get(3),
            state: row.get(4),
            writing: row.get(5),
        })
        .collect())
}

/// Counters of writes: in the snapshot's transaction those of its beginning, through another connection those of now.
///
/// # Errors
/// The server does not answer.
pub(super) fn write_counters(client: &mut Client) -> Result<WriteCounters, Error> {
    const ENDED: &str = "SELECT pg_catalog.txid_current_snapshot()::text";
    const TABLES: &str = "SELECT schemaname::text, relname::text, n_tup_ins + n_tup_upd + n_tup_del \
        FROM pg_catalog.pg_stat_user_tables ORDER BY 1, 2";
    let doing = "asking for counters of writes";
    let transactions: String = client
        .query_one(ENDED, &[])
        .map_err(|e| query_error(doing, &e))?
        .get(0);
    let rows = client
        .query(TABLES, &[])
        .map_err(|e| query_error(doing, &e))?;
    let tables: IndexMap<QualName, u64> = rows
        .iter()
        .map(|row| {
            let (schema, name): (String, String) = (row.get(0), row.get(1));
            let count: i64 = row.get(2);
            (
                QualName::qualified(Some(&schema), name),
                u64::try_from(count).unwrap_or_default(),
            )
        })
        .collect();
    Ok(WriteCounters {
        transactions,
        tables,
    })
}
