//! Named points at which a test kills the process (`DECANT_FAIL_AT=name` or `name#n` for the n-th pass). Test builds only:
//! without debug assertions nothing of it is compiled in.

/// Ends the process at once, as a kill would, when `DECANT_FAIL_AT` names this point.
#[inline]
pub fn hit(name: &str) {
    #[cfg(debug_assertions)]
    {
        use std::sync::atomic::{AtomicU64, Ordering};
        static PASSES: AtomicU64 = AtomicU64::new(0);
        let Ok(wanted) = std::env::var("DECANT_FAIL_AT") else {
            return;
        };
        let (point, pass) = match wanted.rsplit_once('#') {
            Some((point, n)) => (point, n.parse().unwrap_or(1)),
            None => (wanted.as_str(), 1),
        };
        if point == name && PASSES.fetch_add(1, Ordering::SeqCst) + 1 == pass {
            std::process::abort();
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = name;
}

/// Ends the process by SIGKILL once so many bytes have passed here, when `DECANT_KILL_AFTER_BYTES` says how many.
#[inline]
pub fn bytes(count: u64) {
    #[cfg(debug_assertions)]
    {
        use std::sync::atomic::{AtomicU64, Ordering};
        static PASSED: AtomicU64 = AtomicU64::new(0);
        let Some(limit) = number("DECANT_KILL_AFTER_BYTES") else {
            return;
        };
        if PASSED.fetch_add(count, Ordering::SeqCst) + count >= limit {
            #[cfg(unix)]
            let _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::KILL,
            );
            std::process::abort();
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = count;
}

/// A number that a test sets in the environment; always `None` in a release build.
#[inline]
pub fn number(name: &str) -> Option<u64> {
    #[cfg(debug_assertions)]
    {
        std::env::var(name).ok()?.parse().ok()
    }
    #[cfg(not(debug_assertions))]
    {
        let _ = name;
        None
    }
}
