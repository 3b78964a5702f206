//! Prints the bits of corrections and samples, in Rust. `bits.cpp` prints the same of the installed library.

use std::io::{self, BufWriter, Write};

use openwurli_dsp::voice::Voice;
use openwurli_dsp::{MlpCorrections, compute_corrections};

const SAMPLE_RATES: [f32; 3] = [44_100.0, 48_000.0, 96_000.0];
const HELD: usize = 6_000;
const RELEASED: usize = 3_000;

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for midi in 0..=255 {
        let midi_velocities = (0..=127).map(|velocity: u8| f32::from(velocity) / 127.0);
        for velocity in midi_velocities.chain([f32::NAN, f32::NEG_INFINITY, f32::INFINITY, -0.5, 1.5]) {
            let c = compute_corrections(midi, velocity);
            write!(out, "corrections {midi}")?;
            let displacement = [c.displacement_scale];
            for value in [&c.amp_offsets_db[..], &c.freq_offsets_cents, &c.decay_ratios, &displacement].concat() {
                write!(out, " {:08x}", value.to_bits())?;
            }
            writeln!(out)?;
        }
    }
    for sample_rate in SAMPLE_RATES {
        for midi in (21..=108).step_by(12) {
            for corrected in [true, false] {
                let corrections = if corrected { compute_corrections(midi, 0.7) } else { MlpCorrections::IDENTITY };
                let mut voice = Voice::new(sample_rate);
                voice.note_on(midi, 0.7, &corrections);
                let mut samples = vec![0.0; HELD + RELEASED];
                voice.render(&mut samples[..HELD]);
                voice.note_off();
                voice.render(&mut samples[HELD..]);
                writeln!(out, "note {midi} active {}", u8::from(voice.is_active()))?;
                for sample in samples {
                    writeln!(out, "{:08x}", sample.to_bits())?;
                }
            }
        }
    }
    out.flush()
}
