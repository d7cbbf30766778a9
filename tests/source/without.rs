//! Dumps that were made without rows: refused where they hold none, told where they lack some.

use crate::support::{self, Database};

#[test]
fn a_dump_without_rows_is_refused_and_one_that_lacks_some_is_told() {
    let Some(database) = Database::with(
        "without",
        "CREATE TABLE kept (id int PRIMARY KEY); INSERT INTO kept VALUES (1), (2);
         CREATE TABLE bare (id int PRIMARY KEY);
         CREATE TABLE gone (id int PRIMARY KEY); INSERT INTO gone VALUES (1);
         CREATE TABLE sliced (id int) PARTITION BY LIST (id); CREATE TABLE slice PARTITION OF sliced DEFAULT;
         INSERT INTO sliced VALUES (1)",
    ) else {
        return;
    };
    let folder = support::tempdir();
    // Arguments of pg_dump, the status, what is said, what is not said.
    let cases: &[(&str, i32, &str, &str)] = &[
        ("-Fp -s", 3, "has tables and no rows", "Safe"),
        ("-Fc -s", 3, "has tables and no rows", "Safe"),
        (
            "-Fp --exclude-table-data=*",
            3,
            "has tables and no rows",
            "Safe",
        ),
        (
            "-Fp --exclude-table-data=gone",
            0,
            "without the rows of gone (",
            "bare",
        ),
        (
            "-Fc --exclude-table-data=gone",
            0,
            "without the rows of gone (",
            "bare",
        ),
        (
            "-Ft --exclude-table-data=slice",
            0,
            "without the rows of sliced (",
            "bare",
        ),
        ("-Fp", 0, "published", "without the rows"),
        (
            "-Fp --load-via-partition-root",
            0,
            "published",
            "without the rows",
        ),
        ("-Fp --inserts", 0, "published", "without the rows"),
        ("-Fp -a", 3, "needs the history", "Safe"),
    ];
    for (arguments, status, said, unsaid) in cases {
        let Some(dump) = database.dump(&arguments.split(' ').collect::<Vec<_>>()) else {
            return;
        };
        let path = folder.path().join("dump");
        std::fs::write(&path, dump).unwrap();
        for target in [&["--target", "out.db", "--replace"][..], &["--check"]] {
            let output = support::decant()
                .current_dir(folder.path())
                .args(["port", "--accept-lossy", "--source", "dump"])
                .args(target)
                .output()
                .unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(*status), "{arguments}: {told}");
            if target.len() > 1 {
                assert!(told.contains(said), "{arguments}: {told}");
            }
            let warned = told
                .lines()
                .filter(|l| l.contains("rows"))
                .collect::<String>();
            assert!(!warned.contains(unsaid), "{arguments}: {told}");
        }
    }
}
