//! Bad input and bad days: each ends with its exit status and a sentence that names the place; nothing stands under the target's name but
//! what stood there before, and nothing half-written is left beside it.
//!
//! The ground is a small shop (`fixtures/bad/shop`): three revisions, a dump of forty customers and four hundred orders.

mod e2e;
mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use e2e::Run;
use support::{Database, project};

/// A copy of the shop.
struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new() -> Self {
        let folder = support::tempdir();
        e2e::copy_folder(&project("fixtures/bad/shop"), folder.path());
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn target(&self) -> PathBuf {
        self.path("shop.db")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file of the shop")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the shop can be written");
    }

    /// Replaces a piece of a file that must be there.
    #[track_caller]
    fn change(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} holds {from:?}");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// Cuts the dump behind the first occurrence of a piece.
    #[track_caller]
    fn cut_behind(&self, piece: &str) {
        let text = self.read("shop.sql");
        let at = text
            .find(piece)
            .unwrap_or_else(|| panic!("the dump holds {piece:?}"));
        self.write("shop.sql", &text[..at + piece.len()]);
    }

    fn run(&self, arguments: &[&str]) -> Run {
        e2e::decant_in(self.folder.path(), arguments)
    }

    /// A cutover that succeeds.
    fn published(&self) {
        self.run(&["cutover"]).ended(0);
    }

    /// The dump's text under `url`.
    fn with_source(&self, url: &str) {
        self.change(
            "decant.toml",
            "dump = \"shop.sql\"",
            &format!("url = \"{url}\""),
        );
    }
}

const ORDERS: &str = "alembic_backup/versions/b2_orders.py";
const TOTALS: &str = "alembic_backup/versions/c3_totals.py";

