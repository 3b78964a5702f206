//! Progress reports of long tasks.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Receives progress reports, possibly from several threads at once.
///
/// A closure `|task, done, total|` is a `Progress` too.
pub trait Progress: Sync {
    /// Reports that `done` of `total` steps of `task` are finished.
    ///
    /// Tasks are the names of stages, or parts of one; seconds are steps where audio is streamed.
    fn report(&self, task: &'static str, done: usize, total: usize);
}

impl<F: Fn(&'static str, usize, usize) + Sync> Progress for F {
    fn report(&self, task: &'static str, done: usize, total: usize) {
        self(task, done, total);
    }
}

/// Ignores all reports.
pub struct Silent;

impl Progress for Silent {
    fn report(&self, _: &'static str, _: usize, _: usize) {}
}

/// Counts the finished steps of one task, from any number of threads.
pub struct Counter<'a> {
    progress: &'a dyn Progress,
    task: &'static str,
    done: AtomicUsize,
    total: usize,
}

impl<'a> Counter<'a> {
    /// Starts a task of `total` steps and reports that none is finished.
    #[must_use]
    pub fn start(progress: &'a dyn Progress, task: &'static str, total: usize) -> Self {
        progress.report(task, 0, total);
        Self { progress, task, done: AtomicUsize::new(0), total }
    }

    /// Reports `steps` more finished steps.
    pub fn advance(&self, steps: usize) {
        let done = self.done.fetch_add(steps, Ordering::Relaxed) + steps;
        self.progress.report(self.task, done, self.total);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn counter_reports_the_start_and_each_step() {
        let reports = Mutex::new(Vec::new());
        let record = |task: &'static str, done: usize, total: usize| reports.lock().unwrap().push((task, done, total));
        let counter = Counter::start(&record, "notes", 5);
        counter.advance(2);
        counter.advance(3);
        assert_eq!(*reports.lock().unwrap(), [("notes", 0, 5), ("notes", 2, 5), ("notes", 5, 5)]);
    }
}
