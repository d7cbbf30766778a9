//! A stand-in for a libSQL server: Hrana over HTTP in JSON, executed by a real SQLite, which can be told to fail.
//!
//! What it does was read in libsql-server: batons that change with each answer, streams that end, statements that it does not read
//! (the whole batch is refused then), the transaction that is taken back because another writer waits, and that the one request
//! after that is answered by `TRANSACTION_TIMEOUT`.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, InterruptHandle};
use serde_json::{Value as Json, json};

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This status and body, without running anything.
    Status(u16, &'static str),
    /// The connection ends before anything is run.
    DropBefore,
    /// It is run, and the connection ends instead of the answer.
    DropAfter,
    /// It is run, and the answer is this text.
    Answer(&'static str),
    /// The stream is forgotten first.
    Expire,
    /// The transaction of the stream is taken back first, as when another writer waits.
    Steal,
}

/// What it was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Path of the request.
    pub path: String,
    /// Its body.
    pub body: String,
    /// `Host` of the request.
    pub host: String,
}

struct Plan {
    text: String,
    skip: usize,
    left: usize,
    fault: Fault,
}

struct Stream {
    connection: Connection,
    stolen: bool,
}

struct Handle {
    stream: Arc<Mutex<Stream>>,
    interrupt: InterruptHandle,
    sequence: u64,
    used: Instant,
    began: Option<Instant>,
}

struct State {
    file: PathBuf,
    token: Option<String>,
    only_v2: bool,
    base_url: Mutex<Option<String>>,
    streams: Mutex<HashMap<u64, Handle>>,
    next: AtomicU64,
    plans: Mutex<Vec<Plan>>,
    asked: Mutex<Vec<Asked>>,
    answer_bytes: AtomicU64,
    steal_after: Duration,
    down: AtomicBool,
}

/// A running stand-in.
pub struct Hrana {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<State>,
    _folder: tempfile::TempDir,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Hrana {
    /// A server without a token.
    pub fn new() -> Self {
        Self::with(None, false)
    }

    /// A server that wants a token, or speaks version 2 only.
    pub fn with(token: Option<&str>, only_v2: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("server.db");
        let connection = Connection::open(&file).expect("a database");
        connection
            .query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
            .expect("WAL");
        let state = Arc::new(State {
            file,
            token: token.map(str::to_owned),
            only_v2,
            base_url: Mutex::default(),
            streams: Mutex::default(),
            next: AtomicU64::new(1),
            plans: Mutex::default(),
            asked: Mutex::default(),
            answer_bytes: AtomicU64::new(10_000_000),
            steal_after: Duration::from_millis(150),
            down: AtomicBool::new(false),
        });
        let address = listen(&state);
        Self {
            address,
            state,
            _folder: folder,
        }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its database, opened beside it.
    pub fn database(&self) -> Connection {
        let connection = Connection::open(&self.state.file).expect("a database");
        connection
            .busy_timeout(Duration::from_secs(5))
            .expect("a timeout");
        connection
    }

    /// The next `times` requests whose body contains `text` fail so.
    pub fn fail(&self, text: &str, times: usize, fault: Fault) {
        self.fail_after(0, text, times, fault);
    }

    /// The same, but `skip` such requests go well first.
    pub fn fail_after(&self, skip: usize, text: &str, times: usize, fault: Fault) {
        lock(&self.state.plans).push(Plan {
            text: text.to_owned(),
            skip,
            left: times,
            fault,
        });
    }

    /// Takes all faults back.
    pub fn heal(&self) {
        lock(&self.state.plans).clear();
    }

    /// Opens a second door and sends streams there by `base_url`; gives its address.
    pub fn move_to_second_door(&self) -> SocketAddr {
        let address = listen(&self.state);
        *lock(&self.state.base_url) = Some(format!("http://{address}"));
        address
    }

    /// Sends streams to this address.
    pub fn move_to(&self, base_url: &str) {
        *lock(&self.state.base_url) = Some(base_url.to_owned());
    }

    /// Answers beyond so many bytes are refused.
    pub fn limit_answers(&self, bytes: u64) {
        self.state.answer_bytes.store(bytes, Ordering::SeqCst);
    }

    /// What it was asked until now.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.state.asked).clone()
    }

    /// How many streams are open.
    pub fn streams(&self) -> usize {
        lock(&self.state.streams).len()
    }
}

impl Drop for Hrana {
    fn drop(&mut self) {
        self.state.down.store(true, Ordering::SeqCst);
    }
}

fn listen(state: &Arc<State>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let state = Arc::clone(state);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            if state.down.load(Ordering::SeqCst) {
                return;
            }
            let state = Arc::clone(&state);
            std::thread::spawn(move || serve(&state, connection));
        }
    });
    address
}

