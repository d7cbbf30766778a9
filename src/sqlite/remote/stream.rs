//! A stream of a server: requests in order, the baton, transactions.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::types::Value;
use serde_json::{Value as Json, json};

use super::http::{Answer, Cancelled, Http};
use super::wire::{self, BatchJson, Outcome, Response};
use super::{
    Condition, Description, Error, REQUEST_BYTES, RemoteUrl, ServerError, Statement,
    StatementResult, Token,
};

/// How a server is spoken to.
#[derive(Debug, Clone)]
pub struct Options {
    /// The token, where the URL has none.
    pub token: Option<Token>,
    /// How long reaching the server may take.
    pub connect: Duration,
    /// How long one answer may take; a statement over a large table runs as long as it runs.
    pub answer: Duration,
    /// Certificates to trust instead of the common ones (PEM).
    pub ca_file: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            token: None,
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(600),
            ca_file: super::http::ca_file_of_environment(),
        }
    }
}

/// A step of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Step<'s> {
    /// What it runs.
    pub statement: Statement<'s>,
    /// When it runs; always, without one.
    pub condition: Option<Condition>,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum StepOutcome {
    /// It was run.
    Done(StatementResult),
    /// It failed.
    Failed(ServerError),
    /// Its condition did not hold.
    Skipped,
}

/// Where a run of statements ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped<E = Error> {
    /// The first statement that may be the one, from 0.
    pub first: usize,
    /// The last that may be; the same as `first` when the server said which.
    pub last: usize,
    /// Why.
    pub cause: E,
}

/// Statements in one request: as many as show how far a run is, and few enough that a round trip does not count.
const STATEMENTS_AT_ONCE: usize = 32;
/// How often a server that is too busy is asked again outside a transaction, with longer and longer rests.
const TRIES: u32 = 4;

/// A stream of a server. Dropping it closes it; what was not committed is taken back.
pub struct Stream {
    url: RemoteUrl,
    http: Http,
    /// Where the stream is: the server may have sent us elsewhere.
    base: String,
    baton: Option<String>,
    version: u8,
    in_transaction: bool,
}

impl Stream {
    /// A stream that begins with its first request.
    ///
    /// # Errors
    /// The certificates cannot be read.
    pub fn new(url: &RemoteUrl, options: &Options) -> Result<Self, Error> {
        let token = url.token.as_ref().or(options.token.as_ref());
        Ok(Self {
            http: Http::new(
                token,
                options.connect,
                options.answer,
                options.ca_file.as_deref(),
            )?,
            base: url.base().to_owned(),
            url: url.clone(),
            baton: None,
            version: 3,
            in_transaction: false,
        })
    }

    /// Ends waits for answers as soon as `cancelled` says so. A commit is waited for all the same.
    pub fn cancel_when(&mut self, cancelled: Cancelled) {
        self.http.cancelled = Some(cancelled);
    }

    /// The server's address.
    pub fn url(&self) -> &RemoteUrl {
        &self.url
    }

    /// Whether a transaction was begun and is not ended.
    pub fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// Runs one statement.
    ///
    /// # Errors
    /// The server refuses it, or cannot be asked.
    pub fn execute(&mut self, statement: &Statement<'_>) -> Result<StatementResult, Error> {
        sendable(statement)?;
        let request = json!({ "type": "execute", "stmt": statement.json() });
        match self.one(request, true)? {
            Response::Execute { result } => result.read().map_err(|what| self.strange(&what)),
            _ => Err(self.strange("another answer than to `execute`")),
        }
    }

    /// The rows of a query.
    ///
    /// # Errors
    /// As [`Stream::execute`].
    pub fn rows(&mut self, sql: &str, arguments: Vec<Value>) -> Result<Vec<Vec<Value>>, Error> {
        let statement = Statement::new(sql, arguments).with_rows();
        Ok(self.execute(&statement)?.rows)
    }

