//! Links `compute_corrections`, its batch and the voice with a panic handler that calls a function
//! which does not exist. The linker drops what nothing refers to; if a panic path is left, the
//! handler is, and the link fails for want of the function.
#![no_std]

use openwurli_dsp::{MlpCorrections, compute_corrections};

unsafe extern "C" {
    fn a_panic_path_is_left() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: there is no such function; what would call it does not link.
    unsafe { a_panic_path_is_left() }
}

/// Named by the unwinding tables of the core library, whose mathematics the voice uses; nothing
/// here unwinds.
#[cfg(feature = "voice")]
#[unsafe(no_mangle)]
pub extern "C" fn rust_eh_personality() {}

/// One note.
#[unsafe(no_mangle)]
pub extern "C" fn corrections(midi: u8, velocity: f32, corrections: &mut MlpCorrections) {
    *corrections = compute_corrections(midi, velocity);
    #[cfg(feature = "panics")]
    assert!(corrections.amp_offsets_db[0] < velocity, "on purpose");
}

/// Notes of any number, into room for any number.
///
/// # Safety
///
/// Both pointers are to as many as are said.
#[cfg(feature = "batch")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn batch(
    notes: *const (u8, f32),
    notes_len: usize,
    corrections: *mut MlpCorrections,
    corrections_len: usize,
) {
    // SAFETY: as promised by the caller.
    let notes = unsafe { core::slice::from_raw_parts(notes, notes_len) };
    // SAFETY: as promised by the caller.
    let corrections = unsafe { core::slice::from_raw_parts_mut(corrections, corrections_len) };
    openwurli_dsp::compute_corrections_batch(notes, corrections);
}

/// The voice, once it is made.
#[cfg(feature = "voice")]
pub mod voice {
    use openwurli_dsp::MlpCorrections;
    use openwurli_dsp::voice::{ChannelMode, Polyphony, Slot, TimedEvent, Tremolo, Voice};

    /// A key is struck, whatever sounded before.
    #[unsafe(no_mangle)]
    pub extern "C" fn note_on(voice: &mut Voice, midi: u8, velocity: f32, corrections: &MlpCorrections) {
        voice.note_on(midi, velocity, corrections);
    }

    /// Releases the key.
    #[unsafe(no_mangle)]
    pub extern "C" fn note_off(voice: &mut Voice) {
        voice.note_off();
    }

    /// A block of any length.
    ///
    /// # Safety
    ///
    /// The pointer is to as many samples as are said.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn render(voice: &mut Voice, samples: *mut f32, length: usize) {
        // SAFETY: as promised by the caller.
        voice.render(unsafe { core::slice::from_raw_parts_mut(samples, length) });
    }

    type Piano<'a> = Polyphony<&'a mut [Slot]>;

    /// A MIDI message of any bytes.
    ///
    /// # Safety
    ///
    /// The pointer is to as many bytes as are said.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn handle_message(piano: &mut Piano<'_>, message: *const u8, length: usize) {
        // SAFETY: as promised by the caller.
        piano.handle_message(unsafe { core::slice::from_raw_parts(message, length) });
    }

    /// Events at any sample of a block of any length.
    ///
    /// # Safety
    ///
    /// Both pointers are to as many as are said.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn render_events(
        piano: &mut Piano<'_>,
        events: *const TimedEvent,
        count: usize,
        samples: *mut f32,
        length: usize,
    ) {
        // SAFETY: as promised by the caller.
        let events = unsafe { core::slice::from_raw_parts(events, count) };
        // SAFETY: as promised by the caller.
        let samples = unsafe { core::slice::from_raw_parts_mut(samples, length) };
        piano.render_events(events, samples);
        piano.render_add(samples);
    }

    /// Every setting.
    #[unsafe(no_mangle)]
    pub extern "C" fn set(piano: &mut Piano<'_>, value: f32, hz: f64, tuning: &[f64; 128]) -> bool {
        piano.set_sample_rate(value);
        piano.set_channel_mode(if value > 0.0 { ChannelMode::Mpe } else { ChannelMode::Omni });
        piano.set_bend_range(value);
        piano.set_pedal_range(value, value);
        piano.set_damper_force(value);
        piano.set_gain(value);
        piano.set_a4_hz(hz);
        piano.set_tuning(tuning);
        piano.is_active()
    }

    /// The tremolo.
    ///
    /// # Safety
    ///
    /// The pointer is to as many samples as are said.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn tremolo(tremolo: &mut Tremolo, value: f32, samples: *mut f32, length: usize) {
        tremolo.set_depth_db(value);
        tremolo.set_rate_hz(value);
        // SAFETY: as promised by the caller.
        tremolo.process(unsafe { core::slice::from_raw_parts_mut(samples, length) });
    }
}