/// Requests of one connection until it ends.
fn serve(state: &State, connection: TcpStream) {
    let Ok(reading) = connection.try_clone() else {
        return;
    };
    let mut reader = BufReader::new(reading);
    let mut writer = connection;
    while let Some((path, headers, body)) = request(&mut reader) {
        let text = String::from_utf8_lossy(&body).into_owned();
        let host = headers.get("host").cloned().unwrap_or_default();
        let asked = Asked {
            path: path.clone(),
            body: text.clone(),
            host,
        };
        lock(&state.asked).push(asked);
        let fault = planned(state, &text);
        let (status, answer) = match &fault {
            Some(Fault::Status(status, answer)) => (*status, (*answer).to_owned()),
            Some(Fault::DropBefore) => return,
            other => answer(state, &path, &headers, &text, other.as_ref()),
        };
        let answer = match fault {
            Some(Fault::DropAfter) => return,
            Some(Fault::Answer(text)) => text.to_owned(),
            _ => answer,
        };
        // In one piece: a second small one would wait for the first one's acknowledgement.
        let whole = format!(
            "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
            answer.len()
        );
        if writer.write_all(whole.as_bytes()).is_err() {
            return;
        }
    }
}

type Headers = HashMap<String, String>;

fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Headers, Vec<u8>)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let path = line.split_whitespace().nth(1)?.to_owned();
    let mut headers = Headers::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, headers, body))
}

fn planned(state: &State, body: &str) -> Option<Fault> {
    let mut plans = lock(&state.plans);
    let plan = plans
        .iter_mut()
        .find(|plan| plan.left > 0 && body.contains(&plan.text))?;
    if plan.skip > 0 {
        plan.skip -= 1;
        return None;
    }
    plan.left -= 1;
    Some(plan.fault.clone())
}

fn answer(
    state: &State,
    path: &str,
    headers: &Headers,
    body: &str,
    fault: Option<&Fault>,
) -> (u16, String) {
    if let Some(token) = &state.token {
        let given = headers.get("authorization").map(String::as_str);
        if given != Some(&format!("Bearer {token}")) {
            let said = format!("Authentication failed for {}", given.unwrap_or("nobody"));
            return (401, json!({ "error": said }).to_string());
        }
    }
    let version = match path {
        "/v3/pipeline" if !state.only_v2 => 3,
        "/v2/pipeline" => 2,
        _ => return (404, String::new()),
    };
    let Ok(body) = serde_json::from_str::<Json>(body) else {
        return (
            400,
            "Cannot deserialize client message from JSON".to_owned(),
        );
    };
    let id = match body["baton"].as_str() {
        None => open(state),
        Some(baton) => match acquire(state, baton, fault) {
            Ok(id) => id,
            Err(refused) => return refused,
        },
    };
    let stream = lock(&state.streams).get(&id).map(|h| Arc::clone(&h.stream));
    let Some(stream) = stream else {
        return (400, "Received an invalid baton".to_owned());
    };
    let mut results = Vec::new();
    let mut closed = false;
    for request in body["requests"].as_array().into_iter().flatten() {
        closed |= request["type"] == "close";
        results.push(one(state, id, &stream, request, version));
    }
    let baton = if closed {
        lock(&state.streams).remove(&id);
        Json::Null
    } else {
        let mut streams = lock(&state.streams);
        let Some(handle) = streams.get_mut(&id) else {
            return (400, "Received an invalid baton".to_owned());
        };
        handle.used = Instant::now();
        json!(format!("{id}.{}", handle.sequence))
    };
    let base_url = lock(&state.base_url).clone();
    let answer = json!({ "baton": baton, "base_url": base_url, "results": results });
    (200, answer.to_string())
}

