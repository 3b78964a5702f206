//! Interruption of a run without leaving temporary files or started programs behind.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static PENDING: AtomicUsize = AtomicUsize::new(0);

/// Guard that delays the end of [`interrupt`] until it is dropped, for instance while a temporary
/// file exists.
#[derive(Debug)]
pub struct Pending(());

impl Pending {
    /// Starts a section that has to clean up behind itself.
    #[must_use]
    pub fn begin() -> Self {
        PENDING.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        PENDING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Returns whether [`interrupt`] was called. Long work then ends early.
#[must_use]
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Asks all work to stop and waits until every [`Pending`] guard is dropped, at most `timeout`.
///
/// Renderings are refused from now on; the caller should end the process.
pub fn interrupt(timeout: Duration) {
    INTERRUPTED.store(true, Ordering::SeqCst);
    let started = Instant::now();
    while PENDING.load(Ordering::SeqCst) > 0 && started.elapsed() < timeout {
        std::thread::sleep(Duration::from_millis(2));
    }
}
