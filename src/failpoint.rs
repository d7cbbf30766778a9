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
