//! C interface, called as from a C program.
//!
//! `cargo test -p openwurli-dsp --features capi --test capi`. `.ci/capi` has a program in C++.

#![allow(unsafe_code, reason = "functions with raw pointers are unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

use openwurli_dsp::capi::polyphony::*;
use openwurli_dsp::capi::training::openwurli_training;
use openwurli_dsp::capi::tremolo::*;
use openwurli_dsp::capi::*;
use openwurli_dsp::voice::{Polyphony, Slot, Voice};
use openwurli_dsp::{MlpCorrections, TRAINING, compute_corrections};

// A C struct of 22 floats, without padding.
const _: () = assert!(size_of::<OpenwurliCorrections>() == 22 * size_of::<f32>());
// The 9 kB that `openwurli_voice_create` documents.
const _: () = assert!(size_of::<OpenwurliVoice>() >= 8_500 && size_of::<OpenwurliVoice>() < 9_500);
// A voice may move between threads.
const _: fn() = || {
    fn sendable<T: Send>() {}
    sendable::<OpenwurliVoice>();
    sendable::<OpenwurliPolyphony>();
    sendable::<OpenwurliTremolo>();
};

thread_local! {
    // Per thread, because the test harness allocates in other threads.
    static ALLOCATED_BYTES: Cell<isize> = const { Cell::new(0) };
    static OUT_OF_MEMORY: Cell<bool> = const { Cell::new(false) };
}

/// Allocator that counts bytes per thread and can simulate running out of memory.
struct Counting;

// SAFETY: every call is forwarded unchanged to the system allocator, or fails with null. The
// counters, constant-initialised `Cell`s without destructor, do not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if OUT_OF_MEMORY.get() {
            return null_mut();
        }
        ALLOCATED_BYTES.set(ALLOCATED_BYTES.get() + layout.size() as isize);
        // SAFETY: the caller upholds the same contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED_BYTES.set(ALLOCATED_BYTES.get() - layout.size() as isize);
        // SAFETY: the pointer comes from `alloc` above, which is the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn destroying_an_instrument_frees_its_memory() {
    let before = ALLOCATED_BYTES.get();
    let (polyphony, tremolo) = (openwurli_polyphony_create(48_000.0, 9), openwurli_tremolo_create(48_000.0));
    let expected = size_of::<OpenwurliPolyphony>() + 9 * size_of::<Slot>() + size_of::<OpenwurliTremolo>();
    assert_eq!(ALLOCATED_BYTES.get() - before, expected as isize);
    // SAFETY: live objects, not used afterwards.
    unsafe {
        openwurli_polyphony_destroy(polyphony);
        openwurli_tremolo_destroy(tremolo);
    }
    assert_eq!(ALLOCATED_BYTES.get(), before);
}

#[test]
fn destroying_a_voice_frees_its_memory() {
    let before = ALLOCATED_BYTES.get();
    let voice = openwurli_voice_create(48_000.0);
    assert_eq!(ALLOCATED_BYTES.get() - before, size_of::<OpenwurliVoice>() as isize);
    // SAFETY: a live voice, not used afterwards.
    unsafe { openwurli_voice_destroy(voice) };
    assert_eq!(ALLOCATED_BYTES.get(), before);
}

#[test]
fn create_returns_null_if_out_of_memory() {
    OUT_OF_MEMORY.set(true);
    let voice = openwurli_voice_create(48_000.0);
    let (polyphony, tremolo) = (openwurli_polyphony_create(48_000.0, 1), openwurli_tremolo_create(48_000.0));
    OUT_OF_MEMORY.set(false);
    assert!(voice.is_null() && polyphony.is_null() && tremolo.is_null());
}

#[test]
fn corrections_equal_those_of_rust() {
    let notes: Vec<(u8, f32)> = (0..=255).flat_map(|midi| [f32::NAN, -1.0, 0.0, 0.3, 1.0].map(|v| (midi, v))).collect();
    let midi: Vec<u8> = notes.iter().map(|note| note.0).collect();
    let velocities: Vec<f32> = notes.iter().map(|note| note.1).collect();
    let mut batch: Vec<MaybeUninit<OpenwurliCorrections>> = vec![MaybeUninit::uninit(); notes.len()];
    let corrections = batch.as_mut_ptr().cast::<OpenwurliCorrections>();
    // SAFETY: three arrays of this length.
    unsafe { openwurli_compute_corrections_batch(midi.as_ptr(), velocities.as_ptr(), corrections, notes.len()) };
    for (i, (midi, velocity)) in notes.into_iter().enumerate() {
        // SAFETY: all elements were written.
        let in_batch = unsafe { batch[i].assume_init() };
        let expected = compute_corrections(midi, velocity);
        assert_eq!(MlpCorrections::from(in_batch), expected, "key {midi} at {velocity}");
        assert_eq!(openwurli_compute_corrections(midi, velocity), expected.into(), "key {midi} at {velocity}");
    }
}

