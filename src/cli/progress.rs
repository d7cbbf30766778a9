//! Progress on a terminal (indicatif) or as plain lines, and the same lines into a log file.

use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use super::Output;
use crate::pipeline::events::Events;

/// How often plain output tells of a long table.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// Listens to a run.
pub struct Progress {
    out: Output,
    bars: Option<MultiProgress>,
    log: Mutex<Option<File>>,
    state: Mutex<State>,
}

/// Where the run is.
#[derive(Default)]
struct State {
    stage: String,
    table: String,
    table_rows: u64,
    rows: u64,
    stage_started: Option<Instant>,
    last_line: Option<Instant>,
    total: Option<u64>,
    table_bar: Option<ProgressBar>,
    total_bar: Option<ProgressBar>,
}

impl Progress {
    /// Bars when stderr is a terminal, lines otherwise; `log` gets every line with the time.
    ///
    /// # Errors
    /// The log cannot be written.
    pub fn new(out: Output, log: Option<&Path>) -> anyhow::Result<Self> {
        let log = match log {
            None => None,
            Some(path) => {
                let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
                if let Some(folder) = folder {
                    std::fs::create_dir_all(folder)
                        .map_err(|e| anyhow::anyhow!("cannot make {}: {e}", folder.display()))?;
                }
                let file = File::create(path)
                    .map_err(|e| anyhow::anyhow!("cannot write {}: {e}", path.display()))?;
                Some(file)
            }
        };
        let bars = (std::io::stderr().is_terminal() && !out.quiet).then(MultiProgress::new);
        Ok(Self {
            out,
            bars,
            log: Mutex::new(log),
            state: Mutex::new(State::default()),
        })
    }

    /// Writes a line to terminal and log.
    pub fn line(&self, text: &str) {
        match &self.bars {
            Some(bars) => {
                // A terminal that went away is no reason to end a cutover.
                let _ = bars.println(text);
            }
            None => self.out.tell(text),
        }
        self.log(text);
    }

    /// Writes a line to the log alone.
    pub fn log(&self, text: &str) {
        if let Ok(mut log) = self.log.lock()
            && let Some(file) = log.as_mut()
        {
            let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
            for line in text.lines() {
                // A full disk stops the run where it matters; the log is not such a place.
                let _ = writeln!(file, "{now} {line}");
            }
        }
    }

    fn clear(&self, state: &mut State) {
        for bar in [state.table_bar.take(), state.total_bar.take()]
            .into_iter()
            .flatten()
        {
            bar.finish_and_clear();
        }
    }
}

/// A bar's style; `{rate}` is whole rows per second.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key(
            "rate",
            |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                // The bar's buffer takes any text.
                let _ = write!(out, "{:.0} rows/s", state.per_sec());
            },
        )
        .progress_chars("=> ")
}

fn human(took: Duration) -> String {
    if took.as_secs() >= 60 {
        format!("{}m {:02}s", took.as_secs() / 60, took.as_secs() % 60)
    } else {
        format!("{:.1}s", took.as_secs_f64())
    }
}

impl Events for Progress {
    fn stage(&self, name: &str) {
        let Ok(mut state) = self.state.lock() else {
            return;
        };
        self.clear(&mut state);
        *state = State {
            stage: name.to_owned(),
            stage_started: Some(Instant::now()),
            ..State::default()
        };
        if let Some(bars) = &self.bars {
            let bar = bars.add(ProgressBar::new_spinner());
            bar.set_style(style("{spinner} {prefix:<10} {elapsed}"));
            bar.set_prefix(name.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            state.total_bar = Some(bar);
        }
        self.log(&format!("{name} ..."));
    }

    fn stage_done(&self, name: &str, note: &str, took: Duration) {
        if let Ok(mut state) = self.state.lock() {
            self.clear(&mut state);
        }
        self.line(&format!("{name:<10} {:>8}  {note}", human(took)));
    }

    fn total(&self, rows: u64) {
        let Ok(mut state) = self.state.lock() else {
            return;
        };
        state.total = Some(rows).filter(|n| *n > 0);
        if let (Some(bars), Some(total)) = (&self.bars, state.total) {
            let prefix = state.stage.clone();
            self.clear(&mut state);
            let bar = bars.add(ProgressBar::new(total));
            bar.set_style(style(
                "{prefix:<24.24} [{bar:30}] {human_pos}/{human_len} rows  {rate}  {eta} left in total",
            ));
            bar.set_prefix(prefix);
            state.total_bar = Some(bar);
        }
    }

    fn table(&self, name: &str, rows: Option<u64>) {
        let Ok(mut state) = self.state.lock() else {
            return;
        };
        name.clone_into(&mut state.table);
        state.table_rows = 0;
        if let Some(bar) = state.table_bar.take() {
            bar.finish_and_clear();
        }
        if let Some(bars) = &self.bars {
            let bar = match &state.total_bar {
                Some(total) => bars.insert_before(total, ProgressBar::new(rows.unwrap_or(0))),
                None => bars.add(ProgressBar::new(rows.unwrap_or(0))),
            };
            bar.set_style(style(
                "  {prefix:<22.22} [{bar:30}] {human_pos}/{human_len} rows  {rate}  {eta} left",
            ));
            bar.set_prefix(name.to_owned());
            state.table_bar = Some(bar);
        }
        drop(state);
        self.log(&format!("  table {name}"));
    }

    fn rows(&self, count: u64) {
        let Ok(mut state) = self.state.lock() else {
            return;
        };
        state.rows += count;
        state.table_rows += count;
        for bar in [&state.table_bar, &state.total_bar].into_iter().flatten() {
            bar.inc(count);
        }
        if self.bars.is_some() {
            return;
        }
        let started = state.stage_started.unwrap_or_else(Instant::now);
        let since = state.last_line.unwrap_or(started);
        if since.elapsed() < PLAIN_INTERVAL {
            return;
        }
        state.last_line = Some(Instant::now());
        let rate = u128::from(state.rows) * 1000 / started.elapsed().as_millis().max(1);
        let left = match state.total {
            Some(total) if rate > 0 => {
                let seconds = u128::from(total.saturating_sub(state.rows)) / rate;
                format!(", about {seconds} s left")
            }
            _ => String::new(),
        };
        let text = format!(
            "{}: {} rows, {rate} rows/s{left}; table {}: {} rows",
            state.stage, state.rows, state.table, state.table_rows
        );
        drop(state);
        self.line(&text);
    }

    fn warning(&self, text: &str) {
        self.line(&format!("warning: {text}"));
    }
}