fn open(state: &State) -> u64 {
    let connection = Connection::open(&state.file).expect("a database");
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .expect("foreign keys");
    let id = state.next.fetch_add(1, Ordering::SeqCst);
    let handle = Handle {
        interrupt: connection.get_interrupt_handle(),
        stream: Arc::new(Mutex::new(Stream {
            connection,
            stolen: false,
        })),
        sequence: id * 1000,
        used: Instant::now(),
        began: None,
    };
    lock(&state.streams).insert(id, handle);
    id
}

fn acquire(state: &State, baton: &str, fault: Option<&Fault>) -> Result<u64, (u16, String)> {
    let invalid = || (400, "Received an invalid baton".to_owned());
    let (id, sequence) = baton.split_once('.').ok_or_else(invalid)?;
    let (Ok(id), Ok(sequence)) = (id.parse::<u64>(), sequence.parse::<u64>()) else {
        return Err(invalid());
    };
    let mut streams = lock(&state.streams);
    match fault {
        Some(Fault::Expire) => {
            streams.remove(&id);
            let said = json!({ "message": "The stream has expired due to inactivity", "code": "STREAM_EXPIRED" });
            return Err((400, said.to_string()));
        }
        Some(Fault::Steal) => {
            if let Some(handle) = streams.get_mut(&id) {
                steal(handle);
            }
        }
        _ => {}
    }
    let handle = streams.get_mut(&id).ok_or_else(invalid)?;
    if handle.sequence != sequence {
        return Err((
            400,
            "Received a baton that has already been used".to_owned(),
        ));
    }
    handle.sequence += 1;
    Ok(id)
}

/// Takes a stream's transaction back.
fn steal(handle: &mut Handle) {
    handle.interrupt.interrupt();
    let mut stream = lock(&handle.stream);
    if !stream.connection.is_autocommit() {
        let _ = stream.connection.execute_batch("ROLLBACK");
    }
    stream.stolen = true;
    handle.began = None;
}

fn error(message: &str, code: &str) -> Json {
    json!({ "message": message, "code": code })
}

fn one(state: &State, id: u64, stream: &Mutex<Stream>, request: &Json, version: u8) -> Json {
    let kind = request["type"].as_str().unwrap_or("");
    let done = match kind {
        "execute" => refused_unread(&request["stmt"])
            .map_or(Ok(()), Err)
            .and_then(|()| program(state, id, stream, |s, _| run(state, s, &request["stmt"])))
            .map(|result| json!({ "result": result })),
        "batch" => batch(state, id, stream, &request["batch"], version),
        "describe" => describe(&lock(stream).connection, request["sql"].as_str()),
        "get_autocommit" if version >= 3 => {
            Ok(json!({ "is_autocommit": lock(stream).connection.is_autocommit() }))
        }
        "close" => Ok(json!({})),
        other => Err(error(&format!("unknown request {other}"), "PROTOCOL")),
    };
    match done {
        Ok(mut response) => {
            response["type"] = json!(kind);
            json!({ "type": "ok", "response": response })
        }
        Err(error) => json!({ "type": "error", "error": error }),
    }
}

/// What is executed as a whole: after the stream's transaction was taken back, all of it fails.
fn program<T>(
    state: &State,
    id: u64,
    stream: &Mutex<Stream>,
    run: impl FnOnce(&Stream, bool) -> Result<T, Json>,
) -> Result<T, Json> {
    let result = {
        let mut stream = lock(stream);
        let stolen = std::mem::take(&mut stream.stolen);
        if stolen {
            return Err(error("Transaction timed out", "TRANSACTION_TIMEOUT"));
        }
        run(&stream, stolen)
    };
    let open = !lock(stream).connection.is_autocommit();
    if let Some(handle) = lock(&state.streams).get_mut(&id) {
        handle.began = open.then(|| handle.began.unwrap_or_else(Instant::now));
    }
    result
}

