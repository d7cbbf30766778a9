//! Values of many megabytes: whole in the file and in the reject file, and in memory no more often than SQLite needs them.

use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;

use crate::support::{Database, decant, run, tempdir};

/// Runs a command and gives the most memory that it had, in MiB.
fn peak(command: &mut Command) -> u64 {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let id = libc::pid_t::try_from(child.id()).unwrap();
    let mut status = 0;
    // SAFETY: all zeros are a value of this plain structure, and both pointers are valid for the call.
    let used = unsafe {
        let mut used: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::wait4(id, &raw mut status, 0, &raw mut used), id);
        used
    };
    // It was waited for already.
    let _ = child.wait();
    assert_eq!(status, 0, "it ends well");
    u64::try_from(used.ru_maxrss).unwrap() / 1024
}

fn port(source: &str, target: &Path) -> Command {
    let mut command = decant();
    command.args(["port", "--quiet", "--source", source, "--target"]);
    command.arg(target).current_dir(target.parent().unwrap());
    command
}

#[test]
fn one_large_value_costs_two_of_its_size() {
    let make = |name: &str, repeats: u32| {
        let sql = format!(
            "CREATE TABLE note (id int PRIMARY KEY, title text NOT NULL, body text, tail text);
             ALTER TABLE note ALTER body SET STORAGE EXTERNAL;
             INSERT INTO note VALUES (1, 'small', 'b', 'c'), (2, 'large', repeat(E'0123456789ab \\\\ \\n', {repeats}), 'end');"
        );
        Database::with(name, &sql)
    };
    let value = 160;
    let (Some(small), Some(large)) = (make("large_none", 10), make("large_one", value << 16))
    else {
        return;
    };
    let folder = tempdir();
    let base = peak(&mut port(&small.url(), &folder.path().join("small.db")));
    let file = folder.path().join("large.db");
    let live = peak(&mut port(&large.url(), &file));
    let dump = folder.path().join("large.sql");
    std::fs::write(&dump, large.dump(&[]).unwrap()).unwrap();
    let from_dump = peak(&mut port(
        dump.to_str().unwrap(),
        &folder.path().join("dump.db"),
    ));
    // 16 bytes a repeat. SQLite's caches are full only with the large value.
    let most = base + 96 + u64::from(value) * 9 / 4;
    assert!(live <= most, "live: {live} MiB, {base} without the value");
    assert!(
        from_dump <= most,
        "dump: {from_dump} MiB, {base} without the value"
    );
}

#[test]
fn large_values_are_whole_beside_others_and_when_they_are_rejected() {
    let sql = "CREATE TABLE file (id int PRIMARY KEY, body bytea, kind varchar(5) NOT NULL, note text, size int);
        INSERT INTO file SELECT n, decode(repeat('00ff5c' || to_char(n, 'FM00'), 3000000), 'hex'), 'k' || n, repeat('a' || chr(9) || 'é\\', 3000000), n
          FROM generate_series(1, 3) n;
        INSERT INTO file VALUES (4, '\\x', 'none', '', NULL);
        ALTER TABLE file ADD CONSTRAINT few CHECK (size <> 2) NOT VALID;";
    let Some(source) = Database::with("large_rows", sql) else {
        return;
    };
    let folder = tempdir();
    let file = folder.path().join("file.db");
    let mut command = port(&source.url(), &file);
    run(command.args(["--max-rejects", "1"]));
    let mut server = source.client();
    let wanted =
        "SELECT id, md5(body), kind, md5(note), length(note) FROM file WHERE id <> 2 ORDER BY id";
    let wanted: Vec<(i32, String, String, String, i32)> = server
        .query(wanted, &[])
        .unwrap()
        .iter()
        .map(|r| (r.get(0), r.get(1), r.get(2), r.get(3), r.get(4)))
        .collect();
    let stored = Connection::open(&file).unwrap();
    let mut statement = stored
        .prepare("SELECT id, body, kind, note, length(note), typeof(body) || typeof(note) FROM file ORDER BY id")
        .unwrap();
    let found: Vec<(i32, String, String, String, i32)> = statement
        .query_map([], |row| {
            assert_eq!(row.get::<_, String>(5)?, "blobtext");
            let note: String = row.get(3)?;
            Ok((
                row.get(0)?,
                md5(&row.get::<_, Vec<u8>>(1)?),
                row.get(2)?,
                md5(note.as_bytes()),
                row.get(4)?,
            ))
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(found, wanted);
    let rejects = std::fs::read_to_string(folder.path().join("file.db.rejects.csv")).unwrap();
    assert!(rejects.len() > 15_000_000 * 2 && rejects.contains("k2"));
}

fn md5(bytes: &[u8]) -> String {
    use md5::Digest as _;
    let digest = md5::Md5::digest(bytes);
    digest.iter().map(|b| format!("{b:02x}")).collect()
}
