//! C interface: the functions declared in `openwurli.h`.
//!
//! | | allocates | threads |
//! |---|---|---|
//! | [corrections](openwurli_compute_corrections), [`openwurli_version`] | no | any, concurrently |
//! | [training](training::openwurli_training) | no | any, concurrently |
//! | `…_create`, `…_destroy` | yes | any but the audio thread |
//! | others of a voice, [instrument](polyphony) or [tremolo] | no | any, one at a time per object |
//!
//! No function blocks, keeps global state or changes the floating-point mode. Null pointers are
//! accepted everywhere. A panic, which would be a defect, aborts the process and never unwinds into
//! the caller.
//!
//! [cargo-c](https://github.com/lu-zero/cargo-c) builds and installs the library: `cargo cinstall
//! --release`. Results equal those of the Rust functions bit for bit. Exception: if a Rust program
//! enables feature `std` of `num-traits`, the voice uses the system's `exp`, which may differ in
//! the last bits.
#![allow(unsafe_code, reason = "pointers from C cannot be checked by the compiler")]

pub mod polyphony;
pub mod training;
pub mod tremolo;

use alloc::alloc::{Layout, alloc};
use alloc::boxed::Box;
use core::ffi::c_char;
use core::{ptr, slice};

use crate::{MlpCorrections, compute_corrections, voice};

/// Number of harmonics that carry corrections: H2 to H8.
pub const OPENWURLI_CORRECTED_HARMONICS: usize = 7;

const _: () = assert!(OPENWURLI_CORRECTED_HARMONICS == voice::corrections::CORRECTED_HARMONICS);

/// Corrections of one note relative to the model. Index 0 is H2, index 6 is H8.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpenwurliCorrections {
    /// Level offsets, dB relative to H1, -40..=40. Positive where the model is too quiet.
    pub amp_offsets_db: [f32; OPENWURLI_CORRECTED_HARMONICS],
    /// Frequency offsets, cents, -100..=100. Positive where the model is flat. H2 also gives the
    /// tuning of the reed, and thereby of H1.
    pub freq_offsets_cents: [f32; OPENWURLI_CORRECTED_HARMONICS],
    /// Decay ratios, 0.3..=3, by which to divide the decay rate. Above 1 where the model decays too
    /// fast. H2 also gives the ratio of the reed, and thereby of H1.
    pub decay_ratios: [f32; OPENWURLI_CORRECTED_HARMONICS],
    /// Factor on the displacement of the reed's tip in the pickup, 0.5..=2.5.
    pub displacement_scale: f32,
}

impl From<MlpCorrections> for OpenwurliCorrections {
    fn from(corrections: MlpCorrections) -> Self {
        let MlpCorrections { amp_offsets_db, freq_offsets_cents, decay_ratios, displacement_scale } = corrections;
        Self { amp_offsets_db, freq_offsets_cents, decay_ratios, displacement_scale }
    }
}

impl From<OpenwurliCorrections> for MlpCorrections {
    fn from(corrections: OpenwurliCorrections) -> Self {
        let OpenwurliCorrections { amp_offsets_db, freq_offsets_cents, decay_ratios, displacement_scale } = corrections;
        Self { amp_offsets_db, freq_offsets_cents, decay_ratios, displacement_scale }
    }
}

/// Monophonic voice of the reference model, created by `openwurli_voice_create`.
#[derive(Debug)]
pub struct OpenwurliVoice {
    voice: voice::Voice,
    sample_rate_hz: f32,
}

/// Returns the corrections of key `midi` at `velocity` (0..=1, MIDI velocity / 127).
///
/// Defined for every argument. Where no note was recorded nearby, in key and velocity, the
/// corrections fade to the identity; half of a recorded key's frequency corrections is applied at
/// every velocity. NaN counts as velocity 0. Beyond the trained keys the corrections fade to 0 dB,
/// 0 cents, ratio 1, scale 1 within an octave.
///
/// Call it once per note-on, on any thread including the audio thread. It takes tens of nanoseconds
/// and does not allocate.
#[unsafe(no_mangle)]
pub extern "C" fn openwurli_compute_corrections(midi: u8, velocity: f32) -> OpenwurliCorrections {
    compute_corrections(midi, velocity).into()
}

/// Computes the corrections of `count` notes, `corrections[i]` from `midi[i]` and `velocities[i]`.
///
/// Does nothing if an array is null. Any thread. Does not allocate. Takes the time of `count`
/// single calls.
///
/// # Safety
///
/// Each array has `count` elements. `corrections` may be uninitialised and overlaps no other array.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_compute_corrections_batch(
    midi: *const u8,
    velocities: *const f32,
    corrections: *mut OpenwurliCorrections,
    count: usize,
) {
    if midi.is_null() || velocities.is_null() || corrections.is_null() {
        return;
    }
    for i in 0..count {
        // SAFETY: the caller guarantees that all three have `count` elements.
        unsafe { corrections.add(i).write(openwurli_compute_corrections(*midi.add(i), *velocities.add(i))) };
    }
}

