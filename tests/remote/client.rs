//! The client: values, batches, batons, doors, limits.

use decant::sqlite::remote::{
    Condition, Error, Options, RemoteUrl, Statement, Step, StepOutcome, Stream, Token,
};
use rusqlite::types::Value;

use crate::support::hrana::{Fault, Hrana};

fn stream_with(server: &Hrana, token: Option<&str>) -> Stream {
    let options = Options {
        token: token.and_then(|t| Token::new(t).unwrap()),
        ..Options::default()
    };
    Stream::new(&RemoteUrl::parse(&server.url()).unwrap(), &options).unwrap()
}

fn stream(server: &Hrana) -> Stream {
    stream_with(server, None)
}

fn execute(stream: &mut Stream, sql: &str) -> u64 {
    let result = stream.execute(&Statement::new(sql.to_owned(), Vec::new()));
    result.unwrap().changed
}

#[test]
fn values_keep_their_type_and_every_bit() {
    let server = Hrana::new();
    let mut stream = stream(&server);
    execute(&mut stream, "CREATE TABLE t (v)");
    let values = [
        Value::Null,
        Value::Integer(i64::MAX),
        Value::Integer(i64::MIN),
        Value::Integer(9_007_199_254_740_993),
        Value::Real(0.1 + 0.2),
        Value::Real(-0.0),
        Value::Real(5e-324),
        Value::Real(3.0),
        Value::Text("a 'quote', a \"name\", é, 𝄞, \\, \n".to_owned()),
        Value::Text(String::new()),
        Value::Blob((0..=255).collect()),
        Value::Blob(Vec::new()),
    ];
    for value in &values {
        let insert = Statement::new("INSERT INTO t VALUES (?1)", vec![value.clone()]);
        assert_eq!(stream.execute(&insert).unwrap().changed, 1);
    }
    let rows = stream
        .rows("SELECT v FROM t ORDER BY rowid", Vec::new())
        .unwrap();
    let read: Vec<Value> = rows.into_iter().flatten().collect();
    assert_eq!(read, values);
    let kinds: Vec<String> = server
        .database()
        .prepare("SELECT typeof(v) FROM t WHERE rowid IN (4, 8)")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(kinds, ["integer", "real"], "3.0 is no integer on the way");
    let infinite = Statement::new("SELECT ?1", vec![Value::Real(f64::NEG_INFINITY)]);
    let said = stream.execute(&infinite).unwrap_err().to_string();
    assert_eq!(
        said,
        "argument 1 is -inf, which the Hrana protocol cannot carry"
    );
    let said = stream.rows("SELECT 9e999", Vec::new()).unwrap_err();
    assert!(said.to_string().contains("infinity"), "{said}");
}

#[test]
fn the_steps_of_a_batch_run_by_their_conditions() {
    let server = Hrana::new();
    let mut stream = stream(&server);
    let step = |sql: &'static str, condition| Step {
        statement: Statement::new(sql, Vec::new()).with_rows(),
        condition,
    };
    let outcomes = stream
        .batch(&[
            step("SELECT 1", None),
            step("SELECT absent", Some(Condition::Ok(0))),
            step("SELECT 2", Some(Condition::Ok(1))),
            step("SELECT 3", Some(Condition::Error(1))),
            step(
                "SELECT 4",
                Some(Condition::And(vec![
                    Condition::Ok(0),
                    Condition::Not(Box::new(Condition::Ok(2))),
                    Condition::IsAutocommit,
                ])),
            ),
            step(
                "SELECT 5",
                Some(Condition::Or(vec![Condition::Error(0), Condition::Ok(2)])),
            ),
        ])
        .unwrap();
    let short: Vec<String> = outcomes
        .iter()
        .map(|outcome| match outcome {
            StepOutcome::Done(result) => format!("{:?}", result.rows[0][0]),
            StepOutcome::Failed(error) => error.to_string(),
            StepOutcome::Skipped => "-".to_owned(),
        })
        .collect();
    let expected = [
        "Integer(1)",
        "no such column: absent (at offset 7)",
        "-",
        "Integer(3)",
        "Integer(4)",
        "-",
    ];
    assert_eq!(short, expected);
}

#[test]
fn a_run_says_which_statement_failed_and_nothing_runs_after_it() {
    let server = Hrana::new();
    let mut stream = stream(&server);
    execute(&mut stream, "CREATE TABLE t (v UNIQUE)");
    let list: Vec<Statement<'_>> = (0..100)
        .map(|n| {
            let value = if n == 70 { 3 } else { n };
            Statement::new("INSERT INTO t VALUES (?1)", vec![Value::Integer(value)])
        })
        .collect();
    let mut begun = Vec::new();
    stream.begin(true).unwrap();
    let stopped = stream
        .run::<Error>(&list, &mut |at| {
            begun.push(at);
            Ok(())
        })
        .unwrap_err();
    assert_eq!((stopped.first, stopped.last), (70, 70));
    assert!(stopped.cause.to_string().contains("UNIQUE"), "{stopped:?}");
    assert_eq!(begun, [0, 32, 64], "few requests");
    stream.rollback();
    assert!(!stream.in_transaction());
    let rows = stream.rows("SELECT count(*) FROM t", Vec::new()).unwrap();
    assert_eq!(rows, [[Value::Integer(0)]]);
}

