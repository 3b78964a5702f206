//! Prints the bits of all corrections, and of a note.

use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::Voice;

fn main() {
    for midi in 0..=127 {
        for velocity in 0..=127u8 {
            let outputs = compute_corrections(midi, f32::from(velocity) / 127.0).to_outputs();
            println!("{midi} {velocity} {:x?}", outputs.map(f32::to_bits));
        }
    }
    let mut voice = Voice::new(48_000.0);
    voice.note_on(45, 0.8, &compute_corrections(45, 0.8));
    let mut note = [0.0f32; 4_800];
    voice.render(&mut note);
    println!("{:x?}", note.map(f32::to_bits));
}
