//! A private PostgreSQL cluster: initdb, start, and a guard that stops and removes it however the test binary ends.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Server;

/// Folders that may hold PostgreSQL's programs, best first.
pub fn pg_bin_folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Some(folder) = std::env::var_os("DECANT_TEST_PG_BIN") {
        folders.push(PathBuf::from(folder));
    }
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    let mut versions: Vec<PathBuf> = [
        "/usr/lib/postgresql",
        "/usr/local/lib/postgresql",
        "/opt/postgresql",
    ]
    .iter()
    .filter_map(|root| std::fs::read_dir(root).ok())
    .flatten()
    .flatten()
    .map(|entry| entry.path().join("bin"))
    .collect();
    versions.sort_by_key(|path| {
        let version = path
            .parent()
            .and_then(Path::file_name)
            .map(|n| n.to_string_lossy().into_owned());
        std::cmp::Reverse(version.and_then(|v| v.parse::<u32>().ok()).unwrap_or(0))
    });
    folders.extend(versions);
    folders.extend(["/usr/local/pgsql/bin", "/opt/homebrew/bin"].map(PathBuf::from));
    folders
}

/// A program of PostgreSQL. Those of the folder that has `initdb` come first: Debian's `PATH` has wrappers of another
/// version.
pub fn pg_binary(name: &str) -> Option<PathBuf> {
    let folders = pg_bin_folders();
    let home = folders
        .iter()
        .find(|folder| folder.join("initdb").is_file());
    home.into_iter()
        .chain(&folders)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// User and group that the server runs as: it refuses to run as root.
fn server_user() -> Result<Option<(u32, u32)>, String> {
    let root = std::fs::metadata("/proc/self")
        .map(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0)
        .unwrap_or(false);
    if !root {
        return Ok(None);
    }
    let passwd = std::fs::read_to_string("/etc/passwd").map_err(|e| format!("/etc/passwd: {e}"))?;
    ["postgres", "nobody"]
        .iter()
        .find_map(|user| {
            let line = passwd.lines().find(|l| l.split(':').next() == Some(user))?;
            let mut fields = line.split(':').skip(2);
            Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
        })
        .map(Some)
        .ok_or_else(|| {
            "root may not run a server, and there is no user postgres or nobody".to_owned()
        })
}

struct Runner {
    user: Option<(u32, u32)>,
    root: PathBuf,
}

impl Runner {
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(&self.root)
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn run(&self, command: &mut Command) -> Result<(), String> {
        // Not `output()`: the server would inherit the pipe, and its end would be waited for.
        let log = self.root.join("command.log");
        let file = std::fs::File::create(&log).map_err(|e| e.to_string())?;
        let errors = file.try_clone().map_err(|e| e.to_string())?;
        let status = command.stdout(file).stderr(errors).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => {
                let mut said = std::fs::read_to_string(&log).unwrap_or_default();
                said.push_str(
                    &std::fs::read_to_string(self.root.join("server.log")).unwrap_or_default(),
                );
                Err(format!("{command:?} ended with {status}: {said}"))
            }
            Err(error) => Err(format!("{command:?}: {error}")),
        }
    }
}

/// Makes and starts a cluster.
///
/// # Errors
/// A sentence why there is none: no programs, or what they said.
pub fn start() -> Result<Server, String> {
    start_with("", |_| Ok(()))
}

/// The same with further options of the server (`-c name=value ..`), after `prepare` has changed its data folder.
///
/// # Errors
/// As [`start`], and what `prepare` says.
pub fn start_with(
    more: &str,
    prepare: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<Server, String> {
    let initdb = pg_binary("initdb").ok_or("neither DECANT_TEST_PG nor initdb was found")?;
    let bin = initdb.parent().unwrap_or(Path::new("/")).to_owned();
    start_from(|_| Ok(bin), more, prepare)
}

/// The same with the programs of the folder that `programs` gives, which may put them into the cluster's own folder.
///
/// # Errors
/// As [`start`], and what `programs` and `prepare` say.
pub fn start_from(
    programs: impl FnOnce(&Path) -> Result<PathBuf, String>,
    more: &str,
    prepare: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<Server, String> {
    let user = server_user()?;
    // A short path: a unix socket's has at most 107 bytes. Never under a home folder that the server's user cannot enter.
    let base = if Path::new("/tmp").is_dir() {
        PathBuf::from("/tmp")
    } else {
        std::env::temp_dir()
    };
    let root = tempfile::Builder::new()
        .prefix("decant-pg-")
        .tempdir_in(base)
        .map_err(|e| format!("a temporary folder: {e}"))?
        .keep();
    if let Some((uid, gid)) = user {
        std::os::unix::fs::chown(&root, Some(uid), Some(gid)).map_err(|e| e.to_string())?;
    }
    let runner = Runner {
        user,
        root: root.clone(),
    };
    let data = root.join("data");
    let bin = match programs(&root) {
        Ok(bin) => bin,
        Err(why) => {
            let _ = std::fs::remove_dir_all(&root);
            return Err(why);
        }
    };
    guard(&runner, &bin, &data)?;
    runner.run(
        runner
            .command(&bin.join("initdb"))
            .args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
                "-D",
            ])
            .arg(&data),
    )?;
    prepare(&data)?;
    if let Some((uid, gid)) = user {
        for entry in std::fs::read_dir(&data)
            .map_err(|e| e.to_string())?
            .flatten()
        {
            std::os::unix::fs::chown(entry.path(), Some(uid), Some(gid))
                .map_err(|e| e.to_string())?;
        }
    }
    let mut failure = String::new();
    for _ in 0..3 {
        let port = free_port()?;
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={} -c fsync=off \
             -c synchronous_commit=off -c full_page_writes=off -c max_connections=60 -c shared_buffers=32MB {more}",
            root.display()
        );
        let started = runner.run(
            runner
                .command(&bin.join("pg_ctl"))
                .args(["start", "-w", "-s", "-D"])
                .arg(&data)
                .arg("-l")
                .arg(root.join("server.log"))
                .args(["-o", &options]),
        );
        match started {
            Ok(()) => {
                return Ok(Server {
                    authority: format!("postgres@127.0.0.1:{port}"),
                    maintenance: "postgres".to_owned(),
                    query: String::new(),
                    socket_dir: Some(root),
                    port: Some(port),
                    programs: Some(bin),
                });
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// A process that waits for the end of its standard input, which comes when this process ends in whatever way, then
/// stops the server and removes its folder. It ignores the signals that end a test run from the terminal.
fn guard(runner: &Runner, bin: &Path, data: &Path) -> Result<(), String> {
    const SCRIPT: &str = r#"trap '' INT TERM HUP
cat > /dev/null
"$1/pg_ctl" stop -s -m immediate -D "$2" > /dev/null 2>&1
rm -rf "$3" 2> /dev/null"#;
    let mut guard = runner
        .command(Path::new("/bin/sh"))
        .args(["-c", SCRIPT, "guard"])
        .arg(bin)
        .arg(data)
        .arg(&runner.root)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .current_dir("/")
        .spawn()
        .map_err(|e| format!("/bin/sh: {e}"))?;
    // Left open on purpose until this process ends.
    std::mem::forget(guard.stdin.take());
    Ok(())
}

fn free_port() -> Result<u16, String> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|e| format!("a free port: {e}"))
}
