//! The bundled example end to end, and its two halves. Run with `cargo bench`; compare ratios within one run, not times of two.

use std::path::{Path, PathBuf};

use decant::config::Config;
use decant::interrupt::Interrupt;
use decant::pipeline::{self, CutoverOptions, HistoryOptions, events::Silent};
use decant::sqlite::publish::Replace;
use decant::verify::Level;

fn main() {
    divan::main();
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn history() -> HistoryOptions {
    HistoryOptions {
        scripts: vec![root().join("alembic_backup")],
        ..HistoryOptions::default()
    }
}

/// Scripts to schema: parse, evaluate, replay.
#[divan::bench(sample_count = 20)]
fn read_and_replay() -> usize {
    let replayed = pipeline::read_history(&history())
        .and_then(|h| h.replay("heads"))
        .expect("the example is readable");
    replayed.schema.tables.len()
}

/// A cutover from the dump, in a folder of its own.
#[divan::bench(sample_count = 5)]
fn cutover_from_dump(bencher: divan::Bencher<'_, '_>) {
    let config = Config::read(&root().join("decant.toml")).expect("the example's configuration");
    bencher
        .with_inputs(|| tempfile::tempdir().expect("a folder"))
        .bench_local_values(|folder| {
            let mut config = config.clone();
            let inside = |name: &str| -> PathBuf { folder.path().join(name) };
            config.report.dir = inside("out");
            config.baseline.dir = inside("migrations");
            let options = CutoverOptions {
                history: history(),
                source: root().join("fixtures/production.sql").display().to_string(),
                target: inside("clinic.db"),
                level: Level::Digest,
                rehearse: false,
                replace: Replace::No,
                resume: decant::pipeline::Resume::No,
                command: "cutover".to_owned(),
                times: decant::pipeline::ShowTimes::No,
                bundle: None,
                config,
            };
            let done =
                pipeline::cutover(&options, &Silent, &Interrupt::new()).expect("the example moves");
            assert!(done.report.verdict.safe);
            folder
        });
}
