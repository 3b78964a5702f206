//! Ctrl-C: removes temporary files and stops renderers before the command ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wurli_train::interrupt::interrupt;

use super::fail::warn;

/// Longest wait for the clean-up.
const CLEAN_UP_TIMEOUT: Duration = Duration::from_secs(5);
/// Exit status after SIGINT, as in shells.
const EXIT_STATUS: i32 = 130;

static DEFERRED: AtomicBool = AtomicBool::new(false);
static PRESSED: AtomicBool = AtomicBool::new(false);

/// Installs the handler, once per process.
pub(crate) fn install_handler() {
    let handler = || {
        if DEFERRED.load(Ordering::SeqCst) {
            PRESSED.store(true, Ordering::SeqCst);
        } else {
            interrupt(CLEAN_UP_TIMEOUT);
            std::process::exit(EXIT_STATUS);
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        warn(format!("Ctrl-C may leave temporary files behind: {error}"));
    }
}

/// Makes Ctrl-C set a flag from now on instead of ending the process, and returns a function that
/// reads the flag.
///
/// For a command that cleans up after itself.
pub(crate) fn defer() -> impl Fn() -> bool {
    DEFERRED.store(true, Ordering::SeqCst);
    || PRESSED.load(Ordering::SeqCst)
}
