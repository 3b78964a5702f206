//! Links `compute_corrections` and its batch with a panic handler that calls a function which does not exist. The linker
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
