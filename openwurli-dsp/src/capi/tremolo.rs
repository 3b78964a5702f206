//! Tremolo behind the voices: `openwurli_tremolo_…`.

use alloc::boxed::Box;
use core::slice;

use super::{allocate, with};
use crate::voice::Tremolo;

/// Tremolo of the 200A, created by `openwurli_tremolo_create`.
#[derive(Debug)]
pub struct OpenwurliTremolo {
    tremolo: Tremolo,
}

/// Creates a tremolo of depth 0 and rate 5.5 Hz. Returns null if out of memory.
///
/// `sample_rate_hz` is clamped to 8,000..=768,000. Any thread but the audio thread, because it
/// allocates.
#[unsafe(no_mangle)]
pub extern "C" fn openwurli_tremolo_create(sample_rate_hz: f32) -> *mut OpenwurliTremolo {
    allocate(|| OpenwurliTremolo { tremolo: Tremolo::new(sample_rate_hz) })
}

/// Destroys a tremolo and frees its memory. Does nothing if it is null.
///
/// Any thread but the audio thread, because it deallocates.
///
/// # Safety
///
/// `tremolo` comes from `openwurli_tremolo_create` and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_tremolo_destroy(tremolo: *mut OpenwurliTremolo) {
    if !tremolo.is_null() {
        // SAFETY: the caller passes ownership of what `openwurli_tremolo_create` has made.
        drop(unsafe { Box::from_raw(tremolo) });
    }
}

/// Sets depth (dB from the lowest to the highest level, 0..=24; a 200A has up to about 7) and rate
/// (Hz, 0.1..=20; a 200A has 5.5). Does nothing if the tremolo is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `tremolo` is null or a live tremolo that no other thread uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_tremolo_set(tremolo: *mut OpenwurliTremolo, depth_db: f32, rate_hz: f32) {
    // SAFETY: the caller guarantees null or exclusive access.
    unsafe {
        with(tremolo, |it| {
            it.tremolo.set_depth_db(depth_db);
            it.tremolo.set_rate_hz(rate_hz);
        })
    };
}

/// Raises `count` samples by 0 dB to the depth, periodically. Does nothing if a pointer is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `tremolo` is null or a live tremolo that no other thread uses during the call. `samples` is null
/// or has `count` samples.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_tremolo_process(tremolo: *mut OpenwurliTremolo, samples: *mut f32, count: usize) {
    if !samples.is_null() {
        // SAFETY: the caller guarantees `count` samples.
        let samples = unsafe { slice::from_raw_parts_mut(samples, count) };
        // SAFETY: the caller guarantees null or exclusive access.
        unsafe { with(tremolo, |it| it.tremolo.process(samples)) };
    }
}

/// Writes `count` samples of `mono` to two channels that the tremolo raises in turn. Does nothing
/// if a pointer is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `tremolo` is null or a live tremolo that no other thread uses during the call. The arrays are
/// null or have `count` samples, and do not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_tremolo_process_stereo(
    tremolo: *mut OpenwurliTremolo,
    mono: *const f32,
    left: *mut f32,
    right: *mut f32,
    count: usize,
) {
    if mono.is_null() || left.is_null() || right.is_null() {
        return;
    }
    // SAFETY: the caller guarantees `count` samples each, which do not overlap.
    let (mono, left, right) = unsafe {
        left.write_bytes(0, count);
        right.write_bytes(0, count);
        let [left, right] = [left, right].map(|channel| slice::from_raw_parts_mut(channel, count));
        (slice::from_raw_parts(mono, count), left, right)
    };
    // SAFETY: the caller guarantees null or exclusive access.
    unsafe { with(tremolo, |it| it.tremolo.process_stereo(mono, left, right)) };
}
