//! Text artefacts: written beside their name and renamed, so that no reader meets half a file.

use std::io::Write as _;
use std::path::Path;

use super::Error;

/// Writes a file whole or not at all, making its folder when it is missing. A file with the same content is left alone. What
/// is there and is no regular file (a device, a pipe) is written to as it is, never replaced.
///
/// # Errors
/// The folder or file cannot be written.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), Error> {
    let there = std::fs::metadata(path).ok();
    if there.as_ref().is_some_and(|m| !m.is_file() && !m.is_dir()) {
        return std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut device| device.write_all(content))
            .map_err(Error::io("cannot write", path));
    }
    if there.is_some() && std::fs::read(path).is_ok_and(|old| old == content) {
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_written_to_and_stays_a_pipe() {
        use std::io::Read as _;
        use std::os::unix::fs::FileTypeExt as _;

        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .expect("a pipe can be made");
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || {
                let mut text = String::new();
                let read = std::fs::File::open(pipe).and_then(|mut f| f.read_to_string(&mut text));
                read.map(|_| text)
            }
        });
        write_file(&pipe, b"CREATE TABLE t (x integer);").expect("a pipe takes it");
        let text = reader.join().expect("the reader ends").expect("it reads");
        assert_eq!(text, "CREATE TABLE t (x integer);");
        let kind = std::fs::symlink_metadata(&pipe)
            .expect("it is there")
            .file_type();
        assert!(kind.is_fifo(), "the pipe was replaced");
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("new/report.md");
        write_file(&file, b"one").expect("its folder is made");
        write_file(&file, b"two").expect("it is replaced");
        assert_eq!(std::fs::read(&file).expect("it is there"), b"two");
    }
}
