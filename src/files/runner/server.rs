//! A libSQL server as a target of migrations.

use std::cell::{RefCell, RefMut};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::types::Value;

use super::target::{Before, Stop, Target};
use crate::failpoint;
use crate::files::{Cause, Error, Statement};
use crate::interrupt::Interrupt;
use crate::sqlite::remote::{self, RemoteUrl, Stream};

/// A server's database, by one stream.
pub struct Server {
    stream: RefCell<Stream>,
    name: String,
    wait: RefCell<Duration>,
}

impl Server {
    /// Reaches the server and asks it whether it lets us in.
    ///
    /// # Errors
    /// It cannot be reached, does not let us in, or is no libSQL server.
    pub fn open(url: &RemoteUrl, options: &remote::Options, wait: Duration) -> Result<Self, Error> {
        let doing = || format!("opening {url}");
        let mut stream = Stream::new(url, options).map_err(Error::database(doing()))?;
        stream
            .rows("SELECT count(*) FROM sqlite_master", Vec::new())
            .map_err(Error::database(doing()))?;
        Ok(Self {
            stream: RefCell::new(stream),
            name: url.to_string(),
            wait: RefCell::new(wait),
        })
    }

    fn stream(&self) -> Result<RefMut<'_, Stream>, Cause> {
        self.stream
            .try_borrow_mut()
            .map_err(|_| Cause::Server(remote::Error::StreamEnded("it is in use".to_owned())))
    }
}

impl Target for Server {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn file(&self) -> Option<PathBuf> {
        None
    }

    fn is_server(&self) -> bool {
        true
    }

    fn wait_for(&self, wait: Duration) -> Result<(), Cause> {
        self.wait.replace(wait);
        Ok(())
    }

    fn stop_on(&mut self, interrupt: Option<&Interrupt>) -> Result<(), Cause> {
        let raised = interrupt.cloned().unwrap_or_default();
        self.stream()?
            .cancel_when(Arc::new(move || raised.is_raised()));
        Ok(())
    }

    fn rows(&self, sql: &str, arguments: Vec<Value>) -> Result<Vec<Vec<Value>>, Cause> {
        Ok(self.stream()?.rows(sql, arguments)?)
    }

    fn script(&self, statements: Vec<(String, Vec<Value>)>) -> Result<(), Cause> {
        let list: Vec<_> = statements
            .into_iter()
            .map(|(sql, arguments)| remote::Statement::new(sql, arguments))
            .collect();
        let ran = self.stream()?.run(&list, &mut |_| Ok::<_, Cause>(()));
        ran.map(|_| ()).map_err(|stopped| stopped.cause)
    }

    fn section(&self, section: &[Statement], before: &mut Before<'_>) -> Result<u64, Stop> {
        let list: Vec<_> = section
            .iter()
            .map(|statement| remote::Statement::new(statement.sql.as_str(), Vec::new()))
            .collect();
        let mut stream = self.stream().map_err(|cause| Stop {
            first: 0,
            last: 0,
            cause,
        })?;
        let ran = stream.run(&list, &mut |at| {
            before(at)?;
            failpoint::hit("migrate-statement");
            Ok(())
        });
        match ran {
            Ok(results) => Ok(results.iter().map(|result| result.changed).sum()),
            Err(stopped) => Err(Stop {
                first: stopped.first,
                last: stopped.last,
                cause: stopped.cause,
            }),
        }
    }

    /// They belong to the stream, and each transaction says what it needs.
    fn foreign_keys(&self) -> Result<Option<bool>, Cause> {
        Ok(None)
    }

    fn restore_foreign_keys(&self, _on: bool) -> Result<(), Cause> {
        Ok(())
    }

    fn begin(&self, foreign_keys: bool) -> Result<(), Cause> {
        const REST: Duration = Duration::from_millis(100);
        let started = Instant::now();
        let wait = *self.wait.borrow();
        loop {
            let begun = self.stream()?.begin(foreign_keys);
            match begun {
                // The server waits for its own other writers; it says this when its file is held by something else.
                Err(e)
                    if matches!(
                        e.code(),
                        Some("SQLITE_BUSY" | "SQLITE_LOCKED" | "TRANSACTION_BUSY")
                    ) && started.elapsed() < wait =>
                {
                    std::thread::sleep(REST);
                }
                other => return Ok(other?),
            }
        }
    }

    fn commit(&self) -> Result<(), Cause> {
        Ok(self.stream()?.commit()?)
    }

    fn rollback(&self) {
        if let Ok(mut stream) = self.stream()
            && stream.in_transaction()
        {
            stream.rollback();
        }
    }
}
