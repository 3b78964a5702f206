//! A global allocator that counts, to measure how much memory a thread needs.

#![allow(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    // Per thread, so that tests side by side do not count each other's.
    static ALLOCATED: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counted per thread. A test binary sets it as `#[global_allocator]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingAllocator;

fn count(bytes: isize) {
    let allocated = ALLOCATED.get() + bytes;
    ALLOCATED.set(allocated);
    PEAK.set(PEAK.get().max(allocated));
}

// SAFETY: every call is passed to the system's allocator unchanged. Counting does not allocate: the
// counters are constant-initialised `Cell`s without destructor.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the pointer comes from one of the above, which is the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs `work` and returns its result with the greatest number of bytes that this thread held
/// during it, beyond those it held before.
///
/// # Panics
///
/// If [`CountingAllocator`] is not the global allocator.
pub fn peak_of<T>(work: impl FnOnce() -> T) -> (T, isize) {
    let before = ALLOCATED.get();
    PEAK.set(before);
    let probe = std::hint::black_box(Box::new(0_u8));
    assert!(PEAK.get() > before, "CountingAllocator is not the global allocator");
    drop(probe);
    PEAK.set(before);
    let done = work();
    (done, PEAK.get() - before)
}
