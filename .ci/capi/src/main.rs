//! Prints the bits of corrections, samples and training metadata, in Rust. `bits.cpp` prints those
//! of the installed library.

use std::io::{self, BufWriter, Write};

use openwurli_dsp::voice::{ChannelMode, Event, Polyphony, Slot, TimedEvent, Tremolo, Voice};
use openwurli_dsp::{MlpCorrections, TRAINING, compute_corrections};

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
    print_polyphony(&mut out)?;
    write!(out, "training {} {}", TRAINING.lowest_midi, TRAINING.highest_midi)?;
    write!(out, " {} {}", TRAINING.lowest_velocity, TRAINING.highest_velocity)?;
    write!(out, " {} {} {:08x}", TRAINING.seed, TRAINING.epochs, TRAINING.loss.to_bits())?;
    for byte in TRAINING.key.into_iter().chain(TRAINING.observed.map(u8::from)) {
        write!(out, " {byte}")?;
    }
    writeln!(out)?;
    out.flush()
}

fn print_polyphony(out: &mut impl Write) -> io::Result<()> {
    let mut polyphony = Polyphony::new(48_000.0, vec![Slot::new(); 8], compute_corrections);
    let mut tremolo = Tremolo::new(48_000.0);
    tremolo.set_depth_db(6.0);
    tremolo.set_rate_hz(5.0);
    polyphony.set_tuning(&std::array::from_fn(|key| 8.0 + (key * key) as f64));
    polyphony.set_pedal_range(0.25, 0.75);
    polyphony.set_damper_force(1.5);
    polyphony.set_gain(0.3);
    for (a4_hz, mode) in [(440.0, ChannelMode::Separate), (441.0, ChannelMode::Omni), (442.0, ChannelMode::Mpe)] {
        polyphony.set_channel_mode(mode);
        polyphony.set_bend_range(3.0);
        polyphony.set_a4_hz(a4_hz);
        for i in 0..100_u8 {
            let (channel, value) = (i % 3, f32::from(i) / 128.0);
            let key = |factor: u32| 40 + (u32::from(i) * factor % 50) as u8;
            let events = [
                (0, Event::NoteOn { channel, key: key(7), velocity: value }),
                (17, Event::Controller { channel, controller: 64, value }),
                (90, Event::NoteOn { channel, key: 60, velocity: value }),
                (120, Event::PitchBend { channel, value: value - 0.5 }),
                (150, Event::NoteBend { channel, key: key(7), cents: 25.0 }),
                (200, Event::NoteOff { channel, key: key(5), velocity: value }),
            ]
            .map(|(offset, event)| TimedEvent { offset, event });
            let mut samples = [0.0; 300];
            let (first, second) = samples.split_at_mut(257);
            polyphony.render_events(&events, first);
            polyphony.handle_message(&[0xB0 | channel, 66, i]);
            polyphony.render(second);
            tremolo.process(&mut samples);
            for sample in samples {
                writeln!(out, "{:08x}", sample.to_bits())?;
            }
        }
    }
    Ok(())
}
