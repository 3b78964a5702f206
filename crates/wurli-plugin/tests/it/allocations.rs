//! Processing allocates nothing.

#![allow(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use clack_host::prelude::*;
use wurli_weights::sample_weights;

use crate::blocks::{LENGTH, blocks};
use crate::host::{Instance, Session};

thread_local! {
    /// Calls of this thread, so that tests side by side do not count each other's.
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed to the system's allocator unchanged. Counting does not allocate: the
// counter is a constant-initialised `Cell` without destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.set(CALLS.get() + 1);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        CALLS.set(CALLS.get() + 1);
        // SAFETY: the pointer comes from `alloc`, which is the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn processing_allocates_and_frees_nothing() {
    let weights: String = sample_weights().to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut instance = Instance::new();
    let mut session = Session::start(&mut instance.plugin, 48_000.0, LENGTH);
    let mut ports = AudioPorts::with_capacity(2, 1);
    let mut output = [[0.0f32; LENGTH]; 2];
    for (block, events) in blocks().iter().enumerate() {
        if block == 100 {
            assert!(instance.load(format!("openwurli-plugin 1\nweights={weights}\nend\n").as_bytes()));
        }
        let input = InputEvents::from_buffer(events);
        let mut buffers = ports.with_output_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(output.iter_mut().map(|channel| channel.as_mut_slice())),
        }]);
        let before = CALLS.get();
        let silent = InputAudioBuffers::empty();
        let status = session.0.process(&silent, &mut buffers, &input, &mut OutputEvents::void(), None, None);
        assert_eq!(CALLS.get(), before, "block {block}");
        assert!(status.is_ok());
    }
    assert!(CALLS.get() > 0, "the allocator counts");
    session.stop(&mut instance.plugin);
}
