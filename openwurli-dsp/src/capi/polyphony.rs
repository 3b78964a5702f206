//! Polyphonic instrument: `openwurli_polyphony_…`.

use alloc::alloc::{Layout, alloc};
use alloc::boxed::Box;
use core::{ptr, slice};

use super::{allocate, with};
use crate::compute_corrections;
use crate::voice::{ChannelMode, Event, Polyphony, Slot, TimedEvent};

/// Event: strikes key `number` at `value` (MIDI velocity / 127).
pub const OPENWURLI_NOTE_ON: u8 = 0;
/// Event: releases key `number` at `value` (MIDI release velocity / 127, 0 if unknown).
pub const OPENWURLI_NOTE_OFF: u8 = 1;
/// Event: moves controller `number` to `value` (MIDI value / 127).
pub const OPENWURLI_CONTROLLER: u8 = 2;
/// Event: bends all notes of the channel by `value` (-1..=1) times its bend range.
pub const OPENWURLI_PITCH_BEND: u8 = 3;
/// Event: bends the note of key `number` by `value` cents in addition.
pub const OPENWURLI_NOTE_BEND: u8 = 4;

/// Channel mode: each channel has its own keys, pedals and bend.
pub const OPENWURLI_SEPARATE: u8 = 0;
/// Channel mode: all events belong to one keyboard, as in a plugin.
pub const OPENWURLI_OMNI: u8 = 1;
/// Channel mode: MIDI polyphonic expression, lower zone.
pub const OPENWURLI_MPE: u8 = 2;

/// Most voices of an instrument.
pub const OPENWURLI_MAX_VOICES: usize = 128;

/// Polyphonic instrument, created by `openwurli_polyphony_create`.
#[derive(Debug)]
pub struct OpenwurliPolyphony {
    polyphony: Polyphony<Box<[Slot]>>,
}

/// Event at a sample of a block.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpenwurliEvent {
    /// Samples from the start of the block.
    pub offset: usize,
    /// One of the events above, from `OPENWURLI_NOTE_ON` on. Others are ignored.
    pub kind: u8,
    /// MIDI channel, 0..=15.
    pub channel: u8,
    /// Key or controller.
    pub number: u8,
    /// Depends on `kind`.
    pub value: f32,
}

impl OpenwurliEvent {
    fn timed(&self) -> Option<TimedEvent> {
        let Self { offset, kind, channel, number, value } = *self;
        let event = match kind {
            OPENWURLI_NOTE_ON => Event::NoteOn { channel, key: number, velocity: value },
            OPENWURLI_NOTE_OFF => Event::NoteOff { channel, key: number, velocity: value },
            OPENWURLI_CONTROLLER => Event::Controller { channel, controller: number, value },
            OPENWURLI_PITCH_BEND => Event::PitchBend { channel, value },
            OPENWURLI_NOTE_BEND => Event::NoteBend { channel, key: number, cents: value },
            _ => return None,
        };
        Some(TimedEvent { offset, event })
    }
}

/// Creates a silent instrument of the trained corrections. Returns null if out of memory (about 9
/// kB per voice, and 17 kB).
///
/// `sample_rate_hz` is clamped to 8,000..=768,000, and NaN becomes 44,100. `voices` is clamped to
/// 1..=128. Destroy it with `openwurli_polyphony_destroy`.
///
/// Any thread but the audio thread, because it allocates. An instrument may move between threads,
/// but only one may use it at a time.
#[unsafe(no_mangle)]
pub extern "C" fn openwurli_polyphony_create(sample_rate_hz: f32, voices: usize) -> *mut OpenwurliPolyphony {
    let voices = voices.clamp(1, OPENWURLI_MAX_VOICES);
    let Ok(layout) = Layout::array::<Slot>(voices) else { return ptr::null_mut() };
    // SAFETY: the layout's size is not zero.
    let memory = unsafe { alloc(layout) }.cast::<Slot>();
    if memory.is_null() {
        return ptr::null_mut();
    }
    for i in 0..voices {
        // SAFETY: allocated above for as many slots.
        unsafe { memory.add(i).write(Slot::new()) };
    }
    // SAFETY: allocated by the global allocator with the layout of this slice, and initialised.
    let slots = unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(memory, voices)) };
    allocate(|| OpenwurliPolyphony { polyphony: Polyphony::new(sample_rate_hz, slots, compute_corrections) })
}

