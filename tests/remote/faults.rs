//! What goes wrong between client and server, and what is certain afterwards.

use decant::sqlite::remote::{Error, Options, RemoteUrl, Statement, Stream};

use crate::support::hrana::{Fault, Hrana};

fn stream(url: &str) -> Stream {
    Stream::new(&RemoteUrl::parse(url).unwrap(), &Options::default()).unwrap()
}

fn select(stream: &mut Stream) -> Result<(), Error> {
    stream.rows("SELECT 1", Vec::new()).map(|_| ())
}

#[test]
fn each_fault_has_its_sentence() {
    let server = Hrana::new();
    let address = server.url();
    let cases = [
        (
            Fault::Status(403, r#"{"error":"blocked"}"#),
            format!(
                "the server {address} refuses the access (HTTP 403: blocked): no token was given; set DATABASE_AUTH_TOKEN"
            ),
            false,
        ),
        (
            Fault::Status(500, "broken"),
            format!("the server {address} answered HTTP 500: broken"),
            true,
        ),
        (
            Fault::Status(404, "<html>not here</html>"),
            format!("the server {address} answered HTTP 404"),
            false,
        ),
        (
            Fault::Status(302, ""),
            format!("the server {address} answered HTTP 302"),
            false,
        ),
        (
            Fault::Answer("<html>hello</html>"),
            format!(
                "the server {address} gave an answer that is not of the Hrana protocol (expected value at line 1 column 1); is the URL one of a libSQL server?"
            ),
            true,
        ),
        (
            Fault::Answer(r#"{"results":[]}"#),
            format!(
                "the server {address} gave an answer that is not of the Hrana protocol (0 results for 1 requests); is the URL one of a libSQL server?"
            ),
            true,
        ),
        (
            Fault::Answer(r#"{"results":[{"type":"ok","response":{"type":"close"}}]}"#),
            format!(
                "the server {address} gave an answer that is not of the Hrana protocol (another answer than to `execute`); is the URL one of a libSQL server?"
            ),
            true,
        ),
        (
            Fault::Answer(
                r#"{"results":[{"type":"ok","response":{"type":"execute","result":{"cols":[{"name":"a"}],"rows":[[]]}}}]}"#,
            ),
            format!(
                "the server {address} gave an answer that is not of the Hrana protocol (a row of 0 values under 1 columns); is the URL one of a libSQL server?"
            ),
            true,
        ),
    ];
    for (fault, sentence, uncertain) in cases {
        server.heal();
        server.fail("SELECT 1", 9, fault.clone());
        let error = select(&mut stream(&address)).unwrap_err();
        assert_eq!(error.to_string(), sentence, "{fault:?}");
        assert_eq!(error.is_uncertain(), uncertain, "{fault:?}");
    }
    for fault in [Fault::DropBefore, Fault::DropAfter] {
        server.heal();
        server.fail("SELECT 1", 9, fault.clone());
        let error = select(&mut stream(&address)).unwrap_err();
        assert!(matches!(error, Error::Lost { .. }), "{fault:?}: {error}");
    }
}

#[test]
fn a_server_that_is_not_there_is_certain() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let error = select(&mut stream(&format!("http://{address}"))).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    let error = select(&mut stream("https://host.invalid")).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}

#[test]
fn outside_a_transaction_an_ended_stream_or_a_busy_server_is_tried_again() {
    let server = Hrana::new();
    let mut stream = stream(&server.url());
    select(&mut stream).unwrap();
    server.fail("SELECT 1", 1, Fault::Expire);
    select(&mut stream).unwrap();
    server.fail("SELECT 1", 2, Fault::Status(503, ""));
    select(&mut stream).unwrap();
    server.fail("SELECT 1", 9, Fault::Status(429, "too many"));
    let said = select(&mut stream).unwrap_err().to_string();
    assert!(said.ends_with("answered HTTP 429: too many"), "{said}");
}

#[test]
fn inside_a_transaction_nothing_is_tried_again_and_nothing_is_kept() {
    for fault in [
        Fault::Expire,
        Fault::Steal,
        Fault::Status(503, ""),
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Answer("{"),
    ] {
        let server = Hrana::new();
        let mut stream = stream(&server.url());
        stream.begin(true).unwrap();
        let made = Statement::new("CREATE TABLE one (x)", Vec::new());
        stream.execute(&made).unwrap();
        server.fail("TABLE two", 1, fault.clone());
        let list = ["two", "three"]
            .map(|name| Statement::new(format!("CREATE TABLE {name} (x)"), Vec::new()));
        let stopped = stream.run::<Error>(&list, &mut |_| Ok(())).unwrap_err();
        assert_eq!(stopped.first, 0, "{fault:?}");
        stream.rollback();
        drop(stream);
        // Whoever writes next finds nothing of it, and need not wait for long.
        let mut next = self::stream(&server.url());
        next.begin(true).unwrap();
        let rows = next.rows("SELECT name FROM sqlite_master", Vec::new());
        assert_eq!(rows.unwrap(), Vec::<Vec<_>>::new(), "{fault:?}");
    }
}

#[test]
fn a_transaction_that_was_taken_back_does_not_commit() {
    let server = Hrana::new();
    let mut stream = stream(&server.url());
    stream.begin(true).unwrap();
    stream
        .execute(&Statement::new("CREATE TABLE one (x)", Vec::new()))
        .unwrap();
    server.fail("COMMIT", 1, Fault::Steal);
    let error = stream.commit().unwrap_err();
    assert!(!error.is_uncertain());
    assert!(
        error.to_string().contains("another writer waited"),
        "{error}"
    );
    assert!(!stream.in_transaction());
}
