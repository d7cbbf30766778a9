//! A whole port against other ways to bring the same PostgreSQL database into SQLite: each way that is found on the machine runs once,
//! as a process of its own, on one private server, and its ratios to `psql` COPY piped into `sqlite3 .import` are printed.
//!
//!     cargo bench --bench ports
//!
//! - `DECANT_BENCH_SCALE`: 1 is 7.4 million rows and 1.2 GB; 0.1 is the default.
//! - `DECANT_BENCH_WAYS`: names with commas between, to run a few ways alone.
//! - `DECANT_BENCH_PYTHON`: the Python whose packages are looked for (`python3`).

#[path = "../../tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::Server;

/// How one run went.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    wall: f64,
    /// Of the client's processes, in seconds.
    cpu: f64,
    /// Of the server's.
    backend: f64,
    /// Peak of the largest process, in MB.
    memory: f64,
}

/// A way to do it.
struct Way {
    name: &'static str,
    /// What it leaves out or changes, as far as that is known.
    loses: &'static str,
    /// Why it cannot run here, or the command that makes the file.
    command: Result<Command, String>,
}

fn main() {
    // `cargo test --benches` asks for no times.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    if let Err(why) = run() {
        println!("skipped: {why}");
    }
}

fn run() -> Result<(), String> {
    let scale = std::env::var("DECANT_BENCH_SCALE").unwrap_or_else(|_| "0.1".to_owned());
    let only = std::env::var("DECANT_BENCH_WAYS").unwrap_or_default();
    let psql = support::pg_binary("psql").ok_or("psql was not found")?;
    let server = support::start_with(
        "-c shared_buffers=1GB -c jit=off -c autovacuum=off -c max_wal_size=4GB -c wal_level=minimal -c max_wal_senders=0",
        |_| Ok(()),
    )?;
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/ports");
    println!("making the data of scale {scale}");
    let bench = Bench {
        server: &server,
        here: &here,
        out: folder.path(),
    };
    let mut load = bench.command(&psql);
    load.args(["-qX", "-d", "postgres", "-v"])
        .arg(format!("S={scale}"))
        .arg("-f")
        .arg(here.join("data.sql"))
        .args(["-c", "DROP FUNCTION app.h(bigint, bigint)"]);
    bench.measure("data", &mut load)?;

    let wanted = |name: &str| only.is_empty() || only.split(',').any(|n| n == name);
    println!(
        "{:<22}{:>9}{:>9}{:>11}{:>9}{:>9}{:>8}",
        "way", "wall s", "CPU s", "backend s", "RSS MB", "file MB", "ratio"
    );
    let mut base = None;
    for way in bench.peers().into_iter().filter(|way| wanted(way.name)) {
        let mut command = match way.command {
            Ok(command) => command,
            Err(why) => {
                println!("{:<22}skipped: {why}", way.name);
                continue;
            }
        };
        match bench.measure(way.name, &mut command) {
            Ok(cost) => {
                let base = *base.get_or_insert(cost.wall);
                bench.print(way.name, cost, base, way.loses);
            }
            Err(why) => println!("{:<22}failed: {why}", way.name),
        }
        bench.remove(way.name);
    }
    if wanted("decant") {
        bench.decant(base)?;
    }
    Ok(())
}

/// Where and against what ways run.
struct Bench<'b> {
    server: &'b Server,
    here: &'b Path,
    out: &'b Path,
}

