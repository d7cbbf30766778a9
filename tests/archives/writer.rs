//! Archives by the format's own rules, for versions and compressions that the `pg_dump` at hand does not write.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};

/// Compression of an archive's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    None,
    Zlib,
    Lz4,
    Zstd,
}

impl Codec {
    /// What PostgreSQL 16 calls it in an archive's head.
    fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Zlib => 1,
            Self::Lz4 => 2,
            Self::Zstd => 3,
        }
    }

    /// What a data file's name ends with.
    fn ending(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Zlib => ".gz",
            Self::Lz4 => ".lz4",
            Self::Zstd => ".zst",
        }
    }

    /// Compresses a block of the custom format, or a file.
    pub fn pack(self, data: &[u8], file: bool) -> Vec<u8> {
        match self {
            Self::None => data.to_vec(),
            Self::Zlib if file => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(data).unwrap();
                encoder.finish().unwrap()
            }
            Self::Zlib => {
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(data).unwrap();
                encoder.finish().unwrap()
            }
            Self::Lz4 => {
                // What LZ4F_preferences_t of zeros means, which is what pg_dump passes.
                let info = FrameInfo::new()
                    .block_mode(BlockMode::Linked)
                    .block_size(BlockSize::Max64KB);
                let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
                encoder.write_all(data).unwrap();
                encoder.finish().unwrap()
            }
            Self::Zstd => {
                let level = ruzstd::encoding::CompressionLevel::Fastest;
                ruzstd::encoding::compress_to_vec(data, level)
            }
        }
    }

    /// Compresses with the library that `pg_dump` uses, by its command; `None` where that is missing.
    pub fn pack_with_tool(self, data: &[u8]) -> Option<Vec<u8>> {
        let (tool, arguments): (&str, &[&str]) = match self {
            Self::Lz4 => ("lz4", &["-c", "-B4", "-BD", "--no-frame-crc"]),
            Self::Zstd => ("zstd", &["-c", "-19", "--long=27", "--no-check"]),
            Self::None | Self::Zlib => return None,
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        std::fs::write(&path, data).unwrap();
        let output = std::process::Command::new(tool)
            .args(arguments)
            .stdin(std::fs::File::open(&path).unwrap())
            .output()
            .ok()?;
        assert!(output.status.success(), "{tool}: {output:?}");
        Some(output.stdout)
    }
}

/// An entry of the table of contents.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    pub kind: &'static str,
    pub name: &'static str,
    pub namespace: &'static str,
    pub definition: String,
    pub copy: &'static str,
    /// Data as it stands in the archive, compressed already.
    pub data: Option<Vec<u8>>,
}

/// What an archive is like.
#[derive(Debug, Clone)]
pub struct Archive {
    pub minor: u8,
    pub integer: usize,
    pub offset: usize,
    /// Places of the data are written down.
    pub offsets: bool,
    pub codec: Codec,
    pub entries: Vec<Entry>,
    /// Bytes of a chunk.
    pub chunk: usize,
}

impl Archive {
    fn int(&self, out: &mut Vec<u8>, value: i64) {
        out.push(u8::from(value < 0));
        out.extend_from_slice(&value.unsigned_abs().to_le_bytes()[..self.integer]);
    }

    fn string(&self, out: &mut Vec<u8>, text: &str) {
        self.int(out, i64::try_from(text.len()).unwrap());
        out.extend_from_slice(text.as_bytes());
    }

    fn chunks(&self, out: &mut Vec<u8>, data: &[u8]) {
        for chunk in data.chunks(self.chunk) {
            self.int(out, i64::try_from(chunk.len()).unwrap());
            out.extend_from_slice(chunk);
        }
        self.int(out, 0);
    }

    fn head(&self, format: u8) -> Vec<u8> {
        let mut out = b"PGDMP\x01".to_vec();
        out.extend_from_slice(&[self.minor, 0]);
        out.push(u8::try_from(self.integer).unwrap());
        out.push(u8::try_from(self.offset).unwrap());
        out.push(format);
        if self.minor >= 15 {
            out.push(self.codec.number());
        } else {
            let level = if self.codec == Codec::None { 0 } else { -1 };
            self.int(&mut out, level);
        }
        for part in [0, 0, 12, 1, 0, 125, 0] {
            self.int(&mut out, part);
        }
        for text in ["app", "16.3 (Debian 16.3-1)", "16.3"] {
            self.string(&mut out, text);
        }
        out
    }

