//! A port into one file per tenant: a whole file, ported and verified, is divided, and the folder takes its name when all of it is done.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Error;
use super::events::Events;
use super::port::{PortOptions, Recorded, beside, port_to};
use crate::failpoint;
use crate::interrupt::Interrupt;
use crate::report::Report;
use crate::sqlite::db::sync;
use crate::sqlite::publish::{Replace, Staging};
use crate::sqlite::tenants::{self, Manifest};

/// What came of it.
#[derive(Debug)]
pub struct Divided {
    /// What was ported and compared.
    pub report: Report,
    /// The published files; `None` when something is red.
    pub manifest: Option<Manifest>,
}

/// Ports all rows into a file, compares it with the source, divides it, compares the parts with the whole, and publishes the folder.
///
/// # Errors
/// A stage cannot be finished; nothing is published then.
pub fn port_per_tenant(
    options: &PortOptions,
    per: &tenants::Options,
    target: &Path,
    events: &dyn Events,
    interrupt: &Interrupt,
) -> Result<Divided, Error> {
    let staging = Staging::begin(target, Replace::No)?;
    let folder = Folder::new(staging.path())?;
    let whole = folder.path.join("whole.db");
    let rejects = beside(target, ".rejects.csv");
    let mut ported = port_to(
        options,
        &whole,
        Replace::No,
        rejects,
        events,
        interrupt,
        Recorded::No,
    )?;
    ported.report.target = Some(target.display().to_string());
    if ported.published.is_none() {
        return Ok(Divided {
            report: ported.report,
            manifest: None,
        });
    }
    events.stage("divide");
    let started = Instant::now();
    let parts = folder.path.join("parts");
    std::fs::create_dir(&parts).map_err(Error::io("cannot make the folder", &parts))?;
    let manifest = tenants::split(&whole, &parts, per, &mut |_| {
        failpoint::hit("tenants:part");
        !interrupt.is_raised()
    })?;
    let file = parts.join("manifest.json");
    let mut text = serde_json::to_vec_pretty(&manifest)
        .map_err(|e| Error::io("cannot write", &file)(e.into()))?;
    text.push(b'\n');
    std::fs::write(&file, text).map_err(Error::io("cannot write", &file))?;
    sync(&file).map_err(Error::io("cannot sync", &file))?;
    let note = format!("{} files, equal to the whole", manifest.files.len());
    events.stage_done("divide", &note, started.elapsed());
    failpoint::hit("tenants:publish");
    // A folder that is empty would be replaced by the rename.
    if target.symlink_metadata().is_ok() {
        let exists = crate::sqlite::publish::Error::Exists(target.display().to_string());
        return Err(exists.into());
    }
    std::fs::rename(&parts, target).map_err(Error::io("cannot publish", target))?;
    sync(target).map_err(Error::io("cannot sync", target))?;
    Ok(Divided {
        report: ported.report,
        manifest: Some(manifest),
    })
}

/// An unpublished folder, removed when it is dropped.
struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes it; what a killed run left of it is removed.
    fn new(path: &Path) -> Result<Self, Error> {
        if path.is_dir() {
            std::fs::remove_dir_all(path).map_err(Error::io("cannot remove", path))?;
        }
        std::fs::create_dir(path).map_err(Error::io("cannot make the folder", path))?;
        Ok(Self {
            path: path.to_owned(),
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed here is removed, or told, by the next run.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
