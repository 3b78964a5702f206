//! Neither `compute_corrections` nor the voice allocates, whatever they are called with.

#![allow(unsafe_code, reason = "an allocator that counts cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

#[path = "../examples/polyphony/mod.rs"]
#[allow(dead_code, reason = "of the instrument, only what an audio thread does with it is of interest here")]
mod polyphony;

use openwurli_dsp::voice::Voice;
use openwurli_dsp::{MlpCorrections, compute_corrections, compute_corrections_batch};

thread_local! {
    // Per thread: the test harness allocates in threads of its own.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed to the system's allocator unchanged. Counting does not allocate: the counter is a
// constant-initialised `Cell` without destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer comes from `alloc` above, which is the system's.
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
fn no_key_and_no_velocity_allocates() {
    assert_eq!(allocations_in(|| drop(black_box(Box::new(1)))), 1, "the counter counts");
    let allocations = allocations_in(|| {
        for midi in 0..=255 {
            // Every exponent of both signs, 32 numbers each, and what MIDI can say.
            let patterns = (0..=u32::MAX).step_by(1 << 18).map(f32::from_bits);
            for velocity in patterns.chain((0..=127_u8).map(|velocity| f32::from(velocity) / 127.0)) {
                black_box(compute_corrections(black_box(midi), black_box(velocity)));
            }
        }
    });
    assert_eq!(allocations, 0);
}

#[test]
fn no_batch_allocates() {
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
fn a_corrected_note_is_struck_rendered_and_damped_without_allocating() {
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
fn the_examples_instrument_is_played_without_allocating() {
    let mut instrument = polyphony::Polyphony::new(48_000.0);
    let mut block = [0.0; 100];
    let allocations = allocations_in(|| {
        // More keys than voices, all of them let go in the end.
        for key in 21..=108 {
            instrument.message(&[0x90, key, 100]);
            instrument.render(&mut block);
        }
        instrument.message(&[0xB0, 123, 0]);
        instrument.render(&mut block);
        instrument.message(&[0xB0, 120, 0]);
        instrument.render(&mut block);
        black_box(&block);
    });
    assert_eq!(allocations, 0);
}
