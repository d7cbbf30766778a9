//! PostgreSQL's side against real servers and real dumps: connections, catalogs, COPY streams, dump files.

mod support;

use decant::pg::inspect;
use support::Database;

fn fixture(name: &str) -> String {
    let path = support::project("fixtures/dumps").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn every_kind_of_object_is_inspected() {
    let Some(database) = Database::with("objects", &fixture("objects.sql")) else {
        return;
    };
    let schema = inspect::read(&mut database.client()).unwrap();
    insta::assert_snapshot!("objects", serde_json::to_string_pretty(&schema).unwrap());
}
