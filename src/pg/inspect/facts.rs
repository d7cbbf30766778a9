//! What is known of tables and sequences besides their shape: sizes, states, Alembic's revisions.

use indexmap::IndexMap;
use postgres::Client;

use super::{Catalog, is_version_table, name};
use crate::ir::QualName;
use crate::pg::Error;
use crate::pg::source::{SequenceState, TableSize};

/// Facts about rows rather than shapes.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Rows of Alembic's version table; `None` when there is no such table.
    pub alembic_versions: Option<Vec<String>>,
    /// State of each sequence that may be read.
    pub sequences: IndexMap<QualName, SequenceState>,
    /// Estimated size of each table.
    pub sizes: IndexMap<QualName, TableSize>,
    /// Large objects of the database.
    pub large_objects: u64,
}

/// Reads what is to be known of tables and sequences besides their shape.
///
/// # Errors
/// [`Error::Query`]: a catalog or sequence cannot be read.
pub fn facts(client: &mut Client) -> Result<Facts, Error> {
    let mut catalog = Catalog { client };
    let sizes = sizes(&mut catalog)?;
    let sequences = sequences(&mut catalog)?;
    let alembic_versions = alembic_versions(&mut catalog, &sizes)?;
    let large_objects = catalog
        .rows(
            "large objects",
            "SELECT count(*) FROM pg_largeobject_metadata",
        )?
        .first()
        .map_or(0, |row| row.get::<_, i64>(0));
    Ok(Facts {
        alembic_versions,
        sequences,
        sizes,
        large_objects: u64::try_from(large_objects).unwrap_or_default(),
    })
}

/// Sizes by the planner's estimates; a table that was never analyzed is guessed from its bytes. A partitioned table has those of
/// its partitions.
fn sizes(catalog: &mut Catalog<'_>) -> Result<IndexMap<QualName, TableSize>, Error> {
    let rows = catalog.rows(
        "sizes",
        "SELECT n.nspname::text, c.relname::text,
           sum(CASE WHEN l.reltuples > 0 OR l.reltuples = 0 AND l.relpages > 0 THEN l.reltuples::float8
               ELSE pg_relation_size(l.oid) / 80 END)::int8,
           sum(pg_table_size(l.oid))::int8
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         CROSS JOIN LATERAL (SELECT c.oid WHERE c.relkind <> 'p'
             UNION ALL SELECT t.relid::oid FROM pg_partition_tree(c.oid) t WHERE c.relkind = 'p' AND t.isleaf) m
         JOIN pg_class l ON l.oid = m.oid
         WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND {user} GROUP BY c.oid, 1, 2 ORDER BY c.oid",
    )?;
    let number = |n: i64| u64::try_from(n).unwrap_or_default();
    Ok(rows
        .iter()
        .map(|row| {
            let size = TableSize {
                rows: number(row.get(2)),
                bytes: number(row.get(3)),
                exact: false,
            };
            (name(row, 0), size)
        })
        .collect())
}

/// States of the sequences. Sequences are outside of snapshots: these are of now.
fn sequences(catalog: &mut Catalog<'_>) -> Result<IndexMap<QualName, SequenceState>, Error> {
    let rows = catalog.rows(
        "sequences",
        "SELECT n.nspname::text, c.relname::text, format('%I.%I', n.nspname, c.relname)
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND {user} AND has_schema_privilege(n.oid, 'USAGE')
           AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT') END ORDER BY c.oid",
    )?;
    let mut states = IndexMap::new();
    // One statement for many sequences, but not one of any length.
    for some in rows.chunks(200) {
        let parts: Vec<String> = (0..)
            .zip(some)
            .map(|(i, row): (usize, _)| {
                let from: &str = row.get(2);
                format!("SELECT {i}, last_value, is_called FROM {from}")
            })
            .collect();
        let sql = format!("{} ORDER BY 1", parts.join(" UNION ALL "));
        for (row, state) in some.iter().zip(catalog.rows_as_is("sequences", &sql)?) {
            let state = SequenceState {
                last_value: state.get(1),
                is_called: state.get(2),
            };
            states.insert(name(row, 0), state);
        }
    }
    Ok(states)
}

fn alembic_versions(
    catalog: &mut Catalog<'_>,
    sizes: &IndexMap<QualName, TableSize>,
) -> Result<Option<Vec<String>>, Error> {
    let mut versions = None;
    for table in sizes.keys().filter(|name| is_version_table(name)) {
        let schema = table.schema_or_default().replace('"', "\"\"");
        let sql = format!("SELECT version_num::text FROM \"{schema}\".alembic_version ORDER BY 1");
        let rows = catalog.rows_as_is("Alembic's versions", &sql)?;
        let found: &mut Vec<String> = versions.get_or_insert_default();
        found.extend(rows.iter().map(|r| r.get::<_, String>(0)));
    }
    Ok(versions)
}
