//! Archives of `pg_dump`: the definitions of their tables of contents are read as the statements of a plain dump are, the data of
//! each table as its COPY block. The data of the custom format is read from end to end rather than by the places that its
//! table of contents gives, which are not there when the archive was written to a pipe; each place that is given is checked.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use super::codec::Codec;
use super::kind;
use super::load::Loader;
use super::part::{Frame, Part};
use super::stream::{Chunks, Raw, integer, io_error};
use super::tar;
use super::toc::{self, Data, Entry, Layout, Toc};
use crate::pg::Error;

/// Bytes that are read at once.
const CAPACITY: usize = 1 << 18;

/// A block of a table's data.
const BLOCK_DATA: u8 = 1;
/// A block of large objects.
const BLOCK_BLOBS: u8 = 3;

/// Reads an archive in custom format.
pub(super) fn custom(loader: &mut Loader<'_>, part: &Part) -> Result<(), Error> {
    let mut stream = part.open(0, CAPACITY, loader.interrupt())?;
    let toc = toc::read(&mut stream).map_err(|e| io_error(&part.path, e))?;
    if toc.layout != Layout::Custom {
        return Err(part.fault(
            1,
            "this is the table of contents of a dump in pg_dump's directory format; name the folder that it is in",
        ));
    }
    let behind = stream.position();
    drop(stream);
    definitions(loader, part, &toc)?;
    let mut missing: BTreeMap<i64, &Entry> = toc
        .entries
        .iter()
        .filter(|e| e.data != Data::None)
        .map(|e| (e.id, e))
        .collect();
    let mut at = behind;
    while let Some((block, id, data)) = block(loader, part, &toc, at)? {
        let damaged = |cause: String| Error::Archive {
            path: part.path.display().to_string(),
            place: format!("byte {at}"),
            cause: format!("the archive is damaged: {cause}; make the dump again"),
        };
        let Some(entry) = missing.remove(&id) else {
            return Err(damaged(format!(
                "data of entry {id} stands here, which its table of contents does not have"
            )));
        };
        if let Data::Block(Some(place)) = entry.data
            && place != at
        {
            return Err(damaged(format!(
                "{} stands here, but at byte {place} by the table of contents",
                entry.label()
            )));
        }
        at = match block {
            BLOCK_DATA if entry.kind == "TABLE DATA" => {
                let rows = Part {
                    label: Some(entry.label()),
                    at: data,
                    frame: Frame::Chunks(toc.integer),
                    codec: toc.codec,
                    ..part.clone()
                };
                loader.data(rows, &entry.copy)?
            }
            BLOCK_DATA => skip(loader, part, &toc, data, false)?,
            BLOCK_BLOBS => skip(loader, part, &toc, data, true)?,
            other => return Err(damaged(format!("a block of kind {other} is none"))),
        };
    }
    match missing.values().next() {
        None => Ok(()),
        Some(entry) => Err(absent(part, entry)),
    }
}

fn absent(part: &Part, entry: &Entry) -> Error {
    Error::Archive {
        path: part.path.display().to_string(),
        place: entry.label(),
        cause: "the archive is truncated: this data is missing; make the dump again".to_owned(),
    }
}

/// Kind of the block that begins at a place, its entry, and the place of its data; `None` at the end of the file.
fn block(
    loader: &Loader<'_>,
    part: &Part,
    toc: &Toc,
    at: u64,
) -> Result<Option<(u8, i64, u64)>, Error> {
    let mut raw = raw(loader, part, at)?;
    let place = raw.place();
    let mut read = || -> io::Result<Option<(u8, i64)>> {
        let mut block = [0u8; 1];
        if raw.read(&mut block)? == 0 {
            return Ok(None);
        }
        let [block] = block;
        match integer(&mut raw, toc.integer)? {
            Some(id) => Ok(Some((block, id))),
            None => Err(place.damage(
                "the archive is truncated: it ends where data begins; make the dump again",
            )),
        }
    };
    let found = read().map_err(|e| io_error(&part.path, place.explain(e, Codec::None)))?;
    Ok(found.map(|(block, id)| (block, id, place.byte())))
}

fn raw(loader: &Loader<'_>, part: &Part, at: u64) -> Result<Raw, Error> {
    Raw::open(&part.path, at, None, CAPACITY, loader.interrupt())
        .map_err(|e| io_error(&part.path, e))
}

/// Steps over the chunks of a block; large objects are each its number and its chunks, and end with the number 0. Returns the
/// byte behind.
fn skip(loader: &Loader<'_>, part: &Part, toc: &Toc, at: u64, objects: bool) -> Result<u64, Error> {
    let mut raw = raw(loader, part, at)?;
    let place = raw.place();
    let read = || -> io::Result<()> {
        loop {
            if objects {
                match integer(&mut raw, toc.integer)? {
                    Some(0) => return Ok(()),
                    Some(_) => {}
                    None => {
                        return Err(place.damage(
                            "the archive is truncated: it ends inside of large objects; make the dump again",
                        ));
                    }
                }
            }
            raw = Chunks::new(raw, toc.integer).skip()?;
            if !objects {
                return Ok(());
            }
        }
    };
    read().map_err(|e| io_error(&part.path, place.explain(e, Codec::None)))?;
    Ok(place.byte())
}

