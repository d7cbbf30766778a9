//! A folder of three migrations, and `decant` run in it.

use std::path::PathBuf;
use std::process::{Command, Output};

/// The folder.
pub struct Project {
    /// Where it is.
    pub folder: tempfile::TempDir,
}

impl Project {
    /// A folder with an `.env` and three migrations; `last` is what the third does besides making a table.
    pub fn new(last: &str) -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        project.write(".env", "DATABASE_URL=\"sqlite:///app.db\"\n");
        project.write(
            "migrations/20240101000000_a.sql",
            "-- UP script\nCREATE TABLE a (x UNIQUE);\n-- DOWN script\nDROP TABLE a;\n",
        );
        project.write(
            "migrations/20240102000000_b.sql",
            "-- UP script\nCREATE TABLE b (x);\nINSERT INTO b VALUES (1);\n-- DOWN script\nDROP TABLE b;\n",
        );
        project.write(
            "migrations/20240103000000_c.sql",
            &format!("-- UP script\nCREATE TABLE c (x);\n{last}\n-- DOWN script\nDROP TABLE c;\n"),
        );
        project
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// The binary with arguments that have no spaces in them.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = super::decant();
        command
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path());
        command
    }

    /// Runs it: exit status, stdout, stderr.
    pub fn run(&self, arguments: &str) -> (i32, String, String) {
        said(&self.command(arguments).output().unwrap())
    }
}

/// Exit status, stdout, stderr.
pub fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    )
}