fn batch(
    state: &State,
    id: u64,
    stream: &Mutex<Stream>,
    batch: &Json,
    version: u8,
) -> Result<Json, Json> {
    let steps = batch["steps"].as_array().cloned().unwrap_or_default();
    for step in &steps {
        if let Some(refused) = refused_unread(&step["stmt"]) {
            return Err(refused);
        }
        if version < 3 && step["condition"].to_string().contains("is_autocommit") {
            return Err(error("is_autocommit is of version 3", "NOT_SUPPORTED"));
        }
    }
    let (mut results, mut errors): (Vec<Json>, Vec<Json>) = (Vec::new(), Vec::new());
    let outcome = program(state, id, stream, |stream, _| {
        for step in &steps {
            let holds = match &step["condition"] {
                Json::Null => true,
                condition => holds(condition, &results, &errors, &stream.connection),
            };
            let (result, error) = match holds {
                false => (Json::Null, Json::Null),
                true => match run(state, stream, &step["stmt"]) {
                    Ok(result) => (result, Json::Null),
                    Err(error) => (Json::Null, error),
                },
            };
            results.push(result);
            errors.push(error);
        }
        Ok(())
    });
    if let Err(timeout) = outcome {
        results = vec![Json::Null; steps.len()];
        errors = vec![timeout; steps.len()];
    }
    Ok(json!({ "result": { "step_results": results, "step_errors": errors } }))
}

fn holds(condition: &Json, results: &[Json], errors: &[Json], connection: &Connection) -> bool {
    let at = |list: &[Json]| {
        let step = condition["step"].as_u64().unwrap_or(u64::MAX);
        usize::try_from(step)
            .ok()
            .and_then(|step| list.get(step))
            .is_some_and(|value| !value.is_null())
    };
    let all = || condition["conds"].as_array().cloned().unwrap_or_default();
    let holds = |condition: &Json| holds(condition, results, errors, connection);
    match condition["type"].as_str().unwrap_or("") {
        "ok" => at(results),
        "error" => at(errors),
        "not" => !holds(&condition["cond"]),
        "and" => all().iter().all(holds),
        "or" => all().iter().any(holds),
        "is_autocommit" => connection.is_autocommit(),
        other => panic!("condition {other}"),
    }
}

/// Statements that the server does not read at all.
fn refused_unread(statement: &Json) -> Option<Json> {
    let sql = statement["sql"].as_str().unwrap_or("");
    let words: Vec<String> = sql
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_uppercase)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).take(2).collect();
    let refused = match words.as_slice() {
        ["VACUUM" | "ATTACH" | "DETACH" | "ANALYZE", ..] => true,
        ["CREATE", "TEMP" | "TEMPORARY"] => true,
        ["PRAGMA", name] => match *name {
            "FOREIGN_KEYS" | "DEFER_FOREIGN_KEYS" | "FOREIGN_KEY_CHECK" | "INTEGRITY_CHECK"
            | "USER_VERSION" | "TABLE_INFO" => false,
            _ => sql.contains('=') || sql.contains('('),
        },
        _ => false,
    };
    refused.then(|| {
        let said = format!("SQL string could not be parsed: unsupported statement: {sql}");
        error(&said, "SQL_PARSE_ERROR")
    })
}

fn describe(connection: &Connection, sql: Option<&str>) -> Result<Json, Json> {
    let statement = connection
        .prepare(sql.unwrap_or(""))
        .map_err(|e| failure(&e))?;
    let columns: Vec<Json> = statement
        .column_names()
        .map(|name| json!({ "name": name, "decltype": null }))
        .collect();
    let is_readonly = statement.readonly();
    Ok(
        json!({ "result": { "params": [], "cols": columns, "is_readonly": is_readonly, "is_explain": false } }),
    )
}

fn run(state: &State, stream: &Stream, statement: &Json) -> Result<Json, Json> {
    let sql = statement["sql"].as_str().unwrap_or("");
    if sql == "BEGIN IMMEDIATE" {
        wait_for_writers(state, &stream.connection);
    }
    match query(&stream.connection, sql, statement) {
        Ok(result) => {
            let limit = state.answer_bytes.load(Ordering::SeqCst);
            if result.to_string().len() as u64 > limit {
                return Err(error("Response is too large", "RESPONSE_TOO_LARGE"));
            }
            Ok(result)
        }
        Err(cause) => Err(failure(&cause)),
    }
}

