//! What the whole-binary tests share: copies of the bundled example, runs with a time limit, rows of SQLite files and of
//! dumps. One cutover of the example is made per test binary and looked at by all of its tests.
#![allow(
    dead_code,
    unused_imports,
    reason = "every test binary compiles this module and uses its own part of it"
)]

pub mod catalog;
pub mod fill;
pub mod rows;

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::support;
pub use crate::support::files;

/// How long a single run of the binary may take, in a debug build on a busy machine.
const LIMIT: Duration = Duration::from_secs(240);

/// How a run ended and what it said.
#[derive(Debug, Clone)]
pub struct Run {
    /// Exit status, or the negated signal that ended it.
    pub status: i32,
    /// The result.
    pub stdout: String,
    /// The telling.
    pub stderr: String,
}

impl Run {
    /// Fails the test unless the run ended so.
    #[track_caller]
    pub fn ended(&self, status: i32) -> &Self {
        assert_eq!(
            self.status, status,
            "exit status {} instead of {status}\nstdout: {}\nstderr: {}",
            self.status, self.stdout, self.stderr
        );
        self
    }

    /// Both streams.
    pub fn all(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

/// Says that a test was not made, past the capture of the test harness.
pub fn skipped(why: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// Starts a command with its output collected.
pub fn start(command: &mut Command) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

/// Waits for a started command; one that does not end in time is ended and fails the test.
#[track_caller]
pub fn finish(mut child: Child) -> Run {
    fn collect(pipe: Option<impl std::io::Read + Send + 'static>) -> impl FnOnce() -> String {
        let reader = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                let _ = pipe.read_to_end(&mut bytes);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        });
        move || reader.join().expect("the reader does not panic")
    }
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        if begun.elapsed() > LIMIT {
            child.kill().expect("a child can be ended");
            panic!("no end after {LIMIT:?}; so far: {}{}", stdout(), stderr());
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Run {
        status: status
            .code()
            .unwrap_or_else(|| -status.signal().unwrap_or_default()),
        stdout: stdout(),
        stderr: stderr(),
    }
}

/// Runs a command to its end.
#[track_caller]
pub fn run(command: &mut Command) -> Run {
    finish(start(command))
}

/// Runs `decant` in a folder.
#[track_caller]
pub fn decant_in(folder: &Path, arguments: &[&str]) -> Run {
    run(support::decant().current_dir(folder).args(arguments))
}

/// Copies a folder with everything in it, but caches of Python.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap_or_else(|e| panic!("{}: {e}", to.display()));
    for entry in std::fs::read_dir(from).unwrap_or_else(|e| panic!("{}: {e}", from.display())) {
        let entry = entry.expect("a folder can be read");
        if entry.file_name() == "__pycache__" {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target)
                .unwrap_or_else(|e| panic!("{}: {e}", entry.path().display()));
        }
    }
}

/// What a clone needs for the first command of the README, and nothing else of it.
pub fn example_copy() -> tempfile::TempDir {
    let folder = support::tempdir();
    let to = |name: &str| folder.path().join(name);
    std::fs::copy(support::project("decant.toml"), to("decant.toml")).expect("decant.toml");
    copy_folder(&support::project("alembic_backup"), &to("alembic_backup"));
    std::fs::create_dir(to("fixtures")).expect("a new folder");
    std::fs::copy(
        support::project("fixtures/production.sql"),
        to("fixtures/production.sql"),
    )
    .expect("the dump");
    folder
}

/// The target that the example's `decant.toml` names, relative to its folder.
pub fn example_target() -> PathBuf {
    decant::config::Config::read(&support::project("decant.toml"))
        .expect("decant.toml can be used")
        .target
        .file
        .expect("decant.toml names a target")
}

/// One cutover of the example.
#[derive(Debug)]
pub struct Published {
    /// Its folder.
    pub folder: tempfile::TempDir,
    /// How it went.
    pub run: Run,
}

impl Published {
    /// The file that it made.
    pub fn target(&self) -> PathBuf {
        self.folder.path().join(example_target())
    }
}

/// The cutover that all tests of this binary look at. Its folder is never changed.
pub fn published() -> &'static Published {
    static PUBLISHED: OnceLock<Published> = OnceLock::new();
    PUBLISHED.get_or_init(|| {
        let folder = example_copy();
        let run = decant_in(folder.path(), &["cutover", "--no-times"]);
        Published { folder, run }
    })
}

/// What a run leaves beside its target while it is not published.
pub fn leftovers(target: &Path) -> Vec<String> {
    let name = target
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let folder = target.parent().unwrap_or(Path::new("."));
    files(folder)
        .into_iter()
        .filter(|file| {
            file.starts_with(&name) && (file.contains(".partial") || file.ends_with(".lock"))
        })
        .collect()
}