    /// The table of contents, with what `extra` writes behind each entry.
    fn toc(&self, out: &mut Vec<u8>, extra: impl Fn(&mut Vec<u8>, usize)) {
        self.int(out, i64::try_from(self.entries.len()).unwrap());
        for (number, entry) in self.entries.iter().enumerate() {
            self.int(out, i64::try_from(number + 1).unwrap());
            self.int(out, i64::from(entry.data.is_some()));
            for text in ["0", "0", entry.name, entry.kind] {
                self.string(out, text);
            }
            if self.minor >= 11 {
                self.int(out, 2);
            }
            for text in [entry.definition.as_str(), "", entry.copy] {
                self.string(out, text);
            }
            if entry.namespace.is_empty() {
                self.int(out, -1);
            } else {
                self.string(out, entry.namespace);
            }
            self.string(out, "");
            if self.minor >= 14 {
                self.string(out, "heap");
            }
            if self.minor >= 16 {
                self.int(out, i64::from(b'r'));
            }
            self.string(out, "app");
            self.string(out, "false");
            self.string(out, "1");
            self.int(out, -1);
            extra(out, number);
        }
    }

    /// In custom format.
    pub fn custom(&self) -> Vec<u8> {
        let lay_out = |places: &[u64]| -> (Vec<u8>, Vec<u64>) {
            let mut out = self.head(1);
            self.toc(&mut out, |out, number| {
                let place = places.get(number).copied().unwrap_or_default();
                let flag = match self.entries[number].data {
                    None => 3,
                    Some(_) if self.offsets => 2,
                    Some(_) => 1,
                };
                out.push(flag);
                let place = if flag == 2 { place } else { 0 };
                out.extend_from_slice(&place.to_le_bytes()[..self.offset]);
            });
            let mut found = vec![0; self.entries.len()];
            for (number, entry) in self.entries.iter().enumerate() {
                let Some(data) = &entry.data else { continue };
                found[number] = u64::try_from(out.len()).unwrap();
                let objects = entry.kind == "BLOBS";
                out.push(if objects { 3 } else { 1 });
                self.int(&mut out, i64::try_from(number + 1).unwrap());
                if objects {
                    for id in [16_400, 16_401] {
                        self.int(&mut out, id);
                        self.chunks(&mut out, data);
                    }
                    self.int(&mut out, 0);
                } else {
                    self.chunks(&mut out, data);
                }
            }
            (out, found)
        };
        let (_, places) = lay_out(&[]);
        lay_out(&places).0
    }

    /// The table of contents and the data files of a dump in directory format; the tar format has the same.
    pub fn files(&self, ending: &str) -> Vec<(String, Vec<u8>)> {
        let name = |number: usize| format!("{}.dat", number + 1);
        let mut toc = self.head(3);
        self.toc(&mut toc, |out, number| match self.entries[number].data {
            Some(_) => self.string(out, &name(number)),
            None => self.string(out, ""),
        });
        let mut files = vec![("toc.dat".to_owned(), toc)];
        for (number, entry) in self.entries.iter().enumerate() {
            if let Some(data) = &entry.data {
                files.push((format!("{}{ending}", name(number)), data.clone()));
            }
        }
        files
    }

    /// In directory format.
    pub fn directory(&self, folder: &Path) {
        std::fs::create_dir(folder).unwrap();
        for (name, content) in self.files(self.codec.ending()) {
            std::fs::write(folder.join(name), content).unwrap();
        }
    }

    /// In tar format.
    pub fn tar(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, content) in self.files("") {
            let mut header = [0u8; 512];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
            header[257..265].copy_from_slice(b"ustar\x0000");
            header[148..156].fill(b' ');
            let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
            header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
            out.extend_from_slice(&header);
            out.extend_from_slice(&content);
            out.resize(out.len().next_multiple_of(512), 0);
        }
        out.resize(out.len() + 1024, 0);
        out
    }
}