/// Destroys an instrument and frees its memory. Does nothing if it is null.
///
/// Any thread but the audio thread, because it deallocates.
///
/// # Safety
///
/// `polyphony` comes from `openwurli_polyphony_create` and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_destroy(polyphony: *mut OpenwurliPolyphony) {
    if !polyphony.is_null() {
        // SAFETY: the caller passes ownership of what `openwurli_polyphony_create` has made.
        drop(unsafe { Box::from_raw(polyphony) });
    }
}

/// Handles a MIDI channel message of `count` bytes before the next sample.
///
/// Handled are notes, pitch bend, and controllers 64 (sustain, with half pedal), 66 (sostenuto),
/// 120, 121, 123 to 127, and the bend range by registered parameter 0. Other messages are ignored.
/// Does nothing if a pointer is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread uses during the call. `message` is
/// null or has `count` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_handle_message(
    polyphony: *mut OpenwurliPolyphony,
    message: *const u8,
    count: usize,
) {
    if !message.is_null() {
        // SAFETY: the caller guarantees `count` bytes.
        let message = unsafe { slice::from_raw_parts(message, count) };
        // SAFETY: the caller guarantees null or exclusive access.
        unsafe { with(polyphony, |it| it.polyphony.handle_message(message)) };
    }
}

/// Writes the next `count` mono samples. Full scale is 1, and several loud notes exceed it.
///
/// Writes zeros if the instrument is null. Does nothing if `samples` is null. Block lengths do not
/// affect the samples.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread uses during the call. `samples` is
/// null or has room for `count` samples, which may be uninitialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_render(
    polyphony: *mut OpenwurliPolyphony,
    samples: *mut f32,
    count: usize,
) {
    // SAFETY: the caller guarantees the same, and no events are read.
    unsafe { openwurli_polyphony_render_events(polyphony, ptr::null(), 0, samples, count) };
}

/// Adds the next `count` mono samples to `samples`. Does nothing if a pointer is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread uses during the call. `samples` is
/// null or has `count` samples.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_render_add(
    polyphony: *mut OpenwurliPolyphony,
    samples: *mut f32,
    count: usize,
) {
    if !samples.is_null() {
        // SAFETY: the caller guarantees `count` samples.
        let samples = unsafe { slice::from_raw_parts_mut(samples, count) };
        // SAFETY: the caller guarantees null or exclusive access.
        unsafe { with(polyphony, |it| it.polyphony.render_add(samples)) };
    }
}

/// Writes the next `count` mono samples and handles `event_count` events at their samples.
///
/// Offsets rise. An event before its predecessor acts with it, one beyond the block at its end.
/// With a `count` of 0 all act at once. Null `events` are none. Null `samples` count as a `count`
/// of 0. Writes zeros if the instrument is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread uses during the call. `events` is
/// null or has `event_count` events. `samples` is null or has room for `count` samples, which may
/// be uninitialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_render_events(
    polyphony: *mut OpenwurliPolyphony,
    events: *const OpenwurliEvent,
    event_count: usize,
    samples: *mut f32,
    count: usize,
) {
    let mut rest: &mut [f32] = &mut [];
    if !samples.is_null() {
        // SAFETY: the caller guarantees room for `count` samples. They are initialised before the
        // slice is made.
        rest = unsafe {
            samples.write_bytes(0, count);
            slice::from_raw_parts_mut(samples, count)
        };
    }
    let mut all: &[OpenwurliEvent] = &[];
    if !events.is_null() {
        // SAFETY: the caller guarantees `event_count` events.
        all = unsafe { slice::from_raw_parts(events, event_count) };
    }
    // SAFETY: the caller guarantees null or exclusive access.
    unsafe {
        with(polyphony, |it| {
            let mut done = 0;
            for TimedEvent { offset, event } in all.iter().filter_map(OpenwurliEvent::timed) {
                let wanted = offset.saturating_sub(done).min(rest.len());
                let (now, later) = core::mem::take(&mut rest).split_at_mut(wanted);
                it.polyphony.render(now);
                (rest, done) = (later, done + wanted);
                it.polyphony.handle(event);
            }
            it.polyphony.render(rest);
        })
    };
}

/// Silences all voices at once, releases keys and pedals and centres bends. Settings stay. Does
/// nothing if the instrument is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_reset(polyphony: *mut OpenwurliPolyphony) {
    // SAFETY: the caller guarantees null or exclusive access.
    unsafe { with(polyphony, |it| it.polyphony.reset()) };
}

