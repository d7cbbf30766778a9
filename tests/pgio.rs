//! PostgreSQL's side against real servers and real dumps: connections, catalogs, COPY streams, dump files.

mod support;

use support::Database;

#[test]
fn a_private_cluster_is_there() {
    let Some(database) = Database::with(
        "cluster",
        "CREATE TABLE t (a int); INSERT INTO t VALUES (1)",
    ) else {
        return;
    };
    let row = database.client().query_one("SELECT a FROM t", &[]).unwrap();
    assert_eq!(row.get::<_, i32>(0), 1);
}
