//! The C interface: what `openwurli.h` declares, for C, C++ and whatever else calls C.
//!
//! | | allocates | threads |
//! |---|---|---|
//! | [`openwurli_compute_corrections`], [`openwurli_compute_corrections_batch`], [`openwurli_version`] | no | any, at the same time |
//! | [`openwurli_voice_create`], [`openwurli_voice_destroy`] | yes | any, but not the audio thread |
//! | [`openwurli_voice_note_on`], [`openwurli_voice_note_off`], [`openwurli_voice_render`], [`openwurli_voice_reset`], [`openwurli_voice_is_active`] | no | any, one at a time for one voice |
//!
//! No function blocks, keeps global state or changes the floating-point mode. Null pointers are accepted everywhere: each
//! function says what it does with them. None is meant to panic, and the two that compute
//! corrections cannot; if a defect made another do so, the process would be aborted: nothing unwinds into the caller.
//!
//! The library is built and installed by [cargo-c](https://github.com/lu-zero/cargo-c): `cargo cinstall --release`. It gives the
//! same bits as the Rust functions. (Where something else in a Rust program turns on the feature `std` of `num-traits`, the voice
//! takes `exp` and its like from the system there, and its samples differ in the last bits.)
#![allow(unsafe_code, reason = "what a C program passes as a pointer can be taken only at its word")]

use alloc::alloc::{Layout, alloc};
use alloc::boxed::Box;
use core::ffi::c_char;
use core::{ptr, slice};

use crate::{MlpCorrections, compute_corrections, voice};

/// Number of harmonics that carry corrections: H2 to H8.
pub const OPENWURLI_CORRECTED_HARMONICS: usize = 7;

const _: () = assert!(OPENWURLI_CORRECTED_HARMONICS == voice::corrections::CORRECTED_HARMONICS);

/// How far the model is from the instrument on one key at one velocity. Index 0 is H2, index 6 is H8.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpenwurliCorrections {
    /// Level offsets, dB relative to H1, -40..=40; positive where the model is too quiet.
    pub amp_offsets_db: [f32; OPENWURLI_CORRECTED_HARMONICS],
    /// Frequency offsets, cents, -100..=100; positive where the model is flat. That of H2 is the tuning of the reed, and thereby
    /// of H1.
    pub freq_offsets_cents: [f32; OPENWURLI_CORRECTED_HARMONICS],
    /// Decay ratios, 0.3..=3; above 1 where the model decays too fast. Divide the decay rate by it. That of H2 is the reed's, and
    /// thereby that of H1.
    pub decay_ratios: [f32; OPENWURLI_CORRECTED_HARMONICS],
    /// Multiplies the displacement of the reed's tip in the pickup, 0.5..=2.5.
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

/// One voice of the reference model, monophonic: see `openwurli_voice_create`.
#[derive(Debug)]
pub struct OpenwurliVoice {
    voice: voice::Voice,
    sample_rate_hz: f32,
}

/// How far the model is from the instrument on key `midi` at `velocity` (0..=1, MIDI velocity / 127).
///
/// Defined for every argument: a velocity outside the trained range counts as the range's nearest end, NaN as its lower one; beyond
/// the trained keys the corrections fade to 0 dB, 0 cents, ratio 1, scale 1 within an octave.
///
/// Call it once per note-on, from any thread, the audio thread included: tens of nanoseconds, no allocation.
#[unsafe(no_mangle)]
pub extern "C" fn openwurli_compute_corrections(midi: u8, velocity: f32) -> OpenwurliCorrections {
    compute_corrections(midi, velocity).into()
}

/// The corrections of `count` notes: `corrections[i]` becomes that of key `midi[i]` at `velocities[i]`. Does nothing if one of the
/// arrays is null.
///
/// Any thread, no allocation; the time is that of `count` single calls.
///
/// # Safety
///
/// Each array holds `count` elements, and `corrections` overlaps neither of the others. It need not be initialised.
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
        // SAFETY: the caller says that all three hold `count` elements.
        unsafe { corrections.add(i).write(openwurli_compute_corrections(*midi.add(i), *velocities.add(i))) };
    }
}