impl Bench<'_> {
    /// A command that finds the server by its environment.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let port = self.server.port.unwrap_or_default().to_string();
        let socket = self.server.socket_dir.clone().unwrap_or_default();
        // Away from the project's own decant.toml.
        command
            .current_dir(self.out)
            .env("PGHOST", socket)
            .env("PGPORT", port)
            .env("PGUSER", "postgres")
            .stdin(Stdio::null());
        command
    }

    fn file(&self, name: &str) -> PathBuf {
        self.out.join(format!("{name}.db"))
    }

    fn remove(&self, name: &str) {
        for suffix in ["", "-journal", "-wal", "-shm", ".script"] {
            let _ = std::fs::remove_file(self.out.join(format!("{name}.db{suffix}")));
        }
    }

    fn print(&self, name: &str, cost: Cost, base: f64, note: &str) {
        let bytes = std::fs::metadata(self.file(name)).map_or(0, |m| m.len());
        println!(
            "{name:<22}{:>9.2}{:>9.2}{:>11.2}{:>9.0}{:>9.1}{:>8.2}  {note}",
            cost.wall,
            cost.cpu,
            cost.backend,
            cost.memory,
            bytes as f64 / 1e6,
            cost.wall / base,
        );
    }

    /// Runs a command; what it says goes to `NAME.log`.
    fn measure(&self, name: &str, command: &mut Command) -> Result<Cost, String> {
        let log = self.out.join(format!("{name}.log"));
        let file = std::fs::File::create(&log).map_err(|e| e.to_string())?;
        let errors = file.try_clone().map_err(|e| e.to_string())?;
        let before = self.backend_seconds();
        let began = Instant::now();
        let child = command
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|e| e.to_string())?;
        let id = libc::pid_t::try_from(child.id()).map_err(|e| e.to_string())?;
        let mut status = 0;
        // SAFETY: all zeros are a value of this plain structure, and both pointers are valid for the call.
        let used = unsafe {
            let mut used: libc::rusage = std::mem::zeroed();
            if libc::wait4(id, &raw mut status, 0, &raw mut used) != id {
                return Err(std::io::Error::last_os_error().to_string());
            }
            used
        };
        let wall = began.elapsed().as_secs_f64();
        if status != 0 {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            let last = said.lines().rfind(|l| !l.trim().is_empty());
            return Err(last.unwrap_or("it says nothing").to_owned());
        }
        // The backends end a little later, and only then their time counts.
        std::thread::sleep(Duration::from_millis(300));
        let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
        Ok(Cost {
            wall,
            cpu: seconds(used.ru_utime) + seconds(used.ru_stime),
            backend: self.backend_seconds() - before,
            memory: used.ru_maxrss as f64 / 1024.0,
        })
    }

    /// CPU of the server's processes that have ended (proc(5), `cutime` and `cstime`); 0 where the system does not tell.
    fn backend_seconds(&self) -> f64 {
        let told = || -> Option<f64> {
            let data = self.server.socket_dir.as_ref()?.join("data/postmaster.pid");
            let pid = std::fs::read_to_string(data).ok()?;
            let stat =
                std::fs::read_to_string(format!("/proc/{}/stat", pid.lines().next()?)).ok()?;
            let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
            let ticks = |place: usize| fields.get(place)?.parse::<f64>().ok();
            Some((ticks(13)? + ticks(14)?) / 100.0)
        };
        told().unwrap_or_default()
    }

    fn peers(&self) -> Vec<Way> {
        let url = self.server.url("postgres");
        let alchemy = url.replace("postgres://", "postgresql+psycopg2://");
        let python = std::env::var("DECANT_BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script =
            |name: &str, programs: &[&str], first: Vec<&str>, file: &str, last: &[&str]| {
                programs
                    .iter()
                    .find(|p| on_path(p).is_none())
                    .map_or(Ok(()), |p| Err(format!("no {p}")))?;
                let mut command = self.command(&self.here.join("peers").join(name));
                command.args(first).arg(self.file(file)).args(last);
                Ok(command)
            };
        let py = |name: &str, packages: &str, first: Vec<&str>, file: &str, last: &[&str]| {
            let found = Command::new(&python)
                .args(["-c", &format!("import {packages}")])
                .stderr(Stdio::null())
                .status();
            if !found.is_ok_and(|status| status.success()) {
                return Err(format!("{python} has not all of {packages}"));
            }
            let mut command = self.command(Path::new(&python));
            command
                .arg(self.here.join("peers").join(name))
                .args(first)
                .arg(self.file(file))
                .args(last);
            Ok(command)
        };
        let plain = url.as_str();
        let sling = on_path("sling").map(|p| p.display().to_string());
        vec![
            Way {
                name: "psql-sqlite3",
                loses: "NULL becomes '', bool 't', bytea hex text",
                command: script(
                    "psql_csv.sh",
                    &["psql", "sqlite3"],
                    vec!["postgres"],
                    "psql-sqlite3",
                    &[],
                ),
            },
            Way {
                name: "duckdb-premade",
                loses: "an inet's suffix",
                command: py(
                    "duck.py",
                    "duckdb",
                    vec![plain],
                    "duckdb-premade",
                    &["premade"],
                ),
            },
            Way {
                name: "duckdb-ctas",
                loses: "keys, indexes, NOT NULL; arrays and inet altered",
                command: py("duck.py", "duckdb", vec![plain], "duckdb-ctas", &["ctas"]),
            },
            Way {
                name: "psycopg-copy",
                loses: "an inet's mask",
                command: py(
                    "py_psycopg.py",
                    "psycopg",
                    vec![plain],
                    "psycopg-copy",
                    &["copy"],
                ),
            },
            Way {
                name: "psycopg-plain",
                loses: "an inet's mask",
                command: py(
                    "py_psycopg.py",
                    "psycopg",
                    vec![plain],
                    "psycopg-plain",
                    &["plain"],
                ),
            },
            Way {
                name: "sqlalchemy",
                loses: "defaults",
                command: py(
                    "py_sqlalchemy.py",
                    "sqlalchemy, psycopg2",
                    vec![alchemy.as_str()],
                    "sqlalchemy",
                    &[],
                ),
            },
            Way {
                name: "pandas",
                loses: "keys, indexes, types",
                command: py(
                    "py_pandas.py",
                    "pandas, sqlalchemy, psycopg2",
                    vec![alchemy.as_str()],
                    "pandas",
                    &[],
                ),
            },
            Way {
                name: "dlt",
                loses: "keys, indexes",
                command: py(
                    "dlt_port.py",
                    "dlt, psycopg2",
                    vec![alchemy.as_str()],
                    "dlt",
                    &[],
                ),
            },
            Way {
                name: "db-to-sqlite",
                loses: "indexes, types",
                command: on_path("db-to-sqlite")
                    .ok_or_else(|| "no db-to-sqlite".to_owned())
                    .map(|program| {
                        let mut command = self.command(&program);
                        command
                            .arg(url.replace("postgres://", "postgresql://"))
                            .arg(self.file("db-to-sqlite"))
                            .args(["--all", "--index-fks"]);
                        command
                    }),
            },
            Way {
                name: "ogr2ogr",
                loses: "keys, indexes",
                command: script("ogr.sh", &["ogr2ogr"], vec!["postgres"], "ogr2ogr", &[]),
            },
            Way {
                name: "sling",
                loses: "keys, indexes",
                command: script(
                    "sling.sh",
                    &["sling"],
                    vec![
                        sling.as_deref().unwrap_or_default(),
                        &format!("{plain}?sslmode=disable"),
                    ],
                    "sling",
                    &[],
                ),
            },
        ]
    }

    /// The port live and from a dump, its check, and a comparison by digests.
    fn decant(&self, base: Option<f64>) -> Result<(), String> {
        let binary = Path::new(env!("CARGO_BIN_EXE_decant"));
        let url = self.server.url("postgres");
        let decant = |arguments: &[&str]| {
            let mut command = self.command(binary);
            command.args(arguments);
            command
        };
        let target = |name: &str| self.file(name).display().to_string();
        let port = |name: &str, source: &str| -> Result<f64, String> {
            let file = target(name);
            let mut command = decant(&[
                "port", "--source", source, "--target", &file, "--level", "counts",
            ]);
            let cost = self.measure(name, &mut command)?;
            let checks = self.stage(name, "verify");
            let wall = cost.wall - checks;
            let base = base.unwrap_or(wall);
            let rows = Cost { wall, ..cost };
            self.print(
                name,
                rows,
                base,
                &format!("and {checks:.1} s of checks of the file, in CPU and RSS"),
            );
            Ok(wall)
        };
        let live = port("decant", &url)?;
        let check = self.measure("check", &mut decant(&["port", "--check", "--source", &url]))?;
        self.print("check", check, live, "ratio: to decant's port");
        let file = target("decant");
        let mut verify = decant(&[
            "verify", "--source", &url, "--target", &file, "--level", "digest",
        ]);
        let digests = self.measure("verify", &mut verify)?;
        self.print(
            "verify",
            digests,
            live,
            "by digests, with all checks of the file; ratio: to decant's port",
        );
        self.remove("decant");
        let Some(pg_dump) = support::pg_binary("pg_dump") else {
            println!("{:<22}skipped: no pg_dump", "decant-dump");
            return Ok(());
        };
        let dump = self.out.join("dump.sql").display().to_string();
        let mut command = self.command(&pg_dump);
        command.args(["-d", "postgres", "-f", &dump]);
        self.measure("dump", &mut command)?;
        let from_dump = port("decant-dump", &dump)?;
        println!("from a dump to live: {:.2}", from_dump / live);
        self.remove("decant-dump");
        Ok(())
    }

    /// Seconds that a stage took, as the command told.
    fn stage(&self, name: &str, stage: &str) -> f64 {
        let said =
            std::fs::read_to_string(self.out.join(format!("{name}.log"))).unwrap_or_default();
        let told = said.lines().find_map(|line| {
            let rest = line.strip_prefix(stage)?;
            let mut seconds = 0.0;
            for word in rest.split_whitespace().take(2) {
                if let Some(minutes) = word.strip_suffix('m') {
                    seconds += 60.0 * minutes.parse::<f64>().ok()?;
                } else if let Some(more) = word.strip_suffix('s') {
                    return Some(seconds + more.parse::<f64>().ok()?);
                }
            }
            None
        });
        told.unwrap_or_default()
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
