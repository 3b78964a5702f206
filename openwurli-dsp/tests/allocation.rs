//! Corrections, voice and example instrument never allocate.

#![allow(unsafe_code, reason = "a global allocator is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

#[path = "../examples/polyphony/mod.rs"]
#[allow(dead_code, reason = "only the methods that an audio thread calls are used")]
mod polyphony;

use openwurli_dsp::voice::Voice;
use openwurli_dsp::{MlpCorrections, compute_corrections, compute_corrections_batch};

thread_local! {
    // Per thread, because the test harness allocates in other threads.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is forwarded unchanged to the system allocator. The counter, a
// constant-initialised `Cell` without destructor, does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller upholds the same contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer comes from `alloc` above, which is the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations_in(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn compute_corrections_does_not_allocate() {
    assert_eq!(allocations_in(|| drop(black_box(Box::new(1)))), 1, "the counter must count");
    let allocations = allocations_in(|| {
        for midi in 0..=255 {
            // 32 numbers per exponent and sign, and all MIDI velocities.
            let patterns = (0..=u32::MAX).step_by(1 << 18).map(f32::from_bits);
            for velocity in patterns.chain((0..=127_u8).map(|velocity| f32::from(velocity) / 127.0)) {
                black_box(compute_corrections(black_box(midi), black_box(velocity)));
            }
        }
    });
    assert_eq!(allocations, 0);
}

#[test]
fn compute_corrections_batch_does_not_allocate() {
    let notes: Vec<(u8, f32)> = (0..=255).map(|midi| (midi, f32::from(midi) / 255.0)).collect();
    let mut corrections = vec![MlpCorrections::IDENTITY; notes.len()];
    let allocations = allocations_in(|| {
        for count in 0..=notes.len() {
            for room in [0, 1, count, notes.len()] {
                compute_corrections_batch(black_box(&notes[..count]), black_box(&mut corrections[..room]));
            }
        }
    });
    assert_eq!(allocations, 0);
}

#[test]
fn voice_does_not_allocate() {
    let mut block = [0.0; 100];
    let allocations = allocations_in(|| {
        let mut voice = Voice::new(48_000.0);
        for midi in (0..=255).step_by(5) {
            for velocity in [f32::NAN, 0.0, 0.3, 1.0] {
                voice.note_on(midi, velocity, &compute_corrections(midi, velocity));
                voice.render(&mut block);
                voice.note_off();
                voice.render(&mut block);
                black_box(&block);
            }
        }
    });
    assert_eq!(allocations, 0);
}

#[test]
fn example_instrument_does_not_allocate() {
    let mut instrument = polyphony::Polyphony::new(48_000.0);
    let mut block = [0.0; 100];
    let allocations = allocations_in(|| {
        // More keys than voices, all released in the end.
        for key in 21..=108 {
            instrument.handle_message(&[0x90, key, 100]);
            instrument.render(&mut block);
        }
        instrument.handle_message(&[0xB0, 123, 0]);
        instrument.render(&mut block);
        instrument.handle_message(&[0xB0, 120, 0]);
        instrument.render(&mut block);
        black_box(&block);
    });
    assert_eq!(allocations, 0);
}