/// One way in which input is bad.
struct Case {
    name: &'static str,
    /// Makes the input bad.
    spoil: fn(&Shop),
    arguments: &'static [&'static str],
    status: i32,
    /// Words of the sentence: the place and what is wrong there.
    told: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "a script that is not Python",
        spoil: |shop| shop.change(ORDERS, "def upgrade():", "<<<<<<< HEAD\ndef upgrade(:"),
        arguments: &["cutover"],
        status: 3,
        told: &["b2_orders.py", ":19"],
    },
    Case {
        name: "a script that is not Python, asked for the schema",
        spoil: |shop| shop.change(ORDERS, "def upgrade():", "<<<<<<< HEAD\ndef upgrade(:"),
        arguments: &["schema"],
        status: 3,
        told: &["b2_orders.py", ":19"],
    },
    Case {
        name: "two revisions with one id",
        spoil: |shop| {
            shop.write("alembic_backup/versions/b3_copy.py", &shop.read(ORDERS));
        },
        arguments: &["cutover"],
        status: 3,
        told: &["b2c0ffee0002", "b2_orders.py", "b3_copy.py"],
    },
    Case {
        name: "a missing parent",
        spoil: |shop| fs::remove_file(shop.path(ORDERS)).expect("a script"),
        arguments: &["cutover"],
        status: 3,
        told: &["c3_totals.py", "b2c0ffee0002"],
    },
    Case {
        name: "a cycle",
        spoil: |shop| {
            shop.change(
                "alembic_backup/versions/a1_customers.py",
                "down_revision = None",
                "down_revision = \"c3c0ffee0003\"",
            );
        },
        arguments: &["cutover"],
        status: 3,
        told: &["cycle", "a1c0ffee0001"],
    },
    Case {
        name: "two heads where one is needed",
        spoil: |shop| {
            shop.change(
                TOTALS,
                "down_revision = \"b2c0ffee0002\"",
                "down_revision = \"a1c0ffee0001\"",
            );
        },
        arguments: &["schema", "--at", "head"],
        status: 3,
        told: &["b2c0ffee0002", "c3c0ffee0003"],
    },
    Case {
        name: "a revision that is not there",
        spoil: |_| {},
        arguments: &["schema", "--at", "fedcba"],
        status: 2,
        told: &["fedcba"],
    },
    Case {
        name: "no scripts where they are said to be",
        spoil: |shop| fs::remove_dir_all(shop.path("alembic_backup")).expect("a folder"),
        arguments: &["cutover"],
        status: 1,
        told: &["alembic_backup"],
    },
    Case {
        name: "a dump that ends in a statement",
        spoil: |shop| shop.cut_behind("CREATE TABLE public.orders ("),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql:", "truncated"],
    },
    Case {
        name: "a dump that ends in a row",
        spoil: |shop| shop.cut_behind("customer23@exam"),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql:", "truncated"],
    },
    Case {
        name: "a dump that ends between rows",
        spoil: |shop| shop.cut_behind("customer23@example.org\tCustomer 23\n"),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql:", "truncated"],
    },
    Case {
        name: "a dump that ends between tables",
        spoil: |shop| shop.cut_behind("Customer 40\n\\.\n"),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql:", "truncated"],
    },
    Case {
        name: "a dump that ends before its constraints",
        spoil: |shop| shop.cut_behind("ADD CONSTRAINT customers_pkey PRIMARY KEY (id);\n"),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql:", "truncated"],
    },
    Case {
        name: "an empty dump",
        spoil: |shop| shop.write("shop.sql", ""),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql"],
    },
    Case {
        name: "a row with a field too few",
        spoil: |shop| {
            shop.change(
                "shop.sql",
                "customer23@example.org\tCustomer 23\n",
                "customer23@example.org\n",
            )
        },
        arguments: &["cutover"],
        status: 1,
        told: &["customers"],
    },
    Case {
        name: "a value that is none of its type",
        spoil: |shop| shop.change("shop.sql", "\n1\t2\t1.25\t", "\n1\t2\tone and a quarter\t"),
        arguments: &["cutover"],
        status: 1,
        told: &["orders", "total"],
    },
    Case {
        name: "a dump of another schema: a column more",
        spoil: |shop| {
            shop.change(
                "shop.sql",
                "    note text,\n",
                "    note text,\n    paid boolean,\n",
            );
        },
        arguments: &["cutover"],
        status: 3,
        told: &["orders", "paid"],
    },
    Case {
        name: "a dump of another schema: a constraint less",
        spoil: |shop| {
            let text = shop.read("shop.sql");
            let at = text
                .find("ALTER TABLE ONLY public.customers\n    ADD CONSTRAINT customers_email_key")
                .expect("a constraint");
            let end = at + text[at..].find(";\n").expect("an end") + 2;
            shop.write("shop.sql", &format!("{}{}", &text[..at], &text[end..]));
        },
        arguments: &["cutover"],
        status: 4,
        told: &["customers_email_key"],
    },
    Case {
        name: "a dump of another revision",
        spoil: |shop| shop.change("shop.sql", "\nc3c0ffee0003\n", "\nb2c0ffee0002\n"),
        arguments: &["cutover"],
        status: 3,
        told: &["at revision", "b2c0ffee0002", "c3c0ffee0003"],
    },
    Case {
        name: "a row that breaks a check",
        spoil: |shop| shop.change("shop.sql", "\n1\t2\t1.25\t", "\n1\t2\t-1.25\t"),
        arguments: &["cutover"],
        status: 4,
        told: &["orders", "ck_orders_total"],
    },
    Case {
        name: "a row that refers to nothing",
        spoil: |shop| shop.change("shop.sql", "\n1\t2\t1.25\t", "\n1\t4242\t1.25\t"),
        arguments: &["cutover"],
        status: 4,
        told: &["orders", "customers"],
    },
    Case {
        name: "a row twice",
        spoil: |shop| {
            let row = "23\tcustomer23@example.org\tCustomer 23\n";
            shop.change("shop.sql", row, &format!("{row}{row}"));
        },
        arguments: &["cutover"],
        status: 4,
        told: &["customers"],
    },
    Case {
        name: "NULL where none may be",
        spoil: |shop| {
            shop.change(
                "shop.sql",
                "customer23@example.org\tCustomer 23\n",
                "customer23@example.org\t\\N\n",
            )
        },
        arguments: &["cutover"],
        status: 4,
        told: &["customers", "name"],
    },
    Case {
        name: "a source that is not there",
        spoil: |shop| fs::remove_file(shop.path("shop.sql")).expect("the dump"),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql"],
    },
    Case {
        name: "a server that is not there",
        spoil: |shop| {
            shop.with_source("postgresql://anna:secret-word@127.0.0.1:1/shop?connect_timeout=5")
        },
        arguments: &["cutover"],
        status: 1,
        told: &["127.0.0.1"],
    },
    Case {
        name: "a misspelt key of the configuration",
        spoil: |shop| {
            shop.change(
                "decant.toml",
                "[target]",
                "[storage]\nacept = []\n\n[target]",
            )
        },
        arguments: &["cutover"],
        status: 2,
        told: &["decant.toml", "acept"],
    },
    Case {
        name: "a decision without a rule of that name",
        spoil: |shop| {
            shop.change(
                "decant.toml",
                "[target]",
                "[storage]\naccept = [\"orders.total: roughly\"]\n\n[target]",
            );
        },
        arguments: &["cutover"],
        status: 2,
        told: &["roughly"],
    },
    Case {
        name: "a folder of the target that is a file",
        spoil: |shop| {
            shop.write("place", "a file");
            shop.change(
                "decant.toml",
                "file = \"shop.db\"",
                "file = \"place/shop.db\"",
            );
        },
        arguments: &["cutover"],
        status: 1,
        told: &["place"],
    },
    Case {
        name: "a flag that does not exist",
        spoil: |_| {},
        arguments: &["cutover", "--hurry"],
        status: 2,
        told: &["--hurry"],
    },
    Case {
        name: "a remote database for the runner",
        spoil: |shop| fs::create_dir(shop.path("migrations")).expect("a folder"),
        arguments: &[
            "migrate",
            "--database",
            "libsql://shop.example.org",
            "status",
        ],
        status: 2,
        told: &["libsql"],
    },
];

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
        eprintln!("skipped: this user writes into folders that forbid it");
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
        eprintln!("skipped: no small disk can be mounted here");
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