/// A silent voice at `sample_rate_hz` (8,000 to 768,000; others are held at these bounds, NaN is 44,100). To be destroyed with
/// `openwurli_voice_destroy`. Null if there is no memory for it: about seven kilobytes.
///
/// Any thread but the audio thread: allocates. A voice may be handed from thread to thread, but not be used by two at the same time;
/// different voices have nothing to do with one another.
#[unsafe(no_mangle)]
pub extern "C" fn openwurli_voice_create(sample_rate_hz: f32) -> *mut OpenwurliVoice {
    // Not `Box::new`, which ends the process where there is no memory.
    // SAFETY: a voice has a size.
    let memory = unsafe { alloc(Layout::new::<OpenwurliVoice>()) }.cast::<OpenwurliVoice>();
    if !memory.is_null() {
        // SAFETY: just allocated with the size and the alignment of what is written.
        unsafe { memory.write(OpenwurliVoice { voice: voice::Voice::new(sample_rate_hz), sample_rate_hz }) };
    }
    memory
}

/// Ends a voice's life and frees its memory. Does nothing if it is null.
///
/// Any thread but the audio thread: frees.
///
/// # Safety
///
/// `voice` comes from `openwurli_voice_create` and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_voice_destroy(voice: *mut OpenwurliVoice) {
    if !voice.is_null() {
        // SAFETY: allocated by the global allocator for this type, as a box is.
        drop(unsafe { Box::from_raw(voice) });
    }
}

/// Strikes a key. `midi` is held in 21..=108, `velocity` in 1/127..=1, the corrections inside their bounds. What sounded before is
/// cut off. Null corrections change nothing: the plain model sounds. Does nothing if the voice is null.
///
/// Any thread, one at a time, the audio thread included; no allocation.
///
/// # Safety
///
/// `voice` is null or a living voice that no other thread uses at the same time; `corrections` is null or readable during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_voice_note_on(
    voice: *mut OpenwurliVoice,
    midi: u8,
    velocity: f32,
    corrections: *const OpenwurliCorrections,
) {
    // SAFETY: null or a living voice of ours alone, says the caller.
    let Some(voice) = (unsafe { voice.as_mut() }) else { return };
    // SAFETY: null or readable, says the caller.
    let corrections = unsafe { corrections.as_ref() }.map_or(MlpCorrections::IDENTITY, |given| (*given).into());
    voice.voice.note_on(midi, velocity, &corrections);
}

/// Lets the key go: the damper falls on the reed. Does nothing if the voice is null, or silent, or let go already.
///
/// Any thread, one at a time, the audio thread included; no allocation.
///
/// # Safety
///
/// `voice` is null or a living voice that no other thread uses at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_voice_note_off(voice: *mut OpenwurliVoice) {
    // SAFETY: null or a living voice of ours alone, says the caller.
    if let Some(voice) = unsafe { voice.as_mut() } {
        voice.voice.note_off();
    }
}

/// Writes the next `count` samples over `samples`, one channel, full scale is 1; zeros if the voice is null or silent. Blocks may be
/// of any length, and their lengths do not change a sample. Does nothing if `samples` is null.
///
/// Any thread, one at a time, the audio thread included; no allocation.
///
/// # Safety
///
/// `voice` is null or a living voice that no other thread uses at the same time; `samples` is null or has room for `count` samples.
/// They need not be initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_voice_render(voice: *mut OpenwurliVoice, samples: *mut f32, count: usize) {
    if samples.is_null() {
        return;
    }
    // SAFETY: there is room for `count` samples, says the caller. A slice may only be made of initialised ones.
    let samples = unsafe {
        samples.write_bytes(0, count);
        slice::from_raw_parts_mut(samples, count)
    };
    // SAFETY: null or a living voice of ours alone, says the caller.
    if let Some(voice) = unsafe { voice.as_mut() } {
        voice.voice.render(samples);
    }
}

/// Silences a voice at once, as if it had just been created. Does nothing if it is null.
///
/// Any thread, one at a time, the audio thread included; no allocation.
///
/// # Safety
///
/// `voice` is null or a living voice that no other thread uses at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_voice_reset(voice: *mut OpenwurliVoice) {
    // SAFETY: null or a living voice of ours alone, says the caller.
    if let Some(voice) = unsafe { voice.as_mut() } {
        voice.voice = voice::Voice::new(voice.sample_rate_hz);
    }
}

/// Whether the voice still sounds; false if it is null. A note ends by itself, at -100 dB.
///
/// Any thread, one at a time, the audio thread included; no allocation.
///
/// # Safety
///
/// `voice` is null or a living voice that no other thread changes at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_voice_is_active(voice: *const OpenwurliVoice) -> bool {
    // SAFETY: null or a living voice that nobody changes, says the caller.
    unsafe { voice.as_ref() }.is_some_and(|voice| voice.voice.is_active())
}

/// The library's version, `major.minor.patch`, as a string that lives as long as the program.
///
/// Any thread; no allocation.
#[unsafe(no_mangle)]
pub extern "C" fn openwurli_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    ptr::from_ref(VERSION).cast()
}
