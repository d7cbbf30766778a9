//! Files that scripts read: `open`, `pathlib`, as far as the roots go.

use std::path::Path;

use super::interp::{Interp, R};
use super::value::{Args, Value};
use crate::python::files::normalized;

/// `open(path, mode)`: an instance of the model's file class over the text.
pub fn open(i: &mut Interp<'_>, args: &Args) -> R<Value> {
    let path = i.str(&args.at(0))?;
    let mode = args
        .get(1, "mode")
        .and_then(|v| v.as_str())
        .unwrap_or_default();
    if mode.contains(['w', 'a', 'x', '+']) {
        return Ok(i.unknown("files are not written"));
    }
    let text = read(i, &path)?;
    let class = match i.import("io")? {
        Value::Module(m) => i.module_get(&m, "StringIO"),
        _ => None,
    };
    match class {
        Some(class) => i.call(&class, Args::new(vec![text])),
        None => Ok(i.unknown("io is not modelled")),
    }
}

/// The text of a file below the roots; unknown when there is none.
///
/// # Errors
/// As evaluation.
pub fn read(i: &mut Interp<'_>, path: &Value) -> R<Value> {
    let Some(path) = path.as_str() else {
        return Ok(i.unknown("the path of a file is not known"));
    };
    match i.files.read(&normalized(Path::new(&*path))) {
        Some(text) => {
            i.grow(text.len())?;
            Ok(Value::str(text))
        }
        None => Ok(i.unknown(format!(
            "the file {path} is not below the roots, or is no text"
        ))),
    }
}

/// The names in a folder below the roots, sorted; unknown when there is none.
///
/// # Errors
/// As evaluation.
pub fn list(i: &mut Interp<'_>, path: &Value) -> R<Value> {
    let Some(path) = path.as_str() else {
        return Ok(i.unknown("the path of a folder is not known"));
    };
    match i.files.list(&normalized(Path::new(&*path))) {
        Some(names) => {
            i.grow(names.iter().map(String::len).sum())?;
            i.work(names.len().saturating_mul(super::bound::BYTES_PER_STEP))?;
            Ok(Value::list(names.into_iter().map(Value::str).collect()))
        }
        None => Ok(i.unknown(format!("the folder {path} is not below the roots"))),
    }
}