/// Waits for the other writer, whose transaction is taken back when it is too old.
fn wait_for_writers(state: &State, connection: &Connection) {
    while connection.is_autocommit() {
        if connection
            .execute_batch("BEGIN IMMEDIATE; ROLLBACK")
            .is_ok()
        {
            return;
        }
        let mut streams = lock(&state.streams);
        let old = streams.values_mut().find(|h| {
            h.began
                .is_some_and(|began| began.elapsed() >= state.steal_after)
        });
        if let Some(handle) = old {
            handle.interrupt.interrupt();
            if let Ok(mut stream) = handle.stream.try_lock() {
                let _ = stream.connection.execute_batch("ROLLBACK");
                stream.stolen = true;
                handle.began = None;
            }
        }
        drop(streams);
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn query(connection: &Connection, sql: &str, given: &Json) -> rusqlite::Result<Json> {
    let mut statement = connection.prepare(sql)?;
    let columns: Vec<Json> = statement
        .column_names()
        .map(|name| json!({ "name": name, "decltype": null }))
        .collect();
    for (place, argument) in given["args"].as_array().into_iter().flatten().enumerate() {
        statement.raw_bind_parameter(place + 1, value(argument))?;
    }
    let wanted = given["want_rows"].as_bool().unwrap_or(true);
    let mut list = Vec::new();
    let before = connection.total_changes();
    {
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let cells: Vec<Json> = (0..columns.len())
                .map(|at| row.get_ref(at).map(encoded))
                .collect::<Result<_, _>>()?;
            if wanted {
                list.push(json!(cells));
            }
        }
    }
    let changed = connection.total_changes() - before;
    Ok(
        json!({ "cols": columns, "rows": list, "affected_row_count": changed, "last_insert_rowid": null }),
    )
}

fn value(json: &Json) -> Value {
    let text = || json["value"].as_str().unwrap_or("").to_owned();
    match json["type"].as_str().unwrap_or("") {
        "null" => Value::Null,
        "integer" => Value::Integer(text().parse().expect("integers travel as text")),
        "float" => Value::Real(json["value"].as_f64().expect("a number")),
        "text" => Value::Text(text()),
        "blob" => {
            let text = json["base64"].as_str().unwrap_or("");
            Value::Blob(BASE64.decode(text).expect("base64"))
        }
        other => panic!("a value of the type {other}"),
    }
}

fn encoded(value: ValueRef<'_>) -> Json {
    match value {
        ValueRef::Null => json!({ "type": "null" }),
        ValueRef::Integer(n) => json!({ "type": "integer", "value": n.to_string() }),
        // As serde_json writes an infinity: null.
        ValueRef::Real(r) => json!({ "type": "float", "value": r }),
        ValueRef::Text(t) => json!({ "type": "text", "value": String::from_utf8_lossy(t) }),
        ValueRef::Blob(b) => json!({ "type": "blob", "base64": BASE64.encode(b) }),
    }
}

fn failure(cause: &rusqlite::Error) -> Json {
    use rusqlite::ErrorCode;
    match cause {
        rusqlite::Error::SqliteFailure(code, message) => {
            let message = message.clone().unwrap_or_else(|| code.to_string());
            let name = match code.code {
                ErrorCode::ConstraintViolation => "SQLITE_CONSTRAINT",
                ErrorCode::DatabaseBusy => "SQLITE_BUSY",
                ErrorCode::OperationInterrupted => "SQLITE_INTERRUPT",
                _ => "SQLITE_UNKNOWN",
            };
            error(&format!("SQLite error: {message}"), name)
        }
        rusqlite::Error::SqlInputError { msg, offset, .. } => error(
            &format!("SQL input error: {msg} (at offset {offset})"),
            "SQL_INPUT_ERROR",
        ),
        other => error(&other.to_string(), "SQLITE_UNKNOWN"),
    }
}
