//! A copy of the small shop (`fixtures/bad/shop`), to be spoiled.

use std::fs;
use std::path::PathBuf;

use crate::e2e::{self, Run};
use crate::support::{self, project};

/// A copy of the shop.
pub struct Shop {
    /// Its folder.
    pub folder: tempfile::TempDir,
}

impl Shop {
    pub fn new() -> Self {
        let folder = support::tempdir();
        e2e::copy_folder(&project("fixtures/bad/shop"), folder.path());
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn target(&self) -> PathBuf {
        self.path("shop.db")
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file of the shop")
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the shop can be written");
    }

    /// Replaces a piece of a file that must be there.
    #[track_caller]
    pub fn change(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} holds {from:?}");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// Cuts the dump behind the first occurrence of a piece.
    #[track_caller]
    pub fn cut_behind(&self, piece: &str) {
        let text = self.read("shop.sql");
        let at = text
            .find(piece)
            .unwrap_or_else(|| panic!("the dump holds {piece:?}"));
        self.write("shop.sql", &text[..at + piece.len()]);
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        e2e::decant_in(self.folder.path(), arguments)
    }

    /// A cutover that succeeds.
    pub fn published(&self) {
        self.run(&["cutover"]).ended(0);
    }

    /// The dump's text under `url`.
    pub fn with_source(&self, url: &str) {
        self.change(
            "decant.toml",
            "dump = \"shop.sql\"",
            &format!("url = \"{url}\""),
        );
    }
}
