//! What was left by a kill is gone on with only as far as it is sure.

use crate::e2e;
use crate::support::Database;
use crate::world::{Place, Rows, difference};

/// Kills a port after so many bytes of rows.
fn killed(place: &Place, bytes: u64) {
    let run = e2e::run(
        place
            .command()
            .env("DECANT_KILL_AFTER_BYTES", bytes.to_string()),
    );
    assert!(run.status < 0, "{}", run.all());
}

#[track_caller]
fn equal_to_unbroken(place: &Place) {
    let found = place.take();
    let (_, wanted) = place.unbroken();
    if let Some(difference) = difference(&wanted, &found) {
        panic!("{difference}");
    }
}

#[test]
fn after_the_computer_was_started_again_a_port_starts_afresh() {
    let place = Place::of_dump(Rows::Good);
    killed(&place, 400_000);
    let run = e2e::run(
        place
            .command()
            .arg("--resume")
            .env("DECANT_TEST_BOOT", "another"),
    );
    run.ended(0);
    assert!(
        run.stderr.contains("started again since") && run.stderr.contains("starting afresh"),
        "{}",
        run.stderr
    );
    equal_to_unbroken(&place);
}

#[test]
fn other_decisions_start_afresh() {
    let place = Place::of_dump(Rows::Good);
    killed(&place, 400_000);
    let run = e2e::run(
        place
            .command()
            .args(["--resume", "--redact", "people.email=hash"]),
    );
    run.ended(0);
    assert!(
        run.stderr.contains("were other ones") && run.stderr.contains("starting afresh"),
        "{}",
        run.stderr
    );
}

#[test]
fn without_resume_what_was_left_is_removed_and_that_is_said() {
    let place = Place::of_dump(Rows::Good);
    killed(&place, 400_000);
    let run = e2e::run(&mut place.command());
    run.ended(0);
    assert!(run.stderr.contains("left t.db.partial"), "{}", run.stderr);
    equal_to_unbroken(&place);
}

#[test]
fn tables_of_a_dump_that_is_another_now_are_begun_again() {
    for (at, from, to, told) in [
        // A complete table has another value.
        (500_000, "1927-02-03", "1927-02-04", "people"),
        // A complete table has a row more.
        (
            500_000,
            "\n3000\t",
            "\n3001\tx\t1990-02-03\n3000\t",
            "people",
        ),
        // The table that was being written has another value, or a row less.
        (
            500_000,
            "\tevent 100 of",
            "\tevent one hundred of",
            "events",
        ),
        (500_000, "\tevent 100 of", "\tevent 100 OF", "events"),
    ] {
        let place = Place::of_dump(Rows::Good);
        killed(&place, at);
        let text = std::fs::read_to_string(place.source()).expect("the dump");
        assert!(text.contains(from), "{from:?}");
        std::fs::write(place.source(), text.replacen(from, to, 1)).expect("a dump");
        let run = place.resumed();
        run.ended(0);
        assert!(
            run.stderr.contains(&format!(
                "begun again, since the source's rows are other ones now: {told}"
            )),
            "{to:?}: {}",
            run.stderr
        );
        equal_to_unbroken(&place);
    }
}

#[test]
fn a_finished_file_of_a_source_that_is_another_now_is_made_afresh() {
    let place = Place::of_dump(Rows::Good);
    let run = e2e::run(place.command().env("DECANT_FAIL_AT", "cutover:verify"));
    assert!(run.status < 0, "{}", run.all());
    let text = std::fs::read_to_string(place.source()).expect("the dump");
    let text = text.replacen("\tevent 100 of", "\tevent 101 of", 1);
    std::fs::write(place.source(), text).expect("a dump");
    let run = place.resumed();
    run.ended(0);
    assert!(
        run.stderr.contains("table events") && run.stderr.contains("starting afresh"),
        "{}",
        run.stderr
    );
    equal_to_unbroken(&place);
}

#[test]
fn a_server_whose_tables_were_written_to_since_gives_those_again() {
    let Some(database) = Database::new("resumed") else {
        return;
    };
    let Some(place) = Place::live(&database) else {
        return;
    };
    killed(&place, 300_000);
    database.execute("UPDATE people SET born = '1999-09-09' WHERE id = 7");
    database.execute("VACUUM events");
    let run = place.resumed();
    run.ended(0);
    assert!(
        run.stderr.contains("are other ones now: people") && !run.stderr.contains("now: people,"),
        "{}",
        run.stderr
    );
    equal_to_unbroken(&place);
}

#[test]
fn a_run_with_resume_that_ends_early_keeps_what_it_has() {
    let place = Place::of_dump(Rows::Good);
    let text = std::fs::read_to_string(place.source()).expect("the dump");
    let damaged = text.replacen("\t990.90\tevent 8990", "\t99O.90\tevent 8990", 1);
    assert_ne!(damaged, text);
    std::fs::write(place.source(), damaged).expect("a dump");
    let run = place.resumed();
    run.ended(1);
    assert!(run.stderr.contains("is kept"), "{}", run.stderr);
    assert!(!e2e::leftovers(&place.target()).is_empty());
    std::fs::write(place.source(), text).expect("a dump");
    let run = place.resumed();
    run.ended(0);
    assert!(run.stderr.contains("rows are done"), "{}", run.stderr);
    equal_to_unbroken(&place);
}
