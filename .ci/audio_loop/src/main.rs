//! An audio thread without its driver: blocks are rendered, keys struck and let go between them. What it asks the kernel for stands
//! between the two marks that it writes; with an argument, it asks for something on purpose.

use std::hint::black_box;
use std::io::Write;

#[path = "../../../openwurli-dsp/examples/polyphony/mod.rs"]
#[allow(dead_code, reason = "only what an audio thread does with the instrument is of interest here")]
mod polyphony;

fn main() -> std::io::Result<()> {
    let asks = std::env::args().len() > 1;
    let mut instrument = polyphony::Polyphony::new(48_000.0);
    let mut block = [0.0_f32; 64];
    let mut mark = std::io::stdout();
    mark.write_all(b"the loop begins\n")?;
    for i in 0..7_500_u32 {
        // A key every 20 ms, more than there are voices; each held for 0.4 s.
        if i % 15 == 0 {
            let key = |i: u32| 33 + (i / 15 * 7 % 64) as u8;
            instrument.handle_message(&[0x90, key(i), 40 + (i / 15 % 80) as u8]);
            if i >= 300 {
                instrument.handle_message(&[0x80, key(i - 300), 0]);
            }
        }
        instrument.render(&mut block);
        black_box(&block);
        if asks && i == 4_000 {
            drop(std::fs::metadata("/"));
        }
    }
    mark.write_all(b"the loop ends\n")
}
