//! The C interface, called as a C program may call it.
//!
//! `cargo test -p openwurli-dsp --features capi --test capi`; a program in C++ is `.ci/capi`.

#![allow(unsafe_code, reason = "the functions of a C interface are unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

use openwurli_dsp::capi::*;
use openwurli_dsp::voice::Voice;
use openwurli_dsp::{MlpCorrections, compute_corrections};

/// A C struct of 22 floats, without padding.
const _: () = assert!(size_of::<OpenwurliCorrections>() == 22 * size_of::<f32>());
/// The seven kilobytes that `openwurli_voice_create` speaks of.
const _: () = assert!(size_of::<OpenwurliVoice>() >= 6_500 && size_of::<OpenwurliVoice>() < 7_500);
/// A voice may be handed from thread to thread.
const _: fn() = || {
    fn sendable<T: Send>() {}
    sendable::<OpenwurliVoice>();
};

thread_local! {
    // Per thread: the test harness allocates in threads of its own.
    static HELD: Cell<isize> = const { Cell::new(0) };
    static EXHAUSTED: Cell<bool> = const { Cell::new(false) };
}

/// Knows how many bytes a thread holds, and has none left where it is told so.
struct Counting;

// SAFETY: every call is passed to the system's allocator unchanged, or refused with null. Counting does not allocate: the counters
// are constant-initialised `Cell`s without destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if EXHAUSTED.get() {
            return null_mut();
        }
        HELD.set(HELD.get() + layout.size() as isize);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get() - layout.size() as isize);
        // SAFETY: the pointer comes from `alloc` above, which is the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_voice_that_is_destroyed_gives_its_memory_back() {
    let before = HELD.get();
    let voice = openwurli_voice_create(48_000.0);
    assert_eq!(HELD.get() - before, size_of::<OpenwurliVoice>() as isize);
    // SAFETY: a voice of ours, not used afterwards.
    unsafe { openwurli_voice_destroy(voice) };
    assert_eq!(HELD.get(), before);
}

#[test]
fn where_there_is_no_memory_there_is_no_voice() {
    EXHAUSTED.set(true);
    let voice = openwurli_voice_create(48_000.0);
    EXHAUSTED.set(false);
    assert!(voice.is_null());
}

#[test]
fn corrections_by_value_and_by_array_are_those_of_rust() {
    let notes: Vec<(u8, f32)> = (0..=255).flat_map(|midi| [f32::NAN, -1.0, 0.0, 0.3, 1.0].map(|v| (midi, v))).collect();
    let midi: Vec<u8> = notes.iter().map(|note| note.0).collect();
    let velocities: Vec<f32> = notes.iter().map(|note| note.1).collect();
    let mut batch: Vec<MaybeUninit<OpenwurliCorrections>> = vec![MaybeUninit::uninit(); notes.len()];
    let corrections = batch.as_mut_ptr().cast::<OpenwurliCorrections>();
    // SAFETY: three arrays of that length.
    unsafe { openwurli_compute_corrections_batch(midi.as_ptr(), velocities.as_ptr(), corrections, notes.len()) };
    for (i, (midi, velocity)) in notes.into_iter().enumerate() {
        // SAFETY: all have been written.
        let in_batch = unsafe { batch[i].assume_init() };
        let expected = compute_corrections(midi, velocity);
        assert_eq!(MlpCorrections::from(in_batch), expected, "key {midi} at {velocity}");
        assert_eq!(openwurli_compute_corrections(midi, velocity), expected.into(), "key {midi} at {velocity}");
    }
}

#[test]
fn a_voice_sounds_as_that_of_rust_does() {
    let (midi, velocity) = (45, 0.8);
    let given = openwurli_compute_corrections(midi, velocity);
    for (corrections, expected) in
        [(&raw const given, compute_corrections(midi, velocity)), (null(), MlpCorrections::IDENTITY)]
    {
        let (mut samples, mut of_rust) = ([MaybeUninit::<f32>::uninit(); 1000], [0.0; 1000]);
        // SAFETY: a living voice, and a room of 1,000 samples in two halves.
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
        voice.render(&mut of_rust[..500]);
        voice.note_off();
        voice.render(&mut of_rust[500..]);
        // SAFETY: all have been rendered.
        assert!(samples.iter().zip(of_rust).all(|(sample, of_rust)| unsafe { sample.assume_init() } == of_rust));
        assert!(of_rust.iter().any(|sample| *sample != 0.0));
    }
}

#[test]
fn null_pointers_are_answered_with_nothing_and_silence() {
    let (mut samples, midi, velocity, mut corrections) = ([1.0; 8], 60, 0.5, openwurli_compute_corrections(200, 0.0));
    let untouched = corrections;
    // SAFETY: null is allowed everywhere, and what is not null is as long as it is said to be.
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
    assert_eq!(corrections, untouched);
}

#[test]
fn a_voice_that_is_reset_is_silent_at_once_and_keeps_its_rate() {
    // SAFETY: living voices, and rooms as long as they are said to be.
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
fn the_version_is_that_of_the_package() {
    // SAFETY: a string that ends with a zero, and lives as long as the program.
    let version = unsafe { CStr::from_ptr(openwurli_version()) };
    assert_eq!(version.to_str(), Ok(env!("CARGO_PKG_VERSION")));
}