/// Creates a silent voice. Returns null if out of memory (about 9 kB).
///
/// `sample_rate_hz` is clamped to 8,000..=768,000, and NaN becomes 44,100. Destroy the voice with
/// `openwurli_voice_destroy`.
///
/// Any thread but the audio thread, because it allocates. A voice may move between threads, but
/// only one may use it at a time. Voices are independent of each other.
#[unsafe(no_mangle)]
pub extern "C" fn openwurli_voice_create(sample_rate_hz: f32) -> *mut OpenwurliVoice {
    allocate(|| OpenwurliVoice { voice: voice::Voice::new(sample_rate_hz), sample_rate_hz })
}

/// Destroys a voice and frees its memory. Does nothing if it is null.
///
/// Any thread but the audio thread, because it deallocates.
///
/// # Safety
///
/// `voice` comes from `openwurli_voice_create` and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_voice_destroy(voice: *mut OpenwurliVoice) {
    if !voice.is_null() {
        // SAFETY: allocated by the global allocator with the layout of this type, as by `Box`.
        drop(unsafe { Box::from_raw(voice) });
    }
}

/// Strikes a key. A sounding note is cut off. Does nothing if the voice is null.
///
/// `midi` is clamped to 21..=108, `velocity` to 1/127..=1 and the corrections to their bounds. Null
/// corrections are the identity.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `voice` is null or a live voice that no other thread uses during the call. `corrections` is null
/// or readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_voice_note_on(
    voice: *mut OpenwurliVoice,
    midi: u8,
    velocity: f32,
    corrections: *const OpenwurliCorrections,
) {
    // SAFETY: the caller guarantees null or exclusive access to a live voice.
    let Some(voice) = (unsafe { voice.as_mut() }) else { return };
    // SAFETY: the caller guarantees null or a readable struct.
    let corrections = unsafe { corrections.as_ref() }.map_or(MlpCorrections::IDENTITY, |given| (*given).into());
    voice.voice.note_on(midi, velocity, &corrections);
}

/// Releases the key, so that the damper falls. Does nothing if the voice is null, silent or
/// released.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `voice` is null or a live voice that no other thread uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_voice_note_off(voice: *mut OpenwurliVoice) {
    // SAFETY: the caller guarantees null or exclusive access to a live voice.
    if let Some(voice) = unsafe { voice.as_mut() } {
        voice.voice.note_off();
    }
}

/// Writes the next `count` mono samples. Full scale is 1.
///
/// Writes zeros if the voice is null or silent. Does nothing if `samples` is null. Block lengths do
/// not affect the samples.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `voice` is null or a live voice that no other thread uses during the call. `samples` is null or
/// has room for `count` samples, which may be uninitialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_voice_render(voice: *mut OpenwurliVoice, samples: *mut f32, count: usize) {
    if samples.is_null() {
        return;
    }
    // SAFETY: the caller guarantees room for `count` samples. They are initialised before the slice
    // is made.
    let samples = unsafe {
        samples.write_bytes(0, count);
        slice::from_raw_parts_mut(samples, count)
    };
    // SAFETY: the caller guarantees null or exclusive access to a live voice.
    if let Some(voice) = unsafe { voice.as_mut() } {
        voice.voice.render(samples);
    }
}

/// Resets a voice to its state after creation, silent at once. Does nothing if it is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `voice` is null or a live voice that no other thread uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_voice_reset(voice: *mut OpenwurliVoice) {
    // SAFETY: the caller guarantees null or exclusive access to a live voice.
    if let Some(voice) = unsafe { voice.as_mut() } {
        voice.voice = voice::Voice::new(voice.sample_rate_hz);
    }
}

/// Returns true until the note has decayed to silence (-100 dB), false if the voice is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `voice` is null or a live voice that no other thread modifies during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_voice_is_active(voice: *const OpenwurliVoice) -> bool {
    // SAFETY: the caller guarantees null or a live voice that is not modified.
    unsafe { voice.as_ref() }.is_some_and(|voice| voice.voice.is_active())
}

/// Returns the library's version, `major.minor.patch`, as a static string.
///
/// Any thread. Does not allocate.
#[unsafe(no_mangle)]
pub extern "C" fn openwurli_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    ptr::from_ref(VERSION).cast()
}

/// Moves a new object to the heap. Returns null if out of memory.
fn allocate<T>(object: impl FnOnce() -> T) -> *mut T {
    const { assert!(size_of::<T>() > 0) };
    // Not `Box::new`, which aborts the process when out of memory.
    // SAFETY: the layout's size is not zero.
    let memory = unsafe { alloc(Layout::new::<T>()) }.cast::<T>();
    if !memory.is_null() {
        // SAFETY: allocated above with the layout of this type.
        unsafe { memory.write(object()) };
    }
    memory
}

/// Calls `work` with an object, unless it is null.
///
/// # Safety
///
/// `object` is null or live, and nothing else uses it during the call.
unsafe fn with<T>(object: *mut T, work: impl FnOnce(&mut T)) {
    // SAFETY: the caller guarantees null or exclusive access to a live object.
    if let Some(object) = unsafe { object.as_mut() } {
        work(object);
    }
}
