//! Corrections, voice, polyphonic instrument and tremolo never allocate.

#![allow(unsafe_code, reason = "a global allocator is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use openwurli_dsp::voice::{ChannelMode, Event, Polyphony, Slot, TimedEvent, Tremolo, Voice};
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
fn polyphony_does_not_allocate() {
    let mut piano = Polyphony::new(48_000.0, vec![Slot::new(); 16], compute_corrections);
    let mut block = [0.0; 100];
    let mut tremolo = Tremolo::new(48_000.0);
    tremolo.set_depth_db(6.0);
    let allocations = allocations_in(|| {
        for mode in [ChannelMode::Separate, ChannelMode::Omni, ChannelMode::Mpe] {
            piano.set_channel_mode(mode);
            // More keys than voices, each struck twice, with every controller on the way.
            for key in 0..=127 {
                let channel = key % 3;
                let value = f32::from(key) / 127.0;
                let event = Event::NoteOn { channel, key: key / 2, velocity: value };
                piano.render_events(&[TimedEvent { offset: 50, event }], &mut block);
                piano.handle_message(&[0xB0 | channel, 127 - key, key]);
                piano.handle_message(&[0xE0 | channel, 0, key]);
                piano.handle(Event::NoteBend { channel, key: key / 2, cents: 10.0 });
                piano.render_add(&mut block);
                tremolo.process(&mut block);
                piano.handle(Event::NoteOff { channel, key: key / 3, velocity: value });
            }
            piano.set_a4_hz(442.0);
            piano.set_tuning(&[440.0; 128]);
            piano.set_bend_range(12.0);
            piano.set_pedal_range(0.2, 0.7);
            piano.set_damper_force(2.0);
            piano.set_gain(0.5);
            piano.render(&mut block);
            piano.set_sample_rate(44_100.0);
            black_box((&block, piano.is_active(), piano.sounding_keys().count()));
        }
    });
    assert_eq!(allocations, 0);
}