/// Sets the sample rate, Hz, clamped to 8,000..=768,000, and resets the instrument. Does nothing if
/// it is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_set_sample_rate(polyphony: *mut OpenwurliPolyphony, sample_rate_hz: f32) {
    // SAFETY: the caller guarantees null or exclusive access.
    unsafe { with(polyphony, |it| it.polyphony.set_sample_rate(sample_rate_hz)) };
}

/// Sets the output gain, a factor of 1 after creation, clamped to 0..=4 (12 dB). NaN counts as 1.
/// It changes within 20 ms while notes sound, else at once. 0.2 leaves headroom for ten loud notes.
/// Does nothing if the instrument is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_set_gain(polyphony: *mut OpenwurliPolyphony, gain: f32) {
    // SAFETY: the caller guarantees null or exclusive access.
    unsafe { with(polyphony, |it| it.polyphony.set_gain(gain)) };
}

/// Sets the meaning of the channels, `OPENWURLI_SEPARATE` after creation, and resets the
/// instrument. Does nothing if it is null or the mode unknown.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_set_channel_mode(polyphony: *mut OpenwurliPolyphony, mode: u8) {
    let mode = match mode {
        OPENWURLI_SEPARATE => ChannelMode::Separate,
        OPENWURLI_OMNI => ChannelMode::Omni,
        OPENWURLI_MPE => ChannelMode::Mpe,
        _ => return,
    };
    // SAFETY: the caller guarantees null or exclusive access.
    unsafe { with(polyphony, |it| it.polyphony.set_channel_mode(mode)) };
}

/// Sets the bend range of all channels, semitones, clamped to 0..=48. 2 after creation. In MPE it
/// is that of the member channels, 48 by default. Does nothing if the instrument is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_set_bend_range(polyphony: *mut OpenwurliPolyphony, semitones: f32) {
    // SAFETY: the caller guarantees null or exclusive access.
    unsafe { with(polyphony, |it| it.polyphony.set_bend_range(semitones)) };
}

/// Sets the sustain pedal positions (0..=1) at which dampers begin to rise and at which they are
/// off the reeds. 32/127 and 95/127 after creation. Equal positions make it a switch. Does nothing
/// if the instrument is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_set_pedal_range(polyphony: *mut OpenwurliPolyphony, down: f32, up: f32) {
    // SAFETY: the caller guarantees null or exclusive access.
    unsafe { with(polyphony, |it| it.polyphony.set_pedal_range(down, up)) };
}

/// Sets the force of fallen dampers relative to the standard, clamped to 0.1..=10. NaN counts as 1.
/// Notes are released as many times faster. Does nothing if the instrument is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_set_damper_force(polyphony: *mut OpenwurliPolyphony, force: f32) {
    // SAFETY: the caller guarantees null or exclusive access.
    unsafe { with(polyphony, |it| it.polyphony.set_damper_force(force)) };
}

/// Sets the tuning of A4, Hz, 440 after creation. Does nothing if the instrument is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_set_a4(polyphony: *mut OpenwurliPolyphony, a4_hz: f64) {
    // SAFETY: the caller guarantees null or exclusive access.
    unsafe { with(polyphony, |it| it.polyphony.set_a4_hz(a4_hz)) };
}

/// Sets the frequencies of the 128 MIDI notes at A4 = 440 Hz, Hz. Does nothing if a pointer is
/// null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread uses during the call.
/// `frequencies_hz` is null or has 128 elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_set_tuning(
    polyphony: *mut OpenwurliPolyphony,
    frequencies_hz: *const f64,
) {
    // SAFETY: the caller guarantees null or 128 elements.
    if let Some(table) = unsafe { frequencies_hz.cast::<[f64; 128]>().as_ref() } {
        // SAFETY: the caller guarantees null or exclusive access.
        unsafe { with(polyphony, |it| it.polyphony.set_tuning(table)) };
    }
}

/// Returns true while any voice sounds or fades, false if the instrument is null.
///
/// One thread at a time, including the audio thread. Does not allocate.
///
/// # Safety
///
/// `polyphony` is null or a live instrument that no other thread modifies during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openwurli_polyphony_is_active(polyphony: *const OpenwurliPolyphony) -> bool {
    // SAFETY: the caller guarantees null or a live instrument that is not modified.
    unsafe { polyphony.as_ref() }.is_some_and(|it| it.polyphony.is_active())
}
