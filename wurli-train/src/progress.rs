//! Progress of a run.

use crate::stage::Stage;

/// Is told how far a run is.
pub trait Progress: Sync {
    /// `done` of `total` steps of `stage` are done.
    fn step(&self, stage: Stage, done: usize, total: usize);

    /// `done` of `total` seconds of a take that is streamed are done; `what` says with what.
    fn take(&self, what: &'static str, done: usize, total: usize) {
        let _ = (what, done, total);
    }
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _: Stage, _: usize, _: usize) {}
}

/// Is told how far a take is: what is being done, and how many of how many seconds are done.
pub type TakeProgress<'a> = &'a (dyn Fn(&'static str, usize, usize) + Sync);
