//! A Python with pinned packages, for tests that ask real Alembic and SQLAlchemy.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

/// The versions that the oracle tests compare with.
pub const ORACLE_PACKAGES: &[&str] = &[
    "alembic==1.13.3",
    "sqlalchemy==2.0.36",
    "psycopg2-binary==2.9.10",
];

/// The next line of SQLAlchemy, for what reads a ported file.
pub const NEXT_ORACLE_PACKAGES: &[&str] = &["sqlalchemy==2.1.9", "psycopg2-binary==2.9.10"];

/// libSQL's client.
pub const LIBSQL_PACKAGES: &[&str] = &["libsql==0.1.11"];

/// A Python interpreter with these packages (`name==version`): `DECANT_TEST_PYTHON` when it has them, else a virtual
/// environment kept under `target/tmp`. `None` (after a line on stderr) when they cannot be installed, unless
/// `DECANT_REQUIRE_PYTHON=1`.
pub fn python(packages: &[&str]) -> Option<PathBuf> {
    if let Some(python) = std::env::var_os("DECANT_TEST_PYTHON").map(PathBuf::from) {
        if has(&python, packages) {
            return Some(python);
        }
        eprintln!("{} lacks one of {packages:?}", python.display());
    }
    match install(packages) {
        Ok(python) => Some(python),
        Err(why) => {
            assert!(
                std::env::var("DECANT_REQUIRE_PYTHON").as_deref() != Ok("1"),
                "DECANT_REQUIRE_PYTHON=1, but there is no Python with {packages:?}: {why}"
            );
            eprintln!("skipped: no Python with {packages:?} ({why})");
            None
        }
    }
}

/// Whether the distributions are there in these versions; `psycopg2-binary` and `psycopg2` are the same module.
fn has(python: &Path, packages: &[&str]) -> bool {
    const CHECK: &str = "
import sys
from importlib.metadata import version, PackageNotFoundError
def found(name, wanted):
    for n in (name, name.removesuffix('-binary')):
        try:
            return not wanted or version(n) == wanted or n.startswith('psycopg2')
        except PackageNotFoundError:
            pass
    return False
sys.exit(not all(found(*(p.split('==') + [''])[:2]) for p in sys.argv[1:]))
";
    Command::new(python)
        .args(["-c", CHECK])
        .args(packages)
        .output()
        .is_ok_and(|o| o.status.success())
}

fn install(packages: &[&str]) -> Result<PathBuf, String> {
    let mut sorted = packages.to_vec();
    sorted.sort_unstable();
    let digest = Sha256::digest(sorted.join("\n"));
    let mut name = "venv-".to_owned();
    for byte in digest.iter().take(6) {
        let _ = write!(name, "{byte:02x}");
    }
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(parent).map_err(|e| e.to_string())?;
    let lock =
        std::fs::File::create(parent.join(format!("{name}.lock"))).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    let folder = parent.join(&name);
    let python = folder.join("bin/python");
    let done = folder.join("installed");
    if done.exists() {
        return Ok(python);
    }
    let _ = std::fs::remove_dir_all(&folder);
    tell(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    tell(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--retries",
                "1",
                "--timeout",
                "20",
            ])
            .args(&sorted),
    )?;
    std::fs::write(done, sorted.join("\n")).map_err(|e| e.to_string())?;
    Ok(python)
}

fn tell(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        Ok(())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(said.lines().last().unwrap_or("it failed").to_owned())
    }
}
