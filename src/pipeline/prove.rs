//! A replayed history to a proof of its migrations.

use super::client;
use super::history::start;
use super::{Error, Replayed, SquashOptions, convert, squash};
use crate::config::SeedData;
use crate::convert::Revision;
use crate::files::original::survives_original_tool;
use crate::files::updown::{UpDown, section};
use crate::files::{MigrationFile, Statement};
use crate::interrupt::Interrupt;
use crate::lower;
use crate::prove::{self, Outcome, Proof};
use crate::verify::compare_pg;

/// Proves baseline and converted revisions of a replayed history on scratch databases with so many made-up rows to a table, and that the team's original tool runs
/// their files as they stand.
///
/// # Errors
/// The base file cannot be read, or SQLite opens no database in memory. What does not hold is in the result.
pub fn prove(replayed: &Replayed, storage: &lower::Options, rows: usize) -> Result<Proof, Error> {
    let base = start(&replayed.read.options)?.schema;
    let revisions: Vec<Revision<'_>> = replayed
        .revisions
        .iter()
        .map(|r| Revision {
            id: &r.revision,
            ops: &r.ops,
            down: &r.down,
        })
        .collect();
    let mut proof =
        prove::prove(&base, &revisions, storage, rows).map_err(|cause| Error::Sqlite {
            doing: "proving on a database in memory".to_owned(),
            cause,
        })?;
    files(replayed, storage, &mut proof)?;
    Ok(proof)
}

/// Every file that holds no trigger has to survive the original tool's splitter.
fn files(replayed: &Replayed, storage: &lower::Options, proof: &mut Proof) -> Result<(), Error> {
    let options = SquashOptions {
        name: "baseline".to_owned(),
        timestamp: None,
        keep_last: 0,
        seed_data: SeedData::Keep,
        seeds: indexmap::IndexMap::new(),
        format: &UpDown,
    };
    let squashed = squash(replayed, storage, &options).map(|s| s.files);
    let converted = convert(replayed, storage, &UpDown).map(|c| c.files);
    let mut chains: Vec<(&str, Vec<MigrationFile>)> = Vec::new();
    for (kind, files) in [("file of baseline", squashed), ("file", converted)] {
        match files {
            Ok(files) => {
                for file in &files {
                    proof.add(kind, &file.file_name, problems(file));
                }
                chains.push((
                    if chains.is_empty() {
                        "baseline"
                    } else {
                        "revisions"
                    },
                    files,
                ));
            }
            Err(Error::NoTimestamp) => {
                let note = "no revision has a Create Date to name the files by: none was written";
                proof.push(kind, "all", Outcome::Noted(note.to_owned()));
            }
            Err(error @ Error::SeedsFail { .. }) => {
                proof.push(kind, "rows", Outcome::Noted(error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    let chains: Vec<(&str, &[MigrationFile])> = chains
        .iter()
        .map(|(name, files)| (*name, files.as_slice()))
        .collect();
    client::prove(&chains, proof);
    Ok(())
}

fn problems(file: &MigrationFile) -> Vec<String> {
    let trigger = |s: &Statement| s.words(2) == ["CREATE", "TRIGGER"];
    if file.up.iter().chain(&file.down).any(trigger) {
        // Such a file is for decant's own runner, as its name says.
        return Vec::new();
    }
    let mut out = Vec::new();
    for (name, list) in [("up", &file.up), ("down", &file.down)] {
        match section(&file.file_name, list) {
            Ok(text) => {
                let found = survives_original_tool(&text).err().unwrap_or_default();
                let lines = found
                    .iter()
                    .map(|p| format!("{name}, line {}: {}", p.line, p.message));
                out.extend(lines);
            }
            Err(error) => out.push(error.to_string()),
        }
    }
    out
}

/// Compares the replayed schema with that of a server or dump that the history was run on.
///
/// # Errors
/// The source cannot be read.
pub fn prove_catalog(
    replayed: &Replayed,
    source: &str,
    proof: &mut Proof,
    interrupt: &Interrupt,
) -> Result<(), Error> {
    let source = crate::pg::open_source(source, interrupt)?;
    let findings = compare_pg(&replayed.schema, source.schema());
    let different = findings.iter().filter(|f| f.verdict.is_difference());
    let faults = different.map(|f| {
        let aspect = f.aspect.as_deref().unwrap_or_default();
        format!("{:?} {} {} {aspect}", f.verdict, f.kind.name(), f.object)
    });
    proof.add("catalog", &source.describe(), faults.collect());
    Ok(())
}
