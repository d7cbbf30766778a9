//! `decant backup`: the copy, its manifest, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use decant::history::backup::{BackupOptions, MANIFEST, backup, verify_backup};
use decant::history::scan;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of a fixture that may be changed, and a place for its backup.
fn project(name: &str) -> (tempfile::TempDir, PathBuf, BackupOptions) {
    let scratch = tempfile::tempdir().unwrap();
    let root = scratch.path().join("project");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/histories");
    copy(&fixtures.join(name), &root);
    let options = BackupOptions {
        from: root.join("alembic.ini"),
        to: scratch.path().join("kept/alembic_backup"),
        ..BackupOptions::default()
    };
    (scratch, root, options)
}

#[test]
fn a_copy_with_names_and_times_that_sha256sum_accepts() {
    let (_scratch, root, options) = project("linear");
    let script = root.join("migrations/versions/a1b2c3d4_first.py");
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    fs::File::options()
        .write(true)
        .open(&script)
        .unwrap()
        .set_modified(old)
        .unwrap();
    fs::create_dir(root.join("migrations/versions/__pycache__")).unwrap();
    fs::write(root.join("migrations/versions/__pycache__/x.pyc"), "x").unwrap();
    fs::create_dir(root.join("app")).unwrap();
    fs::write(root.join("app/types.py"), "X = 1\n").unwrap();
    let options = BackupOptions {
        include: vec![root.join("app/types.py")],
        ..options
    };
    let summary = backup(&options).unwrap();
    assert_eq!((summary.scripts, summary.removed.len()), (3, 0));
    for name in [
        "alembic.ini",
        "env.py",
        "script.py.mako",
        "README.md",
        "app/types.py",
        "versions/__init__.py",
    ] {
        assert!(options.to.join(name).is_file(), "{name}");
    }
    assert!(!options.to.join("versions/__pycache__").exists());
    let kept = options.to.join("versions/a1b2c3d4_first.py");
    assert_eq!(fs::metadata(kept).unwrap().modified().unwrap(), old);
    assert!(verify_backup(&options.to).unwrap().is_intact());
    if let Ok(status) = std::process::Command::new("sha256sum")
        .args(["-c", "--quiet", "--strict", MANIFEST])
        .current_dir(&options.to)
        .status()
    {
        assert!(status.success());
    }
    // It reads as the original does, though script_location points elsewhere.
    for path in [options.to.clone(), options.to.join("alembic.ini")] {
        let set = scan(&[path]).unwrap();
        assert_eq!(set.files.len(), 3);
        let found = set.root == options.to || set.search_paths.contains(&options.to);
        assert!(found, "included files are found");
    }
    // Nothing but the backup was left beside it.
    assert_eq!(
        fs::read_dir(options.to.parent().unwrap()).unwrap().count(),
        1
    );
}

#[test]
fn clean_empties_the_versions_folder_but_for_init() {
    let (_scratch, root, options) = project("linear");
    fs::create_dir(root.join("migrations/versions/__pycache__")).unwrap();
    let summary = backup(&BackupOptions {
        clean: true,
        ..options
    })
    .unwrap();
    assert_eq!(summary.removed.len(), 4);
    let left: Vec<_> = fs::read_dir(root.join("migrations/versions"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left, ["__init__.py"]);
    assert!(root.join("migrations/env.py").exists());
}

#[test]
fn what_is_there_is_never_written_over() {
    let (_scratch, root, options) = project("linear");
    fs::create_dir_all(&options.to).unwrap();
    fs::write(options.to.join("mine"), "x").unwrap();
    let refused = backup(&BackupOptions {
        clean: true,
        ..options.clone()
    })
    .unwrap_err();
    assert!(
        refused.is_refusal() && refused.to_string().contains("not empty"),
        "{refused}"
    );
    assert_eq!(fs::read_dir(&options.to).unwrap().count(), 1);
    assert!(root.join("migrations/versions/a1b2c3d4_first.py").exists());

    let inside = BackupOptions {
        to: root.join("migrations/versions/backup"),
        ..options.clone()
    };
    assert!(backup(&inside).unwrap_err().is_refusal());

    fs::remove_file(options.to.join("mine")).unwrap();
    backup(&options).unwrap();
}

#[test]
fn what_changed_since_is_named() {
    let (_scratch, _root, options) = project("linear");
    backup(&options).unwrap();
    fs::write(options.to.join("env.py"), "changed").unwrap();
    fs::remove_file(options.to.join("versions/a1b2c3d4_first.py")).unwrap();
    fs::write(options.to.join("versions/new.py"), "").unwrap();
    let check = verify_backup(&options.to).unwrap();
    assert!(!check.is_intact());
    assert_eq!(check.changed, ["env.py"]);
    assert_eq!(check.missing, ["versions/a1b2c3d4_first.py"]);
    assert_eq!(check.added, ["versions/new.py"]);
    fs::write(options.to.join(MANIFEST), "nonsense\n").unwrap();
    assert!(
        verify_backup(&options.to)
            .unwrap_err()
            .to_string()
            .contains(":1: not a line")
    );
    fs::remove_file(options.to.join(MANIFEST)).unwrap();
    assert!(!verify_backup(&options.to).unwrap().manifest);
}

#[test]
fn several_locations_are_found_again() {
    let (_scratch, root, options) = project("several");
    let options = BackupOptions {
        from: root.join("pyproject.toml"),
        ..options
    };
    backup(&options).unwrap();
    assert!(options.to.join("versions/2024/bbbb2222_two.py").is_file());
    assert!(options.to.join("versions_2/cccc3333_other.py").is_file());
    for path in [options.to.clone(), options.to.join("pyproject.toml")] {
        assert_eq!(scan(&[path]).unwrap().files.len(), 3);
    }
}
