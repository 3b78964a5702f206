//! Runs a target on some bytes, and watches for what it may not do.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Once, mpsc};
use std::time::Duration;

use super::targets::Target;
use wurli_testkit::counting::peak_of;

/// Memory that a target may take whatever its input: tables, caches, the samples that are read of
/// any file.
const MEMORY_ALWAYS: usize = 64 << 20;
/// Memory per byte of input: 256 samples of a compressed one, four bytes each, in a vector that
/// grows by doubling.
const MEMORY_PER_BYTE: usize = 4096;
/// Time after which an input is taken to be endless. The slowest inputs take a hundredth of it.
const END: Duration = Duration::from_secs(60);

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// A decoder that overflows is caught, and what it would print then is of no interest; what is not
/// caught is told below.
static NO_REPORT: Once = Once::new();

fn no_report() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !QUIET.get() {
            report(panic)
        }
    }));
}

/// Returns true if the target accepted the input, or an error if it did what it may not.
pub(crate) fn bounded(target: &Target, bytes: &[u8]) -> Result<bool, String> {
    let (done, ended) = mpsc::channel::<()>();
    let copy = bytes.to_vec();
    let name = target.name;
    let watch = std::thread::spawn(move || {
        if ended.recv_timeout(END) == Err(mpsc::RecvTimeoutError::Timeout) {
            let path = std::env::temp_dir().join(format!("{name}-without-end"));
            let _ = std::fs::write(&path, copy);
            eprintln!("{name} has not answered for {} s; its input is {}", END.as_secs(), path.display());
            std::process::exit(101);
        }
    });
    NO_REPORT.call_once(no_report);
    QUIET.set(true);
    let (outcome, taken) = peak_of(|| catch_unwind(AssertUnwindSafe(|| (target.take)(bytes))));
    QUIET.set(false);
    drop(done);
    watch.join().unwrap();
    let bound = MEMORY_ALWAYS + MEMORY_PER_BYTE * bytes.len();
    if taken > bound as isize {
        return Err(format!("{name} took {taken} bytes of memory for {} of input, {bound} are allowed", bytes.len()));
    }
    match outcome {
        Ok(Ok(taken)) => Ok(taken),
        Ok(Err(why)) => Err(format!("{name}: {why}")),
        Err(panic) => {
            let message = panic.downcast_ref::<String>().cloned();
            let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(format!("{name} panicked: {}", message.unwrap_or_default()))
        }
    }
}