    /// Runs the steps of a batch, each if its condition holds. A step that fails is an outcome, not an error.
    ///
    /// # Errors
    /// The server refuses the batch as a whole (nothing of it was run), or cannot be asked.
    pub fn batch(&mut self, steps: &[Step<'_>]) -> Result<Vec<StepOutcome>, Error> {
        let mut list = Vec::with_capacity(steps.len());
        for step in steps {
            sendable(&step.statement)?;
            let mut json = json!({ "stmt": step.statement.json() });
            if let Some(condition) = &step.condition {
                json["condition"] = condition.json();
            }
            list.push(json);
        }
        let request = json!({ "type": "batch", "batch": { "steps": list } });
        match self.one(request, true)? {
            Response::Batch { result } => {
                outcomes(result, steps.len()).map_err(|what| self.strange(&what))
            }
            _ => Err(self.strange("another answer than to `batch`")),
        }
    }

    /// Runs statements in order, in as few requests as the limits allow; none after one that failed, and inside a transaction none
    /// once the transaction is gone. `before` is called before each request with the number (from 0) of its first statement.
    ///
    /// # Errors
    /// Where and why it stopped.
    pub fn run<E: From<Error>>(
        &mut self,
        statements: &[Statement<'_>],
        before: &mut dyn FnMut(usize) -> Result<(), E>,
    ) -> Result<Vec<StatementResult>, Stopped<E>> {
        let mut results = Vec::with_capacity(statements.len());
        // Once a request was refused as a whole, its statements go one by one, to find the one that is meant.
        let mut one_by_one_until = 0;
        while let Some(rest) = statements.get(results.len()..).filter(|s| !s.is_empty()) {
            let first = results.len();
            let count = match first < one_by_one_until {
                true => 1,
                false => fitting(rest),
            };
            let now = rest.get(..count).unwrap_or(rest);
            let last = first + now.len() - 1;
            before(first).map_err(|cause| Stopped { first, last, cause })?;
            match self.chain(now) {
                Ok(done) => results.extend(done),
                Err((None, Error::Statement(error))) if count > 1 && is_unread(&error) => {
                    one_by_one_until = last + 1;
                }
                Err((at, cause)) => {
                    return Err(Stopped {
                        first: at.map_or(first, |at| first + at),
                        last: at.map_or(last, |at| first + at),
                        cause: cause.into(),
                    });
                }
            }
        }
        Ok(results)
    }

    /// One batch in which each step needs the one before it; the error comes with the step, where one is known.
    fn chain(
        &mut self,
        statements: &[Statement<'_>],
    ) -> Result<Vec<StatementResult>, (Option<usize>, Error)> {
        let steps: Vec<Step<'_>> = statements
            .iter()
            .enumerate()
            .map(|(at, statement)| Step {
                statement: statement.clone(),
                condition: self.going_on(at),
            })
            .collect();
        let outcomes = self.batch(&steps).map_err(|cause| (None, cause))?;
        let gone = || Error::StreamEnded("the transaction is no longer open".to_owned());
        let result = |(at, outcome)| match outcome {
            StepOutcome::Done(result) => Ok(result),
            StepOutcome::Failed(error) => Err((Some(at), Error::Statement(error))),
            StepOutcome::Skipped => Err((Some(at), gone())),
        };
        outcomes.into_iter().enumerate().map(result).collect()
    }

    /// The condition under which the step `at` of a run goes on.
    fn going_on(&self, at: usize) -> Option<Condition> {
        let before = at.checked_sub(1).map(Condition::Ok);
        if self.in_transaction && self.version >= 3 {
            let inside = Condition::Not(Box::new(Condition::IsAutocommit));
            return Some(match before {
                Some(before) => Condition::And(vec![before, inside]),
                None => inside,
            });
        }
        before
    }

    /// What a statement is, without running it.
    ///
    /// # Errors
    /// The server refuses it, or cannot be asked.
    pub fn describe(&mut self, sql: &str) -> Result<Description, Error> {
        match self.one(json!({ "type": "describe", "sql": sql }), true)? {
            Response::Describe { result } => Ok(result),
            _ => Err(self.strange("another answer than to `describe`")),
        }
    }

    /// Whether the server has no transaction open on this stream; none when it speaks version 2, which cannot be asked.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub fn is_autocommit(&mut self) -> Result<Option<bool>, Error> {
        if self.version < 3 {
            return Ok(None);
        }
        match self.one(json!({ "type": "get_autocommit" }), true)? {
            Response::GetAutocommit { is_autocommit } => Ok(Some(is_autocommit)),
            _ => Err(self.strange("another answer than to `get_autocommit`")),
        }
    }

    /// Begins a transaction that may write, with foreign keys on or off. Setting them, reading them back and beginning are one
    /// request, for a pragma that was set on a stream which has ended since would be lost, and the next `DROP TABLE` would delete
    /// the rows of children.
    ///
    /// # Errors
    /// The server refuses one of the three: then no transaction is open.
    pub fn begin(&mut self, foreign_keys: bool) -> Result<(), Error> {
        let word = if foreign_keys { "ON" } else { "OFF" };
        let set = format!("PRAGMA foreign_keys = {word}");
        let step = |sql: &str, condition| Step {
            statement: Statement::new(sql.to_owned(), Vec::new()).with_rows(),
            condition,
        };
        let outcomes = self.batch(&[
            step(&set, None),
            step("PRAGMA foreign_keys", Some(Condition::Ok(0))),
            step("BEGIN IMMEDIATE", Some(Condition::Ok(1))),
        ])?;
        let failed = outcomes.iter().find_map(|outcome| match outcome {
            StepOutcome::Failed(error) => Some(error.clone()),
            StepOutcome::Done(_) | StepOutcome::Skipped => None,
        });
        if let Some(error) = failed {
            return Err(Error::Statement(error));
        }
        self.in_transaction = true;
        let read = match outcomes.get(1) {
            Some(StepOutcome::Done(result)) => result.rows.first().and_then(|row| row.first()),
            _ => None,
        };
        if read == Some(&Value::Integer(i64::from(foreign_keys))) {
            return Ok(());
        }
        self.rollback();
        Err(Error::Statement(ServerError {
            message: format!("the server does not switch foreign keys {word} when it is told to"),
            code: String::new(),
        }))
    }

    /// Begins a transaction that only reads: it sees the database as it is at its first query.
    ///
    /// # Errors
    /// The server refuses it, or cannot be asked.
    pub fn begin_reading(&mut self) -> Result<(), Error> {
        self.execute(&Statement::new("BEGIN", Vec::new()))?;
        self.in_transaction = true;
        Ok(())
    }

    /// Ends the transaction and keeps what it did.
    ///
    /// # Errors
    /// When [`Error::is_uncertain`], nobody knows whether it was kept; otherwise nothing was.
    pub fn commit(&mut self) -> Result<(), Error> {
        let request = json!({ "type": "execute", "stmt": { "sql": "COMMIT", "want_rows": false } });
        let result = self.one(request, false);
        if result.is_err() {
            self.rollback();
        }
        self.in_transaction = false;
        result.map(|_| ())
    }

    /// Ends the transaction and keeps nothing. A server that cannot be told takes it back when the stream ends.
    pub fn rollback(&mut self) {
        if self.baton.is_some() {
            let request =
                json!({ "type": "execute", "stmt": { "sql": "ROLLBACK", "want_rows": false } });
            // Where it does not come through, the stream goes, and the transaction with it.
            if self.one(request, false).is_err() {
                self.close();
            }
        }
        self.in_transaction = false;
    }

    /// Closes the stream; the next request begins another.
    pub fn close(&mut self) {
        if self.baton.is_some() {
            // The server forgets the stream by itself when this does not reach it.
            let _ = self.send(&[json!({ "type": "close" })], false);
        }
        self.forget();
    }

    fn forget(&mut self) {
        self.baton = None;
        self.url.base().clone_into(&mut self.base);
    }

    /// One request and its response. Outside a transaction a stream that has ended, or a busy server, is tried again.
    fn one(&mut self, request: Json, cancellable: bool) -> Result<Response, Error> {
        let requests = [request];
        let mut tries = 1;
        let mut outcomes = loop {
            let had_stream = self.baton.is_some();
            match self.send(&requests, cancellable) {
                Ok(outcomes) => break outcomes,
                Err(error) if self.in_transaction => return Err(error),
                Err(Error::StreamEnded(_)) if had_stream => {}
                Err(Error::Http {
                    status: 429 | 503, ..
                }) if tries < TRIES => {
                    std::thread::sleep(Duration::from_millis(100 << tries));
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        };
        match outcomes.pop() {
            Some(Outcome::Ok { response }) => Ok(response),
            Some(Outcome::Error { error }) => Err(Error::Statement(error.into())),
            None => Err(self.strange("no result")),
        }
    }

    /// Sends requests on the stream and keeps the baton of the answer. After an error the stream is forgotten.
    fn send(&mut self, requests: &[Json], cancellable: bool) -> Result<Vec<Outcome>, Error> {
        let result = self.exchange(requests, cancellable);
        if result.is_err() {
            self.forget();
        }
        result
    }

    fn exchange(&mut self, requests: &[Json], cancellable: bool) -> Result<Vec<Outcome>, Error> {
        let body = json!({ "baton": self.baton, "requests": requests }).to_string();
        let answer = loop {
            let url = format!("{}/v{}/pipeline", self.base, self.version);
            let answer = self.http.post(
                self.url.base(),
                &url,
                body.clone().into_bytes(),
                cancellable,
            )?;
            if answer.status == 404 && self.version == 3 && self.baton.is_none() {
                self.version = 2;
                continue;
            }
            break answer;
        };
        if answer.status != 200 {
            // The next request asks for version 3 again: an unknown database is a 404, too.
            if self.baton.is_none() {
                self.version = 3;
            }
            return Err(self.refused(&answer));
        }
        let answer: wire::Answer =
            serde_json::from_slice(&answer.body).map_err(|e| self.strange(&e.to_string()))?;
        if answer.results.len() != requests.len() {
            let what = format!(
                "{} results for {} requests",
                answer.results.len(),
                requests.len()
            );
            return Err(self.strange(&what));
        }
        self.baton = answer.baton;
        if let Some(base) = answer.base_url.filter(|_| self.baton.is_some()) {
            self.base = self.url.moved(&base).map_err(|what| self.strange(&what))?;
        }
        Ok(answer.results)
    }

    /// What an HTTP status other than 200 means.
    fn refused(&self, answer: &Answer) -> Error {
        let message = self.http.without_token(message(&answer.body));
        let server = self.url.base().to_owned();
        let ended = ["baton", "stream"]
            .iter()
            .any(|word| message.to_lowercase().contains(word));
        match answer.status {
            401 | 403 => Error::Access {
                server,
                status: answer.status,
                message,
                hint: if self.http.has_token() {
                    "the token is not valid for this database; make a new one and set DATABASE_AUTH_TOKEN"
                } else {
                    "no token was given; set DATABASE_AUTH_TOKEN"
                },
            },
            400 | 404 if self.baton.is_some() && ended => Error::StreamEnded(message),
            status => Error::Http {
                server,
                status,
                message,
            },
        }
    }

    fn strange(&self, what: &str) -> Error {
        Error::Protocol {
            server: self.url.base().to_owned(),
            what: what.to_owned(),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.close();
    }
}

/// Whether the server refused to read a statement, which it does before it runs any of a batch.
fn is_unread(error: &ServerError) -> bool {
    matches!(
        error.code.as_str(),
        "SQL_PARSE_ERROR" | "SQL_NO_STATEMENT" | "SQL_MANY_STATEMENTS"
    )
}

fn sendable(statement: &Statement<'_>) -> Result<(), Error> {
    match statement.unsendable() {
        Some((place, value)) => Err(Error::Argument { place, value }),
        None => Ok(()),
    }
}

/// How many of the statements go into one request: at least one.
fn fitting(statements: &[Statement<'_>]) -> usize {
    let mut bytes = 0;
    let fit = statements
        .iter()
        .take(STATEMENTS_AT_ONCE)
        .take_while(|statement| {
            bytes += statement.bytes();
            bytes <= REQUEST_BYTES
        })
        .count();
    fit.max(1)
}

fn outcomes(result: BatchJson, steps: usize) -> Result<Vec<StepOutcome>, String> {
    let (results, errors) = (result.step_results, result.step_errors);
    if results.len() != steps || errors.len() != steps {
        return Err(format!(
            "{} results and {} errors for {steps} steps",
            results.len(),
            errors.len()
        ));
    }
    let outcome = |pair| match pair {
        (Some(result), None) => wire::ResultJson::read(result).map(StepOutcome::Done),
        (None, Some(error)) => Ok(StepOutcome::Failed(ServerError::from(error))),
        (None, None) => Ok(StepOutcome::Skipped),
        (Some(_), Some(_)) => Err("a step with a result and an error".to_owned()),
    };
    results.into_iter().zip(errors).map(outcome).collect()
}

/// What an error's body says: sqld's own forms, or a short plain text.
fn message(body: &[u8]) -> String {
    const SHOWN: usize = 200;
    if let Ok(Json::Object(object)) = serde_json::from_slice::<Json>(body) {
        let text = ["message", "error"]
            .iter()
            .find_map(|key| object.get(*key).and_then(Json::as_str));
        return text.unwrap_or_default().to_owned();
    }
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    // A page for browsers says nothing in its first line.
    if text.starts_with('<') {
        return String::new();
    }
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
    plain.chars().take(SHOWN).collect()
}
