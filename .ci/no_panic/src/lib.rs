//! Links `compute_corrections`, its batch and the voice with a panic handler that calls a function which does not exist. The linker
//! drops what nothing refers to; if a panic path is left, the handler is, and the link fails for want of the function.
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

/// Named by the unwinding tables of the core library, whose mathematics the voice uses; nothing here unwinds.
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
    use openwurli_dsp::voice::Voice;

    /// A key is struck, whatever sounded before.
    #[unsafe(no_mangle)]
    pub extern "C" fn note_on(voice: &mut Voice, midi: u8, velocity: f32, corrections: &MlpCorrections) {
        voice.note_on(midi, velocity, corrections);
    }

    /// A key is let go.
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
}