/// The address of a database's server.
fn address(url: &str) -> String {
    let rest = url.split_once('@').map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

/// Listens, and passes bytes on to a server; after so many bytes from it the connection is cut.
fn cutting_proxy(server: String, bytes: usize) -> u16 {
    fn pump(mut from: TcpStream, mut to: TcpStream, limit: usize) {
        let mut left = limit;
        let mut buffer = [0_u8; 4096];
        while left > 0 {
            let room = left.min(buffer.len());
            let Some(read) = from.read(&mut buffer[..room]).ok().filter(|n| *n > 0) else {
                break;
            };
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
            left -= read;
        }
        let _ = from.shutdown(std::net::Shutdown::Both);
        let _ = to.shutdown(std::net::Shutdown::Both);
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(upstream) = TcpStream::connect(&server) else {
                return;
            };
            let (Ok(client2), Ok(upstream2)) = (client.try_clone(), upstream.try_clone()) else {
                return;
            };
            std::thread::spawn(move || pump(client2, upstream2, usize::MAX));
            std::thread::spawn(move || pump(upstream, client, bytes));
        }
    });
    port
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
            run.stderr.contains("connection") || run.stderr.contains("127.0.0.1"),
            "{}",
            run.stderr
        );
        assert!(!shop.target().exists());
        assert_eq!(e2e::leftovers(&shop.target()), Vec::<String>::new());
    }
}

/// A server that asks for the password in clear and refuses whatever comes.
fn refusing_server() -> u16 {
    fn serve(mut client: TcpStream) -> std::io::Result<()> {
        loop {
            let mut length = [0_u8; 4];
            client.read_exact(&mut length)?;
            let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(0);
            let mut body = vec![0_u8; length.saturating_sub(4)];
            client.read_exact(&mut body)?;
            // SSLRequest (80877103) and GSSENCRequest (80877104) come before the startup message.
            let code = body
                .get(..4)
                .map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
            if matches!(code, Some(80_877_103 | 80_877_104)) {
                client.write_all(b"N")?;
                continue;
            }
            break;
        }
        client.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3])?;
        let mut head = [0_u8; 5];
        client.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let mut password = vec![0_u8; usize::try_from(length).unwrap_or(4).saturating_sub(4)];
        client.read_exact(&mut password)?;
        let fields =
            b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"anna\"\0\0";
        let length = u32::try_from(fields.len() + 4).unwrap_or(4);
        client.write_all(b"E")?;
        client.write_all(&length.to_be_bytes())?;
        client.write_all(fields)
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let _ = serve(client);
        }
    });
    port
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
        eprintln!("skipped: the run was too fast to be watched");
        return;
    }
    run.ended(3);
    assert_eq!(shop.read("shop.db"), "somebody else's file");
    assert_eq!(e2e::leftovers(&shop.target()), Vec::<String>::new());
}
