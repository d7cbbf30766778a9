//! The backup of a history: the copy that a team keeps, with checksums.

/// Name of the file of checksums inside a backup, in the format of `sha256sum`.
pub const MANIFEST: &str = "MANIFEST.sha256";
