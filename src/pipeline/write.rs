//! Text artefacts: written beside their name and renamed, so that no reader meets half a file.

use std::io::Write as _;
use std::path::Path;

use super::Error;

/// Writes a file whole or not at all, making its folder when it is missing. A file with the same content is left alone.
///
/// # Errors
/// The folder or file cannot be written.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), Error> {
    if std::fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(Error::io("cannot make the folder", folder))?;
    let fault = || Error::io("cannot write", path);
    let mut file = tempfile::Builder::new()
        .prefix(".decant-")
        .tempfile_in(folder)
        .map_err(Error::io("cannot write in the folder", folder))?;
    file.write_all(content).map_err(fault())?;
    file.as_file().sync_all().map_err(fault())?;
    share(file.as_file()).map_err(fault())?;
    file.persist(path).map_err(|e| fault()(e.error))?;
    Ok(())
}

/// Temporary files are private to their owner; reports and migrations are read by others.
#[cfg(unix)]
fn share(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn share(_file: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

/// SHA-256 of bytes, as hex digits.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;

    sha2::Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}