#[test]
fn voice_renders_the_same_samples_as_in_rust() {
    let (midi, velocity) = (45, 0.8);
    let given = openwurli_compute_corrections(midi, velocity);
    for (corrections, expected) in
        [(&raw const given, compute_corrections(midi, velocity)), (null(), MlpCorrections::IDENTITY)]
    {
        let (mut samples, mut expected_samples) = ([MaybeUninit::<f32>::uninit(); 1000], [0.0; 1000]);
        // SAFETY: a live voice, and a buffer of 1,000 samples in two halves.
        unsafe {
            let voice = openwurli_voice_create(48_000.0);
            openwurli_voice_note_on(voice, midi, velocity, corrections);
            openwurli_voice_render(voice, samples.as_mut_ptr().cast(), 500);
            openwurli_voice_note_off(voice);
            openwurli_voice_render(voice, samples[500..].as_mut_ptr().cast(), 500);
            openwurli_voice_destroy(voice);
        }
        let mut voice = Voice::new(48_000.0);
        voice.note_on(midi, velocity, &expected);
        voice.render(&mut expected_samples[..500]);
        voice.note_off();
        voice.render(&mut expected_samples[500..]);
        // SAFETY: all samples were rendered.
        assert!(
            samples
                .iter()
                .zip(expected_samples)
                .all(|(sample, expected_samples)| unsafe { sample.assume_init() } == expected_samples)
        );
        assert!(expected_samples.iter().any(|sample| *sample != 0.0));
    }
}

#[test]
fn polyphony_renders_the_same_samples_as_in_rust() {
    let mut rust = Polyphony::new(48_000.0, vec![Slot::new(); 3], compute_corrections);
    let mut expected = [0.0; 1_000];
    rust.handle_message(&[0xB0, 64, 127]);
    let strikes = [(50, 100), (57, 300), (50, 600), (62, 700), (65, 800)];
    let mut done = 0;
    for (key, at) in strikes {
        rust.render(&mut expected[done..at]);
        rust.handle_message(&[0x90, key, 90]);
        done = at;
    }
    rust.render(&mut expected[done..]);

    let events: Vec<OpenwurliEvent> = [(OPENWURLI_CONTROLLER, 64, 0, 1.0), (250, 1, 5, 0.1)]
        .into_iter()
        .chain(strikes.map(|(key, at)| (OPENWURLI_NOTE_ON, key, at, 90.0 / 127.0)))
        .map(|(kind, number, offset, value)| OpenwurliEvent { offset, kind, channel: 0, number, value })
        .collect();
    let mut samples = [MaybeUninit::<f32>::uninit(); 1_000];
    // SAFETY: a live instrument, and buffers that match their lengths.
    unsafe {
        let polyphony = openwurli_polyphony_create(48_000.0, 3);
        let out = samples.as_mut_ptr().cast();
        openwurli_polyphony_render_events(polyphony, events.as_ptr(), events.len(), out, 1_000);
        assert!(openwurli_polyphony_is_active(polyphony));
        openwurli_polyphony_destroy(polyphony);
    }
    // SAFETY: all samples were rendered.
    assert_eq!(samples.map(|sample| unsafe { sample.assume_init() }), expected);
}

#[test]
fn training_equals_that_of_rust() {
    let training = openwurli_training();
    assert_eq!((training.seed, training.epochs, training.loss), (TRAINING.seed, TRAINING.epochs, TRAINING.loss));
    assert_eq!((training.key, training.observed), (TRAINING.key, TRAINING.observed));
    assert_eq!((training.lowest_midi, training.highest_midi), (TRAINING.lowest_midi, TRAINING.highest_midi));
}