/// Reads an archive in directory format, whose table of contents this is.
pub(super) fn directory(loader: &mut Loader<'_>, folder: &Path, part: &Part) -> Result<(), Error> {
    let toc = contents(loader, part)?;
    definitions(loader, part, &toc)?;
    files(loader, part, &toc, |name| kind::beside(folder, name))
}

/// Reads an archive in tar format.
pub(super) fn tar(loader: &mut Loader<'_>, part: &Part) -> Result<(), Error> {
    let interrupt = loader.interrupt();
    let length = std::fs::metadata(&part.path)
        .map_err(|e| io_error(&part.path, e))?
        .len();
    let open = |at: u64| {
        let raw = Raw::open(&part.path, at, None, 512, interrupt)?;
        let place = raw.place();
        Ok(super::stream::Stream::new(
            Box::new(raw),
            place,
            Codec::None,
        ))
    };
    let members = tar::members(length, open).map_err(|e| io_error(&part.path, e))?;
    let member = |name: &str| {
        members.get(name).map(|(at, length)| Part {
            at: *at,
            frame: Frame::Length(*length),
            ..part.clone()
        })
    };
    let Some(contents_part) = member("toc.dat") else {
        return Err(part.fault(
            1,
            "this is a tar file without toc.dat, so it is no dump in pg_dump's tar format; name a dump",
        ));
    };
    let toc = contents(loader, &contents_part)?;
    definitions(loader, part, &toc)?;
    files(loader, part, &toc, |name| Ok(member(name)))
}

/// The table of contents of an archive whose data is in files.
fn contents(loader: &Loader<'_>, part: &Part) -> Result<Toc, Error> {
    let mut stream = part.open(0, CAPACITY, loader.interrupt())?;
    toc::read(&mut stream).map_err(|e| io_error(&part.path, e))
}

/// Reads the data of every table from the file that `find` gives by its name.
fn files(
    loader: &mut Loader<'_>,
    part: &Part,
    toc: &Toc,
    find: impl Fn(&str) -> Result<Option<Part>, Error>,
) -> Result<(), Error> {
    for entry in toc.entries.iter().filter(|e| e.kind == "TABLE DATA") {
        let Data::File(name) = &entry.data else {
            continue;
        };
        if name.contains(['/', '\\', '\0']) || name.starts_with('.') {
            return Err(Error::Archive {
                path: part.path.display().to_string(),
                place: entry.label(),
                cause: format!(
                    "the archive is damaged: its data is in no file of the dump ({name:?}); make the dump again"
                ),
            });
        }
        let Some(mut file) = find(name)? else {
            return Err(absent(part, entry));
        };
        file.label = Some(entry.label());
        loader.data(file, &entry.copy)?;
    }
    Ok(())
}

/// Reads the definitions in the order in which they are restored: privileges after everything else, and what needs those last.
fn definitions(loader: &mut Loader<'_>, part: &Part, toc: &Toc) -> Result<(), Error> {
    let path_is_set = toc.entries.iter().any(|e| e.kind == "SEARCHPATH");
    if toc.version < (1, 13)
        && !path_is_set
        && let Some(entry) = toc
            .entries
            .iter()
            .filter(|e| !(e.definition.is_empty() && e.data == Data::None))
            .find(|e| !matches!(e.namespace.as_str(), "" | "public" | "pg_catalog"))
    {
        return Err(Error::Archive {
            path: part.path.display().to_string(),
            place: entry.label(),
            cause: "this archive is of a pg_dump before 2018, which writes names without their schemas; restore it and make the \
                    dump again with a newer pg_dump"
                .to_owned(),
        });
    }
    loader.archive(&toc.server);
    let count = |kinds: &[&str]| {
        let found = toc
            .entries
            .iter()
            .filter(|e| kinds.contains(&e.kind.as_str()));
        u64::try_from(found.count()).unwrap_or_default()
    };
    // Newer ones have an entry for several of them, and data alone has none.
    let objects = count(&["BLOB", "BLOB METADATA"]).max(count(&["BLOBS"]).min(1));
    loader.large_objects(objects);
    for pass in 0..3 {
        for entry in toc.entries.iter().filter(|e| pass_of(e) == Some(pass)) {
            loader.definition(entry.label(), &entry.definition)?;
        }
    }
    Ok(())
}

/// When an entry's definition is restored; `None` for what a plain dump does not have, or not as a definition.
fn pass_of(entry: &Entry) -> Option<u8> {
    let of = |what: &str| entry.name.starts_with(what);
    match entry.kind.as_str() {
        "TABLE DATA"
        | "DATABASE"
        | "DATABASE PROPERTIES"
        | "BLOB"
        | "BLOBS"
        | "BLOB METADATA"
        | "BLOB COMMENTS"
        | "<Init>" => None,
        "ACL" | "COMMENT" | "SECURITY LABEL" if of("DATABASE ") || of("LARGE OBJECT") => None,
        "ACL" | "DEFAULT ACL" => Some(1),
        "EVENT TRIGGER" | "MATERIALIZED VIEW DATA" => Some(2),
        _ => Some(0),
    }
}
