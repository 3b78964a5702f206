//! Audio thread without a driver: renders blocks, and strikes and releases keys between them. Its
//! system calls lie between two written marks. With an argument it makes one on purpose.

use std::hint::black_box;
use std::io::Write;

use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::{Polyphony, Slot, Tremolo};

fn main() -> std::io::Result<()> {
    let asks = std::env::args().len() > 1;
    let mut instrument = Polyphony::new(48_000.0, vec![Slot::new(); 16], compute_corrections);
    let mut tremolo = Tremolo::new(48_000.0);
    tremolo.set_depth_db(Tremolo::FULL_DEPTH_DB);
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
        // Pedal and wheel move all the time.
        let position = (i % 128) as u8;
        instrument.handle_message(&[0xB0, 64, position]);
        instrument.handle_message(&[0xE0, 0, position]);
        instrument.render(&mut block);
        tremolo.process(&mut block);
        black_box(&block);
        if asks && i == 4_000 {
            drop(std::fs::metadata("/"));
        }
    }
    mark.write_all(b"the loop ends\n")
}