#[test]
fn null_pointers_are_accepted() {
    let (mut samples, midi, velocity, mut corrections) = ([1.0; 8], 60, 0.5, openwurli_compute_corrections(200, 0.0));
    let untouched = corrections;
    // SAFETY: null is allowed everywhere, and other pointers match their lengths.
    unsafe {
        openwurli_voice_destroy(null_mut());
        openwurli_voice_note_on(null_mut(), midi, velocity, &raw const corrections);
        openwurli_voice_note_off(null_mut());
        openwurli_voice_reset(null_mut());
        assert!(!openwurli_voice_is_active(null()));
        openwurli_voice_render(null_mut(), samples.as_mut_ptr(), samples.len());
        openwurli_voice_render(null_mut(), null_mut(), 8);
        openwurli_compute_corrections_batch(null(), &raw const velocity, &raw mut corrections, 1);
        openwurli_compute_corrections_batch(&raw const midi, null(), &raw mut corrections, 1);
        openwurli_compute_corrections_batch(&raw const midi, &raw const velocity, null_mut(), 1);
        let voice = openwurli_voice_create(48_000.0);
        openwurli_voice_note_on(voice, midi, velocity, null());
        openwurli_voice_render(voice, null_mut(), 8);
        openwurli_voice_destroy(voice);
    }
    assert_eq!(samples, [0.0; 8]);
    samples = [1.0; 8];
    let nothing = null_mut::<OpenwurliPolyphony>();
    // SAFETY: null is allowed everywhere, and other pointers match their lengths.
    unsafe {
        openwurli_polyphony_destroy(nothing);
        openwurli_polyphony_handle_message(nothing, [0x90, 60, 100].as_ptr(), 3);
        openwurli_polyphony_render_add(nothing, samples.as_mut_ptr(), 8);
        assert_eq!(samples, [1.0; 8]);
        openwurli_polyphony_render(nothing, samples.as_mut_ptr(), 8);
        openwurli_polyphony_reset(nothing);
        openwurli_polyphony_set_sample_rate(nothing, 48_000.0);
        openwurli_polyphony_set_channel_mode(nothing, OPENWURLI_OMNI);
        openwurli_polyphony_set_bend_range(nothing, 2.0);
        openwurli_polyphony_set_pedal_range(nothing, 0.0, 1.0);
        openwurli_polyphony_set_damper_force(nothing, 2.0);
        openwurli_polyphony_set_gain(nothing, 0.5);
        openwurli_polyphony_set_a4(nothing, 440.0);
        openwurli_polyphony_set_tuning(nothing, [440.0; 128].as_ptr());
        assert!(!openwurli_polyphony_is_active(nothing));
        let polyphony = openwurli_polyphony_create(f32::NAN, 0);
        openwurli_polyphony_handle_message(polyphony, null(), 3);
        openwurli_polyphony_set_tuning(polyphony, null());
        openwurli_polyphony_set_channel_mode(polyphony, 200);
        openwurli_polyphony_render_events(polyphony, null(), 3, null_mut(), 8);
        openwurli_polyphony_render_add(polyphony, null_mut(), 8);
        openwurli_polyphony_destroy(polyphony);
        openwurli_tremolo_destroy(null_mut());
        openwurli_tremolo_set(null_mut(), 1.0, 1.0);
        openwurli_tremolo_process(null_mut(), samples.as_mut_ptr(), 8);
        openwurli_tremolo_process_stereo(null_mut(), null(), null_mut(), null_mut(), 8);
    }
    assert_eq!(samples, [0.0; 8]);
    assert_eq!(corrections, untouched);
}

#[test]
fn reset_silences_at_once_and_keeps_the_rate() {
    // SAFETY: live voices, and buffers that match their lengths.
    unsafe {
        let (voice, fresh) = (openwurli_voice_create(22_050.0), openwurli_voice_create(22_050.0));
        assert!(!openwurli_voice_is_active(voice));
        openwurli_voice_note_on(voice, 60, 1.0, null());
        let [mut first, mut second] = [[1.0; 300]; 2];
        openwurli_voice_render(voice, first.as_mut_ptr(), 300);
        assert!(openwurli_voice_is_active(voice));
        openwurli_voice_reset(voice);
        assert!(!openwurli_voice_is_active(voice));
        openwurli_voice_render(voice, first.as_mut_ptr(), 300);
        assert_eq!(first, [0.0; 300]);
        for (voice, samples) in [(voice, &mut first), (fresh, &mut second)] {
            openwurli_voice_note_on(voice, 72, 0.5, null());
            openwurli_voice_render(voice, samples.as_mut_ptr(), 300);
            openwurli_voice_destroy(voice);
        }
        assert_eq!(first, second);
    }
}

#[test]
fn version_equals_the_package_version() {
    // SAFETY: a static string that ends with a zero.
    let version = unsafe { CStr::from_ptr(openwurli_version()) };
    assert_eq!(version.to_str(), Ok(env!("CARGO_PKG_VERSION")));
}
