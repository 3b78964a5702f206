//! Prints the corrections across the keyboard and renders a phrase without and with them.
//!
//! Writes `uncorrected.wav` and `corrected.wav`.
//!
//! `cargo run --release -p openwurli-dsp --example note_on`

use std::fmt::Display;
use std::io::{self, Write};

use openwurli_dsp::voice::Voice;
use openwurli_dsp::{MlpCorrections, TRAINING, compute_corrections};

const SAMPLE_RATE: u32 = 44_100;
const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/// Phrase: start and end in beats, MIDI note, velocity.
const PHRASE: [(f32, f32, u8, u8); 15] = [
    (0.0, 3.8, 36, 96),
    (0.0, 1.8, 55, 70),
    (0.0, 1.8, 58, 64),
    (0.5, 1.8, 62, 78),
    (1.0, 1.9, 67, 90),
    (2.0, 3.8, 53, 60),
    (2.0, 3.8, 57, 56),
    (2.5, 3.8, 60, 74),
    (3.0, 3.9, 65, 104),
    (4.0, 8.0, 34, 110),
    (4.0, 8.0, 58, 72),
    (4.5, 8.0, 62, 66),
    (5.0, 8.0, 65, 80),
    (5.5, 8.0, 69, 88),
    (6.0, 8.0, 77, 112),
];
const SECONDS_PER_BEAT: f32 = 0.6;

fn main() -> Result<(), hound::Error> {
    print(format!(
        "Trained on keys {} to {}, velocities {} to {}: {} epochs, loss {:.3}.\n",
        name(TRAINING.lowest_midi),
        name(TRAINING.highest_midi),
        TRAINING.lowest_velocity,
        TRAINING.highest_velocity,
        TRAINING.epochs,
        TRAINING.loss
    ));
    print("key  vel  scale  cents    H2 dB  H3 dB  H4 dB  H5 dB  H6 dB  H7 dB  H8 dB");
    for midi in (21..=108).step_by(6) {
        for velocity in [19u8, 78, 109] {
            let c = compute_corrections(midi, f32::from(velocity) / 127.0);
            let levels: String = c.amp_offsets_db.iter().map(|level| format!("{level:7.1}")).collect();
            print(format!(
                "{:4} {velocity:3}  {:5.2}  {:+5.1}  {levels}",
                name(midi),
                c.displacement_scale,
                c.tuning_cents()
            ));
        }
    }
    print("\ndecay ratios of H2 to H8");
    for midi in (21..=108).step_by(12) {
        let c = compute_corrections(midi, 78.0 / 127.0);
        let ratios: String = c.decay_ratios.iter().map(|ratio| format!("{ratio:7.2}")).collect();
        print(format!("{:4}  78                 {ratios}", name(midi)));
    }
    print("");
    write("uncorrected.wav", |_, _| MlpCorrections::IDENTITY)?;
    write("corrected.wav", compute_corrections)
}

/// Renders the phrase with the given corrections to a 16-bit WAV file.
fn write(path: &str, corrections: impl Fn(u8, f32) -> MlpCorrections) -> Result<(), hound::Error> {
    let sample = |beats: f32| (beats * SECONDS_PER_BEAT * SAMPLE_RATE as f32) as usize;
    let length = PHRASE.iter().map(|note| sample(note.1)).max().unwrap_or(0) + SAMPLE_RATE as usize / 2;
    let mut mix = vec![0.0; length];
    for (begin, end, midi, velocity) in PHRASE {
        let velocity = f32::from(velocity) / 127.0;
        let mut voice = Voice::new(SAMPLE_RATE as f32);
        voice.note_on(midi, velocity, &corrections(midi, velocity));
        let mut note = vec![0.0; length - sample(begin)];
        let (held, released) = note.split_at_mut(sample(end) - sample(begin));
        voice.render(held);
        voice.note_off();
        voice.render(released);
        for (sum, sample) in mix[sample(begin)..].iter_mut().zip(&note) {
            *sum += sample;
        }
    }
    let peak = mix.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    let gain = 0.7 / peak.max(1e-9);
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec)?;
    for sample in mix {
        writer.write_sample((sample * gain * 32_767.0).round() as i16)?;
    }
    writer.finalize()?;
    print(format!("wrote {path}"));
    Ok(())
}

/// Prints a line. A reader that closes the pipe, such as `head`, is no error.
fn print(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Returns the name of a note, such as `C4` for 60.
fn name(midi: u8) -> String {
    format!("{}{}", NAMES[usize::from(midi % 12)], i32::from(midi / 12) - 1)
}
