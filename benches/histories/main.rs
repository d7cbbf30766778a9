//! Reading and replaying of histories: one of 350 revisions that import their project, and synthetic ones of 1,000 and 10,000
//! revisions, whose times should differ by their lengths' factor. After them the ratio to Alembic's own offline mode
//! (`alembic upgrade heads --sql`) over the same project, when there is an Alembic: `DECANT_ALEMBIC` names its executable, else
//! it is looked for on the PATH. Run with `cargo bench --bench histories`.

mod generate;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use decant::pipeline::{self, HistoryOptions};
use divan::Bencher;

/// Revisions of the history that imports its project.
const PROJECT: usize = 350;

fn main() {
    divan::main();
    // A filter asks for something else, and `cargo test --benches` for no times.
    if std::env::args()
        .skip(1)
        .all(|argument| argument == "--bench")
    {
        against_alembic();
    }
}

/// Scripts to schema: parse, evaluate, replay. Gives the number of tables.
fn tables(options: &HistoryOptions) -> usize {
    let replayed = pipeline::read_history(options)
        .and_then(|history| history.replay("heads"))
        .expect("a history that was made for this is readable");
    let errors = replayed.diagnostics.count(decant::diag::Severity::Error);
    assert_eq!(errors, 0, "all of it is understood");
    replayed.schema.tables.len()
}

fn options(scripts: &Path, root: &Path) -> HistoryOptions {
    HistoryOptions {
        scripts: vec![scripts.to_owned()],
        roots: vec![root.to_owned()],
        ..HistoryOptions::default()
    }
}

/// 350 revisions with models of 80 tables, helpers, types and enumerations of the project.
#[divan::bench(sample_count = 10)]
fn project_350(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a folder");
    generate::project(folder.path(), PROJECT);
    let options = options(&folder.path().join("alembic.ini"), folder.path());
    bencher.bench_local(|| tables(&options));
}

/// One or two operations a revision; the schema grows with the history.
#[divan::bench(args = [1_000, 10_000], sample_count = 3)]
fn synthetic(bencher: Bencher<'_, '_>, count: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    generate::synthetic(folder.path(), count);
    let options = options(&folder.path().join("versions"), folder.path());
    bencher.bench_local(|| tables(&options));
}

/// The median time of a command over the project, and what it printed; none when it fails.
fn median(samples: usize, mut command: impl FnMut() -> Command) -> Result<Duration, String> {
    let mut times = Vec::with_capacity(samples);
    for _ in 0..samples {
        let mut command = command();
        command.stdin(Stdio::null());
        let begin = Instant::now();
        let done = command.output().map_err(|e| e.to_string())?;
        times.push(begin.elapsed());
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr);
            return Err(said.lines().last().unwrap_or("it failed").to_owned());
        }
    }
    times.sort_unstable();
    Ok(times.get(samples / 2).copied().unwrap_or_default())
}

fn against_alembic() {
    let alembic = std::env::var_os("DECANT_ALEMBIC").unwrap_or_else(|| "alembic".into());
    let folder = tempfile::tempdir().expect("a folder");
    generate::project(folder.path(), PROJECT);
    let ours = median(5, || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_decant"));
        command.args(["schema", "--format", "sql", "--scripts", "alembic.ini"]);
        command.current_dir(folder.path());
        command
    })
    .expect("decant reads it");
    let theirs = median(3, || {
        let mut command = Command::new(&alembic);
        command.args(["upgrade", "heads", "--sql"]);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.current_dir(folder.path());
        command
    });
    println!();
    match theirs {
        Ok(theirs) => println!(
            "{PROJECT} revisions with project imports: decant schema {:.3} s, alembic upgrade heads --sql {:.3} s: {:.1} times as fast",
            ours.as_secs_f64(),
            theirs.as_secs_f64(),
            theirs.as_secs_f64() / ours.as_secs_f64().max(1e-9),
        ),
        Err(why) => println!(
            "SKIPPED: no ratio against Alembic: {} cannot be run over the history ({why}). Name its executable, with SQLAlchemy and \
             psycopg2 beside it, in DECANT_ALEMBIC. decant schema alone: {:.3} s",
            alembic.to_string_lossy(),
            ours.as_secs_f64(),
        ),
    }
}
