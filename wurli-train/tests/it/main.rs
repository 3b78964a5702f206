//! Tests of the trainer as a library. The folders are those of `src`.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking, their shared functions too")]

mod audio;
mod carry_over;
mod catalogue;
mod evaluation;
mod isolation;
mod measure;
mod pipeline;
mod training;
mod transcription;

use wurli_testkit::counting::CountingAllocator;

// Counts what each thread allocates, for the tests that bound memory.
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;
