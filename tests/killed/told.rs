//! What a port must tell of its source: writes while it runs, and what it does not carry over.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::e2e::{self, Run};
use crate::support::Database;
use crate::world::Place;

/// Ports while another session runs statements one after the other.
fn beside(place: &Place, database: &Database, statements: &[&str]) -> Run {
    let ended = AtomicBool::new(false);
    let mut client = database.client();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                for statement in statements {
                    client.batch_execute(statement).expect("a statement");
                }
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        });
        let run = e2e::run(&mut place.command());
        ended.store(true, Ordering::SeqCst);
        run
    })
}

#[test]
fn a_write_while_the_port_runs_is_told_and_what_is_no_write_is_not() {
    let Some(database) = Database::new("writes") else {
        return;
    };
    let Some(place) = Place::live(&database) else {
        return;
    };
    let write = "UPDATE people SET born = born + 1 WHERE id = 9";
    let run = beside(&place, &database, &[write]);
    run.ended(0);
    assert!(
        run.stderr.contains("written to during the run: people."),
        "{}",
        run.all()
    );
    assert!(run.stdout.contains("written to during the run: people."));
    place.take();
    // Transactions that change catalogs and pages, and nothing of any row.
    let none = [
        "ANALYZE",
        "CHECKPOINT",
        "VACUUM people",
        "SELECT txid_current()",
    ];
    let run = beside(&place, &database, &none);
    run.ended(0);
    assert!(!run.all().contains("written to"), "{}", run.all());
    assert!(!run.all().contains("does not prove"), "{}", run.all());
    place.take();
    // Less than digests proves nothing.
    let ended = AtomicBool::new(false);
    let mut client = database.client();
    let run = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                client
                    .batch_execute("SELECT txid_current()")
                    .expect("a statement");
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        });
        let run = e2e::run(place.command().args(["--level", "counts"]));
        ended.store(true, Ordering::SeqCst);
        run
    });
    run.ended(0);
    assert!(run.all().contains("does not prove"), "{}", run.all());
}

#[test]
fn a_transaction_that_was_open_at_the_snapshot_and_is_committed_then_is_a_write() {
    let Some(database) = Database::with(
        "open",
        "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)",
    ) else {
        return;
    };
    let mut client = database.client();
    let mut source = decant::pg::open_source(&database.url(), &decant::interrupt::Interrupt::new())
        .expect("a source");
    let now = source
        .write_counters()
        .expect("counters")
        .expect("a server");
    let unmoved = now.written_since(source.snapshot_counters().expect("counters"));
    assert_eq!(unmoved, decant::pg::source::Written::Nothing);
    drop(source);
    client
        .batch_execute("BEGIN; INSERT INTO t VALUES (2)")
        .expect("a transaction");
    let mut source = decant::pg::open_source(&database.url(), &decant::interrupt::Interrupt::new())
        .expect("a source");
    client.batch_execute("COMMIT").expect("a commit");
    let now = source
        .write_counters()
        .expect("counters")
        .expect("a server");
    let moved = now.written_since(source.snapshot_counters().expect("counters"));
    assert_ne!(moved, decant::pg::source::Written::Nothing);
}

#[test]
fn large_objects_are_told_loudly_from_every_source() {
    let sql = "CREATE EXTENSION IF NOT EXISTS lo; CREATE TABLE pictures (id int PRIMARY KEY, data oid, other lo);
        INSERT INTO pictures VALUES (1, lo_from_bytea(0, 'abc'), lo_from_bytea(0, 'd'))";
    let Some(database) = Database::new("objects") else {
        return;
    };
    let sql = match database.client().batch_execute("CREATE EXTENSION lo") {
        Ok(()) => sql.to_owned(),
        Err(_) => sql
            .replace("other lo", "other oid")
            .replace("CREATE EXTENSION IF NOT EXISTS lo;", ""),
    };
    database.execute(&sql);
    let folder = crate::support::tempdir();
    let accept = "[storage]\naccept = [\"lo: extension-dropped\"]\n";
    std::fs::write(folder.path().join("decant.toml"), accept).expect("a configuration");
    let mut sources = vec![database.url()];
    for (name, arguments) in [("plain.sql", &[][..]), ("custom.dump", &["-Fc"])] {
        let Some(dump) = database.dump(arguments) else {
            continue;
        };
        let path = folder.path().join(name);
        std::fs::write(&path, dump).expect("a dump");
        sources.push(path.display().to_string());
    }
    for source in sources {
        let decant = |arguments: &[&str]| {
            let mut command = crate::support::decant();
            command.current_dir(folder.path()).args(arguments);
            e2e::run(command.args(["--source", &source]))
        };
        for arguments in [
            &["port", "--target", "t.db"][..],
            &["port", "--check"],
            &["verify", "--target", "t.db"],
        ] {
            let run = decant(arguments);
            run.ended(0);
            for text in [&run.stderr, &run.stdout] {
                assert!(
                    text.contains("large objects")
                        && text.contains("pictures.data, pictures.other"),
                    "{source} {arguments:?}: {}",
                    run.all()
                );
            }
        }
        std::fs::remove_file(folder.path().join("t.db")).expect("the target");
    }
}
