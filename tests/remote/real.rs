//! The same on a real server, when `DECANT_TEST_LIBSQL` gives its URL (and `DECANT_TEST_LIBSQL_TOKEN` its token). Its database
//! should be an empty one; the tests drop what they make.

use decant::sqlite::remote::{Error, Options, RemoteUrl, Statement, Stream, Token};
use rusqlite::types::Value;

use crate::support::migrations::Project;

fn server() -> Option<(String, String)> {
    let url = std::env::var("DECANT_TEST_LIBSQL")
        .ok()
        .filter(|u| !u.is_empty());
    let Some(url) = url else {
        eprintln!("skipped: DECANT_TEST_LIBSQL gives no server");
        return None;
    };
    Some((
        url,
        std::env::var("DECANT_TEST_LIBSQL_TOKEN").unwrap_or_default(),
    ))
}

#[test]
fn the_client() {
    let Some((url, token)) = server() else { return };
    let options = Options {
        token: Token::new(&token).unwrap(),
        ..Options::default()
    };
    let mut stream = Stream::new(&RemoteUrl::parse(&url).unwrap(), &options).unwrap();
    stream.begin(false).unwrap();
    let values = vec![
        Value::Integer(i64::MAX),
        Value::Real(0.1),
        Value::Text("é".to_owned()),
        Value::Blob(vec![0, 255]),
        Value::Null,
    ];
    let list = [
        Statement::new("CREATE TABLE decant_test (a, b, c, d, e)", Vec::new()),
        Statement::new(
            "INSERT INTO decant_test VALUES (?1, ?2, ?3, ?4, ?5)",
            values.clone(),
        ),
    ];
    stream.run::<Error>(&list, &mut |_| Ok(())).unwrap();
    let rows = stream.rows("SELECT * FROM decant_test", Vec::new());
    assert_eq!(rows.unwrap(), [values]);
    stream.rollback();
    assert!(
        stream
            .rows("SELECT * FROM decant_test", Vec::new())
            .is_err()
    );
}

#[test]
fn up_and_down() {
    let Some((url, token)) = server() else { return };
    let project = Project::new("SELECT 1;");
    let run = |arguments: &str| {
        let mut command = project.command(&format!(
            "migrate --database {url} --ledger decant_test_ledger {arguments}"
        ));
        crate::support::migrations::said(
            &command.env("DATABASE_AUTH_TOKEN", &token).output().unwrap(),
        )
    };
    for arguments in [
        "status",
        "up",
        "status --check",
        "verify",
        "redo",
        "up --dry-run",
        "down --all --yes",
    ] {
        let (status, _, telling) = run(arguments);
        assert_eq!(status, 0, "{arguments}: {telling}");
    }
}
