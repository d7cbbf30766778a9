//! Bad input and bad days: each ends with its exit status and a sentence that names the place; nothing stands under the target's name but
//! what stood there before, and nothing half-written is left beside it.
//!
//! The ground is a small shop (`fixtures/bad/shop`): three revisions, a dump of forty customers and four hundred orders.

mod bad;
mod e2e;
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use bad::Shop;
use bad::cases::CASES;
use bad::servers::{address, cutting_proxy, refusing_server};
use e2e::Run;
use support::{Database, project};

#[test]
fn bad_input_is_told_and_leaves_nothing() {
    let mut wrong = Vec::new();
    for case in CASES {
        let shop = Shop::new();
        (case.spoil)(&shop);
        let run = shop.run(case.arguments);
        let mut faults = Vec::new();
        if run.status != case.status {
            faults.push(format!(
                "exit status {} instead of {}",
                run.status, case.status
            ));
        }
        for word in case.told {
            if !run.stderr.contains(word) && !run.stdout.contains(word) {
                faults.push(format!("does not tell {word:?}"));
            }
        }
        if run.all().contains("panicked") {
            faults.push("panicked".to_owned());
        }
        if run.all().contains("secret-word") {
            faults.push("shows the password".to_owned());
        }
        if shop.target().exists() {
            faults.push("the target is there".to_owned());
        }
        let left = e2e::leftovers(&shop.target());
        if !left.is_empty() {
            faults.push(format!("left {left:?}"));
        }
        if !faults.is_empty() {
            wrong.push(format!(
                "{}: {}\n    stdout: {}\n    stderr: {}",
                case.name,
                faults.join("; "),
                run.stdout.trim_end(),
                run.stderr.trim_end()
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases\n{}",
        wrong.len(),
        CASES.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_shop_itself_is_good() {
    let shop = Shop::new();
    shop.published();
    let db = e2e::rows::open(&shop.target());
    e2e::rows::assert_sound(&db);
    assert_eq!(e2e::rows::number(&db, "SELECT count(*) FROM orders"), 400);
    assert_eq!(e2e::leftovers(&shop.target()), Vec::<String>::new());
}

#[test]
fn an_existing_target_is_left_alone_unless_replacing_is_asked_for() {
    let shop = Shop::new();
    shop.published();
    let before = fs::read(shop.target()).expect("the target");
    for arguments in [
        &["cutover"][..],
        &[
            "port",
            "--source",
            "shop.sql",
            "--target",
            "shop.db",
            "--scripts",
            "alembic_backup",
        ],
    ] {
        let run = shop.run(arguments);
        run.ended(3);
        assert!(
            run.stderr.contains("shop.db") && run.stderr.contains("--replace"),
            "{}",
            run.stderr
        );
        assert_eq!(fs::read(shop.target()).expect("the target"), before);
    }
}

#[test]
fn a_target_that_fails_verification_does_not_replace_the_old_one() {
    let shop = Shop::new();
    shop.published();
    let before = fs::read(shop.target()).expect("the target");
    shop.change("shop.sql", "\n1\t2\t1.25\t", "\n1\t4242\t1.25\t");
    shop.run(&["cutover", "--replace"]).ended(4);
    assert_eq!(fs::read(shop.target()).expect("the target"), before);
    assert!(!shop.path("shop.db.backup-1").exists());
    assert_eq!(e2e::leftovers(&shop.target()), Vec::<String>::new());
}

#[test]
fn a_target_that_is_open_elsewhere_is_not_replaced() {
    let shop = Shop::new();
    shop.published();
    let reader = rusqlite::Connection::open(shop.target()).expect("the target opens");
    let count: i64 = reader
        .query_row("SELECT count(*) FROM orders", [], |row| row.get(0))
        .expect("a count");
    let run = shop.run(&["cutover", "--replace"]);
    run.ended(3);
    assert!(run.stderr.contains("open elsewhere"), "{}", run.stderr);
    drop(reader);
    assert_eq!(count, 400);
    shop.run(&["cutover", "--replace"]).ended(0);
}

#[test]
fn a_target_with_a_journal_that_has_content_is_not_replaced() {
    for journal in ["shop.db-wal", "shop.db-journal"] {
        let shop = Shop::new();
        shop.published();
        let before = fs::read(shop.target()).expect("the target");
        shop.write(journal, "changes that are not in the file yet");
        let run = shop.run(&["cutover", "--replace"]);
        run.ended(3);
        assert!(run.stderr.contains(journal), "{}", run.stderr);
        assert_eq!(fs::read(shop.target()).expect("the target"), before);
        assert!(shop.path(journal).exists(), "the journal is left alone");
    }
}

#[test]
fn a_target_that_is_no_database_is_not_replaced() {
    let shop = Shop::new();
    shop.write("shop.db", "notes that nobody wants to lose");
    let run = shop.run(&["cutover", "--replace"]);
    run.ended(3);
    assert!(run.stderr.contains("shop.db"), "{}", run.stderr);
    assert_eq!(shop.read("shop.db"), "notes that nobody wants to lose");
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    use std::os::unix::fs::PermissionsExt as _;

    let shop = Shop::new();
    let place = shop.path("place");
    fs::create_dir(&place).expect("a folder");
    shop.change(
        "decant.toml",
        "file = \"shop.db\"",
        "file = \"place/shop.db\"",
    );
    fs::set_permissions(&place, fs::Permissions::from_mode(0o555)).expect("a mode");
    if fs::write(place.join("probe"), "x").is_ok() {
        e2e::skipped("this user writes into folders that forbid it");
        return;
    }
    let run = shop.run(&["cutover"]);
    run.ended(1);
    assert!(run.stderr.contains("place"), "{}", run.stderr);
    assert_eq!(e2e::files(&place), Vec::<String>::new());
}

/// Runs a cutover of the shop through a shell that prepares something first.
fn prepared(shop: &Shop, preparation: &str) -> Run {
    let decant = support::decant();
    let mut shell = Command::new("/bin/sh");
    for (name, value) in decant.get_envs() {
        if value.is_none() {
            shell.env_remove(name);
        }
    }
    e2e::run(
        shell
            .arg("-c")
            .arg(format!("{preparation}; exec \"$0\" cutover"))
            .arg(decant.get_program())
            .current_dir(shop.folder.path()),
    )
}

#[test]
fn a_file_that_cannot_grow_is_told_and_nothing_is_left() {
    // As a full disk: no file may be larger than 16 KiB, and no signal comes for it.
    let shop = Shop::new();
    let run = prepared(&shop, "trap '' XFSZ; ulimit -f 32");
    run.ended(1);
    assert!(!run.all().contains("panicked"), "{}", run.all());
    assert!(
        ["full", "too large", "I/O"]
            .iter()
            .any(|w| run.stderr.contains(w)),
        "{}",
        run.stderr
    );
    assert!(!shop.target().exists());
    assert_eq!(e2e::leftovers(&shop.target()), Vec::<String>::new());
}

#[test]
fn a_full_disk_is_told_and_nothing_is_left() {
    let probe = Command::new("unshare")
        .args(["-r", "-m", "mount", "-t", "tmpfs", "none", "/mnt"])
        .output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        e2e::skipped("no small disk can be mounted here");
        return;
    }
    let shop = Shop::new();
    fs::create_dir(shop.path("small")).expect("a folder");
    shop.change(
        "decant.toml",
        "file = \"shop.db\"",
        "file = \"small/shop.db\"",
    );
    let decant = support::decant();
    let script =
        "mount -t tmpfs -o size=32k none small; \"$0\" cutover; echo \"status $?\"; ls -A small";
    let run = e2e::run(
        Command::new("unshare")
            .args(["-r", "-m", "/bin/sh", "-c", script])
            .arg(decant.get_program())
            .env_remove("DATABASE_URL")
            .current_dir(shop.folder.path()),
    );
    let after = run.stdout.split("status ").nth(1).unwrap_or_default();
    let lines: Vec<&str> = after.lines().collect();
    assert!(
        ["1", "3"].iter().any(|s| lines.first() == Some(s)),
        "{}",
        run.all()
    );
    assert_eq!(lines.len(), 1, "nothing is left: {lines:?}");
}

#[test]
fn a_lost_connection_is_told_and_nothing_is_left() {
    let Some(database) = Database::new("lost") else {
        return;
    };
    if database
        .load_dump(&project("fixtures/bad/shop/shop.sql"))
        .is_none()
    {
        return;
    }
    let through = |port: u16| {
        database
            .url()
            .replacen(&address(&database.url()), &format!("127.0.0.1:{port}"), 1)
    };
    // The whole of it passes, so what is cut below is cut by us.
    let shop = Shop::new();
    shop.with_source(&through(cutting_proxy(
        address(&database.url()),
        usize::MAX,
    )));
    shop.published();
    for bytes in [10, 600, 6_000, 20_000, 30_000] {
        let shop = Shop::new();
        shop.with_source(&through(cutting_proxy(address(&database.url()), bytes)));
        let run = shop.run(&["cutover"]);
        assert!(!run.all().contains("panicked"), "{}", run.all());
        assert_eq!(run.status, 1, "cut after {bytes} bytes: {}", run.all());
        assert!(
            run.stderr.contains("connection") || run.stderr.contains("server"),
            "{}",
            run.stderr
        );
        assert!(!shop.target().exists());
        assert_eq!(e2e::leftovers(&shop.target()), Vec::<String>::new());
    }
}

#[test]
fn a_wrong_password_is_told_and_not_shown() {
    let port = refusing_server();
    let shop = Shop::new();
    let url = format!("postgresql+psycopg2://anna:hidden%2Dword@127.0.0.1:{port}/shop");
    let runs = [
        shop.run(&["port", "--source", &url, "--target", "shop.db"]),
        shop.run(&["verify", "--source", &url, "--target", "shop.db"]),
        {
            shop.with_source(&url);
            shop.run(&["cutover"])
        },
    ];
    for run in &runs[..] {
        assert!(!run.all().contains("hidden"), "{}", run.all());
    }
    for run in [&runs[0], &runs[2]] {
        run.ended(1);
        assert!(
            run.stderr.contains("password authentication failed"),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("anna"), "{}", run.stderr);
    }
    for name in e2e::files(shop.folder.path()) {
        if name != "decant.toml" {
            let bytes = fs::read(shop.path(&name)).expect("a file");
            assert!(
                !String::from_utf8_lossy(&bytes).contains("hidden"),
                "{name}"
            );
        }
    }
}

#[test]
fn two_runs_on_one_target_do_not_meet() {
    let shop = Shop::new();
    let lock = shop.path("shop.db.lock");
    let held = fs::File::create(&lock).expect("a file");
    held.lock().expect("a lock");
    let run = shop.run(&["cutover"]);
    run.ended(3);
    assert!(run.stderr.contains("another run"), "{}", run.stderr);
    assert!(!shop.target().exists());
    drop(held);
    shop.published();
}

#[test]
fn a_target_that_appears_while_the_run_lasts_is_not_overwritten() {
    let shop = Shop::new();
    let partial = shop.path("shop.db.partial");
    let (appeared, ended) = (AtomicBool::new(false), AtomicBool::new(false));
    let run = std::thread::scope(|scope| {
        let child = e2e::start(
            support::decant()
                .current_dir(shop.folder.path())
                .arg("cutover"),
        );
        let watcher = scope.spawn({
            let (partial, target, ended, appeared) = (&partial, shop.target(), &ended, &appeared);
            move || {
                while !ended.load(Ordering::SeqCst) {
                    if Path::exists(partial) {
                        fs::write(&target, "somebody else's file").expect("a file");
                        appeared.store(true, Ordering::SeqCst);
                        return;
                    }
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
            }
        });
        let run = e2e::finish(child);
        ended.store(true, Ordering::SeqCst);
        watcher.join().expect("the watcher does not panic");
        run
    });
    if !appeared.load(Ordering::SeqCst) {
        e2e::skipped("the run was too fast to be watched");
        return;
    }
    run.ended(3);
    assert_eq!(shop.read("shop.db"), "somebody else's file");
    assert_eq!(e2e::leftovers(&shop.target()), Vec::<String>::new());
}
