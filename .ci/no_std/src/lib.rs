//! Links openwurli-dsp where there is no standard library.
#![no_std]

use openwurli_dsp::{compute_corrections, voice::Voice};

/// Renders a block of a corrected note.
#[unsafe(no_mangle)]
pub extern "C" fn render(midi: u8, velocity: f32) -> f32 {
    let mut voice = Voice::new(48_000.0);
    voice.note_on(midi, velocity, &compute_corrections(midi, velocity));
    let mut block = [0.0; 64];
    voice.render(&mut block);
    block[63]
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
