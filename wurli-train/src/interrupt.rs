//! Ending early without leaving things behind: what is under way is finished or taken away first.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static PENDING: AtomicUsize = AtomicUsize::new(0);

/// Something that lies about until this is dropped: a temporary file, a program that was started.
#[derive(Debug)]
pub(crate) struct Pending(());

impl Pending {
    pub(crate) fn begin() -> Self {
        PENDING.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        PENDING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether this program is to end.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Asks everything that is under way to stop, and waits until nothing lies about any more, or for as long as `patience` lasts. After this,
/// the program should end: renderings are refused from now on.
pub fn interrupt(patience: Duration) {
    INTERRUPTED.store(true, Ordering::SeqCst);
    let begun = Instant::now();
    while PENDING.load(Ordering::SeqCst) > 0 && begun.elapsed() < patience {
        std::thread::sleep(Duration::from_millis(2));
    }
}
