//! Ctrl-C and its kin: a run notices, cleans up and ends with the status that shells expect.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A flag that a signal raises. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    raised: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// A flag that nothing raises but [`Interrupt::raise`].
    pub fn new() -> Self {
        Self::default()
    }

    /// A flag that SIGINT, SIGTERM and SIGHUP raise. A second signal ends the process at once.
    ///
    /// # Errors
    /// The handlers cannot be installed.
    pub fn on_signals() -> std::io::Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let interrupt = Self::new();
        for (signal, status) in [(SIGHUP, 129), (SIGINT, 130), (SIGTERM, 143)] {
            signal_hook::flag::register_conditional_shutdown(
                signal,
                status,
                interrupt.raised.clone(),
            )?;
            let number = usize::try_from(signal).unwrap_or_default();
            signal_hook::flag::register_usize(signal, interrupt.signal.clone(), number)?;
            signal_hook::flag::register(signal, interrupt.raised.clone())?;
        }
        Ok(interrupt)
    }

    /// Raises it.
    pub fn raise(&self) {
        self.raised.store(true, Ordering::SeqCst);
    }

    /// Whether it was raised.
    pub fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Relaxed)
    }

    /// Number of the signal that raised it, if one did.
    pub fn signal(&self) -> Option<usize> {
        Some(self.signal.load(Ordering::SeqCst)).filter(|n| *n > 0)
    }
}