#[test]
fn a_statement_that_the_server_does_not_read_is_found_among_many() {
    let server = Hrana::new();
    let mut stream = stream(&server);
    stream.begin(true).unwrap();
    let list = [
        "CREATE TABLE a (x)",
        "CREATE TABLE b (x)",
        "ANALYZE",
        "SELECT 1",
    ]
    .map(|sql| Statement::new(sql, Vec::new()));
    let stopped = stream.run::<Error>(&list, &mut |_| Ok(())).unwrap_err();
    assert_eq!((stopped.first, stopped.last), (2, 2));
    assert!(
        stopped
            .cause
            .to_string()
            .contains("unsupported statement: ANALYZE"),
        "{stopped:?}"
    );
}

#[test]
fn large_statements_go_in_requests_of_their_own() {
    let server = Hrana::new();
    let mut stream = stream(&server);
    execute(&mut stream, "CREATE TABLE t (v)");
    let list: Vec<Statement<'_>> = (0..5)
        .map(|_| {
            Statement::new(
                "INSERT INTO t VALUES (?1)",
                vec![Value::Blob(vec![7; 400_000])],
            )
        })
        .collect();
    stream.run::<Error>(&list, &mut |_| Ok(())).unwrap();
    let sizes: Vec<usize> = server.asked().iter().map(|a| a.body.len()).collect();
    assert!(sizes.iter().all(|size| *size < 2 << 20), "{sizes:?}");
    let rows = stream.rows("SELECT sum(length(v)) FROM t", Vec::new());
    assert_eq!(rows.unwrap(), [[Value::Integer(2_000_000)]]);
}

#[test]
fn the_stream_follows_where_the_server_sends_it() {
    let server = Hrana::new();
    let second = server.move_to_second_door();
    {
        let mut stream = stream(&server);
        stream.begin(true).unwrap();
        execute(&mut stream, "CREATE TABLE t (v)");
        stream.commit().unwrap();
    }
    let hosts: Vec<String> = server.asked().into_iter().map(|a| a.host).collect();
    let (first, rest) = hosts.split_first().unwrap();
    assert_eq!(*first, server.address.to_string());
    assert!(
        rest.iter().all(|host| *host == second.to_string()),
        "{hosts:?}"
    );
    assert_eq!(server.streams(), 0, "a stream is closed at its end");

    server.move_to("ftp://elsewhere");
    let said = stream(&server).rows("SELECT 1", Vec::new()).unwrap_err();
    assert!(said.to_string().contains("base_url"), "{said}");
}

#[test]
fn a_server_of_version_2_is_spoken_to_as_such() {
    let server = Hrana::with(None, true);
    let mut stream = stream(&server);
    stream.begin(false).unwrap();
    execute(&mut stream, "CREATE TABLE t (v)");
    let list = [Statement::new("INSERT INTO t VALUES (1)", Vec::new())];
    stream.run::<Error>(&list, &mut |_| Ok(())).unwrap();
    stream.commit().unwrap();
    assert_eq!(stream.is_autocommit().unwrap(), None);
    let paths: Vec<String> = server.asked().into_iter().map(|a| a.path).collect();
    assert_eq!(paths[..2], ["/v3/pipeline", "/v2/pipeline"]);
    assert!(paths[2..].iter().all(|path| path == "/v2/pipeline"));
}

#[test]
fn foreign_keys_are_set_and_read_back_in_the_request_that_begins() {
    let server = Hrana::new();
    let mut stream = stream(&server);
    for on in [false, true] {
        stream.begin(on).unwrap();
        let read = stream.rows("PRAGMA foreign_keys", Vec::new()).unwrap();
        assert_eq!(read, [[Value::Integer(i64::from(on))]]);
        assert_eq!(stream.is_autocommit().unwrap(), Some(false));
        stream.rollback();
    }
    // On a stream that ended in between, they are set all the same.
    server.fail("foreign_keys = OFF", 1, Fault::Expire);
    stream.begin(false).unwrap();
    let read = stream.rows("PRAGMA foreign_keys", Vec::new()).unwrap();
    assert_eq!(read, [[Value::Integer(0)]]);
}

#[test]
fn what_a_statement_is() {
    let server = Hrana::new();
    let mut stream = stream(&server);
    let description = stream.describe("SELECT 1 AS one").unwrap();
    assert!(description.is_readonly);
    assert_eq!(description.cols[0].name.as_deref(), Some("one"));
    assert!(stream.describe("SELECT absent").is_err());
}

#[test]
fn tokens_let_in_and_are_never_told() {
    let server = Hrana::with(Some("tok.en-1"), false);
    assert!(
        stream_with(&server, Some("tok.en-1"))
            .rows("SELECT 1", Vec::new())
            .is_ok()
    );
    let said = |token| {
        let error = stream_with(&server, token)
            .rows("SELECT 1", Vec::new())
            .unwrap_err();
        assert!(matches!(error, Error::Access { status: 401, .. }));
        error.to_string()
    };
    let nobody = said(None);
    assert!(
        nobody.contains("no token was given; set DATABASE_AUTH_TOKEN"),
        "{nobody}"
    );
    // The stand-in repeats the header, as a careless proxy would.
    let wrong = said(Some("wrong-secret"));
    assert!(!wrong.contains("wrong-secret"), "{wrong}");
    assert!(wrong.contains("is not valid for this database"), "{wrong}");
}
