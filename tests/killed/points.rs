//! Where the process is killed.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::e2e;
use crate::support::Database;
use crate::world::{Place, Rows, difference};

/// One way to kill a run.
#[derive(Debug, Clone)]
enum Kill {
    /// SIGKILL once so many bytes of rows are written.
    Rows(u64),
    /// SIGXFSZ, which as SIGKILL leaves nothing to be cleaned up, as soon as a file would grow beyond so many bytes: in the middle of
    /// a page, of a commit, of a line of the journal.
    File(u64),
    /// At a named turn.
    Turn(String),
}

impl Kill {
    fn arm(&self, command: &mut Command) {
        match self {
            Self::Rows(bytes) => {
                command.env("DECANT_KILL_AFTER_BYTES", bytes.to_string());
            }
            Self::Turn(name) => {
                command.env("DECANT_FAIL_AT", name);
            }
            Self::File(bytes) => {
                let bytes = *bytes;
                // SAFETY: setrlimit and signal are async-signal-safe, and nothing else is called.
                unsafe {
                    command.pre_exec(move || {
                        let limit = |bytes| libc::rlimit {
                            rlim_cur: bytes,
                            rlim_max: bytes,
                        };
                        libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
                        let (core, size) = (limit(0), limit(bytes));
                        libc::setrlimit(libc::RLIMIT_CORE, &raw const core);
                        libc::setrlimit(libc::RLIMIT_FSIZE, &raw const size);
                        Ok(())
                    });
                }
            }
        }
    }
}

fn all() -> bool {
    std::env::var("DECANT_LONG_TESTS").as_deref() == Ok("1")
}

/// A hundred of each kind of points by bytes, or ten in all, and all turns.
fn points(rows: u64, file: u64, odd: bool) -> Vec<Kill> {
    let count = 50;
    let spread = |bytes: u64| (0..count).map(move |i| bytes * (2 * i + 1) / (2 * count));
    let mut points: Vec<Kill> = spread(rows)
        .map(Kill::Rows)
        .chain(spread(file).map(Kill::File))
        .collect();
    if !all() {
        let first = if odd { 4 } else { 9 };
        points = points.into_iter().skip(first).step_by(10).collect();
    }
    points
}

/// The same, each killed and gone on with until it is done.
fn run(place: &Place, points: &[Kill]) {
    let (unbroken, wanted) = place.unbroken();
    let (mut wrong, mut continued) = (Vec::new(), 0);
    for point in points {
        let mut command = place.command();
        point.arm(&mut command);
        let killed = e2e::run(&mut command);
        if killed.status >= 0 {
            wrong.push(format!("{point:?} did not kill: {}", killed.all()));
            continue;
        }
        assert!(!place.target().exists(), "{point:?}");
        let resumed = place.resumed();
        if resumed.status != unbroken.status || resumed.stdout != unbroken.stdout {
            wrong.push(format!("{point:?}: {}", resumed.all()));
            continue;
        }
        continued += usize::from(resumed.stderr.contains("rows are done"));
        if let Some(difference) = difference(&wanted, &place.take()) {
            wrong.push(format!("{point:?}: {difference}\n{}", resumed.all()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Those before the first commit begin afresh.
    assert!(continued * 2 >= points.len(), "{continued} continued");
}

#[test]
fn a_port_from_a_dump_that_is_killed_goes_on() {
    let place = Place::of_dump(Rows::Good);
    run(&place, &points(900_000, 1_400_000, true));
}

#[test]
fn rows_that_were_rejected_before_the_kill_are_told_as_if_there_had_been_none() {
    let place = Place::of_dump(Rows::Bad);
    run(&place, &[Kill::Rows(850_000), Kill::File(1_300_000)]);
}

#[test]
fn a_port_that_is_killed_at_a_turn_goes_on() {
    let turns = [
        "port:begin",
        "port:after-batch#3",
        "port:after-table#2",
        "port:before-indexes",
        "port:before-finish",
        "cutover:verify",
    ];
    let turns: Vec<Kill> = turns.map(|t| Kill::Turn(t.to_owned())).into();
    run(&Place::of_dump(Rows::Good), &turns);
}

#[test]
fn a_port_from_a_server_that_is_killed_goes_on() {
    let Some(database) = Database::new("killed") else {
        return;
    };
    let Some(place) = Place::live(&database) else {
        return;
    };
    run(&place, &points(600_000, 1_400_000, false));
}
