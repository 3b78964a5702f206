//! Links openwurli-dsp where there is no standard library, its C interface included.
#![no_std]

use core::alloc::{GlobalAlloc, Layout};

pub use openwurli_dsp::capi;
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

/// Has nothing to give: only `openwurli_voice_create` asks, and answers null.
struct NoMemory;

// SAFETY: an allocator without memory returns null. Nothing was allocated, so nothing is freed.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: NoMemory = NoMemory;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
